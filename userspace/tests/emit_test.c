// SPDX-License-Identifier: GPL-2.0
/*
 * The emitter of npv-mgr: text and JSON of the same things. With the argument
 * "noise" it writes a line of JSON for each of many random strings, for a real
 * JSON parser to judge.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../mgr/emit.h"
#include "../mgr/show.h"
#include "tap.h"

/* What @fill makes in @format; in a static buffer */
static const char *made(enum emit_format format, void (*fill)(struct emit *e))
{
	static char text[4096];
	struct emit *e;
	FILE *out;

	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text), "w");
	e = emit_new(format, out);
	fill(e);
	if (!emit_flush(e))
		strcpy(text, "flush failed");
	emit_free(e);
	fclose(out);

	return text;
}

static void is(const char *name, const char *got, const char *expected)
{
	tap_ok(!strcmp(got, expected), "%s", name);
	if (strcmp(got, expected))
		printf("# got: %s\n# expected: %s\n", got, expected);
}

static void fill_session(struct emit *e)
{
	struct npv_session s = {
		.id = 12, .type = NPV_SOCKET_TYPE_STREAM,
		.kind = NPV_KIND_PLAIN, .state = NPV_STATE_ESTABLISHED,
		.connect_us = 1203, .stacks = 1, .comm = "curl",
		.local = { .family = AF_INET, .port = 40112 },
		.remote = { .family = AF_INET6, .port = 8080 },
	};

	s.has = 1ULL << NPV_A_SESSION_TYPE | 1ULL << NPV_A_SESSION_KIND |
		1ULL << NPV_A_SESSION_STATE | 1ULL << NPV_A_SESSION_COMM |
		1ULL << NPV_A_SESSION_UID | 1ULL << NPV_A_SESSION_CONNECT_US |
		1ULL << NPV_A_SESSION_STACKS | 1ULL << NPV_A_SESSION_ERROR |
		1ULL << NPV_A_SESSION_LOCAL_PORT |
		1ULL << NPV_A_SESSION_REMOTE_PORT;
	inet_pton(AF_INET, "10.0.4.1", &s.local.v4);
	inet_pton(AF_INET6, "fd00::2", &s.remote.v6);
	emit_object_begin(e, NULL, EMIT_LINE);
	show_session(e, &s);
	emit_object_end(e);
}

static void fill_two_sessions(struct emit *e)
{
	emit_array_begin(e, NULL, NULL);
	fill_session(e);
	fill_session(e);
	emit_array_end(e);
}

static void fill_native(struct emit *e)
{
	struct npv_session s = {
		.id = 12, .kind = NPV_KIND_NATIVE, .bytes_sent = 100,
		.scheduler = "minrtt", .native_id = 0xabcdef,
		.npv_port = 6780,
	};

	s.has = 1ULL << NPV_A_SESSION_KIND | 1ULL << NPV_A_SESSION_SCHEDULER |
		1ULL << NPV_A_SESSION_BYTES_SENT | 1ULL << NPV_A_SESSION_SNDQ |
		1ULL << NPV_A_SESSION_OOO_QUEUE |
		1ULL << NPV_A_SESSION_NATIVE_ID |
		1ULL << NPV_A_SESSION_NPV_PORT;
	emit_object_begin(e, NULL, EMIT_LINE);
	show_session(e, &s);
	emit_object_end(e);
}

static void fill_native_stack(struct emit *e)
{
	struct npv_stack s = {
		.session_id = 12, .id = 3, .status = NPV_STACK_STATUS_BACKUP,
		.weight = 5, .peer_backup = 1, .payload_sent = 77,
		.error = 110,
	};

	s.has = 1ULL << NPV_A_STACK_STATUS | 1ULL << NPV_A_STACK_WEIGHT |
		1ULL << NPV_A_STACK_PEER_BACKUP | 1ULL << NPV_A_STACK_ERROR |
		1ULL << NPV_A_STACK_PAYLOAD_SENT |
		1ULL << NPV_A_STACK_REINJECTED;
	emit_object_begin(e, NULL, EMIT_LINE);
	show_stack(e, &s);
	emit_object_end(e);
}

static void fill_nothing(struct emit *e)
{
	emit_array_begin(e, NULL, NULL);
	emit_array_end(e);
}

static void fill_block(struct emit *e)
{
	emit_object_begin(e, NULL, EMIT_BLOCK);
	emit_string(e, "version", NULL, "1.0");
	emit_array_begin(e, "features", NULL);
	emit_string(e, NULL, NULL, "plain");
	emit_string(e, NULL, NULL, "race");
	emit_array_end(e);
	emit_bool(e, "good", NULL, true);
	emit_object_end(e);
}

static const char *hostile = "a\"b\\c\n\x1b[31m\x7f\xc2\x9b\xff\xed\xa0\x80 z";

static void fill_hostile(struct emit *e)
{
	emit_object_begin(e, NULL, EMIT_LINE);
	emit_string(e, "comm", "comm", hostile);
	emit_string(e, "utf8", "utf8", "\xc3\xa9");
	emit_string(e, "empty", "empty", "");
	emit_object_end(e);
}

static void fill_odd(struct emit *e)
{
	struct npv_address any = { .family = AF_INET6 };
	struct npv_address none = { .port = 53 };

	emit_object_begin(e, NULL, EMIT_LINE);
	emit_address(e, "any", "any", &any);
	emit_address(e, "none", "none", &none);
	emit_uint(e, "max", "max", UINT64_MAX);
	emit_ms(e, "age", "age", 61005);
	emit_enum(e, "kind", "kind", 99, NULL);
	emit_number_as(e, "error", "error", 111, "ECONNREFUSED");
	emit_object_end(e);
}

static void emit__text(void)
{
	is("session, text", made(EMIT_TEXT, fill_session),
	   "session 12 stream plain established 10.0.4.1:40112 -> [fd00::2]:8080 comm curl uid 0 connect 1.203ms stacks 1\n");
	is("native session, text", made(EMIT_TEXT, fill_native),
	   "session 12 native scheduler minrtt sent 100 sndq 0 id 0000000000abcdef npv-port 6780\n");
	is("native stack, text", made(EMIT_TEXT, fill_native_stack),
	   "session 12 stack 3 status backup error ETIMEDOUT weight 5 peer-backup yes out 77\n");
	is("empty list, text", made(EMIT_TEXT, fill_nothing), "");
	is("block, text", made(EMIT_TEXT, fill_block),
	   "version              1.0\n"
	   "features             plain race\n"
	   "good                 yes\n");
	is("hostile strings, text", made(EMIT_TEXT, fill_hostile),
	   "comm \"a\\\"b\\\\c\\x0a\\x1b[31m\\x7f\\xc2\\x9b\\xff\\xed\\xa0\\x80 z\" utf8 \"\\xc3\\xa9\" empty \"\"\n");
	is("odd values, text", made(EMIT_TEXT, fill_odd),
	   "any [::]:* none *:53 max 18446744073709551615 age 61.005s kind 99 error ECONNREFUSED\n");
}

static void emit__json(void)
{
	is("session, JSON", made(EMIT_JSON, fill_session),
	   "{\"id\":12,\"type\":\"stream\",\"kind\":\"plain\",\"state\":\"established\",\"local\":{\"address\":\"10.0.4.1\",\"port\":40112},\"remote\":{\"address\":\"fd00::2\",\"port\":8080},\"comm\":\"curl\",\"uid\":0,\"connect-us\":1203,\"stacks\":1,\"error\":0}\n");
	is("native session, JSON", made(EMIT_JSON, fill_native),
	   "{\"id\":12,\"kind\":\"native\",\"scheduler\":\"minrtt\",\"bytes-sent\":100,\"sndq\":0,\"ooo-queue\":0,\"native-id\":\"0000000000abcdef\",\"npv-port\":6780}\n");
	is("native stack, JSON", made(EMIT_JSON, fill_native_stack),
	   "{\"session-id\":12,\"id\":3,\"status\":\"backup\",\"error\":110,\"weight\":5,\"backup\":false,\"peer-backup\":true,\"paused\":false,\"peer-paused\":false,\"payload-sent\":77,\"reinjected\":0}\n");
	is("empty list, JSON", made(EMIT_JSON, fill_nothing), "[]\n");
	is("block, JSON", made(EMIT_JSON, fill_block),
	   "{\"version\":\"1.0\",\"features\":[\"plain\",\"race\"],\"good\":true}\n");
	is("hostile strings, JSON", made(EMIT_JSON, fill_hostile),
	   "{\"comm\":\"a\\\"b\\\\c\\u000a\\u001b[31m\\u007f\xc2\x9b\\ufffd\\ufffd\\ufffd\\ufffd z\",\"utf8\":\"\xc3\xa9\",\"empty\":\"\"}\n");
	is("odd values, JSON", made(EMIT_JSON, fill_odd),
	   "{\"any\":{\"address\":\"::\",\"port\":0},\"none\":{\"port\":53},\"max\":18446744073709551615,\"age\":61005,\"kind\":99,\"error\":111}\n");
	is("block, pretty JSON", made(EMIT_PRETTY, fill_block),
	   "{\n    \"version\": \"1.0\",\n    \"features\": [\n        \"plain\",\n        \"race\"\n    ],\n    \"good\": true\n}\n");
	is("empty list, pretty JSON", made(EMIT_PRETTY, fill_nothing), "[]\n");
}

/* Short after long: nothing of the long one may come again */
static void emit__flush(void)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct emit *e = emit_new(EMIT_JSON, out);
	bool fine;

	fill_two_sessions(e);
	fine = emit_flush(e);
	memset(text, 0, sizeof(text));
	rewind(out);
	fill_nothing(e);
	fine = emit_flush(e) && fine;
	is("second flush", text, "[]\n");
	emit_free(e);
	fclose(out);

	out = fopen("/dev/full", "w");
	e = emit_new(EMIT_JSON, out);
	fill_two_sessions(e);
	tap_ok(fine && !emit_flush(e), "a write that fails");
	emit_free(e);
	fclose(out);
}

static void noise(void)
{
	struct emit *e = emit_new(EMIT_JSON, stdout);
	char s[33];
	int i, n;

	srandom(6780);
	for (i = 0; i < 20000; i++) {
		int len = (int)(random() % 32);

		for (n = 0; n < len; n++)
			s[n] = (char)(random() % 255 + 1);
		s[n] = '\0';
		emit_object_begin(e, NULL, EMIT_LINE);
		emit_string(e, s, NULL, s);
		emit_object_end(e);
	}
	emit_flush(e);
	emit_free(e);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "noise")) {
		noise();
		return 0;
	}

	emit__text();
	emit__json();
	emit__flush();

	return tap_end();
}
