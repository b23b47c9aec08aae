// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the seeds of packet_fuzz: packets as a UDP stack would send them.
 *
 *	packet_seeds DIR
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel/packet.h"

static const char *dir;
static u8 packet[1024];
static unsigned int size;

static void head(const struct npv_packet_head *h)
{
	size = npv_packet_head_encode(h, packet, sizeof(packet));
}

static void numbered(u32 number, u8 bits)
{
	const struct npv_packet_head h = {
		.kind = NPV_PACKET_NUMBERED, .number = number, .bits = bits,
	};

	head(&h);
}

static void byte(u8 value)
{
	packet[size++] = value;
}

static void payload(unsigned int len)
{
	while (len--)
		byte((u8)('a' + len % 26));
}

static void data(u64 seq, u32 len, bool last)
{
	size += npv_packet_data_encode(seq, len, last, last, packet + size, 64);
	payload(len);
}

static void frame(const struct npv_frame *f)
{
	byte(NPV_PF_FRAME);
	size += npv_frame_encode(f, packet + size, 512);
}

static void save(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "wb");
	if (!file || fwrite(packet, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static const struct npv_frame_range acks[] = {
		{ 1000, 1100 }, { 900, 999 }, { 10, 800 },
	};
	static const struct npv_frame_range window[] = {
		{ 2000, 3000 }, { 70000, 1 << 20 },
	};
	static const u64 ecn[] = { 100, 0, 3 };
	static const struct npv_frame close = {
		.type = NPV_FRAME_CLOSE, .aux = NPV_CLOSE_RESET,
	};
	static const struct npv_frame ping = {
		.type = NPV_FRAME_PING, .ping = 0x1122334455667788,
	};
	struct npv_packet_head h;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	dir = argv[1];

	numbered(7, 8);
	data(100, 30, true);
	save("record");

	numbered(0x1234, 16);
	size += npv_packet_ack_encode(acks, 3, 800, NULL, packet + size, 64);
	size += npv_packet_window_encode(1000, 1 << 24, window, 2,
					 packet + size, 64);
	data(0x12345678, 10, false);
	data(0x123456789aULL, 100, true);
	save("bulk");

	numbered(0x123456, 24);
	size += npv_packet_ack_encode(acks, 3, 800, ecn, packet + size, 64);
	save("ack-ecn");

	numbered(0x12345678, 32);
	frame(&ping);
	byte(NPV_PF_PING);
	frame(&close);
	save("control");

	h = (struct npv_packet_head){
		.kind = NPV_PACKET_NUMBERED, .has_cid = true, .bits = 8,
		.cid = 0x1122334455667788, .number = 200,
	};
	head(&h);
	byte(NPV_PF_PING);
	while (size < 600)
		byte(NPV_PF_PADDING);
	save("probe");

	h = (struct npv_packet_head){
		.kind = NPV_PACKET_NUMBERED, .follows = true, .bits = 24,
		.number = 0x123456,
	};
	head(&h);
	payload(20);
	save("follows");

	h = (struct npv_packet_head){
		.kind = NPV_PACKET_MESSAGE, .bits = 12, .number = 0x123,
	};
	head(&h);
	payload(64);
	save("message");

	h.bits = 28;
	h.fragment = true;
	h.offset = 1000;
	h.total = 3000;
	head(&h);
	payload(500);
	save("fragment");

	return 0;
}
