#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 1000
#
# Memory that is short: every allocation of every call fails once (FAILSLAB), of
# plain sessions and of native ones. Each call ends in an errno or works, works
# when it is called again, and what is lost on the way the lab finds (kmemleak,
# KASAN, lockdep). Then a share of all allocations of the machine fails.
#
# usage: faults.sh [OPTION OF npv-faults...]

. "$(dirname "$0")/lib.sh"

failslab=/sys/kernel/debug/failslab
if [ ! -e $failslab ] || [ ! -e /proc/self/fail-nth ]; then
	echo "1..0 # SKIP this kernel has no FAILSLAB"
	exit 4
fi
# By itself it spares those that may wait, which is nearly all
echo 0 > $failslab/ignore-gfp-wait
# Each fault with its stack would bury the log, in which the lab looks
echo 0 > $failslab/verbose

host fl
# Packets to these are lost: for calls in mid-race
ip -n fl link add dummy0 type dummy
ip -n fl addr add 192.0.2.1/24 dev dummy0
ip -n fl addr add 2001:db8::1/64 dev dummy0 nodad
ip -n fl link set dummy0 up
# The order in which addresses are tried is that of the test, always
on fl sysctl -q net.npv.history_ttl=0 net.npv.attempt_delay_ms=50
on fl sysctl -q net.ipv4.tcp_max_tw_buckets=0

tap_adopt on fl npv-faults "$@"

no_sessions()
{
	[ "$(npv_sockets fl)" = 0 ]
}
test_that "no session is left" wait_for no_sessions
# It gives up when it finds no memory for its own notes, and then finds no leak
leaks_looked_for()
{
	echo scan=off > /sys/kernel/debug/kmemleak
}
test_that "kmemleak is still at work" leaks_looked_for
tap_end
