# SPDX-License-Identifier: GPL-2.0
"""Connections by the thousand, of peers that want nothing."""

import os
import resource
import socket
import time

import wire as w
from cases import test
from target import V4, hello, new, slab_kb, tcp_to_npv_port


def flood(frames, number):
    """So many connections that send FRAMES and then nothing."""
    held = []
    for _ in range(number):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.connect((V4, w.PORT))
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
def flood__says_nothing():
    flooded(b"")


@test
def flood__half_a_hello():
    flooded(hello()[:20])


@test
def flood__whole_hellos():
    """Sessions that nobody wants: no more than a backlog of them."""
    flooded(hello, 600)


@test
def flood__joins():
    flooded(lambda: w.join(int.from_bytes(os.urandom(8), "big"), 1,
                           os.urandom(16)), 600)
