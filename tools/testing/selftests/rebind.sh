#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 600
#
# A NAT between the hosts of a native session that changes the client's address, or
# its port, in mid-transfer, again and again: one UDP stack, the same all the time,
# carries every byte; the server moves it each time that the client has shown where
# it is now.

. "$(dirname "$0")/native-lib.sh"

# slow enough to leave the processor to what happens meanwhile
RATE="rate 4mbit limit 30"

# cl -- rt -- sv: sv sees rt's addresses only
for name in cl rt sv; do
	host $name
	mode $name auto
	setting $name hello_wait 5000
done
link inside 3 cl rt
link p1 1 rt sv
ip -n cl route add default via 10.0.3.2
ip -n cl -6 route add default via fd00:3::2
on rt sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
on rt nft -f - << 'END'
table inet nat {
	set others { type inet_service; flags interval; }
	chain filter {
		type filter hook forward priority filter;
		iifname inside tcp sport @others drop
		iifname inside udp sport @others drop
	}
	chain post {
		type nat hook postrouting priority srcnat;
		oifname p1 meta l4proto { tcp, udp } masquerade to :20000-20999
	}
}
END
for name in rt sv; do
	# shellcheck disable=SC2086 # words
	tc -n $name qdisc replace dev p1 root netem delay 2ms $RATE
done
: > "$WORK/cl.stacks"
: > "$WORK/sv.stacks"
spawn npv-watch 50 cl "$WORK/cl.stacks" sv "$WORK/sv.stacks"
setting cl stacks_max 1
setting sv stacks_max 8

# rebind FAMILY PORTS OLD NEW: from now on the client has one of those ports, and the
# NAT the address NEW, and what was before is forgotten: that of a masquerade is, with
# its address
rebind()
{
	local family=$1 ports=$2 old=$3 new=$4

	on rt nft -f - << END || return
flush chain inet nat post
add rule inet nat post oifname p1 meta l4proto { tcp, udp } masquerade to :$ports
END
	if [ "$family" = 4 ]; then
		ip -n rt addr del "$old/24" dev p1 &&
			ip -n rt addr add "$new/24" dev p1
	else
		ip -n rt addr del "$old/64" dev p1 &&
			ip -n rt addr add "$new/64" dev p1 nodad
	fi
}

# transports HOST: of the session's stacks that are up
transports()
{
	local line all=''

	while read -r line; do
		[ -z "$line" ] || all+=" ${line##* }"
	done <<< "$(established "$1")"
	echo "${all# }"
}

has_transports()
{
	[ "$(transports "$1")" = "$2" ]
}

# remote_of STACK: the client's address and port, as the server has it
remote_of()
{
	local id address port

	while read -r id _ _ _ _ _ _ _ address port _; do
		[ "$id" != "$1" ] || echo "$address $port"
	done <<< "$(established sv)"
}

# seen_at STACK ADDRESS LOW: the server has the stack there, at one of 1000 ports
seen_at()
{
	local address port

	read -r address port <<< "$(remote_of "$1")"
	[ "$address" = "$2" ] && [ "$port" -ge "$3" ] && [ "$port" -lt $(($3 + 1000)) ]
}

# seen STACK ADDRESS LOW: after a while
seen()
{
	wait_for -t 20 seen_at "$@" && return
	echo "$1 is not at $2 $3 but at $(remote_of "$1")"
	established sv
	established cl
	grep -E 'Udp|Limited|Ignored' "$(net sv)/npv_stat"
	return 1
}

# udp_port: the client's own
udp_port()
{
	local port transport

	while read -r _ _ _ _ _ _ _ port _ _ transport; do
		[ "$transport" != udp ] || echo "$port"
	done <<< "$(established cl)"
}

# alone PORT: what the client sends from others is lost, so that no other stack can help
alone()
{
	on rt nft add element inet nat others "{ 0-$(($1 - 1)), $(($1 + 1))-65535 }"
}

together()
{
	on rt nft flush set inet nat others
}

# begin ADDRESS: a session over one UDP stack alone, to that address; its number, which
# is the same at both ends, in $stack
begin()
{
	load_to=("$1")
	load_start --write 20K --timeout 90
	test_that "data flows over TCP" moves
	test_that "stack add udp" on cl npv-mgr stack add "${session[cl]}" \
		udp remote "$1"
	test_that "a UDP stack joins" wait_for -t 20 has_transports cl "tcp udp"
	alone "$(udp_port)"
	test_that "TCP is blocked: it is given up" \
		wait_for -t 40 has_transports cl udp
	test_that "the server knows" wait_for -t 40 has_transports sv udp
	stack=$(established sv)
	stack=${stack%% *}
	test_that "data flows over UDP" moves
}

# rebound FAMILY LOW OLD NEW NAME: the NAT changes its mind, and the stack moves
rebound()
{
	local cl sv up

	cl=$(counter cl UdpRebound)
	sv=$(counter sv UdpRebound)
	up=$(counter sv StackUp)
	test_that "$5" rebind "$1" "$2-$(($2 + 999))" "$3" "$4"
	start=$(now_ms)
	test_that "the server has the stack at its new address" \
		seen "$stack" "$4" "$2"
	note "after $(($(now_ms) - start)) ms"
	test_that "data flows" moves
	test_equal "... over the same stack" \
		"$(established cl | cut -d' ' -f1) $(established sv | cut -d' ' -f1)" \
		"$stack $stack"
	test_equal "... and no other has joined" "$(counter sv StackUp)" "$up"
	test_between "both ends count it: the server" \
		"$(counter sv UdpRebound)" $((sv + 1)) $((sv + 2))
	test_between "... and the client" \
		"$(counter cl UdpRebound)" $((cl + 1)) $((cl + 2))
}

start=0
begin $SV4
rebound 4 30000 10.0.1.1 10.0.1.1 "another port"
rebound 4 31000 10.0.1.1 10.0.1.1 "and another one"
rebound 4 31500 10.0.1.1 10.0.1.9 "another address"
rebound 4 20000 10.0.1.9 10.0.1.1 "and the first again"
# faster than it can be found out
for low in 40000 41000 42000 43000 44000 45000; do
	rebind 4 $low-$((low + 999)) 10.0.1.1 10.0.1.1
	nap 0.1
done
test_that "many times in a row" seen "$stack" 10.0.1.1 45000
test_that "data flows" moves
test_equal "... over the same stack" "$(established sv | cut -d' ' -f1)" "$stack"
load_end "every byte is right"
together
test_that "no session is left" wait_for -t 20 no_sessions

begin $SV6
rebound 6 30000 fd00:1::1 fd00:1::1 "IPv6: another port"
rebound 6 31000 fd00:1::1 fd00:1::9 "IPv6: another address"
load_end "every byte is right"
together
test_that "no session is left" wait_for -t 20 no_sessions

test_equal "no proof was wrong" "$(counter sv UdpChallengeFailed)" 0
test_equal "nothing is malformed" \
	"$(counter cl UdpMalformed) $(counter sv UdpMalformed)" "0 0"

tap_end
