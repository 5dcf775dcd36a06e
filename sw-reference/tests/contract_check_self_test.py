#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The self-test's signature, computed a second time: section 10 of docs/contract.md on top of contract_check.py's reader and sampler.

    contract_check_self_test.py FOLDER...       every folder holds machine.json and image.bank; prints its name and signature
"""

import os
import struct
import sys
import zlib

from contract_check import Image, Lanes, Machine, Run, ceil_div, encode, scores_of

SWEEPS = 63


def pattern():
    """Word k is the CRC-32 of 4 (k + 1) zero bytes."""
    k = 0
    while True:
        k += 1
        yield zlib.crc32(bytes(4 * k))


def inputs_of(m, words):
    rows, columns, channels = m.blocks[0].x
    parts = ceil_div(m.T, 32)
    bits = []
    for _ in range(rows * columns):
        position = []
        for _ in range(ceil_div(ceil_div(channels, m.L) * m.L, m.T)):
            word = [next(words) for _ in range(parts)]
            position += [word[b // 32] >> (b % 32) & 1 for b in range(m.T)]
        bits += position[:channels]
    return bits


def signature_of(m, image):
    words = pattern()
    lanes = Lanes(m, 1)
    for lane in range(m.L):
        state = sum(next(words) << (32 * k) for k in range(4))
        lanes.states[lane] = state & ((1 << lanes.bits) - 1)
    if m.encoder:
        pixels = m.encoder["rows"] * m.encoder["columns"]
        bytes_of = b"".join(struct.pack("<I", next(words)) for _ in range(ceil_div(pixels, 4)))
        inputs = encode(m, image, bytes_of[:pixels])
    else:
        inputs = inputs_of(m, words)
    image.schedules = [(0, min(m.max_sweeps, SWEEPS), 1)] * len(m.blocks)
    case = {"bias_set": 0, "start": "random", "clamp": {}, "table_select": [0] * m.R}
    run = Run(m, image, case, lanes, [[0] * m.p_bits for _ in range(m.R)], lambda *line: None)
    run.run(inputs, None)
    found = run.sums + (scores_of(m, image, run.signs()) if m.decoder else [])
    return zlib.crc32(b"".join(struct.pack("<i", word) for word in found))


def main():
    for folder in sys.argv[1:]:
        m = Machine(os.path.join(folder, "machine.json"))
        image = Image(os.path.join(folder, "image.bank"), m)
        print("%s: signature %08x" % (os.path.basename(os.path.normpath(folder)), signature_of(m, image)))


if __name__ == "__main__":
    main()
