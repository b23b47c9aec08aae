#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Takes the samples; bench.py runs it in a guest of the lab.

    guest.py [--without CASE:CONTESTANT]... [--rounds N] KERNEL CASE...

In each round of a case every contestant has its turn. What happens is written
to $LAB_OUT/samples, a JSON object a line, before and after each sample: if the
kernel dies, that file tells in whose turn it was.
"""

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import cases
import quic
from network import Network

TOP = os.environ["LAB_TOP"]

# Where the clock counts instructions, it leaps ahead while the guest waits for
# the host: only the host's own limit, that of lab run, holds there.
CLOCK_LEAPS = 1000

# One whose processes can't be killed: there is no going on in this guest
EXIT_STUCK = 3


class Failed(Exception):
    """A sample could not be taken; the text says why."""


class Stuck(Failed):
    """And the guest is no good any more."""


def last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1]


def all_lines(text):
    """What both ends said: the first is the reason, the others may be its effects."""
    return "; ".join(text.strip().splitlines()) or "it said nothing"


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    try:
        process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        raise Stuck("hangs and can't be killed") from None


def run(command, timeout):
    """Run npv-bench; return what it found."""
    with_pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                  "stderr": subprocess.PIPE}
    # pylint: disable-next=consider-using-with
    process = subprocess.Popen(command, text=True, start_new_session=True,
                               **with_pipes)
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        raise Failed(f"not done after {timeout:g} s") from None
    if process.returncode:
        raise Failed(all_lines(errors))
    if errors:
        print(f"bench: {last_line(errors)}", flush=True)
    return json.loads(output)


class Log:
    """What happens, for bench.py."""

    def __init__(self):
        # pylint: disable-next=consider-using-with
        self.file = open(os.path.join(os.environ["LAB_OUT"], "samples"), "a",
                         encoding="utf-8")

    def write(self, event, **fields):
        self.file.write(json.dumps({"event": event, **fields}) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def settings(case):
    """Sysctls of both hosts."""
    found = {
        # what one sample learned of a path is not for the next
        "net/ipv4/tcp_no_metrics_save": 1,
        "net/npv/mode": 1 if case.native else 0,
        # the first one meets what those before have left in the queues
        "net/npv/hello_wait": 1000,
    }
    if case.stacks:
        found["net/npv/stacks_max"] = case.stacks
    return found


def sample(case, contestant, network):
    """Take one."""
    addresses = network.addresses[:1]
    if contestant == "quic":
        try:
            return quic.measure(addresses[0], case.timeout)
        except (quic.Failed, OSError, subprocess.SubprocessError) as why:
            raise Failed(str(why)) from None
    if case.each_path and contestant == "tcp":
        addresses = network.addresses
    family = "npv" if contestant == "bare" else contestant
    command = ["npv-bench", *case.args, "--family", family, *network.options]
    for address in addresses:
        command += ["--to", address]
    timeout = case.timeout
    if case.guest == "icount":
        timeout *= CLOCK_LEAPS
    if contestant != "npv" or not case.kthreads:
        return run(command, timeout)
    # what programs find out by themselves, and of datagrams who has made the sockets
    before = network.counter("SessionNativeOut")
    found = run(command, timeout)
    if "native" in found:
        return found
    return {**found, "native": network.counter("SessionNativeOut") > before}


class Runner:
    """Runs one case."""

    def __init__(self, case, without, log):
        self.case = case
        self.log = log
        self.contestants = [name for name in case.contestants
                            if f"{case.name}:{name}" not in without]

    def turn(self, contestant, number, network):
        """Returns what to show of it."""
        case = self.case
        place = {"case": case.name, "contestant": contestant, "round": number}
        self.log.write("start", **place)
        try:
            found = sample(case, contestant, network)
        except Failed as why:
            self.log.write("failed", why=str(why), **place)
            self.contestants.remove(contestant)
            if isinstance(why, Stuck):
                raise
            return f"{contestant} failed: {why}"
        self.log.write("sample", sample=found, **place)
        metric = case.metrics[0]
        return f"{contestant} {metric.of(contestant, found):,.5g}"

    def round(self, number, network):
        # not always the same one first, nor behind the same other
        order = list(self.contestants)
        shift = number % len(order) if order else 0
        words = [self.turn(contestant, number, network)
                 for contestant in order[shift:] + order[:shift]]
        name = f"round {number}/{self.case.rounds}" if number else "warm-up"
        print(f"bench:   {name:<12} {', '.join(words)} "
              f"{self.case.metrics[0].unit}", flush=True)

    def run(self):
        case = self.case
        rounds = range(0 if case.warm_up else 1, case.rounds + 1)
        if case.fresh:
            for number in rounds:
                self.round_fresh(number)
        else:
            with Network(case.paths, settings(case)) as network:
                for number in rounds:
                    self.round(number, network)
        self.log.write("done", case=case.name)

    def round_fresh(self, number):
        words = []
        for contestant in list(self.contestants):
            with Network(self.case.paths, settings(self.case),
                         self.case.steered and contestant == "npv") as network:
                words.append(self.turn(contestant, number, network))
        print(f"bench:   round {number}/{self.case.rounds}    "
              f"{', '.join(words)} {self.case.metrics[0].unit}", flush=True)


def load_module(kernel):
    subprocess.run(["insmod",
                    f"{TOP}/build/bench/kmod-{kernel}/npv_bench.ko"], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("kernel")
    parser.add_argument("cases", nargs="+")
    opts = parser.parse_args()
    chosen = [dataclasses.replace(case, rounds=min(opts.rounds or case.rounds,
                                                   case.rounds))
              for case in cases.CASES if case.name in opts.cases]
    log = Log()
    kthreads = any(case.kthreads for case in chosen)
    if kthreads:
        load_module(opts.kernel)
    for number, case in enumerate(chosen, 1):
        print(f"bench: {number}/{len(chosen)} {case.name}: {case.title}",
              flush=True)
        start = time.monotonic()
        try:
            Runner(case, opts.without, log).run()
        except Stuck:
            return EXIT_STUCK
        print(f"bench:   {time.monotonic() - start:.0f} s", flush=True)
    if kthreads:
        subprocess.run(["rmmod", "npv_bench"], check=True)
    log.write("end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
