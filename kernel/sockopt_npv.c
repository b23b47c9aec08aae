// SPDX-License-Identifier: GPL-2.0
/* Socket options of SOL_NPV: what only sessions have. */

#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "assoc.h"
#include "decision.h"
#include "native.h"
#include "netns.h"
#include "policy.h"
#include "profile.h"
#include "scheduler.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stated.h"

static int set_name_family(struct npv_sock *nsk, sockptr_t optval,
			   unsigned int optlen)
{
	int family;

	if (optlen < sizeof(family))
		return -EINVAL;
	if (copy_from_sockptr(&family, optval, sizeof(family)))
		return -EFAULT;
	if (family != AF_INET && family != AF_INET6 &&
	    family != (int)npv_family_nr)
		return -EINVAL;

	lock_sock(&nsk->sk);
	nsk->name_fixed = true;
	WRITE_ONCE(nsk->name_family, family);
	release_sock(&nsk->sk);

	return 0;
}

static int set_scheduler(struct npv_sock *nsk, sockptr_t optval,
			 unsigned int optlen)
{
	char name[NPV_SCHEDULER_MAX] = "";

	if (optlen > sizeof(name))
		return -EINVAL;
	if (copy_from_sockptr(name, optval, optlen))
		return -EFAULT;
	if (strnlen(name, sizeof(name)) == sizeof(name))
		return -EINVAL;
	if (!npv_sched_exists(name))
		return -ENOENT;

	lock_sock(&nsk->sk);
	memcpy(nsk->sched, name, sizeof(nsk->sched));
	/* Of one that is connecting it is decided already. */
	if (!nsk->native && npv_decision_of(nsk))
		npv_decision_stated(nsk);
	release_sock(&nsk->sk);
	/* One that is plain, or has ended, just remembers it. */
	if (READ_ONCE(nsk->native))
		npv_native_set_scheduler(nsk, name, false, NULL);
	npv_assoc_set_scheduler(nsk, name);

	return 0;
}

static int set_keepalive(struct npv_sock *nsk, sockptr_t optval,
			 unsigned int optlen)
{
	int seconds;

	if (optlen < sizeof(seconds))
		return -EINVAL;
	if (copy_from_sockptr(&seconds, optval, sizeof(seconds)))
		return -EFAULT;
	if (seconds < 0 || seconds > MAX_TCP_KEEPIDLE)
		return -EINVAL;

	npv_session_set_keepalive(nsk, seconds);
	npv_assoc_set_keepalive(nsk, seconds);

	return 0;
}

/* Read a string that a program has written, with or without a NUL behind it. */
static int text_read(struct npv_stated_word *word, sockptr_t optval, unsigned int optlen,
		     size_t size)
{
	if (optlen > size)
		return -EINVAL;
	return copy_from_sockptr(word->text, optval, optlen) ? -EFAULT : 0;
}

/* Read what a program says of what it needs. */
static int word_read(struct npv_stated_word *word, int name, sockptr_t optval,
		     unsigned int optlen)
{
	struct npv_prefer_interface wish;
	struct npv_prefer prefer;

	memset(word, 0, sizeof(*word));
	word->option = name;
	switch (name) {
	case NPV_PEER_NAME:
		return text_read(word, optval, optlen, sizeof(word->text) - 1);
	case NPV_PROFILE:
		return text_read(word, optval, optlen, NPV_PROFILE_NAME_MAX);
	case NPV_PREFER_TRANSPORT:
	case NPV_PREFER_NETWORK:
		if (optlen < sizeof(prefer))
			return -EINVAL;
		if (copy_from_sockptr(&prefer, optval, sizeof(prefer)))
			return -EFAULT;
		word->what = prefer.npvp_what;
		word->value = prefer.npvp_preference;
		return 0;
	case NPV_PREFER_INTERFACE:
		if (optlen < sizeof(wish))
			return -EINVAL;
		if (copy_from_sockptr(&wish, optval, sizeof(wish)))
			return -EFAULT;
		memcpy(word->text, wish.npvp_name, sizeof(wish.npvp_name));
		word->value = wish.npvp_preference;
		return 0;
	default:
		if (optlen < sizeof(word->value))
			return -EINVAL;
		return copy_from_sockptr(&word->value, optval, sizeof(word->value)) ?
		       -EFAULT : 0;
	}
}

/* Set one of the properties of RFC 9622. Apart, for the room that a word needs. */
static noinline_for_stack int set_stated(struct npv_sock *nsk, int name, sockptr_t optval,
					 unsigned int optlen)
{
	struct npv_stated_word word;
	struct npv_profile *profile;
	int err;

	err = word_read(&word, name, optval, optlen);
	if (err)
		return err;
	if (name == NPV_PROFILE && word.text[0]) {
		profile = npv_policy_profile(sock_net(&nsk->sk), word.text);
		if (!profile)
			return -ENOENT;
		npv_profile_put(profile);
	}
	err = npv_stated_say(nsk, &word);
	if (!err)
		npv_assoc_say(nsk, &word);

	return err;
}

/**
 * npv_setsockopt_npv() - set an option of SOL_NPV
 * @nsk: the session
 * @name: option
 * @optval: value
 * @optlen: its length
 *
 * Context: process, session lock not held, may sleep.
 * Return: 0; -ENOPROTOOPT: there is none of that number; -EINVAL; -EFAULT; -ENOENT: a
 * scheduler or profile that there isn't; -EOPNOTSUPP; -ENOSPC; -ENOMEM.
 */
int npv_setsockopt_npv(struct npv_sock *nsk, int name, sockptr_t optval,
		       unsigned int optlen)
{
	int err;

	switch (name) {
	case NPV_NAME_FAMILY:
		err = set_name_family(nsk, optval, optlen);
		break;
	case NPV_SCHEDULER:
		err = set_scheduler(nsk, optval, optlen);
		break;
	case NPV_KEEPALIVE:
		err = set_keepalive(nsk, optval, optlen);
		break;
	case NPV_MULTIPATH ... NPV_PROFILE:
		err = set_stated(nsk, name, optval, optlen);
		break;
	default:
		err = -ENOPROTOOPT;
		break;
	}
	if (err)
		NPV_INC(sock_net(&nsk->sk), OPTION_INVALID);

	return err;
}

static int get_value(const void *value, unsigned int size, char __user *optval, int len,
		     int __user *optlen)
{
	len = min_t(unsigned int, len, size);
	if (put_user(len, optlen) || copy_to_user(optval, value, len))
		return -EFAULT;

	return 0;
}

static int get_info(struct npv_sock *nsk, char __user *optval, int len,
		    int __user *optlen)
{
	struct npv_info info;

	lock_sock(&nsk->sk);
	npv_session_info(nsk, &info);
	release_sock(&nsk->sk);
	npv_assoc_info(nsk, &info);

	return get_value(&info, sizeof(info), optval, len, optlen);
}

/* As MPTCP_FULL_INFO: the header says how large an entry either side knows. */
static int get_stacks(struct npv_sock *nsk, char __user *optval, int len,
		      int __user *optlen)
{
	struct npv_stack_info *info;
	struct npv_stack *stack;
	struct npv_stacks hdr;
	unsigned int stride, size, used, i, n = 0;
	int err = -EFAULT;

	if (len < (int)sizeof(hdr))
		return -EINVAL;
	if (copy_from_user(&hdr, optval, sizeof(hdr)))
		return -EFAULT;
	if (hdr.size_hdr < sizeof(hdr) || hdr.size_hdr > len ||
	    hdr.size_user > INT_MAX)
		return -EINVAL;

	stride = hdr.size_user;
	size = min_t(unsigned int, stride, sizeof(*info));
	used = hdr.size_hdr;
	hdr.num_stacks = 0;
	hdr.size_hdr = sizeof(hdr);
	hdr.size_kernel = sizeof(*info);
	hdr.size_user = size;

	info = kcalloc(NPV_ADDR_MAX + 1, sizeof(*info), GFP_KERNEL_ACCOUNT);
	if (!info)
		return -ENOMEM;

	/* Nothing under the session lock may wait for the program's memory. */
	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node) {
		hdr.num_stacks++;
		if (n <= NPV_ADDR_MAX)
			npv_stack_info(stack, &info[n++]);
	}
	release_sock(&nsk->sk);

	for (i = 0; i < n && stride && stride <= len - used; i++) {
		if (copy_to_user(optval + used, &info[i], size))
			goto out;
		used += stride;
	}
	if (!copy_to_user(optval, &hdr, sizeof(hdr)) && !put_user(used, optlen))
		err = 0;
out:
	kfree(info);
	return err;
}

static int get_scheduler(struct npv_sock *nsk, char __user *optval, int len,
			 int __user *optlen)
{
	char name[NPV_SCHEDULER_MAX];

	lock_sock(&nsk->sk);
	strscpy(name, nsk->native ? nsk->native->sched->name :
		nsk->sched[0] ? nsk->sched : npv_sched_default()->name,
		sizeof(name));
	release_sock(&nsk->sk);

	return get_value(name, strlen(name) + 1, optval, len, optlen);
}

static int get_int(int value, char __user *optval, int len, int __user *optlen)
{
	return get_value(&value, sizeof(value), optval, len, optlen);
}

/* A number that holds for a session. Session lock. */
static int stated_number(const struct npv_sock *nsk, int name)
{
	const struct npv_properties *want = npv_stated_wanted(nsk);
	const struct npv_stated *st = nsk->stated;
	u8 type = npv_session_socktype(nsk);
	struct npv_stated without;

	switch (name) {
	case NPV_MULTIPATH:
		return want && want->says & NPV_SAYS_MULTIPATH ? want->multipath :
								 NPV_MULTIPATH_ACTIVE;
	case NPV_MULTIPATH_POLICY:
		return want && want->says & NPV_SAYS_POLICY ?
		       want->policy : NPV_MULTIPATH_POLICY_INTERACTIVE;
	case NPV_CAPACITY_PROFILE:
		return want && want->says & NPV_SAYS_CAPACITY ? want->capacity :
								NPV_CAPACITY_DEFAULT;
	case NPV_TEMPORARY_ADDRESS:
		return want ? want->temporary : NPV_PREFERENCE_NONE;
	default:
		break;
	}
	if (!st) {
		npv_stated_init(&without, type);
		st = &without;
	}
	switch (name) {
	case NPV_RELIABILITY:
		return st->reliability;
	case NPV_PRESERVE_ORDER:
		return st->order;
	default:
		return st->direction;
	}
}

static noinline_for_stack int get_number(struct npv_sock *nsk, int name,
					 char __user *optval, int len, int __user *optlen)
{
	int value;

	lock_sock(&nsk->sk);
	value = stated_number(nsk, name);
	release_sock(&nsk->sk);

	return get_int(value, optval, len, optlen);
}

/* As many entries as there is room for, none in part */
static int get_array(const void *entry, unsigned int n, unsigned int size,
		     char __user *optval, int len, int __user *optlen)
{
	return get_value(entry, min(n, len / size) * size, optval, len, optlen);
}

static noinline_for_stack int get_prefer(struct npv_sock *nsk, int name,
					 char __user *optval, int len, int __user *optlen)
{
	const struct npv_properties *want;
	struct npv_prefer prefer[2] = {};
	unsigned int i;

	lock_sock(&nsk->sk);
	want = npv_stated_wanted(nsk);
	for (i = 0; i < ARRAY_SIZE(prefer); i++) {
		if (name == NPV_PREFER_TRANSPORT) {
			prefer[i].npvp_what = i;
			prefer[i].npvp_preference = want ? want->transport[i] : 0;
		} else {
			prefer[i].npvp_what = NPV_NETWORK_IPV4 + i;
			prefer[i].npvp_preference = want ? want->network[i] : 0;
		}
	}
	release_sock(&nsk->sk);

	return get_array(prefer, ARRAY_SIZE(prefer), sizeof(prefer[0]), optval, len,
			 optlen);
}

static noinline_for_stack int get_interfaces(struct npv_sock *nsk, char __user *optval,
					     int len, int __user *optlen)
{
	struct npv_prefer_interface wish[NPV_INTERFACES_MAX] = {};
	const struct npv_properties *want;
	unsigned int i, n = 0;

	BUILD_BUG_ON(sizeof(wish[0].npvp_name) != IFNAMSIZ);
	lock_sock(&nsk->sk);
	want = npv_stated_wanted(nsk);
	if (want)
		n = want->n_interfaces;
	for (i = 0; i < n; i++) {
		strscpy(wish[i].npvp_name, want->interface[i].name, IFNAMSIZ);
		wish[i].npvp_preference = want->interface[i].preference;
	}
	release_sock(&nsk->sk);

	return get_array(wish, n, sizeof(wish[0]), optval, len, optlen);
}

static noinline_for_stack int get_text(struct npv_sock *nsk, int name,
				       char __user *optval, int len, int __user *optlen)
{
	char text[NPV_PEER_NAME_MAX] = "";

	lock_sock(&nsk->sk);
	if (name == NPV_PROFILE && npv_decision_of(nsk))
		strscpy(text, npv_decision_of(nsk)->profile->name, sizeof(text));
	else if (nsk->stated)
		strscpy(text, name == NPV_PROFILE ? nsk->stated->profile :
						    nsk->stated->name, sizeof(text));
	release_sock(&nsk->sk);

	return get_value(text, strlen(text) + 1, optval, len, optlen);
}

/* Of one of the properties of RFC 9622 */
static int get_stated(struct npv_sock *nsk, int name, char __user *optval, int len,
		      int __user *optlen)
{
	switch (name) {
	case NPV_PREFER_TRANSPORT:
	case NPV_PREFER_NETWORK:
		return get_prefer(nsk, name, optval, len, optlen);
	case NPV_PREFER_INTERFACE:
		return get_interfaces(nsk, optval, len, optlen);
	case NPV_PEER_NAME:
	case NPV_PROFILE:
		return get_text(nsk, name, optval, len, optlen);
	default:
		return get_number(nsk, name, optval, len, optlen);
	}
}

static int option_get(struct npv_sock *nsk, int name, char __user *optval,
		      int __user *optlen)
{
	struct npv_sock *carrier;
	int len, err;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;

	switch (name) {
	case NPV_INFO:
		return get_info(nsk, optval, len, optlen);
	case NPV_STACKS:
		carrier = npv_assoc_carrier(nsk);
		err = get_stacks(carrier ?: nsk, optval, len, optlen);
		if (carrier)
			npv_session_put(carrier);
		return err;
	case NPV_SCHEDULER:
		return get_scheduler(nsk, optval, len, optlen);
	case NPV_NAME_FAMILY:
		return get_int(READ_ONCE(nsk->name_family), optval, len, optlen);
	case NPV_KEEPALIVE:
		return get_int(READ_ONCE(nsk->keepalive), optval, len, optlen);
	case NPV_MULTIPATH ... NPV_PROFILE:
		return get_stated(nsk, name, optval, len, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * npv_getsockopt_npv() - tell the value of an option of SOL_NPV
 * @nsk: the session
 * @name: option
 * @optval: where to put the value
 * @optlen: room there; set to the length of the value
 *
 * Context: process, session lock not held, may sleep.
 * Return: 0; -ENOPROTOOPT: there is none of that number; -EINVAL; -EFAULT; -ENOMEM.
 */
int npv_getsockopt_npv(struct npv_sock *nsk, int name, char __user *optval,
		       int __user *optlen)
{
	int err = option_get(nsk, name, optval, optlen);

	if (err)
		NPV_INC(sock_net(&nsk->sk), OPTION_INVALID);

	return err;
}
