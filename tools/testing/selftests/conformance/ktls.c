// SPDX-License-Identifier: GPL-2.0
/* TLS in the kernel on a STREAM session: TCP_ULP, TLS_TX, TLS_RX */
#include <fcntl.h>
#include <linux/tls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "conformance.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

#define BULK 300000

static void set_keys(int fd, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};

	memset(keys.key, 0x11, sizeof(keys.key));
	memset(keys.iv, 0x22, sizeof(keys.iv));
	memset(keys.salt, 0x33, sizeof(keys.salt));
	OK(setsockopt(fd, SOL_TLS, direction, &keys, sizeof(keys)));
}

/* Encrypted from client to server and back */
static struct pair tls_connected(void)
{
	struct pair p = connected();
	char ulp[16] = "";
	socklen_t len = sizeof(ulp);

	if (setsockopt(p.client, IPPROTO_TCP, TCP_ULP, "tls", 3)) {
		EQ(errno, ENOENT);
		skip("no CONFIG_TLS");
	}
	OK(getsockopt(p.client, IPPROTO_TCP, TCP_ULP, ulp, &len));
	CHECK(!strcmp(ulp, "tls"));
	OK(setsockopt(p.server, IPPROTO_TCP, TCP_ULP, "tls", 3));
	set_keys(p.client, TLS_TX);
	set_keys(p.client, TLS_RX);
	set_keys(p.server, TLS_TX);
	set_keys(p.server, TLS_RX);
	return p;
}

static void ktls__round_trip(void)
{
	struct pair p = tls_connected();
	char buf[16];

	send_text(p.client, "secret");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	EQ(recv(p.server, buf, 3, MSG_PEEK), 3);
	expect_text(p.server, "secret");
	send_text(p.server, "answer");
	expect_text(p.client, "answer");
	EQ(poll_events(p.client, POLLIN | POLLOUT, 0), POLLOUT);
	FAILS(recv(p.client, buf, 1, MSG_DONTWAIT), EAGAIN);
	FAILS(setsockopt(p.client, IPPROTO_TCP, TCP_ULP, "tls", 3), EEXIST);
}

static void ktls__on_the_wire(void)
{
	struct pair p = connected();
	unsigned char buf[64];

	if (setsockopt(p.client, IPPROTO_TCP, TCP_ULP, "tls", 3))
		skip("no CONFIG_TLS");
	set_keys(p.client, TLS_TX);
	send_text(p.client, "secret");
	/* A record: header, text, its type, tag */
	EQ(recv(p.server, buf, sizeof(buf), 0), 5 + 6 + 1 + 16);
	EQ(buf[0], 0x17);
	EQ(buf[4], 6 + 1 + 16);
	CHECK(!memmem(buf, sizeof(buf), "secret", 6));
}

static void ktls__record_type(void)
{
	struct pair p = tls_connected();
	union {
		char buf[CMSG_SPACE(1)];
		struct cmsghdr align;
	} control = { };
	char text[8] = "al";
	struct iovec iov = { text, 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_TLS;
	c->cmsg_type = TLS_SET_RECORD_TYPE;
	c->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(c) = 21;
	EQ(sendmsg(p.client, &msg, 0), 2);
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	/* Without room for its type it can't be read */
	FAILS(recv(p.server, text, 2, 0), EIO);
	memset(&control, 0, sizeof(control));
	EQ(recvmsg(p.server, &msg, 0), 2);
	c = CMSG_FIRSTHDR(&msg);
	CHECK(c && c->cmsg_level == SOL_TLS);
	EQ(c->cmsg_type, TLS_GET_RECORD_TYPE);
	EQ(*CMSG_DATA(c), 21);
}

static void *bulk_send(void *arg)
{
	unsigned char *buf = malloc(BULK);

	pattern_fill(buf, BULK, 0);
	send_all(*(int *)arg, buf, BULK);
	free(buf);
	return NULL;
}

static void ktls__bulk(void)
{
	struct pair p = tls_connected();
	unsigned char *buf = malloc(BULK);
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, bulk_send, &p.client));
	recv_all(p.server, buf, BULK);
	pattern_check(buf, BULK, 0);
	OK(-pthread_join(thread, NULL));
}

static void *send_file(void *arg)
{
	int file = OK(memfd_create("pattern", MFD_CLOEXEC));
	unsigned char *buf = malloc(BULK);
	off_t off = 0;

	pattern_fill(buf, BULK, 0);
	EQ(pwrite(file, buf, BULK, 0), BULK);
	while (off < BULK)
		CHECK(OK(sendfile(*(int *)arg, file, &off, BULK - off)) > 0);
	close(file);
	free(buf);
	return NULL;
}

static void ktls__sendfile_and_splice(void)
{
	struct pair p = tls_connected();
	unsigned char *buf = malloc(BULK);
	size_t done = 0;
	pthread_t thread;
	int pipes[2];
	ssize_t n;

	OK(pipe(pipes));
	OK(-pthread_create(&thread, NULL, send_file, &p.client));
	while (done < BULK) {
		n = OK(splice(p.server, NULL, pipes[1], NULL, 65536, 0));
		CHECK(n > 0);
		while (n > 0) {
			ssize_t got = OK(read(pipes[0], buf + done, n));

			done += got;
			n -= got;
		}
	}
	pattern_check(buf, BULK, 0);
	OK(-pthread_join(thread, NULL));
}

static void ktls__close(void)
{
	struct pair p = tls_connected();

	send_text(p.client, "last");
	close(p.client);
	expect_text(p.server, "last");
	expect_eof(p.server);
	close(p.server);
	/* In the middle of a record, too */
	p = tls_connected();
	EQ(send(p.client, "half", 4, MSG_MORE), 4);
	close(p.client);
	close(p.server);
}

static void ktls__not_before_connect(void)
{
	int fd = sock(SOCK_STREAM);

	if (!setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3))
		FAIL("accepted on a socket that is not connected");
	if (errno == ENOENT)
		skip("no CONFIG_TLS");
	EQ(errno, ENOTCONN);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "none", 4), ENOENT);
}

static void ktls__tampered(void)
{
	struct pair p = connected();
	unsigned char record[64];
	ssize_t n;

	if (setsockopt(p.client, IPPROTO_TCP, TCP_ULP, "tls", 3))
		skip("no CONFIG_TLS");
	set_keys(p.client, TLS_TX);
	send_text(p.client, "secret");
	n = OK(recv(p.server, record, sizeof(record), 0));
	record[n - 1] ^= 1;
	p = connected();
	OK(setsockopt(p.server, IPPROTO_TCP, TCP_ULP, "tls", 3));
	set_keys(p.server, TLS_RX);
	send_all(p.client, record, n);
	FAILS(recv(p.server, record, sizeof(record), 0), EBADMSG);
}

const struct test tests_ktls[] = {
	{ "kTLS: round trip", ktls__round_trip },
	{ "kTLS: what is on the wire", ktls__on_the_wire },
	{ "kTLS: record types", ktls__record_type },
	{ "kTLS: bulk", ktls__bulk },
	{ "kTLS: sendfile and splice", ktls__sendfile_and_splice },
	{ "kTLS: close", ktls__close },
	{ "kTLS: before connect", ktls__not_before_connect },
	{ "kTLS: tampered record", ktls__tampered },
	TESTS_END
};
