// SPDX-License-Identifier: GPL-2.0
/*
 * What comes to the NPV port over UDP. HELLO, the side that is asked: an OFFER says
 * whether there is such a service. Documentation/protocol.rst, "Over UDP"; probe.c is
 * the side that asks. JOIN is udp_join.c's, packets of stacks are udp_move.c's.
 *
 * Nothing is kept of who asked. A question costs a look at the listeners and an
 * answer of a fifth of its size, and of answers there are only so many a second, for
 * all and for each who asks: who gets none has TCP's.
 */

#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "address.h"
#include "assoc.h"
#include "frame.h"
#include "ksock.h"
#include "listener.h"
#include "native.h"
#include "netns.h"
#include "offer.h"
#include "once.h"
#include "port.h"
#include "session.h"
#include "stack_udp.h"
#include "udp_move.h"

/* Answers a second, and how many at once after a while without */
#define OFFER_RATE	1000
#define OFFER_BURST	200
/* ... and to one source */
#define SOURCE_RATE	100
#define SOURCE_BURST	50
/* What may wait to be answered, in bytes as the socket counts them */
#define OFFER_RCVBUF	(128 * 1024)
/* Datagrams that are looked at before others get their turn */
#define OFFER_BATCH	64
/* Length of an answer */
#define OFFER_LEN	40

/**
 * npv_offer_pass() - whether one more datagram may be answered
 * @port: the port that it came to
 * @remote: who has sent it, as far as is known
 *
 * Who asks too often takes nothing from what there is for all. What may not be
 * answered is counted.
 *
 * Context: the port's work.
 * Return: whether it may. Then it counts as answered.
 */
bool npv_offer_pass(struct npv_port *port, const struct in6_addr *remote)
{
	unsigned long now = jiffies;

	if (!npv_limit_pass(npv_sources_find(&port->sources, remote),
			    SOURCE_RATE, SOURCE_BURST, now)) {
		NPV_INC(port->net, SOURCE_LIMITED);
		return false;
	}
	if (!npv_limit_pass(&port->limit, OFFER_RATE, OFFER_BURST, now)) {
		NPV_INC(port->net, OFFER_LIMITED);
		return false;
	}

	return true;
}

/* Whether a datagram is a question: a HELLO, and long enough for the answer */
static bool offer_asked(const void *buf, unsigned int len, struct npv_frame *f)
{
	return len >= NPV_HELLO_UDP_MIN && npv_frame_decode(f, buf, len) > 0 &&
	       f->type == NPV_FRAME_HELLO;
}

/* Whether an answer can come from the address that was asked */
static bool offer_unicast(const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return !ipv4_is_multicast(addr->s6_addr32[3]) &&
		       !ipv4_is_lbcast(addr->s6_addr32[3]) &&
		       !ipv4_is_zeronet(addr->s6_addr32[3]);

	return !ipv6_addr_is_multicast(addr) && !ipv6_addr_any(addr);
}

/**
 * npv_offer_judge() - what there is to say to a HELLO
 * @net: namespace
 * @f: the HELLO
 * @local: address that it came to, IPv4 as ::ffff:a.b.c.d
 * @remote: address of who sent it, likewise
 * @ifindex: interface that it came by
 * @listener: set to who listens, with a reference for npv_session_put()
 *
 * Context: any.
 * Return: 0; or why there can be no session, enum npv_refusal.
 */
int npv_offer_judge(struct net *net, const struct npv_frame *f,
		    const struct in6_addr *local, const struct in6_addr *remote,
		    int ifindex, struct npv_sock **listener)
{
	if (f->hello.version_min > NPV_VERSION_WIRE ||
	    f->hello.version < NPV_VERSION_WIRE)
		return NPV_REFUSE_VERSION;
	if (f->hello.option_unknown)
		return NPV_REFUSE_OPTION;
	if (!f->hello.id)
		return NPV_REFUSE_SERVICE;

	return npv_listener_offer(net, f->hello.socktype, htons(f->hello.port),
				  local, remote, ifindex, listener);
}

/**
 * npv_offer_answer() - answer a HELLO over UDP
 * @port: the NPV port, open
 * @f: the HELLO
 * @dgram: whence
 * @flags: NPV_OFFER_BEGIN or 0
 * @why: 0, there is such a service; or why not, enum npv_refusal
 *
 * The answer has the port and the id of the question.
 *
 * Context: the port's work, or npv_port.lock held.
 */
void npv_offer_answer(struct npv_port *port, const struct npv_frame *f,
		      const struct npv_dgram *dgram, u8 flags, int why)
{
	struct npv_frame offer = {
		.type		= NPV_FRAME_OFFER,
		.flags		= flags,
		.aux		= why,
		.hello.version	= NPV_VERSION_WIRE,
		.hello.port	= f->hello.port,
		.hello.id	= f->hello.id,
	};
	u8 buf[OFFER_LEN];
	unsigned int len;

	if (!why)
		npv_udp_begin_token(port, f, dgram, offer.hello.key);
	len = npv_frame_encode(&offer, buf, sizeof(buf));
	if (!npv_ksock_send(port->udp, dgram, buf, len))
		NPV_INC(port->net, OFFER_SENT);
}

/* Say whether there is such a service. */
static noinline void offer_question(struct npv_port *port, const struct npv_frame *f,
				    const struct npv_dgram *dgram, const u8 *buf,
				    unsigned int len)
{
	u8 flags = npv_udp_begin_behind(f, buf, len) ? NPV_OFFER_BEGIN : 0;
	struct npv_sock *listener;
	int why;

	why = npv_offer_judge(port->net, f, &dgram->local, &dgram->remote,
			      dgram->ifindex, &listener);
	if (!why)
		npv_session_put(listener);
	npv_offer_answer(port, f, dgram, flags, why);
}

/* A datagram has come. Return: whether it is one that may have an answer. */
static bool offer_datagram(struct npv_port *port, const struct npv_dgram *dgram,
			   unsigned int len)
{
	const u8 *buf = port->question;
	struct npv_frame f;

	if (!offer_unicast(&dgram->local))
		return false;
	if (npv_udp_move_packet(port, dgram, buf, len))
		return true;
	if (npv_frame_decode(&f, buf, len) > 0) {
		if (f.type == NPV_FRAME_JOIN)
			return !npv_offer_pass(port, &dgram->remote) ||
			       npv_udp_join_asked(port, &f, dgram, buf, len);
		if (f.type == NPV_FRAME_PATH_RESPONSE)
			return npv_udp_move_response(port, dgram, &f);
		if (f.type == NPV_FRAME_SOURCE_PROOF)
			return npv_assoc_proof(port, dgram, &f);
	}
	if (!offer_asked(buf, len, &f))
		return false;
	/* Whose address is known to be its own is not limited. */
	if (npv_udp_begin_asked(port, &f, dgram, buf, len))
		return true;
	NPV_INC(port->net, HELLO_UDP_RECEIVED);
	if (npv_offer_pass(port, &dgram->remote))
		offer_question(port, &f, dgram, buf, len);
	return true;
}

static void offer_work(struct work_struct *work)
{
	struct npv_port *port = container_of(work, struct npv_port, answer);
	struct npv_dgram dgram;
	unsigned int i;
	int len;

	for (i = 0; i < OFFER_BATCH; i++) {
		len = npv_ksock_recv(port->udp, &dgram, port->question,
				     sizeof(port->question));
		if (len == -EAGAIN)
			return;
		if (len < 0)
			continue;
		if (!offer_datagram(port, &dgram, len))
			NPV_INC(port->net, HELLO_UDP_IGNORED);
	}
	queue_work(npv_native_wq, &port->answer);
}

static void offer_data_ready(struct sock *sk)
{
	struct npv_port *port;

	read_lock_bh(&sk->sk_callback_lock);
	port = __locked_read_sk_user_data_with_flags(sk, SK_USER_DATA_NOCOPY);
	if (port)
		queue_work(npv_native_wq, &port->answer);
	read_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_offer_open() - answer HELLO over UDP
 * @port: the NPV port
 *
 * Context: process, may sleep; npv_port.lock held.
 * Return: 0; -EADDRINUSE where another socket has the port; or -errno.
 */
int npv_offer_open(struct npv_port *port)
{
	const struct npv_net *npvn = npv_pernet(port->net);
	struct socket *sock;
	struct sock *sk;

	sock = npv_ksock_open(port->net, SOCK_DGRAM,
			      htons(READ_ONCE(npvn->sysctls.port)));
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	sk = sock->sk;
	port->udp = sock;
	/* Without memory they begin over TCP. Tokens of before are good for nothing. */
	port->begun = kvzalloc(sizeof(*port->begun), GFP_KERNEL_ACCOUNT);
	get_random_bytes(&port->begin_secret, sizeof(port->begin_secret));

	WRITE_ONCE(sk->sk_rcvbuf, OFFER_RCVBUF);
	if (sk->sk_family == AF_INET6)
		ip6_sock_set_recvpktinfo(sk);
	else
		ip_sock_set_pktinfo(sk);

	write_lock_bh(&sk->sk_callback_lock);
	port->udp_data_ready = sk->sk_data_ready;
	sk->sk_data_ready = offer_data_ready;
	__rcu_assign_sk_user_data_with_flags(sk, port, SK_USER_DATA_NOCOPY);
	/* What came before told nobody. */
	queue_work(npv_native_wq, &port->answer);
	write_unlock_bh(&sk->sk_callback_lock);

	return 0;
}

/**
 * npv_offer_close() - undo npv_offer_open(), if that was done
 * @port: the NPV port
 *
 * Context: process, may sleep; npv_port.lock held.
 */
void npv_offer_close(struct npv_port *port)
{
	struct socket *sock = port->udp;
	struct sock *sk;

	if (!sock)
		return;
	sk = sock->sk;
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = port->udp_data_ready;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	cancel_work_sync(&port->answer);
	kvfree(port->begun);
	port->begun = NULL;
	port->udp = NULL;
	sock_release(sock);
}

/**
 * npv_offer_init() - a namespace's port, which answers nobody yet
 * @port: the port
 */
void npv_offer_init(struct npv_port *port)
{
	INIT_WORK(&port->answer, offer_work);
	npv_limit_init(&port->limit, OFFER_BURST, jiffies);
	npv_sources_init(&port->sources, SOURCE_BURST, jiffies);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/offer_test.c"
#endif
