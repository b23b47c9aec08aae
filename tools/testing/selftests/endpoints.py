#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Cases of endpoints.sh, which starts it in a namespace that has the link "path".

endpoints.py          prints the endpoints, one a line
endpoints.py PID      prints TAP; PID is a process in the namespace at the other end
"""

import subprocess
import sys

import policy
from policy import C, Netlink, eq, ok, poll

V4, V6 = "10.0.4.1", "fd00:4::1"
FOUND_MAX = 64


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def far(pid, *words):
    """ip in the other namespace"""
    subprocess.run(["nsenter", "-t", pid, "-n", "ip", *words], check=True)


def address(e):
    return e.get("addr4") or e.get("addr6")


def found(nl):
    """Those that no operator has named, by address"""
    return {address(e): e for e in nl.dump("ENDPOINT") if "automatic" in e}


def becomes(nl, name, condition):
    """A case: the endpoints are so, sooner or later. Those."""
    ok(poll(lambda: condition(found(nl))), name, found(nl))
    return found(nl)


def ids(eps):
    return {a: e["id"] for a, e in eps.items()}


def test_found(nl):
    eps = becomes(nl, "addresses are endpoints", lambda eps: set(eps) == {V4, V6})
    becomes(nl, "the driver says how fast the link is",
            lambda eps: all(e.get("link_speed") == 10000 for e in eps.values()))
    e = eps[V4]
    eq((e.get("up"), e["ifname"], e["link_type"], e["cost"], e["weight"], e["backup"],
        e["metered"], e["disabled"], e["max_rate"], e.get("operator"),
        e.get("temporary")),
       (True, "path", C["NPV_LINK_TYPE_ETHERNET"], 0, 100, 0, 0, 0, 0, None, None),
       "what there is to say of one")
    eq([address(e) for e in nl.dump("ENDPOINT")], [V4, V6], "IPv4 before IPv6")
    ok(all(e["id"] >= 0x80000000 for e in eps.values()), "ids of those found", eps)


def test_links(nl, pid):
    was = ids(found(nl))

    far(pid, "link", "set", "path", "down")
    eps = becomes(nl, "without a carrier they are down",
                  lambda eps: len(eps) == 2 and not any("up" in e for e in eps.values()))
    eq(ids(eps), was, "... with the same ids")
    far(pid, "link", "set", "path", "up")
    eps = becomes(nl, "with a carrier they are up",
                  lambda eps: len(eps) == 2 and all("up" in e for e in eps.values()))
    eq(ids(eps), was, "... with the same ids")

    ip("link", "set", "path", "down")
    eps = found(nl)
    ok(len(eps) == 2 and not any("up" in e for e in eps.values()),
       "a link that is down: seen at once", eps)
    eq(ids(eps), was, "... with the same ids")
    ip("link", "set", "path", "name", "renamed")
    eps = becomes(nl, "a link that is renamed",
                  lambda eps: {e["ifname"] for e in eps.values()} == {"renamed"})
    eq(ids(eps), was, "... with the same ids")
    ip("link", "set", "renamed", "name", "path")
    ip("link", "set", "path", "up")
    eps = becomes(nl, "it is up again",
                  lambda eps: len(eps) == 2 and all("up" in e for e in eps.values()))
    eq(ids(eps), was, "... with the same ids")


def test_addresses(nl):
    was = ids(found(nl))

    ip("addr", "add", "10.0.5.1/24", "dev", "path")
    eps = becomes(nl, "an address comes", lambda eps: "10.0.5.1" in eps)
    new = eps["10.0.5.1"]["id"]
    ok(new not in was.values(), "... with an id of its own", eps)
    ip("addr", "del", "10.0.5.1/24", "dev", "path")
    eq(ids(found(nl)), was, "it goes: seen at once")
    ip("addr", "add", "10.0.5.1/24", "dev", "path")
    eps = becomes(nl, "it comes again", lambda eps: "10.0.5.1" in eps)
    ok(eps["10.0.5.1"]["id"] not in (new, *was.values()), "... as another", eps)
    ip("addr", "del", "10.0.5.1/24", "dev", "path")

    ip("link", "add", "spare", "type", "veth", "peer", "name", "spare1")
    ip("link", "set", "spare1", "up")
    ip("addr", "add", "10.0.6.1/24", "dev", "spare")
    eps = becomes(nl, "of a link that was never up",
                  lambda eps: "10.0.6.1" in eps and "up" not in eps["10.0.6.1"])
    new = eps["10.0.6.1"]["id"]
    ip("link", "set", "spare", "up")
    eps = becomes(nl, "it comes up", lambda eps: "up" in eps["10.0.6.1"])
    eq(eps["10.0.6.1"]["id"], new, "... as the same")
    ip("link", "del", "spare")
    becomes(nl, "the link is taken away", lambda eps: ids(eps) == was)


def test_ipv6(nl):
    was = ids(found(nl))

    ip("addr", "add", "fd00:4::2/64", "dev", "path", "nodad")
    with open("/proc/sys/net/ipv6/conf/path/use_tempaddr", "w", encoding="ascii") as file:
        file.write("2")
    ip("addr", "add", "fd00:9::1/64", "dev", "path", "mngtmpaddr", "nodad")
    eps = becomes(nl, "a temporary address beside another",
                  lambda eps: any("temporary" in e for e in eps.values()))
    eq(len([e for e in eps.values() if "addr6" in e]), 2, "of IPv6 no more than both")
    for a in ("fd00:9::1/64", "fd00:4::2/64"):
        ip("addr", "del", a, "dev", "path")
    becomes(nl, "they go", lambda eps: not any("temporary" in e for e in eps.values()))
    ip("addr", "flush", "dev", "path", "scope", "global", "temporary")
    becomes(nl, "others stay", lambda eps: set(was) <= set(eps) or len(eps) == 2)


def test_named(nl):
    def settings(address_of):
        e = found(nl)[address_of]
        return e["cost"], e.get("operator")

    nl.do("endpoint_add", id=10, ifname="path", cost=5)
    eq(settings(V4), (5, 10), "an operator's, of an interface: holds at once")
    nl.do("endpoint_add", id=11, addr4=V4, cost=6, weight=7, backup=1, metered=1,
          max_rate=1000)
    eq(settings(V4), (6, 11), "of an address: it says more")
    nl.do("endpoint_add", id=12, addr4=V4, ifname="path", cost=7)
    eq(settings(V4), (7, 12), "of both: it says most")
    nl.do("endpoint_add", id=13, addr4=V4, ifname="other", cost=8)
    eq(settings(V4), (7, 12), "of another interface: it says nothing")
    eq([e["id"] for e in nl.dump("ENDPOINT")][:4], [10, 11, 12, 13],
       "operators' are told first")
    nl.do("endpoint_del", id=12)
    e = found(nl)[V4]
    eq((e["cost"], e["weight"], e["backup"], e["metered"], e["max_rate"]),
       (6, 7, 1, 1, 1000), "it is taken back: the next one decides")
    nl.do("endpoint_set", id=11, disabled=1, cost=9)
    e = found(nl)[V4]
    eq((e["cost"], e["disabled"]), (9, 1), "it is changed")
    nl.do("endpoint_flush")
    eq(settings(V4), (0, None), "none is left")

    ip("addr", "add", "10.0.4.77/24", "dev", "path")
    ok("10.0.4.77" not in found(nl), "a secondary address isn't an endpoint", found(nl))
    nl.do("endpoint_add", id=14, addr4="10.0.4.77", cost=3)
    eq(settings("10.0.4.77"), (3, 14), "... unless an operator names it")
    nl.do("endpoint_flush")
    ok("10.0.4.77" not in found(nl), "... and only as long", found(nl))
    ip("addr", "del", "10.0.4.77/24", "dev", "path")


def test_many(nl):
    ip("link", "add", "many", "type", "dummy")
    ip("link", "set", "many", "up")
    batch = "".join(f"addr add 10.9.{i}.1/24 dev many\n" for i in range(FOUND_MAX + 6))
    subprocess.run(["ip", "-batch", "-"], input=batch.encode(), check=True)
    eps = becomes(nl, "as many as there can be", lambda eps: len(eps) == FOUND_MAX)
    was = ids(eps)
    for i in range(6):
        ip("addr", "del", f"10.9.{i}.1/24", "dev", "many")
    eps = becomes(nl, "those that had no place",
                  lambda eps: f"10.9.{FOUND_MAX + 1}.1" in eps and len(eps) == FOUND_MAX)
    ok(all(e["id"] == was.get(a, e["id"]) for a, e in eps.items()),
       "... and the others stay", was, eps)
    ip("link", "del", "many")
    becomes(nl, "all gone", lambda eps: len(eps) == 2)


def main():
    nl = Netlink()
    if len(sys.argv) == 1:
        for e in nl.dump("ENDPOINT"):
            print(e["id"], address(e), e.get("ifname"), "up" if "up" in e else "down")
        return 0
    test_found(nl)
    test_links(nl, sys.argv[1])
    test_addresses(nl)
    test_named(nl)
    test_many(nl)
    test_ipv6(nl)
    print(f"1..{policy.count}")
    return policy.failed != 0


if __name__ == "__main__":
    sys.exit(main())
