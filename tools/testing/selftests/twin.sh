#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 400
# shellcheck disable=SC2317
#
# The IPv6 twin of an IPv4 listener is in nobody's way: not in that of programs
# which open IPv4 and IPv6 themselves, in whatever order, nor in that of filters
# and SO_REUSEPORT groups; and nobody can close another's. See npv-twin.c for
# what each case showed when it was wrong.

. "$(dirname "$0")/lib.sh"

host tw
# uid 1000 of the cases has no name, and needs none
tap_adopt on tw npv-twin on
on tw sh -c 'echo 0 > /proc/sys/net/npv/listen_twin'
tap_adopt on tw npv-twin off
on tw sh -c 'echo 1 > /proc/sys/net/npv/listen_twin'

none_left()
{
	[ "$(npv_sockets tw)" = 0 ]
}
test_that "no session is left" wait_for none_left
tap_end
