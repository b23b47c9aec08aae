#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 400
# shellcheck disable=SC2317
#
# Unmodified programs that speak UDP, under npv-run at one end or at both, over IPv4
# and IPv6: DNS (dnsmasq, dig), CoAP (libcoap, with transfers in blocks), NTP
# (chronyd). What they get is compared, and the counters tell that it was NPV sessions
# that carried it.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1
SIZE=20000
head -c $SIZE /dev/urandom > "$WORK/file"

start_dns()
{
	spawn on sv "$@" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-hosts \
		--no-resolv --user=root --pid-file= --log-facility="$WORK/dns.log" \
		--address=/npv.test/192.0.2.53 --address=/npv.test/2001:db8::53 \
		--txt-record=long.test,"$(printf 'x%.0s' {1..250})","$(printf 'y%.0s' {1..250})"
	wait_for listening sv 53 udp
}

# One question after the other, over UDP; the last answer is long.
client_dns()
{
	local got

	got=$(client "$@" dig +short +notcp +tries=2 "@$addr" a.npv.test A \
	      b.npv.test AAAA "long.test" TXT | tr -d '"\n ')
	[[ $got = 192.0.2.532001:db8::53x*y ]] || { echo "got: $got"; return 1; }
}

# The same over TCP: dnsmasq listens to both
client_dns_tcp()
{
	local got

	got=$(client "$@" dig +short +tcp "@$addr" a.npv.test A)
	[ "$got" = 192.0.2.53 ] || { echo "got: $got"; return 1; }
}

start_coap()
{
	spawn on sv "$@" coap-server-notls -d 10 > "$WORK/coap.log" 2>&1
	wait_for listening sv 5683 udp
}

# A resource is made of a file that takes many blocks (RFC 7959), and read again.
client_coap()
{
	client "$@" coap-client-notls -m put -b 512 -f "$WORK/file" "coap://$url/made" &&
		client "$@" coap-client-notls -m get -b 512 -o "$WORK/got" "coap://$url/made" &&
		cmp "$WORK/file" "$WORK/got"
}

start_ntp()
{
	cat > "$WORK/chrony.conf" <<- END
		local stratum 5
		allow all
		cmdport 0
		pidfile $WORK/chrony.pid
		bindcmdaddress /
	END
	spawn on sv "$@" chronyd -x -d -u root -f "$WORK/chrony.conf" > "$WORK/ntp.log" 2>&1
	wait_for listening sv 123 udp
}

client_ntp()
{
	local out

	out=$(client "$@" chronyd -u root -Q -t 20 -f /dev/null \
	      "server $addr iburst maxsamples 2" 'cmdport 0' 'bindcmdaddress /' \
	      "pidfile $WORK/client.pid" 2>&1)
	[[ $out = *"System clock wrong by"* ]] || { echo "$out"; return 1; }
}

# One that hangs fails
client()
{
	npv-ns --timeout 60 cl "$@"
}

# sessions HOST: how many it has opened
sessions()
{
	counter "$1" SessionOpen
}

# attempt CLIENT SERVER_NPV CLIENT_NPV: npv-run or nothing
attempt()
{
	local before

	before=$(sessions cl)
	# shellcheck disable=SC2086 # npv-run or nothing
	"client_$1" $3 || return
	if [ -n "$3" ]; then
		[ "$(sessions cl)" -gt "$before" ] || { echo "no NPV session"; return 1; }
	fi
}

for server in dns coap ntp; do
	for server_npv in '' npv-run; do
		opened=$(sessions sv)
		# shellcheck disable=SC2086 # npv-run or nothing
		if ! "start_$server" $server_npv; then
			fail "$server starts ${server_npv:+under npv-run}"
			tail -n 20 "$WORK/$server.log" | sed 's/^/# /'
			continue
		fi
		server_pid=$spawned
		[ -z "$server_npv" ] || test_that "$server: the server has NPV sockets" \
			[ "$(sessions sv)" -gt "$opened" ]
		for client_npv in '' npv-run; do
			case "$server_npv+$client_npv" in
			+) continue ;;
			+npv-run) what=client ;;
			npv-run+) what=server ;;
			*) what=both ;;
			esac
			for addr in $SV4 $SV6; do
				url=$addr
				[ "$addr" = $SV4 ] || url="[$addr]"
				for client in $(compgen -A function "client_$server"); do
					test_that "${client#client_}, $addr, NPV: $what" \
						attempt "${client#client_}" "$server_npv" \
						"$client_npv"
				done
			done
		done
		stop "$server_pid"
	done
done

test_that "no session is left" wait_for no_sessions
tap_end
