#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The codec of packets outside the kernel, as frame.sh has that of frames.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

nested kunit "$tests/packet_test"

mkdir "$work/seeds"
succeeds "packet_seeds.c writes seeds" "$tests/packet_seeds" "$work/seeds"
succeeds "seeds are what packet_seeds.c writes" \
	diff -r "$work/seeds" "$top/tools/fuzz/packet-seeds"
succeeds "200,000 changed packets" \
	"$tests/packet_fuzz" 200000 "$top"/tools/fuzz/packet-seeds/*

# Pure C: no function but the other codec's, and what copies
${CC:-gcc} -O2 -c -o "$work/packet.o" "$top/kernel/packet.c"
is "the codec calls nothing" \
	"$(nm -u "$work/packet.o" | sed 's/.* //' | grep -vx 'npv_frame_decode\|mem[a-z]*\|__stack_chk_fail\|_GLOBAL_OFFSET_TABLE_' | tr '\n' ' ')" ""

tap_end
