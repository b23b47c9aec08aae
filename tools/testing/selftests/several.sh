#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 400
# shellcheck disable=SC2317
#
# Sockets bound to several addresses of both families: what is received, by
# whom it is seen, and from where it leaves. See npv-several.c for what each case
# showed when it was wrong. The last one needs userfaultfd, which only the stock
# kernel has.

. "$(dirname "$0")/lib.sh"

host several
ip -n several addr add fd00:1::1/128 dev lo nodad
on several sh -c 'echo 0 > /proc/sys/net/npv/history_ttl'
tap_adopt on several npv-several

none_left()
{
	[ "$(npv_sockets several)" = 0 ]
}
test_that "no session is left" wait_for none_left
tap_end
