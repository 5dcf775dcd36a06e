"""Chromatic Gibbs by hand in numpy: padded neighbor gather, one color at a time."""
from base import *


class Peer:
    name, kind = "numpy (by hand)", "gibbs"
    workloads = {"W1", "W2", "W3", "W4", "W5"}
    batches = [4, 16, 64]
    sweeps0 = 5

    def load_libs(self):
        global np
        import numpy as np

    def versions(self):
        return ver("numpy")

    def setup(self, w, batch):
        self.w, self.B = w, batch
        self.rng = np.random.default_rng(1)
        if w["name"] == "W4":
            self.s2 = np.where(self.rng.random((batch * 64, 128)) < .5, 1, -1).astype(np.float32)
            x = np.tile(w["x"].astype(np.float32), (batch, 1))
            self.f1, self.f2 = x @ w["K1"].T + w["b"], w["delta"] * (x @ w["K3"].T)
            self.A, self.At = w["delta"] * w["K2"].T.copy(), (w["delta"] * w["K2"]).copy()
            return
        off, nb, v = csr(w)
        deg = np.diff(off); D = deg.max(); n = w["n"]
        nbr = np.zeros((n, D), np.int64); wt = np.zeros((n, D), np.float32)
        for i in range(n):
            nbr[i, :deg[i]] = nb[off[i]:off[i + 1]]; wt[i, :deg[i]] = v[off[i]:off[i + 1]]
        self.cls = []
        for c in range(int(w["color"].max()) + 1):
            ids = np.flatnonzero(w["color"] == c)
            self.cls.append((ids, nbr[ids], wt[ids], w["h"][ids]))
        self.s = np.where(self.rng.random((n, batch)) < .5, 1, -1).astype(np.float32)  # site-major

    def run(self, sweeps):
        rng = self.rng
        if self.w["name"] == "W4":
            for _ in range(sweeps):
                f = self.s2 @ self.At + self.f1
                self.s1 = np.where(rng.random(f.shape, np.float32) < 1 / (1 + np.exp(-2 * f)), 1, -1).astype(np.float32)
                f = self.s1 @ self.A + self.f2
                self.s2 = np.where(rng.random(f.shape, np.float32) < 1 / (1 + np.exp(-2 * f)), 1, -1).astype(np.float32)
            return
        s, b2 = self.s, 2 * self.w["beta"]
        for _ in range(sweeps):
            for ids, nbr, wt, h in self.cls:
                f = (wt[:, :, None] * s[nbr]).sum(1) + h[:, None]
                s[ids] = np.where(rng.random(f.shape, np.float32) < 1 / (1 + np.exp(-b2 * f)), 1, -1)

    def states(self):
        return (self.s1, self.s2) if self.w["name"] == "W4" else self.s.T

    def histogram(self, w, total, burn):
        self.setup(w, 1000); self.run(burn)
        c = 0
        for _ in range(total // 1000):
            self.run(1); c = c + hist(self.s.T)
        return c, 1, "1000 chains"


if __name__ == "__main__":
    worker(Peer)
