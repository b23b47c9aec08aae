# SPDX-License-Identifier: GPL-2.0
"""One frame of each type, such as may come: what is spoiled by the cases."""

import wire as w
from target import PORT, hello


def samples(seq=0):
    """One frame of each type, such as may come."""
    return {
        "DATA": w.data(seq, b"payload of a frame"),
        "ACK": w.ack(0, 1 << 20, (100, 200), (300, 400)),
        "FIN": w.fin(seq),
        "CLOSE": w.close(),
        "HELLO": hello(),
        "WELCOME": w.greeting(w.WELCOME, PORT, 1, 1, bytes(16)),
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
