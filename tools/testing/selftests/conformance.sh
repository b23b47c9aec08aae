#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 800
#
# Every call, flag and option that programs use on TCP and UDP sockets, on plain
# ones first, which shows that the cases are right, then on AF_NPV sockets as
# programs written for it, and unmodified ones under npv-run, use them: plain
# sessions first, then native ones (FLAVOUR,native).
#
# usage: conformance.sh [--only TEXT] [FLAVOUR[,native]...]

. "$(dirname "$0")/lib.sh"

# A namespace where 192.0.2.0/24 and 2001:db8::/64 lie behind a device that
# swallows everything, and fast open needs no cookie.
prepare()
{
	host "$1"
	ip -n "$1" link add dummy0 type dummy
	ip -n "$1" addr add 192.0.2.1/24 brd + dev dummy0
	ip -n "$1" addr add 2001:db8::1/64 dev dummy0 nodad
	ip -n "$1" addr add fe80::99/64 dev dummy0 nodad
	ip -n "$1" link set dummy0 up
	on "$1" sysctl -q net.ipv4.tcp_fastopen=0x207
	# so that what one case finds out does not decide another
	on "$1" sysctl -q -e net.npv.history_ttl=0
	case $1 in
	*,native)
		on "$1" sysctl -q net.npv.mode=1 net.npv.peer_ttl=0 \
			net.npv.hello_wait=5000
		;;
	*)
		on "$1" sysctl -q -e net.npv.mode=0
		;;
	esac
}

# conform FLAVOUR[,native] [OPTION...]
conform()
{
	local host=$1 native=()

	shift
	[ "$host" = "${host%,native}" ] || native=(--native)
	on "$host" npv-conformance --family "${host%,native}" "${native[@]}" "$@"
}

declare -A pids
only=()
if [ "${1:-}" = --only ]; then
	only=(--only "$2")
	shift 2
fi
flavours=("$@")
# inet6-mapped and npv-mapped, IPv4 by sockaddr_in6 and sockaddr_npv, add little
[ $# -gt 0 ] || flavours=(inet inet6 npv npv-in npv-inet npv-inet6
			  "npv,native" "npv-inet,native")
if [ ${#flavours[@]} = 1 ]; then
	prepare "${flavours[0]}"
	tap_adopt conform "${flavours[0]}" "${only[@]}"
	tap_end
fi

for flavour in "${flavours[@]}"; do
	prepare "$flavour"
done

# The first socket with kTLS leaves operations behind that all later ones get,
# plain ones too: let it be one of AF_NPV
if [ $# = 0 ]; then
	for flavour in npv-inet npv-inet6; do
		tap_adopt conform $flavour --only 'kTLS: round trip'
	done
fi

# Side by side, for much of it is waiting for TCP's timers
for flavour in "${flavours[@]}"; do
	spawn conform "$flavour" "${only[@]}" > "$WORK/$flavour" 2>&1
	pids[$flavour]=$spawned
done
for flavour in "${flavours[@]}"; do
	wait "${pids[$flavour]}"
	tap_adopt cat "$WORK/$flavour"
done
tap_end
