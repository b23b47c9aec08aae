#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 480
#
# connect() to several addresses: Happy Eyeballs in the kernel (RFC 8305). Which
# address wins and when, in what order they are tried, what is remembered, what
# a program may do meanwhile, and that the losers leave no trace.

. "$(dirname "$0")/lib.sh"

# The server has addresses of every kind, in both families: the last part tells
# what happens to who connects to it.
#	1x	answers
#	2x	is dropped silently on its way there
#	3x	is refused with a reset
#	4x	is answered by ICMP: host unreachable
GOOD4=10.0.1.10 GOOD6=fd00:1::10
HOLE4=10.0.1.20 HOLE6=fd00:1::20
SHUT4=10.0.1.30 SHUT6=fd00:1::30
DEAD4=10.0.1.40 DEAD6=fd00:1::40
# no route leads there
LOST4=203.0.113.1 LOST6=2001:db8::1

host cl
host sv
link net 1 cl sv
batch=''
for last in 10 11 12 20 21 22 23 30 31 40 41; do
	batch+="addr add 10.0.1.$last/24 dev net
addr add fd00:1::$last/64 dev net nodad
"
done
ip -n sv -batch - <<< "$batch"
on sv nft -f - << END
table inet t {
	chain in {
		type filter hook input priority 0;
		tcp flags & (syn | ack) == syn ip daddr 10.0.1.20-10.0.1.29 drop
		tcp flags & (syn | ack) == syn ip6 daddr fd00:1::20-fd00:1::29 drop
		tcp flags & (syn | ack) == syn ip daddr 10.0.1.30-10.0.1.39 reject with tcp reset
		tcp flags & (syn | ack) == syn ip6 daddr fd00:1::30-fd00:1::39 reject with tcp reset
		tcp flags & (syn | ack) == syn ip daddr 10.0.1.40-10.0.1.49 reject with icmp type host-unreachable
		tcp flags & (syn | ack) == syn ip6 daddr fd00:1::40-fd00:1::49 reject with icmpv6 type addr-unreachable
	}
}
END
ip -n cl addr add 10.0.1.5/24 dev net
ip -n cl addr add fd00:1::5/64 dev net nodad

port=7000
spawn on sv npv-server --family inet6 7001-7060 :: > "$WORK/server"
wait_for listening sv 7060 || note "the server does not listen"

# What the client sends out, one line a SYN
spawn on cl tcpdump -i net -n -l --immediate-mode -s 100 \
	'(tcp[13] & 0x12 == 2) or (ip6[6] == 6 and ip6[53] & 0x12 == 2)' \
	> "$WORK/syns" 2> "$WORK/tcpdump"
wait_for grep -q listening "$WORK/tcpdump" || note "tcpdump does not listen"

setting()
{
	on cl sh -c "echo $2 > /proc/sys/net/npv/$1"
}

# Each test starts with no history, unless it is about that
setting history_ttl 0

# race OPTION... ADDRESS...: connects to a port that no test before used;
# the answer in $answer, and its port in $port
race()
{
	local options=()

	port=$((port + 1))
	while [[ $1 == --* ]]; do
		options+=("$1")
		case $1 in
		--nonblock | --epoll | --filter | --restart | --again | --hold | --progress) ;;
		*)
			options+=("$2")
			shift
			;;
		esac
		shift
	done
	answer=$(on cl npv-connect "${options[@]}" $port "$@" 2>&1)
}

# field NAME: of $answer
field()
{
	[[ $answer =~ \"$1\":\"?([^\",}]*) ]] && echo "${BASH_REMATCH[1]}"
}

# expect NAME FIELD=VALUE...: as the answer says; a value LOW..HIGH is a range
expect()
{
	local name=$1 want value bad=''

	shift
	for want in "$@"; do
		value=$(field "${want%%=*}")
		want=${want#*=}
		if [[ $want == *..* ]]; then
			[[ $value =~ ^[0-9]+$ ]] &&
				[ "$value" -ge "${want%..*}" ] &&
				[ "$value" -le "${want#*..}" ] ||
				bad+=" $value is not in $want;"
		elif [ "$value" != "$want" ]; then
			bad+=" \"$value\" is not \"$want\";"
		fi
	done
	if [ -z "$bad" ]; then
		pass "$name"
	else
		fail "$name"
		note "$bad answer: $answer"
	fi
}

# syns: last parts of the addresses that SYNs to $port went to, in order
syns()
{
	sed -n -E "s/.*> (10\\.0\\.1\\.|fd00:1::)([0-9]+)\\.$port:.*/\\1\\2/p" \
		"$WORK/syns" | sed -e 's/^10\.0\.1\./4-/' -e 's/^fd00:1::/6-/' |
		tr '\n' ' '
}

# order NAME WANT: the addresses to which SYNs to $port went
order()
{
	wait_for -t 3 test "$(syns)" = "$2 " || :
	test_equal "$1" "$(syns)" "$2 "
}

# counted NAME COUNTER=DIFFERENCE... -- CMD...
counted()
{
	local name=$1 c before=() wants=() bad='' i now

	shift
	while [ "$1" != -- ]; do
		wants+=("$1")
		before+=("$(counter cl "${1%%=*}")")
		shift
	done
	shift
	"$@"
	for i in "${!wants[@]}"; do
		c=${wants[$i]%%=*}
		now=$(counter cl "$c")
		[ $((now - before[i])) = "${wants[$i]#*=}" ] ||
			bad+=" $c went from ${before[$i]} to $now;"
	done
	test_equal "$name" "$bad" ''
}

# no_trace NAME: no socket of the client to $port is left, but for the winner's
# that it closed, in TIME-WAIT (06)
no_trace()
{
	local hex

	hex=$(printf ':%04X' $port)
	none_left()
	{
		local loc rem state

		while read -r loc rem state; do
			[[ $rem != *$hex || $state = 06 ]] || return 1
		done <<< "$(sockets cl tcp)"
	}
	if wait_for -t 5 none_left; then
		pass "$1"
	else
		fail "$1"
		note "$(on cl ss -tan)"
	fi
}

# accepted: how many connections the server took on $port
accepted()
{
	grep -c "^accepted $port " "$WORK/server"
}

# --- who wins, and when ---

counted "counters of a race that IPv4 wins" RaceStart=1 RaceAttempt=2 \
	RaceDelay=1 RaceWinIpv4=1 RaceWinIpv6=0 RaceAttemptLost=1 ConnectOk=1 \
	-- race $HOLE6 $GOOD4
expect "IPv6 silent: IPv4 after 250 ms" address=$GOOD4 errno= attempts=2 \
	candidates=2 connect_us=240000..450000
order "IPv6 silent: order" "6-20 4-10"
test_equal "IPv6 silent: one connection is accepted" "$(accepted)" 1

counted "counters of a race that IPv6 wins" RaceStart=1 RaceAttempt=2 \
	RaceWinIpv4=0 RaceWinIpv6=1 -- race --send hello $HOLE4 $GOOD6
expect "IPv4 silent: IPv6 after 250 ms" address=$GOOD6 errno= attempts=2 \
	connect_us=240000..450000 echo=hello
no_trace "IPv4 silent: nothing is left"

race $GOOD6 $GOOD4
expect "both answer: the first one" address=$GOOD6 attempts=1 \
	connect_us=1..100000
order "both answer: the second is not tried" "6-10"

# far from the delay between attempts, which nobody has to wait for here
setting attempt_delay_ms 2000
race $GOOD6 $GOOD4
expect "both answer: no delay" address=$GOOD6 connect_us=1..150000
race $SHUT6 $GOOD4
expect "refused: the next at once" address=$GOOD4 attempts=2 \
	connect_us=1..150000
# Where the error comes back before connect() has returned, which takes a network
# without any delay, TCP itself notices only at the next SYN
tc -n sv qdisc add dev net root netem delay 2ms
race $DEAD6 $GOOD4
expect "unreachable by ICMP: the next at once" address=$GOOD4 attempts=2 \
	connect_us=1..150000
race $LOST6 $GOOD4
expect "no route: the next at once" address=$GOOD4 errno= connect_us=1..150000
race $SHUT4 $SHUT6 $DEAD4 $DEAD6 $LOST4 $LOST6 $GOOD4
expect "six fail, the seventh answers" address=$GOOD4 connect_us=1..300000
setting attempt_delay_ms 250
tc -n sv qdisc del dev net root

counted "counters of a race that fails" RaceStart=1 RaceAttemptFail=2 \
	RaceWinIpv4=0 RaceWinIpv6=0 ConnectFail=1 -- race $SHUT6 $SHUT4
expect "all refuse: ECONNREFUSED" errno=ECONNREFUSED attempts=2
no_trace "all refuse: nothing is left"
race $LOST6 $LOST4
expect "no route to any: ENETUNREACH" errno=ENETUNREACH
race $DEAD6 $LOST4 $SHUT4
expect "several errors: the most telling one" errno=ECONNREFUSED
race --set 6,18,400 $HOLE6 $HOLE4
expect "silence from all: ETIMEDOUT" errno=ETIMEDOUT attempts=2
race --sndtimeo 500 $HOLE6 $HOLE4 $SHUT4
expect "SO_SNDTIMEO ends the waiting" errno=EINPROGRESS \
	elapsed_us=480000..1500000
no_trace "SO_SNDTIMEO: nothing is left after close"
race --again $SHUT6 $GOOD4
expect "connect() once more: EISCONN" address=$GOOD4 again=EISCONN

# --- order ---

setting attempt_delay_ms 30
race 10.0.1.21 10.0.1.22 fd00:1::21 fd00:1::22 $GOOD4
order "families alternate, the first one's first" "4-21 6-21 4-22 6-22 4-10"
expect "attempt_delay_ms" connect_us=110000..400000
setting first_family_count 2
race 10.0.1.21 10.0.1.22 fd00:1::21 fd00:1::22 $GOOD6
order "first_family_count" "4-21 4-22 6-21 6-22 6-10"
setting first_family_count 1
race $LOST4 $HOLE6 $GOOD6
order "no route goes last" "6-20 6-10"
race $HOLE6 $HOLE6 $GOOD6 $HOLE6
expect "what is named twice is tried once" candidates=2 address=$GOOD6
setting attempt_delay_ms 250

# --- history ---

setting history_ttl 600
race fd00:1::23 10.0.1.11
expect "history: the first time takes its time" address=10.0.1.11 \
	connect_us=240000..450000
counted "history: counters" HistoryHit=2 -- race fd00:1::23 10.0.1.11
expect "history: the second goes straight there" address=10.0.1.11 attempts=1 \
	connect_us=1..100000
setting history_ttl 0
race fd00:1::23 10.0.1.11
expect "history: history_ttl of 0 forgets" address=10.0.1.11 attempts=2

# --- waiting in other ways ---

race --nonblock --send hi $HOLE6 $GOOD4
expect "not blocking, poll" errno= address=$GOOD4 echo=hi \
	elapsed_us=240000..600000
race --epoll --send hi $HOLE6 $GOOD4
expect "not blocking, epoll registered before" errno= address=$GOOD4 echo=hi
race --epoll $SHUT6 $SHUT4
expect "not blocking, epoll, all refuse" errno=ECONNREFUSED
race --nonblock --again $HOLE6 $GOOD4
expect "not blocking, connect() afterwards" errno= again=
race --signal 100 --send hi $HOLE6 $GOOD4
expect "a signal interrupts the call, not the race" errno= signals=1 \
	address=$GOOD4 echo=hi
race --signal 100 --restart --send hi $HOLE6 $GOOD4
expect "a signal with SA_RESTART" errno= signals=1 address=$GOOD4 echo=hi

# --- given up half way ---

race --shutdown 100 $HOLE6 $HOLE4
expect "shutdown in mid-race" errno=ECONNRESET elapsed_us=90000..1000000
no_trace "shutdown in mid-race: nothing is left"
race --nonblock --close 100 $HOLE6 $HOLE4
expect "close in mid-race" errno=EBADF
no_trace "close in mid-race: nothing is left"
race --nonblock --unspec 100 --again $HOLE6 $HOLE4
expect "connect(AF_UNSPEC) in mid-race" errno= again=EINPROGRESS
no_trace "connect(AF_UNSPEC) in mid-race: nothing is left"

port=$((port + 1))
spawn on cl npv-connect $port $HOLE6 $HOLE4
victim=$spawned
connecting()
{
	syns | grep -q '4-20'
}
wait_for connecting
kill -9 "$victim"
wait "$victim" 2> /dev/null
no_trace "kill -9 in mid-race: nothing is left"

# --- what was set before ---

race --bind 10.0.1.5,0 $GOOD6 $GOOD4
expect "bound to an IPv4 address: IPv4 only" address=$GOOD4 source=10.0.1.5
race --bind fd00:1::5,0 $GOOD4 $GOOD6
expect "bound to an IPv6 address: IPv6 only" address=$GOOD6 source=fd00:1::5
race --set 1,2,1 --bind -,5555 --send hi $HOLE6 $GOOD4
expect "bound to a port: the winner has it" address=$GOOD4 source_port=5555 \
	echo=hi
no_trace "bound to a port: nothing is left"
# the same once more: it must not be taken by what is left of the last, but for
# the winner's TIME-WAIT, which SO_REUSEADDR is for
race --set 1,2,1 --bind -,5555 $HOLE6 $GOOD4
expect "bound to a port: again" address=$GOOD4 source_port=5555

# net2 leads to the same addresses, but only sends them nowhere
ip -n cl link add net2 type dummy
ip -n cl addr add 10.0.1.6/32 dev net2
ip -n cl link set net2 up
race --device net --send hi $HOLE6 $GOOD4
expect "SO_BINDTODEVICE" address=$GOOD4 device=net echo=hi
race --device net2 --sndtimeo 600 $GOOD6 $GOOD4
expect "SO_BINDTODEVICE holds for every attempt" \
	errno="$(field errno)" address=
test_equal "SO_BINDTODEVICE: nothing leaves by another device" "$(syns)" ''

# SOL_TCP TCP_NODELAY, SOL_SOCKET SO_KEEPALIVE, IPPROTO_IP IP_TOS, IPV6_TCLASS
race --set 6,1,1 --set 1,9,1 --set 0,1,16 --set 41,67,16 --congestion reno \
	$HOLE6 $GOOD4
expect "options are the winner's: IPv4" address=$GOOD4 option0=1 option1=1 \
	option2=16 option3=16 congestion=reno
race --set 6,1,1 --set 1,9,1 --set 0,1,16 --congestion reno $HOLE4 $GOOD6
expect "options are the winner's: IPv6" address=$GOOD6 option0=1 option1=1 \
	option2=16 congestion=reno
counted "SO_ATTACH_FILTER: counted as pinned" RacePinned=1 RaceStart=0 \
	-- race --filter --sndtimeo 600 $HOLE6 $GOOD4
expect "SO_ATTACH_FILTER pins to one address" errno=EINPROGRESS
order "SO_ATTACH_FILTER: no other is tried" "6-20"
race --filter --send hi $GOOD6 $GOOD4
expect "SO_ATTACH_FILTER on a path that works" address=$GOOD6 echo=hi

# --- limits ---

race --send hi $HOLE6 $HOLE4 10.0.1.21 fd00:1::21 $SHUT4 $SHUT6 $GOOD6
expect "seven addresses" address=$GOOD6 candidates=7 echo=hi
race $GOOD4
expect "one address is no race" address=$GOOD4 candidates=1 attempts=1

wait_sessions()
{
	[ "$(npv_sockets cl)" = 0 ]
}
test_that "no session is left" wait_for -t 5 wait_sessions
tap_end
