// SPDX-License-Identifier: GPL-2.0
/*
 * Which of many rules is the first that fits a session.
 *
 * Each dimension, user id or destination or what else rules ask for, is looked up by
 * itself: that gives a bitmap of the rules that it lets through, and the first bit
 * that all of them have is the answer. Numbers are looked up among the borders of all
 * the rules' ranges, strings in a hash table. Source: Lakshman and Stiliadis,
 * "High-speed policy-based packet forwarding using efficient multi-dimensional range
 * matching", SIGCOMM 1998. Of a bitmap only the words that aren't zero are kept, and
 * one bit a word in front of them, so that few words are looked at. Source: Baboescu
 * and Varghese, "Scalable packet classification", SIGCOMM 2001.
 *
 * A dimension that no rule asks for costs nothing.
 */

#include <kunit/static_stub.h>
#include <linux/bitops.h>
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "classify.h"

/* What rules ask for: numbers first, then strings */
enum {
	DIM_UID,
	DIM_GID,
	DIM_PORT,
	DIM_TYPE,
	DIM_CAPACITY,
	DIM_POLICY,
	DIM_DEST,
	DIM_RANGES,
	DIM_COMM = DIM_RANGES,
	DIM_CGROUP,
	DIM_NAME,
	DIM_MAX,
};

#define DIM_STRINGS	(DIM_MAX - DIM_RANGES)

/*
 * Groups with rules of their own that a program is in, one below the other. Where
 * there are more, the rules' groups are looked at one by one.
 */
#define GROUPS_MAX	16
/* Of each dimension the rules that don't ask for it, and those that do */
#define VIEWS_MAX	(2 * DIM_MAX + GROUPS_MAX)

/* Bits and words of a bitmap are numbered in these */
#define WORD_BITS	64
/* Rules that are built between two looks at whether others wait for the processor */
#define BUILD_STRIDE	256

/**
 * struct number - a number of 128 bits
 * @hi: the higher half
 * @lo: the lower half
 */
struct number {
	u64 hi, lo;
};

/**
 * struct ranges - bitmaps of a dimension of numbers
 * @n: number of @start, 0 if no rule asks for it
 * @start: where the bitmap changes, ascending, from 0 on
 * @bitmap: from there to the next one, see struct npv_classifier
 */
struct ranges {
	unsigned int n;
	struct number *start;
	u32 *bitmap;
};

/**
 * struct string - one of a dimension of strings
 * @hash: its hash
 * @at: where it is in struct strings, bytes
 * @len: its length
 * @bitmap: see struct npv_classifier
 */
struct string {
	u32 hash;
	u32 at;
	u32 len;
	u32 bitmap;
};

/**
 * struct strings - bitmaps of a dimension of strings
 * @n: number of @string, 0 if no rule asks for it
 * @bits: of a number of @slot, at least two of which there are for each string
 * @slot: index of a string and 1; 0: none. Who finds it taken tries the next.
 * @string: the strings
 * @bytes: their bytes
 */
struct strings {
	unsigned int n;
	unsigned int bits;
	u32 *slot;
	struct string *string;
	u8 *bytes;
};

/**
 * struct npv_classifier - the rules, for npv_classify()
 * @n: number of rules
 * @sums: words that say which words of a bitmap there are
 * @ranges: dimensions of numbers
 * @strings: dimensions of strings
 * @any: of each dimension the bitmap of the rules that don't ask for it
 * @group: control group that each rule asks for, NULL if none does
 * @words: the bitmaps. Each is named by its index: there begin @sums words, one bit
 *	of which stands for a word that isn't zero; those follow. The first is empty.
 */
struct npv_classifier {
	unsigned int n;
	unsigned int sums;
	struct ranges ranges[DIM_RANGES];
	struct strings strings[DIM_STRINGS];
	u32 any[DIM_MAX];
	u64 *group;
	u64 *words;
};

/* --- what selectors say --- */

/* What a rule asks for, or what there is */
struct bytes {
	const void *data;
	unsigned int len;
};

static struct number number_of_addr(const struct in6_addr *addr)
{
	return (struct number){
		.hi = be64_to_cpup((const __be64 *)&addr->s6_addr32[0]),
		.lo = be64_to_cpup((const __be64 *)&addr->s6_addr32[2]),
	};
}

static bool number_less(struct number a, struct number b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

/* Whether a rule asks for it, and which of them fit: @from to @to */
static bool range_of(const struct npv_selector *sel, unsigned int dim,
		     struct number *from, struct number *to)
{
	*from = (struct number){};
	*to = *from;
	switch (dim) {
	case DIM_UID:
		from->lo = sel->uid_min;
		to->lo = sel->uid_max;
		return sel->uid_min || sel->uid_max != U32_MAX;
	case DIM_GID:
		from->lo = sel->gid_min;
		to->lo = sel->gid_max;
		return sel->gid_min || sel->gid_max != U32_MAX;
	case DIM_PORT:
		from->lo = sel->port_min;
		to->lo = sel->port_max;
		return sel->port_min || sel->port_max != U16_MAX;
	case DIM_TYPE:
		from->lo = sel->type;
		to->lo = sel->type;
		return sel->type;
	case DIM_CAPACITY:
		from->lo = sel->capacity;
		to->lo = sel->capacity;
		return sel->capacity != NPV_ANY;
	case DIM_POLICY:
		from->lo = sel->policy;
		to->lo = sel->policy;
		return sel->policy != NPV_ANY;
	}

	*from = number_of_addr(&sel->dest);
	*to = *from;
	if (sel->dest_len <= 64) {
		to->hi |= sel->dest_len < 64 ? U64_MAX >> sel->dest_len : 0;
		to->lo = U64_MAX;
	} else {
		to->lo |= sel->dest_len < 128 ? U64_MAX >> (sel->dest_len - 64) : 0;
	}
	return sel->dest_len;
}

static struct number number_of(const struct npv_subject *sub, unsigned int dim)
{
	switch (dim) {
	case DIM_UID:
		return (struct number){ .lo = sub->uid };
	case DIM_GID:
		return (struct number){ .lo = sub->gid };
	case DIM_PORT:
		return (struct number){ .lo = sub->port };
	case DIM_TYPE:
		return (struct number){ .lo = sub->type };
	case DIM_CAPACITY:
		return (struct number){ .lo = sub->capacity };
	case DIM_POLICY:
		return (struct number){ .lo = sub->policy };
	}
	return number_of_addr(&sub->dest);
}

static bool name_is_below(const struct npv_selector *sel)
{
	return sel->name[0] == '*' && sel->name[1] == '.';
}

/* Whether a rule asks for it, and for what; of a name *.suffix it is .suffix */
static bool string_of(const struct npv_selector *sel, unsigned int dim,
		      struct bytes *s)
{
	switch (dim) {
	case DIM_COMM:
		s->data = sel->comm;
		s->len = strnlen(sel->comm, sizeof(sel->comm));
		break;
	case DIM_CGROUP:
		s->data = &sel->cgroup;
		s->len = sel->cgroup ? sizeof(sel->cgroup) : 0;
		break;
	default:
		s->data = sel->name;
		s->len = strnlen(sel->name, sizeof(sel->name));
		if (name_is_below(sel)) {
			s->data++;
			s->len--;
		}
	}
	return s->len;
}

#ifdef CONFIG_CGROUPS
/*
 * The groups that a group is in, outwards from itself: @level is how deep the next one
 * is. Return: its id.
 */
static u64 group_next(const struct cgroup *cgrp, int *level)
{
	return cgroup_id(cgrp->ancestors[(*level)--]);
}

static int group_level(const struct cgroup *cgrp)
{
	return cgrp ? cgrp->level : -1;
}
#else
static u64 group_next(const struct cgroup *cgrp, int *level)
{
	*level = -1;
	return 0;
}

static int group_level(const struct cgroup *cgrp)
{
	return -1;
}
#endif

/* Whether a program of group @cgrp is in the group that has this id, or below */
static bool group_within(const struct cgroup *cgrp, u64 id)
{
	int level = group_level(cgrp);

	while (level >= 0)
		if (group_next(cgrp, &level) == id)
			return true;
	return false;
}

static bool name_match(const struct npv_selector *sel, const char *name)
{
	size_t suffix, len;

	if (!sel->name[0])
		return true;
	if (!name)
		return false;
	if (!name_is_below(sel))
		return !strncmp(sel->name, name, sizeof(sel->name));
	suffix = strnlen(sel->name + 1, sizeof(sel->name) - 1);
	len = strnlen(name, sizeof(sel->name));
	return len > suffix && !memcmp(name + len - suffix, sel->name + 1, suffix);
}

/**
 * npv_selector_match() - whether a rule is about a session
 * @sel: what the rule says
 * @sub: the session
 *
 * Context: any.
 * Return: whether all of it holds.
 */
bool npv_selector_match(const struct npv_selector *sel, const struct npv_subject *sub)
{
	if (sub->uid < sel->uid_min || sub->uid > sel->uid_max ||
	    sub->gid < sel->gid_min || sub->gid > sel->gid_max ||
	    sub->port < sel->port_min || sub->port > sel->port_max)
		return false;
	if ((sel->type && sel->type != sub->type) ||
	    (sel->capacity != NPV_ANY && sel->capacity != sub->capacity) ||
	    (sel->policy != NPV_ANY && sel->policy != sub->policy))
		return false;
	if (!ipv6_prefix_equal(&sel->dest, &sub->dest, sel->dest_len))
		return false;
	if (sel->comm[0] &&
	    (!sub->comm || strncmp(sel->comm, sub->comm, sizeof(sel->comm))))
		return false;
	if (sel->cgroup && !group_within(sub->cgroup, sel->cgroup))
		return false;
	return name_match(sel, sub->name);
}

/* --- strings --- */

/* FNV-1a from the end on, so that the hash of a suffix is known on the way */
#define HASH_BEGIN	2166136261U

static u32 hash_step(u32 hash, u8 byte)
{
	return (hash ^ byte) * 16777619U;
}

static u32 hash_of(const void *data, unsigned int len)
{
	const u8 *bytes = data;
	u32 hash = HASH_BEGIN;

	while (len)
		hash = hash_step(hash, bytes[--len]);
	return hash;
}

/* Return: the string, NULL if no rule asks for it */
static struct string *strings_find(const struct strings *s, u32 hash, const void *data,
				   unsigned int len)
{
	u32 slot = hash_32(hash, s->bits);
	struct string *string;

	for (; s->slot[slot]; slot = (slot + 1) & (BIT(s->bits) - 1)) {
		string = &s->string[s->slot[slot] - 1];
		if (string->hash == hash && string->len == len &&
		    !memcmp(s->bytes + string->at, data, len))
			return string;
	}
	return NULL;
}

static const struct string *strings_find_comm(const struct strings *s,
					      const char *comm)
{
	size_t len = comm ? strnlen(comm, TASK_COMM_LEN) : 0;

	return strings_find(s, hash_of(comm, len), comm, len);
}

/*
 * The longest of the strings that fits, be it the name or a suffix. Return: it, whose
 * bitmap has what fits with the shorter ones too; NULL: none.
 */
static const struct string *strings_find_name(const struct strings *s,
					      const char *name)
{
	const struct string *string, *longest = NULL;
	size_t i, len = name ? strnlen(name, NPV_PEER_NAME_MAX) : 0;
	u32 hash = HASH_BEGIN;

	for (i = len; i-- > 1; ) {
		hash = hash_step(hash, name[i]);
		if (name[i] != '.')
			continue;
		string = strings_find(s, hash, name + i, len - i);
		if (string)
			longest = string;
	}
	if (!len || name[0] == '.')
		return longest;
	return strings_find(s, hash_step(hash, name[0]), name, len) ?: longest;
}

/* --- building --- */

/**
 * struct event - where a rule's range begins, or is over
 * @at: there
 * @rule: index of the rule
 */
struct event {
	struct number at;
	u32 rule;
};

/**
 * struct build - what is there only while a classifier is built
 * @c: the classifier
 * @sel: what the rules say
 * @used: words that the bitmaps have
 * @room: words that there is room for
 * @rules: a bitmap, in full
 * @n_words: words that it has
 * @event: two for each rule
 * @first: by string the first rule that asks for it and 1, 0: none
 * @next: by rule the next one that asks for the same string and 1, 0: none
 */
struct build {
	struct npv_classifier *c;
	const struct npv_selector *const *sel;
	unsigned int used;
	unsigned int room;
	u64 *rules;
	unsigned int n_words;
	struct event *event;
	u32 *first;
	u32 *next;
};

static void *classify_alloc(size_t n, size_t size)
{
	KUNIT_STATIC_STUB_REDIRECT(classify_alloc, n, size);
	return kvcalloc(n, size, GFP_KERNEL_ACCOUNT);
}

static void rules_flip(u64 *words, u32 bit)
{
	words[bit / WORD_BITS] ^= BIT_ULL(bit % WORD_BITS);
}

static void rules_set(u64 *words, u32 bit)
{
	words[bit / WORD_BITS] |= BIT_ULL(bit % WORD_BITS);
}

/* Room for @n more words. Return: 0 or -ENOMEM. */
static int build_room(struct build *b, unsigned int n)
{
	unsigned int room = max(b->used + n, 2 * b->room);
	u64 *words;

	if (b->used + n <= b->room)
		return 0;
	words = classify_alloc(room, sizeof(*words));
	if (!words)
		return -ENOMEM;
	if (b->used)
		memcpy(words, b->c->words, b->used * sizeof(*words));
	kvfree(b->c->words);
	b->c->words = words;
	b->room = room;
	return 0;
}

/* Keep the bitmap that is in b->rules. Return: 0 or -ENOMEM. */
static int build_keep(struct build *b, u32 *bitmap)
{
	unsigned int i, at = b->used;
	u64 *words;

	if (build_room(b, b->c->sums + b->n_words))
		return -ENOMEM;
	words = b->c->words;
	b->used += b->c->sums;
	for (i = 0; i < b->n_words; i++) {
		if (!b->rules[i])
			continue;
		rules_set(words + at, i);
		words[b->used++] = b->rules[i];
	}
	*bitmap = at;
	/* The empty one is the first. */
	if (at && b->used == at + b->c->sums) {
		b->used = at;
		*bitmap = 0;
	}
	return 0;
}

static void build_clear(struct build *b)
{
	memset(b->rules, 0, b->n_words * sizeof(*b->rules));
}

/* Give way now and then. */
static void build_pause(unsigned int done)
{
	if (!(done % BUILD_STRIDE))
		cond_resched();
}

static int event_cmp(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;

	if (number_less(a->at, b->at))
		return -1;
	return number_less(b->at, a->at);
}

/* Return: the number of events; *@asked is that of the rules that ask. */
static unsigned int build_events(struct build *b, unsigned int dim,
				 unsigned int *asked)
{
	unsigned int i, n = 0;

	*asked = 0;
	build_clear(b);
	for (i = 0; i < b->c->n; i++) {
		struct number from, to;

		if (!range_of(b->sel[i], dim, &from, &to)) {
			rules_set(b->rules, i);
			continue;
		}
		++*asked;
		/* It fits nothing. */
		if (number_less(to, from))
			continue;
		b->event[n++] = (struct event){ .at = from, .rule = i };
		if (!++to.lo && !++to.hi)
			continue;
		b->event[n++] = (struct event){ .at = to, .rule = i };
	}
	return n;
}

/* Return: 0 or -ENOMEM */
static int build_ranges(struct build *b, unsigned int dim)
{
	struct ranges *r = &b->c->ranges[dim];
	unsigned int i, n, asked;

	n = build_events(b, dim, &asked);
	if (!asked)
		return 0;
	if (build_keep(b, &b->c->any[dim]))
		return -ENOMEM;
	r->start = classify_alloc(n + 1, sizeof(*r->start));
	r->bitmap = classify_alloc(n + 1, sizeof(*r->bitmap));
	if (!r->start || !r->bitmap)
		return -ENOMEM;

	sort(b->event, n, sizeof(*b->event), event_cmp, NULL);
	build_clear(b);
	/* From 0 on none fits, unless a range begins there. */
	r->n = 1;
	for (i = 0; i < n; ) {
		struct number at = b->event[i].at;

		while (i < n && !number_less(at, b->event[i].at))
			rules_flip(b->rules, b->event[i++].rule);
		if (at.hi || at.lo)
			r->n++;
		r->start[r->n - 1] = at;
		if (build_keep(b, &r->bitmap[r->n - 1]))
			return -ENOMEM;
		build_pause(r->n);
	}
	return 0;
}

/* Number of strings that the rules ask for at most, and the bytes of all of them */
static unsigned int strings_count(struct build *b, unsigned int dim, size_t *bytes)
{
	unsigned int i, n = 0;
	struct bytes s;

	*bytes = 0;
	build_clear(b);
	for (i = 0; i < b->c->n; i++) {
		if (string_of(b->sel[i], dim, &s)) {
			*bytes += s.len;
			n++;
		} else {
			rules_set(b->rules, i);
		}
	}
	return n;
}

/* The string @s of @strings, made if it isn't there. @used: bytes of all strings */
static struct string *strings_add(struct strings *strings, const struct bytes *s,
				  u32 *used)
{
	u32 slot, hash = hash_of(s->data, s->len);
	struct string *string;

	string = strings_find(strings, hash, s->data, s->len);
	if (string)
		return string;

	slot = hash_32(hash, strings->bits);
	while (strings->slot[slot])
		slot = (slot + 1) & (BIT(strings->bits) - 1);
	string = &strings->string[strings->n++];
	strings->slot[slot] = strings->n;
	string->hash = hash;
	string->at = *used;
	string->len = s->len;
	memcpy(strings->bytes + *used, s->data, s->len);
	*used += s->len;
	return string;
}

/* Add the rules that ask for a string to b->rules. */
static void build_asking(struct build *b, const struct strings *s,
			 const struct string *string)
{
	u32 rule;

	for (rule = b->first[string - s->string]; rule; rule = b->next[rule - 1])
		rules_set(b->rules, rule - 1);
}

/* ... and those that ask for a suffix of it, which is not that string itself */
static void build_asking_below(struct build *b, const struct strings *s,
			       const struct string *string)
{
	const u8 *name = s->bytes + string->at;
	const struct string *suffix;
	unsigned int i;

	for (i = 1; i < string->len; i++) {
		if (name[i] != '.')
			continue;
		suffix = strings_find(s, hash_of(name + i, string->len - i), name + i,
				      string->len - i);
		if (suffix)
			build_asking(b, s, suffix);
	}
}

/* Return: 0 or -ENOMEM */
static int build_strings(struct build *b, unsigned int dim)
{
	struct strings *strings = &b->c->strings[dim - DIM_RANGES];
	unsigned int i, n;
	struct bytes s;
	u32 used = 0;
	size_t bytes;

	n = strings_count(b, dim, &bytes);
	if (!n)
		return 0;
	if (build_keep(b, &b->c->any[dim]))
		return -ENOMEM;
	strings->bits = ilog2(n) + 2;
	strings->slot = classify_alloc(BIT(strings->bits), sizeof(*strings->slot));
	strings->string = classify_alloc(n, sizeof(*strings->string));
	strings->bytes = classify_alloc(bytes, 1);
	if (!strings->slot || !strings->string || !strings->bytes)
		return -ENOMEM;

	memset(b->first, 0, b->c->n * sizeof(*b->first));
	for (i = 0; i < b->c->n; i++) {
		u32 *first;

		if (!string_of(b->sel[i], dim, &s))
			continue;
		first = &b->first[strings_add(strings, &s, &used) - strings->string];
		b->next[i] = *first;
		*first = i + 1;
		build_pause(i);
	}
	for (i = 0; i < strings->n; i++) {
		build_clear(b);
		build_asking(b, strings, &strings->string[i]);
		if (dim == DIM_NAME)
			build_asking_below(b, strings, &strings->string[i]);
		if (build_keep(b, &strings->string[i].bitmap))
			return -ENOMEM;
		build_pause(i);
	}
	return 0;
}

/* For those who are in more groups than GROUPS_MAX. Return: 0 or -ENOMEM. */
static int build_groups(struct build *b)
{
	struct npv_classifier *c = b->c;
	unsigned int i;

	if (c->strings[DIM_CGROUP - DIM_RANGES].n <= GROUPS_MAX)
		return 0;
	c->group = classify_alloc(c->n, sizeof(*c->group));
	if (!c->group)
		return -ENOMEM;
	for (i = 0; i < c->n; i++)
		c->group[i] = b->sel[i]->cgroup;
	return 0;
}

/* Return: 0 or -ENOMEM */
static int build_all(struct build *b)
{
	struct npv_classifier *c = b->c;
	unsigned int dim;
	u64 *words;
	u32 empty;
	int err;

	b->n_words = DIV_ROUND_UP(c->n, WORD_BITS);
	c->sums = DIV_ROUND_UP(b->n_words, WORD_BITS);
	b->rules = classify_alloc(max(b->n_words, 1), sizeof(*b->rules));
	b->event = classify_alloc(max(c->n, 1), 2 * sizeof(*b->event));
	b->first = classify_alloc(max(c->n, 1), sizeof(*b->first));
	b->next = classify_alloc(max(c->n, 1), sizeof(*b->next));
	if (!b->rules || !b->event || !b->first || !b->next)
		return -ENOMEM;

	err = build_keep(b, &empty);
	for (dim = 0; !err && dim < DIM_RANGES; dim++)
		err = build_ranges(b, dim);
	for (; !err && dim < DIM_MAX; dim++)
		err = build_strings(b, dim);
	if (!err)
		err = build_groups(b);
	if (err)
		return err;

	/* It stays for long: give back what wasn't needed. */
	words = classify_alloc(max(b->used, 1), sizeof(*words));
	if (!words)
		return -ENOMEM;
	if (b->used)
		memcpy(words, c->words, b->used * sizeof(*words));
	kvfree(c->words);
	c->words = words;
	return 0;
}

/**
 * npv_classifier_build() - make ready to look for rules
 * @sel: what the rules say, in the order in which they are to be looked at. It isn't
 *	needed any more afterwards.
 * @n: number of them
 *
 * Context: process, may sleep.
 * Return: it, to be freed by npv_classifier_free(); NULL if there is no memory.
 */
struct npv_classifier *npv_classifier_build(const struct npv_selector *const *sel,
					    unsigned int n)
{
	struct build b = { .sel = sel };
	int err;

	b.c = classify_alloc(1, sizeof(*b.c));
	if (!b.c)
		return NULL;
	b.c->n = n;
	err = build_all(&b);
	kvfree(b.next);
	kvfree(b.first);
	kvfree(b.event);
	kvfree(b.rules);
	if (!err)
		return b.c;

	npv_classifier_free(b.c);
	return NULL;
}

/**
 * npv_classifier_free() - undo npv_classifier_build()
 * @c: the classifier, or NULL. Nobody uses it any more.
 *
 * Context: any but NMI.
 */
void npv_classifier_free(struct npv_classifier *c)
{
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < DIM_RANGES; i++) {
		kvfree(c->ranges[i].start);
		kvfree(c->ranges[i].bitmap);
	}
	for (i = 0; i < DIM_STRINGS; i++) {
		kvfree(c->strings[i].slot);
		kvfree(c->strings[i].string);
		kvfree(c->strings[i].bytes);
	}
	kvfree(c->group);
	kvfree(c->words);
	kvfree(c);
}

/* --- looking up --- */

/**
 * struct view - a bitmap that is gone through
 * @sum: where its words are told
 * @word: the next one of them
 */
struct view {
	const u64 *sum;
	const u64 *word;
};

/**
 * struct lookup - what fits a session, by dimension
 * @n: dimensions that rules ask for
 * @end: by them, up to which of @view they reach
 * @view: the bitmaps, of which those of a dimension are taken together
 * @groups: the rules' groups are to be looked at one by one
 */
struct lookup {
	unsigned int n;
	u8 end[DIM_MAX];
	struct view view[VIEWS_MAX];
	bool groups;
};

static void view_add(const struct npv_classifier *c, struct lookup *l, u32 bitmap)
{
	/* The first is empty. */
	if (!bitmap)
		return;
	l->view[l->end[l->n]++] = (struct view){
		.sum = c->words + bitmap,
		.word = c->words + bitmap + c->sums,
	};
}

static u32 ranges_find(const struct ranges *r, struct number at)
{
	unsigned int low = 0, n = r->n;

	/* The last one that isn't beyond it; the first one never is. */
	while (n > 1) {
		unsigned int half = n / 2;

		if (!number_less(at, r->start[low + half]))
			low += half;
		n -= half;
	}
	return r->bitmap[low];
}

/* The groups that a program is in, up to GROUPS_MAX that rules ask for */
static void lookup_groups(const struct npv_classifier *c, struct lookup *l,
			  const struct cgroup *cgrp)
{
	const struct strings *s = &c->strings[DIM_CGROUP - DIM_RANGES];
	int level = group_level(cgrp);
	const struct string *string;
	unsigned int n = 0;

	while (level >= 0) {
		u64 id = group_next(cgrp, &level);

		string = strings_find(s, hash_of(&id, sizeof(id)), &id, sizeof(id));
		if (!string)
			continue;
		if (n++ == GROUPS_MAX) {
			l->groups = true;
			return;
		}
		view_add(c, l, string->bitmap);
	}
}

static void lookup_string(const struct npv_classifier *c, struct lookup *l,
			  const struct npv_subject *sub, unsigned int dim)
{
	const struct strings *s = &c->strings[dim - DIM_RANGES];
	const struct string *string;

	if (dim == DIM_CGROUP) {
		lookup_groups(c, l, sub->cgroup);
		return;
	}
	string = dim == DIM_COMM ? strings_find_comm(s, sub->comm) :
				   strings_find_name(s, sub->name);
	if (string)
		view_add(c, l, string->bitmap);
}

/* Return: whether something of each dimension that rules ask for may fit */
static bool lookup_begin(const struct npv_classifier *c, struct lookup *l,
			 const struct npv_subject *sub)
{
	unsigned int dim, begin = 0;

	l->n = 0;
	l->groups = false;
	for (dim = 0; dim < DIM_MAX; dim++) {
		if (!(dim < DIM_RANGES ? c->ranges[dim].n :
					 c->strings[dim - DIM_RANGES].n))
			continue;
		l->end[l->n] = begin;
		view_add(c, l, c->any[dim]);
		if (dim < DIM_RANGES)
			view_add(c, l, ranges_find(&c->ranges[dim],
						   number_of(sub, dim)));
		else
			lookup_string(c, l, sub, dim);
		/* Too many to tell: each rule that is left is asked. */
		if (l->groups && dim == DIM_CGROUP)
			continue;
		if (l->end[l->n] == begin)
			return false;
		begin = l->end[l->n++];
	}
	return true;
}

/* The words of 64 that may have a bit, one bit each */
static u64 lookup_sum(const struct lookup *l, unsigned int s)
{
	unsigned int i, v = 0;
	u64 all = U64_MAX;

	for (i = 0; i < l->n && all; i++) {
		u64 sum = 0;

		for (; v < l->end[i]; v++)
			sum |= l->view[v].sum[s];
		all &= sum;
	}
	return all;
}

/* The rules of one of them that fit */
static u64 lookup_word(const struct lookup *l, unsigned int s, unsigned int bit)
{
	u64 below = BIT_ULL(bit) - 1, all = U64_MAX;
	unsigned int i, v = 0;

	for (i = 0; i < l->n && all; i++) {
		u64 word = 0;

		for (; v < l->end[i]; v++) {
			const struct view *view = &l->view[v];
			u64 sum = view->sum[s];

			if (sum & BIT_ULL(bit))
				word |= view->word[hweight64(sum & below)];
		}
		all &= word;
	}
	return all;
}

/* On to the next 64 words */
static void lookup_next(struct lookup *l, unsigned int s)
{
	unsigned int v;

	for (v = 0; l->n && v < l->end[l->n - 1]; v++)
		l->view[v].word += hweight64(l->view[v].sum[s]);
}

/* The first rule of a word that fits, -ENOENT if none does */
static int lookup_first(const struct npv_classifier *c, const struct lookup *l,
			const struct cgroup *cgrp, unsigned int word, u64 rules)
{
	for (; rules; rules &= rules - 1) {
		unsigned int rule = word * WORD_BITS + __ffs64(rules);

		if (rule >= c->n)
			break;
		if (!l->groups || !c->group[rule] ||
		    group_within(cgrp, c->group[rule]))
			return rule;
	}
	return -ENOENT;
}

/**
 * npv_classify() - the rule of a session
 * @c: the rules
 * @sub: the session
 *
 * Context: any; doesn't sleep.
 * Return: index of the first rule that fits, as npv_classifier_build() was given
 * them; -ENOENT if none does.
 */
int npv_classify(const struct npv_classifier *c, const struct npv_subject *sub)
{
	struct lookup l;
	unsigned int s;
	u64 words;
	int rule;

	if (!lookup_begin(c, &l, sub))
		return -ENOENT;
	for (s = 0; s < c->sums; s++) {
		for (words = lookup_sum(&l, s); words; words &= words - 1) {
			unsigned int bit = __ffs64(words);

			rule = lookup_first(c, &l, sub->cgroup, s * WORD_BITS + bit,
					    lookup_word(&l, s, bit));
			if (rule >= 0)
				return rule;
		}
		lookup_next(&l, s);
	}
	return -ENOENT;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/classify_test.c"
#endif
