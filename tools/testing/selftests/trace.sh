#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by name
# lab: --kernel debug --timeout 300
#
# The tracepoints: what an operator sees of a race, of a session's life and of a
# host that has less than the program could use.

. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs none $tracing
port=7000

host cl
spawn on cl npv-server --family inet6 $port ::1 > "$WORK/server"
wait_for listening cl $port || note "the server does not listen"
on cl sh -c 'echo 0 > /proc/sys/net/npv/history_ttl'

# traced CMD...: the events of CMD, in $WORK/trace
traced()
{
	: > $tracing/trace
	echo 1 > $tracing/events/npv/enable
	"$@" > "$WORK/out" 2>&1
	echo 0 > $tracing/events/npv/enable
	grep -o 'npv_.*' $tracing/trace > "$WORK/trace"
	note "$(cat "$WORK/trace")"
}

# The rest of the line behind the session's number
seen()
{
	grep -q "^$1: session=[0-9]* $2\$" "$WORK/trace"
}

test_that 'three tracepoints are offered' test -d $tracing/events/npv/npv_session_state -a \
	-d $tracing/events/npv/npv_race_attempt -a -d $tracing/events/npv/npv_fallback

# 127.0.0.1 refuses: only ::1 is listened on
traced on cl npv-connect $port 127.0.0.1 ::1
test_that 'a race: the session connects' \
	seen npv_session_state 'kind=1 state=connecting err=0'
test_that 'a race: the first attempt begins (EINPROGRESS)' \
	seen npv_race_attempt 'attempt=0 addr=::ffff:127.0.0.1 err=115'
test_that 'a race: it is refused (ECONNREFUSED)' \
	seen npv_race_attempt 'attempt=0 addr=::ffff:127.0.0.1 err=111'
test_that 'a race: the second attempt begins' \
	seen npv_race_attempt 'attempt=1 addr=::1 err=115'
test_that 'a race: it wins' seen npv_race_attempt 'attempt=1 addr=::1 err=0'
test_that 'a race: the session is established' \
	seen npv_session_state 'kind=1 state=established err=0'
test_that 'a race: the session is closed' \
	seen npv_session_state 'kind=1 state=closed err=0'

traced on cl npv-connect $port 127.0.0.1
test_that 'one address: no attempts' test "$(grep -c race_attempt "$WORK/trace")" = 0
test_that 'one address: the session fails with ECONNREFUSED' \
	seen npv_session_state 'kind=1 state=closed err=111'

# A listener has no callback that could tell: who ends it does
kill_listener()
{
	local id

	spawn on cl npv-state listening
	wait_for listener_id
	id=$(listener_id)
	on cl npv-mgr session kill "$id"
}
listener_id()
{
	on cl npv-mgr -j session show |
		jq -e '.[] | select(.state == "listening" and .comm == "npv-state") | .id'
}
traced kill_listener
test_that 'a listener that is killed is down' \
	seen npv_session_state 'kind=1 state=closed err=103'

tap_end
