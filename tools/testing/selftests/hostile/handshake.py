# SPDX-License-Identifier: GPL-2.0
"""HELLO: another protocol, version or service, twice, cut to any length, options."""

import wire as w
from cases import test
from target import PORT, hello, new, raw, refused, rejected


@test
def hello__refusals():
    refused(raw(hello(magic=0x4e505630)), w.REFUSE_MALFORMED, w.REFUSE_VERSION)
    refused(raw(hello(version=9, version_min=9)), w.REFUSE_VERSION)
    refused(raw(hello(port=PORT + 1000)), w.REFUSE_SERVICE)
    refused(raw(hello(port=0)), w.REFUSE_SERVICE, w.REFUSE_MALFORMED)
    refused(raw(hello(socktype=9)), w.REFUSE_SERVICE, w.REFUSE_MALFORMED)


@test
def hello__a_newer_version_that_can_do_ours():
    stack = raw(hello(version=200, version_min=1))
    stack.expect(w.WELCOME)
    stack.reset()


@test
def hello__something_else_first():
    for buf in (w.data(0, b"x"), w.ack(0, 0), w.fin(0), w.close(),
                w.greeting(w.WELCOME, PORT, 1, 1, bytes(16)),
                w.frame(w.REFUSE, aux=1), w.join_ack(bytes(16), bytes(32)),
                w.join_confirm(bytes(32)), w.ping(1), w.status(0, 0, 1),
                w.addr_add((1, 0, bytes(16))), w.frame(0x7f, b"?"),
                bytes(64), b"\xff" * 64, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(50)):
        stack = raw(buf)
        rejected(stack)
        stack.close()


@test
def hello__twice():
    session = new()
    session.send_frame(hello())
    rejected(session.stacks[0])
    session.drop()


@test
def hello__length_out_of_range():
    body = hello()[8:]
    for length in (0, 1, 43, 505, 512, 65535, 1 << 20, 0x7fffffff, 0xffffffff):
        stack = raw(w.frame(w.HELLO, body[:length], length=length) +
                    bytes(max(0, min(length, 4000) - len(body))))
        rejected(stack)
        stack.close()


@test
def hello__options():
    """u16 type, u16 length: unknown ones are skipped, but those that must not be."""
    for options in (b"\0\1\0\0", b"\0\1\0\3abc", bytes(400),
                    b"\x7f\xff\0\1x" + b"\0\0\0\0"):
        stack = raw(hello(options=options))
        stack.expect(w.WELCOME)
        stack.reset()
    refused(raw(hello(options=b"\x80\1\0\0")), w.REFUSE_OPTION)
    for options in (b"\0", b"\0\1\0", b"\0\1\0\1", b"\0\1\xff\xff" + bytes(100),
                    b"\xff" * 400):
        stack = raw(hello(options=options))
        rejected(stack)
        stack.reset()
