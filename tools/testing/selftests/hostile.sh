#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 480
#
# Peers of native sessions that break the protocol, against a server and against
# a client of the kernel: frames cut short, repeated, out of order and range,
# stacks for foreign sessions, floods, peers that neither read nor acknowledge,
# noise. What is wrong ends, what others do goes on, and nothing is left.
#
# usage: hostile.sh [SEED]

. "$(dirname "$0")/native-lib.sh"

export PYTHONDONTWRITEBYTECODE=1
PORT=7000

native_hosts p1
# half-open connections in plenty are what is being tested
on sv sysctl -q net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=8192
# a session without a stack waits for another one
setting sv reconnect_timeout 1

# --- a client that breaks it ---

# sources that the server tells apart
for number in {201..208}; do
	ip -n cl addr add "10.0.1.$number/24" dev p1
done
spawn on sv npv-server --threads --family npv $PORT :: > "$WORK/echo"
server=$spawned
wait_for listening sv $NPV_PORT || note "the NPV port is not open"
spawn on sv npv-seqpacket echo $((PORT + 1))
records=$spawned
wait_for listening sv $((PORT + 1))
spawn on sv npv-run python3 "$SELFTESTS/datagram.py" server :: $((PORT + 2)) > "$WORK/datagrams"
datagrams=$spawned
wait_for listening sv $((PORT + 2)) udp
tap_adopt on cl "$SELFTESTS/hostile/main.py" "$(net sv)" $SV4 $SV6 $PORT "$@"
stop "$server"
stop "$records"
stop "$datagrams"
for number in {201..208}; do
	ip -n cl addr del "10.0.1.$number/24" dev p1
done
test_that "nothing is left at the server" wait_for test "$(npv_sockets sv)" = 0
test_that "the NPV port is closed with the last listener" \
	wait_for not listening sv $NPV_PORT

# --- a server that keeps it ---

spawn on sv "$SELFTESTS/hostile/server.py" right > "$WORK/right" 2>&1
server=$spawned
wait_for -t 20 listening sv $NPV_PORT
# What it sends comes back; then it stays, so that more stacks can come
forget cl
exec {hold}<> <(:)
# by a shell of its own: the input of what is in the background is /dev/null
spawn on cl bash -c "exec npv-connect --hold --send hello $PORT $SV4 $SV6 <&$hold" \
	> "$WORK/held" 2>&1
test_that "a client and a peer that keeps the protocol" \
	wait_for grep -q echo...hello "$WORK/held"
# joined: a second stack is there; if not, what there is instead
joined()
{
	wait_for grep -q joined "$WORK/right" && return
	cat "$WORK/right"
	on cl npv-mgr session show
	on cl npv-mgr stack show
	on cl ss -tan "dport = :$NPV_PORT"
	ip -n cl -br addr
	grep -v ' 0$' "$(net cl)/npv_stat"
	return 1
}
test_that "it has taken more than one stack" joined
stop "$spawned"
exec {hold}>&-
test_that "its session ends" wait_for no_sessions
stop "$server"

# --- servers that break it ---

echo random > "$WORK/mode"
spawn on sv "$SELFTESTS/hostile/server.py" "$WORK/mode" > "$WORK/wrong" 2>&1
server=$spawned
wait_for -t 20 listening sv $NPV_PORT

# falls_back MODE: the client takes the ordinary port, and nobody notices
falls_back()
{
	next_port
	forget cl
	spawn on sv npv-stream --proto tcp --send 100K listen "$port" :: \
		> "$WORK/sv.load"
	wait_for listening sv "$port"
	on cl npv-stream --send 100K --timeout 10 connect "$port" "$SV4" "$SV6" \
		> "$WORK/cl.load" && wait "$spawned" &&
		grep -q '"kind":"plain"' "$WORK/cl.load" && return
	cat "$WORK/cl.load" "$WORK/sv.load"
	return 1
}

# ends MODE: the program is told of an error, soon
ends()
{
	forget cl
	! on cl npv-stream --send 10M --timeout 10 connect "$PORT" "$SV4" \
		> "$WORK/cl.load" && ! grep 'nothing moved' "$WORK/cl.load"
}

nothing_left()
{
	wait_for -t 30 no_sessions && return
	on cl npv-mgr session show
	on cl npv-mgr stack show
	return 1
}

for mode in $("$SELFTESTS/hostile/server.py" modes); do
	echo "$mode" > "$WORK/mode"
	case $mode in
	then-*) test_that "server, $mode: the session ends" ends "$mode" ;;
	*) test_that "server, $mode: falls back" falls_back "$mode" ;;
	esac
done
# While somebody answers: a session whose server is gone looks for it for a minute.
test_that "no session is left" nothing_left
stop "$server"
tap_end
