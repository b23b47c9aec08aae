// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of enum values, as in Documentation/netlink/specs/npv.yaml. A test
 * compares them with that file.
 */
#include <stddef.h>

#include "export.h"
#include "libnpv.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define LOOKUP(table, n) ((n) < ARRAY_SIZE(table) ? (table)[n] : NULL)

NPV_EXPORT const char *npv_kind_name(uint32_t kind)
{
	static const char * const names[] = {
		[NPV_KIND_OPEN]		= "open",
		[NPV_KIND_PLAIN]	= "plain",
		[NPV_KIND_NATIVE]	= "native",
	};

	return LOOKUP(names, kind);
}

NPV_EXPORT const char *npv_state_name(uint32_t state)
{
	static const char * const names[] = {
		[NPV_STATE_CLOSED]	= "closed",
		[NPV_STATE_CONNECTING]	= "connecting",
		[NPV_STATE_ESTABLISHED]	= "established",
		[NPV_STATE_LISTENING]	= "listening",
		[NPV_STATE_CLOSING]	= "closing",
	};

	return LOOKUP(names, state);
}

NPV_EXPORT const char *npv_reason_name(uint32_t reason)
{
	static const char * const names[] = {
		[NPV_REASON_NONE]	= "none",
		[NPV_REASON_PLAIN_ONLY]	= "plain-only",
		[NPV_REASON_ACCEPTED]	= "accepted",
		[NPV_REASON_NO_IPV6]	= "no-ipv6",
		[NPV_REASON_HELLO]	= "hello",
		[NPV_REASON_KNOWN_NATIVE] = "known-native",
		[NPV_REASON_KNOWN_PLAIN]	= "known-plain",
		[NPV_REASON_NPV_PORT_REFUSED] = "npv-port-refused",
		[NPV_REASON_HELLO_TIMEOUT] = "hello-timeout",
		[NPV_REASON_HELLO_REFUSED] = "hello-refused",
		[NPV_REASON_HELLO_MALFORMED] = "hello-malformed",
		[NPV_REASON_PINNED]	= "pinned",
		[NPV_REASON_MODE]	= "mode",
	};

	return LOOKUP(names, reason);
}

NPV_EXPORT const char *npv_stack_status_name(uint32_t status)
{
	static const char * const names[] = {
		[NPV_STACK_STATUS_ACTIVE]	= "active",
		[NPV_STACK_STATUS_BACKUP]	= "backup",
		[NPV_STACK_STATUS_PAUSED]	= "paused",
		[NPV_STACK_STATUS_SUSPECT]	= "suspect",
		[NPV_STACK_STATUS_DOWN]		= "down",
		[NPV_STACK_STATUS_JOINING]	= "joining",
	};

	return LOOKUP(names, status);
}

NPV_EXPORT const char *npv_peer_verdict_name(uint32_t verdict)
{
	static const char * const names[] = {
		[NPV_PEER_UNKNOWN]	= "unknown",
		[NPV_PEER_GOOD]		= "good",
		[NPV_PEER_BAD]		= "bad",
	};

	return LOOKUP(names, verdict);
}

NPV_EXPORT const char *npv_transport_name(uint32_t transport)
{
	static const char * const names[] = {
		[NPV_TRANSPORT_TCP]	= "tcp",
		[NPV_TRANSPORT_UDP]	= "udp",
	};

	return LOOKUP(names, transport);
}

NPV_EXPORT const char *npv_network_name(uint32_t network)
{
	static const char * const names[] = {
		[NPV_NETWORK_ANY]	= "any",
		[NPV_NETWORK_IPV4]	= "ipv4",
		[NPV_NETWORK_IPV6]	= "ipv6",
	};

	return LOOKUP(names, network);
}

NPV_EXPORT const char *npv_socket_type_name(uint32_t type)
{
	static const char * const names[] = {
		[NPV_SOCKET_TYPE_STREAM]	= "stream",
		[NPV_SOCKET_TYPE_DGRAM]		= "dgram",
		[NPV_SOCKET_TYPE_RAW]		= "raw",
		[NPV_SOCKET_TYPE_RDM]		= "rdm",
		[NPV_SOCKET_TYPE_SEQPACKET]	= "seqpacket",
	};

	return LOOKUP(names, type);
}

NPV_EXPORT const char *npv_tcp_state_name(uint32_t state)
{
	static const char * const names[] = {
		[NPV_TCP_STATE_ESTABLISHED]	= "established",
		[NPV_TCP_STATE_SYN_SENT]	= "syn-sent",
		[NPV_TCP_STATE_SYN_RECV]	= "syn-recv",
		[NPV_TCP_STATE_FIN_WAIT1]	= "fin-wait1",
		[NPV_TCP_STATE_FIN_WAIT2]	= "fin-wait2",
		[NPV_TCP_STATE_TIME_WAIT]	= "time-wait",
		[NPV_TCP_STATE_CLOSE]		= "close",
		[NPV_TCP_STATE_CLOSE_WAIT]	= "close-wait",
		[NPV_TCP_STATE_LAST_ACK]	= "last-ack",
		[NPV_TCP_STATE_LISTEN]		= "listen",
		[NPV_TCP_STATE_CLOSING]		= "closing",
		[NPV_TCP_STATE_NEW_SYN_RECV]	= "new-syn-recv",
	};

	return LOOKUP(names, state);
}

NPV_EXPORT const char *npv_session_mode_name(uint32_t mode)
{
	static const char * const names[] = {
		[NPV_SESSION_MODE_PLAIN]	= "plain",
		[NPV_SESSION_MODE_AUTO]		= "auto",
		[NPV_SESSION_MODE_NATIVE]	= "native",
	};

	return LOOKUP(names, mode);
}

NPV_EXPORT const char *npv_preference_name(uint32_t preference)
{
	static const char * const names[] = {
		[NPV_PREFERENCE_NONE]		= "none",
		[NPV_PREFERENCE_REQUIRE]	= "require",
		[NPV_PREFERENCE_PREFER]		= "prefer",
		[NPV_PREFERENCE_AVOID]		= "avoid",
		[NPV_PREFERENCE_PROHIBIT]	= "prohibit",
	};

	return LOOKUP(names, preference);
}

NPV_EXPORT const char *npv_multipath_name(uint32_t multipath)
{
	static const char * const names[] = {
		[NPV_MULTIPATH_DISABLED]	= "disabled",
		[NPV_MULTIPATH_ACTIVE]		= "active",
		[NPV_MULTIPATH_PASSIVE]		= "passive",
	};

	return LOOKUP(names, multipath);
}

NPV_EXPORT const char *npv_multipath_policy_name(uint32_t policy)
{
	static const char * const names[] = {
		[NPV_MULTIPATH_POLICY_HANDOVER]		= "handover",
		[NPV_MULTIPATH_POLICY_INTERACTIVE]	= "interactive",
		[NPV_MULTIPATH_POLICY_AGGREGATE]	= "aggregate",
	};

	return LOOKUP(names, policy);
}

NPV_EXPORT const char *npv_capacity_name(uint32_t capacity)
{
	static const char * const names[] = {
		[NPV_CAPACITY_DEFAULT]				= "default",
		[NPV_CAPACITY_SCAVENGER]			= "scavenger",
		[NPV_CAPACITY_LOW_LATENCY_INTERACTIVE]		= "low-latency-interactive",
		[NPV_CAPACITY_LOW_LATENCY_NON_INTERACTIVE]	= "low-latency-non-interactive",
		[NPV_CAPACITY_CONSTANT_RATE_STREAMING]		= "constant-rate-streaming",
		[NPV_CAPACITY_CAPACITY_SEEKING]			= "capacity-seeking",
	};

	return LOOKUP(names, capacity);
}

NPV_EXPORT const char *npv_link_type_name(uint32_t type)
{
	static const char * const names[] = {
		[NPV_LINK_TYPE_OTHER]		= "other",
		[NPV_LINK_TYPE_ETHERNET]	= "ethernet",
		[NPV_LINK_TYPE_WIFI]		= "wifi",
		[NPV_LINK_TYPE_WWAN]		= "wwan",
		[NPV_LINK_TYPE_TUNNEL]		= "tunnel",
		[NPV_LINK_TYPE_LOW_POWER]	= "low-power",
	};

	return LOOKUP(names, type);
}

NPV_EXPORT const char *npv_role_name(uint32_t role)
{
	static const char * const names[] = {
		[NPV_ROLE_UNUSED]	= "unused",
		[NPV_ROLE_ACTIVE]	= "active",
		[NPV_ROLE_BACKUP]	= "backup",
	};

	return LOOKUP(names, role);
}

NPV_EXPORT const char *npv_plan_reason_name(uint32_t reason)
{
	static const char * const names[] = {
		[NPV_PLAN_REASON_CHOSEN]		= "chosen",
		[NPV_PLAN_REASON_ENOUGH]		= "enough",
		[NPV_PLAN_REASON_FAMILY]		= "family",
		[NPV_PLAN_REASON_LINK_DOWN]		= "link-down",
		[NPV_PLAN_REASON_ENDPOINT_DISABLED]	= "endpoint-disabled",
		[NPV_PLAN_REASON_BOUND]			= "bound",
		[NPV_PLAN_REASON_TRANSPORT]		= "transport",
		[NPV_PLAN_REASON_NETWORK]		= "network",
		[NPV_PLAN_REASON_INTERFACE]		= "interface",
		[NPV_PLAN_REASON_METERED]		= "metered",
		[NPV_PLAN_REASON_TEMPORARY]		= "temporary",
		[NPV_PLAN_REASON_NO_ROUTE]		= "no-route",
		[NPV_PLAN_REASON_REMOTE_GONE]		= "remote-gone",
		[NPV_PLAN_REASON_FAILED]		= "failed",
		[NPV_PLAN_REASON_FORBIDDEN]		= "forbidden",
		[NPV_PLAN_REASON_SILENT]		= "silent",
		[NPV_PLAN_REASON_SAME_PAIR]		= "same-pair",
	};

	return LOOKUP(names, reason);
}

NPV_EXPORT const char *npv_metric_name(uint32_t metric)
{
	static const char * const names[] = {
		[NPV_METRIC_FIRST]	= "first",
		[NPV_METRIC_RTT]	= "rtt",
		[NPV_METRIC_LOSS]	= "loss",
		[NPV_METRIC_RATE]	= "rate",
		[NPV_METRIC_QUEUE]	= "queue",
		[NPV_METRIC_HEARD]	= "heard",
		[NPV_METRIC_INTERVAL]	= "interval",
	};

	return LOOKUP(names, metric);
}

NPV_EXPORT const char *npv_stats_name(unsigned int attr)
{
	static const char * const names[] = {
		[NPV_A_STATS_SESSION_OPEN]	= "session-open",
		[NPV_A_STATS_SESSION_CLOSE]	= "session-close",
		[NPV_A_STATS_SESSION_ACCEPT]	= "session-accept",
		[NPV_A_STATS_SESSION_RESET]	= "session-reset",
		[NPV_A_STATS_SESSION_KILL]	= "session-kill",
		[NPV_A_STATS_CONNECT_START]	= "connect-start",
		[NPV_A_STATS_CONNECT_OK]	= "connect-ok",
		[NPV_A_STATS_CONNECT_FAIL]	= "connect-fail",
		[NPV_A_STATS_RACE_START]	= "race-start",
		[NPV_A_STATS_RACE_ATTEMPT]	= "race-attempt",
		[NPV_A_STATS_RACE_ATTEMPT_FAIL]	= "race-attempt-fail",
		[NPV_A_STATS_RACE_ATTEMPT_LOST]	= "race-attempt-lost",
		[NPV_A_STATS_RACE_DELAY]	= "race-delay",
		[NPV_A_STATS_RACE_WIN_IPV4]	= "race-win-ipv4",
		[NPV_A_STATS_RACE_WIN_IPV6]	= "race-win-ipv6",
		[NPV_A_STATS_RACE_PINNED]	= "race-pinned",
		[NPV_A_STATS_HISTORY_HIT]	= "history-hit",
		[NPV_A_STATS_HISTORY_EVICT]	= "history-evict",
		[NPV_A_STATS_TWIN_LISTEN]	= "twin-listen",
		[NPV_A_STATS_TWIN_FAIL]		= "twin-fail",
		[NPV_A_STATS_TWIN_YIELD]	= "twin-yield",
		[NPV_A_STATS_NAME_FOREIGN]	= "name-foreign",
		[NPV_A_STATS_FALLBACK_NO_IPV6]	= "fallback-no-ipv6",
		[NPV_A_STATS_ADDRESS_INVALID]	= "address-invalid",
		[NPV_A_STATS_OPTION_INVALID]	= "option-invalid",
		[NPV_A_STATS_OPTION_REPLAY_FAIL] = "option-replay-fail",
		[NPV_A_STATS_EVENT_LOST]	= "event-lost",
		[NPV_A_STATS_SESSION_NATIVE_OUT] = "session-native-out",
		[NPV_A_STATS_SESSION_NATIVE_IN]	= "session-native-in",
		[NPV_A_STATS_HELLO_SENT]	= "hello-sent",
		[NPV_A_STATS_HELLO_RECEIVED]	= "hello-received",
		[NPV_A_STATS_HELLO_REFUSED]	= "hello-refused",
		[NPV_A_STATS_HELLO_TIMEOUT]	= "hello-timeout",
		[NPV_A_STATS_HELLO_MALFORMED]	= "hello-malformed",
		[NPV_A_STATS_FALLBACK_REFUSED]	= "fallback-refused",
		[NPV_A_STATS_FALLBACK_TIMEOUT]	= "fallback-timeout",
		[NPV_A_STATS_FALLBACK_MALFORMED] = "fallback-malformed",
		[NPV_A_STATS_OFFER_SENT]	= "offer-sent",
		[NPV_A_STATS_OFFER_RECEIVED]	= "offer-received",
		[NPV_A_STATS_JOIN_SENT]		= "join-sent",
		[NPV_A_STATS_JOIN_RECEIVED]	= "join-received",
		[NPV_A_STATS_JOIN_REFUSED]	= "join-refused",
		[NPV_A_STATS_JOIN_BAD_MAC]	= "join-bad-mac",
		[NPV_A_STATS_STACK_UP]		= "stack-up",
		[NPV_A_STATS_STACK_DOWN]	= "stack-down",
		[NPV_A_STATS_STACK_SUSPECT]	= "stack-suspect",
		[NPV_A_STATS_STACK_RECOVERED]	= "stack-recovered",
		[NPV_A_STATS_REINJECT_FRAMES]	= "reinject-frames",
		[NPV_A_STATS_REINJECT_BYTES]	= "reinject-bytes",
		[NPV_A_STATS_RECV_DUPLICATE_BYTES] = "recv-duplicate-bytes",
		[NPV_A_STATS_RECV_OOO_FRAMES]	= "recv-ooo-frames",
		[NPV_A_STATS_PROTOCOL_ERROR]	= "protocol-error",
		[NPV_A_STATS_HALFOPEN_DROP]	= "halfopen-drop",
		[NPV_A_STATS_ACK_SENT]		= "ack-sent",
		[NPV_A_STATS_RECONNECT]		= "reconnect",
		[NPV_A_STATS_SESSION_TIMEOUT]	= "session-timeout",
		[NPV_A_STATS_LISTENER_BACKLOG_DROP] = "listener-backlog-drop",
		[NPV_A_STATS_NPV_PORT_BUSY]	= "npv-port-busy",
		[NPV_A_STATS_PEER_EVICT]	= "peer-evict",
		[NPV_A_STATS_HELLO_UDP_SENT]	= "hello-udp-sent",
		[NPV_A_STATS_HELLO_UDP_RECEIVED] = "hello-udp-received",
		[NPV_A_STATS_HELLO_UDP_IGNORED]	= "hello-udp-ignored",
		[NPV_A_STATS_OFFER_LIMITED]	= "offer-limited",
		[NPV_A_STATS_OFFER_IGNORED]	= "offer-ignored",
		[NPV_A_STATS_OFFER_LATE]	= "offer-late",
		[NPV_A_STATS_UDP_GSO]		= "udp-gso",
		[NPV_A_STATS_UDP_GRO]		= "udp-gro",
		[NPV_A_STATS_UDP_DUPLICATE]	= "udp-duplicate",
		[NPV_A_STATS_UDP_MALFORMED]	= "udp-malformed",
		[NPV_A_STATS_SEQPACKET_REFUSED]	= "seqpacket-refused",
		[NPV_A_STATS_SOURCE_LIMITED]	= "source-limited",
		[NPV_A_STATS_UDP_CHALLENGED]	= "udp-challenged",
		[NPV_A_STATS_UDP_CHALLENGE_FAILED] = "udp-challenge-failed",
		[NPV_A_STATS_UDP_REBOUND]	= "udp-rebound",
		[NPV_A_STATS_ASSOC_UP]	= "assoc-up",
		[NPV_A_STATS_ASSOC_REFUSED]	= "assoc-refused",
		[NPV_A_STATS_SOURCE_PROOF_FAILED]	= "source-proof-failed",
		[NPV_A_STATS_MESSAGE_SENT]	= "message-sent",
		[NPV_A_STATS_MESSAGE_RECEIVED]	= "message-received",
		[NPV_A_STATS_MESSAGE_DUPLICATE]	= "message-duplicate",
		[NPV_A_STATS_MESSAGE_INCOMPLETE]	= "message-incomplete",
		[NPV_A_STATS_MESSAGE_EXPIRED]	= "message-expired",
		[NPV_A_STATS_MESSAGE_UNSENT]	= "message-unsent",
		[NPV_A_STATS_MESSAGE_DROPPED]	= "message-dropped",
		[NPV_A_STATS_KEEPALIVE_SENT]	= "keepalive-sent",
		[NPV_A_STATS_POLICY_REFUSED]	= "policy-refused",
		[NPV_A_STATS_SESSION_LIMIT]	= "session-limit",
		[NPV_A_STATS_POLICY_APPLIED]	= "policy-applied",
	};
	_Static_assert(ARRAY_SIZE(names) == NPV_A_STATS_MAX + 1,
		       "a counter without a name");

	return LOOKUP(names, attr);
}

NPV_EXPORT const char *npv_event_name(uint32_t cmd)
{
	static const char * const names[] = {
		[NPV_CMD_SESSION_UP_NTF]	= "session-up",
		[NPV_CMD_SESSION_DOWN_NTF]	= "session-down",
		[NPV_CMD_SESSION_CHANGE_NTF]	= "session-change",
		[NPV_CMD_STACK_UP_NTF]		= "stack-up",
		[NPV_CMD_STACK_DOWN_NTF]	= "stack-down",
		[NPV_CMD_STACK_CHANGE_NTF]	= "stack-change",
		[NPV_CMD_POLICY_CHANGE_NTF]	= "policy-change",
		[NPV_CMD_METRICS_NTF]		= "metrics",
	};

	return LOOKUP(names, cmd);
}
