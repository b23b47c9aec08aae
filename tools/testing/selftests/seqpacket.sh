#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 600
# shellcheck disable=SC2317
#
# SOCK_SEQPACKET: what programs see of it (npv-seqpacket.c), and records of all
# lengths over TCP and UDP stacks, of paths that lose and reorder, each checked.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1 p2
tap_adopt on sv npv-seqpacket

setting cl mode 0
test_that "mode plain: there are none" not on cl npv-seqpacket load ::1 7300 1 1
mode cl auto

# records NUMBER: both ways, between cl and sv
records()
{
	local seed

	next_port
	seed=$port
	spawn on sv npv-seqpacket serve "$port" "$1" "$seed" > "$WORK/serve" 2>&1
	server=$spawned
	wait_for listening sv "$port"
	spawn on cl npv-seqpacket load "::ffff:$SV4" "$port" "$1" "$seed" \
		> "$WORK/load" 2>&1
	client=$spawned
}

# records_end NAME: a test, not by test_that: the ends are children of this shell
records_end()
{
	local status=0

	wait "$client" || status=$?
	wait "$server" || status=$?
	if [ $status = 0 ]; then
		pass "$1"
		return
	fi
	fail "$1"
	note "$(cat "$WORK/load" "$WORK/serve")"
}

# of the one session that cl has
session_of_cl()
{
	on cl npv-mgr -j session show | jq -r 'first(.[] | select(.kind == "native") | .id)'
}

has_session()
{
	[ -n "$(session_of_cl)" ]
}

records 2000
records_end "2000 records over a TCP stack"

shape p1 delay 5ms 2ms loss 2% duplicate 2% reorder 10% rate 50mbit limit 200
records 500
records_end "500 records, of a path that loses and reorders"

setting cl stacks_max 4
shape p2 delay 20ms loss 1% rate 20mbit limit 200
records 500
records_end "500 records over several paths"

setting cl stacks_max 1
# so slow that they are still under way when all has been asked
shape p1 delay 1ms rate 1mbit limit 20
records 1500
test_that "a session of records" wait_for has_session
S=$(session_of_cl)
is_seqpacket()
{
	[ "$(on cl npv-mgr -j session show id "$S" | jq -r '.[0].type')" = seqpacket ]
}
test_that "npv-mgr says what it is" is_seqpacket
test_that "stack add udp" on cl npv-mgr stack add "$S" udp remote $SV4
over_udp()
{
	[ "$(on cl npv-mgr -j stack show session "$S" |
	     jq 'any(.[]; .transport == "udp" and .status == "active")')" = true ]
}
test_that "... it joins" wait_for -t 30 over_udp
hole p1 tcp
shape p1 delay 1ms loss 3% rate 20mbit limit 200
records_end "1500 records, moved from TCP to UDP on the way"
mend p1 tcp

test_that "no session is left" wait_for -t 20 no_sessions
tap_end
