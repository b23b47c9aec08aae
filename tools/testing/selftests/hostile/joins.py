# SPDX-License-Identifier: GPL-2.0
"""JOIN: stacks for a session that is not one's own, without a proof, for ever half
done."""

import os

import wire as w
from cases import test
from target import (
    V4, V6, counters, new, poll, raw, refused, rejected, tcp_to_npv_port)


@test
def join__of_no_session():
    for ident in (0, 1, 0xffffffffffffffff):
        refused(raw(w.join(ident, 1, os.urandom(16))), w.REFUSE_SESSION)
    # our own number of a session is none of the peer's
    session = new()
    refused(raw(w.join(session.id, 1, os.urandom(16))), w.REFUSE_SESSION)
    session.finish()


@test
def join__wrong_mac():
    before = counters()
    session = new()
    for spoil in (lambda mac: bytes(32), lambda mac: mac[:-1] + bytes([mac[-1] ^ 1]),
                  lambda mac: bytes([mac[0] ^ 0x80]) + mac[1:]):
        stack = session.join(V6, spoil=spoil)
        refused(stack, w.REFUSE_MAC)
        session.echo(100)
    now = counters()
    moved = [name for name in now if now[name] == before.get(name, 0) + 3 and
             "Mac" in name]
    session.finish()
    assert moved, f"no counter with Mac in its name went up by three: {now}"


@test
def join__foreign_keys():
    """Of a session whose number is known but not its keys."""
    session, other = new(), new()
    other_id, other.peer_id = other.peer_id, session.peer_id
    try:
        other.join(V6)
    except AssertionError as err:
        assert "MAC of JOIN_ACK" in str(err), err
    other.peer_id = other_id
    session.echo(100)
    other.echo(100)
    session.finish()
    other.finish()


@test
def join__replayed():
    """JOIN and the CONFIRM that was right for another nonce of the server."""
    session = new()
    nonce = os.urandom(16)
    confirm = None
    for _turn in range(2):
        stack = w.Stack.connect(V6)
        stack.send(w.join(session.peer_id, 5, nonce))
        theirs = stack.expect(w.JOIN_ACK)[3][:16]
        confirm = confirm or session.mac(b"NPV1 JOIN_CONFIRM", nonce, theirs, 5)
        stack.send(w.join_confirm(confirm))
    refused(stack, w.REFUSE_MAC)
    session.echo(100)
    session.finish()


@test
def join__data_before_confirm():
    """What comes on a stack that has proved nothing changes no session."""
    session = new()
    for buf in (w.data(0, b"injected"), w.fin(0), w.close(w.CLOSE_RESET),
                w.ack(1 << 40, 1 << 41), w.ping(1), w.join_ack(bytes(16), bytes(32))):
        stack = w.Stack.connect(V6)
        stack.send(w.join(session.peer_id, 6, os.urandom(16)))
        stack.expect(w.JOIN_ACK)
        stack.send(buf)
        rejected(stack)
        stack.close()
    session.echo(1000)
    session.finish()


@test
def join__confirm_never_comes():
    """Half-open stacks: a bounded number, and the session's own still join."""
    session = new()
    held = []
    for _ in range(64):
        stack = w.Stack.connect(V6)
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
    session.join(V6)
    session.echo(100000)
    session.finish()


@test
def join__same_number_twice():
    session = new()
    session.join(V6)
    # over both: the first one is known to be there, not just proven
    session.echo(40000)
    session.next_stack = 1
    refused(session.join(V4), w.REFUSE_STACKS)
    session.stacks.pop()
    session.echo(5000)
    session.finish()
