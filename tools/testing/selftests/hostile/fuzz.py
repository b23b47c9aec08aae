# SPDX-License-Identifier: GPL-2.0
"""Anything: good frames with bits turned, random frames, noise."""

import struct

import wire as w
from cases import test
from noise import TURNS, rng, turn_a_bit
from samples import samples
from target import V6, hello, new, raw


@test
def fuzz__frames():
    """Random frames after a HELLO: from good ones with bits turned, to noise."""
    for turn in range(TURNS):
        out = [hello()]
        seq = 0
        for _ in range(rng.randrange(1, 12)):
            choice = rng.randrange(10)
            if choice < 3:
                payload = rng.randbytes(rng.randrange(3000))
                out.append(w.data(seq, payload, flags=rng.randrange(256)))
                seq += len(payload)
            elif choice < 8:
                name = rng.choice(list(samples()))
                buf = bytearray(samples(seq)[name])
                for _ in range(rng.randrange(4)):
                    turn_a_bit(buf)
                out.append(bytes(buf))
            elif choice == 8:
                body = rng.randbytes(rng.randrange(520))
                out.append(w.frame(rng.randrange(256), body,
                                   rng.randrange(256),
                                   rng.randrange(65536)))
            else:
                out.append(rng.randbytes(rng.randrange(200)))
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
def fuzz__joined_stack():
    """The same on second stacks of a session, if it survives."""
    session = new()
    for _ in range(TURNS // 4):
        try:
            session.join(V6)
            stack = session.stacks.pop()
            name = rng.choice(list(samples()))
            buf = bytearray(samples(session.snd_nxt)[name])
            turn_a_bit(buf)
            stack.send(bytes(buf))
            stack.close()
            session.pump(0)
        except (AssertionError, w.Ended, OSError, struct.error):
            session.reset()
            session = new()
    session.reset()
