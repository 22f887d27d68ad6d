#!/usr/bin/env bash
# whom.sh [PATTERN]   Whom a night asks: every provider of the catalogue in the public network, one job each.
#
# Prints `matrix=` and what GitHub takes for a matrix: for each provider its id, and the variable that holds its key. A
# providers.yaml in the working directory counts; providers on this machine or its own network are left out.
set -euo pipefail

matrix='{include: [.[] | select(.nearby | not) | {provider: .id, key_env: (.key_env // "")}]}'
echo "matrix=$(messages-conformance list providers "$@" --json | jq --compact-output "$matrix")"
