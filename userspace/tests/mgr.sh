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
complains "unknown command" '*"x" is unknown; there are: info session stack scheduler peer stats monitor*' x
complains "empty command" '*"" is unknown*' ""
complains "ambiguous command" '*"s" is ambiguous: session stack scheduler stats' s
complains "ambiguous command, longer" '*"sta" is ambiguous: stack stats' sta
complains "longer than a command" '*"sessions" is unknown*' sessions
complains "unknown option" "*invalid option*" -x
complains "option without its argument" "*requires an argument*" -n
complains "unknown verb" '*session: "foo" is unknown; there are: show kill set' session foo
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
complains "session set without what" '*what to set is missing; there is: scheduler NAME' session set 1
complains "session set of no such thing" '*what to set is missing*' session set 1 weight 2
complains "session set without the name" '*name of the scheduler is missing*' session set 1 scheduler
complains "session set with more" '*"x" is too much' session set 1 scheduler minrtt x
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
complains "monitor with more" '*"x" is too much' monitor x
complains "unknown counter" '*no counter "bogus"*' stats show session-open bogus
complains "namespace with a slash" '*not the name of a namespace*' -n ../x info
complains "namespace .." '*not the name of a namespace*' -n .. info
complains "empty namespace" '*not the name of a namespace*' -n "" info

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
for command in "info" "i" "info show" "in sh" "session" "sess" "se sh" \
	       "session show id 1" "session sh i 1" "session kill 18446744073709551615" \
	       "stack" "stack show session 5" "stac sh s 5" "stats" "stat" \
	       "session set 1 scheduler minrtt" "ses se 1 sch x" \
	       "stack add 1" "stack add 1 local ::1 remote ::2 dev lo backup" \
	       "stack del 1 0" "stack set 1 2 paused" "stac se 1 2 w 5 b" \
	       "scheduler" "sc sh" \
	       "peer" "p sh 10.0.0.1" "peer set 10.0.0.1 port 80 kind native" \
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
