#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 300
#
# Listeners: one on any IPv4 address is reachable over IPv6 as well, by a twin
# that is in nobody's way; several addresses in one bind(); both families to
# one accept() and one epoll; groups of SO_REUSEPORT; what peers are called.

. "$(dirname "$0")/lib.sh"

host cl
host sv
link net 1 cl sv
ip -n sv addr add 10.0.1.3/24 dev net
ip -n sv addr add fd00:1::3/64 dev net nodad
V4=10.0.1.2 V6=fd00:1::2 OTHER4=10.0.1.3 OTHER6=fd00:1::3

port=8000

# serve NAME OPTION... ADDRESS...: npv-server on $port, its lines in $WORK/NAME
serve()
{
	local name=$1 options=()

	shift
	while [[ $1 == --* ]]; do
		options+=("$1")
		[ "$1" != --family ] || { options+=("$2"); shift; }
		shift
	done
	: > "$WORK/$name"
	spawn on sv npv-server "${options[@]}" $port "$@" > "$WORK/$name" \
		2> "$WORK/$name.err"
	server=$spawned
	ready()
	{
		[ -s "$WORK/$name" ] || ! kill -0 "$server" 2> /dev/null
	}
	wait_for ready
	kill -0 "$server" 2> /dev/null
}

# reach ADDRESS: a plain program can connect to $port there, and gets an echo
reach()
{
	local url=$1

	[[ $url != *:* ]] || url="[$url]"
	[ "$(echo hello | npv-ns --timeout 5 cl socat -t 5 - "TCP:$url:$port" \
	     2>&1)" = hello ]
}

not()
{
	! "$@"
}

# peers NAME: names of the peers that a server was told, in order
peers()
{
	local what peer rest

	while read -r what _ peer rest; do
		[ "$what" != accepted ] || printf '%s ' "$peer"
	done < "$WORK/$1"
}

next()
{
	port=$((port + 1))
}

# --- the twin ---

before=$(counter sv TwinListen)
serve twin --family npv-inet 0.0.0.0
test_that "IPv4 listener: reachable over IPv4" reach $V4
test_that "IPv4 listener: reachable over IPv6" reach $V6
test_equal "IPv4 listener: names of the peers" "$(peers twin)" \
	"10.0.1.1 192.0.0.8 "
test_equal "TwinListen counts it" $(($(counter sv TwinListen) - before)) 1
test_equal "NameForeign counts the peer" "$(counter sv NameForeign)" 1
stop $server
test_that "IPv4 listener: gone with its program" \
	wait_for not listening sv $port

next
serve local --family npv-inet $V4
test_that "a listener on one IPv4 address has no twin" reach $V4
test_that "a listener on one IPv4 address: not over IPv6" not reach $V6
stop $server

next
serve six --family npv-inet6 ::
test_that "IPv6 listener: reachable over IPv4" reach $V4
test_that "IPv6 listener: reachable over IPv6" reach $V6
test_equal "IPv6 listener: names of the peers" "$(peers six)" \
	"10.0.1.1 fd00:1::1 "
stop $server

next
serve native --family npv ::
test_that "AF_NPV listener: reachable over IPv4" reach $V4
test_that "AF_NPV listener: reachable over IPv6" reach $V6
stop $server

next
on sv sh -c 'echo 0 > /proc/sys/net/npv/listen_twin'
serve off --family npv-inet 0.0.0.0
test_that "listen_twin=0: reachable over IPv4" reach $V4
test_that "listen_twin=0: not over IPv6" not reach $V6
stop $server
on sv sh -c 'echo 1 > /proc/sys/net/npv/listen_twin'

# --- it gives way ---

next
serve four --family npv-inet 0.0.0.0
first=$server
before=$(counter sv TwinYield)
# as nginx (listen 80; listen [::]:80 ipv6only=on) and sshd do
serve pair --family npv-inet6 --v6only ::
second=$server
test_that "both families by two sockets: the second can listen" \
	kill -0 $second
test_equal "TwinYield counts it" $(($(counter sv TwinYield) - before)) 1
test_that "both families by two sockets: IPv4" reach $V4
test_that "both families by two sockets: IPv6" reach $V6
test_equal "both families by two sockets: each has its own" \
	"$(peers four)/ $(peers pair)" "10.0.1.1 / fd00:1::1 "
stop $second $first

next
serve pair2 --family npv-inet6 --v6only ::
second=$server
before=$(counter sv TwinFail)
serve four2 --family npv-inet 0.0.0.0
first=$server
test_that "the other way round: IPv4" reach $V4
test_that "the other way round: IPv6" reach $V6
test_equal "the other way round: each has its own" \
	"$(peers four2)/ $(peers pair2)" "10.0.1.1 / fd00:1::1 "
test_equal "TwinFail counts it" $(($(counter sv TwinFail) - before)) 1
stop $first $second

next
serve plain6 --family inet6 --v6only ::
second=$server
serve four3 --family npv-inet 0.0.0.0
first=$server
test_that "IPv6 taken by a plain socket: IPv4 listens" reach $V4
test_that "IPv6 taken by a plain socket: it has IPv6" reach $V6
test_equal "IPv6 taken by a plain socket: each has its own" \
	"$(peers four3)/ $(peers plain6)" "10.0.1.1 / fd00:1::1 "
stop $first $second

next
serve four4 --family npv-inet 0.0.0.0
first=$server
serve special --family npv-inet6 --v6only $V6
second=$server
test_that "yields to one IPv6 address too" reach $V6
test_equal "yields to one IPv6 address: it has it" "$(peers special)" \
	"fd00:1::1 "
stop $first $second

next
serve dup --family npv-inet 0.0.0.0
first=$server
test_that "a second IPv4 listener is refused, as with TCP" \
	not serve dup2 --family npv-inet 0.0.0.0
test_that "a second, dual-stack listener is refused, as with TCP" \
	not serve dup3 --family npv-inet6 ::
test_that "the first one is still reachable over IPv4" reach $V4
stop $first

# --- several addresses ---

next
serve several --family npv $V4 $V6
test_that "two addresses: IPv4" reach $V4
test_that "two addresses: IPv6" reach $V6
test_that "two addresses: not on another IPv4 one" not reach $OTHER4
test_that "two addresses: not on another IPv6 one" not reach $OTHER6
test_equal "two addresses: one epoll and accept have both" \
	"$(peers several)" "10.0.1.1 fd00:1::1 "
stop $server
test_that "two addresses: both gone with their program" \
	wait_for not listening sv $port

next
serve seven --family npv $V4 $V6 $OTHER4 $OTHER6 127.0.0.1 ::1 127.0.0.2
for address in $V4 $V6 $OTHER4 $OTHER6; do
	test_that "seven addresses: $address" reach "$address"
done
stop $server

next
test_that "several addresses, one not local: refused" \
	not serve bad --family npv $V4 192.0.2.99
test_that "several addresses, one not local: nothing is left" \
	not listening sv $port

# --- groups ---

next
serve group1 --family npv-inet --reuseport 0.0.0.0
first=$server
serve group2 --family npv-inet --reuseport 0.0.0.0
second=$server
got=0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	reach $V4 && reach $V6 && got=$((got + 1))
done
test_equal "SO_REUSEPORT: every connection gets through" $got 12
test_that "SO_REUSEPORT: both have IPv4 connections" \
	grep -q -s " 10.0.1.1 " "$WORK/group1" "$WORK/group2"
share()
{
	[[ $(peers group1) == *"$1"* && $(peers group2) == *"$1"* ]]
}
test_that "SO_REUSEPORT: IPv4 is shared out" share 10.0.1.1
test_that "SO_REUSEPORT: IPv6 is shared out" share 192.0.0.8
stop $first
test_that "SO_REUSEPORT: the other goes on, IPv4" reach $V4
test_that "SO_REUSEPORT: the other goes on, IPv6" reach $V6
stop $second

no_sessions()
{
	[ "$(npv_sockets sv)" = 0 ]
}
test_that "no session is left" wait_for no_sessions
tap_end
