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

	setting "$1" mode "${number[$2]}"
}

# forget HOST: what it has learned of its peers
forget()
{
	on "$1" npv-mgr peer flush
}

not()
{
	! "$@"
}

setting()
{
	on "$1" sh -c "echo $3 > /proc/sys/net/npv/$2"
}

# native_hosts [PATH...]: cl and sv, joined by paths of that name (p1 and p2), each
# IPv4 and IPv6; both find out by themselves that the other speaks NPV. Packets
# of TCP that come in by a device in the set "tcpholes" vanish, those of UDP by
# one in "udpholes".
native_hosts()
{
	local net=1 name path

	for name in cl sv; do
		host $name || return
		on $name sysctl -q -w net.ipv6.conf.default.keep_addr_on_down=1 \
			net.ipv6.conf.all.keep_addr_on_down=1
		on $name nft -f - << 'END'
table inet paths {
	set tcpholes { type ifname; }
	set udpholes { type ifname; }
	chain in {
		type filter hook input priority 0;
		iifname @tcpholes meta l4proto tcp drop
		iifname @udpholes meta l4proto udp drop
	}
}
END
		mode $name auto
		# where the machine is slow, a peer is not to pass for silent
		setting $name hello_wait 5000
	done
	[ $# -gt 0 ] || set -- p1 p2
	for path in "$@"; do
		link "$path" $net cl sv
		net=$((net + 1))
	done
	: > "$WORK/cl.stacks"
	: > "$WORK/sv.stacks"
	spawn npv-watch 50 cl "$WORK/cl.stacks" sv "$WORK/sv.stacks"
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

# hole PATH [tcp|udp]; mend PATH [tcp|udp]: from now on packets of that transport, or of
# both, are lost on it without a word
change_holes()
{
	local host set

	for host in cl sv; do
		for set in tcp udp; do
			[ "${3:-$set}" = $set ] || continue
			on $host nft "$1" element inet paths ${set}holes \
				"{ $2 }" || return
		done
	done
}

hole()
{
	change_holes add "$@"
}

mend()
{
	change_holes delete "$@"
}

# --- what there is ---

no_sessions()
{
	[ "$(npv_sockets cl)" = 0 ] && [ "$(npv_sockets sv)" = 0 ]
}

# stacks HOST: those of session[HOST], as npv-watch has them: STACK NETWORK DEVICE
# STATE SENT RECEIVED LOCAL PORT REMOTE PORT TRANSPORT, a line each
stacks()
{
	local id line

	while read -r id line; do
		[ "$id" != "${session[$1]}" ] || echo "$line"
	done < "$WORK/$1.stacks"
}

# established HOST: those that carry data or could
established()
{
	local id network dev state rest

	while read -r id network dev state rest; do
		[ "$state" != established ] ||
			echo "$id $network $dev $state $rest"
	done <<< "$(stacks "$1")"
}

stack_count()
{
	local line count=0

	while read -r line; do
		[ -z "$line" ] || count=$((count + 1))
	done <<< "$(established "$1")"
	echo $count
}

# has_stacks HOST NUMBER
has_stacks()
{
	[ "$(stack_count "$1")" = "$2" ]
}

# stack_on HOST DEV [ipv4|ipv6]: the number of a stack on that path
stack_on()
{
	local id network dev rest

	while read -r id network dev rest; do
		[ "$dev" = "$2" ] && [ "$network" = "${3:-$network}" ] &&
			echo "$id" && return
	done <<< "$(established "$1")"
	return 1
}

# carried HOST STACK [sent]: bytes that it has sent, and received if not told to
carried()
{
	local id sent received rest

	while read -r id _ _ _ sent received rest; do
		[ "$id" = "$2" ] || continue
		[ "${3:-}" = sent ] || sent=$((sent + received))
		echo "$sent"
		return
	done <<< "$(stacks "$1")"
	echo 0
}

# --- load ---

declare -A session pid

# next_port: one that no test before had, in $port; also in subshells, as those of
# test_that
next_port()
{
	port=30000
	[ ! -e "$WORK/port" ] || read -r port < "$WORK/port"
	port=$((port + 1))
	echo "$port" > "$WORK/port"
}

# load_start [OPTION OF npv-stream...]: both ends in the background, sending
# until load_end; names of the sessions in session[cl] and session[sv]
load_start()
{
	next_port
	rm -f "$WORK"/cl.load "$WORK"/sv.load
	spawn on sv npv-stream --seconds 0 --progress 100 --timeout 20 \
		--seed $port --mode edge --vary "$@" listen $port :: \
		> "$WORK/sv.load" 2>&1
	pid[sv]=$spawned
	wait_for listening sv $port
	# Not blocking, where on one processor a thread that has always something
	# to receive can keep the socket to itself, as with TCP
	spawn on cl npv-stream --seconds 0 --progress 100 --timeout 20 \
		--seed $port --mode epoll "$@" connect $port "${load_to[@]}" \
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
	local more=${1:-100000}

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

# load_end NAME: a test: both streams end, and every byte was right; the longest
# gap between two reads in $gap, ms. Not by test_that: the ends are children of
# this shell.
load_end()
{
	local status=0 name

	kill -USR1 "${pid[cl]}" "${pid[sv]}" 2> /dev/null
	for name in cl sv; do
		wait_for -t 30 ended "${pid[$name]}" ||
			kill -9 "${pid[$name]}"
		wait "${pid[$name]}" || status=$?
	done
	# shellcheck disable=SC2034 # for the caller
	gap=$(jq -s '[.[] | select(.event == "end")."gap_ms"] | max' \
	      "$WORK/cl.load" "$WORK/sv.load")
	if [ $status = 0 ]; then
		pass "$1"
	else
		fail "$1"
		note "status $status"
		note "$(tail -qn 1 "$WORK/cl.load" "$WORK/sv.load")"
	fi
}
