# SPDX-License-Identifier: GPL-2.0
"""The server that the cases are about: where it is, which the arguments of main.py
say, what its side shows, connections to it, and what it has to do with them."""

import os
import sys
import time

import wire as w
from session import Session

PROC, V4, V6, PORT = *sys.argv[1:4], int(sys.argv[4])

PATIENCE = 20


def poll(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


# --- what its side shows ---

def counters():
    with open(f"{PROC}/npv_stat", encoding="ascii") as file:
        return {name: int(value) for name, value in map(str.split, file)}


def npv_sockets():
    total = 0
    with open(f"{PROC}/protocols", encoding="ascii") as file:
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
        with open(f"{PROC}/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                words = line.split()
                # not listening, not in TIME-WAIT
                total += words[1].endswith(":" + port) and \
                    words[3] not in ("0A", "06")
    return total


def slab_kb():
    with open("/proc/meminfo", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["Slab"].split()[0])


# --- connections to it ---

def new(address=None, **kwargs):
    return Session.connect(address or V4, PORT, **kwargs)


def hello(**change):
    """A HELLO with ids of its own."""
    return w.greeting(w.HELLO, change.pop("port", PORT),
                      int.from_bytes(os.urandom(8), "big"), 1 << 20,
                      os.urandom(16), **change)


def raw(*frames, address=None):
    """A connection on which those are sent; the other end may end it earlier."""
    stack = w.Stack.connect(address or V4)
    try:
        stack.send(b"".join(frames))
    except w.Ended:
        pass
    return stack


# --- what it has to do with them ---

def refused(stack, *reasons):
    """It is refused for one of the reasons, and then ended."""
    kind, _flags, aux, _body = stack.next() or (None, 0, 0, b"")
    assert kind == w.REFUSE, f"{w.NAMES.get(kind, kind)} {aux}, no REFUSE"
    assert aux in reasons, f"refused for {aux}, not one of {reasons}"
    assert stack.is_ended(), "not closed afterwards"


def rejected(stack):
    """The session or stack ends: closed, with or without a CLOSE before it."""
    assert stack.is_ended(), "the other end keeps the stack"
