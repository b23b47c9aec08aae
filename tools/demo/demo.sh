#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, shown: curl and nginx, both as Debian ships them and both under
# npv-run, move a file between two hosts joined by an IPv4 and an IPv6 path.
# First sessions are plain, and one and then the other path is silently broken.
# Then they are native: one download over both paths at once, while one is cut
# and comes back, and over a third; and one that begins over UDP, goes on over TCP when
# a firewall drops UDP, and back. So do lines that socat sends in datagrams.
#
# Runs inside the lab: tools/lab/lab run --kernel lean tools/demo/demo.sh
set -u

. "$LAB_TOP/tools/lab/netns.sh"

MIB=64
PORT=8080
NAME=server.demo
# Of every path, once sessions are native: slow enough that paths and not the
# processor are what a download waits for, with queues of some 0.1 s.
SHAPE='rate 10mbit delay 5ms limit 60'
DIR=$(mktemp -d)
started=''

finish()
{
	for pid in $started; do
		kill "$pid" 2> /dev/null && wait "$pid" 2> /dev/null
	done
	lab_cleanup
	rm -rf "$DIR"
}
trap finish EXIT

fail()
{
	echo "demo: FAILED: $*"
	exit 1
}

say()
{
	printf '\n== %s\n' "$*"
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds
wait_for()
{
	local until=$((SECONDS + $1))

	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.05
	done
}

on_left()
{
	ip netns exec $LAB_LEFT "$@"
}

on_right()
{
	ip netns exec $LAB_RIGHT "$@"
}

server_listens()
{
	on_right ss -Hltn "sport = :$PORT" | grep -q .
}

start_server()
{
	mkdir -p "$DIR/www" "$DIR/nginx"
	[ -e "$DIR/www/file" ] ||
		head -c $((MIB << 20)) /dev/urandom > "$DIR/www/file"
	cat > "$DIR/nginx.conf" <<- EOF
		daemon off;
		master_process off;
		user root;
		pid $DIR/nginx/pid;
		error_log $DIR/nginx/error.log;
		events { }
		http {
			access_log off;
			sendfile on;
			client_body_temp_path $DIR/nginx/1;
			proxy_temp_path $DIR/nginx/2;
			fastcgi_temp_path $DIR/nginx/3;
			uwsgi_temp_path $DIR/nginx/4;
			scgi_temp_path $DIR/nginx/5;
			server { listen $PORT; root $DIR/www; }
		}
	EOF
	ip netns exec $LAB_RIGHT npv-run nginx -e "$DIR/nginx/error.log" -c "$DIR/nginx.conf" &
	nginx=$!
	started="$started $nginx"
	wait_for 20 server_listens ||
		fail "nginx does not listen: $(cat "$DIR/nginx/error.log")"
}

stop_server()
{
	kill "$nginx"
	wait "$nginx" 2> /dev/null
}

# download TITLE: fetch the file, tell what carried it and compare
download()
{
	local chosen connect total

	say "$1"
	rm -f "$DIR/got"
	on_left npv-run curl -sS --fail --max-time 100 -o "$DIR/got" \
		-w '%{remote_ip} %{time_connect} %{time_total}\n' \
		"http://$NAME:$PORT/file" > "$DIR/curl" ||
		fail "curl ended with status $?"
	read -r chosen connect total < "$DIR/curl"
	printf 'curl     %s MiB from %s, connected after %s s, done after %s s\n' \
		$MIB "$chosen" "$connect" "$total"
	compare
}

compare()
{
	local hash

	hash=$(sha256sum < "$DIR/got")
	printf 'client   sha256 %s\n' "${hash%% *}"
	printf 'server   sha256 %s\n' "${sent%% *}"
	[ "$hash" = "$sent" ] || fail "what arrived is not what was sent"
}

# race EXPECTED: one connect() that names both addresses; the kernel chooses
race()
{
	local json chosen ms attempts

	# Nothing remembered: every connect finds out by itself.
	on_left sysctl -qw net.npv.history_ttl=0
	json=$(on_left npv-connect $PORT fd00:6::2 10.0.4.2) ||
		fail "no connection: $json"
	read -r chosen ms attempts <<< "$(echo "$json" | jq -r \
		'[.address, .connect_us / 1000, .attempts] | join(" ")')"
	printf 'kernel   chose %s after %s ms and %s attempt(s)\n' \
		"$chosen" "$ms" "$attempts"
	[ "$chosen" = "$1" ] || fail "$1 was expected"
}

# --- native sessions ---

# Starting a program is what takes time in the lab, so that what is waited for is
# read from /proc, by the shell itself; npv-mgr tells what came of it.

# of the sender's stacks, by number; one that is gone is kept
declare -A where status arrived reinjected
declare -A rx mark	# bytes on the client's devices, now and at the last step
mkfifo "$DIR/never"
exec {never}<> "$DIR/never"

# pause: a tenth of a second
pause()
{
	read -rt 0.1 -u "$never"
}

# progress: a line whenever another eighth of the file is there
progress()
{
	local file key value

	for file in "/proc/$curl/fd/"*; do
		[ "$file" -ef "$DIR/got" ] || continue
		while read -r key value; do
			[ "$key" = pos: ] || continue
			[ $((value >> 20)) -ge $((shown + MIB / 8)) ] ||
				break
			shown=$((value >> 20))
			printf 'curl     %2d of %d MiB\n' $shown $MIB
		done 2> /dev/null < "${file/fd/fdinfo}"
	done
}

# step SAY...: what comes now; bytes are counted from here
step()
{
	say "$@"
	received
	mark[v4]=${rx[v4]} mark[v6]=${rx[v6]} mark[third]=${rx[third]}
}

# meanwhile WHAT SECONDS COMMAND...: until COMMAND succeeds, which it must before
# curl is done
meanwhile()
{
	local what=$1 until=$((SECONDS + $2))

	shift 2
	until "$@"; do
		progress
		kill -0 "$curl" 2> /dev/null ||
			fail "curl ended before $what: $(< "$DIR/error")"
		if [ $SECONDS -ge $until ]; then
			[ -z "$right" ] || table
			fail "not in time: $what"
		fi
		pause
	done
}

# received: sets rx[PATH]
received()
{
	local device bytes

	while read -r device bytes _; do
		rx[${device%:}]=$bytes
	done 2> /dev/null < "/proc/$curl/net/dev"
}

# carried PATH...: each has brought 1 MiB since the last step
carried()
{
	local path

	received
	for path in "$@"; do
		[ $((rx[$path] - mark[$path])) -ge $((1 << 20)) ] || return
	done
}

# counter NAME...: sets $count, the sum of these in the server's namespace
counter()
{
	local name value

	count=0
	while read -r name value; do
		[[ " $* " != *" $name "* ]] || count=$((count + value))
	done < "/proc/$nginx/net/npv_stat"
}

# noticed: the server has given a stack up since $count_before
noticed()
{
	counter StackSuspect StackDown
	[ "$count" -gt "$count_before" ]
}

# look: what npv-mgr knows of the stacks of the download, in rows: number,
# path, network, transport and status as the sender has them, bytes that arrived on it, and bytes given to
# it because another stack had owed them
look()
{
	npv-mgr -n $LAB_RIGHT -j stack show session "$right" > "$DIR/right" ||
		fail "npv-mgr ended with status $?"
	npv-mgr -n $LAB_LEFT -j stack show session "$left" > "$DIR/left" ||
		fail "npv-mgr ended with status $?"
	# The same stack may have another number at the other end, but it has
	# the same addresses. Its device is called as the path.
	jq -nr --slurpfile left "$DIR/left" --slurpfile right "$DIR/right" '
		$right[0][] | . as $r |
		([$left[0][] | select(.local == $r.remote)][0] // {}) as $l |
		"\($r.id) \($r.dev) \($r.network) \($r.transport) \($r.status) " +
		"\($l."payload-received" // 0) \($r.reinjected // 0)"' \
		> "$DIR/rows"
}

# table: what carried what, and how much more than when it was last shown
table()
{
	local id dev network transport now count again
	local -A since=()

	look
	for id in "${!where[@]}"; do
		status[$id]=gone
	done
	while read -r id dev network transport now count again; do
		since[$id]=$((count - ${arrived[$id]:-0}))
		where[$id]="$dev $network $transport" status[$id]=$now
		arrived[$id]=$count reinjected[$id]=$again
	done < "$DIR/rows"
	printf '         %-5s %-5s %-7s %-5s %-7s %11s %11s %11s\n' \
		stack path network over status arrived since reinjected
	# stacks are numbered as they come
	for ((id = 0; id < 64; id++)); do
		[ -n "${where[$id]:-}" ] || continue
		read -r dev network transport <<< "${where[$id]}"
		printf '         %-5s %-5s %-7s %-5s %-7s %7d KiB %7d KiB %7d KiB\n' \
			$id "$dev" "$network" "$transport" "${status[$id]}" \
			$((arrived[$id] >> 10)) $((${since[$id]:-0} >> 10)) \
			$((reinjected[$id] >> 10))
	done
}

# find_session: the numbers of the download's session at both ends
find_session()
{
	local id

	npv-mgr -n $LAB_LEFT -j session show > "$DIR/sessions" || return
	read -r left id < <(jq -r '.[] | select(.comm == "curl" and
		.state == "established") |
		"\(.id) \(."native-id" // "plain")"' "$DIR/sessions")
	[ -n "$left" ] || return
	[ "$id" != plain ] || return 0
	right=$(npv-mgr -n $LAB_RIGHT -j session show | jq -r --arg id "$id" '
		.[] | select(."native-peer-id" == $id) | .id')
	[ -n "$right" ]
}

# shape PATH [MORE NETEM...]: both directions
shape()
{
	local path=$1 host

	shift
	for host in $LAB_LEFT $LAB_RIGHT; do
		# shellcheck disable=SC2086 # words
		tc -n "$host" qdisc replace dev "$path" root netem \
			$SHAPE "$@" ||
			fail "cannot shape path $path"
	done
}

# start_download: in the background; its session in $left and $right
start_download()
{
	rm -f "$DIR/got" "$DIR/curl"
	shown=0 left='' right=''
	ip netns exec $LAB_LEFT npv-run curl -sS --fail --max-time 100 \
		-o "$DIR/got" -w '%{remote_ip} %{time_connect} %{time_total}\n' \
		"http://$NAME:$PORT/file" > "$DIR/curl" 2> "$DIR/error" &
	curl=$!
	started="$started $curl"
	meanwhile "npv-mgr showed its session" 20 find_session
	[ -n "$right" ] || fail "the session is not native, reason" \
		"$(jq -r ".[] | select(.id == $left).reason" "$DIR/sessions")"
}

# end_download: wait for it, and compare
end_download()
{
	local result chosen connect total

	say "the download ends"
	while kill -0 "$curl" 2> /dev/null; do
		progress
		pause
	done
	wait "$curl"
	result=$?
	[ $result = 0 ] ||
		fail "curl ended with status $result: $(cat "$DIR/error")"
	read -r chosen connect total < "$DIR/curl"
	printf 'curl     %s MiB from %s, connected after %s s, done after %s s\n' \
		$MIB "$chosen" "$connect" "$total"
	compare
}

native_session()
{
	local host path third count count_before

	say "net.npv.mode=1, the default: sessions are native where both hosts speak NPV"
	stop_server
	for host in $LAB_LEFT $LAB_RIGHT; do
		# a busy machine may need more than 50 ms to say hello
		ip netns exec "$host" sysctl -qw net.npv.mode=1 \
			net.npv.hello_wait=5000 || fail "no net.npv.mode"
	done
	# What comes beyond the two paths is added by hand
	on_left sysctl -qw net.npv.stacks_max=2
	on_left npv-mgr peer flush
	lab_path both third || fail "no third path"
	third=$lab_number
	ip -n $LAB_LEFT link set third down
	for path in v4 v6 third; do
		shape $path
	done
	start_server
	echo "paths    v4 and v6, 10 Mbit/s each"

	start_download
	on_left npv-mgr session show id "$left"

	step "one download, over IPv4 and IPv6 at once"
	meanwhile "both paths carried 1 MiB" 20 carried v4 v6
	table

	counter StackSuspect StackDown
	count_before=$count
	step "the IPv6 path, which the session began on, loses every packet"
	shape v6 loss 100%
	meanwhile "the server gave up the IPv6 path" 20 noticed
	meanwhile "the IPv4 path carried 1 MiB" 20 carried v4
	table

	step "the IPv6 path is back"
	shape v6
	meanwhile "both paths carried 1 MiB" 20 carried v4 v6
	table

	step "a third path comes up: npv-mgr stack add"
	ip -n $LAB_LEFT link set third up || fail "the third path stays down"
	on_left npv-mgr stack add "$left" local "10.0.$third.1" \
		remote "10.0.$third.2" dev third ||
		fail "npv-mgr stack add ended with status $?"
	meanwhile "all three paths carried 1 MiB" 20 carried v4 v6 third
	table

	end_download
}

# over TRANSPORT: nothing else carries the download, and it has brought 1 MiB since
# the last step
over()
{
	look
	[ "$(cut -d' ' -f4,5 "$DIR/rows" | sort -u)" = "$1 active" ] && carried v4
}

# has TRANSPORT: there is such a stack, and it is in use
has()
{
	look
	cut -d' ' -f4,5 "$DIR/rows" | grep -q "^$1 active"
}

# From now on right drops what comes by UDP.
drop_udp()
{
	on_right nft -f - <<- 'EOF' || fail "no firewall"
		table inet demo {
			chain in {
				type filter hook input priority 0;
				meta l4proto udp drop
			}
		}
	EOF
}

transports()
{
	local id

	say "another download, over one path, 30 Mbit/s: it begins over UDP (net.npv.prefer_udp)"
	where=() status=() arrived=() reinjected=()
	on_left sysctl -qw net.npv.stacks_max=1 net.npv.prefer_udp=1
	ip -n $LAB_LEFT link set third down
	ip -n $LAB_LEFT link set v6 down
	SHAPE='rate 30mbit delay 5ms limit 100'
	shape v4
	start_download
	meanwhile "UDP alone carried 1 MiB" 20 over udp
	table

	step "a firewall drops UDP without a word"
	drop_udp
	meanwhile "TCP alone carried 1 MiB" 20 over tcp
	table

	step "the firewall is gone; back to UDP: npv-mgr stack add udp, npv-mgr stack del"
	on_right nft delete table inet demo
	id=$(npv-mgr -n $LAB_LEFT -j stack show session "$left" |
	     jq -r '[.[] | select(.transport == "tcp")][0].id')
	on_left npv-mgr stack add "$left" udp remote 10.0.4.2 ||
		fail "npv-mgr stack add ended with status $?"
	meanwhile "a UDP stack joined" 20 has udp
	on_left npv-mgr stack del "$left" "$id" ||
		fail "npv-mgr stack del ended with status $?"
	meanwhile "UDP alone carried 1 MiB" 20 over udp
	table

	end_download
	on_left sysctl -qw net.npv.prefer_udp=0
}

# only PATH OTHER: one has brought 1 MiB since the last step, and the other next to nothing
only()
{
	carried "$1" && [ $((rx[$2] - mark[$2])) -lt $((1 << 17)) ]
}

# joined NUMBER: so many stacks of the download work
joined()
{
	look
	[ "$(grep -c ' active \| backup ' "$DIR/rows")" -ge "$1" ]
}

policy()
{
	local host

	say "policy: the IPv6 path is Wi-Fi, the IPv4 path is LTE that is paid for by the byte"
	where=() status=() arrived=() reinjected=()
	on_left sysctl -qw net.npv.stacks_max=4
	for host in $LAB_LEFT $LAB_RIGHT; do
		ip netns exec "$host" sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1 ||
			fail "no keep_addr_on_down"
	done
	ip -n $LAB_LEFT link set v6 up
	ip -n $LAB_LEFT addr replace fd00:6::1/64 dev v6 nodad || fail "no address"
	SHAPE='rate 20mbit delay 5ms limit 60'
	shape v6
	shape v4
	cat > "$DIR/policy" <<- 'EOF'
		endpoint add dev v4 metered on
		rule add comm curl profile interactive
	EOF
	sed 's/^/npv-mgr  /' "$DIR/policy"
	on_left npv-mgr -b "$DIR/policy" > "$DIR/batch" || fail "npv-mgr: $(< "$DIR/batch")"

	start_download
	meanwhile "LTE stood by" 20 joined 2
	step "Wi-Fi carries, and LTE stands by"
	meanwhile "Wi-Fi alone carried 1 MiB" 20 only v6 v4
	table
	on_left npv-mgr plan show session "$left" | sed -n '1,2p;/chosen\|among the best/p'

	step "Wi-Fi is out of reach"
	ip -n $LAB_RIGHT link set v6 down
	meanwhile "LTE carried 1 MiB" 20 carried v4
	table

	step "Wi-Fi is back"
	ip -n $LAB_RIGHT link set v6 up
	meanwhile "Wi-Fi carried 1 MiB" 20 carried v6
	step "... and LTE stands by again"
	meanwhile "Wi-Fi alone carried 1 MiB" 20 only v6 v4
	table

	end_download
	printf 'rule flush\nendpoint flush\n' | on_left npv-mgr -b - ||
		fail "the policy stays"
}

# The client's messages so far
messages()
{
	npv-mgr -n $LAB_LEFT -j stats show | jq '.["message-sent"]'
}

# answered NUMBER: socat has so many lines back
answered()
{
	[ "$(wc -l < "$DIR/answers")" -ge "$1" ]
}

carried_messages()
{
	[ "$(messages)" -ge "$1" ]
}

# carriers: the stacks of the session that carries the client's messages
carriers()
{
	npv-mgr -n $LAB_LEFT -j stack show | jq -r '.[] | select(.status) |
		"         \(.transport) over \(.network), \(.status)"'
}

datagrams()
{
	local lines=0 client server speaker

	say "lines to and fro in datagrams: socat, unmodified, over UDP"
	: > "$DIR/answers"
	mkfifo "$DIR/lines"
	ip netns exec $LAB_RIGHT npv-run socat UDP4-LISTEN:7 PIPE &
	server=$!
	started="$started $server"
	wait_for 10 udp_listens || fail "socat doesn't listen"
	ip netns exec $LAB_LEFT npv-run socat - UDP4:10.0.4.2:7 < "$DIR/lines" > "$DIR/answers" &
	client=$!
	started="$started $client"
	while sleep 0.05 && kill -0 $client 2> /dev/null; do
		echo "line $((++lines))"
	done > "$DIR/lines" &
	speaker=$!
	started="$started $speaker"
	wait_for 20 carried_messages 40 || fail "no session carries them"
	echo "a session carries them: $(messages) of $(wc -l < "$DIR/answers") lines so far"
	carriers

	say "a firewall drops UDP without a word"
	drop_udp
	# more than are under way; each line takes a slow machine 0.1 to 0.2 s
	wait_for 30 answered $(($(wc -l < "$DIR/answers") + 30)) ||
		fail "no answers come any more"
	echo "over TCP: $(wc -l < "$DIR/answers") lines have come back"
	carriers
	kill $speaker $client $server 2> /dev/null
	wait $speaker $client $server 2> /dev/null
}

udp_listens()
{
	on_right ss -Hlun "sport = :7" | grep -q .
}

lab_two_hosts || fail "could not set up two hosts"
# Plain sessions first: how they find a path that works
for host in $LAB_LEFT $LAB_RIGHT; do
	ip netns exec "$host" sysctl -qw net.npv.mode=0 || fail "no net.npv.mode"
done
# This mount namespace is the lab's own.
printf 'fd00:6::2 %s\n10.0.4.2 %s\n127.0.0.1 localhost\n' $NAME $NAME > "$DIR/hosts"
mount --bind "$DIR/hosts" /etc/hosts

say "left and right, joined by 10.0.4.0/24 and fd00:6::/64; nginx on right"
start_server
sent=$(sha256sum < "$DIR/www/file")
# npv-mgr tells what nginx asked for (IPv4) and what it got (both)
on_right npv-mgr stack show

download "both paths work"
race fd00:6::2

lab_break v6
download "the IPv6 path loses every packet"
race 10.0.4.2
lab_mend v6

lab_break v4
download "the IPv4 path loses every packet"
race fd00:6::2
lab_mend v4

native_session
transports
policy
datagrams

say "counters of the client"
on_left npv-mgr stats show | grep -v ' 0$'

echo
echo "demo: ok"
