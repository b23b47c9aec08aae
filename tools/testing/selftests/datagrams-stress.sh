#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 500
# lab: --kernel stock --timeout 900 --cpus 2
# shellcheck disable=SC2317
#
# Datagram sessions that begin, carry, idle out and are ended under the calls of several
# threads on the same sockets, while modes, paths and stacks change: no datagram comes
# that was not sent, nothing is left in the end, and the kernel has nothing to report.
# With two processors on the stock kernel; with KASAN and lockdep on the debug kernel.
#
# usage: datagrams-stress.sh [SECONDS [SEED]]

. "$(dirname "$0")/native-lib.sh"

LAST=${1:-${NPV_TEST_SECONDS:-40}}
SEED=${2:-${NPV_TEST_SEED:-$SRANDOM}}
COUNT=4
RANDOM=$((SEED % 32768))

native_hosts p1 p2
for name in cl sv; do
	setting $name datagram_idle 1
	setting $name peer_ttl 1
	setting $name hello_wait 1000
	setting $name reconnect_timeout 5
done

# pick WORD...: one of them, in $picked
pick()
{
	local words=("$@")

	picked=${words[RANDOM % $#]}
}

kill_session()
{
	local id rest

	pick cl sv
	name=$picked
	# the last one has been there for the shortest time
	while read -r id rest; do
		[ -z "$id" ] || session[$name]=$id
		[ $((RANDOM % 3)) != 0 ] || break
	done < "$WORK/$name.stacks"
	on "$name" npv-mgr session kill "${session[$name]:-1}" > /dev/null 2>&1
}

kill_stack()
{
	local line

	pick cl sv
	name=$picked
	while read -r -a line; do
		[ $((RANDOM % 3)) != 0 ] || break
	done < "$WORK/$name.stacks"
	[ "${#line[@]}" -lt 2 ] ||
		on "$name" npv-mgr stack del "${line[0]}" "${line[1]}" > /dev/null 2>&1
}

change_setting()
{
	local what

	pick mode mode datagram_idle stacks_max
	what=$picked
	case $what in
	mode) pick 0 1 1 1 2 ;;
	datagram_idle) pick 0 1 1 2 60 ;;
	stacks_max) pick 1 2 4 ;;
	esac
	value=$picked
	pick cl sv
	setting "$picked" "$what" "$value"
}

change_path()
{
	local path how

	pick p1 p2
	path=$picked
	pick tcp udp link link all
	how=$picked
	case $how in
	link)
		pick cl sv
		ip -n "$picked" link set "$path" down
		nap 0.2
		ip -n "$picked" link set "$path" up
		;;
	all)
		hole "$path"
		nap 0.5
		mend "$path"
		;;
	*)
		hole "$path" "$how"
		nap 1
		mend "$path" "$how"
		;;
	esac
}

# settle: what the end needs
settle()
{
	for name in cl sv; do
		mode $name auto
		setting $name datagram_idle 1
	done
}

next_port
spawn on sv npv-datagrams --seed "$SEED" server "$port" $COUNT > "$WORK/server" 2>&1
server=$spawned
wait_for grep -q listening "$WORK/server"
spawn on cl npv-datagrams --seed "$SEED" --seconds "$LAST" client "$port" $COUNT \
	$SV4 $SV6 $SV4B $SV6B > "$WORK/client" 2>&1
client=$spawned

changes=0
until ended "$client"; do
	case $((RANDOM % 6)) in
	0) kill_session ;;
	1) kill_stack ;;
	2 | 3) change_setting ;;
	*) change_path ;;
	esac
	changes=$((changes + 1))
	[ $((RANDOM % 4)) != 0 ] || settle
done
wait "$client"
test_equal "threads on the same sockets, $LAST s" $? 0
note "$(< "$WORK/client")"
note "seed $SEED, $changes changes"
for name in cl sv; do
	note "$name: $(grep -E '^(Assoc|Message|SourceProofFailed|Protocol|UdpMalf)' \
		"$(net $name)/npv_stat" | tr -s ' \n' ' ')"
done
test_that 'the server has found nothing wrong' kill -0 "$server"
note "$(< "$WORK/server")"
for name in cl sv; do
	test_equal "$name: nothing broke the protocol" "$(counter $name ProtocolError)" 0
	# A session whose end its peer didn't hear of is sent probes for a while. The port
	# that they go to may be another stack's by now, which has no use for them.
	test_between "$name: next to nothing came to the wrong stack" \
		"$(counter $name UdpMalformed)" 0 10
done
settle
stop "$server"
test_that 'no session is left' wait_for -t 90 no_sessions

# ... and all is as before
py="$(dirname "$(readlink -f "$0")")/datagram.py"
forget cl
next_port
: > "$WORK/server"
spawn on sv npv-run python3 "$py" server 0.0.0.0 "$port" > "$WORK/server"
server=$spawned
wait_for grep -q listening "$WORK/server"
on cl npv-run python3 "$py" client $SV4 "$port" --connect --count 300 > "$WORK/out"
test_that 'a session carries datagrams' \
	jq -e '.kind == 2 and .wrong == 0 and .twice == 0 and .received > 200' "$WORK/out"
stop "$server"
test_that 'no session is left' wait_for -t 20 no_sessions
tap_end
