#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by name
# lab: --kernel lean --timeout 600
#
# The dissector for Wireshark, on captures that frames.py makes of the codec's own
# frames: every type, every field, reassembly, and what is malformed; and on one of
# a live session over several stacks.

. "$(dirname "$0")/native-lib.sh"

if ! command -v tshark > /dev/null; then
	skip 'no tshark' 'the dissector'
	exit 4
fi
lua=$TOP/tools/wireshark/npv.lua
# its settings and caches go where the test's other files are
export HOME=$WORK XDG_CONFIG_HOME=$WORK

# dissected NAME OPTION...: tshark on NAME.pcap, into $WORK/NAME.out
dissected()
{
	local name=$1

	shift
	tshark -X "lua_script:$lua" -r "$WORK/$name.pcap" "$@" \
		> "$WORK/$name.out" 2> "$WORK/$name.err"
}

# no error of the dissector itself, and what it says of no frame
silent()
{
	! grep -ih 'lua' "$WORK/$1.err" "$WORK/$1.out"
}

# fields NAME FIELD...: of each frame of ours, a line
fields()
{
	local name=$1 field options=()

	shift
	for field in "$@"; do
		options+=(-e "$field")
	done
	dissected "$name" -Y npv -T fields -E occurrence=a "${options[@]}"
}

read -r frames bad bad_udp < <(/usr/bin/python3 "$SELFTESTS/frames.py" \
	"$TOP/tools/fuzz/seeds" "$WORK")

dissected whole -Y npv -V
test_that 'the dissector runs without an error' silent whole
test_equal 'every frame is decoded' "$(grep -c '^NPV ' "$WORK/whole.out")" "$frames"
test_equal 'none is malformed' "$(grep -ci malformed "$WORK/whole.out")" 0
test_equal 'every type has a name' \
	"$(sed -n 's/^NPV //p' "$WORK/whole.out" | sort -u | tr '\n' ' ')" \
	'ACK ADDR_ADD ADDR_DEL CLOSE DATA FIN HELLO JOIN JOIN_ACK JOIN_CONFIRM PING PONG REFUSE STATUS WELCOME type 0x81 '

# shows FRAME LINE...: frames of that type in $lines have these, in that order.
# Without another process, for one takes long in the lab
shows()
{
	local frame=$1 line in=''

	shift
	for line in "${lines[@]}"; do
		case $line in
		"NPV $frame") in=yes ;;
		'') in='' ;;
		"$1") [ -z "$in" ] || shift ;;
		esac
		[ $# -gt 0 ] || return 0
	done
	echo "not there: $1"
	return 1
}
key=000102030405060708090a0b0c0d0e0f
mapfile -t lines < "$WORK/whole.out"
test_that 'HELLO' shows HELLO '    Length: 44' '    Magic: 0x4e505631' \
	'    Version: 1' '    Lowest version: 1' '    Socket type: stream (1)' \
	'    Service port: 443' '    Session: 0x1122334455667788' \
	'    Edge: 1048576' "    Key: $key"
test_that 'options' shows HELLO '    Length: 55' '    Option: 0x0001' \
	'        Length: 3' '        Value: 010203' '    Option: 0x8002' \
	'        1... .... .... .... = Must be understood: True' '        Length: 0'
test_that 'WELCOME' shows WELCOME '    Version: 1' '    Service port: 443' \
	'    Session: 0xeeddccbbaa998877' '    Edge: 65536' "    Key: $key"
test_that 'DATA' shows DATA '        .... ...0 = An ACK is wanted: False' \
	'    Length: 116' '    Number: 0' '    Acknowledged: 0' \
	'    [Number behind it: 100]' '    [Payload length: 100]' \
	'        .... ...1 = An ACK is wanted: True' '    Acknowledged: 100' \
	'    Number: 9223372036854775807' '    Acknowledged: 9223372036854775808'
test_that 'ACK' shows ACK '    Acknowledged: 100' '    Edge: 65536' \
	'    Range 200 to 300' '        Start: 200' '        End: 300' \
	'    Range 400 to 500' '    Range 501 to 502'
test_that 'FIN' shows FIN '    Number: 100' '    Acknowledged: 1'
test_that 'CLOSE' shows CLOSE '    Reason: DONE (0)'
test_that 'REFUSE' shows REFUSE '    Refusal: SERVICE (2)'
test_that 'JOIN' shows JOIN '        .... ...1 = Backup: True' \
	'    Session: 0x1122334455667788' '    Stack: 2' "    Nonce: $key"
test_that 'JOIN_ACK' shows JOIN_ACK "    Nonce: $key" "    MAC: $key${key//?/0}"
test_that 'JOIN_CONFIRM' shows JOIN_CONFIRM "    MAC: $key${key//?/0}"
test_that 'STATUS' shows STATUS '    Status: BACKUP (1)' '    Stack: 1' '    Number: 7'
test_that 'ADDR_ADD' shows ADDR_ADD '    Number of addresses: 2' '    Address: 1' \
	'    NPV port: 0' '    IPv6 address: ::ffff:10.0.0.1' \
	'    IPv4 address: 10.0.0.1' '    Address: 2' '    NPV port: 6780' \
	'    IPv6 address: fd00:1::2'
test_that 'ADDR_DEL' shows ADDR_DEL '    Address: 1' '    Address: 255'
test_that 'PING' shows PING '    Opaque: 0x1122334455667788'
test_that 'PONG' shows PONG '    Opaque: 0x1122334455667788'
test_that 'a type that is to be skipped' shows 'type 0x81' \
	'        1... .... = May be skipped: True' '    Length: 4' \
	'    To be skipped: 01020304'

dissected udp -V
mapfile -t lines < "$WORK/udp.out"
test_that 'UDP: no error' silent udp
test_that 'UDP: HELLO and its padding' shows HELLO '    Service port: 443' "    Key: $key"
test_equal 'UDP: the padding is told from the frame' \
	"$(grep -c '^Padding: 0*' "$WORK/udp.out")" 4
test_that 'UDP: OFFER' shows OFFER '    Refusal: none (0)' '    Version: 1' \
	'    Service port: 443' '    Session: 0x1122334455667788' "    Token: $key"
test_that 'UDP: BEGIN behind HELLO' shows BEGIN "    Token: $key" "    Nonce: $key"
test_that 'UDP: PATH_CHALLENGE' shows PATH_CHALLENGE "    Token: $key"
test_that 'UDP: OFFER that has no such service' shows OFFER '    Refusal: SERVICE (2)'
test_that 'UDP: JOIN, and its answer' shows JOIN '    Stack: 2' "    Nonce: $key"
test_that 'UDP: JOIN_ACK' shows JOIN_ACK "    MAC: $key${key//?/0}"
test_that 'UDP: JOIN_CONFIRM behind JOIN' shows JOIN_CONFIRM "    MAC: $key${key//?/0}"
test_that 'UDP: REFUSE' shows REFUSE '    Refusal: SERVICE (2)'
test_equal 'UDP: nothing is malformed' "$(grep -ci malformed "$WORK/udp.out")" 0

# The frames of both directions, whatever segments they are cut into: one more
# is of the greatest length, and a last one follows it at once
fields cut npv.type npv.payload.length npv.malformed _ws.malformed
test_that 'cut anywhere: no error' silent cut
test_equal 'cut anywhere: every frame is put together' \
	"$(cut -f 1 "$WORK/cut.out" | tr ',' '\n' | grep -c 0x)" $((frames + 2))
test_equal 'cut anywhere: payload of every length' \
	"$(cut -f 2 "$WORK/cut.out" | tr ',' '\n' | grep . | tr '\n' ' ')" '100 1 1 262144 '
test_equal 'cut anywhere: nothing is malformed' \
	"$(cut -f 3- "$WORK/cut.out" | grep -c '[^[:space:]]')" 0

fields bad npv.malformed _ws.expert.message
test_that 'malformed: no error' silent bad
test_equal 'malformed: each is told' "$(grep -c "^1" "$WORK/bad.out")" "$bad"
test_equal 'malformed: none is told for the wrong reason' "$(cut -f 2- "$WORK/bad.out")" \
"there is no such type
the type has no such length
the type has no such length
what is reserved is not zero
the payload's end is above 2^63
the number is above 2^63
the number is not below 2^63
the edge is below what is acknowledged
ranges touch or don't ascend
a range is empty
the type has no such length
magic is not \"NPV1\"
what is reserved is not zero
the edge is above 2^63
an option is longer than the frame
the type has no such length
the number of addresses doesn't fit the length
the id of an address is 0
the type has no such length
a HELLO over UDP has at least 128 bytes
no handshake over UDP begins with such a frame
a datagram is shorter than a header
a JOIN over UDP has at least 128 bytes"

# --- packets of UDP stacks ---

dissected packets -V
mapfile -t lines < "$WORK/packets.out"
test_that 'packets: no error' silent packets
test_equal 'packets: none is malformed' "$(grep -ci malformed "$WORK/packets.out")" 0
test_that 'packets: a connection id, PING and PADDING' shows packet \
	'    ..1. .... = Has a connection id: True' \
	'    Connection id: 0x1122334455667788' '    Low bits of the number: 200' \
	'    [Bits: 8]' '    PING' '        Frame: PING (0x01)' \
	'    PADDING' '        Frame: PADDING (0x00)'
test_that 'packets: ACK' shows packet '    Low bits of the number: 4660' \
	'    [Bits: 16]' '        Frame: ACK (0x02)' '        Largest number: 1099' \
	'        Delay, microseconds: 800' '        Further ranges: 2' \
	'        Range 1000 to 1099' '        Range 900 to 998' \
	'        Range 10 to 799' '            First: 10' '            Last: 799'
test_that 'packets: WINDOW' shows packet '        Frame: WINDOW (0x04)' \
	'        Acknowledged: 1000' '        Edge: 16777216' \
	'        Range 2000 to 3000' '            Start: 2000' \
	'            End: 3000' '        Range 70000 to 1048576'
test_that 'packets: DATA' shows packet '    DATA seq=305419896 len=10' \
	'        .... .0.. = A WINDOW is wanted: False' '        Payload length: 10' \
	'        [Number behind it: 305419906]' '    DATA seq=78187493530 len=100' \
	'        .... .1.. = A WINDOW is wanted: True' \
	'        [Payload length: 100]' '        [Number behind it: 78187493630]'
test_that 'packets: ACK_ECN' shows packet '        Frame: ACK_ECN (0x03)' \
	'        ECT(0): 100' '        ECT(1): 0' '        CE: 3'
test_that 'packets: FRAME' shows packet '    [Bits: 32]' '        Frame: FRAME (0x05)' \
	'            Type: PING (0x23)' '            Opaque: 0x1122334455667788' \
	'            Reason: RESET (1)'
test_that 'packets: payload that follows' shows packet \
	'    ...1 .... = Payload of the packet before goes on: True' \
	'    [Bits: 24]' '    [Payload length: 20]'
test_that 'packets: a message' shows packet '    Packet: MESSAGE' \
	'    .0.. .... = Part of a message: False' '    Low bits of the number: 291' \
	'    [Bits: 12]' '    [Payload length: 64]'
test_that 'packets: part of a message' shows packet \
	'    .1.. .... = Part of a message: True' '    [Bits: 28]' '    Offset: 1000' \
	'    Length of the message: 3000' '    [Payload length: 500]'
dissected packets -Y 'npv.udp.ack.largest == 1099 && npv.udp.frame == 4' \
	-T fields -e npv.udp.number
test_equal 'packets: fields can be filtered by' "$(< "$WORK/packets.out")" 4660

fields bad-udp npv.malformed _ws.expert.message
test_that 'malformed packets: no error' silent bad-udp
test_equal 'malformed packets: each is told' "$(grep -c '^1' "$WORK/bad-udp.out")" "$bad_udp"
test_equal 'malformed packets: none is told for the wrong reason' \
	"$(cut -f 2- "$WORK/bad-udp.out")" \
"there is nothing behind the number
what is reserved is not zero
the packet is cut off
the packet is cut off
there is no such frame
there is no such frame
a range reaches below 0
a range reaches below 0
there are more ranges than may be
there are two acknowledgments
the packet is cut off
the packet is cut off
there are more ranges than may be
a range's end is above 2^63
such a frame is not in a packet
such a frame is not in a packet
the packet is cut off
the type has no such length
there is no payload
the packet is cut off
the payload's end is above 2^63
the payload's end is above 2^63
the number of a part is too short
a part has nothing, or reaches over the end
a part has nothing, or reaches over the end
the packet is cut off"

# --- a live session, over two paths of two families ---

# capturing: it has written the head of its file, and so hears
capturing()
{
	[ -s "$WORK/live.pcap" ]
}

native_hosts p1 p2
# before the first SYN and with much room, so that nothing is missing
spawn on cl tcpdump -i any -s 0 -B 65536 -U -w "$WORK/live.pcap" \
	"tcp port $NPV_PORT" 2> "$WORK/tcpdump"
tcpdump=$spawned
wait_for capturing
# few bytes, for tshark has to go through them
for path in p1 p2; do
	shape $path limit 10000 rate 3mbit
done
load_start --vary
wait_for has_stacks cl 4
moves 200000
# one goes, and the peer is told: first that it is not to be used, for TCP may drop
# what is said with the end when something waits to be read
going=$(stack_on cl p2 ipv6)
on cl npv-mgr stack set "${session[cl]}" "$going" paused
moves 200000
on cl npv-mgr stack del "${session[cl]}" "$going"
moves 200000
load_end 'live: every byte arrives'
test_that 'live: no session is left' wait_for no_sessions
stop "$tcpdump"
test_that 'live: the capture is whole' grep -q '^0 packets dropped' "$WORK/tcpdump"

# TCP says in its own fields what it has carried, the dissector in its what it has
# found in there: of each connection and direction these are equal
dissected live -Y 'npv || tcp.len > 0' -T fields -E occurrence=a \
	-e tcp.stream -e tcp.srcport -e tcp.len -e tcp.analysis.retransmission \
	-e npv.type -e npv.length -e npv.malformed -e _ws.malformed
test_that 'live: no error' silent live
summary=$(awk -F '\t' '
	# what was sent twice is dissected once
	$4 == "" { bytes[$1 " " $2] += $3 }
	{
		n = split($5, type, ",")
		split($6, length_, ",")
		for (i = 1; i <= n; i++) {
			types[type[i]]++
			frames++
			found[$1 " " $2] += length_[i] + 8
		}
		if ($7 $8 != "")
			malformed++
	}
	END {
		for (way in bytes) {
			ways++
			short = bytes[way] - found[way]
			all += bytes[way]
			in_frames += found[way]
			if (short)
				printf "# %s: %d bytes, %d in frames\n", way,
				       bytes[way], found[way]
			if (!short)
				whole++
			else if (short > 0 && short < 262144 + 24)
				cut++
		}
		printf "%d %d %d %d %d %d", frames, malformed, ways, whole, cut,
		       all ? 100 * in_frames / all : 0
		for (t in types)
			printf " %s", t
		print ""
	}' "$WORK/live.out")
note "$summary"
read -r frames malformed ways whole cut share types <<< "$(grep -v '^#' <<< "$summary")"
test_that 'live: there are frames' test "$frames" -gt 100
test_equal 'live: none is malformed' "$malformed" 0
test_that 'live: four stacks, both directions' test "$ways" -ge 8
# the end of a stack may cut a frame short, each way: of one that is taken away, and
# of all but the last when the session has all it wants
test_equal 'live: every byte on the wire is of a frame' $((whole + cut)) "$ways"
test_between 'live: nearly all are of whole ones, %' "$share" 85 100
# HELLO, WELCOME, DATA, ACK, FIN, JOIN and its proof, addresses, STATUS or CLOSE
for type in 0x01 0x02 0x03 0x10 0x11 0x13 0x14 0x15 0x20 0x21; do
	test_that "live: type $type came" grep -qw "$type" <<< "$types"
done

tap_end
