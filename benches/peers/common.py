"""Shared pieces of the peer benchmark: inputs, the worker protocol, energies.

A peer file defines one class:

    class Peer:
        name = "..."            # as printed in the table
        kind = "gibbs"          # or "metropolis", "optimizer"
        workloads = {"W1", ...}
        batches = [16, 64, 256] # candidates for the batched mode ([] = one chain only)
        sweeps0 = 50            # sweeps of the first (warm-up) call
        def versions(self): ...
        def setup(self, w, batch): ...   # build the model, everything the user pays once
        def run(self, sweeps): ...       # run `sweeps` full sweeps on all `batch` chains, block
        def states(self): ...            # (batch, N) array of +-1 after the last run
        def histogram(self, total, burn): ...   # optional, W5: counts[4096], sweeps per sample

The worker answers one JSON line per event on stdout; the driver (run.py) decides
when a repetition starts ("go" on stdin), so two workers can run side by side.
"""
import json, os, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get("PEERS_DATA", os.path.join(HERE, "data"))
TARGET = float(os.environ.get("PEERS_REP_SECONDS", "0.6"))


def load(name):
    import numpy as np
    z = np.load(os.path.join(DATA, name + ".npz"))
    w = {k: z[k] for k in z.files}
    return {k: (v.item() if v.ndim == 0 else v) for k, v in w.items()}


def csr(w):
    """offset, neighbor, weight arrays of the symmetric graph."""
    import numpy as np
    n, e, J = w["n"], w["edges"], w["J"]
    a = np.concatenate([e[:, 0], e[:, 1]]); b = np.concatenate([e[:, 1], e[:, 0]])
    v = np.concatenate([J, J])
    o = np.lexsort((b, a))
    a, b, v = a[o], b[o], v[o]
    off = np.zeros(n + 1, np.int64); np.add.at(off, a + 1, 1); off = np.cumsum(off)
    return off, b.astype(np.int32), v.astype(np.float32)


def energy_per_spin(w, s):
    import numpy as np
    s = np.asarray(s, np.float32)
    e = w["edges"]
    E = -(s[:, e[:, 0]] * s[:, e[:, 1]]) @ w["J"] - s @ w["h"]
    return E / w["n"]


def energy_w4(w, s1, s2):
    """mean over the 64 inputs of the W4 energy per free unit (rows = inputs, in file order)."""
    import numpy as np
    s1, s2 = np.asarray(s1, np.float32)[:64], np.asarray(s2, np.float32)[:64]
    x, d = w["x"].astype(np.float32), w["delta"]
    f = ((x @ w["K1"].T + w["b"]) * s1).sum(1) + d * ((s1 @ w["K2"].T + x @ w["K3"].T) * s2).sum(1)
    return -float(f.mean()) / 384


def exact_w5(w):
    """probabilities of the 2^12 states; bit i of the index is (s_i+1)/2."""
    import numpy as np
    n = w["n"]
    s = (((np.arange(1 << n)[:, None] >> np.arange(n)) & 1) * 2 - 1).astype(np.float64)
    e = w["edges"]
    E = -(s[:, e[:, 0]] * s[:, e[:, 1]]) @ w["J"].astype(float) - s @ w["h"].astype(float)
    p = np.exp(-w["beta"] * (E - E.min()))
    return p / p.sum()


def tv_floor(p, n):
    """expected total-variation distance of n independent exact samples."""
    import numpy as np
    return 0.5 * float(np.sum(np.sqrt(2 * p * (1 - p) / (np.pi * n))))


def onsager(beta):
    """energy per spin of the infinite square lattice, J=1."""
    import math
    k = 2 * math.sinh(2 * beta) / math.cosh(2 * beta) ** 2
    a, b = 1.0, math.sqrt(1 - k * k)      # K(k) by the arithmetic-geometric mean
    while abs(a - b) > 1e-15:
        a, b = (a + b) / 2, math.sqrt(a * b)
    K = math.pi / (2 * a)
    return -(1 / math.tanh(2 * beta)) * (1 + 2 / math.pi * (2 * math.tanh(2 * beta) ** 2 - 1) * K)


def say(**kw):
    sys.stdout.write(json.dumps(kw) + "\n"); sys.stdout.flush()


def flips(w, batch, sweeps):
    if w["name"] == "W4":
        return 64 * 384 * sweeps * batch
    if w["name"] == "W4c":
        return 64 * 24 * 784 * sweeps * batch
    return w["n"] * batch * sweeps


def worker(cls, argv=None):
    """main() of every peer file:  peer.py <workload> <1chain|batch|w5> [batch]

    All times are CPU seconds of this process (the machine is shared); wall time is
    reported beside them."""
    argv = argv or sys.argv[1:]
    wname, mode = argv[0], argv[1]
    cpu = time.process_time
    t0 = cpu(); p = cls(); p.load_libs(); t_import = cpu() - t0
    w = load(wname)
    if mode == "w5":
        import numpy as np
        t0, w0 = cpu(), time.perf_counter()
        counts, per, note = p.histogram(w, 1_000_000, 1000)
        dt, dw = cpu() - t0, time.perf_counter() - w0
        pr = exact_w5(w); n = int(counts.sum())
        say(event="w5", peer=p.name, tv=0.5 * float(np.abs(counts / n - pr).sum()), floor=tv_floor(pr, n), n=n,
            sweeps_per_sample=per, cpu=dt, wall=dw, note=note, versions=p.versions(), import_s=t_import)
        return
    fixed = int(argv[2]) if len(argv) > 2 else 0
    cand = [1] if mode == "1chain" else ([fixed] if fixed else list(p.batches))
    best = start = None

    def timed(q, s):
        t0 = cpu(); q.run(s); return max(cpu() - t0, 1e-6)

    for b in cand:
        q = cls(); q.load_libs()
        t0 = cpu(); q.setup(w, b); t_setup = cpu() - t0
        s = q.sweeps0
        t_first = timed(q, s); t = min(timed(q, s), timed(q, s))
        jit = max(0.0, t_first - t)
        for _ in range(8):
            if t >= 0.7 * TARGET:
                break
            s = max(s + 1, int(s * min(20.0, 1.0 * TARGET / t)))
            if getattr(q, "recompiles", False):
                q.run(s)
            t = timed(q, s)
        rate = flips(w, b, s) / t
        if start is None:
            start = dict(setup_s=t_setup, jit_s=jit)
        if best is None or rate > best[0]:
            best = (rate, b, s, q)
        else:
            del q
    rate, b, s, q = best
    say(event="ready", peer=p.name, kind=p.kind, workload=wname, mode=mode, batch=b, sweeps=s,
        flips=flips(w, b, s), import_s=t_import, versions=p.versions(), note=getattr(q, "note", ""), **start)
    for line in sys.stdin:
        cmd = line.strip()
        if cmd == "go":
            c0, t0 = cpu(), time.perf_counter()
            q.run(s)
            say(event="rep", wall=time.perf_counter() - t0, cpu=cpu() - c0)
        elif cmd == "check":
            if "edges" in w:
                es = []
                for _ in range(4):
                    q.run(s)
                    es.append(q.energy() if hasattr(q, "energy") else float(energy_per_spin(w, q.states()).mean()))
                say(event="check", energy=sum(es) / len(es), n=4 * b)
            else:
                es = []
                for _ in range(4 if w["name"] == "W4" else 0):
                    q.run(s); es.append(energy_w4(w, *q.states()))
                say(event="check", energy=sum(es) / len(es) if es else None, n=64 * len(es))
        elif cmd == "quit":
            break
