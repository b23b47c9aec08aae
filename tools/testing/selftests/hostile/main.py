#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A peer that breaks the protocol of native sessions in every way, and first one
that keeps it. Run by hostile.sh; prints TAP.

    main.py SERVER_PROC ADDRESS4 ADDRESS6 PORT [SEED]

A client of an echo server over the kernel's sessions at those addresses;
SERVER_PROC is /proc/PID/net of its namespace. NPV_TEST_ONLY in the environment is a
regular expression for the tests to run, NPV_TEST_FUZZ the rounds of fuzzing.
"""

import os
import re
import struct
import sys
import time
import traceback

import begins
import control
import datagrams
import floods
import frames
import fuzz
import handshake
import joins
import lazy
import moves
import records
import right
import stream
import udp
import wire as w
from cases import TESTS
from noise import SEED
from target import new, npv_sockets, poll, tcp_to_npv_port

# In this order: the rest relies on what comes first
SUBJECTS = (right, handshake, joins, frames, stream, control, lazy, records, floods,
            udp, moves, begins, datagrams, fuzz)

count = failed = 0


def ok(fine, name, detail=""):
    global count, failed
    count += 1
    print(f"{'' if fine else 'not '}ok {count} - {name}", flush=True)
    if not fine:
        failed += 1
        print(f"# {detail}", flush=True)


def where(function, err):
    """The line of the case's own file that the error came by, of several the last."""
    path = function.__code__.co_filename
    lines = [frame.lineno for frame in traceback.extract_tb(err.__traceback__)
             if frame.filename == path]
    return f"{os.path.basename(path)}:{lines[-1]}"


def run(function):
    """Returns what went wrong in the case."""
    try:
        function()
    except (AssertionError, w.Ended, OSError, struct.error) as err:
        return f"{type(err).__name__}: {err} ({where(function, err)})"
    return ""


def run_all():
    """The cases, each followed by a look at what it left."""
    witness = new()
    base_sockets = poll(npv_sockets)
    print(f"# seed {SEED}", flush=True)
    only = os.environ.get("NPV_TEST_ONLY", "")
    for function in (f for subject in SUBJECTS for f in TESTS[subject.__name__]):
        name = function.__name__
        if not re.search(only, name):
            continue
        start = time.monotonic()
        detail = run(function)
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


sys.exit(run_all())
