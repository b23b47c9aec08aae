/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes to members of structs and back: what the objects' tables are of.
 */
#ifndef NPV_LIB_FIELDS_H
#define NPV_LIB_FIELDS_H

#include <stddef.h>

#include <libmnl/libmnl.h>

#include "libnpv.h"

/* Types of attributes as in the specification */
enum npv_field_type {
	NPV_T_NONE,
	NPV_T_U8,	/* into uint32_t */
	NPV_T_U32,	/* into uint32_t */
	NPV_T_UINT,	/* 4 or 8 bytes, into uint64_t */
	NPV_T_STRING,	/* into char[], cut off where it is too long */
	NPV_T_PORT,	/* big endian u16, into npv_address.port */
	NPV_T_BE16,	/* big endian u16, into uint32_t */
	NPV_T_ADDR4,	/* into npv_address.v4 */
	NPV_T_ADDR6,	/* into npv_address.v6 */
	NPV_T_FLAG,	/* empty, into uint32_t as 1 */
	NPV_T_CALL,	/* by the field's own function */
};

/**
 * struct npv_field - where an attribute goes
 * @type: of the attribute
 * @offset: of the member
 * @size: of the member
 * @call: of NPV_T_CALL: reads the attribute into the object. Returns 0, or -1 and
 *	errno.
 */
struct npv_field {
	enum npv_field_type type;
	uint16_t offset;
	uint16_t size;
	int (*call)(void *object, const struct nlattr *attr);
};

#define NPV_FIELD(t, s, m) \
	{ t, offsetof(struct s, m), sizeof(((struct s *)0)->m), NULL }
#define NPV_FIELD_CALL(c)	{ NPV_T_CALL, 0, 0, c }

/**
 * npv_fields_decode() - read a message into an object that begins with its mask
 * @nlh: complete message as the kernel sent it, of which nothing is trusted
 * @object: all of it is written
 * @size: of @object
 * @fields: by number of the attribute; others are left out
 * @max: last number in @fields
 *
 * Return: 0, or -1 and errno EBADMSG if an attribute isn't of the size that its type
 * has or the message ends in the middle of one.
 */
int npv_fields_decode(const struct nlmsghdr *nlh, void *object, size_t size,
		      const struct npv_field *fields, unsigned int max);

/* The same of the attributes within one */
int npv_fields_decode_nest(const struct nlattr *nest, void *object, size_t size,
			   const struct npv_field *fields, unsigned int max);

/**
 * npv_fields_put() - add members of an object to a request
 * @nlh: request
 * @object: begins with its mask
 * @which: attributes that the request may have. Of them those are added that the
 *	mask has; of addresses, those that are of the attribute's family.
 * @fields: by number of the attribute; those of type NPV_T_CALL are left out
 * @max: last number in @fields
 */
void npv_fields_put(struct nlmsghdr *nlh, const void *object, uint64_t which,
		    const struct npv_field *fields, unsigned int max);

/* What decoders with a function of their own need. Each returns 0, or -1 and errno. */
int npv_field_string(char *to, size_t size, const struct nlattr *attr);
int npv_field_uint(uint64_t *to, const struct nlattr *attr);
int npv_field_malformed(void);

/**
 * npv_attrs_start() - find the attributes of a message
 * @nlh: message, not trusted
 * @left: their length
 *
 * Return: the first, NULL if the message is too short.
 */
const struct nlattr *npv_attrs_start(const struct nlmsghdr *nlh, int *left);

/* The attribute after @attr; the last need not be padded */
const struct nlattr *npv_attr_next(const struct nlattr *attr, int *left);

#endif /* NPV_LIB_FIELDS_H */
