#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
# shellcheck disable=SC2119
# lab: --kernel debug --timeout 600
#
# What follows from policy where programs and routes have a say as well: nothing is
# allowed for a while, rules that count, interfaces that a program names, groups.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1 p2
# So slow that links, and not the processor, are what is waited for
shape p1 rate 6mbit delay 2ms
shape p2 rate 6mbit delay 2ms

mgr()
{
	on cl npv-mgr "$@"
}

hits()
{
	mgr -j rule show | jq '.[0].hits'
}

weights()
{
	mgr -j stack show session "${session[cl]}" |
		jq -r '[.[] | select(."tcp-state" != "close") | .weight] | unique | @tsv'
}

note 'a session is one hit, and finds its way back'
test_that 'a rule' mgr rule add id 1 profile bulk
load_start
test_that 'two stacks or more' wait_for stack_on cl p2
test_equal 'it is decided for' "$(hits)" 1
test_that 'nothing is allowed' mgr endpoint add id 1 dev p1 disabled on
test_that '... at all' mgr endpoint add id 2 dev p2 disabled on
test_that 'no stack is left' wait_for -t 20 has_stacks cl 0
test_that 'one way is allowed again' mgr endpoint set 2 disabled off
test_that 'it is used' wait_for -t 20 stack_on cl p2
test_that 'data flows' moves
test_that 'both are' mgr endpoint flush
test_that 'and used' wait_for -t 20 stack_on cl p1
test_that 'data flows' moves
test_equal 'it was one hit' "$(hits)" 1
test_that 'the rule is set' mgr rule set 1 profile bulk priority 5
test_that 'it is a hit of the new one' wait_for -t 10 eval '[ "$(hits)" = 1 ]'
test_equal 'weights are those of endpoints' "$(weights)" 100
test_that 'pinned' mgr session set "${session[cl]}" pinned on profile handover
test_that 'its profile is taken back' mgr session set "${session[cl]}" profile auto-by-rules
test_equal 'the rule decides' \
	"$(mgr -j session show id "${session[cl]}" | jq -r '.[0].profile')" bulk
load_end 'not a byte is lost'
test_that 'no rule' mgr rule flush

note 'who names an interface'
ip -n sv link add far type dummy
ip -n sv addr add 10.9.0.1/32 dev far
ip -n sv link set far up
ip -n cl route add 10.9.0.1 via 10.0.1.2
ip -n cl route add 10.9.0.1 via 10.0.2.2 metric 100
test_that 'an endpoint is named' mgr endpoint add id 1 dev p2 cost 0
next_port
spawn on sv npv-stream --seconds 0 listen "$port" :: > /dev/null 2>&1
server_pid=$spawned
wait_for listening sv "$port"
# leaves PROGRAM: the address from which it does, by user 1234
leaves()
{
	on cl setpriv --reuid 1234 --clear-groups --inh-caps=-all --bounding-set=-all \
		npv-run python3 -c "
import socket, sys
$1
print(s.getsockname()[0])" "$port" 2>&1 | tail -n 1
}
test_equal 'who has no privilege may' "$(leaves '
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"p2")
s.connect(("10.9.0.1", int(sys.argv[1])))')" 10.0.2.1
test_equal 'datagrams as well' "$(leaves '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"p2")
s.connect(("10.9.0.1", 9))')" 10.0.2.1
test_equal 'a group goes by its route' "$(leaves '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.0.2.1"))
s.connect(("239.1.2.3", 9))')" 10.0.2.1
stop "$server_pid"

note 'the better way is silent'
next_port
spawn on sv python3 -m http.server "$port" > /dev/null 2>&1
server_pid=$spawned
wait_for listening sv "$port"
# A program of its own each time, which is as the one before
plain='
s = socket.create_connection(("10.9.0.1", int(sys.argv[1])), timeout=10)'
test_that 'the other costs more' mgr endpoint add id 2 dev p1 cost 10
mode cl plain
on sv nft add element inet paths tcpholes '{ p2 }'
for i in 1 2 3; do
	test_equal "the better way is silent: the other, $i" "$(leaves "$plain")" 10.0.1.1
done
on sv nft delete element inet paths tcpholes '{ p2 }'
for i in 1 2 3; do
	test_equal "it is not any more, $i" "$(leaves "$plain")" 10.0.2.1
done
# By the route of a larger metric it goes only where an interface is bound to.
test_that 'there is but that way' mgr endpoint set 2 disabled on
test_equal 'who was refused may go elsewhere, bound to nothing' "$(leaves '
def bound():
    return s.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0")

s = socket.socket()
try:
    s.connect(("10.9.0.1", 9))
except ConnectionRefusedError:
    assert bound() == b"p2"
s.connect(("10.0.2.2", int(sys.argv[1])))
assert bound() == b""')" 10.0.2.1
mode cl auto
test_that 'no endpoint of that' mgr endpoint del 2
stop "$server_pid"

test_that 'no session is left' wait_for -t 30 no_sessions
tap_end
