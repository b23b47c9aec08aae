#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 500
# lab: --kernel lean --timeout 200
#
# Sessions that begin over UDP: where TCP doesn't get through, and where UDP is
# preferred; and those that can't, and begin over TCP.

. "$(dirname "$0")/native-lib.sh"

# the addresses that a session is asked for at: one path, so that what is dropped is known
load_to=("$SV4")

# No more than the debug kernel can check
RATE=20mbit

native_hosts p1
shape p1 rate $RATE
setting cl stacks_max 1
for name in cl sv; do
	on $name nft -f - << 'END'
table inet firewall {
	chain in {
		type filter hook input priority 10;
	}
}
END
done

# firewall HOST RULE...: of what comes in; none: all passes
firewall()
{
	local host=$1

	shift
	on "$host" nft flush chain inet firewall in
	[ $# = 0 ] || on "$host" nft add rule inet firewall in "$@"
}

# first HOST: transport of the stack that its session began with
first()
{
	local id transport

	while read -r id _ _ _ _ _ _ _ _ _ transport; do
		[ "$id" = 0 ] && echo "$transport" && return
	done <<< "$(established "$1")"
	return 1
}

# began_over UDP|TCP NAME: it did, on both sides, and carries
began_over()
{
	test_equal "$2: the client's first stack" "$(wait_for first cl; first cl)" "$1"
	test_equal "$2: the server's" "$(wait_for first sv; first sv)" "$1"
	test_that "$2: bytes move" moves 200000
}

# known ADDRESS: from now on it is known to speak NPV, whatever the service
known()
{
	on cl npv-mgr peer set "$1" kind native
}

over()
{
	load_end "$1: every byte arrives"
	test_that "$1: no session is left" wait_for -t 30 no_sessions
	firewall sv
	on cl npv-mgr peer flush all
}

has_tcp()
{
	local transport

	while read -r _ _ _ _ _ _ _ _ _ _ transport; do
		[ "$transport" = tcp ] && return
	done <<< "$(established cl)"
	return 1
}

# --- TCP doesn't get through ---

firewall sv tcp dport $NPV_PORT drop
load_start
began_over udp 'TCP is dropped'
over 'TCP is dropped'

firewall sv tcp dport $NPV_PORT drop
load_to=("$SV6")
load_start
began_over udp 'TCP is dropped, IPv6'
over 'TCP is dropped, IPv6'
load_to=("$SV4")

# There is no other kind to turn to: the refusal of a firewall isn't the last word.
mode cl native
firewall sv tcp dport $NPV_PORT reject with tcp reset
load_start
began_over udp 'TCP is refused'
over 'TCP is refused'
mode cl auto

# Who is known to speak NPV is asked over UDP only when TCP is silent.
known $SV4
load_start
began_over tcp 'nothing is dropped'
load_end 'nothing is dropped: every byte arrives'
wait_for -t 30 no_sessions
firewall sv tcp dport $NPV_PORT drop
load_start
began_over udp 'known, and TCP is dropped'
over 'known, and TCP is dropped'

# It is taken at its word. That nobody has heard of the session shows later, and is told
# then: as one of TCP would it has lost its only connection. One thread: of two the other
# would get EPIPE.
known $SV4
next_port
spawn on sv npv-stream --seconds 0 listen $port :: > /dev/null 2>&1
server_pid=$spawned
wait_for listening sv $port
firewall sv tcp dport $NPV_PORT ip length gt 60 reject with tcp reset
on cl npv-stream --seconds 20 --timeout 10 --mode poll connect $port $SV4 \
	> "$WORK/unheard"
test_equal 'known, and reset before it answers' \
	"$(jq -r 'select(.event == "end") | .errno' "$WORK/unheard")" ECONNRESET
stop "$server_pid"
test_equal 'nobody waited for it' "$(counter cl SessionTimeout)" 0
test_that 'no session is left' wait_for no_sessions
firewall sv
on cl npv-mgr peer flush all

# --- UDP is preferred ---

setting cl prefer_udp 1
shape p1 rate $RATE delay 20ms
load_start
began_over udp 'preferred'
# and lost later on
firewall sv meta l4proto udp drop
test_that 'preferred: UDP is dropped, and there is a TCP stack' wait_for -t 30 has_tcp
test_that 'preferred: bytes move over it' moves 200000
over 'preferred'

known $SV4
load_start --vary
began_over udp 'preferred, known'
over 'preferred, known'

firewall sv meta l4proto udp drop
load_start
began_over tcp 'UDP is dropped'
over 'UDP is dropped'

# --- what is lost on the way ---

mode cl native
shape p1 rate $RATE loss 25% delay 10ms
for i in 1 2 3; do
	firewall sv tcp dport $NPV_PORT drop
	load_start
	test_equal "losses, $i: the first stack" "$(wait_for -t 20 first cl; first cl)" udp
	test_that "losses, $i: bytes move" moves 20000
	over "losses, $i"
done
mode cl auto

# Everything comes twice: there is one session.
shape p1 rate $RATE duplicate 100%
before=$(counter sv SessionNativeIn)
load_start
began_over udp 'all comes twice'
over 'all comes twice'
test_equal 'all comes twice: one session' $(($(counter sv SessionNativeIn) - before)) 1
shape p1 rate $RATE
setting cl prefer_udp 0

# --- several addresses ---

# The first is far, so that the second is tried as well and answers before it.
on cl tc qdisc replace dev p1 root handle 1: prio
on cl tc qdisc replace dev p1 parent 1:3 handle 30: netem delay 600ms
on cl tc filter add dev p1 parent 1: protocol ipv6 matchall flowid 1:3
on cl tc filter add dev p1 parent 1: protocol ip matchall flowid 1:1
on cl sysctl -q net.npv.hello_wait=5000
load_to=("$SV4" "$SV6")
load_start
test_that 'several addresses: bytes move' moves 200000
over 'several addresses'

tap_end
