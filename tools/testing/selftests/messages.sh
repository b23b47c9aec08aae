#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 600
# shellcheck disable=SC2317
#
# Datagram sessions: programs that speak UDP, of which neither knows of sessions. Every
# datagram has a number, and bytes that follow from it; what comes back is compared.
# Over UDP and over TCP, several paths, losses, and what sessions are for: paths that
# die while it goes on.

. "$(dirname "$0")/native-lib.sh"

py="$(dirname "$(readlink -f "$0")")/datagram.py"
native_hosts p1 p2

# server [ADDRESS [OPTION...]]: an echo, in the background; $port
server()
{
	local addr=${1:-0.0.0.0}

	[ $# -eq 0 ] || shift
	next_port
	: > "$WORK/server"
	spawn on sv "${SERVER[@]}" python3 "$py" server "$addr" "$port" "$@" > "$WORK/server"
	server_pid=$spawned
	wait_for grep -q listening "$WORK/server"
}
SERVER=(npv-run)

server_end()
{
	stop "$server_pid"
	wait_for no_sessions
}

# client ADDRESS [OPTION...]: its last line in $WORK/out
client()
{
	local addr=$1

	shift
	on cl npv-run python3 "$py" client "$addr" "$port" "$@" > "$WORK/out" ||
		{ cat "$WORK/out"; return 1; }
}

# tells FILTER: what the client has told is so
tells()
{
	jq -e "$1" "$WORK/out" > /dev/null || { cat "$WORK/out" "$WORK/server"; return 1; }
}

# all arrived, once, as sent, from who was asked
WHOLE='.received == .sent and .twice == 0 and .wrong == 0 and .foreign == 0'

# one_peer: the server has seen the client under one name only
one_peer()
{
	[ "$(grep -c '^peer' "$WORK/server")" = 1 ] || { cat "$WORK/server"; return 1; }
}

count()
{
	counter "$1" "$2"
}

# load_start [OPTION...]: a client in the background, once its session carries messages
load_start()
{
	base=$(count cl MessageSent)
	spawn on cl npv-run python3 "$py" client $SV4 "$port" --connect --gap 0.02 "$@" \
		> "$WORK/out"
	load=$spawned
	wait_for messages_flow
}

# load_stop: it has sent enough
load_stop()
{
	kill -USR1 "$load"
	wait "$load"
}

# closer WHAT ADDRESS [OPTION...]: of what the server gets another socket gets all while
# it is there, and then the server again
closer()
{
	local what=$1 addr=$2

	shift 2
	on sv python3 "$py" closer "$addr" "$port" --count 20 --seconds 20 "$@" \
		> "$WORK/closer"
	test_equal "$what: has what comes" "$(jq .received "$WORK/closer")" 20
	answered=$(count cl MessageReceived)
	test_that '... while it is there, then the server' wait_for answers_more
}

# answers_more: the server has answered since
answers_more()
{
	[ "$(count cl MessageReceived)" -gt $((answered + 20)) ]
}

# wrong_controls [OPTION...]: what is wrong with control messages is told at once
wrong_controls()
{
	on cl npv-run python3 "$py" controls $SV4 "$port" "$@" > "$WORK/out"
	test_equal "wrong control messages${*:+, }$*" "$(jq -c . "$WORK/out")" \
		'["EINVAL","EINVAL","EINVAL","EINVAL","sent"]'
}

messages_flow()
{
	[ "$(count cl MessageSent)" -gt $((base + 20)) ]
}

expired_more()
{
	[ "$(count cl MessageExpired)" -gt "$expired" ]
}

dropped_more()
{
	[ "$(count sv MessageDropped)" -gt "$dropped" ]
}

# drops HOST PORT: datagrams that the socket of UDP bound there had no room for
drops()
{
	# shellcheck disable=SC2016 # a variable of awk's
	on "$1" awk -v port="$(printf '%04X' "$2")" \
		'$2 ~ ":" port "$" { n += $NF } END { print n + 0 }' /proc/net/udp /proc/net/udp6
}

# waits: the program of load_start sleeps in sendmsg()
waits()
{
	local sent

	sent=$(count cl MessageSent)
	nap 0.2
	[ "$(count cl MessageSent)" = "$sent" ]
}

# band N: packets that went by that band of the client's paths
band()
{
	tc -n cl -s -j qdisc show |
		jq "[.[] | select(.parent == \"1:$1\") | .packets] | add // 0"
}

# only_servers: no client has a session any more
only_servers()
{
	[ "$(npv_sockets cl)" = 0 ] && [ "$(npv_sockets sv)" = 1 ]
}

note 'one path'
for addr in $SV4 $SV6; do
	server "$([ "$addr" = $SV4 ] && echo 0.0.0.0 || echo ::)"
	for how in --connect ''; do
		name="$addr${how:+ connected}"
		sent=$(count cl MessageSent)
		test_that "$name: datagrams" client "$addr" ${how:+"$how"} --count 300 --size 1000
		test_that "$name: all, and as they were sent" tells "$WHOLE"
		test_that "$name: a session has carried them" \
			tells '.kind == 2 and .native_at < 200'
		test_that "$name: most went as messages" \
			test $(($(count cl MessageSent) - sent)) -ge 100
	done
	test_that "$addr: reliable ones" client "$addr" --connect --count 300 --reliable 1
	test_that "$addr: all, and as they were sent" tells "$WHOLE"
	test_that "$addr: long ones" client "$addr" --connect --count 60 --size 60000
	test_that "$addr: all, and as they were sent" tells "$WHOLE"
	server_end
done

note 'who sees what'
server
test_that 'datagrams' client $SV4 --count 200
test_that 'the server has seen one peer' one_peer
wrong_controls
wrong_controls --connect
server_end

note 'a server that connects'
server 0.0.0.0 --connect
got=$(count sv MessageReceived)
test_that 'datagrams' client $SV4 --connect --count 300
test_that 'all, and as they were sent' tells "$WHOLE"
test_that 'a session has carried them' test $(($(count sv MessageReceived) - got)) -ge 100
server_end

note 'a socket that is closer'
for how in 'any address' 'one address'; do
	server "$([ "$how" = 'any address' ] && echo 0.0.0.0 || echo $SV4)" --reuse
	load_start --seconds 300 --wait 0
	[ "$how" = 'one address' ] || closer "$how: one on the address" $SV4
	peer_port=$(awk '$1 == "peer" { print $3 }' "$WORK/server")
	closer "$how: one that is connected" $SV4 --from 10.0.1.1 "$peer_port"
	load_stop
	test_that "$how: nothing else was lost" tells '.received >= .sent - 100 and .wrong == 0'
	server_end
done

note 'a plain server'
SERVER=()
server
wrong_controls
wrong_controls --connect
test_that 'datagrams' client $SV4 --connect --count 200
test_that 'all, as UDP' tells "$WHOLE and .kind == 1"
refused=$(count cl AssocRefused)
test_that 'it was asked once' test "$refused" = 1
test_that 'datagrams of another socket' client $SV4 --count 50
test_equal 'it is not asked again' "$(count cl AssocRefused)" "$refused"
stop "$server_pid"
SERVER=(npv-run)

note 'losses: reliable datagrams'
server 0.0.0.0 --reliable 1
shape p1 delay 5ms loss 10%
shape p2 delay 5ms loss 10%
test_that 'datagrams' client $SV4 --connect --count 300 --reliable 1 --wait 20 --gap 0.01
test_that 'lost at most before there was a session' \
	tells '.received >= .sent - (.native_at // 0) and .wrong == 0 and .twice == 0'
tc -n cl qdisc del dev p1 root; tc -n sv qdisc del dev p1 root
tc -n cl qdisc del dev p2 root; tc -n sv qdisc del dev p2 root
server_end

note 'UDP is dropped later on'
server
load_start --seconds 12 --wait 10
hole p1 udp
hole p2 udp
nap 6
mend p1 udp
mend p2 udp
wait "$load"
test_that 'it goes on over TCP' tells '.received > .sent * 0.6 and .wrong == 0'
test_that 'it went on to the end' tells '(.lost | max // 0) < .sent - 20'
server_end

note 'UDP is dropped from the start'
hole p1 udp
hole p2 udp
server
test_that 'datagrams' client $SV4 --connect --seconds 10 --gap 0.02
test_that 'they arrive over TCP' tells '.received > 50 and .wrong == 0 and .twice == 0'
mend p1 udp
mend p2 udp
server_end

note 'errors of what the program has not sent'
on sv nft -f - << END
table inet refuse {
	chain in {
		type filter hook input priority 0;
		udp dport $NPV_PORT reject with icmpx port-unreachable
	}
}
END
next_port
server ::
for addr in $SV4 $SV6; do
	on cl npv-run python3 "$py" recverr "$addr" "$port" --seconds 8 --gap 0.02 \
		> "$WORK/out"
	test_that "$addr: proofs are answered by ICMP, which nobody sees" \
		tells '.kind == 2 and .errors == 0 and .polled == 0'
	test_that "$addr: the program's own errors are its own" tells '.own > 0'
done
on sv nft delete table inet refuse
server_end

note 'a path dies'
server
load_start --seconds 10 --wait 5
nap 2
hole p1
wait "$load"
test_that 'it goes on by the other' tells '.received > .sent * 0.6 and .wrong == 0'
test_that 'to the end' tells '(.lost | max // 0) < .sent - 20'
mend p1
server_end

note 'no room in the socket'
next_port
: > "$WORK/server"
spawn on sv npv-run python3 "$py" sink 0.0.0.0 "$port" --rcvbuf 20000 --go "$WORK/go" \
	> "$WORK/server"
server_pid=$spawned
wait_for grep -q listening "$WORK/server"
dropped=$(count sv MessageDropped)
test_that 'more datagrams than it takes' \
	client $SV4 --connect --count 400 --size 500 --fixed --gap 0.002 --wait 0
wait_for dropped_more
test_that 'what has no room is counted' test "$(count sv MessageDropped)" -gt "$dropped"
test_that '... and at the socket, as of UDP' test "$(drops sv "$port")" -ge 100
: > "$WORK/go"
wait_for grep -q received "$WORK/server"
test_that 'the newest are dropped: the first are there, in order' \
	jq -e '.received >= 5 and .ascending and .first == [0] and .last[0] < 200' \
	<(grep received "$WORK/server")
server_end

note 'priority'
server
for path in p1 p2; do
	tc -n cl qdisc add dev $path root handle 1: prio bands 3
	for band in 1 2 3; do
		tc -n cl qdisc add dev $path parent 1:$band pfifo
	done
done
for want in '50 1' '200 3'; do
	read -r priority band <<< "$want"
	sent=$(band "$band")
	test_that "priority $priority: datagrams" \
		client $SV4 --connect --count 200 --priority "$priority"
	test_that "... go by band $band" test $(($(band "$band") - sent)) -ge 100
done
tc -n cl qdisc del dev p1 root
tc -n cl qdisc del dev p2 root
server_end

note 'lifetime'
server
load_start --blocking --seconds 60 --reliable 1 --lifetime 100 --size 60000 --fixed --wait 0
expired=$(count cl MessageExpired)
shape p1 rate 2mbit
shape p2 rate 2mbit
test_that 'what can not leave in time is dropped, and counted' \
	wait_for -t 40 expired_more
stop "$load"
for path in p1 p2; do
	tc -n cl qdisc del dev $path root
	tc -n sv qdisc del dev $path root
done
server_end

note 'an operator ends the session'
# carrier: the number of the client's session that carries
carrier()
{
	awk '$11 == 6780 { id = $1 } END { print id }' "$WORK/cl.stacks"
}

# another ID: one carries that isn't that
another()
{
	local id

	id=$(carrier)
	[ -n "$id" ] && [ "$id" != "$1" ]
}

server
load_start --blocking --seconds 300 --reliable 1 --size 60000 --fixed --wait 0 --gap 0.001
shape p1 rate 2mbit
shape p2 rate 2mbit
# what waits for room then goes as UDP
wait_for waits
id=$(carrier)
test_that 'session kill' on cl npv-mgr session kill "$id"
for path in p1 p2; do
	tc -n cl qdisc del dev $path root
	tc -n sv qdisc del dev $path root
done
test_that 'another one begins' wait_for -t 40 another "$id"
load_stop
test_equal 'the program has not noticed' $? 0
test_that 'datagrams have arrived' tells '.received > 20 and .wrong == 0'
server_end

note 'idle'
setting cl datagram_idle 1
server
test_that 'datagrams' client $SV4 --count 100 --wait 12
test_that 'no session is left of what nobody uses' wait_for -t 20 only_servers
server_end
setting cl datagram_idle 60

note 'the server goes'
server
load_start --seconds 8
stop "$server_pid"
spawn on sv npv-run python3 "$py" server 0.0.0.0 "$port" >> "$WORK/server"
server_pid=$spawned
wait "$load"
test_that 'another in its place goes on' tells '.received > .sent * 0.5 and .wrong == 0'
server_end

test_that 'no session is left' wait_for no_sessions
tap_end
