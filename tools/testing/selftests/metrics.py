#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A listener of stacks' metrics, for metrics.sh.

    metrics.py [--slow] [--bare] group | NAME=NUMBER... [every]

NAME is an attribute of metrics-set: interval-ms, rtt-percent and so on. Each message
is a line of JSON, keys as in the specification, "at" the time at which it was read in
milliseconds; before them comes {"listens": 0}, or
the errno and the text with which the kernel refused. {"lost": true} is a line where it
told of messages that there was no room for.

--slow:  a small buffer, and nothing is read before SIGUSR1
--bare:  SIGUSR1 has it say metrics-del, and go on reading
"""

import errno
import json
import os
import re
import signal
import socket
import struct
import sys
import time

HEADER = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      "../../../uapi/linux/npv_netlink.h")
NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NETLINK_CAP_ACK = 10
NETLINK_EXT_ACK = 11
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLMSG_ERROR = 2
U64 = {"session-id", "delivery-rate", "heard-ms"}


def constants():
    """The numbers of the header, by name."""
    found, last = {}, -1
    with open(HEADER, encoding="ascii") as header:
        text = re.sub(r"/\*.*?\*/", "", header.read(), flags=re.S)
    for body in re.findall(r"enum [\w ]*{(.*?)};", text, re.S):
        last = -1
        for name, value in re.findall(r"(\w+)(?: = (\d+))?,", body):
            last = int(value) if value else last + 1
            found[name] = last
    return found


C = constants()


def names(prefix):
    return {value: name[len(prefix):].lower().replace("_", "-")
            for name, value in C.items() if name.startswith(prefix)}


STACK = names("NPV_A_STACK_")
METRIC = names("NPV_METRIC_")


def attr(kind, payload):
    data = struct.pack("=HH", 4 + len(payload), kind) + payload
    return data + bytes(-len(data) % 4)


def attrs(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


def messages(data):
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:length]
        data = data[(length + 3) & ~3:]


def say(what):
    print(json.dumps(what), flush=True)


class Listener:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_GENERIC)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.bind((0, 0))
        self.family = GENL_ID_CTRL
        self.early = []
        self.groups = {}
        self.resolve()

    def request(self, cmd, payload=b""):
        """Return: errno and the kernel's text, and the answer's attributes."""
        body = struct.pack("=BBH", cmd, 1, 0) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), self.family,
                                   NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
        answer = []
        while True:
            for kind, data in messages(self.sock.recv(65536)):
                if kind != NLMSG_ERROR:
                    answer.append(data)
                    continue
                text = dict(attrs(data[20:])).get(1, b"") if data[:4] != bytes(4) \
                    else b""
                self.early = answer
                return -struct.unpack_from("=i", data)[0], \
                    text.rstrip(b"\0").decode(), answer

    def resolve(self):
        err, _, answer = self.request(CTRL_CMD_GETFAMILY,
                                      attr(CTRL_ATTR_FAMILY_NAME, b"npv\0"))
        if err:
            sys.exit(f"no family npv: {os.strerror(err)}")
        for kind, data in attrs(answer[0][4:]):
            if kind == CTRL_ATTR_FAMILY_ID:
                self.family = struct.unpack("=H", data)[0]
            if kind == CTRL_ATTR_MCAST_GROUPS:
                for _, group in attrs(data):
                    group = dict(attrs(group))
                    self.groups[group[1].rstrip(b"\0").decode()] = \
                        struct.unpack("=I", group[2])[0]
        self.early = []

    def join(self):
        try:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                                 self.groups["metrics"])
        except OSError as error:
            return error.errno, ""
        return 0, ""

    def wish(self, words):
        payload = b""
        for word in words:
            name, _, value = word.partition("=")
            kind = C["NPV_A_METRICS_" + name.upper().replace("-", "_")]
            payload += attr(kind, b"" if name == "every" else
                            struct.pack("=Q" if name == "session-id" else "=I",
                                        int(value)))
        return self.request(C["NPV_CMD_METRICS_SET"], payload)[:2]

    def tell(self, data):
        if data[0] != C["NPV_CMD_METRICS_NTF"]:
            return
        told = {"at": time.monotonic_ns() // 1000000}
        for kind, payload in attrs(data[4:]):
            name = STACK.get(kind, str(kind))
            if name.endswith("-addr4"):
                told[name] = socket.inet_ntop(socket.AF_INET, payload)
            elif name.endswith("-addr6"):
                told[name] = socket.inet_ntop(socket.AF_INET6, payload)
            elif name.endswith("-port"):
                told[name] = struct.unpack("!H", payload)[0]
            elif name == "crossed":
                crossed = struct.unpack("=I", payload)[0]
                told[name] = [METRIC[1 << bit] for bit in range(32)
                              if crossed >> bit & 1]
            elif len(payload) in (4, 8):
                told[name] = int.from_bytes(payload, sys.byteorder)
        say(told)

    def read(self):
        for data in self.early:
            self.tell(data)
        self.early = []
        while True:
            try:
                for kind, data in messages(self.sock.recv(65536)):
                    if kind == self.family:
                        self.tell(data)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                say({"lost": True})


class Stop(Exception):
    """SIGUSR1"""


def on_usr1(*_):
    raise Stop


def main():
    words = sys.argv[1:]
    slow, bare = "--slow" in words, "--bare" in words
    words = [word for word in words if not word.startswith("--")]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    listener = Listener()
    err, text = listener.join() if words == ["group"] else listener.wish(words)
    say({"listens": err, "text": text})
    if err:
        return 1
    if slow:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        signal.sigwait({signal.SIGUSR1})
    signal.signal(signal.SIGUSR1, on_usr1)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        listener.read()
    except Stop:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if bare:
        err, text, _ = listener.request(C["NPV_CMD_METRICS_DEL"])
        say({"deleted": err, "text": text})
        err, text, _ = listener.request(C["NPV_CMD_METRICS_DEL"])
        say({"deleted": err, "text": text})
        listener.early = []
        listener.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
