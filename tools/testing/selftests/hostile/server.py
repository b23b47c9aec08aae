#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a kernel's client may find on the NPV port of a host: a peer that keeps
the protocol, others that break it, and things that never heard of it.

    server.py right     keeps the protocol and echoes, until it is killed
    server.py FILE      does what the file says when someone connects
    server.py modes     what it can say; those from "then-" on break a
                        session that has begun, the others make none
    server.py udp WHAT  answers HELLO over UDP: right, refusal, wrong (in
                        every way), all (wrong, and then refusal)
"""

import os
import select
import socket
import struct
import sys
import threading
import time

import wire as w
from session import Session


def serve_random(sock, _hello):
    try:
        while True:
            sock.sendall(os.urandom(1000))
            time.sleep(0.01)
    except OSError:
        pass


def serve_text(sock, _hello):
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def serve_close(sock, _hello):
    del sock


def serve_reset(sock, _hello):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve_silence(sock, _hello):
    sock.settimeout(600)
    try:
        while sock.recv(65536):
            pass
    except OSError:
        pass


def welcome(**change):
    return w.greeting(w.WELCOME, 0, int.from_bytes(os.urandom(8), "big"), 1 << 20,
                      os.urandom(16), **change)


def serve_half_welcome(sock, _hello):
    sock.sendall(welcome()[:30])


def serve_long_welcome(sock, _hello):
    sock.sendall(w.frame(w.WELCOME, bytes(500), length=0x7fffffff))
    serve_random(sock, _hello)


def serve_wrong_magic(sock, _hello):
    sock.sendall(welcome(magic=1))
    serve_silence(sock, _hello)


def serve_wrong_version(sock, _hello):
    sock.sendall(welcome(version=7, version_min=7))
    serve_silence(sock, _hello)


def serve_refuse(reason):
    def serve(sock, _hello):
        sock.sendall(w.frame(w.REFUSE, aux=reason))
    return serve


def serve_then(*frames):
    """A right WELCOME, and then what is wrong."""
    def serve(sock, _hello):
        sock.sendall(welcome() + b"".join(frames))
        serve_silence(sock, _hello)
    return serve


MODES = {
    # before a session is made: the client may still go to the plain port
    "random": serve_random, "text": serve_text, "close": serve_close,
    "reset": serve_reset, "silence": serve_silence,
    "half-welcome": serve_half_welcome, "long-welcome": serve_long_welcome,
    "wrong-magic": serve_wrong_magic, "wrong-version": serve_wrong_version,
    "refuse-service": serve_refuse(w.REFUSE_SERVICE),
    "refuse-busy": serve_refuse(w.REFUSE_BUSY),
    "refuse-unknown": serve_refuse(4711),
    # afterwards: it ends with an error
    "then-welcome": serve_then(welcome()),
    "then-noise": serve_then(b"\x7f" * 100),
    "then-far-data": serve_then(w.data(1 << 50, b"x")),
    "then-ack": serve_then(w.ack(1 << 50, 1 << 51)),
    "then-fins": serve_then(w.fin(10), w.fin(11)),
    "then-reset": serve_then(w.close(w.CLOSE_RESET)),
    "then-joins": serve_then(w.join(1, 1, bytes(16))),
}


class Echo:
    """Keeps the protocol: sessions of several stacks, what comes goes back."""

    def __init__(self, listener):
        self.listener = listener
        self.fresh = []
        self.sessions = {}
        self.joining = {}

    def begin(self, stack):
        """The first frame of a connection, or what follows JOIN."""
        stack.fill(0)
        found = stack.take()
        if not found:
            return
        kind, flags, _aux, body = found
        if kind == w.HELLO:
            session = Session.accept(stack, body, 0)
            self.sessions[session.id] = session
        elif kind == w.JOIN:
            ident, number, nonce = struct.unpack("!QI16s", body[8:36])
            session = self.sessions.get(ident)
            if not session:
                stack.send(w.frame(w.REFUSE, aux=w.REFUSE_SESSION))
                raise w.Ended("no such session")
            mine = os.urandom(16)
            stack.send(w.join_ack(mine, session.mac(b"NPV1 JOIN_ACK", nonce, mine,
                                                    number, flags)))
            self.joining[stack] = (session, session.mac(
                b"NPV1 JOIN_CONFIRM", nonce, mine, number, flags))
            return
        elif kind == w.JOIN_CONFIRM and stack in self.joining:
            session, mac = self.joining.pop(stack)
            if body != mac:
                stack.send(w.frame(w.REFUSE, aux=w.REFUSE_MAC))
                raise w.Ended("the MAC of JOIN_CONFIRM is wrong")
            session.stacks.append(stack)
            print("joined", flush=True)
        else:
            raise w.Ended("no HELLO and no JOIN")
        self.fresh.remove(stack)

    def serve(self, session):
        """Whether it goes on."""
        session.pump(0)
        if session.got and session.peer_edge > session.snd_nxt:
            part = session.got[:session.peer_edge - session.snd_nxt]
            session.got = session.got[len(part):]
            session.send(part)
        if session.at_end() and not session.got and not session.fin_sent:
            session.send_fin()
        return session.stacks and session.closed is None

    def run(self):
        while True:
            socks = [self.listener] + [s.sock for s in self.fresh] + [
                s.sock for session in self.sessions.values()
                for s in session.stacks]
            ready = select.select(socks, [], [], 0.05)[0]
            if self.listener in ready:
                self.fresh.append(w.Stack(self.listener.accept()[0]))
            for stack in list(self.fresh):
                try:
                    if stack.sock in ready:
                        self.begin(stack)
                except w.Ended:
                    self.joining.pop(stack, None)
                    self.fresh.remove(stack)
                    stack.close()
            for ident, session in list(self.sessions.items()):
                try:
                    if self.serve(session):
                        continue
                except (w.Ended, AssertionError) as err:
                    print(f"session ended: {err}", flush=True)
                session.drop()
                del self.sessions[ident]


def serve_one(sock, path):
    with sock, open(path, encoding="ascii") as file:
        try:
            sock.settimeout(5)
            MODES[file.read().strip()](sock, sock.recv(4096))
        except (OSError, KeyError):
            pass


def server(mode):
    listener = socket.create_server(("::", w.PORT), family=socket.AF_INET6,
                                    backlog=64, dualstack_ipv6=True)
    print("listening", flush=True)
    if mode == "right":
        Echo(listener).run()
    while True:
        threading.Thread(target=serve_one, args=(listener.accept()[0], mode),
                         daemon=True).start()


# --- over UDP ---

def offer(hello, service=0, ident=0, **kwargs):
    """The right answer to a HELLO but for what is added to it."""
    port, asked = struct.unpack("!16xHxxQ", hello[:28])
    return w.offer((port + service) & 0xffff, asked ^ ident, **kwargs)


# Answers that are none, by the socket that they leave from
WRONG = {
    "asked": (lambda h: offer(h, ident=1), lambda h: offer(h, service=1),
              lambda h: offer(h, magic=1), lambda h: offer(h)[:12],
              lambda h: h, lambda h: b"", lambda h: os.urandom(1200),
              lambda h: b"220 welcome to the jungle\r\n"),
    "another port": (offer,),
    "another address": (offer,),
}


def answer_udp(what):
    socks = {}
    for name, address in (("asked", ("10.0.1.2", w.PORT)),
                          ("another port", ("10.0.1.2", 0)),
                          ("another address", ("10.0.2.2", w.PORT))):
        socks[name] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        socks[name].bind(address)
    print("listening", flush=True)
    while True:
        hello, client = socks["asked"].recvfrom(2048)
        if what in ("wrong", "all"):
            for name, answers in WRONG.items():
                for answer in answers:
                    socks[name].sendto(answer(hello), client)
        if what in ("refusal", "all"):
            socks["asked"].sendto(offer(hello, aux=w.REFUSE_SERVICE), client)
        if what == "right":
            socks["asked"].sendto(offer(hello), client)


if sys.argv[1] == "modes":
    print("\n".join(MODES))
elif sys.argv[1] == "udp":
    answer_udp(sys.argv[2])
else:
    server(sys.argv[1])
