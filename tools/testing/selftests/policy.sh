#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
# lab: --kernel debug --timeout 600
#
# The policy of a namespace over netlink: endpoints, profiles, rules and
# transactions, who may change it and who sees it, and the limits. policy.py has the
# cases; it runs under npv-run, so that its sockets are NPV's.

. "$(dirname "$0")/lib.sh"

host left
host right
link path 4 left right v4
export TOP
tap_adopt on left npv-run /usr/bin/python3 -B "$SELFTESTS/policy.py" "${host_pid[right]}"
tap_end
