#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
#
# UDP stacks that are quiet. Nothing is sent on them unless a program asks for it:
# NPV_KEEPALIVE keeps the NAT on the way from forgetting a client that only listens,
# SO_KEEPALIVE finds out that the peer is gone.

. "$(dirname "$0")/native-lib.sh"

# The NAT forgets what was silent for longer, and so long it is silent here: seconds
FORGETS=2
SILENCE=6
py=$(dirname "$0")/keepalive.py

# cl -- rt -- sv: sv sees rt's addresses only
for name in cl rt sv; do
	host $name
	mode $name auto
	setting $name hello_wait 5000
done
link inside 3 cl rt v4
link p1 1 rt sv v4
ip -n cl route add default via 10.0.3.2
setting cl stacks_max 1
on rt sysctl -q -w net.ipv4.ip_forward=1
on rt nft -f - << 'END'
table inet nat {
	chain hole { }
	chain forward {
		type filter hook forward priority filter;
		jump hole
	}
	chain post {
		type nat hook postrouting priority srcnat;
		oifname p1 meta l4proto { tcp, udp } masquerade
	}
}
END
for name in cl sv; do
	on $name nft -f - << 'END'
table inet quiet {
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

# nothing passes; or all does
dig()
{
	on rt nft add rule inet nat hole drop
}

answer_again()
{
	on rt nft flush chain inet nat hole
}

# nat_forgets SECONDS
nat_forgets()
{
	on rt sysctl -q -w net.netfilter.nf_conntrack_udp_timeout="$1" \
		net.netfilter.nf_conntrack_udp_timeout_stream="$1"
}

# sent: packets that both hosts have sent
sent()
{
	local name sum=0

	for name in cl sv; do
		sum=$((sum + $(on $name nft -j list counter inet quiet sent |
			       jq '.nftables[] | .counter.packets? // empty')))
	done
	echo $sum
}

# open_end HOST ARG...: of keepalive.py; its words in $WORK/HOST.out
mkfifo "$WORK/cl.in" "$WORK/sv.in"
exec 7<> "$WORK/cl.in" 8<> "$WORK/sv.in"
declare -A pid
open_end()
{
	local name=$1

	shift
	: > "$WORK/$name.out"
	# not as its input, which is nothing in the background
	spawn on "$name" npv-run python3 "$py" "$WORK/$name.in" "$@" \
		> "$WORK/$name.out" 2>&1
	pid[$name]=$spawned
}

# tell HOST COMMAND...
tell()
{
	case $1 in cl) echo "${@:2}" >&7 ;; sv) echo "${@:2}" >&8 ;; esac
}

# said HOST LINE: the program there has printed it
said()
{
	grep -q "^$2\$" "$WORK/$1.out"
}

# option NAME VALUE: the client sets it
option()
{
	tell cl set "$1" "$2"
	wait_for said cl "set $1 $2"
}

# open_both KIND [NAME VALUE]... [-- NAME VALUE...]: the client's and the server's, a test
open_both()
{
	local kind=$1 client=()

	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		client+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	next_port
	open_end sv "${kind%-*}" listen 0.0.0.0 "$port" "$@"
	wait_for said sv listening
	open_end cl "${kind%-*}" "$([ "$kind" = "${kind%-*}" ] && echo connect || echo send)" \
		"$SV4" "$port" "${client[@]}"
	test_that "both ends, ${kind%-*}" wait_for said cl ready
}

close_both()
{
	stop "${pid[cl]}" "${pid[sv]}"
	test_that 'no session is left' wait_for -t 20 no_sessions
}

# stacks_are STACKS: the transports and states of those there are
stacks_are()
{
	[ "$(mgr -j stack show session "$id" |
	     jq -r '[.[] | "\(.transport) \(.status)"] | join(", ")')" = "$1" ]
}

# still: nothing is sent for a second
still()
{
	local before

	before=$(sent)
	nap 1
	[ "$(sent)" = "$before" ]
}

# begin [NAME VALUE]... [-- NAME VALUE...]: a session over one UDP stack alone
begin()
{
	open_both stream "$@"
	tell cl say one
	test_that 'data comes over TCP' wait_for said sv 'got one'
	id=$(mgr session show | sed -n '1s/^session \([0-9]*\) .*/\1/p')
	test_that 'stack add udp' mgr stack add "$id" udp
	test_that 'it is there' wait_for stacks_are 'tcp active, udp active'
	test_that 'stack del: TCP goes' mgr stack del "$id" 0
	test_that 'there is one UDP stack' wait_for stacks_are 'udp active'
	tell sv say two
	test_that 'data comes over UDP' wait_for said cl 'got two'
}

# counted HOST COUNTER LEAST
counted()
{
	[ "$(counter "$1" "$2")" -ge "$3" ]
}

# tcp_keepalive: a TCP connection of the client to the NPV port has that timer
tcp_keepalive()
{
	local rem timer rest

	while read -r _ _ rem _ _ timer rest; do
		[ "${rem#*:}" = "$(printf %04X "$NPV_PORT")" ] &&
			[ "${timer%%:*}" = 02 ] && return
	done < <(cat "$(net cl)/tcp" "$(net cl)/tcp6")
	return 1
}

# own_socket_only: the client's session that carried datagrams is gone
own_socket_only()
{
	[ "$(npv_sockets cl)" = 1 ]
}

note 'NPV_KEEPALIVE'
begin
tell cl get NPV_KEEPALIVE
test_that 'there is none' wait_for said cl 'NPV_KEEPALIVE 0'
test_that 'it comes to rest' wait_for -t 60 still
before=$(sent)
# the time itself is what is tested
nap 10
test_equal 'no packet in 10 s' $(($(sent) - before)) 0
test_equal 'none is counted' "$(counter cl KeepaliveSent)" 0

test_that 'each second' option NPV_KEEPALIVE 1
test_that '... one goes' wait_for -t 3 counted cl KeepaliveSent 1
before=$(sent)
count=$(counter cl KeepaliveSent)
nap 10
count=$(($(counter cl KeepaliveSent) - count))
test_between 'each second' $count 8 10
# where the answer is kept back for longer than a probe timeout, it is asked for again
test_between '... with its answer, and little else' $(($(sent) - before)) \
	$((2 * count - 1)) $((6 * count))
test_that 'over the same stack' stacks_are 'udp active'
test_that 'it carries data' tell sv say three
test_that '... which comes' wait_for said cl 'got three'

test_that 'no more' option NPV_KEEPALIVE 0
test_that 'it comes to rest at once' wait_for -t 5 still
count=$(counter cl KeepaliveSent)
nap 4
test_equal 'none goes' "$(counter cl KeepaliveSent)" "$count"

note 'behind a NAT that forgets'
nat_forgets $FORGETS
tell cl say four
test_that 'the client speaks' wait_for said sv 'got four'
nap $SILENCE
tell sv say five
test_that 'without it the server does not reach the client' \
	not wait_for -t 3 said cl 'got five'
tell cl say six
test_that '... until that speaks' wait_for -t 20 said cl 'got five'
test_that 'each second' option NPV_KEEPALIVE 1
nap $SILENCE
tell sv say seven
test_that 'with it the client is reached' wait_for -t 2 said cl 'got seven'
test_that 'over the same stack' stacks_are 'udp active'
close_both
nat_forgets 120

note 'a listener'
begin NPV_KEEPALIVE 2 -- NPV_KEEPALIVE 1
tell cl get NPV_KEEPALIVE
test_that 'the client has its own' wait_for said cl 'NPV_KEEPALIVE 2'
tell sv get NPV_KEEPALIVE
test_that "the accepted session has the listener's" wait_for said sv 'NPV_KEEPALIVE 1'
count=$(counter sv KeepaliveSent)
test_that 'the server sends' wait_for -t 10 counted sv KeepaliveSent $((count + 3))
close_both

note 'SO_KEEPALIVE'
begin
test_that 'after a second' option TCP_KEEPIDLE 1
test_that '... each second' option TCP_KEEPINTVL 1
test_that '... twice' option TCP_KEEPCNT 2
test_that 'it comes to rest' wait_for -t 60 still
count=$(counter cl KeepaliveSent)
down=$(counter cl StackDown)
dig
nap 6
test_equal 'without it nobody asks' "$(counter cl KeepaliveSent)" "$count"
test_that '... and the stack is there' stacks_are 'udp active'
answer_again
test_that 'with it' option SO_KEEPALIVE 1
test_that '... the peer is asked' wait_for -t 10 counted cl KeepaliveSent $((count + 3))
test_that '... which answers' stacks_are 'udp active'
dig
start=$(now_ms)
test_that 'a dead peer is found' wait_for -t 20 counted cl StackDown $((down + 1))
test_between '... in time' $(($(now_ms) - start)) 2000 8000
for name in cl sv; do
	setting $name reconnect_timeout 1
done
test_that '... and the session ends' wait_for -t 20 said cl ETIMEDOUT
# the server's finds out as it ends
close_both
for name in cl sv; do
	setting $name reconnect_timeout 60
done
answer_again

note 'SO_KEEPALIVE of TCP stacks'
open_both stream SO_KEEPALIVE 1 TCP_KEEPIDLE 600
tell cl say one
test_that 'data comes' wait_for said sv 'got one'
test_that 'TCP has its own' wait_for tcp_keepalive
test_that 'no more' option SO_KEEPALIVE 0
test_that '... of TCP, too' wait_for not tcp_keepalive
close_both

note 'datagrams'
# session_carries: there is one, and it has a UDP stack beside that of TCP
session_carries()
{
	[ "$(counter cl AssocUp)" -gt "$up" ] && [ "$(counter cl StackUp)" -ge $((stacks + 2)) ]
}

# talk: say something, until a session carries it
talk()
{
	tell cl say hello
	nap 0.2
	session_carries
}

# datagrams KIND [NAME VALUE]...: a session over UDP carries them
datagrams()
{
	up=$(counter cl AssocUp)
	stacks=$(counter cl StackUp)
	nat_forgets $FORGETS
	open_both "$@"
	test_that 'a session carries them, over UDP' wait_for -t 20 talk
	nap $SILENCE
	tell sv say late
}

datagrams dgram
test_that 'without it the server does not reach the client' \
	not wait_for -t 3 said cl 'got late'
close_both
nat_forgets 120
datagrams dgram NPV_KEEPALIVE 1
test_that 'with it the client is reached' wait_for -t 3 said cl 'got late'
test_that 'set when there is a session' option NPV_KEEPALIVE 0
count=$(counter cl KeepaliveSent)
nap 3
test_equal '... none goes' "$(counter cl KeepaliveSent)" "$count"
close_both
nat_forgets 120

setting cl datagram_idle 3
datagrams dgram-send NPV_KEEPALIVE 1
test_that 'not for ever: one that nothing uses ends' wait_for -t 30 own_socket_only
count=$(counter cl KeepaliveSent)
nap 3
test_equal '... and sends no more' "$(counter cl KeepaliveSent)" "$count"
close_both

tap_end
