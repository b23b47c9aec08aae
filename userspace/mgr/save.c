// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr save and npv-mgr restore
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "objects.h"

/* How often to begin again because the policy has changed while it was read */
#define READ_TRIES	10

static int save_endpoint(const struct npv_endpoint *endpoint, void *data)
{
	struct emit *e = data;

	if (endpoint->automatic)
		return 0;
	emit_object_begin(e, NULL, EMIT_LINE);
	emit_word(e, "endpoint add");
	show_endpoint(e, endpoint);
	emit_object_end(e);

	return 0;
}

static int save_profile(const struct npv_profile *profile, void *data)
{
	struct emit *e = data;

	if (profile->builtin)
		return 0;
	emit_object_begin(e, NULL, EMIT_LINE);
	emit_word(e, "profile add");
	show_profile(e, profile);
	emit_object_end(e);

	return 0;
}

static int save_rule(const struct npv_rule *rule, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	emit_word(e, "rule add");
	show_rule(e, rule);
	emit_object_end(e);

	return 0;
}

static int keep_number(const struct npv_module *module, void *data)
{
	*(uint32_t *)data = module->policy;

	return 0;
}

/* Gathers it all. *@stable: it has not changed meanwhile */
static int gather(struct mgr *mgr, struct emit *e, bool *stable)
{
	uint32_t before = 0, after = 0;
	int ret;

	emit_object_begin(e, NULL, EMIT_LINE);
	emit_word(e, "# policy of AF_NPV; to put it in force: npv-mgr restore FILE");
	emit_object_end(e);
	ret = npv_info_get(mgr->npv, keep_number, &before);
	if (ret >= 0)
		ret = npv_endpoint_dump(mgr->npv, save_endpoint, e);
	if (ret >= 0)
		ret = npv_profile_dump(mgr->npv, save_profile, e);
	if (ret >= 0)
		ret = npv_rule_dump(mgr->npv, save_rule, e);
	if (ret >= 0)
		ret = npv_info_get(mgr->npv, keep_number, &after);
	*stable = before == after && !ret;

	return ret;
}

static enum mgr_status cannot_write(const char *name)
{
	mgr_complain("can't write %s: %s", name, strerror(errno));

	return MGR_FAILED;
}

static enum mgr_status save_to(struct mgr *mgr, FILE *out, const char *name)
{
	struct emit *e = emit_new(EMIT_COMMANDS, out);
	enum mgr_status status = MGR_OK;
	bool stable = false;
	unsigned int try;

	if (!e)
		return cannot_write(name);
	for (try = 0; !status && !stable && try < READ_TRIES; try++) {
		emit_discard(e);
		status = mgr_result(mgr, gather(mgr, e, &stable), "policy");
	}
	if (!status && !stable) {
		mgr_complain("somebody else changes the policy all the time");
		status = MGR_FAILED;
	}
	if (!status && !emit_flush(e))
		status = cannot_write(name);
	emit_free(e);

	return status;
}

/* Only when all is written it takes the place of what is there */
static enum mgr_status save_file(struct mgr *mgr, const char *name)
{
	char beside[PATH_MAX];
	enum mgr_status status;
	struct stat st;
	FILE *out;

	/* devices and pipes stay what they are */
	if (!stat(name, &st) && !S_ISREG(st.st_mode))
		snprintf(beside, sizeof(beside), "%s", name);
	else
		snprintf(beside, sizeof(beside), "%s.%d", name, getpid());
	out = fopen(beside, "we");
	if (!out)
		return cannot_write(name);
	status = save_to(mgr, out, name);
	if (!status && fsync(fileno(out)) && errno != EINVAL && errno != EROFS)
		status = cannot_write(name);
	if (fclose(out) && !status)
		status = cannot_write(name);
	if (!strcmp(beside, name))
		return status;
	if (!status && rename(beside, name))
		status = cannot_write(name);
	if (status)
		unlink(beside);

	return status;
}

enum mgr_status save_run(struct mgr *mgr, char **args)
{
	const char *name = *args ?: "-";
	enum mgr_status status = MGR_OK;

	if (*args)
		status = mgr_no_more(args + 1, "save");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;
	if (!strcmp(name, "-"))
		return save_to(mgr, stdout, "the standard output");

	return save_file(mgr, name);
}

enum mgr_status restore_run(struct mgr *mgr, char **args)
{
	enum mgr_status status = MGR_OK;

	if (*args)
		status = mgr_no_more(args + 1, "restore");
	if (status)
		return status;

	return batch_run(mgr, *args ?: "-", true);
}
