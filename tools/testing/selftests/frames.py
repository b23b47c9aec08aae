# SPDX-License-Identifier: GPL-2.0
"""Captures for the dissector's test, made of the seeds of tools/fuzz.

    frames.py SEEDS DIR

Writes into DIR:
    whole.pcap     every frame in a segment of its own
    cut.pcap       the same, and a DATA frame of the greatest length, in segments
                   that don't care where a frame begins
    udp.pcap       HELLO and OFFER, how a UDP stack joins, how a session begins
    packets.pcap   packets of UDP stacks
    bad.pcap       what is malformed, each on a connection of its own
    bad-udp.pcap   packets of UDP stacks that are malformed
"""

import struct
import sys

PORT = 6780
CLIENT = bytes([10, 0, 1, 1])
SERVER = bytes([10, 0, 1, 2])
LINKTYPE_RAW = 101
SYN, ACK, PSH = 0x02, 0x10, 0x08

# in the order in which a session would have them
FRAMES = [
    ("c", "hello"), ("s", "welcome"), ("c", "hello-options"), ("c", "data"),
    ("s", "data-ack-req"), ("c", "data-high"), ("c", "ack"), ("s", "ack-ranges"),
    ("c", "status"), ("s", "addr-add"), ("s", "addr-del"), ("c", "ping"),
    ("s", "pong"), ("c", "unknown"), ("c", "join"), ("s", "join-ack"),
    ("c", "join-confirm"), ("c", "join-options"), ("s", "refuse"), ("c", "fin"),
    ("s", "close"),
]
MAGIC = "4e505631"
HEAD = "01 01 01 00 01bb 0000 1122334455667788"
KEY = "00" * 16
BAD = {
    "type": "05 00 0000 00000000",
    "huge": "ff 00 0000 ffffffff",
    "data-empty": "01 00 0000 00000010" + "00" * 16,
    "data-aux": "01 00 0001 00000011" + "00" * 17,
    "data-over": "01 00 0000 00000011 8000000000000000 0000000000000000 61",
    "data-wraps": "01 00 0000 00000011 ffffffffffffffff 0000000000000000 61",
    "fin-over": "03 00 0000 00000010 8000000000000000 0000000000000000",
    "ack-edge": "02 00 0000 00000010 0000000000000005 0000000000000004",
    "ack-touches": "02 00 0000 00000020 0000000000000005 0000000000000009"
                   "0000000000000005 0000000000000006",
    "ack-empty": "02 00 0000 00000020 0000000000000005 0000000000000009"
                 "0000000000000006 0000000000000006",
    "ack-half": "02 00 0000 00000018" + "00" * 24,
    "hello-magic": f"10 00 0000 0000002c 4e505632 {HEAD} 0000000000000000" + KEY,
    "hello-aux": f"10 00 0001 0000002c {MAGIC} {HEAD} 0000000000000000" + KEY,
    "hello-edge": f"10 00 0000 0000002c {MAGIC} {HEAD} 8000000000000001" + KEY,
    "hello-option": f"10 00 0000 00000031 {MAGIC} {HEAD} 0000000000000000" + KEY
                    + "0001 0002 00",
    "join-short": f"13 00 0000 00000023 {MAGIC} 01000000" + "00" * 27,
    "addr-count": "21 00 0002 00000014 01" + "00" * 19,
    "addr-id": "22 00 0001 00000004 00000000",
    "ping-long": "23 00 0000 00000009" + "00" * 9,
}
# of tools/fuzz/packet-seeds
PACKETS = ["probe", "bulk", "ack-ecn", "control", "follows", "record", "message",
           "fragment"]
BAD_PACKETS = {
    "no-frame": "40 07",
    "reserved": "44 07 01",
    "cid-short": "60 11223344",
    "number-short": "43 112233",
    "frame-type": "40 07 06",
    "data-odd": "40 07 81 0000000000000000 61",
    "ack-below": "40 07 02 05 00 00 06",
    "ack-gap": "40 07 02 05 00 01 02 02 00",
    "ack-many": "40 07 02 05 00 4040",
    "ack-twice": "40 07 02 05 00 00 00 02 05 00 00 00",
    "ack-cut": "40 07 02 05 00 00 40",
    "window-cut": "40 07 04 05 ffffffffffffffff 01 c000000000000000",
    "window-many": "40 07 04 05 00 1f",
    "window-high": "40 07 04 ffffffffffffffff ffffffffffffffff 01"
                   "ffffffffffffffff ffffffffffffffff",
    "frame-hello": f"40 07 05 10 00 0000 0000002c {MAGIC} {HEAD} 0000000000000000"
                   + KEY,
    "frame-data": "40 07 05 01 00 0000 00000011" + "00" * 17,
    "frame-cut": "40 07 05 23 00 0000 00000008 00000000",
    "frame-length": "40 07 05 23 00 0000 00000007 00000000000000",
    "data-empty": "40 07 80 0000000000000000",
    "data-cut": "40 07 88 0000000000000000 05 61",
    "data-over": "40 07 80 8000000000000000 61",
    "data-wraps": "40 07 80 ffffffffffffffff 61",
    "part-short": "d0 11 0000 0001 61",
    "part-empty": "e0 1122 0000 0001",
    "part-over": "e0 1122 0001 0001 61",
    "part-cut": "e0 1122 0000 00",
}


class Capture:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18,
                                    LINKTYPE_RAW))
        self.time = 0

    def packet(self, side, proto, payload):
        src, dst = (CLIENT, SERVER) if side == "c" else (SERVER, CLIENT)
        data = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64,
                           proto, 0) + src + dst + payload
        self.time += 1
        self.file.write(struct.pack("<IIII", 1, self.time, len(data), len(data)))
        self.file.write(data)

    def udp(self, side, data):
        ports = (40000, PORT) if side == "c" else (PORT, 40000)
        self.packet(side, 17, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data)


class Connection:
    """A TCP connection in a capture, with handshake and right numbers."""

    def __init__(self, capture, port):
        self.capture = capture
        self.port = port
        self.next = {"c": 1000, "s": 2000}
        self.segment("c", SYN)
        self.segment("s", SYN | ACK)
        self.segment("c", ACK)

    def segment(self, side, flags, data=b""):
        other = "s" if side == "c" else "c"
        ports = (self.port, PORT) if side == "c" else (PORT, self.port)
        ack = self.next[other] if flags & ACK else 0
        self.capture.packet(side, 6, struct.pack(
            "!HHIIBBHHH", *ports, self.next[side], ack, 0x50, flags, 65535, 0, 0)
            + data)
        self.next[side] += len(data) + bool(flags & SYN)

    def send(self, side, data, size=None):
        size = size or len(data)
        for at in range(0, len(data), size):
            self.segment(side, PSH | ACK, data[at:at + size])


def main():
    seeds, out = sys.argv[1:]

    def seed(name):
        with open(f"{seeds}/{name}", "rb") as file:
            return file.read()

    whole = Connection(Capture(f"{out}/whole.pcap"), 40000)
    for side, name in FRAMES:
        whole.send(side, seed(name))

    cut = Connection(Capture(f"{out}/cut.pcap"), 40000)
    stream = {"c": b"", "s": b""}
    for side, name in FRAMES:
        stream[side] += seed(name)
    longest = struct.pack("!BBHIQQ", 1, 0, 0, 16 + (1 << 18), 0, 0) + bytes(1 << 18)
    cut.send("c", stream["c"], 7)
    cut.send("s", stream["s"], 11)
    cut.send("s", longest + seed("ping"), 1400)

    udp = Capture(f"{out}/udp.pcap")
    udp.udp("c", seed("hello-udp"))
    udp.udp("s", seed("offer"))
    udp.udp("s", seed("offer-none"))
    padded = seed("join").ljust(128, b"\0")
    udp.udp("c", padded)
    udp.udp("s", seed("join-ack"))
    udp.udp("c", (seed("join") + seed("join-confirm")).ljust(128, b"\0"))
    udp.udp("s", seed("refuse"))
    udp.udp("c", (seed("hello") + seed("begin")).ljust(128, b"\0"))
    udp.udp("s", seed("path-challenge"))

    packets = Capture(f"{out}/packets.pcap")
    for name in PACKETS:
        packets.udp("c", seed(f"../packet-seeds/{name}"))
    bad_udp = Capture(f"{out}/bad-udp.pcap")
    for data in BAD_PACKETS.values():
        bad_udp.udp("s", bytes.fromhex(data))

    bad = Capture(f"{out}/bad.pcap")
    for number, data in enumerate(BAD.values()):
        Connection(bad, 41000 + number).send("c", bytes.fromhex(data))
    bad.udp("c", seed("hello"))
    bad.udp("s", seed("ping"))
    bad.udp("s", seed("hello")[:5])
    bad.udp("c", seed("join"))
    print(len(FRAMES), len(BAD) + 4, len(BAD_PACKETS))


if __name__ == "__main__":
    main()
