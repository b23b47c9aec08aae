#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 240
# lab: --kernel debug --timeout 500
# shellcheck disable=SC2119
#
# Many sessions at once: more than a listener has room for, and so many that what has to
# be done for all of them takes its time.

. "$(dirname "$0")/native-lib.sh"

py="$(dirname "$(readlink -f "$0")")/crowd.py"
native_hosts p1

# crowd_start NUMBER BACKLOG: the server, which accepts nothing before there is $WORK/go
crowd_start()
{
	next_port
	rm -f "$WORK/go"
	: > "$WORK/server"
	spawn on sv npv-run python3 -B "$py" server "$port" "$1" "$2" "$WORK/go" \
		> "$WORK/server" 2>&1
	server_pid=$spawned
	wait_for grep -q listening "$WORK/server"
	rm -f "$WORK/orders"
	mkfifo "$WORK/orders"
	: > "$WORK/out"
	spawn on cl npv-run python3 -B "$py" client $SV4 "$port" "$1" "$WORK/orders" \
		> "$WORK/out" 2>&1
	client_pid=$spawned
}

# answers NUMBER: the client has told of so many rounds
answers()
{
	[ "$(grep -c right "$WORK/out")" -ge "$1" ]
}

crowd_end()
{
	stop "$client_pid" "$server_pid"
	wait_for -t 30 no_sessions
}

for who in unknown known; do
	note "more than there is room for; the server is $who"
	on cl npv-mgr peer flush all
	[ $who = unknown ] || on cl npv-mgr peer set $SV4 kind native
	crowd_start 64 4
	# A plain one may have to wait for TCP's SYN, which is sent again.
	[ $who = unknown ] || test_that "$who: all are opened" \
		wait_for -t 20 grep -q opened "$WORK/out"
	touch "$WORK/go"
	test_that "$who: all are served" wait_for -t 30 answers 1
	test_equal "$who: each by itself" "$(grep right "$WORK/out")" \
		'{"right": 64, "errors": {}, "later": {}}'
	test_equal "$who: it is not remembered as plain" "$(on cl npv-mgr -j peer show |
		jq '[.[] | select(.kind == "plain")] | length')" 0
	crowd_end
done

note 'hundreds that join further stacks'
sessions=600
# One with lockdep takes its time.
[ ! -e /proc/lockdep ] || sessions=200
on cl npv-mgr peer flush all
on cl npv-mgr peer set $SV4 kind native
test_that 'a profile' on cl npv-mgr profile add crowd scheduler weighted
test_that 'a rule' on cl npv-mgr rule add id 1 profile crowd
crowd_start "$sessions" "$sessions"
touch "$WORK/go"
wait_for -t 60 grep -q opened "$WORK/out"
test_that 'all are served' wait_for -t 60 answers 1
test_equal 'each by itself' "$(grep right "$WORK/out")" \
	"{\"right\": $sessions, \"errors\": {}, \"later\": {}}"
schedulers()
{
	[ "$(on cl npv-mgr -j session show | jq -r '.[].scheduler' | sort | uniq -c |
		xargs)" = "$sessions $1" ]
}
test_that 'all are native, and have what policy wants' schedulers weighted
before=$(counter cl PolicyApplied)
test_that 'the profile is changed' on cl npv-mgr profile set crowd scheduler redundant
applied()
{
	[ $(($(counter cl PolicyApplied) - before)) -ge "$sessions" ]
}
test_that 'all take it' wait_for -t 20 applied
test_that 'and have it' schedulers redundant
echo again > "$WORK/orders"
test_that 'all are served again' wait_for -t 60 answers 2
test_equal 'each by itself, again' "$(tail -n 1 "$WORK/out")" \
	"{\"right\": $sessions, \"later\": {}}"
crowd_end
tap_end
