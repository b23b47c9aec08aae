#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 480
# lab: --kernel lean --timeout 480
#
# How things end: programs killed in every state, namespaces that go away with
# live sessions, the module unloaded and loaded; and what is kept per namespace. With
# plain sessions and with native ones. The lab looks for leaks afterwards.

. "$(dirname "$0")/native-lib.sh"

MODULE=${LAB_MODULE:-$LAB_OUT/.lab/npv.ko}
mapfile -t STATES < <(npv-state --list)

# quiet NAME: a host with a device that swallows what is sent to it
quiet()
{
	host "$1"
	ip -n "$1" link add dummy0 type dummy
	ip -n "$1" addr add 192.0.2.1/24 dev dummy0
	ip -n "$1" addr add 2001:db8::1/64 dev dummy0 nodad
	ip -n "$1" link set dummy0 up
}

# enter HOST STATE: a program in that state, its process in $spawned
enter()
{
	: > "$WORK/state"
	spawn on "$1" npv-state "$2" > "$WORK/state"
	wait_for test -s "$WORK/state"
}

# test_enter NAME HOST STATE: not by test_that, whose commands run in a subshell
test_enter()
{
	if enter "$2" "$3"; then pass "$1"; else fail "$1"; fi
}

murder()
{
	kill -9 "$1"
	wait "$1" 2> /dev/null || :
}

none_left()
{
	[ "$(npv_sockets "$@")" = 0 ]
}

loaded()
{
	[ -d /sys/module/npv ]
}

unload()
{
	rmmod npv
}

# --- per namespace ---

quiet one
quiet two
test_equal "/proc/net/protocols has a line for NPV" \
	"$(grep -c '^NPV ' /proc/net/protocols)" 1
enter one established
test_equal "counters are of the namespace" \
	"$(counter one SessionOpen) $(counter two SessionOpen)" "3 0"
test_equal "sockets are counted by namespace" \
	"$(npv_sockets one) $(npv_sockets two)" "2 0"
murder "$spawned"
delay()
{
	on "$1" cat /proc/sys/net/npv/attempt_delay_ms
}
setting one attempt_delay_ms 500
test_equal "settings are of the namespace" "$(delay one) $(delay two)" \
	"500 250"
out_of_range()
{
	! on one sh -c "echo $2 > /proc/sys/net/npv/$1" 2> /dev/null
}
for bad in "attempt_delay_ms 9" "attempt_delay_ms 2001" \
	   "first_family_count 0" "first_family_count 8" "history_ttl -1" \
	   "listen_twin 2" "attempt_delay_ms x"; do
	# shellcheck disable=SC2086 # two words
	test_that "setting out of range: $bad" out_of_range $bad
done

# --- killed ---

# choose HOST KIND: sessions there are of that kind from now on, plain or native;
# peers that are silent are asked for longer than a test takes whether they speak NPV
choose()
{
	if [ "$2" = native ]; then
		setting "$1" hello_wait 10000
		mode "$1" auto
	else
		mode "$1" plain
	fi
}

for kind in plain native; do
	choose one $kind
	for state in "${STATES[@]}"; do
		if ! enter one "$state"; then
			fail "killed while $state, $kind: does not get there"
			continue
		fi
		murder "$spawned"
		test_that "killed while $state, $kind: no session is left" \
			wait_for -t 5 none_left one
	done
done
test_that "there were native sessions" test "$(counter one SessionNativeIn)" -gt 10

# Not only in /proc: the sockets underneath are gone as well
orphans()
{
	local state

	while read -r _ _ state; do
		# FIN-WAIT and TIME-WAIT take their time, as with TCP
		case $state in 04 | 05 | 06 | 08 | 09 | 0B | '') ;;
		*) return 0 ;;
		esac
	done <<< "$(sockets one tcp; sockets one udp)"
	return 1
}
no_orphans()
{
	! orphans
}
test_that "killed: no TCP or UDP socket is left" wait_for -t 5 no_orphans

# --- namespaces that go away ---

namespaces()
{
	local name count rest

	while read -r name count rest; do
		[ "$name" != net_namespace ] || echo "$count"
	done < /proc/slabinfo
}

namespace_freed()
{
	[ "$(namespaces)" -le "$before" ]
}

# freed NAME: the namespaces that came since $before are gone
freed()
{
	if [ -n "$before" ]; then
		test_that "$1" wait_for -t 30 namespace_freed
	else
		skip "no /proc/slabinfo" "$1"
	fi
}

for kind in plain native; do
	before=$(namespaces)
	pids=()
	quiet gone
	choose gone $kind
	for state in "${STATES[@]}"; do
		enter gone "$state" && pids+=("$spawned")
	done
	test_equal "a namespace with live sessions of every state, $kind" \
		"${#pids[@]}" "${#STATES[@]}"
	unhost gone
	for process in "${pids[@]}"; do
		murder "$process"
	done
	freed "it is freed when its programs are gone, $kind"
done

# two_hosts: cl and sv with two paths, and a load between them over four stacks
two_hosts()
{
	host cl
	host sv
	link p1 1 cl sv
	link p2 2 cl sv
	choose cl native
	choose sv native
	load_start --vary && wait_for four_stacks
}

four_stacks()
{
	[ "$(counter cl StackUp)" -ge 4 ] && [ "$(counter sv StackUp)" -ge 4 ]
}

loaded_hosts()
{
	before=$(namespaces)
	if two_hosts; then
		pass "a load over four stacks"
	else
		fail "a load over four stacks"
	fi
}

loaded_hosts
test_that "unload is refused under load" not rmmod npv
moves 100000
load_end "the load did not notice"
test_that "... and leaves nothing" wait_for none_left cl
unhost cl
unhost sv
freed "their namespaces are freed"

loaded_hosts
unhost cl
unhost sv
murder "${pid[cl]}"
murder "${pid[sv]}"
freed "namespaces under load are freed when both ends are killed"

# What one end has sent is for a peer that is gone with all its paths
loaded_hosts
unhost sv
murder "${pid[sv]}"
wait_for -t 30 ended "${pid[cl]}"
unhost cl
wait "${pid[cl]}"
freed "a namespace under load that goes away ends the sessions of the other"

# --- the module ---

enter one established
holder=$spawned
test_that "unload is refused while a native session exists" eval '! unload'
murder "$holder"
choose one plain
enter one established
holder=$spawned
test_that "unload is refused while a socket exists" eval '! unload'
murder "$holder"
enter one listening-twin
holder=$spawned
test_that "unload is refused while a listener exists" eval '! unload'
murder "$holder"
enter one racing-unattended
holder=$spawned
test_that "unload is refused in mid-race" eval '! unload'
murder "$holder"
test_that "unload works once they are gone" wait_for -t 10 unload
test_equal "unloaded: nothing in /proc/net/protocols" \
	"$(grep -c '^NPV ' /proc/net/protocols)" 0
test_that "unloaded: no counters" test ! -e /proc/net/npv_stat
test_that "unloaded: no settings" test ! -e /proc/sys/net/npv
refused()
{
	[[ $(npv-state established 2>&1) == *EAFNOSUPPORT* ]]
}
test_that "unloaded: EAFNOSUPPORT" refused

# A module that is loaded again lies where the one before lay. Without
# CONFIG_KASAN_VMALLOC KASAN has not forgotten that one's red zones, and reports
# the loader: the rest is for the lean kernel.
[ "${LAB_KERNEL:-}" != debug ] || tap_end

# message TEXT: the kernel has said so since the last load()
message()
{
	dmesg | grep 'npv: ' | tail -n 5 | grep -q "$1"
}

for taken in 2 10 16; do
	test_equal "family=$taken is taken: refused" \
		"$(insmod "$MODULE" family=$taken 2>&1 | grep -o 'File exists')" \
		"File exists"
done
test_that "a taken family is a message of the kernel" message 2
test_that "a taken family leaves nothing loaded" eval '! loaded'
for wrong in 0 46 1000 -1 x; do
	test_that "family=$wrong is out of range: refused" \
		eval "! insmod '$MODULE' family=$wrong 2> /dev/null"
done
test_that "a refused family leaves nothing loaded" eval '! loaded'

test_that "family=27 loads" insmod "$MODULE" family=27
test_equal "family=27 shows in /sys" \
	"$(cat /sys/module/npv/parameters/family)" 27
on one sysctl -q -w net.npv.history_ttl=0
test_enter "family=27: programs find it" one established
murder "$spawned"
spawn on one npv-run socat TCP-LISTEN:7,reuseaddr PIPE
wait_for listening one 7
test_equal "family=27: npv-run finds it" \
	"$(echo moved | on one npv-run socat - TCP:127.0.0.1:7)" moved
wait "$spawned"
test_equal "family=27: and did use it" "$(counter one SessionAccept)" 2
test_that "family=27 unloads" wait_for -t 10 unload

rounds=0
for _ in {1..20}; do
	insmod "$MODULE" && enter one listening-twin && murder "$spawned" &&
		wait_for -t 10 unload && rounds=$((rounds + 1))
done
test_equal "loaded, used and unloaded 20 times" $rounds 20
test_that "loaded once more" insmod "$MODULE"
test_enter "it works" one established
murder "$spawned"
tap_end
