#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The codec of frames outside the kernel, built with the sanitizers: the tests
# that the kernel has of it, and its fuzzer, without clang and for two seconds.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

nested kunit "$tests/frame_test"

mkdir "$work/seeds"
succeeds "seeds.c writes seeds" "$tests/frame_seeds" "$work/seeds"
succeeds "seeds are what seeds.c writes" diff -r "$work/seeds" "$top/tools/fuzz/seeds"
succeeds "200,000 changed frames" "$tests/frame_fuzz" 200000 "$top"/tools/fuzz/seeds/*

# Pure C: no function of the kernel, and of the C library only what copies
${CC:-gcc} -O2 -c -o "$work/frame.o" "$top/kernel/frame.c"
is "the codec calls nothing" \
	"$(nm -u "$work/frame.o" | sed 's/.* //' | grep -vx 'mem[a-z]*\|__stack_chk_fail\|_GLOBAL_OFFSET_TABLE_' | tr '\n' ' ')" ""

tap_end
