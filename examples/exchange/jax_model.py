#!/usr/bin/env python3
"""Thermodynamic models in JAX: train one for a machine, or load one of ours and compute its numbers again.

    jax_model.py train --machine machine.json --data DIR --out model.safetensors
    spinwright import model.safetensors --machine machine.json --delta 0.5 --out MODEL
    jax_model.py check --model MODEL --trace trace.jsonl --data DIR --readout spin
"""

import json
import pathlib
from functools import partial

import common
import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import load_file, save_file


def convolve(source, weight, kernel, target):
    """Target position (r, c) sums source positions (r stride + dr - padding, ...); [images, channels, rows, columns]."""
    stride, before = kernel["stride"], kernel["padding"]
    reach = [(target[name] - 1) * stride + kernel["size"] for name in ("rows", "columns")]
    pads = [(before, to - before - have) for to, have in zip(reach, source.shape[2:])]
    return jax.lax.conv_general_dilated(source, weight, (stride, stride), pads)


def transposed(source, weight, kernel, target):
    """The same pairs seen from the other side: the gradient of `convolve` with respect to its source."""
    shape = (source.shape[0], weight.shape[1], target["rows"], target["columns"])
    size = {"rows": source.shape[2], "columns": source.shape[3]}
    _, back = jax.vjp(lambda s: convolve(s, weight, kernel, size), jnp.zeros(shape, source.dtype))
    return back(source)[0]


def straight_through(hard, soft):
    """`hard` forward, the gradient of `soft` backward."""
    return soft + jax.lax.stop_gradient(hard - soft)


def sign(values):
    return jnp.where(values >= 0, 1.0, -1.0)


def bias(tensors, name):
    values = tensors[name]
    return values if values.ndim == 3 else values[:, None, None]


def encoder_sums(machine, tensors, pictures):
    """[images, rows, columns] of 0 to 255; pixels outside count as 0, so that u = (2 v - 255) / 256 is -255/256 there."""
    kernel, plane = machine["encoder"]["kernel"], machine["blocks"][0]["input"]
    weight = tensors["encoder.weight"]
    values = jnp.asarray(pictures, weight.dtype)[:, None]
    from_pixels = 2 * convolve(values, weight, kernel, plane)
    return (from_pixels - 255 * weight.sum((1, 2, 3))[:, None, None]) / 256 + bias(tensors, "encoder.bias")


def fields(machine, tensors, delta, b, color, x, other):
    """Fields of the hidden (0) or output (1) p-bits of block b."""
    block, tensor = machine["blocks"][b], lambda name: tensors[f"block{b}.{name}"]
    if color == 0:
        own = convolve(x, tensor("k1"), block["k1"], block["hidden"]) + bias(tensors, f"block{b}.b1")
        return own + delta * transposed(other, tensor("k2"), block["k2"], block["hidden"])
    field = convolve(other, tensor("k2"), block["k2"], block["output"]) + bias(tensors, f"block{b}.b2")
    if block["k3"] is not None:
        field = field + convolve(x, tensor("k3"), block["k3"], block["output"])
    return delta * field


def class_scores(machine, tensors, signs):
    decoder, plane = machine["decoder"], machine["blocks"][-1]["output"]
    rows, columns = (np.array(common.cells(decoder[name], plane[name])) for name in ("rows", "columns"))
    weight = tensors["decoder.weight"][:, :, rows][:, :, :, columns]
    return jnp.einsum("bxrc,kxrc->bk", signs, weight) + tensors["decoder.bias"]


def sampled_scores(machine, delta, sweeps, tensors, pictures, key):
    """Scores after `sweeps` sampled sweeps per block from a random start, read out by the sign of the mean field."""

    def sample(field, key):
        hard = jnp.where(jax.random.uniform(key, field.shape) < jax.nn.sigmoid(2 * field), 1.0, -1.0)
        return straight_through(hard, jnp.tanh(field))

    sums = encoder_sums(machine, tensors, pictures)
    x = straight_through(sign(sums), jnp.tanh(sums))
    for b, block in enumerate(machine["blocks"]):
        plane = block["output"]
        key, now = jax.random.split(key)
        shape = (len(pictures), plane["channels"], plane["rows"], plane["columns"])
        output, total = jnp.where(jax.random.bernoulli(now, 0.5, shape), 1.0, -1.0), 0
        for _ in range(sweeps):
            key, first, second = jax.random.split(key, 3)
            hidden = sample(fields(machine, tensors, delta, b, 0, x, output), first)
            field = fields(machine, tensors, delta, b, 1, x, hidden)
            output, total = sample(field, second), total + field
        mean = total / sweeps
        x = straight_through(sign(mean), jnp.tanh(mean))
    return class_scores(machine, tensors, x)


def train(options):
    machine = common.read_machine(options.machine)
    pictures, labels = common.training_pictures(options)
    labels = labels.astype(np.int32)
    draw = np.random.default_rng(options.seed)
    tensors = {
        name: jnp.asarray(draw.normal(size=shape) / common.fan_in(name, shape) ** 0.5 * (len(shape) == 4), jnp.float32)
        for name, shape in common.parameter_shapes(machine).items()
    }
    batch, key = 64, jax.random.key(options.seed)
    steps = options.epochs * (len(pictures) // batch)
    rate = optax.cosine_onecycle_schedule(steps, 4e-3)
    optimizer = optax.chain(optax.clip_by_global_norm(5.0), optax.adam(rate))
    state = optimizer.init(tensors)

    @jax.jit
    def step(tensors, state, pictures, labels, key):
        def loss(tensors):
            scores = sampled_scores(machine, options.delta, 2, tensors, pictures, key)
            return optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean()

        value, gradient = jax.value_and_grad(loss)(tensors)
        change, state = optimizer.update(gradient, state)
        return optax.apply_updates(tensors, change), state, value

    for epoch in range(options.epochs):
        order, total = draw.permutation(len(pictures)), 0.0
        for start in range(0, len(pictures) - batch + 1, batch):
            part = order[start : start + batch]
            key, now = jax.random.split(key)
            tensors, state, value = step(tensors, state, pictures[part], labels[part], now)
            total += float(value) * batch / len(pictures)
        print(f"epoch {epoch + 1}/{options.epochs}, loss {total:.3f}", flush=True)
    save_file({name: np.asarray(values) for name, values in tensors.items()}, options.out)
    print(f"{options.out}: {sum(t.size for t in tensors.values())} parameters")


def check(options):
    # Every number lies on a power-of-two grid: f64 holds all of them exactly.
    jax.config.update("jax_enable_x64", True)
    folder = pathlib.Path(options.model)
    delta = json.loads((folder / "model.json").read_text())["delta"]
    machine = common.read_machine(folder)
    shapes = common.parameter_shapes(machine)
    loaded = common.with_scales(load_file(folder / "model.safetensors"))
    tensors = {name: jnp.asarray(np.asarray(values, np.float64)) for name, values in loaded.items() if not name.startswith("control.")}
    if {name: values.shape for name, values in tensors.items()} != shapes:
        raise SystemExit(f"error: {folder}/model.safetensors does not hold what the machine needs")
    array = lambda values: jnp.asarray(values)[None]
    of_block = jax.jit(partial(fields, machine), static_argnums=(1, 2, 3))
    trace = common.Trace(
        folder,
        options.readout,
        lambda picture: encoder_sums(machine, tensors, picture[None])[0],
        lambda block, color, x, other: of_block(tensors, delta, block, color, array(x), array(other))[0],
        lambda signs: class_scores(machine, tensors, array(signs))[0],
    )
    trace.check(options.trace, common.read_idx(options.data, "t10k-images-idx3-ubyte"))


if __name__ == "__main__":
    options = common.arguments("JAX")
    {"train": train, "check": check}[options.command](options)
