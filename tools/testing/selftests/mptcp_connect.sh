#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 600
#
# The kernel's own test of connections, selftests/net/mptcp/mptcp_connect.c, in
# its TCP mode under npv-run: poll, mmap and sendfile, IPv4 and IPv6, each side
# alone and both, on a good path and on one that loses, delays and reorders.
# Both sides send a file; what arrives is compared.

. "$(dirname "$0")/lib.sh"

PROGRAM=$TOP/build/bin/mptcp_connect
if [ ! -x "$PROGRAM" ]; then
	echo "1..0 # SKIP mptcp_connect is not built, without kernel source"
	exit 4
fi

SIZE=$((3 << 20))
LOSSY_SIZE=$((1 << 20))
# for a file on the lossy path, and then as much again
TIMEOUT=30

host cl
host sv
link net 1 cl sv
declare -A addr=([v4]=10.0.1.2 [v6]=fd00:1::2)
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
	local six=() listener status=0 before_cl before_sv

	shift 3
	[ "$family" = v4 ] || six=(-6)
	before_cl=$(used cl)
	before_sv=$(used sv)
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
	try "$family, poll, control messages" \
		'' both $family -m poll -c TIMESTAMPNS
	try "$family, poll, peeking first" \
		'' both $family -m poll -P saveWithPeek
	try "$family, poll, peeking afterwards" \
		'' both $family -m poll -P saveAfterPeek
	try "$family, poll, fast open" \
		'' both $family -m poll -o MPTFO
done

# A quarter of the packets overtakes the others
for name in cl sv; do
	tc -n $name qdisc add dev net root netem limit 1000 loss 1% \
		delay 5ms 2ms reorder 75% 50%
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

no_sessions()
{
	[ "$(npv_sockets cl)" = 0 ] && [ "$(npv_sockets sv)" = 0 ]
}
test_that "no session is left" wait_for no_sessions
tap_end
