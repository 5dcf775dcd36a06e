"""Builds a design with Icarus and runs a bench on it: run.py TOP FOLDER BENCH, Verilog files in FOLDER."""

import pathlib
import sys

import cocotb.runner

top, folder, bench = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
here = pathlib.Path(__file__).resolve().parent
runner = cocotb.runner.get_runner("icarus")
runner.build(verilog_sources=sorted(folder.glob("*.v")), hdl_toplevel=top, build_dir=folder / "build", build_args=["-g2005"],
             timescale=("1ns", "1ps"))
sys.path.insert(0, str(here))
results = runner.test(hdl_toplevel=top, test_module=bench, build_dir=folder / "build", test_dir=folder / "build", seed=1)
tests, failed = cocotb.runner.get_results(results)
print(f"{tests} tests, {failed} failed")
sys.exit(1 if failed or not tests else 0)
