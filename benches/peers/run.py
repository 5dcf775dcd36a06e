#!/usr/bin/env python3
"""Driver: runs peers beside each other and appends JSON lines.

modes   1chain   one chain, one core (W4: its 64 inputs)
        batch    many chains, one core (best of the peer's batch sizes)
        2core    two pinned copies of `batch`, one on each of the cores 0 and 1, at the same time; rates added
        w5       exactness run

All peers of a workload and mode are started first, then they repeat in turns on one pinned core: what else the machine
does hits all of them. The number is spin updates per CPU-second (median over the rounds, min..max).
"""
import argparse, json, os, subprocess, sys, time
from statistics import median

HERE = os.path.dirname(os.path.abspath(__file__))
PY = os.environ.get("PEERS_PY", sys.executable)
OURS = os.environ.get("PEERS_SPINWRIGHT", "peer_spinwright")
FERROTHERM = os.environ.get("PEERS_FERROTHERM", os.path.join(HERE, "rust", "target", "release", "peer_ferrotherm"))
SPARSE = ["W1", "W2", "W3"]
# peer: (command, environment, workloads, has a batched mode)
PEERS = {
    "thrml": ([PY, "p_thrml.py"], {}, SPARSE + ["W4", "W5"], True),
    "jax": ([PY, "p_jax.py"], {}, SPARSE + ["W4"], True),
    "numpy": ([PY, "p_numpy.py"], {}, SPARSE + ["W4", "W5"], True),
    "numba": ([PY, "p_numba.py"], {}, SPARSE + ["W5"], True),
    "dwave_g": ([PY, "p_dwave.py"], {"PEERS_DWAVE": "Gibbs"}, SPARSE + ["W4", "W5"], True),
    "dwave_m": ([PY, "p_dwave.py"], {"PEERS_DWAVE": "Metropolis"}, SPARSE + ["W4", "W5"], True),
    "openjij": ([PY, "p_openjij.py"], {}, SPARSE + ["W4", "W5"], True),
    "ferrotherm": ([FERROTHERM], {}, SPARSE + ["W4", "W5"], False),
    "ferro_rtl": ([FERROTHERM], {"PEERS_FIXED": "1"}, ["W1", "W3"], False),
    "spinwright": ([OURS], {"SPINWRIGHT_PATH": "auto"}, SPARSE + ["W4", "W5"], True),
    "spinwright_exact": ([OURS], {"SPINWRIGHT_EXACT": "1"}, ["W1", "W3"], True),
    "spinwright_exact_ordered": ([OURS], {"SPINWRIGHT_EXACT": "1", "SPINWRIGHT_ORDERED": "1"}, ["W1", "W3"], True),
    "spinwright_amx": ([OURS], {"SPINWRIGHT_PATH": "amx"}, ["W4"], False),
    "spinwright_avx512": ([OURS], {"SPINWRIGHT_PATH": "avx512"}, SPARSE + ["W4", "W5"], True),
    "spinwright_avx2": ([OURS], {"SPINWRIGHT_PATH": "avx2"}, SPARSE + ["W4", "W5"], True),
    "spinwright_portable": ([OURS], {"SPINWRIGHT_PATH": "portable"}, SPARSE + ["W4", "W5"], True),
}
ONE_THREAD = dict(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", RAYON_NUM_THREADS="1",
                  NUMBA_NUM_THREADS="1", JAX_PLATFORMS="cpu", PYTHONWARNINGS="ignore")


class Worker:
    def __init__(self, peer, workload, mode, cpu):
        command, env, _, _ = PEERS[peer]
        command = [os.path.join(HERE, "peers", c) if c.endswith(".py") else c for c in command]
        self.peer = peer
        self.process = subprocess.Popen(
            ["taskset", "-c", cpu] + command + [workload, mode], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD, **env})

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"{self.peer}: " + self.process.stderr.read()[-600:])

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def ask(self, command):
        self.send(command)
        return self.read()

    def close(self):
        try:
            self.process.stdin.close()
            self.process.wait(20)
        except Exception:
            self.process.kill()


def on_two_cores(peer, workload, rounds):
    """The record of two copies side by side."""
    workers = [Worker(peer, workload, "batch", cpu) for cpu in ("0", "1")]
    record = dict(workload=workload, mode="2core", at=time.strftime("%F %T"), load0=os.getloadavg()[0], peer_id=peer)
    try:
        ready = [worker.read() for worker in workers]
        record.update(ready[0])
        record["mode"], rates = "2core", []
        for _ in range(rounds):
            for worker in workers:
                worker.send("go")
            rates.append(sum(r["flips"] / worker.read()["cpu"] for r, worker in zip(ready, workers)))
        record.update(rate=median(rates), lo=min(rates), hi=max(rates), rates=rates, check=workers[0].ask("check"))
    except Exception as problem:
        record["error"] = str(problem)
    for worker in workers:
        worker.close()
    record["load1"] = os.getloadavg()[0]
    return record


def beside(peers, workload, mode, rounds, cpu):
    """Records of all peers for one workload and mode."""
    workers, records, rates = [], [], {}
    start = dict(workload=workload, mode=mode, at=time.strftime("%F %T"), load0=os.getloadavg()[0])
    for peer in peers:
        worker = Worker(peer, workload, mode, cpu)
        record = dict(start, peer_id=peer)
        try:
            record.update(worker.read())
            workers.append((worker, record))
        except Exception as problem:
            record["error"] = str(problem)
            worker.close()
        records.append(record)
    if mode != "w5":
        for _ in range(rounds):
            for worker, record in workers:
                repetition = worker.ask("go")
                rates.setdefault(worker.peer, []).append(record["flips"] / repetition["cpu"])
        for worker, record in workers:
            r = rates[worker.peer]
            record.update(rate=median(r), lo=min(r), hi=max(r), rates=r, check=worker.ask("check"))
    for worker, _ in workers:
        worker.close()
    for record in records:
        record["load1"] = os.getloadavg()[0]
    return records


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--peers", default=",".join(PEERS))
    ap.add_argument("--workloads", default="W1,W2,W3,W4,W5")
    ap.add_argument("--modes", default="1chain,batch,w5", help="also 2core")
    ap.add_argument("--reps", type=int, default=7)
    ap.add_argument("--cpu", default="0", help="core to pin to")
    ap.add_argument("--out", default=os.path.join(HERE, "results.jsonl"))
    a = ap.parse_args()
    unknown = [p for p in a.peers.split(",") if p not in PEERS]
    if unknown:
        ap.error(f"unknown peers {unknown}; known are {', '.join(PEERS)}")
    for workload in a.workloads.split(","):
        for mode in a.modes.split(","):
            many = mode in ("batch", "2core")
            if (mode == "w5") != (workload == "W5") or (many and workload == "W4"):
                continue  # W4 is one batch of 64 by definition
            peers = [p for p in a.peers.split(",") if workload in PEERS[p][2] and (not many or PEERS[p][3])]
            records = ([on_two_cores(p, workload, a.reps) for p in peers] if mode == "2core"
                       else beside(peers, workload, mode, a.reps, a.cpu))
            for record in records:
                with open(a.out, "a") as f:
                    f.write(json.dumps(record) + "\n")
                told = record.get("error") or (f"{record['rate'] / 1e6:.1f} M/s" if "rate" in record else f"TV {record['tv']:.4f}")
                print(f"{workload} {mode} {record['peer_id']}: {told}", flush=True)
