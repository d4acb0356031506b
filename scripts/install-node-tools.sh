#!/usr/bin/env bash
# Installs the locked Node tools into the virtual environment $1, with that environment's own Node.
set -euo pipefail
source=$(realpath "$(dirname "$0")/node")
venv=$(realpath "${1:-.venv}")

mkdir -p "$venv/node"
cp "$source/package.json" "$source/package-lock.json" "$venv/node/"
cd "$venv/node"
echo "Installing scripts/node/package-lock.json into ${1:-.venv}"
echo "  $(grep -c '"integrity":' package-lock.json) packages, which npm fetches without a word"
# npm ci takes what the lock names, by its hash, or fails; it reports on stdout even when all went well.
"$venv/bin/npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
