#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What policy decides, outside the kernel: its pure functions, built with the
# sanitizers, and the tests that the kernel has of them.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

nested properties "$tests/properties_test"
nested plan "$tests/plan_test"

tap_end
