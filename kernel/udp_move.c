// SPDX-License-Identifier: GPL-2.0
/*
 * UDP stacks whose address changes, as a NAT between the hosts has it, both sides.
 * Documentation/protocol.rst, "A stack whose address changes".
 *
 * A server's stack has a socket that is connected to the client: what comes from
 * another address is the NPV port's. Who sends it is asked to show that it gets what
 * goes there, and knows the session's keys; nothing is kept of the question. Then the
 * session's work connects the socket anew.
 */

#include <crypto/algapi.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/inet_sock.h>

#include "address.h"
#include "event.h"
#include "frame.h"
#include "handshake.h"
#include "ksock.h"
#include "native.h"
#include "netns.h"
#include "offer.h"
#include "port.h"
#include "session.h"
#include "stack.h"
#include "stack_udp.h"
#include "udp_move.h"

/* Tokens of the secret are good for one to two of these */
#define TOKEN_EPOCH	(10 * HZ)
/* Proofs that wait for their session, at most */
#define MOVES_MAX	64
/* Further challenges are not answered for so long */
#define ANSWER_US	(10 * USEC_PER_MSEC)
/* PATH_CHALLENGE, PATH_RESPONSE */
#define CHALLENGE_LEN	(NPV_FRAME_HDR + NPV_CID_LEN + NPV_NONCE_LEN)
#define RESPONSE_LEN	(CHALLENGE_LEN + NPV_MAC_LEN)

/*
 * Names
 */

/* Connection ids are random. */
static u32 name_hash(const void *data, u32 len, u32 seed)
{
	return (u32)*(const u64 *)data ^ seed;
}

static const struct rhashtable_params name_params = {
	.key_len		= sizeof_field(struct npv_udp_name, cid),
	.key_offset		= offsetof(struct npv_udp_name, cid),
	.head_offset		= offsetof(struct npv_udp_name, node),
	.hashfn			= name_hash,
	.automatic_shrinking	= true,
};

/**
 * npv_udp_names_init() - a namespace without UDP stacks
 * @names: its names
 *
 * Return: 0 or -ENOMEM.
 */
int npv_udp_names_init(struct rhashtable *names)
{
	return rhashtable_init(names, &name_params);
}

/**
 * npv_udp_names_exit() - undo npv_udp_names_init()
 * @names: the names, of which none is left
 */
void npv_udp_names_exit(struct rhashtable *names)
{
	WARN_ON_ONCE(atomic_read(&names->nelems));
	rhashtable_destroy(names);
}

/**
 * npv_udp_name_add() - let packets from unknown addresses find a stack
 * @udp: a stack of a server, with its number and connection ids
 * @nat: the session
 *
 * Context: process, session lock held.
 * Return: 0; -EEXIST if another has that connection id; -ENOMEM, -E2BIG, -EBUSY.
 */
int npv_udp_name_add(struct npv_udp *udp, const struct npv_native *nat)
{
	struct net *net = sock_net(npv_udp_sk(udp));
	struct npv_udp_name *name;
	int err;

	name = kzalloc(sizeof(*name), GFP_KERNEL_ACCOUNT);
	if (!name)
		return -ENOMEM;
	name->cid = udp->cid_rx;
	name->peer_cid = udp->cid_tx;
	name->session = nat->id;
	name->stack = udp->sub.id;
	err = rhashtable_insert_fast(&npv_pernet(net)->udp_names, &name->node,
				     name_params);
	if (err) {
		kfree(name);
		return err;
	}
	udp->name = name;
	return 0;
}

/**
 * npv_udp_name_del() - undo npv_udp_name_add(), if that was done
 * @udp: the stack
 *
 * Context: process.
 */
void npv_udp_name_del(struct npv_udp *udp)
{
	struct net *net = sock_net(npv_udp_sk(udp));

	if (!udp->name)
		return;
	rhashtable_remove_fast(&npv_pernet(net)->udp_names, &udp->name->node,
			       name_params);
	kfree_rcu(udp->name, rcu);
	udp->name = NULL;
}

/* What has that connection id now. Return: whether there is such a stack. */
static bool name_find(struct net *net, u64 cid, struct npv_udp_name *found)
{
	const struct npv_udp_name *name;

	rcu_read_lock();
	name = rhashtable_lookup(&npv_pernet(net)->udp_names, &cid, name_params);
	if (name) {
		found->cid = name->cid;
		found->peer_cid = name->peer_cid;
		found->session = name->session;
		found->stack = name->stack;
		found->moves = READ_ONCE(name->moves);
	}
	rcu_read_unlock();

	return name;
}

/*
 * The server
 */

/* What a token is made from */
struct token_input {
	struct in6_addr remote;
	struct in6_addr local;
	u64 cid;
	u64 epoch;
	u32 moves;
	u32 scope_id;
	__be16 port;
	u8 pad[5];
	u8 which;
} __aligned(8);

static void make_token(const struct npv_port *port, const struct npv_dgram *dgram,
		       const struct npv_udp_name *name, u64 epoch, u8 *token)
{
	struct token_input in = {
		.remote		= dgram->remote,
		.local		= dgram->local,
		.cid		= name->cid,
		.epoch		= epoch,
		.moves		= name->moves,
		.scope_id	= dgram->scope_id,
		.port		= dgram->port,
	};
	unsigned int i;

	/* No nonce is made from so many bytes: one secret does for both. */
	BUILD_BUG_ON(NPV_NONCE_LEN % sizeof(u64));
	for (i = 0; i < NPV_NONCE_LEN / sizeof(u64); i++) {
		in.which = i;
		put_unaligned_be64(siphash(&in, sizeof(in), &port->secret),
				   token + i * sizeof(u64));
	}
}

static u64 token_epoch(void)
{
	return div_u64(get_jiffies_64(), TOKEN_EPOCH);
}

/* Whether a token was made for that stack and address, not long ago */
static bool token_right(const struct npv_port *port,
			const struct npv_dgram *dgram,
			const struct npv_udp_name *name, const u8 *token)
{
	u64 epoch = token_epoch();
	u8 right[NPV_NONCE_LEN];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		make_token(port, dgram, name, epoch - i, right);
		if (!crypto_memneq(right, token, sizeof(right)))
			return true;
	}
	return false;
}

/**
 * npv_udp_move_packet() - a packet has come to the NPV port
 * @port: the port
 * @dgram: whence
 * @buf: the datagram, or the beginning of a long one
 * @len: bytes of it
 *
 * What is in it is not looked at: whoever has sent it sends it again.
 *
 * Context: the port's work.
 * Return: whether it is of a stack that is there, and was long enough for an answer.
 */
bool npv_udp_move_packet(struct npv_port *port, const struct npv_dgram *dgram,
			 const u8 *buf, unsigned int len)
{
	struct npv_frame f = { .type = NPV_FRAME_PATH_CHALLENGE };
	struct npv_packet_head head;
	struct npv_udp_name name;
	u8 challenge[CHALLENGE_LEN];
	unsigned int size;

	BUILD_BUG_ON(CHALLENGE_LEN > NPV_UDP_CID_MIN);
	if (len < NPV_UDP_CID_MIN ||
	    npv_packet_head_decode(&head, buf, len) < 0 ||
	    head.kind != NPV_PACKET_NUMBERED || !head.has_cid ||
	    !name_find(port->net, head.cid, &name))
		return false;
	if (!npv_offer_pass(port, &dgram->remote))
		return true;
	f.path.cid = name.peer_cid;
	make_token(port, dgram, &name, token_epoch(), f.path.token);
	size = npv_frame_encode(&f, challenge, sizeof(challenge));
	if (!npv_ksock_send(port->udp, dgram, challenge, size))
		NPV_INC(port->net, UDP_CHALLENGED);
	return true;
}

/**
 * struct move - a proof that was right, and waits for the session's lock
 * @work: moves the stack; not the port's work, which must not wait for a program
 * @port: the NPV port, held open
 * @nat: the session; referenced
 * @dgram: whence
 * @sport: port that it came to, network byte order
 * @name: of the stack, as it was
 */
struct move {
	struct work_struct work;
	struct npv_port *port;
	struct npv_native *nat;
	struct npv_dgram dgram;
	__be16 sport;
	struct npv_udp_name name;
};

/* The stack that a proof is about, NULL if it is not there or has moved since. */
static struct npv_udp *move_stack(const struct move *m)
{
	struct npv_native *nat = m->nat;
	struct npv_subflow *sub;
	struct npv_udp *udp;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		sub = nat->slot[i];
		if (npv_subflow_is_tcp(sub) || sub->id != m->name.stack)
			continue;
		udp = npv_udp(sub);
		return udp->name && udp->name->cid == m->name.cid &&
		       udp->name->moves == m->name.moves ? udp : NULL;
	}
	return NULL;
}

static void move(const struct move *m)
{
	struct npv_udp *udp = move_stack(m);
	struct sockaddr_storage ss;
	struct in6_addr local, remote;
	__be16 sport, dport;
	struct sock *sk;
	int len;

	if (!udp || test_bit(NPV_NF_DEAD, &m->nat->flags))
		return;
	sk = npv_udp_sk(udp);
	local = npv_stack_local(sk, &sport);
	remote = npv_stack_remote(sk, &dport);
	/* It came twice. */
	if (ipv6_addr_equal(&remote, &m->dgram.remote) && dport == m->dgram.port)
		return;
	/* It would get nothing that is sent to another address of ours. */
	if (!ipv6_addr_equal(&local, &m->dgram.local) || sport != m->sport ||
	    (m->dgram.scope_id && m->dgram.scope_id != sk->sk_bound_dev_if))
		return;
	len = npv_addr_build(&ss, sk->sk_family, &m->dgram.remote, m->dgram.port,
			     m->dgram.scope_id);
	/* Without a route it stays where it was. */
	if (len < 0 || kernel_connect(udp->sub.stack->sock,
				      (struct sockaddr *)&ss, len, 0))
		return;
	WRITE_ONCE(udp->name->moves, udp->name->moves + 1);
	if (test_bit(NPV_SF_UP, &m->nat->nsk->flags))
		npv_event_stack(udp->sub.stack, NPV_CMD_STACK_CHANGE_NTF);
	npv_udp_moved(udp, !ipv6_addr_equal(&remote, &m->dgram.remote));
}

static void move_work(struct work_struct *work)
{
	struct move *m = container_of(work, struct move, work);
	struct npv_port *port = m->port;

	npv_native_acquire(m->nat);
	move(m);
	npv_native_release_lock(m->nat);
	atomic_dec(&port->confirmed);
	npv_port_put(port->net);
	/* Up to here it holds the namespace. */
	npv_session_put(m->nat->nsk);
	kfree(m);
}

/* Have the session move a stack. Takes over the reference to it, if it can. */
static bool move_later(struct npv_port *port, struct npv_native *nat,
		       const struct npv_dgram *dgram,
		       const struct npv_udp_name *name)
{
	struct move *m;

	if (atomic_read(&port->confirmed) >= MOVES_MAX)
		return false;
	m = kmalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return false;
	if (!npv_port_hold(port->net)) {
		kfree(m);
		return false;
	}
	atomic_inc(&port->confirmed);
	INIT_WORK(&m->work, move_work);
	m->port = port;
	m->nat = nat;
	m->dgram = *dgram;
	m->sport = inet_sk(port->udp->sk)->inet_sport;
	m->name = *name;
	queue_work(npv_native_wq, &m->work);
	return true;
}

static void make_nonce(u8 *nonce, u64 server_cid, u64 client_cid)
{
	BUILD_BUG_ON(NPV_NONCE_LEN != 2 * NPV_CID_LEN);
	put_unaligned_be64(server_cid, nonce);
	put_unaligned_be64(client_cid, nonce + NPV_CID_LEN);
}

/* Whether the sender of a PATH_RESPONSE has the session's keys */
static bool mac_right(const struct npv_native *nat, const struct npv_frame *f,
		      const struct npv_udp_name *name)
{
	u8 cids[NPV_NONCE_LEN], mac[NPV_MAC_LEN];
	struct npv_join_params params = {
		.nonce	= { cids, f->path.token },
		.stack	= name->stack,
	};

	make_nonce(cids, name->cid, name->peer_cid);
	return !npv_handshake_mac(nat, NPV_MAC_PATH_RESPONSE, &params, mac) &&
	       !crypto_memneq(mac, f->path.mac, sizeof(mac));
}

/**
 * npv_udp_move_response() - PATH_RESPONSE has come to the NPV port
 * @port: the port
 * @dgram: whence
 * @f: the frame
 *
 * Context: the port's work.
 * Return: whether it is about a stack that is there.
 */
bool npv_udp_move_response(struct npv_port *port, const struct npv_dgram *dgram,
			   const struct npv_frame *f)
{
	struct npv_udp_name name;
	struct npv_native *nat;

	if (!name_find(port->net, f->path.cid, &name))
		return false;
	/* What costs more than this only who gets what is sent to its address */
	if (!token_right(port, dgram, &name, f->path.token)) {
		NPV_INC(port->net, UDP_CHALLENGE_FAILED);
		return true;
	}
	if (!npv_offer_pass(port, &dgram->remote))
		return true;
	nat = npv_native_get(port->net, name.session);
	if (!nat)
		return false;
	if (!mac_right(nat, f, &name))
		NPV_INC(port->net, UDP_CHALLENGE_FAILED);
	else if (move_later(port, nat, dgram, &name))
		return true;
	npv_session_put(nat->nsk);
	return true;
}

/*
 * The client
 */

/**
 * npv_udp_move_challenged() - PATH_CHALLENGE has come on a stack
 * @udp: the stack
 * @f: the frame
 *
 * Context: process, session lock held.
 * Return: 0, or -EPROTO if it isn't for this stack.
 */
int npv_udp_move_challenged(struct npv_udp *udp, const struct npv_frame *f)
{
	struct npv_frame response = { .type = NPV_FRAME_PATH_RESPONSE };
	struct npv_native *nat = udp->sub.nat;
	u64 now_us = npv_udp_now(udp);
	u8 cids[NPV_NONCE_LEN], buf[RESPONSE_LEN];
	struct npv_join_params params = {
		.nonce	= { cids, f->path.token },
		.stack	= udp->sub.id,
	};
	unsigned int len;

	if (!udp->sub.initiator || f->path.cid != udp->cid_rx)
		return -EPROTO;
	/*
	 * What the server's port still had in its queue when the stack had got a socket
	 * there looks as if it came from elsewhere: there is nothing to move yet.
	 */
	if (!udp->spoken)
		return 0;
	/* There is one for each of the packets of a probe timeout. */
	if (udp->moving && now_us - udp->answered_us < ANSWER_US)
		return 0;
	make_nonce(cids, udp->cid_tx, udp->cid_rx);
	if (npv_handshake_mac(nat, NPV_MAC_PATH_RESPONSE, &params,
			      response.path.mac))
		return 0;
	response.path.cid = udp->cid_tx;
	memcpy(response.path.token, f->path.token, NPV_NONCE_LEN);
	len = npv_frame_encode(&response, buf, sizeof(buf));
	/* If it is lost, the next probe has another one asked for. */
	npv_udp_send_raw(udp, buf, len);
	udp->moving = true;
	udp->answered_us = now_us;
	return 0;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/udp_move_test.c"
#endif
