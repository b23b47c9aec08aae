#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 300
#
# sendfile(), splice() and MSG_ZEROCOPY over several stacks, of which one is lost on
# the way: what it owes is sent again from pages that are the file's own, or the
# program's, which changes them as soon as it is told that it may.

. "$(dirname "$0")/native-lib.sh"

FILE=$WORK/file

# transfer HOW COMMAND...: while a file goes from cl to sv, COMMAND after a while
transfer()
{
	local how=$1 receiver sender status=0

	shift
	next_port
	rm -f "$WORK/got"
	spawn on sv npv-run "$SELFTESTS/splice.py" receive "$port" "$WORK/got" \
		> "$WORK/receiver" 2>&1
	receiver=$spawned
	wait_for listening sv "$port" || return
	spawn on cl npv-run "$SELFTESTS/splice.py" "$how" "$SV4" "$port" "$FILE" \
		> "$WORK/sender" 2>&1
	sender=$spawned
	wait_for -t 20 test -s "$WORK/got" || status=1
	"$@" || status=1
	wait "$sender" || status=1
	wait "$receiver" || status=1
	[ "$status" = 0 ] || cat "$WORK/sender" "$WORK/receiver"
	cmp "$FILE" "$WORK/got" || status=1
	return "$status"
}

native_hosts p1 p2
for path in p1 p2; do
	# slower than the processor: each path has its share, or its loss would not matter
	shape $path rate 6mbit delay 3ms limit 100
done
head -c 6000000 /dev/urandom > "$FILE"

for how in send zerocopy; do
	natives=$(counter cl SessionNativeOut)
	resent=$(counter cl ReinjectBytes)
	test_that "$how and splice over several stacks" transfer "$how" true
	test_that "... natively" \
		[ "$(counter cl SessionNativeOut)" = $((natives + 1)) ]
	test_that "$how: one is lost on the way" transfer "$how" hole p1
	test_that "... and what it owed was sent again" \
		[ "$(counter cl ReinjectBytes)" -gt "$resent" ]
	mend p1
done
test_that "no session is left" wait_for -t 20 no_sessions
tap_end
