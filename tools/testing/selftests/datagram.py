# SPDX-License-Identifier: GPL-2.0
"""Datagrams between two programs that know nothing of sessions, each with its
number and what its bytes have to be. The last line of output is JSON.

  datagram.py server ADDRESS PORT
      sends back what comes, to whom it comes from; with --connect it connects to the
      first
  datagram.py sink ADDRESS PORT [OPTION...]
      waits until there is a file GO, then takes what has come, and tells
  datagram.py closer ADDRESS PORT [OPTION...]
      binds to what the server, with --reuse, has already, to an address that is closer,
      or with --from PEER PORT connects to a client of it; takes --count datagrams, or
      what comes in --seconds, and tells
  datagram.py controls ADDRESS PORT [--connect]
      sends each with a control message that is wrong, then one with those that are
      right, all from a socket of its own; tells what becomes of them
  datagram.py recverr ADDRESS PORT --seconds SECONDS --gap GAP
      sends, tells how many errors a socket that asks for them was told of, and then of
      a datagram to a port before that one, which is to be closed
  datagram.py client ADDRESS PORT [OPTION...]
      sends, compares what comes back, and tells
  datagram.py mirror ADDRESS PORT
      a server that tells all the time what it has got
  datagram.py source ADDRESS PORT [OPTION...]
      sends to a mirror, every other datagram as a reliable one, and tells all the time
      what came back. Both end with SIGUSR1. What a mirror tells then is which of the
      reliable ones it has missed, and a source of which none can be missed: those
      that a session took that was not ended since.
"""

import argparse
import errno
import hashlib
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import time

SOL_NPV = 0x4E50
NPV_INFO = 1
SO_RCVBUFFORCE = 33
NPV_MSG_LIFETIME, NPV_MSG_PRIORITY, NPV_MSG_RELIABLE = 5, 6, 7
KIND_NATIVE = 2
IP_RECVERR, IPV6_RECVERR = 11, 25
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
    if args.reuse:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


def closer(args):
    sock = opened(args.address)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((args.address, args.port))
    if args.peer:
        sock.connect((args.peer[0], int(args.peer[1])))
    sock.settimeout(args.seconds)
    count = 0
    try:
        while count < args.count:
            sock.recv(65536)
            count += 1
    except TimeoutError:
        pass
    print(json.dumps({"received": count}), flush=True)


# What a program may get wrong: of no size, a number that is none, nothing known
WRONG = ((NPV_MSG_LIFETIME, b"\1\0"), (NPV_MSG_PRIORITY, bytes(8)),
         (NPV_MSG_RELIABLE, struct.pack("=I", 2)), (99, bytes(4)))


def controls(args):
    peer = (args.address, args.port)
    found = []
    for wrong in (*WRONG, None):
        with opened(args.address) as sock:
            if args.connect:
                sock.connect(peer)
            anc = [(SOL_NPV, *wrong)] if wrong else [
                (SOL_NPV, NPV_MSG_LIFETIME, struct.pack("=I", 1000)),
                (SOL_NPV, NPV_MSG_PRIORITY, struct.pack("=I", 1))]
            try:
                sock.sendmsg([b"x"], anc, 0, *(() if args.connect else (peer,)))
                found.append("sent")
            except OSError as error:
                found.append(errno.errorcode[error.errno])
    print(json.dumps(found))


def errors_of(sock):
    """Errors that UDP tells of: those queued, and that of a call."""
    count = 0
    while True:
        try:
            sock.recvmsg(1, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
            count += 1
        except BlockingIOError:
            break
    return count + (sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0)


def recverr(args):
    sock = opened(args.address)
    sock.setblocking(False)
    sock.setsockopt(*((socket.IPPROTO_IPV6, IPV6_RECVERR) if ":" in args.address else
                      (socket.IPPROTO_IP, IP_RECVERR)), 1)
    peer = (args.address, args.port)
    errors = polled = 0
    poll = select.poll()
    poll.register(sock, 0)
    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        polled += bool(poll.poll(args.gap * 1e3))
        errors += errors_of(sock)
        try:
            sock.sendto(b"x", peer)
        except OSError:
            errors += 1
    # what is its own it is told, as ever
    sock.sendto(b"x", (args.address, args.port - 1))
    poll.poll(10000)
    print(json.dumps({"errors": errors, "polled": polled, "kind": kind(sock),
                      "own": errors_of(sock)}))


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
        self.ended = False
        signal.signal(signal.SIGUSR1, self.end)

    def end(self, *_):
        self.ended = True

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
                time.monotonic() - begin < args.seconds and not self.ended:
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


class Ticker:
    """A line of JSON every so often, and one at the end, which SIGUSR1 asks for."""

    def __init__(self):
        self.ended = False
        self.at = 0
        signal.signal(signal.SIGUSR1, self.end)

    def end(self, *_):
        self.ended = True

    def tell(self, **what):
        if time.monotonic() >= self.at:
            print(json.dumps({"event": "progress", **what}), flush=True)
            self.at = time.monotonic() + 0.1


def right(data):
    """The number of a datagram whose bytes are what they have to be, else None."""
    if len(data) < HEAD.size:
        return None
    number, size = HEAD.unpack_from(data)
    return number if size == len(data) and data == body(number, size) else None


def mirror(args):
    ticker = Ticker()
    sock = opened(args.address)
    sock.bind((args.address, args.port))
    times, received, wrong = {}, 0, 0
    while not ticker.ended:
        if select.select([sock], [], [], 0.05)[0]:
            data, peer = sock.recvfrom(65536)
            number = right(data)
            wrong += number is None
            received += len(data)
            times[number] = times.get(number, 0) + 1
            try:
                sock.sendto(data, socket.MSG_DONTWAIT, peer)
            except OSError:
                pass
        ticker.tell(received=received)
    print(json.dumps({
        "event": "end", "received": received, "count": len(times), "wrong": wrong,
        "twice": [n for n, k in times.items() if k > 1],
        "missing": [n for n in range(0, max(times, default=0) + 1, 2)
                    if n not in times]}), flush=True)


def sessions_up():
    """How many sessions have carried datagrams in this namespace."""
    with open("/proc/net/npv_stat", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith("AssocUp"))


class Source:
    """What it has sent as reliable, by the session that took it."""

    # What a session has not delivered by then may be lost with it
    DELAY_S = 15

    def __init__(self, args):
        self.sock = opened(args.address)
        self.sock.connect((args.address, args.port))
        self.sock.setblocking(False)
        self.random = random.Random(args.seed)
        self.times = {}
        self.received = self.wrong = self.sessions = 0
        self.due = set()            # those that can't be missed
        self.young = []             # (when, number) of the session that there is
        self.up = sessions_up()

    def session(self):
        """Its number; None if there is none. What one took that has ended may be lost."""
        up = sessions_up() if kind(self.sock) == KIND_NATIVE else None
        if up != self.up:
            old = time.monotonic() - self.DELAY_S
            self.due.difference_update(n for at, n in self.young if at > old)
            self.young = []
            self.up = up
            self.sessions += up is not None
        return up

    def send(self, number):
        data = body(number, self.random.randint(HEAD.size, 1500))
        before = self.session()
        anc = [] if number % 2 else [(SOL_NPV, NPV_MSG_RELIABLE, struct.pack("=I", 1))]
        try:
            self.sock.sendmsg([data], anc)
        except OSError:
            return
        if number % 2 == 0 and before is not None and self.session() == before:
            self.due.add(number)
            self.young.append((time.monotonic(), number))

    def receive(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return
            number = right(data)
            self.wrong += number is None
            self.received += len(data)
            self.times[number] = self.times.get(number, 0) + 1

    def run(self, args):
        ticker = Ticker()
        number = 0
        while not ticker.ended:
            self.send(number)
            number += 1
            select.select([self.sock], [], [], args.gap)
            self.receive()
            ticker.tell(received=self.received)
        end = time.monotonic() + args.wait
        while time.monotonic() < end:
            select.select([self.sock], [], [], 0.1)
            self.receive()
            self.session()
        print(json.dumps({
            "event": "end", "received": self.received, "sent": number,
            "came": len(self.times), "wrong": self.wrong, "sessions": self.sessions,
            "twice": [n for n, k in self.times.items() if k > 1],
            "due": sorted(self.due)}), flush=True)


def args_min(args):
    return args.size if args.fixed else HEAD.size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("server", "sink", "closer", "controls",
                                         "recverr", "client", "mirror", "source"))
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
    parser.add_argument("--reuse", action="store_true")
    parser.add_argument("--from", nargs=2, dest="peer")
    parser.add_argument("--lifetime", type=int)
    parser.add_argument("--priority", type=int)
    parser.add_argument("--reliable", type=int)
    args = parser.parse_args()
    if args.role == "server":
        server(args)
    elif args.role == "sink":
        sink(args)
    elif args.role == "mirror":
        mirror(args)
    elif args.role == "source":
        Source(args).run(args)
    elif args.role == "closer":
        closer(args)
    elif args.role == "controls":
        controls(args)
    elif args.role == "recverr":
        recverr(args)
    else:
        Client(args).run()


if __name__ == "__main__":
    sys.exit(main())
