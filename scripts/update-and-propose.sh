#!/usr/bin/env bash
# Fetch what the vendor publishes, run the update, and propose what comes of it as a change request.
#
#   scripts/update-and-propose.sh SOURCE…        addresses (https://…) or files; without any, $UPDATE_SOURCES
#
# REMOTE (origin) is where the branch is pushed. PROPOSE is the program that opens the change request; it is called with
# the branch, a title and the file of the report, and is `gh pr create` unless told. PYTHON is .venv's unless told.
# Nothing to do is a success, and so is a proposal that is there already; all else is not, and leaves the tree as it was.
set -euo pipefail
cd "$(dirname "$0")/.."

remote=${REMOTE:-origin}
python=${PYTHON:-.venv/bin/python}
sources=("$@")
# shellcheck disable=SC2206 # a list of addresses, none of which holds a space
[ ${#sources[@]} -gt 0 ] || sources=(${UPDATE_SOURCES:-})
[ ${#sources[@]} -gt 0 ] || { echo "update-and-propose: no source: name some, or set UPDATE_SOURCES" >&2; exit 2; }
if [ -n "$(git status --porcelain)" ]; then
  echo "update-and-propose: the tree is dirty; commit, or put it away, and try again" >&2
  exit 1
fi

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
files=()
for source in "${sources[@]}"; do
  case $source in
    https://*)
      file=$fetched/${#files[@]}-$(basename "${source%%[?#]*}")
      curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' \
        --max-time 120 --max-filesize 50000000 --retry 3 --output "$file" "$source"
      files+=("$file")
      ;;
    *) files+=("$source") ;;
  esac
done

report=$fetched/report.md
"$python" -m scripts.update --report "$report" "${files[@]}"
verdict=$(sed -n '1s/^verdict: //p' "$report")
version=$(sed -n '$s/^next version: //p' "$report")
if [ "$verdict" = none ]; then
  exit 0
fi

# The same document gives the same branch, so that a proposal that waits is not made twice.
branch=update-spec/$(git hash-object openapi/customers.yaml | cut -c1-12)
title="Follow the vendor's document: $verdict, $version"
former=$(git symbolic-ref --quiet --short HEAD || git rev-parse HEAD)
changed=(openapi sequence_customers_client/_generated CHANGELOG.md)
if [ -n "$(git ls-remote --heads "$remote" "$branch")" ]; then
  git checkout --quiet HEAD -- "${changed[@]}"
  echo "update-and-propose: $branch is proposed already"
  exit 0
fi
git checkout --quiet -B "$branch"
git add --all -- "${changed[@]}"
{ printf '%s\n\n' "$title"; cat "$report"; } | git commit --quiet --cleanup=whitespace --file=-
git checkout --quiet "$former"
git push --quiet "$remote" "$branch"
if [ -n "${PROPOSE:-}" ]; then
  "$PROPOSE" "$branch" "$title" "$report"
else
  gh pr create --head "$branch" --title "$title" --body-file "$report"
fi
echo "update-and-propose: $branch: $title"
