// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the seeds: each frame in a file of its own, and both directions of a
 * session as they would lie on a stack. DATA comes with its payload.
 *
 *	seeds DIR
 *
 * The dissector's test makes its capture of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel/frame.h"

#define ID	0x1122334455667788ULL

/* not strings, as there is no room for a last 0 */
#define BYTES	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }
#define V4	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 }
#define V6	{ 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 }

struct seed {
	const char *name;
	char side;		/* who would send it: client or server */
	struct npv_frame f;
};

static const struct seed seeds[] = {
	{ "hello", 'c', { .type = NPV_FRAME_HELLO,
		.hello = { 1, 1, NPV_SOCKTYPE_STREAM, 443, ID, 1 << 20,
			   BYTES, false } } },
	{ "welcome", 's', { .type = NPV_FRAME_WELCOME,
		.hello = { 1, 0, NPV_SOCKTYPE_STREAM, 443, ~ID, 1 << 16,
			   BYTES, false } } },
	{ "data", 'c', { .type = NPV_FRAME_DATA, .data = { 0, 0, 100 } } },
	{ "data-ack-req", 's', { .type = NPV_FRAME_DATA,
		.flags = NPV_DATA_ACK_REQ, .data = { 0, 100, 1 } } },
	{ "data-high", 'c', { .type = NPV_FRAME_DATA,
		.data = { NPV_SEQ_END - 1, NPV_SEQ_END, 1 } } },
	{ "ack", 'c', { .type = NPV_FRAME_ACK,
		.ack = { .ack = 1, .edge = 1 << 20 } } },
	{ "ack-ranges", 's', { .type = NPV_FRAME_ACK,
		.ack = { 100, 1 << 16, 3,
			 { { 200, 300 }, { 400, 500 }, { 501, 502 } } } } },
	{ "status", 'c', { .type = NPV_FRAME_STATUS,
		.aux = NPV_STATUS_BACKUP, .status = { 1, 7 } } },
	{ "addr-add", 's', { .type = NPV_FRAME_ADDR_ADD,
		.addrs = { 2, { { 1, 0, V4 }, { 2, 6780, V6 } } } } },
	{ "addr-del", 's', { .type = NPV_FRAME_ADDR_DEL,
		.addrs = { 2, { { .id = 1 }, { .id = 255 } } } } },
	{ "ping", 'c', { .type = NPV_FRAME_PING, .ping = ID } },
	{ "pong", 's', { .type = NPV_FRAME_PONG, .ping = ID } },
	{ "fin", 'c', { .type = NPV_FRAME_FIN,
		.data = { .seq = 100, .ack = 1 } } },
	{ "close", 's', { .type = NPV_FRAME_CLOSE, .aux = NPV_CLOSE_DONE } },
	{ "join", 'c', { .type = NPV_FRAME_JOIN, .flags = NPV_JOIN_BACKUP,
		.join = { .version = 1, .id = ID, .stack = 2,
			  .nonce = BYTES } } },
	{ "join-ack", 's', { .type = NPV_FRAME_JOIN_ACK,
		.join = { .nonce = BYTES, .mac = BYTES } } },
	{ "join-confirm", 'c', { .type = NPV_FRAME_JOIN_CONFIRM,
		.join.mac = BYTES } },
	{ "refuse", 's', { .type = NPV_FRAME_REFUSE,
		.aux = NPV_REFUSE_SERVICE } },
	{ "offer", 'u', { .type = NPV_FRAME_OFFER,
		.hello = { .version = 1, .port = 443, .id = ID,
			   .key = BYTES } } },
	{ "begin", 'u', { .type = NPV_FRAME_BEGIN,
		.begin = { .token = BYTES, .nonce = BYTES } } },
	{ "path-challenge", 'u', { .type = NPV_FRAME_PATH_CHALLENGE,
		.path = { .cid = ID, .token = BYTES } } },
	{ "source-proof", 'u', { .type = NPV_FRAME_SOURCE_PROOF,
		.proof = { .id = ID, .mac = BYTES } } },
	{ "source", 's', { .type = NPV_FRAME_SOURCE,
		.source = { .port = 5000, .addr = BYTES } } },
	{ "path-response", 'u', { .type = NPV_FRAME_PATH_RESPONSE,
		.path = { .cid = ID, .token = BYTES, .mac = BYTES } } },
	{ "offer-none", 'u', { .type = NPV_FRAME_OFFER,
		.aux = NPV_REFUSE_SERVICE,
		.hello = { .version = 1, .port = 443, .id = ID } } },
};

static const char *dir;

static void append(const char *name, const void *bytes, size_t len,
		   const char *mode)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, mode);
	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

/* @f with its payload and, if it may have some, @options behind it */
static unsigned int build(const struct npv_frame *f, const void *options,
			  unsigned int len, u8 *bytes, unsigned int room)
{
	unsigned int size = npv_frame_encode(f, bytes, room);
	unsigned int i;

	if (!size) {
		fprintf(stderr, "type %#x can't be encoded\n", f->type);
		exit(1);
	}
	if (f->type == NPV_FRAME_DATA)
		for (i = 0; i < f->data.len; i++)
			bytes[size++] = (u8)('a' + i % 26);
	if (len) {
		memcpy(bytes + size, options, len);
		size += len;
		put_unaligned_be32(size - NPV_FRAME_HDR, bytes + 4);
	}

	return size;
}

int main(int argc, char **argv)
{
	static const u8 options[] = { 0x00, 0x01, 0, 3, 1, 2, 3,
				      0x80, 0x02, 0, 0 };
	static const u8 unknown[] = { 0x81, 0, 0, 7, 0, 0, 0, 4, 1, 2, 3, 4 };
	static u8 padded[128];
	u8 bytes[NPV_FRAME_CTRL_MAX];
	unsigned int i, size;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	dir = argv[1];

	append("stream-client", "", 0, "wb");
	append("stream-server", "", 0, "wb");
	for (i = 0; i < ARRAY_SIZE(seeds); i++) {
		size = build(&seeds[i].f, NULL, 0, bytes, sizeof(bytes));
		append(seeds[i].name, bytes, size, "wb");
		if (seeds[i].side == 'c')
			append("stream-client", bytes, size, "ab");
		if (seeds[i].side == 's')
			append("stream-server", bytes, size, "ab");
		if (seeds[i].f.type == NPV_FRAME_HELLO) {
			/* as it goes over UDP */
			memcpy(padded, bytes, size);
			append("hello-udp", padded, sizeof(padded), "wb");
		}
		if (seeds[i].f.type == NPV_FRAME_HELLO ||
		    seeds[i].f.type == NPV_FRAME_JOIN) {
			char name[64];

			size = build(&seeds[i].f, options, sizeof(options),
				     bytes, sizeof(bytes));
			snprintf(name, sizeof(name), "%s-options",
				 seeds[i].name);
			append(name, bytes, size, "wb");
		}
	}
	append("unknown", unknown, sizeof(unknown), "wb");

	return 0;
}
