// SPDX-License-Identifier: GPL-2.0
/*
 * Joining a session over UDP, both sides. Documentation/protocol.rst, "Joining over
 * UDP".
 *
 * Who is asked keeps nothing before the asker has shown that its address is its own
 * and that it knows the session's keys: its nonce is made from a secret, what was
 * asked and by whom, so that it can be made again when the proof comes.
 */

#include <crypto/algapi.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "address.h"
#include "frame.h"
#include "handshake.h"
#include "ksock.h"
#include "native.h"
#include "netns.h"
#include "port.h"
#include "receive.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_udp.h"
#include "stacks.h"
#include "udp_move.h"

/* JOIN, and its proof, are sent again after so long, doubled each time */
#define RETRY_FIRST_US	(200 * USEC_PER_MSEC)
#define RETRY_SHIFT_MAX	4
/* The secret's nonces are good for one to two of these */
#define NONCE_EPOCH	(10 * HZ)
/* Proofs that wait for their session, at most */
#define CONFIRMED_MAX	64

/**
 * npv_udp_socket() - make a UDP socket fit to carry a stack
 * @sock: the socket, connected
 *
 * Nothing is fragmented, and what comes together is read together.
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int npv_udp_socket(struct socket *sock)
{
	int on = 1, probe = IP_PMTUDISC_PROBE, err;

	err = sock->ops->setsockopt(sock, SOL_UDP, UDP_GRO, KERNEL_SOCKPTR(&on),
				    sizeof(on));
	if (err)
		return err;
	if (sock->sk->sk_family == AF_INET)
		return sock->ops->setsockopt(sock, SOL_IP, IP_MTU_DISCOVER,
					     KERNEL_SOCKPTR(&probe),
					     sizeof(probe));
	probe = IPV6_PMTUDISC_PROBE;
	err = sock->ops->setsockopt(sock, SOL_IPV6, IPV6_MTU_DISCOVER,
				    KERNEL_SOCKPTR(&probe), sizeof(probe));
	return err ?: sock->ops->setsockopt(sock, SOL_IPV6, IPV6_DONTFRAG,
					    KERNEL_SOCKPTR(&on), sizeof(on));
}

static u64 cid_of(const u8 *nonce)
{
	return get_unaligned_be64(nonce);
}

/*
 * Who asks
 */

/**
 * npv_udp_ask() - send what asks for a stack, and again while there is no answer
 * @udp: the stack
 * @len: length of what is in npv_udp.scratch, with zeros behind it
 *
 * Context: process, session lock held.
 * Return: 0.
 */
int npv_udp_ask(struct npv_udp *udp, unsigned int len)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = {
		.iov_base	= udp->scratch,
		.iov_len	= max(len, NPV_JOIN_UDP_MIN),
	};

	/* That it can't be sent is nothing: it may as well get lost. */
	kernel_sendmsg(udp->sub.stack->sock, &msg, &vec, 1, vec.iov_len);
	udp->retry_us = npv_udp_now(udp) +
			(RETRY_FIRST_US << min_t(u8, udp->tries, RETRY_SHIFT_MAX));
	udp->tries++;
	npv_udp_timer(udp);
	return 0;
}

/* Send JOIN, and behind it the proof if that is known. */
static int send_join(struct npv_udp *udp)
{
	struct npv_subflow *sub = &udp->sub;
	struct npv_frame join = {
		.type		= NPV_FRAME_JOIN,
		.flags		= sub->backup ? NPV_JOIN_BACKUP : 0,
		.join.id	= sub->nat->peer_id,
		.join.stack	= sub->id,
	};
	unsigned int len;

	memcpy(join.join.nonce, sub->nonce, NPV_NONCE_LEN);
	memset(udp->scratch, 0, NPV_JOIN_UDP_MIN);
	len = npv_frame_encode(&join, udp->scratch, NPV_UDP_SCRATCH);
	if (udp->joined) {
		memset(&join, 0, sizeof(join));
		join.type = NPV_FRAME_JOIN_CONFIRM;
		memcpy(join.join.mac, sub->confirm, NPV_MAC_LEN);
		len += npv_frame_encode(&join, udp->scratch + len,
					NPV_UDP_SCRATCH - len);
	}
	return npv_udp_ask(udp, len);
}

/**
 * npv_udp_join() - ask to join, or prove that we may
 * @sub: the stack, attached
 * @f: JOIN or JOIN_CONFIRM
 *
 * The connection ids are the beginnings of the nonces, which either side chooses.
 *
 * Context: process, session lock held.
 * Return: 0.
 */
int npv_udp_join(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_udp *udp = npv_udp(sub);

	udp->tries = 0;
	if (f->type == NPV_FRAME_JOIN)
		udp->cid_rx = cid_of(f->join.nonce);
	else
		udp->joined = true;
	return send_join(udp);
}

/**
 * npv_udp_join_timeout() - ask again where there was no answer
 * @udp: a stack that is joining
 * @now_us: the time
 *
 * Context: process, session lock held.
 */
void npv_udp_join_timeout(struct npv_udp *udp, u64 now_us)
{
	if (!udp->retry_us || udp->retry_us > now_us)
		return;
	if (udp->sub.id)
		send_join(udp);
	else
		npv_udp_begin_send(udp);
}

/**
 * npv_udp_join_packet() - a HANDSHAKE packet has come on a stack
 * @udp: the stack
 * @skb: what has it
 * @off: where it begins
 * @len: its length
 *
 * Context: process, session lock held.
 * Return: 0, or -EPROTO if it makes no sense.
 */
int npv_udp_join_packet(struct npv_udp *udp, struct sk_buff *skb,
			unsigned int off, unsigned int len)
{
	bool joining = udp->sub.status == NPV_STACK_STATUS_JOINING;
	struct npv_frame f;
	const u8 *bytes;

	len = min_t(unsigned int, len, NPV_UDP_SCRATCH);
	bytes = skb_header_pointer(skb, off, len, udp->scratch);
	if (!bytes || npv_frame_decode(&f, bytes, len) <= 0)
		return -EPROTO;
	if (f.type == NPV_FRAME_PATH_CHALLENGE)
		return npv_udp_move_challenged(udp, &f);
	/* The stack has moved, and this came twice. */
	if (f.type == NPV_FRAME_PATH_RESPONSE)
		return 0;
	if (joining && !udp->sub.id)
		return npv_udp_begin_packet(udp, &f);
	/* Our answer was lost: that we speak is the answer. */
	if ((f.type == NPV_FRAME_JOIN || f.type == NPV_FRAME_HELLO) && !joining &&
	    !udp->sub.initiator) {
		if (udp->spoken || !npv_recovery_room(&udp->rec))
			return 0;
		/* It takes nothing but WELCOME. */
		if (f.type == NPV_FRAME_HELLO)
			npv_udp_ctl_repeat(udp);
		npv_udp_ping(udp, npv_udp_now(udp));
		return 0;
	}
	/* Strangers may have sent it: then it is as if it had not come. */
	if (!joining || (udp->joined && f.type == NPV_FRAME_JOIN_ACK))
		return 0;
	if (f.type == NPV_FRAME_JOIN_ACK)
		udp->cid_tx = cid_of(f.join.nonce);
	else if (f.type != NPV_FRAME_REFUSE)
		return -EPROTO;
	return npv_receive_frame(&udp->sub, &f);
}

/*
 * Who is asked
 */

/* What a nonce is made from */
struct nonce_input {
	struct in6_addr remote;
	struct in6_addr local;
	u64 id;
	u64 epoch;
	u32 stack;
	__be16 port;
	u8 flags;
	u8 which;
	u8 nonce[NPV_NONCE_LEN];
} __aligned(8);

static void make_nonce(const struct npv_port *port, const struct npv_frame *f,
		       const struct npv_dgram *dgram, u64 epoch, u8 *nonce)
{
	struct nonce_input in = {
		.remote	= dgram->remote,
		.local	= dgram->local,
		.id	= f->join.id,
		.epoch	= epoch,
		.stack	= f->join.stack,
		.port	= dgram->port,
		.flags	= f->flags,
	};

	BUILD_BUG_ON(NPV_NONCE_LEN % sizeof(u64));
	memcpy(in.nonce, f->join.nonce, NPV_NONCE_LEN);
	for (in.which = 0; in.which < NPV_NONCE_LEN / sizeof(u64); in.which++)
		put_unaligned_be64(siphash(&in, sizeof(in), &port->secret),
				   nonce + in.which * sizeof(u64));
}

static u64 nonce_epoch(void)
{
	return div_u64(get_jiffies_64(), NONCE_EPOCH);
}

static void send_refusal(struct npv_port *port, const struct npv_dgram *dgram,
			 enum npv_refusal why)
{
	struct npv_frame f = { .type = NPV_FRAME_REFUSE, .aux = why };
	u8 buf[NPV_FRAME_HDR];
	unsigned int len;

	NPV_INC(port->net, JOIN_REFUSED);
	len = npv_frame_encode(&f, buf, sizeof(buf));
	npv_ksock_send(port->udp, dgram, buf, len);
}

/**
 * struct confirmed - a proof that was right, and waits for the session's lock
 * @work: makes the stack; not the port's work, which must not wait for a program
 * @port: the NPV port, held open
 * @nat: the session; referenced
 * @join: the JOIN
 * @dgram: whence
 * @sport: port that it came to, network byte order
 * @nonce: ours
 */
struct confirmed {
	struct work_struct work;
	struct npv_port *port;
	struct npv_native *nat;
	struct npv_frame join;
	struct npv_dgram dgram;
	__be16 sport;
	u8 nonce[NPV_NONCE_LEN];
};

/**
 * npv_udp_answer_socket() - make a socket between the addresses of a datagram
 * @port: the NPV port
 * @dgram: whence it came
 * @sport: port that it came to, network byte order
 *
 * Context: process, may sleep.
 * Return: it, connected to who sent it; or an error pointer.
 */
struct socket *npv_udp_answer_socket(const struct npv_port *port,
				     const struct npv_dgram *dgram, __be16 sport)
{
	sa_family_t family = ipv6_addr_v4mapped(&dgram->remote) ? AF_INET :
								  AF_INET6;
	struct sockaddr_storage ss;
	struct socket *sock;
	int err, len;

	err = sock_create_kern(port->net, family, SOCK_DGRAM, IPPROTO_UDP,
			       &sock);
	if (err)
		return ERR_PTR(err);
	sk_net_refcnt_upgrade(sock->sk);
	npv_ksock_share(sock);
	if (dgram->scope_id)
		sock->sk->sk_bound_dev_if = dgram->scope_id;
	len = npv_addr_build(&ss, family, &dgram->local, sport, dgram->scope_id);
	err = len < 0 ? len : kernel_bind(sock, (struct sockaddr *)&ss, len);
	if (err)
		goto err_sock;
	len = npv_addr_build(&ss, family, &dgram->remote, dgram->port,
			     dgram->scope_id);
	err = len < 0 ? len : kernel_connect(sock, (struct sockaddr *)&ss, len,
					     0);
	if (err)
		goto err_sock;
	npv_ksock_drain(sock);
	return sock;

err_sock:
	sock_release(sock);
	return ERR_PTR(err);
}

/* Whether no stack of that number has joined before: a proof may be heard again. */
static bool joins_once(struct npv_native *nat, u32 id)
{
	u32 behind;

	if (id > nat->udp_joined.highest) {
		behind = id - nat->udp_joined.highest;
		nat->udp_joined.bits = behind < 64 ?
				       nat->udp_joined.bits << behind : 0;
		nat->udp_joined.bits |= 1;
		nat->udp_joined.highest = id;
		return true;
	}
	behind = nat->udp_joined.highest - id;
	if (behind >= 64 || nat->udp_joined.bits & BIT_ULL(behind))
		return false;
	nat->udp_joined.bits |= BIT_ULL(behind);
	return true;
}

/* The proof is right: make a stack. Return: 0, or enum npv_refusal. */
static int answer_stack(const struct confirmed *c)
{
	const struct npv_frame *f = &c->join;
	struct npv_native *nat = c->nat;
	struct npv_subflow *sub;
	struct npv_stack *stack;
	struct socket *sock;
	struct npv_udp *udp;
	int slot;

	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return NPV_REFUSE_SESSION;
	/* It was sent twice: the stack will say something. */
	if (npv_stacks_known(nat, f->join.stack))
		return 0;
	if (npv_sockopt_near_only(nat->nsk))
		return NPV_REFUSE_BUSY;
	if (!joins_once(nat, f->join.stack))
		return NPV_REFUSE_STACKS;
	slot = npv_stacks_slot(nat);
	if (slot < 0)
		slot = npv_stacks_yield(nat);
	if (slot < 0)
		return NPV_REFUSE_STACKS;

	sock = npv_udp_answer_socket(c->port, &c->dgram, c->sport);
	if (IS_ERR(sock))
		return NPV_REFUSE_BUSY;
	stack = npv_stack_wrap(nat->nsk, sock);
	if (!stack) {
		sock_release(sock);
		return NPV_REFUSE_BUSY;
	}
	sub = NULL;
	if (!npv_sockopt_replay(nat->nsk, sock) && !npv_udp_socket(sock))
		sub = npv_udp_create(stack, GFP_KERNEL);
	if (!sub) {
		npv_stack_destroy(stack);
		return NPV_REFUSE_BUSY;
	}
	udp = npv_udp(sub);
	udp->cid_rx = cid_of(c->nonce);
	udp->cid_tx = cid_of(f->join.nonce);
	sub->id = f->join.stack;
	stack->id = sub->id;
	sub->backup = f->flags & NPV_JOIN_BACKUP;
	if (npv_udp_name_add(udp, nat)) {
		npv_subflow_free(sub);
		npv_stack_destroy(stack);
		return NPV_REFUSE_BUSY;
	}
	list_add_tail(&stack->node, &nat->nsk->stacks);
	npv_udp_attach(sub, nat, slot);
	npv_stacks_up(sub);
	npv_udp_ping(udp, npv_udp_now(udp));
	return 0;
}

static void confirmed_work(struct work_struct *work)
{
	struct confirmed *c = container_of(work, struct confirmed, work);
	struct npv_port *port = c->port;
	int why;

	npv_native_acquire(c->nat);
	why = answer_stack(c);
	npv_native_release_lock(c->nat);
	if (why) {
		/* It may have been closed, and not be open again. */
		mutex_lock(&port->lock);
		if (port->udp)
			send_refusal(port, &c->dgram, why);
		mutex_unlock(&port->lock);
	}
	atomic_dec(&port->confirmed);
	npv_port_put(port->net);
	/* Up to here it holds the namespace. */
	npv_session_put(c->nat->nsk);
	kfree(c);
}

/* JOIN with the proof behind it. Return: 0, or enum npv_refusal. */
static int answer_confirm(struct npv_port *port, struct npv_native *nat,
			  const struct npv_frame *f,
			  const struct npv_frame *confirm,
			  const struct npv_dgram *dgram)
{
	u8 nonce[NPV_NONCE_LEN], mac[NPV_MAC_LEN];
	struct npv_join_params params = {
		.nonce	= { (u8 *)f->join.nonce, nonce },
		.stack	= f->join.stack,
		.flags	= f->flags,
	};
	u64 epoch = nonce_epoch();
	struct confirmed *c;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		make_nonce(port, f, dgram, epoch - i, nonce);
		if (npv_handshake_mac(nat, NPV_MAC_JOIN_CONFIRM, &params, mac))
			return NPV_REFUSE_BUSY;
		if (!crypto_memneq(mac, confirm->join.mac, sizeof(mac)))
			break;
	}
	if (i == 2) {
		NPV_INC(port->net, JOIN_BAD_MAC);
		return NPV_REFUSE_MAC;
	}

	if (atomic_read(&port->confirmed) >= CONFIRMED_MAX)
		return NPV_REFUSE_BUSY;
	c = kmalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return NPV_REFUSE_BUSY;
	if (!npv_port_hold(port->net)) {
		kfree(c);
		return NPV_REFUSE_BUSY;
	}
	atomic_inc(&port->confirmed);
	INIT_WORK(&c->work, confirmed_work);
	c->port = port;
	c->nat = nat;
	sock_hold(&nat->nsk->sk);
	c->join = *f;
	c->dgram = *dgram;
	c->sport = inet_sk(port->udp->sk)->inet_sport;
	memcpy(c->nonce, nonce, sizeof(c->nonce));
	queue_work(npv_native_wq, &c->work);
	return 0;
}

/* JOIN alone: say what has to be proven. Return: 0, or enum npv_refusal. */
static int answer_join(struct npv_port *port, struct npv_native *nat,
		       const struct npv_frame *f, const struct npv_dgram *dgram)
{
	struct npv_frame ack = { .type = NPV_FRAME_JOIN_ACK };
	struct npv_join_params params = {
		.nonce	= { (u8 *)f->join.nonce, ack.join.nonce },
		.stack	= f->join.stack,
		.flags	= f->flags,
	};
	u8 buf[NPV_JOIN_UDP_MIN];
	unsigned int len;

	make_nonce(port, f, dgram, nonce_epoch(), ack.join.nonce);
	if (npv_handshake_mac(nat, NPV_MAC_JOIN_ACK, &params, ack.join.mac))
		return NPV_REFUSE_BUSY;
	len = npv_frame_encode(&ack, buf, sizeof(buf));
	npv_ksock_send(port->udp, dgram, buf, len);
	return 0;
}

/**
 * npv_udp_join_asked() - JOIN has come to the NPV port over UDP
 * @port: the port
 * @f: the frame
 * @dgram: whence
 * @buf: the whole datagram
 * @len: its length
 *
 * Context: the port's work.
 * Return: whether it was worth an answer.
 */
bool npv_udp_join_asked(struct npv_port *port, struct npv_frame *f,
			const struct npv_dgram *dgram, const u8 *buf,
			unsigned int len)
{
	struct npv_native *nat;
	struct npv_frame more;
	unsigned int size;
	int why;

	/* No answer is longer than the question. */
	if (len < NPV_JOIN_UDP_MIN)
		return false;
	NPV_INC(port->net, JOIN_RECEIVED);
	if (f->join.option_unknown) {
		send_refusal(port, dgram, NPV_REFUSE_OPTION);
		return true;
	}
	nat = npv_native_get(port->net, f->join.id);
	why = NPV_REFUSE_SESSION;
	if (nat && test_bit(NPV_NF_SERVER, &nat->flags) &&
	    !test_bit(NPV_NF_DEAD, &nat->flags)) {
		size = NPV_FRAME_HDR + f->length;
		if (npv_frame_decode(&more, buf + size, len - size) > 0 &&
		    more.type == NPV_FRAME_JOIN_CONFIRM)
			why = answer_confirm(port, nat, f, &more, dgram);
		else
			why = answer_join(port, nat, f, dgram);
	}
	if (nat)
		npv_session_put(nat->nsk);
	if (why)
		send_refusal(port, dgram, why);
	return true;
}
