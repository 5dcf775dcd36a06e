#!/usr/bin/env python3
"""Clocks and areas of the examples on boards, by place and route: one Markdown table.

    python3 tests/boards_table.py SPINWRIGHT OUT [ROW ...]

SPINWRIGHT is the program, OUT a folder for the runs; what lies there from an earlier call is used again. The tools of the boards' flows have
to be on the search path (docs/boards.md). Place and route of all rows takes an hour on two free cores: name the rows that are wanted, as
MACHINE@BOARD, the names of the table. Exit code 1 when a row misses its clock plan, does not fit, or is slower than its bar.
"""

import json
import subprocess
import sys
from pathlib import Path

# Board, clock plan in Hz (the bars of 60, 24 and 100 MHz; None: the board's own).
HX8K, UP5K = ("hx8k", 60_000_000), ("icebreaker", 24_000_000)
ECP5_25F, ECP5_85F = ("ulx3s_25f", 100_000_000), ("ulx3s_85f", 100_000_000)
GW1NR_9, GW2AR_18 = ("tang_nano_9k", None), ("tang_nano_20k", None)
CHIPS = [HX8K, UP5K, ECP5_25F, ECP5_85F, GW1NR_9, GW2AR_18]

# What 100 MHz on an ECP5 needs: a register stage behind every level of the adder tree, and on layered machines one behind the weights.
DEEP = {"timing": {"tree_levels_per_stage": 1}}
DEEPER = {"timing": {"tree_levels_per_stage": 1, "weight_register": True}}

# Machine, keys of machine.json that differ from the example's, board, images per second that the bar asks for.
ROWS = (
    [("digits", DEEPER if chip in (ECP5_25F, ECP5_85F) else {}, chip, None) for chip in CHIPS if chip is not UP5K]
    + [("mnist_up5k", {}, UP5K, 100)]
    + [("lattice", DEEP if chip in (ECP5_25F, ECP5_85F) else {}, chip, None) for chip in CHIPS]
    + [("mnist_conv", DEEPER, ("ulx3s_85f", None), 2_000), ("mnist_ice40", {}, HX8K, 100)]
)
# Resources of the chips that are told.
TOLD = ("ICESTORM_LC", "ICESTORM_RAM", "TRELLIS_COMB", "TRELLIS_SLICE", "DP16KD", "LUT4", "BSRAM")


def report(program, out, machine, changed, board, clock):
    """The report of one run, made now or earlier."""
    folder = out / f"{machine}-{board}"
    file = folder / "report.json"
    if not file.exists():
        source = Path(f"examples/{machine}/machine.json")
        if changed:
            config = json.loads(source.read_text())
            config.update(changed)
            source = out / f"{machine}-{board}.json"
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(json.dumps(config))
        # The first of eight seeds that meets the plan.
        command = [program, "synth", source, "--board", board, "--seeds", "8", "--out", folder]
        if clock:
            command += ["--clock", str(clock)]
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=False)
        # 1: it does not fit or misses the plan, and the report says so.
        if ran.returncode not in (0, 1) or not file.exists():
            sys.exit(f"error: {machine} on {board} ended with {ran.returncode}")
    return json.loads(file.read_text())


def line(r, bar):
    """One row of the table, and whether it is as it should be."""
    used = ", ".join(
        f"{u['used']:,} of {u['available']:,} {u['resource']}" for u in r["utilization"] if u["resource"] in TOLD
    )
    reached, speed = r["clock"]["reached"], r["speed"]
    if not reached:
        return f"| `{r['machine']}` | {r['board']} | does not fit: {r['limits']} | | | |", False
    ok, plan = r["clock"]["met"], r["clock"]["plan_hz"]
    clock = f"{reached['hz'] / 1e6:.1f}; {plan / 1e6:g} {'met' if ok else 'missed'}"
    told = f"{speed['updates_per_second'] / 1e6:,.1f} M updates per second"
    if "clocks_per_image" in speed:
        told += f"; {speed['clocks_per_image']:,} clocks an image, {speed['images_per_second']:,.0f} per second, over UART {1 / speed['port_seconds_per_image']:,.0f}, SPI {1 / speed['spi_seconds_per_image']:,.0f}"
        ok = ok and (bar is None or speed["images_per_second"] >= bar)
    return f"| `{r['machine']}` | {r['board']} | {used} | {clock} | {told} | {r['bitstream'] or 'none'} |", ok


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, out, wanted = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3:]
    names = [f"{machine}@{board}" for machine, _, (board, _), _ in ROWS]
    if unknown := [name for name in wanted if name not in names]:
        sys.exit(f"error: no row is named {', '.join(unknown)}; there are {', '.join(names)}")
    print("| machine | board | used | MHz reached; plan | speed at the plan's clock, 8 sweeps an image | bitstream |")
    print("|---|---|---|---|---|---|")
    good = True
    for (machine, changed, (board, clock), bar), name in zip(ROWS, names):
        if not wanted or name in wanted:
            text, ok = line(report(program, out, machine, changed, board, clock), bar)
            print(text, flush=True)
            good &= ok
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
