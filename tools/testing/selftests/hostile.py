#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A peer that breaks the protocol of native sessions in every way, and first one
that keeps it. Run by hostile.sh; prints TAP.

    hostile.py SERVER_PROC ADDRESS4 ADDRESS6 PORT [SEED]

A client of an echo server over the kernel's sessions at those addresses;
SERVER_PROC is /proc/PID/net of its namespace. NPV_TEST_ONLY in the environment is a
regular expression for the tests to run, NPV_TEST_FUZZ the rounds of fuzzing.
"""

import os
import random
import re
import resource
import socket
import struct
import sys
import time

import npvwire as w

PATIENCE = 20

count = failed = 0


def ok(fine, name, detail=""):
    global count, failed
    count += 1
    print(f"{'' if fine else 'not '}ok {count} - {name}", flush=True)
    if not fine:
        failed += 1
        print(f"# {detail}", flush=True)


def poll(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


# --- what the server's side shows ---

def counters():
    with open(f"{proc}/npv_stat", encoding="ascii") as file:
        return {name: int(value) for name, value in map(str.split, file)}


def npv_sockets():
    total = 0
    with open(f"{proc}/protocols", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0].startswith("NPV"):
                total += int(words[2])
    return total


def tcp_to_npv_port():
    """Connections that the server still has on the NPV port."""
    port = f"{w.PORT:04X}"
    total = 0
    for name in ("tcp", "tcp6"):
        with open(f"{proc}/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                words = line.split()
                # not listening, not in TIME-WAIT
                total += words[1].endswith(":" + port) and \
                    words[3] not in ("0A", "06")
    return total


# --- each test ---

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def new(address=None, **kwargs):
    return w.Session.connect(address or v4, port, **kwargs)


def hello(**change):
    """A HELLO with ids of its own."""
    return w.greeting(w.HELLO, change.pop("port", port),
                      int.from_bytes(os.urandom(8), "big"), 1 << 20,
                      os.urandom(16), **change)


def raw(*frames, address=None):
    """A connection on which those are sent; the other end may end it earlier."""
    stack = w.Stack.connect(address or v4)
    try:
        stack.send(b"".join(frames))
    except w.Ended:
        pass
    return stack


def refused(stack, *reasons):
    """It is refused for one of the reasons, and then ended."""
    kind, _flags, aux, _body = stack.next() or (None, 0, 0, b"")
    assert kind == w.REFUSE, f"{w.NAMES.get(kind, kind)} {aux}, no REFUSE"
    assert aux in reasons, f"refused for {aux}, not one of {reasons}"
    assert stack.is_ended(), "not closed afterwards"


def rejected(stack, session=None):
    """The session or stack ends: closed, with or without a CLOSE before it."""
    assert stack.is_ended(), "the other end keeps the stack"


# What a peer does that keeps the protocol

@test
def right__hello_data_fin(**_):
    for address in (v4, v6):
        session = new(address)
        session.echo(1)
        session.echo(200000)
        session.finish()


@test
def right__data_behind_hello(**_):
    session = new(early=b"early" * 1000)
    assert session.receive(5000) == b"early" * 1000
    session.finish()


@test
def right__second_stack(**_):
    session = new()
    session.echo(1000)
    session.join(v6)
    for size in (10, 100000, 500000):
        session.echo(size)
    # the first goes away, without a word: nothing is lost
    session.stacks.pop(0).close()
    session.echo(100000)
    session.join(v4)
    session.echo(100000)
    session.finish()


@test
def right__eight_stacks(**_):
    session = new()
    for i in range(1, 8):
        session.join(v6 if i & 1 else v4)
    # all of them have just been heard of: none is taken for lost
    session.echo(400000)
    assert len(session.stacks) == 8, f"{len(session.stacks)} stacks are left"
    refused(session.join(v4), w.REFUSE_STACKS)
    session.stacks.pop()
    session.echo(1000)
    session.finish()


@test
def right__out_of_order(**_):
    """Pieces backwards, over two stacks."""
    session = new()
    session.join(v6)
    payload = os.urandom(40000)
    for turn, at in enumerate(range(36000, -1, -4000)):
        session.send_frame(w.data(at, payload[at:at + 4000]), turn)
    session.snd_nxt = len(payload)
    assert session.receive(len(payload)) == payload
    session.finish()


@test
def right__repeated_and_overlapping(**_):
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
def right__ping_status_addresses(**_):
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
def right__hello_in_single_bytes(**_):
    stack = w.Stack.connect(v4)
    for byte in hello() + w.data(0, b"bytewise"):
        stack.send(bytes([byte]))
    stack.expect(w.WELCOME)
    got = b""
    while len(got) < 8:
        got += stack.expect(w.DATA)[3][16:]
    assert got == b"bytewise", got
    stack.reset()


@test
def right__silent_end(**_):
    """The only stack is gone, by FIN of TCP and by RST: no session is left."""
    for end in ("drop", "reset"):
        session = new()
        session.echo(10)
        getattr(session, end)()


# HELLO and JOIN

@test
def hello__refusals(**_):
    refused(raw(hello(magic=0x4e505630)), w.REFUSE_MALFORMED, w.REFUSE_VERSION)
    refused(raw(hello(version=9, version_min=9)), w.REFUSE_VERSION)
    refused(raw(hello(port=port + 1000)), w.REFUSE_SERVICE)
    refused(raw(hello(port=0)), w.REFUSE_SERVICE, w.REFUSE_MALFORMED)
    refused(raw(hello(socktype=9)), w.REFUSE_SERVICE, w.REFUSE_MALFORMED)


@test
def hello__a_newer_version_that_can_do_ours(**_):
    stack = raw(hello(version=200, version_min=1))
    stack.expect(w.WELCOME)
    stack.reset()


@test
def hello__something_else_first(**_):
    for buf in (w.data(0, b"x"), w.ack(0, 0), w.fin(0), w.close(),
                w.greeting(w.WELCOME, port, 1, 1, bytes(16)),
                w.frame(w.REFUSE, aux=1), w.join_ack(bytes(16), bytes(32)),
                w.join_confirm(bytes(32)), w.ping(1), w.status(0, 0, 1),
                w.addr_add((1, 0, bytes(16))), w.frame(0x7f, b"?"),
                bytes(64), b"\xff" * 64, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(50)):
        stack = raw(buf)
        rejected(stack)
        stack.close()


@test
def hello__twice(**_):
    session = new()
    session.send_frame(hello())
    rejected(session.stacks[0])
    session.drop()


@test
def hello__length_out_of_range(**_):
    body = hello()[8:]
    for length in (0, 1, 43, 505, 512, 65535, 1 << 20, 0x7fffffff, 0xffffffff):
        stack = raw(w.frame(w.HELLO, body[:length], length=length) +
                    bytes(max(0, min(length, 4000) - len(body))))
        rejected(stack)
        stack.close()


@test
def hello__options(**_):
    """u16 type, u16 length: unknown ones are skipped, but those that must not be."""
    for options in (b"\0\1\0\0", b"\0\1\0\3abc", bytes(400),
                    b"\x7f\xff\0\1x" + b"\0\0\0\0"):
        stack = raw(hello(options=options))
        stack.expect(w.WELCOME)
        stack.reset()
    refused(raw(hello(options=b"\x80\1\0\0")), w.REFUSE_OPTION)
    for options in (b"\0", b"\0\1\0", b"\0\1\0\1", b"\0\1\xff\xff" + bytes(100),
                    b"\xff" * 400):
        stack = raw(hello(options=options))
        rejected(stack)
        stack.reset()


@test
def join__of_no_session(**_):
    for ident in (0, 1, 0xffffffffffffffff):
        refused(raw(w.join(ident, 1, os.urandom(16))), w.REFUSE_SESSION)
    # our own number of a session is none of the peer's
    session = new()
    refused(raw(w.join(session.id, 1, os.urandom(16))), w.REFUSE_SESSION)
    session.finish()


@test
def join__wrong_mac(**_):
    before = counters()
    session = new()
    for spoil in (lambda mac: bytes(32), lambda mac: mac[:-1] + bytes([mac[-1] ^ 1]),
                  lambda mac: bytes([mac[0] ^ 0x80]) + mac[1:]):
        stack = session.join(v6, spoil=spoil)
        refused(stack, w.REFUSE_MAC)
        session.echo(100)
    now = counters()
    moved = [name for name in now if now[name] == before.get(name, 0) + 3 and
             "Mac" in name]
    session.finish()
    assert moved, f"no counter with Mac in its name went up by three: {now}"


@test
def join__foreign_keys(**_):
    """Of a session whose number is known but not its keys."""
    session, other = new(), new()
    other_id, other.peer_id = other.peer_id, session.peer_id
    try:
        other.join(v6)
    except AssertionError as err:
        assert "MAC of JOIN_ACK" in str(err), err
    other.peer_id = other_id
    session.echo(100)
    other.echo(100)
    session.finish()
    other.finish()


@test
def join__replayed(**_):
    """JOIN and the CONFIRM that was right for another nonce of the server."""
    session = new()
    nonce = os.urandom(16)
    confirm = None
    for _turn in range(2):
        stack = w.Stack.connect(v6)
        stack.send(w.join(session.peer_id, 5, nonce))
        theirs = stack.expect(w.JOIN_ACK)[3][:16]
        confirm = confirm or session.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, 5)
        stack.send(w.join_confirm(confirm))
    refused(stack, w.REFUSE_MAC)
    session.echo(100)
    session.finish()


@test
def join__data_before_confirm(**_):
    """What comes on a stack that has proved nothing changes no session."""
    session = new()
    for buf in (w.data(0, b"injected"), w.fin(0), w.close(w.CLOSE_RESET),
                w.ack(1 << 40, 1 << 41), w.ping(1), w.join_ack(bytes(16), bytes(32))):
        stack = w.Stack.connect(v6)
        stack.send(w.join(session.peer_id, 6, os.urandom(16)))
        stack.expect(w.JOIN_ACK)
        stack.send(buf)
        rejected(stack)
        stack.close()
    session.echo(1000)
    session.finish()


@test
def join__confirm_never_comes(**_):
    """Half-open stacks: a bounded number, and the session's own still join."""
    session = new()
    held = []
    for _ in range(64):
        stack = w.Stack.connect(v6)
        stack.send(w.join(session.peer_id, 7, os.urandom(16)))
        held.append(stack)
    for stack in held:
        try:
            stack.next(0.05)
        except w.Ended:
            pass
    session.echo(1000)
    for stack in held:
        stack.reset()
    assert poll(lambda: tcp_to_npv_port() <= 2), tcp_to_npv_port()
    session.join(v6)
    session.echo(100000)
    session.finish()


@test
def join__same_number_twice(**_):
    session = new()
    session.join(v6)
    session.next_stack = 1
    refused(session.join(v4), w.REFUSE_STACKS)
    session.stacks.pop()
    session.echo(5000)
    session.finish()


# Frames of an established session

def samples(seq=0):
    """One frame of each type, such as may come."""
    return {
        "DATA": w.data(seq, b"payload of a frame"),
        "ACK": w.ack(0, 1 << 20, (100, 200), (300, 400)),
        "FIN": w.fin(seq),
        "CLOSE": w.close(),
        "HELLO": hello(),
        "WELCOME": w.greeting(w.WELCOME, port, 1, 1, bytes(16)),
        "REFUSE": w.frame(w.REFUSE, aux=1),
        "JOIN": w.join(1, 1, bytes(16)),
        "JOIN_ACK": w.join_ack(bytes(16), bytes(32)),
        "JOIN_CONFIRM": w.join_confirm(bytes(32)),
        "STATUS": w.status(1, 0, 1),
        "ADDR_ADD": w.addr_add((1, 0, bytes(15) + b"\1"), (2, 6780, bytes(16))),
        "ADDR_DEL": w.addr_del(1, 2),
        "PING": w.ping(1),
        "PONG": w.ping(1, w.PONG),
        "SKIP": w.frame(w.SKIP | 1, b"skipped"),
    }


@test
def frames__truncated_at_every_byte(**_):
    """Behind HELLO, in one go: the peer takes what is whole, and then sees the end."""
    for sample in [hello()] + list(samples().values()):
        for cut in range(1, len(sample)):
            lead = b"" if sample[0] == w.HELLO else hello()
            stack = raw(lead, sample[:cut])
            if cut & 1:
                stack.reset()
            else:
                stack.close()


@test
def frames__truncated_on_a_joined_stack(**_):
    """The session loses a stack each time, nothing else."""
    session = new()
    for name in ("DATA", "ACK", "FIN", "STATUS", "ADDR_ADD", "PING"):
        # far behind what is sent here, which has to have the same bytes
        sample = samples(session.snd_nxt + 200000)[name]
        for cut in (1, 7, 8, 9, len(sample) - 1):
            session.join(v6)
            stack = session.stacks.pop()
            stack.send(sample[:cut])
            stack.close()
        session.echo(100)
    session.reset()


@test
def frames__wrong_length(**_):
    """Of each type a body that is shorter, longer, and far longer than it may be."""
    for name, sample in samples().items():
        body = sample[8:]
        for length in {max(len(body) - 1, 0), len(body) + 1, len(body) + 16, 505,
                       4096, w.DATA_MAX + 17, 0x7fffffff, 0xffffffff}:
            padded = (body + bytes(5000))[:min(length, 5000)]
            stack = raw(hello(), sample[:4], struct.pack("!I", length), padded)
            if length > w.DATA_MAX + 16:
                try:
                    stack.expect(w.WELCOME)
                except w.Ended:
                    pass
                rejected(stack)
            stack.reset()
        del name


@test
def frames__unknown_type(**_):
    session = new()
    session.send_frame(w.frame(w.SKIP | 0x7f, bytes(300)))
    session.echo(100)
    session.send_frame(w.frame(0x7f, bytes(10)))
    rejected(session.stacks[0])
    session.drop()


@test
def frames__handshake_again(**_):
    """What belongs to the beginning comes in the middle."""
    for name in ("HELLO", "WELCOME", "REFUSE", "JOIN", "JOIN_ACK", "JOIN_CONFIRM"):
        session = new()
        session.echo(10)
        session.send_frame(samples()[name])
        rejected(session.stacks[0])
        session.drop()


@test
def data__out_of_range(**_):
    """Sequences that wrap, and data beyond the window."""
    for seq, size in ((1 << 63, 10), ((1 << 64) - 1, 1), ((1 << 64) - 5, 10),
                      (1 << 40, 1), ((1 << 64) - 1, 5000)):
        session = new()
        session.send_frame(w.data(seq, bytes(size)))
        rejected(session.stacks[0])
        session.drop()
    session = new()
    session.pump(0.2)
    session.send_frame(w.data(session.peer_edge - 5, bytes(10)))
    rejected(session.stacks[0])
    session.drop()


@test
def data__old(**_):
    """Nothing new in it: harmless."""
    session = new()
    session.echo(5000)
    for buf in (w.data(0, b"\0" * 100), w.data(4999, b"\0")):
        session.send_frame(buf)
    session.echo(5000)
    session.finish()


@test
def data__empty(**_):
    session = new()
    session.send_frame(w.data(0, b""))
    rejected(session.stacks[0])
    session.drop()


@test
def data__holes_only(**_):
    """Every second byte of the window: what is held for it is bounded."""
    session = new()
    session.pump(0.2)
    edge = session.peer_edge
    try:
        for start in range(1, min(edge, 200000), 200):
            session.send_frame(b"".join(w.data(at, b"x") for at in
                                        range(start, min(start + 200, edge), 2)))
            session.pump(0)
    except w.Ended:
        pass
    other = new()
    other.echo(1000)
    other.finish()
    session.reset()


@test
def ack__of_what_was_never_sent(**_):
    for upto in (1, 1 << 20, 1 << 63, (1 << 64) - 1):
        session = new()
        session.send_frame(w.ack(upto, 1 << 30))
        rejected(session.stacks[0])
        session.drop()
    for upto in (1 << 40, (1 << 64) - 1):
        session = new()
        session.send_frame(w.data(0, b"x", ack=upto))
        rejected(session.stacks[0])
        session.drop()


@test
def ack__strange_ranges(**_):
    """Backwards, empty, overlapping, beyond: an end or nothing, never a fault."""
    for ranges in (((5, 2),), ((3, 3),), ((1, 5), (3, 9)), ((10, 20), (1, 5)),
                   ((1 << 40, 1 << 41),), (((1 << 64) - 2, (1 << 64) - 1),),
                   tuple((i * 10 + 1, i * 10 + 5) for i in range(30)),
                   tuple((i * 10 + 1, i * 10 + 5) for i in range(31)),
                   ((1, (1 << 64) - 1),)):
        session = new()
        session.send(b"y" * 1000)
        session.send_frame(w.ack(0, 1 << 20, *ranges))
        try:
            session.receive(1000, 3)
        except (AssertionError, w.Ended):
            pass
        session.reset()


@test
def ack__edge_goes_back(**_):
    session = new()
    session.echo(1000)
    session.send_frame(w.ack(session.rcv_nxt, session.rcv_nxt))
    session.send_frame(w.ack(0, session.rcv_nxt + 1))
    session.send_frame(w.ack(1, session.rcv_nxt + session.window))
    session.echo(1000)
    session.finish()


@test
def ack__edge_without_end(**_):
    session = new()
    session.send_frame(w.ack(0, 1 << 63))
    session.echo(100000)
    session.finish()
    session = new()
    session.send_frame(w.ack(0, (1 << 63) + 1))
    rejected(session.stacks[0])
    session.drop()
    session = new()
    session.echo(10)
    session.send_frame(w.ack(10, 9))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__twice_with_other_numbers(**_):
    session = new()
    session.echo(1000)
    session.send_frame(w.fin(1000, 1000) + w.fin(1000, 1000))
    session.send_frame(w.fin(999))
    rejected(session.stacks[0])
    session.drop()
    session = new()
    session.send_frame(w.fin(5000))
    session.send_frame(w.fin(6000))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__before_data_that_came(**_):
    session = new()
    session.echo(1000)
    session.send_frame(w.fin(500))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__data_behind_it(**_):
    session = new()
    session.send_frame(w.fin(100))
    session.send_frame(w.data(100, b"behind the end"))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__out_of_range(**_):
    for seq in (1 << 63, (1 << 64) - 1):
        session = new()
        session.send_frame(w.fin(seq))
        rejected(session.stacks[0])
        session.drop()


@test
def status__of_unknown_stacks(**_):
    session = new()
    for number, (what, stack) in enumerate(((0, 99), (1, 0xffffffff), (9, 0),
                                            (0xffff, 0), (3, 50)), 1):
        try:
            session.send_frame(w.status(what, stack, number))
        except w.Ended:
            break
    session.reset()


@test
def status__all_paused(**_):
    """No stack may carry data: nothing comes, and the session can still end."""
    session = new()
    session.echo(100)
    session.send_frame(w.status(2, 0, 1))
    session.send(b"z" * 100)
    session.pump(0.3)
    session.send_frame(w.status(0, 0, 2))
    session.receive(100)
    session.finish()


@test
def addresses__strange(**_):
    """Of this host, of nobody, of everybody, too many, twice, with counts that lie."""
    some = [socket.inet_pton(socket.AF_INET6, a) for a in
            ("::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "ff02::1",
             "::ffff:255.255.255.255", "::ffff:224.0.0.1", "fe80::1")]
    frames = [w.addr_add(*((i + 1, 0, a) for i, a in enumerate(some))),
              w.addr_add(*((1, 80, a) for a in some)),
              w.addr_add(*((i, 0, bytes(16)) for i in range(16))),
              w.addr_add(*((i, 0, bytes(16)) for i in range(17))),
              w.addr_add((0, 0, bytes(16))), w.addr_add(),
              w.addr_del(*range(16)), w.addr_del(0), w.addr_del(),
              w.frame(w.ADDR_ADD, bytes(20), aux=200),
              w.frame(w.ADDR_DEL, bytes(4), aux=0xffff)]
    for buf in frames:
        session = new()
        session.send_frame(buf)
        try:
            session.echo(100)
        except (AssertionError, w.Ended):
            pass
        session.reset()


@test
def close__every_reason(**_):
    for reason in (0, 1, 2, 3, 4, 5, 6, 0xffff):
        session = new()
        session.echo(10)
        session.send_frame(w.close(reason))
        session.send_frame(w.close(reason))
        session.drop()


@test
def close__of_one_stack(**_):
    session = new()
    session.join(v6)
    session.echo(1000)
    stack = session.stacks.pop(0)
    stack.send(w.close(w.CLOSE_STACK))
    assert stack.is_ended(), "the stack is kept"
    session.echo(1000)
    session.finish()


# Peers that don't do their part

@test
def lazy__never_reads(**_):
    """The echo finds no room: it stops, and others go on."""
    session = new()
    sent = 0
    session.stacks[0].sock.settimeout(0.5)
    try:
        while sent < 64 << 20:
            sent += session.stacks[0].sock.send(w.data(sent, bytes(16384)))
    except (TimeoutError, ConnectionError, BlockingIOError):
        pass
    other = new()
    other.echo(50000)
    other.finish()
    session.reset()


@test
def lazy__never_acknowledges(**_):
    """What the echo may keep unacknowledged is bounded by its buffer."""
    session = new()
    came = 0

    def arrived(_seq, payload):
        nonlocal came
        came += len(payload)

    session.arrived = arrived
    session.send_frame(w.ack(0, 1 << 40))
    while session.snd_nxt < 32 << 20:
        if session.snd_nxt + 16384 <= session.peer_edge:
            session.send(bytes(16384))
        elif not session.pump(1):
            break
    assert session.snd_nxt < 32 << 20, f"{came} came, none was acknowledged"
    other = new()
    other.echo(50000)
    other.finish()
    session.reset()


@test
def lazy__one_byte_at_a_time(**_):
    session = new()
    for byte in w.data(0, b"slow") + w.ping(3):
        session.send_frame(bytes([byte]))
    session.snd_nxt = 4
    assert session.receive(4) == b"slow"
    session.finish()


def flood(frames, number):
    """So many connections that send FRAMES and then nothing."""
    held = []
    for _ in range(number):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.connect((v4, w.PORT))
        except BlockingIOError:
            pass
        except OSError:
            sock.close()
            break
        held.append(sock)
        if len(held) % 16 == 0:
            time.sleep(0.01)
        if frames and len(held) > 16:
            try:
                held[-16].send(frames() if callable(frames) else frames)
            except OSError:
                pass
    return held


def slab_kb():
    with open("/proc/meminfo", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["Slab"].split()[0])


def flooded(frames, number=2000):
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    session = new()
    before = slab_kb()
    start = time.monotonic()
    held = flood(frames, number)
    took = time.monotonic() - start
    print(f"# {len(held)} connections in {took:.1f} s; the server has "
          f"{tcp_to_npv_port()}, slab grew by {slab_kb() - before} KiB", flush=True)
    # who is there already is not disturbed, and who is new gets in, in time
    session.echo(20000)
    deadline = time.monotonic() + 15
    while True:
        try:
            other = new(timeout=3)
            other.echo(100)
            other.finish()
            break
        except (AssertionError, OSError, w.Ended) as err:
            if time.monotonic() > deadline:
                raise AssertionError(f"nobody gets in any more: {err!r}") from err
    for sock in held:
        sock.close()
    session.echo(100)
    session.finish()


@test
def flood__says_nothing(**_):
    flooded(b"")


@test
def flood__half_a_hello(**_):
    flooded(hello()[:20])


@test
def flood__whole_hellos(**_):
    """Sessions that nobody wants: no more than a backlog of them."""
    flooded(hello, 600)


@test
def flood__joins(**_):
    flooded(lambda: w.join(int.from_bytes(os.urandom(8), "big"), 1,
                           os.urandom(16)), 600)


# UDP, which asks whether there is an NPV host at all

UDP_MIN = 128


def question(**change):
    """A HELLO as it goes over UDP."""
    buf = hello(**change)
    return buf + bytes(max(0, UDP_MIN - len(buf)))


def offered(buf, timeout=0.3, address=None):
    """What comes back for a datagram, from where it was sent to."""
    address = address or v4
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
    assert answer == w.offer(asked_port, ident, aux), \
        f"{answer.hex()} for {buf.hex()}, not an OFFER of {aux}"
    assert len(answer) < len(buf)


@test
def udp__offer(**_):
    before = counters()["OfferSent"]
    for address in (v4, v6):
        answered(question(), 0, address)
        answered(question(version=200), 0, address)
        answered(question(options=b"\0\1\0\0"), 0, address)
        answered(question() + bytes(500), 0, address)
        answered(question(options=bytes(440)), 0, address)
    assert counters()["OfferSent"] >= before + 10


@test
def udp__refusals(**_):
    for address in (v4, v6):
        answered(question(port=port + 1000), w.REFUSE_SERVICE, address)
        answered(question(port=0), w.REFUSE_SERVICE, address)
        answered(question(socktype=2), w.REFUSE_SERVICE, address)
        answered(question(version=9, version_min=9), w.REFUSE_VERSION, address)
        answered(question(options=b"\x80\1\0\0"), w.REFUSE_OPTION, address)


@test
def udp__no_answer_to_what_is_no_question(**_):
    before = counters()["HelloUdpIgnored"]
    whole = question()
    sent = 0
    for buf in [whole[:size] for size in (0, 1, 7, 8, 20, 52, 53, 100, 127)] + [
            buf + bytes(max(0, UDP_MIN - len(buf))) for buf in
            (w.data(0, b"x"), w.ack(0, 0), w.join(1, 1, bytes(16)),
             w.greeting(w.WELCOME, port, 1, 1, bytes(16)), w.offer(port, 1),
             w.frame(w.REFUSE, aux=1), w.ping(1), hello(magic=1),
             w.frame(w.SKIP | 1, b"?"), b"\x40", b"\xff" * 200,
             b"GET / HTTP/1.1\r\n\r\n")]:
        answer = offered(buf, 0.1)
        assert not answer, f"{answer.hex()} for {buf.hex()}"
        sent += 1
    assert poll(lambda: counters()["HelloUdpIgnored"] == before + sent), counters()


@test
def udp__no_answer_to_what_went_to_many(**_):
    """Whoever could answer for a group would be asked in another's name."""
    before = counters()["OfferSent"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for group in ("255.255.255.255", v4.rsplit(".", 1)[0] + ".255", "224.0.0.1"):
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
        with open(f"{proc}/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                words = line.split()
                if words[1].endswith(f":{w.PORT:04X}"):
                    queued += int(words[4].split(":")[1], 16)
                    drops += int(words[-1])
    return queued, drops


@test
def udp__flood(**_):
    """What is held for it is bounded, as are the answers; others go on."""
    session = new()
    before, slab = counters(), slab_kb()
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
    for sock in socks:
        sock.setblocking(False)
        sock.connect((v4, w.PORT))
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
    spared = now["OfferLimited"] - before["OfferLimited"] + udp_queued()[1]
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
def udp__noise(random_, **_):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((v6, w.PORT))
        for turn in range(fuzz_turns):
            buf = bytearray(question())
            for _ in range(random_.randrange(1, 4)):
                buf[random_.randrange(len(buf))] ^= 1 << random_.randrange(8)
            if turn & 1:
                buf = random_.randbytes(random_.randrange(1400))
            try:
                sock.send(buf)
                sock.recv(65536)
            except OSError:
                pass
    answered(question(), 0)


# Anything

@test
def fuzz__frames(random_, **_):
    """Random frames after a HELLO: from good ones with bits turned, to noise."""
    for turn in range(fuzz_turns):
        out = [hello()]
        seq = 0
        for _ in range(random_.randrange(1, 12)):
            choice = random_.randrange(10)
            if choice < 3:
                payload = random_.randbytes(random_.randrange(3000))
                out.append(w.data(seq, payload, flags=random_.randrange(256)))
                seq += len(payload)
            elif choice < 8:
                name = random_.choice(list(samples()))
                buf = bytearray(samples(seq)[name])
                for _ in range(random_.randrange(4)):
                    buf[random_.randrange(len(buf))] ^= 1 << random_.randrange(8)
                out.append(bytes(buf))
            elif choice == 8:
                body = random_.randbytes(random_.randrange(520))
                out.append(w.frame(random_.randrange(256), body,
                                   random_.randrange(256),
                                   random_.randrange(65536)))
            else:
                out.append(random_.randbytes(random_.randrange(200)))
        stack = raw(*out)
        if turn % 4 == 0:
            try:
                stack.next(0.2)
            except (w.Ended, AssertionError):
                pass
        if turn % 2:
            stack.reset()
        else:
            stack.close()


@test
def fuzz__joined_stack(random_, **_):
    """The same on second stacks of a session, if it survives."""
    session = new()
    for _ in range(fuzz_turns // 4):
        try:
            session.join(v6)
            stack = session.stacks.pop()
            name = random_.choice(list(samples()))
            buf = bytearray(samples(session.snd_nxt)[name])
            buf[random_.randrange(len(buf))] ^= 1 << random_.randrange(8)
            stack.send(bytes(buf))
            stack.close()
            session.pump(0)
        except (AssertionError, w.Ended, OSError, struct.error):
            session.reset()
            session = new()
    session.reset()


# --- all tests, each followed by a look at what it left ---

def run_client():
    witness = new()
    random_ = random.Random(seed)
    base_sockets = poll(npv_sockets)
    print(f"# seed {seed}", flush=True)
    only = os.environ.get("NPV_TEST_ONLY", "")
    for function in TESTS:
        name = function.__name__
        if not re.search(only, name):
            continue
        start = time.monotonic()
        try:
            function(random_=random_)
            detail = ""
        except (AssertionError, w.Ended, OSError, struct.error) as err:
            detail = f"{type(err).__name__}: {err}"
            trace = err.__traceback__
            while trace and trace.tb_next and \
                    trace.tb_next.tb_frame.f_code.co_filename == __file__:
                trace = trace.tb_next
            detail += f" (line {trace.tb_lineno})" if trace else ""
            del trace
        for stack in list(w.Stack.every):
            if stack not in witness.stacks:
                stack.close()
        try:
            witness.echo(3000)
        except (AssertionError, w.Ended, OSError) as err:
            detail += f"; another session suffered: {err!r}"
            witness.drop()
            witness = new()
        if not poll(lambda: npv_sockets() <= base_sockets and
                    tcp_to_npv_port() <= 1):
            detail += f"; left behind: {npv_sockets() - base_sockets} sessions, " \
                f"{tcp_to_npv_port() - 1} connections"
            base_sockets = npv_sockets()
        ok(not detail, f"hostile: {name}", detail)
        took = time.monotonic() - start
        if took > 3:
            print(f"# took {took:.1f} s", flush=True)
    witness.finish()
    ok(poll(lambda: npv_sockets() < base_sockets), "hostile: the last session ends",
       npv_sockets())
    print(f"1..{count}", flush=True)
    return 1 if failed else 0


proc, v4, v6, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.SystemRandom().randrange(
    1 << 32)
fuzz_turns = int(os.environ.get("NPV_TEST_FUZZ", "400"))
sys.exit(run_client())
