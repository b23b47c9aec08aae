#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 2400
# lab: --kernel stock --timeout 1800 --cpus 2
# by name: random, and minutes long; run it with many seeds
# shellcheck disable=SC2317
#
# Random messages, right and wrong, to the netlink family at both ends, made from its
# specification by netlink-fuzz.py, while streams and datagrams are carried: each message
# is answered, no byte is lost, sessions are composed again as they were, and the kernel
# has nothing to report. Longer, or the same ones again:
#
#	NPV_TEST_SECONDS=600 NPV_TEST_SEED=42 tools/testing/run-tests netlink-fuzz/debug
#
# usage: netlink-fuzz.sh [SECONDS [SEED]]

. "$(dirname "$0")/native-lib.sh"

LAST=${1:-${NPV_TEST_SECONDS:-60}}
SEED=${2:-${NPV_TEST_SEED:-$SRANDOM}}
py=$SELFTESTS/netlink-fuzz.py
export TOP

if ! python3 -c 'import yaml' 2> /dev/null; then
	skip 'no python3-yaml' 'random messages'
	tap_end
fi

native_hosts p1 p2 p3
# the machine's time is for messages: who watches stacks is not wanted, and the loads
# take their time
wait_for grep -q npv-watch "/proc/$spawned/comm"
stop "$spawned"
for path in p1 p2 p3; do
	shape $path rate 4mbit delay 2ms limit 100
done
for name in cl sv; do
	# all that there are
	setting $name stacks_max 8
	# a policy that allows nothing is there for a round
	setting $name reconnect_timeout 300
	setting $name peer_ttl 1
done

LOADS="$WORK/loads"
mkdir "$LOADS"
declare -A load_pid

# stream NAME: as load_start, but of several at a time
stream()
{
	local options="--seconds 0 --progress 200 --timeout 300 --slow 50000 --read 16384 \
		--write 16384 --sndbuf 65536 --rcvbuf 65536"

	next_port
	# shellcheck disable=SC2086 # words
	spawn on sv npv-stream $options --seed $port --vary listen $port :: \
		> "$LOADS/$1.sv.load" 2>&1
	load_pid[$1.sv]=$spawned
	wait_for listening sv $port || return
	# shellcheck disable=SC2086
	spawn on cl npv-stream $options --seed $port connect $port $SV4 $SV6 \
		> "$LOADS/$1.cl.load" 2>&1
	load_pid[$1.cl]=$spawned
	for name in cl sv; do
		wait_for grep -q '"connected"' "$LOADS/$1.$name.load" || return
	done
}

datagrams()
{
	next_port
	spawn on sv npv-run python3 "$SELFTESTS/datagram.py" mirror :: "$port" \
		> "$LOADS/datagrams.sv.load"
	load_pid[datagrams.sv]=$spawned
	wait_for listening sv "$port" udp || return
	spawn on cl npv-run python3 "$SELFTESTS/datagram.py" source $SV4 "$port" --gap 0.05 \
		--wait 15 > "$LOADS/datagrams.cl.load"
	load_pid[datagrams.cl]=$spawned
	wait_for grep -q '"progress"' "$LOADS/datagrams.cl.load"
}

# told NAME FILTER [OTHER]: what an end of a load has told last is so
told()
{
	local last

	last=$(tail -n 1 "$LOADS/$1.load")
	[ -n "$last" ] &&
		jq -e --argjson other "${3:-null}" "$2" <<< "$last" > /dev/null && return
	cut -c -2000 <<< "$last"
	return 1
}

ok=1
for name in whole one two; do
	stream $name || ok=0
done
datagrams || ok=0
test_equal 'loads are carried' $ok 1
next_port
spawn on sv npv-run python3 "$py" server :: "$port" > "$WORK/victims.sv"
server=$spawned
wait_for listening sv "$port"
spawn on cl npv-run python3 "$py" victims "$port" $SV4 $SV6 > "$WORK/victims.cl"
victims=$spawned

tap_adopt /usr/bin/python3 -B "$py" fuzz "$LAST" "$SEED" "$LOADS" p1 p2 p3

for load in "${!load_pid[@]}"; do
	kill -USR1 "${load_pid[$load]}"
done
for load in "${!load_pid[@]}"; do
	test_that "$load ends" wait_for -t 60 ended "${load_pid[$load]}"
done
for load in whole one two; do
	for name in cl sv; do
		test_that "$load.$name: every byte was right" told $load.$name \
			'.event == "end" and .error == "" and .received > 0'
	done
done
for name in cl sv; do
	test_that "datagrams.$name: all were right, none came twice" told datagrams.$name \
		'.wrong == 0 and .twice == []'
done
# shellcheck disable=SC2016 # a variable of jq's
test_that 'none of the reliable ones is missing' told datagrams.cl \
	'(.due - (.due - $other)) == []' \
	"$(tail -n 1 "$LOADS/datagrams.sv.load" | jq -c .missing)"
note "$(jq -c '[.sent, .came, .sessions, (.due | length)]' \
	<(tail -n 1 "$LOADS/datagrams.cl.load")): sent, came back, sessions, reliable"
kill -USR1 "$victims"
test_that 'the victims end' wait_for -t 60 ended "$victims"
test_that 'what they got was right' jq -e '.broken == "" and .done > 0' "$WORK/victims.cl"
note "$(< "$WORK/victims.cl")"
stop "$server"
test_that 'no session is left' wait_for -t 90 no_sessions
for name in cl sv; do
	note "$name: $(grep -E '^(Session|Stack|Policy|Protocol|Event|Reconnect)' \
		"$(net $name)/npv_stat" | tr -s ' \n' ' ')"
done
test_equal 'nothing broke the protocol, none was given up' \
	"$(counter cl ProtocolError) $(counter sv ProtocolError)" "0 0"
tap_end
