#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 360
#
# Bad input: addresses, pointers, lengths, flags, options and calls out of place
# get the errno that TCP and UDP give; what only AF_NPV has, its own; and random
# calls of an unprivileged user bring nothing down.
#
# usage: badinput.sh [SECONDS_OF_FUZZING [SEED]]

. "$(dirname "$0")/lib.sh"

prepare()
{
	host "$1"
	ip -n "$1" link add dummy0 type dummy
	ip -n "$1" addr add 192.0.2.1/24 brd + dev dummy0
	ip -n "$1" addr add 2001:db8::1/64 dev dummy0 nodad
	ip -n "$1" link set dummy0 up
	on "$1" sysctl -q net.ipv4.tcp_fastopen=0x207
	on "$1" sysctl -q -e net.npv.history_ttl=0
}

prepare bad
tap_adopt on bad npv-badinput --npv
for flavour in npv-inet npv-inet6 npv-in6; do
	tap_adopt on bad npv-badinput --compare $flavour
done
tap_adopt on bad npv-badinput --fuzz "${1:-20}" ${2:+--seed "$2"}

no_sessions()
{
	[ "$(npv_sockets bad)" = 0 ]
}
test_that "no session is left" wait_for no_sessions
tap_end
