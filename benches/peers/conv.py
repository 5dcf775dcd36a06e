#!/usr/bin/env python3
"""C32 and the training of the 98.4 % model: Spinwright beside PyTorch, CPU seconds and their ratios.

    cargo build --release --workspace --examples
    /usr/bin/python3 benches/peers/conv.py [--data DIR] [--paths amx,avx512,avx2] [--images 10000] [--steps 215]

One thread each, so that waiting threads cost nobody anything and a busy machine changes little. `--data DIR` (MNIST) adds training: ours runs
the whole recipe, PyTorch `--steps` steps of each phase, scaled. Exit code 1 when the mean spins of the two programs differ or ours is the slower.
"""
import argparse, json, os, pathlib, resource, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
ONE_THREAD = dict(os.environ, OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1")


def run(*command, **environment):
    done = subprocess.run([str(c) for c in command], env=ONE_THREAD | environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed\n  help: cargo build --release --workspace --examples; apt-get install python3-torch")
    return json.loads(done.stdout.strip().splitlines()[-1])


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def evaluation(images, paths):
    torch = run("/usr/bin/python3", HERE / "conv_pytorch.py", "--images", images, "--threads", 1)
    print(f"\n{images} pictures from pixels to classes, {torch['sweeps']} sweeps, one thread\n")
    print("| program | CPU s | PyTorch's CPU s over it | mean spin | mean squared average spin |\n|---|---|---|---|---|")
    print(f"| {torch['program']}, {torch['layout']}, {torch['batch']} at a time | {torch['cpu']:.1f} | 1 | {torch['mean_spin']:.4f} | {torch['overlap']:.4f} |")
    good = True
    for path in paths:
        ours = run(BUILT / "examples/peer_spinwright", "C32", images, SPINWRIGHT_PATH=path)
        ratio = torch["cpu"] / ours["cpu"]
        print(f"| {ours['program']} | {ours['cpu']:.2f} | {ratio:.0f} | {ours['mean_spin']:.4f} | {ours['overlap']:.4f} |")
        same = abs(ours["mean_spin"] - torch["mean_spin"]) < 0.001 and abs(ours["overlap"] - torch["overlap"]) < 0.002
        good = good and ratio > 1 and same
    return good


def training(data, steps):
    torch = run("/usr/bin/python3", HERE / "conv_pytorch_train.py", "--data", data, "--steps", steps, "--threads", 1)
    with tempfile.TemporaryDirectory() as out:
        before = children()
        run(BUILT / "spinwright", "train", "--data", data, "--machine", ROOT / "examples/mnist_conv", "--config",
            ROOT / "examples/mnist_conv/recipe.json", "--threads", 1, "--out", out, "--json")
        ours = children() - before
    print("\nTraining examples/mnist_conv, the whole recipe, one thread\n")
    print("| program | CPU s | PyTorch's CPU s over it |\n|---|---|---|")
    print(f"| {torch['program']}, {torch['layout']}, {steps} steps of each phase, scaled | {torch['recipe_cpu']:.0f} | 1 |")
    print(f"| Spinwright, validation and control included | {ours:.0f} | {torch['recipe_cpu'] / ours:.0f} |")
    for phase in torch["phases"]:
        print(f"\nPyTorch, {phase['sweeps']} sweeps, {phase['readout']} readout: {1000 * phase['cpu'] / steps:.0f} CPU ms a step, loss {phase['loss']:.2f} at the end.")
    return torch["recipe_cpu"] > ours


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", help="folder with MNIST's IDX files; adds training")
    ap.add_argument("--images", type=int, default=10_000)
    ap.add_argument("--steps", type=int, default=215)
    ap.add_argument("--paths", default="auto", help="list of amx, avx512, avx2, portable, auto")
    a = ap.parse_args()
    good = evaluation(a.images, a.paths.split(","))
    if a.data:
        good = training(a.data, a.steps) and good
    print(f"\nload average at the end: {os.getloadavg()[0]:.1f}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
