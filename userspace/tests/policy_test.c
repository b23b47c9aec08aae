// SPDX-License-Identifier: GPL-2.0
/*
 * Commands of npv-mgr that are about the policy: from words to a request, and from
 * what the kernel would tell of it to words again. The kernel here keeps the last
 * object and tells of it when asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../lib/decode.h"
#include "../lib/handle.h"
#include "../mgr/lexer.h"
#include "../mgr/mgr.h"
#include "../mgr/objects.h"
#include "../mgr/units.h"
#include "tap.h"

#define PORTID	77
#define FAMILY	0x21

static struct npv handle = { .family = FAMILY };
/* what was sent last, and what was kept of a profile or rule */
static _Alignas(struct nlmsghdr) char request[4096];
static _Alignas(struct nlmsghdr) char kept[4096];
static bool replied;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *msg,
				 size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *msg,
				   size_t size);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl);

static struct nlmsghdr *header(void *message)
{
	return message;
}

static int command_of(const void *message)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(message);

	return genl->cmd;
}

static bool is_get(void)
{
	return command_of(request) == NPV_CMD_PROFILE_GET ||
	       command_of(request) == NPV_CMD_RULE_GET;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *msg,
				 size_t len)
{
	(void)nl;
	memset(request, 0, sizeof(request));
	memcpy(request, msg, len);
	if (!is_get())
		memcpy(kept, request, sizeof(kept));
	replied = false;

	return (ssize_t)len;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;

	return PORTID;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *msg,
				   size_t size)
{
	struct nlmsghdr *nlh;

	(void)nl;
	if (is_get() && !replied) {
		replied = true;
		memcpy(msg, kept, header(kept)->nlmsg_len);
		nlh = msg;
		nlh->nlmsg_flags = 0;
	} else {
		memset(msg, 0, size);
		nlh = mnl_nlmsg_put_header(msg);
		nlh->nlmsg_type = NLMSG_ERROR;
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct nlmsgerr));
	}
	nlh->nlmsg_seq = header(request)->nlmsg_seq;
	nlh->nlmsg_pid = PORTID;

	return nlh->nlmsg_len;
}

/* What main.c has */
const struct command commands[] = { { } };

enum mgr_status mgr_open(struct mgr *mgr)
{
	mgr->npv = &handle;

	return MGR_OK;
}

enum mgr_status mgr_result(struct mgr *mgr, int ret, const char *what)
{
	(void)mgr;
	(void)what;

	return ret < 0 ? MGR_FAILED : MGR_OK;
}

static enum mgr_status run(const struct command *table, const char *object,
			   const char *words)
{
	struct mgr mgr = { .format = EMIT_TEXT };
	struct lexer lexer = { .at = words, .line = 1 };
	enum mgr_status status;
	char room[1024];
	FILE *null;

	null = fopen("/dev/null", "w");
	mgr.emit = emit_new(mgr.format, null);
	lexer.room = room;
	status = lexer_next(&lexer) ? MGR_FAILED :
		 command_run(&mgr, table, object, lexer.words);
	emit_free(mgr.emit);
	fclose(null);

	return status;
}

/* The last request that changed something, as text */
static const char *as(enum emit_format format)
{
	static char text[8192];
	struct npv_endpoint endpoint;
	struct npv_profile profile;
	struct npv_rule rule;
	struct emit *e;
	FILE *out;

	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text), "w");
	e = emit_new(format, out);
	emit_object_begin(e, NULL, EMIT_LINE);
	switch (command_of(kept)) {
	case NPV_CMD_ENDPOINT_ADD:
	case NPV_CMD_ENDPOINT_SET:
		npv_endpoint_decode(header(kept), &endpoint);
		show_endpoint(e, &endpoint);
		break;
	case NPV_CMD_PROFILE_ADD:
	case NPV_CMD_PROFILE_SET:
		npv_profile_decode(header(kept), &profile);
		show_profile(e, &profile);
		break;
	case NPV_CMD_RULE_ADD:
	case NPV_CMD_RULE_SET:
		npv_rule_decode(header(kept), &rule);
		show_rule(e, &rule);
		break;
	}
	emit_object_end(e);
	emit_flush(e);
	emit_free(e);
	fclose(out);
	text[strcspn(text, "\n")] = '\0';

	return text;
}

static void is(const char *name, const char *got, const char *expected)
{
	tap_ok(!strcmp(got, expected), "%s", name);
	if (strcmp(got, expected))
		printf("# got: %s\n# expected: %s\n", got, expected);
}

struct round_trip {
	const char *words;	/* behind "add" */
	const char *again;	/* as saved; NULL: the same */
};

/* What was saved, read again, is saved as the same */
static void round_trips(const struct command *table, const char *object,
			const struct round_trip *trips, size_t count)
{
	char words[1024], again[1024];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(words, sizeof(words), "add %s", trips[i].words);
		tap_ok(!run(table, object, words), "%s %s", object, words);
		is("... saved", as(EMIT_COMMANDS), trips[i].again ?: trips[i].words);
		snprintf(again, sizeof(again), "add %s", as(EMIT_COMMANDS));
		run(table, object, again);
		is("... and again", as(EMIT_COMMANDS),
		   trips[i].again ?: trips[i].words);
	}
}

static void policy__endpoints(void)
{
	static const struct round_trip trips[] = {
		{ "id 3 10.0.0.1", NULL },
		{ "id 2147483647 dev wlan0 10.0.0.1 me on",
		  "id 2147483647 10.0.0.1 dev wlan0 metered on" },
		{ "id 4 dev eth0 cost 1000000 weight 1000 backup on metered on disabled on max-rate 10mbit",
		  NULL },
		{ "id 5 fd00::1 cost 0 backup off max-rate 0", "id 5 fd00::1" },
		{ "id 6 dev \"a b\\\"#\" max-rate 1500bps",
		  "id 6 dev \"a b\\\"#\" max-rate 12kbit" },
		{ "id 7 dev e#0", "id 7 dev \"e#0\"" },
	};

	round_trips(endpoint_commands, "endpoint", trips, sizeof(trips) / sizeof(*trips));
	run(endpoint_commands, "endpoint", "set 9 weight 5 backup off");
	tap_ok(command_of(kept) == NPV_CMD_ENDPOINT_SET, "endpoint set");
	is("... says what it was told", as(EMIT_JSON),
	   "{\"id\":9,\"weight\":5,\"backup\":false,\"automatic\":false}");
}

static void policy__profiles(void)
{
	static const struct round_trip trips[] = {
		{ "none", NULL },
		{ "p strict on mode native tcp require udp avoid ipv4 prohibit ipv6 none interface wlan* prefer interface eth0 avoid metered avoid temporary prefer multipath active policy aggregate capacity default stacks 8 scheduler redundant copies 2 suspect 300ms reconnect 1min keepalive 20s send-buffer 4m receive-buffer 65k max-rate 1gbit",
		  NULL },
		{ "p ca low-latency-i k 0 send 0 max-rate 0",
		  "p capacity low-latency-interactive keepalive 0 send-buffer 0 max-rate 0" },
		{ "p interface a prefer interface b avoid interface a prohibit",
		  "p interface a prohibit interface b avoid" },
		{ "p suspect 1500", "p suspect 1500ms" },
	};
	static const struct {
		const char *words, *after;
	} edits[] = {
		{ "set p udp avoid",
		  "p tcp prefer udp avoid interface a prefer interface b avoid stacks 3" },
		{ "set p tcp default no udp",
		  "p interface a prefer interface b avoid stacks 3" },
		{ "set p interface a default interface c require",
		  "p interface b avoid interface c require stacks 3" },
		{ "set p interface b default interface c default stacks 4", "p stacks 4" },
		{ "set p capacity default", "p capacity default stacks 4" },
		{ "set p no capacity", "p stacks 4" },
		{ "set p interface d avoid no interface", "p stacks 4" },
		{ "set p interface d avoid no int interface e prefer",
		  "p interface e prefer stacks 4" },
		{ "add q like p stacks default mode plain", "q mode plain interface e prefer" },
		{ "replace q mode auto", "q mode auto" },
	};
	size_t i;

	round_trips(profile_commands, "profile", trips, sizeof(trips) / sizeof(*trips));
	run(profile_commands, "profile",
	    "add p tcp prefer interface a prefer interface b avoid stacks 3");
	for (i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		tap_ok(!run(profile_commands, "profile", edits[i].words), "profile %s",
		       edits[i].words);
		is("... has it", as(EMIT_COMMANDS), edits[i].after);
	}
	run(profile_commands, "profile", "add p policy handover interface wlan* prefer suspect 2s");
	is("profile in JSON", as(EMIT_JSON),
	   "{\"name\":\"p\",\"builtin\":false,\"interface\":[{\"ifname\":\"wlan*\",\"preference\":\"prefer\"}],\"multipath-policy\":\"handover\",\"suspect-ms\":2000}");
}

static void policy__rules(void)
{
	static const struct round_trip trips[] = {
		{ "id 1 profile p", NULL },
		{ "id 2 uid root gid 5-6 comm curl type dgram to 10.0.0.0/8 port 80-443 name *.example.org capacity scavenger policy interactive profile auto",
		  "id 2 uid 0 gid 5-6 comm curl type dgram to 10.0.0.0/8 port 80-443 name *.example.org capacity scavenger policy interactive profile auto",
		},
		{ "id 3 priority 0 uid 0-4294967294 cgroup-id 18446744073709551615 to ::/0 port 1 profile \"no good\"",
		  NULL },
		{ "id 4 to fd00::1/128 profile p", "id 4 to fd00::1 profile p" },
		{ "id 5 to 10.1.2.3/32 pro default", "id 5 to 10.1.2.3 profile default" },
	};

	round_trips(rule_commands, "rule", trips, sizeof(trips) / sizeof(*trips));
	run(rule_commands, "rule", "add id 7 uid 1-2 to 10.0.0.0/8 port 80 profile p");
	run(rule_commands, "rule", "set 7 no to no uid port 81 priority 5");
	is("rule set", as(EMIT_COMMANDS), "id 7 priority 5 port 81 profile p");
	run(rule_commands, "rule", "set 7 to ::1 port default");
	is("rule set, another family", as(EMIT_COMMANDS),
	   "id 7 priority 5 to ::1 profile p");
	tap_ok(run(rule_commands, "rule", "set 8 port 1") == MGR_NOT_FOUND,
	       "rule set of another");
	run(rule_commands, "rule", "add id 7 uid 0 port 1-5 profile p");
	is("rule for people", as(EMIT_TEXT), "rule 7 uid 0 (root) port 1-5 profile p");
	is("rule in JSON", as(EMIT_JSON),
	   "{\"id\":7,\"uid-min\":0,\"uid-max\":0,\"user\":\"root\",\"port-min\":1,\"port-max\":5,\"profile\":\"p\"}");
}

static struct npv_candidate candidate(const char *local, const char *remote)
{
	struct npv_candidate c = { .remote.port = 80 };

	c.local.family = AF_INET;
	c.remote.family = AF_INET;
	inet_pton(AF_INET, local, &c.local.v4);
	inet_pton(AF_INET, remote, &c.remote.v4);
	NPV_SAY(&c, CANDIDATE_ENDPOINT);
	NPV_SAY(&c, CANDIDATE_COST);

	return c;
}

static void policy__plan(void)
{
	struct npv_candidate candidates[2];
	struct npv_plan plan = { .profile = "bulk", .stacks = 1, .candidate_count = 2,
				 .candidates = candidates };
	static char text[2048];
	struct emit *e;
	FILE *out;

	NPV_SAY(&plan, PLAN_PROFILE);
	NPV_SAY(&plan, PLAN_STACKS);
	candidates[0] = candidate("10.0.0.1", "10.0.0.200");
	candidates[0].rank = 1;
	NPV_SAY(&candidates[0], CANDIDATE_RANK);
	candidates[0].role = NPV_ROLE_ACTIVE;
	candidates[0].srtt_us = 1203;
	NPV_SAY(&candidates[0], CANDIDATE_SRTT_US);
	candidates[0].endpoint = 7;
	candidates[1] = candidate("10.0.10.100", "10.0.0.2");
	candidates[1].reason = NPV_PLAN_REASON_LINK_DOWN;
	candidates[1].cost = 1000;

	out = fmemopen(text, sizeof(text), "w");
	e = emit_new(EMIT_TEXT, out);
	show_plan(e, &plan);
	emit_flush(e);
	emit_free(e);
	fclose(out);
	is("a plan is a table", text,
	   "rule none profile bulk stacks 1\n"
	   "rank  role    over  from         to             dev  endpoint  cost  weight  rtt      stack  why\n"
	   "1     active  tcp   10.0.0.1     10.0.0.200:80  -    7         0     -       1.203ms  -      among the best\n"
	   "-     unused  tcp   10.0.10.100  10.0.0.2:80    -    0         1000  -       -        -      the link is down\n");

	memset(text, 0, sizeof(text));
	plan.candidate_count = 1;
	out = fmemopen(text, sizeof(text), "w");
	e = emit_new(EMIT_JSON, out);
	show_plan(e, &plan);
	emit_flush(e);
	emit_free(e);
	fclose(out);
	is("... and an object", text,
	   "{\"profile\":\"bulk\",\"stacks\":1,\"pinned\":false,\"candidates\":[{\"rank\":1,\"role\":\"active\",\"transport\":\"tcp\",\"local\":{\"address\":\"10.0.0.1\",\"port\":0},\"remote\":{\"address\":\"10.0.0.200\",\"port\":80},\"endpoint\":7,\"cost\":0,\"srtt-us\":1203,\"reason\":\"chosen\"}]}\n");
}

static void policy__plan_query(void)
{
	const struct nlattr *attr;
	unsigned int seen = 0;

	tap_ok(!run(plan_commands, "plan",
		    "show --dest 10.0.0.1 ::1 --uid root --port 80 --type dgram"),
	       "plan, as options");
	mnl_attr_for_each(attr, header(request), GENL_HDRLEN)
		seen |= 1U << mnl_attr_get_type(attr);
	tap_ok(command_of(request) == NPV_CMD_PLAN_GET &&
	       seen == (1U << NPV_A_PLAN_DEST_ADDR4 | 1U << NPV_A_PLAN_DEST_ADDR6 |
			1U << NPV_A_PLAN_UID | 1U << NPV_A_PLAN_PORT |
			1U << NPV_A_PLAN_TYPE), "... asks for that");
	tap_ok(!run(plan_commands, "plan", "show session 12"), "plan of a session");
	attr = mnl_nlmsg_get_payload_offset(header(request), GENL_HDRLEN);
	tap_ok(mnl_attr_get_type(attr) == NPV_A_PLAN_SESSION_ID, "... asks for it");
}

static void policy__units(void)
{
	static const struct {
		const char *text;
		uint64_t rate;	/* UINT64_MAX: none */
	} rates[] = {
		{ "0", 0 }, { "8", 1 }, { "1", 1 }, { "10mbit", 1250000 },
		{ "1Gbit", 125000000 }, { "1kibit", 128 }, { "3bps", 3 },
		{ "2mibps", 2097152 }, { "", UINT64_MAX }, { "mbit", UINT64_MAX },
		{ "-1", UINT64_MAX }, { " 1", UINT64_MAX }, { "1 mbit", UINT64_MAX },
		{ "1mbits", UINT64_MAX }, { "1.5mbit", UINT64_MAX },
		{ "18446744073709551615tbit", UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX },
	};
	static const uint64_t values[] = {
		0, 1, 7, 8, 125, 1000, 1024, 1250000, 999999, 125000000000,
		UINT64_MAX / 8, UINT64_MAX / 8 + 1, UINT64_MAX,
	};
	uint64_t value, back;
	char text[UNITS_MAX];
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		ok = units_parse_rate(rates[i].text, &value);
		tap_ok(rates[i].rate == UINT64_MAX ? !ok : ok && value == rates[i].rate,
		       "rate \"%s\"", rates[i].text);
	}
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		units_rate(values[i], text);
		tap_ok(units_parse_rate(text, &back) && back == values[i],
		       "rate %s and back", text);
		units_size(values[i], text);
		tap_ok(units_parse_size(text, &back) && back == values[i],
		       "size %s and back", text);
		units_ms(values[i], text);
		tap_ok(units_parse_ms(text, 1, &back) && back == values[i],
		       "time %s and back", text);
	}
	tap_ok(units_parse_ms("2", 1000, &value) && value == 2000, "time with its unit");
	tap_ok(units_parse_size("64K", &value) && value == 65536, "size in capitals");
}

static void policy__lexer(void)
{
	static const struct {
		const char *text;
		const char *words;	/* of all commands, "|" before each word */
	} cases[] = {
		{ "", "" }, { "\n\n  \t\n", "" }, { "# no\n", "" }, { "a", "|a\n" },
		{ "a b\tc\r\n", "|a|b|c\n" }, { "a # b\nc#d", "|a\n|c#d\n" },
		{ "a \\\n b\nc", "|a|b\n|c\n" }, { "a\\\nb", "|a|b\n" },
		{ "'a  # b' \"c \\\" \\\\ \\x41\"", "|a  # b|c \" \\ A\n" },
		{ "a\"b\"'c'd", "|abcd\n" }, { "'' \"\"", "||\n" },
		{ "a\\ b \\#", "|a b|#\n" }, { "'a", NULL }, { "\"a\n\"", NULL },
		{ "\"\\x4\"", NULL }, { "\"\\x00\"", NULL }, { "\"\\n\"", NULL },
		{ "\"a\\\nb\"", "|ab\n" }, { "\\", "|\\\n" }, { "a \\\n# b\nc", "|a\n|c\n" },
	};
	char got[256], room[256];
	size_t i, w;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lexer lexer = { .at = cases[i].text, .line = 1, .room = room };
		const char *error;

		*got = '\0';
		while (!(error = lexer_next(&lexer)) && *lexer.words) {
			for (w = 0; lexer.words[w]; w++) {
				strcat(got, "|");
				strcat(got, lexer.words[w]);
			}
			strcat(got, "\n");
		}
		tap_ok(cases[i].words ? !error && !strcmp(got, cases[i].words) : !!error,
		       "text %zu", i);
	}
	struct lexer lexer = { .at = "\n# x\n\na \\\n b\n c\n", .line = 1, .room = room };

	lexer_next(&lexer);
	tap_ok(lexer.first == 4 && lexer.line == 6, "lines of a continued command");
	lexer_next(&lexer);
	tap_ok(lexer.first == 6, "... and of the next");
}

int main(void)
{
	policy__endpoints();
	policy__profiles();
	policy__rules();
	policy__plan();
	policy__plan_query();
	policy__units();
	policy__lexer();

	return tap_end();
}
