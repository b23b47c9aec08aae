// SPDX-License-Identifier: GPL-2.0
/* What only AF_NPV has: SOL_NPV options, names of either family */
#include <arpa/inet.h>
#include <linux/npv_netlink.h>
#include <stddef.h>
#include <string.h>

#include "conformance.h"

static void npv_only(void)
{
	if (!fl->npv)
		skip("AF_NPV only");
}

static struct npv_info info_of(int fd)
{
	struct npv_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0xee, sizeof(info));
	OK(getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len));
	EQ(len, sizeof(info));
	return info;
}

static int expected_names(void)
{
	return fl->names == NAMES_IN ? AF_INET : fl->names == NAMES_IN6 ?
	       AF_INET6 : npv_family();
}

static void info__life_of_a_stream(void)
{
	struct npv_info i, j;
	struct pair p;
	struct addr a;
	int fd;

	npv_only();
	fd = sock(SOCK_STREAM);
	i = info_of(fd);
	EQ(i.npvi_kind, NPV_KIND_OPEN);
	EQ(i.npvi_state, NPV_STATE_CLOSED);
	EQ(i.npvi_reason, NPV_REASON_NONE);
	EQ(i.npvi_port_local, 0);
	EQ(i.npvi_connect_us, 0);
	CHECK(i.npvi_id);

	a = addr_hole(9);
	set_nonblock(fd);
	FAILS(connect(fd, &a.sa, a.len), EINPROGRESS);
	j = info_of(fd);
	EQ(j.npvi_state, NPV_STATE_CONNECTING);
	EQ(j.npvi_id, i.npvi_id);
	EQ(j.npvi_candidates, 1);
	EQ(j.npvi_attempts, 1);

	p = connected();
	i = info_of(p.client);
	EQ(i.npvi_kind, NPV_KIND_PLAIN);
	EQ(i.npvi_state, NPV_STATE_ESTABLISHED);
	EQ(i.npvi_reason, NPV_REASON_MODE);
	EQ(i.npvi_stacks, 1);
	EQ((int)i.npvi_name_family, expected_names());
	CHECK(i.npvi_connect_us > 0);
	EQ(ntohs(i.npvi_port_local), local_port(p.client));
	EQ(ntohs(i.npvi_port_remote), local_port(p.listener));
	EQ(IN6_IS_ADDR_V4MAPPED(&i.npvi_remote), fl->v4);

	j = info_of(p.server);
	EQ(j.npvi_kind, NPV_KIND_PLAIN);
	EQ(j.npvi_state, NPV_STATE_ESTABLISHED);
	EQ(j.npvi_reason, NPV_REASON_ACCEPTED);
	EQ(j.npvi_port_remote, i.npvi_port_local);
	EQ((int)j.npvi_name_family, expected_names());
	CHECK(j.npvi_id != i.npvi_id);
	CHECK(!memcmp(&j.npvi_remote, &i.npvi_local, 16));

	i = info_of(p.listener);
	EQ(i.npvi_state, NPV_STATE_LISTENING);
	OK(shutdown(p.client, SHUT_WR));
	EQ(info_of(p.client).npvi_state, NPV_STATE_CLOSING);
	EVENTUALLY(info_of(p.server).npvi_state == NPV_STATE_CLOSING, 5000);
}

static void info__dgram(void)
{
	struct npv_info i;
	struct addr a;
	int d, c;

	npv_only();
	d = dgram_bound(&a);
	c = sock(SOCK_DGRAM);
	EQ(info_of(d).npvi_state, NPV_STATE_LISTENING);
	EQ(info_of(c).npvi_state, NPV_STATE_CLOSED);
	OK(connect(c, &a.sa, a.len));
	i = info_of(c);
	EQ(i.npvi_state, NPV_STATE_ESTABLISHED);
	EQ(i.npvi_kind, NPV_KIND_PLAIN);
	EQ(ntohs(i.npvi_port_remote), addr_port(&a));
}

static void info__sizes(void)
{
	unsigned char buf[sizeof(struct npv_info) + 8];
	socklen_t len;
	int fd;

	npv_only();
	fd = sock(SOCK_STREAM);
	/* Older caller: its size, and no byte more */
	memset(buf, 0xee, sizeof(buf));
	len = 9;
	OK(getsockopt(fd, SOL_NPV, NPV_INFO, buf, &len));
	EQ(len, 9);
	EQ(buf[9], 0xee);
	/* Newer caller: what there is */
	len = sizeof(buf);
	OK(getsockopt(fd, SOL_NPV, NPV_INFO, buf, &len));
	EQ(len, sizeof(struct npv_info));
	EQ(buf[sizeof(struct npv_info)], 0xee);
	len = 0;
	OK(getsockopt(fd, SOL_NPV, NPV_INFO, buf, &len));
	EQ(len, 0);
	len = -1;
	FAILS(getsockopt(fd, SOL_NPV, NPV_INFO, buf, &len), EINVAL);
	len = 8;
	FAILS(getsockopt(fd, SOL_NPV, NPV_INFO, (void *)8, &len), EFAULT);
	FAILS(getsockopt(fd, SOL_NPV, NPV_INFO, buf, NULL), EFAULT);
}

struct stacks {
	struct npv_stacks head;
	struct npv_stack_info entry[2];
};

static void stacks__of_a_connection(void)
{
	struct stacks s = { .head = { .size_hdr = sizeof(s.head),
				      .size_user = sizeof(s.entry[0]) } };
	socklen_t len = sizeof(s);
	struct pair p;

	npv_only();
	p = connected();
	send_text(p.client, "12345");
	expect_text(p.server, "12345");
	OK(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len));
	EQ(len, sizeof(s.head) + sizeof(s.entry[0]));
	EQ(s.head.num_stacks, 1);
	EQ(s.head.size_kernel, sizeof(s.entry[0]));
	EQ(s.entry[0].npvs_transport, NPV_TRANSPORT_TCP);
	EQ(s.entry[0].npvs_network, fl->v4 ? NPV_NETWORK_IPV4 :
	   NPV_NETWORK_IPV6);
	EQ(s.entry[0].npvs_tcp_state, TCP_ESTABLISHED);
	EQ(ntohs(s.entry[0].npvs_port_local), local_port(p.client));
	EVENTUALLY(({
		len = sizeof(s);
		s.head.size_user = sizeof(s.entry[0]);
		OK(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len));
		s.entry[0].npvs_bytes_sent == 5; }), 5000);
	OK(s.entry[0].npvs_rttvar_us > 0 ? 0 : -1);
	EQ(s.entry[0].npvs_loss_ppm, 0);
}

static void stacks__sizes(void)
{
	struct stacks s = { };
	socklen_t len = sizeof(s);
	struct pair p;

	npv_only();
	p = connected();
	/* No size told is no size */
	FAILS(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len), EINVAL);
	s.head.size_hdr = sizeof(s.head);
	s.head.size_user = 4;
	memset(s.entry, 0xee, sizeof(s.entry));
	len = sizeof(s);
	OK(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len));
	EQ(s.head.num_stacks, 1);
	EQ(s.head.size_user, 4);
	EQ(((unsigned char *)s.entry)[4], 0xee);
	/* Room for the header only: the number is told */
	s.head.size_hdr = sizeof(s.head);
	s.head.size_user = sizeof(s.entry[0]);
	s.head.num_stacks = 0;
	len = sizeof(s.head);
	OK(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len));
	EQ(s.head.num_stacks, 1);
	EQ(len, sizeof(s.head));
	len = 4;
	FAILS(getsockopt(p.client, SOL_NPV, NPV_STACKS, &s, &len), EINVAL);
}

static void name_family__option(void)
{
	struct pair p;
	int fd;

	npv_only();
	fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	EQ(get_int(fd, SOL_NPV, NPV_NAME_FAMILY), npv_family());
	set_int(fd, SOL_NPV, NPV_NAME_FAMILY, AF_INET6);
	EQ(get_int(fd, SOL_NPV, NPV_NAME_FAMILY), AF_INET6);
	FAILS(setsockopt(fd, SOL_NPV, NPV_NAME_FAMILY, &(int){ AF_UNIX }, 4),
	      EINVAL);
	FAILS(setsockopt(fd, SOL_NPV, NPV_NAME_FAMILY, &(int){ 0 }, 4),
	      EINVAL);
	FAILS(setsockopt(fd, SOL_NPV, NPV_NAME_FAMILY, &(int){ AF_INET }, 3),
	      EINVAL);
	p = connected();
	EQ(get_int(p.server, SOL_NPV, NPV_NAME_FAMILY), expected_names());
}

static void name_family__follows_first_use(void)
{
	static const char *const names[] = { "inet", "inet6", "npv" };
	const struct flavour *own = fl;
	struct addr a;
	int fd, i, want;

	npv_only();
	for (i = 0; i < 3; i++) {
		CHECK(flavour_choose(names[i]));
		want = expected_names();
		a = addr_lo(0);
		fl = own;
		fd = OK(socket(npv_family(), SOCK_STREAM, 0));
		OK(bind(fd, &a.sa, a.len));
		EQ(name_local(fd).sa.sa_family, want);
		EQ(get_int(fd, SOL_NPV, NPV_NAME_FAMILY), want);
	}
	fl = own;
}

static void keepalive__option(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	struct addr a;
	int i, fd, c, s;

	npv_only();
	for (i = 0; i < 2; i++) {
		fd = sock(types[i]);
		EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 0);
		set_int(fd, SOL_NPV, NPV_KEEPALIVE, 1);
		EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 1);
		set_int(fd, SOL_NPV, NPV_KEEPALIVE, 32767);
		EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 32767);
		FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, &(int){ 32768 }, 4),
		      EINVAL);
		FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, &(int){ -1 }, 4),
		      EINVAL);
		FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, &(int){ 1 }, 3), EINVAL);
		FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, (void *)8, 4), EFAULT);
		EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 32767);
		set_int(fd, SOL_NPV, NPV_KEEPALIVE, 0);
		EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 0);
	}
	/* Whoever is accepted has the listener's, and who connects his own. */
	fd = listener(4, &a);
	set_int(fd, SOL_NPV, NPV_KEEPALIVE, 7);
	c = sock(SOCK_STREAM);
	set_int(c, SOL_NPV, NPV_KEEPALIVE, 9);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(fd);
	EQ(get_int(s, SOL_NPV, NPV_KEEPALIVE), 7);
	EQ(get_int(c, SOL_NPV, NPV_KEEPALIVE), 9);
	/* ... for himself */
	set_int(s, SOL_NPV, NPV_KEEPALIVE, 8);
	EQ(get_int(fd, SOL_NPV, NPV_KEEPALIVE), 7);
}

static void set_prefer(int fd, int option, int what, int preference, int err)
{
	const struct npv_prefer prefer = { what, preference };

	if (err)
		FAILS(setsockopt(fd, SOL_NPV, option, &prefer, sizeof(prefer)), err);
	else
		OK(setsockopt(fd, SOL_NPV, option, &prefer, sizeof(prefer)));
}

static void set_text(int fd, int option, const char *text)
{
	OK(setsockopt(fd, SOL_NPV, option, text, strlen(text)));
}

static void expect_option(int fd, int option, const char *text)
{
	char buf[300] = "";
	socklen_t len = sizeof(buf);

	OK(getsockopt(fd, SOL_NPV, option, buf, &len));
	EQ(len, strlen(buf) + 1);
	CHECK(!strcmp(buf, text));
}

/* Options that are an int, what they are without a word, and the highest value */
static const struct {
	int option, without, of_datagrams, last;
} numbers[] = {
	{ NPV_MULTIPATH, NPV_MULTIPATH_ACTIVE, NPV_MULTIPATH_ACTIVE,
	  NPV_MULTIPATH_PASSIVE },
	{ NPV_MULTIPATH_POLICY, NPV_MULTIPATH_POLICY_INTERACTIVE,
	  NPV_MULTIPATH_POLICY_INTERACTIVE, NPV_MULTIPATH_POLICY_AGGREGATE },
	{ NPV_CAPACITY_PROFILE, NPV_CAPACITY_DEFAULT, NPV_CAPACITY_DEFAULT,
	  NPV_CAPACITY_CAPACITY_SEEKING },
	{ NPV_RELIABILITY, NPV_PREFERENCE_REQUIRE, NPV_PREFERENCE_NONE,
	  NPV_PREFERENCE_AVOID },
	{ NPV_PRESERVE_ORDER, NPV_PREFERENCE_REQUIRE, NPV_PREFERENCE_NONE,
	  NPV_PREFERENCE_AVOID },
	{ NPV_DIRECTION, NPV_DIRECTION_BIDIRECTIONAL, NPV_DIRECTION_BIDIRECTIONAL,
	  NPV_DIRECTION_RECEIVE },
	{ NPV_TEMPORARY_ADDRESS, NPV_PREFERENCE_NONE, NPV_PREFERENCE_NONE,
	  NPV_PREFERENCE_AVOID },
};

static void properties__numbers(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	int i, fd, t, value, without, option;

	npv_only();
	for (t = 0; t < 2; t++) {
		for (i = 0; i < 7; i++) {
			fd = sock(types[t]);
			option = numbers[i].option;
			without = t ? numbers[i].of_datagrams : numbers[i].without;
			EQ(get_int(fd, SOL_NPV, option), without);
			for (value = 0; value <= numbers[i].last; value++) {
				/* It needs the other. */
				if (t && option == NPV_PRESERVE_ORDER &&
				    value == NPV_PREFERENCE_REQUIRE)
					continue;
				/* Not every socket has IPv6. */
				if (option == NPV_TEMPORARY_ADDRESS &&
				    value == NPV_PREFERENCE_REQUIRE)
					continue;
				set_int(fd, SOL_NPV, option, value);
				EQ(get_int(fd, SOL_NPV, option), value);
			}
			FAILS(setsockopt(fd, SOL_NPV, option, &(int){ 6 }, 4), EINVAL);
			FAILS(setsockopt(fd, SOL_NPV, option, &(int){ -2 }, 4), EINVAL);
			EQ(get_int(fd, SOL_NPV, option), numbers[i].last);
			set_int(fd, SOL_NPV, option, -1);
			EQ(get_int(fd, SOL_NPV, option), without);
			close(fd);
		}
	}
}

static void properties__what_cant_be_had(void)
{
	const int prohibit = NPV_PREFERENCE_PROHIBIT, require = NPV_PREFERENCE_REQUIRE;
	bool inet = fl->name_family == AF_INET;
	int fd;

	npv_only();
	fd = sock(SOCK_STREAM);
	FAILS(setsockopt(fd, SOL_NPV, NPV_RELIABILITY, &prohibit, 4), EOPNOTSUPP);
	FAILS(setsockopt(fd, SOL_NPV, NPV_PRESERVE_ORDER, &prohibit, 4), EOPNOTSUPP);
	set_prefer(fd, NPV_PREFER_NETWORK, NPV_NETWORK_IPV4, prohibit,
		   inet ? EOPNOTSUPP : 0);
	set_prefer(fd, NPV_PREFER_NETWORK, NPV_NETWORK_IPV6, require,
		   inet ? EOPNOTSUPP : 0);
	fd = sock(SOCK_DGRAM);
	FAILS(setsockopt(fd, SOL_NPV, NPV_PRESERVE_ORDER, &require, 4), EOPNOTSUPP);
	set_int(fd, SOL_NPV, NPV_RELIABILITY, require);
	set_int(fd, SOL_NPV, NPV_PRESERVE_ORDER, require);
	FAILS(setsockopt(fd, SOL_NPV, NPV_RELIABILITY, &prohibit, 4), EOPNOTSUPP);
	set_prefer(fd, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_UDP, prohibit, EOPNOTSUPP);
	set_prefer(fd, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_TCP, require, EOPNOTSUPP);
	set_prefer(fd, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_TCP, prohibit, 0);
}

static void properties__preferences(void)
{
	struct npv_prefer prefer[3];
	socklen_t len = sizeof(prefer);
	int fd;

	npv_only();
	fd = sock(SOCK_STREAM);
	set_prefer(fd, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_UDP, NPV_PREFERENCE_PREFER, 0);
	set_prefer(fd, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_UDP, 5, EINVAL);
	set_prefer(fd, NPV_PREFER_TRANSPORT, 2, NPV_PREFERENCE_PREFER, EINVAL);
	memset(prefer, 0xee, sizeof(prefer));
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_TRANSPORT, prefer, &len));
	EQ(len, 2 * sizeof(prefer[0]));
	EQ(prefer[0].npvp_what, NPV_TRANSPORT_TCP);
	EQ(prefer[0].npvp_preference, NPV_PREFERENCE_NONE);
	EQ(prefer[1].npvp_what, NPV_TRANSPORT_UDP);
	EQ(prefer[1].npvp_preference, NPV_PREFERENCE_PREFER);
	EQ(prefer[2].npvp_what, 0xeeeeeeee);

	set_prefer(fd, NPV_PREFER_NETWORK, NPV_NETWORK_IPV6, NPV_PREFERENCE_AVOID, 0);
	set_prefer(fd, NPV_PREFER_NETWORK, NPV_NETWORK_ANY, NPV_PREFERENCE_AVOID, EINVAL);
	/* No entry in part */
	len = sizeof(prefer[0]) + 4;
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_NETWORK, prefer, &len));
	EQ(len, sizeof(prefer[0]));
	EQ(prefer[0].npvp_what, NPV_NETWORK_IPV4);
	len = sizeof(prefer);
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_NETWORK, prefer, &len));
	EQ(prefer[1].npvp_what, NPV_NETWORK_IPV6);
	EQ(prefer[1].npvp_preference, NPV_PREFERENCE_AVOID);
}

static void properties__interfaces(void)
{
	struct npv_prefer_interface wish = { "eth0", NPV_PREFERENCE_REQUIRE }, all[9];
	socklen_t len = sizeof(all);
	int fd, i;

	npv_only();
	fd = sock(SOCK_STREAM);
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, all, &len));
	EQ(len, 0);
	OK(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)));
	strcpy(wish.npvp_name, "wl*");
	wish.npvp_preference = NPV_PREFERENCE_PREFER;
	OK(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)));
	wish.npvp_preference = NPV_PREFERENCE_AVOID;
	OK(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)));
	len = sizeof(all);
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, all, &len));
	EQ(len, 2 * sizeof(all[0]));
	CHECK(!strcmp(all[0].npvp_name, "eth0"));
	EQ(all[0].npvp_preference, NPV_PREFERENCE_REQUIRE);
	CHECK(!strcmp(all[1].npvp_name, "wl*"));
	EQ(all[1].npvp_preference, NPV_PREFERENCE_AVOID);
	for (i = 2; i < 8; i++) {
		wish.npvp_name[2] = '0' + i;
		OK(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)));
	}
	wish.npvp_name[2] = '9';
	FAILS(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)), ENOSPC);
	strcpy(wish.npvp_name, "eth0");
	wish.npvp_preference = NPV_PREFERENCE_NONE;
	OK(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)));
	len = sizeof(all);
	OK(getsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, all, &len));
	EQ(len, 7 * sizeof(all[0]));
	CHECK(!strcmp(all[0].npvp_name, "wl*"));
	/* A name without an end */
	memset(wish.npvp_name, 'a', sizeof(wish.npvp_name));
	FAILS(setsockopt(fd, SOL_NPV, NPV_PREFER_INTERFACE, &wish, sizeof(wish)), EINVAL);
}

static void properties__names(void)
{
	char name[300];
	socklen_t len;
	int fd;

	npv_only();
	fd = sock(SOCK_STREAM);
	expect_option(fd, NPV_PEER_NAME, "");
	set_text(fd, NPV_PEER_NAME, "WWW.Example.org.");
	expect_option(fd, NPV_PEER_NAME, "www.example.org");
	FAILS(setsockopt(fd, SOL_NPV, NPV_PEER_NAME, "a b", 3), EINVAL);
	memset(name, 'a', sizeof(name));
	FAILS(setsockopt(fd, SOL_NPV, NPV_PEER_NAME, name, 254), EINVAL);
	OK(setsockopt(fd, SOL_NPV, NPV_PEER_NAME, name, 253));
	name[253] = '\0';
	expect_option(fd, NPV_PEER_NAME, name);
	/* No more than there is room for */
	len = 3;
	OK(getsockopt(fd, SOL_NPV, NPV_PEER_NAME, name, &len));
	EQ(len, 3);
	set_text(fd, NPV_PEER_NAME, "");
	expect_option(fd, NPV_PEER_NAME, "");

	FAILS(setsockopt(fd, SOL_NPV, NPV_PROFILE, "no-such", 7), ENOENT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_PROFILE, name, 40), EINVAL);
	set_text(fd, NPV_PROFILE, "bulk");
	expect_option(fd, NPV_PROFILE, "bulk");
}

static void properties__inherited(void)
{
	struct addr a;
	int fd, c, s;

	npv_only();
	fd = listener(4, &a);
	set_int(fd, SOL_NPV, NPV_MULTIPATH, NPV_MULTIPATH_DISABLED);
	set_int(fd, SOL_NPV, NPV_DIRECTION, NPV_DIRECTION_SEND);
	c = sock(SOCK_STREAM);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(fd);
	EQ(get_int(s, SOL_NPV, NPV_MULTIPATH), NPV_MULTIPATH_DISABLED);
	EQ(get_int(s, SOL_NPV, NPV_DIRECTION), NPV_DIRECTION_SEND);
	EQ(get_int(c, SOL_NPV, NPV_MULTIPATH), NPV_MULTIPATH_ACTIVE);
	set_int(s, SOL_NPV, NPV_MULTIPATH, NPV_MULTIPATH_PASSIVE);
	EQ(get_int(fd, SOL_NPV, NPV_MULTIPATH), NPV_MULTIPATH_DISABLED);
}

/* DSCP that a socket's packets have */
static int dscp_of(int fd)
{
	int tos = get_int(fd, IPPROTO_IP, IP_TOS);

	if (fl->carrier == AF_INET6)
		EQ(get_int(fd, IPPROTO_IPV6, IPV6_TCLASS) >> 2, tos >> 2);
	return tos >> 2;
}

static void capacity__marks(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	int i, fd;

	npv_only();
	for (i = 0; i < 2; i++) {
		fd = sock(types[i]);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE, NPV_CAPACITY_SCAVENGER);
		EQ(dscp_of(fd), 1);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 1);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE,
			NPV_CAPACITY_LOW_LATENCY_INTERACTIVE);
		EQ(dscp_of(fd), 34);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 6);
		if (types[i] == SOCK_STREAM)
			EQ(get_int(fd, IPPROTO_TCP, TCP_NODELAY), 1);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE, -1);
		EQ(dscp_of(fd), 0);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 0);
		/* What the program says itself, it means. */
		set_int(fd, SOL_SOCKET, SO_PRIORITY, 5);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE, NPV_CAPACITY_CAPACITY_SEEKING);
		EQ(dscp_of(fd), 10);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 5);
		set_int(fd, IPPROTO_IP, IP_TOS, 0x48);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE, NPV_CAPACITY_SCAVENGER);
		EQ(get_int(fd, IPPROTO_IP, IP_TOS), 0x48);
		close(fd);
	}
}

static void capacity__live(void)
{
	struct pair p;
	int i, fd;

	npv_only();
	p = connected();
	for (i = 0; i < 2; i++) {
		fd = i ? p.server : p.client;
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE,
			NPV_CAPACITY_CONSTANT_RATE_STREAMING);
		EQ(get_int(fd, IPPROTO_IP, IP_TOS) >> 2, 26);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 4);
		set_int(fd, SOL_SOCKET, SO_PRIORITY, 3);
		set_int(fd, SOL_NPV, NPV_CAPACITY_PROFILE, NPV_CAPACITY_DEFAULT);
		EQ(get_int(fd, IPPROTO_IP, IP_TOS) >> 2, 0);
		EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 3);
	}
	send_text(p.client, "marked");
	expect_text(p.server, "marked");
}

static void options__unknown(void)
{
	socklen_t len = 4;
	int fd, value = 1;

	npv_only();
	fd = sock(SOCK_STREAM);
	FAILS(getsockopt(fd, SOL_NPV, 0, &value, &len), ENOPROTOOPT);
	FAILS(getsockopt(fd, SOL_NPV, 9999, &value, &len), ENOPROTOOPT);
	FAILS(getsockopt(fd, SOL_NPV, -1, &value, &len), ENOPROTOOPT);
	FAILS(setsockopt(fd, SOL_NPV, 9999, &value, 4), ENOPROTOOPT);
	/* To be read only */
	FAILS(setsockopt(fd, SOL_NPV, NPV_INFO, &value, 4), ENOPROTOOPT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_STACKS, &value, 4), ENOPROTOOPT);
}

static void connect__second_address(void)
{
	const char *addrs[2];
	struct npv_info i;
	struct addr a, peer;
	int l, c;

	npv_only();
	l = listener(4, &a);
	/* Nothing listens there: refused at once */
	addrs[0] = fl->v4 ? "127.0.0.2" : "2001:db8::1";
	addrs[1] = fl->v4 ? "127.0.0.1" : "::1";
	a = addr_npv(addr_port(&a), 2, addrs);
	c = OK(socket(npv_family(), SOCK_STREAM, 0));
	OK(connect(c, &a.sa, a.len));
	i = info_of(c);
	EQ(i.npvi_candidates, 2);
	EQ(i.npvi_attempts, 2);
	BETWEEN(i.npvi_connect_us, 1, 200000);
	peer = name_peer(c);
	EQ(peer.npv.snpv_count, 1);
	EQ(IN6_IS_ADDR_V4MAPPED(&peer.npv.snpv_addr[0]), fl->v4);
	send_text(c, "raced");
	expect_text(accept_soon(l), "raced");
}

static void accept__foreign_peer(void)
{
	struct addr any = addr_any(0), six, peer;
	struct npv_info i;
	int l, c, s;

	if (fl->name_family != AF_INET)
		skip("AF_INET programs only");
	l = sock(SOCK_STREAM);
	OK(bind(l, &any.sa, any.len));
	OK(listen(l, 4));
	c = OK(socket(AF_INET6, SOCK_STREAM, 0));
	six = flavour_addr(&flavours[1], "::1", local_port(l));
	OK(connect(c, &six.sa, six.len));
	peer = addr_room();
	EQ(poll_events(l, POLLIN, 5000), POLLIN);
	s = OK(accept(l, &peer.sa, &peer.len));
	EQ(peer.sa.sa_family, AF_INET);
	EQ(peer.in.sin_addr.s_addr, htonl(0xc0000008));
	EQ(addr_port(&peer), local_port(c));
	peer = name_peer(s);
	EQ(peer.in.sin_addr.s_addr, htonl(0xc0000008));
	/* Its true name is for those who ask */
	i = info_of(s);
	CHECK(IN6_IS_ADDR_LOOPBACK(&i.npvi_remote));
	EQ(get_domain(s), AF_INET6);
	/* It can't but say IP_TOS, to whomever it speaks */
	set_int(s, IPPROTO_IP, IP_TOS, 0x10);
	EQ(get_int(s, IPPROTO_IPV6, IPV6_TCLASS), 0x10);
	send_text(c, "x");
	expect_text(s, "x");
}

/*
 * A program that doesn't choose the family can't choose between the options of
 * the families, unless it says something for each; one that has asked for a
 * family has that family's alone.
 */
static void twins__count_for_both(void)
{
	bool both = fl->npv && !fl->name_family;
	struct pair p;
	int i, fd, ttl;

	if (fl->carrier != AF_INET6)
		skip("IPv6 sockets only");
	p = connected();
	for (i = 0; i < 2; i++) {
		fd = i ? p.server : p.client;
		set_int(fd, IPPROTO_IP, IP_TOS, 0x10);
		EQ(get_int(fd, IPPROTO_IPV6, IPV6_TCLASS), both ? 0x10 : 0);
		set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
		EQ(get_int(fd, IPPROTO_IP, IP_TOS), 0x10);
		set_int(fd, IPPROTO_IP, IP_TOS, 0x28);
		EQ(get_int(fd, IPPROTO_IPV6, IPV6_TCLASS), 0x20);
		ttl = get_int(fd, IPPROTO_IP, IP_TTL);
		set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7);
		EQ(get_int(fd, IPPROTO_IP, IP_TTL), both ? 7 : ttl);
	}
}

static void addrform__to_ipv4(void)
{
	struct pair p;

	if (fl->carrier != AF_INET6 || !fl->v4)
		skip("IPv4 on IPv6 sockets only");
	/* Old mail servers turn such a socket into an AF_INET one */
	p = connected();
	set_int(p.client, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET);
	EQ(get_domain(p.client), AF_INET);
	send_text(p.client, "turned");
	expect_text(p.server, "turned");
	send_text(p.server, "back");
	expect_text(p.client, "back");
	EQ(poll_events(p.client, POLLIN | POLLOUT, 0), POLLOUT);
}

const struct test tests_npv[] = {
	{ "NPV_INFO through the life of a stream", info__life_of_a_stream },
	{ "NPV_INFO of datagrams", info__dgram },
	{ "NPV_INFO sizes", info__sizes },
	{ "NPV_STACKS of a connection", stacks__of_a_connection },
	{ "NPV_STACKS sizes", stacks__sizes },
	{ "properties: numbers", properties__numbers },
	{ "properties: what can't be had", properties__what_cant_be_had },
	{ "properties: transports and networks", properties__preferences },
	{ "properties: interfaces", properties__interfaces },
	{ "properties: names of the peer and of a profile", properties__names },
	{ "properties: an accepted session has its listener's", properties__inherited },
	{ "NPV_CAPACITY_PROFILE marks", capacity__marks },
	{ "NPV_CAPACITY_PROFILE marks what is live", capacity__live },
	{ "NPV_NAME_FAMILY", name_family__option },
	{ "names in the family used first", name_family__follows_first_use },
	{ "NPV_KEEPALIVE", keepalive__option },
	{ "SOL_NPV, unknown options", options__unknown },
	{ "connect to the second of two addresses", connect__second_address },
	{ "IPv6 peer of an AF_INET program", accept__foreign_peer },
	{ "options that both families have", twins__count_for_both },
	{ "IPV6_ADDRFORM", addrform__to_ipv4 },
	TESTS_END
};
