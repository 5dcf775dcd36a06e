"""What the scripts of bars share: running the program as a user does, and saying which bars were met."""

import json
import subprocess
import sys

program, data, work = sys.argv[1:4]
missed = []


def run(*arguments):
    """The program's JSON; ends the script when the program fails."""
    command = [program, *arguments, "--json"]
    print("$ spinwright", *arguments, "--json", flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    print(done.stdout.strip(), flush=True)
    if done.returncode != 0:
        sys.exit(f"exit code {done.returncode}")
    return json.loads(done.stdout)


def bar(text, met):
    print(("met    " if met else "MISSED ") + text, flush=True)
    if not met:
        missed.append(text)


def finish():
    """Exit code 1 when a bar was missed."""
    sys.exit(1 if missed else 0)
