#!/usr/bin/env bash
# Secure sums that the program made, made again by a second implementation that knows docs/protocol-sums.md alone.
# Plain only: no program of ours runs.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/vectors/check_sums.py
