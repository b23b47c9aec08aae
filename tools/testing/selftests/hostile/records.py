# SPDX-License-Identifier: GPL-2.0
"""Sequenced packets: a stream whose records are not what the protocol has."""

import random
import struct

import wire as w
from cases import test
from noise import SEED
from session import Session
from target import PORT, V4, hello, raw, refused, rejected

RECORDS = PORT + 1
SEQPACKET = 5
RECORD_MAX = 4 << 20


def begin():
    return Session.connect(V4, RECORDS, socktype=SEQPACKET)


def record(payload):
    length = len(payload)
    if length < 64:
        return bytes([length]) + payload
    if length < 16384:
        return struct.pack("!H", 0x4000 | length) + payload
    return struct.pack("!I", 0x80000000 | length) + payload


def echo(session, payload):
    session.send(record(payload))
    assert session.receive(len(record(payload))) == record(payload)


def alive():
    session = begin()
    echo(session, b"alive")
    session.finish()


@test
def records__as_it_should_be():
    session = begin()
    for length in (0, 1, 63, 64, 16383, 16384, 100000):
        echo(session, bytes(length))
    # lengths in more bytes than they need
    session.send(b"\x40\x02ab" + b"\x80\0\0\x02cd")
    assert session.receive(6) == b"\x02ab\x02cd"
    session.finish()


@test
def records__one_byte_at_a_time():
    session = begin()
    for byte in record(bytes(70)):
        session.send(bytes([byte]))
    assert session.receive(72) == record(bytes(70))
    session.finish()


@test
def records__of_another_type():
    refused(raw(hello(port=RECORDS)), w.REFUSE_SERVICE)
    refused(raw(hello(socktype=SEQPACKET)), w.REFUSE_SERVICE)


@test
def records__too_long():
    session = begin()
    session.send(struct.pack("!I", 0x80000000 | RECORD_MAX + 1))
    rejected(session.stacks[0])
    alive()


@test
def records__length_in_eight_bytes():
    session = begin()
    session.send(b"\xc0" + bytes(7))
    rejected(session.stacks[0])
    alive()


@test
def records__end_within():
    for part in (b"\x05four", b"\x40", b"\x80\0\0", b"\x01"):
        session = begin()
        session.send(part)
        session.send_fin()
        rejected(session.stacks[0])
    alive()


@test
def records__noise():
    rand = random.Random(SEED)
    for _ in range(20):
        session = begin()
        try:
            session.send(rand.randbytes(rand.randrange(1, 3000)))
            session.send_fin()
            session.pump(0.1)
        except w.Ended:
            pass
        session.reset()
    alive()
