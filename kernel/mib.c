// SPDX-License-Identifier: GPL-2.0
/* Counters of a namespace, and /proc/net/npv_stat. */

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/ip.h>

#include "netns.h"

/* Names as they appear in /proc/net/npv_stat, by netlink attribute. */
static const char * const mib_names[__NPV_A_STATS_MAX] = {
	[NPV_A_STATS_SESSION_OPEN]		= "SessionOpen",
	[NPV_A_STATS_SESSION_CLOSE]		= "SessionClose",
	[NPV_A_STATS_SESSION_ACCEPT]		= "SessionAccept",
	[NPV_A_STATS_SESSION_RESET]		= "SessionReset",
	[NPV_A_STATS_SESSION_KILL]		= "SessionKill",
	[NPV_A_STATS_CONNECT_START]		= "ConnectStart",
	[NPV_A_STATS_CONNECT_OK]		= "ConnectOk",
	[NPV_A_STATS_CONNECT_FAIL]		= "ConnectFail",
	[NPV_A_STATS_RACE_START]		= "RaceStart",
	[NPV_A_STATS_RACE_ATTEMPT]		= "RaceAttempt",
	[NPV_A_STATS_RACE_ATTEMPT_FAIL]		= "RaceAttemptFail",
	[NPV_A_STATS_RACE_ATTEMPT_LOST]		= "RaceAttemptLost",
	[NPV_A_STATS_RACE_DELAY]		= "RaceDelay",
	[NPV_A_STATS_RACE_WIN_IPV4]		= "RaceWinIpv4",
	[NPV_A_STATS_RACE_WIN_IPV6]		= "RaceWinIpv6",
	[NPV_A_STATS_RACE_PINNED]		= "RacePinned",
	[NPV_A_STATS_HISTORY_HIT]		= "HistoryHit",
	[NPV_A_STATS_HISTORY_EVICT]		= "HistoryEvict",
	[NPV_A_STATS_TWIN_LISTEN]		= "TwinListen",
	[NPV_A_STATS_TWIN_FAIL]			= "TwinFail",
	[NPV_A_STATS_TWIN_YIELD]		= "TwinYield",
	[NPV_A_STATS_NAME_FOREIGN]		= "NameForeign",
	[NPV_A_STATS_FALLBACK_NO_IPV6]		= "FallbackNoIpv6",
	[NPV_A_STATS_ADDRESS_INVALID]		= "AddressInvalid",
	[NPV_A_STATS_OPTION_INVALID]		= "OptionInvalid",
	[NPV_A_STATS_OPTION_REPLAY_FAIL]	= "OptionReplayFail",
	[NPV_A_STATS_EVENT_LOST]		= "EventLost",
	[NPV_A_STATS_SESSION_NATIVE_OUT]	= "SessionNativeOut",
	[NPV_A_STATS_SESSION_NATIVE_IN]		= "SessionNativeIn",
	[NPV_A_STATS_HELLO_SENT]		= "HelloSent",
	[NPV_A_STATS_HELLO_RECEIVED]		= "HelloReceived",
	[NPV_A_STATS_HELLO_REFUSED]		= "HelloRefused",
	[NPV_A_STATS_HELLO_TIMEOUT]		= "HelloTimeout",
	[NPV_A_STATS_HELLO_MALFORMED]		= "HelloMalformed",
	[NPV_A_STATS_FALLBACK_REFUSED]		= "FallbackRefused",
	[NPV_A_STATS_FALLBACK_TIMEOUT]		= "FallbackTimeout",
	[NPV_A_STATS_FALLBACK_MALFORMED]	= "FallbackMalformed",
	[NPV_A_STATS_OFFER_SENT]		= "OfferSent",
	[NPV_A_STATS_OFFER_RECEIVED]		= "OfferReceived",
	[NPV_A_STATS_JOIN_SENT]			= "JoinSent",
	[NPV_A_STATS_JOIN_RECEIVED]		= "JoinReceived",
	[NPV_A_STATS_JOIN_REFUSED]		= "JoinRefused",
	[NPV_A_STATS_JOIN_BAD_MAC]		= "JoinBadMac",
	[NPV_A_STATS_STACK_UP]			= "StackUp",
	[NPV_A_STATS_STACK_DOWN]		= "StackDown",
	[NPV_A_STATS_STACK_SUSPECT]		= "StackSuspect",
	[NPV_A_STATS_STACK_RECOVERED]		= "StackRecovered",
	[NPV_A_STATS_REINJECT_FRAMES]		= "ReinjectFrames",
	[NPV_A_STATS_REINJECT_BYTES]		= "ReinjectBytes",
	[NPV_A_STATS_RECV_DUPLICATE_BYTES]	= "RecvDuplicateBytes",
	[NPV_A_STATS_RECV_OOO_FRAMES]		= "RecvOooFrames",
	[NPV_A_STATS_PROTOCOL_ERROR]		= "ProtocolError",
	[NPV_A_STATS_HALFOPEN_DROP]		= "HalfopenDrop",
	[NPV_A_STATS_ACK_SENT]			= "AckSent",
	[NPV_A_STATS_RECONNECT]			= "Reconnect",
	[NPV_A_STATS_SESSION_TIMEOUT]		= "SessionTimeout",
	[NPV_A_STATS_LISTENER_BACKLOG_DROP]	= "ListenerBacklogDrop",
	[NPV_A_STATS_NPV_PORT_BUSY]		= "NpvPortBusy",
	[NPV_A_STATS_PEER_EVICT]		= "PeerEvict",
	[NPV_A_STATS_HELLO_UDP_SENT]		= "HelloUdpSent",
	[NPV_A_STATS_HELLO_UDP_RECEIVED]	= "HelloUdpReceived",
	[NPV_A_STATS_HELLO_UDP_IGNORED]		= "HelloUdpIgnored",
	[NPV_A_STATS_OFFER_LIMITED]		= "OfferLimited",
	[NPV_A_STATS_OFFER_IGNORED]		= "OfferIgnored",
	[NPV_A_STATS_OFFER_LATE]		= "OfferLate",
	[NPV_A_STATS_UDP_GSO]			= "UdpGso",
	[NPV_A_STATS_UDP_GRO]			= "UdpGro",
	[NPV_A_STATS_UDP_DUPLICATE]		= "UdpDuplicate",
	[NPV_A_STATS_UDP_MALFORMED]		= "UdpMalformed",
	[NPV_A_STATS_SEQPACKET_REFUSED]		= "SeqpacketRefused",
	[NPV_A_STATS_SOURCE_LIMITED]		= "SourceLimited",
	[NPV_A_STATS_UDP_CHALLENGED]		= "UdpChallenged",
	[NPV_A_STATS_UDP_CHALLENGE_FAILED]	= "UdpChallengeFailed",
	[NPV_A_STATS_UDP_REBOUND]		= "UdpRebound",
	[NPV_A_STATS_ASSOC_UP]			= "AssocUp",
	[NPV_A_STATS_ASSOC_REFUSED]		= "AssocRefused",
	[NPV_A_STATS_SOURCE_PROOF_FAILED]	= "SourceProofFailed",
	[NPV_A_STATS_MESSAGE_SENT]		= "MessageSent",
	[NPV_A_STATS_MESSAGE_RECEIVED]		= "MessageReceived",
	[NPV_A_STATS_MESSAGE_DUPLICATE]		= "MessageDuplicate",
	[NPV_A_STATS_MESSAGE_INCOMPLETE]	= "MessageIncomplete",
	[NPV_A_STATS_MESSAGE_EXPIRED]		= "MessageExpired",
	[NPV_A_STATS_MESSAGE_UNSENT]		= "MessageUnsent",
	[NPV_A_STATS_MESSAGE_DROPPED]		= "MessageDropped",
	[NPV_A_STATS_KEEPALIVE_SENT]		= "KeepaliveSent",
	[NPV_A_STATS_POLICY_REFUSED]		= "PolicyRefused",
	[NPV_A_STATS_SESSION_LIMIT]		= "SessionLimit",
	[NPV_A_STATS_POLICY_APPLIED]		= "PolicyApplied",
};

/**
 * npv_mib_read() - read one counter of a namespace
 * @net: the namespace
 * @attr: NPV_A_STATS_*
 *
 * Context: any.
 * Return: events since the namespace came up.
 */
u64 npv_mib_read(struct net *net, int attr)
{
	return snmp_fold_field(npv_pernet(net)->mib, attr);
}

static int npv_stat_show(struct seq_file *seq, void *v)
{
	struct net *net = seq->private;
	int i;

	for (i = 1; i < __NPV_A_STATS_MAX; i++)
		seq_printf(seq, "%s %llu\n", mib_names[i],
			   npv_mib_read(net, i));

	return 0;
}

/**
 * npv_mib_init() - make a namespace's counters and their /proc file
 * @net: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int npv_mib_init(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	int i;

	/* A counter added to the spec needs a name here. */
	for (i = 1; i < __NPV_A_STATS_MAX; i++)
		if (WARN_ON_ONCE(!mib_names[i]))
			return -EINVAL;

	npvn->mib = alloc_percpu(struct npv_mib);
	if (!npvn->mib)
		return -ENOMEM;

	if (!proc_create_net_single("npv_stat", 0444, net->proc_net,
				    npv_stat_show, NULL)) {
		free_percpu(npvn->mib);
		return -ENOMEM;
	}

	return 0;
}

/**
 * npv_mib_exit() - undo npv_mib_init()
 * @net: the namespace
 */
void npv_mib_exit(struct net *net)
{
	remove_proc_entry("npv_stat", net->proc_net);
	free_percpu(npv_pernet(net)->mib);
}
