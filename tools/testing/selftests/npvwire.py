# SPDX-License-Identifier: GPL-2.0
"""The frames of native sessions and a peer that speaks them, in Python: written
from the protocol's description, not from the module's code, so that it proves
what is on the wire. hostile.py uses it to do right, and to do wrong."""

import hashlib
import hmac
import os
import select
import socket
import struct
import time
import weakref

PORT = 6780
MAGIC = 0x4e505631

DATA, ACK, FIN, CLOSE = 1, 2, 3, 4
HELLO, WELCOME, REFUSE, JOIN, JOIN_ACK, JOIN_CONFIRM, OFFER = range(0x10, 0x17)
STATUS, ADDR_ADD, ADDR_DEL, PING, PONG = range(0x20, 0x25)
SKIP = 0x80
NAMES = {value: name for name, value in globals().copy().items()
         if name.isupper() and isinstance(value, int) and value < 0x80 and
         name not in ("PORT", "MAGIC")}

ACK_REQ = 1
BACKUP = 1
CLOSE_DONE, CLOSE_RESET, CLOSE_PROTOCOL, CLOSE_TIMEOUT, CLOSE_ADMIN, \
    CLOSE_STACK = range(6)
REFUSE_VERSION, REFUSE_SERVICE, REFUSE_BACKLOG, REFUSE_BUSY, REFUSE_SESSION, \
    REFUSE_MAC, REFUSE_STACKS, REFUSE_MALFORMED, REFUSE_OPTION = range(1, 10)

DATA_MAX = 256 * 1024
CTRL_MAX = 512
# what may be sent before the peer has said how much
EDGE_FIRST = 65536


def frame(kind, body=b"", flags=0, aux=0, length=None):
    """One frame; LENGTH as it should be unless said otherwise."""
    return struct.pack("!BBHI", kind, flags, aux,
                       len(body) if length is None else length) + body


def data(seq, payload, ack=0, flags=0):
    return frame(DATA, struct.pack("!QQ", seq, ack) + payload, flags)


def ack(upto, edge, *ranges):
    return frame(ACK, struct.pack("!QQ", upto, edge) +
                 b"".join(struct.pack("!QQ", *r) for r in ranges))


def fin(seq, upto=0):
    return frame(FIN, struct.pack("!QQ", seq, upto))


def close(reason=CLOSE_DONE):
    return frame(CLOSE, aux=reason)


def greeting(kind, port, ident, edge, key, **change):
    """HELLO or WELCOME; CHANGE: magic, version, version_min, socktype, options."""
    body = struct.pack("!IBBBBHHQQ16s", change.get("magic", MAGIC),
                       change.get("version", 1),
                       change.get("version_min", 1 if kind == HELLO else 0),
                       change.get("socktype", 1), 0, port, 0, ident, edge, key)
    return frame(kind, body + change.get("options", b""),
                 flags=change.get("flags", 0))


def join(ident, stack, nonce, flags=0, magic=MAGIC, version=1):
    return frame(JOIN, struct.pack("!IBBHQI16s", magic, version, 0, 0, ident,
                                   stack, nonce), flags)


def join_ack(nonce, mac):
    return frame(JOIN_ACK, nonce + mac)


def join_confirm(mac):
    return frame(JOIN_CONFIRM, mac)


def offer(port, ident, aux=0, magic=MAGIC):
    """Answer to a HELLO over UDP."""
    return frame(OFFER, struct.pack("!IBBHQ", magic, 1, 0, port, ident), aux=aux)


def status(what, stack, number):
    return frame(STATUS, struct.pack("!II", stack, number), aux=what)


def addr_add(*addresses):
    """Each (id, port, packed IPv6 address)."""
    return frame(ADDR_ADD, b"".join(struct.pack("!BBH16s", i, 0, port, a)
                                    for i, port, a in addresses),
                 aux=len(addresses))


def addr_del(*ids):
    return frame(ADDR_DEL, b"".join(struct.pack("!BBH", i, 0, 0) for i in ids),
                 aux=len(ids))


def ping(number, kind=PING):
    return frame(kind, struct.pack("!Q", number))


class Ended(Exception):
    """The other end closed a stack, or reset it."""


class Stack:
    """A TCP connection that carries frames."""

    # all that there are, for who has to clean up
    every = weakref.WeakSet()

    def __init__(self, sock):
        self.every.add(self)
        self.sock = sock
        self.got = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def connect(cls, address, port=PORT, source=None, timeout=10):
        return cls(socket.create_connection(
            (address, port), timeout, (source, 0) if source else None))

    def send(self, buf):
        self.sock.settimeout(10)
        try:
            self.sock.sendall(buf)
        except (ConnectionError, TimeoutError) as err:
            raise Ended(str(err)) from err

    def fill(self, timeout):
        """Reads what is there; False if nothing came in time."""
        self.sock.settimeout(max(timeout, 0.0001))
        try:
            more = self.sock.recv(1 << 18)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionError as err:
            raise Ended(str(err)) from err
        if not more:
            raise Ended("the end")
        self.got += more
        return True

    def take(self):
        """The next frame (kind, flags, aux, body) that is all there, or None."""
        if len(self.got) < 8:
            return None
        kind, flags, aux, length = struct.unpack("!BBHI", self.got[:8])
        if length > DATA_MAX + 16:
            raise AssertionError(f"a frame of type {kind} says {length} bytes")
        if len(self.got) < 8 + length:
            return None
        body = self.got[8:8 + length]
        self.got = self.got[8 + length:]
        return kind, flags, aux, body

    def next(self, timeout=10):
        """The next frame; None when none came in time."""
        end = time.monotonic() + timeout
        while True:
            found = self.take()
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or not self.fill(left):
                return None

    def expect(self, kind, timeout=10):
        """The next frame of that kind, others before it dropped."""
        end = time.monotonic() + timeout
        while True:
            found = self.next(end - time.monotonic())
            if found is None:
                raise AssertionError(f"no {NAMES[kind]} in {timeout} s")
            if found[0] == kind:
                return found

    def is_ended(self, timeout=10):
        """Whether the other end closes it in time."""
        end = time.monotonic() + timeout
        try:
            while time.monotonic() < end:
                self.got = b""
                self.fill(end - time.monotonic())
        except Ended:
            return True
        return False

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class Session:
    """A well-behaved peer: the client, or with ACCEPT a server's session."""

    def __init__(self, window=1 << 20):
        self.id = int.from_bytes(os.urandom(8), "big")
        self.key = os.urandom(16)
        self.peer_id = self.peer_key = None
        self.is_client = True
        self.window = window
        self.stacks = []
        self.next_stack = 1
        self.sent = b""             # what was sent and not yet acknowledged
        self.snd_una = self.snd_nxt = 0
        self.peer_edge = EDGE_FIRST
        self.got = b""              # in order, not yet read
        self.rcv_nxt = 0
        self.later = {}             # out of order: by sequence
        self.peer_fin = self.closed = None
        self.fin_sent = False
        self.addresses = {}
        self.statuses = []

    # --- how it begins ---

    @classmethod
    def connect(cls, address, port, early=b"", **kwargs):
        self = cls()
        stack = Stack.connect(address, **kwargs)
        stack.send(greeting(HELLO, port, self.id, self.window, self.key))
        self.stacks.append(stack)
        if early:
            # not by self.send(), which may find WELCOME
            stack.send(data(0, early))
            self.snd_nxt = len(early)
        kind, _flags, aux, body = stack.next() or (None, 0, 0, b"")
        assert kind == WELCOME, f"{NAMES.get(kind, kind)} {aux}, no WELCOME"
        self.read_greeting(body)
        return self

    @classmethod
    def accept(cls, stack, body, port):
        self = cls()
        self.is_client = False
        self.read_greeting(body)
        stack.send(greeting(WELCOME, port, self.id, self.window, self.key))
        self.stacks.append(stack)
        return self

    def read_greeting(self, body):
        magic, version, _least, _kind, _, _port, _, self.peer_id, edge, \
            self.peer_key = struct.unpack("!IBBBBHHQQ16s", body[:44])
        assert magic == MAGIC and version == 1, (magic, version)
        self.peer_edge = max(edge, self.peer_edge) if self.is_client else edge

    def mac(self, label, nonce_a, nonce_b, stack, flags=0):
        keys, ids = [self.key, self.peer_key], [self.id, self.peer_id]
        if not self.is_client:
            keys.reverse()
            ids.reverse()
        return hmac.digest(b"".join(keys), label + struct.pack("!QQ", *ids) +
                           nonce_a + nonce_b + struct.pack("!IB", stack, flags),
                           hashlib.sha256)

    def join(self, address, flags=0, spoil=None, **kwargs):
        """One more stack; SPOIL changes the MAC that it proves itself with."""
        stack = Stack.connect(address, **kwargs)
        number, nonce = self.next_stack, os.urandom(16)
        self.next_stack += 1
        stack.send(join(self.peer_id, number, nonce, flags))
        kind, _flags, aux, body = stack.next() or (None, 0, 0, b"")
        assert kind == JOIN_ACK, f"{NAMES.get(kind, kind)} {aux}, no JOIN_ACK"
        theirs, mac = body[:16], body[16:48]
        assert mac == self.mac(b"NPV1 JOIN_ACK", nonce, theirs, number, flags), \
            "the MAC of JOIN_ACK is wrong"
        mine = self.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, number, flags)
        stack.send(join_confirm(spoil(mine) if spoil else mine))
        if not spoil:
            self.stacks.append(stack)
        return stack

    # --- what goes on ---

    def send_frame(self, buf, which=0):
        self.stacks[which % len(self.stacks)].send(buf)

    def send(self, payload, piece=16384):
        """All of it, round the stacks; waits where there is no window."""
        turn = 0
        while payload:
            room = self.peer_edge - self.snd_nxt
            if room <= 0:
                assert self.pump(10), "the window stays shut"
                continue
            part = payload[:min(piece, room)]
            self.send_frame(data(self.snd_nxt, part, self.rcv_nxt), turn)
            self.snd_nxt += len(part)
            payload = payload[len(part):]
            turn += 1
            self.pump(0)

    def handle(self, stack, kind, aux, body):
        if kind == DATA:
            seq, upto = struct.unpack("!QQ", body[:16])
            self.acked(upto)
            self.arrived(seq, body[16:])
        elif kind == ACK:
            upto, edge = struct.unpack("!QQ", body[:16])
            assert len(body) % 16 == 0
            self.acked(upto)
            self.peer_edge = max(self.peer_edge, edge)
        elif kind == FIN:
            self.peer_fin, upto = struct.unpack("!QQ", body)
            self.acked(upto)
            self.arrived(self.rcv_nxt, b"")
        elif kind == CLOSE:
            self.closed = aux
        elif kind == PING:
            stack.send(ping(*struct.unpack("!Q", body), PONG))
        elif kind == STATUS:
            self.statuses.append((aux, *struct.unpack("!II", body)))
        elif kind == ADDR_ADD:
            for i in range(aux):
                ident, _, port, address = struct.unpack(
                    "!BBH16s", body[20 * i:20 * i + 20])
                self.addresses[ident] = (port, address)
        elif kind == ADDR_DEL:
            for ident in body[:4 * aux:4]:
                self.addresses.pop(ident, None)
        elif kind not in (PONG, OFFER) and not kind & SKIP:
            raise AssertionError(f"{NAMES.get(kind, kind)} out of place")

    def acked(self, upto):
        # FIN takes a number, too
        assert upto <= self.snd_nxt + self.fin_sent, \
            f"{upto} is acknowledged, {self.snd_nxt} were sent"
        self.snd_una = max(self.snd_una, upto)

    def arrived(self, seq, payload):
        assert seq + len(payload) <= self.rcv_nxt + len(self.got) + 2 * \
            self.window, "data beyond the window"
        self.later[seq] = max(payload, self.later.get(seq, b""), key=len)
        progress = True
        while progress:
            progress = False
            for at in sorted(self.later):
                part = self.later[at]
                if at > self.rcv_nxt:
                    break
                del self.later[at]
                if at + len(part) > self.rcv_nxt:
                    part = part[self.rcv_nxt - at:]
                    self.got += part
                    self.rcv_nxt += len(part)
                    progress = True
        if self.rcv_nxt == self.peer_fin:
            self.rcv_nxt += 1
        self.acknowledge()

    def at_end(self):
        """Whether the peer's stream is all there."""
        return self.peer_fin is not None and self.rcv_nxt > self.peer_fin

    def acknowledge(self):
        for stack in self.stacks:
            try:
                stack.send(ack(self.rcv_nxt, self.rcv_nxt + self.window))
                return
            except Ended:
                continue

    def handle_all(self):
        """Handles the frames that have been read; whether there was one."""
        something = False
        for stack in list(self.stacks):
            while found := stack.take():
                kind, _flags, aux, body = found
                self.handle(stack, kind, aux, body)
                something = True
        return something

    def pump(self, timeout):
        """Handles what has come on any stack; whether that was anything."""
        something = self.handle_all()
        by_fd = {s.sock.fileno(): s for s in self.stacks}
        if something or not by_fd:
            timeout = 0
        # select() can't have more than 1024 descriptors
        waiting = select.poll()
        for number in by_fd:
            waiting.register(number, select.POLLIN)
        for number, _events in waiting.poll(timeout * 1000):
            try:
                by_fd[number].fill(0)
            except Ended:
                self.handle_all()
                self.stacks.remove(by_fd[number])
            something = True
        self.handle_all()
        return something

    def until(self, condition, what, timeout=15):
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not in {timeout} s: {what}")
            if not self.pump(0.2) and not self.stacks:
                raise AssertionError(f"all stacks have ended, without: {what}")

    def receive(self, count, timeout=15):
        self.until(lambda: len(self.got) >= count, f"{count} bytes", timeout)
        found, self.got = self.got[:count], self.got[count:]
        return found

    def echo(self, count=1000):
        """Sends bytes to a server that returns them."""
        payload = os.urandom(count)
        back = b""
        while payload:
            part, payload = payload[:30000], payload[30000:]
            self.send(part)
            back = self.receive(len(part))
            assert back == part, "the echo differs"

    # --- how it ends ---

    def send_fin(self):
        self.fin_sent = True
        self.send_frame(fin(self.snd_nxt, self.rcv_nxt))

    def finish(self):
        """FIN, and that of the peer, who has all; then CLOSE."""
        self.send_fin()
        self.until(self.at_end, "FIN of the peer")
        self.until(lambda: self.snd_una > self.snd_nxt or
                   self.closed is not None, "FIN acknowledged")
        for stack in self.stacks:
            try:
                stack.send(close(CLOSE_DONE))
            except Ended:
                pass
        self.drop()

    def drop(self):
        for stack in self.stacks:
            stack.close()
        self.stacks = []

    def reset(self):
        for stack in self.stacks:
            stack.reset()
        self.stacks = []
