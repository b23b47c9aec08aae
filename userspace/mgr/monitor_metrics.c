// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr monitor metrics
 */
#include <stddef.h>

#include "monitor.h"
#include "words.h"

static enum mgr_status read_session(char ***args, void *object)
{
	struct npv_metrics *want = object;
	enum mgr_status status = mgr_parse_id(**args, &want->session_id);

	if (status)
		return status;
	want->has |= 1ULL << NPV_A_METRICS_SESSION_ID;
	++*args;

	return MGR_OK;
}

static enum mgr_status read_every(char ***args, void *object)
{
	struct npv_metrics *want = object;

	(void)args;
	want->has |= 1ULL << NPV_A_METRICS_EVERY;
	want->every = 1;

	return MGR_OK;
}

static const struct word words[] = {
	{ "session", .type = WORD_CALL, .bits = 1ULL << NPV_A_METRICS_SESSION_ID,
	  .read = read_session },
	{ "interval", WORD_AT(WORD_MS, npv_metrics, METRICS_INTERVAL_MS, interval_ms),
	  .min = 100, .max = 60000 },
	{ "rtt", WORD_AT(WORD_NUMBER, npv_metrics, METRICS_RTT_PERCENT, rtt_percent),
	  .min = 1, .max = 1000 },
	{ "loss", WORD_AT(WORD_NUMBER, npv_metrics, METRICS_LOSS_PPM, loss_ppm),
	  .min = 1, .max = 1000000 },
	{ "rate", WORD_AT(WORD_NUMBER, npv_metrics, METRICS_RATE_PERCENT, rate_percent),
	  .min = 1, .max = 1000 },
	{ "queue", WORD_AT(WORD_SIZE, npv_metrics, METRICS_QUEUE_BYTES, queue_bytes),
	  .min = 1, .max = UINT32_MAX },
	{ "heard", WORD_AT(WORD_MS, npv_metrics, METRICS_HEARD_MS, heard_ms),
	  .min = 100, .max = 86400000 },
	{ "every", .type = WORD_CALL, .bits = 1ULL << NPV_A_METRICS_EVERY,
	  .read = read_every },
	{ }
};

void show_crossed(struct emit *e, uint32_t crossed)
{
	uint32_t bit;

	emit_array_begin(e, "crossed", "crossed");
	for (bit = 1; bit && bit <= crossed; bit <<= 1)
		if (crossed & bit && npv_metric_name(bit))
			emit_string(e, NULL, NULL, npv_metric_name(bit));
	emit_array_end(e);
}

static int start(struct mgr *mgr, void *data)
{
	return npv_monitor_metrics(mgr->npv, data);
}

enum mgr_status monitor_metrics_run(struct mgr *mgr, char **args)
{
	struct npv_metrics want = { 0 };
	enum mgr_status status;

	status = words_read(words, "monitor metrics", args, &want, false);

	return status ?: monitor_follow(mgr, start, *args ? &want : NULL);
}
