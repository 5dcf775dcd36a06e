"""A dimod sampler on a board with a wired machine."""

from __future__ import annotations

import time
from typing import Any, Hashable, Mapping, Sequence

import dimod
from dimod.core.sampler import Sampler
from dimod.core.structured import Structured

from .board import Board
from .compiler import compile_ising
from .machine import WiredMachine


class BoardSampler(Sampler, Structured):
    """Samples exp(-beta E) of Ising models whose variables and couplings the machine has; variables are p-bit ids.

    Every run starts at random, makes `sweeps` sweeps of every replica and gives one state per replica. A new model goes
    into banks that are not active, then the board swaps. A machine with ladders takes ascending betas, one per rung, and gives one
    state per ladder: that of its last rung. With `best`, a machine with energies gives the best state of every replica instead.
    """

    def __init__(self, board: Board, machine: WiredMachine) -> None:
        self.board, self.machine = board, machine
        self._identity = board.identify(machine)
        self._nodes: list[Hashable] = list(range(machine.p_bits))
        self._loaded: tuple[Any, ...] | None = None

    @property
    def nodelist(self) -> list[Hashable]:
        return self._nodes

    @property
    def edgelist(self) -> list[tuple[Hashable, Hashable]]:
        return [(i, j) for i, j in self.machine.edges]

    @property
    def parameters(self) -> dict[str, list[str]]:
        return {name: [] for name in ("num_reads", "sweeps", "beta", "seed", "saturate", "every", "best")}

    @property
    def properties(self) -> dict[str, Any]:
        return {"machine": self.machine.name, "id": f"{self._identity.id:016x}", "replicas": self.machine.replicas}

    def sample_ising(
        self,
        h: Mapping[int, float] | list[float],
        J: Mapping[tuple[int, int], float],
        *,
        num_reads: int = 1,
        sweeps: int = 100,
        beta: float | Sequence[float] = 1.0,
        seed: int = 1,
        saturate: bool = False,
        every: int | None = None,
        best: bool = False,
        **_: Any,
    ) -> Any:
        """`num_reads` independent states; `seed` decides them together with the model."""
        fields = dict(enumerate(h)) if isinstance(h, list) else dict(h)
        variables = sorted({*fields, *(p_bit for pair in J for p_bit in pair)})
        if any(v not in range(self.machine.p_bits) for v in variables):
            raise ValueError(f"variables are the p-bits 0 to {self.machine.p_bits - 1}; map the model to them first")
        if num_reads < 1 or sweeps < 1:
            raise ValueError("num_reads and sweeps are at least 1")
        if best and not self.machine.energy:
            raise ValueError("this machine keeps no best states: they need the key `energy` in machine.json")
        betas = (float(beta),) if isinstance(beta, (int, float)) else tuple(map(float, beta))
        key = (tuple(sorted(fields.items())), tuple(sorted(J.items())), betas, sweeps, saturate, every)
        if key != self._loaded:
            self._load(fields, J, betas, sweeps, saturate, every)
            self._loaded = key
        rows: list[list[int]] = []
        begun = time.perf_counter()
        ladder = self.machine.ladder and not best
        runs = -(-num_reads // (self.machine.replicas // (self.machine.tables if ladder else 1)))
        for k in range(runs):
            result = self.board.run(self.machine, self.machine.setup(seed=seed * runs + k))
            states = [known.best_spins for known in result.energies] if best else result.spins
            if ladder and result.exchanges is not None:
                last = self.machine.tables - 1
                states = [states[replica] for replica in result.exchanges.order[last :: self.machine.tables]]
            rows += [[1 if spins[v] else -1 for v in variables] for spins in states]
        model = dimod.BinaryQuadraticModel.from_ising(fields, dict(J))
        # A variable with a coupling and no bias is part of the model too.
        info = {"runs": runs, "seconds": time.perf_counter() - begun}
        from_samples: Any = dimod.SampleSet.from_samples_bqm
        return from_samples((rows[:num_reads], variables), model, info=info)

    def _load(
        self,
        h: Mapping[int, float],
        J: Mapping[tuple[int, int], float],
        betas: tuple[float, ...],
        sweeps: int,
        saturate: bool,
        every: int | None,
    ) -> None:
        made = compile_ising(
            self.machine, h, J, beta=betas, burn_in=sweeps - 1, retained=1, saturate=saturate, every=every
        )
        if int(made.machine_hash[:16], 16) != self._identity.id:
            raise ValueError(f"the board is not the machine {self.machine.name}: their hashes differ")
        self._loaded = None
        self.board.load_model(self.machine, made.couplings, made.biases[0])
