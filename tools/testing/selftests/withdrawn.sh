#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
#
# Addresses that the peer takes back, and has again when no stack is left on which it
# could say so.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1 p2
for path in p1 p2; do
	shape $path rate 4mbit delay 2ms limit 100
done

# remotes N: addresses of the peer that the client knows of
remotes()
{
	on cl npv-mgr session show id "${session[cl]}" | grep -q " remotes $1\$"
}

# none_left: stacks that carry anything
none_left()
{
	! on cl npv-mgr stack show | grep -q ' status active '
}

# gets_more: both ends get bytes
gets_more()
{
	local -A before
	local name

	for name in cl sv; do
		before[$name]=$(received "$name")
	done
	for name in cl sv; do
		wait_for -t 15 more "$name" "${before[$name]}" || return
	done
}

received()
{
	tail -n 1 "$WORK/$1.load" | jq '.received // 0'
}

more()
{
	[ "$(received "$1")" -gt $(($2 + 20000)) ]
}

load_start --timeout 40
test_that "the peer's addresses are known" wait_for remotes 4
# by both ends, or there would be a stack left to tell
for name in cl sv; do
	n=$([ $name = cl ] && echo 1 || echo 2)
	ip -n $name addr del "10.0.2.$n/24" dev p2
	ip -n $name addr del "fd00:2::$n/64" dev p2
done
test_that "... until they are taken back" wait_for -t 20 remotes 2
hole p1
test_that "the last path is lost" wait_for -t 20 none_left
for name in cl sv; do
	n=$([ $name = cl ] && echo 1 || echo 2)
	ip -n $name addr add "10.0.2.$n/24" dev p2
	ip -n $name addr add "fd00:2::$n/64" dev p2 nodad
done
test_that "the first one is there again: data flows" gets_more
test_that "... and its addresses are known again" wait_for -t 20 remotes 4
mend p1
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions
tap_end
