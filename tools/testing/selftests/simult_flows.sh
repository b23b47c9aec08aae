#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 480
# by name: timed: counts on a machine that is not busy
#
# Two paths of limited rate carry one session: what simult_flows.sh of the
# kernel's MPTCP selftests asks for, with its rates, delays and times. A file of
# 16 MiB there and 80 KiB back takes no longer than the sum of both rates allows
# with a tenth for headers, and 450 ms for everything else.

. "$(dirname "$0")/native-lib.sh"

LARGE=$((2 * 2048 * 4096))
SMALL=$((20 * 4096))
SLACK=450
[ "${LAB_KERNEL:-}" != debug ] || SLACK=1000

native_hosts p1 p2
setting cl stacks_max 2

# flow NAME MS BYTES_UP BYTES_DOWN
flow()
{
	local name=$1 limit=$2 took status=0

	next_port
	spawn on sv npv-stream --send "$4" --mode poll listen $port :: \
		> "$WORK/sv.load"
	wait_for listening sv $port
	on cl npv-stream --send "$3" --mode poll connect $port $SV4 \
		> "$WORK/cl.load" || status=1
	wait "$spawned" || status=1
	if [ $status = 1 ]; then
		fail "$name"
		note "$(cat "$WORK/cl.load" "$WORK/sv.load")"
		return
	fi
	took=$(jq -s '[.[] | select(.event == "end").seconds * 1000] | max |
		floor' "$WORK/cl.load" "$WORK/sv.load")
	test_between "$name" "$took" 1 "$limit"
	note "took $took of $limit ms"
}

# flows NAME RATE1 RATE2 DELAY1 DELAY2: Mbit/s and ms
flows()
{
	local name=$1 limit

	# short queues, or waiting in them would count as distance
	shape p1 rate "$2mbit" delay "$4ms" limit 50
	shape p2 rate "$3mbit" delay "$5ms" limit 50
	limit=$((1000 * LARGE * 8 * 10 / (($2 + $3) * 1000 * 1000 * 9) + SLACK))
	flow "$name" $limit $LARGE $SMALL
	flow "$name - reverse direction" $limit $SMALL $LARGE
}

# IPv4 only, or there would be more than two stacks to choose from
for path in p1 p2; do
	for name in cl sv; do
		on $name sysctl -q "net.ipv6.conf.$path.disable_ipv6=1"
	done
done
flows "balanced bandwidth" 10 10 0 0
flows "balanced bandwidth with unbalanced delay" 10 10 1 25
flows "unbalanced bandwidth" 10 3 0 0
flows "unbalanced bandwidth with unbalanced delay" 10 3 1 25
flows "unbalanced bandwidth with opposed, unbalanced delay" 10 3 25 1
test_that "no session is left" wait_for no_sessions
tap_end
