# SPDX-License-Identifier: GPL-2.0
"""Datagram sessions: clients that say whose datagrams they carry, truly or not, and
messages that are none."""

import os
import random
import socket
import struct

import wire as w
from cases import test
from moves import Stack
from noise import SEED
from records import record
from session import Session
from target import PORT, V4, V6, counters, new, poll, rejected

ECHO = PORT + 2
DGRAM = 2
ZEROS = bytes(16)
MESSAGE_MAX = 65507
UNPROVEN = 49152


def begin(address=V4):
    return Session.connect(address, ECHO, socktype=DGRAM)


def proof(session, spoil=None):
    mac = session.mac(b"NPV1 SOURCE", ZEROS, ZEROS, 0)
    return w.frame(w.SOURCE_PROOF, struct.pack("!Q", session.peer_id) +
                   (spoil(mac) if spoil else mac))


def proving(address=V4):
    """A socket whose datagrams a session may carry."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                         socket.SOCK_DGRAM)
    sock.connect((address, w.PORT))
    return sock


def source(session):
    """The port that the server knows the session by."""
    assert poll(lambda: session.pump(0.2) and session.source or session.source), \
        "no SOURCE"
    return struct.unpack("!H", session.source[16:18])[0]


def proven(address=V4):
    session, sock = begin(address), proving(address)

    def shown():
        sock.send(proof(session))
        session.pump(0.3)
        return session.source
    assert poll(shown), "no SOURCE for a proof"
    assert source(session) == sock.getsockname()[1]
    return session, sock


def echo(session, payload):
    session.send(record(payload))
    assert session.receive(len(record(payload))) == record(payload), "no echo"


def alive():
    session, sock = proven()
    echo(session, b"alive")
    session.finish()
    sock.close()


@test
def datagrams__as_it_should_be():
    for address in (V4, V6):
        session, sock = proven(address)
        for length in (0, 1, 63, 64, 1500, MESSAGE_MAX):
            echo(session, os.urandom(length))
        session.finish()
        sock.close()


@test
def datagrams__wrong_proof():
    """Nobody has a port that is not his own."""
    session, sock = begin(), proving()
    before = counters()["SourceProofFailed"]
    sock.send(proof(session, lambda mac: bytes([mac[0] ^ 1]) + mac[1:]))
    assert poll(lambda: counters()["SourceProofFailed"] > before), "not counted"
    session.pump(0.3)
    assert not session.source, "it was believed"
    sock.send(proof(session))
    assert source(session) == sock.getsockname()[1], "the right one isn't"
    session.finish()


@test
def datagrams__first_proof_decides():
    session, sock = proven()
    other = proving()
    session.source = None
    other.send(proof(session))
    session.pump(0.5)
    assert not session.source, "another port was taken"
    echo(session, b"still")
    session.finish()


@test
def datagrams__proof_of_a_stream():
    session, sock = new(), proving()
    before = counters()["HelloUdpIgnored"]
    sock.send(proof(session))
    assert poll(lambda: counters()["HelloUdpIgnored"] > before)
    session.echo(100)
    session.finish()


@test
def datagrams__no_proof():
    """Without one the port is not for the client to choose."""
    session = begin()
    session.send_frame(w.frame(w.SOURCE, ZEROS + struct.pack("!HHI", 53, 0, 0)))
    assert source(session) >= UNPROVEN
    echo(session, b"all the same")
    session.finish()


@test
def datagrams__before_a_proof():
    """What comes before the ends are known waits; then it is delivered."""
    session, sock = begin(), proving()
    session.send(record(b"early"))
    session.pump(0.3)
    sock.send(proof(session))
    assert session.receive(6) == record(b"early")
    session.finish()


@test
def datagrams__source_of_a_stream():
    session = new()
    session.send_frame(w.frame(w.SOURCE, bytes(24)))
    rejected(session.stacks[0])


@test
def datagrams__source_malformed():
    for tail in (b"\0\1" + bytes(6), bytes(2) + b"\0\1" + bytes(4), bytes(7) + b"\1"):
        session = begin()
        session.send_frame(w.frame(w.SOURCE, ZEROS + tail))
        if tail[:2] == b"\0\1":
            # a client's port means nothing
            assert source(session) >= UNPROVEN
            session.finish()
        else:
            rejected(session.stacks[0])


@test
def datagrams__record_too_long():
    session, _sock = proven()
    session.send_frame(w.data(0, struct.pack("!I", 0x80000000 | MESSAGE_MAX + 1) +
                              bytes(100)))
    rejected(session.stacks[0])
    alive()


@test
def datagrams__messages():
    """Messages over UDP, whole and in parts, twice, cut, overlapping, and noise."""
    rng = random.Random(SEED)
    session, _sock = proven()
    stack = Stack(session, V4, 7)
    stack.sock.settimeout(1)
    before = counters()
    stack.sock.send(bytes([0x90, 0]) + b"whole")
    assert poll(lambda: counters()["MessageReceived"] > before["MessageReceived"])
    stack.sock.send(bytes([0x90, 0]) + b"whole")
    assert poll(lambda: counters()["MessageDuplicate"] > before["MessageDuplicate"])
    # in two parts, the last first
    was = counters()["MessageReceived"]
    stack.sock.send(b"\xe0\0\1" + struct.pack("!HH", 3, 6) + b"def")
    stack.sock.send(b"\xe0\0\1" + struct.pack("!HH", 0, 6) + b"abc")
    assert poll(lambda: counters()["MessageReceived"] > was), "not put together"
    # parts that overlap are of no message
    was = counters()["MessageIncomplete"]
    stack.sock.send(b"\xe0\0\2" + struct.pack("!HH", 3, 6) + b"def")
    stack.sock.send(b"\xe0\0\2" + struct.pack("!HH", 0, 6) + b"abcd")
    assert poll(lambda: counters()["MessageIncomplete"] > was), "not counted"
    # more parts than anybody should keep
    for number in range(2000):
        stack.sock.send(bytes([0xe0, number >> 8, number & 255]) +
                        struct.pack("!HH", 0, 65535) + bytes(1000))
    for _ in range(3000):
        noise = bytearray(rng.randbytes(rng.randint(1, 60)))
        noise[0] |= 0x80
        stack.sock.send(noise)
    assert stack.lives(), "the stack doesn't answer any more"
    # what comes back is that of noise as well
    was = counters()["MessageReceived"]
    session.send(record(b"after it all"))
    assert poll(lambda: counters()["MessageReceived"] > was), "no record is taken"
    alive()


@test
def datagrams__part_alone():
    """A part of a message that nothing follows on isn't kept for ever."""
    session, _sock = proven()
    stack = Stack(session, V4, 7)
    was = counters()["MessageIncomplete"]
    stack.sock.send(b"\xe0\0\1" + struct.pack("!HH", 0, 6) + b"abc")
    assert poll(lambda: counters()["MessageIncomplete"] > was), "it is kept"
    assert stack.lives()
    session.finish()
