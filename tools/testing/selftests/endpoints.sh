#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
# lab: --kernel debug --timeout 600
#
# The endpoints that a namespace has: addresses and links that come and go, and what
# operators say of them (endpoints.py); namespaces that end, and the module that is
# unloaded, while they do.

. "$(dirname "$0")/lib.sh"

MODULE=${LAB_MODULE:-$LAB_OUT/.lab/npv.ko}

host left
host right
# Addresses of IPv6 stay when a link goes down
on left sysctl -q -w net.ipv6.conf.default.keep_addr_on_down=1 \
	net.ipv6.conf.all.keep_addr_on_down=1
link path 4 left right
export TOP
tap_adopt on left /usr/bin/python3 -B "$SELFTESTS/endpoints.py" "${host_pid[right]}"
unhost left
unhost right

# Addresses, links and routes change until it is killed
BUSY='
	ip link add e0 type veth peer name e1
	ip link set e1 up
	while :; do
		ip link set e0 up
		ip addr add 10.7.0.1/24 dev e0
		ip addr add fd00:7::1/64 dev e0 nodad
		ip route add 10.8.0.0/16 via 10.7.0.2
		ip link set e1 down
		ip link set e1 up
		ip addr del 10.7.0.1/24 dev e0
		ip link set e0 down
	done 2> /dev/null'

# has_endpoints HOST: somebody asks for them: only then they are kept
has_endpoints()
{
	on "$1" /usr/bin/python3 -B "$SELFTESTS/endpoints.py" | grep -q 10.7.0.1
}

rounds=0
for _ in 1 2 3; do
	host busy
	spawn on busy bash -c "$BUSY"
	loop=$spawned
	wait_for has_endpoints busy && rounds=$((rounds + 1))
	# The namespace goes with its last process, while the loop's commands run.
	stop "$loop"
	unhost busy
done
test_equal "namespaces end while their endpoints change" $rounds 3

host busy
spawn on busy bash -c "$BUSY"
loop=$spawned
wait_for has_endpoints busy
test_that "the module is unloaded while endpoints change" wait_for rmmod npv
# As lifecycle.sh says: KASAN reports the loader if it is loaded again.
if [ "${LAB_KERNEL:-}" != debug ]; then
	rounds=0
	for _ in 1 2 3; do
		insmod "$MODULE" && wait_for has_endpoints busy &&
			wait_for rmmod npv && rounds=$((rounds + 1))
	done
	test_equal "... and loaded again" $rounds 3
fi
stop "$loop"
unhost busy
tap_end
