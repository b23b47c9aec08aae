# SPDX-License-Identifier: GPL-2.0
"""The two kinds of guest: User Mode Linux and QEMU.

Both run with the host's files as their root, read-only, and give three things:
a kernel console that goes to a file, a terminal for the script's output that
goes to a pipe, and a way to ask the kernel for its tasks' stacks.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

LAB_DIR = os.path.dirname(os.path.realpath(__file__))


def memory_bytes(text):
    """1G, 512M, 65536K or plain bytes."""
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1].upper())
    return int(text[:-1]) * unit if unit else int(text)


class Guest:
    """What both kinds share; use it with `with`, so that it always ends."""

    machine = tty = None

    def __init__(self, opts, built, out, lab_dir):
        self.opts = opts
        self.built = built
        self.out = out
        self.lab_dir = lab_dir
        self.process = None
        self.reaper = None
        self.output = None
        self.console = f"{lab_dir}/console"
        # sockets need short names: not in the out folder
        self.tmp = tempfile.mkdtemp(prefix="lab.", dir="/tmp")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.kill()
        if self.output:
            self.output.close()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def spawn(self, command, env, fds, stdin, stdout):
        # A session of its own: kill() must reach every process of the guest
        # and Ctrl-C none before that.
        with open(f"{self.lab_dir}/guest.log", "wb") as log:
            self.process = subprocess.Popen(
                command, env=env, pass_fds=fds, stdin=stdin,
                stdout=stdout or log, stderr=log, start_new_session=True)
        # Ends the guest when this process can't: its pipe closes with us.
        self.reaper = subprocess.Popen(
            ["/bin/sh", "-c", "read -r _; kill -9 -$0", str(self.process.pid)],
            stdin=subprocess.PIPE, start_new_session=True)

    @staticmethod
    def pipe():
        """A pipe for the output: the end to read, as a file, and the other."""
        read_end, write_end = os.pipe()
        return os.fdopen(read_end, "rb"), write_end

    def kill(self):
        """End every process of the guest. Safe to call more than once."""
        if not self.process:
            return
        if self.reaper:
            self.reaper.kill()
            self.reaper.communicate()
            self.reaper = None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def start(self, job):
        """Boot, with guest-init to do JOB."""
        raise NotImplementedError

    def show_tasks(self):
        """Have the stacks of blocked tasks written to the console."""
        raise NotImplementedError


class Uml(Guest):
    """User Mode Linux: the kernel is a program."""

    machine = "uml"
    tty = "/dev/tty1"

    def memory_folder(self):
        """Where the guest's memory is: a file, which must not be on a disk."""
        need = memory_bytes(self.opts.mem)
        for folder in ("/dev/shm", os.environ.get("TMPDIR", "/tmp")):
            try:
                stat = os.statvfs(folder)
            except OSError:
                continue
            if stat.f_bavail * stat.f_frsize > need:
                return folder
        sys.exit(f"lab: error: no room for {self.opts.mem} of memory in /dev/shm")

    def start(self, job):
        fds = [os.open(self.console, os.O_WRONLY | os.O_CREAT | os.O_APPEND)]
        if self.opts.interactive:
            con1, stdin, stdout = "fd:0,fd:1", None, sys.stdout
        else:
            self.output, write_end = self.pipe()
            fds.append(write_end)
            con1, stdin, stdout = f"null,fd:{write_end}", subprocess.DEVNULL, None
        command = [
            self.built["image"], f"mem={self.opts.mem}", "root=none",
            "rootfstype=hostfs", "rootflags=/", "ro",
            f"init={LAB_DIR}/guest-init", f"labjob={job}",
            f"uml_dir={self.tmp}", "umid=lab",
            "con=null", f"con0=null,fd:{fds[0]}", f"con1={con1}", "ssl=null",
            "loglevel=8", "oops=panic",
        ] + self.opts.append.split()
        env = dict(os.environ, TMPDIR=self.memory_folder(),
                   LD_PRELOAD=self.built["xstate"])
        self.spawn(command, env, fds, stdin, stdout)
        for fd in fds:
            os.close(fd)

    def mconsole(self, command):
        """One command to UML's management console (mconsole.h).

        The answer comes in many packets, which must be read: UML waits.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(f"{self.tmp}/client")
            sock.settimeout(3)
            data = command.encode() + b"\0"
            sock.sendto(struct.pack("=III", 0xcafebabe, 2, len(data)) +
                        data.ljust(512, b"\0"), f"{self.tmp}/lab/mconsole")
            more = True
            while more:
                _error, more, _length = struct.unpack("=III", sock.recv(4096)[:12])

    def show_tasks(self):
        # Not sysrq-t nor mconsole's own stack and proc: UML 6.12 panics or
        # warns in them. guest-init's watchdog tells of the other processes.
        try:
            self.mconsole("sysrq w")
        except OSError:
            pass                # too far gone: judge() says so


class Qemu(Guest):
    """A machine emulated by QEMU; /dev/kvm is never used, see lab.md."""

    machine = "qemu"
    tty = "/dev/hvc0"                   # of a shell; else see guest-init

    def folder(self, tag, path, *options):
        """Arguments that share the host's folder PATH by 9p as TAG."""
        return ["-fsdev", ",".join(("local", f"id={tag}", f"path={path}",
                                    "security_model=none", *options)),
                "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]

    def start(self, job):
        if self.opts.interactive:
            stdin, stdout = None, sys.stdout
        else:
            self.output, stdout = self.pipe()
            # never written to, but open: at its end QEMU shuts the port
            stdin = subprocess.PIPE
        cmdline = ["console=ttyS0", "panic=-1", "oops=panic", "quiet",
                   f"labjob={job}", f"labinit={LAB_DIR}/guest-init",
                   self.opts.append]
        command = [
            # one thread for one processor: -icount can't be had otherwise
            "qemu-system-x86_64", "-accel",
            "tcg,thread=" + ("multi" if int(self.opts.cpus) > 1 else "single"),
            "-cpu", "max",
            "-smp", str(self.opts.cpus), "-m", self.opts.mem,
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", self.built["image"], "-initrd", self.built["initrd"],
            "-append", " ".join(cmdline),
            # the console: its file has all, the socket is for sysrq
            "-chardev", f"socket,id=con,path={self.tmp}/con,server=on,wait=off,"
                        f"logfile={self.console}",
            "-serial", "chardev:con",
            "-qmp", f"unix:{self.tmp}/qmp,server=on,wait=off",
            # the script's output; a virtio console loses some when it is much
            "-device", "virtio-serial-pci",
            "-chardev", "stdio,id=out,signal=off",
            "-device", "virtconsole,chardev=out" if self.opts.interactive
                       else "virtserialport,chardev=out,name=lab.output",
            "-device", "virtio-rng-pci",
        ]
        command += self.folder("labroot", "/", "readonly=on", "multidevs=remap")
        command += self.folder("labout", self.out)
        command += self.opts.qemu.split()
        self.spawn(command, None, (), stdin, stdout)
        if not self.opts.interactive:
            os.close(stdout)

    def break_key(self, key):
        """Send BREAK and KEY to the console, as a terminal's user would."""
        with socket.socket(socket.AF_UNIX) as con, \
             socket.socket(socket.AF_UNIX) as qmp:
            for sock, name in ((con, "con"), (qmp, "qmp")):
                sock.settimeout(5)
                sock.connect(f"{self.tmp}/{name}")
            answers = qmp.makefile()
            answers.readline()          # the greeting
            for command in ({"execute": "qmp_capabilities"},
                            {"execute": "chardev-send-break",
                             "arguments": {"id": "con"}}):
                qmp.sendall(json.dumps(command).encode())
                answers.readline()
            time.sleep(0.3)
            con.sendall(key.encode())
            # what the socket is sent must be read, or QEMU stops
            con.settimeout(1.5)
            end = time.monotonic() + 20
            try:
                while con.recv(65536) and time.monotonic() < end:
                    pass
            except TimeoutError:
                pass

    def show_tasks(self):
        try:
            self.break_key("w")
        except OSError:
            pass


def make_guest(opts, built, out, lab_dir):
    """The guest for the kernel that OPTS names; not started yet."""
    kind = Qemu if opts.kernel == "stock" else Uml
    return kind(opts, built, out, lab_dir)
