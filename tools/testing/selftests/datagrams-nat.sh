#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 400
# shellcheck disable=SC2317
#
# Datagram sessions from behind a NAT: they come about, go on when the NAT changes its
# mind in mid-flow, under the name that the server's program knows; and two clients
# behind one NAT never get each other's messages.

. "$(dirname "$0")/native-lib.sh"

py="$(dirname "$(readlink -f "$0")")/datagram.py"

# c1 and c2 -- rt -- sv: sv sees rt's addresses only
for name in c1 c2 rt sv; do
	host $name
	mode $name auto
	setting $name hello_wait 5000
done
link in1 3 c1 rt
link in2 4 c2 rt
link p1 1 rt sv
for net in 3 4; do
	ip -n c$((net - 2)) route add default via 10.0.$net.2
	ip -n c$((net - 2)) -6 route add default via fd00:$net::2
done
on rt sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# masquerade [PORTS]: from now on clients have one of those ports
masquerade()
{
	on rt nft -f - << END
table inet nat {
	chain post {
		type nat hook postrouting priority srcnat;
	}
}
flush chain inet nat post
add rule inet nat post oifname p1 meta l4proto { tcp, udp } masquerade ${1:+to :$1}
END
}

# rebind OLD NEW [PORTS]: ... and the NAT another address, and what was before is
# forgotten: that of a masquerade is, with its address
rebind()
{
	masquerade ${3:+"$3"} || return
	if [[ $1 == *:* ]]; then
		ip -n rt addr del "$1/64" dev p1 && ip -n rt addr add "$2/64" dev p1 nodad
	else
		ip -n rt addr del "$1/24" dev p1 && ip -n rt addr add "$2/24" dev p1
	fi
}

# server ADDRESS: an echo, in the background; $port
server()
{
	next_port
	: > "$WORK/server"
	spawn on sv npv-run python3 "$py" server "$1" "$port" > "$WORK/server"
	server_pid=$spawned
	wait_for grep -q listening "$WORK/server"
}

server_end()
{
	stop "$server_pid"
	test_that 'no session is left' wait_for -t 20 none_left
}

none_left()
{
	[ "$(npv_sockets c1)$(npv_sockets c2)$(npv_sockets sv)" = 000 ]
}

# client HOST ADDRESS [OPTION...]: its last line in $WORK/HOST
client()
{
	local name=$1 addr=$2

	shift 2
	on "$name" npv-run python3 "$py" client "$addr" "$port" --connect "$@" \
		> "$WORK/$name" || { cat "$WORK/$name"; return 1; }
}

# begin HOST ADDRESS [OPTION...]: a client in the background, once its session carries
# messages; $load
begin()
{
	base=$(counter "$1" MessageSent)
	on "$1" npv-run python3 "$py" client "$2" "$port" --connect --gap 0.02 "${@:3}" \
		> "$WORK/$1" &
	load=$!
	wait_for messages_flow "$1"
}

messages_flow()
{
	[ "$(counter "$1" MessageSent)" -gt $((base + 20)) ]
}

# tells HOST FILTER: what the client there has told is so
tells()
{
	jq -e "$2" "$WORK/$1" > /dev/null || { cat "$WORK/$1" "$WORK/server"; return 1; }
}

# all arrived, once, as sent, from who was asked
WHOLE='.received == .sent and .twice == 0 and .wrong == 0 and .foreign == 0'
# nothing but its own, and not too little of that
OWN='.twice == 0 and .wrong == 0 and .foreign == 0 and .received > .sent * 0.6'

# peers NUMBER: the server has seen so many
peers()
{
	[ "$(grep -c '^peer' "$WORK/server")" = "$1" ] || { cat "$WORK/server"; return 1; }
}

masquerade
for addr in $SV4 $SV6; do
	note "$addr"
	any=0.0.0.0 out=10.0.1.1 other=10.0.1.9
	[ "$addr" = $SV4 ] || any=:: out=fd00:1::1 other=fd00:1::9

	server $any
	sent=$(counter c1 MessageSent)
	test_that 'datagrams' client c1 "$addr" --count 300
	test_that 'all, and as they were sent' tells c1 "$WHOLE"
	test_that 'a session has carried them' tells c1 '.kind == 2 and .native_at < 200'
	test_that '... as messages, most' test $(($(counter c1 MessageSent) - sent)) -ge 100
	test_that 'the server has seen one peer, the NAT' peers 1
	test_that '... by its address' grep -q "^peer $out " "$WORK/server"
	server_end

	note 'the NAT changes its mind'
	server $any
	begin c1 "$addr" --seconds 14 --wait 5
	up=$(counter sv AssocUp)
	for to in "$out $out 30000-30999" "$out $other 31000-31999" \
		  "$other $out 32000-32999"; do
		nap 3
		# shellcheck disable=SC2086 # words
		test_that "to $to" rebind $to
	done
	wait $load
	test_that 'it goes on' tells c1 "$OWN"
	test_that '... to the end' tells c1 '(.lost | max // 0) < .sent - 20'
	test_that '... under the same name' peers 1
	test_equal '... by the same session' "$(counter sv AssocUp)" "$up"
	masquerade
	server_end
done

note 'two clients'
server 0.0.0.0
begin c1 $SV4 --seconds 10 --wait 5
first=$load
begin c2 $SV4 --seconds 8 --wait 5 --first 1000000
nap 2
test_that 'the NAT changes its mind' rebind 10.0.1.1 10.0.1.1 30000-30999
wait $first
wait $load
for name in c1 c2; do
	test_that "$name gets what is its own" tells $name "$OWN"
	test_that '... by a session' tells $name '.kind == 2'
done
test_that 'the server has seen two peers' peers 2
masquerade
server_end

# has_port HOST: something there has UDP port 5000
has_port()
{
	[[ "$(sockets "$1" udp)" == *:1388\ * ]]
}

# begin_5000 HOST [OPTION...]: as begin, from port 5000, which nobody has asked for
begin_5000()
{
	on "$1" sysctl -q net.ipv4.ip_local_port_range='5000 5000'
	base=$(counter "$1" MessageSent)
	on "$1" npv-run python3 "$py" client $SV4 "$port" --connect --gap 0.02 "${@:2}" \
		> "$WORK/$1" &
	load=$!
	test_that "$1 has port 5000" wait_for has_port "$1"
	on "$1" sysctl -q net.ipv4.ip_local_port_range='32768 60999'
	test_that '... and a session' wait_for -t 20 messages_flow "$1"
}

note 'two clients of the same port'
server 0.0.0.0
begin_5000 c1 --seconds 15 --wait 5
first=$load
begin_5000 c2 --seconds 8 --wait 5 --first 1000000
wait $first
wait $load
for name in c1 c2; do
	test_that "$name gets what is its own" tells $name "$OWN"
	test_that '... by a session' tells $name '.kind == 2'
done
server_end
tap_end
