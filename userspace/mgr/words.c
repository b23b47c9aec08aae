// SPDX-License-Identifier: GPL-2.0
/*
 * Words of commands.
 */
#include <string.h>

#include "units.h"
#include "words.h"

static bool can_be_read(const struct word *w)
{
	return w->type != WORD_CALL || w->read;
}

/* The one word that @arg is or begins, NULL after a complaint */
static const struct word *find(const struct word *words, const char *what,
			       const char *arg)
{
	const struct word *w, *found = NULL;
	bool ambiguous = false;
	char all[512] = "";

	for (w = words; w->name; w++) {
		if (!can_be_read(w))
			continue;
		if (!strcmp(arg, w->name))
			return w;
		if (!keyword_is(arg, w->name))
			continue;
		ambiguous = ambiguous || found;
		found = w;
	}
	if (found && !ambiguous)
		return found;

	for (w = words; w->name; w++)
		if (can_be_read(w) && (!ambiguous || keyword_is(arg, w->name)))
			snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s",
				 w->name);
	mgr_usage_error("%s: \"%s\" is %s:%s", what, arg,
			ambiguous ? "ambiguous" : "unknown; there are", all);

	return NULL;
}

static enum mgr_status read_switch(const struct word *w, const char *arg, uint32_t *value)
{
	if (!arg)
		return mgr_usage_error("behind \"%s\" on or off is missing", w->name);
	if (strcmp(arg, "on") && strcmp(arg, "off"))
		return mgr_usage_error("%s: \"%s\" is neither on nor off", w->name, arg);
	*value = !strcmp(arg, "on");

	return MGR_OK;
}

static enum mgr_status read_number(const struct word *w, const char *arg, uint32_t *value)
{
	uint64_t number;

	if (!arg)
		return mgr_usage_error("behind \"%s\" a number is missing", w->name);
	if (!mgr_is_number(arg, &number) || number < w->min || number > w->max)
		return mgr_usage_error("%s: \"%s\" is not a number from %u to %u", w->name,
				       arg, (unsigned int)w->min, (unsigned int)w->max);
	*value = (uint32_t)number;

	return MGR_OK;
}

/* Is @number, which @arg was read as, in the range of the member? */
static enum mgr_status in_range(const struct word *w, const char *arg, bool valid,
				uint64_t number, const char *example)
{
	if (valid && number >= w->min && number <= w->max)
		return MGR_OK;
	if (!arg)
		return mgr_usage_error("behind \"%s\" its value is missing", w->name);
	if (!valid)
		return mgr_usage_error("%s: \"%s\" is not understood; as %s", w->name,
				       arg, example);

	return mgr_usage_error("%s: \"%s\" is too %s", w->name, arg,
			       number < w->min ? "small" : "large");
}

static enum mgr_status read_time(const struct word *w, const char *arg, uint32_t *value)
{
	const uint64_t unit = w->type == WORD_S ? 1000 : 1;
	enum mgr_status status;
	uint64_t ms = 0;
	bool valid;

	valid = arg && units_parse_ms(arg, unit, &ms) && !(ms % unit);
	status = in_range(w, arg, valid, ms / unit, unit == 1 ? "300ms" : "30s");
	*value = (uint32_t)(ms / unit);

	return status;
}

static enum mgr_status read_size(const struct word *w, const char *arg, uint32_t *value)
{
	enum mgr_status status;
	uint64_t bytes = 0;
	bool valid;

	valid = arg && units_parse_size(arg, &bytes);
	status = in_range(w, arg, valid, bytes, "65536, 64k or 4m");
	*value = (uint32_t)bytes;

	return status;
}

static enum mgr_status read_text(const struct word *w, const char *arg, char *to)
{
	if (!arg)
		return mgr_usage_error("behind \"%s\" a name is missing", w->name);
	if (!*arg || strlen(arg) > w->max)
		return mgr_usage_error("%s: \"%s\" is no name: it has 1 to %u characters",
				       w->name, arg, (unsigned int)w->max);
	memset(to, 0, w->size);
	memcpy(to, arg, strlen(arg));

	return MGR_OK;
}

static enum mgr_status read_value(const struct word *w, const char *arg, void *member)
{
	enum mgr_status status;
	uint64_t number = 0;
	uint32_t value = 0;
	bool valid;

	switch (w->type) {
	case WORD_NUMBER:
		status = read_number(w, arg, &value);
		break;
	case WORD_SWITCH:
		status = read_switch(w, arg, &value);
		break;
	case WORD_MS:
	case WORD_S:
		status = read_time(w, arg, &value);
		break;
	case WORD_SIZE:
		status = read_size(w, arg, &value);
		break;
	case WORD_ENUM:
		status = mgr_parse_enum(arg, (uint32_t)w->min, w->names, w->name, &value);
		break;
	case WORD_RATE:
		valid = arg && units_parse_rate(arg, &number);
		status = in_range(w, arg, valid, number, "10mbit or 500kbps");
		if (!status)
			memcpy(member, &number, sizeof(number));
		return status;
	case WORD_TEXT:
		return read_text(w, arg, member);
	case WORD_CALL:
	default:
		return MGR_OK;
	}
	if (!status)
		memcpy(member, &value, sizeof(value));

	return status;
}

static enum mgr_status read_word(const struct word *w, char ***args, void *object,
				 bool clear)
{
	uint64_t *has = object;
	enum mgr_status status;

	if (clear && !w->literal && **args && !strcmp(**args, "default")) {
		*has &= ~w->bits;
		++*args;
		return MGR_OK;
	}
	/* it sets its bits itself */
	if (w->type == WORD_CALL)
		return w->read(args, object);

	status = read_value(w, **args, (char *)object + w->offset);
	if (status)
		return status;
	*has |= w->bits;
	++*args;

	return MGR_OK;
}

enum mgr_status words_read(const struct word *words, const char *what, char **args,
			   void *object, bool clear)
{
	uint64_t *has = object, seen = 0;
	enum mgr_status status;
	const struct word *w;
	bool no;

	while (*args) {
		no = clear && !strcmp(*args, "no");
		args += no;
		if (!*args)
			return mgr_usage_error("%s: what behind \"no\" is missing", what);
		w = find(words, what, *args);
		if (!w)
			return MGR_USAGE;
		args++;
		if (seen & w->bits && !w->repeated)
			return mgr_usage_error("%s: there is more than one \"%s\"", what,
					       w->name);
		seen |= w->bits;
		if (no) {
			*has &= ~w->bits;
			continue;
		}
		status = read_word(w, &args, object, clear);
		if (status)
			return status;
	}

	return MGR_OK;
}

static void show_number(const struct word *w, struct emit *e, uint32_t value)
{
	const char *key = w->key ?: w->name;
	char text[UNITS_MAX];

	if (w->quiet && emit_hides(e, value))
		return;
	switch (w->type) {
	case WORD_SWITCH:
		emit_switch(e, key, w->name, value);
		break;
	case WORD_MS:
		emit_number_as(e, key, w->name, value, units_ms(value, text));
		break;
	case WORD_S:
		emit_number_as(e, key, w->name, value, units_ms(1000ULL * value, text));
		break;
	case WORD_SIZE:
		emit_size(e, key, w->name, value);
		break;
	case WORD_ENUM:
		emit_enum(e, key, w->name, value, w->names(value));
		break;
	default:
		emit_uint(e, key, w->name, value);
	}
}

void words_show(const struct word *words, struct emit *e, const void *object)
{
	const uint64_t *has = object;
	const struct word *w;
	uint64_t rate;
	uint32_t value;

	for (w = words; w->name; w++) {
		const char *member = (const char *)object + w->offset;

		if (w->hidden)
			continue;
		/* it looks itself whether the object has it */
		if (w->type == WORD_CALL) {
			if (w->show)
				w->show(e, object);
			continue;
		}
		if (!(*has & w->bits))
			continue;
		if (w->type == WORD_TEXT) {
			emit_string(e, w->key ?: w->name, w->name, member);
		} else if (w->type == WORD_RATE) {
			memcpy(&rate, member, sizeof(rate));
			if (!w->quiet || !emit_hides(e, rate))
				emit_rate(e, w->key ?: w->name, w->name, rate);
		} else {
			memcpy(&value, member, sizeof(value));
			show_number(w, e, value);
		}
	}
}
