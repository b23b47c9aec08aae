// SPDX-License-Identifier: GPL-2.0
/*
 * A session that begins over UDP, both sides. Documentation/protocol.rst, "Beginning over
 * UDP". What was asked and offered is probe.c's and offer.c's.
 *
 * Who is asked keeps nothing before the asker has shown that it gets what goes to its
 * address: the token is made from a secret, what was asked and by whom, so that it can be
 * made again when it comes back. What is kept of it then is that it was used.
 */

#include <crypto/algapi.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/inet_sock.h>

#include "address.h"
#include "frame.h"
#include "handshake.h"
#include "decision.h"
#include "ksock.h"
#include "native.h"
#include "netns.h"
#include "offer.h"
#include "once.h"
#include "port.h"
#include "probe.h"
#include "receive.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_udp.h"
#include "welcome.h"

/* Tokens are good for one to two of these */
#define TOKEN_EPOCH	(10 * HZ)
/* Sessions that wait to be made, at most */
#define BEGUN_MAX	64

static u64 cid_of(const u8 *bytes)
{
	return get_unaligned_be64(bytes);
}

/*
 * Who asks
 */

/**
 * npv_udp_begin_allowed() - whether a session of the program's may begin over UDP
 * @nsk: the session
 *
 * Not where it takes packets from near by only, nor where it has bound a port, which is
 * one of TCP, nor where policy doesn't allow it.
 *
 * Context: session lock held.
 * Return: whether it may.
 */
bool npv_udp_begin_allowed(const struct npv_sock *nsk)
{
	return !npv_sockopt_near_only(nsk) &&
	       npv_decision_allows(nsk, NPV_TRANSPORT_UDP) &&
	       !(nsk->main->sk->sk_userlocks & SOCK_BINDPORT_LOCK);
}

/**
 * npv_udp_begin_possible() - whether a session can begin where it was offered
 * @nsk: the session
 * @offered: by whom
 *
 * Context: session lock held.
 * Return: whether it can.
 */
bool npv_udp_begin_possible(const struct npv_sock *nsk,
			    const struct npv_offered *offered)
{
	return memchr_inv(offered->token, 0, NPV_NONCE_LEN) &&
	       npv_udp_begin_allowed(nsk);
}

/* Have a socket from where the question came to where it went. Return: 0 or -errno. */
static int begin_connect(struct socket *sock, const struct npv_offered *offered)
{
	sa_family_t family = sock->sk->sk_family;
	struct sockaddr_storage ss;
	int err, len;

	if (offered->ifindex) {
		err = npv_stack_bind_if(sock->sk, offered->ifindex);
		if (err)
			return err;
	}
	/* The question's own socket has the port still. */
	npv_ksock_share(sock);
	len = npv_addr_build(&ss, family, &offered->local, offered->sport,
			     offered->scope_id);
	err = len < 0 ? len : kernel_bind(sock, (struct sockaddr *)&ss, len);
	if (err)
		return err;
	len = npv_addr_build(&ss, family, &offered->remote, offered->port,
			     offered->scope_id);
	err = len < 0 ? len : kernel_connect(sock, (struct sockaddr *)&ss, len, 0);
	if (err)
		return err;
	npv_ksock_drain(sock);
	return npv_udp_socket(sock);
}

/**
 * npv_udp_begin_create() - make the stack that a session begins with
 * @nsk: the session
 * @offered: by whom it was offered
 * @err: set to why it can't be had, -errno
 *
 * Context: process, session lock held, may sleep.
 * Return: it, or NULL.
 */
struct npv_subflow *npv_udp_begin_create(struct npv_sock *nsk,
					 const struct npv_offered *offered,
					 int *err)
{
	bool is4 = ipv6_addr_v4mapped(&offered->remote);
	struct npv_subflow *sub;
	struct npv_stack *stack;

	stack = npv_stack_create_native(nsk, is4 ? AF_INET : AF_INET6, IPPROTO_UDP);
	if (IS_ERR(stack)) {
		*err = PTR_ERR(stack);
		return NULL;
	}
	npv_stack_set_file(stack, nsk->sock->file);
	*err = begin_connect(stack->sock, offered);
	sub = *err ? NULL : npv_udp_create(stack, GFP_KERNEL);
	if (sub)
		return sub;
	if (!*err)
		*err = -ENOMEM;
	npv_stack_discard(stack);
	return NULL;
}

/**
 * npv_udp_begin_send() - ask for the session
 * @udp: its first stack
 *
 * Context: process, session lock held.
 * Return: 0.
 */
int npv_udp_begin_send(struct npv_udp *udp)
{
	struct npv_subflow *sub = &udp->sub;
	unsigned int len;
	struct npv_frame f;

	npv_handshake_hello_frame(sub->nat, NPV_FRAME_HELLO, sub->nat->remote_port, &f);
	memset(udp->scratch, 0, NPV_JOIN_UDP_MIN);
	len = npv_frame_encode(&f, udp->scratch, NPV_UDP_SCRATCH);
	memset(&f, 0, sizeof(f));
	f.type = NPV_FRAME_BEGIN;
	memcpy(f.begin.token, sub->confirm, NPV_NONCE_LEN);
	memcpy(f.begin.nonce, sub->nonce, NPV_NONCE_LEN);
	len += npv_frame_encode(&f, udp->scratch + len, NPV_UDP_SCRATCH - len);
	return npv_udp_ask(udp, len);
}

/* The session will be of a question, and of a token. */
static void begin_take(struct npv_udp *udp, const u8 *token)
{
	memcpy(udp->sub.confirm, token, NPV_NONCE_LEN);
	udp->cid_tx = cid_of(token);
}

/**
 * npv_udp_begin() - begin a session that was offered
 * @sub: from npv_udp_begin_create(), attached
 * @offered: by whom; the session has the id and the key of the question
 *
 * Context: process, session lock held.
 * Return: 0.
 */
int npv_udp_begin(struct npv_subflow *sub, const struct npv_offered *offered)
{
	struct npv_udp *udp = npv_udp(sub);

	sub->wire_hello = true;
	NPV_INC(sock_net(npv_udp_sk(udp)), HELLO_SENT);
	get_random_bytes(sub->nonce, NPV_NONCE_LEN);
	udp->cid_rx = cid_of(sub->nonce);
	begin_take(udp, offered->token);
	udp->tries = 0;
	/* What answers is a packet with its connection id. */
	udp->joined = true;
	return npv_udp_begin_send(udp);
}

/**
 * npv_udp_begin_packet() - a HANDSHAKE packet has come before WELCOME
 * @udp: the stack
 * @f: what it says
 *
 * The token was too old, and there is another; or there is no session any more.
 *
 * Context: process, session lock held.
 * Return: 0, or -EPROTO if it makes no sense.
 */
int npv_udp_begin_packet(struct npv_udp *udp, const struct npv_frame *f)
{
	struct npv_frame refuse = { .type = NPV_FRAME_REFUSE, .aux = f->aux };
	const struct npv_native *nat = udp->sub.nat;

	/* Only who was asked knows the id. */
	if (f->type != NPV_FRAME_OFFER || f->hello.id != nat->id ||
	    htons(f->hello.port) != nat->remote_port)
		return -EPROTO;
	/* To a question that was repeated: not the last word. */
	if (f->aux && !(f->flags & NPV_OFFER_BEGIN))
		return 0;
	if (f->aux)
		return npv_receive_frame(&udp->sub, &refuse);
	if (!memchr_inv(f->hello.key, 0, NPV_NONCE_LEN))
		return -EPROTO;
	/* The answer to the question may have come twice. */
	if (memcmp(f->hello.key, udp->sub.confirm, NPV_NONCE_LEN)) {
		begin_take(udp, f->hello.key);
		npv_udp_begin_send(udp);
	}
	return 0;
}

/*
 * Who is asked
 */

/* What a token is made from */
struct token_input {
	struct in6_addr remote;
	struct in6_addr local;
	u64 id;
	u64 epoch;
	u8 key[NPV_KEY_LEN];
	__be16 port;
	u16 service;
	u8 socktype;
	u8 which;
	u8 pad[2];
} __aligned(8);

static void make_token(const struct npv_port *port, const struct npv_frame *f,
		       const struct npv_dgram *dgram, u64 epoch, u8 *token)
{
	struct token_input in = {
		.remote		= dgram->remote,
		.local		= dgram->local,
		.id		= f->hello.id,
		.port		= dgram->port,
		.service	= f->hello.port,
		.socktype	= f->hello.socktype,
	};

	BUILD_BUG_ON(NPV_NONCE_LEN % sizeof(u64));
	memcpy(in.key, f->hello.key, NPV_KEY_LEN);
	for (in.which = 0; in.which < NPV_NONCE_LEN / sizeof(u64); in.which++) {
		/* The connection id is of the HELLO, however often that is asked. */
		in.epoch = in.which ? epoch : 0;
		put_unaligned_be64(siphash(&in, sizeof(in), &port->begin_secret),
				   token + in.which * sizeof(u64));
	}
}

/* 0 is none. */
static u64 token_epoch(void)
{
	return div_u64(get_jiffies_64(), TOKEN_EPOCH) + 2;
}

/**
 * npv_udp_begin_token() - what has to come back for a session to begin over UDP
 * @port: the NPV port
 * @f: the HELLO
 * @dgram: whence
 * @token: filled in, NPV_NONCE_LEN bytes; zeros where none can
 *
 * Context: the port's work.
 */
void npv_udp_begin_token(const struct npv_port *port, const struct npv_frame *f,
			 const struct npv_dgram *dgram, u8 *token)
{
	if (port->begun && npv_once_room(port->begun, token_epoch()))
		make_token(port, f, dgram, token_epoch(), token);
	else
		memset(token, 0, NPV_NONCE_LEN);
}

/**
 * struct begun - a session that is about to begin
 * @work: makes it; not the port's work, for it may take its time
 * @port: the NPV port, held open
 * @listener: whom it is for; referenced
 * @hello: the HELLO
 * @dgram: whence
 * @sport: port that it came to, network byte order
 * @token: ours, used
 * @nonce: of who asks
 */
struct begun {
	struct work_struct work;
	struct npv_port *port;
	struct npv_sock *listener;
	struct npv_frame hello;
	struct npv_dgram dgram;
	__be16 sport;
	u8 token[NPV_NONCE_LEN];
	u8 nonce[NPV_NONCE_LEN];
};

/* The first stack of a session. Return: it, or NULL. */
static struct npv_subflow *begun_stack(const struct begun *b, struct npv_native *nat)
{
	struct npv_subflow *sub = NULL;
	struct npv_stack *stack;
	struct socket *sock;
	struct npv_udp *udp;

	sock = npv_udp_answer_socket(b->port, &b->dgram, b->sport);
	if (IS_ERR(sock))
		return NULL;
	stack = npv_stack_wrap(nat->nsk, sock);
	if (!stack) {
		sock_release(sock);
		return NULL;
	}
	if (!npv_sockopt_replay(nat->nsk, sock) && !npv_udp_socket(sock))
		sub = npv_udp_create(stack, GFP_KERNEL);
	if (!sub)
		goto err_stack;
	udp = npv_udp(sub);
	udp->cid_rx = cid_of(b->token);
	udp->cid_tx = cid_of(b->nonce);
	if (npv_udp_name_add(udp, nat))
		goto err_sub;
	return sub;

err_sub:
	npv_subflow_free(sub);
err_stack:
	npv_stack_destroy(stack);
	return NULL;
}

/* Return: 0, or enum npv_refusal. */
static int begun_session(const struct begun *b)
{
	struct npv_subflow *sub;
	struct npv_native *nat;
	struct npv_stack *stack;

	nat = npv_welcome_prepare(b->listener, &b->hello, &b->dgram.local,
				  &b->dgram.remote, b->dgram.port);
	if (!nat)
		return NPV_REFUSE_BUSY;
	if (npv_sockopt_near_only(nat->nsk))
		goto err_nat;
	sub = begun_stack(b, nat);
	if (!sub)
		goto err_nat;
	if (npv_welcome(nat, sub, b->listener))
		return 0;

	stack = sub->stack;
	npv_subflow_free(sub);
	npv_stack_destroy(stack);
err_nat:
	npv_welcome_cancel(nat);
	return NPV_REFUSE_BUSY;
}

static void begun_work(struct work_struct *work)
{
	struct begun *b = container_of(work, struct begun, work);
	struct npv_port *port = b->port;
	int why;

	why = begun_session(b);
	if (why) {
		/* It may have been closed, and not be open again. */
		mutex_lock(&port->lock);
		if (port->udp)
			npv_offer_answer(port, &b->hello, &b->dgram,
					 NPV_OFFER_BEGIN, why);
		mutex_unlock(&port->lock);
	}
	atomic_dec(&port->confirmed);
	npv_port_put(port->net);
	/* Up to here it holds the namespace. */
	npv_session_put(b->listener);
	kfree(b);
}

/* A token has come back, made in that epoch. Return: 0, or enum npv_refusal. */
static int begin_session(struct npv_port *port, const struct npv_frame *f,
			 const struct npv_dgram *dgram,
			 const struct npv_frame *begin, u64 epoch)
{
	struct npv_sock *listener;
	struct begun *b;
	int why, used;

	why = npv_offer_judge(port->net, f, &dgram->local, &dgram->remote,
			      dgram->ifindex, &listener);
	if (why == NPV_REFUSE_BACKLOG)
		NPV_INC(port->net, LISTENER_BACKLOG_DROP);
	if (why)
		return why;
	b = NULL;
	if (atomic_read(&port->confirmed) < BEGUN_MAX)
		b = kmalloc(sizeof(*b), GFP_KERNEL);
	if (!b || !npv_port_hold(port->net)) {
		kfree(b);
		npv_session_put(listener);
		return NPV_REFUSE_BUSY;
	}
	/* Last, so that who is refused is so as often as it asks. */
	used = npv_once(port->begun, epoch, cid_of(begin->begin.token));
	if (used) {
		kfree(b);
		/* The caller has the port open as well. */
		npv_port_put(port->net);
		npv_session_put(listener);
		/* The session says what there is to say. */
		return used == -EALREADY ? 0 : NPV_REFUSE_BUSY;
	}
	atomic_inc(&port->confirmed);
	INIT_WORK(&b->work, begun_work);
	b->port = port;
	b->listener = listener;
	b->hello = *f;
	b->dgram = *dgram;
	b->sport = inet_sk(port->udp->sk)->inet_sport;
	memcpy(b->token, begin->begin.token, NPV_NONCE_LEN);
	memcpy(b->nonce, begin->begin.nonce, NPV_NONCE_LEN);
	queue_work(npv_native_wq, &b->work);
	return 0;
}

/**
 * npv_udp_begin_behind() - whether there is a BEGIN behind a HELLO
 * @f: the HELLO
 * @buf: the whole datagram
 * @len: its length
 *
 * Return: whether there is.
 */
bool npv_udp_begin_behind(const struct npv_frame *f, const u8 *buf, unsigned int len)
{
	unsigned int size = NPV_FRAME_HDR + f->length;

	return len > size && buf[size] == NPV_FRAME_BEGIN;
}

/**
 * npv_udp_begin_asked() - HELLO has come to the NPV port over UDP, and what is behind it
 * @port: the port
 * @f: the HELLO
 * @dgram: whence
 * @buf: the whole datagram
 * @len: its length
 *
 * Context: the port's work.
 * Return: whether it has a right token, and nothing more is to be done.
 */
bool npv_udp_begin_asked(struct npv_port *port, const struct npv_frame *f,
			 const struct npv_dgram *dgram, const u8 *buf,
			 unsigned int len)
{
	u64 epoch = token_epoch();
	struct npv_frame begin;
	u8 token[NPV_NONCE_LEN];
	unsigned int i;
	int why;

	if (!port->begun || !npv_udp_begin_behind(f, buf, len) ||
	    npv_frame_decode(&begin, buf + NPV_FRAME_HDR + f->length,
			     len - NPV_FRAME_HDR - f->length) <= 0)
		return false;
	for (i = 0; i < 2; i++) {
		make_token(port, f, dgram, epoch - i, token);
		if (!crypto_memneq(token, begin.begin.token, sizeof(token)))
			break;
	}
	/* It is a question: the answer has another. */
	if (i == 2)
		return false;

	NPV_INC(port->net, HELLO_RECEIVED);
	why = begin_session(port, f, dgram, &begin, epoch - i);
	if (why) {
		NPV_INC(port->net, HELLO_REFUSED);
		npv_offer_answer(port, f, dgram, NPV_OFFER_BEGIN, why);
	}
	return true;
}
