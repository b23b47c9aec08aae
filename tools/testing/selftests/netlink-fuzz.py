#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Random messages to the generic netlink family npv, made from its specification, at two
hosts whose sessions carry traffic. Run by netlink-fuzz.sh, which has made the hosts cl
and sv; prints TAP.

    netlink-fuzz.py fuzz SECONDS SEED DIR PATH...
    netlink-fuzz.py server ADDRESS PORT       sends back what comes, to whom it comes from
    netlink-fuzz.py victims PORT ADDRESS...   sessions that may be ended at any time: what
                                              comes is right, or nothing comes

Most of the messages are what an operator could say, with ids, names, addresses and
interfaces that there are, so that they have an effect; others are wrong in one way or
another. Each gets an answer, and an error a text. It is done in rounds: in each a few
processes send by several sockets each, some with a draft of the policy open, while links
and addresses come and go. Then all of it is taken back, and each of the loads whose
progress is told in DIR/NAME.HOST.load has to move. Their sessions are not ended, nor is
the policy such that they may have to end; stacks of those whose NAME begins with "whole"
are not added and taken away by hand, and in the end they are composed as they were.

What is sent depends on the seed, the number of the round and of the process, and on what
there is.
"""

import ctypes
import errno
import ipaddress
import json
import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections import Counter

TOP = os.environ.get("TOP", "")
SPEC = f"{TOP}/Documentation/netlink/specs/npv.yaml"
HOSTS = ("cl", "sv")
ROUND_S = 10
# the kernel debugs itself, and others want the machine as well
ANSWER_S, MOVE_S, COMPOSED_S = 60, 60, 90
MOVES = 20000
WORKERS = 3
NOBODY = 65534
# Sessions have to live as long as a round and what follows it, and a stack that sends
# less would be seen to move only by the patient
RECONNECT_LEAST_S, RATE_LEAST = 60, 50000

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 1, 10, 11
SO_RCVBUFFORCE = 33
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3fff
NLMSGERR_ATTR_MSG = 1
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
NAMED = {"s32-max": 2**31 - 1, "u32-max": 2**32 - 1}

libc = ctypes.CDLL(None, use_errno=True)
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)


class Broken(Exception):
    """What must not be."""


# --- the specification ---

class Attribute:
    """One of a set."""

    def __init__(self, number, spec, enums):
        self.number, self.name, self.type = number, spec["name"], spec["type"]
        self.big = spec.get("byte-order") == "big-endian"
        self.multi = spec.get("multi-attr", False)
        self.nested = spec.get("nested-attributes")
        self.checks = {k: NAMED.get(v, v) for k, v in spec.get("checks", {}).items()}
        self.low, self.high = 0, 2**(8 * SIZES.get(self.type, 8)) - 1
        enum = enums.get(spec.get("enum"))
        if enum and enum["type"] == "flags":
            self.high = (1 << len(enum["entries"])) - 1
        elif enum:
            self.low = enum.get("value-start", 0)
            self.high = self.low + len(enum["entries"]) - 1
        self.low = self.checks.get("min", self.low)
        self.high = self.checks.get("max", self.high)

    def pack(self, value):
        """A value as it is sent."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return value.encode("latin-1") + b"\0"
        if self.type == "flag":
            return b""
        size = SIZES.get(self.type) or (4 if value < 2**32 else 8)
        return value.to_bytes(size, "big" if self.big else sys.byteorder)


class Operation:
    """One of the family."""

    def __init__(self, number, spec):
        self.number, self.name, self.set = number, spec["name"], spec["attribute-set"]
        self.admin = "uns-admin-perm" in spec.get("flags", [])
        self.modes = [mode for mode in ("do", "dump") if mode in spec]
        self.request = {mode: spec[mode].get("request", {}).get("attributes", [])
                        for mode in self.modes}
        self.reply = {mode: spec[mode].get("reply", {}).get("attributes", [])
                      for mode in self.modes}
        self.event = spec.get("event", {}).get("attributes")


class Spec:
    """All of it."""

    def __init__(self):
        import yaml  # pylint: disable=import-outside-toplevel

        with open(SPEC, encoding="ascii") as file:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            spec = yaml.load(file, Loader=loader)
        enums = {d["name"]: d for d in spec["definitions"]}
        self.sets = {s["name"]: {a["name"]: Attribute(n, a, enums)
                                 for n, a in enumerate(s["attributes"], 1)}
                     for s in spec["attribute-sets"]}
        self.by_number = {name: {a.number: a for a in attrs.values()}
                          for name, attrs in self.sets.items()}
        self.ops = {o["name"]: Operation(n, o)
                    for n, o in enumerate(spec["operations"]["list"], 1)}
        self.op_of = {op.number: op for op in self.ops.values()}
        self.groups = [g["name"] for g in spec["mcast-groups"]["list"]]


# --- netlink ---

def attr(kind, data):
    return struct.pack("HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def attrs_of(data):
    """(type, payload) of each, as far as they make sense."""
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        if size < 4 or size > len(data):
            break
        found.append((kind, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


class Answer:
    """What came of a request: an errno, 0 if it was done, and the text of an error."""

    def __init__(self, number, text, replies):
        self.number, self.text, self.replies = number, text, replies

    def __str__(self):
        return "ok" if not self.number else errno.errorcode.get(self.number,
                                                                str(self.number))


def entered(host):
    """Have what is opened next be of that namespace; of this one with None."""
    with open(f"/run/netns/{host}", "rb") if host else os.fdopen(os.dup(HERE)) as there:
        if libc.setns(there.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


class Netlink:
    """A socket that speaks with the family in a host."""

    family = None
    groups = {}

    def __init__(self, spec, host, room=1 << 22):
        self.spec, self.host = spec, host
        self.closed = False
        entered(host)
        try:
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        finally:
            entered(None)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, room)
        self.seq = random.randrange(1 << 20)
        self.pieces = 1 << 20       # how much is read at once, at most
        self.told = Counter()
        if Netlink.family is None:
            self.find_family()

    def close(self):
        self.closed = True
        self.sock.close()

    def find_family(self):
        body = struct.pack("BBH", CTRL_CMD_GETFAMILY, 1, 0) + \
            attr(CTRL_ATTR_FAMILY_NAME, b"npv\0")
        self.seq += 1
        self.send([(self.seq, self.message(self.seq, GENL_ID_CTRL, NLM_F_ACK, body))])
        reply = dict(attrs_of(self.answers({self.seq: None})[self.seq].replies[0][4:]))
        Netlink.family = struct.unpack("H", reply[CTRL_ATTR_FAMILY_ID])[0]
        for _, group in attrs_of(reply[CTRL_ATTR_MCAST_GROUPS]):
            group = dict(attrs_of(group))
            Netlink.groups[group[1].rstrip(b"\0").decode()] = \
                struct.unpack("I", group[2])[0]

    @staticmethod
    def message(seq, family, flags, body):
        return struct.pack("IHHII", 16 + len(body), family, NLM_F_REQUEST | flags, seq,
                           0) + body

    def send(self, messages):
        """(seq, bytes) of each, all at once."""
        self.sock.send(b"".join(m + bytes(-len(m) % 4) for _, m in messages))

    def received(self, patience):
        """Messages that are there, (type, flags, seq, body) each."""
        if not select.select([self.sock], [], [], patience)[0]:
            return None
        try:
            data = self.sock.recv(self.pieces)
        except OSError as e:
            if e.errno != errno.ENOBUFS:
                raise
            self.told["lost"] += 1
            return []
        found = []
        while len(data) >= 16:
            size, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
            if size < 16 or size > len(data):
                break
            found.append((kind, flags, seq, data[16:size]))
            data = data[(size + 3) & ~3:]
        return found

    def unasked(self, body):
        """An event, or metrics that were asked for before."""
        op = self.spec.op_of.get(body[0])
        if not op or op.event is None:
            raise Broken(f"unasked for: {body[:64].hex()}")
        self.told[op.name] += 1
        self.checked(op.set, op.event, body[4:], op.name)

    def checked(self, of, allowed, data, where):
        """Attributes by name, which are as the specification has them."""
        found = {}
        for kind, value in attrs_of(data):
            a = self.spec.by_number[of].get(kind & NLA_TYPE_MASK)
            if not a or (allowed and a.name not in allowed):
                raise Broken(f"{where}: attribute {kind & NLA_TYPE_MASK} of {of} is not "
                             "in the specification")
            if a.nested:
                value = self.checked(a.nested, None, value, f"{where}: {a.name}")
            elif a.type in SIZES or a.type == "uint":
                wanted = (SIZES[a.type],) if a.type in SIZES else (4, 8)
                if len(value) not in wanted:
                    raise Broken(f"{where}: {a.name} has {len(value)} bytes")
                value = int.from_bytes(value, "big" if a.big else sys.byteorder)
                if not a.low <= value <= a.high:
                    raise Broken(f"{where}: {a.name} is {value}")
            elif a.type == "string":
                if value[-1:] != b"\0" or len(value) > a.checks.get("max-len", 4096) + 1:
                    raise Broken(f"{where}: {a.name} is {value!r}")
                value = value[:-1].decode("latin-1")
            elif len(value) != (0 if a.type == "flag" else
                                a.checks.get("exact-len", len(value))):
                raise Broken(f"{where}: {a.name} has {len(value)} bytes")
            if a.multi:
                found.setdefault(a.name, []).append(value)
            else:
                found[a.name] = True if a.type == "flag" else value
        return found

    def answers(self, wanted):
        """Those to the requests with these numbers."""
        found, replies = {}, {seq: [] for seq in wanted}
        end = time.monotonic() + ANSWER_S
        while len(found) < len(wanted):
            messages = self.received(max(end - time.monotonic(), 0))
            if messages is None:
                raise Broken(f"{self.host}: no answer in {ANSWER_S} s to "
                             f"{[wanted[s] for s in wanted if s not in found]}")
            for kind, flags, seq, body in messages:
                if seq == 0 and kind == Netlink.family:
                    self.unasked(body)
                elif seq not in wanted:
                    continue        # of a dump that was not read to its end
                elif kind in (NLMSG_ERROR, NLMSG_DONE):
                    number = -struct.unpack_from("i", body)[0]
                    at = 20 if kind == NLMSG_ERROR else 4
                    tlvs = dict(attrs_of(body[at:])) if flags & NLM_F_ACK_TLVS else {}
                    found[seq] = Answer(number, tlvs.get(NLMSGERR_ATTR_MSG, b"")
                                        .rstrip(b"\0").decode("latin-1"), replies[seq])
                else:
                    replies[seq].append(body)
        return found

    def ask(self, op, mode="do", values=()):
        """One request that is right; the answer, its replies decoded."""
        op = self.spec.ops[op]
        self.seq += 1
        attrs = self.spec.sets[op.set]
        body = struct.pack("BBH", op.number, 1, 0) + b"".join(
            attr(attrs[name].number, attrs[name].pack(value))
            for name, value in dict(values).items())
        flags = NLM_F_DUMP if mode == "dump" else NLM_F_ACK
        self.send([(self.seq, self.message(self.seq, Netlink.family, flags, body))])
        answer = self.answers({self.seq: op.name})[self.seq]
        answer.replies = [self.checked(op.set, op.reply[mode], r[4:], op.name)
                          for r in answer.replies]
        return answer


# --- what is said ---

class World:
    """What there is at a host, for messages to be about."""

    PROFILES = [f"a{n}" for n in range(8)]
    BUILTIN = ["auto", "interactive", "bulk", "handover", "redundant", "metered",
               "plain-only"]
    SCHEDULERS = ["minrtt", "weighted", "redundant", "backup"]

    def __init__(self, host, paths, guard, whole):
        side, other = (1, 2) if host == "cl" else (2, 1)
        nets = range(1, len(paths) + 1)
        self.host = host
        self.guard, self.whole = guard, whole
        self.sessions, self.stacks = [], {}
        self.ifnames = [*paths, "lo", "wlan0"]
        self.own = {4: [f"10.0.{n}.{side}" for n in nets],
                    6: [f"fd00:{n}::{side}" for n in nets]}
        self.peer = {4: [f"10.0.{n}.{other}" for n in nets],
                     6: [f"fd00:{n}::{other}" for n in nets]}
        self.ports = [8080]
        self.ids = {"endpoint": list(range(1, 17)), "rule": list(range(1, 17))}

    def look(self, nl):
        """Sessions and stacks, as they are now; new ids of what was found by itself."""
        self.sessions = [s["id"] for s in nl.ask("session-get", "dump").replies]
        self.stacks = {}
        for s in nl.ask("stack-get", "dump").replies:
            self.stacks.setdefault(s["session-id"], []).append(s["id"])
        for what in ("endpoint", "rule"):
            found = [e["id"] for e in nl.ask(f"{what}-get", "dump").replies]
            self.ids[what] = list(range(1, 17)) + found[:16]


# What a message of an operation has nearly always, and how often the rest
MUST = {
    "session-get": ["id"], "session-del": ["id"], "session-set": ["id"],
    "stack-add": ["session-id"], "stack-del": ["session-id", "id"],
    "stack-set": ["session-id", "id"], "peer-set": ["addr", "kind"], "peer-del": ["addr"],
    "endpoint-set": ["id"], "endpoint-del": ["id"],
    "profile-get": ["name"], "profile-add": ["name"], "profile-set": ["name"],
    "profile-del": ["name"], "rule-add": ["profile"], "rule-set": ["id", "profile"],
    "rule-del": ["id"], "plan-get": [],
}
OFTEN = {
    "session-set": .5, "stack-add": .4, "stack-set": .6, "endpoint-add": .3,
    "endpoint-set": .3, "profile-add": .15, "profile-set": .2, "rule-add": .1,
    "rule-set": .1, "metrics-set": .3, "plan-get": .3,
}
WEIGHTS = {
    "session-del": 2, "endpoint-flush": .1, "profile-flush": .1, "rule-flush": .1,
    "peer-flush": .5, "policy-begin": 4, "policy-commit": 3, "policy-abort": 1,
    "rule-add": 10, "rule-set": 8, "rule-del": 5, "endpoint-add": 10,
    "endpoint-set": 10, "endpoint-del": 5, "profile-add": 8, "profile-set": 12,
    "profile-del": 3, "session-set": 8, "stack-add": 6, "stack-del": 5, "stack-set": 8,
    "plan-get": 6,
}
PREFERENCE = [0, 0, 1, 2, 2, 2, 3, 3, 3, 4]     # what shuts out more rarely


class Author:
    """Writes messages."""

    def __init__(self, spec, rng):
        self.spec, self.rng = spec, rng
        self.names = [op.name for op in spec.ops.values() if op.modes]
        self.weights = [WEIGHTS.get(name, 3) for name in self.names]

    def number(self, a):
        """One of those that are allowed, the ends more often."""
        high = min(a.high, 2**64 - 1)
        return self.rng.choice((a.low, high, self.rng.randint(a.low, high),
                                min(high, a.low + self.rng.randrange(1, 20))))

    def text(self, world, name):
        rng = self.rng
        return rng.choice({
            "scheduler": world.SCHEDULERS + ["none"],
            "profile": world.PROFILES * 2 + world.BUILTIN + ["", "nosuch"],
            "name": world.PROFILES * 3 + world.BUILTIN + ["-x", "x" * 31],
            "ifname": world.ifnames + ["p*", "a/b", "x" * 15],
            "comm": ["npv-stream", "python3", "x"],
            "peer-name": ["example.org", "*.example.org", "a..b", "x" * 253, ""],
        }[name])

    def address(self, world, name):
        rng = self.rng
        family = 4 if name.endswith("4") else 6
        far = name.startswith(("remote", "dest")) or rng.random() < .2
        text = rng.choice((world.peer if far else world.own)[family] * 6 + {
            4: ["0.0.0.0", "224.0.0.1", "127.0.0.1", "192.0.2.1"],
            6: ["::", "ff02::1", "::1", "2001:db8::1", "fe80::1", "::ffff:10.0.1.2"],
        }[family])
        return socket.inet_pton(socket.AF_INET if family == 4 else socket.AF_INET6, text)

    def session(self, world):
        # ids that were never given, rarely
        return self.rng.choice(world.sessions or [1]) if self.rng.random() < .95 else \
            self.rng.choice((0, 2**32, 2**64 - 1, self.rng.randrange(1, 10000)))

    def value(self, world, op, a, session):
        """What an attribute has; one that is allowed, and of use mostly."""
        rng = self.rng
        if a.name.endswith(("addr4", "addr6")):
            return self.address(world, a.name)
        if a.type == "string":
            return self.text(world, a.name)
        if a.nested:
            inner = self.spec.sets[a.nested]
            return b"".join(attr(i.number, i.pack(self.value(world, op, i, session)))
                            for i in inner.values())
        if a.name == "session-id" or (op.set == "session" and a.name == "id"):
            return session
        if op.set == "stack" and a.name == "id":
            return rng.choice(world.stacks.get(session, []) + [rng.randrange(16)])
        if a.name == "id":
            return rng.choice(world.ids[op.set])
        if a.name in ("tcp", "udp", "ipv4", "ipv6", "metered", "temporary",
                      "preference") and a.high > 1:
            return rng.choice(PREFERENCE)
        if a.name in ("backup", "metered", "disabled", "strict", "pinned"):
            return rng.randrange(2)
        if a.name.startswith(("uid", "gid")):
            return rng.choice((0, 0, 1, 1000, NOBODY, 2**32 - 1))
        if a.name.startswith("port"):
            return rng.choice((a.low, 65535, 6780, *world.ports))
        if a.name == "dest-prefix":
            return rng.choice((0, 8, 16, 24, 32, 64, 128))
        if a.name == "reconnect-s":
            return rng.choice((RECONNECT_LEAST_S, 192, 3600))
        if a.name == "max-rate":
            return rng.choice((0, RATE_LEAST, 10**6, 2**40, 2**64 - 1))
        if a.name == "ifindex":
            return rng.randrange(1, 8)
        return self.number(a)

    def attributes(self, world, op, mode, session):
        """(type, payload) of each."""
        rng = self.rng
        wanted = op.request[mode]
        must = MUST.get(op.name, [])
        often = OFTEN.get(op.name, .3)
        # two addresses at a time are rarely right
        family = rng.choice("46")
        found = []
        for name in wanted:
            a = self.spec.sets[op.set][name]
            is_addr = name[-5:-1] == "addr"
            if is_addr and name[-1] != family and rng.random() < .97:
                continue
            sure = name in must or (is_addr and "addr" in must)
            if op.name == "endpoint-add":
                sure = name == rng.choice(("ifname", f"addr{family}", "id"))
            if rng.random() >= (.99 if sure else often):
                continue
            for _ in range(rng.choice((1, 1, 2, 3, 9)) if a.multi else 1):
                found.append((a.number | (NLA_F_NESTED if a.nested else 0),
                              a.pack(self.value(world, op, a, session))))
        return found

    # ways to be wrong: each takes what it is made of, and changes that

    def wrong_size(self, m):
        if m.attrs:
            n = self.rng.randrange(len(m.attrs))
            kind, data = m.attrs[n]
            size = self.rng.choice((0, 1, 2, 3, 5, 8, 17, 300, max(len(data) - 1, 0),
                                    len(data) + 1))
            m.attrs[n] = kind, (data + self.rng.randbytes(size))[:size]

    def wrong_type(self, m):
        if m.attrs:
            n = self.rng.randrange(len(m.attrs))
            m.attrs[n] = m.attrs[n][0], self.rng.choice(
                (b"wlan0\0", b"", bytes(4), bytes(16), attr(1, b"x\0"), b"\xff" * 8))

    def out_of_range(self, m):
        named = [(n, self.spec.by_number[m.op.set][kind & NLA_TYPE_MASK])
                 for n, (kind, _) in enumerate(m.attrs)
                 if kind & NLA_TYPE_MASK in self.spec.by_number[m.op.set]]
        named = [(n, a) for n, a in named if a.type in SIZES or a.type == "uint"]
        if named:
            n, a = self.rng.choice(named)
            most = 2**(8 * SIZES.get(a.type, 8)) - 1
            m.attrs[n] = a.number, a.pack(self.rng.choice(
                (max(a.low - 1, 0), min(a.high + 1, most), most, most // 2 + 1)))

    def wrong_text(self, m):
        named = [(n, a) for n, (kind, _) in enumerate(m.attrs)
                 for a in [self.spec.by_number[m.op.set].get(kind & NLA_TYPE_MASK)]
                 if a and a.type == "string"]
        if named:
            n, a = self.rng.choice(named)
            long = a.checks.get("max-len", 64)
            m.attrs[n] = a.number, self.rng.choice(
                (b"", b"\0", b"a", b"a\0b\0", b"x" * (long + 1),
                 b"x" * (long + 1) + b"\0",
                 b"%n%s\xff\xc3\x28\0", b"\n \t\0", b"*\0", b"x" * long + b"\0"))

    def twice(self, m):
        if m.attrs:
            kind, data = self.rng.choice(m.attrs)
            m.attrs.insert(self.rng.randrange(len(m.attrs) + 1),
                           (kind, self.rng.choice((data, data[::-1]))))

    def unknown(self, m):
        most = max(self.spec.by_number[m.op.set])
        m.attrs.append((self.rng.choice((0, most + 1, most + 77, NLA_TYPE_MASK)),
                        self.rng.randbytes(self.rng.choice((0, 4, 8)))))

    def of_another(self, m):
        """Of the set, but not of the request."""
        others = [a for a in self.spec.sets[m.op.set].values()
                  if a.name not in m.op.request.get(m.mode, [])]
        if others:
            a = self.rng.choice(others)
            m.attrs.append((a.number, a.pack(a.low) if a.type not in
                            ("string", "binary", "nest") else b"x\0"))

    def missing(self, m):
        if m.attrs:
            m.attrs.pop(self.rng.randrange(len(m.attrs)))

    def nested(self, m):
        """Rubbish where there are attributes in one, or none is to be."""
        data = self.rng.randbytes(self.rng.choice((1, 4, 12, 64)))
        for _ in range(self.rng.choice((0, 1, 3, 30))):
            data = attr(self.rng.randrange(1, 4) | NLA_F_NESTED, data)
        numbers = [a.number for a in self.spec.sets[m.op.set].values()
                   if a.nested] or [1]
        m.attrs.append((self.rng.choice(numbers) | self.rng.choice((0, NLA_F_NESTED)),
                        data))

    def bits(self, m):
        m.flips = self.rng.randrange(1, 6)

    def tail(self, m):
        m.tail = self.rng.choice((b"\0", b"\xff" * 3, b"\3\0\1\0", b"\xff\xff\1\0",
                                  self.rng.randbytes(40)))

    def wrong_command(self, m):
        events = [op.number for op in self.spec.ops.values() if not op.modes]
        m.command = self.rng.choice((0, 255, max(self.spec.op_of) + 1, *events))

    def wrong_mode(self, m):
        m.mode = "do" if m.mode == "dump" else "dump"

    def wrong_head(self, m):
        m.version, m.reserved = self.rng.randrange(256), self.rng.choice((0, 1, 65535))

    def short(self, m):
        """Cut somewhere; of less than a header nobody takes notice."""
        m.cut = self.rng.randrange(1, 40)

    WRONG = (wrong_size, wrong_type, out_of_range, wrong_text, twice, unknown, of_another,
             missing, nested, bits, tail, wrong_command, wrong_mode, wrong_head, short)

    def write(self, world):
        """A message."""
        rng = self.rng
        while True:
            op = self.spec.ops[rng.choices(self.names, self.weights)[0]]
            session = self.session(world)
            if op.name == "session-del":
                session = rng.choice([s for s in world.sessions
                                      if s not in world.guard] or [0])
            mode = rng.choice(op.modes)
            m = Message(op, mode, self.attributes(world, op, mode, session))
            for _ in range(rng.choices((0, 1, 2), (75, 20, 5))[0]):
                way = rng.choice(self.WRONG)
                way(self, m)
                m.wrong.append(way.__name__)
            m.write(rng)
            if m.harmless(self.spec, world):
                return m


class Message:
    """A message, and what it is made of."""

    def __init__(self, op, mode, attrs):
        self.op, self.mode, self.attrs = op, mode, attrs
        self.wrong = []
        self.command, self.version, self.reserved = op.number, 1, 0
        self.flips, self.tail, self.cut = 0, b"", 0
        self.body = b""

    def __repr__(self):
        return f"{self.op.name} {self.mode} {'+'.join(self.wrong)} {self.body.hex()}"

    def write(self, rng):
        data = bytearray(b"".join(attr(*a) for a in self.attrs))
        for _ in range(self.flips if data else 0):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        self.body = struct.pack("BBH", self.command, self.version, self.reserved) + \
            bytes(data) + self.tail
        if self.cut:
            self.body = self.body[:-self.cut] if self.cut < len(self.body) else b""

    def harmless(self, spec, world):
        """Whether it leaves alone what has to live, whatever became of it."""
        if not self.body:
            return True
        op = spec.op_of.get(self.body[0])
        if not op:
            return True
        names = {n: a.name for n, a in spec.by_number[op.set].items()}
        for kind, data in attrs_of(self.body[4:]):
            name = names.get(kind & NLA_TYPE_MASK)
            # as the kernel may read it, of whatever size it is
            values = {int.from_bytes(data[:n], sys.byteorder) for n in (1, 2, 4, 8)}
            if op.name == "session-del" and values & world.guard:
                return False
            if op.name in ("stack-add", "stack-del") and name == "session-id" and \
               values & world.whole:
                return False
            if name == "reconnect-s" and any(v < RECONNECT_LEAST_S for v in values):
                return False
            if name == "max-rate" and any(0 < v < RATE_LEAST for v in values):
                return False
        return True

    def excused(self, answer, batch):
        """Whether the kernel itself says no, which it does without a text."""
        op, number = self.op, answer.number
        if len(self.body) < 4:
            return number == errno.EINVAL
        if self.command != op.number or self.mode not in op.modes:
            return number in (errno.EOPNOTSUPP, errno.EPERM)
        # one dump at a time
        return number == errno.EBUSY and self.mode == "dump" and batch


class Tally:
    """What has come of the messages."""

    def __init__(self):
        self.results = Counter()    # "valid ok", "wrong EINVAL"...
        self.ops = Counter()        # "rule-add ok"
        self.textless = Counter()
        self.excused = Counter()
        self.told = Counter()
        self.broken = []

    def add(self, other):
        for name in ("results", "ops", "textless", "excused", "told"):
            getattr(self, name).update(getattr(other, name) if
                                       isinstance(other, Tally) else other[name])
        self.broken += other.broken if isinstance(other, Tally) else other["broken"]


class Worker:
    """Sends by several sockets at each host for a while."""

    SOCKETS = 3

    def __init__(self, spec, seed, number, worlds, nobody=False):
        self.spec, self.worlds, self.nobody = spec, worlds, nobody
        self.rng = random.Random(f"{seed}/{number}")
        self.author = Author(spec, self.rng)
        self.tally = Tally()
        self.sockets = [Netlink(spec, host) for host in HOSTS
                        for _ in range(self.SOCKETS)]
        for nl in self.sockets[::self.SOCKETS]:
            nl.pieces = 8192        # dumps come in more pieces
        self.deaf = [Netlink(spec, host, 4096) for host in HOSTS]
        for nl in self.deaf:
            for group in self.rng.sample(spec.groups, 1):
                nl.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                                   Netlink.groups[group])
        if nobody:
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        self.last = []

    def count(self, m, answer, batch):
        kind = "wrong" if m.wrong else "valid"
        self.tally.results[f"{kind} {answer}"] += 1
        self.tally.ops[f"{m.op.name} {'ok' if not answer.number else 'error'}"] += 1
        if self.nobody and m.op.admin and not answer.number and \
           m.command == m.op.number and m.mode in m.op.modes:
            raise Broken(f"nobody may {m!r}")
        if not answer.number:
            if m.command == m.op.number and m.mode in m.op.modes:
                for r in answer.replies:
                    Netlink.checked(self.sockets[0], m.op.set, m.op.reply[m.mode], r[4:],
                                    m.op.name)
        elif not answer.text:
            what = f"{m.op.name} {m.mode} {answer}"
            if m.excused(answer, batch) or (self.nobody and
                                            answer.number == errno.EPERM):
                self.tally.excused[what] += 1
            else:
                self.tally.textless[f"{what} {m!r}"] += 1

    def half_a_dump(self, nl):
        """Begin one and go away."""
        op = self.rng.choice([o for o in self.spec.ops.values() if "dump" in o.modes])
        nl.seq += 1
        nl.send([(nl.seq, nl.message(nl.seq, Netlink.family, NLM_F_DUMP,
                                     struct.pack("BBH", op.number, 1, 0)))])
        nl.pieces = 4096
        for _ in range(self.rng.randrange(2)):
            nl.received(0)
        at = self.sockets.index(nl)
        nl.close()
        # with CAP_NET_ADMIN gone a namespace can't be entered again
        self.sockets[at] = Netlink(self.spec, nl.host)

    def step(self):
        rng = self.rng
        nl = rng.choice(self.sockets)
        world = self.worlds[nl.host]
        what = rng.random()
        if what < .01:
            world.look(nl)
        elif what < .03 and not self.nobody:
            self.half_a_dump(nl)
            return
        elif what < .05:
            deaf = rng.choice(self.deaf)
            for kind, _, _, body in deaf.received(0) or []:
                if kind == Netlink.family:
                    deaf.unasked(body)
        messages = [self.author.write(world)
                    for _ in range(rng.choices((1, rng.randrange(2, 9)), (9, 1))[0])]
        if rng.random() < .03:
            # a draft that is in force before others have changed the policy
            messages = [Message(self.spec.ops["policy-begin"], "do", []), *messages,
                        Message(self.spec.ops["policy-commit"], "do", [])]
            for m in (messages[0], messages[-1]):
                m.write(rng)
        wanted, batch = {}, []
        for m in messages:
            nl.seq += 1
            flags = NLM_F_DUMP if m.mode == "dump" else NLM_F_ACK
            batch.append((nl.seq, nl.message(nl.seq, Netlink.family, flags, m.body)))
            wanted[nl.seq] = m
        self.last = self.last[-20:] + messages
        nl.send(batch)
        for seq, answer in nl.answers(wanted).items():
            self.count(wanted[seq], answer, len(batch) > 1)

    def run(self, seconds):
        end = time.monotonic() + seconds
        try:
            for host in HOSTS:
                self.worlds[host].look(next(nl for nl in self.sockets
                                            if nl.host == host))
            while time.monotonic() < end:
                self.step()
        except Exception as e:      # pylint: disable=broad-exception-caught
            self.tally.broken.append(f"{e!r}; {traceback.format_exc()}; {self.last!r}")
        for nl in (*self.sockets, *self.deaf):
            self.tally.told.update(nl.told)
        return vars(self.tally)


# --- the network meanwhile ---

class Network:
    """Links and addresses that come and go."""

    def __init__(self, rng, paths):
        self.rng, self.paths = rng, paths
        self.undo = []              # (when, host, line)
        self.changes = 0
        self.ip = {host: subprocess.Popen(["ip", "-n", host, "-force", "-batch", "-"],
                                          text=True, stdin=subprocess.PIPE,
                                          stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL) for host in HOSTS}

    def say(self, host, line):
        self.ip[host].stdin.write(line + "\n")
        self.ip[host].stdin.flush()

    def change(self):
        now = time.monotonic()
        host, path = self.rng.choice(HOSTS), self.rng.choice(self.paths)
        self.changes += 1
        if self.rng.random() < .5:
            self.say(host, f"link set {path} down")
            back = f"link set {path} up"
        else:
            net, side = self.paths.index(path) + 1, HOSTS.index(host) + 1
            what = self.rng.choice((f"10.0.{net}.{side}/24 dev {path}",
                                    f"fd00:{net}::{side}/64 dev {path}"))
            self.say(host, f"addr del {what}")
            back = f"addr add {what}" + (" nodad" if "::" in what else "")
        self.undo.append((now + self.rng.random() * 3, host, back))

    def restore(self, now=float("inf")):
        for entry in [e for e in self.undo if e[0] <= now]:
            self.undo.remove(entry)
            self.say(*entry[1:])

    def end(self):
        self.restore()
        for process in self.ip.values():
            process.stdin.close()
            process.wait()


# --- the loads ---

class Load:
    """What an end of a load tells in its file."""

    def __init__(self, path):
        self.path = path
        self.name, self.host = os.path.basename(path).split(".")[:2]
        with open(path, encoding="ascii") as file:
            found = re.search(r'"session":(\d+)', file.read(4096))
        self.session = int(found.group(1)) if found else None

    def last(self):
        with open(self.path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 1000))
            lines = [line for line in file.read().split(b"\n")
                     if line[:1] == b"{" and line[-1:] == b"}"]
        return json.loads(lines[-1]) if lines else {}

    def received(self):
        last = self.last()
        if last.get("event") == "end":
            raise Broken(f"{self.name} has ended at {self.host}: {last}")
        return last.get("received", 0)


def wait_until(condition, patience):
    """What condition() gives once it is true, or gave at last."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.1)


class Fuzz:
    """All of it."""

    def __init__(self, seconds, seed, work, paths):
        self.seconds, self.seed, self.work = seconds, seed, work
        self.spec = Spec()
        self.control = {host: Netlink(self.spec, host) for host in HOSTS}
        self.loads = [Load(f"{work}/{name}") for name in sorted(os.listdir(work))
                      if name.endswith(".load")]
        self.worlds = {}
        for host in HOSTS:
            # all that are there already, but those that carry datagrams
            guard = {s["id"] for s in self.dump(host, "session") if not
                     (s["type"] == 2 and 6780 in (s.get("local-port"),
                                                  s.get("remote-port")))}
            whole = {load.session for load in self.loads if load.host == host and
                     load.name.startswith("whole")}
            self.worlds[host] = World(host, paths, guard, whole)
        self.network = Network(random.Random(f"{seed}/network"), paths)
        self.tally = Tally()
        self.failed = self.cases = 0

    def dump(self, host, what, **values):
        answer = self.control[host].ask(f"{what}-get", "dump",
                                        {k.replace("_", "-"): v
                                         for k, v in values.items()})
        return answer.replies

    def ok(self, fine, name, *details):
        self.cases += 1
        print(f"{'' if fine else 'not '}ok {self.cases} - {name}", flush=True)
        if not fine:
            self.failed += 1
            for detail in details:
                print(f"# {str(detail)[:4000]}", flush=True)
        return fine

    def round(self, number):
        """Workers for a while, and the network changes."""
        children = []
        sys.stdout.flush()
        for worker in range(WORKERS + 1):
            there, here = os.pipe()
            pid = os.fork()
            if not pid:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.close(there)
                try:
                    w = Worker(self.spec, f"{self.seed}/{number}", worker, self.worlds,
                               worker == WORKERS)
                    result = w.run(ROUND_S)
                except Exception:   # pylint: disable=broad-exception-caught
                    result = {**vars(Tally()), "broken": [traceback.format_exc()]}
                with open(here, "w", encoding="ascii") as file:
                    json.dump(result, file)
                os._exit(0)
            os.close(here)
            children.append((pid, open(there, encoding="ascii")))
        # pylint: disable=consider-using-with
        for pid, file in children:
            while not select.select([file], [], [], 0.2)[0]:
                if self.network.rng.random() < .2:
                    self.network.change()
                self.network.restore(time.monotonic())
            result = file.read()
            file.close()
            os.waitpid(pid, 0)
            if not result:
                raise Broken(f"process {pid} of round {number} ended without a word")
            self.tally.add(json.loads(result))

    def take_back(self):
        """The network and the policy are as in the beginning."""
        self.network.restore()
        for host, nl in self.control.items():
            for op in ("rule-flush", "profile-flush", "endpoint-flush"):
                answer = nl.ask(op)
                if answer.number:
                    raise Broken(f"{host}: {op}: {answer} {answer.text}")
            nl.ask("peer-flush", values={"static": 1})
            for s in self.dump(host, "session"):
                if s.get("kind") == 2 and s["id"] in self.worlds[host].guard:
                    nl.ask("session-set", values={"id": s["id"], "profile": "",
                                                  "pinned": 0, "scheduler": "minrtt"})
            for s in self.dump(host, "stack"):
                if s.get("status") is not None:
                    nl.ask("stack-set", values={"session-id": s["session-id"],
                                                "id": s["id"], "status": 0})

    def moving(self, before):
        return [f"{load.name} at {load.host}: {then} then {now}"
                for load, then, now in zip(self.loads, before,
                                           [load.received() for load in self.loads])
                if now < then + MOVES]

    def moved(self):
        """Every load moves; else what is there."""
        before = [load.received() for load in self.loads]
        start = time.monotonic()
        if not wait_until(lambda: not self.moving(before), MOVE_S):
            raise Broken(f"does not move in {MOVE_S} s: {self.moving(before)}")
        return time.monotonic() - start

    PAIR = ("local-addr4", "local-addr6", "remote-addr4", "remote-addr6")

    def composition(self):
        """Of sessions that were left whole: between which addresses there are stacks, and
        what for. By which transport may differ: one that works is not replaced."""
        found = {}
        for load in self.loads:
            if load.host != "cl" or not load.name.startswith("whole"):
                continue
            head, *rest = self.dump("cl", "plan", session_id=load.session)
            candidates = [p["candidate"] for p in rest]
            stacks = [s for s in self.dump("cl", "stack", session_id=load.session)
                      if s.get("tcp-state") == 1]
            found[load.name] = (
                {k: v for k, v in head.items() if k in
                 ("rule", "profile", "mode", "multipath-policy", "stacks", "scheduler",
                  "pinned")},
                sorted(self.pair(c) + f" role {c['role']}" for c in candidates
                       if c.get("role")),
                sorted(self.pair(s) + f" status {s.get('status')}" for s in stacks))
        return found

    def pair(self, of):
        """Addresses, to be read."""
        ends = [of[name] for name in self.PAIR if name in of]
        return " ".join(str(ipaddress.ip_address(end)) for end in ends)

    def show(self):
        """What is there when something is wrong."""
        for host in HOSTS:
            for words in (["npv-mgr", "session"], ["npv-mgr", "stack"],
                          ["npv-mgr", "endpoint"], ["npv-mgr", "rule"],
                          ["ip", "-br", "addr"],
                          *(["npv-mgr", "plan", "show", "session", str(load.session)]
                            for load in self.loads
                            if load.host == host == "cl" and load.session)):
                done = subprocess.run(["npv-ns", "--timeout", "30", host, *words],
                                      capture_output=True, text=True, check=False)
                for line in done.stdout.splitlines()[:60] + done.stderr.splitlines():
                    print(f"# {host}: {line}", flush=True)

    def report(self, rounds, took):
        for name in ("valid", "wrong"):
            results = {k.split()[1]: v for k, v in sorted(self.tally.results.items())
                       if k.startswith(name)}
            print(f"# {name}: {sum(results.values())} messages: " +
                  ", ".join(f"{k} {v}" for k, v in results.items()))
        ops = {}
        for key, number in self.tally.ops.items():
            op, how = key.split()
            ops.setdefault(op, {})[how] = number
        for op, hows in sorted(ops.items()):
            print(f"# {op}: {hows.get('ok', 0)} done, {hows.get('error', 0)} refused")
        print("# refused by generic netlink itself, without a text: " +
              (", ".join(f"{k} {v}" for k, v in sorted(self.tally.excused.items()))
               or "none"))
        print("# told: " + (", ".join(f"{k} {v}" for k, v in
                                      sorted(self.tally.told.items())) or "nothing"))
        print(f"# {rounds} rounds, {self.network.changes} changes of the network; a load "
              f"moved again within {took:.1f} s", flush=True)

    def run(self):
        print(f"# seed {self.seed}, {self.seconds} s; " + ", ".join(
            f"{load.name}.{load.host} {load.session}" for load in self.loads), flush=True)
        self.take_back()
        before = wait_until(self.settled, COMPOSED_S)
        self.ok(before, "sessions are composed", self.composition())
        start, rounds, took, wrong = time.monotonic(), 0, 0, None
        try:
            while time.monotonic() < start + self.seconds and not self.tally.broken:
                self.round(rounds)
                rounds += 1
                self.take_back()
                took = max(took, self.moved())
                if rounds % 5 == 1:
                    print(f"# {rounds} rounds, {time.monotonic() - start:.0f} s, "
                          f"{sum(self.tally.results.values())} messages", flush=True)
        except Broken as e:
            wrong = f"round {rounds}: {e}"
            self.show()
        self.network.end()
        self.report(rounds, took)
        self.ok(not wrong, "after each round everything moves", wrong)
        self.ok(not self.tally.broken, "every message is answered as it should be",
                *self.tally.broken[:4])
        self.ok(not self.tally.textless, "every error has a text",
                *list(self.tally.textless.items())[:20])
        if not wrong:
            self.ok(wait_until(lambda: self.composition() == before, COMPOSED_S),
                    "without policy sessions are composed as before", before,
                    self.composition())
            left = [r for host in HOSTS for what in ("rule", "profile", "endpoint")
                    for r in self.dump(host, what)
                    if "builtin" not in r and "automatic" not in r]
            self.ok(not left, "nothing is left of the policy", left)
            if self.failed:
                self.show()
        print(f"1..{self.cases}", flush=True)
        return self.failed != 0

    def settled(self):
        """The composition, once each candidate that is to be used has its stack."""
        now = self.composition()
        fine = all(roles and len(roles) == len(stacks) for _, roles, stacks
                   in now.values())
        return now if fine else None


# --- victims ---

def server(args):
    """Sends back what comes."""
    listener = socket.create_server((args[0], int(args[1])), family=socket.AF_INET6,
                                    dualstack_ipv6=True, backlog=64)
    print("listening", flush=True)
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    held = {}
    while True:
        for fd, _ in waiting.poll():
            try:
                if fd == listener.fileno():
                    sock = listener.accept()[0]
                    sock.settimeout(5)
                    held[sock.fileno()] = sock
                    waiting.register(sock, select.POLLIN)
                    continue
                data = held[fd].recv(65536)
                if data:
                    held[fd].sendall(data)
            except OSError:
                data = b""
            if fd in held and not data:
                waiting.unregister(fd)
                held.pop(fd).close()


def victim(rng, address, port):
    """One session: None if all came back, the error if it ended; or Broken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(20)
        try:
            sock.connect((address, port))
            for _ in range(rng.randrange(1, 20)):
                data = rng.randbytes(rng.randrange(1, 2000))
                sock.sendall(data)
                got = b""
                while len(got) < len(data):
                    part = sock.recv(65536)
                    if not part:
                        return "end"
                    got += part
                    if not data.startswith(got):
                        raise Broken("what came back is not what was sent")
        except TimeoutError:
            return "timeout"
        except OSError as e:
            return errno.errorcode.get(e.errno, str(e))
    return "done"


def victims(args):
    """One after the other, until SIGUSR1."""
    ended = []
    signal.signal(signal.SIGUSR1, lambda *_: ended.append(True))
    rng, results, broken = random.Random(args[0]), Counter(), ""
    while not ended:
        try:
            results[victim(rng, rng.choice(args[1:]), int(args[0]))] += 1
        except Broken as e:
            broken = str(e)
            break
        time.sleep(0.3)
    print(json.dumps({"event": "end", "broken": broken, **results}), flush=True)
    return broken != ""


def main():
    role, args = sys.argv[1], sys.argv[2:]
    if role == "server":
        return server(args)
    if role == "victims":
        return victims(args)
    return Fuzz(int(args[0]), int(args[1]), args[2], args[3:]).run()


if __name__ == "__main__":
    sys.exit(main())
