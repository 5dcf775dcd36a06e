"""The workload C32: weights and pictures, the same numbers as `sw-reference/benches/c32/mod.rs` makes."""
import numpy as np

SEED, PIXELS, FRACTION = 20_240_032, 28 * 28, 5
CHANNELS, CLASSES, SIDE = 32, 10, 7
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class SplitMix:
    """splitmix64, many results at a time."""

    def __init__(self, seed):
        self.z = np.uint64(seed)

    def take(self, count):
        with np.errstate(over="ignore"):
            y = self.z + GOLDEN * np.arange(1, count + 1, dtype=np.uint64)
            self.z = y[-1]
            y = (y ^ (y >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return y ^ (y >> np.uint64(31))

    def whole(self, count, largest):
        """Whole numbers in -largest..=largest."""
        return (self.take(count) >> np.uint64(32)).astype(np.int64) % (2 * largest + 1) - largest


def model():
    """Raw weights as float32 arrays in PyTorch's order (out, in, row, column), divided by 2^5 where they make a field."""
    r, c = SplitMix(SEED), CHANNELS
    grid = np.float32(1 / (1 << FRACTION))

    def kernel(size, largest):  # our order: out, row, column, in
        raw = r.whole(c * size * size * c, largest).reshape(c, size, size, c)
        return np.ascontiguousarray(raw.transpose(0, 3, 1, 2)).astype(np.float32) * grid

    m = {"encoder": r.whole(c * 49, 7).reshape(c, 1, 7, 7).astype(np.float32)}
    m["k1"], m["k2"], m["k3"] = kernel(3, 7), kernel(3, 3), kernel(1, 7)
    m["b1"], m["b2"] = (r.whole(c, 15).astype(np.float32) * grid for _ in range(2))
    decoder = r.whole(CLASSES * SIDE * SIDE * c, 7).reshape(CLASSES, SIDE, SIDE, c)
    m["decoder"] = np.ascontiguousarray(decoder.transpose(0, 3, 1, 2)).reshape(CLASSES, -1).astype(np.float32)
    return m


def pictures(count):
    """Pictures of random pixels, eight per number, the first in its lowest byte."""
    words = SplitMix(SEED + 1).take(count * PIXELS // 8)
    return words.astype("<u8").view(np.uint8).reshape(count, 1, 28, 28)
