#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""connect() with TCP_FASTOPEN_CONNECT to a server that echoes: see discovery.sh.

    fastopen.py ADDRESS PORT
"""

import socket
import sys

# linux/tcp.h; the module has no name for it
TCP_FASTOPEN_CONNECT = 30

with socket.socket() as sock:
    sock.setsockopt(socket.SOL_TCP, TCP_FASTOPEN_CONNECT, 1)
    # the answer is that of who blocks: connected, or why not
    sock.connect((sys.argv[1], int(sys.argv[2])))
    sock.sendall(b"echo")
    if sock.recv(4, socket.MSG_WAITALL) != b"echo":
        sys.exit("no echo")
