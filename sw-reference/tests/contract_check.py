#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An independent reader of machines and bank images, and the sampler written a second time.

Written from docs/contract.md alone: no other code of the project, no packages. It reads machine.json, a bank image and
inputs, checks the image, computes the load streams' checksums, samples, and compares its trace byte for byte.

    contract_check.py FOLDER...        every folder holds machine.json, image.bank, inputs.txt, case.json, trace.jsonl and
                                       outcome.json (sums, signs and class of every image; with
                                       several blocks also the inputs, sums and signs of each)
    contract_check.py --machine machine.json --image image.bank --trace trace.jsonl [--inputs FILE | --pixels FILE] [--seed N]

case.json: seed, bias_set, start, schedule ([burn_in, retained, readout] or null: the image's), clamp (p-bit id -> 0 or 1),
table_select, host_spins (per replica, hexadecimal, hidden then output), swap ({"image", "after", "bias_set"} or null), pictures
(a file with one picture per line, two hexadecimal digits per pixel, that the inputs must be the encoding of, on the host or on the
device; or null), keys.
Section numbers below are the contract's. contract_check_mutants.py plants errors in this file and asks for each to be noticed.
"""

import argparse
import copy
import functools
import hashlib
import json
import os
import struct
import sys
import zlib

MASK64 = (1 << 64) - 1
MASK32 = (1 << 32) - 1


class Wrong(Exception):
    """Something that the contract does not allow, or a difference."""


def check(condition, message):
    if not condition:
        raise Wrong(message)


def ceil_div(a, b):
    return -(-a // b)


# ---- 1, 2. Machine -------------------------------------------------------------------------------------------------


def kernel_of(form):
    return (form["size"], form["stride"], form["padding"])


def inside(plane, row, column):
    """Number of a position of a plane, or None where it has no such position."""
    rows, columns, _ = plane
    return row * columns + column if 0 <= row < rows and 0 <= column < columns else None


def tap_of(kernel, plane, position, source):
    """For every tap the position of the source plane that it names from a position of its own plane, or None."""
    size, stride, padding = kernel
    r, c = divmod(position, plane[1])
    return [inside(source, r * stride + dr - padding, c * stride + dc - padding) for dr in range(size) for dc in range(size)]


def tap_to(kernel, plane, position, target):
    """The same pairs from the source's side: for every tap the position of the target plane that names this one, or None."""
    size, stride, padding = kernel
    r, c = divmod(position, plane[1])
    found = []
    for dr in range(size):
        for dc in range(size):
            row, row_rest = divmod(r + padding - dr, stride)
            column, column_rest = divmod(c + padding - dc, stride)
            found.append(inside(target, row, column) if row_rest == column_rest == 0 else None)
    return found


class Block:
    """Planes (rows, columns, channels) and kernels (size, stride, padding) of one block, and its places."""

    def __init__(self, form, L, T, first_slot, first_id):
        point = (1, 1, 0)
        if "inputs" in form:
            self.x = (1, 1, form["inputs"])
            self.planes = [(1, 1, form["hidden"]), (1, 1, form["outputs"])]
            self.k1, self.k2, self.k3 = point, point, point if form.get("skip", False) else None
            self.by_position = False
        else:
            plane = lambda key: tuple(form[key][part] for part in ("rows", "columns", "channels"))
            self.x, self.planes = plane("input"), [plane("hidden"), plane("output")]
            self.k1, self.k2 = kernel_of(form["k1"]), kernel_of(form["k2"])
            self.k3 = kernel_of(form["k3"]) if form.get("k3") else None
            self.by_position = form.get("bias", "channel") == "position"
        self.L, self.T, self.first_slot, self.first_id = L, T, first_slot, first_id
        self.skip = self.k3 is not None
        self.dense = not self.by_position and all(p[:2] == (1, 1) for p in [self.x] + self.planes) and all(
            k in (point, None) for k in (self.k1, self.k2, self.k3)
        )
        self.p_bits = [rows * columns * channels for rows, columns, channels in self.planes]
        self.groups = [ceil_div(channels, L) for _, _, channels in self.planes]
        self.slots = [rows * columns * g for (rows, columns, _), g in zip(self.planes, self.groups)]
        self.S = sum(self.slots)
        self.biases = [n if self.by_position else channels for n, (_, _, channels) in zip(self.p_bits, self.planes)]

    def text(self):
        if self.dense:
            return "%d,%d,%d,%d" % (self.x[2], self.p_bits[0], self.p_bits[1], int(self.skip))
        parts = ["%dx%dx%d" % plane for plane in [self.x] + self.planes]
        parts += ["%d/%d/%d" % k if k else "-" for k in (self.k1, self.k2, self.k3)]
        return ",".join(parts + ["position" if self.by_position else "channel"])

    def color_slots(self, color):
        first = self.first_slot + (self.slots[0] if color == 1 else 0)
        return range(first, first + self.slots[color])

    def p_bit_at(self, color, slot, lane):
        """Index within its color of the p-bit at a place, or None for padding."""
        position, group = divmod(slot - self.color_slots(color)[0], self.groups[color])
        channels = self.planes[color][2]
        channel = group * self.L + lane
        return position * channels + channel if channel < channels else None

    def ids(self, color):
        first = self.first_id + (self.p_bits[0] if color == 1 else 0)
        return range(first, first + self.p_bits[color])

    @functools.lru_cache(maxsize=None)
    def input_taps(self, color, position):
        """Taps of K1 or K3 at a position: (tap, position of the input plane)."""
        kernel = self.k1 if color == 0 else self.k3
        taps = tap_of(kernel, self.planes[color], position, self.x) if kernel else []
        return [(tap, at) for tap, at in enumerate(taps) if at is not None]

    @functools.lru_cache(maxsize=None)
    def coupling_taps(self, color, position):
        """Taps of K2 at a position: (tap, position of the other color's plane)."""
        hidden, output = self.planes
        if color == 0:
            taps = tap_to(self.k2, hidden, position, output)
        else:
            taps = tap_of(self.k2, output, position, hidden)
        return [(tap, at) for tap, at in enumerate(taps) if at is not None]


class Machine:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            m = json.load(file)
        self.name = m["name"]
        check(m["contract"] == 1 and m["kind"] == "layered", "contract 1, layered")
        self.L, self.R, self.T = m["lanes"], m["replicas"], m["tree_width"]
        self.weight_bits, self.bias_bits = m["weight_bits"], m["bias_bits"]
        self.F, self.B = m["field_bits"], m["draw_bits"]
        zero = {"input": 0, "coupling": 0, "bias": 0}
        shifts = m.get("shifts", {"hidden": zero, "output": zero})
        self.shifts = [shifts["hidden"], shifts["output"]]
        self.source = m["random_source"]
        self.coupling_banks, self.bias_banks = m["coupling_banks"], m["bias_banks"]
        self.tables, self.max_sweeps = m["tables"], m["max_sweeps"]
        self.encoder, self.decoder = m.get("encoder"), m.get("decoder")
        self.input_buffers = m.get("input_buffers", 1)

        self.blocks = []
        slot = id = 0
        for form in m["blocks"]:
            self.blocks.append(Block(form, self.L, self.T, slot, id))
            slot, id = slot + self.blocks[-1].S, id + sum(self.blocks[-1].p_bits)
        self.p_bits = id
        self.X = self.blocks[0].x[0] * self.blocks[0].x[1] * self.blocks[0].x[2]
        self.outputs = self.blocks[-1].planes[1]
        for before, block in zip(self.blocks, self.blocks[1:]):
            check(before.planes[1] == block.x, "blocks fit together")
        self.M = (1 << (self.F - 1)) - 1
        self.hash = hashlib.sha256(self.text().encode("ascii")).digest()

    def text(self):
        """The canonical text of the identity."""
        source = "lfsr64,30,46,53,64,19" if self.source == "lfsr64" else "xoshiro128++"
        shifts = ["%d,%d,%d" % (s["input"], s["coupling"], s["bias"]) for s in self.shifts]
        lines = ["spinwright machine", "contract=1", "kind=layered", "blocks=%d" % len(self.blocks)]
        lines += ["block=" + block.text() for block in self.blocks]
        if self.encoder:
            e = self.encoder
            numbers = (e["rows"], e["columns"]) + kernel_of(e["kernel"]) + (e["bias_shift"],)
            lines.append("encoder=%d,%d,%d/%d/%d,%d" % numbers)
        if self.decoder:
            lines.append("decoder=%d,%d,%d,%d" % tuple(self.decoder[k] for k in ("classes", "rows", "columns", "bias_shift")))
        if self.input_buffers == 2:
            lines.append("input_buffers=2")
        numbers = [("lanes", self.L), ("replicas", self.R), ("tree_width", self.T), ("weight_bits", self.weight_bits)]
        numbers += [("bias_bits", self.bias_bits), ("field_bits", self.F), ("draw_bits", self.B)]
        lines += ["%s=%d" % pair for pair in numbers]
        lines += ["shifts_hidden=" + shifts[0], "shifts_output=" + shifts[1], "random_source=" + source]
        numbers = [("coupling_banks", self.coupling_banks), ("bias_banks", self.bias_banks), ("tables", self.tables)]
        lines += ["%s=%d" % pair for pair in numbers + [("max_sweeps", self.max_sweeps)]]
        return "".join(line + "\n" for line in lines)

    def words(self, plane):
        """Source words at one position of a plane."""
        return ceil_div(ceil_div(plane[2], self.L) * self.L, self.T)


# ---- 8. Bank image -------------------------------------------------------------------------------------------------


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def crc32_of(words):
    return zlib.crc32(struct.pack("<%dI" % len(words), *words))


def unpack(words, rows, columns, bits):
    """A packed matrix: every row starts at a new word."""
    per_word = 32 // bits
    row_words = ceil_div(columns, per_word)
    check(len(words) == rows * row_words, "length of a packed matrix")
    matrix = []
    for r in range(rows):
        row = words[r * row_words : (r + 1) * row_words]
        weights = []
        for j in range(row_words * per_word):
            raw = signed(row[j // per_word] >> (j % per_word * bits) & ((1 << bits) - 1), bits)
            if j < columns:
                weights.append(raw)
            else:
                check(raw == 0, "unused weights are 0")
        used = per_word * bits
        check(all(word >> used == 0 for word in row), "unused bits are 0")
        limit = (1 << (bits - 1)) - 1
        check(all(-limit <= w <= limit for w in weights), "symmetric range")
        matrix.append(weights)
    return matrix


class Image:
    def __init__(self, path, m):
        with open(path, "rb") as file:
            data = file.read()
        check(len(data) % 4 == 0, "an image is made of words")
        words = list(struct.unpack("<%dI" % (len(data) // 4), data))
        check(words[0] == 0x49575053 and words[1] == 1, "magic and version")
        check(struct.pack(">II", words[2], words[3]) == m.hash[:8], "machine ID")
        check(words[4] == len(words), "number of words")
        check(words[5] == crc32_of(words[8:]), "CRC-32")
        check(words[7] == 0, "word 7 is 0")
        self.words = words

        sections, free = [], 8 + 8 * words[6]
        for e in range(words[6]):
            kind, offset, length, rows, columns, bits, fraction, extra = words[8 + 8 * e : 16 + 8 * e]
            check(offset == free, "sections follow one another")
            free += length
            sections.append((kind, words[offset : offset + length], rows, columns, bits, signed(fraction, 32), extra))
        check(free == len(words), "sections fill the file")

        def take(kind, block=0):
            check(sections and sections[0][0] == kind | block << 16, "section %d of block %d is next" % (kind, block))
            return sections.pop(0)

        self.schedules, self.tables, self.g = [], [], [None, None]
        for b in range(len(m.blocks)):
            _, body, *_ = take(1, b)
            burn_in, retained, readout, self.start = body
            check(0 < retained <= m.max_sweeps and burn_in <= m.max_sweeps, "schedule")
            check(readout < 2 and self.start < 3, "readout and start")
            check(self.start == 0 or len(m.blocks) == 1, "several blocks start at random")
            self.schedules.append((burn_in, retained, readout))
            self.tables.append([self.tables_of(m, b, color, take) for color in (0, 1)])

        self.bias_sets = []
        limit = (1 << (m.bias_bits - 1)) - 1

        def biases(kind, count, number, block=0):
            """One word each; the fraction bits and what else the entry says."""
            _, body, rows, columns, bits, fraction, extra = take(kind, block)
            check((rows, columns) == number and bits == m.bias_bits, "bias header")
            raw = [signed(word, 32) for word in body]
            check(len(raw) == count and all(-limit <= b <= limit for b in raw), "biases")
            return raw, fraction, signed(extra, 32)

        while not self.bias_sets or sections[0][0] == 3:
            of_set = []
            for b, block in enumerate(m.blocks):
                count = sum(block.biases)
                raw, b1, b2 = biases(3, count, (len(self.bias_sets), count), b)
                check(b1 == self.g[0] - m.shifts[0]["bias"], "grid of b1")
                check(b2 == self.g[1] - m.shifts[1]["bias"], "grid of b2")
                of_set.append([raw[: block.biases[0]], raw[block.biases[0] :]])
            self.bias_sets.append(of_set)

        def matrix(kind, shape, grid, block=0):
            _, body, rows, columns, bits, fraction, _ = take(kind, block)
            check((rows, columns) == shape and bits == m.weight_bits, "matrix header")
            check(grid is None or fraction == grid, "grid of section %d" % kind)
            return unpack(body, rows, columns, bits), fraction

        self.K1, self.K2, self.K3 = [], [], []
        check(self.g[0] - m.shifts[0]["coupling"] == self.g[1] - m.shifts[1]["coupling"], "grid of K2")
        for b, block in enumerate(m.blocks):
            x, h, n = block.x[2], block.planes[0][2], block.planes[1][2]
            taps = [k[0] ** 2 if k else 0 for k in (block.k1, block.k2, block.k3)]
            self.K1.append(matrix(4, (h, taps[0] * x), self.g[0] - m.shifts[0]["input"], b)[0])
            self.K2.append(matrix(5, (n, taps[1] * h), self.g[0] - m.shifts[0]["coupling"], b)[0])
            self.K3.append(matrix(6, (n, taps[2] * x), self.g[1] - m.shifts[1]["input"], b)[0] if block.skip else None)

        self.decoder = self.encoder = None
        rows, columns, channels = m.outputs
        if m.decoder:
            d = m.decoder
            self.cells = (d["rows"], d["columns"])
            weights, grid = matrix(7, (d["classes"], d["rows"] * d["columns"] * channels), None)
            raw, fraction, shift = biases(8, d["classes"], (d["classes"], 1))
            check(shift == d["bias_shift"] and fraction == grid - shift, "decoder's shift")
            self.decoder = (weights, raw, shift)
        elif sections[0][0] == 7:
            self.cells = (rows, columns)
            _, body, classes, width, bits, _, _ = take(7)
            check((width, bits) == (rows * columns * channels, 8), "decoder header")
            weights = unpack(body, classes, width, 8)
            _, body, rows, columns, bits, _, shift = take(8)
            check((rows, columns, bits) == (classes, 1, 8), "decoder bias header")
            self.decoder = (weights, [signed(word, 32) for word in body], shift)
        if m.encoder:
            e, channels = m.encoder, m.blocks[0].x[2]
            weights, grid = matrix(11, (channels, e["kernel"]["size"] ** 2), None)
            raw, fraction, shift = biases(12, channels, (channels, 1))
            check(shift == e["bias_shift"] and fraction == grid - shift, "encoder's shift")
            self.encoder = (weights, raw, shift)
        _, self.load_check, *_ = take(9)
        if not m.encoder and sections:
            _, body, *_ = take(10)
            check(len(body) == 5 and body[0] == 1 and body[1] <= 256, "encoder")
            self.encoder = body[1:]
        check(not sections, "no further sections")
        check(m.encoder or m.decoder or bool(self.encoder) == bool(self.decoder), "both ends on the host or none")
        check(self.load_check == self.expected_load_check(m), "load check")

    def tables_of(self, m, block, color, take):
        tables = []
        for t in range(m.tables):
            _, body, rows, columns, bits, fraction, _ = take(2, block)
            check((rows, columns, bits) == (color, t, m.B), "table header")
            check(len(body) == 1 << m.F, "table size")
            one = 1 << m.B
            check(body[0] == one // 2, "threshold[0]")
            for f in range(1, m.M + 1):
                check(body[f] + body[-f] == one and body[f] <= one, "symmetry of the table")
            check(body[1 << (m.F - 1)] == body[-m.M], "spare entry of the table")
            tables.append(body)
            check(self.g[color] in (None, fraction), "one grid for all blocks")
            self.g[color] = fraction
        return tables

    # ---- 9. Load streams ----

    def expected_load_check(self, m):
        tables = [t for block in self.tables for color in block for table in color for t in table]
        couplings = [number for schedule in self.schedules for number in schedule] + tables
        per_word = 32 // m.weight_bits
        columns = ceil_div(m.T, per_word)

        def add_row(weights):
            for column in range(columns):
                word = 0
                for q in range(column * per_word, min((column + 1) * per_word, m.T)):
                    word |= (weights[q] & ((1 << m.weight_bits) - 1)) << (q % per_word * m.weight_bits)
                couplings.append(word)

        def add_rows(lane, own_channels, taps, count, words, weight):
            """Rows of one kernel: for group, for tap, for source word."""
            for group in range(ceil_div(own_channels, m.L)):
                own = group * m.L + lane
                for tap in range(taps):
                    for k in range(words):
                        others = [k * m.T + q for q in range(m.T)]
                        add_row([weight(own, tap, o) if own < own_channels and o < count else 0 for o in others])

        for lane in range(m.L):
            for b, block in enumerate(m.blocks):
                x, (h, n) = block.x[2], [plane[2] for plane in block.planes]
                for own, kernel, K in ((h, block.k1, self.K1[b]), (n, block.k3, self.K3[b])):
                    if kernel:
                        add_rows(lane, own, kernel[0] ** 2, x, m.words(block.x), lambda o, t, i: K[o][t * x + i])
            for b, block in enumerate(m.blocks):
                h, n = [plane[2] for plane in block.planes]
                K, taps = self.K2[b], block.k2[0] ** 2
                add_rows(lane, h, taps, n, m.words(block.planes[1]), lambda own, tap, other: K[other][tap * h + own])
                add_rows(lane, n, taps, h, m.words(block.planes[0]), lambda own, tap, other: K[own][tap * h + other])
            if m.encoder:
                weights = self.encoder[0]
                taps = len(weights[0])
                # The taps take the place of source channels.
                add_rows(lane, len(weights), 1, taps, ceil_div(taps, m.T), lambda own, _, tap: weights[own][tap])
            if m.decoder:
                weights, channels = self.decoder[0], m.outputs[2]
                cells = self.cells[0] * self.cells[1]
                row = lambda own, cell, channel: weights[own][cell * channels + channel]
                add_rows(lane, len(weights), cells, channels, m.words(m.outputs), row)

        result = [len(couplings), crc32_of(couplings), len(tables), crc32_of(tables)]
        for of_set in self.bias_sets:
            stream = []

            def add_biases(raw):
                stream.extend(bias & MASK32 for bias in raw)
                stream.extend([0] * (-len(raw) % m.L))

            for block, of_block in zip(m.blocks, of_set):
                for (_, _, channels), raw in zip(block.planes, of_block):
                    for first in range(0, len(raw), channels):
                        add_biases(raw[first : first + channels])
            for end in (self.encoder if m.encoder else None, self.decoder if m.decoder else None):
                if end:
                    add_biases(end[1])
            result += [len(stream), crc32_of(stream)]
        return result


# ---- 6. Generators -------------------------------------------------------------------------------------------------


def splitmix64(seed):
    z = seed
    while True:
        z = (z + 0x9E3779B97F4A7C15) & MASK64
        y = z
        y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9 & MASK64
        y = (y ^ (y >> 27)) * 0x94D049BB133111EB & MASK64
        yield y ^ (y >> 31)


def lfsr_step(s):
    new = ((s >> 11) ^ (s >> 27) ^ (s >> 34) ^ (s >> 45)) & ((1 << 19) - 1)
    return ((s << 19) | new) & MASK64, new


def rotl(x, k):
    return (x << k | x >> (32 - k)) & MASK32


def xoshiro_step(state):
    """The state as one 128-bit number, s[0] lowest."""
    s = [state >> (32 * i) & MASK32 for i in range(4)]
    out = (rotl((s[0] + s[3]) & MASK32, 7) + s[0]) & MASK32
    t = s[1] << 9 & MASK32
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 11)
    return s[0] | s[1] << 32 | s[2] << 64 | s[3] << 96, out


def times(matrix, vector):
    """A matrix over GF(2), given as the images of the basis states, times a state."""
    result, i = 0, 0
    while vector:
        if vector & 1:
            result ^= matrix[i]
        vector, i = vector >> 1, i + 1
    return result


@functools.lru_cache(maxsize=None)
def power(step, bits, exponent):
    """The matrix of 2^exponent steps."""
    if exponent == 0:
        return [step(1 << i)[0] for i in range(bits)]
    half = power(step, bits, exponent - 1)
    return [times(half, column) for column in half]


def advance(step, bits, state, count):
    """`count` steps at once."""
    for exponent in range(count.bit_length()):
        if count >> exponent & 1:
            state = times(power(step, bits, exponent), state)
    return state


class Lanes:
    def __init__(self, m, seed):
        self.B, words = m.B, splitmix64(seed)
        if m.source == "lfsr64":
            self.step, self.bits, self.out_bits, spacing = lfsr_step, 64, 19, 48
            state = next(z for z in words if z)
        else:
            self.step, self.bits, self.out_bits, spacing = xoshiro_step, 128, 32, 64
            z1, z2 = next(words), next(words)
            state = z1 | z2 << 64
        self.states = [state]
        for _ in range(1, m.L):
            state = advance(self.step, self.bits, state, 1 << spacing)
            self.states.append(state)

    def draw(self, lane):
        self.states[lane], out = self.step(self.states[lane])
        return out >> (self.out_bits - self.B)


# ---- 3, 4, 7, 10. Run ----------------------------------------------------------------------------------------------


def hex_of(bits):
    return "%0*x" % (ceil_div(len(bits), 4), sum(bit << i for i, bit in enumerate(bits)))


def bits_of(text, count):
    check(len(text) == ceil_div(count, 4), "digits of a spin number")
    number = int(text, 16)
    check(number >> count == 0, "bits of a spin number")
    return [number >> i & 1 for i in range(count)]


class Run:
    def __init__(self, m, image, case, lanes, spins, emit):
        self.m, self.lanes, self.emit = m, lanes, emit
        self.case = case
        self.image, self.bias_set = image, case["bias_set"]
        self.clamp = {int(key): value for key, value in case["clamp"].items()}
        self.spins = [list(of_replica) for of_replica in spins]
        self.outcomes = []

    def ids(self, color):
        return self.block.ids(color)

    def field(self, color, i, replica):
        """Spins are those of all blocks' p-bits; only the block's own are read."""
        m, image, b, block = self.m, self.image, self.b, self.block
        s = [2 * bit - 1 for bit in self.spins[replica]]
        shifts = m.shifts[color]
        x, (h, n) = block.x[2], [plane[2] for plane in block.planes]
        position, own = divmod(i, (h, n)[color])
        K = image.K1[b] if color == 0 else image.K3[b]
        inputs = sum(K[own][tap * x + j] * self.x[at * x + j] for tap, at in block.input_taps(color, position) for j in range(x))
        others, K2 = 0, image.K2[b]
        for tap, at in block.coupling_taps(color, position):
            if color == 0:
                others += sum(K2[j][tap * h + own] * s[block.ids(1)[at * n + j]] for j in range(n))
            else:
                others += sum(K2[own][tap * h + j] * s[block.ids(0)[at * h + j]] for j in range(h))
        bias = image.bias_sets[self.bias_set][b][color][i if block.by_position else own]
        exact = (bias << shifts["bias"]) + (inputs << shifts["input"]) + (others << shifts["coupling"])
        return min(max(exact, -m.M), m.M)

    def color_places(self, color):
        slots = self.block.color_slots(color)
        return [(slot, replica, lane) for slot in slots for replica in range(self.m.R) for lane in range(self.m.L)]

    def lines(self, sweep, color, fields, draws, sums):
        for replica in range(self.m.R):
            spins = [self.spins[replica][i] for i in self.ids(color)]
            self.emit(self.b, sweep, color, replica, hex_of(spins), fields[replica], draws[replica], sums[replica])

    def start(self):
        m, start = self.m, self.case["start"]
        if start == "host":
            self.spins = [bits_of(text, m.p_bits) for text in self.case["host_spins"]]
        for color in (0, 1):
            draws = [[] for _ in range(m.R)]
            if start == "random":
                draws = [[0] * self.block.p_bits[color] for _ in range(m.R)]
                for slot, replica, lane in self.color_places(color):
                    draw, i = self.lanes.draw(lane), self.block.p_bit_at(color, slot, lane)
                    if i is not None:
                        id = self.ids(color)[i]
                        self.spins[replica][id] = self.clamp.get(id, int(draw < 1 << (m.B - 1)))
                        draws[replica][i] = draw
            empty = [[] for _ in range(m.R)]
            self.lines(0, color, empty, draws, empty)

    def update_color(self, sweep, color, retain):
        m, retain, p_bits = self.m, retain and color == 1, self.block.p_bits
        fields = [[0] * p_bits[color] for _ in range(m.R)]
        draws = [[0] * p_bits[color] for _ in range(m.R)]
        sums_after = [[0] * p_bits[1] if retain else [] for _ in range(m.R)]
        before = [list(spins) for spins in self.spins]
        for slot, replica, lane in self.color_places(color):
            draw, i = self.lanes.draw(lane), self.block.p_bit_at(color, slot, lane)
            if i is None:
                continue
            id = self.ids(color)[i]
            field = self.field(color, i, replica)
            table = self.image.tables[self.b][color][self.case["table_select"][replica]]
            spin = self.clamp.get(id, int(draw < table[field % (1 << m.F)]))
            self.spins[replica][id] = spin
            fields[replica][i], draws[replica][i] = field, draw
            if retain:
                self.last[i] = field if self.readout() == 1 else 2 * spin - 1
                self.sums[i] += self.last[i]
                sums_after[replica][i] = self.sums[i]
        for replica in range(m.R):
            for id in self.ids(1 - color):
                check(before[replica][id] == self.spins[replica][id], "the other color stood still")
        self.lines(sweep, color, fields, draws, sums_after)

    def readout(self):
        return self.image.schedules[self.b][2]

    def clear(self):
        self.sums, self.last = [0] * self.block.p_bits[1], [0] * self.block.p_bits[1]

    def run(self, inputs, swap):
        """All blocks; `inputs` are the first one's. Sweeps of the run count over all blocks."""
        done = 0
        for self.b, self.block in enumerate(self.m.blocks):
            self.x = [2 * bit - 1 for bit in inputs]
            self.clear()
            self.start()
            sweep, since = 0, 0
            while True:
                sweep, since, done = sweep + 1, since + 1, done + 1
                burn_in, retained, _ = self.image.schedules[self.b]
                retain = since > burn_in
                for color in (0, 1):
                    self.update_color(sweep, color, retain)
                if since == burn_in + retained:
                    break
                if swap and swap[0] <= done:
                    _, self.image, self.bias_set = swap
                    swap, since = None, 0
                    self.clear()
            self.outcomes.append({"inputs": hex_of(inputs), "sums": self.sums, "signs": hex_of(self.signs())})
            inputs = self.signs()

    def signs(self):
        """Of the sums; a tie goes with the last value added, where 0 counts as up."""
        return [int(last >= 0) if total == 0 else int(total > 0) for total, last in zip(self.sums, self.last)]


def scores_of(m, image, signs):
    """Of the decoder, on the device or on the host (where every position is a cell)."""
    (rows, columns, channels), (cell_rows, cell_columns) = m.outputs, image.cells
    weights, biases, shift = image.decoder
    scores = [bias << shift for bias in biases]
    for j, up in enumerate(signs):
        position, channel = divmod(j, channels)
        row, column = divmod(position, columns)
        cell = row * cell_rows // rows * cell_columns + column * cell_columns // columns
        for k in range(len(scores)):
            scores[k] += weights[k][cell * channels + channel] * (2 * up - 1)
    return scores


def class_of(scores):
    """The class with the largest score, the lowest among equals."""
    best = 0
    for c in range(1, len(scores)):
        if scores[c] > scores[best]:
            best = c
    return best


def encode(m, image, picture):
    """The input spins of a picture. On the host inputs beyond its pixels are down."""
    if not m.encoder:
        threshold, margin, rows, columns = image.encoder
        check(len(picture) == rows * columns, "pixels of a picture")
        bits = []
        for row in range(margin, rows - margin):
            for column in range(margin, columns - margin):
                bits.append(int(picture[row * columns + column] >= threshold))
        check(len(bits) <= m.X, "no more pixels than inputs")
        return bits + [0] * (m.X - len(bits))
    weights, biases, shift = image.encoder
    plane, pixels = m.blocks[0].x, (m.encoder["rows"], m.encoder["columns"], 1)
    check(len(picture) == pixels[0] * pixels[1], "pixels of a picture")
    bits = []
    for position in range(plane[0] * plane[1]):
        taps = tap_of(kernel_of(m.encoder["kernel"]), plane, position, pixels)
        u = [2 * (0 if at is None else picture[at]) - 255 for at in taps]
        for row, bias in zip(weights, biases):
            bits.append(int((bias << shift) + sum(w * v for w, v in zip(row, u)) >= 0))
    return bits


# ---- 13. Trace -----------------------------------------------------------------------------------------------------


def trace_of(m, image, case, inputs, swap):
    """The trace's text, and what outcome.json says."""
    lines, images = [], []
    keys = case.get("keys", ["spins", "fields", "draws", "sums"])
    random_start = int(case["start"] == "random")
    per_image = 0
    for block, (burn_in, retained, _) in zip(m.blocks, image.schedules):
        per_image += block.S * m.R * (burn_in + retained + random_start)
    first_lanes = Lanes(m, case["seed"])
    spins_before = [[0] * m.p_bits for _ in range(m.R)]
    for k, bits in enumerate(inputs):

        def emit_line(line):
            lines.append(json.dumps(line, separators=(",", ":")) + "\n")

        def emit(block, sweep, color, replica, spins, fields, draws, sums):
            parts = [("image", k), ("block", block), ("sweep", sweep), ("color", color), ("replica", replica)]
            long = [("spins", spins), ("fields", fields), ("draws", draws), ("sums", sums)]
            emit_line(dict(parts + [(key, value) for key, value in long if key in keys]))

        if m.encoder:
            emit_line({"image": k, "inputs": hex_of(bits)})
        lanes = copy.copy(first_lanes)
        lanes.states = [advance(lanes.step, lanes.bits, state, k * per_image) for state in first_lanes.states]
        run = Run(m, image, case, lanes, spins_before, emit)
        run.run(bits, swap)
        if case["start"] == "keep":
            spins_before = run.spins
        scores = scores_of(m, run.image if m.decoder else image, run.signs()) if image.decoder else None
        chosen = class_of(scores) if scores else None
        if m.decoder:
            emit_line({"image": k, "scores": scores, "class": chosen})
        outcome = {"sums": run.sums, "signs": hex_of(run.signs()), "class": chosen}
        if len(m.blocks) > 1:
            outcome["blocks"] = run.outcomes
        images.append(outcome)
    return "".join(lines), {"images": images}


def read_inputs(path, m):
    if path is None:
        return [[0] * m.X]
    with open(path, encoding="ascii") as file:
        return [bits_of(line.rstrip("\n"), m.X) for line in file]


def compare(name, m, expected, found):
    if expected != found:
        pairs = zip(expected.splitlines() + [""], found.splitlines() + [""])
        number, (a, b) = next((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1])
        raise Wrong("line %d differs\n  file: %s\n  here: %s" % (number, a, b))
    print("%s: %d lines agree, machine %s" % (name, len(found.splitlines()), m.hash.hex()))


def check_folder(folder):
    m = Machine(os.path.join(folder, "machine.json"))
    image = Image(os.path.join(folder, "image.bank"), m)
    with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
        case = json.load(file)
    if case["schedule"]:
        image.schedules = [tuple(case["schedule"])]
    swap = case["swap"]
    if swap:
        swap = (swap["after"], Image(os.path.join(folder, swap["image"]), m), swap["bias_set"])
    inputs = read_inputs(os.path.join(folder, "inputs.txt"), m)
    if case["pictures"]:
        with open(os.path.join(folder, case["pictures"]), encoding="ascii") as file:
            pictures = [bytes.fromhex(line) for line in file]
        check(inputs == [encode(m, image, picture) for picture in pictures], "the pictures' inputs differ")
    found, outcome = trace_of(m, image, case, inputs, swap)
    with open(os.path.join(folder, "trace.jsonl"), encoding="utf-8", newline="") as file:
        compare(os.path.basename(os.path.normpath(folder)), m, file.read(), found)
    with open(os.path.join(folder, "outcome.json"), encoding="utf-8") as file:
        expected = json.load(file)
    check(expected == outcome, "the outcome differs\n  file: %s\n  here: %s" % (expected, outcome))


def check_files(args):
    m = Machine(args.machine)
    image = Image(args.image, m)
    case = {"seed": args.seed, "bias_set": 0, "clamp": {}, "table_select": [0] * m.R}
    case["start"] = ["random", "host", "keep"][image.start]
    case["host_spins"] = [hex_of([0] * m.p_bits)] * m.R
    inputs = read_inputs(None if m.encoder else args.inputs, m)
    if m.encoder:
        pictures = [bytes(m.encoder["rows"] * m.encoder["columns"])]
        if args.pixels:
            with open(args.pixels, encoding="ascii") as file:
                pictures = [bytes.fromhex(line) for line in file]
        inputs = [encode(m, image, picture) for picture in pictures]
    found, _ = trace_of(m, image, case, inputs, None)
    with open(args.trace, encoding="utf-8", newline="") as file:
        compare(m.name, m, file.read(), found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*")
    for name in ("--machine", "--image", "--trace", "--inputs", "--pixels"):
        parser.add_argument(name)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    place = args.machine
    try:
        for place in args.folders:
            check_folder(place)
        if args.machine:
            place = args.machine
            check_files(args)
        check(args.folders or args.machine, "nothing to check was given")
    except Wrong as wrong:
        sys.exit("%s: %s" % (place, wrong))


if __name__ == "__main__":
    main()
