// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr peer
 */
#include <string.h>

#include "mgr.h"

struct wish {
	struct emit		*emit;
	struct npv_address	address;	/* family 0: all */
};

static bool is_wanted(const struct npv_address *wanted,
		      const struct npv_address *address)
{
	if (!wanted->family)
		return true;
	if (wanted->family != address->family)
		return false;

	return wanted->family == AF_INET ?
	       wanted->v4.s_addr == address->v4.s_addr :
	       IN6_ARE_ADDR_EQUAL(&wanted->v6, &address->v6);
}

static int show_one(const struct npv_peer *peer, void *data)
{
	const struct wish *wish = data;
	struct emit *e = wish->emit;

	if (!is_wanted(&wish->address, &peer->address))
		return 0;

	emit_object_begin(e, NULL, EMIT_LINE);
	emit_address(e, "peer", "peer", &peer->address);
	if (NPV_HAS(peer, PEER_KIND))
		emit_enum(e, "kind", "kind", peer->kind,
			  npv_kind_name(peer->kind));
	if (NPV_HAS(peer, PEER_REASON) && !emit_hides(e, peer->reason))
		emit_enum(e, "reason", "reason", peer->reason,
			  npv_reason_name(peer->reason));
	if (NPV_HAS(peer, PEER_VERDICT))
		emit_enum(e, "verdict", "connect", peer->verdict,
			  npv_peer_verdict_name(peer->verdict));
	if (NPV_HAS(peer, PEER_SRTT_US) && !emit_hides(e, peer->srtt_us))
		emit_us(e, "srtt-us", "rtt", peer->srtt_us);
	if (NPV_HAS(peer, PEER_RTTVAR_US) && !emit_hides(e, peer->rttvar_us))
		emit_us(e, "rttvar-us", "rttvar", peer->rttvar_us);
	if (NPV_HAS(peer, PEER_DELIVERY_RATE) && !emit_hides(e, peer->delivery_rate))
		emit_uint(e, "delivery-rate", "rate", peer->delivery_rate);
	if (NPV_HAS(peer, PEER_LOSS_PPM) && !emit_hides(e, peer->loss_ppm))
		emit_uint(e, "loss-ppm", "loss-ppm", peer->loss_ppm);
	if (NPV_HAS(peer, PEER_KIND))
		emit_bool(e, "static", "static", peer->is_static);
	if (NPV_HAS(peer, PEER_AGE_MS))
		emit_ms(e, "age-ms", "age", peer->age_ms);
	if (NPV_HAS(peer, PEER_EXPIRES_MS))
		emit_ms(e, "expires-ms", "expires", peer->expires_ms);
	emit_object_end(e);

	return 0;
}

static enum mgr_status peer_show(struct mgr *mgr, char **args)
{
	struct wish wish = { .emit = mgr->emit };
	enum mgr_status status;
	int ret;

	if (*args) {
		status = mgr_parse_address(*args, &wish.address);
		if (status)
			return status;
		if (args[1])
			return mgr_usage_error("peer show: \"%s\" is too much",
					       args[1]);
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	ret = npv_peer_dump(mgr->npv, show_one, &wish);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, "peers");
}

/* ADDRESS [port PORT]; @args is moved behind them */
static enum mgr_status parse_peer(char ***args, struct npv_address *peer)
{
	enum mgr_status status;
	uint64_t port;

	status = mgr_parse_address(**args, peer);
	if (status)
		return status;
	++*args;

	if (!**args || !keyword_is(**args, "port"))
		return MGR_OK;
	status = mgr_parse_number((*args)[1], 1, UINT16_MAX, "port", &port);
	if (status)
		return status;
	peer->port = (uint16_t)port;
	*args += 2;

	return MGR_OK;
}

static enum mgr_status parse_kind(const char *arg, uint32_t *kind)
{
	if (!arg)
		return mgr_usage_error("the kind is missing: plain or native");

	if (keyword_is(arg, "plain"))
		*kind = NPV_KIND_PLAIN;
	else if (keyword_is(arg, "native"))
		*kind = NPV_KIND_NATIVE;
	else
		return mgr_usage_error("\"%s\" is not a kind; there are: plain native",
				       arg);

	return MGR_OK;
}

static enum mgr_status peer_set(struct mgr *mgr, char **args)
{
	struct npv_address peer;
	uint32_t kind = NPV_KIND_OPEN;
	enum mgr_status status;

	status = parse_peer(&args, &peer);
	if (status)
		return status;
	if (!*args || !keyword_is(*args, "kind"))
		return mgr_usage_error("peer set: the kind is missing: [port PORT] kind KIND");
	status = parse_kind(args[1], &kind);
	if (status)
		return status;
	if (args[2])
		return mgr_usage_error("peer set: \"%s\" is too much", args[2]);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_peer_set(mgr->npv, &peer, kind), "peer");
}

static enum mgr_status peer_del(struct mgr *mgr, char **args)
{
	struct npv_address peer;
	enum mgr_status status;

	status = parse_peer(&args, &peer);
	if (status)
		return status;
	if (*args)
		return mgr_usage_error("peer del: \"%s\" is too much", *args);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_peer_del(mgr->npv, &peer), "peer");
}

static enum mgr_status peer_flush(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	bool all = false;

	if (*args) {
		if (!keyword_is(*args, "all"))
			return mgr_usage_error("peer flush: \"%s\" is unknown; there is: all",
					       *args);
		if (args[1])
			return mgr_usage_error("peer flush: \"%s\" is too much",
					       args[1]);
		all = true;
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_peer_flush(mgr->npv, all), "peers");
}

const struct command peer_commands[] = {
	{ "show",	peer_show,	"[ADDRESS]" },
	{ "set",	peer_set,	"ADDRESS [port PORT] kind KIND" },
	{ "del",	peer_del,	"ADDRESS [port PORT]" },
	{ "flush",	peer_flush,	"[all]" },
	{ }
};
