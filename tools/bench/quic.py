# SPDX-License-Identifier: GPL-2.0
"""The contestant "quic": the programs of ngtcp2, over the same network.

They are what Debian has of userspace QUIC: gtlsserver makes up content of any
length, gtlsclient asks for it and throws it away. So what is sent goes from the
server to the client; and is encrypted, which QUIC can't do without.
"""

import json
import subprocess
import tempfile
import time

from network import CLIENT, SERVER

PORT = 4433
# What is carried: a fraction of what others are, for it takes long
SIZE = 8 << 20
# Who is preempted by whom is not to count, see main.c
BATCH = ("chrt", "-b", "0")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
         "stderr": subprocess.DEVNULL}


class Failed(Exception):
    """There is no figure; the text says why."""


def received():
    """Bytes that have come to the client."""
    done = subprocess.run(["ip", "-n", CLIENT, "-s", "-j", "link", "show", "path1"],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)[0]["stats64"]["rx"]["bytes"]


def fetch(address, size, timeout):
    """Have SIZE bytes sent. Return: the seconds it took, None if they didn't come."""
    before, start = received(), time.monotonic()
    try:
        done = subprocess.run(
            ["ip", "netns", "exec", CLIENT, *BATCH, "gtlsclient", "--quiet",
             "--exit-on-all-streams-close", address, str(PORT),
             f"https://{address}:{PORT}/{size}"],
            timeout=timeout, check=False, **QUIET)
    except subprocess.TimeoutExpired:
        return None
    took = time.monotonic() - start
    return took if not done.returncode and received() - before >= size else None


def measure(address, timeout):
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key", f"{folder}/certificate"
        subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "ec",
                        "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj",
                        "/CN=bench", "-keyout", key, "-out", certificate],
                       check=True, **QUIET)
        with subprocess.Popen(
                ["ip", "netns", "exec", SERVER, *BATCH, "gtlsserver", "--quiet",
                 "--max-dyn-length=1G", address, str(PORT), key, certificate],
                **QUIET) as server:
            try:
                return fetch_both(address, timeout, server)
            finally:
                server.kill()


def fetch_both(address, timeout, server):
    """A byte, to know what is not the transfer itself; and then the transfer."""
    end = time.monotonic() + timeout
    while True:
        base = fetch(address, 1, 5)
        if base is not None:
            break
        if server.poll() is not None or time.monotonic() > end:
            raise Failed("gtlsserver does not answer")
    base = fetch(address, 1, 5)
    took = fetch(address, SIZE, timeout)
    if base is None or took is None:
        raise Failed(f"the transfer was not done after {timeout:g} s")
    return {"mbit": SIZE * 8 / 1e6 / (took - base), "base_s": base, "took_s": took}
