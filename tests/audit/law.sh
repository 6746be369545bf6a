#!/usr/bin/env bash
# law.sh - what leaves the whole agent: two hospitals with the same patients but one, the same questions to both, and
# every released number held against the promised law around the true one. NOISE=gaussian|laplace; QUESTIONS=n, at
# most 365. Each test has a false alarm rate of 1e-8; there are eight.
source "$(dirname "$0")/whole.sh"
PATIENTS=3000
load_site()
{
	cluster_psql "$1" -1 -v patients="$PATIENTS" -v seed=1 -v site=renmin -f "$ROOT/demo/omop.sql" -f "$ROOT/demo/generate.sql" \
		-f "$ROOT/demo/omop-index.sql" >/dev/null || die "loading $1"
}
# a woman of 45 to 65, of whom no other sign remains in xiehe
WHO="(select min(person_id) from cdm.person where gender_concept_id = 8532 and 2025 - year_of_birth between 46 and 64
	and person_id not in (select person_id from research.opt_out))"
federation renmin xiehe
patient=$(truth renmin "select $WHO")
for table in $(truth xiehe "select table_schema || '.' || table_name from information_schema.columns where column_name = 'person_id'
	and table_schema = 'cdm' order by table_name = 'person'"); do
	cluster_psql xiehe -c "delete from $table where person_id = $patient" >/dev/null || die "$table"
done

files=()
for ((n = 0; n < ${QUESTIONS:-365}; n++)); do
	files+=("$(question "q$n" <<-Q
		study: DM-2026-01
		kind: crosstab
		dataset: omop
		on: $(date -u -d "2025-01-01 + $n days" +%F)
		cohort: {all: [{age: {from: 18}}]}
		group_by: [sex, age]
	Q
	)")
done
# by hand: site, age, sex, people
for site in renmin xiehe; do
	truth "$site" "select '$site', case when age < 45 then '18-44' when age < 65 then '45-64' when age < 80 then '65-79' else '80+' end,
		case gender_concept_id when 8507 then '男' when 8532 then '女' else 'other' end, count(*)
		from (select *, 2025 - year_of_birth as age from cdm.person) p where age >= 18
		and not exists (select from research.opt_out o where o.person_id = p.person_id) group by 1, 2, 3"
done >"$HOME_OF/truth"
ask_all "${files[@]}"
python3 tests/audit/law.py "$NOISE" "$HOME_OF/truth" "${CORDON_REPORT:-/dev/stdout}" "${files[@]/%/.json}" || die "not the promised law"
