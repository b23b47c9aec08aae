#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Measure AF_NPV against plain TCP, MPTCP and UDP: make bench.

    bench.py [--rounds N] [CASE...]   all, or those whose name is or begins with CASE
    bench.py list                     their names

Fewer rounds than a case has are for trying it out.

Runs guest.py in guests of the lab, and makes of its samples, in build/bench:
results.json, results.md and results.svg. Ends with 0 when NPV reached every bar,
with 1 when it did not, and with 2 when a guest could not be had.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

import cases
import plot
from results import Samples, markdown, results

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LAB = f"{TOP}/tools/lab/lab"
OUT = f"{TOP}/build/bench"


class Kind:
    """A kind of guest: kernel of the lab, its ARCH, the seconds it may take,
    those without a sample that tell that it hangs, and options of lab run."""

    def __init__(self, kernel, arch, timeout, silence, options):
        self.kernel = kernel
        self.arch = arch
        self.timeout = timeout
        self.silence = silence
        self.options = options


GUESTS = {
    "lean": Kind("lean", "um", 1500, 90, ["--mem", "3G"]),
    # one processor whose clock counts instructions
    "icount": Kind("stock", "x86", 900, 240,
                   ["--cpus", "1", "--qemu", "-icount shift=0,sleep=off"]),
}

EXIT_STUCK = 3
# A guest that dies is booted again for what is left, but not for ever
BOOTS_MAX = 6


def say(text):
    print(f"bench: {text}", flush=True)


class Unavailable(Exception):
    """A guest could not be built."""


def make(*words):
    done = subprocess.run(["make", "-s", "-C", HERE, *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode:
        raise Unavailable(f"make {words[0] if words else ''} failed:\n"
                          f"{done.stdout}")


def build(guest):
    """Programs, and the module for the kernel of GUEST."""
    kernel = GUESTS[guest].kernel
    done = subprocess.run([LAB, "kernel", kernel], stdout=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode:
        raise Unavailable(f"the {kernel} kernel can't be had")
    make("all")
    make("kmod", f"KDIR={done.stdout.strip()}", f"KARCH={GUESTS[guest].arch}",
         f"DST={OUT}/kmod-{kernel}")


def watch(process, path, silence):
    """Wait for a guest, and end it when nothing comes to PATH any more.

    Before the first sample the module may have to be built: that is no silence.
    """
    size, since = 0, time.monotonic()
    while True:
        try:
            return process.wait(1)
        except subprocess.TimeoutExpired:
            pass
        now = os.path.getsize(path) if os.path.exists(path) else 0
        if now != size:
            size, since = now, time.monotonic()
        elif size and time.monotonic() - since > silence:
            say(f"nothing came for {silence} s: the guest hangs")
            process.terminate()
            return process.wait()


def boot(guest, chosen, samples, rounds):
    """Run CHOSEN in a guest; return how `lab run` ended."""
    kind = GUESTS[guest]
    out = f"{OUT}/{guest}"
    path = f"{out}/samples"
    os.makedirs(out, exist_ok=True)
    if os.path.exists(path):
        os.remove(path)
    options = [f"--without={case}:{contestant}"
               for case, contestant in samples.failed]
    if rounds:
        options.append(f"--rounds={rounds}")
    command = [LAB, "run", "--kernel", kind.kernel,
               "--timeout", str(kind.timeout), *kind.options,
               "--out", out, f"{HERE}/guest.py", *options, kind.kernel,
               *(case.name for case in chosen)]
    with subprocess.Popen(command) as process:
        try:
            status = watch(process, path, kind.silence)
        except BaseException:
            process.terminate()         # ends its guest as well
            raise
    samples.read(path)
    return status


def blame(samples):
    """Note whose turn it was when the guest ended. False: nobody's."""
    if not samples.started:
        return False
    samples.failed[samples.started] = "the kernel died or hung, see above"
    return True


def run_guest(guest, chosen, samples, rounds):
    """Run CHOSEN, booting again without whom a guest died of.

    Returns whether all went well around the samples.
    """
    say(f"{guest} guest: building what runs in it, and booting")
    build(guest)
    well = True
    for _ in range(BOOTS_MAX):
        left = [case for case in chosen if case.name not in samples.done]
        if not left:
            return well
        for case in left:
            samples.forget(case.name)
        status = boot(guest, left, samples, rounds)
        if samples.ended:
            if status:
                say(f"something went wrong behind the samples: status {status}")
                well = False
            continue
        well = False
        if not blame(samples) and status != EXIT_STUCK:
            say(f"the {guest} guest ended with status {status}")
            return False
        say("the guest is booted again, for what is left")
    return well


def write(chosen, samples):
    """Leave the files; return the results."""
    entries = results(chosen, samples)
    with open(f"{OUT}/results.json", "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1, ensure_ascii=False)
        file.write("\n")
    table = markdown(entries)
    with open(f"{OUT}/results.md", "w", encoding="utf-8") as file:
        file.write(table)
    if os.path.exists(f"{OUT}/results.svg"):
        os.remove(f"{OUT}/results.svg")
    if samples.taken:
        plot.draw(chosen, entries, f"{OUT}/results.svg")
    print("\n" + table, flush=True)
    return entries


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("cases", nargs="*")
    opts = parser.parse_args()
    if opts.cases == ["list"]:
        for case in cases.CASES:
            print(f"{case.name:<18} {case.title}")
        return 0
    try:
        chosen = cases.find(opts.cases)
    except KeyError as error:
        say(f"there is no case {error.args[0]}; bench.py list tells them")
        return 2
    os.makedirs(OUT, exist_ok=True)
    start = time.monotonic()
    samples = Samples()
    well = True
    try:
        for guest in GUESTS:
            some = [case for case in chosen if case.guest == guest]
            if some:
                well = run_guest(guest, some, samples, opts.rounds) and well
    except Unavailable as why:
        say(str(why))
        return 2
    entries = write(chosen, samples)
    verdicts = [entry["pass"] for entry in entries]
    missed = [entry["case"] for entry in entries if entry["pass"] is False]
    say(f"build/bench/results.json, .md, .svg; "
        f"{(time.monotonic() - start) / 60:.1f} minutes")
    say(f"{verdicts.count(True)} bars reached, {len(missed)} missed" +
        (f": {' '.join(dict.fromkeys(missed))}" if missed else "") +
        ("" if well else "; a guest failed, see above"))
    return 0 if well and not missed else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(130)
