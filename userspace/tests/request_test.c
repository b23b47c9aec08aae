// SPDX-License-Identifier: GPL-2.0
/*
 * Requests and their answers, with a kernel that is a list of messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../lib/handle.h"
#include "tap.h"

#define PORTID	77
#define FAMILY	0x21

enum what { END, SESSION, DONE, ACK, REFUSAL, DONE_REFUSAL, STALE, FAIL };

struct step {
	enum what	what;
	uint32_t	value;	/* id, or errno */
	uint16_t	flags;
};

static const struct step *script;
static unsigned int requests;
static _Alignas(struct nlmsghdr) char last_request[512];
static uint32_t last_seq;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *msg,
				 size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *msg,
				   size_t size);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl);

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *msg,
				 size_t len)
{
	const struct nlmsghdr *nlh = msg;

	(void)nl;
	requests++;
	memcpy(last_request, msg, len < sizeof(last_request) ? len :
	       sizeof(last_request));
	last_seq = nlh->nlmsg_seq;

	return (ssize_t)len;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;

	return PORTID;
}

static void put_extack(struct nlmsghdr *nlh)
{
	nlh->nlmsg_flags |= NLM_F_ACK_TLVS | NLM_F_CAPPED;
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "try something else");
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *msg,
				   size_t size)
{
	struct nlmsghdr *nlh;
	struct nlmsgerr *err;
	int *status;

	(void)nl;
	memset(msg, 0, size);
	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_seq = last_seq;
	nlh->nlmsg_pid = PORTID;
	nlh->nlmsg_flags = script->flags;

	switch (script->what) {
	case STALE:
		nlh->nlmsg_seq--;
		/* fall through */
	case SESSION:
		nlh->nlmsg_type = FAMILY;
		mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
		mnl_attr_put_u32(nlh, NPV_A_SESSION_ID, script->value);
		break;
	case DONE:
	case DONE_REFUSAL:
		nlh->nlmsg_type = NLMSG_DONE;
		status = mnl_nlmsg_put_extra_header(nlh, sizeof(*status));
		*status = -(int)script->value;
		if (script->what == DONE_REFUSAL)
			put_extack(nlh);
		break;
	case ACK:
	case REFUSAL:
		nlh->nlmsg_type = NLMSG_ERROR;
		err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
		err->error = -(int)script->value;
		err->msg.nlmsg_len = MNL_NLMSG_HDRLEN;
		if (script->what == REFUSAL)
			put_extack(nlh);
		break;
	case FAIL:
		errno = (int)script++->value;
		return -1;
	case END:
		abort();
	}
	script++;

	return nlh->nlmsg_len;
}

static struct npv *handle(const struct step *steps)
{
	struct npv *npv = calloc(1, sizeof(*npv));

	npv->family = FAMILY;
	script = steps;
	requests = 0;

	return npv;
}

static uint64_t sum;
static unsigned int calls;

static int add(const struct npv_session *session, void *data)
{
	(void)data;
	sum += session->id;
	calls++;

	return 0;
}

static int give_up(const struct npv_session *session, void *data)
{
	(void)session;
	(void)data;
	calls++;
	errno = EPIPE;

	return -1;
}

static int dump(const struct step *steps, struct npv **npv)
{
	*npv = handle(steps);
	sum = 0;
	calls = 0;

	return npv_session_dump(*npv, add, NULL);
}

static void dump__complete(void)
{
	static const struct step steps[] = {
		{ STALE, 500, NLM_F_MULTI }, { SESSION, 1, NLM_F_MULTI },
		{ FAIL, EINTR, 0 }, { SESSION, 2, NLM_F_MULTI },
		{ DONE, 0, NLM_F_MULTI }, { }
	};
	struct npv *npv;

	tap_ok(dump(steps, &npv) == 0 && sum == 3 && calls == 2,
	       "dump, with a signal and an old answer between");
	free(npv);
}

static void dump__interrupted(void)
{
	static const struct step again[] = {
		{ SESSION, 1, NLM_F_MULTI },
		{ SESSION, 2, NLM_F_MULTI | NLM_F_DUMP_INTR },
		{ DONE, 0, NLM_F_MULTI },
		{ SESSION, 3, NLM_F_MULTI }, { DONE, 0, NLM_F_MULTI }, { }
	};
	static const struct step always[] = {
		{ SESSION, 1, NLM_F_MULTI }, { DONE, 0, NLM_F_DUMP_INTR },
		{ SESSION, 2, NLM_F_MULTI }, { DONE, 0, NLM_F_DUMP_INTR },
		{ SESSION, 3, NLM_F_MULTI }, { DONE, 0, NLM_F_DUMP_INTR },
		{ SESSION, 4, NLM_F_MULTI }, { DONE, 0, NLM_F_DUMP_INTR }, { }
	};
	struct npv *npv;

	tap_ok(dump(again, &npv) == 0 && requests == 2 && sum == 3,
	       "an interrupted dump is asked for again");
	free(npv);
	tap_ok(dump(always, &npv) == NPV_INTERRUPTED && requests == 4 &&
	       sum == 4, "a dump that is always interrupted says so");
	free(npv);
}

static void dump__refused(void)
{
	static const struct step done[] = {
		{ SESSION, 1, NLM_F_MULTI }, { DONE_REFUSAL, ENOMEM, 0 }, { }
	};
	static const struct step full[] = { { FAIL, ENOSPC, 0 }, { } };
	struct npv *npv;

	tap_ok(dump(done, &npv) < 0 && errno == ENOMEM && !calls,
	       "a dump that ends in an error delivers nothing");
	tap_ok(!strcmp(npv_strerror(npv), "try something else"),
	       "... and has the kernel's text");
	free(npv);
	tap_ok(dump(full, &npv) < 0 && errno == ENOSPC, "socket error");
	free(npv);
}

static void dump__many(void)
{
	static struct step steps[1002];
	struct npv *npv;
	int i;

	for (i = 0; i < 1000; i++)
		steps[i] = (struct step){ SESSION, 1, NLM_F_MULTI };
	steps[i] = (struct step){ DONE, 0, NLM_F_MULTI };
	tap_ok(!dump(steps, &npv) && calls == 1000, "dump of a thousand");
	free(npv);
}

static void get__refused(void)
{
	static const struct step text[] = { { REFUSAL, EINVAL, 0 }, { } };
	static const struct step bare[] = { { ACK, ENOENT, 0 }, { } };
	struct npv *npv = handle(text);

	tap_ok(npv_session_get(npv, 5, add, NULL) < 0 && errno == EINVAL &&
	       !strcmp(npv_strerror(npv), "try something else"),
	       "refusal with the kernel's text");
	script = bare;
	tap_ok(npv_session_del(npv, 5) < 0 && errno == ENOENT &&
	       !strcmp(npv_strerror(npv), strerror(ENOENT)),
	       "refusal without a text, after one with");
	free(npv);
}

static void get__callback(void)
{
	static const struct step steps[] = {
		{ SESSION, 9, 0 }, { ACK, 0, 0 }, { }
	};
	struct npv *npv = handle(steps);

	sum = 0;
	tap_ok(!npv_session_get(npv, 1ULL << 40, add, NULL) && sum == 9,
	       "get");
	script = steps;
	tap_ok(npv_session_get(npv, 9, give_up, NULL) < 0 && errno == EPIPE,
	       "a callback that gives up");
	free(npv);
}

/* Payload of an attribute of the last request, NULL if it has none like it */
static const void *sent(uint16_t type, uint16_t len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)last_request;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_payload_len(attr) == len ?
			       mnl_attr_get_payload(attr) : NULL;

	return NULL;
}

static int sent_cmd(void)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)last_request;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static void peer__requests(void)
{
	static const struct step acks[] = {
		{ ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 }, { }
	};
	struct npv_address v4 = { .family = AF_INET, .port = 443 };
	struct npv_address v6 = { .family = AF_INET6 };
	struct npv_address odd = { .family = AF_UNIX };
	struct npv *npv = handle(acks);
	static const uint32_t native = NPV_KIND_NATIVE;

	v4.v4.s_addr = htonl(0x0a000402);
	v6.v6 = in6addr_loopback;

	tap_ok(!npv_peer_set(npv, &v4, NPV_KIND_NATIVE) &&
	       sent_cmd() == NPV_CMD_PEER_SET &&
	       !memcmp(sent(NPV_A_PEER_ADDR4, 4), "\x0a\x00\x04\x02", 4) &&
	       !memcmp(sent(NPV_A_PEER_PORT, 2), "\x01\xbb", 2) &&
	       !memcmp(sent(NPV_A_PEER_KIND, 4), &native, 4), "peer set");
	tap_ok(!npv_peer_del(npv, &v6) && sent_cmd() == NPV_CMD_PEER_DEL &&
	       !memcmp(sent(NPV_A_PEER_ADDR6, 16), &v6.v6, 16) &&
	       !sent(NPV_A_PEER_PORT, 2), "peer del, without a port");
	tap_ok(!npv_peer_flush(npv, false) &&
	       sent_cmd() == NPV_CMD_PEER_FLUSH && !sent(NPV_A_PEER_STATIC, 0),
	       "peer flush");
	tap_ok(!npv_peer_flush(npv, true) && sent(NPV_A_PEER_STATIC, 0),
	       "peer flush of all");
	requests = 0;
	tap_ok(npv_peer_set(npv, &odd, NPV_KIND_NATIVE) < 0 &&
	       errno == EINVAL && !requests, "peer of another family");
	free(npv);
}

static void native__requests(void)
{
	static const struct step acks[] = {
		{ ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 },
		{ ACK, 0, 0 }, { }
	};
	struct npv_address v4 = { .family = AF_INET, .port = 443 };
	struct npv_address v6 = { .family = AF_INET6 };
	static const uint32_t seven = 7, udp = NPV_TRANSPORT_UDP,
			       paused = NPV_STACK_STATUS_PAUSED;
	struct npv *npv = handle(acks);
	char name[5000];

	v4.v4.s_addr = htonl(0x0a000402);
	v6.v6 = in6addr_loopback;

	tap_ok(!npv_session_set_scheduler(npv, 7, "weighted") &&
	       sent_cmd() == NPV_CMD_SESSION_SET &&
	       !memcmp(sent(NPV_A_SESSION_ID, 4), &seven, 4) &&
	       !strcmp(sent(NPV_A_SESSION_SCHEDULER, 9), "weighted"),
	       "session set");
	tap_ok(!npv_stack_add(npv, 7, &v6, &v4, 7, NPV_TRANSPORT_UDP, true) &&
	       sent_cmd() == NPV_CMD_STACK_ADD &&
	       !memcmp(sent(NPV_A_STACK_LOCAL_ADDR6, 16), &v6.v6, 16) &&
	       !memcmp(sent(NPV_A_STACK_REMOTE_ADDR4, 4), &v4.v4, 4) &&
	       !memcmp(sent(NPV_A_STACK_IFINDEX, 4), &seven, 4) &&
	       !memcmp(sent(NPV_A_STACK_TRANSPORT, 4), &udp, 4) &&
	       sent(NPV_A_STACK_BACKUP, 0), "stack add");
	tap_ok(!npv_stack_add(npv, 7, NULL, NULL, 0, -1, false) &&
	       !memcmp(sent(NPV_A_STACK_SESSION_ID, 4), &seven, 4) &&
	       !sent(NPV_A_STACK_IFINDEX, 4) &&
	       !sent(NPV_A_STACK_TRANSPORT, 4) && !sent(NPV_A_STACK_BACKUP, 0),
	       "stack add, as it comes");
	tap_ok(!npv_stack_del(npv, 1, 7) && sent_cmd() == NPV_CMD_STACK_DEL &&
	       !memcmp(sent(NPV_A_STACK_ID, 4), &seven, 4), "stack del");
	tap_ok(!npv_stack_set(npv, 1, 7, -1, NPV_STACK_STATUS_PAUSED) &&
	       sent_cmd() == NPV_CMD_STACK_SET &&
	       !memcmp(sent(NPV_A_STACK_STATUS, 4), &paused, 4) &&
	       !sent(NPV_A_STACK_WEIGHT, 4), "stack set");

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	requests = 0;
	tap_ok(npv_session_set_scheduler(npv, 7, name) < 0 &&
	       errno == EINVAL && !requests, "session set of a long name");
	free(npv);
}

static void policy__requests(void)
{
	static const struct step acks[] = {
		{ ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 },
		{ REFUSAL, EAGAIN, 0 }, { ACK, 0, 0 }, { ACK, 0, 0 }, { }
	};
	struct npv_endpoint endpoint = { .id = 7, .cost = 7, .up = 1, .weight = 3 };
	struct npv_profile profile = { .name = "p", .rules = 4, .builtin = 1 };
	struct npv *npv = handle(acks);
	static const uint32_t seven = 7;
	uint32_t id = 0;

	/* what can't be set is not sent, though it was told */
	endpoint.address.family = AF_INET;
	NPV_SAY(&endpoint, ENDPOINT_ID);
	NPV_SAY(&endpoint, ENDPOINT_COST);
	NPV_SAY(&endpoint, ENDPOINT_UP);
	tap_ok(!npv_endpoint_add(npv, &endpoint, &id) &&
	       sent_cmd() == NPV_CMD_ENDPOINT_ADD && sent(NPV_A_ENDPOINT_ADDR4, 4) &&
	       !memcmp(sent(NPV_A_ENDPOINT_COST, 4), &seven, 4) &&
	       !sent(NPV_A_ENDPOINT_UP, 0) && !sent(NPV_A_ENDPOINT_WEIGHT, 4),
	       "endpoint add");
	tap_ok(!npv_endpoint_set(npv, &endpoint) &&
	       !sent(NPV_A_ENDPOINT_ADDR4, 4) &&
	       !memcmp(sent(NPV_A_ENDPOINT_ID, 4), &seven, 4), "endpoint set");

	NPV_SAY(&profile, PROFILE_NAME);
	NPV_SAY(&profile, PROFILE_BUILTIN);
	NPV_SAY(&profile, PROFILE_RULES);
	NPV_SAY(&profile, PROFILE_STRICT);
	tap_ok(!npv_profile_set(npv, &profile) &&
	       sent_cmd() == NPV_CMD_PROFILE_SET &&
	       !strcmp(sent(NPV_A_PROFILE_NAME, 2), "p") &&
	       sent(NPV_A_PROFILE_STRICT, 1) && !sent(NPV_A_PROFILE_BUILTIN, 0) &&
	       !sent(NPV_A_PROFILE_RULES, 4) && !sent(NPV_A_PROFILE_MODE, 4),
	       "profile set");

	tap_ok(!npv_policy_begin(npv) && sent_cmd() == NPV_CMD_POLICY_BEGIN,
	       "policy begin");
	tap_ok(npv_policy_commit(npv) < 0 && errno == EAGAIN &&
	       sent_cmd() == NPV_CMD_POLICY_COMMIT, "policy commit, too late");
	tap_ok(!npv_session_set(npv, 7, NULL, "", 1) &&
	       !memcmp(sent(NPV_A_SESSION_PROFILE, 1), "", 1) &&
	       !memcmp(sent(NPV_A_SESSION_PINNED, 1), "\1", 1) &&
	       !sent(NPV_A_SESSION_SCHEDULER, 1), "session set of several");
	free(npv);
}

int main(void)
{
	dump__complete();
	dump__interrupted();
	dump__refused();
	dump__many();
	get__refused();
	get__callback();
	peer__requests();
	native__requests();
	policy__requests();

	return tap_end();
}
