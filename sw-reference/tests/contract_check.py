#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An independent reader of machines and bank images, and the sampler written a second time.

Written from docs/contract.md alone: no other code of the project, no packages. It reads machine.json, a bank image and
inputs, checks the image, computes the load streams' checksums, samples, and compares its trace byte for byte.

    contract_check.py FOLDER...        every folder holds machine.json, image.bank, inputs.txt, case.json, trace.jsonl and
                                       outcome.json (sums, signs and class of every image)
    contract_check.py --machine machine.json --image image.bank --trace trace.jsonl [--inputs FILE] [--seed N]

case.json: seed, bias_set, start, schedule ([burn_in, retained, readout] or null: the image's), clamp (p-bit id -> 0 or 1),
table_select, host_spins (per replica, hexadecimal, hidden then output), swap ({"image", "after", "bias_set"} or null), pictures
(a file with one picture per line, two hexadecimal digits per pixel, that the inputs must be the encoding of; or null), keys.
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


# ---- 2. Machine ----------------------------------------------------------------------------------------------------


class Machine:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            m = json.load(file)
        self.name = m["name"]
        check(m["contract"] == 1 and m["kind"] == "layered", "contract 1, layered")
        (block,) = m["blocks"]
        self.X, self.H, self.N = block["inputs"], block["hidden"], block["outputs"]
        self.skip = block.get("skip", False)
        self.L, self.R, self.T = m["lanes"], m["replicas"], m["tree_width"]
        self.weight_bits, self.bias_bits = m["weight_bits"], m["bias_bits"]
        self.F, self.B = m["field_bits"], m["draw_bits"]
        zero = {"input": 0, "coupling": 0, "bias": 0}
        shifts = m.get("shifts", {"hidden": zero, "output": zero})
        self.shifts = [shifts["hidden"], shifts["output"]]
        self.source = m["random_source"]
        self.coupling_banks, self.bias_banks = m["coupling_banks"], m["bias_banks"]
        self.tables, self.max_sweeps = m["tables"], m["max_sweeps"]

        self.p_bits = [self.H, self.N]
        self.slots = [ceil_div(n, self.L) for n in self.p_bits]
        self.S = sum(self.slots)
        self.input_chunks = [ceil_div(self.X, self.T), ceil_div(self.X, self.T) if self.skip else 0]
        self.coupling_chunks = [ceil_div(self.slots[1 - c] * self.L, self.T) for c in (0, 1)]
        self.M = (1 << (self.F - 1)) - 1
        self.hash = hashlib.sha256(self.text().encode("ascii")).digest()

    def text(self):
        """The canonical text of the identity."""
        source = "lfsr64,30,46,53,64,19" if self.source == "lfsr64" else "xoshiro128++"
        shifts = ["%d,%d,%d" % (s["input"], s["coupling"], s["bias"]) for s in self.shifts]
        lines = [
            "spinwright machine",
            "contract=1",
            "kind=layered",
            "blocks=1",
            "block=%d,%d,%d,%d" % (self.X, self.H, self.N, int(self.skip)),
            "lanes=%d" % self.L,
            "replicas=%d" % self.R,
            "tree_width=%d" % self.T,
            "weight_bits=%d" % self.weight_bits,
            "bias_bits=%d" % self.bias_bits,
            "field_bits=%d" % self.F,
            "draw_bits=%d" % self.B,
            "shifts_hidden=" + shifts[0],
            "shifts_output=" + shifts[1],
            "random_source=" + source,
            "coupling_banks=%d" % self.coupling_banks,
            "bias_banks=%d" % self.bias_banks,
            "tables=%d" % self.tables,
            "max_sweeps=%d" % self.max_sweeps,
        ]
        return "".join(line + "\n" for line in lines)

    def lane_slot(self, color, i):
        return i % self.L, i // self.L + (self.slots[0] if color == 1 else 0)

    def color_of_slot(self, slot):
        return 0 if slot < self.slots[0] else 1

    def p_bit_at(self, slot, lane):
        """Index within its color of the p-bit at a place, or None for padding."""
        color = self.color_of_slot(slot)
        i = (slot - (self.slots[0] if color == 1 else 0)) * self.L + lane
        return i if i < self.p_bits[color] else None


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

        def take(kind):
            check(sections and sections[0][0] == kind, "section %d is next" % kind)
            return sections.pop(0)

        _, body, *_ = take(1)
        self.burn_in, self.retained, self.readout, self.start = body
        check(0 < self.retained <= m.max_sweeps and self.burn_in <= m.max_sweeps, "schedule")
        check(self.readout < 2 and self.start < 3, "readout and start")

        self.tables, self.g = [[], []], [None, None]
        for color in (0, 1):
            for t in range(m.tables):
                _, body, rows, columns, bits, fraction, _ = take(2)
                check((rows, columns, bits) == (color, t, m.B), "table header")
                check(len(body) == 1 << m.F, "table size")
                one = 1 << m.B
                check(body[0] == one // 2, "threshold[0]")
                for f in range(1, m.M + 1):
                    check(body[f] + body[-f] == one and body[f] <= one, "symmetry of the table")
                check(body[1 << (m.F - 1)] == body[-m.M], "spare entry of the table")
                self.tables[color].append(body)
                self.g[color] = fraction

        self.bias_sets = []
        limit = (1 << (m.bias_bits - 1)) - 1
        while not self.bias_sets or sections[0][0] == 3:
            _, body, rows, columns, bits, fraction, extra = take(3)
            check((rows, columns, bits) == (len(self.bias_sets), m.H + m.N, m.bias_bits), "bias header")
            raw = [signed(word, 32) for word in body]
            check(len(raw) == m.H + m.N and all(-limit <= b <= limit for b in raw), "biases")
            check(fraction == self.g[0] - m.shifts[0]["bias"], "grid of b1")
            check(signed(extra, 32) == self.g[1] - m.shifts[1]["bias"], "grid of b2")
            self.bias_sets.append(raw)

        def matrix(kind, shape, grid):
            _, body, rows, columns, bits, fraction, _ = take(kind)
            check((rows, columns) == shape and bits == m.weight_bits, "matrix header")
            check(fraction == grid, "grid of section %d" % kind)
            return unpack(body, rows, columns, bits)

        self.K1 = matrix(4, (m.H, m.X), self.g[0] - m.shifts[0]["input"])
        self.K2 = matrix(5, (m.N, m.H), self.g[0] - m.shifts[0]["coupling"])
        check(self.g[0] - m.shifts[0]["coupling"] == self.g[1] - m.shifts[1]["coupling"], "grid of K2")
        self.K3 = matrix(6, (m.N, m.X), self.g[1] - m.shifts[1]["input"]) if m.skip else None

        self.decoder = None
        if sections[0][0] == 7:
            _, body, classes, columns, bits, _, _ = take(7)
            check((columns, bits) == (m.N, 8), "decoder header")
            weights = unpack(body, classes, columns, 8)
            _, body, rows, columns, bits, _, shift = take(8)
            check((rows, columns, bits) == (classes, 1, 8), "decoder bias header")
            self.decoder = (weights, [signed(word, 32) << shift for word in body])
        _, self.load_check, *_ = take(9)
        self.encoder = None
        if self.decoder:
            _, body, *_ = take(10)
            check(len(body) == 5 and body[0] == 1 and body[1] <= 256, "encoder")
            self.encoder = body[1:]
        check(not sections, "no further sections")
        check(self.load_check == self.expected_load_check(m), "load check")

    # ---- 9. Load streams ----

    def expected_load_check(self, m):
        tables = [t for color in (0, 1) for table in self.tables[color] for t in table]
        couplings = [self.burn_in, self.retained, self.readout] + tables
        per_word = 32 // m.weight_bits
        columns = ceil_div(m.T, per_word)

        def add_row(weights):
            for column in range(columns):
                word = 0
                for q in range(column * per_word, min((column + 1) * per_word, m.T)):
                    word |= (weights[q] & ((1 << m.weight_bits) - 1)) << (q % per_word * m.weight_bits)
                couplings.append(word)

        for lane in range(m.L):
            for slot in range(m.S):
                color, own = m.color_of_slot(slot), m.p_bit_at(slot, lane)
                rows = self.K1 if color == 0 else self.K3
                for k in range(m.input_chunks[color]):
                    inputs = [k * m.T + q for q in range(m.T)]
                    add_row([rows[own][i] if own is not None and i < m.X else 0 for i in inputs])
            for slot in range(m.S):
                color, own = m.color_of_slot(slot), m.p_bit_at(slot, lane)
                for k in range(m.coupling_chunks[color]):
                    weights = []
                    for q in range(m.T):
                        # Source position = (slot within the color) x L + lane, which for this placement is the index.
                        position = k * m.T + q
                        other = position if position < m.p_bits[1 - color] else None
                        if own is None or other is None:
                            weights.append(0)
                        else:
                            n, h = (other, own) if color == 0 else (own, other)
                            weights.append(self.K2[n][h])
                    add_row(weights)

        result = [len(couplings), crc32_of(couplings), len(tables), crc32_of(tables)]
        for raw in self.bias_sets:
            stream = []
            for slot in range(m.S):
                for lane in range(m.L):
                    own = m.p_bit_at(slot, lane)
                    first = 0 if m.color_of_slot(slot) == 0 else m.H
                    stream.append(0 if own is None else raw[first + own] & MASK32)
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
    def __init__(self, m, image, case, lanes, inputs, spins, emit):
        self.m, self.lanes, self.x, self.emit = m, lanes, [2 * bit - 1 for bit in inputs], emit
        self.case = case
        self.image, self.bias_set = image, case["bias_set"]
        self.clamp = {int(key): value for key, value in case["clamp"].items()}
        self.spins = [list(of_replica) for of_replica in spins]
        self.sums, self.last = [0] * m.N, [0] * m.N

    def ids(self, color):
        return range(0, self.m.H) if color == 0 else range(self.m.H, self.m.H + self.m.N)

    def field(self, color, i, replica):
        m, image = self.m, self.image
        s = [2 * bit - 1 for bit in self.spins[replica]]
        shifts = m.shifts[color]
        if color == 0:
            inputs = sum(w * x for w, x in zip(image.K1[i], self.x))
            others = sum(image.K2[n][i] * s[m.H + n] for n in range(m.N))
            bias = image.bias_sets[self.bias_set][i]
        else:
            inputs = sum(w * x for w, x in zip(image.K3[i], self.x)) if m.skip else 0
            others = sum(image.K2[i][h] * s[h] for h in range(m.H))
            bias = image.bias_sets[self.bias_set][m.H + i]
        exact = (bias << shifts["bias"]) + (inputs << shifts["input"]) + (others << shifts["coupling"])
        return min(max(exact, -m.M), m.M)

    def color_places(self, color):
        slots = range(self.m.slots[0]) if color == 0 else range(self.m.slots[0], self.m.S)
        return [(slot, replica, lane) for slot in slots for replica in range(self.m.R) for lane in range(self.m.L)]

    def lines(self, sweep, color, fields, draws, sums):
        for replica in range(self.m.R):
            spins = [self.spins[replica][i] for i in self.ids(color)]
            self.emit(sweep, color, replica, hex_of(spins), fields[replica], draws[replica], sums[replica])

    def start(self):
        m, start = self.m, self.case["start"]
        if start == "host":
            self.spins = [bits_of(text, m.H + m.N) for text in self.case["host_spins"]]
        for color in (0, 1):
            draws = [[] for _ in range(m.R)]
            if start == "random":
                draws = [[0] * m.p_bits[color] for _ in range(m.R)]
                for slot, replica, lane in self.color_places(color):
                    draw, i = self.lanes.draw(lane), m.p_bit_at(slot, lane)
                    if i is not None:
                        id = self.ids(color)[i]
                        self.spins[replica][id] = self.clamp.get(id, int(draw < 1 << (m.B - 1)))
                        draws[replica][i] = draw
            empty = [[] for _ in range(m.R)]
            self.lines(0, color, empty, draws, empty)

    def update_color(self, sweep, color, retain):
        m, retain = self.m, retain and color == 1
        fields = [[0] * m.p_bits[color] for _ in range(m.R)]
        draws = [[0] * m.p_bits[color] for _ in range(m.R)]
        sums_after = [[0] * m.N if retain else [] for _ in range(m.R)]
        before = [list(spins) for spins in self.spins]
        for slot, replica, lane in self.color_places(color):
            draw, i = self.lanes.draw(lane), m.p_bit_at(slot, lane)
            if i is None:
                continue
            id = self.ids(color)[i]
            field = self.field(color, i, replica)
            table = self.image.tables[color][self.case["table_select"][replica]]
            spin = self.clamp.get(id, int(draw < table[field % (1 << m.F)]))
            self.spins[replica][id] = spin
            fields[replica][i], draws[replica][i] = field, draw
            if retain:
                self.last[i] = field if self.image.readout == 1 else 2 * spin - 1
                self.sums[i] += self.last[i]
                sums_after[replica][i] = self.sums[i]
        for replica in range(m.R):
            for id in self.ids(1 - color):
                check(before[replica][id] == self.spins[replica][id], "the other color stood still")
        self.lines(sweep, color, fields, draws, sums_after)

    def run(self, swap):
        self.start()
        sweep, since = 0, 0
        while True:
            sweep, since = sweep + 1, since + 1
            retain = since > self.image.burn_in
            for color in (0, 1):
                self.update_color(sweep, color, retain)
            if since == self.image.burn_in + self.image.retained:
                return
            if swap and swap[0] == sweep:
                _, self.image, self.bias_set = swap
                since, self.sums, self.last = 0, [0] * self.m.N, [0] * self.m.N

    def signs(self):
        """Of the sums; a tie goes with the last value added, where 0 counts as up."""
        return [int(last >= 0) if total == 0 else int(total > 0) for total, last in zip(self.sums, self.last)]


def class_of(decoder, signs):
    """The class with the largest score, the lowest among equals."""
    weights, biases = decoder
    scores = [sum(w * (2 * up - 1) for w, up in zip(row, signs)) + d for row, d in zip(weights, biases)]
    best = 0
    for c in range(1, len(scores)):
        if scores[c] > scores[best]:
            best = c
    return best


def encode(encoder, picture, count):
    """The input spins of a picture; inputs beyond its pixels are down."""
    threshold, margin, rows, columns = encoder
    check(len(picture) == rows * columns, "pixels of a picture")
    bits = []
    for row in range(margin, rows - margin):
        for column in range(margin, columns - margin):
            bits.append(int(picture[row * columns + column] >= threshold))
    check(len(bits) <= count, "no more pixels than inputs")
    return bits + [0] * (count - len(bits))


# ---- 13. Trace -----------------------------------------------------------------------------------------------------


def trace_of(m, image, case, inputs, swap):
    """The trace's text, and what outcome.json says."""
    lines, images = [], []
    keys = case.get("keys", ["spins", "fields", "draws", "sums"])
    random_start = int(case["start"] == "random")
    per_image = m.S * m.R * (image.burn_in + image.retained + random_start)
    first_lanes = Lanes(m, case["seed"])
    down = [[0] * (m.H + m.N) for _ in range(m.R)]
    spins_before = down
    for k, bits in enumerate(inputs):

        def emit(sweep, color, replica, spins, fields, draws, sums):
            parts = [("image", k), ("block", 0), ("sweep", sweep), ("color", color), ("replica", replica)]
            long = [("spins", spins), ("fields", fields), ("draws", draws), ("sums", sums)]
            parts += [(key, value) for key, value in long if key in keys]
            lines.append(json.dumps(dict(parts), separators=(",", ":")) + "\n")

        lanes = copy.copy(first_lanes)
        lanes.states = [advance(lanes.step, lanes.bits, state, k * per_image) for state in first_lanes.states]
        run = Run(m, image, case, lanes, bits, spins_before, emit)
        run.run(swap)
        if case["start"] == "keep":
            spins_before = run.spins
        chosen = class_of(image.decoder, run.signs()) if image.decoder else None
        images.append({"sums": run.sums, "signs": hex_of(run.signs()), "class": chosen})
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
        image.burn_in, image.retained, image.readout = case["schedule"]
    swap = case["swap"]
    if swap:
        swap = (swap["after"], Image(os.path.join(folder, swap["image"]), m), swap["bias_set"])
    inputs = read_inputs(os.path.join(folder, "inputs.txt"), m)
    if case["pictures"]:
        with open(os.path.join(folder, case["pictures"]), encoding="ascii") as file:
            pictures = [bytes.fromhex(line) for line in file]
        check(inputs == [encode(image.encoder, picture, m.X) for picture in pictures], "the pictures' inputs differ")
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
    case["host_spins"] = [hex_of([0] * (m.H + m.N))] * m.R
    found, _ = trace_of(m, image, case, read_inputs(args.inputs, m), None)
    with open(args.trace, encoding="utf-8", newline="") as file:
        compare(m.name, m, file.read(), found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*")
    for name in ("--machine", "--image", "--trace", "--inputs"):
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
