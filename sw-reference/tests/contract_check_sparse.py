#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An independent reader of sparse machines and their bank images, and their sampler written a second time.

Written from docs/contract.md (sections 3 to 10, 13 and 14) alone; only contract_check.py's generators and word formats are used. It reads
machine.json and a bank image, checks the image, computes the load streams' checksums, samples, and compares its trace byte for byte.

    contract_check_sparse.py FOLDER...        every folder holds machine.json, image.bank, case.json, trace.jsonl, outcome.json
    contract_check_sparse.py --machine machine.json --image image.bank --trace trace.jsonl [--seed N] [--images N]

case.json: seed, images, bias_set, start, schedule ([burn_in, retained, readout] or null: the image's), beta_schedule (pairs of sweeps and
table, or null: the image's), clamp (p-bit id -> 0 or 1), table_select, host_spins (per replica, hexadecimal), swap ({"image", "after",
"bias_set"} or null), keys. contract_check_mutants.py plants errors in this file too and asks for each to be noticed.
"""

import argparse
import copy
import hashlib
import json
import math
import os
import struct
import sys

from contract_check import Lanes, Wrong, advance, bits_of, ceil_div, check, compare, crc32_of, hex_of, signed

# ---- 14. Machine ---------------------------------------------------------------------------------------------------


class Machine:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            form = json.load(file)
        self.name, self.kind = form["name"], form["kind"]
        check(form["contract"] == 1 and self.kind in ("wired", "addressed"), "contract 1, kind wired or addressed")
        self.L, self.R, self.F, self.B = form["lanes"], form["replicas"], form["field_bits"], form["draw_bits"]
        self.weight_bits, self.bias_bits = form["weight_bits"], form["bias_bits"]
        self.shifts = form.get("shifts", {"coupling": 0, "bias": 0})
        self.source, self.tables, self.max_sweeps = form["random_source"], form["tables"], form["max_sweeps"]
        self.coupling_banks, self.bias_banks = form["coupling_banks"], form["bias_banks"]
        self.beta_steps, self.group = form.get("beta_steps", 0), form.get("group", 3)
        self.energy, self.ladder = form.get("energy", False), form.get("ladder", False)
        self.M = (1 << (self.F - 1)) - 1
        if self.kind == "wired":
            self.use_graph(form["neighbors"], form["placement"], form["slot_colors"])
            self.room_slots = self.S
            taps = [max([0] + [len(t) for t, (own, _) in zip(self.neighbors, self.placement) if own == lane]) for lane in range(self.L)]
            self.groups = [ceil_div(count, self.group) for count in taps]
            largest = (len(self.edges) * ((1 << (self.weight_bits - 1)) - 1)) << self.shifts["coupling"]
            largest += (self.N * ((1 << (self.bias_bits - 1)) - 1)) << self.shifts["bias"]
            self.X = (2 * largest).bit_length()
        else:
            self.room_slots, self.taps = form["slots"], form["taps"]
            self.rows, self.degree = form.get("rows", self.room_slots), form.get("degree", self.taps)
        self.hash = hashlib.sha256(self.text().encode("ascii")).digest()

    def use_graph(self, neighbors, placement, slot_colors):
        """The graph: of the machine, or of an addressed machine's image."""
        self.neighbors, self.placement, self.slot_colors = neighbors, placement, slot_colors
        self.N, self.S, self.C = len(self.placement), len(self.slot_colors), self.slot_colors[-1] + 1
        self.p_bit_at = {tuple(place): i for i, place in enumerate(self.placement)}
        check(len(self.p_bit_at) == self.N == len(self.neighbors), "one place and one list for every p-bit")
        self.edges = sorted((i, j) for i, taps in enumerate(self.neighbors) for j in taps if j is not None and i < j)
        directed = [(i, j) for i, taps in enumerate(self.neighbors) for j in taps if j is not None]
        check(sorted(directed) == sorted(self.edges + [(j, i) for i, j in self.edges]), "symmetric neighbors")
        self.color = [self.slot_colors[slot] for _, slot in self.placement]
        check(all(self.color[i] != self.color[j] for i, j in self.edges), "neighbors differ in color")

    def text(self):
        lines = ["spinwright machine", "contract=1", "kind=" + self.kind]
        if self.kind == "wired":
            lines += ["p_bits=%d" % self.N, "slot_colors=" + ",".join(map(str, self.slot_colors))]
            for (lane, slot), taps in zip(self.placement, self.neighbors):
                lines.append("p_bit=%d,%d:%s" % (lane, slot, ",".join("-" if j is None else str(j) for j in taps)))
        else:
            lines += ["slots=%d" % self.room_slots, "rows=%d" % self.rows, "taps=%d" % self.taps, "degree=%d" % self.degree]
        source = "lfsr64,30,46,53,64,19" if self.source == "lfsr64" else self.source
        lines += ["group=%d" % self.group, "lanes=%d" % self.L, "replicas=%d" % self.R]
        lines += ["weight_bits=%d" % self.weight_bits, "bias_bits=%d" % self.bias_bits]
        lines += ["field_bits=%d" % self.F, "draw_bits=%d" % self.B]
        lines += ["shifts=%d,%d" % (self.shifts["coupling"], self.shifts["bias"]), "random_source=" + source]
        lines += ["coupling_banks=%d" % self.coupling_banks, "bias_banks=%d" % self.bias_banks]
        lines += ["tables=%d" % self.tables, "max_sweeps=%d" % self.max_sweeps, "beta_steps=%d" % self.beta_steps]
        lines += ["energy=1"] if self.energy else []
        lines += ["ladder=1"] if self.ladder else []
        return "".join(line + "\n" for line in lines)

    def slots_of(self, color):
        return [slot for slot in range(self.S) if self.slot_colors[slot] == color]

    def members(self, color):
        """The p-bits of a color in the order of their ids."""
        return [i for i in range(self.N) if self.color[i] == color]


# ---- 8, 14. Bank image ---------------------------------------------------------------------------------------------


class Image:
    def __init__(self, path, m):
        with open(path, "rb") as file:
            data = file.read()
        check(len(data) % 4 == 0, "whole words")
        words = self.words = list(struct.unpack("<%dI" % (len(data) // 4), data))
        check(words[:2] == [0x49575053, 1], "magic and version")
        check(struct.pack(">II", words[2], words[3]) == m.hash[:8], "machine ID")
        check(words[4] == len(words), "number of words")
        check(words[5] == crc32_of(words[8:]), "CRC-32")
        check(words[7] == 0, "word 7")
        self.end, self.entries = 8 + 8 * words[6], []
        for e in range(words[6]):
            kind, offset, length, rows, columns, bits, frac, extra = words[8 + 8 * e : 16 + 8 * e]
            check(offset == self.end, "sections without gaps")
            self.end += length
            self.entries.append((kind, words[offset : offset + length], [rows, columns, bits, signed(frac, 32), extra]))
        check(self.end == len(words), "sections fill the file")
        self.read(m)

    def take(self, kind, length=None):
        check(self.entries and self.entries[0][0] == kind, "section %d is next" % kind)
        _, body, rest = self.entries.pop(0)
        check(length in (None, len(body)), "length of section %d" % kind)
        return body, rest

    def read(self, m):
        body, rest = self.take(1, 4)
        check(rest == [0] * 5, "schedule entry")
        self.schedule, self.start = tuple(body[:3]), body[3]
        check(self.start <= 2 and body[2] <= 1, "start and readout")
        check(body[0] <= m.max_sweeps and 1 <= body[1] <= m.max_sweeps, "schedule within the machine's limits")
        if m.kind == "addressed":
            self.read_graph(m)
        self.betas = []
        if m.beta_steps:
            body, rest = self.take(17, 2 * m.beta_steps)
            check(rest == [m.beta_steps, 2, 0, 0, 0], "beta schedule entry")
            pairs = list(zip(body[::2], body[1::2]))
            used = next((k for k, (sweeps, _) in enumerate(pairs) if sweeps == 0), len(pairs))
            self.betas = pairs[:used]
            check(all(pair == (0, 0) for pair in pairs[used:]), "nothing behind the beta schedule's end")
            check(all(sweeps <= m.max_sweeps and table < m.tables for sweeps, table in self.betas), "beta schedule within limits")
        self.tables, grids, inverse_temperatures = [], [], []
        for index in range(m.tables):
            table, rest = self.take(2, 1 << m.F)
            check(rest[:3] == [0, index, m.B], "table entry")
            grids.append(rest[3])
            inverse_temperatures += struct.unpack("<f", struct.pack("<I", rest[4]))
            one = 1 << m.B
            check(table[0] == one // 2 and table[m.M + 1] == table[-m.M], "table's middle and end")
            check(all(table[f] + table[-f] == one for f in range(1, m.M + 1)), "table's symmetry")
            self.tables.append(table)
        check(len(set(grids)) == 1, "one grid")
        self.ladder_words = []
        if m.ladder:
            self.read_ladder(m, grids[0], inverse_temperatures)
        limit = (1 << (m.bias_bits - 1)) - 1
        self.bias_sets = []
        while self.entries[0][0] == 3:
            body, rest = self.take(3, m.N)
            check(rest == [len(self.bias_sets), m.N, m.bias_bits, grids[0] - m.shifts["bias"], 0], "bias entry")
            self.bias_sets.append([signed(word, 32) for word in body])
            check(all(abs(raw) <= limit for raw in self.bias_sets[-1]), "range of biases")
        check(1 <= len(self.bias_sets) <= m.bias_banks, "bias sets")
        per_word = 32 // m.weight_bits
        body, rest = self.take(18, ceil_div(len(m.edges), per_word))
        check(rest == [1, len(m.edges), m.weight_bits, grids[0] - m.shifts["coupling"], 0], "coupling entry")
        self.J = {}
        for k, (i, j) in enumerate(m.edges):
            raw = signed(body[k // per_word] >> (k % per_word * m.weight_bits) & ((1 << m.weight_bits) - 1), m.weight_bits)
            check(raw != -(1 << (m.weight_bits - 1)), "symmetric range of couplings")
            self.J[i, j] = self.J[j, i] = raw
        body, _ = self.take(9)
        check(not self.entries, "nothing behind the load check")
        expected = []
        for stream in [self.coupling_stream(m), self.table_stream()] + [self.bias_stream(m, s) for s in self.bias_sets]:
            expected += [len(stream), crc32_of(stream)]
        check(body == expected, "load check")

    def read_ladder(self, m, g, betas):
        body, rest = self.take(19, m.tables * m.X)
        check(rest == [m.tables, m.X, m.B, g, 0], "ladder entry")
        self.t = [body[k * m.X : (k + 1) * m.X] for k in range(m.tables - 1)]
        for k, row in enumerate(self.t):
            exact = [math.exp(-(betas[k + 1] - betas[k]) * 2.0 ** (b - g)) for b in range(m.X)]
            check(row == [round(2**m.B * min(1.0, factor)) for factor in exact], "thresholds of rung %d" % k)
        self.every, *others = body[(m.tables - 1) * m.X :]
        check(self.every <= 255 and not any(others), "sweeps between exchanges")
        self.ladder_words = body

    def read_graph(self, m):
        body, (n, slots, *rest) = self.take(16)
        check(rest == [0] * 3 and len(body) >= n + slots, "graph entry")
        colors, positions = body[:slots], body[slots : slots + n]
        edges = [(word & 0xFFFF, word >> 16) for word in body[slots + n :]]
        check(edges == sorted(set(edges)) and all(i < j < n for i, j in edges), "edges in order")
        check(slots <= m.room_slots and all(position < slots * m.L for position in positions), "places that exist")
        check(colors[0] == 0 and all(b - a in (0, 1) for a, b in zip(colors, colors[1:])), "colors in order")
        lists = [sorted([j for i, j in edges if i == own] + [i for i, j in edges if j == own]) for own in range(n)]
        m.use_graph(lists, [(position % m.L, position // m.L) for position in positions], colors)
        # Slot and first neighbor of every row.
        most = [max([0] + [len(t) for t, (_, own) in zip(lists, m.placement) if own == slot]) for slot in range(slots)]
        self.rows = [(slot, k * m.taps) for slot in range(slots) for k in range(max(1, ceil_div(most[slot], m.taps)))]
        check(len(self.rows) <= m.rows and max(most) <= m.degree, "a graph that fits")

    def lists(self, m):
        """Every lane's rows: the row's word, taps, weights."""
        slots = [slot for slot, _ in self.rows] + [None]
        colors = [m.slot_colors[slot] for slot in slots[:-1]] + [None]
        words = []
        for k in range(len(self.rows)):
            ends = [slots[k] != slots[k + 1], colors[k] != colors[k + 1], k + 1 == len(self.rows)]
            words.append(ends[0] + 2 * ends[1] + 4 * ends[2])
        words += [0] * (m.rows - len(self.rows))
        stream = []
        for lane in range(m.L):
            for row in range(m.rows):
                slot, first = self.rows[row] if row < len(self.rows) else (None, 0)
                i = m.p_bit_at.get((lane, slot))
                taps = [] if i is None else m.neighbors[i][first : first + m.taps]
                places = [m.placement[j] for j in taps]
                stream.append(words[row])
                stream += [1 << 13 | own_slot * m.L + own_lane for own_lane, own_slot in places] + [0] * (m.taps - len(taps))
                groups = range(0, m.taps, m.group)
                stream += [self.packed(m, i, taps[k : min(k + m.group, m.taps)]) for k in groups]
        return stream

    def packed(self, m, i, taps):
        """The weights of a group of taps."""
        word = 0
        for k, j in enumerate(taps):
            if j is not None:
                word |= (self.J[i, j] & ((1 << m.weight_bits) - 1)) << (k * m.weight_bits)
        return word

    def table_stream(self):
        return [threshold for table in self.tables for threshold in table] + self.ladder_words

    def coupling_stream(self, m):
        stream = list(self.schedule)
        for k in range(m.beta_steps):
            stream += self.betas[k] if k < len(self.betas) else (0, 0)
        stream += self.table_stream()
        if m.kind == "addressed":
            return stream + self.lists(m)
        for lane in range(m.L):
            for slot in range(m.S):
                i = m.p_bit_at.get((lane, slot))
                taps = [] if i is None else m.neighbors[i]
                for g in range(m.groups[lane]):
                    stream.append(self.packed(m, i, taps[g * m.group : (g + 1) * m.group]))
        return stream

    def bias_stream(self, m, biases):
        places = [m.p_bit_at.get((lane, slot)) for lane in range(m.L) for slot in range(m.room_slots)]
        return [0 if i is None else biases[i] & 0xFFFFFFFF for i in places]


# ---- 14. Run -------------------------------------------------------------------------------------------------------


class Run:
    def __init__(self, m, image, case, lanes, spins, emit):
        self.m, self.image, self.bias_set, self.case, self.lanes, self.emit = m, image, case["bias_set"], case, lanes, emit
        self.clamp = {int(key): value for key, value in case["clamp"].items()}
        self.spins = [list(of_replica) for of_replica in spins]
        self.order, self.tried, self.made = list(range(m.R)), [0] * (m.tables - 1), [0] * (m.tables - 1)
        self.clear()

    def clear(self):
        self.sums, self.last = [0] * self.m.N, [0] * self.m.N
        self.best = [None] * self.m.R

    def places(self, color):
        """Every issued update of a color: slot, replica, lane, in this nesting."""
        return [(slot, replica, lane) for slot in self.m.slots_of(color) for replica in range(self.m.R) for lane in range(self.m.L)]

    def field(self, i, replica):
        m, s = self.m, self.spins[replica]
        total = sum(self.image.J[i, j] * (2 * s[j] - 1) for j in m.neighbors[i] if j is not None)
        exact = (self.image.bias_sets[self.bias_set][i] << m.shifts["bias"]) + (total << m.shifts["coupling"])
        return min(max(exact, -m.M), m.M)

    def table(self, replica, since):
        """The table of a replica in a sweep, counted from 1 since the bank became active."""
        if self.m.ladder:
            return self.image.tables[self.order.index(replica) % self.m.tables]
        offset, end = 0, 0
        for sweeps, number in self.image.betas:
            if since <= end:
                break
            offset, end = number, end + sweeps
        return self.image.tables[min(self.case["table_select"][replica] + offset, self.m.tables - 1)]

    def lines(self, sweep, color, fields, draws, sums):
        members = self.m.members(color)
        of = lambda numbers, r: [numbers[r, i] for i in members if (r, i) in numbers]
        for r in range(self.m.R):
            spins = hex_of([self.spins[r][i] for i in members]) if members else ""
            self.emit(sweep, color, r, spins, of(fields, r), of(draws, r), of(sums, r))

    def start(self):
        m = self.m
        for color in range(m.C):
            draws = {}
            if self.case["start"] == "random":
                for slot, replica, lane in self.places(color):
                    draw, i = self.lanes.draw(lane), m.p_bit_at.get((lane, slot))
                    if i is not None:
                        draws[replica, i] = draw
                        self.spins[replica][i] = self.clamp.get(i, int(draw < 1 << (m.B - 1)))
            self.lines(0, color, {}, draws, {})

    def update_color(self, sweep, since, color, retain):
        m, fields, draws, sums = self.m, {}, {}, {}
        for slot, replica, lane in self.places(color):
            draw, i = self.lanes.draw(lane), m.p_bit_at.get((lane, slot))
            if i is None:
                continue
            field = self.field(i, replica)
            up = int(draw < self.table(replica, since)[field % (1 << m.F)])
            spin = self.spins[replica][i] = self.clamp.get(i, up)
            fields[replica, i], draws[replica, i] = field, draw
            if retain:
                self.last[i] = field if self.image.schedule[2] == 1 else 2 * spin - 1
                self.sums[i] += self.last[i]
                sums[replica, i] = self.sums[i]
        self.lines(sweep, color, fields, draws, sums)

    def energy(self, replica):
        m, J, s = self.m, self.image.J, [2 * up - 1 for up in self.spins[replica]]
        pairs = sum((J[i, j] * s[i] * s[j]) << m.shifts["coupling"] for i, j in m.edges)
        biases = sum((h * s[i]) << m.shifts["bias"] for i, h in enumerate(self.image.bias_sets[self.bias_set]))
        return -pairs - biases

    def energies(self, sweep):
        """After a sweep; of several states with the lowest energy the first one is the best."""
        for r in range(self.m.R):
            energy = self.energy(r)
            self.emit_energy(sweep, r, energy)
            if self.best[r] is None or energy < self.best[r][0]:
                self.best[r] = (energy, sweep, hex_of(self.spins[r]))

    def known(self):
        """What the device knows of every replica after the run."""
        of = lambda r, best: {"energy": self.energy(r), "best_energy": best[0], "best_sweep": best[1], "best_spins": best[2]}
        return [of(r, best) for r, best in enumerate(self.best)]

    def exchanges(self, sweep, since):
        """After a sweep that another one follows: pairs of places by Metropolis's rule."""
        m, every = self.m, self.image.every
        if every == 0 or since % every != 0:
            return
        c = (since // every + 1) % 2
        for p in range(m.R):
            k = p % m.tables
            if k % 2 != c or k == m.tables - 1:
                continue
            lower, upper = self.order[p], self.order[p + 1]
            d = self.energy(lower) - self.energy(upper)
            draws = [self.lanes.draw(m.L) for _ in range(m.X)]
            made = d <= 0 or all(draws[b] < self.image.t[k][b] for b in range(m.X) if d >> b & 1)
            self.emit_exchange(sweep, p, [lower, upper], made)
            self.tried[k] += 1
            if made:
                self.made[k] += 1
                self.order[p], self.order[p + 1] = upper, lower

    def run(self, swap):
        self.start()
        sweep = since = 0
        while True:
            sweep, since = sweep + 1, since + 1
            burn_in, retained, _ = self.image.schedule
            for color in range(self.m.C):
                self.update_color(sweep, since, color, since > burn_in)
            if self.m.energy:
                self.energies(sweep)
            if since == burn_in + retained:
                return
            if swap and swap[0] <= sweep:
                _, self.image, self.bias_set = swap
                swap, since = None, 0
                self.clear()
            elif self.m.ladder:
                self.exchanges(sweep, since)

    def signs(self):
        """Of the sums; a tie goes with the last value added, where 0 counts as up."""
        return [int(last >= 0) if total == 0 else int(total > 0) for total, last in zip(self.sums, self.last)]


# ---- 13, 14. Trace -------------------------------------------------------------------------------------------------


def trace_of(m, image, case, swap):
    """The trace's text, and what outcome.json says."""
    lines, images = [], []
    keys = case.get("keys", ["spins", "fields", "draws", "sums"])
    burn_in, retained, _ = image.schedule
    per_image = m.S * m.R * (burn_in + retained + int(case["start"] == "random"))
    # With a ladder, one generator more decides exchanges.
    generators = copy.copy(m)
    generators.L += int(m.ladder)
    first_lanes, pairs_before = Lanes(generators, case["seed"]), 0
    spins_before, order_before = [[0] * m.N for _ in range(m.R)], list(range(m.R))
    for k in range(case["images"]):

        def emit(sweep, color, replica, spins, fields, draws, sums):
            parts = [("image", k), ("block", 0), ("sweep", sweep), ("color", color), ("replica", replica)]
            long = [("spins", spins), ("fields", fields), ("draws", draws), ("sums", sums)]
            line = dict(parts + [(key, value) for key, value in long if key in keys])
            lines.append(json.dumps(line, separators=(",", ":")) + "\n")

        def emit_energy(sweep, replica, energy):
            line = {"image": k, "block": 0, "sweep": sweep, "replica": replica, "energy": energy}
            lines.append(json.dumps(line, separators=(",", ":")) + "\n")

        def emit_exchange(sweep, place, replicas, made):
            line = {"image": k, "block": 0, "sweep": sweep, "place": place, "replicas": replicas, "exchanged": made}
            lines.append(json.dumps(line, separators=(",", ":")) + "\n")

        if case["start"] == "host":
            spins_before = [bits_of(text, m.N) for text in case["host_spins"]]
        lanes = copy.copy(first_lanes)
        lanes.states = [advance(lanes.step, lanes.bits, state, k * per_image) for state in first_lanes.states]
        if m.ladder:
            lanes.states[m.L] = advance(lanes.step, lanes.bits, first_lanes.states[m.L], pairs_before * m.X)
        run = Run(m, image, case, lanes, spins_before, emit)
        run.emit_exchange, run.order = emit_exchange, list(order_before)
        run.emit_energy = emit_energy
        run.run(swap)
        if case["start"] == "keep":
            spins_before, order_before = run.spins, run.order
        pairs_before += sum(run.tried)
        images.append({"sums": run.sums, "signs": hex_of(run.signs())})
        if m.energy:
            images[-1]["energies"] = run.known()
        if m.ladder:
            images[-1]["exchanges"] = {"order": run.order, "tried": run.tried, "made": run.made}
    return "".join(lines), {"images": images}


def check_folder(folder):
    m = Machine(os.path.join(folder, "machine.json"))
    image = Image(os.path.join(folder, "image.bank"), m)
    with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
        case = json.load(file)
    if case["schedule"]:
        image.schedule = tuple(case["schedule"])
    if case["beta_schedule"] is not None:
        image.betas = [tuple(pair) for pair in case["beta_schedule"]]
    swap = case["swap"]
    if swap:
        swap = (swap["after"], Image(os.path.join(folder, swap["image"]), m), swap["bias_set"])
    found, outcome = trace_of(m, image, case, swap)
    with open(os.path.join(folder, "trace.jsonl"), encoding="utf-8", newline="") as file:
        compare(os.path.basename(os.path.normpath(folder)), m, file.read(), found)
    with open(os.path.join(folder, "outcome.json"), encoding="utf-8") as file:
        expected = json.load(file)
    check(expected == outcome, "the outcome differs\n  file: %s\n  here: %s" % (expected, outcome))


def check_files(args):
    m = Machine(args.machine)
    image = Image(args.image, m)
    case = {"seed": args.seed, "images": args.images, "bias_set": 0, "clamp": {}, "table_select": [0] * m.R}
    case["start"] = ["random", "host", "keep"][image.start]
    case["host_spins"] = [hex_of([0] * m.N)] * m.R
    found, _ = trace_of(m, image, case, None)
    with open(args.trace, encoding="utf-8", newline="") as file:
        compare(m.name, m, file.read(), found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*")
    for name in ("--machine", "--image", "--trace"):
        parser.add_argument(name)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=int, default=1)
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
