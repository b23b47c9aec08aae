/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What frame.c needs of the kernel, and what stands in for it in userspace.
 */
#ifndef _NPV_FRAME_PORT_H
#define _NPV_FRAME_PORT_H

#include <linux/types.h>

#ifdef __KERNEL__

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#else

#include <stdbool.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT_ULL(bit)		(1ULL << (bit))

static inline unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static inline u16 get_unaligned_be16(const void *from)
{
	const u8 *p = from;

	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 get_unaligned_be32(const void *from)
{
	const u8 *p = from;

	return (u32)get_unaligned_be16(p) << 16 | get_unaligned_be16(p + 2);
}

static inline u64 get_unaligned_be64(const void *from)
{
	const u8 *p = from;

	return (u64)get_unaligned_be32(p) << 32 | get_unaligned_be32(p + 4);
}

static inline void put_unaligned_be16(u16 value, void *to)
{
	u8 *p = to;

	p[0] = (u8)(value >> 8);
	p[1] = (u8)value;
}

static inline void put_unaligned_be32(u32 value, void *to)
{
	u8 *p = to;

	put_unaligned_be16((u16)(value >> 16), p);
	put_unaligned_be16((u16)value, p + 2);
}

static inline void put_unaligned_be64(u64 value, void *to)
{
	u8 *p = to;

	put_unaligned_be32((u32)(value >> 32), p);
	put_unaligned_be32((u32)value, p + 4);
}

#endif /* __KERNEL__ */

#endif /* _NPV_FRAME_PORT_H */
