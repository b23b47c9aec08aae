// SPDX-License-Identifier: GPL-2.0
/*
 * HELLO over UDP, the side that asks: one socket for the addresses of a race, one
 * question to each, which is repeated while TCP is silent as well.
 * Documentation/protocol.rst, "Over UDP"; offer.c is the side that is asked.
 *
 * A question goes the way that the TCP connection to the same address goes: by
 * its source, device, mark and owner. ICMP errors are TCP's to judge. Once a race
 * has turned to plain stacks for want of an answer, its socket stays for a while:
 * what comes then is for the next session.
 */

#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "address.h"
#include "attempt.h"
#include "frame.h"
#include "ksock.h"
#include "netns.h"
#include "peer.h"
#include "probe.h"
#include "session.h"
#include "stack.h"

/* How long a late answer is waited for, and how many at most are at a time */
#define LATE_WAIT	(3 * HZ)
#define LATE_MAX	64
/* What may wait to be read: an answer from each address, and some rubbish */
#define PROBE_RCVBUF	(16 * 1024)
/* Datagrams that are looked at in one go */
#define PROBE_BATCH	64
/* Of a datagram that may be an OFFER, more is not read. */
#define PROBE_ANSWER	64

/**
 * struct npv_question - what was asked of one address
 * @offered: the question
 * @open: it was asked, and no answer has come
 */
struct npv_question {
	struct npv_offered offered;
	bool open;
};

/**
 * struct npv_probe - what a race asks over UDP
 * @node: in npv_probes.late
 * @net: namespace
 * @race: to be told of answers; NULL: they are late. sk_callback_lock of @sock.
 * @sock: its socket; does not hold the namespace
 * @data_ready: what sk_data_ready was
 * @service: port that is asked for, network byte order
 * @port: the NPV port, network byte order
 * @until: when to give up, jiffies, of a late one
 * @edge: of the HELLO
 * @socktype: of the service, NPV_SOCKTYPE_*
 * @n: number of addresses
 * @asked: the questions, as the race's attempts are numbered
 */
struct npv_probe {
	struct list_head node;
	struct net *net;
	struct npv_race *race;
	struct socket *sock;
	void (*data_ready)(struct sock *sk);
	__be16 service;
	__be16 port;
	unsigned long until;
	u64 edge;
	u8 socktype;
	unsigned int n;
	struct npv_question asked[] __counted_by(n);
};

static void probe_data_ready(struct sock *sk)
{
	struct npv_probe *probe;

	read_lock_bh(&sk->sk_callback_lock);
	probe = __locked_read_sk_user_data_with_flags(sk, SK_USER_DATA_NOCOPY);
	if (probe && probe->race)
		npv_race_wake(probe->race);
	else if (probe)
		mod_delayed_work(system_unbound_wq,
				 &npv_pernet(probe->net)->probes.work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_probe_create() - get ready to ask
 * @race: who asks, a native race; told of answers by npv_race_wake()
 * @like: a sock of the program's, which it is to resemble
 * @n: number of addresses
 *
 * Context: process of the program, may sleep.
 * Return: it, or NULL where there can be none: then TCP alone has to tell.
 */
struct npv_probe *npv_probe_create(struct npv_race *race,
				   const struct sock *like, unsigned int n)
{
	struct npv_probe *probe;
	struct socket *sock;
	struct sock *sk;

	probe = kzalloc(struct_size(probe, asked, n), GFP_KERNEL_ACCOUNT);
	if (!probe)
		return NULL;
	sock = npv_ksock_open(sock_net(like), SOCK_DGRAM, 0);
	if (IS_ERR(sock)) {
		kfree(probe);
		return NULL;
	}
	probe->n = n;
	probe->net = sock_net(like);
	probe->race = race;
	probe->socktype = npv_session_socktype(race->nsk);
	probe->sock = sock;
	probe->service = race->service;
	probe->port = race->port;

	/* Nobody else knows it yet. */
	sk = sock->sk;
	sk->sk_uid = like->sk_uid;
	sk->sk_bound_dev_if = READ_ONCE(npv_stack_sk(race->nsk->main)->sk_bound_dev_if);
	WRITE_ONCE(sk->sk_mark, READ_ONCE(like->sk_mark));
	WRITE_ONCE(sk->sk_priority, READ_ONCE(like->sk_priority));
	WRITE_ONCE(sk->sk_rcvbuf, PROBE_RCVBUF);
	write_lock_bh(&sk->sk_callback_lock);
	/* By which netfilter knows the owner; as a stack's. */
	WRITE_ONCE(sock->file, race->nsk->sock->file);
	probe->data_ready = sk->sk_data_ready;
	sk->sk_data_ready = probe_data_ready;
	__rcu_assign_sk_user_data_with_flags(sk, probe, SK_USER_DATA_NOCOPY);
	write_unlock_bh(&sk->sk_callback_lock);

	return probe;
}

/**
 * npv_probe_free() - let go of a probe
 * @probe: the probe, not a late one
 *
 * It tells its race of nothing any more.
 *
 * Context: process, may sleep.
 */
void npv_probe_free(struct npv_probe *probe)
{
	struct sock *sk = probe->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = probe->data_ready;
	rcu_assign_sk_user_data(sk, NULL);
	WRITE_ONCE(probe->sock->file, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	sock_release(probe->sock);
	kfree(probe);
}

static void probe_send(struct npv_probe *probe, struct npv_offered *asked)
{
	struct npv_frame f = {
		.type			= NPV_FRAME_HELLO,
		.hello.version		= NPV_VERSION_WIRE,
		.hello.version_min	= NPV_VERSION_WIRE,
		.hello.socktype		= probe->socktype,
		.hello.port		= ntohs(probe->service),
		.hello.id		= asked->id,
		.hello.edge		= probe->edge,
	};
	struct npv_dgram dgram = {
		.remote		= asked->remote,
		.local		= asked->local,
		.port		= asked->port,
		.scope_id	= asked->scope_id,
		.via		= asked->ifindex,
	};
	u8 buf[NPV_HELLO_UDP_MIN] = {};

	memcpy(f.hello.key, asked->key, NPV_KEY_LEN);
	npv_frame_encode(&f, buf, sizeof(buf));
	if (npv_ksock_send(probe->sock, &dgram, buf, sizeof(buf)))
		return;
	asked->sport = inet_sk(probe->sock->sk)->inet_sport;
	NPV_INC(probe->net, HELLO_UDP_SENT);
}

/**
 * npv_probe_ask() - send HELLO to an address
 * @probe: the probe
 * @i: which of its addresses, that was not asked yet
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @scope_id: interface of a link-local address, else 0
 * @sk: TCP's, which is connecting there: the question leaves from where it does
 * @edge: of the HELLO that will follow there
 *
 * That it can't be sent is nothing: it may as well get lost.
 *
 * Context: process, session lock held.
 */
void npv_probe_ask(struct npv_probe *probe, unsigned int i,
		   const struct in6_addr *addr, u32 scope_id, struct sock *sk,
		   u64 edge)
{
	struct npv_offered *asked = &probe->asked[i].offered;
	__be16 port;

	do {
		asked->id = get_random_u64();
	} while (!asked->id);
	get_random_bytes(asked->key, NPV_KEY_LEN);
	asked->remote = *addr;
	asked->local = npv_stack_local(sk, &port);
	asked->port = probe->port;
	asked->scope_id = scope_id;
	asked->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	probe->edge = edge;
	probe->asked[i].open = true;
	probe_send(probe, asked);
}

/**
 * npv_probe_again() - send HELLO once more to those who have not answered
 * @probe: the probe
 *
 * Context: process, session lock held.
 */
void npv_probe_again(struct npv_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->n; i++)
		if (probe->asked[i].open)
			probe_send(probe, &probe->asked[i].offered);
}

/* Which question a datagram answers. Return: its index, or -EINVAL. */
static int probe_match(const struct npv_probe *probe,
		       const struct npv_dgram *dgram, const void *buf,
		       unsigned int len, struct npv_frame *f)
{
	unsigned int i;

	if (dgram->port != probe->port || npv_frame_decode(f, buf, len) <= 0 ||
	    f->type != NPV_FRAME_OFFER || !f->hello.id ||
	    htons(f->hello.port) != probe->service)
		return -EINVAL;
	for (i = 0; i < probe->n; i++)
		if (probe->asked[i].open &&
		    probe->asked[i].offered.id == f->hello.id &&
		    ipv6_addr_equal(&probe->asked[i].offered.remote,
				    &dgram->remote))
			return i;

	return -EINVAL;
}

/**
 * npv_probe_read() - take an answer that has come
 * @probe: the probe
 * @refusal: set to 0, such a service is there; or enum npv_refusal
 *
 * An answer comes from the address and port that were asked, and names the id
 * that only who was asked knows. Nothing else counts.
 *
 * Context: process; one caller at a time.
 * Return: which address it is from, or -EAGAIN if there is none.
 */
int npv_probe_read(struct npv_probe *probe, unsigned int *refusal)
{
	struct npv_dgram dgram;
	u8 buf[PROBE_ANSWER];
	struct npv_frame f;
	unsigned int k;
	int i, len;

	for (k = 0; k < PROBE_BATCH; k++) {
		len = npv_ksock_recv(probe->sock, &dgram, buf, sizeof(buf));
		if (len == -EAGAIN)
			break;
		if (len < 0)
			continue;
		i = probe_match(probe, &dgram, buf, len, &f);
		if (i >= 0) {
			NPV_INC(probe->net, OFFER_RECEIVED);
			probe->asked[i].open = false;
			memcpy(probe->asked[i].offered.token, f.hello.key,
			       NPV_NONCE_LEN);
			*refusal = f.aux;
			return i;
		}
		NPV_INC(probe->net, OFFER_IGNORED);
	}

	return -EAGAIN;
}

/**
 * npv_probe_share() - let a stack have the port that was asked from
 * @probe: the probe, which is about to go
 *
 * Context: process, session lock held.
 */
void npv_probe_share(struct npv_probe *probe)
{
	npv_ksock_share(probe->sock);
}

/**
 * npv_probe_offered() - a question that was answered
 * @probe: the probe
 * @i: from npv_probe_read()
 *
 * Return: it, as long as the probe is there.
 */
const struct npv_offered *npv_probe_offered(const struct npv_probe *probe,
					    unsigned int i)
{
	return &probe->asked[i].offered;
}

/*
 * The session has become plain, and this address does speak NPV, or refuses to.
 * Of the others that were asked it is not sure any more what they do.
 */
static void probe_learn(struct npv_probe *probe, unsigned int i,
			unsigned int refusal)
{
	const struct npv_question *asked = probe->asked;
	unsigned int k;

	NPV_INC(probe->net, OFFER_LATE);
	if (refusal) {
		npv_peer_note_kind(probe->net, &asked[i].offered.remote,
				   probe->service, NPV_KIND_PLAIN, NPV_REASON_HELLO_REFUSED);
		return;
	}
	for (k = 0; k < probe->n; k++)
		if (asked[k].open)
			npv_peer_note_kind(probe->net, &asked[k].offered.remote,
					   probe->service, NPV_KIND_OPEN,
					   NPV_REASON_NONE);
	npv_peer_note_kind(probe->net, &asked[i].offered.remote, probe->service,
			   NPV_KIND_NATIVE, NPV_REASON_HELLO);
}

static bool probe_answered(const struct npv_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->n; i++)
		if (probe->asked[i].open)
			return false;
	return true;
}

/* Take a late one off the list, and free it. npv_probes.lock held. */
static void probe_drop(struct npv_probes *probes, struct npv_probe *probe)
{
	list_del(&probe->node);
	probes->n--;
	npv_probe_free(probe);
}

static void probes_work(struct work_struct *work)
{
	struct npv_probes *probes = container_of(to_delayed_work(work),
						 struct npv_probes, work);
	struct npv_probe *probe, *next;
	unsigned int refusal;
	int i;

	mutex_lock(&probes->lock);
	list_for_each_entry_safe(probe, next, &probes->late, node) {
		while ((i = npv_probe_read(probe, &refusal)) >= 0)
			probe_learn(probe, i, refusal);
		if (time_after_eq(jiffies, probe->until) ||
		    probe_answered(probe))
			probe_drop(probes, probe);
	}
	/* Queue, not modify: more may just have come. */
	probe = list_first_entry_or_null(&probes->late, struct npv_probe, node);
	if (probe)
		queue_delayed_work(system_unbound_wq, &probes->work,
				   time_before(jiffies, probe->until) ?
				   probe->until - jiffies : 0);
	mutex_unlock(&probes->lock);
}

/**
 * npv_probe_linger() - learn from answers that come late
 * @probe: of a race that has given up waiting; not the caller's any more
 *
 * There is a bounded number of them, each for a few seconds. One that is too many
 * takes the place of the oldest.
 *
 * Context: process, session lock held; takes npv_probes.lock.
 */
void npv_probe_linger(struct npv_probe *probe)
{
	struct npv_probes *probes = &npv_pernet(probe->net)->probes;
	struct sock *sk = probe->sock->sk;

	if (probe_answered(probe)) {
		npv_probe_free(probe);
		return;
	}

	mutex_lock(&probes->lock);
	write_lock_bh(&sk->sk_callback_lock);
	probe->race = NULL;
	/* The program's file may go before it does. */
	WRITE_ONCE(probe->sock->file, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	probe->until = jiffies + LATE_WAIT;
	list_add_tail(&probe->node, &probes->late);
	if (++probes->n > LATE_MAX)
		probe_drop(probes, list_first_entry(&probes->late,
						    struct npv_probe, node));
	/* What came a moment ago has told the race. */
	mod_delayed_work(system_unbound_wq, &probes->work, 0);
	mutex_unlock(&probes->lock);
}

/**
 * npv_probes_init() - a namespace begins
 * @probes: its late ones, none yet
 */
void npv_probes_init(struct npv_probes *probes)
{
	mutex_init(&probes->lock);
	INIT_LIST_HEAD(&probes->late);
	INIT_DELAYED_WORK(&probes->work, probes_work);
}

/**
 * npv_probes_exit() - the namespace ends
 * @probes: its late ones; no race is left to add to them
 */
void npv_probes_exit(struct npv_probes *probes)
{
	struct npv_probe *probe, *next;

	mutex_lock(&probes->lock);
	list_for_each_entry_safe(probe, next, &probes->late, node)
		probe_drop(probes, probe);
	mutex_unlock(&probes->lock);
	/* None is left that could queue it once more. */
	cancel_delayed_work_sync(&probes->work);
	mutex_destroy(&probes->lock);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/probe_test.c"
#endif
