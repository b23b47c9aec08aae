// SPDX-License-Identifier: GPL-2.0
/*
 * Members of sessions and stacks. Keys in JSON are those of the netlink
 * specification; labels in text are short, as those of ss(8).
 */
#include <net/if.h>
#include <string.h>

#include "show.h"

static void show_endpoints(struct emit *e, const struct npv_endpoint *local,
			   bool has_local, const struct npv_endpoint *remote,
			   bool has_remote)
{
	if (has_local || local->family)
		emit_endpoint(e, "local", NULL, local);
	if (has_remote || remote->family) {
		emit_word(e, "->");
		emit_endpoint(e, "remote", NULL, remote);
	}
}

static const char *name_family_name(uint32_t family)
{
	switch (family) {
	case AF_INET:
		return "inet";
	case AF_INET6:
		return "inet6";
	default:
		return "npv";
	}
}

void show_session(struct emit *e, const struct npv_session *s)
{
	emit_uint(e, "id", "session", s->id);
	if (NPV_HAS(s, SESSION_TYPE))
		emit_enum(e, "type", NULL, s->type,
			  npv_socket_type_name(s->type));
	if (NPV_HAS(s, SESSION_KIND))
		emit_enum(e, "kind", NULL, s->kind, npv_kind_name(s->kind));
	if (NPV_HAS(s, SESSION_STATE))
		emit_enum(e, "state", NULL, s->state, npv_state_name(s->state));
	show_endpoints(e, &s->local, NPV_HAS(s, SESSION_LOCAL_PORT),
		       &s->remote, NPV_HAS(s, SESSION_REMOTE_PORT));
	if (NPV_HAS(s, SESSION_COMM))
		emit_string(e, "comm", "comm", s->comm);
	if (NPV_HAS(s, SESSION_UID))
		emit_uint(e, "uid", "uid", s->uid);
	if (NPV_HAS(s, SESSION_CONNECT_US) && !emit_hides(e, s->connect_us))
		emit_us(e, "connect-us", "connect", s->connect_us);
	if (NPV_HAS(s, SESSION_STACKS))
		emit_uint(e, "stacks", "stacks", s->stacks);
	if (NPV_HAS(s, SESSION_REASON))
		emit_enum(e, "reason", "reason", s->reason,
			  npv_reason_name(s->reason));
	if (NPV_HAS(s, SESSION_CANDIDATES) && !emit_hides(e, s->candidates))
		emit_uint(e, "candidates", "candidates", s->candidates);
	if (NPV_HAS(s, SESSION_ATTEMPTS) && !emit_hides(e, s->attempts))
		emit_uint(e, "attempts", "attempts", s->attempts);
	if (NPV_HAS(s, SESSION_ERROR) && !emit_hides(e, s->error))
		emit_number_as(e, "error", "error", s->error,
			       strerrorname_np((int)s->error));
	if (NPV_HAS(s, SESSION_NAME_FAMILY))
		emit_string(e, "name-family", "names",
			    name_family_name(s->name_family));
	if (NPV_HAS(s, SESSION_AGE_MS))
		emit_ms(e, "age-ms", "age", s->age_ms);
	if (NPV_HAS(s, SESSION_INODE))
		emit_uint(e, "inode", "ino", s->inode);
}

static void show_device(struct emit *e, uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	if (!ifindex)
		return;
	/* of our namespace, which is the one asked about */
	if (if_indextoname(ifindex, name))
		emit_string(e, "dev", "dev", name);
	emit_uint(e, "ifindex", "ifindex", ifindex);
}

void show_stack(struct emit *e, const struct npv_stack *s)
{
	emit_uint(e, "session-id", "session", s->session_id);
	emit_uint(e, "id", "stack", s->id);
	if (NPV_HAS(s, STACK_TRANSPORT))
		emit_enum(e, "transport", NULL, s->transport,
			  npv_transport_name(s->transport));
	if (NPV_HAS(s, STACK_NETWORK))
		emit_enum(e, "network", NULL, s->network,
			  npv_network_name(s->network));
	if (NPV_HAS(s, STACK_TCP_STATE))
		emit_enum(e, "tcp-state", NULL, s->tcp_state,
			  npv_tcp_state_name(s->tcp_state));
	show_endpoints(e, &s->local, NPV_HAS(s, STACK_LOCAL_PORT),
		       &s->remote, NPV_HAS(s, STACK_REMOTE_PORT));
	show_device(e, s->ifindex);
	if (NPV_HAS(s, STACK_SRTT_US) && !emit_hides(e, s->srtt_us))
		emit_us(e, "srtt-us", "rtt", s->srtt_us);
	if (NPV_HAS(s, STACK_RTTVAR_US) && !emit_hides(e, s->rttvar_us))
		emit_us(e, "rttvar-us", "rttvar", s->rttvar_us);
	if (NPV_HAS(s, STACK_CWND) && !emit_hides(e, s->cwnd))
		emit_uint(e, "cwnd", "cwnd", s->cwnd);
	if (NPV_HAS(s, STACK_MSS) && !emit_hides(e, s->mss))
		emit_uint(e, "mss", "mss", s->mss);
	if (NPV_HAS(s, STACK_RETRANSMITS) && !emit_hides(e, s->retransmits))
		emit_uint(e, "retransmits", "retrans", s->retransmits);
	if (NPV_HAS(s, STACK_BYTES_SENT))
		emit_uint(e, "bytes-sent", "sent", s->bytes_sent);
	if (NPV_HAS(s, STACK_BYTES_ACKED))
		emit_uint(e, "bytes-acked", "acked", s->bytes_acked);
	if (NPV_HAS(s, STACK_BYTES_RECEIVED))
		emit_uint(e, "bytes-received", "received", s->bytes_received);
	if (NPV_HAS(s, STACK_DELIVERY_RATE) && !emit_hides(e, s->delivery_rate))
		emit_uint(e, "delivery-rate", "rate", s->delivery_rate);
	if (NPV_HAS(s, STACK_RQUEUE))
		emit_uint(e, "rqueue", "rqueue", s->rqueue);
	if (NPV_HAS(s, STACK_WQUEUE))
		emit_uint(e, "wqueue", "wqueue", s->wqueue);
	if (NPV_HAS(s, STACK_CONGESTION))
		emit_string(e, "congestion", "congestion", s->congestion);
}
