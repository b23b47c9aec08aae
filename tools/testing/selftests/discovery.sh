#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 800
#
# Finding out what the peer is: an NPV host or an ordinary one, where UDP or the
# NPV port is dropped or refused, where the server speaks first, and for programs
# that know nothing of it. Whatever it is, what is transferred is right.

. "$(dirname "$0")/native-lib.sh"

SIZE=$((4 << 20))
native_hosts p1 p2

# What is dropped at the server: chosen by the sets' elements
on sv nft -f - << 'END'
table inet found {
	set drop_tcp { type inet_service; }
	set drop_udp { type inet_service; }
	set shut_tcp { type inet_service; }
	set shut_udp { type inet_service; }
	chain in {
		type filter hook input priority -10;
		tcp dport @drop_tcp drop
		udp dport @drop_udp drop
		tcp dport @shut_tcp reject with icmpx type admin-prohibited
		udp dport @shut_udp reject with icmpx type port-unreachable
	}
}
END

filter()
{
	on sv nft add element inet found "$1" "{ $NPV_PORT }"
}

unfilter()
{
	for name in drop_tcp drop_udp shut_tcp shut_udp; do
		on sv nft flush set inet found $name
	done
}

# where the last one was, for what is known of it
keep_port=''
# transfer KIND[:REASON] PROTO_CL PROTO_SV [ADDRESS...]: a stream each way, over a
# session that the client takes to be of that KIND, for that REASON
transfer()
{
	local want="\"kind\":\"${1%:*}\"" client=$2 server=$3 status=0

	[[ $1 != *:* ]] || want+=",\"reason\":\"${1#*:}\""
	shift 3
	[ $# -gt 0 ] || set -- "$SV4" "$SV6"
	[ "$client" != tcp ] || set -- "$1"
	[ -n "$keep_port" ] || next_port
	read -r port < "$WORK/port"
	spawn on sv npv-stream --proto "$server" --send 400K listen "$port" :: \
		> "$WORK/sv.load"
	wait_for listening sv "$port"
	npv-ns --timeout 40 cl npv-stream --proto "$client" --send 400K \
		connect "$port" "$@" > "$WORK/cl.load" || status=$?
	wait "$spawned" || status=$?
	[ "$status" = 0 ] && [[ $(< "$WORK/cl.load") == *$want* ]] && return
	cat "$WORK/cl.load" "$WORK/sv.load"
	return 1
}

# again TRANSFER...: on the same port as the one before
again()
{
	keep_port=yes
	transfer "$@"
}

# silent: the client has no session that would still tell how its stacks did
silent()
{
	[ "$(npv_sockets cl)" = 0 ]
}

# afresh TRANSFER...: with nothing remembered
afresh()
{
	wait_for silent
	forget cl
	transfer "$@"
}

# --- what is found ---

for address in $SV4 $SV6 "$SV4 $SV6"; do
	# shellcheck disable=SC2086 # one or two words
	test_that "NPV to NPV, $address" afresh native:hello npv npv $address
	# shellcheck disable=SC2086
	test_that "NPV to NPV, known, $address" \
		again native:known-native npv npv $address
	# shellcheck disable=SC2086
	test_that "NPV to an ordinary server, $address" \
		afresh plain npv tcp $address
done
test_that "an ordinary client, IPv4" transfer plain tcp npv $SV4
test_that "an ordinary client, IPv6" transfer plain tcp npv $SV6
test_that "programs that have IPv4" afresh native:hello npv-inet npv $SV4
test_that "programs that have IPv6" afresh native:hello npv-inet6 npv $SV6
test_that "a peer that was ordinary" afresh plain npv tcp
test_that "... is known to be" again plain:known-plain npv npv
forget cl
test_that "... until that is forgotten" again native:hello npv npv

# Fast open: connect() waits for nothing, whoever the peer turns out to be
open_fast()
{
	on cl npv-run "$SELFTESTS/fastopen.py" "$SV4" "$1"
}
spawn on sv npv-server --family inet6 7001 :: > /dev/null
wait_for listening sv 7001
forget cl
test_that "TCP_FASTOPEN_CONNECT to an ordinary server" open_fast 7001
test_that "... that is known to be one" open_fast 7001
stop "$spawned"

# A host can have NPV servers and ordinary ones; the NPV port refuses for these
spawn on sv npv-server --family npv 7000 :: > /dev/null
other=$spawned
wait_for listening sv 7000
test_that "an ordinary server on an NPV host" \
	afresh plain:hello-refused npv tcp
test_that "... and another one" transfer plain npv tcp
test_that "an NPV server on that host" transfer native npv npv

# --- where packets vanish ---

filter drop_udp
test_that "UDP is dropped" afresh native:hello npv npv
filter drop_tcp
setting cl hello_wait 50
test_that "the NPV port is dropped" afresh plain:hello-timeout npv npv

# far MS: the paths take so long, each way
far()
{
	local path

	for path in p1 p2; do
		shape "$path" delay "$1ms"
	done
}

# counted HOST COUNTER NUMBER: it is that by now, or more
counted()
{
	[ "$(counter "$1" "$2")" -ge "$3" ]
}

# How long it takes to know: hello_wait, and what the machine adds
quick()
{
	local answer

	answer=$(on cl npv-connect --send hi 7000 "$SV4" "$SV6")
	[[ $answer =~ \"connect_us\":([0-9]+) ]] || return
	[ "${BASH_REMATCH[1]}" -ge $(($1 * 1000)) ] &&
		[ "${BASH_REMATCH[1]}" -lt $((($2) * 1000)) ] && return
	echo "$answer"
	return 1
}
forget cl
test_that "the NPV port is dropped: plain after hello_wait" quick 45 600
test_that "the NPV port is dropped: at once when known" quick 0 400
unfilter
setting cl hello_wait 5000
filter shut_tcp
filter drop_udp
test_that "the NPV port is prohibited" \
	afresh plain:npv-port-refused npv npv
unfilter

# the handshake is late, not lost: the answer is for the next time
setting cl hello_wait 50
far 100
before=$(counter cl OfferLate)
test_that "an answer that comes late" afresh plain:hello-timeout npv npv
test_that "... comes" wait_for counted cl OfferLate $((before + 1))
# what is known is not asked again, whatever it takes
setting cl hello_wait 1000
test_that "... is remembered" again native:known-native npv npv
setting cl hello_wait 50
test_that "one that comes late, and says no" afresh plain:hello-timeout npv tcp
test_that "... leaves it plain" again plain:known-plain npv npv
# how far away it is the first session finds out, and the next one waits for that
for address in "$SV4 $SV6" "$SV4"; do
	# shellcheck disable=SC2086 # one or two words
	set -- $address
	filter drop_udp
	test_that "one that never comes, $address" \
		afresh plain:hello-timeout npv npv "$@"
	test_that "... proves nothing: TCP was not asked for so long" \
		again native:hello npv npv "$@"
	filter drop_tcp
	test_that "none over TCP either" afresh plain:hello-timeout npv npv "$@"
	test_that "... is waited for once more" \
		again plain:hello-timeout npv npv "$@"
	test_that "... and then it is plain" again plain:known-plain npv npv "$@"
	unfilter
done
far 5

# --- what is said over UDP ---

# Far enough that TCP has not answered when UDP is asked
setting cl hello_wait 5000
# The NPV port closes with the last session: none is to wait for a lost peer
setting sv reconnect_timeout 1
# asks SENT RECEIVED TRANSFER...: so many HELLO over UDP, and OFFER that came
asks()
{
	local sent received status=0

	sent=$(($(counter cl HelloUdpSent) + $1))
	received=$(($(counter cl OfferReceived) + $2))
	shift 2
	"$@" || status=1
	[ "$(counter cl HelloUdpSent)" = "$sent" ] &&
		[ "$(counter cl OfferReceived)" = "$received" ] &&
		return "$status"
	grep -E 'HelloUdp|Offer' "$(net cl)/npv_stat" "$(net sv)/npv_stat"
	return 1
}

# settled: a filter won't hit the end of a session; the listener of $other is left
settled()
{
	[ "$(npv_sockets cl)" = 0 ] && [ "$(npv_sockets sv)" = 1 ]
}

for address in $SV4 $SV6; do
	test_that "UDP is asked, $address" \
		asks 1 1 afresh native:hello npv npv "$address"
	test_that "... but not where the peer is known" \
		asks 0 0 again native:known-native npv npv "$address"
	test_that "UDP says no, $address" \
		asks 1 1 afresh plain:hello-refused npv tcp "$address"
	test_that "... and is not asked again" \
		asks 0 0 again plain:known-plain npv npv "$address"
done
filter drop_udp
test_that "UDP is asked in vain" asks 1 0 afresh native:hello npv npv $SV4
unfilter
filter shut_udp
test_that "UDP is unreachable: TCP tells" \
	asks 1 0 afresh native:hello npv npv $SV4
wait_for settled
filter shut_tcp
test_that "both are" asks 1 0 afresh plain:npv-port-refused npv npv $SV4
unfilter

filter drop_tcp
test_that "TCP is dropped, UDP says no: plain without a wait" \
	afresh plain:hello-refused npv tcp $SV4
setting cl hello_wait 100
# TCP is given 250 ms, then the session begins over UDP
forget cl
test_that "TCP is dropped, UDP says yes: TCP gets its time" quick 200 900
test_that "... and the session is native" afresh native:hello npv npv $SV4
unfilter
setting cl hello_wait 5000

# Something else has the port: an ordinary program's, with strange answers
stop "$other"
wait_for not listening sv $NPV_PORT
filter drop_tcp
setting cl hello_wait 1000

# says WHAT COUNTER NUMBER REASON: the answer, what counts it, how often, and why the
# session is plain
says()
{
	local before status=0 liar

	before=$(counter cl "$2")
	spawn on sv "$SELFTESTS/hostile/server.py" udp "$1" > "$WORK/liar" 2>&1
	liar=$spawned
	wait_for -t 20 grep -q listening "$WORK/liar"
	afresh "plain:$4" npv tcp "$SV4" || status=1
	stop "$liar"
	# once, or as often as it was asked
	[ "$(counter cl "$2")" -ge $((before + $3)) ] && return "$status"
	grep -E 'HelloUdp|Offer' "$(net cl)/npv_stat"
	cat "$WORK/liar"
	return 1
}

test_that "UDP: an OFFER that is right" says right OfferReceived 1 hello-timeout
test_that "UDP: a refusal" says refusal OfferReceived 1 hello-refused
test_that "UDP: all that is no answer" says wrong OfferIgnored 10 hello-timeout
test_that "UDP: a refusal behind it" says all OfferIgnored 10 hello-refused
unfilter
spawn on sv npv-server --family npv 7000 :: > /dev/null
other=$spawned
wait_for listening sv 7000
far 1
setting cl hello_wait 5000
setting sv reconnect_timeout 60

# --- modes ---

mode cl plain
test_that "mode plain: the client does not ask" afresh plain:mode npv npv
mode cl native
test_that "mode native: NPV to NPV" afresh native npv npv
next_port
spawn on sv npv-stream --proto tcp listen "$port" :: > /dev/null
wait_for listening sv "$port"
test_that "mode native: no ordinary server" \
	not on cl npv-connect --timeout 5000 --send hi $port $SV4
stop "$spawned"
mode cl auto
mode sv plain
test_that "mode plain at the server: it is an ordinary one" \
	afresh plain npv npv
mode sv auto
stop "$other"

# --- programs ---

head -c $SIZE /dev/urandom > "$WORK/file"
sum=$(sha256sum < "$WORK/file")
cat > "$WORK/nginx.conf" << END
daemon off;
user root;
worker_processes 1;
pid $WORK/nginx.pid;
error_log $WORK/nginx.log;
events { worker_connections 64; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	client_body_temp_path $WORK/body;
	proxy_temp_path $WORK/proxy;
	fastcgi_temp_path $WORK/fastcgi;
	uwsgi_temp_path $WORK/uwsgi;
	scgi_temp_path $WORK/scgi;
	server {
		listen 80;
		listen [::]:80 ipv6only=on;
		root $WORK;
	}
}
END

# opened HOST: sessions that were native, as its counters say
opened()
{
	echo $(($(counter "$1" SessionNativeOut) + $(counter "$1" SessionNativeIn)))
}

# download CLIENT SERVER URL: with npv-run on that side or ''; the sum is right,
# and a native session was used where both have it
download()
{
	local client=$1 server=$2 url=$3 got status=0 before

	before=$(opened cl)
	# shellcheck disable=SC2086 # npv-run or nothing
	spawn on sv $server nginx -p "$WORK" -c "$WORK/nginx.conf" \
		-e "$WORK/nginx.log"
	wait_for listening sv 80
	forget cl
	# shellcheck disable=SC2086
	got=$(npv-ns --timeout 40 cl $client curl -sS -f -m 30 "$url/file" |
	      sha256sum)
	[ "$got" = "$sum" ] || { echo "other bytes came"; status=1; }
	if [ -n "$client$server" ] && [ "$client" = "$server" ]; then
		[ "$(opened cl)" -gt "$before" ]
	else
		[ "$(opened cl)" = "$before" ]
	fi || { echo "native sessions: $before, then $(opened cl)"; status=1; }
	stop "$spawned"
	wait_for not listening sv 80
	return "$status"
}

test_that "nginx and curl under npv-run, IPv4" \
	download npv-run npv-run "http://$SV4"
test_that "nginx and curl under npv-run, IPv6" \
	download npv-run npv-run "http://[$SV6]"
test_that "nginx under npv-run, curl not" download '' npv-run "http://$SV4"
test_that "curl under npv-run, nginx not" download npv-run '' "http://[$SV6]"

# banner CLIENT SERVER: the server speaks first, as ssh does
banner()
{
	local client=$1 server=$2 got

	next_port
	# shellcheck disable=SC2086
	spawn on sv $server socat TCP6-LISTEN:$port,ipv6only=0,reuseaddr,fork \
		SYSTEM:'echo SSH-2.0-test; cat'
	wait_for listening sv "$port"
	forget cl
	# shellcheck disable=SC2086
	got=$(printf 'answer\n' | npv-ns --timeout 20 cl $client \
	      socat -t 10 - TCP:$SV4:$port)
	stop "$spawned"
	[ "$got" = $'SSH-2.0-test\nanswer' ] || { echo "$got"; return 1; }
}
test_that "the server speaks first, both NPV" banner npv-run npv-run
test_that "the server speaks first, an ordinary client" banner '' npv-run
test_that "the server speaks first, an ordinary server" banner npv-run ''

test_that "no session is left" wait_for no_sessions
ip netns add fresh
hosts+=(fresh)
is_auto()
{
	[ "$(ip netns exec fresh cat /proc/sys/net/npv/mode)" = 1 ]
}
test_that "a new namespace asks its peers (net.npv.mode)" is_auto
tap_end
