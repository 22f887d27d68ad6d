#!/usr/bin/env bash
# nightly.sh NIGHTS PUBLIC JOB...   One night after its jobs are done: join them, forget old nights, make what is published.
#
# NIGHTS holds a directory for each night. Each JOB is the --report of one `messages-conformance run`, named after its
# provider; one without results is shown as not run. KEEP is how many nights are kept (90). Afterwards PUBLIC is a static
# site: the latest matrix, what changed since the night before (compare.html, compare.json), history, and every night.
set -euo pipefail

nights=$1 public=$2
shift 2
night=$nights/$(date -u +%Y-%m-%dT%H%M%SZ)

jobs=() lost=()
for job in "$@"; do
  if [ -s "$job/results.jsonl" ]; then jobs+=("$job"); else lost+=(--not-run "$(basename "$job")=its job left no results"); fi
done
# Red cells are what a night is for. Only what keeps the results from being joined stops it.
code=0
messages-conformance combine "${jobs[@]}" --report "$night" "${lost[@]}" || code=$?
case $code in 2 | 4) exit "$code" ;; esac

# Names sort by time, so the last ones are the newest.
old=("$nights"/????-??-??T??????Z)
for ((i = 0; i < ${#old[@]} - ${KEEP:-90}; i++)); do rm -rf "${old[i]}"; done

rm -rf "$public.new"
messages-conformance site "$nights" --to "$public.new" > /dev/null
rm -rf "$public"
mv "$public.new" "$public"
echo "wrote $public/index.html"
