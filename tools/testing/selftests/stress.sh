#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 800
# lab: --kernel debug --timeout 800 -- native
#
# Dependability: 10,000 cycles of connect, transfer and close, and 1,000
# connections at once, without a report of the kernel (the lab looks for them)
# and without growth in slab use. With "native" the sessions are native ones, of
# which there are fewer: each is two sessions, with their handshake and their end.
#
# usage: stress.sh [native] [CYCLES [CONNECTIONS]]

. "$(dirname "$0")/native-lib.sh"

native=0
if [ "${1:-}" = native ]; then
	native=1
	shift
fi
CYCLES=${1:-$((native ? 3000 : 10000))}
CONNECTIONS=${2:-$((native ? 500 : 1000))}
WARMUP=1000

# Objects that more may be in use afterwards than before. A socket that leaks
# leaks in more than one cycle of a thousand. In the kmalloc caches there is
# what the rest of the kernel does meanwhile, and one object in a hundred cycles
# is still far less than what any way to connect would lose.
SOCKETS_MORE=8
OTHERS_MORE=$((CYCLES / 100 + 8))

host st
# Ended connections would wait a minute, each with its memory
on st sysctl -q net.ipv4.tcp_max_tw_buckets=0
# Otherwise the address that answered is the first in every race
on st sysctl -q net.npv.history_ttl=0 net.npv.attempt_delay_ms=20
if [ $native = 1 ]; then
	mode st auto
	# where the machine is slow, a peer is not to pass for silent
	setting st hello_wait 5000
fi

# What sessions are made of; TCP also stands for TCPv6, request and timewait
# sockets
counted='^(NPV|TCP|UDP|request_sock_|tw_sock_|sock_inode_cache$|skbuff_|filp$|eventpoll_|kmalloc-)'
sockets='^(NPV|TCP|UDP|request_sock_|tw_sock_|sock_inode_cache$)'

# slab NAME: objects in use of every cache that counts, into the array NAME.
# Shrinking takes what is free from the caches' own stores, and what KASAN
# keeps in quarantine, which would both count as used.
slab()
{
	# shellcheck disable=SC2178 # an array of the caller's
	local -n into=$1
	local name active file

	for file in /sys/kernel/slab/*; do
		[[ ${file##*/} =~ $counted ]] && echo 1 > "$file/shrink"
	done 2> /dev/null
	into=()
	while read -r name active _; do
		# shellcheck disable=SC2004,SC2034 # names are its indices
		[[ $name =~ $counted ]] && into[$name]=$active
	done < /proc/slabinfo
}

# grown: names of what is more than it was; nothing if all is as before
grown()
{
	local name more
	# shellcheck disable=SC2034 # slab fills it in
	local -A now

	slab now
	for name in "${!now[@]}"; do
		more=$((now[$name] - ${before[$name]:-0}))
		if [[ $name =~ $sockets ]]; then
			[ $more -le $SOCKETS_MORE ] || echo "$name +$more"
		else
			[ $more -le $OTHERS_MORE ] || echo "$name +$more"
		fi
	done
}

# natives: how many native sessions were asked for and granted
natives()
{
	echo "$(counter st SessionNativeOut)" "$(counter st SessionNativeIn)"
}

# were_native NAME COUNT BEFORE: of so many sessions those were native that could
# be, at both ends. In one of npv-stress's eight ways to connect the first address
# has no such service, and it learns that there are plain ones.
were_native()
{
	local out in

	[ $native = 1 ] || return
	read -r out in <<< "$(natives)"
	test_between "$1, asked for" $((out - ${3% *})) $(($2 * 6 / 8)) "$2"
	test_equal "$1, granted" $((in - ${3#* })) $((out - ${3% *}))
}

settled()
{
	[ "$(npv_sockets st)" = 0 ] && [ -z "$(grown)" ]
}

# no_growth NAME: memory is freed some time after the sockets are gone, when RCU
# and work items have run
no_growth()
{
	if wait_for -t 30 settled; then
		pass "$1"
	else
		fail "$1"
		note "sessions: $(npv_sockets st)"
		note "$(grown)"
	fi
}

test_that "$WARMUP cycles to warm up" on st npv-stress cycles $WARMUP 1
test_that "connections at once to warm up" on st npv-stress many 100
wait_for -t 5 test "$(npv_sockets st)" = 0
declare -A before
slab before
test_equal "slab use can be measured" "${before[NPV]:+yes}" yes

start=$(now_ms)
had=$(natives)
test_that "$CYCLES cycles of connect, transfer and close" \
	on st npv-stress cycles "$CYCLES" 2
note "$CYCLES cycles took $(($(now_ms) - start)) ms"
were_native "they were native" "$CYCLES" "$had"
no_growth "no growth in slab use after $CYCLES cycles"

start=$(now_ms)
had=$(natives)
test_that "$CONNECTIONS connections at once" on st npv-stress many "$CONNECTIONS"
note "$CONNECTIONS connections took $(($(now_ms) - start)) ms"
were_native "they were native" "$CONNECTIONS" "$had"
no_growth "no growth in slab use after $CONNECTIONS connections"

test_equal "no session is left" "$(npv_sockets st)" 0
tap_end
