# SPDX-License-Identifier: GPL-2.0
"""Networks of the bench: namespaces client and server, joined by paths.

Path N is a pair of veth devices "pathN" with 10.0.N.1 at the client and
10.0.N.2 at the server. A network without paths is the loopback of the guest.
"""

import dataclasses
import subprocess
from typing import Optional

import policy

CLIENT, SERVER = "client", "server"


@dataclasses.dataclass(frozen=True)
class Path:
    """What netem does on the way out of either end; nothing: no netem.

    bottleneck: what tbf does behind netem on the way out of the client. Its queue
    has a limit of bytes, whatever size packets have before they are cut (GSO). Behind
    netem, TCP doesn't take it for a queue of its own host, which it would keep short.
    """
    rate: Optional[str] = None
    delay_ms: Optional[int] = None
    limit: int = 1000
    loss: Optional[str] = None
    bottleneck: Optional[str] = None

    def netem(self):
        words = []
        if self.rate:
            words += ["rate", self.rate]
        if self.delay_ms:
            words += ["delay", f"{self.delay_ms}ms"]
        if self.loss:
            words += ["loss", self.loss]
        return words and ["netem", "limit", str(self.limit), *words]


def batch(program, lines, namespace=None):
    """Lines for ip or tc: starting programs is what takes time in UML."""
    command = [program, *(["-n", namespace] if namespace else []), "-batch", "-"]
    subprocess.run(command, input="\n".join(lines) + "\n", text=True, check=True)


class Network:
    """PATHS between two hosts; use it with `with`.

    steered: the client has an operator who has said a lot, see policy.py
    """

    def __init__(self, paths, settings, steered=False):
        self.paths = paths
        self.settings = settings
        self.steered = steered
        self.options = []
        self.addresses = ["127.0.0.1"]
        if paths:
            self.addresses = [f"10.0.{n}.2" for n in range(1, len(paths) + 1)]
            self.options = ["--client-ns", CLIENT, "--server-ns", SERVER]

    def __enter__(self):
        if self.paths:
            batch("ip", [f"netns add {CLIENT}", f"netns add {SERVER}"])
            self.make_paths()
            self.mptcp_endpoints()
        if self.steered:
            policy.set_up(CLIENT)
        for name in (CLIENT, SERVER) if self.paths else (None,):
            self.write_settings(name)
        return self

    def __exit__(self, *_exc):
        if self.paths:
            subprocess.run(["ip", "-batch", "-"], check=False, text=True,
                           input=f"netns del {CLIENT}\nnetns del {SERVER}\n")

    def make_paths(self):
        lines = {CLIENT: ["link set lo up"], SERVER: ["link set lo up"]}
        qdiscs, bottlenecks = [], []
        for n, path in enumerate(self.paths, 1):
            mac = {CLIENT: f"02:00:00:00:{n:02}:01",
                   SERVER: f"02:00:00:00:{n:02}:02"}
            lines[CLIENT].insert(0, (
                f"link add path{n} address {mac[CLIENT]} type veth peer "
                f"path{n} address {mac[SERVER]} netns {SERVER}"))
            for host, other in ((CLIENT, SERVER), (SERVER, CLIENT)):
                own = 1 if host == CLIENT else 2
                lines[host] += [
                    f"link set path{n} addrgenmode none",
                    f"addr add 10.0.{n}.{own}/24 dev path{n}",
                    f"link set path{n} up",
                    # nobody is to notice by ARP that a path is dead
                    f"neigh replace 10.0.{n}.{3 - own} dev path{n} "
                    f"lladdr {mac[other]} nud permanent",
                ]
            # where a blackhole is put, see cases.py
            qdiscs.append(f"qdisc add dev path{n} clsact")
            if path.netem():
                qdiscs.append(f"qdisc add dev path{n} root handle 1: "
                              f"{' '.join(path.netem())}")
            if path.bottleneck:
                bottlenecks.append(f"qdisc add dev path{n} parent 1: tbf "
                                   f"{path.bottleneck}")
        for host in (CLIENT, SERVER):
            batch("ip", lines[host], host)
            batch("tc", qdiscs + (bottlenecks if host == CLIENT else []),
                  host)

    def mptcp_endpoints(self):
        """As an operator would: the server tells of its other addresses."""
        further = len(self.paths) - 1
        for host in (CLIENT, SERVER):
            lines = [f"mptcp limits set subflows {further} "
                     f"add_addr_accepted {further}"]
            if host == SERVER:
                lines += [f"mptcp endpoint add 10.0.{n}.2 dev path{n} signal"
                          for n in range(2, further + 2)]
            batch("ip", lines, host)

    def write_settings(self, namespace):
        """Sysctls; those that the kernel does not have are left out."""
        command = (["ip", "netns", "exec", namespace] if namespace else []) + [
            "sh", "-c", "".join(
                f"[ ! -e /proc/sys/{name} ] || echo {value} > /proc/sys/{name}\n"
                for name, value in self.settings.items())]
        subprocess.run(command, check=True)

    def counter(self, name):
        """A counter of NPV at the client."""
        command = (["ip", "netns", "exec", CLIENT] if self.paths else []) + [
            "cat", "/proc/net/npv_stat"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              check=False)
        for line in done.stdout.splitlines():
            if line.split()[0] == name:
                return int(line.split()[1])
        return 0
