// SPDX-License-Identifier: GPL-2.0
/* The codec, with the tests that the kernel has of it, and the sanitizers. */
#include "../../kernel/frame.c"
#include "../../kernel/test/frame_test.c"
