// SPDX-License-Identifier: GPL-2.0
/* The codec of packets, as frame_test.c has that of frames. */
#include "../../kernel/packet.c"
#include "../../kernel/test/packet_test.c"
