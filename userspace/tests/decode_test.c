// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding of netlink messages: right ones, wrong ones, and noise. Every
 * message lies in a block of exactly its size, so that the sanitizer sees a
 * read behind its end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../lib/decode.h"
#include "../lib/handle.h"
#include "tap.h"

#define ROUNDS	300000

static _Alignas(8) char buf[4096];

static struct nlmsghdr *begin(void)
{
	struct nlmsghdr *nlh;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = 0x20;
	mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);

	return nlh;
}

static struct nlmsghdr *session_message(void)
{
	struct nlmsghdr *nlh = begin();
	struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;

	mnl_attr_put_u32(nlh, NPV_A_SESSION_ID, 12);
	mnl_attr_put_u32(nlh, NPV_A_SESSION_TYPE, NPV_SOCKET_TYPE_STREAM);
	mnl_attr_put_u32(nlh, NPV_A_SESSION_STATE, NPV_STATE_ESTABLISHED);
	mnl_attr_put_u64(nlh, NPV_A_SESSION_INODE, 1ULL << 40);
	mnl_attr_put_strz(nlh, NPV_A_SESSION_COMM, "curl");
	mnl_attr_put_u32(nlh, NPV_A_SESSION_LOCAL_ADDR4, htonl(0x0a000401));
	mnl_attr_put_u16(nlh, NPV_A_SESSION_LOCAL_PORT, htons(40112));
	mnl_attr_put(nlh, NPV_A_SESSION_REMOTE_ADDR6, sizeof(v6), &v6);
	mnl_attr_put_u16(nlh, NPV_A_SESSION_REMOTE_PORT, htons(8080));

	return nlh;
}

static struct nlmsghdr *stack_message(void)
{
	struct nlmsghdr *nlh = begin();

	mnl_attr_put_u64(nlh, NPV_A_STACK_SESSION_ID, 7);
	mnl_attr_put_u32(nlh, NPV_A_STACK_ID, 1);
	mnl_attr_put_u64(nlh, NPV_A_STACK_BYTES_SENT, UINT64_MAX);
	mnl_attr_put_u32(nlh, NPV_A_STACK_BYTES_ACKED, UINT32_MAX);
	mnl_attr_put_strz(nlh, NPV_A_STACK_CONGESTION, "cubic");
	mnl_attr_put_u32(nlh, NPV_A_STACK_STATUS, NPV_STACK_STATUS_BACKUP);
	mnl_attr_put(nlh, NPV_A_STACK_PEER_BACKUP, 0, NULL);

	return nlh;
}

static struct nlmsghdr *profile_message(void)
{
	struct nlmsghdr *nlh = begin();
	struct nlattr *nest;

	mnl_attr_put_strz(nlh, NPV_A_PROFILE_NAME, "bulk");
	mnl_attr_put_u8(nlh, NPV_A_PROFILE_STRICT, 1);
	nest = mnl_attr_nest_start(nlh, NPV_A_PROFILE_INTERFACE);
	mnl_attr_put_strz(nlh, NPV_A_PREFERRED_INTERFACE_IFNAME, "wlan*");
	mnl_attr_put_u32(nlh, NPV_A_PREFERRED_INTERFACE_PREFERENCE,
			 NPV_PREFERENCE_AVOID);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u32(nlh, NPV_A_PROFILE_MAX_RATE, 1000);

	return nlh;
}

static struct nlmsghdr *candidate_message(void)
{
	struct nlmsghdr *nlh = begin();
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, NPV_A_PLAN_CANDIDATE);
	mnl_attr_put_u32(nlh, NPV_A_CANDIDATE_REMOTE_ADDR4, htonl(0x0a000402));
	mnl_attr_put_u16(nlh, NPV_A_CANDIDATE_REMOTE_PORT, htons(80));
	mnl_attr_put_u32(nlh, NPV_A_CANDIDATE_REASON, NPV_PLAN_REASON_ENOUGH);
	mnl_attr_nest_end(nlh, nest);

	return nlh;
}

/* Lets @decode see a copy of the first @len bytes, with its length corrected */
static int decode_copy(int (*decode)(const struct nlmsghdr *, void *),
		       const void *message, size_t len, void *result)
{
	struct nlmsghdr *copy = malloc(len);
	int ret;

	memcpy(copy, message, len);
	copy->nlmsg_len = (uint32_t)len;
	errno = 0;
	ret = decode(copy, result);
	free(copy);

	return ret;
}

static int as_module(const struct nlmsghdr *nlh, void *result)
{
	return npv_module_decode(nlh, result);
}

static int as_session(const struct nlmsghdr *nlh, void *result)
{
	return npv_session_decode(nlh, result);
}

static int as_stack(const struct nlmsghdr *nlh, void *result)
{
	return npv_stack_decode(nlh, result);
}

static int as_scheduler(const struct nlmsghdr *nlh, void *result)
{
	return npv_scheduler_decode(nlh, result);
}

static int as_peer(const struct nlmsghdr *nlh, void *result)
{
	return npv_peer_decode(nlh, result);
}

static int as_stats(const struct nlmsghdr *nlh, void *result)
{
	return npv_stats_decode(nlh, result);
}

static int as_endpoint(const struct nlmsghdr *nlh, void *result)
{
	return npv_endpoint_decode(nlh, result);
}

static int as_profile(const struct nlmsghdr *nlh, void *result)
{
	return npv_profile_decode(nlh, result);
}

static int as_rule(const struct nlmsghdr *nlh, void *result)
{
	return npv_rule_decode(nlh, result);
}

static int as_plan(const struct nlmsghdr *nlh, void *result)
{
	return npv_plan_entry_decode(nlh, result);
}

static int as_extack(const struct nlmsghdr *nlh, void *result)
{
	return npv_extack_text(nlh, result, 64);
}

static int (*const decoders[])(const struct nlmsghdr *, void *) = {
	as_module, as_session, as_stack, as_scheduler, as_peer, as_stats,
	as_endpoint, as_profile, as_rule, as_plan, as_extack,
};

#define DECODERS	(sizeof(decoders) / sizeof(*decoders))

static union {
	struct npv_module	module;
	struct npv_session	session;
	struct npv_stack	stack;
	struct npv_scheduler	scheduler;
	struct npv_peer		peer;
	struct npv_stats	stats;
	struct npv_endpoint	endpoint;
	struct npv_profile	profile;
	struct npv_rule		rule;
	struct npv_plan_entry	plan;
	char			text[64];
} r;

static void decode__values(void)
{
	const struct nlmsghdr *nlh = session_message();

	tap_ok(!decode_copy(as_session, nlh, nlh->nlmsg_len, &r), "session");
	tap_ok(r.session.id == 12 && r.session.inode == 1ULL << 40,
	       "uint of 4 and of 8 bytes");
	tap_ok(!strcmp(r.session.comm, "curl"), "string");
	tap_ok(r.session.local.family == AF_INET &&
	       r.session.local.port == 40112 &&
	       ntohl(r.session.local.v4.s_addr) == 0x0a000401, "IPv4 address");
	tap_ok(r.session.remote.family == AF_INET6 &&
	       r.session.remote.port == 8080 &&
	       IN6_IS_ADDR_LOOPBACK(&r.session.remote.v6), "IPv6 address");
	tap_ok(NPV_HAS(&r.session, SESSION_COMM) &&
	       !NPV_HAS(&r.session, SESSION_UID), "presence");

	nlh = stack_message();
	tap_ok(!decode_copy(as_stack, nlh, nlh->nlmsg_len, &r), "stack");
	tap_ok(r.stack.bytes_sent == UINT64_MAX &&
	       r.stack.bytes_acked == UINT32_MAX, "largest uints");
	tap_ok(r.stack.status == NPV_STACK_STATUS_BACKUP &&
	       r.stack.peer_backup && !r.stack.backup, "use of a stack");

	nlh = begin();
	mnl_attr_put_strz((struct nlmsghdr *)buf, NPV_A_SCHEDULER_NAME, "minrtt");
	mnl_attr_put((struct nlmsghdr *)buf, NPV_A_SCHEDULER_DEFAULT, 0, NULL);
	tap_ok(!decode_copy(as_scheduler, nlh, nlh->nlmsg_len, &r) &&
	       !strcmp(r.scheduler.name, "minrtt") && r.scheduler.is_default,
	       "scheduler");
}

static void decode__peer(void)
{
	struct nlmsghdr *nlh = begin();

	mnl_attr_put_u32(nlh, NPV_A_PEER_ADDR4, htonl(0x0a000402));
	mnl_attr_put_u16(nlh, NPV_A_PEER_PORT, htons(443));
	mnl_attr_put_u32(nlh, NPV_A_PEER_KIND, NPV_KIND_NATIVE);
	mnl_attr_put(nlh, NPV_A_PEER_STATIC, 0, NULL);
	tap_ok(!decode_copy(as_peer, nlh, nlh->nlmsg_len, &r) &&
	       r.peer.address.family == AF_INET && r.peer.address.port == 443 &&
	       r.peer.kind == NPV_KIND_NATIVE && r.peer.is_static == 1 &&
	       !NPV_HAS(&r.peer, PEER_VERDICT), "peer, with a flag");

	nlh = begin();
	mnl_attr_put_u32(nlh, NPV_A_PEER_STATIC, 0);
	tap_ok(decode_copy(as_peer, nlh, nlh->nlmsg_len, &r) < 0 &&
	       errno == EBADMSG, "refuses a flag that is not empty");
}

static void decode__policy(void)
{
	struct nlmsghdr *nlh = profile_message();
	struct nlattr *nest;
	int i;

	tap_ok(!decode_copy(as_profile, nlh, nlh->nlmsg_len, &r) &&
	       r.profile.strict == 1 && r.profile.max_rate == 1000 &&
	       r.profile.interface_count == 1 &&
	       !strcmp(r.profile.interface[0].ifname, "wlan*") &&
	       r.profile.interface[0].preference == NPV_PREFERENCE_AVOID &&
	       NPV_HAS(&r.profile, PROFILE_INTERFACE) &&
	       !NPV_HAS(&r.profile, PROFILE_MODE), "profile");

	nlh = begin();
	for (i = 0; i < NPV_INTERFACES_MAX + 3; i++) {
		nest = mnl_attr_nest_start(nlh, NPV_A_PROFILE_INTERFACE);
		mnl_attr_put_strz(nlh, NPV_A_PREFERRED_INTERFACE_IFNAME, "eth0");
		mnl_attr_nest_end(nlh, nest);
	}
	tap_ok(!decode_copy(as_profile, nlh, nlh->nlmsg_len, &r) &&
	       r.profile.interface_count == NPV_INTERFACES_MAX,
	       "interfaces, more than there is room for");

	nlh = begin();
	nest = mnl_attr_nest_start(nlh, NPV_A_PROFILE_INTERFACE);
	mnl_attr_put_u8(nlh, NPV_A_PREFERRED_INTERFACE_PREFERENCE, 1);
	mnl_attr_nest_end(nlh, nest);
	tap_ok(decode_copy(as_profile, nlh, nlh->nlmsg_len, &r) < 0 &&
	       errno == EBADMSG, "refuses a u32 of a byte within another attribute");

	nlh = candidate_message();
	tap_ok(!decode_copy(as_plan, nlh, nlh->nlmsg_len, &r) &&
	       r.plan.plan.has == 1ULL << NPV_A_PLAN_CANDIDATE &&
	       r.plan.candidate.remote.port == 80 &&
	       r.plan.candidate.reason == NPV_PLAN_REASON_ENOUGH, "candidate");

	nlh = begin();
	mnl_attr_put_u8(nlh, NPV_A_ENDPOINT_BACKUP, 1);
	mnl_attr_put(nlh, NPV_A_ENDPOINT_UP, 0, NULL);
	mnl_attr_put_u64(nlh, NPV_A_ENDPOINT_MAX_RATE, 1ULL << 40);
	tap_ok(!decode_copy(as_endpoint, nlh, nlh->nlmsg_len, &r) &&
	       r.endpoint.backup == 1 && r.endpoint.up == 1 &&
	       r.endpoint.max_rate == 1ULL << 40 && !r.endpoint.disabled, "endpoint");
}

static void decode__module(void)
{
	struct nlmsghdr *nlh = begin();
	char name[8];
	int i;

	mnl_attr_put_strz(nlh, NPV_A_INFO_VERSION, "1.2");
	for (i = 0; i < NPV_FEATURES_MAX + 5; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		mnl_attr_put_strz(nlh, NPV_A_INFO_FEATURES, name);
	}
	tap_ok(!decode_copy(as_module, nlh, nlh->nlmsg_len, &r) &&
	       r.module.feature_count == NPV_FEATURES_MAX &&
	       !strcmp(r.module.features[31], "f31"),
	       "features, more than there is room for");
}

static void decode__stats(void)
{
	struct nlmsghdr *nlh = begin();

	mnl_attr_put_u32(nlh, NPV_A_STATS_EVENT_LOST, 3);
	mnl_attr_put_u64(nlh, 63, 1ULL << 33);
	mnl_attr_put_u64(nlh, 90, 7);
	mnl_attr_put_u64(nlh, NPV_STATS_MAX, 1);
	tap_ok(!decode_copy(as_stats, nlh, nlh->nlmsg_len, &r) &&
	       r.stats.value[NPV_A_STATS_EVENT_LOST] == 3 &&
	       r.stats.value[63] == 1ULL << 33 &&
	       r.stats.has[63] && r.stats.value[90] == 7 && r.stats.has[90] &&
	       !r.stats.has[90 - 64] &&
	       r.stats.has[NPV_A_STATS_EVENT_LOST] &&
	       !r.stats.has[NPV_A_STATS_SESSION_OPEN],
	       "counters, known and not");
}

static void decode__tolerates(void)
{
	static const char large[300] = { [0 ... 298] = 'x' };
	struct nlmsghdr *nlh = begin();

	mnl_attr_put_u32(nlh, NPV_A_SESSION_MAX + 1, 1);
	mnl_attr_put_u32(nlh, 0, 1);
	mnl_attr_put_u32(nlh, NPV_A_SESSION_UID, 5);
	tap_ok(!decode_copy(as_session, nlh, nlh->nlmsg_len, &r) &&
	       r.session.uid == 5 &&
	       r.session.has == 1ULL << NPV_A_SESSION_UID,
	       "attributes that are not known");

	nlh = begin();
	mnl_attr_put(nlh, NPV_A_SESSION_COMM, sizeof(large), large);
	tap_ok(!decode_copy(as_session, nlh, nlh->nlmsg_len, &r) &&
	       strlen(r.session.comm) == sizeof(r.session.comm) - 1,
	       "a string that is too long is cut off");

	nlh = begin();
	mnl_attr_put_strz(nlh, NPV_A_SESSION_COMM, "abc");
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + GENL_HDRLEN + MNL_ATTR_HDRLEN + 4;
	tap_ok(!decode_copy(as_session, nlh, nlh->nlmsg_len, &r),
	       "a last attribute without padding");
}

static void decode__refuses(void)
{
	static const struct {
		const char	*name;
		uint16_t	type;
		uint16_t	len;
	} cases[] = {
		{ "u32 of 3 bytes",	NPV_A_SESSION_UID, 3 },
		{ "u32 of 8 bytes",	NPV_A_SESSION_UID, 8 },
		{ "uint of 0 bytes",	NPV_A_SESSION_ID, 0 },
		{ "uint of 2 bytes",	NPV_A_SESSION_ID, 2 },
		{ "uint of 12 bytes",	NPV_A_SESSION_ID, 12 },
		{ "port of 4 bytes",	NPV_A_SESSION_LOCAL_PORT, 4 },
		{ "addr4 of 16 bytes",	NPV_A_SESSION_LOCAL_ADDR4, 16 },
		{ "addr6 of 4 bytes",	NPV_A_SESSION_LOCAL_ADDR6, 4 },
		{ "addr6 of 17 bytes",	NPV_A_SESSION_LOCAL_ADDR6, 17 },
		{ "empty string",	NPV_A_SESSION_COMM, 0 },
		{ "string without NUL",	NPV_A_SESSION_COMM, 4 },
	};
	char ones[64];
	size_t i;

	memset(ones, '1', sizeof(ones));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nlmsghdr *nlh = begin();

		mnl_attr_put(nlh, cases[i].type, cases[i].len, ones);
		tap_ok(decode_copy(as_session, nlh, nlh->nlmsg_len, &r) < 0 &&
		       errno == EBADMSG, "refuses %s", cases[i].name);
	}
}

static void decode__truncated(void)
{
	const struct nlmsghdr *nlh = session_message();
	uint32_t full = nlh->nlmsg_len, len, refused = 0;

	for (len = MNL_NLMSG_HDRLEN; len < full; len++)
		refused += decode_copy(as_session, nlh, len, &r) < 0;
	/* a message may end between two attributes: 1 boundary each, and up
	 * to 3 bytes of missing padding
	 */
	tap_ok(refused > full / 2, "truncated at every length: %u of %u refused",
	       refused, full);
}

static struct nlmsghdr *error_message(uint16_t flags, const char *text)
{
	struct nlmsgerr *err;
	struct nlmsghdr *nlh;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = flags;
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = -EINVAL;
	err->msg.nlmsg_len = MNL_NLMSG_HDRLEN;
	if (!(flags & NLM_F_CAPPED)) {
		mnl_nlmsg_put_extra_header(nlh, 8);
		err->msg.nlmsg_len += 8;
	}
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, 20);
	mnl_attr_put(nlh, NLMSGERR_ATTR_MSG, strlen(text), text);

	return nlh;
}

static void extack__text(void)
{
	struct nlmsghdr *nlh;

	nlh = error_message(NLM_F_ACK_TLVS | NLM_F_CAPPED, "id is missing");
	tap_ok(decode_copy(as_extack, nlh, nlh->nlmsg_len, &r) &&
	       !strcmp(r.text, "id is missing"), "extack, request left out");

	nlh = error_message(NLM_F_ACK_TLVS, "id is missing");
	tap_ok(decode_copy(as_extack, nlh, nlh->nlmsg_len, &r) &&
	       !strcmp(r.text, "id is missing"), "extack behind the request");

	nlh = error_message(NLM_F_CAPPED, "id is missing");
	tap_ok(!decode_copy(as_extack, nlh, nlh->nlmsg_len, &r),
	       "no extack without its flag");
}

/* Noise on top of messages that are right */
static void decode__noise(void)
{
	struct nlmsghdr *messages[5];
	size_t lens[5], i;
	unsigned int round, n;
	int accepted = 0;

	for (i = 0; i < 5; i++) {
		const struct nlmsghdr *nlh = i == 0 ? session_message() :
			i == 1 ? stack_message() : i == 2 ? profile_message() :
			i == 3 ? candidate_message() :
			error_message(NLM_F_ACK_TLVS, "id is missing");

		lens[i] = nlh->nlmsg_len;
		messages[i] = malloc(lens[i]);
		memcpy(messages[i], nlh, lens[i]);
	}

	srandom(6780);
	for (round = 0; round < ROUNDS; round++) {
		size_t len;

		i = (size_t)random() % 5;
		memcpy(buf, messages[i], lens[i]);
		len = random() % 4 ? lens[i] : MNL_NLMSG_HDRLEN +
			(size_t)random() % (lens[i] - MNL_NLMSG_HDRLEN + 1);
		for (n = (unsigned int)random() % 4; n; n--)
			buf[(size_t)random() % len] = (char)random();
		accepted += decode_copy(decoders[(size_t)random() % DECODERS], buf,
					len, &r) >= 0;
	}
	for (i = 0; i < 5; i++)
		free(messages[i]);

	tap_ok(accepted > 0 && accepted < ROUNDS,
	       "noise: %d of %d messages taken for right", accepted, ROUNDS);
}

int main(void)
{
	decode__values();
	decode__peer();
	decode__policy();
	decode__module();
	decode__stats();
	decode__tolerates();
	decode__refuses();
	decode__truncated();
	extack__text();
	decode__noise();

	return tap_end();
}
