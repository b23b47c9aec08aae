// SPDX-License-Identifier: GPL-2.0
/*
 * Members of sessions and stacks. Keys in JSON are those of the netlink
 * specification; labels in text are short, as those of ss(8).
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "device.h"
#include "show.h"

static void show_addresses(struct emit *e, const struct npv_address *local,
			   bool has_local, const struct npv_address *remote,
			   bool has_remote)
{
	if (has_local || local->family)
		emit_address(e, "local", NULL, local);
	if (has_remote || remote->family) {
		emit_word(e, "->");
		emit_address(e, "remote", NULL, remote);
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

/* Figures that one struct has at an offset, if its attribute was told */
struct figure {
	unsigned int	attr;
	size_t		offset;
	const char	*key;
	const char	*label;
	bool		quiet;	/* text leaves a zero out */
};

static void show_figures(struct emit *e, const void *from, uint64_t has,
			 const struct figure *figures, size_t count)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!(has & (1ULL << figures[i].attr)))
			continue;
		memcpy(&value, (const char *)from + figures[i].offset,
		       sizeof(value));
		if (!figures[i].quiet || !emit_hides(e, value))
			emit_uint(e, figures[i].key, figures[i].label, value);
	}
}

#define SESSION_FIGURE(attr, member, key, label, quiet) \
	{ NPV_A_SESSION_##attr, offsetof(struct npv_session, member), key, \
	  label, quiet }

/* What only native sessions have */
static void show_native(struct emit *e, const struct npv_session *s)
{
	static const struct figure figures[] = {
		SESSION_FIGURE(BYTES_SENT, bytes_sent, "bytes-sent", "sent", false),
		SESSION_FIGURE(BYTES_ACKED, bytes_acked, "bytes-acked", "acked",
			       false),
		SESSION_FIGURE(BYTES_RECEIVED, bytes_received, "bytes-received",
			       "received", false),
		SESSION_FIGURE(SNDQ, sndq, "sndq", "sndq", false),
		SESSION_FIGURE(RCVQ, rcvq, "rcvq", "rcvq", false),
		SESSION_FIGURE(OOO_QUEUE, ooo_queue, "ooo-queue", "ooo", true),
		SESSION_FIGURE(SND_WINDOW, snd_window, "snd-window", "swnd", false),
		SESSION_FIGURE(RCV_WINDOW, rcv_window, "rcv-window", "rwnd", false),
		SESSION_FIGURE(REINJECTED, reinjected, "reinjected",
			       "reinjected", true),
		SESSION_FIGURE(DUPLICATES, duplicates, "duplicates",
			       "duplicates", true),
	};
	char id[20];

	if (NPV_HAS(s, SESSION_SCHEDULER))
		emit_string(e, "scheduler", "scheduler", s->scheduler);
	show_figures(e, s, s->has, figures, sizeof(figures) / sizeof(*figures));
	/* random numbers, which readers of JSON would round */
	if (NPV_HAS(s, SESSION_NATIVE_ID)) {
		snprintf(id, sizeof(id), "%016" PRIx64, s->native_id);
		emit_string(e, "native-id", "id", id);
	}
	if (NPV_HAS(s, SESSION_NATIVE_PEER_ID) &&
	    !emit_hides(e, s->native_peer_id)) {
		snprintf(id, sizeof(id), "%016" PRIx64, s->native_peer_id);
		emit_string(e, "native-peer-id", "peer-id", id);
	}
	if (NPV_HAS(s, SESSION_NPV_PORT))
		emit_uint(e, "npv-port", "npv-port", s->npv_port);
	if (NPV_HAS(s, SESSION_REMOTES))
		emit_uint(e, "remotes", "remotes", s->remotes);
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
	show_addresses(e, &s->local, NPV_HAS(s, SESSION_LOCAL_PORT),
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
	if (NPV_HAS(s, SESSION_PROFILE))
		emit_string(e, "profile", "profile", s->profile);
	if (NPV_HAS(s, SESSION_RULE))
		emit_uint(e, "rule", "rule", s->rule);
	if (NPV_HAS(s, SESSION_PINNED) && !emit_hides(e, s->pinned))
		emit_bool(e, "pinned", "pinned", s->pinned);
	if (NPV_HAS(s, SESSION_PEER_NAME))
		emit_string(e, "peer-name", "peer-name", s->peer_name);
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
	show_native(e, s);
}

static void show_device(struct emit *e, uint32_t ifindex)
{
	const char *name;

	if (!ifindex)
		return;
	name = device_name(ifindex);
	if (name)
		emit_string(e, "dev", "dev", name);
	emit_uint(e, "ifindex", "ifindex", ifindex);
}

/* What a stack of a native session is used for, and what it did */
static void show_use(struct emit *e, const struct npv_stack *s)
{
	static const struct figure figures[] = {
		{ NPV_A_STACK_PAYLOAD_SENT,
		  offsetof(struct npv_stack, payload_sent), "payload-sent",
		  "out", false },
		{ NPV_A_STACK_PAYLOAD_RECEIVED,
		  offsetof(struct npv_stack, payload_received),
		  "payload-received", "in", false },
		{ NPV_A_STACK_REINJECTED,
		  offsetof(struct npv_stack, reinjected), "reinjected",
		  "reinjected", true },
	};

	if (!NPV_HAS(s, STACK_STATUS))
		return;

	emit_enum(e, "status", "status", s->status,
		  npv_stack_status_name(s->status));
	if (NPV_HAS(s, STACK_ERROR) && !emit_hides(e, s->error))
		emit_number_as(e, "error", "error", s->error,
			       strerrorname_np((int)s->error));
	if (NPV_HAS(s, STACK_WEIGHT))
		emit_uint(e, "weight", "weight", s->weight);
	if (!emit_hides(e, s->backup))
		emit_bool(e, "backup", "backup", s->backup);
	if (!emit_hides(e, s->peer_backup))
		emit_bool(e, "peer-backup", "peer-backup", s->peer_backup);
	if (!emit_hides(e, s->paused))
		emit_bool(e, "paused", "paused", s->paused);
	if (!emit_hides(e, s->peer_paused))
		emit_bool(e, "peer-paused", "peer-paused", s->peer_paused);
	show_figures(e, s, s->has, figures, sizeof(figures) / sizeof(*figures));
}

/* What it leaves by, and how that fares */
static void show_link(struct emit *e, const struct npv_stack *s)
{
	if (NPV_HAS(s, STACK_ENDPOINT))
		emit_uint(e, "endpoint", "endpoint", s->endpoint);
	if (NPV_HAS(s, STACK_LINK_TYPE))
		emit_enum(e, "link-type", "link", s->link_type,
			  npv_link_type_name(s->link_type));
	if (NPV_HAS(s, STACK_LINK_SPEED) && !emit_hides(e, s->link_speed))
		emit_uint(e, "link-speed", "speed", s->link_speed);
	if (NPV_HAS(s, STACK_LOSS_PPM) && !emit_hides(e, s->loss_ppm))
		emit_uint(e, "loss-ppm", "loss-ppm", s->loss_ppm);
	if (NPV_HAS(s, STACK_JITTER_US) && !emit_hides(e, s->jitter_us))
		emit_us(e, "jitter-us", "jitter", s->jitter_us);
	if (NPV_HAS(s, STACK_QUEUE) && !emit_hides(e, s->queue))
		emit_uint(e, "queue", "queue", s->queue);
	if (NPV_HAS(s, STACK_HEARD_MS))
		emit_ms(e, "heard-ms", "heard", s->heard_ms);
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
	show_addresses(e, &s->local, NPV_HAS(s, STACK_LOCAL_PORT),
		       &s->remote, NPV_HAS(s, STACK_REMOTE_PORT));
	show_device(e, s->ifindex);
	show_use(e, s);
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
	show_link(e, s);
}
