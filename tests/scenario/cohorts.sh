#!/usr/bin/env bash
# The ten clinical examples of docs/cohorts.md, in both languages, run as they are written on the demo federation: what
# is said of each cohort, and what the hospital answers. WALK_FLAGS=--fill writes the documents anew.
# Plain only: its commands have scenarios of their own.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/walk.sh
export SITES=1 PATIENTS=20000 POLICY=$PWD/demo/policy
for guide in docs/cohorts.md docs/cohorts.zh.md; do
	demo_up
	walk "$guide"
	demo_down
done
