"""Images and load streams, by the `spinwright` program: quantization and layout stay in one place."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any, Mapping, NamedTuple, Sequence

from .board import Stream
from .machine import Machine, WiredMachine


class Streams(NamedTuple):
    """The load streams of an image."""

    machine_hash: str
    couplings: Stream
    tables: Stream
    biases: list[Stream]


def program() -> str:
    """The `spinwright` program: `SPINWRIGHT`, else the one on the search path."""
    found = os.environ.get("SPINWRIGHT") or shutil.which("spinwright")
    if not found:
        raise FileNotFoundError("the program `spinwright` is not on the search path; set SPINWRIGHT to where it is")
    return found


def spinwright(*arguments: str) -> str:
    """Runs the program and returns what it prints; `RuntimeError` with its message when it refuses."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"spinwright ended with {done.returncode}")
    return done.stdout


def streams(machine: Machine, image: str | pathlib.Path) -> Streams:
    """The load streams of an image file."""
    value: dict[str, Any] = json.loads(
        spinwright("board", "streams", str(machine.path), "--image", str(image), "--out", "-"))

    machine_id = int(value["machine_hash"][:16], 16)

    def stream(entry: Mapping[str, Any]) -> Stream:
        return Stream(entry["kind"], entry["crc"], entry["words"], machine_id)

    biases = [stream(entry) for entry in value["biases"]]
    return Streams(value["machine_hash"], stream(value["couplings"]), stream(value["tables"]), biases)


def compile_ising(
    machine: WiredMachine,
    h: Mapping[int, float],
    J: Mapping[tuple[int, int], float],
    *,
    beta: float | Sequence[float] = 1.0,
    burn_in: int = 0,
    retained: int = 1,
    saturate: bool = False,
    every: int | None = None,
) -> Streams:
    """Streams of a model in dimod's sign (energy = sum h s + sum J s s) on a machine that has its couplings.

    Weights are scaled by the compiler's choice of fraction bits, rounded to the machine's formats, and refused (or saturated) where they
    do not fit. A machine with several tables takes a list of betas, one per table; `every` is the sweeps between exchanges of a ladder.
    """
    edges = set(machine.edges)
    lines = ["# vartype=SPIN"]
    lines += [f"{i} {i} {float(h.get(i, 0.0))!r}" for i in range(machine.p_bits)]
    couplings: dict[tuple[int, int], float] = {}
    for (i, j), value in J.items():
        pair = (min(i, j), max(i, j))
        if pair not in edges:
            raise ValueError(f"the machine {machine.name} has no coupling between p-bits {i} and {j}")
        couplings[pair] = couplings.get(pair, 0.0) + float(value)
    lines += [f"{i} {j} {value!r}" for (i, j), value in sorted(couplings.items())]
    with tempfile.TemporaryDirectory() as folder:
        graph, image = pathlib.Path(folder, "model.coo"), pathlib.Path(folder, "model.image")
        graph.write_text("\n".join(lines) + "\n", encoding="utf-8")
        betas = [beta] if isinstance(beta, (int, float)) else list(beta)
        options = ["--beta", ",".join(map(str, betas)), "--burn-in", str(burn_in), "--retained", str(retained)]
        options += ["--saturate"] if saturate else []
        options += [] if every is None else ["--every", str(every)]
        spinwright("compile", str(graph), "--machine", str(machine.path), *options, "--out", str(image))
        return streams(machine, image)
