#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Cases of policy.sh, which starts it under npv-run: sockets here are NPV's.

policy.py PID     a process in the namespace of the peer

Speaks netlink itself, for it wants several sockets at a time. Prints TAP.
"""

import ctypes
import errno
import os
import re
import select
import socket
import struct
import sys
import time
import traceback

TOP = os.environ["TOP"]
PATIENCE = 30
NOBODY = 65534
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

NETLINK_GENERIC = 16
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 1, 10, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2

libc = ctypes.CDLL(None, use_errno=True)
count = failed = 0


def ok(fine, name, *details):
    """One case."""
    global count, failed
    count += 1
    print(f"{'' if fine else 'not '}ok {count} - {name}", flush=True)
    if not fine:
        failed += 1
        for detail in details:
            print(f"# {detail!r}", flush=True)
    return fine


def eq(got, want, name):
    return ok(got == want, name, got, want)


def poll(condition):
    """What condition() gives once it is true, or gave at last."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def constants():
    """The numbers of the header that is made from the specification."""
    found = {}
    with open(f"{TOP}/uapi/linux/npv_netlink.h", encoding="ascii") as header:
        for body in re.findall(r"enum[^{;]*\{(.*?)\};", header.read(), re.S):
            number = 0
            for name, value in re.findall(r"^\t(\w+)(?: = (\w+))?,", body, re.M):
                number = int(value, 0) if value.isdigit() else number
                found[name] = number
                number += 1
    return found


C = constants()


def names_of(what):
    prefix = f"NPV_A_{what}_"
    return {name.removeprefix(prefix).lower(): number for name, number in C.items()
            if name.startswith(prefix)}


SETS = {what: names_of(what) for what in
        ("INFO", "ENDPOINT", "PROFILE", "RULE", "STATS", "PREFERRED_INTERFACE")}


def pref(name):
    return C[f"NPV_PREFERENCE_{name.upper()}"]


class Error(Exception):
    def __init__(self, number, text, attr):
        super().__init__(f"{errno.errorcode.get(number, number)}: {text}")
        self.number, self.text, self.attr = number, text, attr


def attr(kind, data):
    if isinstance(data, str):
        data = data.encode("latin-1") + b"\0"
    return struct.pack("HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def attrs_of(data):
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        found.append((kind & 0x3fff, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


U8 = (("ENDPOINT", "backup"), ("ENDPOINT", "metered"), ("ENDPOINT", "disabled"),
      ("PROFILE", "strict"))
UINT = ("max_rate", "cgroup")


def encode(what, values):
    """Attributes by name: numbers, addresses and strings as they are wanted."""
    data = b""
    for name, value in values.items():
        kind = SETS[what][name]
        if name == "interface":
            for ifname, preference in value:
                data += attr(kind | 0x8000,
                             attr(C["NPV_A_PREFERRED_INTERFACE_IFNAME"], ifname) +
                             attr(C["NPV_A_PREFERRED_INTERFACE_PREFERENCE"],
                                  struct.pack("I", pref(preference))))
            continue
        if name.endswith("addr4"):
            value = socket.inet_pton(socket.AF_INET, value)
        elif name.endswith("addr6"):
            value = socket.inet_pton(socket.AF_INET6, value)
        elif name in UINT:
            value = struct.pack("I" if value < 2**32 else "Q", value)
        elif isinstance(value, int):
            value = struct.pack("B" if (what, name) in U8 else "I", value)
        data += attr(kind, value)
    return data


def decode(what, data):
    names = {number: name for name, number in SETS[what].items()}
    found = {}
    for kind, value in attrs_of(data):
        name = names[kind]
        if name == "interface":
            inner = dict(attrs_of(value))
            found.setdefault(name, []).append(
                (inner[C["NPV_A_PREFERRED_INTERFACE_IFNAME"]].rstrip(b"\0").decode(),
                 struct.unpack("I", inner[C["NPV_A_PREFERRED_INTERFACE_PREFERENCE"]])[0]))
        elif name.endswith("addr4"):
            found[name] = socket.inet_ntop(socket.AF_INET, value)
        elif name.endswith("addr6"):
            found[name] = socket.inet_ntop(socket.AF_INET6, value)
        elif name in ("name", "ifname", "comm", "peer_name", "profile", "scheduler",
                      "version"):
            found[name] = value.rstrip(b"\0").decode("latin-1")
        elif name == "features":
            found.setdefault(name, []).append(value.rstrip(b"\0").decode())
        else:
            found[name] = int.from_bytes(value, sys.byteorder) if value else True
    return found


class Netlink:
    """A generic netlink socket that speaks with the family npv."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.settimeout(PATIENCE)
        self.seq = 0
        reply = dict(attrs_of(self.call(
            GENL_ID_CTRL, CTRL_CMD_GETFAMILY, attr(CTRL_ATTR_FAMILY_NAME, "npv"))[0]))
        self.family = struct.unpack("H", reply[CTRL_ATTR_FAMILY_ID])[0]
        self.group = struct.unpack(
            "I", dict(attrs_of(attrs_of(reply[CTRL_ATTR_MCAST_GROUPS])[0][1]))[2])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def messages(self):
        data = self.sock.recv(1 << 20)
        while data:
            size, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
            yield kind, flags, seq, data[16:size]
            data = data[(size + 3) & ~3:]

    def call(self, family, cmd, payload=b"", dump=False):
        self.seq += 1
        flags = NLM_F_REQUEST | NLM_F_ACK | (NLM_F_DUMP if dump else 0)
        body = struct.pack("BBH", cmd, 1, 0) + payload
        self.sock.send(struct.pack("IHHII", 16 + len(body), family, flags, self.seq, 0) +
                       body)
        replies = []
        while True:
            for kind, flags, seq, data in self.messages():
                if seq != self.seq:
                    continue
                if kind == NLMSG_DONE:
                    return replies
                if kind != NLMSG_ERROR:
                    replies.append(data[4:])
                    continue
                number = -struct.unpack_from("i", data)[0]
                if not number:
                    return replies
                tlvs = dict(attrs_of(data[20:])) if flags & NLM_F_ACK_TLVS else {}
                offset = struct.unpack("I", tlvs.get(NLMSGERR_ATTR_OFFS, bytes(4)))[0]
                at = body[offset - 16:] if offset else b""
                raise Error(number,
                            tlvs.get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode(),
                            struct.unpack_from("HH", at)[1] & 0x3fff if at else None)

    def do(self, op, /, **values):
        """One command. Its reply, decoded, if there is one."""
        what = op.split("_")[0].upper()
        got = self.call(self.family, C[f"NPV_CMD_{op.upper()}"],
                        encode(what, values) if values else b"")
        return decode(what, got[0]) if got else None

    def dump(self, what):
        return [decode(what, data) for data in
                self.call(self.family, C[f"NPV_CMD_{what}_GET"], dump=True)]

    def rules(self):
        return [{k: v for k, v in r.items() if k not in ("hits",)}
                for r in self.dump("RULE")]

    def profiles(self):
        """Operators' alone"""
        return [p for p in self.dump("PROFILE") if "builtin" not in p]

    def endpoints(self):
        """Operators' alone"""
        return [e for e in self.dump("ENDPOINT") if "automatic" not in e]

    def policy(self):
        return self.do("info_get")["policy"]

    def flush(self):
        for what in ("rule", "profile", "endpoint"):
            self.do(f"{what}_flush")


def refused(nl, name, number, text, op, /, at=None, **values):
    """A command fails, with that error, a text that says so, at that attribute."""
    what = op.split("_")[0].upper()
    try:
        got = nl.do(op, **values)
    except Error as e:
        return ok(e.number == number and text in e.text and
                  (not at or e.attr == SETS[what][at]), name, str(e), e.attr)
    return ok(False, name, got)


def setting(name, value):
    with open(f"/proc/sys/net/npv/{name}", "w", encoding="ascii") as file:
        file.write(str(value))


def stat(name):
    with open("/proc/self/net/npv_stat", encoding="ascii") as table:
        return {n: int(v) for n, v in (line.split() for line in table)}[name]


def test_info(nl):
    info = nl.do("info_get")
    ok("policy" in info["features"], "info: feature", info)
    ok(info["policy"] > 0, "info: number of the policy", info)
    eq(nl.rules(), [], "no rules to begin with")
    eq(nl.profiles(), [], "no profiles of operators")
    builtins = nl.dump("PROFILE")
    eq([p["name"] for p in builtins],
       ["auto", "interactive", "bulk", "handover", "redundant", "metered",
        "plain-only"], "built-in profiles")
    eq(builtins[0], {"name": "auto", "builtin": True, "strict": 0, "rules": 0},
       "auto says nothing")
    eq(nl.do("profile_get", name="redundant"),
       {"name": "redundant", "builtin": True, "strict": 0, "rules": 0,
        "multipath": C["NPV_MULTIPATH_ACTIVE"],
        "multipath_policy": C["NPV_MULTIPATH_POLICY_AGGREGATE"],
        "scheduler": "redundant", "copies": 2}, "redundant")
    eq(nl.do("profile_get", name="metered")["keepalive_s"], 0,
       "what is said to be 0 is told")


def test_endpoints(nl):
    before = nl.policy()
    made = nl.do("endpoint_add", addr4="192.0.2.1")
    ok(made["id"] > 0, "endpoint-add tells the id", made)
    eq(nl.policy(), before + 1, "a change has the next number")
    eq(nl.do("endpoint_add", id=77, ifname="wlan*"[:4], cost=5, weight=9, backup=1,
             metered=1, disabled=1, max_rate=2**40), {"id": 77},
       "endpoint-add with an id")
    nl.do("endpoint_add", id=78, addr6="2001:db8::1", ifname="wlan")
    eq([{k: v for k, v in e.items() if k in SETS["ENDPOINT"]} for e in nl.endpoints()
        if e["id"] in (77, 78)],
       [{"id": 77, "ifname": "wlan", "cost": 5, "weight": 9, "backup": 1, "metered": 1,
         "disabled": 1, "max_rate": 2**40},
        {"id": 78, "addr6": "2001:db8::1", "ifname": "wlan", "cost": 0, "weight": 100,
         "backup": 0, "metered": 0, "disabled": 0, "max_rate": 0}], "endpoints")
    nl.do("endpoint_set", id=77, backup=0, cost=6)
    got = [e for e in nl.endpoints() if e["id"] == 77][0]
    eq((got["backup"], got["cost"], got["metered"], got["weight"]), (0, 6, 1, 9),
       "endpoint-set leaves what is not given")
    for values, number, text, at in (
            ({"id": 77, "addr4": "192.0.2.9"}, errno.EEXIST, "there is an", None),
            ({"addr4": "192.0.2.1"}, errno.EEXIST, "there is an endpoint", None),
            ({"ifname": "wlan"}, errno.EEXIST, "there is an endpoint", None),
            ({"cost": 1}, errno.EINVAL, "an address, the name", None),
            ({"id": 0, "ifname": "a"}, errno.EINVAL, "an id is 1 to", "id"),
            ({"id": 2**31, "ifname": "a"}, errno.EINVAL, "an id is 1 to", "id"),
            ({"addr4": "224.0.0.1"}, errno.EINVAL, "not the address of a host", "addr4"),
            ({"addr6": "::"}, errno.EINVAL, "not the address of a host", "addr6"),
            ({"addr4": "192.0.2.3", "addr6": "2001:db8::2"}, errno.EINVAL,
             "there are two", "addr6"),
            ({"ifname": "a/b"}, errno.EINVAL, "not the name of an", "ifname"),
            ({"ifname": ""}, errno.EINVAL, "not the name of an", "ifname"),
            ({"ifname": "a", "weight": 0}, errno.ERANGE, "out of range", "weight"),
            ({"ifname": "a", "backup": 2}, errno.ERANGE, "out of range", "backup")):
        refused(nl, f"endpoint-add {values}", number, text, "endpoint_add", at=at,
                **values)
    refused(nl, "endpoint-set of nothing", errno.EINVAL, "nothing to set",
            "endpoint_set", id=77)
    refused(nl, "endpoint-set of none", errno.ENOENT, "no operator's endpoint",
            "endpoint_set", at="id", id=5000, cost=1)
    refused(nl, "endpoint-set of one that was found", errno.ENOENT, "nobody has named",
            "endpoint_set", at="id", id=0x80000001, cost=1)
    refused(nl, "endpoint-set without id", errno.EINVAL, "id of the endpoint",
            "endpoint_set", cost=1)
    nl.do("endpoint_del", id=78)
    refused(nl, "endpoint-del twice", errno.ENOENT, "no operator's endpoint",
            "endpoint_del", at="id", id=78)
    nl.do("endpoint_flush")
    eq(nl.endpoints(), [], "endpoint-flush")
    before = nl.policy()
    nl.do("endpoint_flush")
    eq(nl.policy(), before, "a flush of nothing changes nothing")


def test_profiles(nl):
    full = {"name": "lap.top_1-x", "strict": 1, "mode": C["NPV_SESSION_MODE_NATIVE"],
            "tcp": pref("prefer"), "udp": pref("avoid"), "ipv4": pref("prohibit"),
            "ipv6": pref("require"),
            "interface": [("wlan*", "prefer"), ("eth0", "avoid")],
            "metered": pref("avoid"), "temporary": pref("prefer"),
            "multipath": C["NPV_MULTIPATH_PASSIVE"],
            "multipath_policy": C["NPV_MULTIPATH_POLICY_AGGREGATE"],
            "capacity": C["NPV_CAPACITY_SCAVENGER"], "stacks": 3,
            "scheduler": "weighted", "copies": 1, "suspect_ms": 200, "reconnect_s": 9,
            "keepalive_s": 0, "send_buffer": 100000, "receive_buffer": 0,
            "max_rate": 2**33}
    nl.do("profile_add", **full)
    want = dict(full, rules=0, interface=[(n, pref(p)) for n, p in full["interface"]])
    eq(nl.do("profile_get", name=full["name"]), want, "profile: all that it can say")
    eq(nl.profiles(), [want], "profile: dump")
    nl.do("profile_set", name=full["name"], stacks=2)
    eq(nl.do("profile_get", name=full["name"]),
       {"name": full["name"], "strict": 0, "stacks": 2, "rules": 0},
       "profile-set: this and nothing else")
    for values, number, text, at in (
            ({}, errno.EINVAL, "name of the profile", None),
            ({"name": full["name"]}, errno.EEXIST, "there is a profile", "name"),
            ({"name": "bulk"}, errno.EEXIST, "comes with the module", "name"),
            ({"name": ""}, errno.EINVAL, "a name is of letters", "name"),
            ({"name": "a b"}, errno.EINVAL, "a name is of letters", "name"),
            ({"name": "-n"}, errno.EINVAL, "a name is of letters", "name"),
            ({"name": "a", "scheduler": "none"}, errno.ENOENT, "no scheduler",
             "scheduler"),
            ({"name": "a", "stacks": 9}, errno.ERANGE, "out of range", "stacks"),
            ({"name": "a", "mode": 3}, errno.ERANGE, "out of range", "mode"),
            ({"name": "a", "send_buffer": 2**31}, errno.EINVAL, "at most",
             "send_buffer"),
            ({"name": "a", "interface": [("w*n", "prefer")]}, errno.EINVAL,
             "at its end", "interface"),
            ({"name": "a", "interface": [("a", "prefer"), ("a", "avoid")]}, errno.EINVAL,
             "named twice", "interface"),
            ({"name": "a", "interface": [(f"e{i}", "prefer") for i in range(9)]},
             errno.EINVAL, "8 are possible", "interface")):
        refused(nl, f"profile-add {values}", number, text, "profile_add", at=at, **values)
    refused(nl, "profile-set of none", errno.ENOENT, "no profile", "profile_set",
            at="name", name="none")
    refused(nl, "profile-set of a built-in", errno.EBUSY, "comes with", "profile_set",
            at="name", name="auto")
    refused(nl, "profile-del of a built-in", errno.EBUSY, "comes with", "profile_del",
            at="name", name="auto")
    refused(nl, "profile-get of none", errno.ENOENT, "no profile", "profile_get",
            at="name", name="none")
    nl.do("rule_add", id=5, profile=full["name"])
    eq(nl.do("profile_get", name=full["name"])["rules"], 1, "profile: rules")
    refused(nl, "profile-del of one in use", errno.EBUSY, "a rule names", "profile_del",
            at="name", name=full["name"])
    nl.do("profile_add", name="unused")
    nl.do("profile_flush")
    eq([p["name"] for p in nl.profiles()], [full["name"]],
       "profile-flush leaves those in use")
    nl.do("rule_del", id=5)
    nl.do("profile_del", name=full["name"])
    eq(nl.profiles(), [], "profile-del")


def test_rules(nl):
    full = {"id": 9, "priority": 10, "uid_min": 1000, "uid_max": 2000, "gid_min": 5,
            "gid_max": 5, "cgroup": 2**40 + 1, "comm": "curl",
            "type": socket.SOCK_SEQPACKET, "dest_addr4": "10.0.0.0", "dest_prefix": 8,
            "port_min": 80, "port_max": 443, "peer_name": "*.example.org",
            "capacity": C["NPV_CAPACITY_SCAVENGER"],
            "multipath_policy": C["NPV_MULTIPATH_POLICY_HANDOVER"], "profile": "bulk"}
    eq(nl.do("rule_add", **full), {"id": 9}, "rule-add with an id")
    eq(nl.rules(), [full], "rule: all that it can say")
    nl.do("rule_set", id=9, profile="auto", uid_min=7, port_min=22,
          dest_addr6="2001:db8::", dest_prefix=32, peer_name="Host.Example.")
    eq(nl.rules(), [{"id": 9, "priority": 1000, "uid_min": 7, "uid_max": 7,
                     "port_min": 22, "port_max": 22, "dest_addr6": "2001:db8::",
                     "dest_prefix": 32, "peer_name": "host.example",
                     "profile": "auto"}], "rule-set: this and nothing else")
    made = nl.do("rule_add", profile="auto", dest_addr4="192.0.2.1")
    eq([r for r in nl.rules() if r["id"] != 9],
       [{"id": made["id"], "priority": 1000, "dest_addr4": "192.0.2.1",
         "dest_prefix": 32, "profile": "auto"}], "rule: one address")
    nl.do("rule_add", id=44, profile="auto", dest_addr4="0.0.0.0", dest_prefix=0)
    eq([r for r in nl.rules() if r["id"] == 44],
       [{"id": 44, "priority": 1000, "dest_addr4": "0.0.0.0", "dest_prefix": 0,
         "profile": "auto"}], "rule: all of IPv4")
    for values, number, text, at in (
            ({}, errno.EINVAL, "name of the rule's profile", None),
            ({"profile": "none"}, errno.ENOENT, "no profile", "profile"),
            ({"profile": "auto", "id": 9}, errno.EEXIST, "there is a rule", "id"),
            ({"profile": "auto", "id": 0}, errno.EINVAL, "an id is", "id"),
            ({"profile": "auto", "priority": 65536}, errno.ERANGE, "out of range",
             "priority"),
            ({"profile": "auto", "uid_min": 5, "uid_max": 4}, errno.EINVAL,
             "lower than the lowest", "uid_max"),
            ({"profile": "auto", "uid_max": 4}, errno.EINVAL, "without the lowest",
             "uid_max"),
            ({"profile": "auto", "gid_min": 2**32 - 1}, errno.EINVAL, "no such ids",
             "gid_min"),
            ({"profile": "auto", "uid_min": 0, "uid_max": 2**32 - 1}, errno.EINVAL,
             "no such ids", "uid_max"),
            ({"profile": "auto", "port_min": 5, "port_max": 4}, errno.EINVAL,
             "lower than the lowest", "port_max"),
            ({"profile": "auto", "port_max": 4}, errno.EINVAL, "without the lowest",
             "port_max"),
            ({"profile": "auto", "port_min": 0}, errno.ERANGE, "out of range",
             "port_min"),
            ({"profile": "auto", "cgroup": 0}, errno.EINVAL, "control group", "cgroup"),
            ({"profile": "auto", "comm": ""}, errno.EINVAL, "is empty", "comm"),
            ({"profile": "auto", "type": socket.SOCK_RAW}, errno.EINVAL,
             "stream, dgram or", "type"),
            ({"profile": "auto", "dest_prefix": 4}, errno.EINVAL, "no address",
             "dest_prefix"),
            ({"profile": "auto", "dest_addr4": "10.0.0.0", "dest_prefix": 33},
             errno.EINVAL, "32 bits", "dest_prefix"),
            ({"profile": "auto", "dest_addr4": "10.0.0.1", "dest_prefix": 8},
             errno.EINVAL, "are not zero", "dest_addr4"),
            ({"profile": "auto", "dest_addr6": "2001:db8::1", "dest_prefix": 127},
             errno.EINVAL, "are not zero", "dest_addr6"),
            ({"profile": "auto", "dest_addr6": "::", "dest_prefix": 0}, errno.EINVAL,
             "which is IPv4", "dest_prefix"),
            ({"profile": "auto", "dest_addr6": "::", "dest_addr4": "10.0.0.0"},
             errno.EINVAL, "two addresses", "dest_addr6"),
            ({"profile": "auto", "peer_name": "a.*.b"}, errno.EINVAL, "a peer-name is",
             "peer_name"),
            ({"profile": "auto", "peer_name": ""}, errno.EINVAL, "a peer-name is",
             "peer_name"),
            ({"profile": "auto", "peer_name": "b\xfc"}, errno.EINVAL, "a peer-name is",
             "peer_name")):
        refused(nl, f"rule-add {values}", number, text, "rule_add", at=at, **values)
    refused(nl, "rule-set of none", errno.ENOENT, "no rule", "rule_set", at="id",
            id=5000, profile="auto")
    refused(nl, "rule-set of no profile", errno.ENOENT, "no profile", "rule_set",
            at="profile", id=9, profile="none")
    refused(nl, "rule-set without id", errno.EINVAL, "id of the rule", "rule_set",
            profile="auto")
    refused(nl, "rule-del of none", errno.ENOENT, "no rule", "rule_del", at="id", id=5000)
    nl.do("rule_flush")
    for id_, priority in ((3, 20), (1, 20), (2, 10), (4, 30)):
        nl.do("rule_add", id=id_, priority=priority, profile="auto")
    eq([r["id"] for r in nl.rules()], [2, 1, 3, 4], "rules are in order")
    nl.do("rule_flush")


def test_dumps(nl):
    """More than a message holds"""
    nl.do("policy_begin")
    for i in range(1, 1001):
        nl.do("rule_add", id=i, priority=1001 - i, profile="bulk",
              peer_name=f"host-{i}.example.org")
    eq(nl.rules()[0]["id"], 1000, "1000 rules in a draft")
    nl.do("policy_commit")
    eq([r["id"] for r in nl.rules()], list(range(1000, 0, -1)), "1000 rules in force")
    nl.do("rule_flush")


def test_limits(nl):
    for what, name, make in (
            ("endpoint", "endpoints_max", lambda i: {"ifname": f"e{i}"}),
            ("profile", "profiles_max", lambda i: {"name": f"p{i}"}),
            ("rule", "rules_max", lambda i: {"profile": "auto"})):
        setting(name, 2)
        nl.do(f"{what}_add", **make(0))
        nl.do(f"{what}_add", **make(1))
        refused(nl, f"{name}: one too many", errno.ENOSPC, f"net.npv.{name}",
                f"{what}_add", **make(2))
        setting(name, 3)
        nl.do(f"{what}_add", **make(2))
        nl.flush()


def test_transactions(nl):
    with Netlink() as one, Netlink() as two, Netlink() as events:
        events.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, events.group)
        before = nl.policy()
        for name in ("policy_commit", "policy_abort"):
            refused(one, f"{name} without begin", errno.ENOENT, "has not begun", name)
        one.do("policy_begin")
        refused(one, "policy_begin twice", errno.EALREADY, "has begun already",
                "policy_begin")
        one.do("profile_add", name="mine", stacks=2)
        one.do("rule_add", id=1, profile="mine")
        one.do("endpoint_add", id=2, ifname="wlan0")
        eq([r["profile"] for r in one.rules()], ["mine"], "draft: its rules are seen")
        eq(one.do("profile_get", name="mine")["rules"], 1, "draft: its profiles are seen")
        eq([e["id"] for e in one.endpoints()], [2], "draft: its endpoints are seen")
        for other in (nl, two):
            eq((other.rules(), other.profiles(), other.endpoints(), other.policy()),
               ([], [], [], before), "draft: others see nothing of it")
        refused(one, "draft: what is refused", errno.EBUSY, "a rule names",
                "profile_del", name="mine")
        ok(not select.select([events.sock], [], [], 0)[0], "draft: no event")

        two.do("policy_begin")
        two.do("rule_add", id=1, profile="bulk")
        one.do("policy_commit")
        eq(([r["profile"] for r in nl.rules()], nl.policy()), (["mine"], before + 1),
           "commit: all of it is in force, with one number")
        heard = list(events.messages())
        eq([(data[0], decode("INFO", data[4:])) for _, _, _, data in heard],
           [(C["NPV_CMD_POLICY_CHANGE_NTF"], {"policy": before + 1})],
           "commit: one event")
        refused(two, "commit: the second is too late", errno.EAGAIN, "begin again",
                "policy_commit")
        eq([r["profile"] for r in two.rules()], ["mine"],
           "commit: the second sees what is in force")
        two.do("policy_begin")
        two.do("rule_set", id=1, profile="bulk")
        two.do("policy_commit")
        eq([r["profile"] for r in nl.rules()], ["bulk"], "commit: it begins again")

        before = nl.policy()
        one.do("policy_begin")
        one.do("rule_flush")
        one.do("policy_abort")
        eq((len(one.rules()), nl.policy()), (1, before), "abort: nothing is changed")

        one.do("policy_begin")
        one.do("rule_flush")
        nl.do("rule_add", id=3, profile="auto")
        refused(one, "commit: a change without begin comes first", errno.EAGAIN,
                "begin again", "policy_commit")
        eq([r["id"] for r in nl.rules()], [1, 3], "commit: that one is in force")

    # A closed socket leaves nothing behind, and room for others.
    before = nl.policy()
    for _ in range(3):
        drafts = [Netlink() for _ in range(16)]
        for draft in drafts:
            draft.do("policy_begin")
            draft.do("rule_flush")
        refused(nl, "policy_begin: 16 at most", errno.EBUSY, "too many sockets",
                "policy_begin")
        for draft in drafts:
            draft.close()
    eq((len(nl.rules()), nl.policy()), (2, before), "closing: nothing is changed")

    nl.flush()


def test_sessions_max():
    listener = socket.create_server(("127.0.0.1", 8080))
    setting("sessions_max", 2)
    client = socket.socket()
    before = stat("SessionLimit")
    try:
        socket.socket()
        ok(False, "sessions_max: socket() beyond it")
    except OSError as e:
        eq(e.errno, errno.ENFILE, "sessions_max: socket() beyond it")
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", 8080))
    try:
        listener.accept()
        ok(False, "sessions_max: accept() beyond it")
    except OSError as e:
        eq(e.errno, errno.ENFILE, "sessions_max: accept() beyond it")
    eq(stat("SessionLimit"), before + 2, "sessions_max: counted")
    setting("sessions_max", 3)
    taken = listener.accept()[0]
    taken.sendall(b"x")
    eq(client.recv(1), b"x", "sessions_max: the connection was not lost")
    for s in (taken, client, listener):
        s.close()

    def opens():
        try:
            for s in [socket.socket() for _ in range(3)]:
                s.close()
            return True
        except OSError:
            return False
    ok(poll(opens), "sessions_max: who closes makes room")
    setting("sessions_max", 0)


def limited_listener(pid):
    """A listener at 10.0.4.2 that takes no native session, but a plain one."""
    ready, tell = os.pipe()
    listener_pid = os.fork()
    if not listener_pid:
        try:
            enter(pid, "net")
            setting("mode", 1)
            listener = socket.create_server(("10.0.4.2", 8081))
            setting("sessions_max", 1)
            os.write(tell, b"x")
            poll(lambda: stat("SessionLimit"))
            setting("sessions_max", 0)
            listener.settimeout(PATIENCE)
            listener.accept()[0].sendall(b"y")
        finally:
            os._exit(0)
    os.close(tell)
    return listener_pid, ready


def enter(pid, kind):
    fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
    if libc.setns(fd, 0):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


class Child:
    """A process that does what it is told, and says what came of it."""

    def __init__(self, *steps):
        self.down, child_in = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            self.down.close()
            self.steps(child_in, steps)
        child_in.close()
        self.down.settimeout(PATIENCE)

    @staticmethod
    def steps(pipe, steps):
        try:
            for step in steps:
                pipe.recv(1)
                pipe.sendall(repr(step()).encode() + b"\n")
            pipe.recv(1)
        except BaseException as e:  # pylint: disable=broad-except
            pipe.sendall(f"{e!r}\n".encode())
        os._exit(0)

    def step(self):
        self.down.sendall(b"x")
        text = b""
        while not text.endswith(b"\n"):
            got = self.down.recv(65536)
            if not got:
                break
            text += got
        return text.decode().strip()

    def end(self):
        self.down.close()
        os.waitpid(self.pid, 0)


def attempt(op, /, **values):
    """A change, on a socket of its own: 0, or what went wrong"""
    with Netlink() as nl:
        try:
            nl.do(op, **values)
            return 0
        except Error as e:
            return e.number


CHANGES = (("rule_add", {"profile": "auto"}), ("rule_set", {"id": 1, "profile": "auto"}),
           ("rule_del", {"id": 1}), ("rule_flush", {}), ("profile_add", {"name": "x"}),
           ("profile_set", {"name": "x"}), ("profile_del", {"name": "x"}),
           ("profile_flush", {}), ("endpoint_add", {"ifname": "x"}),
           ("endpoint_set", {"id": 1, "cost": 1}), ("endpoint_del", {"id": 1}),
           ("endpoint_flush", {}), ("policy_begin", {}), ("policy_commit", {}),
           ("policy_abort", {}))


def become_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    # or its files in /proc would be root's
    libc.prctl(4, 1, 0, 0, 0)


def unshare(flags):
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def test_unprivileged(nl):
    nl.do("rule_add", id=1, profile="auto", uid_min=1000)

    def all_refused():
        become_nobody()
        return {attempt(op, **values) for op, values in CHANGES}

    def reads():
        with Netlink() as mine:
            return mine.rules() == nl_rules
    nl_rules = nl.rules()

    def own_user_namespace():
        unshare(CLONE_NEWUSER)
        return {attempt(op, **values) for op, values in CHANGES}

    child = Child(all_refused, reads, own_user_namespace)
    eq(child.step(), repr({errno.EPERM}), "unprivileged: no change")
    eq(child.step(), "True", "unprivileged: rules can be read")
    eq(child.step(), repr({errno.EPERM}), "unprivileged: not as root of another user "
       "namespace either")
    child.end()
    eq(nl.rules(), nl_rules, "unprivileged: nothing has changed")


def test_user_namespaces(nl):
    """Nobody is root of a namespace of his own."""
    nl.do("rule_add", id=2, profile="bulk")
    mine = nl.rules()

    def own():
        become_nobody()
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        return 0

    def change():
        with Netlink() as inner:
            seen = (inner.rules(), inner.profiles(), inner.endpoints())
            inner.do("profile_add", name="inner", stacks=1)
            inner.do("endpoint_add", id=1, ifname="lo")
            inner.do("policy_begin")
            inner.do("rule_add", id=1, profile="inner", uid_min=5, uid_max=9, gid_min=0)
            inner.do("policy_commit")
            return (seen, inner.rules())

    def too_far():
        return [attempt("rule_add", profile="auto", uid_min=999, uid_max=1000),
                attempt("rule_add", profile="auto", uid_min=5000),
                # 1009 and 1010 are neighbours here only
                attempt("rule_add", profile="auto", gid_min=9, gid_max=10)]

    child = Child(own, change, too_far)
    eq(child.step(), "0", "user namespace: made")
    write(f"/proc/{child.pid}/uid_map", "0 100000 1000")
    write(f"/proc/{child.pid}/gid_map", "0 100000 10\n10 300000 10")
    rule = {"id": 1, "priority": 1000, "uid_min": 5, "uid_max": 9, "gid_min": 0,
            "gid_max": 0, "profile": "inner"}
    eq(child.step(), repr((([], [], []), [rule])),
       "user namespace: sees nothing else, and administers its own")
    eq(child.step(), repr([errno.EINVAL] * 3),
       "user namespace: ids that it does not have, or not in one piece")

    def look():
        enter(child.pid, "net")
        with Netlink() as outer:
            return outer.rules()

    def other_user_namespace():
        unshare(CLONE_NEWUSER)
        with Netlink() as outer:
            return outer.rules()
    watcher = Child(look, other_user_namespace)
    eq(watcher.step(), repr([dict(rule, uid_min=100005, uid_max=100009, gid_min=100000,
                                  gid_max=100000)]),
       "user namespace: seen from outside, ids are those of there")
    eq(watcher.step(), repr([dict(rule, uid_min=NOBODY, uid_max=NOBODY, gid_min=NOBODY,
                                  gid_max=NOBODY)]),
       "user namespace: ids that the reader has not are munged")
    watcher.end()
    child.end()
    eq(nl.rules(), mine, "user namespace: what is outside of it has not changed")
    nl.flush()


def test_peers_limit(pid):
    listener_pid, ready = limited_listener(pid)
    os.read(ready, 1)
    setting("mode", 1)
    client = socket.create_connection(("10.0.4.2", 8081), timeout=PATIENCE)
    eq(client.recv(1), b"y", "sessions_max of the peer: the service is reached")
    client.close()
    setting("mode", 0)
    os.waitpid(listener_pid, 0)


def attempt_test(test, *args):
    """One that breaks off is a failure of its own; the others are run."""
    try:
        test(*args)
    except (Error, OSError):
        ok(False, f"{test.__name__} runs to its end", *traceback.format_exc().split("\n"))


def main():
    with Netlink() as nl:
        for test in (test_info, test_endpoints, test_profiles, test_rules, test_dumps,
                     test_limits, test_transactions, test_unprivileged,
                     test_user_namespaces):
            attempt_test(test, nl)
    attempt_test(test_sessions_max)
    attempt_test(test_peers_limit, sys.argv[1])
    print(f"1..{count}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
