# %% [markdown]
# # A board from Python
#
# Run this file cell by cell (VS Code, Jupyter with jupytext), or as a script. It needs a board or a simulated one:
#
#     spinwright simulate examples/sparse --link out/board
#     python examples/python/example.py --port out/board --machine examples/sparse

# %%
import argparse
import sys
import time

parser = argparse.ArgumentParser(description="Load a model into a wired board, sample it, compare with dimod.")
parser.add_argument("--port", required=True, help="serial port, or what `spinwright simulate` prints")
parser.add_argument("--machine", required=True, help="machine.json of a wired machine, or its folder")
parser.add_argument("--baud", type=int, default=1_000_000)
parser.add_argument("--reads", type=int, default=100)
options = parser.parse_args()

from spinwright import Board, Machine, WiredMachine, compile_ising

machine = Machine.read(options.machine)
assert isinstance(machine, WiredMachine), "this example takes a wired machine"
board = Board(options.port, baud=options.baud)
identity = board.identify(machine)
print(f"{machine.name}: ID {identity.id:016x}, {machine.p_bits} p-bits, {len(machine.edges)} couplings")

# %% [markdown]
# ## A model
#
# Couplings of alternating sign on the machine's own graph, a small field on every p-bit; signs as dimod's: low energy is likely.
# Quantization and layout stay in the `spinwright` program.

# %%
h = {i: 0.25 * (-1) ** i for i in range(machine.p_bits)}
J = {(i, j): (-1.0) ** (i + j) for i, j in machine.edges}
made = compile_ising(machine, h, J, beta=0.5, burn_in=4, retained=60)
print("active banks (coupling, bias):", board.load_model(machine, made.couplings, made.biases[0]))

# %% [markdown]
# ## One run
#
# Sums are over the retained sweeps of all replicas; divided by their number they are magnetizations. The same seed gives the same sums.

# %%
result = board.run(machine, machine.setup(seed=7))
again = board.run(machine, machine.setup(seed=7))
assert result.sums == again.sums, "the same seed, the same sums"
means = [total / (60 * machine.replicas) for total in result.sums]
print(f"{result.sweeps} sweeps of {machine.replicas} replicas in {result.cycles} clocks")
print("magnetizations:", " ".join(f"{mean:+.2f}" for mean in means[:8]), "...")

# %% [markdown]
# ## Clamped
#
# A held p-bit keeps its spin; the others sample given it.

# %%
held = board.run(machine, machine.setup(seed=7, clamps={0: True}))
assert held.signs[0] and all(spins[0] for spins in held.spins)
print(f"p-bit 0 held up: its sum is {held.sums[0]}")

# %% [markdown]
# ## As a dimod sampler

# %%
try:
    from spinwright.sampler import BoardSampler
except ImportError:
    sys.exit("dimod is not installed: the rest of this example needs it")

sampler = BoardSampler(board, machine)
begun = time.perf_counter()
samples = sampler.sample_ising(h, J, num_reads=options.reads, sweeps=40, beta=2.0, seed=3)
seconds = time.perf_counter() - begun
best = samples.first
print(f"{len(samples)} samples in {seconds:.1f} s, energies {best.energy:.2f} to {max(samples.record.energy):.2f}")
