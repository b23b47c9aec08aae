# SPDX-License-Identifier: GPL-2.0
"""What is random about the cases that send noise, all from one seed: the same one
makes the same noise."""

import os
import random
import sys

SEED = int(sys.argv[5]) if len(sys.argv) > 5 else random.SystemRandom().randrange(
    1 << 32)
TURNS = int(os.environ.get("NPV_TEST_FUZZ", "400"))

rng = random.Random(SEED)


def turn_a_bit(buf):
    buf[rng.randrange(len(buf))] ^= 1 << rng.randrange(8)
