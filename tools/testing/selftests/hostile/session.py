# SPDX-License-Identifier: GPL-2.0
"""A session that keeps the protocol, client or server. Cases break it by sending
frames on its stacks themselves."""

import hashlib
import hmac
import os
import select
import struct
import time

import wire as w


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
        self.peer_edge = w.EDGE_FIRST
        self.got = b""              # in order, not yet read
        self.rcv_nxt = 0
        self.later = {}             # out of order: by sequence
        self.peer_fin = self.closed = None
        self.fin_sent = False
        self.addresses = {}
        self.statuses = []
        self.source = None

    # --- how it begins ---

    @classmethod
    def connect(cls, address, port, early=b"", socktype=1, **kwargs):
        self = cls()
        stack = w.Stack.connect(address, **kwargs)
        stack.send(w.greeting(w.HELLO, port, self.id, self.window, self.key,
                              socktype=socktype))
        self.stacks.append(stack)
        if early:
            # not by self.send(), which may find WELCOME
            stack.send(w.data(0, early))
            self.snd_nxt = len(early)
        kind, _flags, aux, body = stack.next() or (None, 0, 0, b"")
        assert kind == w.WELCOME, f"{w.NAMES.get(kind, kind)} {aux}, no WELCOME"
        self.read_greeting(body)
        return self

    @classmethod
    def accept(cls, stack, body, port):
        self = cls()
        self.is_client = False
        self.read_greeting(body)
        stack.send(w.greeting(w.WELCOME, port, self.id, self.window, self.key))
        self.stacks.append(stack)
        return self

    def read_greeting(self, body):
        magic, version, _least, _kind, _, _port, _, self.peer_id, edge, \
            self.peer_key = struct.unpack("!IBBBBHHQQ16s", body[:44])
        assert magic == w.MAGIC and version == 1, (magic, version)
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
        stack = w.Stack.connect(address, **kwargs)
        number, nonce = self.next_stack, os.urandom(16)
        self.next_stack += 1
        stack.send(w.join(self.peer_id, number, nonce, flags))
        kind, _flags, aux, body = stack.next() or (None, 0, 0, b"")
        assert kind == w.JOIN_ACK, f"{w.NAMES.get(kind, kind)} {aux}, no JOIN_ACK"
        theirs, mac = body[:16], body[16:48]
        assert mac == self.mac(b"NPV1 JOIN_ACK", nonce, theirs, number, flags), \
            "the MAC of JOIN_ACK is wrong"
        mine = self.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, number, flags)
        stack.send(w.join_confirm(spoil(mine) if spoil else mine))
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
            self.send_frame(w.data(self.snd_nxt, part, self.rcv_nxt), turn)
            self.snd_nxt += len(part)
            payload = payload[len(part):]
            turn += 1
            self.pump(0)

    def handle(self, stack, kind, aux, body):
        if kind == w.DATA:
            seq, upto = struct.unpack("!QQ", body[:16])
            self.acked(upto)
            self.arrived(seq, body[16:])
        elif kind == w.ACK:
            upto, edge = struct.unpack("!QQ", body[:16])
            assert len(body) % 16 == 0
            self.acked(upto)
            self.peer_edge = max(self.peer_edge, edge)
        elif kind == w.FIN:
            self.peer_fin, upto = struct.unpack("!QQ", body)
            self.acked(upto)
            self.arrived(self.rcv_nxt, b"")
        elif kind == w.CLOSE:
            self.closed = aux
        elif kind == w.PING:
            stack.send(w.ping(*struct.unpack("!Q", body), w.PONG))
        elif kind == w.STATUS:
            self.statuses.append((aux, *struct.unpack("!II", body)))
        elif kind == w.ADDR_ADD:
            for i in range(aux):
                ident, _, port, address = struct.unpack(
                    "!BBH16s", body[20 * i:20 * i + 20])
                self.addresses[ident] = (port, address)
        elif kind == w.SOURCE:
            self.source = body
        elif kind == w.ADDR_DEL:
            for ident in body[:4 * aux:4]:
                self.addresses.pop(ident, None)
        elif kind not in (w.PONG, w.OFFER) and not kind & w.SKIP:
            raise AssertionError(f"{w.NAMES.get(kind, kind)} out of place")

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
                stack.send(w.ack(self.rcv_nxt, self.rcv_nxt + self.window))
                return
            except w.Ended:
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
            except w.Ended:
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
        self.send_frame(w.fin(self.snd_nxt, self.rcv_nxt))

    def finish(self):
        """FIN, and that of the peer, who has all; then CLOSE."""
        self.send_fin()
        self.until(self.at_end, "FIN of the peer")
        self.until(lambda: self.snd_una > self.snd_nxt or
                   self.closed is not None, "FIN acknowledged")
        for stack in self.stacks:
            try:
                stack.send(w.close(w.CLOSE_DONE))
            except w.Ended:
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
