// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr -b, and npv-mgr restore
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "lexer.h"

/* How often to begin again because somebody else has changed the policy meanwhile */
#define COMMIT_TRIES	6

/* Pause before the second try, in milliseconds; each is twice as long as the last */
#define PAUSE_MS	5

/* A file with commands */
struct batch {
	struct mgr	*mgr;
	const char	*name;
	char		*text;
	char		*room;	/* as large */
	struct lexer	lexer;
	char		where[256];
};

static enum mgr_status no_memory(void)
{
	mgr_complain("%s", strerror(errno));

	return MGR_FAILED;
}

static enum mgr_status read_all(FILE *file, char **text)
{
	size_t used = 0, room = 4096, got;
	char *more;

	*text = NULL;
	do {
		room *= 2;
		more = realloc(*text, room);
		if (!more)
			return no_memory();
		*text = more;
		got = fread(*text + used, 1, room - used - 1, file);
		used += got;
	} while (got && used == room - 1);
	(*text)[used] = '\0';
	if (ferror(file)) {
		mgr_complain("can't read: %s", strerror(errno));
		return MGR_FAILED;
	}
	if (strlen(*text) != used)
		return mgr_usage_error("there is a zero byte in it");

	return MGR_OK;
}

static enum mgr_status batch_read(struct batch *batch)
{
	const bool standard = !strcmp(batch->name, "-");
	FILE *file = standard ? stdin : fopen(batch->name, "re");
	enum mgr_status status;
	int err = errno;

	if (!file) {
		mgr_complain("can't open %s: %s", batch->name, strerror(err));
		return err == ENOENT ? MGR_NOT_FOUND : MGR_FAILED;
	}
	snprintf(batch->where, sizeof(batch->where), "%s: ",
		 standard ? "standard input" : batch->name);
	mgr_where = batch->where;
	status = read_all(file, &batch->text);
	mgr_where = "";
	if (!standard)
		fclose(file);
	if (status)
		return status;
	batch->room = malloc(strlen(batch->text) + 1);

	return batch->room ? MGR_OK : no_memory();
}

/* The next command. *@more is false at the end. */
static enum mgr_status batch_next(struct batch *batch, bool *more)
{
	struct lexer *lexer = &batch->lexer;
	const char *error;

	lexer->first = lexer->line;
	error = lexer_next(lexer);
	snprintf(batch->where, sizeof(batch->where), "%s:%u: ",
		 strcmp(batch->name, "-") ? batch->name : "standard input",
		 lexer->first);
	if (error)
		return mgr_usage_error("%s", error);
	*more = *lexer->words;

	return MGR_OK;
}

static bool is_policy(const char *object)
{
	static const char * const objects[] = { "endpoint", "profile", "rule" };
	size_t i;

	for (i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (!strcmp(object, objects[i]))
			return true;

	return false;
}

static enum mgr_status run_one(struct batch *batch)
{
	const struct command *c;

	if (!batch->mgr->force) {
		c = command_find(commands, NULL, *batch->lexer.words);
		if (!c)
			return MGR_USAGE;
		if (!is_policy(c->name))
			return mgr_usage_error("%s is not of the policy: with others, which take effect at once, a batch has to be forced: -f",
					       c->name);
	}

	return command_run(batch->mgr, commands, NULL, batch->lexer.words);
}

/* What has been said by a command goes out before the next, whatever becomes of that */
static enum mgr_status flush(struct mgr *mgr, enum mgr_status status)
{
	if (status) {
		emit_discard(mgr->emit);
		return status;
	}
	if (emit_flush(mgr->emit))
		return MGR_OK;
	mgr_complain("can't write: %s", strerror(errno));

	return MGR_FAILED;
}

/* All commands. The first that fails ends it, unless it is forced. */
static enum mgr_status run_all(struct batch *batch)
{
	enum mgr_status status, result = MGR_OK;
	struct mgr *mgr = batch->mgr;
	bool more;

	batch->lexer.at = batch->text;
	batch->lexer.line = 1;
	batch->lexer.room = batch->room;
	mgr_where = batch->where;
	for (;;) {
		status = batch_next(batch, &more);
		if (status || !more)
			break;
		status = run_one(batch);
		if (status == MGR_PARSED)
			continue;
		if (mgr->force) {
			status = flush(mgr, status);
			mgr_where = batch->where;
			result = result ?: status;
			if (status == MGR_NO_MODULE)
				break;
			continue;
		}
		if (status)
			break;
	}
	mgr_where = "";

	return result ?: status;
}

/* Do all commands make sense? Nothing is asked of the kernel. */
static enum mgr_status check_all(struct batch *batch)
{
	enum mgr_status status;

	batch->mgr->parse_only = true;
	status = run_all(batch);
	batch->mgr->parse_only = false;
	emit_discard(batch->mgr->emit);

	return status;
}

/* Rules name profiles: they go first */
static enum mgr_status forget_all(struct mgr *mgr)
{
	enum mgr_status status;

	status = mgr_result(mgr, npv_rule_flush(mgr->npv), "rules");
	if (!status)
		status = mgr_result(mgr, npv_profile_flush(mgr->npv), "profiles");
	if (!status)
		status = mgr_result(mgr, npv_endpoint_flush(mgr->npv), "endpoints");

	return status;
}

/* One try. *@again: somebody else was faster */
static enum mgr_status attempt(struct batch *batch, bool replace, bool *again)
{
	struct mgr *mgr = batch->mgr;
	enum mgr_status status;
	int ret;

	*again = false;
	status = mgr_result(mgr, npv_policy_begin(mgr->npv), "policy");
	if (status)
		return status;
	if (replace)
		status = forget_all(mgr);
	if (!status)
		status = run_all(batch);
	if (status) {
		npv_policy_abort(mgr->npv);
		return status;
	}

	ret = npv_policy_commit(mgr->npv);
	if (ret < 0 && errno == EAGAIN) {
		*again = true;
		/* it may have been forgotten already */
		npv_policy_abort(mgr->npv);
		return MGR_OK;
	}

	return mgr_result(mgr, ret, "policy");
}

static void take_a_break(unsigned int try)
{
	struct timespec pause = { .tv_nsec = (PAUSE_MS << try) * 1000000L };

	nanosleep(&pause, NULL);
}

static enum mgr_status all_or_nothing(struct batch *batch, bool replace)
{
	enum mgr_status status;
	unsigned int try;
	bool again;

	status = check_all(batch);
	if (!status)
		status = mgr_open(batch->mgr);
	if (status)
		return status;

	for (try = 0; try < COMMIT_TRIES; try++) {
		status = attempt(batch, replace, &again);
		if (status || !again)
			return status;
		emit_discard(batch->mgr->emit);
		take_a_break(try);
	}
	mgr_complain("%s: nothing was changed: somebody else changes the policy all the time",
		     batch->name);

	return MGR_FAILED;
}

enum mgr_status batch_run(struct mgr *mgr, const char *name, bool replace)
{
	struct batch batch = { .mgr = mgr, .name = name };
	enum mgr_status status;

	status = batch_read(&batch);
	if (!status)
		status = mgr->force && !replace ? run_all(&batch) :
						  all_or_nothing(&batch, replace);
	free(batch.text);
	free(batch.room);

	return status;
}
