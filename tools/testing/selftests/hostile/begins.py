# SPDX-License-Identifier: GPL-2.0
"""Sessions that begin over UDP, and those who would like to have some without being
where they say they are."""

import os
import socket
import struct
import time

import wire as w
from cases import test
from noise import TURNS, rng, turn_a_bit
from target import V4, V6, counters, hello, npv_sockets, poll
from udp import joining

# Frames of NUMBERED packets begin with these
PF_FRAME, PF_DATA = b"\x05", b"\x80"


def place(address=V4, port=0):
    """An address of this side's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(0.3)
    sock.bind(("", port))
    sock.connect((address, w.PORT))
    return sock


def heard(sock, wanted, patience=3):
    """The first datagram that is wanted, b"" if none comes."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            buf = sock.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            return b""
        if wanted(buf):
            return buf
    return b""


def offered(sock, ask):
    """The token for what is asked from there."""
    def once():
        sock.send(joining(ask))
        return heard(sock, lambda buf: buf[0] == w.OFFER, 1)
    answer = poll(once)
    assert len(answer) == 40 and answer[2:4] == b"\0\0", answer.hex()
    return answer[24:40]


def welcome(buf, nonce):
    """The WELCOME in a packet that has that connection id, b"" if it has none."""
    if buf[0] & 0xe0 != 0x60 or buf[1:9] != nonce[:8]:
        return b""
    at = 9 + (buf[0] & 3) + 1
    while at < len(buf) and buf[at:at + 2] != PF_FRAME + bytes([w.WELCOME]):
        at += 1
    return buf[at + 1:at + 53]


def begun(sock, ask, token, nonce, patience=15):
    """Begins a session. Return: its WELCOME, b"" if none comes."""
    def once():
        sock.send(joining(ask, w.begin(token, nonce)))
        return welcome(heard(sock, lambda buf: bool(welcome(buf, nonce)), 0.5) or b"\0",
                       nonce)
    return poll(once, patience)


def sessions():
    return counters()["SessionNativeIn"]


def gone(number):
    """Sessions that nobody goes on with end, by themselves."""
    return poll(lambda: npv_sockets() <= number, 30)


def leave(sock, token, number=0):
    """The session is reset."""
    sock.send(w.numbered(number, PF_FRAME + w.close(w.CLOSE_RESET), token[:8]) + bytes(16))


@test
def begins__right():
    """What is sent to the echo server comes back."""
    for address in (V4, V6):
        sock, ask, nonce = place(address), hello(), os.urandom(16)
        token = offered(sock, ask)
        answer = begun(sock, ask, token, nonce)
        magic, version = struct.unpack("!IB", answer[8:13])
        assert (magic, version) == (w.MAGIC, 1), answer.hex()
        number = 0

        def echoed(sock=sock, token=token):
            nonlocal number
            sock.send(w.numbered(number, PF_DATA + struct.pack("!Q", 0) + b"over UDP" * 4,
                                 token[:8]))
            number += 1
            return heard(sock, lambda buf: b"over UDP" in buf, 1)
        assert poll(echoed), "it doesn't come back"
        leave(sock, token, number)


@test
def begins__once():
    """A copy makes no second session: not at once, not when the first is over."""
    before, there = sessions(), npv_sockets()
    sock, ask, nonce = place(), hello(), os.urandom(16)
    port = sock.getsockname()[1]
    token = offered(sock, ask)
    copy = joining(ask, w.begin(token, nonce))
    for _ in range(20):
        sock.send(copy)
    assert begun(sock, ask, token, nonce)
    leave(sock, token)
    assert gone(there), "it doesn't end"
    for other in (nonce, os.urandom(16)):
        sock.send(joining(ask, w.begin(token, other)))
    sock.close()
    again = place(port=port)
    again.send(copy)
    # what comes from there is answered, and what was sent before was looked at
    offered(again, hello())
    assert sessions() == before + 1, sessions() - before


@test
def begins__of_another():
    """A token is good for who has got it, and for what was asked."""
    before = sessions()
    sock, ask, nonce = place(), hello(), os.urandom(16)
    token = offered(sock, ask)
    stranger = place()
    same_id = ask[:36] + os.urandom(16)
    for whence, what in ((stranger, ask), (place(V6), ask), (sock, hello()),
                         (sock, same_id),
                         (sock, ask[:16] + b"\x1b\x59" + ask[18:])):
        def answer(whence=whence, what=what):
            whence.send(joining(what, w.begin(token, nonce)))
            return heard(whence, lambda buf: buf[0] == w.OFFER and buf[16:24] ==
                         what[20:28], 1)
        # It is a question, as any other.
        refused = poll(answer)
        assert refused and refused[24:40] != token, refused.hex()
    for turn in range(0, 128, 5):
        wrong = bytearray(token)
        wrong[turn // 8] ^= 1 << turn % 8
        sock.send(joining(ask, w.begin(bytes(wrong), nonce)))
    offered(place(), hello())
    assert sessions() == before, sessions() - before
    # and it is still good for him
    assert begun(sock, ask, token, nonce)
    leave(sock, token)


@test
def begins__no_longer_answers():
    """What is not long enough has no answer, and nothing has a longer one."""
    sock, ask, nonce = place(), hello(), os.urandom(16)
    token = offered(sock, ask)
    whole = ask + w.begin(token, nonce)
    assert len(whole) < 128
    sock.send(whole)
    assert not heard(sock, lambda buf: True, 0.3)
    # Until the address is known to be right: the first packets say no more than that.
    assert begun(sock, ask, token, nonce)
    leave(sock, token)


@test
def begins__strangers_end_nothing():
    """Who doesn't know the ids can't end a session, nor the stack that it began with."""
    before = counters()["UdpMalformed"]
    sock, ask, nonce = place(), hello(), os.urandom(16)
    token = offered(sock, ask)
    assert begun(sock, ask, token, nonce)
    for what in (w.frame(w.REFUSE, aux=1), ask, joining(ask, w.begin(token, nonce)),
                 w.greeting(w.WELCOME, 1, 1, 1, bytes(16)), w.offer(1, 1, 2),
                 w.numbered(5, PF_FRAME + w.close(w.CLOSE_RESET), os.urandom(8)),
                 w.numbered(6, PF_FRAME + w.greeting(w.WELCOME, 1, 1, 1, bytes(16)),
                            os.urandom(8))):
        sock.send(what)
    sock.send(w.numbered(7, b"\x01", token[:8]) + bytes(16))
    assert heard(sock, lambda buf: buf[0] & 0xc0 == 0x40), "it doesn't live"
    assert poll(lambda: counters()["UdpMalformed"] > before), "nothing is counted"
    leave(sock, token, 8)


@test
def begins__given_up():
    """Many that are begun and given up at once leave nothing."""
    there = npv_sockets()
    places = [place() for _ in range(30)]
    for sock in places:
        ask = hello()
        token = offered(sock, ask)
        sock.send(joining(ask, w.begin(token, os.urandom(16))))
        leave(sock, token)
        sock.close()
    assert gone(there), npv_sockets()


@test
def begins__noise():
    """Bits turned in what begins a session."""
    there = npv_sockets()
    sock, ask, nonce = place(), hello(), os.urandom(16)
    token = offered(sock, ask)
    for _ in range(min(TURNS, 300)):
        buf = bytearray(joining(ask, w.begin(token, nonce)))
        for _ in range(rng.randrange(1, 4)):
            turn_a_bit(buf)
        sock.send(bytes(buf))
    begun(sock, ask, token, nonce)
    leave(sock, token)
    assert gone(there), npv_sockets()
