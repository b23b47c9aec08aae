/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECORD_H
#define _NPV_RECORD_H

#include <linux/types.h>
#include <net/sock.h>

struct msghdr;
struct npv_native;

/* Longest record, bytes: protocol.rst, "Records" */
#define NPV_RECORD_MAX	(4 * 1024 * 1024)

/* Whether a session is one of sequenced packets */
static inline bool npv_record_wanted(const struct sock *session)
{
	return session->sk_type == SOCK_SEQPACKET;
}

/**
 * struct npv_record - where a session of sequenced packets is in its records
 * @out: what of a record, and its head, no stack had room for yet; NULL if nothing.
 *	Session lock, as the rest.
 * @out_len: bytes of it
 * @out_off: how many of them are on their way
 * @in_head: the head of the record that is next was read
 * @in_len: its length, bytes
 */
struct npv_record {
	u8 *out;
	u32 out_len;
	u32 out_off;
	bool in_head;
	u32 in_len;
};

int npv_record_send(struct npv_native *nat, struct msghdr *msg, size_t len, long timeo);
int npv_record_sendmsg(struct npv_native *nat, struct msghdr *msg, size_t len);
int npv_record_recvmsg(struct npv_native *nat, struct msghdr *msg, size_t len, int flags);
void npv_record_flush(struct npv_native *nat);
int npv_record_next(struct npv_native *nat, bool drain);
void npv_record_free(struct npv_native *nat);

/* Bytes that the program has sent and no stack has got */
static inline u32 npv_record_pending(const struct npv_record *record)
{
	return record->out ? record->out_len - record->out_off : 0;
}

#endif /* _NPV_RECORD_H */
