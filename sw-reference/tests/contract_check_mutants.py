#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Are the golden cases sharp? Plants errors into contract_check.py, one at a time, and asks for each to be noticed.

    contract_check_mutants.py FOLDER...        the golden folders

Every error is one small change of the sampler's text, such as a person who reads the contract in haste could make. It is
noticed when some folder's trace, outcome or checksum is no longer reproduced. An error that no longer fits the text, or
that makes the script fail in another way, is a defect of the list below and reported as such.
"""

import contextlib
import copy
import functools
import io
import os
import sys
import types

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "contract_check.py")

# Name, text (it stands there once), what takes its place. Sections are the contract's.
ERRORS = [
    # 2. Placement and identity.
    ("channels filled lane by lane", "channel = group * self.L + lane", "channel = lane * self.groups[color] + group"),
    ("groups rounded down", "[ceil_div(channels, L) for _, _, channels", "[max(1, channels // L) for _, _, channels"),
    ("identity without skip", "self.p_bits[1], int(self.skip))", "self.p_bits[1], 0)"),
    ("identity's halves exchanged", 'struct.pack(">II", words[2], words[3])', 'struct.pack(">II", words[3], words[2])'),
    # 3. Fields.
    ("saturates one too late", "return min(max(exact, -m.M), m.M)", "return min(max(exact, -m.M - 1), m.M)"),
    ("saturates one too early", "return min(max(exact, -m.M), m.M)", "return min(max(exact, -m.M), m.M - 1)"),
    ("wraps instead of saturating", "return min(max(exact, -m.M), m.M)", "return (exact + m.M) % (2 * m.M + 1) - m.M"),
    ("saturates before the bias", 'exact = (bias << shifts["bias"]) + (inputs << shifts["input"]) +', 'exact = (bias << shifts["bias"]) + max(inputs << shifts["input"], -m.M) +'),
    ("bias not shifted", '(bias << shifts["bias"])', "bias"),
    ("inputs not shifted", '(inputs << shifts["input"])', "inputs"),
    ("couplings not shifted", '(others << shifts["coupling"])', "others"),
    ("bias takes the coupling's shift", '(bias << shifts["bias"])', '(bias << shifts["coupling"])'),
    ("shifts of the other color", "shifts = m.shifts[color]\n        x", "shifts = m.shifts[1 - color]\n        x"),
    ("K3 left out", "kernel = self.k1 if color == 0 else self.k3\n", "kernel = self.k1 if color == 0 else None\n"),
    ("biases of the other color", "[self.bias_set][b][color][i if block.by_position else own]", "[self.bias_set][b][1 - color][(i if block.by_position else own) % block.biases[1 - color]]"),
    ("always bias set 0", "image.bias_sets[self.bias_set][b]", "image.bias_sets[0][b]"),
    ("bits instead of spins", "s = [2 * bit - 1 for bit in self.spins[replica]]", "s = [bit for bit in self.spins[replica]]"),
    ("inputs with the other sign", "self.x = [2 * bit - 1 for bit in inputs]", "self.x = [1 - 2 * bit for bit in inputs]"),
    ("hidden p-bits read replica 0", "s = [2 * bit - 1 for bit in self.spins[replica]]", "s = [2 * bit - 1 for bit in self.spins[0]]"),
    # 4. Tables.
    ("draw <= threshold", "int(draw < table[field % (1 << m.F)])", "int(draw <= table[field % (1 << m.F)])"),
    ("draw > threshold", "int(draw < table[field % (1 << m.F)])", "int(draw > table[field % (1 << m.F)])"),
    ("table of the other color", "self.image.tables[self.b][color][self.case", "self.image.tables[self.b][1 - color][self.case"),
    ("always table 0", 'self.image.tables[self.b][color][self.case["table_select"][replica]]', "self.image.tables[self.b][color][0]"),
    ("table of replica 0", '[self.case["table_select"][replica]]', '[self.case["table_select"][0]]'),
    ("table select in reverse", '[self.case["table_select"][replica]]', '[self.case["table_select"][-1 - replica]]'),
    ("index from the table's middle", "table[field % (1 << m.F)]", "table[field + m.M + 1]"),
    # 5. Draws.
    ("padding takes no draw", "draw, i = self.lanes.draw(lane), self.block.p_bit_at(color, slot, lane)\n            if i is None:", "i = self.block.p_bit_at(color, slot, lane)\n            draw = self.lanes.draw(lane) if i is not None else 0\n            if i is None:"),
    ("padding takes no draw at the start", "draw, i = self.lanes.draw(lane), self.block.p_bit_at(color, slot, lane)\n                    if", "i = self.block.p_bit_at(color, slot, lane)\n                    draw = self.lanes.draw(lane) if i is not None else 0\n                    if"),
    ("replicas before slots", "for slot in slots for replica in range(self.m.R) for lane", "for replica in range(self.m.R) for slot in slots for lane"),
    ("replicas in reverse", "for slot in slots for replica in range(self.m.R)", "for slot in slots for replica in reversed(range(self.m.R))"),
    ("clamped p-bits take no draw", "draw, i = self.lanes.draw(lane), self.block.p_bit_at(color, slot, lane)\n            if i is None:", "i = self.block.p_bit_at(color, slot, lane)\n            held = i is not None and self.ids(color)[i] in self.clamp\n            draw = 0 if held else self.lanes.draw(lane)\n            if i is None:"),
    ("images take no draws for the start", "(burn_in + retained + random_start)", "(burn_in + retained)"),
    ("images without burn-in", "(burn_in + retained + random_start)", "(retained + random_start)"),
    ("images always with a random start", 'int(case["start"] == "random")\n', "1\n"),
    ("every image from draw 0", "state, k * per_image)", "state, 0)"),
    ("images one place on", "state, k * per_image)", "state, (k + 1) * per_image)"),
    # 6. Generators.
    ("splitmix64: first shift", "y >> 30", "y >> 31"),
    ("splitmix64: last shift", "yield y ^ (y >> 31)", "yield y ^ (y >> 33)"),
    ("splitmix64: returns before it adds", "z = (z + 0x9E3779B97F4A7C15) & MASK64\n        y = z", "y = z\n        z = (z + 0x9E3779B97F4A7C15) & MASK64"),
    ("lfsr64: a tap", "(s >> 34) ^ (s >> 45)", "(s >> 35) ^ (s >> 45)"),
    ("lfsr64: the mirrored taps", "(s >> 11) ^ (s >> 27) ^ (s >> 34)", "(s >> 11) ^ (s >> 18) ^ (s >> 34)"),
    ("lfsr64: one bit per draw", "(s << 19) | new", "(s << 1) | (new & 1)"),
    ("lfsr64: spacing of the lanes", "lfsr_step, 64, 19, 48", "lfsr_step, 64, 19, 47"),
    ("draws from the low bits", "return out >> (self.out_bits - self.B)", "return out & ((1 << self.B) - 1)"),
    ("xoshiro128++: 7 is 9", "& MASK32, 7) + s[0]", "& MASK32, 9) + s[0]"),
    ("xoshiro128++: 11 is 13", "rotl(s[3], 11)", "rotl(s[3], 13)"),
    ("xoshiro128++: shift of 9", "s[1] << 9", "s[1] << 8"),
    ("xoshiro128++: without the last addition", "7) + s[0]) & MASK32", "7)) & MASK32"),
    ("xoshiro128++: order of the state", "s[1] ^= s[2]\n    s[0] ^= s[3]", "s[0] ^= s[3]\n    s[1] ^= s[2]\n    s[1] ^= s[0]"),
    ("xoshiro128++: spacing of the lanes", "xoshiro_step, 128, 32, 64", "xoshiro_step, 128, 32, 96"),
    ("xoshiro128++: seed's halves exchanged", "state = z1 | z2 << 64", "state = z2 | z1 << 64"),
    # 7. Run.
    ("draw <= half at the start", "int(draw < 1 << (m.B - 1))", "int(draw <= 1 << (m.B - 1))"),
    ("start without clamps", "self.clamp.get(id, int(draw < 1 << (m.B - 1)))", "int(draw < 1 << (m.B - 1))"),
    ("clamps act on hosts' spins at once", "        for color in (0, 1):\n            draws = [[] for", "        for color in (0, 1):\n            for of_replica in self.spins:\n                for id, value in self.clamp.items():\n                    of_replica[id] = value\n            draws = [[] for"),
    ("sweeps without clamps", "self.clamp.get(id, int(draw < table[field % (1 << m.F)]))", "int(draw < table[field % (1 << m.F)])"),
    ("clamps in replica 0 only", "self.clamp.get(id, int(draw < table[field % (1 << m.F)]))", "(self.clamp if replica == 0 else {}).get(id, int(draw < table[field % (1 << m.F)]))"),
    ("a clamp is always up", "self.clamp = {int(key): value for", "self.clamp = {int(key): 1 for"),
    ("clamps count outputs from 0", "self.clamp.get(id, int(draw < table[field % (1 << m.F)]))", "self.clamp.get(i, int(draw < table[field % (1 << m.F)]))"),
    ("outputs first", "for color in (0, 1):\n                    self.update_color", "for color in (1, 0):\n                    self.update_color"),
    ("starts down instead of random", 'if start == "random":', 'if start == "never":'),
    ("keep keeps nothing", 'if case["start"] == "keep":', 'if case["start"] == "never":'),
    ("burn-in one short", "retain = since > burn_in", "retain = since >= burn_in"),
    ("burn-in one long", "retain = since > burn_in", "retain = since > burn_in + 1"),
    ("burn-in counts from the run's start", "retain = since > burn_in", "retain = sweep > burn_in"),
    ("one sweep more", "if since == burn_in + retained:", "if since > burn_in + retained:"),
    ("burn-in counts as retained", "if since == burn_in + retained:", "if since >= max(burn_in, retained):"),
    ("readouts exchanged", "if self.readout() == 1", "if self.readout() == 0"),
    ("sums of bits", "else 2 * spin - 1\n", "else spin\n"),
    ("sums of the field's sign", "field if self.readout() == 1", "(field > 0) - (field < 0) if self.readout() == 1"),
    ("only replica 0 is read", "            if retain:\n", "            if retain and replica == 0:\n"),
    # 7. Signs, decoder, encoder.
    ("ties go up", "int(last >= 0) if total == 0", "1 if total == 0"),
    ("ties go down", "int(last >= 0) if total == 0", "0 if total == 0"),
    ("a tie's last value of 0 goes down", "int(last >= 0)", "int(last > 0)"),
    ("ties against the last value", "int(last >= 0)", "int(last <= 0)"),
    ("signs exchanged", "else int(total > 0)", "else int(total < 0)"),
    ("the highest class among equals", "if scores[c] > scores[best]", "if scores[c] >= scores[best]"),
    ("the smallest score", "if scores[c] > scores[best]", "if scores[c] < scores[best]"),
    ("decoder without biases", "scores = [bias << shift for bias in biases]", "scores = [0 for bias in biases]"),
    ("decoder's biases not shifted", "scores = [bias << shift for bias in biases]", "scores = [bias for bias in biases]"),
    ("decoder reads bits", "[cell * channels + channel] * (2 * up - 1)", "[cell * channels + channel] * up"),
    ("pixels above the threshold", "columns + column] >= threshold", "columns + column] > threshold"),
    ("pixels column by column", "picture[row * columns + column]", "picture[column * rows + row]"),
    ("no margin", "threshold, margin, rows, columns = image.encoder", "threshold, margin, rows, columns = image.encoder[0], 0, *image.encoder[2:]"),
    ("inputs beyond the picture up", "bits + [0] * (m.X", "bits + [1] * (m.X"),
    # 9. Load streams.
    ("K2 not transposed", "K[other][tap * h + own])", "K[own % n][tap * h + other % h])"),
    ("slots before lanes in couplings", "        for lane in range(m.L):\n            for b, block", "        for lane in reversed(range(m.L)):\n            for b, block"),
    ("tables missing in couplings", "for number in schedule] + tables", "for number in schedule]"),
    ("weights from the word's top", "<< (q % per_word * m.weight_bits)", "<< ((per_word - 1 - q % per_word) * m.weight_bits)"),
    ("outputs' biases before the hidden", "in zip(block.planes, of_block):", "in zip(block.planes[::-1], of_block[::-1]):"),
    # 10. Swap.
    ("swap one sweep late", "swap[0] <= done", "swap[0] <= done - 1"),
    ("swap one sweep early", "swap[0] <= done", "swap[0] <= done + 1"),
    ("swap keeps the tables", "_, self.image, self.bias_set = swap", "tables, (_, self.image, self.bias_set) = self.image.tables, swap\n                    self.image.tables = tables"),
    ("swap keeps table 0 of the outputs", "_, self.image, self.bias_set = swap", "table, (_, self.image, self.bias_set) = self.image.tables[0][1][0], swap\n                    self.image.tables[0][1][0] = table"),
    ("swap keeps K1", "_, self.image, self.bias_set = swap", "K1, (_, self.image, self.bias_set) = self.image.K1, swap\n                    self.image.K1 = K1"),
    ("swap keeps K2", "_, self.image, self.bias_set = swap", "K2, (_, self.image, self.bias_set) = self.image.K2, swap\n                    self.image.K2 = K2"),
    ("swap keeps K3", "_, self.image, self.bias_set = swap", "K3, (_, self.image, self.bias_set) = self.image.K3, swap\n                    self.image.K3 = K3"),
    ("swap keeps the bias set's number", "_, self.image, self.bias_set = swap", "_, self.image, _ = swap"),
    ("swap keeps the biases", "_, self.image, self.bias_set = swap", "sets, (_, self.image, _) = self.image.bias_sets, swap\n                    self.image.bias_sets = sets"),
    ("swap keeps the burn-in", "_, self.image, self.bias_set = swap", "old, (_, self.image, self.bias_set) = self.image.schedules, swap\n                    self.image.schedules = [now[:0] + was[0:1] + now[1:] for was, now in zip(old, self.image.schedules)]"),
    ("swap keeps the readout", "_, self.image, self.bias_set = swap", "old, (_, self.image, self.bias_set) = self.image.schedules, swap\n                    self.image.schedules = [now[:2] + was[2:3] + now[3:] for was, now in zip(old, self.image.schedules)]"),
    ("swap keeps the number of retained sweeps", "_, self.image, self.bias_set = swap", "old, (_, self.image, self.bias_set) = self.image.schedules, swap\n                    self.image.schedules = [now[:1] + was[1:2] + now[2:] for was, now in zip(old, self.image.schedules)]"),
    ("swap keeps the sums", "swap, since = None, 0\n                    self.clear()", "swap, since = None, 0"),
    ("swap resets the sweep number", "self.update_color(sweep, color, retain)", "self.update_color(since, color, retain)"),
    ("swap starts at random again", "swap, since = None, 0\n                    self.clear()", "swap, since = None, 0\n                    self.start()\n                    self.clear()"),
    ("swap clears the spins", "swap, since = None, 0\n                    self.clear()", "swap, since = None, 0\n                    self.spins = [[0] * self.m.p_bits for _ in range(self.m.R)]\n                    self.clear()"),
    ("swap before the end of the run", "if since == burn_in + retained:\n                    break\n                if swap and swap[0] <= done:", "if since == burn_in + retained and not (swap and swap[0] <= done):\n                    break\n                if swap and swap[0] <= done:"),
    # 1, 2. Kernels, several blocks.
    ("padding left out", "r * stride + dr - padding, c * stride", "r * stride + dr, c * stride"),
    ("padding of columns with the other sign", "c * stride + dc - padding) for", "c * stride + dc + padding) for"),
    ("stride left out", "r * stride + dr - padding", "r + dr - padding"),
    ("taps column by column", "for dr in range(size) for dc in range(size)]", "for dc in range(size) for dr in range(size)]"),
    ("borders wrap round", "if 0 <= row < rows and 0 <= column < columns else None", "if 0 <= row * columns + column < rows * columns else None"),
    ("the transpose rounds down", "if row_rest == column_rest == 0 else None", "if row_rest is not None else None"),
    ("the transpose with the padding's other sign", "divmod(r + padding - dr, stride)", "divmod(r - padding - dr + size - 1, stride)"),
    ("the transpose takes the mirrored taps", "divmod(c + padding - dc, stride)", "divmod(c + padding - (size - 1 - dc), stride)"),
    ("p-bits channel by channel", "return position * channels + channel if", "return channel * (self.p_bits[color] // channels) + position if"),
    ("slots group by group", "position, group = divmod(slot - self.color_slots(color)[0], self.groups[color])", "group, position = divmod(slot - self.color_slots(color)[0], self.slots[color] // self.groups[color])"),
    ("identity of blocks without K3", '"%d/%d/%d" % k if k else "-" for', '"%d/%d/%d" % (k or (0, 0, 0)) for'),
    ("identity without the bias's scope", '["position" if self.by_position else "channel"]', '["channel"]'),
    ("identity without the second input buffer", "if self.input_buffers == 2:", "if self.input_buffers == 3:"),
    ("identity's encoder after its decoder", '            lines.append("encoder=%d', '            lines.insert(3, "encoder=%d'),
    ("K1's columns channel-major", "K[own][tap * x + j] * self.x", "K[own][j * (len(K[own]) // x) + tap] * self.x"),
    ("K2's columns of the hidden side channel-major", "K2[j][tap * h + own] * s", "K2[j][own * (len(K2[j]) // h) + tap] * s"),
    ("K2's columns of the output side channel-major", "K2[own][tap * h + j] * s", "K2[own][j * (len(K2[own]) // h) + tap] * s"),
    ("always the tables of block 0", "self.image.tables[self.b][color][self.case", "self.image.tables[0][color][self.case"),
    ("biases of the first position", "i if block.by_position else own", "own"),
    ("clamps count from every block's first p-bit", "spin = self.clamp.get(id, int(", "spin = self.clamp.get(id - self.block.first_id, int("),
    ("every block takes block 0's schedule", "burn_in, retained, _ = self.image.schedules[self.b]", "burn_in, retained, _ = self.image.schedules[0]"),
    ("every block takes block 0's readout", "return self.image.schedules[self.b][2]", "return self.image.schedules[0][2]"),
    ("every block from draw 0", "            self.clear()\n            self.start()", "            self.clear()\n            self.begin = getattr(self, 'begin', None) or list(self.lanes.states)\n            self.lanes.states = list(self.begin)\n            self.start()"),
    ("images take the draws of one block", "per_image += block.S", "per_image = block.S"),
    ("images take draws for the padding of no block", "per_image += block.S * m.R", "per_image += ceil_div(sum(block.p_bits), m.L) * m.R"),
    ("sweeps count over the blocks", "self.update_color(sweep, color, retain)", "self.update_color(done, color, retain)"),
    ("the next block reads the last spins", "            inputs = self.signs()", "            inputs = [self.spins[-1][i] for i in self.ids(1)]"),
    ("a swap counts the block's sweeps", "swap[0] <= done:", "swap[0] <= sweep:"),
    ("a swap is lost where a block ends", "                if since == burn_in + retained:\n                    break", "                if since == burn_in + retained:\n                    swap = None if swap and swap[0] <= done else swap\n                    break"),
    # 7. Encoder and decoder on the device.
    ("u = v", "u = [2 * (0 if at is None else picture[at]) - 255", "u = [(0 if at is None else picture[at])"),
    ("pixels outside the picture are in the middle", "0 if at is None else picture[at]) - 255", "127 if at is None else picture[at]) - 255"),
    ("pixels outside the picture count nothing", "for at in taps]\n        for row", "if at is not None else 0 for at in taps]\n        for row"),
    ("the encoder's biases not shifted", "int((bias << shift) + sum", "int(bias + sum"),
    ("the encoder's biases left out", "int((bias << shift) + sum", "int(sum"),
    ("pictures column by column", "plane, pixels = m.blocks[0].x, (m.encoder[\"rows\"], m.encoder[\"columns\"], 1)", "plane, pixels = m.blocks[0].x, (m.encoder[\"columns\"], m.encoder[\"rows\"], 1)"),
    ("channel by channel", "        for row, bias in zip(weights, biases):\n            bits.append", "        for row, bias in reversed(list(zip(weights, biases))):\n            bits.append"),
    ("cells of equal size, rounded down", "row * cell_rows // rows * cell_columns", "row // (rows // cell_rows) % cell_rows * cell_columns"),
    ("cells column by column", "row * cell_rows // rows * cell_columns + column * cell_columns // columns", "column * cell_columns // columns * cell_rows + row * cell_rows // rows"),
    ("decoder's columns channel-major", "weights[k][cell * channels + channel]", "weights[k][channel * cell_rows * cell_columns + cell]"),
    ("the old bank decodes after a swap", "run.image if m.decoder else image, run", "image, run"),
    # 9. Load streams of blocks.
    ("source words before taps", "                for tap in range(taps):\n                    for k in range(words):", "                for k in range(words):\n                    for tap in range(taps):"),
    ("taps before groups", "            for group in range(ceil_div(own_channels, m.L)):\n                own = group * m.L + lane\n                for tap in range(taps):\n", "            for tap in range(taps):\n                for group in range(ceil_div(own_channels, m.L)):\n                    own = group * m.L + lane\n"),
    ("source words without their padding", "return ceil_div(ceil_div(plane[2], self.L) * self.L, self.T)", "return max(1, plane[2] // self.T)"),
    ("encoder rows behind the decoder's", "            if m.encoder:\n                weights = self.encoder[0]\n", "            if m.encoder and not m.decoder:\n                weights = self.encoder[0]\n"),
    ("biases of the decoder before the encoder's", "in (self.encoder if m.encoder else None, self.decoder if m.decoder else None):", "in (self.decoder if m.decoder else None, self.encoder if m.encoder else None):"),
    ("schedules in the other order", "for schedule in self.schedules for number in schedule]", "for schedule in self.schedules[::-1] for number in schedule]"),
    ("tables in the other order", "for block in self.tables for color in block", "for block in self.tables[::-1] for color in block"),
    # 13. Trace.
    ("spins with the first p-bit on top", "sum(bit << i for i, bit in enumerate(bits)))", "sum(bit << i for i, bit in enumerate(reversed(bits))))"),
    ("inputs with the first on top", "return [number >> i & 1 for i in range(count)]", "return [number >> i & 1 for i in reversed(range(count))]"),
    ("sums of the whole sweep in every replica", "sums_after[replica][i] = self.sums[i]", "sums_after[replica] = self.sums"),
]


# From here on the script neither reads images nor makes streams: errors behind this line share both, to save time.
RUN = "# ---- 3, 4, 7, 10. Run"


def execute(text, names):
    """The script's text as a module of its own that already has some names."""
    made = types.ModuleType("contract_check")
    made.__dict__.update(names)
    exec(compile(text, SOURCE, "exec"), made.__dict__)
    return made


def shared_names(source):
    """What stands before the run, with images and places in the streams kept once they are known."""
    names = dict(execute(source[: source.index(RUN)], {}).__dict__)
    names["advance"] = functools.lru_cache(maxsize=None)(names["advance"])
    # Lanes looks its names up where it was made.
    names["Lanes"].__init__.__globals__["advance"] = names["advance"]
    read, images = names["Image"], {}

    def image(path, machine):
        if path not in images:
            images[path] = read(path, machine)
        # An error may write into it.
        return copy.deepcopy(images[path])

    names["Image"] = image
    return names


def noticed_by(script, folders):
    """The first folder that this script does not reproduce, with the difference's first line; or nothing."""
    for folder in folders:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                script.check_folder(folder)
        except script.Wrong as wrong:
            return "%s: %s" % (os.path.basename(os.path.normpath(folder)), str(wrong).splitlines()[0])
    return None


def planted(source, shared, text, instead):
    """The script with one error."""
    run = source.index(RUN)
    if text in source[:run]:
        return execute(source.replace(text, instead), {})
    return execute(source[run:].replace(text, instead), shared)


def main():
    # Short traces first: most errors show at once.
    folders = sorted(sys.argv[1:], key=lambda folder: os.path.getsize(os.path.join(folder, "trace.jsonl")))
    if not folders:
        sys.exit("give the golden folders")
    with open(SOURCE, encoding="utf-8") as file:
        source = file.read()
    shared = shared_names(source)
    for untouched in (execute(source, {}), execute(source[source.index(RUN) :], shared)):
        difference = noticed_by(untouched, folders)
        if difference:
            sys.exit("without any error: " + difference)
    faults = []
    for name, text, instead in ERRORS:
        if source.count(text) != 1:
            faults.append("%s: its text stands in the script %d times" % (name, source.count(text)))
            continue
        try:
            difference = noticed_by(planted(source, shared, text, instead), folders)
        except Exception as error:  # Any failure that is no difference makes the planted error worthless.
            faults.append("%s: %s: %s" % (name, type(error).__name__, error))
            continue
        if difference:
            print("noticed %s (%s)" % (name, difference))
        else:
            faults.append("%s: no golden case notices it" % name)
    if faults:
        sys.exit("\n".join(faults))
    print("all %d planted errors are noticed" % len(ERRORS))


if __name__ == "__main__":
    main()
