# SPDX-License-Identifier: GPL-2.0
"""UDP stacks whose address changes, and those who would like others to believe so."""

import os
import socket
import time

import wire as w
from cases import test
from target import V4, V6, counters, new, poll
from udp import join_answer, joining, question

PING = b"\x01"
CID_MIN = 32


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Stack:
    """A UDP stack of a session that says no more than it has to."""

    def __init__(self, session, address, number):
        self.session, self.address, self.number = session, address, number
        self.next = 0
        self.sock = self.place()
        nonce = os.urandom(16)
        # for what is acknowledged here and not read there are other stacks
        join = w.join(session.peer_id, number, nonce, w.BACKUP)
        theirs = join_answer(joining(join), w.JOIN_ACK, sock=self.sock)[8:24]
        self.cid, self.peer_cid = nonce[:8], theirs[:8]
        mac = session.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, number, w.BACKUP)
        proof = joining(join, w.join_confirm(mac))
        assert poll(lambda: self.sock.send(proof) and self.heard()), "it doesn't join"

    def place(self):
        """One more address of this side's."""
        sock = socket.socket(family(self.address), socket.SOCK_DGRAM)
        sock.settimeout(0.3)
        sock.connect((self.address, w.PORT))
        return sock

    def packet(self, frames=PING, size=CID_MIN, cid=None):
        """The next packet, with connection id."""
        buf = w.numbered(self.next, frames, self.peer_cid if cid is None else cid)
        self.next += 1
        return buf + bytes(max(0, size - len(buf)))

    def heard(self, sock=None):
        """Acknowledges what has come; the last packet, or b"" if there was none."""
        sock = sock or self.sock
        last = b""
        while True:
            try:
                buf = sock.recv(65536)
            except (TimeoutError, BlockingIOError):
                return last
            if buf[0] & 0xc0 != 0x40:
                continue
            last = buf
            at = 9 if buf[0] & 0x20 else 1
            number = int.from_bytes(buf[at:at + (buf[0] & 3) + 1], "big")
            # that one: ACK of one range, of one
            ack = b"\2" + (0x4000 | number).to_bytes(2, "big") + bytes(3)
            sock.send(w.numbered(self.next, ack))
            self.next += 1
            sock.settimeout(0.1)

    def lives(self, sock=None):
        """Whether what is sent from there is answered."""
        sock = sock or self.sock

        def ask():
            sock.send(w.numbered(self.next, PING))
            self.next += 1
            return self.heard(sock)
        return poll(ask, 5)

    def challenge(self, sock):
        """That which a packet from there is answered by."""
        def ask():
            sock.settimeout(0.3)
            sock.send(self.packet())
            try:
                # others may have come before
                while True:
                    buf = sock.recv(65536)
                    if buf[0] == w.PATH_CHALLENGE and buf[8:16] == self.cid:
                        return buf
            except TimeoutError:
                return b""
        answer = poll(ask)
        assert len(answer) == CID_MIN, answer.hex()
        return answer[16:32]

    def response(self, token, **change):
        mac = self.session.mac(change.get("label", b"NPV1 PATH_RESPONSE"),
                               self.peer_cid + self.cid, token,
                               change.get("number", self.number))
        return w.path_response(change.get("cid", self.peer_cid), token,
                               change.get("mac", mac))


def rebound():
    return counters()["UdpRebound"]


@test
def moves__proven():
    """It goes where it has shown to be, once, and back; the session notices nothing."""
    for address in (V4, V6):
        session = new()
        stack = Stack(session, address, 9)
        before = counters()
        first, second = stack.sock, stack.place()
        for sock, old in ((second, first), (first, second)):
            was = rebound()
            token = stack.challenge(sock)
            answer = stack.response(token)
            sock.send(answer)
            assert poll(lambda was=was: rebound() == was + 1)
            # NUMBERED, with the connection id of this side
            assert poll(lambda sock=sock: stack.heard(sock)), "nothing comes there"
            assert stack.lives(sock)
            # the same again, from there and from where it was
            for again in (sock, old):
                for _turn in range(3):
                    again.send(answer)
            assert stack.lives(sock)
            assert rebound() == was + 1
        assert counters()["StackUp"] == before["StackUp"]
        session.echo(1000)
        session.finish()


@test
def moves__not_without_an_answer():
    """Who copies a packet moves nothing, and gets no more than was sent."""
    session = new()
    stack = Stack(session, V4, 9)
    before = counters()
    copy = stack.packet()
    for _turn in range(10):
        with stack.place() as sock:
            sock.send(copy)
            try:
                assert len(sock.recv(65536)) <= len(copy)
            except TimeoutError:
                pass
    assert stack.lives()
    now = counters()
    assert now["UdpRebound"] == before["UdpRebound"]
    assert now["UdpChallenged"] > before["UdpChallenged"]
    session.echo(1000)
    session.finish()


@test
def moves__no_answer():
    """What is too short, or says nothing that only the peer can know"""
    session = new()
    stack = Stack(session, V4, 9)
    before = counters()
    other = bytes([stack.peer_cid[0] ^ 1]) + stack.peer_cid[1:]
    sent = 0
    with stack.place() as sock:
        sock.settimeout(0.1)
        for buf in (stack.packet(size=CID_MIN - 1), stack.packet(size=0),
                    stack.packet(cid=other), stack.packet(cid=bytes(8)),
                    stack.packet(cid=stack.cid), stack.packet(cid=b""),
                    stack.packet()[:9] + bytes(0), b"\x40" * 40, b"\x6c" * 40,
                    w.path_response(other, bytes(16), bytes(32)),
                    w.path_response(stack.peer_cid, bytes(16), bytes(32))[:-1]):
            sock.send(buf)
            sent += 1
            try:
                raise AssertionError(f"{sock.recv(65536).hex()} for {buf.hex()}")
            except TimeoutError:
                pass
    assert poll(lambda: counters()["HelloUdpIgnored"] ==
                before["HelloUdpIgnored"] + sent), counters()
    assert counters()["UdpChallenged"] == before["UdpChallenged"]
    assert stack.lives()
    session.finish()


@test
def moves__wrong_proofs():
    """A token is good for an address, a stack and one move; a MAC for a session."""
    session, stranger = new(), new()
    stack = Stack(session, V4, 9)
    theirs = Stack(stranger, V4, 9)
    before = counters()
    failed = 0
    with stack.place() as sock, stack.place() as elsewhere:
        token = stack.challenge(sock)
        right = stack.response(token)
        wrong = [
            # who does not get what is sent to its address
            (elsewhere, right),
            (sock, stack.response(bytes(16))),
            (sock, stack.response(token[:-1] + bytes([token[-1] ^ 1]))),
            (sock, stack.response(theirs.challenge(sock))),
            # who has no keys, or those of another session or for another purpose
            (sock, stack.response(token, mac=bytes(32))),
            (sock, stack.response(token, mac=theirs.response(token)[32:])),
            (sock, stack.response(token, label=b"NPV1 JOIN_CONFIRM")),
            (sock, stack.response(token, number=8)),
        ]
        for place, buf in wrong:
            place.send(buf)
            failed += 1
            assert poll(lambda: counters()["UdpChallengeFailed"] ==
                        before["UdpChallengeFailed"] + failed), counters()
        assert rebound() == before["UdpRebound"]
        assert stack.lives() and theirs.lives()
        # and the right one still is
        sock.send(right)
        assert poll(lambda: rebound() == before["UdpRebound"] + 1)
        assert stack.lives(sock)
        # what was asked before it moved is good for nothing
        stale = stack.challenge(elsewhere)
        back = stack.response(stack.challenge(stack.sock))
        stack.sock.send(back)
        assert poll(lambda: rebound() == before["UdpRebound"] + 2)
        elsewhere.send(stack.response(stale))
        failed += 1
        assert poll(lambda: counters()["UdpChallengeFailed"] ==
                    before["UdpChallengeFailed"] + failed), counters()
        assert rebound() == before["UdpRebound"] + 2
        assert stack.lives()
    session.echo(1000)
    session.finish()
    stranger.finish()


def source(number):
    """One of the further addresses that this host has, as hostile.sh has it."""
    return V4.rsplit(".", 1)[0] + f".{200 + number}"


@test
def moves__each_source_is_limited():
    """Who asks too often takes it from itself."""
    session = new()
    stack = Stack(session, V4, 9)
    before = counters()
    flood = stack.place()
    flood.setblocking(False)
    others = []
    for number in range(1, 9):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((source(number), 0))
        sock.connect((V4, w.PORT))
        sock.settimeout(5)
        others.append(sock)
    asked = (question(), stack.packet())
    start = time.monotonic()
    answered = 0
    for turn in range(1600):
        try:
            flood.send(asked[turn & 1])
        except OSError:
            pass
        if turn % 100 == 99:
            # it is read behind those: not more than there is room for
            sock = others[turn // 100 % len(others)]
            sock.send(question())
            try:
                answered += bool(sock.recv(65536))
            except TimeoutError:
                pass
    took = time.monotonic() - start
    now = counters()
    flooded = sum(now[name] - before[name] for name in ("OfferSent", "UdpChallenged")) \
        - answered
    limited = now["SourceLimited"] - before["SourceLimited"]
    print(f"# in {took:.1f} s {flooded} answers, {limited} limited, {answered} of 16 "
          "others", flush=True)
    flood.close()
    for sock in others:
        sock.close()
    assert flooded <= 50 + 100 * (took + 1), flooded
    assert limited > 0
    # one in 512 shares the limit
    assert answered >= 12, answered
    assert stack.lives()
    session.finish()
