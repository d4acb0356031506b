#!/usr/bin/env bash
# Writes the lock files, with the uv and the npm of the virtual environment $1.
# A pin stays while it satisfies what is asked for: to renew all pins of a lock file, delete it first.
set -euo pipefail
bin=$(realpath "${1:-.venv}")/bin
cd "$(dirname "$0")/.."

compile() {
    # Where packages come from is each machine's own affair, so no index and no find-links may get in.
    "$bin/uv" pip compile pyproject.toml --quiet --python "$bin/python" \
        --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links \
        --custom-compile-command 'make lock' "$@"
}

# dev first: its tools may cap a version that runtime, alone, would take newer.
compile --all-extras --group dev --output-file requirements/dev.txt
compile --constraints requirements/dev.txt --output-file requirements/runtime.txt
compile --constraints requirements/dev.txt --all-extras --group bench --output-file requirements/bench.txt

cd scripts/node
"$bin/npm" install --package-lock-only --omit-lockfile-registry-resolved=true \
    --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
# Whom to fund is all the addresses that npm leaves in the file.
"$bin/node" -e '
    const fs = require("fs"), lock = process.argv[1];
    const kept = (key, value) => (key === "funding" ? undefined : value);
    fs.writeFileSync(lock, JSON.stringify(JSON.parse(fs.readFileSync(lock), kept), null, 2) + "\n");
' package-lock.json
