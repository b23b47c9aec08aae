#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Connects as programs do that know names only, and says how that went.

    names.py connect NAME PORT [blocking] [bound ADDRESS]

A line of NAME=VALUE: peer (as getpeername() tells it), ms (how long it took),
connects (calls of connect()), candidates and kind (of NPV_INFO), name
(NPV_PEER_NAME), error.
"""
import errno
import socket
import struct
import sys
import time

SOL_NPV = 0x4E50
NPV_INFO = 1
NPV_PEER_NAME = 19
# Seconds that it would wait for one address
PATIENCE = 2


def option(sock, name, size):
    try:
        return sock.getsockopt(SOL_NPV, name, size)
    except OSError:
        return b""


def connect(name, port, blocking, bound):
    """As socket.create_connection() does it, and counts."""
    error = None
    connects = 0
    for family, kind, proto, _, addr in socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM):
        sock = socket.socket(family, kind, proto)
        try:
            if not blocking:
                sock.settimeout(PATIENCE)
            if bound:
                sock.bind((bound, 0))
            connects += 1
            sock.connect(addr)
            return sock, connects, None
        except OSError as e:
            error = e
            sock.close()
    return None, connects, error


def main(name, port, *args):
    args = list(args)
    bound = args[args.index("bound") + 1] if "bound" in args else None
    start = time.monotonic()
    sock, connects, error = connect(name, int(port), "blocking" in args, bound)
    said = {"ms": round(1000 * (time.monotonic() - start)), "connects": connects}
    if error:
        said["error"] = errno.errorcode.get(error.errno, str(error))
    else:
        info = option(sock, NPV_INFO, 72)
        said["peer"] = sock.getpeername()[0]
        if info:
            said["kind"] = info[8]
            said["candidates"] = struct.unpack_from("=I", info, 20)[0]
        said["name"] = option(sock, NPV_PEER_NAME, 256).rstrip(b"\0").decode()
    print(*(f"{key}={value}" for key, value in said.items()))


if sys.argv[1:2] != ["connect"]:
    sys.exit(__doc__)
main(*sys.argv[2:])
