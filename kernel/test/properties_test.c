// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of properties.c, which includes this file. */

#include <kunit/test.h>

#define NONE		NPV_PREFERENCE_NONE
#define REQUIRE		NPV_PREFERENCE_REQUIRE
#define PREFER		NPV_PREFERENCE_PREFER
#define AVOID		NPV_PREFERENCE_AVOID
#define PROHIBIT	NPV_PREFERENCE_PROHIBIT

/* --- one preference by itself --- */

static const u8 one_profile[] = { NONE, REQUIRE, PREFER, AVOID, PROHIBIT };

/* What becomes of each of a program's preferences, in the same order */
static const struct {
	u8 profile;
	bool strict;
	u8 out[5];
} one_cases[] = {
	{ NONE,		false, { NONE, REQUIRE, PREFER, AVOID, PROHIBIT } },
	{ NONE,		true,  { NONE, REQUIRE, PREFER, AVOID, PROHIBIT } },
	{ PREFER,	false, { PREFER, REQUIRE, PREFER, AVOID, PROHIBIT } },
	{ PREFER,	true,  { PREFER, PREFER, PREFER, PREFER, PREFER } },
	{ AVOID,	false, { AVOID, REQUIRE, PREFER, AVOID, PROHIBIT } },
	{ AVOID,	true,  { AVOID, AVOID, AVOID, AVOID, AVOID } },
	{ REQUIRE,	false, { REQUIRE, REQUIRE, REQUIRE, REQUIRE, REQUIRE } },
	{ REQUIRE,	true,  { REQUIRE, REQUIRE, REQUIRE, REQUIRE, REQUIRE } },
	{ PROHIBIT,	false, { PROHIBIT, PROHIBIT, PROHIBIT, PROHIBIT, PROHIBIT } },
	{ PROHIBIT,	true,  { PROHIBIT, PROHIBIT, PROHIBIT, PROHIBIT, PROHIBIT } },
};

static void npv_properties__one(struct kunit *test)
{
	struct npv_properties profile, program, out;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(one_cases); i++) {
		for (j = 0; j < ARRAY_SIZE(one_profile); j++) {
			memset(&profile, 0, sizeof(profile));
			memset(&program, 0, sizeof(program));
			profile.metered = one_cases[i].profile;
			profile.temporary = one_cases[i].profile;
			profile.transport[1] = one_cases[i].profile;
			profile.network[0] = one_cases[i].profile;
			program.metered = one_profile[j];
			program.temporary = one_profile[j];
			program.transport[1] = one_profile[j];
			program.network[0] = one_profile[j];
			npv_properties_merge(&out, &profile, one_cases[i].strict,
					     &program);
			KUNIT_EXPECT_EQ_MSG(test, out.metered, one_cases[i].out[j],
					    "case %u, program %u", i, j);
			KUNIT_EXPECT_EQ(test, out.temporary, out.metered);
			KUNIT_EXPECT_EQ(test, out.transport[1], out.metered);
			KUNIT_EXPECT_EQ(test, out.network[0], out.metered);
			KUNIT_EXPECT_EQ(test, out.transport[0], NONE);
			KUNIT_EXPECT_EQ(test, out.network[1], NONE);
		}
	}
}

/* --- two, of which one that is required rules the other out --- */

static const struct {
	u8 profile[2];
	u8 program[2];
	u8 out[2];
} two_cases[] = {
	/* a program can't get past what an operator requires */
	{ { REQUIRE, NONE }, { NONE, REQUIRE }, { REQUIRE, NONE } },
	{ { REQUIRE, AVOID }, { NONE, REQUIRE }, { REQUIRE, AVOID } },
	{ { REQUIRE, PROHIBIT }, { PROHIBIT, REQUIRE }, { REQUIRE, PROHIBIT } },
	/* ... but may say more of the others */
	{ { REQUIRE, NONE }, { NONE, PROHIBIT }, { REQUIRE, PROHIBIT } },
	/* ... or do with less */
	{ { REQUIRE, REQUIRE }, { NONE, REQUIRE }, { NONE, REQUIRE } },
	{ { REQUIRE, REQUIRE }, { PROHIBIT, NONE }, { REQUIRE, REQUIRE } },
	{ { REQUIRE, REQUIRE }, { REQUIRE, REQUIRE }, { REQUIRE, REQUIRE } },
	/* of what is prohibited, none can be required */
	{ { PROHIBIT, NONE }, { REQUIRE, NONE }, { PROHIBIT, NONE } },
	{ { NONE, PROHIBIT }, { REQUIRE, NONE }, { REQUIRE, PROHIBIT } },
	{ { NONE, NONE }, { REQUIRE, NONE }, { REQUIRE, NONE } },
	{ { PREFER, NONE }, { NONE, REQUIRE }, { PREFER, REQUIRE } },
};

static void npv_properties__two(struct kunit *test)
{
	struct npv_properties profile = {}, program = {}, out;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(two_cases); i++) {
		memcpy(profile.network, two_cases[i].profile, 2);
		memcpy(program.network, two_cases[i].program, 2);
		npv_properties_merge(&out, &profile, false, &program);
		KUNIT_EXPECT_EQ_MSG(test, out.network[0], two_cases[i].out[0],
				    "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, out.network[1], two_cases[i].out[1],
				    "case %u", i);
		KUNIT_EXPECT_EQ(test, out.transport[0], NONE);
	}
}

/* --- numbers and names --- */

/* Properties of which every member says something: that of @n */
static void say_all(struct npv_properties *p, u8 n)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < ARRAY_SIZE(scalars); i++) {
		memset((u8 *)p + scalars[i].offset, n, scalars[i].size);
		p->says |= scalars[i].bit;
	}
	p->scheduler[NPV_SCHEDULER_MAX - 1] = 0;
}

static bool says_as(const struct npv_properties *a, const struct npv_properties *b,
		    unsigned int i)
{
	return !memcmp((u8 *)a + scalars[i].offset, (u8 *)b + scalars[i].offset,
		       scalars[i].size);
}

static void npv_properties__scalars(struct kunit *test)
{
	struct npv_properties profile, program, silent = {}, out;
	unsigned int i;
	u32 all = 0;

	for (i = 0; i < ARRAY_SIZE(scalars); i++) {
		KUNIT_EXPECT_FALSE(test, all & scalars[i].bit);
		all |= scalars[i].bit;

		say_all(&profile, 1);
		say_all(&program, 2);
		/* both say it */
		npv_properties_merge(&out, &profile, false, &program);
		KUNIT_EXPECT_TRUE(test, says_as(&out, &program, i));
		npv_properties_merge(&out, &profile, true, &program);
		KUNIT_EXPECT_TRUE(test, says_as(&out, &profile, i));
		/* the program doesn't */
		program.says &= ~scalars[i].bit;
		npv_properties_merge(&out, &profile, false, &program);
		KUNIT_EXPECT_TRUE(test, says_as(&out, &profile, i));
		KUNIT_EXPECT_TRUE(test, out.says & scalars[i].bit);
		/* neither does */
		profile.says &= ~scalars[i].bit;
		npv_properties_merge(&out, &profile, false, &program);
		KUNIT_EXPECT_FALSE(test, out.says & scalars[i].bit);
		/* only the program does, also where the profile is strict */
		program.says |= scalars[i].bit;
		npv_properties_merge(&out, &profile, true, &program);
		KUNIT_EXPECT_TRUE(test, says_as(&out, &program, i));
		KUNIT_EXPECT_TRUE(test, out.says & scalars[i].bit);
	}
	/* none is forgotten */
	KUNIT_EXPECT_EQ(test, all, 2 * NPV_SAYS_RATE - 1);

	say_all(&profile, 1);
	npv_properties_merge(&out, &profile, false, NULL);
	KUNIT_EXPECT_MEMEQ(test, &out, &profile, sizeof(out));
	npv_properties_merge(&out, &profile, false, &silent);
	KUNIT_EXPECT_MEMEQ(test, &out, &profile, sizeof(out));
	npv_properties_merge(&out, &silent, true, &profile);
	KUNIT_EXPECT_MEMEQ(test, &out, &profile, sizeof(out));
}

/* --- interfaces --- */

#define WISHES_MAX	4

struct wish {
	const char *name;
	u8 preference;
};

static void set_wishes(struct npv_properties *p, const struct wish *wish,
		       unsigned int n)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < n && wish[i].name; i++) {
		strscpy(p->interface[i].name, wish[i].name, IFNAMSIZ);
		p->interface[i].preference = wish[i].preference;
	}
	p->n_interfaces = i;
}

static void npv_properties__narrowest(struct kunit *test)
{
	static const struct wish wishes[] = {
		{ "*", AVOID }, { "eth*", PREFER }, { "eth0", PROHIBIT },
		{ "eth0*", NONE }, { "eth0.7", PREFER },
		{ "abcdefghijklmno", PREFER }, { "abcdefghijklmn*", PROHIBIT },
	};
	static const struct wish asked[] = {
		{ "lo", AVOID }, { "eth1", PREFER }, { "eth", PREFER },
		{ "et", AVOID }, { "eth0", PROHIBIT }, { "eth0.7", PREFER },
		{ "eth0.8", NONE }, { "eth01", NONE },
		{ "abcdefghijklmno", PREFER }, { "abcdefghijklmnp", PROHIBIT },
		{ "abcdefghijklmn", PROHIBIT }, { "abcdefghijklm", AVOID },
		/* what is said of all of them */
		{ "eth*", PREFER }, { "eth0*", NONE }, { "eth1*", PREFER },
		{ "e*", AVOID }, { "*", AVOID },
	};
	struct npv_properties p;
	unsigned int i;

	set_wishes(&p, wishes, ARRAY_SIZE(wishes));
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_properties_interface(&p, asked[i].name),
				    asked[i].preference, "%s", asked[i].name);
	KUNIT_EXPECT_FALSE(test, npv_properties_interface_required(&p));
	p.interface[3].preference = REQUIRE;
	KUNIT_EXPECT_TRUE(test, npv_properties_interface_required(&p));
	memset(&p, 0, sizeof(p));
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&p, "eth0"), NONE);
	KUNIT_EXPECT_FALSE(test, npv_properties_interface_required(&p));
}

struct interface_case {
	const char *desc;
	bool strict;
	struct wish profile[WISHES_MAX];
	struct wish program[WISHES_MAX];
	struct wish out[WISHES_MAX];
	bool required;
};

static const struct interface_case interface_cases[] = {
	{
		.desc = "an operator's prohibition of all also holds for one",
		.profile = { { "eth*", PROHIBIT } },
		.program = { { "eth0", REQUIRE } },
		.out = { { "eth0", PROHIBIT }, { "eth1", PROHIBIT }, { "lo", NONE } },
	}, {
		.desc = "an operator's prohibition of one within what a program wants",
		.profile = { { "eth0", PROHIBIT } },
		.program = { { "eth*", REQUIRE } },
		.out = { { "eth0", PROHIBIT }, { "eth1", REQUIRE } },
		.required = true,
	}, {
		.desc = "a program's wish for one stands over a mere preference",
		.profile = { { "eth*", AVOID } },
		.program = { { "eth0", PREFER } },
		.out = { { "eth0", PREFER }, { "eth1", AVOID } },
	}, {
		.desc = "... also where the program means more than the profile",
		.profile = { { "eth0", AVOID } },
		.program = { { "*", PREFER } },
		.out = { { "eth0", PREFER }, { "eth1", PREFER } },
	}, {
		.desc = "... but not where the profile is strict",
		.strict = true,
		.profile = { { "eth*", AVOID } },
		.program = { { "eth0", PREFER }, { "wlan0", PREFER } },
		.out = { { "eth0", AVOID }, { "wlan0", PREFER } },
	}, {
		.desc = "what an operator requires can't be got past",
		.profile = { { "wlan*", REQUIRE } },
		.program = { { "eth0", REQUIRE } },
		.out = { { "wlan0", REQUIRE }, { "eth0", NONE } },
		.required = true,
	}, {
		.desc = "... but a program may do with less",
		.profile = { { "wlan*", REQUIRE } },
		.program = { { "wlan1", REQUIRE } },
		.out = { { "wlan0", NONE }, { "wlan1", REQUIRE }, { "eth0", NONE } },
		.required = true,
	}, {
		.desc = "... and wanting more changes nothing",
		.profile = { { "wlan1", REQUIRE } },
		.program = { { "*", REQUIRE } },
		.out = { { "wlan0", NONE }, { "wlan1", REQUIRE }, { "eth0", NONE } },
		.required = true,
	}, {
		.desc = "the same name",
		.profile = { { "eth0", PREFER }, { "eth1", PROHIBIT } },
		.program = { { "eth0", AVOID }, { "eth1", PREFER } },
		.out = { { "eth0", AVOID }, { "eth1", PROHIBIT } },
	}, {
		.desc = "who says nothing of one leaves it to the other",
		.profile = { { "eth0", AVOID } },
		.program = { { "wlan0", PREFER }, { "wwan*", PROHIBIT } },
		.out = { { "eth0", AVOID }, { "wlan0", PREFER },
			 { "wwan0", PROHIBIT } },
	},
};

static void npv_properties__interfaces(struct kunit *test)
{
	struct npv_properties profile, program, out;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(interface_cases); i++) {
		const struct interface_case *c = &interface_cases[i];

		set_wishes(&profile, c->profile, WISHES_MAX);
		set_wishes(&program, c->program, WISHES_MAX);
		npv_properties_merge(&out, &profile, c->strict, &program);
		for (j = 0; j < WISHES_MAX && c->out[j].name; j++) {
			const char *name = c->out[j].name;

			KUNIT_EXPECT_EQ_MSG(test, npv_properties_interface(&out, name),
					    c->out[j].preference, "%s: %s", c->desc,
					    name);
		}
		KUNIT_EXPECT_EQ_MSG(test, npv_properties_interface_required(&out),
				    c->required, "%s", c->desc);
	}
}

/* The profile's names first, then what the program is firm about */
static void npv_properties__room(struct kunit *test)
{
	struct npv_properties profile = {}, program = {}, out;
	unsigned int i;

	for (i = 0; i < NPV_INTERFACES_MAX; i++) {
		profile.interface[i].name[0] = (char)('a' + i);
		profile.interface[i].preference = AVOID;
		program.interface[i].name[0] = (char)('A' + i);
		program.interface[i].preference = i % 2 ? PROHIBIT : PREFER;
	}
	profile.n_interfaces = NPV_INTERFACES_MAX - 2;
	program.n_interfaces = NPV_INTERFACES_MAX;
	npv_properties_merge(&out, &profile, false, &program);
	KUNIT_EXPECT_EQ(test, out.n_interfaces, NPV_INTERFACES_MAX);
	KUNIT_EXPECT_STREQ(test, out.interface[0].name, "a");
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "f"), AVOID);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "A"), NONE);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "B"), PROHIBIT);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "D"), PROHIBIT);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "F"), NONE);

	/* What there is no room for must not loosen what an operator requires. */
	profile.n_interfaces = NPV_INTERFACES_MAX;
	strscpy(profile.interface[0].name, "wlan*", IFNAMSIZ);
	profile.interface[0].preference = REQUIRE;
	strscpy(program.interface[0].name, "wlan0", IFNAMSIZ);
	program.interface[0].preference = REQUIRE;
	npv_properties_merge(&out, &profile, false, &program);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "wlan0"), REQUIRE);
	KUNIT_EXPECT_EQ(test, npv_properties_interface(&out, "eth0"), NONE);
	KUNIT_EXPECT_TRUE(test, npv_properties_interface_required(&out));
}

/* Any wishes: for each interface it is as if only that were spoken of. */
static void npv_properties__any(struct kunit *test)
{
	static const char * const names[] = {
		"*", "e*", "et*", "et0", "et0*", "et00", "w*", "w0",
	};
	static const char * const real[] = { "x", "e", "et", "et0", "et00", "et1", "w0" };
	struct npv_properties profile, program, out;
	unsigned int i, j, round;
	bool strict, required;
	u32 rnd = 1;
	u8 a, b;

	for (round = 0; round < 20000; round++) {
		memset(&profile, 0, sizeof(profile));
		memset(&program, 0, sizeof(program));
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			struct npv_properties *p;

			rnd = rnd * 1664525 + 1013904223;
			if (!(rnd >> 30))
				continue;
			p = rnd >> 29 & 1 ? &profile : &program;
			j = p->n_interfaces++;
			strscpy(p->interface[j].name, names[(i + round) % 8], IFNAMSIZ);
			p->interface[j].preference = (rnd >> 20) % 5;
		}
		strict = round & 1;
		npv_properties_merge(&out, &profile, strict, &program);
		required = npv_properties_interface_required(&profile);
		if (required)
			KUNIT_EXPECT_TRUE(test, npv_properties_interface_required(&out));
		for (i = 0; i < ARRAY_SIZE(real); i++) {
			a = npv_properties_interface(&profile, real[i]);
			b = npv_properties_interface(&program, real[i]);
			j = npv_properties_interface(&out, real[i]);
			/* The operator's word */
			if (a == PROHIBIT || (required && a != REQUIRE))
				KUNIT_EXPECT_NE(test, j, REQUIRE);
			if (a == PROHIBIT)
				KUNIT_EXPECT_EQ(test, j, PROHIBIT);
			if (!required)
				KUNIT_EXPECT_EQ(test, j, merge_one(a, strict, b));
		}
	}
}

static struct kunit_case properties_test_cases[] = {
	KUNIT_CASE(npv_properties__one),
	KUNIT_CASE(npv_properties__two),
	KUNIT_CASE(npv_properties__scalars),
	KUNIT_CASE(npv_properties__narrowest),
	KUNIT_CASE(npv_properties__interfaces),
	KUNIT_CASE(npv_properties__room),
	KUNIT_CASE(npv_properties__any),
	{}
};

static struct kunit_suite properties_suite = {
	.name = "npv_properties",
	.test_cases = properties_test_cases,
};

kunit_test_suite(properties_suite);
