"""What both example scripts share: the command line, pictures, machine files and traces. Only the standard library and numpy.

docs/exchange.md describes the tensors, their names and their shapes.
"""

import argparse
import gzip
import json
import pathlib
import struct

import numpy as np


def arguments(framework):
    parser = argparse.ArgumentParser(description=f"Thermodynamic models in {framework}, for spinwright.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a model for a machine and write its tensors")
    train.add_argument("--machine", required=True, help="machine.json with encoder and decoder")
    train.add_argument("--data", required=True, help="folder with the four IDX files (plain or .gz)")
    train.add_argument("--out", required=True, help="safetensors file to write")
    train.add_argument("--epochs", type=int, default=3)
    train.add_argument("--images", type=int, help="use only the first training pictures")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--delta", type=float, default=0.5)
    check = commands.add_parser("check", help="load a model's folder and compute every number of a trace again")
    check.add_argument("--model", required=True, help="folder with model.safetensors, model.json and machine.json")
    check.add_argument("--trace", required=True, help="trace of `spinwright run` on this model")
    check.add_argument("--readout", choices=("spin", "field"), required=True, help="readout of that run")
    check.add_argument("--data", required=True, help="folder with the IDX files whose test pictures the run began with")
    return parser.parse_args()


def read_idx(folder, name):
    """An IDX file of bytes as a numpy array."""
    for path in (pathlib.Path(folder, name), pathlib.Path(folder, name + ".gz")):
        if path.exists():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            dimensions = data[3]
            shape = struct.unpack(f">{dimensions}I", data[4 : 4 + 4 * dimensions])
            return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    raise SystemExit(f"error: {folder} has no {name} and no {name}.gz")


def training_pictures(options):
    """Pictures [images, rows, columns] and labels, as many as were asked for."""
    pictures = read_idx(options.data, "train-images-idx3-ubyte")[: options.images]
    return pictures, read_idx(options.data, "train-labels-idx1-ubyte")[: options.images]


def with_scales(tensors):
    """Tensors by name, those stored as integers multiplied with their `.scale`."""
    scale = lambda name: tensors.get(name + ".scale")
    return {
        name: values if scale(name) is None else values * scale(name)
        for name, values in tensors.items()
        if not name.endswith(".scale")
    }


def read_machine(path):
    """machine.json with dense blocks written as planes of one position."""
    path = pathlib.Path(path)
    machine = json.loads((path / "machine.json" if path.is_dir() else path).read_text())
    if "encoder" not in machine or "decoder" not in machine:
        raise SystemExit(f"error: {path} has no encoder or no decoder on the device")
    point = {"size": 1, "stride": 1, "padding": 0}
    for n, block in enumerate(machine["blocks"]):
        if "inputs" in block:
            dense = {to: {"rows": 1, "columns": 1, "channels": block[of]}
                     for to, of in (("input", "inputs"), ("hidden", "hidden"), ("output", "outputs"))}
            machine["blocks"][n] = {**dense, "k1": point, "k2": point, "k3": point if block.get("skip") else None}
        machine["blocks"][n].setdefault("k3", None)
        machine["blocks"][n].setdefault("bias", "channel")
    return machine


def cells(parts, size):
    """The cell of each of `size` rows (or columns) when there are `parts` of them."""
    return [position * parts // size for position in range(size)]


def parameter_shapes(machine):
    """Name to shape of every tensor that the machine needs."""
    encoder, decoder, blocks = machine["encoder"], machine["decoder"], machine["blocks"]
    size, channels = encoder["kernel"]["size"], blocks[0]["input"]["channels"]
    shapes = {"encoder.weight": (channels, 1, size, size), "encoder.bias": (channels,)}
    for b, block in enumerate(blocks):
        i, h, o = (block[name]["channels"] for name in ("input", "hidden", "output"))
        for name, out, source in (("k1", h, i), ("k2", o, h), ("k3", o, i)):
            if block[name] is not None:
                shapes[f"block{b}.{name}"] = (out, source, block[name]["size"], block[name]["size"])
        for name, plane in (("b1", block["hidden"]), ("b2", block["output"])):
            positions = (plane["rows"], plane["columns"]) if block["bias"] == "position" else ()
            shapes[f"block{b}.{name}"] = (plane["channels"], *positions)
    last = blocks[-1]["output"]["channels"]
    shapes["decoder.weight"] = (decoder["classes"], last, decoder["rows"], decoder["columns"])
    shapes["decoder.bias"] = (decoder["classes"],)
    return shapes


def fan_in(name, shape):
    """A p-bit of the hidden layer hears its inputs and its outputs; good enough for a start."""
    return 1 if len(shape) < 4 else shape[1] * shape[2] * shape[3] * (2 if name.endswith("k1") else 1)


def spins(text, plane):
    """A hexadecimal number of a trace as an array [channels, rows, columns] of -1 and +1."""
    count = plane["rows"] * plane["columns"] * plane["channels"]
    number = int(text, 16)
    values = np.array([1.0 if number >> bit & 1 else -1.0 for bit in range(count)])
    return values.reshape(plane["rows"], plane["columns"], plane["channels"]).transpose(2, 0, 1)


def flat(values):
    """[channels, rows, columns] in the order of p-bits."""
    return np.asarray(values).transpose(1, 2, 0).reshape(-1)


class Trace:
    """Compares the lines of a trace with what a framework computes from the spins in it.

    `encode(picture)` gives the encoder's sums, `fields(block, color, x, other)` a color's fields and `scores(signs)` the
    decoder's, all as arrays [channels, rows, columns] or [classes] of numbers in the model's units.
    """

    def __init__(self, folder, readout, encode, fields, scores):
        folder = pathlib.Path(folder)
        self.machine = read_machine(folder)
        self.format = json.loads((folder / "model.json").read_text())["format"]
        self.readout, self.encode, self.fields, self.scores = readout, encode, fields, scores
        self.compared = 0

    def equal(self, what, ours, theirs):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        if ours.shape != theirs.shape or not np.array_equal(ours, theirs):
            raise SystemExit(f"error: {what} differ\n  here:     {ours.tolist()}\n  in trace: {theirs.tolist()}")
        self.compared += ours.size

    def check(self, trace, pictures):
        blocks, bits = self.machine["blocks"], self.machine["field_bits"]
        limit = 2 ** (bits - 1) - 1
        grid = (self.format["block"]["hidden_fraction"], self.format["block"]["output_fraction"])
        state, signs, block_now, x = {}, None, -1, None
        for line in map(json.loads, pathlib.Path(trace).read_text().splitlines()):
            if "inputs" in line:
                plane = blocks[0]["input"]
                x = spins(line["inputs"], plane)
                up = np.where(np.asarray(self.encode(pictures[line["image"]])) >= 0, 1.0, -1.0)
                self.equal("encoded inputs", flat(up), flat(x))
                block_now, state = 0, {}
                continue
            if "scores" in line:
                raw = np.asarray(self.scores(signs)) * 2.0 ** self.format["decoder_fraction"]
                self.equal("scores", raw, line["scores"])
                self.equal("classes", np.argmax(raw), line["class"])
                continue
            block, color, replica = line["block"], line["color"], line["replica"]
            if block != block_now:
                x, block_now, state = signs, block, {}
            plane = blocks[block][("hidden", "output")[color]]
            if line["sweep"] > 0:
                raw = np.asarray(self.fields(block, color, x, state[replica, 1 - color])) * 2.0 ** grid[color]
                self.equal(f"fields of block {block}, sweep {line['sweep']}", np.clip(flat(raw), -limit, limit), line["fields"])
            state[replica, color] = spins(line["spins"], plane)
            if line["sums"]:
                # A tie has the sign of the value that was added last.
                sums = np.array(line["sums"], float)
                last = flat(state[replica, 1]) if self.readout == "spin" else np.where(np.array(line["fields"]) < 0, -1.0, 1.0)
                decided = np.where(sums == 0, last, np.sign(sums))
                signs = decided.reshape(plane["rows"], plane["columns"], plane["channels"]).transpose(2, 0, 1)
        if self.compared == 0:
            raise SystemExit("error: the trace holds nothing to compare")
        print(f"{self.compared} numbers of the trace are equal")
