// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr info
 */
#include "mgr.h"

static int show_module(const struct npv_module *module, void *data)
{
	struct emit *e = data;
	uint32_t i;

	emit_object_begin(e, NULL, EMIT_BLOCK);
	if (NPV_HAS(module, INFO_VERSION))
		emit_string(e, "version", NULL, module->version);
	if (NPV_HAS(module, INFO_FAMILY))
		emit_uint(e, "family", NULL, module->family);
	if (NPV_HAS(module, INFO_SESSIONS))
		emit_uint(e, "sessions", NULL, module->sessions);
	if (NPV_HAS(module, INFO_POLICY))
		emit_uint(e, "policy", NULL, module->policy);
	emit_array_begin(e, "features", NULL);
	for (i = 0; i < module->feature_count; i++)
		emit_string(e, NULL, NULL, module->features[i]);
	emit_array_end(e);
	emit_object_end(e);

	return 0;
}

static enum mgr_status info_show(struct mgr *mgr, char **args)
{
	enum mgr_status status;

	if (*args)
		return mgr_usage_error("info show: \"%s\" is too much", *args);
	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_info_get(mgr->npv, show_module, mgr->emit),
			  "info");
}

const struct command info_commands[] = {
	{ "show",	info_show,	"" },
	{ }
};
