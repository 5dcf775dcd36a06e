"""Builds every test program of the workspace and runs them, a program per core at a time.

    python3 tests/programs.py [--features LIST] [--jobs N] [-- arguments of each test program]

`cargo test` runs one program after the other, and many of them keep one core busy. What a program says is printed in one piece when it
ends, under the line that cargo would print, with its wall-clock and CPU time below. Exit code 1 when a program failed or there was none.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

# The longest come first, so that none of them starts when all others have ended; the order of the rest does not matter.
LONGEST = ("lint", "cli", "host_port", "machine_core", "crosscheck", "sparse_crosscheck", "mutants", "planted", "machine_generate", "cells")

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--features", default="")
parser.add_argument("--jobs", type=int, default=os.cpu_count())
parser.add_argument("arguments", nargs="*")
options = parser.parse_args()

build = ["cargo", "test", "--workspace", "--profile", "checked", "--no-run", "--message-format", "json-render-diagnostics"]
if options.features:
    build += ["--features", options.features]
built = subprocess.run(build, stdout=subprocess.PIPE, text=True)
if built.returncode != 0:
    sys.exit(built.returncode)


class Program:
    """One executable and the folder that cargo would run it in."""

    def __init__(self, message):
        target = message["target"]
        self.executable = message["executable"]
        self.folder = os.path.dirname(message["manifest_path"])
        source = os.path.relpath(target["src_path"], self.folder)
        kind = "" if target["kind"] == ["test"] else "unittests "
        self.title = f"     Running {kind}{source} ({os.path.relpath(self.executable)})"
        name = target["name"]
        self.rank = LONGEST.index(name) if kind == "" and name in LONGEST else len(LONGEST)


messages = (json.loads(line) for line in built.stdout.splitlines() if line.startswith("{"))
programs = [Program(m) for m in messages if m["reason"] == "compiler-artifact" and m.get("executable") and m["profile"]["test"]]
programs.sort(key=lambda program: (program.rank, program.title))
if not programs:
    sys.exit("error: the workspace has no test program")

waiting, failed, lock = list(reversed(programs)), [], threading.Lock()


def worker():
    while True:
        with lock:
            if not waiting:
                return
            program = waiting.pop()
        start = time.monotonic()
        environment = dict(os.environ, CARGO="cargo", CARGO_MANIFEST_DIR=program.folder)
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [program.executable, *options.arguments], cwd=program.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = code = os.waitstatus_to_exitcode(status)
            said.seek(0)
            output = said.read()
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        with lock:
            sys.stdout.flush()
            sys.stdout.buffer.write(f"\n{program.title}\n".encode() + output)
            print(f"program took {wall:.1f} s, {cpu:.1f} s of CPU, exit code {code}", flush=True)
            if code != 0:
                failed.append(program.title.strip())


workers = [threading.Thread(target=worker) for _ in range(max(1, options.jobs))]
for thread in workers:
    thread.start()
for thread in workers:
    thread.join()

print(f"\n{len(programs)} test programs, {len(failed)} failed")
for title in failed:
    print(f"  {title}")
sys.exit(1 if failed else 0)
