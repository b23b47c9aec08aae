#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A file through sockets without read() and write(): see splice.sh.

    splice.py send ADDRESS PORT FILE      sendfile()
    splice.py zerocopy ADDRESS PORT FILE  MSG_ZEROCOPY
    splice.py receive PORT FILE           splice() by a pipe
"""

import mmap
import os
import select
import socket
import struct
import sys

SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
SO_EE_ORIGIN_ZEROCOPY = 5


def send(address, port, path):
    with socket.create_connection((address, int(port)), 20) as sock, \
            open(path, "rb") as file:
        sock.settimeout(None)
        offset, size = 0, os.fstat(file.fileno()).st_size
        # odd, so that pieces begin anywhere in a page
        while offset < size:
            offset += os.sendfile(sock.fileno(), file.fileno(), offset, 300001)
        sock.shutdown(socket.SHUT_WR)
        # until the other has all
        sock.recv(1)


def told(sock):
    """The numbers of the first and the last send() of a notice."""
    poll = select.poll()
    poll.register(sock, 0)
    if not poll.poll(60000):
        raise TimeoutError("no notice of MSG_ZEROCOPY")
    _, control, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
    # struct sock_extended_err
    errno, origin, _, _, _, info, data = struct.unpack("=IBBBBII",
                                                       control[0][2][:16])
    if errno or origin != SO_EE_ORIGIN_ZEROCOPY:
        raise RuntimeError(f"errno {errno}, origin {origin}")
    return info, data


def zerocopy(address, port, path):
    with open(path, "rb") as file:
        data = file.read()
    piece = 300001
    junk = bytes(piece)
    # pages of their own, each filled with something else once it is free
    buffers = [mmap.mmap(-1, piece) for _ in range(4)]
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    sock.settimeout(20)
    sock.connect((address, int(port)))
    sock.settimeout(None)
    busy, free, sends, offset = {}, list(buffers), 0, 0
    with sock:
        while offset < len(data) or busy:
            while offset < len(data) and free:
                buf = free.pop()
                size = min(piece, len(data) - offset)
                buf[:size] = data[offset:offset + size]
                with memoryview(buf) as view:
                    sent = sock.send(view[:size], MSG_ZEROCOPY)
                offset += sent
                busy[sends] = buf
                sends += 1
            first, last = told(sock)
            for number in range(first, last + 1):
                buf = busy.pop(number)
                buf[:] = junk
                free.append(buf)
        print(f"{sends} sends told", flush=True)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1)


def receive(port, path):
    with socket.create_server(("::", int(port)), family=socket.AF_INET6,
                              dualstack_ipv6=True) as listener:
        print("listening", flush=True)
        sock, _ = listener.accept()
    pipe = os.pipe()
    with sock, open(path, "wb") as file:
        while count := os.splice(sock.fileno(), pipe[1], 200003):
            while count:
                count -= os.splice(pipe[0], file.fileno(), count)


def main():
    role, *args = sys.argv[1:]
    {"send": send, "zerocopy": zerocopy, "receive": receive}[role](*args)


if __name__ == "__main__":
    main()
