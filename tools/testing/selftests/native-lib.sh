# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of native sessions share: two hosts with several paths, a load
# between them that checks every byte, and ways to ask what carries it. Source it
# instead of lib.sh.

# shellcheck source=tools/testing/selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

NPV_PORT=6780
# The server's addresses on the first two paths
SV4=10.0.1.2 SV6=fd00:1::2
SV4B=10.0.2.2 SV6B=fd00:2::2

# mode HOST plain|auto|native: net.npv.mode
mode()
{
	local -A number=([plain]=0 [auto]=1 [native]=2)
	[ -e /proc/sys/net/npv/mode ] || return 0

	on "$1" sysctl -q -w "net.npv.mode=${number[$2]}"
}

# forget HOST: what it has learned of its peers
forget()
{
	on "$1" npv-mgr peer flush > /dev/null
}

not()
{
	! "$@"
}

setting()
{
	on "$1" sysctl -q -w "net.npv.$2=$3"
}

# native_hosts [PATH...]: cl and sv, joined by paths of that name (p1 and p2), each
# IPv4 and IPv6; both find out by themselves that the other speaks NPV. Packets
# of TCP that come in by a device in the set "holes" vanish.
native_hosts()
{
	local net=1 name path

	for name in cl sv; do
		host $name || return
		on $name sysctl -q -w net.ipv6.conf.default.keep_addr_on_down=1 \
			net.ipv6.conf.all.keep_addr_on_down=1
		on $name nft -f - << 'END'
table inet paths {
	set holes { type ifname; }
	chain in {
		type filter hook input priority 0;
		iifname @holes meta l4proto tcp drop
	}
}
END
		mode $name auto
	done
	[ $# -gt 0 ] || set -- p1 p2
	for path in "$@"; do
		link "$path" $net cl sv
		net=$((net + 1))
	done
}

# shape PATH NETEM...: both directions of a path
shape()
{
	local path=$1 name

	shift
	for name in cl sv; do
		tc -n $name qdisc replace dev "$path" root netem "$@"
	done
}

# hole PATH; mend PATH: from now on TCP is lost on it without a word
hole()
{
	on cl nft add element inet paths holes "{ $1 }" &&
		on sv nft add element inet paths holes "{ $1 }"
}

mend()
{
	on cl nft delete element inet paths holes "{ $1 }" &&
		on sv nft delete element inet paths holes "{ $1 }"
}

# --- what npv-mgr tells ---

# native_sessions HOST: how many there are
native_sessions()
{
	on "$1" npv-mgr -j session | jq '[.[] | select(.kind == "native" and
		.state != "listening")] | length'
}

no_sessions()
{
	[ "$(npv_sockets cl)" = 0 ] && [ "$(npv_sockets sv)" = 0 ]
}

# stacks HOST [JQ]: the list of the stacks of all native sessions, filtered
stacks()
{
	on "$1" npv-mgr -j stack | jq -r "[.[] | select(.\"session-id\" as \$s |
		\$s == ${session[$1]:-0})] | ${2:-.}"
}

# stack_count HOST: of stacks that carry data or could
stack_count()
{
	stacks "$1" '[.[] | select(."tcp-state" == "established")] | length'
}

has_stacks()
{
	[ "$(stack_count "$1")" = "$2" ]
}

# stack_on HOST DEV v4|v6: the number of the stack on that path
stack_on()
{
	local -A network=([v4]=ipv4 [v6]=ipv6)

	stacks "$1" "[.[] | select(.dev == \"$2\" and
		.network == \"${network[$3]}\")][0].id // empty"
}

# carried HOST STACK: bytes that it has sent and received
carried()
{
	stacks "$1" ".[] | select(.id == $2) |
		.\"bytes-sent\" + .\"bytes-received\""
}

# --- load ---

port=30000
declare -A session pid

# load_start [OPTION OF npv-stream...]: both ends in the background, sending
# until load_end; names of the sessions in session[cl] and session[sv]
load_start()
{
	port=$((port + 1))
	rm -f "$WORK"/cl.load "$WORK"/sv.load
	spawn on sv npv-stream --seconds 0 --progress 100 --timeout 20 \
		--seed $port --mode edge --vary "$@" listen $port :: \
		> "$WORK/sv.load" 2>&1
	pid[sv]=$spawned
	wait_for listening sv $port
	spawn on cl npv-stream --seconds 0 --progress 100 --timeout 20 \
		--seed $port "$@" connect $port "${load_to[@]}" \
		> "$WORK/cl.load" 2>&1
	pid[cl]=$spawned
	for name in cl sv; do
		wait_for grep -q '"connected"' "$WORK/$name.load" || return
		[[ $(< "$WORK/$name.load") =~ \"session\":([0-9]+) ]]
		session[$name]=${BASH_REMATCH[1]}
	done
}

# by default a load goes to both families on the first path
load_to=("$SV4" "$SV6")

# received HOST: bytes that have come to that end, all of them right
received()
{
	local line

	line=$(tail -n 1 "$WORK/$1.load")
	[[ $line =~ \"received\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]:-0}"
}

# moves [BYTES]: both ends receive so much more than they have now
moves()
{
	local more=${1:-500000}

	wait_for -t 20 came $(($(received cl) + more)) $(($(received sv) + more))
}

came()
{
	[ "$(received cl)" -ge "$1" ] && [ "$(received sv)" -ge "$2" ]
}

ended()
{
	! kill -0 "$1" 2> /dev/null
}

# load_end: both streams end, every byte was right; longest gaps in $gap (ms)
load_end()
{
	local status=0 name

	kill -USR1 "${pid[cl]}" "${pid[sv]}" 2> /dev/null
	for name in cl sv; do
		wait_for -t 30 ended "${pid[$name]}" ||
			kill -9 "${pid[$name]}"
		wait "${pid[$name]}" || status=1
	done
	gap=$(jq -s '[.[] | select(.event == "end")."gap_ms"] | max' \
	      "$WORK/cl.load" "$WORK/sv.load")
	[ $status = 0 ] || tail -qn 1 "$WORK/cl.load" "$WORK/sv.load"
	return $status
}
