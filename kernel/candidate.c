// SPDX-License-Identifier: GPL-2.0
/*
 * Which addresses a connect() may try, and in what order: Destination Address
 * Selection with history and interleaved families, RFC 8305 section 4 and
 * RFC 6724 section 6 as far as a kernel can know better than the program that
 * sorted the addresses.
 */

#include <linux/bitops.h>
#include <linux/prandom.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "address.h"
#include "candidate.h"
#include "netns.h"
#include "session.h"
#include "steer.h"
#include "stack.h"

/* Where more is lost than that, of a million, TCP gets nowhere */
#define LOSSY_PPM	50000U

/*
 * Whether a should be tried before b, for reasons other than the program's
 * order. Of two that answered lately the one with the lower round-trip time
 * goes first (RFC 8305, 4: between rules 8 and 9), but only if it is lower by
 * its order of magnitude: noise must not make a host change its mind.
 */
static bool candidate_before(const struct npv_candidate *a,
			     const struct npv_candidate *b)
{
	if (a->class != b->class)
		return a->class < b->class;
	if (a->srtt_us && b->srtt_us)
		return fls(a->srtt_us) < fls(b->srtt_us);
	return false;
}

/* Interleave the families of one class, beginning with that of the first. */
static void candidates_interleave(struct npv_candidate *cand, unsigned int n,
				  unsigned int first_family_count)
{
	struct npv_candidate out[NPV_ADDR_MAX];
	unsigned int left[2] = { 0, 0 }, at[2] = { 0, 0 };
	unsigned int i, family, run;
	bool first4;

	first4 = ipv6_addr_v4mapped(&cand[0].addr);
	for (i = 0; i < n; i++)
		left[ipv6_addr_v4mapped(&cand[i].addr) != first4]++;

	family = 0;
	run = first_family_count;
	for (i = 0; i < n; i++) {
		if (!run || !left[family]) {
			if (left[!family])
				family = !family;
			run = 1;
		}
		while ((ipv6_addr_v4mapped(&cand[at[family]].addr) != first4) !=
		       family)
			at[family]++;
		out[i] = cand[at[family]++];
		left[family]--;
		run--;
	}

	memcpy(cand, out, n * sizeof(*cand));
}

/**
 * npv_candidates_order() - put candidates into the order to try them in
 * @cand: the candidates, in the program's order; reordered, duplicates removed
 * @n: number of them, at most NPV_ADDR_MAX
 * @first_family_count: how many of the preferred family go before the first of
 *	the other, at least 1
 *
 * By class, then round-trip time, then the program's order; within a class the
 * families alternate (RFC 8305, section 4), so that a class of worse prospects
 * never gets ahead of a better one. A pure function.
 *
 * Return: the number that are left.
 */
unsigned int npv_candidates_order(struct npv_candidate *cand, unsigned int n,
				  unsigned int first_family_count)
{
	unsigned int i, j, start;

	if (n < 2)
		return n;
	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++)
			if (ipv6_addr_equal(&cand[j].addr, &cand[i].addr))
				break;
		if (j == i)
			continue;
		memmove(&cand[i], &cand[i + 1], (n - i - 1) * sizeof(*cand));
		n--;
		i--;
	}

	/* Few and nearly sorted: insertion, which is stable. */
	for (i = 1; i < n; i++) {
		struct npv_candidate tmp = cand[i];

		for (j = i; j && candidate_before(&tmp, &cand[j - 1]); j--)
			cand[j] = cand[j - 1];
		cand[j] = tmp;
	}

	for (start = 0; start < n; start = i) {
		for (i = start + 1; i < n; i++)
			if (cand[i].class != cand[start].class)
				break;
		candidates_interleave(&cand[start], i - start,
				      first_family_count);
	}

	return n;
}

static bool candidate_has_route(const struct sock *sk,
				const struct npv_candidate *cand)
{
	struct net *net = sock_net(sk);
	struct dst_entry *dst;

	if (ipv6_addr_v4mapped(&cand->addr)) {
		struct flowi4 fl4 = {
			.daddr = cand->addr.s6_addr32[3],
			.flowi4_oif = READ_ONCE(sk->sk_bound_dev_if),
			.flowi4_mark = READ_ONCE(sk->sk_mark),
			.flowi4_uid = sk->sk_uid,
			.flowi4_proto = sk->sk_protocol,
		};
		struct rtable *rt = ip_route_output_key(net, &fl4);

		if (IS_ERR(rt))
			return false;
		ip_rt_put(rt);
	} else {
		struct flowi6 fl6 = {
			.daddr = cand->addr,
			.flowi6_oif = READ_ONCE(sk->sk_bound_dev_if) ?:
				      cand->scope_id,
			.flowi6_mark = READ_ONCE(sk->sk_mark),
			.flowi6_uid = sk->sk_uid,
			.flowi6_proto = sk->sk_protocol,
		};

		dst = ipv6_stub->ipv6_dst_lookup_flow(net, NULL, &fl6, NULL);
		if (IS_ERR(dst))
			return false;
		dst_release(dst);
	}

	return true;
}

/* Whether what the program did to its socket leaves room for this address. */
static bool candidate_fits(const struct npv_sock *nsk,
			   const struct in6_addr *addr)
{
	const struct sock *sk = npv_stack_sk(nsk->main);
	bool is4 = ipv6_addr_v4mapped(addr);
	struct npv_stack *stack;
	struct in6_addr local;
	__be16 port;

	if (!is4 && test_bit(NPV_SF_NO_IPV6, &nsk->flags))
		return false;
	if (is4 && sk->sk_family == AF_INET6 && sk->sk_ipv6only)
		return false;

	/* Bound to addresses: to their families as well. */
	list_for_each_entry(stack, &nsk->stacks, node) {
		local = npv_stack_local(stack->sk, &port);
		if (ipv6_addr_any(&local) ||
		    (npv_addr_is_any4(&local) && !port) ||
		    ipv6_addr_v4mapped(&local) == is4)
			return true;
	}

	return false;
}

/* How promising an address is, by what is remembered of it */
static enum npv_candidate_class candidate_class(enum npv_peer_verdict verdict,
						u32 loss_ppm)
{
	switch (verdict) {
	case NPV_PEER_GOOD:
		return loss_ppm > LOSSY_PPM ? NPV_CANDIDATE_LOSSY :
					      NPV_CANDIDATE_GOOD;
	case NPV_PEER_BAD:
		return NPV_CANDIDATE_BAD;
	case NPV_PEER_UNKNOWN:
		break;
	}

	return NPV_CANDIDATE_UNKNOWN;
}

/**
 * npv_candidates_choose() - which addresses a connect() may try, in order
 * @nsk: the session
 * @dst: what the program named
 * @cand: filled in, room for NPV_ADDR_MAX
 *
 * Context: process, session lock held.
 * Return: the number, 0 if none fits what the program did to its socket before.
 */
unsigned int npv_candidates_choose(struct npv_sock *nsk,
				   const struct npv_addrs *dst,
				   struct npv_candidate *cand)
{
	const struct sock *sk = npv_stack_sk(nsk->main);
	struct net *net = sock_net(sk);
	struct npv_candidate *c = cand;
	enum npv_peer_verdict verdict;
	struct npv_peer_known known;
	unsigned int i, n;

	for (i = 0; i < dst->count; i++) {
		if (!candidate_fits(nsk, &dst->addr[i]))
			continue;

		memset(c, 0, sizeof(*c));
		c->addr = dst->addr[i];
		c->scope_id = dst->scope_id;
		c->class = NPV_CANDIDATE_UNKNOWN;

		if (dst->count > 1) {
			/* One leaves nothing to choose: spare the look-ups. */
			verdict = npv_peer_lookup(net, &c->addr, &known);
			c->class = candidate_class(verdict, known.loss_ppm);
			c->srtt_us = known.srtt_us;
			if (!candidate_has_route(sk, c))
				c->class = NPV_CANDIDATE_NO_ROUTE;
		}
		c++;
	}

	i = READ_ONCE(npv_pernet(net)->sysctls.first_family_count);
	n = npv_candidates_order(cand, c - cand, i);
	return npv_steer(nsk, dst->port, cand, n);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/candidate_test.c"
#endif
