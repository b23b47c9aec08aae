# SPDX-License-Identifier: GPL-2.0
"""A peer that keeps the protocol: what it does has to work before the rest counts."""

import os
import random
import socket
import struct

import wire as w
from cases import test
from target import V4, V6, hello, new, refused


@test
def right__hello_data_fin():
    for address in (V4, V6):
        session = new(address)
        session.echo(1)
        session.echo(200000)
        session.finish()


@test
def right__data_behind_hello():
    session = new(early=b"early" * 1000)
    assert session.receive(5000) == b"early" * 1000
    session.finish()


@test
def right__second_stack():
    session = new()
    session.echo(1000)
    session.join(V6)
    for size in (10, 100000, 500000):
        session.echo(size)
    # the first goes away, without a word: nothing is lost
    session.stacks.pop(0).close()
    session.echo(100000)
    session.join(V4)
    session.echo(100000)
    session.finish()


@test
def right__eight_stacks():
    session = new()
    for i in range(1, 8):
        session.join(V6 if i & 1 else V4)
    # all of them have just been heard of: none is taken for lost
    session.echo(400000)
    assert len(session.stacks) == 8, f"{len(session.stacks)} stacks are left"
    refused(session.join(V4), w.REFUSE_STACKS)
    session.stacks.pop()
    session.echo(1000)
    session.finish()


@test
def right__out_of_order():
    """Pieces backwards, over two stacks."""
    session = new()
    session.join(V6)
    payload = os.urandom(40000)
    for turn, at in enumerate(range(36000, -1, -4000)):
        session.send_frame(w.data(at, payload[at:at + 4000]), turn)
    session.snd_nxt = len(payload)
    assert session.receive(len(payload)) == payload
    session.finish()


@test
def right__repeated_and_overlapping():
    session = new()
    payload = os.urandom(30000)
    random_ = random.Random(3)
    for _ in range(60):
        at = random_.randrange(len(payload))
        session.send_frame(w.data(at, payload[at:at + 1 + random_.randrange(5000)]))
    for at in range(0, len(payload), 3000):
        session.send_frame(w.data(at, payload[at:at + 3000]))
        session.send_frame(w.data(at, payload[at:at + 3000]))
    session.snd_nxt = len(payload)
    assert session.receive(len(payload)) == payload
    session.pump(0.1)
    assert not session.got, "more came back than was sent"
    session.finish()


@test
def right__ping_status_addresses():
    session = new()
    session.send_frame(w.ping(77))
    kind = session.stacks[0].expect(w.PONG)
    assert kind[3] == struct.pack("!Q", 77), kind
    for number, what in enumerate((1, 2, 0), 1):
        session.send_frame(w.status(what, 0, number))
    session.send_frame(w.addr_add((1, 0, socket.inet_pton(socket.AF_INET6,
                                                          "2001:db8::9"))))
    session.send_frame(w.addr_del(1))
    session.send_frame(w.frame(w.SKIP | 0x55, b"something of the future"))
    session.echo(1000)
    session.finish()


@test
def right__hello_in_single_bytes():
    stack = w.Stack.connect(V4)
    for byte in hello() + w.data(0, b"bytewise"):
        stack.send(bytes([byte]))
    stack.expect(w.WELCOME)
    got = b""
    while len(got) < 8:
        got += stack.expect(w.DATA)[3][16:]
    assert got == b"bytewise", got
    stack.reset()


@test
def right__silent_end():
    """The only stack is gone, by FIN of TCP and by RST: no session is left."""
    for end in ("drop", "reset"):
        session = new()
        session.echo(10)
        getattr(session, end)()
