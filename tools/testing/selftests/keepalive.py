# SPDX-License-Identifier: GPL-2.0
"""An end of one session, or of one pair of datagram sockets, that does as it is told.

  keepalive.py COMMANDS stream|dgram listen|connect ADDRESS PORT [NAME VALUE]...
  keepalive.py COMMANDS dgram send ADDRESS PORT [NAME VALUE]...     without connect()

Options are set before listen() or connect(). Commands are lines of a FIFO:

  say TEXT         send it
  set NAME VALUE   set an option of the session
  get NAME         print it

What comes is printed as "got TEXT", the end of the session as "end" or as the name of
its error.
"""

import errno
import os
import select
import socket
import sys

OPTIONS = {
    "NPV_KEEPALIVE": (0x4E50, 8),
    "SO_KEEPALIVE": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "TCP_KEEPIDLE": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "TCP_KEEPINTVL": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "TCP_KEEPCNT": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
}


def tell(*words):
    print(*words, flush=True)


def opened(kind, role, address, port, options):
    """A socket, if it is one of streams with its peer."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "stream" else
                         socket.SOCK_DGRAM)
    for name, value in zip(options[::2], options[1::2]):
        sock.setsockopt(*OPTIONS[name], int(value))
    if role == "connect":
        sock.connect((address, port))
    elif role == "listen":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        if kind == "stream":
            sock.listen()
        tell("listening")
        if kind == "stream":
            sock = sock.accept()[0]
    tell("ready")
    return sock


def obey(sock, peer, command):
    word, *rest = command.split()
    if word == "say":
        data = " ".join(rest).encode()
        if peer:
            sock.sendto(data, peer)
        else:
            sock.send(data)
    elif word == "set":
        sock.setsockopt(*OPTIONS[rest[0]], int(rest[1]))
        tell("set", *rest)
    elif word == "get":
        tell(rest[0], sock.getsockopt(*OPTIONS[rest[0]]))


def main():
    fifo, kind, role, address, port, *options = sys.argv[1:]
    fifo = os.open(fifo, os.O_RDONLY)
    sock = opened(kind, role, address, int(port), options)
    peer = (address, int(port)) if role == "send" else None
    commands = b""
    while True:
        ready = select.select([fifo, sock], [], [])[0]
        if fifo in ready:
            more = os.read(fifo, 4096)
            if not more:
                return
            *lines, commands = (commands + more).split(b"\n")
            for line in lines:
                obey(sock, peer, line.decode())
        if sock not in ready:
            continue
        try:
            data, source = sock.recvfrom(65536)
        except OSError as error:
            # UDP tells what ICMP says
            if kind == "dgram":
                continue
            tell(errno.errorcode[error.errno])
            return
        if not data and kind == "stream":
            tell("end")
            return
        tell("got", data.decode())
        if kind == "dgram" and role == "listen":
            peer = source


main()
