/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* /dev/npv_bench: what npv-bench tells the module, which it comes with. */
#ifndef _NPV_BENCH_H
#define _NPV_BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * enum npv_bench_test - what the two threads do
 * @NPV_BENCH_BULK: the client sends, the server receives
 * @NPV_BENCH_RR: requests of the client are answered by as many bytes
 * @NPV_BENCH_DGRAM_FLOOD: the client sends datagrams as fast as it can
 * @NPV_BENCH_DGRAM_RR: datagrams of the client are answered, to whom they are from
 * @NPV_BENCH_TESTS: how many there are
 */
enum npv_bench_test {
	NPV_BENCH_BULK,
	NPV_BENCH_RR,
	NPV_BENCH_DGRAM_FLOOD,
	NPV_BENCH_DGRAM_RR,
	NPV_BENCH_TESTS,
};

/**
 * struct npv_bench_args - one sample
 * @server_ns: descriptor of the namespace the server is to be in
 * @client_ns: descriptor of that of the client
 * @server_sock: of datagrams: descriptor of the server's socket, which is bound. A
 *	receive call of it has a timeout: then the client is looked after
 * @client_sock: of datagrams: descriptor of the client's, connected to it; likewise
 * @domain: first argument of socket(); addresses are IPv4 ones all the same
 * @protocol: third argument of socket()
 * @address: of the server, network byte order
 * @port: of the server, host byte order
 * @test: enum npv_bench_test
 * @size: bytes of a write, of a request and of a response, of a datagram, 1 to 1 MiB
 * @timeout_ms: when to give up
 * @count: bytes to send, or round trips, or datagrams
 * @ns: out: nanoseconds that all of it took; flood: that @counted took
 * @received: flood: out: datagrams that have come
 * @counted: flood: out: those of them between the first and the last look at the clock
 */
struct npv_bench_args {
	__s32	server_ns;
	__s32	client_ns;
	__s32	server_sock;
	__s32	client_sock;
	__s32	domain;
	__s32	protocol;
	__be32	address;
	__u16	port;
	__u16	test;
	__u32	size;
	__u32	timeout_ms;
	__u64	count;
	__u64	ns;
	__u64	received;
	__u64	counted;
};

/* Runs it; fails with what a socket call failed with, or ETIMEDOUT */
#define NPV_BENCH_RUN	_IOWR('N', 0x50, struct npv_bench_args)

#endif /* _NPV_BENCH_H */
