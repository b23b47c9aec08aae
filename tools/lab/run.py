#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Run a script in a lab guest: lab run, lab shell, lab kunit.

Builds what is to run (through `lab _prepare`), boots the guest (guest.py),
copies its output, ends it when it takes too long, and judges the kernel's log
(report.py). Usage and exit statuses are those of `lab help`.
"""

import argparse
import os
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

import report
from guest import make_guest

LAB_DIR = os.path.dirname(os.path.realpath(__file__))

EXIT_SETUP = 97
EXIT_EMULATOR = 98
EXIT_KERNEL = 99
EXIT_TIMEOUT = 124


def say(text):
    """A message of the lab's own, apart from what the script prints."""
    sys.stdout.flush()
    print(f"lab: {text}", file=sys.stderr, flush=True)


def parse_args(argv):
    parser = argparse.ArgumentParser(prog="lab run", allow_abbrev=False)
    parser.add_argument("--kernel", default="debug",
                        choices=("debug", "lean", "stock"))
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--append", default="")
    parser.add_argument("--qemu", default="")
    parser.add_argument("--param", default="")
    parser.add_argument("--no-module", action="store_true")
    parser.add_argument("--no-programs", action="store_true")
    parser.add_argument("--no-kmemleak", action="store_true")
    parser.add_argument("--out")
    parser.add_argument("--interactive", action="store_true",
                        help=argparse.SUPPRESS)
    parser.add_argument("script")
    parser.add_argument("args", nargs=argparse.REMAINDER)
    return parser.parse_args(argv)


def prepare(opts, lab_dir):
    """Build the kernel, the module and the programs; return where they are."""
    done = subprocess.run([f"{LAB_DIR}/lab", "_prepare", opts.kernel, lab_dir,
                           "no" if opts.no_module else "yes",
                           "no" if opts.no_programs else "yes"],
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(EXIT_SETUP)
    return dict(line.split("=", 1) for line in done.stdout.splitlines()
                if "=" in line)


def write_job(opts, built, out, lab_dir, guest):
    """Leave for guest-init, as shell variables, what it is to do."""
    script = opts.script
    if os.sep in script or os.path.exists(script):
        script = os.path.abspath(script)
    job = {
        "machine": guest.machine,
        "kernel": opts.kernel,
        "tty": guest.tty,
        "top": built["top"],
        "cache": built["cache"],
        "dir": lab_dir,
        "out": out,
        "cwd": os.getcwd(),
        "module": built.get("module", ""),
        "modules": built.get("modules", ""),
        "param": opts.param,
        "kmemleak": "" if opts.no_kmemleak else "yes",
        # a little before the end, when the guest can still tell what runs
        "watchdog": str(int(opts.timeout * 0.97 - 4)),
        "interactive": "yes" if opts.interactive else "",
    }
    if opts.interactive and sys.stdin.isatty():
        size = os.get_terminal_size(sys.stdin.fileno())
        job["rows"], job["columns"] = str(size.lines), str(size.columns)
    path = os.path.join(lab_dir, "job")
    with open(path, "w", encoding="utf-8") as file:
        for name, value in job.items():
            file.write(f"lab_{name}={shlex.quote(value)}\n")
        for name, value in os.environ.items():
            if re.fullmatch("NPV_TEST_[A-Z_]+", name):
                file.write(f"export {name}={shlex.quote(value)}\n")
        words = " ".join(shlex.quote(word) for word in [script] + opts.args)
        file.write(f"set -- {words}\n")
    return path


class Stopped(Exception):
    """Someone wants this run to end: Ctrl-C or kill."""


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop(signum, _frame):
    # once: a second one would break off the cleaning up
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(signum)


def copy_output(guest, timeout):
    """Copy the guest's output until it ends. Returns whether it did in time."""
    end = time.monotonic() + timeout if timeout else None
    if guest.output is None:            # a shell has the terminal itself
        guest.process.wait()
        return True
    out = sys.stdout.buffer
    with selectors.DefaultSelector() as selector:
        selector.register(guest.output, selectors.EVENT_READ)
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            if not selector.select(left):
                continue
            data = os.read(guest.output.fileno(), 65536)
            if not data:
                break
            out.write(data)
            out.flush()
    # the pipe can be closed a moment before the guest is gone
    try:
        guest.process.wait(None if end is None else
                           max(5, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def read(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return default


def judge(opts, lab_dir, in_time):
    """Say what went wrong, if anything; return the exit status of the run."""
    console = read(f"{lab_dir}/console")
    status = read(f"{lab_dir}/status").strip()
    verdict = read(f"{lab_dir}/verdict").strip()
    faults = report.find_faults(console)
    leaks = read(f"{lab_dir}/kmemleak")
    symbols = read(f"{lab_dir}/symbols")

    for line in read(f"{lab_dir}/leftovers").splitlines():
        say(f"left behind by the script: {line}")
    if not in_time:
        say(f"timed out after {opts.timeout:g} s")
        say("what the guest's tasks were doing:")
        print(read(f"{lab_dir}/processes"), file=sys.stderr)
        print(report.blocked_tasks(console), file=sys.stderr)
    if leaks:
        print(report.name_addresses(leaks, symbols), file=sys.stderr)
    for fault in faults[:3]:
        print(report.name_addresses(fault, symbols), file=sys.stderr)
    if faults:
        say(f"the kernel reported {len(faults)} fault(s); the first ones are "
            "above" if len(faults) > 1 else "the kernel reported the fault above")
    elif report.is_tainted(read(f"{lab_dir}/tainted", "0")):
        faults = ["tainted"]
        say("the kernel is tainted: "
            f"{read(f'{lab_dir}/tainted').strip()}; the end of its log:")
        print(report.tail(console), file=sys.stderr)
    for line in verdict.splitlines():
        say(line)

    if faults or verdict:
        if status:
            say(f"the script itself ended with status {status}")
        if opts.kernel == "stock" and report.is_emulators(faults):
            say("this one is the emulator's: it ran code that had been changed")
            return EXIT_EMULATOR
        return EXIT_KERNEL
    if not in_time:
        return EXIT_TIMEOUT
    if not status:
        say("the guest ended before the script did; the end of its log:")
        print(report.tail(console), file=sys.stderr)
        return EXIT_KERNEL if console else EXIT_SETUP
    return int(status)


def run(opts, out):
    lab_dir = os.path.join(out, ".lab")
    shutil.rmtree(lab_dir, ignore_errors=True)
    os.mkdir(lab_dir)
    built = prepare(opts, lab_dir)
    terminal = None
    if opts.interactive and sys.stdin.isatty():
        terminal = termios.tcgetattr(sys.stdin)
    with make_guest(opts, built, out, lab_dir) as guest:
        job = write_job(opts, built, out, lab_dir, guest)
        try:
            guest.start(job)
            in_time = copy_output(guest, opts.timeout)
            if not in_time:
                guest.show_tasks()
        finally:
            guest.kill()
            if terminal:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, terminal)
    return judge(opts, lab_dir, in_time)


def main():
    opts = parse_args(sys.argv[1:])
    keep = opts.out is not None
    if keep:
        out = os.path.abspath(opts.out)
        os.makedirs(out, exist_ok=True)
    else:
        runs = os.path.join(os.path.dirname(os.path.dirname(LAB_DIR)),
                            "build", "lab", "runs")
        os.makedirs(runs, exist_ok=True)
        out = tempfile.mkdtemp(dir=runs)
    for signum in SIGNALS:
        signal.signal(signum, stop)
    status = EXIT_SETUP
    try:
        status = run(opts, out)
        if status == EXIT_KERNEL or status == EXIT_TIMEOUT:
            keep = True
            say(f"logs: {out}/.lab")
    except Stopped as stopped:
        status = 128 + stopped.args[0]
        say("stopped")
    finally:
        if not keep:
            shutil.rmtree(out, ignore_errors=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
