"""The Python package on a board (a simulated one): every answer is the reference's, also on a bad line; the dimod sampler samples.

Arguments: kind, port, machine.json, image. SPINWRIGHT names the program.
"""

import itertools
import json
import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "examples" / "python"))

from spinwright import Board, BoardError, Machine, Refused, SerialLine, Stream, compile_ising, frames, streams  # noqa: E402
from spinwright.compiler import spinwright  # noqa: E402

kind, port, machine_file, image = sys.argv[1:]
machine = Machine.read(machine_file)


def spins_of(text, count):
    return [bool(int(text, 16) >> i & 1) for i in range(count)]


def reference(seed, *options):
    """Sums and signs of the bit-exact reference, and what it knows of energies and exchanges."""
    arguments = ["run", machine_file, "--image", image, "--seed", str(seed), *options, "--json"]
    result = json.loads(spinwright(*arguments))["results"][0]
    known = [(e["best_sweep"], spins_of(e["best_spins"], len(result["sums"]))) for e in result.get("energies", [])]
    exchanges = result.get("exchanges")
    return result["sums"], spins_of(result["signs"], len(result["sums"])), known, exchanges


def told(result):
    """The same of a board."""
    known = [(energy.best_sweep, energy.best_spins) for energy in result.energies]
    exchanges = None if result.exchanges is None else vars(result.exchanges)
    return result.sums, result.signs, known, exchanges


class BadLine:
    """Loses, doubles and damages a character now and then, in both directions."""

    def __init__(self, line, one_in):
        self.line, self.one_in, self.dice, self.faults = line, one_in, random.Random(5), 0

    def spoil(self, data):
        out = bytearray()
        for byte in data:
            if self.dice.randrange(self.one_in):
                out.append(byte)
                continue
            self.faults += 1
            out += (b"", bytes([byte, byte]), bytes([byte ^ 1 << self.dice.randrange(8)]))[self.dice.randrange(3)]
        return bytes(out)

    def send(self, data):
        self.line.send(self.spoil(data))

    def receive(self, count):
        data = self.spoil(self.line.receive(count))
        return data[:count] if len(data) >= count else data + self.line.receive(count - len(data))

    def drain(self, characters):
        self.line.drain(characters)


def same_as_the_reference(board):
    for seed in (1, 2**64 - 5):
        result = board.run(machine, machine.setup(seed=seed))
        assert told(result) == reference(seed), f"seed {seed} differs"
    if kind == "ladder":
        assert result.energies and result.exchanges and sum(result.exchanges.tried) > 0
        return
    tables = [r % machine.tables for r in range(machine.replicas)]
    held = {0: True, machine.p_bits - 1: False}
    inputs = [i % 3 == 0 for i in range(machine.inputs)] if kind == "layered" else None
    result = board.run(machine, machine.setup(seed=9, clamps=held, table_select=tables, inputs=inputs))
    options = ["--clamp", f"0=1,{machine.p_bits - 1}=0", "--table-select", ",".join(map(str, tables))]
    if inputs:
        file = pathlib.Path("python.inputs")
        file.write_text(format(sum(up << i for i, up in enumerate(inputs)), f"0{-(-len(inputs) // 4)}x") + "\n")
        options += ["--inputs", str(file)]
    assert told(result) == reference(9, *options), "a run with clamps, tables and inputs differs"


def main():
    line = SerialLine(port, timeout=0.4)
    board = Board(line)
    identity = board.identify(machine)
    made = streams(machine, image)
    assert made.machine_hash.startswith(f"{identity.id:016x}")
    print("banks", board.load_model(machine, made.couplings, made.biases[0]))
    same_as_the_reference(board)

    # An image of another machine is refused by the board, and destroys nothing.
    before = board.status()
    wrong = Stream(1, made.biases[0].crc, made.biases[0].words, identity.id ^ 1)
    try:
        board.load(wrong, 1 - before.active[1])
        raise AssertionError("the hash of another machine was accepted")
    except Refused as refused:
        assert "BadHash" in str(refused), refused
    assert board.status() == before

    # An upload that breaks off is taken up again where it ended.
    seen = []

    def stop(done, total):
        if done >= frames.LOAD_WORDS:
            raise KeyboardInterrupt

    bank = (before.active[0] + 1) % machine.coupling_banks
    try:
        board.load(made.couplings, bank, stop)
        raise AssertionError("it was not broken off")
    except KeyboardInterrupt:
        pass
    Board(line).load(made.couplings, bank, lambda done, total: seen.append(done))
    assert seen[0] == frames.LOAD_WORDS and seen[-1] == len(made.couplings.words), seen

    # A bad line: whatever is accepted is right.
    bad = BadLine(SerialLine(port, timeout=0.05), 300)
    right = errors = 0
    for seed in range(1, 5):
        try:
            result = Board(bad, attempts=8).run(machine, machine.setup(seed=seed))
            assert told(result) == reference(seed), f"a wrong answer was accepted, seed {seed}"
            right += 1
        except BoardError as error:
            errors += 1
            print("error:", error)
    assert bad.faults > 0 and right > 0, (bad.faults, right, errors)
    print(f"{bad.faults} faults, {right} right answers, {errors} errors, 0 wrong answers")
    board = Board(line)

    if kind == "wired":
        sample(board, {"beta": 1.0})
    if kind == "ladder":
        betas = [0.25 + 0.75 * k / (machine.tables - 1) for k in range(machine.tables)]
        sample(board, {"beta": betas, "every": 1})
    print("all is well")


def sample(board, how):
    """Means of sampled energies against the enumerated ones at beta 1, a ladder's last rung."""
    import dimod

    from spinwright.sampler import BoardSampler

    sampler = BoardSampler(board, machine)
    dice = random.Random(2)
    h = {i: dice.choice((-0.5, 0.0, 0.25)) for i in range(machine.p_bits)}
    J = {edge: dice.choice((-0.5, 0.5)) for edge in machine.edges}
    beta, reads = 1.0, 120
    samples = sampler.sample_ising(h, J, num_reads=reads, sweeps=30, seed=4, **how)
    model = dimod.BinaryQuadraticModel.from_ising(h, J)
    assert len(samples.record) == reads and samples.vartype is dimod.SPIN
    assert abs(model.energies(samples.samples(sorted_by=None)) - samples.record.energy).max() < 1e-9
    exact = total = square = 0.0
    for spins in itertools.product((-1, 1), repeat=machine.p_bits):
        energy = sum(h[i] * spins[i] for i in h) + sum(b * spins[i] * spins[j] for (i, j), b in J.items())
        weight = math.exp(-beta * energy)
        total, exact, square = total + weight, exact + weight * energy, square + weight * energy * energy
    exact /= total
    error = math.sqrt((square / total - exact * exact) / reads)
    mean = float(samples.record.energy.mean())
    print(f"mean energy {mean:.3f}, exact {exact:.3f} +- {error:.3f}")
    assert abs(mean - exact) < 4.5 * error, "the sampler samples something else"
    again = sampler.sample_ising(h, J, num_reads=reads, sweeps=30, seed=4, **how)
    assert (again.record.sample == samples.record.sample).all(), "the same seed, the same states"
    if machine.energy:
        best = sampler.sample_ising(h, J, num_reads=machine.replicas, sweeps=30, seed=4, best=True, **how)
        ground = min(model.energy(dict(enumerate(spins))) for spins in itertools.product((-1, 1), repeat=machine.p_bits))
        assert abs(best.record.energy.min() - ground) < 1e-9, (best.record.energy, ground)
    try:
        sampler.sample_ising({}, {(0, machine.p_bits): 1.0})
        raise AssertionError("a variable that the machine has not was accepted")
    except ValueError:
        pass
    absent = next(pair for pair in itertools.combinations(range(machine.p_bits), 2) if pair not in set(machine.edges))
    try:
        compile_ising(machine, {}, {absent: 1.0})
        raise AssertionError("a coupling that the machine has not was accepted")
    except ValueError as error:
        assert "no coupling" in str(error)


main()
