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
complains "unknown command" '*"x" is unknown; there are: info session stack stats monitor*' x
complains "empty command" '*"" is unknown*' ""
complains "ambiguous command" '*"s" is ambiguous: session stack stats' s
complains "ambiguous command, longer" '*"sta" is ambiguous: stack stats' sta
complains "longer than a command" '*"sessions" is unknown*' sessions
complains "unknown option" "*invalid option*" -x
complains "option without its argument" "*requires an argument*" -n
complains "unknown verb" '*session: "foo" is unknown; there are: show kill' session foo
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
for command in "info" "i" "info show" "in sh" "session" "sess" "se s" \
	       "session show id 1" "session sh i 1" "session kill 18446744073709551615" \
	       "stack" "stack show session 5" "stac s s 5" "stats" "stat" \
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
