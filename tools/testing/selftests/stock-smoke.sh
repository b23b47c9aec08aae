#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel stock --timeout 800 --cpus 2
#
# The module on Debian's own kernel, with two processors: that it loads, carries
# unmodified programs over IPv4 and IPv6, races, and survives both processors
# at once. That it can be unloaded again is what the lab looks for at the end.

. "$(dirname "$0")/lib.sh"

SIZE=$((8 << 20))
CYCLES=400
CONNECTIONS=200

GOOD4=10.0.1.10 GOOD6=fd00:1::10
# nobody listens there
SHUT4=10.0.1.30 SHUT6=fd00:1::30
# what is sent there reaches no one
HOLE4=10.0.1.20 HOLE6=fd00:1::20

npv_line()
{
	grep -q '^NPV' /proc/net/protocols
}
test_that "the module is loaded" test -d /sys/module/npv
test_that "/proc/net/protocols lists NPV" npv_line
test_equal "two processors" "$(nproc)" 2

host cl
host sv
link net 1 cl sv
for last in 10 30; do
	ip -n sv addr add 10.0.1.$last/24 dev net
	ip -n sv addr add fd00:1::$last/64 dev net nodad
done
for hole in $HOLE4 $HOLE6; do
	ip -n cl neigh replace "$hole" dev net lladdr 02:00:00:00:00:99 \
		nud permanent
done
# an address that answered would be first the next time
on cl sysctl -q net.npv.history_ttl=0

# --- unmodified programs ---

mkdir "$WORK/www"
head -c $SIZE /dev/urandom > "$WORK/www/file"
spawn on sv npv-run /usr/bin/python3 -m http.server 8000 \
	--directory "$WORK/www" > "$WORK/python.log" 2>&1
test_that "python3 listens under npv-run" wait_for -t 60 listening sv 8000

# The server knows IPv4 only, IPv6 comes by its twin
download()
{
	on cl "${@:2}" curl -sS --max-time 60 -o "$WORK/got" "http://$1:8000/file" &&
		cmp "$WORK/www/file" "$WORK/got"
}
test_that "curl and python3 over IPv4" download 10.0.1.2 npv-run
test_that "curl and python3 over IPv6" download '[fd00:1::2]' npv-run
test_that "plain curl, python3 over IPv6" download '[fd00:1::2]'
# curl opens a further one to see whether there is IPv6 at all
test_between "curl used NPV" "$(counter cl SessionOpen)" 2 4

# --- races ---

spawn on sv npv-server --family npv 7000 $GOOD4 $GOOD6 > "$WORK/server"
wait_for listening sv 7000

# race NAME WINNER OPTION|ADDRESS...: connects, and gets back what it sends
race()
{
	local name=$1 winner=$2 options=() answer

	shift 2
	while [[ $1 == --* ]]; do
		options+=("$1")
		shift
	done
	answer=$(on cl npv-connect "${options[@]}" --send hello 7000 "$@" 2>&1)
	if [[ $answer == *\"errno\":\"\"*\"address\":\"$winner\"* &&
	      $answer == *\"echo\":\"hello\"* ]]; then
		pass "$name"
	else
		fail "$name"
		note "$answer"
	fi
}
race "race: IPv6 refused" $GOOD4 $SHUT6 $GOOD4
race "race: IPv4 refused" $GOOD6 $SHUT4 $GOOD6
race "race: IPv6 path broken" $GOOD4 $HOLE6 $GOOD4
race "race: IPv4 path broken" $GOOD6 $HOLE4 $GOOD6
race "race: IPv6 path broken, epoll" $GOOD4 --epoll $HOLE6 $GOOD4
race "race: IPv4 refused, epoll" $GOOD6 --epoll $SHUT4 $GOOD6

# --- both processors ---

# Two clients and two servers: each processor has one of each, and the two ends
# of a session are never on the same one
host st
on st sysctl -q net.npv.history_ttl=0 net.npv.attempt_delay_ms=20
spawn on st npv-stress --port 5000 --cpu 0 cycles $CYCLES 1
first=$spawned
spawn on st npv-stress --port 6000 --cpu 1 cycles $CYCLES 2
second=$spawned
wait "$first"
test_equal "$CYCLES cycles, client on one processor" $? 0
wait "$second"
test_equal "$CYCLES cycles, client on the other" $? 0
test_that "$CONNECTIONS connections at once, epoll" \
	on st npv-stress many $CONNECTIONS

no_sessions()
{
	[ "$(npv_sockets st)" = 0 ] && [ "$(npv_sockets cl)" = 0 ]
}
test_that "no session is left" wait_for no_sessions
tap_end
