// SPDX-License-Identifier: GPL-2.0
/*
 * How a session and its further stacks begin: HELLO and WELCOME, JOIN and its
 * proof of the session's keys. Documentation/protocol.rst, "Handshakes". This is
 * the side of who asks; port.c has that of who is asked.
 */

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/unaligned.h>

#include "frame.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "peer.h"
#include "race.h"
#include "session.h"
#include "subflow.h"
#include "stacks.h"

#define LABEL_MAX	24

/* One for all: to get one may take a module, and so longer than a handshake. */
static struct crypto_shash *hmac_tfm;
static DEFINE_MUTEX(hmac_lock);	/* protects the key of hmac_tfm */

/**
 * npv_handshake_mac() - the proof that who speaks knows the session's keys
 * @nat: the session
 * @label: what it is the proof of
 * @params: what else is covered
 * @mac: filled in, NPV_MAC_LEN bytes
 *
 * HMAC-SHA256 (RFC 2104) with both keys, over label, both ids, both nonces,
 * stack and flags.
 *
 * Context: process, may sleep.
 * Return: 0, or the -errno of the crypto layer.
 */
int npv_handshake_mac(const struct npv_native *nat, enum npv_mac_label label,
		      const struct npv_join_params *params, u8 *mac)
{
	static const char * const labels[] = {
		[NPV_MAC_JOIN_ACK]	= "NPV1 JOIN_ACK",
		[NPV_MAC_JOIN_CONFIRM]	= "NPV1 JOIN_CONFIRM",
		[NPV_MAC_PATH_RESPONSE]	= "NPV1 PATH_RESPONSE",
		[NPV_MAC_SOURCE]	= "NPV1 SOURCE",
	};
	bool server = test_bit(NPV_NF_SERVER, &nat->flags);
	u8 msg[LABEL_MAX + 16 + 2 * NPV_NONCE_LEN + 5], *p = msg;
	int err;

	p += strscpy((char *)p, labels[label], LABEL_MAX);
	put_unaligned_be64(server ? nat->peer_id : nat->id, p);
	put_unaligned_be64(server ? nat->id : nat->peer_id, p + 8);
	p += 16;
	memcpy(p, params->nonce[0], NPV_NONCE_LEN);
	memcpy(p + NPV_NONCE_LEN, params->nonce[1], NPV_NONCE_LEN);
	p += 2 * NPV_NONCE_LEN;
	put_unaligned_be32(params->stack, p);
	p[4] = params->flags;
	p += 5;

	mutex_lock(&hmac_lock);
	err = crypto_shash_setkey(hmac_tfm, nat->key[0], 2 * NPV_KEY_LEN);
	if (!err)
		err = crypto_shash_tfm_digest(hmac_tfm, msg, p - msg, mac);
	mutex_unlock(&hmac_lock);

	return err;
}

/**
 * npv_handshake_identify() - give a session its id and this side's key
 * @nat: the session
 *
 * Both can't be guessed. The key of who asked is the first.
 *
 * Context: any.
 */
void npv_handshake_identify(struct npv_native *nat)
{
	u8 *key = nat->key[test_bit(NPV_NF_SERVER, &nat->flags)];
	unsigned int i;

	BUILD_BUG_ON(NPV_KEY_LEN % sizeof(u64));
	do {
		nat->id = get_random_u64();
	} while (!nat->id);
	/* As MPTCP makes its keys: each is used once, and a block of ChaCha saved. */
	for (i = 0; i < NPV_KEY_LEN; i += sizeof(u64))
		put_unaligned(get_random_u64(), (u64 *)(key + i));
}

/**
 * npv_handshake_hello_frame() - what HELLO or WELCOME of a session says
 * @nat: the session
 * @type: NPV_FRAME_HELLO or NPV_FRAME_WELCOME
 * @port: the service, network byte order
 * @f: filled in
 *
 * Context: session lock held.
 */
void npv_handshake_hello_frame(const struct npv_native *nat, u8 type, __be16 port,
			       struct npv_frame *f)
{
	memset(f, 0, sizeof(*f));
	f->type = type;
	f->hello.version = NPV_VERSION_WIRE;
	f->hello.version_min = type == NPV_FRAME_HELLO ? NPV_VERSION_WIRE : 0;
	f->hello.socktype = npv_session_socktype(nat->nsk);
	f->hello.port = ntohs(port);
	f->hello.id = nat->id;
	f->hello.edge = nat->edge;
	memcpy(f->hello.key, nat->key[type == NPV_FRAME_WELCOME], NPV_KEY_LEN);
}

static int send_hello(struct npv_subflow *sub, u8 type, __be16 port, bool hold)
{
	struct npv_frame f;

	npv_handshake_hello_frame(sub->nat, type, port, &f);
	return hold ? npv_subflow_hold_frame(sub, &f) : npv_subflow_send_frame(sub, &f);
}

/**
 * npv_handshake_hello() - ask for a session
 * @sub: a stack of this side's, connected to an NPV port
 * @port: the service, network byte order
 * @hold: nobody waits for the answer: it may go with what the program sends
 *
 * Context: process, session lock held.
 * Return: 0 or what npv_subflow_send_frame() returns.
 */
int npv_handshake_hello(struct npv_subflow *sub, __be16 port, bool hold)
{
	sub->wire_hello = true;
	NPV_INC(sock_net(npv_subflow_sk(sub)), HELLO_SENT);
	return send_hello(sub, NPV_FRAME_HELLO, port, hold);
}

/**
 * npv_handshake_welcome() - grant a session
 * @sub: the stack that HELLO came on
 * @port: the service, network byte order
 *
 * Context: process, session lock held.
 * Return: 0 or what npv_subflow_send_frame() returns.
 */
int npv_handshake_welcome(struct npv_subflow *sub, __be16 port)
{
	return send_hello(sub, NPV_FRAME_WELCOME, port, false);
}

/**
 * npv_handshake_join() - ask for a stack to become part of a session
 * @sub: the stack, connected to an NPV port of the peer
 *
 * Context: process, session lock held.
 * Return: 0 or what npv_subflow_send_frame() returns.
 */
int npv_handshake_join(struct npv_subflow *sub)
{
	struct npv_native *nat = sub->nat;
	struct npv_frame f = {
		.type		= NPV_FRAME_JOIN,
		.flags		= sub->backup ? NPV_JOIN_BACKUP : 0,
		.join.id	= nat->peer_id,
		.join.stack	= sub->id,
	};

	get_random_bytes(sub->nonce, sizeof(sub->nonce));
	memcpy(f.join.nonce, sub->nonce, sizeof(f.join.nonce));
	sub->wire_hello = true;
	NPV_INC(sock_net(npv_subflow_sk(sub)), JOIN_SENT);
	return npv_subflow_send_frame(sub, &f);
}

static int on_welcome(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;

	/* Over UDP it may come twice. */
	if (test_bit(NPV_NF_WELCOMED, &nat->flags) && !npv_subflow_is_tcp(sub) &&
	    !test_bit(NPV_NF_SERVER, &nat->flags) && f->hello.id == nat->peer_id)
		return 0;
	if (test_bit(NPV_NF_SERVER, &nat->flags) || sub->id ||
	    test_bit(NPV_NF_WELCOMED, &nat->flags))
		return -EPROTO;
	if (f->hello.version != NPV_VERSION_WIRE || !f->hello.id ||
	    f->hello.option_unknown)
		return -EPROTO;

	set_bit(NPV_NF_WELCOMED, &nat->flags);
	nat->peer_id = f->hello.id;
	memcpy(nat->key[1], f->hello.key, NPV_KEY_LEN);
	nat->sendq.edge = max(nat->sendq.edge, f->hello.edge);
	if (!npv_record_wanted(&nat->nsk->sk))
		npv_peer_note_kind(sock_net(&nat->nsk->sk), &nat->remote,
				   nat->remote_port, NPV_KIND_NATIVE,
				   NPV_REASON_HELLO);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_race_kick(nat->nsk);
	npv_native_kick(nat);

	return 0;
}

static int on_refuse(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;
	struct net *net = sock_net(&nat->nsk->sk);

	if (!test_bit(NPV_NF_SERVER, &nat->flags) &&
	    !test_bit(NPV_NF_WELCOMED, &nat->flags)) {
		NPV_INC(net, HELLO_REFUSED);
		nat->refusal = f->aux;
		set_bit(NPV_NF_REFUSED, &nat->flags);
		/* What is full or busy now is so for now. */
		if (!npv_record_wanted(&nat->nsk->sk) && f->aux != NPV_REFUSE_BUSY &&
		    f->aux != NPV_REFUSE_BACKLOG)
			npv_peer_note_kind(net, &nat->remote, nat->remote_port,
					   NPV_KIND_PLAIN, NPV_REASON_HELLO_REFUSED);
		npv_race_kick(nat->nsk);
		/* It was taken for granted: the program is connected already. */
		if (nat->nsk->native)
			npv_native_error(nat, ECONNREFUSED);
		return 0;
	}
	/* Also behind JOIN_CONFIRM, when it is in use already */
	if (!sub->initiator || !sub->id)
		return -EPROTO;

	NPV_INC(net, JOIN_REFUSED);
	/*
	 * The peer has forgotten the session: nothing can bring it back. It may
	 * well do so once both have all, and its last word was lost.
	 */
	if (f->aux == NPV_REFUSE_SESSION && npv_subflow_is_tcp(sub) &&
	    npv_stacks_stalled(nat)) {
		bool done = nat->fin_sent && nat->recvq.nxt > nat->recvq.fin;

		npv_native_error(nat, done ? 0 : ECONNRESET);
	}
	npv_subflow_fail(sub);
	return 0;
}

static int on_join_ack(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;
	struct npv_join_params params = {
		.nonce	= { sub->nonce, f->join.nonce },
		.stack	= sub->id,
		.flags	= sub->backup ? NPV_JOIN_BACKUP : 0,
	};
	u8 mac[NPV_MAC_LEN];

	if (sub->status != NPV_STACK_STATUS_JOINING || !sub->initiator)
		return -EPROTO;
	if (npv_handshake_mac(nat, NPV_MAC_JOIN_ACK, &params, mac) ||
	    crypto_memneq(mac, f->join.mac, sizeof(mac))) {
		NPV_INC(sock_net(&nat->nsk->sk), JOIN_BAD_MAC);
		npv_subflow_fail(sub);
		return 0;
	}
	if (npv_handshake_mac(nat, NPV_MAC_JOIN_CONFIRM, &params,
			      sub->confirm)) {
		npv_subflow_fail(sub);
		return 0;
	}
	/* Not from here, where the stack's lock is held. */
	sub->confirm_wanted = true;

	return 0;
}

/**
 * npv_handshake_init() - make ready for handshakes
 *
 * Context: module init.
 * Return: 0 or the -errno of the crypto layer.
 */
int __init npv_handshake_init(void)
{
	hmac_tfm = crypto_alloc_shash("hmac(sha256)", 0, 0);
	return PTR_ERR_OR_ZERO(hmac_tfm);
}

/** npv_handshake_exit() - undo npv_handshake_init() */
void npv_handshake_exit(void)
{
	crypto_free_shash(hmac_tfm);
}

/**
 * npv_handshake_frame() - a frame of a handshake has come to who asked
 * @sub: the stack
 * @f: WELCOME, REFUSE or JOIN_ACK
 *
 * Context: process, session and stack lock held.
 * Return: 0, or -EPROTO.
 */
int npv_handshake_frame(struct npv_subflow *sub, const struct npv_frame *f)
{
	switch (f->type) {
	case NPV_FRAME_WELCOME:
		return on_welcome(sub, f);
	case NPV_FRAME_REFUSE:
		return on_refuse(sub, f);
	case NPV_FRAME_JOIN_ACK:
		return on_join_ack(sub, f);
	default:
		return -EPROTO;
	}
}
