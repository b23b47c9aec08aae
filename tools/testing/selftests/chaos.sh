#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 900
# by name: random, and minutes long; run it with many seeds
#
# Random changes to the stacks of a native session under full-duplex load, with
# every byte checked: see chaos.py. More of them, or the same ones again:
#
#	NPV_TEST_CHANGES=10000 NPV_TEST_SEED=42 \
#		tools/lab/lab run --timeout 7200 tools/testing/selftests/chaos.sh
#
# usage: chaos.sh [CHANGES [SEED]]

. "$(dirname "$0")/native-lib.sh"

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
