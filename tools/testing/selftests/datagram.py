# SPDX-License-Identifier: GPL-2.0
"""Datagrams between two programs that know nothing of sessions, each with its
number and what its bytes have to be. The last line of output is JSON.

  datagram.py server ADDRESS PORT
      sends back what comes, to whom it comes from; with --connect it connects to the
      first
  datagram.py sink ADDRESS PORT [OPTION...]
      waits until there is a file GO, then takes what has come, and tells
  datagram.py client ADDRESS PORT [OPTION...]
      sends, compares what comes back, and tells
"""

import argparse
import hashlib
import json
import os
import random
import select
import socket
import struct
import sys
import time

SOL_NPV = 0x4E50
NPV_INFO = 1
SO_RCVBUFFORCE = 33
NPV_MSG_LIFETIME, NPV_MSG_PRIORITY, NPV_MSG_RELIABLE = 5, 6, 7
KIND_NATIVE = 2
HEAD = struct.Struct("!QI")


def body(number, size):
    """What datagram NUMBER has, SIZE bytes in all."""
    seed = hashlib.sha256(number.to_bytes(8, "big")).digest()
    want = max(size - HEAD.size, 0)
    return (HEAD.pack(number, size) + seed * (want // len(seed) + 1))[:size]


def kind(sock):
    """enum npv_kind of a socket."""
    try:
        return sock.getsockopt(SOL_NPV, NPV_INFO, 256)[8]
    except OSError:
        return None


def opened(address):
    """A socket with room for all that comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    # who is kept from the processor for a while loses nothing
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    return sock


def server(args):
    sock = opened(args.address)
    sock.bind((args.address, args.port))
    print("listening", flush=True)
    peers = set()
    while True:
        data, peer = sock.recvfrom(65536)
        if peer[:2] not in peers:
            peers.add(peer[:2])
            print("peer", *peer[:2], flush=True)
            if args.connect:
                sock.connect(peer)
        if args.reliable is None:
            sock.sendto(data, peer)
        else:
            sock.sendmsg([data], [(SOL_NPV, NPV_MSG_RELIABLE,
                                   struct.pack("=I", args.reliable))], 0, peer)


def sink(args):
    sock = opened(args.address)
    if args.rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, args.rcvbuf)
    sock.bind((args.address, args.port))
    sock.setblocking(False)
    try:
        # who waits is a server
        sock.recv(1)
    except BlockingIOError:
        pass
    print("listening", flush=True)
    while not os.path.exists(args.go):
        time.sleep(0.05)
    numbers = []
    while True:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            break
        numbers.append(HEAD.unpack_from(data)[0])
    print(json.dumps({"received": len(numbers), "first": numbers[:1],
                      "ascending": numbers == sorted(numbers),
                      "last": numbers[-1:]}), flush=True)


class Client:
    """One socket, what it has sent, and what came back."""

    def __init__(self, args):
        self.args = args
        self.sock = opened(args.address)
        self.peer = (args.address, args.port)
        if args.bind:
            self.sock.bind(("", args.bind))
        if args.connect:
            self.sock.connect(self.peer)
        self.sock.setblocking(args.blocking)
        self.anc = []
        for level, value in ((NPV_MSG_LIFETIME, args.lifetime),
                             (NPV_MSG_PRIORITY, args.priority),
                             (NPV_MSG_RELIABLE, args.reliable)):
            if value is not None:
                self.anc.append((SOL_NPV, level, struct.pack("=I", value)))
        self.sizes = {}
        self.got = {}
        self.wrong = self.foreign = self.late = 0
        self.rtt = []
        self.when = {}
        self.random = random.Random(args.seed)

    def send(self, number):
        size = self.random.randint(args_min(self.args), self.args.size)
        self.sizes[number] = size
        self.when[number] = time.monotonic()
        data = body(number, size)
        while True:
            try:
                if self.anc:
                    self.sock.sendmsg([data], self.anc, 0,
                                      *(() if self.args.connect else (self.peer,)))
                elif self.args.connect:
                    self.sock.send(data)
                else:
                    self.sock.sendto(data, self.peer)
                return
            except BlockingIOError:
                select.select([], [self.sock], [], 1)
            except ConnectionRefusedError:
                pass

    def receive(self, timeout):
        """Take what has come, for TIMEOUT seconds or until all has."""
        end = time.monotonic() + timeout
        while len(self.got) < len(self.sizes):
            left = end - time.monotonic()
            if not select.select([self.sock], [], [], max(left, 0))[0]:
                return
            try:
                data, peer = self.sock.recvfrom(65536, socket.MSG_DONTWAIT)
            except (BlockingIOError, ConnectionRefusedError):
                continue
            if peer[:2] != self.peer:
                self.foreign += 1
            if len(data) < HEAD.size:
                self.wrong += 1
                continue
            number, size = HEAD.unpack_from(data)
            if size != self.sizes.get(number) or data != body(number, size):
                self.wrong += 1
                continue
            if number not in self.got:
                self.rtt.append(time.monotonic() - self.when[number])
            self.got[number] = self.got.get(number, 0) + 1

    def run(self):
        args = self.args
        begin = time.monotonic()
        native_at = None
        number = 0
        while number < args.count if args.count else \
                time.monotonic() - begin < args.seconds:
            self.send(args.first + number)
            number += 1
            if native_at is None and kind(self.sock) == KIND_NATIVE:
                native_at = number
            self.receive(args.gap)
        self.receive(args.wait)
        self.rtt.sort()
        print(json.dumps({
            "sent": number,
            "received": len(self.got),
            "twice": sum(n > 1 for n in self.got.values()),
            "wrong": self.wrong,
            "foreign": self.foreign,
            "native_at": native_at,
            "kind": kind(self.sock),
            "lost": [n for n in range(number)
                     if args.first + n not in self.got][:20],
            "port": self.sock.getsockname()[1],
            "rtt_ms": self.rtt[len(self.rtt) // 2] * 1e3 if self.rtt else None,
        }))


def args_min(args):
    return args.size if args.fixed else HEAD.size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("server", "sink", "client"))
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--bind", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--connect", action="store_true")
    parser.add_argument("--blocking", action="store_true")
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--wait", type=float, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rcvbuf", type=int, default=0)
    parser.add_argument("--go")
    parser.add_argument("--lifetime", type=int)
    parser.add_argument("--priority", type=int)
    parser.add_argument("--reliable", type=int)
    args = parser.parse_args()
    if args.role == "server":
        server(args)
    elif args.role == "sink":
        sink(args)
    else:
        Client(args).run()


if __name__ == "__main__":
    sys.exit(main())
