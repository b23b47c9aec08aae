/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_HANDSHAKE_H
#define _NPV_HANDSHAKE_H

#include <linux/types.h>

struct npv_frame;
struct npv_native;
struct npv_subflow;

/**
 * enum npv_mac_label - which of the MACs that prove the session's keys
 * @NPV_MAC_JOIN_ACK: of who was asked to let a stack join
 * @NPV_MAC_JOIN_CONFIRM: of who asked
 * @NPV_MAC_PATH_RESPONSE: of whose address has changed
 * @NPV_MAC_SOURCE: of whose datagrams have that source
 */
enum npv_mac_label {
	NPV_MAC_JOIN_ACK,
	NPV_MAC_JOIN_CONFIRM,
	NPV_MAC_PATH_RESPONSE,
	NPV_MAC_SOURCE,
};

/**
 * struct npv_join_params - what the MACs cover, beside the label
 * @nonce: of who asked, of who was asked. PATH_RESPONSE: the connection ids of the
 *	server and of the client; the token. SOURCE_PROOF: zeros
 * @stack: number of the stack
 * @flags: those of the JOIN, else 0
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
void npv_handshake_hello_frame(const struct npv_native *nat, u8 type, __be16 port,
			       struct npv_frame *f);
int npv_handshake_hello(struct npv_subflow *sub, __be16 port, bool hold);
int npv_handshake_welcome(struct npv_subflow *sub, __be16 port);
int npv_handshake_join(struct npv_subflow *sub);
int npv_handshake_frame(struct npv_subflow *sub, const struct npv_frame *f);

#endif /* _NPV_HANDSHAKE_H */
