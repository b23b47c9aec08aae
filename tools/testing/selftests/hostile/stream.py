# SPDX-License-Identifier: GPL-2.0
"""DATA, ACK and FIN: sequence numbers that wrap, lie, go back, and holes."""

import wire as w
from cases import test
from target import new, rejected


@test
def data__out_of_range():
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
def data__old():
    """Nothing new in it: harmless."""
    session = new()
    session.echo(5000)
    for buf in (w.data(0, b"\0" * 100), w.data(4999, b"\0")):
        session.send_frame(buf)
    session.echo(5000)
    session.finish()


@test
def data__empty():
    session = new()
    session.send_frame(w.data(0, b""))
    rejected(session.stacks[0])
    session.drop()


@test
def data__holes_only():
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
def ack__of_what_was_never_sent():
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
def ack__strange_ranges():
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
def ack__edge_goes_back():
    session = new()
    session.echo(1000)
    session.send_frame(w.ack(session.rcv_nxt, session.rcv_nxt))
    session.send_frame(w.ack(0, session.rcv_nxt + 1))
    session.send_frame(w.ack(1, session.rcv_nxt + session.window))
    session.echo(1000)
    session.finish()


@test
def ack__edge_without_end():
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
def fin__twice_with_other_numbers():
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
def fin__before_data_that_came():
    session = new()
    session.echo(1000)
    session.send_frame(w.fin(500))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__data_behind_it():
    session = new()
    session.send_frame(w.fin(100))
    session.send_frame(w.data(100, b"behind the end"))
    rejected(session.stacks[0])
    session.drop()


@test
def fin__out_of_range():
    for seq in (1 << 63, (1 << 64) - 1):
        session = new()
        session.send_frame(w.fin(seq))
        rejected(session.stacks[0])
        session.drop()
