#!/bin/sh
# Rebuild the virtual environment and our program, make the inputs, run everything, print the tables.
#   benches/peers/run.sh --peers jax,numpy,spinwright --workloads W4      the bar of the dense block (about a minute)
#   benches/peers/run.sh --peers numba,jax,dwave_g,ferrotherm,ferro_rtl,spinwright,spinwright_exact --workloads W1,W2,W3,W5 --modes 1chain,batch,2core,w5
#                                                                         the bars of the sparse graphs
#   benches/peers/run.sh                                                  all peers and workloads
# Exit code 1 when a peer fails, the ratio misses the bar, or the mean energies disagree.
# Places: PEERS_VENV (default benches/peers/.venv), PEERS_OUT (default a new file, removed at the end).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=${PEERS_VENV:-$here/.venv}
export PEERS_DATA=${PEERS_DATA:-$here/data}
command -v python3 >/dev/null || { echo "python3 is missing: apt-get install python3 python3-venv" >&2; exit 1; }
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
cargo build --release --locked --quiet --manifest-path "$root/Cargo.toml" --package spinwright-reference \
    --example peer_spinwright
cargo build --release --quiet --manifest-path "$here/rust/Cargo.toml" --target-dir "${CARGO_TARGET_DIR:-$root/target}/peers"
export PEERS_FERROTHERM="${CARGO_TARGET_DIR:-$root/target}/peers/release/peer_ferrotherm"
export PEERS_SPINWRIGHT="${CARGO_TARGET_DIR:-$root/target}/release/examples/peer_spinwright"
[ -f "$PEERS_DATA/W4.json" ] || "$venv/bin/python" "$here/gen_workloads.py" "$PEERS_DATA"
out=${PEERS_OUT:-}
if [ -z "$out" ]; then
    out=$(mktemp)
    trap 'rm -f "$out"' EXIT
fi
PEERS_PY=$venv/bin/python "$venv/bin/python" "$here/run.py" --out "$out" "$@"
"$venv/bin/python" "$here/table.py" "$out"
