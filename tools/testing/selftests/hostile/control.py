# SPDX-License-Identifier: GPL-2.0
"""STATUS, addresses and CLOSE: numbers that mean nothing, lists that lie."""

import socket

import wire as w
from cases import test
from target import V6, new


@test
def status__of_unknown_stacks():
    session = new()
    for number, (what, stack) in enumerate(((0, 99), (1, 0xffffffff), (9, 0),
                                            (0xffff, 0), (3, 50)), 1):
        try:
            session.send_frame(w.status(what, stack, number))
        except w.Ended:
            break
    session.reset()


@test
def status__all_paused():
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
def addresses__strange():
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
def close__every_reason():
    for reason in (0, 1, 2, 3, 4, 5, 6, 0xffff):
        session = new()
        session.echo(10)
        session.send_frame(w.close(reason))
        session.send_frame(w.close(reason))
        session.drop()


@test
def close__of_one_stack():
    session = new()
    session.join(V6)
    session.echo(1000)
    stack = session.stacks.pop(0)
    stack.send(w.close(w.CLOSE_STACK))
    assert stack.is_ended(), "the stack is kept"
    session.echo(1000)
    session.finish()
