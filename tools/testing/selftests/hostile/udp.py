# SPDX-License-Identifier: GPL-2.0
"""HELLO over UDP, which asks whether there is an NPV host at all, and JOIN."""

import os
import socket
import struct
import time

import wire as w
from cases import test
from noise import TURNS, rng, turn_a_bit
from target import PORT, PROC, V4, V6, counters, hello, new, poll, slab_kb


UDP_MIN = 128


def question(**change):
    """A HELLO as it goes over UDP."""
    buf = hello(**change)
    return buf + bytes(max(0, UDP_MIN - len(buf)))


def offered(buf, timeout=0.3, address=None):
    """What comes back for a datagram, from where it was sent to."""
    address = address or V4
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((address, w.PORT))
        sock.send(buf)
        try:
            return sock.recv(65536)
        except (TimeoutError, ConnectionError):
            return b""


def answered(buf, aux, address=None):
    """An OFFER comes, says that, and is shorter than the question."""
    # there may be too many for a moment
    answer = poll(lambda: offered(buf, 1, address))
    asked_port, ident = struct.unpack("!HxxQ", buf[16:28])
    token = answer[24:40]
    assert any(token) == (not aux), token.hex()
    assert answer == w.offer(asked_port, ident, aux, token=token), \
        f"{answer.hex()} for {buf.hex()}, not an OFFER of {aux}"
    assert len(answer) < len(buf)


@test
def udp__offer():
    before = counters()["OfferSent"]
    for address in (V4, V6):
        answered(question(), 0, address)
        answered(question(version=200), 0, address)
        answered(question(options=b"\0\1\0\0"), 0, address)
        answered(question() + bytes(500), 0, address)
        answered(question(options=bytes(440)), 0, address)
    assert counters()["OfferSent"] >= before + 10


@test
def udp__refusals():
    for address in (V4, V6):
        answered(question(port=PORT + 1000), w.REFUSE_SERVICE, address)
        answered(question(port=0), w.REFUSE_SERVICE, address)
        answered(question(socktype=2), w.REFUSE_SERVICE, address)
        answered(question(version=9, version_min=9), w.REFUSE_VERSION, address)
        answered(question(options=b"\x80\1\0\0"), w.REFUSE_OPTION, address)


@test
def udp__no_answer_to_what_is_no_question():
    before = counters()["HelloUdpIgnored"]
    whole = question()
    sent = 0
    for buf in [whole[:size] for size in (0, 1, 7, 8, 20, 52, 53, 100, 127)] + [
            buf + bytes(max(0, UDP_MIN - len(buf))) for buf in
            (w.data(0, b"x"), w.ack(0, 0), w.join_confirm(bytes(32)),
             w.greeting(w.WELCOME, PORT, 1, 1, bytes(16)), w.offer(PORT, 1),
             w.frame(w.REFUSE, aux=1), w.ping(1), hello(magic=1),
             w.frame(w.SKIP | 1, b"?"), b"\x40", b"\xff" * 200,
             b"GET / HTTP/1.1\r\n\r\n")]:
        answer = offered(buf, 0.1)
        assert not answer, f"{answer.hex()} for {buf.hex()}"
        sent += 1
    assert poll(lambda: counters()["HelloUdpIgnored"] == before + sent), counters()


def joining(*frames):
    """JOIN as it goes over UDP, and what follows on it."""
    buf = b"".join(frames)
    return buf + bytes(max(0, UDP_MIN - len(buf)))


def join_answer(buf, kind, address=None, sock=None):
    """What a JOIN is answered by: a frame of that type, no longer than it."""
    if sock:
        def ask():
            sock.send(buf)
            try:
                return sock.recv(65536)
            except TimeoutError:
                return b""
        answer = poll(ask)
    else:
        answer = poll(lambda: offered(buf, 1, address))
    assert answer[0] == kind, f"{answer.hex()} for {buf.hex()}"
    assert len(answer) <= len(buf)
    return answer


@test
def udp__join_of_no_session():
    before = counters()
    for ident in (0, 1, 0xffffffffffffffff):
        answer = join_answer(joining(w.join(ident, 1, os.urandom(16))), w.REFUSE)
        assert answer[2:4] == struct.pack("!H", w.REFUSE_SESSION), answer.hex()
    # too short for any answer
    assert not offered(w.join(1, 1, os.urandom(16)), 0.2)
    assert poll(lambda: counters()["HelloUdpIgnored"] > before["HelloUdpIgnored"])


@test
def udp__join_wrong_mac():
    """Nothing is kept of who has not proven that it may."""
    session = new()
    nonce = os.urandom(16)
    before = counters()
    for address in (V4, V6):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.5)
            sock.connect((address, w.PORT))
            join = w.join(session.peer_id, 9, nonce)
            theirs = join_answer(joining(join), w.JOIN_ACK, sock=sock)[8:24]
            # the same question has the same answer, from the same port
            assert join_answer(joining(join), w.JOIN_ACK, sock=sock)[8:24] == theirs
            other = join_answer(joining(join), w.JOIN_ACK, address)[8:24]
            assert other != theirs
            right = session.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, 9)
            for mac in (bytes(32), right[:-1] + bytes([right[-1] ^ 1]),
                        session.mac(b"NPV1 JOIN_CONFIRM", nonce, other, 9)):
                answer = join_answer(joining(join, w.join_confirm(mac)), w.REFUSE,
                                     sock=sock)
                assert answer[2:4] == struct.pack("!H", w.REFUSE_MAC), answer.hex()
    assert counters()["JoinBadMac"] >= before["JoinBadMac"] + 6
    assert counters()["StackUp"] == before["StackUp"]
    session.echo(100)
    session.finish()


@test
def udp__join_twice():
    """A proof that was right is right once."""
    session = new()
    nonce = os.urandom(16)
    before = counters()["StackUp"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        sock.connect((V4, w.PORT))
        join = w.join(session.peer_id, 9, nonce)
        theirs = join_answer(joining(join), w.JOIN_ACK, sock=sock)[8:24]
        mac = session.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, 9)
        proof = joining(join, w.join_confirm(mac))
        sock.send(proof)
        # NUMBERED, with the connection id that this side has chosen
        sock.settimeout(10)
        packet = sock.recv(65536)
        assert packet[0] & 0xe0 == 0x60, packet.hex()
        assert packet[1:9] == nonce[:8], packet.hex()
        assert poll(lambda: counters()["StackUp"] == before + 1)
        malformed = counters()["UdpMalformed"]
        for _turn in range(5):
            sock.send(proof)
        # a reserved bit: read behind those, from the same queue
        sock.send(b"\x44\0\1")
        assert poll(lambda: counters()["UdpMalformed"] == malformed + 1), counters()
        assert counters()["StackUp"] == before + 1
    session.echo(100)
    session.finish()


@test
def udp__no_answer_to_what_went_to_many():
    """Whoever could answer for a group would be asked in another's name."""
    before = counters()["OfferSent"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for group in ("255.255.255.255", V4.rsplit(".", 1)[0] + ".255", "224.0.0.1"):
            try:
                sock.sendto(question(), (group, w.PORT))
            except OSError:
                pass
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        for _number, name in socket.if_nameindex():
            try:
                sock.sendto(question(), (f"ff02::1%{name}", w.PORT))
            except OSError:
                pass
    # read behind those, from the same queue
    answered(question(), 0)
    assert counters()["OfferSent"] == before + 1, counters()


def udp_queued():
    """Bytes that wait in sockets of the NPV port, and datagrams dropped there."""
    queued = drops = 0
    for name in ("udp", "udp6"):
        with open(f"{PROC}/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                words = line.split()
                if words[1].endswith(f":{w.PORT:04X}"):
                    queued += int(words[4].split(":")[1], 16)
                    drops += int(words[-1])
    return queued, drops


@test
def udp__flood():
    """What is held for it is bounded, as are the answers; others go on."""
    session = new()
    before, slab = counters(), slab_kb()
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
    for sock in socks:
        sock.setblocking(False)
        sock.connect((V4, w.PORT))
    asked = question()
    longest = sent = 0
    start = time.monotonic()
    while sent < 20000 and time.monotonic() < start + 20:
        try:
            socks[sent % 16].send(asked)
        except OSError:
            pass
        sent += 1
        if sent % 1000 == 0:
            longest = max(longest, udp_queued()[0])
    took = time.monotonic() - start
    poll(lambda: not udp_queued()[0])
    now = counters()
    answers = now["OfferSent"] - before["OfferSent"]
    spared = sum(now[name] - before[name] for name in
                 ("OfferLimited", "SourceLimited")) + udp_queued()[1]
    print(f"# {sent} in {took:.1f} s: {answers} answers, {spared} spared; at most "
          f"{longest} bytes waited, slab grew by {slab_kb() - slab} KiB", flush=True)
    for sock in socks:
        sock.close()
    assert answers <= 200 + 1000 * (took + 1), answers
    assert longest <= 160 << 10, longest
    assert sent - answers < 1000 or spared, "nobody is spared"
    session.echo(20000)
    session.finish()
    answered(question(), 0)


@test
def udp__noise():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((V6, w.PORT))
        for turn in range(TURNS):
            buf = bytearray(question())
            for _ in range(rng.randrange(1, 4)):
                turn_a_bit(buf)
            if turn & 1:
                buf = rng.randbytes(rng.randrange(1400))
            try:
                sock.send(buf)
                sock.recv(65536)
            except OSError:
                pass
    answered(question(), 0)
