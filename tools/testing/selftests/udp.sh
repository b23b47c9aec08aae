#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 600
#
# UDP stacks of native sessions: they join a live session, carry all of it, alone
# and beside TCP, over paths that lose, repeat and reorder, and take over from TCP,
# and TCP from them, whether that is commanded or one of the two is blocked. Every
# byte is checked.

. "$(dirname "$0")/native-lib.sh"

# slow enough to leave the processor to what happens meanwhile
RATE="rate 4mbit limit 100"

mgr()
{
	on cl npv-mgr "$@"
}

# transports HOST: which the session's stacks have that are up and not suspect
transports()
{
	on "$1" npv-mgr -j stack show session "${session[$1]}" |
		jq -r '[.[] | select(.status == "active") | .transport] |
		       unique | join(" ")'
}

has_transports()
{
	[ "$(transports "$1")" = "$2" ]
}

# transports_get HOST TRANSPORTS: after a while
transports_get()
{
	wait_for -t 20 has_transports "$@" && return
	on "$1" npv-mgr stack show session "${session[$1]}"
	return 1
}

# stack_over TRANSPORT: the number of a stack of that transport
stack_over()
{
	mgr -j stack show session "${session[cl]}" |
		jq -r "first(.[] | select(.transport == \"$1\") | .id)"
}

del_all()
{
	local id

	for id in $(mgr -j stack show session "${session[cl]}" |
		    jq -r ".[] | select(.transport == \"$1\") | .id"); do
		mgr stack del "${session[cl]}" "$id" || return
	done
}

over_tcp()
{
	[[ $(transports cl) = *tcp* ]]
}

# Where much is lost, a timeout after the other makes pauses of many seconds.
moves_slowly()
{
	wait_for -t 80 came $(($(received cl) + 50000)) \
		$(($(received sv) + 50000))
}

# figure HOST TRANSPORT NAME: of a stack
figure()
{
	on "$1" npv-mgr -j stack show session "${session[$1]}" |
		jq -r "first(.[] | select(.transport == \"$2\") | .$3)"
}

native_hosts p1
# shellcheck disable=SC2086 # words
shape p1 delay 2ms $RATE
setting cl stacks_max 1
setting sv stacks_max 8
load_to=("$SV4")

# --- it joins, and carries all ---

load_start --write 20K --timeout 90
test_that "data flows over TCP" moves
S=${session[cl]}
test_that "stack add udp" mgr stack add "$S" udp remote $SV4
test_that "a UDP stack joins" transports_get cl "tcp udp"
test_that "the server has it as well" transports_get sv "tcp udp"
test_that "data flows over both" moves
test_that "stack set: TCP is paused" \
	mgr stack set "$S" "$(stack_over tcp)" paused
test_that "data flows over UDP" moves
larger()
{
	[ "$(figure cl udp mss)" = 1472 ]
}
test_that "its packets get as large as the path bears" wait_for -t 30 larger
test_that "stack set: TCP is used again" \
	mgr stack set "$S" "$(stack_over tcp)" active
hole p1 tcp
test_that "TCP is blocked: it is given up" transports_get cl udp
for netem in "loss 2%" "loss 10%" "loss 20%" \
	     "delay 20ms 5ms loss 1% duplicate 5% reorder 20%" \
	     "delay 250ms"; do
	# shellcheck disable=SC2086 # words
	shape p1 $netem $RATE
	test_that "... with $netem" moves_slowly
done
# shellcheck disable=SC2086 # words
shape p1 delay 2ms $RATE
mend p1 tcp

# --- from one to the other, as commanded ---

test_that "stack add tcp" mgr stack add "$S" tcp remote $SV4
test_that "it joins" wait_for -t 20 over_tcp
# composition may have added some over IPv6 as well
test_that "stack del: UDP goes" del_all udp
test_that "TCP is all there is" transports_get cl tcp
test_that "the server knows" transports_get sv tcp
test_that "data flows over TCP" moves
test_that "stack add udp: over IPv6" mgr stack add "$S" udp remote $SV6
test_that "it joins" transports_get cl "tcp udp"
test_that "data flows" moves
load_end "every byte is right"
test_that "no session is left" wait_for -t 20 no_sessions

# --- as one is blocked ---

load_start --write 20K --timeout 90
test_that "data flows over TCP" moves
hole p1 tcp
test_that "TCP is blocked: a UDP stack joins" transports_get cl udp
test_that "data flows over UDP" moves
mend p1 tcp
hole p1 udp
test_that "UDP is blocked: data flows over TCP" moves
mend p1 udp
test_that "data flows" moves
load_end "every byte is right"
test_that "no session is left" wait_for -t 20 no_sessions

test_that "many packets leave as one" [ "$(counter cl UdpGso)" -gt 0 ]
test_that "many packets come as one" [ "$(counter sv UdpGro)" -gt 0 ]
test_equal "nothing is malformed" \
	"$(counter cl UdpMalformed) $(counter sv UdpMalformed)" "0 0"

tap_end
