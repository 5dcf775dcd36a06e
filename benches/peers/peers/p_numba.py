"""Chromatic Gibbs by hand in numba: CSR loops, one chain; batched = chains in the inner loop."""
from base import *


class Peer:
    name, kind = "numba (by hand)", "gibbs"
    workloads = {"W1", "W2", "W3", "W5"}
    batches = [16, 64, 256]
    sweeps0 = 20

    def load_libs(self):
        global np, numba, one, many
        import numpy as np, numba
        from numba import njit

        @njit
        def one(sweeps, off, nb, v, h, order, beta2, s):
            for _ in range(sweeps):
                for k in range(order.size):
                    i = order[k]
                    f = h[i]
                    for e in range(off[i], off[i + 1]):
                        f += v[e] * s[nb[e]]
                    s[i] = 1 if np.random.random() < 1.0 / (1.0 + np.exp(-beta2 * f)) else -1

        @njit(fastmath=True)
        def many(sweeps, off, nb, v, h, order, beta2, s, rs):
            # chains are the contiguous axis; xorshift32 per chain so that the loop vectorizes
            B = s.shape[1]
            f = np.empty(B, np.float32)
            for _ in range(sweeps):
                for k in range(order.size):
                    i = order[k]
                    for b in range(B):
                        f[b] = h[i]
                    for e in range(off[i], off[i + 1]):
                        j = nb[e]; ve = v[e]
                        for b in range(B):
                            f[b] += ve * np.float32(s[j, b])
                    for b in range(B):
                        r = rs[b]
                        r = np.uint32(r ^ np.uint32(r << np.uint32(13)))   # numba widens shifts to 64 bits
                        r = np.uint32(r ^ (r >> np.uint32(17)))
                        r = np.uint32(r ^ np.uint32(r << np.uint32(5)))
                        rs[b] = r
                        u = np.float32(r >> np.uint32(8)) * np.float32(1.0 / 16777216.0)
                        p = np.float32(1.0) / (np.float32(1.0) + np.exp(-beta2 * f[b]))
                        s[i, b] = np.int8(1) if u < p else np.int8(-1)

    def versions(self):
        return ver("numba", "numpy")

    def setup(self, w, batch):
        self.w, self.B = w, batch
        self.off, self.nb, self.v = csr(w)
        self.order = np.argsort(w["color"], kind="stable").astype(np.int64)
        rng = np.random.default_rng(1)
        shape = w["n"] if batch == 1 else (w["n"], batch)
        self.s = np.where(rng.random(shape) < .5, 1, -1).astype(np.int8)
        self.rs = rng.integers(1, 2**32 - 1, batch, dtype=np.uint32)

    def run(self, sweeps):
        a = (sweeps, self.off, self.nb, self.v, self.w["h"], self.order)
        if self.B == 1:
            one(*a, 2.0 * self.w["beta"], self.s)
        else:
            many(*a, np.float32(2 * self.w["beta"]), self.s, self.rs)

    def states(self):
        return self.s.reshape(self.w["n"], -1).T

    def histogram(self, w, total, burn):
        self.setup(w, 1); self.run(burn)
        out = np.empty((total, 12), np.int8)
        for t in range(total):
            self.run(1); out[t] = self.s
        return hist(out), 1, "1 chain"


if __name__ == "__main__":
    worker(Peer)
