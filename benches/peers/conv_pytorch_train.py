#!/usr/bin/env python3
"""Training of the 98.4 % model (examples/mnist_conv) in PyTorch, float32: the same model, recipe, batches and numbers of sweeps.

A user's straightforward program: distortion with affine_grid and grid_sample, sign encoder, K1 and K3 once per picture, then
sampled sweeps of two convolutions with gradients straight through every spin, weights rounded to the machine's grids in
the forward pass, cross-entropy and the magnitude loss, clipping, Adam. `--steps` steps of each phase are timed and scaled to
the recipe's; validation and the control are not counted. One JSON line.
"""
import argparse, gzip, json, pathlib, time
import numpy as np
import torch
import torch.nn.functional as F

CHANNELS, CLASSES, SIDE, DELTA = 32, 10, 7, 0.5
# Largest raw weight, fraction bits; K2 is rounded as delta x K2.
GRIDS = {"encoder": (7, 4), "k1": (7, 4), "k2": (7, 4), "k3": (7, 4), "b1": (127, 4), "b2": (127, 4),
         "decoder": (7, 5), "decoder_bias": (127, 5), "encoder_bias": (127, 5)}
DELTA_SCALED = ("k2", "k3", "b2")


def straight_through(hard, soft):
    """`hard` forward, the gradient of `soft` backward."""
    return soft + (hard - soft).detach()


def sample(field):
    """A spin that is up with probability sigmoid(2 field); gradient of tanh."""
    hard = torch.bernoulli(torch.sigmoid(2 * field.detach())).mul_(2).sub_(1)
    return straight_through(hard, torch.tanh(field))


def sign(values):
    return straight_through(torch.where(values >= 0, 1.0, -1.0), torch.tanh(values))


def initial():
    def normal(*shape):
        return torch.randn(shape) / np.prod(shape[1:]) ** 0.5

    c = CHANNELS
    return {"encoder": normal(c, 1, 7, 7), "encoder_bias": torch.zeros(c), "k1": normal(c, c, 3, 3), "k2": normal(c, c, 3, 3),
            "k3": normal(c, c, 1, 1), "b1": torch.zeros(c), "b2": torch.zeros(c),
            "decoder": normal(CLASSES, c * SIDE * SIDE), "decoder_bias": torch.zeros(CLASSES)}


def rounded(parameters):
    """Every tensor on its grid, times delta where the machine holds it so; gradients go straight through."""
    found = {}
    for name, (largest, fraction) in GRIDS.items():
        value = parameters[name] * DELTA if name in DELTA_SCALED else parameters[name]
        step = 2.0 ** -fraction
        with torch.no_grad():
            raw = (value / step).round_().clamp_(-largest, largest).mul_(step)
        found[name] = straight_through(raw, value)
    return found


def distorted(pictures):
    """Shifts up to a pixel, turns, shears and scales a little; pictures (n, 1, 28, 28) as floats."""
    n = len(pictures)
    around = lambda reach: (2 * torch.rand(n) - 1) * reach
    turn, shear = around(0.04), around(0.06)
    wide, high = 1 + around(0.06), 1 + around(0.06)
    cos, sin, edge = torch.cos(turn), torch.sin(turn), 2 / 28
    rows = [torch.stack([cos / wide, (shear * cos - sin) / wide, around(1.0) * edge], 1),
            torch.stack([sin / high, (shear * sin + cos) / high, around(1.0) * edge], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), pictures.shape, align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False)


def loss_of(parameters, pictures, labels, sweeps, readout, layout):
    w = rounded(parameters)
    # Pixels outside the picture count as 0, which is -255 in units of u.
    u = F.pad((2 * distorted(pictures) - 255) / 256, (2, 2, 2, 2), value=-255 / 256)
    x = sign(F.conv2d(u, w["encoder"], w["encoder_bias"], stride=4)).contiguous(memory_format=layout)
    f1 = F.conv2d(x, w["k1"], w["b1"], padding=1)
    f2 = F.conv2d(x, w["k3"], w["b2"])
    s2 = torch.bernoulli(torch.full_like(f2, 0.5)).mul_(2).sub_(1)
    total = 0
    for _ in range(sweeps):
        s1 = sample(F.conv_transpose2d(s2, w["k2"], padding=1) + f1)
        field = F.conv2d(s1, w["k2"], padding=1) + f2
        s2 = sample(field)
        total = total + (field if readout == "field" else s2)
    mean = total / sweeps
    y = straight_through(torch.where(mean >= 0, 1.0, -1.0), torch.tanh(mean) if readout == "field" else mean)
    scores = F.linear(y.flatten(1), w["decoder"], w["decoder_bias"])
    magnitude = F.relu(1.5 - mean.abs()).square().mean() if readout == "field" else 0
    return F.cross_entropy(scores, labels) + 0.05 * magnitude


def training_pictures(folder):
    """55,000 pictures and labels of a folder with IDX files (plain or .gz), or random ones without a folder."""
    count = 55_000
    if folder is None:
        random = np.random.default_rng(1)
        return random.integers(0, 256, (count, 1, 28, 28), np.uint8), random.integers(0, 10, count)

    def read(name, skip):
        path = pathlib.Path(folder, name)
        data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
        return np.frombuffer(data, np.uint8, offset=skip)

    pictures = read("train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    return pictures[:count], read("train-labels-idx1-ubyte", 8)[:count].astype(np.int64)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", help="folder with MNIST's IDX files; without it random pictures (the same work)")
    ap.add_argument("--recipe", default=pathlib.Path(__file__).parents[2] / "examples/mnist_conv/recipe.json")
    ap.add_argument("--steps", type=int, default=859, help="steps of each phase that are timed; 859 is an epoch")
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    recipe = json.loads(pathlib.Path(a.recipe).read_text())
    pictures, labels = map(torch.tensor, training_pictures(a.data))
    labels, batch = labels.long(), recipe["batch"]
    epoch = len(pictures) // batch

    def run(phase, steps, layout, parameters, optimizer):
        """Timed steps: wall seconds, CPU seconds, mean loss of the last tenth."""
        order, losses = torch.randperm(len(pictures)), []
        wall, cpu = time.perf_counter(), time.process_time()
        for step in range(steps):
            part = order[step % epoch * batch:][:batch]
            loss = loss_of(parameters, pictures[part].float(), labels[part], phase["sweeps"], phase["readout"], layout)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters.values(), recipe["clip"])
            optimizer.step()
            losses.append(loss.item())
        tail = losses[-max(1, steps // 10):]
        return time.perf_counter() - wall, time.process_time() - cpu, sum(tail) / len(tail)

    def fresh(layout):
        parameters = {k: v.contiguous(memory_format=layout) if v.dim() == 4 else v for k, v in initial().items()}
        parameters = {k: v.requires_grad_() for k, v in parameters.items()}
        return parameters, torch.optim.Adam(parameters.values(), lr=recipe["phases"][0]["learning_rate"])

    # The faster memory layout counts.
    layouts = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        parameters, optimizer = fresh(layout)
        run(recipe["phases"][0], 3, layout, parameters, optimizer)
        layouts[layout] = run(recipe["phases"][0], 30, layout, parameters, optimizer)[1]
    layout = min(layouts, key=layouts.get)
    parameters, optimizer = fresh(layout)
    phases, wall, cpu = [], 0.0, 0.0
    for phase in recipe["phases"]:
        for group in optimizer.param_groups:
            group["lr"] = phase["learning_rate"]
        found = run(phase, a.steps, layout, parameters, optimizer)
        scale = phase["epochs"] * epoch / a.steps
        wall, cpu = wall + found[0] * scale, cpu + found[1] * scale
        phases.append(dict(sweeps=phase["sweeps"], readout=phase["readout"], epochs=phase["epochs"], steps=a.steps,
                           wall=found[0], cpu=found[1], loss=found[2]))
    print(json.dumps(dict(program=f"PyTorch {torch.__version__} float32", threads=a.threads, layout=str(layout).split(".")[-1],
                          phases=phases, recipe_wall=wall, recipe_cpu=cpu)))


if __name__ == "__main__":
    main()
