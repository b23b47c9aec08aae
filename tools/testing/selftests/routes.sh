#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
# shellcheck disable=SC2119
#
# Routes that come while a session lives: its stacks use what they lead to.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1 p2
ip -n cl route del 10.0.2.0/24 dev p2
ip -n cl -6 route del fd00:2::/64 dev p2

load_start
# Routes are watched where somebody has asked for endpoints.
export TOP
on cl /usr/bin/python3 -B "$SELFTESTS/endpoints.py" > "$WORK/endpoints"
test_that "there are endpoints by both paths" grep -q p2 "$WORK/endpoints"
test_that "stacks join by the path that has a route" wait_for has_stacks cl 2
test_that "data flows" moves
test_that "no stack is by the other" not stack_on cl p2

ip -n cl route add 10.0.2.0/24 dev p2
test_that "a route of IPv4 comes: a stack joins" wait_for stack_on cl p2 ipv4
ip -n cl route del 10.0.2.0/24 dev p2
ip -n cl -6 route add fd00:2::/64 dev p2
ip -n cl addr del 10.0.2.1/24 dev p2
test_that "one of IPv6: another joins" wait_for -t 20 stack_on cl p2 ipv6
test_that "data flows" moves

# Many at once are one change: the session keeps up.
for i in {0..255}; do
	for j in {0..3}; do
		echo "route add 10.$((100 + j)).$i.0/24 via 10.0.1.2 dev p1"
	done
done | ip -n cl -batch -
test_that "a thousand routes come" moves
load_end "every byte is right"
tap_end
