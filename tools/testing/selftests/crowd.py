# SPDX-License-Identifier: GPL-2.0
"""Many sessions at once, between two programs that know nothing of them.

  crowd.py server PORT NUMBER BACKLOG [GO]
      listens; once there is a file GO it accepts as many, and sends back what each sends
      first, and again.
  crowd.py client ADDRESS PORT NUMBER ORDERS
      opens as many, each of which sends its number; then each has to get that back.
      Tells "opened", and in a line of JSON what became of them. Each line that then comes
      by a FIFO has each of them send and receive once more.
"""

import json
import os
import resource
import socket
import struct
import sys
import time

NUMBER = struct.Struct("!I")


def receive(sock):
    """The number that the other has sent."""
    data = b""
    while len(data) < NUMBER.size:
        more = sock.recv(NUMBER.size - len(data))
        if not more:
            raise OSError(0, "the end")
        data += more
    return NUMBER.unpack(data)[0]


def server(port, number, backlog, go=None):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen(backlog)
    print("listening", flush=True)
    while go and not os.path.exists(go):
        time.sleep(0.01)
    socks = [listener.accept()[0] for _ in range(number)]
    while True:
        for sock in socks:
            sock.sendall(NUMBER.pack(receive(sock)))


def round_trips(socks):
    """How many get back what they send, and how the others fail."""
    right, errors = 0, {}
    for i, sock in enumerate(socks):
        try:
            right += receive(sock) == i
        except OSError as err:
            errors[str(err)] = errors.get(str(err), 0) + 1
    return right, errors


def client(address, port, number, orders):
    socks = []
    errors = {}
    for i in range(number):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(60)
        try:
            sock.connect((address, port))
            sock.sendall(NUMBER.pack(i))
        except OSError as err:
            errors[str(err)] = errors.get(str(err), 0) + 1
        socks.append(sock)
    print("opened", flush=True)
    right, more = round_trips(socks)
    print(json.dumps({"right": right, "errors": errors, "later": more}), flush=True)
    # also for writing, so that it has no end
    with os.fdopen(os.open(orders, os.O_RDWR), encoding="ascii") as fifo:
        while fifo.readline():
            for i, sock in enumerate(socks):
                sock.sendall(NUMBER.pack(i))
            right, more = round_trips(socks)
            print(json.dumps({"right": right, "later": more}), flush=True)


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    what, *args = sys.argv[1:]
    if what == "server":
        port, number, backlog, *go = args
        server(int(port), int(number), int(backlog), *go)
    else:
        address, port, number, orders = args
        client(address, int(port), int(number), orders)


if __name__ == "__main__":
    main()
