"""The bars of the convolutional models on MNIST, and their machines in Verilator beside the reference.

    python3 tests/conv_bars.py PROGRAM MNIST_FOLDER WORK_FOLDER

Prints every measured number and ends with exit code 1 when a bar is missed.
"""

import json
import os

from bars import bar, data, finish, run, work

# Model, readout, sweeps over all blocks, least accuracy in percent.
accuracies = (
    ("mnist_conv", "spin", 32, 98.4),
    ("mnist_conv", "spin", 8, 98.2),
    ("mnist_conv", "field", 4, 98.4),
    ("mnist_thin", "spin", 16, 98.0),
    ("mnist_ice40", "field", 8, 97.8),
)
for model, readout, sweeps, least in accuracies:
    r = run("evaluate", f"examples/{model}", "--data", data, "--readout", readout, "--sweeps", str(sweeps))
    name = f"{model}, {readout} readout: {100 * r['accuracy']:.2f} % at {r['sweeps']} sweeps"
    bar(f"{name}, at least {least} % at {sweeps} or fewer", 100 * r["accuracy"] >= least and r["sweeps"] <= sweeps)
    bar(f"all {r['images']} test images, start {r['start']}", r["images"] == 10_000 and r["start"] == "random")
    if model == "mnist_conv":
        bar(f"{r['parameters']} parameters, weights of {r['weight_bits']} bits", r["parameters"] <= 40_000 and r["weight_bits"] <= 4)
    if model in ("mnist_conv", "mnist_thin"):
        control = r["control_accuracy"]
        bar(f"{name}, at least 0.8 points above the control, {100 * control:.2f} %", r["accuracy"] >= control + 0.008)
    if model == "mnist_thin":
        bar("the control of mnist_thin stays below 93 %", r["control_accuracy"] < 0.93)

for model, retained in (("mnist_conv", 8), ("mnist_thin", 4)):
    machine = json.load(open(f"examples/{model}/machine.json"))
    planes = [block[name] for block in machine["blocks"] for name in ("hidden", "output")]
    p_bits = sum(plane["rows"] * plane["columns"] * plane["channels"] for plane in planes)
    for readout in ("spin", "field"):
        image = os.path.join(work, f"{model}_{readout}.image")
        run("compile", f"examples/{model}", "--readout", readout, "--retained", str(retained), "--out", image)
        r = run("verify", f"examples/{model}", "--image", image, "--data", data, "--images", "100", "--details")
        expected = 100 * p_bits * machine["replicas"] * retained
        bar(f"{model}: {r['updates_compared']} updates on 100 test images, {readout} readout", r["updates_compared"] == expected)
        bar(f"{r['divergences']} divergences", r["divergences"] == 0)
        counts = r["counts"]
        bar(f"{counts['cycle_counts']} cycle counts equal the generator's", counts["cycle_counts"] == 100)
    r = run("verify", f"examples/{model}", "--image", image, "--data", data, "--images", "20", "--uart")
    uart = r["uart"]
    bar(f"{model}: {uart['pictures']} pictures over the UART, {uart['correct']} right, {uart['overlapped']} loaded during runs", uart["pictures"] == 20)
    bar(f"{r['divergences']} divergences", r["divergences"] == 0)

finish()
