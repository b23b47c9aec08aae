#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 400
# shellcheck disable=SC2317
#
# What the attempts of a race are to netfilter, to rules of routing and to who
# may use a mark or a port: just what the program's socket is. See npv-owner.c
# for what each case showed when it was wrong.

. "$(dirname "$0")/lib.sh"

host own
host far
ip link add path netns own type veth peer name path netns far
ip -n own -batch - << END
addr add 192.0.2.1/32 dev path
addr add 2001:db8::1/128 dev path nodad
link set path up
rule add uidrange 1000-1000 table 100
route add 192.0.2.0/24 dev path table 100
END
# no other user has a route there
ip -n own -6 -batch - << END
rule add uidrange 1000-1000 table 100
route add 2001:db8::/64 dev path table 100
END
ip -n far -batch - << END
addr add 192.0.2.2/24 dev path
addr add 192.0.2.3/24 dev path
addr add 2001:db8::2/64 dev path nodad
addr add 2001:db8::3/64 dev path nodad
link set path up
END

# Ports as npv-owner.c has them
on own nft -f - << END
table inet t {
	chain out {
		type filter hook output priority 0;
		tcp dport 7301 meta skuid 1000 reject with tcp reset
		tcp dport 7302 meta skuid 1000 accept
		tcp dport 7302 reject with tcp reset
		tcp dport 7303 meta skgid 1000 reject with tcp reset
		tcp dport 7304 meta skgid 1000 accept
		tcp dport 7304 reject with tcp reset
		tcp dport 7305 meta mark 77 accept
		tcp dport 7305 reject with tcp reset
	}
}
END
on own sh -c 'echo 0 > /proc/sys/net/npv/history_ttl'

spawn on own npv-server --family inet6 7301-7306 :: > "$WORK/own"
spawn on far npv-server --family inet6 7301-7306 :: > "$WORK/far"
wait_for listening own 7306 || note "the server does not listen"
wait_for listening far 7306 || note "the other server does not listen"
tap_adopt on own npv-owner

none_left()
{
	[ "$(npv_sockets own)" = 0 ]
}
test_that "no session is left" wait_for none_left
tap_end
