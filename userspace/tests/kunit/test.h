/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as the tests of pure logic use, so that it runs here too:
 * every case, or parameter of a case, is a line of TAP.
 */
#ifndef NPV_TESTS_KUNIT_TEST_H
#define NPV_TESTS_KUNIT_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

#define KUNIT_PARAM_DESC_SIZE	128
#define GFP_KERNEL		0

#define kfree(block)		free(block)
#define strscpy(to, from, size)	snprintf(to, size, "%s", from)

static inline void *kmalloc(size_t size, int flags)
{
	(void)flags;

	return malloc(size);
}

struct kunit {
	const void *param_value;
	unsigned int failed;
};

struct kunit_case {
	const char *name;
	void (*run)(struct kunit *test);
	const void *(*next)(const void *prev, char *desc);
};

struct kunit_suite {
	const char *name;
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(function)		{ #function, function, NULL }
#define KUNIT_CASE_PARAM(function, gen)	{ #function, function, gen }

#define KUNIT_ARRAY_PARAM(array_name, array, get_desc)			\
static const void *array_name##_gen_params(const void *prev, char *desc) \
{									\
	const __typeof__((array)[0]) *next = prev;			\
									\
	next = prev ? next + 1 : (array);				\
	if (next == (array) + sizeof(array) / sizeof((array)[0]))	\
		return NULL;						\
	get_desc(next, desc);						\
	return next;							\
}

#define kunit_check(test, stop, condition, text, ...) do {		\
	if (!(condition)) {						\
		printf("# line %d: %s:", __LINE__, text);		\
		printf(" " __VA_ARGS__);					\
		printf("\n");						\
		(test)->failed++;					\
		stop;							\
	}								\
} while (0)

/* an assertion that fails ends it all: there is nothing to clean up */
#define KUNIT_EXPECT_EQ_MSG(test, a, b, ...)				\
	kunit_check(test, , (long long)(a) == (long long)(b),		\
		    #a " == " #b, __VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, a, b)					\
	kunit_check(test, , (long long)(a) == (long long)(b), #a " == " #b, "")
#define KUNIT_ASSERT_EQ(test, a, b)					\
	kunit_check(test, exit(1), (long long)(a) == (long long)(b),	\
		    #a " == " #b, "")
#define KUNIT_ASSERT_LE(test, a, b)					\
	kunit_check(test, exit(1), (a) <= (b), #a " <= " #b, "")
#define KUNIT_EXPECT_GT(test, a, b)					\
	kunit_check(test, , (a) > (b), #a " > " #b, "")
#define KUNIT_ASSERT_GT(test, a, b)					\
	kunit_check(test, exit(1), (a) > (b), #a " > " #b, "")
#define KUNIT_ASSERT_NOT_NULL(test, a)					\
	kunit_check(test, exit(1), a, #a " is there", "")
#define KUNIT_EXPECT_NE(test, a, b)					\
	kunit_check(test, , (long long)(a) != (long long)(b), #a " != " #b, "")
#define KUNIT_EXPECT_LT(test, a, b)					\
	kunit_check(test, , (a) < (b), #a " < " #b, "")
#define KUNIT_EXPECT_LE(test, a, b)					\
	kunit_check(test, , (a) <= (b), #a " <= " #b, "")
#define KUNIT_EXPECT_TRUE(test, a)					\
	kunit_check(test, , a, #a, "")
#define KUNIT_EXPECT_FALSE(test, a)					\
	kunit_check(test, , !(a), "not " #a, "")
#define KUNIT_ASSERT_TRUE(test, a)					\
	kunit_check(test, exit(1), a, #a, "")
#define KUNIT_EXPECT_PTR_EQ(test, a, b)					\
	kunit_check(test, , (a) == (b), #a " is " #b, "")
#define KUNIT_EXPECT_STREQ(test, a, b)					\
	kunit_check(test, , !strcmp(a, b), #a " is " #b, "not \"%s\"", a)
#define KUNIT_EXPECT_MEMEQ(test, a, b, size)				\
	kunit_check(test, , !memcmp(a, b, size), #a " is as " #b, "")
#define KUNIT_ASSERT_MEMEQ(test, a, b, size)				\
	kunit_check(test, exit(1), !memcmp(a, b, size), #a " is as " #b, "")

static void kunit_run(const struct kunit_case *c, const void *param,
		      const char *desc)
{
	struct kunit test = { .param_value = param };

	c->run(&test);
	tap_ok(!test.failed, "%s%s%s", c->name, *desc ? ": " : "", desc);
}

static int kunit_main(const struct kunit_suite *suite)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const struct kunit_case *c;
	const void *param;

	for (c = suite->test_cases; c->name; c++) {
		if (!c->next) {
			kunit_run(c, NULL, "");
			continue;
		}
		for (param = c->next(NULL, desc); param;
		     param = c->next(param, desc))
			kunit_run(c, param, desc);
	}

	return tap_end();
}

#define kunit_test_suite(suite)						\
int main(void)								\
{									\
	exit(kunit_main(&(suite)));					\
}

#endif /* NPV_TESTS_KUNIT_TEST_H */
