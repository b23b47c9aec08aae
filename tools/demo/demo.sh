#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, shown: curl and nginx, both as Debian ships them and both under
# npv-run, move a file between two hosts joined by an IPv4 and an IPv6 path, of
# which first one and then the other is silently broken.
#
# Runs inside the lab: tools/lab/lab run --kernel lean tools/demo/demo.sh
set -u

. "$LAB_TOP/tools/lab/netns.sh"

MIB=64
PORT=8080
NAME=server.demo
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
	started="$started $!"
	wait_for 20 server_listens ||
		fail "nginx does not listen: $(cat "$DIR/nginx/error.log")"
}

# download TITLE: fetch the file, tell what carried it and compare
download()
{
	local chosen connect total hash

	say "$1"
	rm -f "$DIR/got"
	on_left npv-run curl -sS --fail --max-time 100 -o "$DIR/got" \
		-w '%{remote_ip} %{time_connect} %{time_total}\n' \
		"http://$NAME:$PORT/file" > "$DIR/curl" ||
		fail "curl ended with status $?"
	read -r chosen connect total < "$DIR/curl"
	hash=$(sha256sum < "$DIR/got")

	printf 'curl     %s MiB from %s, connected after %s s, done after %s s\n' \
		$MIB "$chosen" "$connect" "$total"
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

lab_two_hosts || fail "could not set up two hosts"
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

say "sessions and counters"
on_left npv-mgr stats show | grep -v ' 0$'

echo
echo "demo: ok"
