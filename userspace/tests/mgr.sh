#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# npv-mgr: command line, exit status, complaints; without the module.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

mgr=$build/bin/npv-mgr

# complains NAME PATTERN ARGS...: exit status 2, text on stderr, stdout empty
complains()
{
	complains_name=$1
	complains_pattern=$2
	shift 2
	is "$complains_name: status" "$(status "$mgr" "$@")" 2
	like "$complains_name: text" "$(cat "$work/stderr")" "$complains_pattern"
	is "$complains_name: nothing on stdout" "$(cat "$work/stdout")" ""
}

complains "no command" "Usage: *"
complains "unknown command" '*"x" is unknown; there are: info session stack endpoint profile rule plan peer scheduler stats monitor*' x
complains "empty command" '*"" is unknown*' ""
complains "ambiguous command" '*"s" is ambiguous: session stack scheduler stats save' s
complains "ambiguous command, of peers" '*"p" is ambiguous: profile plan peer' p
complains "ambiguous command, longer" '*"sta" is ambiguous: stack stats' sta
complains "longer than a command" '*"sessions" is unknown*' sessions
complains "unknown option" "*invalid option*" -x
complains "option without its argument" "*requires an argument*" -n
complains "unknown verb" '*session: "foo" is unknown; there are: show set del kill' session foo
complains "empty verb" '*session: "" is unknown*' session ""
complains "id missing" "*number of a session is missing*" session show id
complains "kill without id" "*number of a session is missing*" session kill
for id in x 0 -1 +1 ' 1' 1x 0x10 18446744073709551616 ''; do
	complains "id \"$id\"" '*is not the number of a session*' session show id "$id"
done
complains "session show with noise" '*"foo" is unknown*' session show foo
complains "session show with more" '*"2" is too much' session show id 1 2
complains "session kill with more" '*"2" is too much' session kill 1 2
complains "stack show with noise" '*"id" is unknown; there is: session ID' stack show id 1
complains "stack show with more" '*"2" is too much' stack show session 1 2
complains "session set without what" '*what to set is missing; there are: scheduler NAME, profile NAME*' session set 1
complains "session set of no such thing" '*"weight" is unknown; there are: scheduler profile pinned' session set 1 weight 2
complains "session set without the name" '*name of the scheduler is missing*' session set 1 scheduler
complains "session set with more" '*"x" is unknown*' session set 1 scheduler minrtt x
complains "stack add without a session" '*number of a session is missing*' stack add
complains "stack add with noise" '*"x" is unknown; there are: tcp udp local remote dev backup' stack add 1 x
complains "stack add without the address" '*address is missing' stack add 1 local
complains "stack add without the interface" '*interface is missing' stack add 1 dev
complains "stack add of no address" '*"x" is not an IPv4 or IPv6 address' stack add 1 backup remote x
complains "stack del without a stack" '*number of a stack is missing' stack del 1
complains "stack del of no stack" '*"x" is not a number of a stack: 0 to 4294967295' stack del 1 x
complains "stack del with more" '*"2" is too much' stack del 1 1 2
complains "stack set without what" '*what to set is missing*' stack set 1 1
complains "stack set of too much weight" '*"1001" is not a weight: 1 to 1000' stack set 1 1 weight 1001
complains "stack set of no weight" '*"0" is not a weight: 1 to 1000' stack set 1 1 active weight 0
complains "stack set twice" '*"active" is too much' stack set 1 1 paused active
complains "stack set with noise" '*"x" is unknown; there are: weight active backup paused' stack set 1 1 x
complains "scheduler with more" '*"x" is too much' scheduler show x
complains "peer without an address" '*address is missing' peer set
complains "peer del without an address" '*address is missing' peer del
for address in x 1.2.3 1.2.3.4.5 ::g 10.0.0.1/8 fe80::1%lo ''; do
	complains "address \"$address\"" '*is not an IPv4 or IPv6 address' peer del "$address"
done
for port in x 0 65536 -1 ''; do
	complains "port \"$port\"" '*is not a port: 1 to 65535' peer del 10.0.0.1 port "$port"
done
complains "peer set without a kind" '*kind is missing*' peer set 10.0.0.1
complains "peer set with a port only" '*kind is missing*' peer set 10.0.0.1 port 80
complains "peer set without the kind itself" '*kind is missing*' peer set ::1 kind
complains "peer set of no kind" '*"open" is not a kind; there are: plain native' peer set ::1 kind open
complains "peer set with more" '*"x" is too much' peer set ::1 port 80 kind plain x
complains "peer del with noise" '*"kind" is too much' peer del ::1 kind plain
complains "peer del without the port itself" '*port is missing' peer del ::1 port
complains "peer show with more" '*"x" is too much' peer show ::1 x
complains "peer flush with noise" '*"x" is unknown; there is: all' peer flush x
complains "peer flush with more" '*"x" is too much' peer flush all x
complains "info with more" '*"x" is too much' info show x
complains "monitor of no kind" '*"x" is unknown; there are: events metrics' monitor x
complains "monitor events with more" '*"x" is too much' monitor events x
complains "monitor metrics of no word" \
	'*"x" is unknown; there are: session interval rtt loss rate queue heard every' \
	monitor metrics x
complains "monitor metrics of no session" '*"x" is not the number of a session' \
	monitor metrics session x
complains "monitor metrics: session alone" '*number of a session is missing' \
	monitor metrics session
complains "monitor metrics: interval too short" '*"99ms" is too small' \
	monitor metrics interval 99ms every
complains "monitor metrics: no percent" '*"0" is not a number from 1 to 1000' \
	monitor metrics rtt 0
complains "monitor metrics: too much loss" '*"1000001" is not a number from 1 to 1000000' \
	monitor metrics loss 1000001
complains "unknown counter" '*no counter "bogus"*' stats show session-open bogus
complains "namespace with a slash" '*not the name of a namespace*' -n ../x info
complains "namespace .." '*not the name of a namespace*' -n .. info
complains "empty namespace" '*not the name of a namespace*' -n "" info

complains "endpoint add of nothing" '*which one is missing*' endpoint add
complains "endpoint add with settings only" '*which one is missing*' endpoint add cost 5
complains "endpoint add of two addresses" '*"10.0.0.2" is unknown; there are: id dev cost*' endpoint add 10.0.0.1 10.0.0.2
complains "endpoint add with an ambiguous word" '*"m" is ambiguous: metered max-rate' endpoint add ::1 m on
complains "endpoint add, a word twice" '*more than one "cost"' endpoint add ::1 cost 1 cost 2
complains "endpoint add, weight 0" '*weight: "0" is not a number from 1 to 1000' endpoint add ::1 weight 0
complains "endpoint add, id of a found one" '*is not a number from 1 to 2147483647' endpoint add id 2147483648 ::1
complains "endpoint add, neither on nor off" '*backup: "yes" is neither on nor off' endpoint add ::1 backup yes
complains "endpoint add, a word's end" '*on or off is missing' endpoint add ::1 backup
complains "endpoint add, a long name" '*dev: *1 to 15 characters' endpoint add dev 1234567890123456
complains "endpoint add, no rate" '*max-rate: "fast" is not understood; as 10mbit*' endpoint add ::1 max-rate fast
complains "endpoint set of none" '*number of an endpoint is missing' endpoint set
complains "endpoint set without what" '*what to set is missing*' endpoint set 1
complains "endpoint set of its address" '*"10.0.0.1" is unknown*' endpoint set 1 10.0.0.1
complains "endpoint del with more" '*"2" is too much' endpoint del 1 2
complains "endpoint show of something else" '*"x" is unknown; there are: named found' endpoint show x
complains "endpoint flush with more" '*"all" is too much' endpoint flush all
complains "profile add of nothing" '*name of a profile is missing' profile add
complains "profile add of a long name" '*1 to 31 characters' profile add 12345678901234567890123456789012
complains "profile add with noise" '*"x" is unknown; there are: like strict mode*' profile add p x
complains "profile add, no preference" '*tcp: "much" is unknown; there are: none require prefer avoid prohibit' profile add p tcp much
complains "profile add, an ambiguous preference" '*udp: "pr" is ambiguous*' profile add p udp pr
complains "profile add, no mode" '*there are: plain auto native' profile add p mode x
complains "profile add, too many stacks" '*stacks: "9" is not a number from 1 to 8' profile add p stacks 9
complains "profile add, too short a time" '*suspect: "49" is too small' profile add p suspect 49
complains "profile add, too long a time" '*reconnect: "2h" is too large' profile add p reconnect 2h
complains "profile add, no whole second" '*keepalive: "1500ms" is not understood*' profile add p keepalive 1500ms
complains "profile add, too large a buffer" '*send-buffer: "4g" is too large' profile add p send-buffer 4g
complains "profile add, interface without a preference" '*preference is missing; there are:*' profile add p interface eth0
complains "profile add, interface without a name" '*its name is missing' profile add p interface
complains "profile add, like nothing" '*name of a profile is missing' profile add p like
complains "profile set like another" '*"like" goes with add and replace' profile set p like q
complains "profile set without what" '*what to set is missing' profile set p
complains "profile set, no nothing" '*behind "no" is missing' profile set p no
complains "profile set, no such word" '*"x" is unknown*' profile set p no x
complains "profile show with more" '*"q" is too much' profile show p q
complains "rule add without a profile" '*profile NAME is missing' rule add uid 0
complains "rule add with noise" '*"x" is unknown; there are: priority uid gid*' rule add x
complains "rule add, id behind" '*"id" is unknown*' rule add profile p id 5
complains "rule add, a range the wrong way" '*neither a number nor a name, nor a range*' rule add uid 5-4 profile p
complains "rule add, the last uid" '*neither a number nor a name*' rule add uid 4294967295 profile p
complains "rule add, no uid" '*number or name of a user is missing' rule add uid
complains "rule add, no prefix" '*"33" is not a length of a prefix: 0 to 32' rule add to 10.0.0.0/33 profile p
complains "rule add, no address" '*"10.0.0" is not an IPv4 or IPv6 address' rule add to 10.0.0/8 profile p
complains "rule add, ports the wrong way" '*"79" is not a last port: 80 to 65535' rule add port 80-79 profile p
complains "rule add, no port" '*"0" is not a port: 1 to 65535' rule add port 0 profile p
complains "rule add, no type" '*type: "tcp" is unknown; there are: stream*' rule add type tcp profile p
complains "rule set of none" '*number of a rule is missing' rule set
complains "rule replace without a profile" '*profile NAME is missing' rule replace 1 uid 0
complains "plan of nothing" '*what for is missing*' plan
complains "plan of a port" '*what for is missing*' plan show port 80
complains "plan of two IPv4 addresses" '*"1.2.3.5" is too much*' plan to 1.2.3.4 1.2.3.5
complains "plan of a session and more" '*nothing else is asked for' plan session 1 port 80
complains "plan, a range of users" '*neither a number nor a name' plan --dest ::1 --uid 1-2
is "rule add of no user" "$(status "$mgr" rule add uid npv-nobody profile p)" 3
like "... says so" "$(cat "$work/stderr")" "*there is no user npv-nobody"
is "rule add of no control group" "$(status "$mgr" rule add cgroup /npv-none profile p)" 3

# batch NAME PATTERN TEXT: exit status 2, text on stderr, before anything is asked for
batch()
{
	printf '%s' "$3" > "$work/batch"
	is "batch, $1: status" "$(cd "$work" && status "$mgr" -b batch)" 2
	like "batch, $1: text" "$(cat "$work/stderr")" "$2"
}

batch "a wrong word" "npv-mgr: batch:2: rule add: \"bogus\" is unknown*" "profile add p
rule add bogus"
batch "an unknown object" 'npv-mgr: batch:1: "bogus" is unknown*' "bogus"
batch "line of a continued command" "npv-mgr: batch:3: profile add: *" "
# a comment
profile \\
 add p \\
 x
"
batch "an open quote" "npv-mgr: batch:1: a quote is not closed" 'profile add "x
"'
batch "what is not of the policy" "npv-mgr: batch:2: session is not of the policy*: -f" "profile add p
session kill 5"
batch "a batch within" "npv-mgr: batch:1: restore is not of the policy*" "restore x"
is "batch with a command" "$(status "$mgr" -b /dev/null info)" 2
is "batch that is not there" "$(status "$mgr" -b "$work/none")" 3
like "... is named" "$(cat "$work/stderr")" "*none: No such file*"
is "restore of what is not there" "$(status "$mgr" restore "$work/none")" 3
printf 'profile add p\0 x' > "$work/batch"
is "batch with a zero byte" "$(status "$mgr" -b "$work/batch")" 2

is "help" "$(status "$mgr" --help)" 0
like "help goes to stdout" "$(cat "$work/stdout")" "Usage: npv-mgr *"
is "help as a command" "$(status "$mgr" help)" 0
is "help of a command" "$(status "$mgr" session help)" 0
like "... lists its verbs" "$(cat "$work/stdout")" "*session show*session kill ID*"
is "version" "$("$mgr" -V)" "npv-mgr $(sed -n 's/^VERSION := //p' "$top/userspace/Makefile")"
is "namespace that is not there" "$(status "$mgr" -n npv-no-such-ns info)" 3
like "... is named" "$(cat "$work/stderr")" "*npv-no-such-ns*"

# What parses gets as far as the module that isn't there
if [ -d /sys/module/npv ]; then
	skip "no module" "module npv is loaded"
	tap_end
fi
printf 'profile add p tcp prefer # why\nrule add profile p\n' > "$work/batch"
for command in "-b $work/batch" "restore $work/batch" "-f -b $work/batch" save "save $work/saved" \
	       "endpoint" "e sh n" "endpoint add 10.0.0.1" "end add dev wlan0 c 5 b on ::1" \
	       "endpoint set 7 max-rate 10mbit" "endpoint del 7" "endpoint flush" \
	       "profile" "profile show x" "profile add x" "profile add x like auto mod auto tc av" \
	       "profile set x no tcp udp default" "profile replace x" "prof del x" "prof flush" \
	       "rule" "rule add profile x" "ru a id 5 prio 1 ui 0 g 0-5 com x ty d to ::/0 por 1-2 pro x" \
	       "rule set 5 no uid" "rule del 5" "rule flush" \
	       "plan show session 5" "plan to 10.0.0.1 ::1 port 80" "plan --dest 10.0.0.1 --uid 0" \
	       "session set 1 profile auto-by-rules pinned on" "session del 5" \
	       "info" "i" "info show" "in sh" "session" "sess" "se sh" \
	       "session show id 1" "session sh i 1" "session kill 18446744073709551615" \
	       "stack" "stack show session 5" "stac sh s 5" "stats" "stat" \
	       "session set 1 scheduler minrtt" "ses se 1 sch x" \
	       "stack add 1" "stack add 1 local ::1 remote ::2 dev lo backup" \
	       "stack del 1 0" "stack set 1 2 paused" "stac se 1 2 w 5 b" \
	       "scheduler" "sc sh" \
	       "peer" "pe sh 10.0.0.1" "peer set 10.0.0.1 port 80 kind native" \
	       "peer set ::1 k p" "peer del ::1 port 443" "peer flush" "peer flush all" \
	       "stats show session-open" "stats show SessionOpen RaceWinIpv4 race-win-IPv6" \
	       "monitor" "m"; do
	for option in "" -j -p "-j -p" -jp --json --pretty; do
		# shellcheck disable=SC2086 # words are wanted
		is "no module: $option $command" "$(status "$mgr" $option $command)" 4
	done
	like "... says what to do: $command" "$(cat "$work/stderr")" "*modprobe npv*"
	is "... and nothing on stdout: $command" "$(cat "$work/stdout")" ""
done
# shellcheck disable=SC2016 # $1 is of the inner shell
is "help to a full disk" "$(status sh -c '"$1" --help > /dev/full' sh "$mgr")" 1

tap_end
