#!/usr/bin/env bash
# Plain only: its subject is the words; what writes them runs under sanitizers in test_tell and fuzz_question
# What `cordon cohort read` says of a cohort is read back, in both languages: nothing may be lost.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d "${TMPDIR:-/tmp}/cordon-t.XXXXXX")
trap 'rm -rf "$folder"' EXIT
tests/lib/tell_back.py "$BIN/cordon" "$folder" "${COHORTS:-2000}" 1
