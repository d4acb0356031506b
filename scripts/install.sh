#!/usr/bin/env bash
# Installs a lock file, and then this package as an editable one, into the virtual environment $1.
set -euo pipefail
venv=$1 lock=$2

"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
# A path file is all that an editable install of a pure package is; so nothing has to be built for a demo.
"$venv/bin/python" - "$PWD" <<'PYTHON'
import sys
import sysconfig
from pathlib import Path

Path(sysconfig.get_path("purelib"), "sequence_customers_client.pth").write_text(sys.argv[1] + "\n", encoding="utf-8")
PYTHON
