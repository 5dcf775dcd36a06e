"""The bars on MNIST: runs the program as a user does and compares its JSON with what the project promises.

    python3 tests/mnist_bars.py PROGRAM MNIST_FOLDER WORK_FOLDER

Prints every measured number and ends with exit code 1 when a bar is missed.
"""

import json
import os

from bars import bar, data, finish, run, work

for readout, sweeps in (("spin", 186), ("field", 8)):
    r = run("evaluate", "examples/mnist", "--data", data, "--split", "test", "--readout", readout, "--sweeps", str(sweeps))
    name = f"{readout} readout: {100 * r['accuracy']:.2f} % at {r['sweeps']} sweeps"
    bar(f"{name}, at least 96.5 % at {sweeps} or fewer", r["accuracy"] >= 0.965 and r["sweeps"] <= sweeps)
    bar(f"all {r['images']} test images, start {r['start']}", r["images"] == 10_000 and r["start"] == "random")
    bar(f"{r['weights']} weights of {r['weight_bits']} bits", r["weights"] <= 80_000 and r["weight_bits"] <= 8)
    control = f"control {100 * r['control_accuracy']:.2f} %"
    bar(f"{name}, at least 1 point above the {control}", r["accuracy"] >= r["control_accuracy"] + 0.01)

machine = json.load(open("examples/mnist/machine.json"))
bar(f"{machine['lanes']} lanes, {machine['replicas']} replicas", machine["lanes"] >= 8 and machine["replicas"] >= 4)
p_bits = sum(machine["blocks"][0][key] for key in ("hidden", "outputs"))
for readout, retained in (("spin", 46), ("field", 2)):
    image = os.path.join(work, f"mnist_{readout}.image")
    run("compile", "examples/mnist", "--readout", readout, "--retained", str(retained), "--out", image)
    r = run("verify", "examples/mnist", "--image", image, "--data", data, "--images", "200")
    expected = 200 * p_bits * machine["replicas"] * retained
    bar(f"{r['updates_compared']} updates on 200 test images, {readout} readout", r["updates_compared"] == expected)
    bar(f"{r['divergences']} divergences", r["divergences"] == 0)

finish()
