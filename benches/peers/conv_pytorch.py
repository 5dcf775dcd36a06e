#!/usr/bin/env python3
"""The workload C32 in PyTorch, float32: pixels to classes with conv2d and conv_transpose2d. One JSON line.

A user's straightforward program: encoder, K1, K3 once per picture, then `sweeps` sweeps of two convolutions, sigmoid, Bernoulli
draws; every output spin of every sweep is summed. Fields are not saturated, draws are PyTorch's own.
"""
import argparse, json, time
import torch
import torch.nn.functional as F
import conv_common


def classify(m, pixels, sweeps):
    """Sums of the output spins and classes of a batch of pictures (n, 1, 28, 28) of bytes."""
    u = F.pad(2 * pixels.float() - 255, (2, 2, 2, 2), value=-255)
    x = torch.where(F.conv2d(u, m["encoder"], stride=4) >= 0, 1.0, -1.0)
    x = x.contiguous(memory_format=m["format"])
    f1 = F.conv2d(x, m["k1"], m["b1"], padding=1)
    f2 = F.conv2d(x, m["k3"], m["b2"])
    s2 = torch.bernoulli(torch.full_like(f2, 0.5)).mul_(2).sub_(1)
    total = torch.zeros_like(f2)
    for _ in range(sweeps):
        field = F.conv_transpose2d(s2, m["k2"], padding=1).add_(f1)
        s1 = torch.bernoulli(field.mul_(2).sigmoid_()).mul_(2).sub_(1)
        field = F.conv2d(s1, m["k2"], padding=1).add_(f2)
        s2 = torch.bernoulli(field.mul_(2).sigmoid_()).mul_(2).sub_(1)
        total += s2
    # A tie is decided by the last spin.
    signs = torch.where(total == 0, s2, total.sign())
    return total, (signs.flatten(1) @ m["decoder"].T).argmax(1)


def model(layout):
    m = {k: torch.from_numpy(v) for k, v in conv_common.model().items()}
    m.update((k, m[k].contiguous(memory_format=layout)) for k in ("encoder", "k1", "k2", "k3"))
    m["format"] = layout
    return m


def timed(m, pictures, sweeps, batch):
    """Wall seconds, CPU seconds and the sums of the output spins of all pictures."""
    wall, cpu = time.perf_counter(), time.process_time()
    parts = [classify(m, pictures[i:i + batch], sweeps)[0] for i in range(0, len(pictures), batch)]
    return time.perf_counter() - wall, time.process_time() - cpu, torch.cat(parts)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--images", type=int, default=10_000)
    ap.add_argument("--sweeps", type=int, default=32)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--batches", default="64,250,1000", help="pictures at a time; the fastest on 1000 pictures counts")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    pictures = torch.from_numpy(conv_common.pictures(a.images).copy())
    # Memory layout and batch that take the least CPU time.
    choices = []
    for layout in (torch.contiguous_format, torch.channels_last):
        m = model(layout)
        for batch in map(int, a.batches.split(",")):
            classify(m, pictures[:batch], 2)
            choices.append((timed(m, pictures[:1000], 4, batch)[1], batch, layout))
    _, batch, layout = min(choices, key=lambda choice: choice[0])
    wall, cpu, total = timed(model(layout), pictures, a.sweeps, batch)
    mean = total / a.sweeps
    print(json.dumps(dict(program=f"PyTorch {torch.__version__} float32", images=a.images, sweeps=a.sweeps, threads=a.threads,
                          wall=wall, cpu=cpu, batch=batch, layout=str(layout).split(".")[-1],
                          mean_spin=mean.mean().item(), overlap=(mean * mean).mean().item())))


if __name__ == "__main__":
    main()
