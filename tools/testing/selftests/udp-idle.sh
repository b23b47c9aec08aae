#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
#
# A session with a UDP stack that has nothing to say: in a minute it sends no packet,
# and nothing of the module runs for it, no timer and no work, at either end.

. "$(dirname "$0")/native-lib.sh"

QUIET=60
port=7000
tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs none $tracing

native_hosts p1
# Between addresses of the other family there would be a stack as well: one that an
# operator adds is beside those that the session wants.
for name in cl sv; do
	ip -n $name -6 addr flush dev p1 scope global
done
for name in cl sv; do
	on $name nft -f - << 'END'
table inet idle {
	counter sent { }
	chain out {
		type filter hook output priority 0;
		meta l4proto { tcp, udp } counter name sent
	}
}
END
done

mgr()
{
	on cl npv-mgr "$@"
}

# sent: packets that both hosts have sent
sent()
{
	local name sum=0

	for name in cl sv; do
		sum=$((sum + $(on $name nft -j list counter inet idle sent |
			       jq '.nftables[] | .counter.packets? // empty')))
	done
	echo $sum
}

# ran: how often timers or work of the module ran since trace_begin
ran()
{
	grep -c '\[npv\]' $tracing/trace
}

trace_begin()
{
	: > $tracing/trace
	for event in workqueue/workqueue_execute_start timer/timer_expire_entry \
		     timer/hrtimer_expire_entry; do
		echo 1 > $tracing/events/$event/enable
	done
}

trace_end()
{
	for event in workqueue/workqueue_execute_start timer/timer_expire_entry \
		     timer/hrtimer_expire_entry; do
		echo 0 > $tracing/events/$event/enable
	done
}

# stacks_are STACKS: the transports and states of those there are
stacks_are()
{
	[ "$(mgr -j stack show session "$id" |
	     jq -r '[.[] | "\(.transport) \(.status)"] | join(", ")')" = "$1" ]
}

# echoed LINES: so many have come back
echoed()
{
	[ "$(wc -l < "$WORK/echo")" -ge "$1" ]
}

# no_more: nothing was sent or ran for longer than the time that a stack has to join,
# which runs out even where it has joined
no_more()
{
	local before

	before=$(sent)
	trace_begin
	nap 6
	trace_end
	[ "$(sent)" = "$before" ] && [ "$(ran)" = 0 ]
}

spawn on sv npv-server --family npv-inet $port 0.0.0.0 > "$WORK/server"
wait_for grep -q listening "$WORK/server"
mkfifo "$WORK/say"
exec 9<> "$WORK/say"
: > "$WORK/echo"
# shellcheck disable=SC2016 # for that shell
spawn on cl npv-run bash -c 'exec 3<> "/dev/tcp/$1/$2"
	while read -r line <&9; do
		echo "$line" >&3
		read -r line <&3
		echo "$line" >> "$3"
	done' bash "$SV4" $port "$WORK/echo"
echo one >&9
test_that 'a line is echoed over TCP' wait_for echoed 1
id=$(mgr session show | sed -n '1s/^session \([0-9]*\) .*/\1/p')
test_that 'stack add udp' mgr stack add "$id" udp
# before that it would be missed, and another joined in its place
test_that 'it is there' wait_for stacks_are 'tcp active, udp active'
test_that 'stack del: TCP goes' mgr stack del "$id" 0
test_that 'there is one UDP stack' wait_for stacks_are 'udp active'

before=$(sent)
trace_begin
echo two >&9
test_that 'a line is echoed over UDP' wait_for echoed 2
trace_end
test_that 'that sends packets, which are counted' test "$(sent)" -gt "$before"
test_that 'timers or work ran for it, which are seen' test "$(ran)" -gt 0

test_that 'it comes to rest' wait_for -t 60 no_more
before=$(sent)
trace_begin
# the time itself is what is tested
nap $QUIET
trace_end
test_equal 'no packet in a minute' $(($(sent) - before)) 0
test_equal 'no timer and no work in a minute' "$(ran)" 0
[ "$(ran)" = 0 ] ||
	note "$(grep -o 'function[= ][a-z_]* \[npv\]' $tracing/trace | sort | uniq -c)"

echo three >&9
test_that 'it carries data all the same' wait_for echoed 3
test_that 'over the same stack' stacks_are 'udp active'

tap_end
