#!/usr/bin/env bash
# Makes the virtual environment $1 hold what the lock file $2 names, nothing else, and this package as an editable one.
# The lock covers what pyproject.toml asks for, and with a dependency group $3 that and every extra, too.
#
# Nothing is resolved: pip takes each pin by its hash, and follows no requirement of any package. So whatever an index
# offers by now, the same is installed; and whether all of it fits together is asked afterwards, with no index in reach.
set -euo pipefail
venv=$1 lock=$2 group=${3:-}

pip() { "$by" -m pip --disable-pip-version-check ${into:+--python "$into"} "$@"; }

install() {
    pip install --no-deps --require-hashes --only-binary :all: --no-compile --progress-bar off --requirement "$1" 2>&1 |
        awk '/^ERROR:/ { bad = 1 } bad { print >"/dev/stderr" } /^Collecting/ { print "  " $2; fflush() }'
}

# The pip of the lock comes first, as an old one takes twice as long. No pin waits for another: each core has a pip.
echo "Installing $lock into $venv"
parts=$(mktemp -d)
trap 'rm -r "$parts"' EXIT
cores=$(getconf _NPROCESSORS_ONLN)
awk -v parts="$parts" -v cores="$cores" '
    /^[a-z0-9]/ { part = /^pip==/ ? "pip" : "pins-" int((n++) / 25) % cores } part { print > (parts "/" part) }' "$lock"
export by=$venv/bin/python into=
if ! "$by" -c 'import pip' 2>/dev/null; then
    # A new environment has none. Where the lock brings one, the machine's own puts it there sooner than Python its own.
    by=${PYTHON:-python3} into=$venv/bin/python
    { [ -e "$parts/pip" ] && pip --version; } &>/dev/null || { "$into" -m ensurepip && by=$into into=; } &>/dev/null ||
        pip --version >/dev/null || { echo "there is no pip: install it, or on Debian python3-venv" >&2; exit 1; }
fi
[ ! -e "$parts/pip" ] || { install "$parts/pip"; by=$venv/bin/python into=; }
export -f pip install
printf '%s\n' "$parts"/pins-* | xargs -P "$cores" -I {} bash -c 'set -o pipefail; install "{}" || exit 255' ||
    { echo "$lock is not installed; the error above says why" >&2; exit 1; }

# A path file is all that an editable install of a pure package is; so nothing has to be built for a demo.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD" >"$site/sequence_customers_client.pth"

names() { sed 's#.*/##; s/-[^-]*\.dist-info$//; s/==$//' | tr 'A-Z_.' 'a-z--' | grep '^[a-z0-9]' | sort -u; }
stale=$(comm -23 <(printf '%s\n' "$site"/*.dist-info | names) <({ echo pip; grep -o '^[A-Za-z0-9][^ =]*==' "$lock"; } | names))
[ -z "$stale" ] || pip uninstall --quiet --yes --requirement /dev/stdin <<<"$stale"

asked=$("$venv/bin/python" -c '
import sys, tomllib
document = tomllib.load(sys.stdin.buffer)
project, group = document["project"], sys.argv[1]
wider = [*project.get("optional-dependencies", {}).values(), document["dependency-groups"][group]] if group else []
asked = sum(wider, project["dependencies"])
print(*(each for each in asked if not each.startswith(project["name"])), sep="\n")
' "$group" <pyproject.toml)
PIP_CONFIG_FILE=/dev/null pip --isolated install --dry-run --quiet --no-index --requirement /dev/stdin <<<"$asked" || {
    echo "$lock is incomplete, or its packages do not fit together; the error above names the package: make lock" >&2
    exit 1
}
