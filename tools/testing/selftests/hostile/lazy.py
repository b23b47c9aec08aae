# SPDX-License-Identifier: GPL-2.0
"""Peers that don't do their part: none may take the others' memory or time."""

import wire as w
from cases import test
from target import new


@test
def lazy__never_reads():
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
def lazy__never_acknowledges():
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
def lazy__one_byte_at_a_time():
    session = new()
    for byte in w.data(0, b"slow") + w.ping(3):
        session.send_frame(bytes([byte]))
    session.snd_nxt = 4
    assert session.receive(4) == b"slow"
    session.finish()
