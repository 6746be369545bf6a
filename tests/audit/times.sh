#!/usr/bin/env bash
# times.sh - does the time of an answer tell what is in the database? Two hospitals, one with a handful of patients and
# one with many, get the same 400 questions over real lines that are listened to. Time is from the record that asks
# to the record that answers; the two samples are compared by Kolmogorov and Smirnov. At 400 each a distance above
# 0.19 has a chance of about 1e-6 without a difference. TIMING=open|paced|strict. MANY=n patients.
TAPPED=1
source "$(dirname "$0")/whole.sh"
QUESTIONS=${QUESTIONS:-400}
load_site()
{
	local patients=30

	[ "$1" = renmin ] || patients=${MANY:-20000}
	cluster_psql "$1" -1 -v patients="$patients" -v seed=1 -v site=renmin -f "$ROOT/demo/omop.sql" -f "$ROOT/demo/generate.sql" \
		-f "$ROOT/demo/omop-index.sql" >/dev/null || die "loading $1"
	cluster_psql "$1" -c 'vacuum analyze' >/dev/null
}
federation renmin xiehe

# one hospital at a time, in turn, so that neither waits for the other on a machine that has both
files=()
for ((n = 0; n <= QUESTIONS; n++)); do
	for site in renmin xiehe; do
		files+=("$(question "q$n-$site" <<-Q
			study: DM-2026-01
			kind: count
			dataset: omop
			sites: [$site]
			on: $(date -u -d "2024-06-01 + $n days" +%F)
			cohort: {all: [{condition: [201826+]}, {age: {from: 18}}]}
			group_by: [sex]
		Q
		)")
	done
done
ask_all "${files[@]:0:2}" # both have warmed up
for site in renmin xiehe; do
	echo mark >>"$HOME_OF/line-$site"
done
# one by one, or several would share a record; strict answers leave after the 5 seconds of this deadline's class
JOBS=1 DEADLINE=10
ask_all "${files[@]:2}"
python3 tests/audit/times.py "$TIMING" "${CORDON_REPORT:-/dev/stdout}" "$HOME_OF"/line-{renmin,xiehe} || die "time tells"
