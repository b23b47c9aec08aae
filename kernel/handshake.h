/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_HANDSHAKE_H
#define _NPV_HANDSHAKE_H

#include <linux/types.h>

struct npv_frame;
struct npv_native;
struct npv_tcp;

/**
 * enum npv_mac_label - which of the two MACs of a JOIN
 * @NPV_MAC_JOIN_ACK: of who was asked
 * @NPV_MAC_JOIN_CONFIRM: of who asked
 */
enum npv_mac_label {
	NPV_MAC_JOIN_ACK,
	NPV_MAC_JOIN_CONFIRM,
};

/**
 * struct npv_join_params - what the MACs of a JOIN cover, beside the label
 * @nonce: of who asked, of who was asked
 * @stack: number of the stack
 * @flags: those of the JOIN
 */
struct npv_join_params {
	const u8 *nonce[2];
	u32 stack;
	u8 flags;
};

int npv_handshake_init(void);
void npv_handshake_exit(void);
int npv_handshake_mac(const struct npv_native *nat, enum npv_mac_label label,
		      const struct npv_join_params *params, u8 *mac);
void npv_handshake_identify(struct npv_native *nat);
int npv_handshake_hello(struct npv_tcp *tcp, __be16 port, bool hold);
int npv_handshake_welcome(struct npv_tcp *tcp, __be16 port);
int npv_handshake_join(struct npv_tcp *tcp);
int npv_handshake_frame(struct npv_tcp *tcp, const struct npv_frame *f);

#endif /* _NPV_HANDSHAKE_H */
