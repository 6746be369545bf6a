#!/usr/bin/env bash
# Secure sums: three hospitals' numbers are added under masks, the answer is their noised sum, and nobody's own number
# is anywhere.
SUMS=1
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=1500
federation renmin xiehe huashan
everyone=$(question everyone <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-01-01
mode: secure
cohort: {all: [{age: {from: 18}}]}
Q
)
ask "$everyone"
want 0 "three hospitals, one sum"
cat "$HOME_OF/out"
