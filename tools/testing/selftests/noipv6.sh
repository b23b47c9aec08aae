#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by name
# lab: --kernel lean --append ipv6.disable=1 --timeout 300
#
# A host without IPv6: sessions are IPv4's alone, and say so.

. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs none $tracing
port=7000

# No IPv6, no accept_dad to set: not by host
ip netns add cl
hosts+=(cl)
ip -n cl link set lo up

json()
{
	on cl npv-connect "$@" | jq -r "[$fields] | join(\" \")"
}

counter4()
{
	on cl sed -n "s/^$1 //p" /proc/net/npv_stat
}

test_that 'there is no IPv6' test ! -e /proc/net/if_inet6
spawn on cl npv-run npv-server --family inet $port-$((port + 2)) 127.0.0.1 > "$WORK/server"
on_port()
{
	on cl ss -Hltn "sport = :$port" | grep -q .
}
wait_for on_port || note "the server does not listen"

echo 1 > $tracing/events/npv/npv_fallback/enable
fields='.address, .candidates'
test_equal 'IPv4 works' "$(json $port 127.0.0.1)" '127.0.0.1 1'
test_that 'the fallback is traced' grep -q 'npv_fallback: .*reason=no-ipv6' $tracing/trace
test_between 'and counted' "$(counter4 FallbackNoIpv6)" 1 9
test_equal 'of two addresses IPv4 is used' \
	"$(json $((port + 1)) ::1 127.0.0.1)" '127.0.0.1 1'
fields='.errno'
test_equal 'an IPv6 address alone is not reached' "$(json $port ::1)" ENETUNREACH
# It was EAFNOSUPPORT, of the first address, instead of what became of it: as
# for TCP, the first connect() after success returns 0
fields='.address, .errno, .again'
test_equal 'not blocking, then connect() again' \
	"$(json --nonblock --again $((port + 2)) ::1 127.0.0.1)" '127.0.0.1  '
test_that 'under npv-run' \
	on cl npv-run socat -u OPEN:/dev/null TCP:127.0.0.1:$port
test_equal 'no twin is opened' "$(counter4 TwinListen)" 0

tap_end
