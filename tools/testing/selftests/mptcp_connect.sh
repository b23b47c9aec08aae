#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 600
# lab: --kernel debug --timeout 600 -- native
#
# The kernel's own test of connections, selftests/net/mptcp/mptcp_connect.c, in
# its TCP mode under npv-run: poll, mmap and sendfile, IPv4 and IPv6, each side
# alone and both, on a good path and on one that loses, delays and reorders.
# Both sides send a file; what arrives is compared. With "native" the hosts find out
# that both speak NPV, there are two paths between them, and sessions are native
# where both sides have npv-run.
#
# usage: mptcp_connect.sh [native]

. "$(dirname "$0")/native-lib.sh"

PROGRAM=$TOP/build/bin/mptcp_connect
if [ ! -x "$PROGRAM" ]; then
	echo "1..0 # SKIP mptcp_connect is not built, without kernel source"
	exit 4
fi

SIZE=$((3 << 20))
LOSSY_SIZE=$((1 << 20))
# for a file on the lossy path, and then as much again
TIMEOUT=30

native=${1:-}
paths=(net)
host cl
host sv
link net 1 cl sv
if [ -n "$native" ]; then
	link other 2 cl sv
	paths+=(other)
	for name in cl sv; do
		mode $name auto
		# where the machine is slow, a peer is not to pass for silent
		setting $name hello_wait 5000
	done
fi
declare -A addr=([v4]=$SV4 [v6]=$SV6)
declare -A any=([v4]=0.0.0.0 [v6]=::)
on cl sysctl -q net.ipv4.tcp_fastopen=7
on sv sysctl -q net.ipv4.tcp_fastopen=7

head -c $SIZE /dev/urandom > "$WORK/up"
head -c $((SIZE / 2 + 1)) /dev/urandom > "$WORK/down"
head -c $LOSSY_SIZE /dev/urandom > "$WORK/up.lossy"
head -c $((LOSSY_SIZE / 2 + 1)) /dev/urandom > "$WORK/down.lossy"

# used HOST: how many sessions it has opened or accepted
used()
{
	echo $(($(counter "$1" SessionOpen) + $(counter "$1" SessionAccept)))
}

# natives: how many native ones there were, of either end
natives()
{
	echo $(($(counter cl SessionNativeOut) + $(counter sv SessionNativeIn)))
}

# wrapper WHO SIDE: npv-run where that side is to have it
wrapper()
{
	case $1 in both | "$2") echo npv-run ;; esac
}

port=12000
# transfer SUFFIX WHO FAMILY OPTION...: files up and down, by npv-run on the side
# WHO (listener, connector, both or none)
transfer()
{
	local up=$WORK/up$1 down=$WORK/down$1 who=$2 family=$3
	local six=() listener status=0 before_cl before_sv before_natives
	local native_sessions=0

	shift 3
	[ "$family" = v4 ] || six=(-6)
	before_cl=$(used cl)
	before_sv=$(used sv)
	before_natives=$(natives)
	# shellcheck disable=SC2046 # no word or one
	spawn npv-ns --timeout $((2 * TIMEOUT)) sv $(wrapper "$who" listener) \
		"$PROGRAM" "${six[@]}" -t "$TIMEOUT" -l -p "$port" -s TCP "$@" \
		-i "$down" "${any[$family]}" > "$WORK/up.got" 2> "$WORK/listener"
	listener=$spawned
	wait_for listening sv "$port"
	# shellcheck disable=SC2046
	npv-ns --timeout $((2 * TIMEOUT)) cl $(wrapper "$who" connector) \
		"$PROGRAM" "${six[@]}" -t "$TIMEOUT" -p "$port" -s TCP "$@" \
		-i "$up" "${addr[$family]}" > "$WORK/down.got" 2> "$WORK/connector" ||
		status=$?
	wait "$listener" || status=$?
	if [ "$status" != 0 ]; then
		echo "status $status"
		cat "$WORK/listener" "$WORK/connector"
		return 1
	fi
	cmp "$up" "$WORK/up.got" && cmp "$down" "$WORK/down.got" || return
	# that it was NPV where it was to be
	case $who in both | connector)
		[ "$(used cl)" -gt "$before_cl" ] ||
			{ echo "the connector did not use NPV"; return 1; }
	esac
	case $who in both | listener)
		[ "$(used sv)" -gt $((before_sv + 1)) ] ||
			{ echo "the listener did not use NPV"; return 1; }
	esac
	# data in the SYN is for a peer that is known to be an ordinary one
	[ -z "$native" ] || [ "$who" != both ] || [[ " $* " == *" MPTFO "* ]] ||
		native_sessions=2
	before_natives=$(($(natives) - before_natives))
	[ "$before_natives" = "$native_sessions" ] ||
		{ echo "native sessions: $before_natives, not $native_sessions"
		  return 1; }
}

# try NAME TRANSFER...: each on a port of its own
try()
{
	port=$((port + 1))
	test_that "$1" transfer "${@:2}"
}

for family in v4 v6; do
	for who in listener connector both; do
		for mode in poll mmap sendfile; do
			try "$family, $mode, npv-run: $who" \
				'' $who $family -m $mode
		done
	done
	try "$family, poll, small buffers" \
		'' both $family -m poll -S 8192 -R 8192
	if [ -n "$native" ]; then
		skip "native sessions tell no timestamps" \
			"$family, poll, control messages"
	else
		try "$family, poll, control messages" \
			'' both $family -m poll -c TIMESTAMPNS
	fi
	try "$family, poll, peeking first" \
		'' both $family -m poll -P saveWithPeek
	try "$family, poll, peeking afterwards" \
		'' both $family -m poll -P saveAfterPeek
	try "$family, poll, fast open" \
		'' both $family -m poll -o MPTFO
done

# A quarter of the packets overtakes the others
for path in "${paths[@]}"; do
	for name in cl sv; do
		tc -n $name qdisc add dev "$path" root netem limit 1000 loss 1% \
			delay 5ms 2ms reorder 75% 50%
	done
done
for family in v4 v6; do
	for mode in poll mmap sendfile; do
		for who in listener connector both; do
			# what differs between the sides was seen above
			[ $who = both ] || [ $mode = poll ] || continue
			try "$family, $mode, npv-run: $who, lossy path" \
				.lossy $who $family -m $mode
		done
	done
done
lost()
{
	[ "$(tc -n cl -s qdisc show dev net |
		sed -n 's/.*dropped \([0-9]*\),.*/\1/p')" -gt 0 ]
}
test_that "packets were lost on that path" lost

test_that "no session is left" wait_for no_sessions
tap_end
