/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM npv

#if !defined(_NPV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NPV_TRACE_H

#include <linux/tracepoint.h>

#include "session.h"
#include "stack.h"

#define npv_show_state(state)					\
	__print_symbolic(state,					\
			 { NPV_STATE_CLOSED, "closed" },	\
			 { NPV_STATE_CONNECTING, "connecting" },\
			 { NPV_STATE_ESTABLISHED, "established" },\
			 { NPV_STATE_LISTENING, "listening" },	\
			 { NPV_STATE_CLOSING, "closing" })

#define npv_show_reason(reason)					\
	__print_symbolic(reason,				\
			 { NPV_REASON_NONE, "none" },		\
			 { NPV_REASON_PLAIN_ONLY, "plain-only" },\
			 { NPV_REASON_ACCEPTED, "accepted" },	\
			 { NPV_REASON_NO_IPV6, "no-ipv6" },	\
			 { NPV_REASON_HELLO, "hello" },		\
			 { NPV_REASON_KNOWN_NATIVE, "known-native" },\
			 { NPV_REASON_KNOWN_PLAIN, "known-plain" },\
			 { NPV_REASON_NPV_PORT_REFUSED, "npv-port-refused" },\
			 { NPV_REASON_HELLO_TIMEOUT, "hello-timeout" },\
			 { NPV_REASON_HELLO_REFUSED, "hello-refused" },\
			 { NPV_REASON_HELLO_MALFORMED, "hello-malformed" },\
			 { NPV_REASON_PINNED, "pinned" },	\
			 { NPV_REASON_MODE, "mode" })

/* A session came to a new state; err is a positive errno where one led there */
TRACE_EVENT(npv_session_state,
	TP_PROTO(const struct npv_sock *nsk, int state, int err),
	TP_ARGS(nsk, state, err),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u8, kind)
		__field(u8, state)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = nsk->id;
		__entry->kind = nsk->kind;
		__entry->state = state;
		__entry->err = err;
	),
	TP_printk("session=%llu kind=%u state=%s err=%d", __entry->id,
		  __entry->kind, npv_show_state(__entry->state), __entry->err)
);

/*
 * An attempt of a race began (err is EINPROGRESS), won (0), failed (its positive
 * errno) or was taken back (ECANCELED).
 */
TRACE_EVENT(npv_race_attempt,
	TP_PROTO(const struct npv_sock *nsk, unsigned int index,
		 const struct in6_addr *addr, int err),
	TP_ARGS(nsk, index, addr, err),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(unsigned int, index)
		__array(u8, addr, 16)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = nsk->id;
		__entry->index = index;
		memcpy(__entry->addr, addr, 16);
		__entry->err = err;
	),
	TP_printk("session=%llu attempt=%u addr=%pI6c err=%d", __entry->id,
		  __entry->index, __entry->addr, __entry->err)
);

/* A session got less than it could have had, and why */
TRACE_EVENT(npv_stack_down,
	TP_PROTO(const struct npv_stack *stack, int error),
	TP_ARGS(stack, error),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, stack)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->id = stack->nsk->id;
		__entry->stack = stack->id;
		__entry->error = error;
	),
	TP_printk("session=%llu stack=%u error=%d", __entry->id,
		  __entry->stack, __entry->error)
);

TRACE_EVENT(npv_fallback,
	TP_PROTO(const struct npv_sock *nsk, int reason),
	TP_ARGS(nsk, reason),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->id = nsk->id;
		__entry->reason = reason;
	),
	TP_printk("session=%llu reason=%s", __entry->id,
		  npv_show_reason(__entry->reason))
);

#endif /* _NPV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
