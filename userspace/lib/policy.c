// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Several changes of the policy at once.
 */
#include "export.h"
#include "handle.h"

static int bare_request(struct npv *npv, uint8_t cmd)
{
	return npv_request_run(npv, npv_request_new(npv, npv->family, cmd, NLM_F_ACK),
			       NULL, NULL);
}

NPV_EXPORT int npv_policy_begin(struct npv *npv)
{
	return bare_request(npv, NPV_CMD_POLICY_BEGIN);
}

NPV_EXPORT int npv_policy_commit(struct npv *npv)
{
	return bare_request(npv, NPV_CMD_POLICY_COMMIT);
}

NPV_EXPORT int npv_policy_abort(struct npv *npv)
{
	return bare_request(npv, NPV_CMD_POLICY_ABORT);
}
