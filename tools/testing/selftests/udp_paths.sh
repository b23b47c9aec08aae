#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 600
# shellcheck disable=SC2317
#
# A session whose one stack is of UDP, over paths of all kinds: slow and fast, near
# and far, whose MTU is small or large and falls while data flows; and one that
# loses the very last packet. Every byte is checked.

. "$(dirname "$0")/native-lib.sh"

mgr()
{
	on cl npv-mgr "$@"
}

# figure NAME: of the client's UDP stack
figure()
{
	mgr -j stack show session "${session[cl]}" |
		jq -r "first(.[] | select(.transport == \"udp\") | .$1)"
}

# figure_is NAME VALUE
figure_is()
{
	[ "$(figure "$1")" = "$2" ]
}

only_udp()
{
	[ "$(mgr -j stack show session "${session[cl]}" |
	     jq -r '[.[] | select(.status == "active") | .transport] |
		    unique | join(" ")')" = udp ]
}

# On the way packets of more bytes than that vanish without a word, at both ends.
native_hosts p1
for host in cl sv; do
	on $host nft -f - << 'END'
table inet narrow {
	chain in { type filter hook input priority 1; }
}
END
done

narrow()
{
	local host

	for host in cl sv; do
		on $host nft flush chain inet narrow in || return
		[ "$1" = no ] || on $host nft add rule inet narrow in \
			iifname p1 meta l4proto udp meta length gt "$1" drop || return
	done
}

# A path that swallows all packets of a size is found out by timeouts, each twice as
# long as the one before.
moves()
{
	wait_for -t 80 came $(($(received cl) + 50000)) $(($(received sv) + 50000))
}

mtu()
{
	local host

	for host in cl sv; do
		ip -n $host link set p1 mtu "$1" || return
	done
}

setting cl stacks_max 1
setting sv stacks_max 8
load_to=("$SV4")
shape p1 delay 2ms rate 20mbit limit 200
load_start --write 20K --timeout 90
test_that "data flows over TCP" moves
test_that "stack add udp" mgr stack add "${session[cl]}" udp remote $SV4
udp_joined()
{
	[[ "$(figure status)" = active ]]
}
test_that "it joins" wait_for -t 20 udp_joined
hole p1 tcp
test_that "UDP is all there is" wait_for -t 30 only_udp
test_that "data flows over UDP" moves

# --- its MTU ---

test_that "packets get as large as the path bears" wait_for -t 30 figure_is mss 1472
narrow 1000
test_that "the path gets narrower without a word: data flows" moves
smaller()
{
	[ "$(figure mss)" -le 972 ]
}
test_that "... in smaller packets" wait_for -t 30 smaller
narrow 576
test_that "... and again" moves
narrow no
mtu 576
test_that "the links' MTU falls to 576: data flows" moves
test_that "... in packets of 548 bytes" wait_for -t 30 figure_is mss 548
mtu 9000
test_that "it rises to 9000: data flows" moves
mtu 1500
test_that "it is 1500: data flows" moves

# --- slow, fast, near, far ---

for netem in "rate 64kbit limit 20" \
	     "delay 500ms rate 2mbit limit 400" \
	     "rate 1gbit limit 1000" \
	     "delay 100ms 20ms rate 10mbit limit 400 loss 1%" \
	     "delay 1ms loss 5% duplicate 10% reorder 30% gap 5 rate 10mbit limit 400"; do
	# shellcheck disable=SC2086 # words
	shape p1 $netem
	from=$(($(received cl) + 20000)) to=$(($(received sv) + 20000))
	test_that "data flows with $netem" wait_for -t 80 came $from $to
done
shape p1 delay 1ms rate 20mbit limit 200
test_that "data flows" moves
load_end "every byte is right"
test_that "no session is left" wait_for -t 20 no_sessions
mend p1 tcp

tap_end
