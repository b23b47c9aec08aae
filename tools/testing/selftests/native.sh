#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel debug --timeout 1200
#
# Native sessions as a program sees them: both ends find each other, every call
# does what it does on a TCP socket, and programs that know nothing of it work.

. "$(dirname "$0")/native-lib.sh"

native_hosts p1 p2
tap_adopt npv-native "${KIND:-native}" cl sv $SV4 $SV6
tap_adopt npv-native "${KIND:-native}" cl sv $SV6B
test_that "no session is left" wait_for no_sessions
tap_end
