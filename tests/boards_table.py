#!/usr/bin/env python3
"""Clocks and areas of the examples on boards, by place and route: one Markdown table.

    python3 tests/boards_table.py SPINWRIGHT OUT [MACHINE@BOARD ...]

SPINWRIGHT is the program, OUT a folder for the runs; what lies there from an earlier call is used again. The tools of the boards' flows have
to be on the search path (docs/boards.md). Place and route of all rows takes hours on a slow machine: name those that are wanted.
"""

import json
import subprocess
import sys
from pathlib import Path

# Machine, board, clock plan in Hz (None: the board's), sweeps of an image over blocks.
ROWS = [
    ("digits", "hx8k", None, 8),
    ("mnist_ice40", "hx8k", None, 8),
    ("mnist_ice40", "icebreaker", None, 8),
    ("digits", "ulx3s_25f", 100_000_000, 8),
    ("mnist_conv", "ulx3s_85f", 100_000_000, 8),
    ("digits", "tang_nano_9k", None, 8),
    ("digits", "tang_nano_20k", None, 8),
]


def report(program, out, machine, board, clock, sweeps):
    """The report of one run, made now or earlier."""
    folder = out / f"{machine}-{board}"
    file = folder / "report.json"
    if not file.exists():
        command = [program, "synth", f"examples/{machine}", "--board", board, "--sweeps", str(sweeps), "--out", folder]
        if clock:
            command += ["--clock", str(clock)]
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=False)
        # 1: it does not fit or misses the plan, and the report says so.
        if ran.returncode not in (0, 1) or not file.exists():
            sys.exit(f"error: {machine} on {board} ended with {ran.returncode}")
    return json.loads(file.read_text())


def line(r):
    """One row of the table."""
    used = ", ".join(
        f"{u['used']:,} of {u['available']:,} {u['resource']}"
        for u in r["utilization"]
        if u["resource"] in ("ICESTORM_LC", "ICESTORM_RAM", "TRELLIS_COMB", "TRELLIS_SLICE", "DP16KD", "LUT4", "BSRAM")
    )
    reached, speed = r["clock"]["reached"], r["speed"]
    if not reached:
        return f"| `{r['machine']}` | {r['board']} | does not fit: {r['limits']} | | | | |"
    hz = reached["hz"]
    images = hz / speed["clocks_per_image"]
    return (
        f"| `{r['machine']}` | {r['board']} | {used} | {hz / 1e6:.1f} | {r['clock']['plan_hz'] / 1e6:g} {'met' if r['clock']['met'] else 'missed'} "
        f"| {speed['clocks_per_image']:,} at {speed['sweeps_per_image']} sweeps | {images:,.0f}; port {1 / speed['port_seconds_per_image']:,.0f} |"
    )


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, out, wanted = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    names = [f"{machine}@{board}" for machine, board, _, _ in ROWS]
    if unknown := [name for name in wanted if name not in names]:
        sys.exit(f"error: no row is named {', '.join(unknown)}; there are {', '.join(names)}")
    rows = [row for row, name in zip(ROWS, names) if not wanted or name in wanted]
    print("| machine | board | used | MHz reached | plan, MHz | clocks of an image | images per second at the reached clock; over the UART |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(line(report(program, out, *row)), flush=True)


if __name__ == "__main__":
    main()
