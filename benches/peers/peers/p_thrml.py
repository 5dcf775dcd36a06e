"""Extropic thrml through its public API: IsingEBM + IsingSamplingProgram, color blocks.
PEERS_THRML=hamon runs the independent fork `hamon` (same API) instead."""
from base import *

LIB = os.environ.get("PEERS_THRML", "thrml")


class Peer:
    name, kind = LIB, "gibbs"
    workloads = {"W1", "W2", "W3", "W4", "W5"}
    batches = [8, 16, 64]
    sweeps0 = 20
    recompiles = True          # the schedule is static: a new sweep count compiles again

    def load_libs(self):
        global np, jax, jnp, thrml, tm
        import numpy as np
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        import importlib, jax, jax.numpy as jnp
        thrml, tm = importlib.import_module(LIB), importlib.import_module(LIB + ".models")

    def versions(self):
        return ver(LIB, "jax", "equinox")

    def setup(self, w, batch):
        self.w, self.B = w, batch
        if w["name"] == "W4":
            return self.setup_w4(w, batch)
        self.nodes = [thrml.SpinNode() for _ in range(w["n"])]
        nd = self.nodes
        edges = [(nd[a], nd[b]) for a, b in w["edges"].tolist()]
        self.model = tm.IsingEBM(nd, edges, jnp.asarray(w["h"]), jnp.asarray(w["J"]), jnp.array(w["beta"], jnp.float32))
        cls = [np.flatnonzero(w["color"] == c).tolist() for c in range(int(w["color"].max()) + 1)]
        self.free = [thrml.Block([nd[i] for i in ids]) for ids in cls]
        self.prog = tm.IsingSamplingProgram(self.model, self.free, clamped_blocks=[])
        self.init = tm.hinton_init(jax.random.key(0), self.model, self.free, (batch,))
        self.clamp, self.cax = [], None
        self.out, self.fn, self.t = [thrml.Block(nd)], {}, 0

    def setup_w4(self, w, batch):
        if batch > 1:
            raise SystemExit("W4 is one batch of 64")
        nx, n1, n2 = ([thrml.SpinNode() for _ in range(k)] for k in (784, 256, 128))
        d = w["delta"]
        edges = [(a, b) for a in n1 for b in nx] + [(a, b) for a in n2 for b in n1] + [(a, b) for a in n2 for b in nx]
        J = np.concatenate([w["K1"].ravel(), d * w["K2"].ravel(), d * w["K3"].ravel()]).astype(np.float32)
        h = np.concatenate([np.zeros(784), w["b"], np.zeros(128)]).astype(np.float32)
        self.model = tm.IsingEBM(nx + n1 + n2, edges, jnp.asarray(h), jnp.asarray(J), jnp.array(1., jnp.float32))
        self.free = [thrml.Block(n1), thrml.Block(n2)]
        cb = [thrml.Block(nx)]
        self.prog = tm.IsingSamplingProgram(self.model, self.free, clamped_blocks=cb)
        self.init = tm.hinton_init(jax.random.key(0), self.model, self.free, (64,))
        self.clamp = [jnp.asarray(w["x"] > 0)]
        self.out, self.fn, self.t = [thrml.Block(n1), thrml.Block(n2)], {}, 0

    def run(self, sweeps):
        if sweeps not in self.fn:
            sch = thrml.SamplingSchedule(n_warmup=sweeps, n_samples=1, steps_per_sample=1)
            self.fn[sweeps] = jax.jit(jax.vmap(
                lambda k, st, cl: thrml.sample_states(k, self.prog, sch, st, cl, self.out)))
        self.t += 1
        nb = 64 if self.w["name"] == "W4" else self.B
        ks = jax.random.split(jax.random.key(self.t), nb)
        self.last = jax.block_until_ready(self.fn[sweeps](ks, self.init, self.clamp))

    def states(self):
        if self.w["name"] == "W4":
            return tuple(2.0 * np.asarray(x).reshape(64, -1) - 1 for x in self.last)
        return 2 * np.asarray(self.last[0]).reshape(self.B, -1).astype(np.int8) - 1

    def histogram(self, w, total, burn):
        C = 100
        self.setup(w, C)
        sch = thrml.SamplingSchedule(n_warmup=burn, n_samples=total // C, steps_per_sample=1)
        f = jax.jit(jax.vmap(lambda k, st: thrml.sample_states(k, self.prog, sch, st, [], self.out)))
        st = np.asarray(f(jax.random.split(jax.random.key(7), C), self.init)[0])
        return hist(st.reshape(-1, 12)), 1, "100 chains"


if __name__ == "__main__":
    worker(Peer)
