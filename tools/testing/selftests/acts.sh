#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 500
# lab: --kernel debug --timeout 900
# shellcheck disable=SC2317,SC2119
#
# Policy, acted out: a laptop, a server with several uplinks, a phone call, rules by
# user and control group, a protocol that is not allowed, an endpoint that is withdrawn,
# routes that change, a network that is renumbered. Each tells what was decided and why.

. "$(dirname "$0")/native-lib.sh"

py="$(dirname "$(readlink -f "$0")")/datagram.py"
native_hosts p1 p2 p3

mgr()
{
	on cl npv-mgr "$@"
}

# why: how the client's session is composed
why()
{
	note "$(mgr plan show session "${session[cl]}")"
}

# policy COMMAND...: forget the old one, and say something new, all at once
policy()
{
	printf '%s\n' 'rule flush' 'profile flush' 'endpoint flush' "$@" |
		on cl npv-mgr -b - && printf '# npv-mgr %s\n' "$@"
}

# roles ROLE: devices and transports of the candidates that have it, each once
roles()
{
	mgr -j plan show session "${session[cl]}" |
		jq -r --arg role "$1" '[.candidates[] | select(.role == $role) | .dev] |
			unique | join(" ")'
}

roles_are()
{
	[ "$(roles active)" = "$1" ] && [ "$(roles backup)" = "$2" ]
}

# on_paths PATH...: the established stacks are on these, and on no other
on_paths()
{
	local id network dev rest all=' '

	while read -r id network dev rest; do
		[ -z "$dev" ] || [[ $all == *" $dev "* ]] || all+="$dev "
	done <<< "$(established cl | sort -k 3)"
	[ "$all" = " $* " ]
}

# networks_are NETWORK...: the established stacks are of these
networks_are()
{
	[ "$(established cl | awk '{ print $2 }' | sort -u | xargs)" = "$*" ]
}

# sent_on PATH: bytes that the client has sent on stacks by it
sent_on()
{
	local id network dev state sent rest sum=0

	while read -r id network dev state sent rest; do
		[ "$dev" != "$1" ] || sum=$((sum + sent))
	done <<< "$(stacks cl)"
	echo $sum
}

# left_by PATH: bytes of packets that have left the client by it, also those of
# stacks that are gone
left_by()
{
	ip -n cl -s -j link show "$1" | jq '.[0].stats64.tx.bytes'
}

# quiet PATH: in a fifth of a second hardly more than acknowledgements leaves by it
quiet()
{
	local before

	before=$(left_by "$1")
	sleep 0.2
	[ $(($(left_by "$1") - before)) -lt 5000 ]
}

carries()
{
	[ "$(sent_on "$1")" -gt $(($2 + 100000)) ]
}

# bounce PATH STATE: the link at the server's end, which the client sees by its carrier
bounce()
{
	ip -n sv link set "$1" "$2"
}

note 'a laptop: Wi-Fi, and LTE that is paid for'
# So slow that links, and not the processor, are what is waited for
shape p1 rate 4mbit delay 5ms
shape p2 rate 4mbit delay 25ms
ip -n cl link set p3 down
test_that 'policy' policy 'endpoint add dev p2 metered on' 'rule add profile interactive'
load_start
test_that 'Wi-Fi is used, LTE is there as a backup' wait_for roles_are p1 p2
test_that 'both are joined' wait_for on_paths p1 p2
why
before=$(sent_on p2)
test_that 'it moves' moves 400000
test_between 'LTE carries next to nothing' $(($(sent_on p2) - before)) 0 65536
bounce p1 down
test_that 'Wi-Fi goes: LTE carries' wait_for carries p2 "$before"
test_that 'it moves' moves
why
changes=$(mgr -j stats show stack-up | jq '."stack-up"')
bounce p1 up
test_that 'Wi-Fi is back, and used' wait_for -t 20 roles_are p1 p2
test_that 'both are joined' wait_for -t 20 on_paths p1 p2
test_that 'LTE is left alone' wait_for -t 20 quiet p2
before=$(left_by p2)
test_that 'it moves' moves 1000000
test_between 'LTE carries nothing more' $(($(left_by p2) - before)) 0 100000
why
test_between 'nothing flaps' \
	$(($(mgr -j stats show stack-up | jq '."stack-up"') - changes)) 1 6
load_end 'not a byte is lost'

note 'a server: two uplinks with IPv6, one with IPv4'
ip -n cl link set p3 up
for path in p1 p2 p3; do
	shape $path rate 4mbit delay 2ms
done
ip -n cl addr del 10.0.1.1/24 dev p1
ip -n cl addr del 10.0.2.1/24 dev p2
ip -n cl -6 addr flush dev p3 scope global
test_that 'policy' policy 'rule add port 30000-40000 profile bulk'
load_to=("$SV6")
load_start
test_that 'all three are joined' wait_for on_paths p1 p2 p3
test_that 'and used' wait_for roles_are 'p1 p2 p3' ''
why
for path in p1 p2 p3; do
	test_that "$path carries" wait_for -t 20 carries $path 0
done
load_end 'not a byte is lost'
load_to=("$SV4" "$SV6")
ip -n cl addr add 10.0.1.1/24 dev p1
ip -n cl addr add 10.0.2.1/24 dev p2
ip -n cl addr add fd00:3::1/64 dev p3
ip -n cl link set p3 down

note 'a phone call: datagrams, each by both ways'
for path in p1 p2; do
	shape $path delay 5ms loss 15%
done
test_that 'policy' policy 'rule add type dgram profile redundant'
# Who answers decides how
test_that 'policy of the server' on sv npv-mgr rule add type dgram profile redundant
next_port
: > "$WORK/server"
spawn on sv npv-run python3 "$py" server 0.0.0.0 "$port" > "$WORK/server"
server_pid=$spawned
wait_for grep -q listening "$WORK/server"
on cl npv-run python3 "$py" client $SV4 "$port" --connect --seconds 12 --gap 0.01 --size 160 \
	--wait 2 > "$WORK/out"
lost=$(jq '(.sent - .received) * 1000 / .sent | floor' "$WORK/out")
note "$(cat "$WORK/out")"
# 15 % each way on one path would be 277
test_between 'of a thousand there and back so many are lost' "$lost" 0 140
test_equal 'none comes twice' "$(jq '.twice + .wrong' "$WORK/out")" 0
stop "$server_pid"
wait_for -t 20 no_sessions
on sv npv-mgr rule flush
shape p1 rate 6mbit delay 2ms
shape p2 rate 6mbit delay 2ms

# rule_of COMMAND...: number of the rule that decides for what npv-connect, run so, opens
rule_of()
{
	next_port
	spawn on sv npv-stream --seconds 0 listen "$port" :: > /dev/null 2>&1
	server_pid=$spawned
	wait_for listening sv "$port"
	spawn on cl "$@" npv-stream --seconds 0 --progress 100 connect "$port" $SV4 \
		> "$WORK/who" 2>&1
	client_pid=$spawned
	wait_for grep -q '"connected"' "$WORK/who"
	[[ $(< "$WORK/who") =~ \"session\":([0-9]+) ]]
	mgr -j session show id "${BASH_REMATCH[1]}" | jq -r '.[0] | "\(.rule) \(.profile)"'
	stop "$client_pid" "$server_pid"
	wait_for no_sessions
}

note 'rules by user and control group'
test_that 'policy' policy 'rule add id 7 uid 1234 profile handover' \
	'rule add id 8 uid 2000-2999 profile bulk'
test_equal 'root: none' "$(rule_of env)" 'null null'
test_equal 'user 1234' "$(rule_of setpriv --reuid 1234 --clear-groups)" '7 handover'
test_equal 'user 2500' "$(rule_of setpriv --reuid 2500 --clear-groups)" '8 bulk'
mkdir -p /sys/fs/cgroup
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/calls/video
test_that 'policy' policy 'rule add id 9 cgroup /calls profile redundant'
inside='echo $$ > /sys/fs/cgroup/calls/video/cgroup.procs; exec "$@"'
test_equal 'in a control group below it' "$(rule_of sh -c "$inside" sh)" '9 redundant'
test_equal 'not in it' "$(rule_of env)" 'null null'
rmdir /sys/fs/cgroup/calls/video /sys/fs/cgroup/calls

note 'IPv4 is not allowed'
test_that 'policy' policy 'profile add six ipv4 prohibit' 'rule add profile six'
load_start
test_that 'by IPv6 only' wait_for networks_are ipv6
test_that 'both ways' wait_for on_paths p1 p2
why
test_that 'it is allowed again' policy
test_that 'and used, while data flows' wait_for networks_are ipv4 ipv6
test_that 'it is not allowed any more' policy 'profile add six ipv4 prohibit' \
	'rule add profile six'
test_that 'it is left, while data flows' wait_for -t 20 networks_are ipv6
test_that 'it moves' moves
load_end 'not a byte is lost'
next_port
test_equal 'to an address of IPv4 there is no way' \
	"$(on cl npv-connect "$port" $SV4 | jq -r .errno)" ENETUNREACH
test_that 'policy' policy

note 'an endpoint is withdrawn, and returned'
load_start
test_that 'both ways' wait_for on_paths p1 p2
test_that 'withdrawn' mgr endpoint add id 5 dev p2 disabled on
test_that 'it is left' wait_for -t 20 on_paths p1
why
test_that 'it moves' moves
test_that 'returned' mgr endpoint set 5 disabled off
test_that 'it is used again' wait_for -t 20 on_paths p1 p2
test_that 'withdrawn is the one that it began with' mgr endpoint add id 6 dev p1 disabled on
test_that 'it is left' wait_for -t 20 on_paths p2
test_that 'it moves' moves
test_that 'returned' mgr endpoint flush
test_that 'it is used again' wait_for -t 20 on_paths p1 p2
load_end 'not a byte is lost'

note 'pinned: policy changes, the session does not'
load_start
test_that 'both ways' wait_for on_paths p1 p2
test_that 'pinned' mgr session set "${session[cl]}" pinned on
test_that 'policy' policy 'endpoint add dev p2 disabled on'
test_that 'it moves' moves 500000
test_that 'both ways still' on_paths p1 p2
test_that 'not pinned any more' mgr session set "${session[cl]}" pinned off
test_that 'it is left' wait_for -t 20 on_paths p1
load_end 'not a byte is lost'
test_that 'policy' policy

note 'a route changes'
ip -n sv link add far type dummy
ip -n sv addr add 10.9.0.1/32 dev far
ip -n sv link set far up
ip -n cl route add 10.9.0.1 via 10.0.1.2
# from LOCAL: a stack leaves from there to the far address
from()
{
	stacks cl | awk -v l="$1" '$4 == "established" && $7 == l && $9 == "10.9.0.1"' |
		grep -q .
}
setting cl stacks_max 8
load_to=(10.9.0.1)
load_start
test_that 'by the one' wait_for from 10.0.1.1
ip -n cl route replace 10.9.0.1 via 10.0.2.2
test_that 'by the other' wait_for -t 20 from 10.0.2.1
why
test_that 'it moves' moves
load_end 'not a byte is lost'
setting cl stacks_max 4
load_to=("$SV4" "$SV6")
ip -n sv link del far
ip -n cl route del 10.9.0.1

note 'a network is renumbered'
load_start
test_that 'both ways' wait_for on_paths p1 p2
for path in 1 2; do
	for side in 'cl 1' 'sv 2'; do
		read -r host last <<< "$side"
		ip -n "$host" addr add "10.1.$path.$last/24" dev p$path
		ip -n "$host" addr add "fd01:$path::$last/64" dev p$path nodad
	done
	for side in 'cl 1' 'sv 2'; do
		read -r host last <<< "$side"
		ip -n "$host" addr del "10.0.$path.$last/24" dev p$path
		test_that "p$path $host: it moves" moves
		ip -n "$host" addr del "fd00:$path::$last/64" dev p$path
		test_that "p$path $host: it moves" moves
	done
done
new_numbers()
{
	! stacks cl | awk '$4 == "established" { print $7 }' | grep -qv '^10\.1\.\|^fd01:' &&
		[ "$(stack_count cl)" -ge 2 ]
}
test_that 'all that it had is gone, and it goes on' wait_for -t 30 new_numbers
why
load_end 'not a byte is lost'

test_that 'no session is left' wait_for -t 20 no_sessions
tap_end
