#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Cases of netlink.sh, which starts it under npv-run: sockets here are NPV's.

Prints TAP. Waits for states by polling them, with an end to its patience.
"""

import errno
import ipaddress
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

MGR = os.environ["MGR"]
V4, V6, PORT = "10.0.4.2", "fd00:6::2", 8080
NATIVE_PORT = 8081
PATIENCE = 30
# what programs started from here need not have
PLAIN_ENV = {k: v for k, v in os.environ.items()
             if k not in ("LD_PRELOAD", "NPV_RUN")}
NOBODY = 65534

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


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}", flush=True)


def poll(condition, patience=PATIENCE):
    """What condition() gives once it is true, or gave at last."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def run(*args, **kwargs):
    return subprocess.run(args, env=PLAIN_ENV, capture_output=True, text=True,
                          check=False, **kwargs)


def mgr(*args, **kwargs):
    return run(MGR, *args, **kwargs)


def mgr_json(*args, **kwargs):
    done = mgr("-j", *args, **kwargs)
    if done.returncode:
        raise RuntimeError(f"npv-mgr -j {args}: {done.stderr}")
    return json.loads(done.stdout)


def sessions(**kwargs):
    return {s["id"]: s for s in mgr_json("session", **kwargs)}


def session_of(sock):
    """The session of one of our sockets, known by its inode, or None."""
    inode = os.fstat(sock.fileno()).st_ino
    found = [s for s in sessions().values() if s.get("inode") == inode]
    return found[0] if found else None


def stat(name):
    return mgr_json("stats", "show", name)[name]


def setting(name, value):
    with open(f"/proc/sys/net/npv/{name}", "w", encoding="ascii") as file:
        file.write(str(value))


def mode(value):
    setting("mode", value)


def connect(addr, type_=socket.SOCK_STREAM, port=PORT):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    s = socket.socket(family, type_)
    s.settimeout(PATIENCE)
    s.connect((addr, port))
    return s


def endpoint(name):
    return {"address": name[0], "port": name[1]}


class Monitor:
    """npv-mgr monitor, and the events it has printed so far."""

    def __init__(self):
        self.process = subprocess.Popen(
            [MGR, "-j", "monitor"], env=PLAIN_ENV, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.events = []
        self.bad = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.subscribed = poll(lambda: self.netlink_row() is not None)

    def netlink_row(self):
        """Our row in /proc/net/netlink if it is in a group, split."""
        with open("/proc/net/netlink", encoding="ascii") as table:
            for line in table:
                row = line.split()
                # the portid of a second socket isn't the pid: by the group
                if row[1] == "16" and int(row[3], 16):
                    return row
        return None

    def read(self):
        for line in self.process.stdout:
            try:
                self.events.append(json.loads(line))
            except ValueError:
                self.bad.append(line)

    def wait_for(self, event, **members):
        """The first event of that name with these members."""
        def find():
            for e in list(self.events):
                if e["event"] == event and \
                   all(e.get(k.replace("_", "-")) == v
                       for k, v in members.items()):
                    return e
            return None
        return poll(find)

    def stop(self, sig=signal.SIGINT):
        self.process.send_signal(sig)
        self.process.wait(PATIENCE)
        self.thread.join(PATIENCE)
        self.stderr = self.process.stderr.read()
        self.process.stderr.close()
        return self.process.returncode


def test_info():
    info = mgr_json("info")
    family = int(open("/sys/module/npv/parameters/family",
                      encoding="ascii").read())
    eq(info["family"], family, "info: family")
    ok(re.fullmatch(r"\S+", info["version"]), "info: version", info)
    eq(info["sessions"], 0, "info: no sessions yet")
    ok(all(isinstance(f, str) for f in info["features"]), "info: features",
       info)
    text = mgr("info").stdout
    ok(re.search(rf"^family +{family}$", text, re.M), "info: text", text)
    eq(json.loads(mgr("-p", "info").stdout), info, "info: pretty JSON is JSON")
    eq(mgr("-j", "session").stdout, "[]\n", "no sessions: JSON")
    eq(mgr("session").stdout, "", "no sessions: text")
    eq(mgr("-j", "stack").stdout, "[]\n", "no stacks: JSON")


def test_stream(addr, monitor):
    kind = "v6" if ":" in addr else "v4"
    opened = stat("session-open")
    s = connect(addr)
    me = session_of(s)
    ok(me, f"{kind}: session found by inode")
    if not me:
        return
    eq({k: me[k] for k in ("type", "kind", "state", "name-family", "stacks",
                           "uid", "comm")},
       {"type": "stream", "kind": "plain", "state": "established",
        "name-family": "inet6" if kind == "v6" else "inet", "stacks": 1,
        "uid": 0, "comm": open("/proc/self/comm",
                               encoding="ascii").read().strip()},
       f"{kind}: session")
    eq(me["local"], endpoint(s.getsockname()), f"{kind}: local")
    eq(me["remote"], endpoint(s.getpeername()), f"{kind}: remote")
    ok(0 < me["connect-us"] < PATIENCE * 10**6, f"{kind}: time to connect", me)
    ok(me["attempts"] <= me["candidates"] == 1, f"{kind}: candidates", me)
    ok(0 <= me["age-ms"] < 10**6, f"{kind}: age", me)
    eq(stat("session-open"), opened + 1, f"{kind}: counted")

    brackets = "[%s]:%d" if kind == "v6" else "%s:%d"
    text = mgr("session", "show", "id", str(me["id"])).stdout
    ok(text.startswith(f"session {me['id']} stream plain established "
                       f"{brackets % s.getsockname()[:2]} -> "
                       f"{brackets % s.getpeername()[:2]} comm "),
       f"{kind}: text", text)
    eq(text.count("\n"), 1, f"{kind}: one line")

    test_stack(s, me, kind)

    up = monitor.wait_for("session-up", id=me["id"])
    ok(up, f"{kind}: event session-up", monitor.events)
    ok(up and up["state"] == "established" and up["remote"] == me["remote"],
       f"{kind}: session-up tells who", up)
    ok(monitor.wait_for("stack-up", session_id=me["id"]),
       f"{kind}: event stack-up", monitor.events)
    s.close()
    down = monitor.wait_for("session-down", id=me["id"])
    ok(down and not down.get("error"), f"{kind}: event session-down", down)
    ok(monitor.wait_for("stack-down", session_id=me["id"]),
       f"{kind}: event stack-down", monitor.events)
    ok(poll(lambda: me["id"] not in sessions()), f"{kind}: gone after close()")


def test_stack(s, me, kind):
    eq(s.recv(1), b"x", f"{kind}: a byte to receive")
    stacks = mgr_json("stack", "show", "session", str(me["id"]))
    eq(len(stacks), 1, f"{kind}: stacks")
    st = stacks[0]
    eq({k: st[k] for k in ("session-id", "transport", "network", "tcp-state",
                           "local", "remote")},
       {"session-id": me["id"], "transport": "tcp", "network": f"ip{kind}",
        "tcp-state": "established", "local": me["local"],
        "remote": me["remote"]}, f"{kind}: stack")
    eq(st.get("dev"), kind, f"{kind}: interface")
    eq(st["bytes-received"], 1, f"{kind}: bytes received")

    # what ss says of the same socket
    port = me["local"]["port"]
    row = run("ss", "-tinOH", "sport", "=", f":{port}").stdout
    tail = row.replace("[", "").replace("]", "")
    ok(row.startswith("ESTAB") and
       f"{me['remote']['address']}:{PORT}" in tail, f"{kind}: ss knows it", row)
    for key, pattern in (("mss", r"\bmss:(\d+)"), ("cwnd", r"\bcwnd:(\d+)"),
                         ("congestion", r"(cubic|reno|bbr)")):
        found = re.search(pattern, row)
        eq(str(st[key]), found and found.group(1), f"{kind}: {key} as ss has it")
    found = re.search(r"\brtt:([\d.]+)/", row)
    ok(found and abs(st["srtt-us"] - float(found.group(1)) * 1000) <=
       max(1000, st["srtt-us"]), f"{kind}: rtt as ss has it", st, row)


def test_fallback(monitor):
    """The peer's NPV port refuses; nobody listens on that number."""
    setting("port", 6799)
    setting("mode", 1)
    s = connect(V4)
    me = session_of(s)
    eq([me["state"], me["reason"]], ["established", "npv-port-refused"],
       "fallback: session")
    up = monitor.wait_for("session-up", id=me["id"])
    ok(up and up["state"] == "established" and up["remote"] == me["remote"],
       "fallback: session-up tells who", up)
    s.close()
    setting("mode", 0)
    setting("port", 6780)
    mgr("peer", "flush")


def test_listener(monitor):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind(("0.0.0.0", 0))
    s.listen(7)
    me = session_of(s)
    eq((me["state"], me["local"]["port"]), ("listening", s.getsockname()[1]),
       "listener: session")
    stacks = mgr_json("stack", "show", "session", str(me["id"]))
    eq(sorted((st["network"], st["tcp-state"]) for st in stacks),
       [("ipv4", "listen"), ("ipv6", "listen")], "listener: it and its twin")
    eq(len(stacks), me["stacks"], "listener: number of stacks")
    ok(monitor.wait_for("session-up", id=me["id"], state="listening"),
       "listener: event session-up", monitor.events)

    # the twin is open on both, and the accepted session is told of as well
    c = socket.create_connection(("::1", s.getsockname()[1]), PATIENCE)
    a, name = s.accept()
    eq(name[0], "192.0.0.8", "accepted: peer is named by the dummy address")
    them = session_of(a)
    eq((them["reason"], them["state"], them["remote"]),
       ("accepted", "established", endpoint(c.getsockname())),
       "accepted: session tells the true peer")
    eq(them["local"]["port"], s.getsockname()[1], "accepted: local port")
    for x in (a, c, s):
        x.close()
    ok(monitor.wait_for("session-down", id=me["id"]),
       "listener: event session-down", monitor.events)


def stacks_of(me, *where):
    return {st["id"]: st for st in mgr_json(*where, "stack")
            if st["session-id"] == me["id"]}


def wait_stacks(me, condition):
    """The session's stacks once they all are as wanted, or as they are."""
    def find():
        stacks = stacks_of(me)
        return stacks if condition(list(stacks.values())) else None
    return poll(find) or stacks_of(me)


def is_up(stacks, number):
    return len(stacks) == number and \
        all(st["status"] == "active" for st in stacks)


def refused(text, *args, status=1):
    done = mgr(*args)
    ok(done.returncode == status and not done.stdout and text in done.stderr,
       f"refused: {' '.join(args)}", done.returncode, done.stderr)


def test_native_stacks(me, sid, monitor):
    stacks = wait_stacks(me, lambda s: is_up(s, 2))
    eq(sorted(st["network"] for st in stacks.values()), ["ipv4", "ipv6"],
       "native: joined over the other family")
    ok(all(st["status"] == "active" and st["weight"] == 100 and
           not st["backup"] and not st["paused"]
           for st in stacks.values()), "native: stacks", stacks)
    eq(sum(st["payload-received"] for st in stacks.values()), 1,
       "native: the byte came on one of them")
    for stack in stacks:
        ok(monitor.wait_for("stack-up", session_id=me["id"], id=stack,
                            status="active"),
           f"native: event stack-up {stack}", monitor.events)
    v4 = next(i for i, st in stacks.items() if st["network"] == "ipv4")
    v6 = next(i for i, st in stacks.items() if st["network"] == "ipv6")

    for use in "paused", "backup", "active":
        eq(mgr("stack", "set", sid, str(v6), use).returncode, 0,
           f"stack set {use}")
        eq(stacks_of(me)[v6]["status"], use, f"... it is {use}")
        ok(monitor.wait_for("stack-change", session_id=me["id"], id=v6,
                            status=use), f"... event tells {use}",
           monitor.events)
        ok(poll(lambda: use in [st["status"] for st in
                                mgr_json("-n", "right", "stack")
                                if st.get("network") == "ipv6" and
                                st["tcp-state"] == "established"]),
           f"... the peer knows {use}", mgr_json("-n", "right", "stack"))
    eq(mgr("stack", "set", sid, str(v4), "weight", "7").returncode, 0,
       "stack set weight")
    eq(stacks_of(me)[v4]["weight"], 7, "... it has it")
    text = mgr("stack", "show", "session", sid).stdout
    ok(re.search(rf"^session {sid} stack {v4} tcp ipv4 established .* status "
                 r"active weight 7 out \d+ in \d+ rtt ", text, re.M),
       "native: text of stacks", text)

    eq(mgr("stack", "del", sid, str(v6)).returncode, 0, "stack del")
    eq(list(wait_stacks(me, lambda s: is_up(s, 1))), [v4], "... it is gone")
    ok(monitor.wait_for("stack-down", session_id=me["id"], id=v6,
                        status="down"), "... event stack-down", monitor.events)
    eq(mgr("stack", "add", sid, "remote", V6, "dev", "v6",
           "backup").returncode, 0, "stack add")
    stacks = wait_stacks(me, lambda s: "backup" in [x["status"] for x in s])
    added = [st for st in stacks.values() if st["network"] == "ipv6"]
    ok(len(added) == 1 and added[0]["backup"] and added[0]["id"] != v6 and
       added[0]["dev"] == "v6" and added[0]["remote"]["address"] == V6,
       "... as it was asked for", stacks)
    return str(v4)


class Server:
    """A server in the other namespace whose sockets are NPV's as well: keeps
    what connects, sends a byte to each, until its standard input ends."""

    SOURCE = """
import selectors, socket, sys
open("/proc/sys/net/npv/mode", "w").write("1")
sel = selectors.DefaultSelector()
sel.register(sys.stdin, selectors.EVENT_READ)
listener = socket.create_server(("::", int(sys.argv[1])),
                                family=socket.AF_INET6, dualstack_ipv6=True)
sel.register(listener, selectors.EVENT_READ)
held = []
print("ready", flush=True)
while True:
    for key, _ in sel.select():
        if key.fileobj is sys.stdin:
            sys.exit()
        s = listener.accept()[0]
        s.send(b"x")
        held.append(s)
"""

    def __init__(self):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "right", "npv-run", "/usr/bin/python3",
             "-c", self.SOURCE, str(NATIVE_PORT)], env=PLAIN_ENV, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ready = self.process.stdout.readline() == "ready\n"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def test_native(monitor):
    """A session with a server whose sockets are NPV's as well."""
    server = Server()
    ok(server.ready, "native: server")
    names = {s["name"]: s["default"] for s in mgr_json("scheduler")}
    eq([n for n, default in names.items() if default], ["minrtt"],
       "scheduler show: the default one")
    ok({"minrtt", "weighted", "redundant", "backup"} <= set(names),
       "scheduler show: all of them", names)
    ok("scheduler minrtt default yes\n" in mgr("scheduler").stdout,
       "scheduler show: text")

    plain = connect(V4)
    psid = str(session_of(plain)["id"])
    mode(1)
    s = connect(V4, port=NATIVE_PORT)
    eq(s.recv(1), b"x", "native: a byte to receive")
    me = session_of(s)
    sid = str(me["id"])
    eq({k: me.get(k) for k in ("kind", "state", "reason", "scheduler",
                               "bytes-sent", "bytes-received", "rcvq",
                               "npv-port")},
       {"kind": "native", "state": "established", "reason": "hello",
        "scheduler": "minrtt", "bytes-sent": 0, "bytes-received": 1,
        "rcvq": 0, "npv-port": 6780}, "native: session")
    eq(me["remote"], endpoint((V4, NATIVE_PORT)), "native: remote")
    peers = [p for p in mgr_json("peer", "show", V4) if "kind" in p]
    eq([(p["peer"], p["kind"], p["reason"], p["static"]) for p in peers],
       [(endpoint((V4, NATIVE_PORT)), "native", "hello", False)],
       "native: the peer cache knows")

    them = next(x for x in mgr_json("-n", "right", "session")
                if x["kind"] == "native")
    me = poll(lambda: (lambda x: x if "native-peer-id" in x else None)
              (session_of(s)))
    eq((me["native-id"], me["native-peer-id"]),
       (them["native-peer-id"], them["native-id"]),
       "native: ids at both ends")
    eq((them["bytes-sent"], them["reason"]), (1, "accepted"),
       "native: session of the peer")
    ok(monitor.wait_for("session-up", id=me["id"], kind="native"),
       "native: event session-up", monitor.events)

    v4 = test_native_stacks(me, sid, monitor)

    eq(mgr("session", "set", sid, "scheduler", "weighted").returncode, 0,
       "session set scheduler")
    eq(session_of(s)["scheduler"], "weighted", "... it has it")
    ok(monitor.wait_for("session-change", id=me["id"], scheduler="weighted"),
       "... event session-change", monitor.events)
    s.sendall(bytes(100000))
    ok(poll(lambda: session_of(s)["bytes-acked"] == 100000),
       "native: bytes acknowledged", session_of(s))
    now = session_of(s)
    eq((now["bytes-sent"], now["sndq"]), (100000, 0), "native: bytes sent")
    text = mgr("session", "show", "id", sid).stdout
    ok(re.search(r" scheduler weighted sent 100000 acked 100000 received 1 sndq "
                 r"0 rcvq 0 swnd \d+ rwnd \d+ .*id [0-9a-f]{16} peer-id "
                 r"[0-9a-f]{16} npv-port 6780 remotes \d+$", text),
       "native: text of the session", text)

    refused("no scheduler has that name", "session", "set", sid, "scheduler",
            "nonsense", status=3)
    refused("", "session", "set", sid, "scheduler", "x" * 16, status=2)
    refused("session is plain", "session", "set", psid, "scheduler", "minrtt")
    refused("session is plain", "stack", "add", psid)
    refused("session is plain", "stack", "set", psid, "0", "paused")
    refused("no session has that id", "stack", "add", "4000000000", status=3)
    refused("session has no stack of that id", "stack", "del", sid, "99",
            status=3)
    refused("session has no stack of that id", "stack", "set", sid, "99",
            "paused", status=3)
    refused("no interface nowhere", "stack", "add", sid, "dev", "nowhere",
            status=3)
    refused("not the address of a host", "stack", "add", sid, "remote",
            "224.0.0.1", status=2)
    refused("different families", "stack", "add", sid, "local", "10.0.4.1",
            "remote", V6, status=2)
    refused("no connection can be begun", "stack", "add", sid, "local",
            "192.0.2.1")
    # the peer's side may change its stacks, but not add one
    refused("the side that connected", "-n", "right", "stack", "add",
            str(them["id"]))
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    for args in (("stack", "add", sid), ("stack", "del", sid, v4),
                 ("stack", "set", sid, v4, "paused"),
                 ("session", "set", sid, "scheduler", "minrtt")):
        done = mgr(*args, **who)
        ok(done.returncode == 1 and "CAP_NET_ADMIN" in done.stderr,
           f"unprivileged: {args[0]} {args[1]} refused", done.stderr)
    eq(len(mgr_json("scheduler", **who)), len(names),
       "unprivileged: scheduler show")

    eq(mgr("session", "kill", sid).returncode, 0, "native: kill")
    try:
        s.recv(1)
        ok(False, "native: kill: recv() fails")
    except OSError as e:
        eq(e.errno, errno.ECONNABORTED, "native: kill: recv() fails")
    down = monitor.wait_for("session-down", id=me["id"])
    eq(down and down.get("error"), errno.ECONNABORTED,
       "native: event session-down with the error")
    refused("", "stack", "add", sid)
    s.close()
    ok(poll(lambda: me["id"] not in sessions()), "native: gone after close()")

    plain.close()
    mode(0)
    s = connect(V4, port=NATIVE_PORT)
    eq(session_of(s)["reason"], "mode", "mode plain: the session says so")
    s.close()
    server.stop()
    ok(poll(lambda: not mgr_json("-n", "right", "session")),
       "native: nothing is left at the peer")


def test_dgram():
    s = connect(V4, socket.SOCK_DGRAM)
    me = session_of(s)
    eq((me["type"], me["state"], me["remote"]),
       ("dgram", "established", endpoint(s.getpeername())), "dgram: session")
    stacks = mgr_json("stack", "show", "session", str(me["id"]))
    eq([(st["transport"], st["tcp-state"]) for st in stacks],
       [("udp", "established")], "dgram: stack")
    s.close()


def test_many():
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for _ in range(300)]
    inodes = {os.fstat(s.fileno()).st_ino for s in held}
    eq({s["inode"] for s in sessions().values()} & inodes, inodes,
       "a dump of several messages")
    eq(mgr_json("info")["sessions"], 300, "info counts sessions")
    for s in held:
        s.close()
    ok(poll(lambda: not sessions()), "all gone after close()")


def test_not_found():
    for args in (("session", "show", "id", "4000000000"),
                 ("session", "show", "id", str(2**63)),
                 ("session", "kill", "4000000000"),
                 ("stack", "show", "session", "4000000000")):
        done = mgr("-j", *args)
        eq((done.returncode, done.stdout), (3, ""), f"not found: {args}")
        ok(args[-1] in done.stderr, f"... and says what: {args}", done.stderr)
        print(f"# {done.stderr.strip()}")


def test_unprivileged():
    s = connect(V4)
    me = session_of(s)
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    eq(list(sessions(**who)), [me["id"]], "unprivileged: session show")
    eq(len(mgr_json("stack", **who)), 1, "unprivileged: stack show")
    ok(mgr_json("info", **who) and mgr_json("stats", **who),
       "unprivileged: info, stats")
    done = mgr("session", "kill", str(me["id"]), **who)
    eq((done.returncode, done.stdout), (1, ""), "unprivileged: kill refused")
    ok("CAP_NET_ADMIN" in done.stderr, "unprivileged: kill says why",
       done.stderr)
    eq(session_of(s)["state"], "established", "unprivileged: session lives")
    s.close()


def test_kill(monitor):
    killed = stat("session-kill")
    s = connect(V6)
    s.recv(1)
    me = session_of(s)
    result = []

    def blocked():
        try:
            result.append(s.recv(1))
        except OSError as e:
            result.append(e.errno)

    reader = threading.Thread(target=blocked)
    reader.start()
    # asleep in recv()? Its wait channel tells, or else its state.
    poll(lambda: open(f"/proc/self/task/{reader.native_id}/stat",
                      encoding="ascii").read().rsplit(")", 1)[1].split()[0] ==
         "S")
    eq(mgr("session", "kill", str(me["id"])).returncode, 0, "kill")
    reader.join(PATIENCE)
    eq(result, [errno.ECONNABORTED], "kill: recv() gets ECONNABORTED")
    down = monitor.wait_for("session-down", id=me["id"])
    eq(down and down.get("error"), errno.ECONNABORTED,
       "kill: event session-down with the error")
    eq(stat("session-kill"), killed + 1, "kill: counted")
    try:
        s.send(b"x")
        ok(False, "kill: send() fails")
    except OSError as e:
        ok(e.errno in (errno.EPIPE, errno.ECONNABORTED), "kill: send() fails",
           e.errno)
    s.close()
    eq(mgr("session", "kill", str(me["id"])).returncode, 3,
       "kill: gone afterwards")


def without_times(peers):
    return [{k: v for k, v in p.items() if k not in ("age-ms", "expires-ms",
                                                     "srtt-us")}
            for p in peers]


def test_peer():
    # what earlier cases have connected to
    learnt = mgr_json("peer", "show", V4)
    eq([(p["peer"], p.get("verdict")) for p in learnt],
       [(endpoint((V4, 0)), "good")], "peer: history of an address")
    ok(0 <= learnt[0]["age-ms"] < 10**6 and
       0 < learnt[0]["expires-ms"] <= 600000 and
       0 < learnt[0]["srtt-us"] < PATIENCE * 10**6, "peer: times", learnt)
    ok(re.fullmatch(rf"peer {V4}:\* connect good rtt \S+ms age \S+s expires "
                    r"\S+s\n", mgr("peer", "show", V4).stdout), "peer: text",
       mgr("peer", "show", V4).stdout)

    for args in ((V4, "port", "443", "kind", "native"), (V6, "kind", "plain"),
                 (V4, "port", "443", "kind", "plain")):
        eq(mgr("peer", "set", *args).returncode, 0, f"peer set {args}")
    services = [{"peer": endpoint((V4, 443)), "kind": "plain",
                 "reason": "none", "static": True},
                {"peer": endpoint((V6, 0)), "kind": "plain",
                 "reason": "none", "static": True}]
    everything = without_times(mgr_json("peer"))
    eq(sorted(everything[:2], key=str), sorted(services, key=str),
       "peer: what was set comes first")
    ok(all("verdict" in p for p in everything[2:]) and everything[2:],
       "peer: then history", everything)
    ok(all("expires-ms" not in p for p in mgr_json("peer")[:2]),
       "peer: what was set does not expire")

    eq(mgr("peer", "flush").returncode, 0, "peer flush")
    eq(sorted(without_times(mgr_json("peer")), key=str),
       sorted(services, key=str), "peer flush keeps what was set")
    eq(mgr_json("-n", "right", "peer"), [], "peer: none in another namespace")
    eq(mgr("-n", "right", "peer", "del", V4).returncode, 3,
       "peer del: not of another namespace")
    done = mgr("peer", "del", V4, "port", "80")
    eq((done.returncode, done.stderr),
       (3, "npv-mgr: peer: nothing is known of that peer\n"),
       "peer del of what is not known")
    eq(mgr("peer", "del", V4, "port", "443").returncode, 0, "peer del")
    eq(without_times(mgr_json("peer")), [services[1]], "peer del: it is gone")
    connect(V6).close()
    eq(len(mgr_json("peer", "show", V6)), 2, "peer: set, and history")
    eq(mgr("peer", "del", V6).returncode, 0, "peer del of an address")
    eq(mgr_json("peer"), [], "peer del of an address: all of it")

    mgr("peer", "set", V4, "kind", "native")
    eq(mgr("peer", "flush", "all").returncode, 0, "peer flush all")
    eq(mgr_json("peer"), [], "peer flush all: nothing is left")

    for addr in ("0.0.0.0", "224.0.0.1", "255.255.255.255", "::",
                 "ff02::1", "::ffff:224.0.0.1"):
        done = mgr("peer", "set", addr, "kind", "native")
        eq((done.returncode, done.stderr),
           (2, "npv-mgr: peer: not the address of a host\n"),
           f"peer set {addr} is refused")
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    eq(mgr_json("peer", **who), [], "unprivileged: peer show")
    for args in (("set", V4, "kind", "native"), ("del", V4), ("flush",),
                 ("flush", "all")):
        done = mgr("peer", *args, **who)
        ok(done.returncode == 1 and "CAP_NET_ADMIN" in done.stderr,
           f"unprivileged: peer {args[0]} refused", done.stderr)


def test_stats():
    stats = mgr_json("stats")
    proc = {}
    with open("/proc/net/npv_stat", encoding="ascii") as table:
        for line in table:
            name, value = line.split()
            proc[name] = int(value)
    eq({"".join(w.capitalize() for w in k.split("-")): v
        for k, v in stats.items()}, proc, "stats are those of npv_stat")
    ok(stats["session-open"] > 0 and
       stats["session-open"] - stats["session-close"] == len(sessions()),
       "stats: opened and closed", stats)
    eq(list(mgr_json("stats", "show", "SessionOpen", "connect-ok")),
       ["session-open", "connect-ok"], "stats: by name")
    ok(re.search(r"^session-open +\d+$", mgr("stats").stdout, re.M),
       "stats: text")


def test_netns():
    s = connect(V4)
    me = session_of(s)
    eq([x["id"] for x in mgr_json("-n", "left", "session")], [me["id"]],
       "-n left: the session")
    eq(mgr_json("-n", "right", "session"), [], "-n right: no session")
    eq(mgr_json("-n", "right", "stats")["session-open"], 0,
       "-n right: counters of its own")
    eq(mgr("-n", "right", "session", "show", "id", str(me["id"])).returncode, 3,
       "-n right: not by id either")
    eq(mgr("-n", "right", "session", "kill", str(me["id"])).returncode, 3,
       "-n right: nor killed")
    eq(mgr("-n", "nowhere", "info").returncode, 3, "-n of no namespace")
    s.close()


def test_monitor_end(monitor):
    eq(monitor.bad, [], "monitor: every line is JSON")
    ok(monitor.events and all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d",
                     e["time"]) for e in monitor.events), "monitor: time")
    eq((monitor.stop(), monitor.stderr), (0, ""), "monitor: ends by SIGINT")


def test_monitor_lost():
    """Stops the monitor, floods it, lets it go on."""
    monitor = Monitor()
    ok(monitor.subscribed, "lost: subscribed")
    monitor.process.send_signal(signal.SIGSTOP)
    for _ in range(60000):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((V4, PORT))
        s.close()
        if _ % 50 == 49 and int(monitor.netlink_row()[8]):
            break
    ok(int(monitor.netlink_row()[8]), "lost: the kernel had to drop events")
    monitor.process.send_signal(signal.SIGCONT)
    # behind all that was queued before
    ok(poll(lambda: monitor.events and monitor.events[-1]["event"] == "lost",
            4 * PATIENCE), "lost: the monitor says so")
    s = connect(V4)
    me = session_of(s)
    ok(monitor.wait_for("session-up", id=me["id"]), "lost: and goes on")
    s.close()
    eq(monitor.stop(signal.SIGTERM), 0, "lost: ends by SIGTERM")
    ok("lost" in monitor.stderr, "lost: message on stderr", monitor.stderr)
    eq(monitor.bad, [], "lost: every line is JSON")


def ynl(*args):
    done = run("/usr/bin/python3", "-B", os.environ["YNL_CLI"], "--spec",
               os.environ["YNL_SPEC"], "--no-schema", "--output-json", *args)
    if done.returncode:
        return done.stdout + done.stderr
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout


def test_ynl():
    if "YNL_CLI" not in os.environ:
        skip("ynl", "no kernel source")
        return
    try:
        import yaml  # noqa: F401, pylint: disable=all
    except ImportError:
        skip("ynl", "no python3-yaml")
        return

    s = connect(V6)
    me = session_of(s)
    info = ynl("--do", "info-get")
    ok(isinstance(info, dict) and info["family"] == mgr_json("info")["family"]
       and info["sessions"] == 1, "ynl: info-get", info)
    dump = ynl("--dump", "session-get")
    ok(isinstance(dump, list) and len(dump) == 1 and
       (dump[0]["id"], dump[0]["state"], dump[0]["kind"],
        dump[0]["remote-addr6"], dump[0]["remote-port"]) ==
       (me["id"], "established", "plain", V6, PORT), "ynl: session-get dump",
       dump)
    one = ynl("--do", "session-get", "--json", json.dumps({"id": me["id"]}))
    ok(isinstance(one, dict) and one["id"] == me["id"] and
       one["comm"] == me["comm"], "ynl: session-get of one", one)
    dump = ynl("--dump", "stack-get")
    ok(isinstance(dump, list) and len(dump) == 1 and
       (dump[0]["session-id"], dump[0]["transport"], dump[0]["network"],
        dump[0]["tcp-state"]) == (me["id"], "tcp", "ipv6", "established"),
       "ynl: stack-get dump", dump)
    stats = ynl("--do", "stats-get")
    eq(stats, mgr_json("stats"), "ynl: stats-get")
    gone = ynl("--do", "session-get", "--json", json.dumps({"id": 10**9}))
    ok(isinstance(gone, str) and "No such" in gone, "ynl: no such session",
       gone)
    empty = ynl("--do", "session-get")
    ok(isinstance(empty, str) and "Netlink error" in empty,
       "ynl: session-get without id is refused", empty)
    ok("extack" in empty and "msg" in empty, "... with a text", empty)
    s.close()

    mgr("peer", "flush", "all")
    # this cli takes addresses as numbers only
    v4, v6 = 0x0a000001, ipaddress.ip_address(V6).packed.hex()
    for request, text in (
            ({}, "address of the peer is missing"),
            ({"addr4": v4}, "kind of the peer is missing"),
            ({"addr4": v4, "addr6": v6, "kind": "plain"},
             "there are two addresses"),
            ({"addr4": v4, "port": 0, "kind": "plain"},
             "port is 1 to 65535"),
            ({"addr4": v4, "kind": "open"}, "kind is plain or native"),
            ({"addr4": v4, "kind": 3}, "integer out of range"),
            ({"addr4": v4, "kind": "plain", "srtt-us": 1},
             "Unknown attribute type")):
        got = ynl("--do", "peer-set", "--json", json.dumps(request))
        ok(isinstance(got, str) and text in got, f"ynl: peer-set {request}",
           got)
    ynl("--do", "peer-set", "--json",
        json.dumps({"addr6": v6, "port": 80, "kind": "native"}))
    dump = ynl("--dump", "peer-get")
    ok(isinstance(dump, list) and
       [(p["addr6"], p["port"], p["kind"]) for p in dump if "kind" in p] ==
       [(V6, 80, "native")], "ynl: peer-set, peer-get", dump)
    ynl(*(word for n in range(1000) for word in
          ("--multi", "peer-set",
           json.dumps({"addr4": v4 + n, "port": 1 + n, "kind": "native"}))))
    eq({p["peer"]["port"] for p in mgr_json("peer")
        if p["peer"]["address"] != V6 and "kind" in p},
       set(range(1, 1001)), "peer: a dump of several messages")
    setting("peers_max", 1024)
    got = ynl(*(word for n in range(24) for word in
                ("--multi", "peer-set",
                 json.dumps({"addr6": v6, "port": 1 + n, "kind": "native"}))))
    ok(isinstance(got, str) and "too many peers are set" in got,
       "ynl: peer-set of too many", got)
    setting("peers_max", 4096)
    got = ynl("--dump", "scheduler-get")
    ok(isinstance(got, list) and {"name": "redundant"} in got and
       {"name": "minrtt", "default": True} in got, "ynl: scheduler-get", got)
    for op, request, text in (
            ("stack-set", {"session-id": 1}, "id of the stack is missing"),
            ("stack-set", {"session-id": 1, "id": 0}, "nothing to set"),
            ("stack-set", {"session-id": 1, "id": 0, "weight": 1001},
             "integer out of range"),
            ("stack-set", {"session-id": 1, "id": 0, "status": 6},
             "integer out of range"),
            ("stack-del", {"session-id": 1}, "id of the stack is missing"),
            ("stack-del", {"id": 1}, "id of the session is missing"),
            ("stack-add", {"ifindex": 0}, "integer out of range"),
            ("stack-add", {"ifindex": 2**31}, "integer out of range"),
            ("stack-add", {"ifindex": 2**31 - 1}, "no interface has that"),
            ("stack-add", {"local-addr4": v4, "local-addr6": v6},
             "there are two addresses"),
            ("session-set", {"id": 1}, "nothing to set: scheduler, profile or pinned"),
            ("session-set", {"scheduler": "minrtt"},
             "id of the session is missing")):
        got = ynl("--do", op, "--json", json.dumps(request))
        ok(isinstance(got, str) and text in got, f"ynl: {op} {request}", got)
    ynl("--do", "peer-flush", "--json", json.dumps({"static": True}))
    eq(ynl("--dump", "peer-get"), [], "ynl: peer-flush")


def main():
    # without it, nothing below means anything
    with open("/proc/net/protocols", encoding="ascii") as table:
        npv = [line for line in table if line.startswith("NPV")]
    ok(npv, "/proc/net/protocols has NPV")

    test_info()
    monitor = Monitor()
    ok(monitor.subscribed, "monitor: subscribed")
    for addr in (V4, V6):
        test_stream(addr, monitor)
    test_fallback(monitor)
    test_listener(monitor)
    test_dgram()
    test_not_found()
    test_unprivileged()
    test_kill(monitor)
    test_many()
    test_netns()
    test_peer()
    test_native(monitor)
    test_stats()
    test_monitor_end(monitor)
    test_monitor_lost()
    test_ynl()

    print(f"1..{count}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
