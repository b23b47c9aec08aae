#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 900
# by name: takes eight minutes, and counts on a machine that is not busy
#
# The stacks of a native session change while data flows both ways: they join by
# themselves, are added, paused, made backups and removed, their links go down,
# packets vanish, addresses go, and they are reset. Every byte is checked, and
# the stream goes on.

. "$(dirname "$0")/native-lib.sh"

# slow enough to leave the processor to what happens meanwhile
RATE="rate 4mbit delay 3ms limit 100"

native_hosts p1 p2 p3
for path in p1 p2 p3; do
	# shellcheck disable=SC2086 # words
	shape $path $RATE
done
setting cl stacks_max 4
setting sv stacks_max 8

# --- they join ---

load_start --write 200K
test_that "a second to fourth stack join" wait_for has_stacks cl 4
test_that "the server has them as well" wait_for has_stacks sv 4
test_that "one on IPv4" stack_on cl p1 ipv4
test_that "one on IPv6" stack_on cl p1 ipv6
# More than wanted for a while, where a suspect one comes back: all the same
pairs()
{
	stacks cl | while read -r _ _ _ _ _ _ local _ remote _; do
		echo "$local $remote"
	done
}
test_equal "no two on the same pair of addresses" "$(pairs | sort | uniq -d)" ""
test_that "data flows" moves
all_carry()
{
	local count=0 sent received

	while read -r _ _ _ _ sent received _; do
		[ "$sent" -lt 60000 ] || [ "$received" -lt 100000 ] ||
			count=$((count + 1))
	done <<< "$(established cl)"
	[ "$count" = 4 ]
}
test_that "all of them carry it, both ways" wait_for -t 20 all_carry
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions

setting cl stacks_max 1
load_start --write 200K
test_that "stacks_max=1: data flows" moves
test_equal "stacks_max=1: one stack" "$(stack_count cl)" 1

# --- by hand ---

mgr()
{
	on cl npv-mgr "$@"
}
S=${session[cl]}
test_that "stack add: another address" \
	mgr stack add "$S" remote $SV4B
test_that "stack add: it is there" wait_for has_stacks cl 2
test_that "stack add: by device" \
	mgr stack add "$S" local 10.0.3.1 remote 10.0.3.2 dev p3
test_that "stack add: it is there as well" wait_for has_stacks cl 3
test_that "stack add: no such session" not mgr stack add 999999 remote $SV4B
test_that "stack add: no such device" \
	not mgr stack add "$S" remote $SV4B dev nowhere
test_that "data flows" moves
added=$(stack_on cl p3 ipv4)
# idle STACK: nothing is sent on it any more, but for a rest
idle()
{
	local before

	before=$(carried cl "$1" sent)
	moves 300000 || return
	[ $(($(carried cl "$1" sent) - before)) -lt 60000 ]
}
busy()
{
	local before

	before=$(carried cl "$1")
	moves 300000 || return
	[ $(($(carried cl "$1") - before)) -ge 40000 ]
}
test_that "it carries data" wait_for -t 15 busy "$added"
test_that "stack set paused" mgr stack set "$S" "$added" paused
test_that "paused: it carries none" wait_for -t 15 idle "$added"
test_that "stack set active" mgr stack set "$S" "$added" active
test_that "active: it carries data again" wait_for -t 15 busy "$added"
test_that "stack set backup" mgr stack set "$S" "$added" backup
test_that "backup: it carries none" wait_for -t 15 idle "$added"
test_that "stack set weight" mgr stack set "$S" "$added" active weight 5
test_that "stack set: no such stack" not mgr stack set "$S" 999 paused
for scheduler in weighted redundant backup minrtt; do
	test_that "scheduler $scheduler" mgr session set "$S" scheduler $scheduler
	test_that "scheduler $scheduler: data flows" moves
done
test_that "scheduler: no such one" \
	not mgr session set "$S" scheduler nonsense
test_that "stack del" mgr stack del "$S" "$added"
test_that "stack del: it is gone" wait_for has_stacks cl 2
test_that "stack del: at the server, too" wait_for has_stacks sv 2
test_that "stack del: no such stack" not mgr stack del "$S" "$added"
read -r first _ <<< "$(stacks cl)"
test_that "stack del: the first" mgr stack del "$S" "$first"
test_that "stack del of the first: data flows" moves
read -r last _ <<< "$(stacks cl)"
mgr stack del "$S" "$last" 2> /dev/null
test_that "stack del of the last is refused, or it is replaced" moves
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions
setting cl stacks_max 4

# --- links, addresses, resets ---

load_start --write 200K
wait_for has_stacks cl 4

# back PATH: the client has a stack there
back()
{
	stack_on cl "$1"
}

ip -n cl link set p1 down
test_that "link down: data flows" moves
ip -n cl link set p1 up
test_that "link up: data flows" moves
test_that "link up: a stack comes back" wait_for -t 20 back p1

ip -n sv link set p2 down
test_that "link down at the server: data flows" moves
ip -n sv link set p2 up
test_that "link up at the server: data flows" moves

wait_for -t 20 back p2
hole p2
test_that "blackhole: data flows" moves
mend p2
test_that "blackhole is over: data flows" moves

hole p1
hole p2
hole p3
nap 2
for path in p1 p2 p3; do
	mend $path
done
test_that "all paths away for 2 s: data flows again" moves

wait_for -t 20 back p1
for path in p1 p2; do
	ip -n cl addr del "10.0.${path#p}.1/24" dev $path
	test_that "$path: IPv4 address removed: data flows" moves
	ip -n cl addr add "10.0.${path#p}.1/24" dev $path
	test_that "$path: IPv4 address is back: data flows" moves
done
ip -n cl addr del fd00:1::1/64 dev p1
test_that "IPv6 address removed: data flows" moves
ip -n cl addr add fd00:1::1/64 dev p1 nodad
ip -n sv addr del fd00:2::2/64 dev p2
test_that "IPv6 address removed at the server: data flows" moves
ip -n sv addr add fd00:2::2/64 dev p2 nodad
test_that "IPv6 addresses are back: data flows" moves

# all connections to the NPV port are reset, first some, then every one
reset()
{
	npv-ns --timeout 10 "$1" ss -K -tn "$2" = ":$NPV_PORT" "${@:3}"
}
wait_for -t 20 has_stacks cl 4
test_that "ss -K of some stacks" reset cl dport and dst 10.0.0.0/8
test_that "stacks reset: data flows" moves
wait_for -t 20 has_stacks cl 4
test_that "ss -K at the server" reset sv sport and src fd00::/8
test_that "stacks reset by the server: data flows" moves
test_that "ss -K of all stacks" reset cl dport
test_that "all stacks reset: data flows again" moves
wait_for -t 20 has_stacks cl 4

for path in p1 p2 p3; do
	# shellcheck disable=SC2086
	shape $path $RATE loss 3% reorder 20%
done
test_that "loss and reordering: data flows" moves
for path in p1 p2 p3; do
	# shellcheck disable=SC2086
	shape $path $RATE
done
ip -n cl link set p2 mtu 1280
test_that "a smaller MTU: data flows" moves
ip -n cl link del p2
test_that "a device is gone: data flows" moves
load_end "every byte is right"
note "the longest gap was $gap ms"
test_that "no session is left" wait_for no_sessions

# --- backup ---

setting cl stacks_max 1
load_start --write 200K
S=${session[cl]}
mgr stack add "$S" local 10.0.3.1 remote 10.0.3.2 backup
wait_for has_stacks cl 2
backup=$(stack_on cl p3 ipv4)
test_that "a stack added as backup carries nothing" wait_for -t 15 idle "$backup"
hole p1
test_that "the active one is lost: data flows" moves 600000
test_that "... on the backup" wait_for -t 15 busy "$backup"
mend p1
# after the time that a path has to prove itself
test_that "the active one is back: the backup rests" \
	wait_for -t 30 idle "$backup"
ip -n cl link set p1 down
test_that "its link goes down: data flows" moves 600000
ip -n cl link set p1 up
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions

# --- what an operator has forbidden is better than nothing ---

# p1 and p3, one address each
for name in cl sv; do
	ip -n $name -6 addr flush scope global
done
setting cl stacks_max 2
load_to=("$SV4")
load_start
S=${session[cl]}
wait_for has_stacks cl 2
mgr stack del "$S" "$(stack_on cl p3)"
wait_for has_stacks cl 1
test_that "with one path's stack removed: data flows" moves
test_that "... and is not set up again by itself" has_stacks cl 1
hole p1
test_that "the other one is lost: data flows" moves
mend p1
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions
for path in p1 p3; do
	for name in cl sv; do
		ip -n $name link set $path down
		ip -n $name link set $path up
	done
	ip -n cl addr add "fd00:${path#p}::1/64" dev $path nodad
	ip -n sv addr add "fd00:${path#p}::2/64" dev $path nodad
done
load_to=("$SV4" "$SV6")

# --- kinds of load ---

setting cl stacks_max 4
# streams NAME OPTION_CL... -- OPTION_SV...: of some length, over four stacks
streams()
{
	local options=() status=0

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	next_port
	spawn on sv npv-stream --seed "$port" "$@" listen "$port" :: \
		> "$WORK/sv.load"
	wait_for listening sv "$port"
	npv-ns --timeout 60 cl npv-stream --seed "$port" "${options[@]}" \
		connect "$port" "${load_to[@]}" > "$WORK/cl.load" || status=1
	wait "$spawned" || status=1
	[ "$status" = 0 ] || cat "$WORK/cl.load" "$WORK/sv.load"
	return "$status"
}
test_that "slow reader" streams --send 3M -- --slow 3000 --read 60K --send 0
test_that "both write before they read" streams --send 6M --mode poll \
	--write-first -- --send 6M --mode edge --write-first
test_that "small buffers" streams --send 2M --sndbuf 5000 --rcvbuf 5000 -- \
	--send 2M --sndbuf 5000 --rcvbuf 5000
test_that "small writes" streams --send 300K --write 100 --mode epoll -- \
	--send 300K --write 100 --vary
test_that "the one ends when the other has" streams --send 2M --eof-after -- \
	--send 4M
test_that "40 sessions at once" streams --send 100K --count 40 -- \
	--send 100K --count 40
test_that "20 idle sessions, and then not" streams --idle 3000 --send 50K \
	--count 20 -- --send 50K --count 20
test_that "no session is left" wait_for -t 20 no_sessions
tap_end
