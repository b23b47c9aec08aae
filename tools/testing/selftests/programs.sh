#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 600
# lab: --kernel debug --timeout 800 -- native
#
# Unmodified programs under npv-run: clients, servers, and both, over IPv4 and
# IPv6; what they transfer is compared. The counters tell that they really used
# NPV sessions. With "native" the hosts find out that both speak NPV, there are
# two paths between them, and all sessions are native where both ends have it.
#
# usage: programs.sh [native] [SERVER...]

. "$(dirname "$0")/native-lib.sh"

# NAME PORT; the functions below start it, and talk to it
SERVERS=(nginx python redis iperf3 socat sshd)
SIZE=$((8 << 20))

native=
if [ "${1:-}" = native ]; then
	native=yes
	shift
fi

host cl
host sv
link net 1 cl sv
if [ -n "$native" ]; then
	link other 2 cl sv
	for name in cl sv; do
		mode $name auto
		# where the machine is slow, a peer is not to pass for silent
		setting $name hello_wait 5000
	done
fi
ADDR_v4=$SV4
ADDR_v6=$SV6
mkdir "$WORK/www"
head -c $SIZE /dev/urandom > "$WORK/www/file"
SUM=$(sha256sum < "$WORK/www/file")

# --- servers: start_NAME [npv-run], in the background on sv ---

start_nginx()
{
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
		root $WORK/www;
	}
}
END
	spawn on sv "$@" nginx -p "$WORK" -c "$WORK/nginx.conf" \
		-e "$WORK/nginx.log"
	wait_for listening sv 80
}

start_python()
{
	local everywhere=(--bind ::)

	# It chooses IPv4 by itself; under npv-run it is reachable over IPv6
	# nevertheless
	[ $# = 0 ] || everywhere=()
	spawn on sv "$@" /usr/bin/python3 -m http.server 8000 \
		"${everywhere[@]}" --directory "$WORK/www" \
		> "$WORK/python.log" 2>&1
	wait_for listening sv 8000
}

start_redis()
{
	spawn on sv "$@" redis-server --port 6379 --bind 0.0.0.0 :: \
		--protected-mode no --save '' --dir "$WORK" \
		> "$WORK/redis.log" 2>&1
	wait_for listening sv 6379
}

start_iperf3()
{
	spawn on sv "$@" iperf3 -s > "$WORK/iperf3.log" 2>&1
	wait_for listening sv 5201
}

start_socat()
{
	spawn on sv "$@" socat TCP6-LISTEN:7,ipv6only=0,reuseaddr,fork EXEC:cat \
		> "$WORK/socat.log" 2>&1
	socat_udp=("$@")
	wait_for listening sv 7
}

start_sshd()
{
	if [ ! -e "$WORK/key" ]; then
		ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
		ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
	fi
	cat > "$WORK/sshd.conf" << END
Port 22
HostKey $WORK/hostkey
AuthorizedKeysFile $WORK/key.pub
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
Subsystem sftp internal-sftp
END
	spawn on sv "$@" /usr/sbin/sshd -D -f "$WORK/sshd.conf" \
		-E "$WORK/sshd.log"
	wait_for listening sv 22
}

# One that hangs fails
client()
{
	npv-ns --timeout 60 cl "$@"
}

# --- clients: each fails if anything is wrong; $url is the address in [] ---

same_file()
{
	local sum

	sum=$(sha256sum < "$1")
	[ "$sum" = "$SUM" ] || { echo "$1 differs"; return 1; }
}

client_nginx_curl()
{
	rm -f "$WORK/got"
	client "$@" curl -sS -f -m 20 -o "$WORK/got" "http://$url/file" &&
		same_file "$WORK/got"
}

client_nginx_wget()
{
	rm -f "$WORK/got"
	client "$@" wget -q -T 20 -t 1 -O "$WORK/got" "http://$url/file" &&
		same_file "$WORK/got"
}

client_python_curl()
{
	rm -f "$WORK/got"
	client "$@" curl -sS -f -m 20 -o "$WORK/got" "http://$url:8000/file" &&
		same_file "$WORK/got"
}

client_redis_benchmark()
{
	local out

	# two tests, 20 connections at once
	out=$(client "$@" redis-benchmark -h "$addr" -p 6379 -n 200 -c 20 -q \
	      -t set,get 2>&1)
	[[ $out == *SET:*requests*GET:*requests* && $out != *rror* ]] ||
		{ echo "$out"; return 1; }
}

client_redis_cli()
{
	[ "$(client "$@" redis-cli -h "$addr" -p 6379 set key "$addr")" = OK ] &&
		[ "$(client "$@" redis-cli -h "$addr" -p 6379 get key)" = "$addr" ]
}

iperf3_result()
{
	local out

	out=$(client "$@" 2>&1)
	[ "$(jq "$iperf3_ok" <<< "$out")" = true ] ||
		{ tail -n 20 <<< "$out"; return 1; }
}

client_iperf3_tcp()
{
	local iperf3_ok='.end.sum_sent.bytes > 0 and .end.sum_received.bytes > 0'

	iperf3_result "$@" iperf3 -c "$addr" -n 8M -J
}

client_iperf3_reverse()
{
	local iperf3_ok='.end.sum_received.bytes > 0'

	iperf3_result "$@" iperf3 -c "$addr" -n 8M -R -J
}

client_iperf3_udp()
{
	local iperf3_ok='.end.sum.packets > 0 and .end.sum.lost_percent < 50'

	iperf3_result "$@" iperf3 -c "$addr" -u -b 40M -l 1200 -n 1M -J
}

client_socat_tcp()
{
	# there and back, both directions at once, closed by half
	client "$@" socat -t 20 - "TCP:$url:7" < "$WORK/www/file" > "$WORK/got" &&
		same_file "$WORK/got"
}

client_socat_udp()
{
	local got server

	# the server takes one peer: start one for each
	spawn on sv "${socat_udp[@]}" socat UDP6-LISTEN:7,ipv6only=0 PIPE
	server=$spawned
	wait_for listening sv 7 udp
	got=$(echo "datagram of $$" | client "$@" socat -t 0.5 - "UDP:$url:7")
	stop "$server"
	[ "$got" = "datagram of $$" ] || { echo "got: $got"; return 1; }
}

ssh_options=(-i "$WORK/key" -o UserKnownHostsFile=/dev/null
	     -o StrictHostKeyChecking=no -o LogLevel=ERROR -o BatchMode=yes)

client_sshd_ssh()
{
	[ "$(echo through | client "$@" ssh "${ssh_options[@]}" "root@$addr" \
	     'cat; echo done')" = $'through\ndone' ]
}

client_sshd_scp()
{
	local there="root@$url:$WORK"

	# Upload over the one, download over the other
	rm -f "$WORK/got"
	if [ "$url" = "$ADDR_v4" ]; then
		client "$@" scp -q "${ssh_options[@]}" "$WORK/www/file" \
			"$there/got"
	else
		client "$@" scp -q "${ssh_options[@]}" "$there/www/file" \
			"$WORK/got"
	fi && same_file "$WORK/got"
}

# --- every client of a server ---

# count HOST NAME: its counters, into the array NAME. Read in one go, for a
# process for each takes long in the debug kernel
count()
{
	# shellcheck disable=SC2178 # an array of the caller's
	local -n into=$2
	local name value

	while read -r name value; do
		# shellcheck disable=SC2004,SC2034 # names are its indices
		into[$name]=$value
	done < "$(net "$1")/npv_stat"
}

# fell_back: how many sessions since $before and until $now could not be native
fell_back()
{
	local name sum=0

	for name in FallbackRefused FallbackTimeout FallbackMalformed RacePinned; do
		# shellcheck disable=SC2004
		sum=$((sum + now[$name] - before[$name]))
	done
	echo "$sum"
}

# used WHAT HOST BEFORE NATIVE WANTED: since count() to BEFORE that end has used
# sessions of the kind WANTED, any, or none; NATIVE counts its native ones
used()
{
	local -n before=$3
	local -A now
	local opened native_opened

	count "$2" now
	# shellcheck disable=SC2154 # names are its indices
	opened=$((now[SessionOpen] - before[SessionOpen]))
	native_opened=$((now[$4] - before[$4]))
	case $5 in
	native) [ "$native_opened" -gt 0 ] && [ "$(fell_back)" = 0 ] ;;
	plain) [ "$opened" -gt 0 ] && [ "$native_opened" = 0 ] ;;
	any) [ "$opened" -gt 0 ] ;;
	*) [ "$opened" = 0 ] ;;
	esac && return
	echo "the $1 used $opened NPV sessions, $native_opened of them native," \
	     "not ${5:-none}; $(fell_back) fell back"
	return 1
}

# kind CLIENT OWN OTHER: sessions that one end is to have, npv-run or nothing
# being what each end has
kind()
{
	if [ -z "$2" ]; then
		echo
	elif [ -n "$native" ] && [ -n "$3" ] && [ "$1" = socat_udp ]; then
		# the first datagrams go as UDP, and there may be no more
		echo any
	elif [ -n "$native" ] && [ -n "$3" ]; then
		echo native
	else
		echo plain
	fi
}

attempt()
{
	local client=$1 server_npv=$2 client_npv=$3
	# shellcheck disable=SC2034 # used() has their names
	local -A before_cl before_sv

	count cl before_cl
	count sv before_sv
	# shellcheck disable=SC2086 # npv-run or nothing
	"client_$client" $client_npv || return 1
	used client cl before_cl SessionNativeOut \
		"$(kind "$client" "$client_npv" "$server_npv")" || return 1
	used server sv before_sv SessionNativeIn \
		"$(kind "$client" "$server_npv" "$client_npv")"
}

try_all()
{
	local server=$1 server_npv=$2 client_npv client family what
	# Each side alone uses one family, in turn
	local families turn=${#server_npv}

	for client_npv in '' npv-run; do
		[ -n "$server_npv$client_npv" ] || continue
		case $server_npv+$client_npv in
		+npv-run) what="client" ;;
		npv-run+) what="server" ;;
		*) what="both" ;;
		esac
		for client in $(compgen -A function "client_$server"); do
			client=${client#client_}
			turn=$((turn + 1))
			families=(v$((turn % 2 * 2 + 4)))
			[ $what != both ] || families=(v4 v6)
			for family in "${families[@]}"; do
				addr=$ADDR_v4
				url=$addr
				if [ "$family" = v6 ]; then
					addr=$ADDR_v6
					url="[$addr]"
				fi
				test_that "${client/_/, }, $family, $what" \
					attempt "$client" "$server_npv" \
					"$client_npv"
			done
		done
	done
}

[ $# -eq 0 ] || SERVERS=("$@")
for server in "${SERVERS[@]}"; do
	for server_npv in '' npv-run; do
		# shellcheck disable=SC2086 # npv-run or nothing
		if ! "start_$server" $server_npv; then
			fail "$server starts ${server_npv:+under npv-run}"
			tail -n 20 "$WORK/$server.log" | sed 's/^/# /'
			continue
		fi
		server_pid=$spawned
		forget cl
		try_all "$server" "$server_npv"
		stop "$server_pid"
	done
done

# several HOST: npv-mgr shows a native session of socat there, over several stacks
several()
{
	[ "$(on "$1" npv-mgr -j session show | jq 'any(.[]; .comm == "socat" and
	     .kind == "native" and .stacks > 1)')" = true ]
}

if [ -n "$native" ]; then
	start_socat npv-run
	server=$spawned
	# it has nothing to say, and so stays
	mkfifo "$WORK/silence"
	spawn on cl npv-run socat - "TCP:$SV4:7" <> "$WORK/silence" > /dev/null
	test_that "npv-mgr shows several stacks, client" wait_for several cl
	test_that "npv-mgr shows several stacks, server" wait_for several sv
	stop "$spawned" "$server"
fi

test_that "no session is left" wait_for no_sessions
tap_end
