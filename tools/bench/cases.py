# SPDX-License-Identifier: GPL-2.0
"""The cases of the bench: what is run, what is read from it, and the bars.

A case is one test (npv-bench) over one network, with some contestants. A metric
is one figure of its samples, with the bar that NPV has to reach. To add a case
is to add an entry to CASES; Documentation/bench.rst tells how.
"""

import dataclasses
import statistics
from typing import Callable, Optional

from network import Path

# "bare" is NPV where nobody has said anything
CONTESTANTS = ("tcp", "udp", "mptcp", "quic", "bare", "npv")

GIB = 1 << 30
MIB = 1 << 20

# Each way; netem's limit, the length of the queue, is 1000
FAST = Path(rate="100mbit", delay_ms=10)
SLOW = Path(rate="20mbit", delay_ms=60)
FAR = Path(delay_ms=10)
WIDE = Path(rate="1gbit", delay_ms=10, limit=10000)
WIDE_LOSSY = Path(rate="1gbit", delay_ms=10, limit=10000, loss="1%")
# A round trip of 20 ms, and a queue that holds as much as is under way in one
SHARED = Path(delay_ms=10, bottleneck="rate 50mbit burst 15000 limit 125000")
NEAR = Path()


@dataclasses.dataclass(frozen=True)
class Metric:
    """One figure.

    name, unit, better  what it is; better is "lower" or "higher"
    value               figure of a sample
    tcp_value           the same of a sample of TCP, where it differs
    ratio               bar: ratio to the baseline of the case, at most or at least,
                        as `better` says
    mptcp               bar: ratio to MPTCP, likewise
    quic                bar: ratio to userspace QUIC, likewise
    limit               bar: absolute, a function of NPV's samples; limit_text
                        says what it is
    average             of the rounds; a mean where rounds are to make one sample
    """
    name: str
    unit: str
    better: str
    value: Callable[[dict], float]
    tcp_value: Optional[Callable[[dict], float]] = None
    ratio: Optional[float] = None
    mptcp: Optional[float] = None
    quic: Optional[float] = None
    limit: Optional[Callable[[list], float]] = None
    limit_text: str = ""
    average: Callable[[list], float] = statistics.median

    def of(self, contestant, sample):
        """The figure of a sample of CONTESTANT."""
        if contestant == "tcp" and self.tcp_value:
            return self.tcp_value(sample)
        return self.value(sample)

    def bar(self, baseline):
        """The bar, for people; BASELINE is that of the case."""
        sign = "≤" if self.better == "lower" else "≥"
        words = []
        if self.ratio is not None:
            words.append(f"{sign} {self.ratio:g} × {baseline.upper()}")
        if self.limit_text:
            words.append(f"{sign} {self.limit_text}")
        if self.mptcp is not None:
            words.append(f"{sign} MPTCP" if self.mptcp == 1 else
                         f"{sign} {self.mptcp:g} × MPTCP")
        if self.quic is not None:
            words.append(f"{sign} {self.quic:g} × QUIC")
        return ", ".join(words)


@dataclasses.dataclass(frozen=True)
class Case:
    """One test.

    guest        "lean" (UML, time) or "icount" (stock kernel, instructions)
    args         of npv-bench
    paths        between client and server; none: both on loopback
    baseline     the contestant that NPV is compared with in the first place
    native       NPV sessions are to be native ones, else plain ones
    stacks       stacks that NPV sets up by itself at most; None: its default
    each_path    TCP has a connection on each path instead of one
    rounds       samples of each contestant
    warm_up      a round before those, which is thrown away
    fresh        the network is made anew for every sample
    steered      NPV's client has an operator, and peers (policy.py); needs `fresh`
    timeout      seconds that a sample may take
    named_only   run only when its whole name is given
    """
    name: str
    title: str
    guest: str
    args: tuple
    metrics: tuple
    paths: tuple = (NEAR,)
    contestants: tuple = ("tcp", "mptcp", "npv")
    baseline: str = "tcp"
    native: bool = True
    stacks: Optional[int] = 1
    each_path: bool = False
    rounds: int = 5
    warm_up: bool = True
    fresh: bool = False
    steered: bool = False
    timeout: float = 30
    named_only: bool = False

    @property
    def kthreads(self):
        """Whether kernel threads do it, for which a module is needed."""
        return "--kthreads" in self.args


def throughput(**bars):
    return Metric("throughput", "Mbit/s", "higher",
                  lambda sample: sample["mbit"], **bars)


def round_trip(**bars):
    return Metric("round trip", "µs", "lower",
                  lambda sample: sample["ns"] / 1e3, **bars)


def instructions(what, value, **bars):
    return Metric(f"instructions {what}", "instructions", "lower", value, **bars)


def longest_gap(**bars):
    return Metric("longest gap", "ms", "lower",
                  lambda sample: sample["gap_ms"], **bars)


def worst_srtt_ms(samples):
    """Round-trip time just before something was done to a path."""
    times = sorted(sample.get("srtt_us", 0) for sample in samples)
    return times[len(times) // 2] / 1e3


BULK = ("bulk", "--size", str(128 << 10))
RR = ("rr", "--size", "64")
# One session over all paths, or TCP on each at the same time: the first second,
# in which windows grow, is not counted
PATHS = (*BULK, "--seconds", "5", "--skip", "1")
# The first path, where the session began, is broken at full load
GAP = (*BULK, "--seconds", "5", "--skip", "1", "--event-at", "2.5")
HOLE = "filter add dev path1 ingress matchall action drop"

# Datagrams: NPV beside UDP
DGRAM = {"contestants": ("udp", "npv"), "baseline": "udp"}
SMALL = ("--size", "64")
# Ethernet, IPv4, UDP and those 64 bytes
DGRAM_WIRE = 14 + 20 + 8 + 64
# On each path on its own
LOSSY = Path(loss="2%")


# A client with a policy beside one that has none
PLAN = {"contestants": ("bare", "npv"), "baseline": "bare",
        "warm_up": False, "fresh": True, "steered": True, "timeout": 60}


# 10,000 sessions, which are made anew for each sample
MANY = {"contestants": ("npv",), "warm_up": False, "fresh": True,
        "timeout": 85}


def begun_lossy(host):
    """Packets that HOST sends are lost from when the session has begun."""
    return ("--begun", f"{host},tc,qdisc change dev path1 root "
            f"{' '.join(WIDE_LOSSY.netem())}")


def begun_paths(count, path):
    """The first COUNT paths become like PATH when the session has begun."""
    return tuple(word for n in range(1, count + 1) for host in ("client", "server")
                 for word in ("--begun", f"{host},tc,qdisc replace dev path{n} root "
                              f"{' '.join(path.netem())}"))


def absolute(limit, unit=""):
    """The bar LIMIT, as arguments of a metric."""
    return {"limit": lambda samples: limit, "limit_text": f"{limit:g}{unit}"}


def lost(**bars):
    return Metric("lost", "%", "lower", lambda sample: 100 * sample["lost"], **bars)


def delay(part, name):
    return Metric(f"delay, {part} %", "µs", "lower", lambda sample: sample[name])


def header(limit):
    """Bytes that a datagram has on the wire beside those of UDP, and what it costs
    on the way back. What the PINGs of twice a second make of it is rounded away."""
    return (Metric("bytes beside UDP's", "bytes", "lower",
                   lambda sample: round(sample["wire_bytes"] - DGRAM_WIRE, 1),
                   **absolute(limit)),
            Metric("bytes; the other way", "bytes", "lower",
                   lambda sample: sample["wire_bytes_back"]))


def share(better, limit):
    """What a session has of its fair half, with a TCP connection beside it."""
    return Metric("share", "of its half", better,
                  lambda sample: 2 * sample["mbit_each"][0] / sample["mbit"],
                  **absolute(limit))


CASES = (
    # first: what others leave behind would be freed meanwhile
    Case("memory", "idle session with 1 stack, both ends", "lean",
         ("idle", "--count", "1000"),
         (Metric("memory", "bytes", "lower", lambda sample: sample["bytes"],
                 ratio=2),), warm_up=False),
    Case("policy-10000", "a profile changes that 10000 sessions have, 16 of them busy",
         "lean", ("policy", "--count", "10000"),
         (Metric("until all have it", "ms", "lower",
                 lambda sample: sample["policy_ms"], **absolute(2000, " ms")),
          Metric("longest gap meanwhile", "ms", "lower",
                 lambda sample: sample["gap_ms"], **absolute(200, " ms")),
          Metric("longest gap before", "ms", "lower",
                 lambda sample: sample["calm_ms"])), **MANY),
    Case("dump-10000", "10000 sessions and their stacks are told", "lean",
         ("dump", "--count", "10000"),
         (Metric("netlink alone", "ms", "lower", lambda sample: sample["raw_ms"],
                 **absolute(1000, " ms")),
          Metric("npv-mgr -j", "ms", "lower", lambda sample: sample["mgr_ms"],
                 **absolute(1000, " ms"))), **MANY),
    Case("bulk-kernel", "bulk, 1 stack, 128 KiB writes, kernel threads", "lean",
         (*BULK, "--kthreads", "--count", str(GIB)),
         (throughput(ratio=0.95, mptcp=1),), rounds=11),
    Case("bulk", "bulk, 1 stack, 128 KiB writes, programs", "lean",
         (*BULK, "--count", str(256 * MIB)),
         (throughput(ratio=0.97, mptcp=1),), rounds=11),
    Case("stream-1k", "1 KiB writes streamed, programs", "lean",
         ("bulk", "--size", "1024", "--count", str(8 * MIB)),
         (throughput(ratio=0.90, mptcp=1),), rounds=7),
    Case("rr-kernel", "64 B request/response, kernel threads", "lean",
         (*RR, "--kthreads", "--count", "30000"),
         (round_trip(ratio=1.12, mptcp=1),), rounds=11),
    Case("rr-icount", "64 B request/response, programs", "icount",
         (*RR, "--count", "1000"),
         (instructions("per round trip", lambda sample: sample["ns"],
                       ratio=1.15),), paths=()),
    Case("bulk-icount", "bulk, 128 KiB writes, programs", "icount",
         (*BULK, "--count", str(32 * MIB)),
         (instructions("per MB", lambda sample: sample["ns_per_mb"],
                       ratio=1.03),), paths=()),
    Case("connect-icount", "connect() to a known peer", "icount",
         ("connect", "--count", "100"),
         (instructions("of connect()", lambda sample: sample["connect_ns"],
                       mptcp=1),), paths=()),
    Case("plan-connect", "connect() to a known peer with 1000 rules, 64 endpoints, "
         "10000 peers; bare: without", "icount", ("connect", "--count", "100"),
         (instructions("of connect()", lambda sample: sample["connect_quarter_ns"],
                       ratio=1.05),), **PLAN),
    Case("plan-connect-plain", "the same, plain sessions", "icount",
         ("connect", "--count", "100"),
         (instructions("of connect()", lambda sample: sample["connect_quarter_ns"],
                       ratio=1.05),), native=False, **PLAN),
    Case("first-byte", "connect to a known peer until the first byte, "
         "10 ms each way", "lean",
         ("connect", "--count", "20"),
         (Metric("first byte", "ms", "lower",
                 lambda sample: sample["first_byte_ns"] / 1e6, ratio=1.05),),
         paths=(FAR,), warm_up=False),
    Case("plain-bulk", "plain session: bulk, kernel threads", "lean",
         (*BULK, "--kthreads", "--count", str(GIB)), (throughput(ratio=0.98),),
         contestants=("tcp", "npv"), native=False, rounds=11),
    Case("plain-rr", "plain session: 64 B request/response, kernel threads",
         "lean", (*RR, "--kthreads", "--count", "30000"),
         (round_trip(ratio=1.03),),
         contestants=("tcp", "npv"), native=False, rounds=11),
    Case("plain-bulk-icount", "plain session: bulk, programs", "icount",
         (*BULK, "--count", str(32 * MIB)),
         (instructions("per MB", lambda sample: sample["ns_per_mb"]),),
         contestants=("tcp", "npv"), native=False, paths=()),
    Case("plain-rr-icount", "plain session: 64 B request/response, programs",
         "icount", (*RR, "--count", "1000"),
         (instructions("per round trip", lambda sample: sample["ns"]),),
         contestants=("tcp", "npv"), native=False, paths=()),
    Case("udp-bulk", "bulk over one UDP stack, 128 KiB writes, programs", "lean",
         (*BULK, "--udp", "--count", str(256 * MIB)), (throughput(ratio=0.80, quic=1.5),),
         contestants=("tcp", "quic", "npv"), rounds=7),
    Case("udp-far", "over one UDP stack, 1 Gbit/s, 20 ms round trip", "lean",
         (*PATHS, "--udp"), (throughput(ratio=0.95),), paths=(WIDE,),
         contestants=("tcp", "npv"), warm_up=False),
    Case("udp-loss", "the same, 1 % lost", "lean",
         # long, for it is a matter of luck which packets are lost
         (*BULK, "--udp", "--seconds", "12", "--skip", "2",
          *begun_lossy("client"), *begun_lossy("server")),
         (throughput(ratio=1),), paths=(WIDE,),
         contestants=("tcp", "npv"), warm_up=False, fresh=True),
    Case("udp-fair", "beside TCP on 50 Mbit/s, 20 ms round trip, a queue of one BDP",
         "lean", (*BULK, "--udp", "--rival", "--seconds", "18", "--skip", "3"),
         (share("higher", 0.67), share("lower", 1.5)), paths=(SHARED,),
         contestants=("tcp", "npv"), warm_up=False),
    Case("udp-rr", "64 B request/response over one UDP stack, programs", "lean",
         (*RR, "--udp", "--count", "10000"), (round_trip(),),
         contestants=("tcp", "npv")),
    Case("two-paths", "2 × (100 Mbit/s, 10 ms); TCP: sum of one on each", "lean",
         PATHS, (throughput(ratio=0.97, mptcp=1),),
         paths=(FAST, FAST), stacks=None, each_path=True, warm_up=False),
    Case("uneven-paths", "100 Mbit/s 10 ms + 20 Mbit/s 60 ms; "
         "TCP: sum of one on each", "lean",
         PATHS,
         (throughput(ratio=0.90, mptcp=1),
          Metric("throughput; TCP: the faster alone", "Mbit/s", "higher",
                 lambda sample: sample["mbit"],
                 lambda sample: max(sample["mbit_each"]), ratio=0.98)),
         paths=(FAST, SLOW), stacks=None, each_path=True, warm_up=False),
    Case("blackhole", "silent blackhole of one of 2 × (100 Mbit/s, 10 ms)",
         "lean",
         (*GAP, "--event", f"client,tc,{HOLE}", "--event", f"server,tc,{HOLE}"),
         (longest_gap(mptcp=0.5, limit_text="max(3 SRTT, 200 ms)",
                      limit=lambda samples: max(3 * worst_srtt_ms(samples),
                                                200)),),
         paths=(FAST, FAST), contestants=("mptcp", "npv"), stacks=None,
         warm_up=False, fresh=True),
    Case("link-down", "link down of one of 2 × (100 Mbit/s, 10 ms)", "lean",
         (*GAP, "--event", "client,ip,link set path1 down"),
         (longest_gap(limit_text="20 ms + 1 RTT",
                      limit=lambda samples: 20 + worst_srtt_ms(samples)),),
         paths=(FAST, FAST), contestants=("mptcp", "npv"), stacks=None,
         warm_up=False, fresh=True),
    Case("dgram", "64 B datagrams one way, as fast as it goes, kernel threads", "lean",
         ("dgram-flood", *SMALL, "--kthreads", "--count", "300000"),
         (Metric("arrive", "a second", "higher",
                 lambda sample: sample["per_second"], ratio=0.90), lost()),
         rounds=11, **DGRAM),
    Case("dgram-rr", "64 B datagrams to and fro, kernel threads", "lean",
         ("dgram-rr", *SMALL, "--kthreads", "--count", "30000"),
         (round_trip(ratio=1.10),), rounds=11, **DGRAM),
    Case("dgram-icount", "64 B datagrams one way, one at a time, a program", "icount",
         ("dgram-step", *SMALL, "--count", "1000"),
         (instructions("per datagram", lambda sample: sample["ns"], ratio=1.25),),
         **DGRAM),
    Case("dgram-header", "64 B datagrams one at a time: bytes on the wire", "lean",
         ("dgram-step", *SMALL, "--count", "10000"), header(2), rounds=3,
         warm_up=False, **DGRAM),
    Case("dgram-header-reliable", "the same, every datagram reliable", "lean",
         ("dgram-step", *SMALL, "--count", "10000", "--reliable"), header(5), rounds=3,
         warm_up=False, **DGRAM),
    Case("dgram-redundant", "200 B datagrams, 2000 a second, 2 paths, 2 % lost on each; "
         "UDP: the first path", "lean",
         ("dgram-paced", "--size", "200", "--rate", "2000", "--count", "20000",
          "--scheduler", "redundant", "--stacks", "2", *begun_paths(2, LOSSY)),
         (lost(average=statistics.mean, **absolute(0.05, " %")), delay(50, "p50_us"),
          delay(99, "p99_us"), delay(99.9, "p999_us")),
         # long, for it is a matter of luck which are lost
         paths=(NEAR, NEAR), stacks=None, warm_up=False, fresh=True, **DGRAM),
)


def find(names):
    """The cases whose name is, or begins with, one of NAMES; all without any.

    Those that are to be named are left out where they are not. Raises KeyError with
    a name that nothing answers to.
    """
    for name in names:
        if not any(case.name.startswith(name) for case in CASES):
            raise KeyError(name)
    exact = {case.name for case in CASES}
    return [case for case in CASES
            if case.name in names or not case.named_only and
            (not names or any(case.name.startswith(name) for name in names
                              if name not in exact))]
