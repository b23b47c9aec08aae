// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold of the codec whatever a peer sends. Built with libFuzzer by
 * `make fuzz`, and with driver.c by `make test`; every failure is an abort().
 */
#include <stdlib.h>

#include "../../kernel/frame.h"
#include "fuzz.h"

/* What a frame may have that is lost when it is written again */
static bool frame_simplify(struct npv_frame *f)
{
	switch (f->type) {
	case NPV_FRAME_REFUSE:
		f->length = 0;
		return true;
	case NPV_FRAME_HELLO:
	case NPV_FRAME_WELCOME:
		/* not known in this version, so it can't be written */
		if (f->aux || (f->hello.socktype != NPV_SOCKTYPE_STREAM &&
			       f->hello.socktype != NPV_SOCKTYPE_DGRAM &&
			       f->hello.socktype != NPV_SOCKTYPE_SEQPACKET))
			return false;
		f->hello.option_unknown = false;
		f->length = 44;
		return true;
	case NPV_FRAME_JOIN:
		if (f->aux)
			return false;
		f->join.option_unknown = false;
		f->length = 36;
		return true;
	}

	return !(f->type & NPV_FRAME_SKIP);
}

/* Frames whose bytes are all told by what is decoded of them */
static bool frame_is_exact(const struct npv_frame *f)
{
	switch (f->type) {
	case NPV_FRAME_REFUSE:
	case NPV_FRAME_HELLO:
	case NPV_FRAME_WELCOME:
	case NPV_FRAME_JOIN:
	case NPV_FRAME_OFFER:
		return false;
	}

	return true;
}

static void check_again(const struct npv_frame *f, const u8 *p, int size)
{
	u8 bytes[NPV_FRAME_CTRL_MAX];
	struct npv_frame want = *f, got;
	int written;

	if (!frame_simplify(&want))
		return;
	written = (int)npv_frame_encode(&want, bytes, sizeof(bytes));
	hold(written > 0);
	hold(!npv_frame_encode(&want, bytes, (unsigned int)written - 1));
	if (frame_is_exact(f)) {
		hold(written == size);
		hold(!memcmp(bytes, p, (size_t)size));
	}

	memset(&got, 0, sizeof(got));
	hold(npv_frame_decode(&got, bytes, (unsigned int)written) == written);
	hold(!memcmp(&want, &got, sizeof(got)));
}

/* The verdict on a part of the same bytes never contradicts that on all. */
static void check_part(const u8 *p, unsigned int len, unsigned int part,
		       int verdict)
{
	struct npv_frame f;
	int early;

	/* of that very size, for the sanitizer to see what is read behind it */
	u8 *copy = malloc(part + 1);

	hold(copy);
	memcpy(copy + 1, p, part);
	early = npv_frame_decode(&f, copy + 1, part);
	free(copy);

	if (early == NPV_FRAME_SHORT)
		hold(verdict != (int)len || part < len);
	else
		hold(early == verdict);
	if (verdict > 0)
		hold(early == (part < (unsigned int)verdict ? NPV_FRAME_SHORT :
							      verdict));
	if (verdict == NPV_FRAME_SHORT)
		hold(early == NPV_FRAME_SHORT);
}

/* Whatever is asked to be written: if it is, it can be read. */
static void check_encode(const void *p, size_t len)
{
	u8 bytes[NPV_FRAME_CTRL_MAX], second[NPV_FRAME_CTRL_MAX];
	struct npv_frame f = {};
	unsigned int size;

	memcpy(&f, p, len < sizeof(f) ? len : sizeof(f));
	size = npv_frame_encode(&f, bytes, sizeof(bytes));
	if (!size)
		return;
	memset(&f, 0, sizeof(f));
	hold(npv_frame_decode(&f, bytes, size) == (int)size);
	hold(npv_frame_encode(&f, second, sizeof(second)) == size);
	hold(!memcmp(bytes, second, size));
}

/* As if a bug had changed a byte of a good frame before it was written */
static void check_damaged(const struct npv_frame *f, unsigned int random)
{
	u8 copy[sizeof(*f)];

	memcpy(copy, f, sizeof(copy));
	/* the front, where all that is checked is */
	copy[random % 96] ^= (u8)(random >> 8 | 1);
	check_encode(copy, sizeof(copy));
}

/* One frame after the other, as from a stack */
static void check_stream(const u8 *p, unsigned int len)
{
	unsigned int size, need, part = 0;
	struct npv_frame f;
	int ret;

	for (; len; p += size, len -= size) {
		memset(&f, 0, sizeof(f));
		ret = npv_frame_decode(&f, p, len);
		part = (part * 31 + p[len - 1] + len) % len;
		check_part(p, len, part, ret);
		if (ret == NPV_FRAME_BAD)
			return;
		if (ret == NPV_FRAME_SHORT) {
			need = npv_frame_need(p, len);
			hold(need > len && need <= NPV_FRAME_CTRL_MAX);
			return;
		}

		size = (unsigned int)ret;
		hold(size >= NPV_FRAME_HDR && size <= len);
		hold(f.type == p[0]);
		hold(npv_frame_need(p, len) == size);
		check_again(&f, p, ret);
		check_damaged(&f, part * 2654435761U >> 8);
		if (f.type == NPV_FRAME_DATA) {
			hold(f.data.len && f.data.len <= NPV_FRAME_DATA_MAX);
			size += min(f.data.len, len - size);
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	check_stream(data, (unsigned int)size);
	check_encode(data, size);

	return 0;
}
