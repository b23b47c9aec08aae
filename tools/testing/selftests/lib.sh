# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the selftests share: TAP, polling, children, namespaces. Source it:
#
#	. "$(dirname "$0")/lib.sh"
#
# A test ends with tap_end. Everything that spawn started and host made is gone
# when the script ends, however it ends.

set -u

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=${LAB_TOP:-$(cd "$SELFTESTS/../../.." && pwd)}
export PATH="$TOP/build/bin:$PATH"
LC_ALL=C
export LC_ALL

# A folder of the script's own; in the lab /tmp is in memory
WORK=$(mktemp -d /tmp/npv-test.XXXXXX)

# Tests say themselves where sessions are to be native
PLAIN='[ ! -w /proc/sys/net/npv/mode ] || echo 0 > /proc/sys/net/npv/mode'
sh -c "$PLAIN"

tap_count=0
tap_failed=0
children=()
hosts=()
# A process in each, to read its /proc/net by without starting another
declare -A host_pid

# note TEXT: a diagnostic line
note()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' $tap_count "$*"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' $tap_count "$*"
}

# skip WHY NAME
skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' $tap_count "$2" "$1"
}

# test_that NAME CMD...: passes if CMD does; what CMD prints is shown if not
test_that()
{
	local name=$1 output start

	shift
	start=$(now_ms)
	if output=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name"
		note "$*: ${output:-failed}"
	fi
	start=$(($(now_ms) - start))
	[ $start -lt 2000 ] || note "took $start ms"
}

# test_equal NAME GOT WANT
test_equal()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		note "got: $2"
		note "expected: $3"
	fi
}

# test_between NAME GOT LOW HIGH: whole numbers, both ends included
test_between()
{
	if [[ $2 =~ ^-?[0-9]+$ ]] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
		pass "$1"
	else
		fail "$1"
		note "got ${2:-nothing}, expected $3 to $4"
	fi
}

# tap_adopt CMD...: runs a program that prints TAP itself; its cases become
# cases of this script
tap_adopt()
{
	local line ok total=0 plan=-1

	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			tap_count=$((tap_count + 1))
			total=$((total + 1))
			ok=ok
			[ "${line#not }" = "$line" ] || ok='not ok'
			[ "$ok" = ok ] || tap_failed=$((tap_failed + 1))
			line=${line#not }
			line=${line#ok }
			printf '%s %d %s\n' "$ok" $tap_count "${line#* }"
			;;
		1..*) plan=${line#1..} ;;
		*) printf '# %s\n' "${line#\# }" ;;
		esac
	done < <("$@" 2>&1)
	# one that dies half way has not passed
	[ "$plan" = $total ] || fail "$* ran to its end ($total of $plan cases)"
}

tap_end()
{
	printf '1..%d\n' $tap_count
	[ $tap_failed -eq 0 ] && [ $tap_count -gt 0 ]
	exit
}

# milliseconds of a clock that starts anywhere
now_ms()
{
	local now=$EPOCHREALTIME

	now=${now/./}
	echo $((now / 1000))
}

# nap SECONDS: without starting a process, which costs 40 ms in the lab
nap_pipe=''
nap()
{
	if [ -z "$nap_pipe" ]; then
		exec {nap_pipe}<> <(:)
	fi
	read -r -t "$1" -u "$nap_pipe" || :
}

# wait_for [-t SECONDS] CMD...: until CMD succeeds; 1 if it never does
wait_for()
{
	local limit=10 end

	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	end=$(($(now_ms) + limit * 1000))
	until "$@" > /dev/null 2>&1; do
		[ "$(now_ms)" -lt $end ] || return 1
		nap 0.05
	done
}

# spawn CMD...: in the background, its process in $spawned
spawn()
{
	# A function in the background is a subshell, which is not to be
	# taken for the program
	if [ "$1" = on ]; then
		shift
		npv-ns "$@" &
	else
		"$@" &
	fi
	spawned=$!
	children+=("$spawned")
}

# stop PID...: of spawn
stop()
{
	local pid

	kill "$@" 2> /dev/null
	for pid in "$@"; do
		wait "$pid" 2> /dev/null
	done
}

# host NAME: a namespace with loopback, its addresses usable at once; its sessions
# are plain
host()
{
	ip netns add "$1" &&
	ip -n "$1" link set lo up &&
	ip netns exec "$1" sh -c '
		echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
		echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad'
	ip netns exec "$1" sh -c "$PLAIN"
	hosts+=("$1")
	spawn on "$1" sleep infinity
	host_pid[$1]=$spawned
}

# unhost NAME: removes it; its processes must have ended
unhost()
{
	kill -9 "${host_pid[$1]}"
	wait "${host_pid[$1]}" 2> /dev/null
	unset "host_pid[$1]"
	ip netns del "$1"
}

# on HOST CMD...
on()
{
	npv-ns "$@"
}

# net [HOST]: the folder of its /proc/net
net()
{
	if [ $# -gt 0 ]; then
		printf '/proc/%s/net' "${host_pid[$1]}"
	else
		printf '/proc/self/net'
	fi
}

# link NAME NET HOST1 HOST2 [v4|v6|both]: a veth pair of that name in both;
# addresses 10.0.NET.1 and .2, fd00:NET::1 and ::2
link()
{
	local kind=${5:-both} side

	ip link add "$1" netns "$3" type veth peer name "$1" netns "$4"
	for side in 1 2; do
		local ns=$3
		[ $side = 1 ] || ns=$4
		case $kind in v4 | both)
			ip -n "$ns" addr add "10.0.$2.$side/24" dev "$1" ;;
		esac
		case $kind in v6 | both)
			ip -n "$ns" addr add "fd00:$2::$side/64" dev "$1" nodad ;;
		esac
		ip -n "$ns" link set "$1" up
	done
}

# sockets HOST tcp|udp: a line "LOCAL REMOTE STATE" for each socket, as in /proc:
# addresses in hexadecimal, :PORT, state 0A listening, 06 in TIME-WAIT. ss takes
# a hundred times as long in the debug kernel.
sockets()
{
	local name loc rem state rest

	for name in "$2" "${2}6"; do
		while read -r _ loc rem state rest; do
			[ "$loc" = local_address ] || echo "$loc $rem $state"
		done < "$(net "$1")/$name"
	done 2> /dev/null
}

# listening HOST PORT [udp]: something is bound to that port there
listening()
{
	local hex loc rem state want=0A

	hex=$(printf ':%04X' "$2")
	[ "${3:-tcp}" = tcp ] || want=07
	while read -r loc rem state; do
		[[ $loc == *$hex && $state == "$want" ]] && return
	done <<< "$(sockets "$1" "${3:-tcp}")"
	return 1
}

# counter HOST NAME: of /proc/net/npv_stat
counter()
{
	local name value

	while read -r name value; do
		[ "$name" != "$2" ] || echo "$value"
	done < "$(net "$1")/npv_stat"
}

# npv_sockets [HOST]: how many there are, as /proc/net/protocols knows
npv_sockets()
{
	local name count=0 number rest

	while read -r name _ number rest; do
		[[ $name != NPV* ]] || count=$((count + number))
	done < "$(net "$@")/protocols"
	echo $count
}

cleanup()
{
	local status=$? name

	trap - EXIT
	# each at once, or the shell tells of it
	for name in "${children[@]}"; do
		{ kill -9 "$name" && wait "$name"; } 2> /dev/null
	done
	for name in "${hosts[@]}"; do
		ip netns del "$name" 2> /dev/null
	done
	rm -rf "$WORK"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM
