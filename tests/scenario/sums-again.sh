#!/usr/bin/env bash
# Secure sums that the program made, made again by a second implementation that knows docs/protocol-sums.md alone; and
# people counted once, by one that knows docs/protocol-distinct.md: test_distinct makes the same as is written here.
# Plain only: no program of ours runs.
cd "$(dirname "$0")/../.." || exit 1
python3 tests/vectors/check_sums.py || exit 1
python3 tests/vectors/make_distinct.py | diff - tests/vectors/distinct.txt || exit 1
echo "ok: people counted once, as test_distinct counts them"
