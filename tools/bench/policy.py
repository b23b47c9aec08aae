# SPDX-License-Identifier: GPL-2.0
"""What an operator of a large host may have said, and what it remembers of peers.

1,000 rules, 64 endpoints, 10,000 peers: all for the client of a network.
"""

import itertools
import subprocess

RULES = 1000
PEERS = 10000

# Beside path1: 8 interfaces with 8 addresses each, so that there are 64 endpoints
UPLINKS = 7
ADDRESSES = 4


def uplinks():
    """Lines for ip: interfaces, addresses, and a default route by each."""
    lines = []
    for n in range(UPLINKS):
        lines += [f"link add uplink{n} type dummy",
                  f"link set uplink{n} addrgenmode none",
                  f"link set uplink{n} up"]
    for n, device in enumerate(["path1"] + [f"uplink{n}" for n in range(UPLINKS)]):
        # path1 has one of IPv4 already
        lines += [f"addr add 10.8.{n}.{i + 1}/24 dev {device}"
                  for i in range(ADDRESSES if n else ADDRESSES - 1)]
        lines += [f"addr add fd08:{n:x}::{i + 1:x}/64 dev {device} nodad"
                  for i in range(ADDRESSES)]
        if n:
            lines.append(f"route add default dev {device} metric {100 + n}")
    return lines


def rules():
    """Lines of a batch. Most are about others; of the last ones one decides."""
    kinds = (lambda n: f"uid {20000 + 10 * n}-{20000 + 10 * n + 7}",
             lambda n: f"to 172.{16 + n % 16}.{n // 16}.0/24",
             lambda n: f"to fd99:{n:x}::/32 type stream",
             lambda n: f"port {10000 + 20 * n}-{10000 + 20 * n + 9}",
             lambda n: f"name *.host{n}.example.org",
             lambda n: f"name host{n}.example.net port 443",
             lambda n: f"comm daemon{n} gid {30000 + n}",
             lambda n: f"uid {60000 + n} to 10.{n % 256}.0.0/16 capacity scavenger")
    chosen = itertools.cycle(kinds)
    profiles = itertools.cycle(("bulk", "interactive", "office"))
    lines = [f"rule add priority {100 + n} {next(chosen)(n)} profile {next(profiles)}"
             for n in range(RULES - 4)]
    return lines + [
        "rule add priority 60000 to 10.0.0.0/8 port 6000-6100 profile bulk",
        "rule add priority 60001 uid 0-999 to 10.0.0.0/8 port 4000-5999 profile office",
        "rule add priority 60002 to 10.0.0.0/8 profile bulk",
        "rule add priority 60003 profile interactive"]


def operator():
    """Lines of a batch: profiles, some of the endpoints, rules."""
    return ["profile add office policy interactive metered avoid stacks 1",
            "endpoint add dev path1 cost 1",
            *(f"endpoint add dev uplink{n} cost {10 + n}" for n in range(4)),
            "endpoint add dev uplink6 cost 30",
            "endpoint add dev uplink4 cost 20 backup on",
            "endpoint add dev uplink5 cost 20 metered on",
            "endpoint add 10.8.1.1 dev uplink0 cost 5 weight 200",
            *rules()]


def peers():
    """Lines of a batch: what speaks at 10,000 services."""
    return [f"peer set 10.{100 + n // 10000}.{n // 100 % 100}.{n % 100 + 1} port 443 "
            f"kind {'native' if n % 3 else 'plain'}" for n in range(PEERS)]


def inside(namespace, *command, lines=None):
    subprocess.run(["ip", "netns", "exec", namespace, *command], check=True, text=True,
                   input=lines and "\n".join(lines) + "\n", stdout=subprocess.DEVNULL)


def set_up(namespace):
    """Have all of that in NAMESPACE."""
    subprocess.run(["ip", "-n", namespace, "-batch", "-"], check=True, text=True,
                   input="\n".join(uplinks()) + "\n")
    inside(namespace, "sh", "-c", f"echo {2 * PEERS} > /proc/sys/net/npv/peers_max\n"
           "echo 0 > /proc/sys/net/npv/mode\n")
    # how connects to 10,000 addresses went is remembered of itself
    inside(namespace, "npv-bench", "learn", "--family", "npv", "--count", str(PEERS))
    inside(namespace, "npv-mgr", "-f", "-b", "-", lines=peers())
    inside(namespace, "npv-mgr", "-b", "-", lines=operator())
