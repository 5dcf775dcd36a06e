"""A machine as a host sees it: what its machine.json says, and where its p-bits stand in the register windows."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from . import frames
from .generators import lane_states

Writes = list[tuple[int, list[int]]]


def _bits(spins: Sequence[bool]) -> int:
    return sum(1 << i for i, up in enumerate(spins) if up)


def _words(spins: Sequence[bool]) -> list[int]:
    """Bit b of word w is spin 32 w + b."""
    return [_bits(spins[i : i + 32]) for i in range(0, len(spins), 32)]


def _spins(words: Sequence[int], count: int) -> list[bool]:
    return [bool(words[i // 32] >> (i % 32) & 1) for i in range(count)]


def signed(word: int) -> int:
    """A 32-bit word as a signed number."""
    return word - (1 << 32) if word >> 31 else word


@dataclass
class Energy:
    """What a machine with energies knows of a replica, in steps of the device's fields: 2^-g, g the image's fraction bits."""

    energy: int
    """Of the last state."""
    best_energy: int
    """The lowest after a sweep of the run."""
    best_sweep: int
    """The first sweep that had it."""
    best_spins: list[bool] = field(repr=False)
    """The state after that sweep."""


@dataclass
class Exchanges:
    """What a machine with ladders says of a run."""

    order: list[int]
    """The replica at every place; place p is rung p mod `tables`."""
    tried: list[int]
    """By rung but the last: exchanges with the next one that were tried."""
    made: list[int]
    """Those of them that were made."""


@dataclass
class Result:
    """What a run left."""

    sums: list[int]
    """Readout sums: of the output p-bits, or of all p-bits of a sparse machine."""
    signs: list[bool]
    """Their signs, True = up."""
    spins: list[list[bool]] = field(repr=False)
    """Final spins by replica: of all p-bits of a sparse machine; empty for others."""
    sweeps: int = 0
    """Sweeps of every replica."""
    cycles: int = 0
    """Clocks, modulo 2^32."""
    energies: list[Energy] = field(default_factory=list, repr=False)
    """By replica, of a machine with energies."""
    exchanges: Exchanges | None = None
    """Of a machine with ladders."""


class Machine:
    """Common part of all kinds; `Machine.read` makes the right one."""

    def __init__(self, path: pathlib.Path, config: Mapping[str, Any]) -> None:
        self.path = path
        self.config = dict(config)
        self.name: str = config["name"]
        self.lanes: int = config["lanes"]
        self.replicas: int = config["replicas"]
        self.tables: int = config["tables"]
        self.coupling_banks: int = config["coupling_banks"]
        self.bias_banks: int = config["bias_banks"]
        self.random_source: str = config["random_source"]
        self.energy: bool = config.get("energy", False)
        self.ladder: bool = config.get("ladder", False)

    @staticmethod
    def read(path: str | pathlib.Path) -> Machine:
        """Reads machine.json, or the folder that holds one."""
        file = pathlib.Path(path)
        if file.is_dir():
            file = file / "machine.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        kind = config.get("kind")
        if kind == "wired":
            return WiredMachine(file, config)
        if kind == "layered" and len(config["blocks"]) == 1 and "inputs" in config["blocks"][0]:
            return DenseMachine(file, config)
        raise ValueError(
            f"{file}: this package runs wired machines and layered ones of one dense block; use `spinwright board run` for others"
        )

    @property
    def p_bits(self) -> int:
        """P-bits that can be clamped."""
        raise NotImplementedError

    def setup(
        self,
        *,
        seed: int,
        inputs: Sequence[bool] | None = None,
        clamps: Mapping[int, bool] | None = None,
        table_select: Sequence[int] | None = None,
    ) -> Writes:
        """What is written before a run from a random start, so that it depends on nothing that was there before."""
        held = dict(clamps or {})
        if any(not 0 <= p_bit < self.p_bits for p_bit in held):
            raise ValueError(f"p-bits are 0 to {self.p_bits - 1}")
        if self.ladder and table_select is not None:
            raise ValueError("a replica of a ladder uses the table of its rung: give no table_select")
        tables = list(table_select or [0] * self.replicas)
        if len(tables) != self.replicas or any(not 0 <= table < self.tables for table in tables):
            raise ValueError(f"give {self.replicas} tables of 0 to {self.tables - 1}")
        writes = self._inputs(inputs)
        mask, value = self._clamps(held)
        writes += [(frames.CLAMP_MASK, mask), (frames.CLAMP_VALUE, value), (frames.CONTROL_START_MODE, [0])]
        if not self.ladder:
            writes += [(frames.TABLE_SELECT, tables)]
        # A ladder has a generator of its own, behind those of the lanes.
        return writes + self._seeds(lane_states(self.random_source, self.lanes + self.ladder, seed))

    def _inputs(self, inputs: Sequence[bool] | None) -> Writes:
        raise NotImplementedError

    def _clamps(self, held: Mapping[int, bool]) -> tuple[list[int], list[int]]:
        raise NotImplementedError

    def _seeds(self, states: list[list[int]]) -> Writes:
        raise NotImplementedError

    def windows(self) -> list[tuple[int, int]]:
        """Windows that a result is made of: address and words."""
        raise NotImplementedError

    def result(self, windows: Sequence[Sequence[int]]) -> Result:
        """A result from these windows' words."""
        raise NotImplementedError


class WiredMachine(Machine):
    """A sparse machine whose graph is in its wires; windows go by p-bit id."""

    def __init__(self, path: pathlib.Path, config: Mapping[str, Any]) -> None:
        super().__init__(path, config)
        lists = config["neighbors"]
        self.edges: list[tuple[int, int]] = [
            (i, j) for i, neighbors in enumerate(lists) for j in sorted(n for n in neighbors if n is not None) if i < j
        ]
        self._p_bits = len(lists)
        self._spin_words = -(-self._p_bits // 32)

    @property
    def p_bits(self) -> int:
        return self._p_bits

    def _inputs(self, inputs: Sequence[bool] | None) -> Writes:
        if inputs:
            raise ValueError("a sparse machine has no inputs: clamp p-bits")
        return []

    def _clamps(self, held: Mapping[int, bool]) -> tuple[list[int], list[int]]:
        every = range(self._p_bits)
        return _words([p in held for p in every]), _words([held.get(p, False) for p in every])

    def _seeds(self, states: list[list[int]]) -> Writes:
        return [(frames.SEED, [word for state in states for word in state])]

    def windows(self) -> list[tuple[int, int]]:
        words = self._spin_words
        windows = [(frames.SUMS, self._p_bits), (frames.SIGNS, words), (frames.SPINS, words * self.replicas)]
        if self.energy:
            windows += [(address, self.replicas) for address in (frames.ENERGY, frames.BEST_ENERGY, frames.BEST_SWEEP)]
            windows += [(frames.BEST_SPINS, words * self.replicas)]
        if self.ladder:
            windows += [(frames.LADDER, self.replicas)]
            windows += [(address, self.tables - 1) for address in (frames.LADDER_TRIED, frames.LADDER_MADE)]
        return windows

    def _rows(self, window: Sequence[int]) -> list[list[bool]]:
        words = self._spin_words
        return [_spins(window[r * words : (r + 1) * words], self._p_bits) for r in range(self.replicas)]

    def result(self, windows: Sequence[Sequence[int]]) -> Result:
        sums, signs, spins, *others = windows
        result = Result([signed(word) for word in sums], _spins(signs, self._p_bits), self._rows(spins))
        if self.energy:
            energy, best, sweep, best_spins = others[:4]
            known = zip(energy, best, sweep, self._rows(best_spins))
            result.energies = [Energy(signed(e), signed(b), s, states) for e, b, s, states in known]
        if self.ladder:
            order, tried, made = others[-3:]
            result.exchanges = Exchanges(list(order), list(tried), list(made))
        return result


class DenseMachine(Machine):
    """A layered machine of one dense block: channel c in lane c mod L, slot c div L, outputs after hidden ones."""

    def __init__(self, path: pathlib.Path, config: Mapping[str, Any]) -> None:
        super().__init__(path, config)
        block = config["blocks"][0]
        self.inputs: int = block["inputs"]
        self.hidden: int = block["hidden"]
        self.outputs: int = block["outputs"]
        self.tree_width: int = config["tree_width"]
        self._hidden_slots = -(-self.hidden // self.lanes)
        self._output_slots = -(-self.outputs // self.lanes)

    @property
    def p_bits(self) -> int:
        return self.hidden + self.outputs

    def _inputs(self, inputs: Sequence[bool] | None) -> Writes:
        spins = list(inputs or [False] * self.inputs)
        if len(spins) != self.inputs:
            raise ValueError(f"the machine has {self.inputs} inputs, {len(spins)} were given")
        words: list[int] = []
        padded = -(-self.inputs // self.lanes) * self.lanes
        for first in range(0, padded, self.tree_width):
            source = spins[first : first + self.tree_width]
            for part in range(0, self.tree_width, 32):
                words.append(_bits(source[part : part + 32]))
        return [(frames.INPUT, words)]

    def _place(self, p_bit: int) -> tuple[int, int]:
        """Lane and slot."""
        if p_bit < self.hidden:
            return p_bit % self.lanes, p_bit // self.lanes
        channel = p_bit - self.hidden
        return channel % self.lanes, self._hidden_slots + channel // self.lanes

    def _clamps(self, held: Mapping[int, bool]) -> tuple[list[int], list[int]]:
        slots = self._hidden_slots + self._output_slots
        mask, value = [0] * slots, [0] * slots
        for p_bit, up in held.items():
            lane, slot = self._place(p_bit)
            mask[slot] |= 1 << lane
            value[slot] |= int(up) << lane
        return mask, value

    def _seeds(self, states: list[list[int]]) -> Writes:
        return [(frames.SEED + 4 * lane, state) for lane, state in enumerate(states)]

    def windows(self) -> list[tuple[int, int]]:
        return [(frames.SUMS, self._output_slots * self.lanes), (frames.SIGNS, self._output_slots)]

    def result(self, windows: Sequence[Sequence[int]]) -> Result:
        sums, signs = windows
        each = range(self.outputs)
        return Result(
            [signed(sums[c]) for c in each],
            [bool(signs[c // self.lanes] >> (c % self.lanes) & 1) for c in each],
            [],
        )
