#!/usr/bin/env bash
# What action.yml does between installing and uploading: variables in, one run, a summary and two outputs out. The exit
# code of the run is an output, so that the reports are uploaded whatever it is.
set -uo pipefail

words=(run --report "$REPORT" --wait "${WAIT:-0}")
[ "$FAIL_ON" = never ] || words+=(--fail-on "$FAIL_ON")
[ -z "${AGAINST:-}" ] || words+=(--against "$AGAINST")
[ -z "${TIMEOUT:-}" ] || words+=(--timeout "$TIMEOUT")
[ -z "${PROFILE:-}" ] || words+=(--profile "$PROFILE")
while IFS= read -r line; do
  [ -z "$line" ] || words+=(--provider "$line")
done <<< "${PROVIDER:-}"
while IFS= read -r line; do
  [ -z "$line" ] || words+=(--scenario "$line")
done <<< "${SCENARIOS:-}"
if [ -n "${BASE_URL:-}" ]; then
  words+=(--base-url "$BASE_URL" --model "$MODEL" --auth "$AUTH")
  [ -z "${NAME:-}" ] || words+=(--name "$NAME")
  [ -z "${WITHOUT:-}" ] || words+=(--without "$WITHOUT")
  [ -z "${MESSAGES_CONFORMANCE_KEY:-}" ] || words+=(--api-key-env MESSAGES_CONFORMANCE_KEY)
fi

"$RUNNER_TEMP/messages-conformance/bin/messages-conformance" "${words[@]}"
code=$?
{
  echo "exit-code=$code"
  echo "report=$REPORT"
} >> "$GITHUB_OUTPUT"
if [ -f "$REPORT/matrix.md" ]; then
  cat "$REPORT/matrix.md" >> "$GITHUB_STEP_SUMMARY"
else
  echo "messages-conformance ended with $code before it asked anything: see the log." >> "$GITHUB_STEP_SUMMARY"
fi
