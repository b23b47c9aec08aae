# SPDX-License-Identifier: GPL-2.0
"""Frames of every type that are cut short, too long, unknown, or out of place."""

import struct

import wire as w
from cases import test
from samples import samples
from target import V6, hello, new, raw, rejected


@test
def frames__truncated_at_every_byte():
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
def frames__truncated_on_a_joined_stack():
    """The session loses a stack each time, nothing else."""
    session = new()
    for name in ("DATA", "ACK", "FIN", "STATUS", "ADDR_ADD", "PING"):
        # far behind what is sent here, which has to have the same bytes
        sample = samples(session.snd_nxt + 200000)[name]
        for cut in (1, 7, 8, 9, len(sample) - 1):
            session.join(V6)
            stack = session.stacks.pop()
            stack.send(sample[:cut])
            stack.close()
        session.echo(100)
    session.reset()


@test
def frames__wrong_length():
    """Of each type a body that is shorter, longer, and far longer than it may be."""
    for sample in samples().values():
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


@test
def frames__unknown_type():
    session = new()
    session.send_frame(w.frame(w.SKIP | 0x7f, bytes(300)))
    session.echo(100)
    session.send_frame(w.frame(0x7f, bytes(10)))
    rejected(session.stacks[0])
    session.drop()


@test
def frames__handshake_again():
    """What belongs to the beginning comes in the middle."""
    for name in ("HELLO", "WELCOME", "REFUSE", "JOIN", "JOIN_ACK", "JOIN_CONFIRM"):
        session = new()
        session.echo(10)
        session.send_frame(samples()[name])
        rejected(session.stacks[0])
        session.drop()
