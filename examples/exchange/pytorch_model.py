#!/usr/bin/env python3
"""Thermodynamic models in PyTorch: train one for a machine, or load one of ours and compute its numbers again.

    pytorch_model.py train --machine machine.json --data DIR --out model.safetensors
    spinwright import model.safetensors --machine machine.json --delta 0.5 --out MODEL
    pytorch_model.py check --model MODEL --trace trace.jsonl --data DIR --readout spin
"""

import pathlib

import common
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file


def fit(values, before, size):
    """Pads by `before` at the top and left, then pads or crops at the other end to size x size."""
    after = [have_to - before - have for have_to, have in zip(size, values.shape[-2:])]
    return F.pad(values, (before, after[1], before, after[0]))


def forward(source, weight, kernel, target):
    """Target position (r, c) sums source positions (r stride + dr - padding, ...)."""
    reach = [(target[name] - 1) * kernel["stride"] + kernel["size"] for name in ("rows", "columns")]
    return F.conv2d(fit(source, kernel["padding"], reach), weight, stride=kernel["stride"])


def transposed(source, weight, kernel, target):
    """The same pairs seen from the other side."""
    spread = F.conv_transpose2d(source, weight, stride=kernel["stride"])
    p = kernel["padding"]
    return fit(spread[..., p:, p:], 0, (target["rows"], target["columns"]))


def straight_through(hard, soft):
    """`hard` forward, the gradient of `soft` backward."""
    return soft + (hard - soft).detach()


class ThermodynamicModel(torch.nn.Module):
    """Sign encoder, thermodynamic blocks (Moore 2026, eqs. 5, 8, 9), linear decoder on signs."""

    def __init__(self, machine, delta, tensors=None):
        super().__init__()
        self.machine, self.delta = machine, delta
        self.tensors = torch.nn.ParameterDict()
        for name, shape in common.parameter_shapes(machine).items():
            start = torch.randn(shape) / common.fan_in(name, shape) ** 0.5 if len(shape) == 4 else torch.zeros(shape)
            values = start if tensors is None else tensors.pop(name).to(torch.float64)
            if tuple(values.shape) != shape:
                raise SystemExit(f"error: tensor {name} is {tuple(values.shape)}, the machine needs {shape}")
            self.tensors[name.replace(".", "_")] = torch.nn.Parameter(values)
        left = [name for name in tensors or {} if not name.startswith("control.")]
        if left:
            raise SystemExit(f"error: the machine has no place for {left}")

    def tensor(self, name):
        return self.tensors[name.replace(".", "_")]

    def bias(self, name):
        values = self.tensor(name)
        return values if values.dim() == 3 else values[:, None, None]

    def encoder_sums(self, pictures):
        """[images, rows, columns] of 0 to 255; pixels outside count as 0."""
        encoder, plane = self.machine["encoder"], self.machine["blocks"][0]["input"]
        kernel = encoder["kernel"]
        values = pictures.to(self.tensor("encoder.weight").dtype)[:, None]
        reach = [(plane[name] - 1) * kernel["stride"] + kernel["size"] for name in ("rows", "columns")]
        u = (2 * fit(values, kernel["padding"], reach) - 255) / 256
        return F.conv2d(u, self.tensor("encoder.weight"), stride=kernel["stride"]) + self.bias("encoder.bias")

    def fields(self, b, color, x, other):
        """Fields of the hidden (0) or output (1) p-bits of block b."""
        block = self.machine["blocks"][b]
        if color == 0:
            own = forward(x, self.tensor(f"block{b}.k1"), block["k1"], block["hidden"]) + self.bias(f"block{b}.b1")
            return own + self.delta * transposed(other, self.tensor(f"block{b}.k2"), block["k2"], block["hidden"])
        field = forward(other, self.tensor(f"block{b}.k2"), block["k2"], block["output"]) + self.bias(f"block{b}.b2")
        if block["k3"] is not None:
            field = field + forward(x, self.tensor(f"block{b}.k3"), block["k3"], block["output"])
        return self.delta * field

    def scores(self, signs):
        decoder, plane = self.machine["decoder"], self.machine["blocks"][-1]["output"]
        rows, columns = (common.cells(decoder[name], plane[name]) for name in ("rows", "columns"))
        weight = self.tensor("decoder.weight")[:, :, rows][:, :, :, columns]
        return torch.einsum("bxrc,kxrc->bk", signs, weight) + self.tensor("decoder.bias")

    def sample(self, field):
        """A spin that is up with probability sigmoid(2 field); gradient of tanh."""
        hard = torch.where(torch.rand_like(field) < torch.sigmoid(2 * field), 1.0, -1.0)
        return straight_through(hard, torch.tanh(field))

    def forward(self, pictures, sweeps):
        """Scores after `sweeps` sampled sweeps per block from a random start, read out by the sign of the mean field."""
        sums = self.encoder_sums(pictures)
        x = straight_through(torch.where(sums >= 0, 1.0, -1.0), torch.tanh(sums))
        for b, block in enumerate(self.machine["blocks"]):
            plane = block["output"]
            shape = (len(pictures), plane["channels"], plane["rows"], plane["columns"])
            output, total = torch.where(torch.rand(shape) < 0.5, 1.0, -1.0), 0
            for _ in range(sweeps):
                hidden = self.sample(self.fields(b, 0, x, output))
                field = self.fields(b, 1, x, hidden)
                output, total = self.sample(field), total + field
            mean = total / sweeps
            x = straight_through(torch.where(mean >= 0, 1.0, -1.0), torch.tanh(mean))
        return self.scores(x)


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(2)
    machine = common.read_machine(options.machine)
    pictures, labels = map(torch.tensor, common.training_pictures(options))
    labels = labels.long()
    model = ThermodynamicModel(machine, options.delta)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    batch = 64
    steps = options.epochs * (len(pictures) // batch)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(options.epochs):
        order, total = torch.randperm(len(pictures)), 0.0
        for part in order[: len(pictures) // batch * batch].split(batch):
            loss = F.cross_entropy(model(pictures[part], 2), labels[part])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            rate.step()
            total += loss.item() * batch / len(pictures)
        print(f"epoch {epoch + 1}/{options.epochs}, loss {total:.3f}", flush=True)
    tensors = {name: model.tensor(name).detach().contiguous() for name in common.parameter_shapes(machine)}
    save_file(tensors, options.out)
    print(f"{options.out}: {sum(t.numel() for t in tensors.values())} parameters")


def check(options):
    folder = pathlib.Path(options.model)
    delta = common.json.loads((folder / "model.json").read_text())["delta"]
    tensors = common.with_scales(load_file(folder / "model.safetensors"))
    model = ThermodynamicModel(common.read_machine(folder), delta, tensors)
    array = lambda values: torch.tensor(values.copy())[None]
    with torch.no_grad():
        trace = common.Trace(
            folder,
            options.readout,
            lambda picture: model.encoder_sums(array(picture))[0],
            lambda block, color, x, other: model.fields(block, color, array(x), array(other))[0],
            lambda signs: model.scores(array(signs))[0],
        )
        trace.check(options.trace, common.read_idx(options.data, "t10k-images-idx3-ubyte"))


if __name__ == "__main__":
    options = common.arguments("PyTorch")
    {"train": train, "check": check}[options.command](options)
