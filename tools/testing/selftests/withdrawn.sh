#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
#
# Addresses that the peer takes back, and has again when no stack is left on which it
# could say so; and that it takes back while what it told of them before is on its way.

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

# joined N: stacks that are up, whatever their state
joined()
{
	[ "$(on cl npv-mgr stack show | grep -vc ' status joining ')" = "$1" ]
}

# first STATUS: that of the server's first stack
first()
{
	on sv npv-mgr stack show | grep -q " stack 0 .* status $1 "
}

# still: no bytes come for a second; a stack that is alone never is suspect
still()
{
	local before

	before="$(received cl) $(received sv)"
	nap 1
	[ "$(received cl) $(received sv)" = "$before" ]
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
test_that "the last path is lost" wait_for -t 20 still
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

# A session that says little, and that by its first stack
spawn on sv npv-server --family npv-inet 7000 0.0.0.0 > "$WORK/server"
wait_for grep -q listening "$WORK/server"
mkfifo "$WORK/say"
exec 9<> "$WORK/say"
# shellcheck disable=SC2016 # for that shell
spawn on cl npv-run bash -c 'exec 3<> "/dev/tcp/$1/7000"
	exec cat <&9 >&3' bash "$SV4"
echo one >&9
test_that "there is a stack between each pair of addresses" wait_for joined 4
for name in cl sv; do
	session[$name]=$(on $name npv-mgr session show |
			 sed -n 's/^session \([0-9]*\) .* native .*/\1/p')
done
test_that "the peer's addresses are known" wait_for remotes 4
for stack in 1 2 3; do
	on sv npv-mgr stack set "${session[sv]}" $stack backup
done
# What is told now is a second on its way ...
tc -n sv qdisc replace dev p1 root netem delay 1s
ip -n sv addr add 10.0.3.2/24 dev p2
echo two >&9
test_that "an address is told of on a slow path" wait_for first suspect
# ... and what is told next must not come before that, by another
ip -n sv addr del 10.0.3.2/24 dev p2
test_that "the path is found to work" wait_for not first suspect
test_that "the address is not known any more" wait_for remotes 4
tap_end
