#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 200
#
# The last packet of a transfer is lost: nothing comes behind it that could tell. It is
# sent again by one probe timeout (RFC 9002, 6.2) after it was sent, in either direction.

. "$(dirname "$0")/native-lib.sh"

port=7000
LINE=$(printf 'x%.0s' {1..200})
# What the machine takes beside, and max_ack_delay, ms: less than the timeout after the
# first, which is twice as long
SLACK=300

native_hosts p1
setting cl stacks_max 1
for name in cl sv; do
	# one pair of addresses, so that composition adds nothing
	ip -n $name -6 addr flush dev p1 scope global
	on $name nft -f - << 'END'
table inet tail {
	chain out {
		type filter hook output priority 0;
	}
}
END
done
shape p1 delay 100ms

mgr()
{
	on cl npv-mgr "$@"
}

# only_udp: there is one stack, over UDP
only_udp()
{
	[ "$(mgr -j stack show session "$id" |
	     jq -r '.[] | "\(.transport) \(.status)"')" = 'udp active' ]
}

has_udp()
{
	mgr -j stack show session "$id" | jq -e 'any(.transport == "udp" and .status == "active")'
}

# lose_next HOST: the next packet of UDP that it sends is lost, no other
lose_next()
{
	on "$1" nft flush chain inet tail out
	on "$1" nft add rule inet tail out meta l4proto udp \
		limit rate 1/hour burst 1 packets counter drop
}

lost()
{
	on "$1" nft -j list chain inet tail out |
		jq '[.nftables[] | .rule?.expr[]?.counter?.packets? // empty] | add // 0'
}

echoed()
{
	[ "$(wc -l < "$WORK/echo")" -ge "$1" ]
}

# took N: ms until the next line is echoed, which makes N
took()
{
	local begin

	begin=$(now_ms)
	echo "$LINE" >&9
	wait_for echoed "$1" || return
	echo $(($(now_ms) - begin))
}

# figure NAME: of the client's stack, ms
figure()
{
	mgr -j stack show session "$id" | jq ".[0].\"$1\" / 1000 | ceil"
}

# pto: its probe timeout, ms, without max_ack_delay
pto()
{
	echo $(($(figure srtt-us) + 4 * $(figure rttvar-us)))
}

spawn on sv npv-server --family npv-inet $port 0.0.0.0 > "$WORK/server"
wait_for grep -q listening "$WORK/server"
mkfifo "$WORK/say"
exec 9<> "$WORK/say"
: > "$WORK/echo"
# shellcheck disable=SC2016 # for that shell
spawn on cl npv-run bash -c 'exec 3<> "/dev/tcp/$1/$2"
	while read -r line <&9; do
		echo "$line" >&3
		read -r line <&3
		echo "$line" >> "$3"
	done' bash "$SV4" $port "$WORK/echo"
echo one >&9
test_that 'a line is echoed over TCP' wait_for echoed 1
id=$(mgr session show | sed -n '1s/^session \([0-9]*\) .*/\1/p')
test_that 'stack add udp' mgr stack add "$id" udp
test_that 'it joins' wait_for has_udp
test_that 'stack del: TCP goes' mgr stack del "$id" 0
test_that 'there is one UDP stack' wait_for -t 30 only_udp
lines=1
for _ in {1..10}; do
	lines=$((lines + 1))
	took $lines > /dev/null
done
for name in cl sv; do
	# what is still to be told has been told
	nap 1
	before=$(pto)
	rtt=$(figure srtt-us)
	lose_next $name
	lines=$((lines + 1))
	ms=$(took $lines)
	test_equal "$name: one packet was lost" "$(lost $name)" 1
	note "$name: $ms ms; round trip $rtt ms, probe timeout $before ms"
	test_that "$name: it is repaired within one probe timeout" \
		test "${ms:-9999}" -le $((rtt + before + SLACK))
	on $name nft flush chain inet tail out
done
exec 9>&-
tap_end
