#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A file through sockets without read() and write(): see splice.sh.

    splice.py send ADDRESS PORT FILE      sendfile()
    splice.py receive PORT FILE           splice() by a pipe
"""

import os
import socket
import sys


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
    {"send": send, "receive": receive}[role](*args)


if __name__ == "__main__":
    main()
