# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts joined by paths, for scripts that run in the lab: source it.
#
#	. "$LAB_TOP/tools/lab/netns.sh"
#	lab_two_hosts			namespaces left and right, v4 and v6 path
#	ip netns exec left ping 10.0.4.2
#	lab_break v6			packets vanish on the path, silently
#	lab_mend v6
#
# A path is a pair of veth devices that have the path's name in both
# namespaces; the first two of a script have the fixed addresses below, and
# any other one takes the next free pair.
#
#	path v4		10.0.4.1/24, 10.0.4.2/24	left, right
#	path v6		fd00:6::1/64, fd00:6::2/64
#	others		10.0.N.1/24 and fd00:N::1/64	N from 16 up
#
# Nothing of the host's own is touched: it works in namespaces that it makes
# itself. Works in bash and in POSIX shells.

LAB_LEFT=left
LAB_RIGHT=right
lab_next_net=16

# lab_host NAME: a namespace with loopback up and without duplicate address
# detection, for addresses that can be used at once
lab_host()
{
	ip netns add "$1" &&
	ip -n "$1" link set lo up &&
	ip netns exec "$1" sh -c '
		echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
		echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad'
}

# lab_net NAME: the number in the addresses of a new path
lab_net()
{
	case $1 in
	v4) lab_number=4 ;;
	v6) lab_number=6 ;;
	*)
		lab_number=$lab_next_net
		lab_next_net=$((lab_next_net + 1))
		;;
	esac
}

# lab_path v4|v6|both NAME: one more path between left and right, which carries
# IPv4, IPv6 or both. Afterwards lab_number is the number in its addresses.
lab_path()
{
	lab_kind=$1
	lab_net "$2"
	ip link add "$2" netns $LAB_LEFT type veth \
		peer name "$2" netns $LAB_RIGHT || return
	for lab_side in 1 2; do
		lab_ns=$LAB_LEFT
		[ $lab_side = 1 ] || lab_ns=$LAB_RIGHT
		# one ip for all: starting programs is what takes time in the lab
		{
			case $lab_kind in
			v4 | both) echo "addr add 10.0.$lab_number.$lab_side/24 dev $2" ;;
			esac
			case $lab_kind in
			v6 | both) echo "addr add fd00:$lab_number::$lab_side/64 dev $2 nodad" ;;
			# a path without IPv6 has no link-local address either
			*) echo "link set $2 addrgenmode none" ;;
			esac
			echo "link set $2 up"
		} | ip -n "$lab_ns" -batch - || return
	done
	lab_wait_up $LAB_LEFT "$2" && lab_wait_up $LAB_RIGHT "$2"
}

# lab_wait_up NS DEV: until then IPv6 has no routes on it and loses packets
lab_wait_up()
{
	# shellcheck disable=SC2016 # that shell's variables
	ip netns exec "$1" sh -c '
		for try in $(seq 200); do
			read -r state < "/sys/class/net/$1/operstate"
			[ "$state" = up ] && exit
			sleep 0.02
		done
		echo "lab: $1 does not come up" >&2
		exit 1' sh "$2"
}

# lab_two_hosts: left and right, with a path v4 and a path v6
lab_two_hosts()
{
	lab_host $LAB_LEFT && lab_host $LAB_RIGHT &&
	lab_path v4 v4 && lab_path v6 v6
}

# lab_break PATH: from now on every packet on PATH is lost without a word, as
# behind a dead link further off: devices stay up, no error comes back. Packets
# are dropped where they arrive, for the sender would notice a drop on its side.
# Neighbour discovery is lost as well, so neighbours are pinned, or the kernel
# would soon report the host as unreachable.
lab_break()
{
	for lab_ns in $LAB_LEFT $LAB_RIGHT; do
		lab_pin "$lab_ns" "$1"
		ip netns exec "$lab_ns" tc qdisc add dev "$1" clsact || return
		ip netns exec "$lab_ns" tc filter add dev "$1" ingress matchall \
			action drop || return
	done
}

# lab_mend PATH: packets pass again
lab_mend()
{
	for lab_ns in $LAB_LEFT $LAB_RIGHT; do
		ip netns exec "$lab_ns" tc qdisc del dev "$1" clsact || return
		lab_unpin "$lab_ns" "$1"
	done
}

lab_other()
{
	[ "$1" = $LAB_LEFT ] && echo $LAB_RIGHT || echo $LAB_LEFT
}

# lab_addresses NS PATH: the addresses of PATH in NS
lab_addresses()
{
	ip -n "$1" -o addr show dev "$2" |
	while read -r _ _ _ lab_address _; do
		printf '%s\n' "${lab_address%/*}"
	done
}

lab_pin()
{
	lab_peer=$(lab_other "$1")
	lab_mac=$(ip netns exec "$lab_peer" cat "/sys/class/net/$2/address")
	for lab_address in $(lab_addresses "$lab_peer" "$2"); do
		ip -n "$1" neigh replace "$lab_address" dev "$2" \
			lladdr "$lab_mac" nud permanent
	done
}

lab_unpin()
{
	for lab_address in $(lab_addresses "$(lab_other "$1")" "$2"); do
		ip -n "$1" neigh del "$lab_address" dev "$2" 2> /dev/null
	done
	return 0
}

# lab_cleanup: both hosts and all paths go away; for a trap at the script's end
lab_cleanup()
{
	ip netns del $LAB_LEFT 2> /dev/null
	ip netns del $LAB_RIGHT 2> /dev/null
		lab_next_net=16
}
