// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes to members of structs and back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "fields.h"

int npv_field_malformed(void)
{
	errno = EBADMSG;
	return -1;
}

/* Attributes lie at 4 bytes, whatever they hold: never look at them in place */
static int copy_exact(void *to, const struct nlattr *attr, size_t size)
{
	if (mnl_attr_get_payload_len(attr) != size)
		return npv_field_malformed();
	memcpy(to, mnl_attr_get_payload(attr), size);

	return 0;
}

int npv_field_uint(uint64_t *to, const struct nlattr *attr)
{
	uint32_t u32;

	if (mnl_attr_get_payload_len(attr) == sizeof(*to))
		return copy_exact(to, attr, sizeof(*to));
	if (copy_exact(&u32, attr, sizeof(u32)))
		return -1;
	*to = u32;

	return 0;
}

int npv_field_string(char *to, size_t size, const struct nlattr *attr)
{
	const char *from = mnl_attr_get_payload(attr);
	size_t max = mnl_attr_get_payload_len(attr);
	size_t len = strnlen(from, max);

	if (len == max)		/* no NUL at its end */
		return npv_field_malformed();
	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';

	return 0;
}

static int decode_attr(void *object, const struct npv_field *field,
		       const struct nlattr *attr)
{
	void *to = (char *)object + field->offset;
	struct npv_address *address = to;
	uint32_t u32 = 1;
	uint16_t port;
	uint8_t u8;

	switch (field->type) {
	case NPV_T_NONE:
		return 0;
	case NPV_T_U8:
		if (copy_exact(&u8, attr, sizeof(u8)))
			return -1;
		u32 = u8;
		memcpy(to, &u32, sizeof(u32));
		return 0;
	case NPV_T_U32:
		return copy_exact(to, attr, sizeof(uint32_t));
	case NPV_T_UINT:
		return npv_field_uint(to, attr);
	case NPV_T_STRING:
		return npv_field_string(to, field->size, attr);
	case NPV_T_PORT:
		if (copy_exact(&port, attr, sizeof(port)))
			return -1;
		address->port = ntohs(port);
		return 0;
	case NPV_T_BE16:
		if (copy_exact(&port, attr, sizeof(port)))
			return -1;
		u32 = ntohs(port);
		memcpy(to, &u32, sizeof(u32));
		return 0;
	case NPV_T_ADDR4:
		address->family = AF_INET;
		return copy_exact(&address->v4, attr, sizeof(address->v4));
	case NPV_T_ADDR6:
		address->family = AF_INET6;
		return copy_exact(&address->v6, attr, sizeof(address->v6));
	case NPV_T_FLAG:
		memcpy(to, &u32, sizeof(u32));
		return mnl_attr_get_payload_len(attr) ? npv_field_malformed() : 0;
	case NPV_T_CALL:
		return field->call(object, attr);
	}

	return 0;
}

const struct nlattr *npv_attrs_start(const struct nlmsghdr *nlh, int *left)
{
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + GENL_HDRLEN)
		return NULL;
	*left = (int)(nlh->nlmsg_len - MNL_NLMSG_HDRLEN - GENL_HDRLEN);

	return mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
}

const struct nlattr *npv_attr_next(const struct nlattr *attr, int *left)
{
	int step = MNL_ALIGN(attr->nla_len);

	*left -= step < *left ? step : *left;

	return (const struct nlattr *)((const char *)attr + step);
}

/* Every object begins with its mask */
static int decode(const struct nlattr *attr, int left, void *object, size_t size,
		  const struct npv_field *fields, unsigned int max)
{
	uint64_t *has = object;

	memset(object, 0, size);
	for (; left; attr = npv_attr_next(attr, &left)) {
		unsigned int type;

		if (!mnl_attr_ok(attr, left))
			return npv_field_malformed();
		type = mnl_attr_get_type(attr);
		if (type > max || fields[type].type == NPV_T_NONE)
			continue;
		if (decode_attr(object, &fields[type], attr))
			return -1;
		*has |= 1ULL << type;
	}

	return 0;
}

int npv_fields_decode(const struct nlmsghdr *nlh, void *object, size_t size,
		      const struct npv_field *fields, unsigned int max)
{
	const struct nlattr *attr;
	int left;

	attr = npv_attrs_start(nlh, &left);
	if (!attr)
		return npv_field_malformed();

	return decode(attr, left, object, size, fields, max);
}

int npv_fields_decode_nest(const struct nlattr *nest, void *object, size_t size,
			   const struct npv_field *fields, unsigned int max)
{
	return decode(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), object,
		      size, fields, max);
}

static void put_attr(struct nlmsghdr *nlh, uint16_t type, const void *from,
		     const struct npv_field *field)
{
	char text[256];
	uint64_t u64;
	uint32_t u32;

	switch (field->type) {
	case NPV_T_U8:
		memcpy(&u32, from, sizeof(u32));
		mnl_attr_put_u8(nlh, type, (uint8_t)u32);
		break;
	case NPV_T_U32:
		memcpy(&u32, from, sizeof(u32));
		mnl_attr_put_u32(nlh, type, u32);
		break;
	case NPV_T_BE16:
		memcpy(&u32, from, sizeof(u32));
		mnl_attr_put_u16(nlh, type, htons((uint16_t)u32));
		break;
	case NPV_T_UINT:	/* the shorter of its two forms */
		memcpy(&u64, from, sizeof(u64));
		if (u64 <= UINT32_MAX)
			mnl_attr_put_u32(nlh, type, (uint32_t)u64);
		else
			mnl_attr_put_u64(nlh, type, u64);
		break;
	case NPV_T_STRING:	/* the caller's, which may lack its NUL */
		snprintf(text, sizeof(text), "%.*s", (int)field->size - 1,
			 (const char *)from);
		mnl_attr_put_strz(nlh, type, text);
		break;
	case NPV_T_FLAG:
		mnl_attr_put(nlh, type, 0, NULL);
		break;
	case NPV_T_NONE:
	case NPV_T_PORT:	/* goes with an address */
	case NPV_T_ADDR4:
	case NPV_T_ADDR6:
	case NPV_T_CALL:
		break;
	}
}

void npv_fields_put(struct nlmsghdr *nlh, const void *object, uint64_t which,
		    const struct npv_field *fields, unsigned int max)
{
	const struct npv_address *address;
	const uint64_t *has = object;
	unsigned int i;

	for (i = 1; i <= max; i++) {
		const void *from = (const char *)object + fields[i].offset;

		if (!(which & 1ULL << i))
			continue;
		address = from;
		if (fields[i].type == NPV_T_ADDR4) {
			if (address->family == AF_INET)
				mnl_attr_put(nlh, i, sizeof(address->v4), &address->v4);
		} else if (fields[i].type == NPV_T_ADDR6) {
			if (address->family == AF_INET6)
				mnl_attr_put(nlh, i, sizeof(address->v6), &address->v6);
		} else if (*has & 1ULL << i) {
			put_attr(nlh, i, from, &fields[i]);
		}
	}
}
