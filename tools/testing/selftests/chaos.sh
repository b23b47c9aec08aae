#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 900
# lab: --kernel lean --timeout 900 -- datagrams
# by name: random, and minutes long; run it with many seeds
#
# Random changes to the stacks of a native session under full-duplex load, with
# every byte checked: see chaos.py. More of them, or the same ones again:
#
#	NPV_TEST_CHANGES=10000 NPV_TEST_SEED=42 \
#		tools/lab/lab run --timeout 7200 tools/testing/selftests/chaos.sh
#
# With "datagrams" it is sessions that carry the datagrams of two sockets: none comes
# that was not sent, none twice, and none of the reliable ones is missing that a session
# took which was not ended.
#
# usage: chaos.sh [datagrams] [CHANGES [SEED]]

. "$(dirname "$0")/native-lib.sh"

datagrams=0
if [ "${1:-}" = datagrams ]; then
	datagrams=1
	shift
fi
CHANGES=${1:-${NPV_TEST_CHANGES:-300}}
SEED=${2:-${NPV_TEST_SEED:-$SRANDOM}}

native_hosts p1 p2 p3
for path in p1 p2 p3; do
	shape $path rate 4mbit delay 2ms limit 100
done
setting cl stacks_max 4
setting sv stacks_max 8
# One filter stays, that what the changes add and delete doesn't switch a static
# key each time: with several processors, QEMU without KVM can run into the int3 of
# a text that was patched long ago.
tc qdisc add dev lo clsact
tc filter add dev lo ingress protocol ip pref 1 flower ip_proto tcp action pass

# carrying: a session of datagrams is up at both ends
carrying()
{
	[ "$(counter sv MessageReceived)" -gt 20 ]
}

# told HOST FILTER [OTHER]: what the end there told last is so
told()
{
	local last

	last=$(tail -n 1 "$WORK/$1.load")
	jq -e --argjson other "${3:-null}" "$2" <<< "$last" > /dev/null && return
	cut -c -2000 <<< "$last"
	return 1
}

if [ $datagrams = 1 ]; then
	py=$SELFTESTS/datagram.py
	# who could not be reached for a moment is asked again
	setting cl peer_ttl 1
	next_port
	spawn on sv npv-run python3 "$py" mirror :: "$port" > "$WORK/sv.load"
	pid[sv]=$spawned
	wait_for listening sv "$port" udp
	spawn on cl npv-run python3 "$py" source $SV4 "$port" --gap 0.005 --wait 15 \
		> "$WORK/cl.load"
	pid[cl]=$spawned
	test_that "a session begins" wait_for carrying
	tap_adopt "$SELFTESTS/chaos.py" "$CHANGES" "$SEED" "$WORK" - - p1 p2 p3
	for name in cl sv; do
		kill -USR1 "${pid[$name]}"
		test_that "$name ends" wait_for -t 40 ended "${pid[$name]}"
	done
	note "$(jq -c '[.sent, .came, .sessions, (.due | length)]' \
		<(tail -n 1 "$WORK/cl.load")): sent, came back, sessions, reliable"
	for name in cl sv; do
		test_that "$name: all were as they were sent" told $name '.wrong == 0'
		test_that "$name: none came twice" told $name '.twice == []'
	done
	# shellcheck disable=SC2016 # a variable of jq's
	test_that "none of the reliable ones is missing" told cl \
		'(.due - (.due - $other)) == []' "$(tail -n 1 "$WORK/sv.load" | jq -c .missing)"
	test_that "most came back" told cl '.came > .sent / 3'
	test_that "no session is left" wait_for -t 90 no_sessions
	tap_end
fi

if ! load_start --timeout 60; then
	fail "a session begins"
	note "$(cat "$WORK/cl.load" "$WORK/sv.load")"
	tap_end
fi
tap_adopt "$SELFTESTS/chaos.py" "$CHANGES" "$SEED" "$WORK" \
	"${session[cl]}" "${session[sv]}" p1 p2 p3
load_end "every byte is right"
note "the longest gap was $gap ms"
test_that "no session is left" wait_for no_sessions
tap_end
