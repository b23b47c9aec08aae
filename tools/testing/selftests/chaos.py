#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Random changes to the stacks of one native session under load: added, over TCP
and UDP, paused, made backups, removed, reset; links down, packets lost silently,
of one transport or both, addresses taken away and given back, schedulers changed,
at either end. Run by chaos.sh, which has
made the hosts cl and sv; prints TAP.

    chaos.py CHANGES SEED DIR CL_SESSION SV_SESSION PATH...
    chaos.py CHANGES SEED DIR - - PATH...

With "-" it is whatever session carries datagrams at that time, and one of the
changes is that it ends.

DIR/cl.load and DIR/sv.load are where npv-stream tells of its progress at either
end, DIR/cl.stacks and DIR/sv.stacks what npv-watch tells of the stacks. The same
seed makes the same choices as far as the session's own state allows. One path at
least is whole at any time, but for short spells without any; after every
few changes data must have come at both ends.
"""

import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

STALL_S = 30
CHECK_EVERY = 20
NPV_PORT = 6780
STACKS_LEAST, STACKS_MOST = 2, 7
SCHEDULERS = ("minrtt", "weighted", "redundant", "backup")

changes, seed = int(sys.argv[1]), int(sys.argv[2])
work = sys.argv[3]
fixed = {"cl": sys.argv[4], "sv": sys.argv[5]}
DATAGRAMS = sys.argv[4] == "-"
MOVES = 10000 if DATAGRAMS else 50000
paths = sys.argv[6:]
rng = random.Random(seed)
HOSTS = ("cl", "sv")


class Stalled(Exception):
    """Nothing comes any more."""


class Batch:
    """ip or tc in a namespace, fed line by line: starting one takes long."""

    def __init__(self, program, host):
        self.process = subprocess.Popen(
            [program, "-n", host, "-force", "-batch", "-"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def __call__(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Destroyer:
    """Resets connections as ss -K does (SOCK_DESTROY)."""

    def __init__(self, host):
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net", encoding="ascii") as here, \
                open(f"/run/netns/{host}", encoding="ascii") as there:
            if libc.setns(there.fileno(), 0):
                raise OSError(ctypes.get_errno(), "setns")
            # NETLINK_SOCK_DIAG; it stays in the namespace where it was made
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
            self.sock.settimeout(5)
            libc.setns(here.fileno(), 0)

    def __call__(self, local, remote, protocol):
        family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
        pack = [socket.inet_pton(family, a[0]).ljust(16, b"\0")
                for a in (local, remote)]
        body = struct.pack("=BBBBI", family, protocol, 0, 0,
                           0xffffffff) + struct.pack("!HH", local[1], remote[1]) + \
            pack[0] + pack[1] + struct.pack("=III", 0, 0xffffffff, 0xffffffff)
        # SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK
        self.sock.send(struct.pack("=IHHII", 16 + len(body), 21, 5, 1, 0) + body)
        return struct.unpack("=i", self.sock.recv(4096)[16:20])[0]


ip = {host: Batch("ip", host) for host in HOSTS}
tc = {host: Batch("tc", host) for host in HOSTS}
destroy = {host: Destroyer(host) for host in HOSTS}


def mgr(host, *args):
    return subprocess.run(["npv-ns", "--timeout", "20", host, "npv-mgr", *args],
                          capture_output=True, text=True, check=False)


class Stack:
    """A line of npv-watch."""

    def __init__(self, words):
        self.id, self.state = words[1], words[4]
        self.protocol = socket.IPPROTO_UDP if words[11] == "udp" else \
            socket.IPPROTO_TCP
        self.local = words[7], int(words[8])
        self.remote = words[9], int(words[10])


def watched(host):
    """Lines of npv-watch, split into words."""
    with open(f"{work}/{host}.stacks", encoding="ascii") as file:
        return [line.split() for line in file]


class Sessions:
    """The number of the session at each end."""

    def __getitem__(self, host):
        if not DATAGRAMS:
            return fixed[host]
        # one that carries is to the NPV port, the program's own is not
        column = 10 if host == "cl" else 8
        return max((words[0] for words in watched(host)
                    if words[column] == str(NPV_PORT)), key=int, default="0")


session = Sessions()


def stacks(host):
    number = session[host]
    found = [Stack(words) for words in watched(host) if words[0] == number]
    return [stack for stack in found if stack.state == "established"]


def addresses(path, network):
    """Of both ends on a path."""
    net = paths.index(path) + 1
    if network == "v4":
        return f"10.0.{net}.1", f"10.0.{net}.2"
    return f"fd00:{net}::1", f"fd00:{net}::2"


# --- cuts: what has been taken away, and how it is given back ---

class Cuts:
    """At most all but one path at once; each for a few changes."""

    def __init__(self):
        self.open = []              # (change at which it ends, path, undo)

    def whole(self):
        return [p for p in paths if p not in [cut[1] for cut in self.open]]

    def add(self, now, path, undo):
        self.open.append((now + rng.randrange(1, 12), path, undo))

    def expire(self, now):
        for cut in [c for c in self.open if c[0] <= now]:
            self.open.remove(cut)
            cut[2]()

    def unpause(self):
        """Only paused stacks may be left on the paths that are whole."""
        for cut in [c for c in self.open if c[1] is None]:
            self.open.remove(cut)
            cut[2]()

    def end(self):
        for cut in self.open:
            cut[2]()
        self.open = []


cuts = Cuts()


def choose_path():
    """One that may be cut: another is left."""
    whole = cuts.whole()
    return rng.choice(whole) if len(whole) > 1 else None


def cut_link(now):
    path, host = choose_path(), rng.choice(HOSTS)
    if not path:
        return None
    ip[host](f"link set {path} down")
    cuts.add(now, path, lambda: ip[host](f"link set {path} up"))
    return f"link {path} down at {host}"


def blackhole(path, sides, transports=("tcp", "udp")):
    rules = [(pref, protocol, transport)
             for pref, (protocol, transport) in enumerate(
                 ((p, t) for p in ("ip", "ipv6") for t in ("tcp", "udp")), 1)
             if transport in transports]
    for host in sides:
        for pref, protocol, transport in rules:
            tc[host](f"filter add dev {path} ingress protocol {protocol} pref "
                     f"{pref} flower ip_proto {transport} action drop")

    def undo():
        for host in sides:
            for pref, _, _ in rules:
                tc[host](f"filter del dev {path} ingress pref {pref}")
    return undo


def cut_silently(now):
    path = choose_path()
    if not path:
        return None
    sides = rng.choice((("cl",), ("sv",), HOSTS))
    cuts.add(now, path, blackhole(path, sides))
    return f"packets on {path} are lost towards {' and '.join(sides)}"


def cut_transport(now):
    """As a firewall that has come to like only one of them."""
    path = choose_path()
    if not path:
        return None
    sides = rng.choice((("cl",), ("sv",), HOSTS))
    transport = rng.choice(("tcp", "udp"))
    cuts.add(now, path, blackhole(path, sides, (transport,)))
    return f"{transport} on {path} is lost towards {' and '.join(sides)}"


def cut_address(now):
    path, host, network = choose_path(), rng.choice(HOSTS), rng.choice(("v4", "v6"))
    if not path:
        return None
    address = addresses(path, network)[HOSTS.index(host)]
    what = f"{address}/{24 if network == 'v4' else 64} dev {path}"
    nodad = " nodad" if network == "v6" else ""
    ip[host](f"addr del {what}")
    cuts.add(now, path, lambda: ip[host](f"addr add {what}{nodad}"))
    return f"address {address} removed at {host}"


def cut_all(_now):
    """No path at all for a moment."""
    undo = [blackhole(path, HOSTS) for path in cuts.whole()]
    time.sleep(rng.random() * 0.5)
    for each in undo:
        each()
    return "all paths lost for a moment"


# --- what an operator and the network do to stacks ---

def add_stack(_now):
    if len(stacks("cl")) >= STACKS_MOST:
        return None
    path, network = rng.choice(paths), rng.choice(("v4", "v6"))
    local, remote = addresses(path, network)
    words = ["stack", "add", session["cl"], rng.choice(("tcp", "udp")),
             "local", local, "remote", remote]
    if rng.random() < 0.5:
        words += ["dev", path]
    if rng.random() < 0.2:
        words.append("backup")
    done = mgr("cl", *words)
    return f"{' '.join(words)}: {done.stderr.strip() or 'done'}"


def pick(host):
    found = stacks(host)
    return rng.choice(found) if found else None


def remove_stack(_now):
    host = rng.choice(HOSTS)
    found = stacks(host)
    if len(found) <= STACKS_LEAST:
        return None
    stack = rng.choice(found)
    done = mgr(host, "stack", "del", session[host], stack.id)
    return f"stack {stack.id} removed at {host}: {done.stderr.strip() or 'done'}"


def set_stack(_now):
    host = rng.choice(HOSTS)
    stack = pick(host)
    if not stack:
        return None
    what = rng.choice((["backup"], ["active"], ["active"],
                       ["weight", str(rng.randrange(1, 10))]))
    done = mgr(host, "stack", "set", session[host], stack.id, *what)
    return f"stack {stack.id} {' '.join(what)} at {host}: " \
        f"{done.stderr.strip() or 'done'}"


def pause_stack(now):
    """For a while; and not all of them, or nothing could move."""
    host = rng.choice(HOSTS)
    found = stacks(host)
    if len(found) < 2:
        return None
    stack = rng.choice(found).id
    mgr(host, "stack", "set", session[host], stack, "paused")
    cuts.add(now, None, lambda: mgr(host, "stack", "set", session[host], stack,
                                    "active"))
    return f"stack {stack} paused at {host}"


def reset_stack(_now):
    host = rng.choice(HOSTS)
    stack = pick(host)
    if not stack:
        return None
    err = destroy[host](stack.local, stack.remote, stack.protocol)
    return f"stack {stack.id} reset at {host}: {os.strerror(-err)}"


def reset_all(_now):
    host = rng.choice(HOSTS)
    found = stacks(host)
    for stack in found:
        destroy[host](stack.local, stack.remote, stack.protocol)
    return f"all {len(found)} stacks reset at {host}"


def set_scheduler(_now):
    host, name = rng.choice(HOSTS), rng.choice(SCHEDULERS)
    done = mgr(host, "session", "set", session[host], "scheduler", name)
    return f"scheduler {name} at {host}: {done.stderr.strip() or 'done'}"


def end_session(_now):
    host = rng.choice(HOSTS)
    if session[host] == "0":
        return None
    done = mgr(host, "session", "kill", session[host])
    return f"session ended at {host}: {done.stderr.strip() or 'done'}"


KINDS = {
    add_stack: 22, remove_stack: 12, pause_stack: 10, set_stack: 6,
    reset_stack: 16, cut_link: 10, cut_silently: 7, cut_transport: 5,
    cut_address: 10,
    set_scheduler: 4, reset_all: 1, cut_all: 1,
}
if DATAGRAMS:
    KINDS[end_session] = 1


# --- the load ---

def received():
    """Bytes that have come to each end, all of them right."""
    found = []
    for host in HOSTS:
        with open(f"{work}/{host}.load", "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 400))
            lines = [line for line in file.read().split(b"\n") if line[:1] == b"{"]
        last = json.loads(lines[-1]) if lines[-1].endswith(b"}") else \
            json.loads(lines[-2])
        if last["event"] == "end":
            raise Stalled(f"the stream at {host} has ended: {last['error']}")
        found.append(last.get("received", 0))
    return found


def moved(before):
    """Waits until both ends have got more."""
    end = time.monotonic() + STALL_S
    while any(now < then + MOVES for now, then in zip(received(), before)):
        if time.monotonic() > end:
            raise Stalled(f"nothing moves: {before}, then {received()} bytes")
        time.sleep(0.05)


def show(history):
    """What led there."""
    for line in history[-30:]:
        print(f"# {line}")
    print(f"# whole paths: {' '.join(cuts.whole())}")
    for host in HOSTS:
        for words in (["ip", "-br", "addr"], ["ss", "-tano"],
                      *(["tc", "filter", "show", "dev", p, "ingress"]
                        for p in paths)):
            done = subprocess.run(["npv-ns", "--timeout", "20", host, *words],
                                  capture_output=True, text=True, check=False)
            for line in done.stdout.splitlines():
                print(f"# {host}: {line}", flush=True)
        for words in (["session"], ["stack"]):
            for line in mgr(host, *words).stdout.splitlines():
                print(f"# {host}: {line}", flush=True)


def run():
    print(f"# seed {seed}, {changes} changes", flush=True)
    for host in HOSTS:
        for path in paths:
            tc[host](f"qdisc add dev {path} clsact")
    start = time.monotonic()
    history, tally = [], {}
    kinds, weights = list(KINDS), list(KINDS.values())
    before = received()
    try:
        for now in range(changes):
            cuts.expire(now)
            done = None
            while not done:
                kind = rng.choices(kinds, weights)[0]
                done = kind(now)
            tally[kind.__name__] = tally.get(kind.__name__, 0) + 1
            history.append(f"{now} {time.monotonic() - start:.2f} {done}")
            if now % CHECK_EVERY == CHECK_EVERY - 1:
                cuts.unpause()
                # without a session there is but the one path of the program's own
                if DATAGRAMS and not stacks("cl"):
                    cuts.end()
                moved(before)
                before = received()
            if now % (changes // 10 or 1) == 0 and now:
                print(f"# {now} changes, {time.monotonic() - start:.0f} s, "
                      f"{sum(before) >> 20} MiB received", flush=True)
        cuts.end()
        moved(received())
    except Stalled as err:
        print(f"not ok 1 - {changes} changes under load\n# {err}")
        show(history)
        return False
    print(f"# {', '.join(f'{k} {n}' for k, n in sorted(tally.items()))}")
    print(f"# {time.monotonic() - start:.0f} s, {sum(received()) >> 20} MiB received")
    print(f"ok 1 - {changes} changes under load")
    return True


fine = run()
for batch in (*ip.values(), *tc.values()):
    batch.end()
print("1..1")
sys.exit(not fine)
