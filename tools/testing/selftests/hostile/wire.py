# SPDX-License-Identifier: GPL-2.0
"""The frames of native sessions and the connections that carry them, in Python:
written from the protocol's description, not from the module's code, so that it
proves what is on the wire. What is sent may be as wrong as one likes."""

import socket
import struct
import time
import weakref

PORT = 6780
MAGIC = 0x4e505631

DATA, ACK, FIN, CLOSE = 1, 2, 3, 4
HELLO, WELCOME, REFUSE, JOIN, JOIN_ACK, JOIN_CONFIRM, OFFER, PATH_CHALLENGE, \
    PATH_RESPONSE, SOURCE_PROOF, BEGIN = range(0x10, 0x1b)
STATUS, ADDR_ADD, ADDR_DEL, PING, PONG, SOURCE = range(0x20, 0x26)
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


def offer(port, ident, aux=0, magic=MAGIC, token=bytes(16)):
    """Answer to a HELLO over UDP; without a token, no session begins over that."""
    return frame(OFFER, struct.pack("!IBBHQ", magic, 1, 0, port, ident) + token, aux=aux)


def begin(token, nonce):
    """Behind a HELLO over UDP, to begin a session."""
    return frame(BEGIN, token + nonce)


def path_response(cid, token, mac):
    return frame(PATH_RESPONSE, cid + token + mac)


def numbered(number, frames, cid=b""):
    """A packet of a UDP stack, its number in 4 bytes."""
    return struct.pack("!B", 0x43 | (0x20 if cid else 0)) + cid + \
        struct.pack("!I", number) + frames


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
