#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Are the golden cases of sparse machines sharp? Plants errors into contract_check_sparse.py, one at a time, and asks for each to be
noticed, as contract_check_mutants.py does for layered machines.

    contract_check_sparse_mutants.py FOLDER...        the golden folders
"""

import os
import re
import sys

from contract_check_mutants import execute, noticed_by

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "contract_check_sparse.py")

LADDERS = re.compile("exchange|rung|ladder|draws only where|places do not")

# Name, text (it stands there once), what takes its place.
ERRORS = [
    # Identity.
    ("empty taps left out of the identity", 'else str(j) for j in taps)))', 'else str(j) for j in taps if j is not None)))'),
    ("identity with slot before lane", '"p_bit=%d,%d:%s" % (lane, slot,', '"p_bit=%d,%d:%s" % (slot, lane,'),
    ("identity with bias shift first", '% (self.shifts["coupling"], self.shifts["bias"])', '% (self.shifts["bias"], self.shifts["coupling"])'),
    ("identity without beta steps", ', "beta_steps=%d" % self.beta_steps]', "]"),
    # Fields and tables.
    ("saturates one too late", "return min(max(exact, -m.M), m.M)", "return min(max(exact, -m.M - 1), m.M)"),
    ("saturates one too early", "return min(max(exact, -m.M), m.M)", "return min(max(exact, -m.M), m.M - 1)"),
    ("wraps instead of saturating", "return min(max(exact, -m.M), m.M)", "return (exact + m.M) % (2 * m.M + 1) - m.M"),
    ("saturates before the bias", '+ (total << m.shifts["coupling"])', '+ min(max(total << m.shifts["coupling"], -m.M), m.M)'),
    ("bias not shifted", '[i] << m.shifts["bias"])', "[i])"),
    ("couplings not shifted", '(total << m.shifts["coupling"])', "total"),
    ("bias takes the coupling's shift", '[i] << m.shifts["bias"])', '[i] << m.shifts["coupling"])'),
    ("bits instead of spins", "(2 * s[j] - 1)", "s[j]"),
    ("p-bits read replica 0", "m, s = self.m, self.spins[replica]", "m, s = self.m, self.spins[0]"),
    ("always bias set 0", "self.image.bias_sets[self.bias_set][i]", "self.image.bias_sets[0][i]"),
    ("the first coupling for all", "self.image.J[i, j] *", "self.image.J[self.m.edges[0]] *"),
    ("draw <= threshold", "int(draw < self.table(", "int(draw <= self.table("),
    ("index from the table's middle", "[field % (1 << m.F)]", "[field + m.M + 1]"),
    ("always table 0", 'self.case["table_select"][replica] + offset', "offset"),
    ("table of replica 0", 'self.case["table_select"][replica] +', 'self.case["table_select"][0] +'),
    # Beta schedule.
    ("no beta schedule", "self.m.tables - 1)]", "self.m.tables - 1) if False else self.case[\"table_select\"][replica]]"),
    ("the schedule replaces the selection", 'self.case["table_select"][replica] + offset', "offset if self.image.betas else self.case[\"table_select\"][replica]"),
    ("tables wrap", "min(self.case[\"table_select\"][replica] + offset, self.m.tables - 1)", "(self.case[\"table_select\"][replica] + offset) % self.m.tables"),
    ("steps one sweep early", "if since <= end:", "if since < end:"),
    ("steps one sweep late", "if since <= end:", "if since <= end + 1:"),
    ("the schedule ends at table 0", "        return self.image.tables[min(", "        offset = offset if since <= end or not self.image.betas else 0\n        return self.image.tables[min("),
    ("steps count the run's sweeps", "self.update_color(sweep, since, color, since > burn_in)", "self.update_color(sweep, sweep, color, since > burn_in)"),
    ("steps start after burn-in", "self.update_color(sweep, since, color,", "self.update_color(sweep, max(since - burn_in, 1), color,"),
    # Draws.
    ("padding takes no draw", "draw, i = self.lanes.draw(lane), m.p_bit_at.get((lane, slot))\n            if i is None:", "i = m.p_bit_at.get((lane, slot))\n            draw = self.lanes.draw(lane) if i is not None else 0\n            if i is None:"),
    ("padding takes no draw at the start", "draw, i = self.lanes.draw(lane), m.p_bit_at.get((lane, slot))\n                    if", "i = m.p_bit_at.get((lane, slot))\n                    draw = self.lanes.draw(lane) if i is not None else 0\n                    if"),
    ("replicas before slots", "for slot in self.m.slots_of(color) for replica in range(self.m.R)", "for replica in range(self.m.R) for slot in self.m.slots_of(color)"),
    ("replicas in reverse", "for replica in range(self.m.R) for lane", "for replica in reversed(range(self.m.R)) for lane"),
    ("clamped p-bits take no draw", "draw, i = self.lanes.draw(lane), m.p_bit_at.get((lane, slot))\n            if i is None:", "i = m.p_bit_at.get((lane, slot))\n            draw = 0 if i in self.clamp else self.lanes.draw(lane)\n            if i is None:"),
    ("runs take no draws for the start", 'retained + int(case["start"] == "random"))', "retained)"),
    ("runs always with a random start", 'int(case["start"] == "random"))', "1)"),
    ("runs take draws for p-bits only", "per_image = m.S *", "per_image = ceil_div(m.N, m.L) *"),
    ("every run from draw 0", "state, k * per_image)", "state, 0)"),
    # Run.
    ("draw <= half at the start", "int(draw < 1 << (m.B - 1))", "int(draw <= 1 << (m.B - 1))"),
    ("start without clamps", "self.clamp.get(i, int(draw < 1 << (m.B - 1)))", "int(draw < 1 << (m.B - 1))"),
    ("sweeps without clamps", "self.clamp.get(i, up)", "up"),
    ("clamps in replica 0 only", "self.clamp.get(i, up)", "(self.clamp if replica == 0 else {}).get(i, up)"),
    ("clamps act on hosts' spins at once", "    def start(self):\n        m = self.m\n", "    def start(self):\n        m = self.m\n        for of_replica in self.spins:\n            for i, value in self.clamp.items():\n                of_replica[i] = value\n"),
    ("colors in reverse", "for color in range(self.m.C):\n                self.update_color", "for color in reversed(range(self.m.C)):\n                self.update_color"),
    ("starts down instead of random", 'if self.case["start"] == "random":', 'if self.case["start"] == "never":'),
    ("keep keeps nothing", 'if case["start"] == "keep":', 'if case["start"] == "never":'),
    ("burn-in one short", "since > burn_in)", "since >= burn_in)"),
    ("burn-in one long", "since > burn_in)", "since > burn_in + 1)"),
    ("burn-in counts from the run's start", "since > burn_in)", "sweep > burn_in)"),
    ("one sweep more", "if since == burn_in + retained:", "if since > burn_in + retained:"),
    ("readouts exchanged", "self.image.schedule[2] == 1 else", "self.image.schedule[2] == 0 else"),
    ("sums of bits", "else 2 * spin - 1\n", "else spin\n"),
    ("only replica 0 is read", "            if retain:\n", "            if retain and replica == 0:\n"),
    ("ties go up", "int(last >= 0) if total == 0", "1 if total == 0"),
    ("ties go down", "int(last >= 0) if total == 0", "0 if total == 0"),
    ("a tie's last value of 0 goes down", "int(last >= 0)", "int(last > 0)"),
    ("ties against the last value", "int(last >= 0)", "int(last <= 0)"),
    ("signs exchanged", "else int(total > 0)", "else int(total < 0)"),
    # Swap.
    ("swap one sweep late", "swap[0] <= sweep:", "swap[0] <= sweep - 1:"),
    ("swap one sweep early", "swap[0] <= sweep:", "swap[0] <= sweep + 1:"),
    ("swap keeps the couplings", "_, self.image, self.bias_set = swap", "J, (_, self.image, self.bias_set) = self.image.J, swap\n                self.image.J = J"),
    ("swap keeps the tables' schedule", "_, self.image, self.bias_set = swap", "betas, (_, self.image, self.bias_set) = self.image.betas, swap\n                self.image.betas = betas"),
    ("swap keeps the biases", "_, self.image, self.bias_set = swap", "sets, (_, self.image, _) = self.image.bias_sets, swap\n                self.image.bias_sets = sets"),
    ("swap keeps the schedule", "_, self.image, self.bias_set = swap", "old, (_, self.image, self.bias_set) = self.image.schedule, swap\n                self.image.schedule = old"),
    ("swap keeps the sums", "swap, since = None, 0\n                self.clear()", "swap, since = None, 0"),
    ("swap keeps burn-in's count", "swap, since = None, 0\n", "swap = None\n"),
    # Load streams and images.
    ("edges by their second p-bit", "self.edges = sorted((i, j) for i, taps in enumerate(self.neighbors) for j in taps if j is not None and i < j)", "self.edges = sorted(((i, j) for i, taps in enumerate(self.neighbors) for j in taps if j is not None and i < j), key=lambda e: e[::-1])"),
    ("taps without their empty ones", "taps = [] if i is None else m.neighbors[i]\n", "taps = [] if i is None else [j for j in m.neighbors[i] if j is not None]\n"),
    ("slots before lanes in couplings", "        for lane in range(m.L):\n            for slot in range(m.S):\n", "        for lane, slot in [(lane, slot) for slot in range(m.S) for lane in range(m.L)]:\n            if True:\n"),
    ("slots before lanes in biases", "for lane in range(m.L) for slot in range(m.room_slots)]", "for slot in range(m.room_slots) for lane in range(m.L)]"),
    ("weights from the word's top", "<< (k * m.weight_bits)\n", "<< ((m.group - 1 - k) * m.weight_bits)\n"),
    ("every lane has the most groups", "for g in range(m.groups[lane]):", "for g in range(max(m.groups)):"),
    ("tables before the beta schedule", "        stream = list(self.schedule)\n", "        stream = list(self.schedule) + self.table_stream() + [0] * (len(self.betas) and 1)\n"),
    # Addressed machines.
    ("identity without the degree", ', "degree=%d" % self.degree]', "]"),
    ("edges with the larger p-bit first", "[(word & 0xFFFF, word >> 16) for", "[(word >> 16, word & 0xFFFF) for"),
    ("rows without the end of slots", "ends[0] + 2 * ends[1]", "2 * ends[1]"),
    ("rows without the end of colors", "ends[0] + 2 * ends[1]", "ends[0]"),
    ("rows without the end of the sweep", " + 4 * ends[2])", ")"),
    ("rows not in use end everything", "words += [0] *", "words += [7] *"),
    ("rows behind their taps", "                stream.append(words[row])\n", ""),
    ("taps by p-bit", "1 << 13 | own_slot * m.L + own_lane for", "1 << 13 | m.p_bit_at[own_lane, own_slot] for"),
    ("taps without a mark", "1 << 13 | own_slot", "own_slot"),
    ("every row from the first tap", "[first : first + m.taps]", "[: m.taps]"),
    ("neighbors in reverse", "for own in range(n)]\n", "for own in range(n)]\n        lists = [taps[::-1] for taps in lists]\n"),
    ("biases of the slots in use", "for slot in range(m.room_slots)]", "for slot in range(m.S)]"),
    # Energies.
    ("identity without energies", '["energy=1"] if self.energy else []', "[]"),
    ("energy of replica 0", "for up in self.spins[replica]]", "for up in self.spins[0]]"),
    ("energy without the couplings' shift", '(J[i, j] * s[i] * s[j]) << m.shifts["coupling"]', "J[i, j] * s[i] * s[j]"),
    ("energy without the biases' shift", '(h * s[i]) << m.shifts["bias"]', "h * s[i]"),
    ("energy with the other sign", "return -pairs - biases", "return pairs + biases"),
    ("couplings twice", "return -pairs - biases", "return -2 * pairs - biases"),
    ("the last of the best states", "energy < self.best[r][0]", "energy <= self.best[r][0]"),
    ("best states last over a swap", "self.best = [None] * self.m.R", 'self.best = getattr(self, "best", [None] * self.m.R)'),
    # Ladders.
    ("identity without ladders", '["ladder=1"] if self.ladder else []', "[]"),
    ("ladders not in the streams", " + self.ladder_words\n", "\n"),
    ("rungs of all places", "self.order.index(replica) % self.m.tables]", "min(self.order.index(replica), self.m.tables - 1)]"),
    ("rungs of replicas that stay", "self.order.index(replica) % self.m.tables]", "replica % self.m.tables]"),
    ("exchanges after every sweep", "if every == 0 or since % every != 0:", "if every == 0:"),
    ("exchanges count the run's sweeps", "self.exchanges(sweep, since)", "self.exchanges(sweep, sweep)"),
    ("odd rungs first", "c = (since // every + 1) % 2", "c = (since // every) % 2"),
    ("all rungs at once", "if k % 2 != c or k == m.tables - 1:", "if k == m.tables - 1:"),
    ("ladders grow together", "k % 2 != c or k == m.tables - 1:", "k % 2 != c or p == m.R - 1:\n                continue\n            k = min(k, m.tables - 2)\n            if False:"),
    ("the other difference", "d = self.energy(lower) - self.energy(upper)", "d = self.energy(upper) - self.energy(lower)"),
    ("draws only where they are needed", "draws = [self.lanes.draw(m.L) for _ in range(m.X)]", "draws = [self.lanes.draw(m.L) if d > 0 and d >> b & 1 else 0 for b in range(m.X)]"),
    ("draws of lane 0", "self.lanes.draw(m.L)", "self.lanes.draw(0)"),
    ("draw <= threshold in exchanges", "draws[b] < self.image.t[k][b]", "draws[b] <= self.image.t[k][b]"),
    ("thresholds of rung 0", "self.image.t[k][b]", "self.image.t[0][b]"),
    ("equal energies are not exchanged", "d <= 0 or all", "d < 0 or d and all"),
    ("every exchange is made", "made = d <= 0 or all", "made = True or all"),
    ("exchanges need no draws", "made = d <= 0 or all", "made = d <= 0 and all"),
    ("every run from the first exchange's draw", "pairs_before * m.X)", "0)"),
    ("places do not last", "run.emit_exchange, run.order = emit_exchange, list(order_before)", "run.emit_exchange = emit_exchange"),
    ("exchanges after a swap too", "            elif self.m.ladder:\n", "            if self.m.ladder:\n"),
    # Trace.
    ("p-bits of a color in the order of their slots", "return [i for i in range(self.N) if self.color[i] == color]", "return sorted((i for i in range(self.N) if self.color[i] == color), key=lambda i: self.placement[i][::-1])"),
    ("host spins in reverse", "spins_before = [bits_of(text, m.N) for", "spins_before = [bits_of(text, m.N)[::-1] for"),
]


def main():
    folders = sys.argv[1:]
    if not folders:
        sys.exit("give the golden folders")
    with open(SOURCE, encoding="utf-8") as file:
        source = file.read()
    difference = noticed_by(execute(source, {}), folders)
    if difference:
        sys.exit("without any error: " + difference)
    faults = []
    for name, text, instead in ERRORS:
        if source.count(text) != 1:
            faults.append("%s: its text stands in the script %d times" % (name, source.count(text)))
            continue
        try:
            # Errors of ladders are looked for in their cases first: it saves most of the time.
            about = sorted(folders, key=lambda folder: "ladder" not in folder) if LADDERS.search(name) else folders
            difference = noticed_by(execute(source.replace(text, instead), {}), about)
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
