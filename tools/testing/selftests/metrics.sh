#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 400
# lab: --kernel debug --timeout 900
#
# How stacks do, as listeners are told: what a path loses and how long it takes
# changes while data flows, and each is told of what it asked for, and of nothing
# else. What was measured is remembered, and decides where the next session begins.

. "$(dirname "$0")/native-lib.sh"

LISTENER="$SELFTESTS/metrics.py"

native_hosts p1 p2
setting cl stacks_max 1
setting cl history_ttl 3600

# listen NAME WORD...: a listener of that name on cl; what it is told in $WORK/NAME
declare -A listener
listen()
{
	local name=$1

	shift
	spawn on cl "$LISTENER" "$@" > "$WORK/$name" 2> "$WORK/$name.err"
	listener[$name]=$spawned
	wait_for grep -q '"listens"' "$WORK/$name"
}

# refused ERRNO TEXT WORD...: what the kernel says to wishes
refused()
{
	local err=$1 text=$2 got

	shift 2
	got=$(on cl "$LISTENER" "$@")
	[[ $got == *"\"listens\": $err,"*"$text"* ]] || echo "$got"
	[[ $got == *"\"listens\": $err,"*"$text"* ]]
}

# told NAME FILTER [SINCE]: whether it was told something that jq's FILTER selects,
# behind so many lines
told()
{
	tail -n +$((${3:-0} + 1)) "$WORK/$1" |
		jq -es "map(select($2)) | length > 0"
}

# without_losses NAME: what it was told last is of a path that loses nothing to speak of
without_losses()
{
	jq -es 'map(select(.crossed)) | last | ."loss-ppm" < 10000' "$WORK/$1"
}

lines()
{
	wc -l < "$WORK/$1"
}

# ... but for the one that listens
no_more_sessions()
{
	[ "$(npv_sockets cl)" = 1 ] && [ "$(npv_sockets sv)" = 0 ]
}

crossed()
{
	echo ".crossed and (.crossed | index(\"$1\"))"
}

# peer ADDRESS KEY: what cl remembers of it
peer()
{
	on cl npv-mgr -j peer | jq -r --arg addr "$1" --arg key "$2" \
		'.[] | select(.peer.address == $addr and .verdict) | .[$key] // empty'
}

# --- who may, and what ---

test_that "wishes: nothing" refused 22 "nothing to be told of" interval-ms=500
test_that "wishes: no such session" refused 2 "no session has that id" \
	every session-id=999999
test_that "wishes: interval too short" refused 34 "" every interval-ms=99
test_that "wishes: no percent" refused 34 "" rtt-percent=0
test_that "wishes: nobody but administrators" \
	not on cl setpriv --reuid 65534 --clear-groups "$LISTENER" every
test_that "group: nobody but administrators" \
	not on cl setpriv --reuid 65534 --clear-groups "$LISTENER" group

many=()
for ((i = 0; i < 16; i++)); do
	listen many$i rtt-percent=10
	many+=("${listener[many$i]}")
done
test_that "sixteen listen" told many15 '.listens == 0'
test_that "a seventeenth doesn't" refused 28 "16 sockets listen already" every
stop "${many[0]}"
listen again every
test_that "one goes away: there is room for another" told again '.listens == 0'
stop "${many[@]}" "${listener[again]}"

# gap NAME: ms between two messages about one stack, on average: when they are read is
# no more than about when they were sent
gap()
{
	jq -s '[.[] | select(.crossed)] | [group_by(.id)[] | select(length > 2) |
		(.[-1].at - .[0].at) / (length - 1) | floor] | min // 9999' "$WORK/$1"
}

# --- of both transports ---

# A session of which nothing is to be told
next_port
spawn on cl npv-stream --seconds 0 listen $port :: > "$WORK/other.load" 2>&1
other_pid=$spawned
wait_for listening cl $port
other=$(on cl npv-mgr -j session | jq '.[0].id')

# differences TRANSPORT PREFER_UDP: a load, and what listeners are told of it
differences()
{
	local before

	setting cl prefer_udp "$2"
	setting sv prefer_udp "$2"
	shape p1 rate 20mbit delay 10ms limit 1000
	listen rtt rtt-percent=50 interval-ms=500
	listen loss loss-ppm=10000 interval-ms=500
	listen group group
	# No more under way than a 20 Mbit/s link takes in 100 ms: what a window that has
	# grown on the slow path keeps in the queue would hide that the path is fast again
	load_start --rcvbuf 128K
	S=${session[cl]}
	listen all every interval-ms=200 session-id="$S"
	listen other every interval-ms=200 session-id="$other"

	test_that "$1: data flows" moves
	for name in rtt loss group all; do
		test_that "$1: $name: the stack is told of first" \
			wait_for told $name "$(crossed first) and .\"session-id\" == $S"
	done
	test_that "$1: what is told" told all ".transport == $2 and .id and .\"remote-port\" and .ifindex and \
.\"srtt-us\" >= 10000 and .cwnd and .status == 0 and has(\"loss-ppm\") and \
has(\"jitter-us\") and has(\"heard-ms\") and has(\"queue\") and has(\"retransmits\") and \
.endpoint and has(\"link-type\")"
	test_that "$1: a delivery rate" wait_for told all \
		'."delivery-rate" > 100000 and ."delivery-rate" < 20000000'

	# What waits for the link is part of the round trip: more than all of that
	before=$(lines loss)
	shape p1 rate 20mbit delay 400ms limit 3000
	test_that "$1: more delay is told" wait_for -t 20 told rtt \
		"$(crossed rtt) and .\"srtt-us\" > 400000"
	test_that "$1: to the group as well" wait_for told group \
		"$(crossed rtt) and .\"srtt-us\" > 400000"
	test_that "$1: jitter" wait_for told all '."jitter-us" > 0'
	shape p1 rate 20mbit delay 10ms limit 1000
	test_that "$1: less delay is told" wait_for -t 20 told rtt \
		"$(crossed rtt) and .\"srtt-us\" < 200000" "$(lines rtt)"
	test_that "$1: none of it to who asked for losses" \
		not told loss "$(crossed rtt)" "$before"

	# What overtook the slow ones looked like a loss.
	test_that "$1: no losses now" wait_for -t 30 without_losses loss
	before=$(lines loss)
	shape p1 delay 10ms loss 10% limit 1000
	test_that "$1: a loss is told" wait_for -t 20 told loss \
		"$(crossed loss) and .\"loss-ppm\" >= 10000" "$before"
	test_that "$1: to the group as well" wait_for told group "$(crossed loss)"
	test_that "$1: as much as it is" wait_for -t 30 told all \
		'."loss-ppm" > 50000 and ."loss-ppm" < 200000'
	before=$(lines loss)
	shape p1 rate 20mbit delay 10ms limit 1000
	test_that "$1: its end is told" wait_for -t 30 told loss \
		"$(crossed loss) and .\"loss-ppm\" <= 5000" "$before"

	test_between "$1: no more often than each 200 ms" "$(gap all)" 190 10000
	test_between "$1: to the group no more often than each second" \
		"$(gap group)" 950 100000
	test_that "$1: nothing of another session" not told other '.crossed'

	# Both programs stop for a while: nobody looks at the stack but for listeners
	listen heard heard-ms=1000 interval-ms=100
	test_that "$1: heard: the stack is told of first" \
		wait_for told heard "$(crossed first)"
	test_that "$1: heard: that is all as long as data flows" moves
	kill -STOP "${pid[cl]}" "${pid[sv]}"
	test_that "$1: heard: silence is told" wait_for told heard \
		"$(crossed heard) and .\"heard-ms\" >= 1000"
	before=$(lines heard)
	kill -CONT "${pid[cl]}" "${pid[sv]}"
	test_that "$1: heard: its end is told" wait_for -t 30 told heard \
		"$(crossed heard) and .\"heard-ms\" < 1000" "$before"
	stop "${listener[@]}"
	listener=()
	load_end "$1: every byte is right"
	test_that "$1: no session is left" wait_for no_more_sessions
}

differences tcp 0
differences udp 1
stop "$other_pid"
setting cl prefer_udp 0
setting sv prefer_udp 0

# --- listeners that are slow, or have enough ---

load_start --write 20K
listen slow --slow every interval-ms=100
listen quick every interval-ms=100
test_that "data flows" moves
told_often()
{
	[ "$(lines quick)" -gt 12 ]
}
test_that "who reads is told again and again" wait_for told_often
test_equal "who doesn't is not" "$(lines slow)" 1
kill -USR1 "${listener[slow]}"
test_that "who doesn't is told that it missed something" \
	wait_for told slow '.lost'
test_that "... and from then on what happens" wait_for told slow '.crossed' 2
test_that "nobody waited for it" moves

listen bare --bare every interval-ms=100
test_that "another" wait_for told bare '.crossed'
kill -USR1 "${listener[bare]}"
test_that "metrics-del" wait_for told bare '.deleted == 0'
test_that "metrics-del: nothing is left to delete" wait_for told bare \
	'.deleted == 2 and .text == "this socket listens for no metrics"'
before=$(lines bare)
told_more()
{
	[ "$(lines quick)" -gt $((often + 5)) ]
}
often=$(lines quick)
test_that "others are told on" wait_for told_more
test_equal "... who has deleted isn't" "$(lines bare)" "$before"
stop "${listener[@]}"
listener=()
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions

# --- npv-mgr ---

test_that "npv-mgr monitor metrics: no such session" \
	not on cl npv-mgr monitor metrics session 999999 every
test_that "npv-mgr monitor metrics: no such word" \
	not on cl npv-mgr monitor metrics nonsense
load_start --write 20K
spawn on cl npv-mgr -j monitor metrics session "${session[cl]}" interval 200ms every \
	> "$WORK/mgr"
listener[mgr]=$spawned
spawn on cl npv-mgr monitor metrics > "$WORK/mgr_group"
listener[mgr_group]=$spawned
spawn on cl npv-mgr monitor metrics loss 10000 > "$WORK/mgr_text"
listener[mgr_text]=$spawned
test_that "data flows" moves
test_that "npv-mgr monitor metrics: first" wait_for told mgr \
	"$(crossed first) and .event == \"metrics\" and .\"srtt-us\" > 0"
test_that "npv-mgr monitor metrics: at each interval" \
	wait_for told mgr "$(crossed interval)"
for name in mgr_group mgr_text; do
	test_that "npv-mgr monitor metrics: $name" wait_for \
		grep -q " metrics session ${session[cl]} .* crossed first" "$WORK/$name"
done
stop "${listener[@]}"
listener=()
load_end "every byte is right"
test_that "no session is left" wait_for no_sessions

# --- what is remembered ---

forget cl
mode cl native
load_to=("$SV4" "$SV4B")
load_start
test_that "the first address, where nothing is known" stack_on cl p1
load_end "every byte is right"
forget cl
for path in 1 2; do
	load_to=("10.0.$path.2")
	if [ $path = 1 ]; then
		shape p1 delay 10ms loss 15% limit 1000
	else
		shape p2 rate 20mbit delay 10ms limit 1000
	fi
	load_start
	test_that "path $path: data flows" moves 400000
	load_end "path $path: every byte is right"
done
test_that "no session is left" wait_for no_sessions
test_that "the lossy address: a loss is remembered" \
	[ "$(peer "$SV4" loss-ppm)" -gt 50000 ]
test_that "the other: none" [ "$(peer "$SV4B" loss-ppm)" -le 5000 ]
test_that "a round-trip time" [ "$(peer "$SV4B" srtt-us)" -ge 10000 ]
test_that "its variation" [ "$(peer "$SV4B" rttvar-us)" -ge 1 ]
test_that "a delivery rate" [ "$(peer "$SV4B" delivery-rate)" -ge 100000 ]
load_to=("$SV4" "$SV4B")
load_start
test_that "the next session goes by the other" stack_on cl p2
load_end "every byte is right"

tap_end
