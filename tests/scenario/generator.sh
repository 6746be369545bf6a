#!/usr/bin/env bash
# generator.sh - what a clinician and a statistician would look at in the generated population: is it believable,
# is it the same for the same seed, does it hang together? The seed is fixed, so a bound met once is met always.
# Plain only: it is about the data.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

home=$(mktemp -d)
trap 'cluster_down; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
failed=0

# fill NAME PATIENTS SEED SITE
fill()
{
	cluster_psql "$1" -v patients="$2" -v seed="$3" -v site="$4" -f demo/hospital.sql
}

# check WHAT SQL: the query must give t; else it is shown.
check()
{
	local got

	got=$(cluster_psql "$hospital" -Atc "$2" 2>&1) || true
	if [ "$got" = t ]; then
		printf 'ok    %s\n' "$1"
	else
		printf 'FAIL  %s: %s\n      %s\n' "$1" "$got" "$2"
		failed=1
	fi
}

# between WHAT LOW HIGH SQL: a share in per cent or another number.
between()
{
	local got

	got=$(cluster_psql "$hospital" -Atc "select round(($4)::numeric, 2)" 2>&1) || true
	if [[ $got =~ ^-?[0-9.]+$ ]] && awk -v v="$got" -v a="$2" -v b="$3" 'BEGIN {exit !(v >= a && v <= b)}'; then
		printf 'ok    %-62s %8s\n' "$1" "$got"
	else
		printf 'FAIL  %s: %s is not within %s to %s\n' "$1" "$got" "$2" "$3"
		failed=1
	fi
}

# Every row of every table, in one hash; the same whatever the order.
fingerprint()
{
	cluster_psql "$1" -At <<-'END' | cluster_psql "$1" -At | sort | sha256sum
		select format('select %L, count(*), sum(hashtextextended(t::text, 0)::numeric) from %I.%I t;',
			relname, nspname, relname)
		from pg_class c join pg_namespace n on n.oid = relnamespace
		where nspname in ('cdm', 'research') and relkind = 'r';
	END
}

# compare WHAT yes|no: does cluster three have the rows of cluster two?
compare()
{
	local equal=no

	[ "$same" != "$(fingerprint three)" ] || equal=yes
	if [ "$equal" = "$2" ]; then
		printf 'ok    %s\n' "$1"
	else
		printf 'FAIL  %s: not so\n' "$1"
		failed=1
	fi
}

if ! cluster_init "$home" || ! cluster_up one two three; then
	printf '%s\n' "$CLUSTER_ERROR" >&2
	exit 1
fi
fill one 20000 1 renmin
fill two 3000 7 xiehe
fill three 3000 7 xiehe
hospital=two
same=$(fingerprint two)
compare "the same seed and hospital give the same rows" yes
cluster_psql three -c 'drop schema cdm, research cascade'
fill three 3000 8 xiehe
compare "another seed gives other rows" no
cluster_psql three -c 'drop schema cdm, research cascade'
fill three 3000 7 huashan
compare "another hospital has other rows" no

hospital=one
# Helpers, as a person would write them once: who has a disease with everything under it; age at the end of 2025.
cluster_psql one <<'END'
create schema look;
create materialized view look.has as
	select distinct person_id, ancestor_concept_id as c from cdm.condition_occurrence
	join cdm.concept_ancestor on descendant_concept_id = condition_concept_id;
create index on look.has (c, person_id);
create materialized view look.took as
	select distinct person_id, ancestor_concept_id as c from cdm.drug_exposure
	join cdm.concept_ancestor on descendant_concept_id = drug_concept_id;
create index on look.took (c, person_id);
analyze look.has, look.took;
create view look.person as select person_id, gender_concept_id = 8532 as woman, 2025 - year_of_birth as age from cdm.person;
-- Per cent of people with c; of those with b who also have c; of people in an age range and of a sex.
create function look.share(c int) returns numeric language sql as
	$$ select 100.0 * (select count(*) from look.has h where h.c = $1) / (select count(*) from cdm.person) $$;
create function look.given(b int, c int) returns numeric language sql as
	$$ select 100.0 * count(*) filter (where exists (select from look.has y where y.person_id = x.person_id and y.c = $2)) / count(*)
	from look.has x where x.c = $1 $$;
create function look.treated(b int, drug int) returns numeric language sql as
	$$ select 100.0 * count(*) filter (where exists (select from look.took y where y.person_id = x.person_id and y.c = $2)) / count(*)
	from look.has x where x.c = $1 $$;
create function look.aged(c int, low int, high int) returns numeric language sql as
	$$ select 100.0 * count(*) filter (where exists (select from look.has y where y.person_id = p.person_id and y.c = $1)) / count(*)
	from look.person p where age >= low and age < high $$;
create function look.women(c int) returns numeric language sql as
	$$ select 100.0 * count(*) filter (where woman) / count(*) from look.has join look.person using (person_id) where has.c = $1 $$;
END

between "women, per cent" 46 56 "select 100.0 * count(*) filter (where woman) / count(*) from look.person"
between "mean age in 2025" 42 58 "select avg(age) from look.person"
between "people over 65, per cent" 18 38 "select 100.0 * count(*) filter (where age >= 65) / count(*) from look.person"
between "opted out, per cent" 0.6 1.4 "select 100.0 * count(*) / 20000 from research.opt_out"
between "died, per cent" 4 12 "select 100.0 * count(*) / 20000 from cdm.death"
between "mean age at death" 68 82 "select avg(extract(year from death_date) - year_of_birth) from cdm.death join cdm.person using (person_id)"
between "visits of one person" 3 7 "select count(*) / 20000.0 from cdm.visit_occurrence"
between "inpatient visits, per cent" 6 20 "select 100.0 * count(*) filter (where visit_concept_id = 9201) / count(*) from cdm.visit_occurrence"
between "days in a hospital bed" 4 10 "select avg(visit_end_date - visit_start_date) from cdm.visit_occurrence where visit_concept_id = 9201"

between "type 2 diabetes, 45 to 64" 9 18 "look.aged(201826, 45, 65)"
between "type 2 diabetes, 65 and over" 16 30 "look.aged(201826, 65, 120)"
between "type 2 diabetes, under 30" 0 1 "look.aged(201826, 0, 30)"
between "type 1 diabetes" 0.1 0.6 "look.share(201254)"
between "hypertension, 65 and over" 40 68 "look.aged(316866, 65, 120)"
between "hypertension, 30 to 44" 6 20 "look.aged(316866, 30, 45)"
between "hyperlipidaemia" 12 25 "look.share(432867)"
between "chronic kidney disease, 65 and over" 8 22 "look.aged(46271022, 65, 120)"
between "COPD, 65 and over" 4 14 "look.aged(255573, 65, 120)"
between "COPD, under 40" 0 0.1 "look.aged(255573, 0, 40)"
between "asthma" 2 7 "look.share(317009)"
between "heart failure, 65 and over" 3 12 "look.aged(316139, 65, 120)"
between "atrial fibrillation, 65 and over" 3 12 "look.aged(313217, 65, 120)"
between "stroke, 65 and over" 8 20 "look.aged(381316, 65, 120)"
between "myocardial infarction" 0.7 2.5 "look.share(4329847)"
between "depression" 2.5 7 "look.share(440383)"
between "cancer" 1 5 "look.share(443392)"
between "hepatitis B" 2.5 6 "look.share(4281232)"
between "HIV" 0.03 0.25 "look.share(439727)"
between "dementia, under 60" 0 0.1 "look.aged(4182210, 0, 60)"

between "women among depressed" 55 75 "look.women(440383)"
between "women with hypothyroidism" 68 88 "look.women(140673)"
between "women with osteoporosis" 65 90 "look.women(80502)"
between "men with gout" 72 92 "100 - look.women(440674)"
between "men with infarction" 55 75 "100 - look.women(4329847)"
between "men with COPD" 58 85 "100 - look.women(255573)"
between "men with HIV" 60 100 "100 - look.women(439727)"
check "only men have prostates, only women give birth" "select look.women(198803) = 0 and look.women(4163261) = 0 and look.women(4014295) = 100"

check "hypertension is at least 1.4 times as common with diabetes (45 to 70)" \
	"select avg(htn) filter (where dm) > 1.4 * avg(htn) filter (where not dm) from (select
		exists (select from look.has h where h.person_id = p.person_id and h.c = 201826) as dm,
		exists (select from look.has h where h.person_id = p.person_id and h.c = 316866)::int as htn
	from look.person p where age between 45 and 70) x"
check "the obese have diabetes twice as often" "select look.given(433736, 201826) > 1.6 * look.share(201826)"
check "kidney disease goes with diabetes" "select look.given(201826, 198124) > 2 * look.share(198124)"
check "heart failure goes with ischaemic heart disease" "select look.given(4185932, 316139) > 3 * look.share(316139)"
check "cirrhosis goes with hepatitis B" "select look.given(4281232, 4064161) > 5 * look.share(4064161)"
check "smokers have COPD three times as often (over 50)" \
	"select avg(ill) filter (where smokes) > 3 * avg(ill) filter (where not smokes) from (select
		exists (select from cdm.observation o where o.person_id = p.person_id and observation_concept_id = 4298794) as smokes,
		exists (select from look.has h where h.person_id = p.person_id and h.c = 255573)::int as ill
	from look.person p where age > 50) x"

between "metformin in type 2 diabetes" 55 85 "look.treated(201826, 1503297)"
between "insulin in type 2 diabetes" 10 35 "look.treated(201826, 21600713)"
between "insulin in type 1 diabetes" 90 100 "look.treated(201254, 21600713)"
between "a statin in hyperlipidaemia" 60 95 "look.treated(432867, 21601855)"
between "some pressure drug in hypertension" 60 98 \
	"select 100.0 * count(distinct h.person_id) filter (where t.c is not null) / count(distinct h.person_id) from look.has h
	left join look.took t on t.person_id = h.person_id and t.c in (21601744, 21601782, 21601461, 21601664) where h.c = 316866"
between "a clot-preventing drug after infarction" 85 100 "look.treated(4329847, 21600960)"
check "metformin only with diabetes" "select not exists (select from look.took t where t.c = 1503297
	and not exists (select from look.has h where h.person_id = t.person_id and h.c = 201820))"
check "HIV drugs only with HIV" "select not exists (select from look.took t where t.c = 1738135
	and not exists (select from look.has h where h.person_id = t.person_id and h.c = 439727))"

between "HbA1c at diagnosis of diabetes" 8 9 "select avg(value_as_number) from (select distinct on (m.person_id) value_as_number
	from cdm.measurement m join look.has h on h.person_id = m.person_id and h.c = 201826
	where measurement_concept_id = 3004410 and measurement_date >= (select min(condition_start_date) from cdm.condition_occurrence c
		where c.person_id = m.person_id and condition_concept_id in (201826, 4193704))
	order by m.person_id, measurement_date) x"
between "HbA1c at the last visit of diabetics seen often" 6.8 7.6 "select avg(value_as_number) from (select distinct on (person_id) value_as_number
	from cdm.measurement m join look.has h using (person_id) where h.c = 201826 and measurement_concept_id = 3004410
	and (select count(*) from cdm.measurement n where n.person_id = m.person_id and n.measurement_concept_id = 3004410) > 4
	order by person_id, measurement_date desc) x"
between "HbA1c without diabetes" 5.2 5.8 "select avg(value_as_number) from cdm.measurement m where measurement_concept_id = 3004410
	and not exists (select from look.has h where h.person_id = m.person_id and h.c = 201820)"
between "systolic pressure without hypertension" 112 128 "select avg(value_as_number) from cdm.measurement m where measurement_concept_id = 3004249
	and not exists (select from look.has h where h.person_id = m.person_id and h.c = 316866)"
between "systolic pressure with hypertension" 132 150 "select avg(value_as_number) from cdm.measurement m where measurement_concept_id = 3004249
	and exists (select from look.has h where h.person_id = m.person_id and h.c = 316866)"
check "every value is one a living person can have" "select bool_and(case measurement_concept_id
	when 3004410 then value_as_number between 3.5 and 16 when 3004249 then value_as_number between 70 and 230
	when 3012888 then value_as_number between 35 and 140 when 3016723 then value_as_number between 0.2 and 16
	when 3028437 then value_as_number between 15 and 300 when 3004501 then value_as_number between 40 and 500
	when 3038553 then value_as_number between 9 and 60 end) from cdm.measurement"

# What happens days apart (demo/episodes.sql).
between "who begins metformin and has an HbA1c 90 to 180 days later" 55 90 "select 100.0 * count(*) filter (where exists (select
	from cdm.measurement m where m.person_id = d.person_id and measurement_concept_id = 3004410 and measurement_date - began between 90 and 180)) / count(*)
	from (select person_id, min(drug_exposure_start_date) as began from cdm.drug_exposure join cdm.concept_ancestor on descendant_concept_id = drug_concept_id
		where ancestor_concept_id = 1503297 group by 1 having min(drug_exposure_start_date) < '2026-01-01') d"
between "stays followed by another within 30 days, per cent" 5 20 "select 100.0 * count(*) filter (where exists (select
	from cdm.visit_occurrence w where w.person_id = v.person_id and w.visit_concept_id = 9201 and w.visit_start_date - v.visit_end_date between 1 and 30)) / count(*)
	from cdm.visit_occurrence v where visit_concept_id = 9201"
between "tumours of lung, breast, colon, stomach with chemotherapy within 60 days" 30 70 "select 100.0 * count(*) filter (where exists (select
	from cdm.drug_exposure d join cdm.concept_ancestor on descendant_concept_id = drug_concept_id and ancestor_concept_id = 21601387
	where d.person_id = c.person_id and drug_exposure_start_date - found between 0 and 60)) / count(*)
	from (select person_id, min(condition_start_date) as found from cdm.condition_occurrence where condition_concept_id
		in (443388, 4112853, 4180790, 443387) group by 1) c"
between "acute kidney injury" 0.5 3 "look.share(197320)"
between "acute kidney injury with chronic kidney disease" 4 15 "look.given(46271022, 197320)"
check "the pregnant give birth within seven months" "select bool_and(exists (select from cdm.condition_occurrence d where d.person_id = c.person_id
	and d.condition_concept_id = 4014295 and d.condition_start_date - c.condition_start_date between 1 and 210))
	from cdm.condition_occurrence c where condition_concept_id = 4299535"
check "every record lies between birth and death, inside 2012 to September 2026" \
	"select bool_and(at >= birth_datetime::date and at <= coalesce(death_date, '2026-09-30') and at >= '2012-01-01' and at <= '2026-09-30')
	from (select person_id, visit_start_date as at from cdm.visit_occurrence union all select person_id, condition_start_date
		from cdm.condition_occurrence union all select person_id, drug_exposure_start_date from cdm.drug_exposure
		union all select person_id, measurement_date from cdm.measurement union all select person_id, procedure_date
		from cdm.procedure_occurrence) e join cdm.person using (person_id) left join cdm.death using (person_id)"
check "... and inside the observation period" "select bool_and(visit_start_date between observation_period_start_date
	and observation_period_end_date) from cdm.visit_occurrence join cdm.observation_period using (person_id)"
check "every record belongs to a visit of that person on that day" "select count(*) = 0
	from (select visit_occurrence_id as v, person_id, condition_start_date as at from cdm.condition_occurrence
		union all select visit_occurrence_id, person_id, drug_exposure_start_date from cdm.drug_exposure
		union all select visit_occurrence_id, person_id, measurement_date from cdm.measurement
		union all select visit_occurrence_id, person_id, procedure_date from cdm.procedure_occurrence) e
	left join cdm.visit_occurrence o on o.visit_occurrence_id = v where o.person_id is distinct from e.person_id or visit_start_date <> at"
check "row numbers are unique" "select (select count(*) = count(distinct visit_occurrence_id) from cdm.visit_occurrence)
	and (select count(*) = count(distinct condition_occurrence_id) from cdm.condition_occurrence)
	and (select count(*) = count(distinct drug_exposure_id) from cdm.drug_exposure)
	and (select count(*) = count(distinct measurement_id) from cdm.measurement)"
check "every concept used is in the vocabulary and is its own ancestor" "select not exists (
	select from (select condition_concept_id as c from cdm.condition_occurrence union select drug_concept_id from cdm.drug_exposure
		union select measurement_concept_id from cdm.measurement union select unit_concept_id from cdm.measurement
		union select procedure_concept_id from cdm.procedure_occurrence union select visit_concept_id from cdm.visit_occurrence
		union select observation_concept_id from cdm.observation union select gender_concept_id from cdm.person) used
	where not exists (select from cdm.concept where concept_id = c)
	or not exists (select from cdm.concept_ancestor where ancestor_concept_id = c and descendant_concept_id = c))"
check "descendants matter: 201826 alone misses at least a tenth of 201826+" \
	"select count(distinct person_id) filter (where condition_concept_id = 201826) < 0.9 * count(distinct person_id)
	from cdm.condition_occurrence join cdm.concept_ancestor on descendant_concept_id = condition_concept_id
	where ancestor_concept_id = 201826"
check "kidney disorder due to type 2 diabetes stands under diabetes" "select exists (select from cdm.concept_ancestor
	where ancestor_concept_id = 201820 and descendant_concept_id = 443731 and min_levels_of_separation = 3)"

printf 'How hospitals differ (type 2 diabetes, 45 to 64, per cent): '
for name in one two three; do
	printf '%s ' "$(cluster_psql "$name" -Atc "select round(100.0 * count(*) filter (where exists (select from cdm.condition_occurrence c
		join cdm.concept_ancestor on descendant_concept_id = condition_concept_id and ancestor_concept_id = 201826
		where c.person_id = p.person_id)) / count(*), 1) from cdm.person p where year_of_birth between 1961 and 1980")"
done
printf '\n'
exit $failed
