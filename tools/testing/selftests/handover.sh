#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 400
# shellcheck disable=SC2317
#
# The winner of a race takes over a socket that is in use: by more calls of
# connect(), by signals, shutdown and other threads. See npv-handover.c for what
# each case showed when it was wrong.
#
# usage: handover.sh [SECONDS_OF_HAMMERING]

. "$(dirname "$0")/lib.sh"

host over
# Swallows everything
ip -n over link add dummy0 type dummy
ip -n over addr add 192.0.2.1/24 dev dummy0
ip -n over addr add 2001:db8::1/64 dev dummy0 nodad
ip -n over link set dummy0 up
on over sh -c 'echo 0 > /proc/sys/net/npv/history_ttl'
on over nft -f - << END
table inet t {
	counter zero { }
	chain out {
		type filter hook output priority 0;
		tcp dport 0 counter name zero
	}
}
END

tap_adopt on over npv-handover "${1:-13}"
test_equal "no SYN to port 0" "$(on over nft list counter inet t zero |
	sed -n 's/.*packets \([0-9]*\).*/\1/p')" 0

none_left()
{
	[ "$(npv_sockets over)" = 0 ]
}
test_that "no session is left" wait_for none_left
tap_end
