"""Spinwright's boards from Python, over the documented protocol (docs/host.md).

    from spinwright import Board, Machine, streams

    machine = Machine.read("examples/sparse")
    board = Board("/dev/ttyUSB0")
    print(board.identify(machine))
    made = streams(machine, "sparse.image")
    board.load(made.couplings, 0)
    board.load(made.biases[0], 0)
    print(board.run(machine, machine.setup(seed=1)).signs)

`spinwright.sampler.BoardSampler` is a dimod sampler; only that module needs dimod.
"""

from .board import Board, BoardError, Identity, LostState, OutcomeUnknown, Refused, Status, Stream
from .compiler import Streams, compile_ising, streams
from .generators import lane_states
from .line import Line, LineTimeout, SerialLine
from .machine import DenseMachine, Energy, Exchanges, Machine, Result, WiredMachine

__all__ = [
    "Board", "BoardError", "DenseMachine", "Energy", "Exchanges", "Identity", "Line", "LineTimeout", "LostState", "Machine", "OutcomeUnknown",
    "Refused", "Result", "SerialLine", "Status", "Stream", "Streams", "WiredMachine", "compile_ising", "lane_states", "streams",
]
