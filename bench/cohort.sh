#!/usr/bin/env bash
# Cohorts as an agent runs them, what it asks the vocabulary and the one statement, and the same computed as tools of the
# OMOP world do it: a chain of temporary tables, one a step, analysed each, and the cohort written to its table. Same data, same indexes, one run; what counts is the ratio, and that both count the same.
# PATIENTS (default 1,000,000); CORDON_BENCH_DB names a database that has them already; ROUNDS (default 3), the best counts.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
BENCH=${BENCH:-build/plain/bench}
ROUNDS=${ROUNDS:-3}
work=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -z "${CORDON_BENCH_DB:-}" ]; then
	# shellcheck source=tests/lib/cluster.sh
	. tests/lib/cluster.sh
	trap 'cluster_down; rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	CLUSTER_BUFFERS=2GB
	cluster_init "$work" && cluster_up one || { echo "$CLUSTER_ERROR"; exit 1; }
	CORDON_BENCH_DB="host=$(cluster_host one) user=postgres dbname=hospital"
	psql "$CORDON_BENCH_DB" -X -q -v patients="${PATIENTS:-1000000}" -v seed=1 -v site=one -f demo/hospital.sql || exit 1
fi

# ---- the chain, step by step ----

# codes N CONCEPT: the concepts of set N
codes()
{
	echo "insert into codesets select $1, concept_id from (select concept_id from cdm.concept where concept_id = $2
		union select a.descendant_concept_id from cdm.concept_ancestor a join cdm.concept c
		on c.concept_id = a.descendant_concept_id and c.invalid_reason is null where a.ancestor_concept_id = $2) x;"
}

# events KIND N [MORE]: the events of a kind with a code of set N
events()
{
	local table=$1 day=$1 id last
	case $1 in
	condition) table=condition_occurrence day=condition_start_date id=condition_occurrence_id last='coalesce(t.condition_end_date, t.condition_start_date + 1)' ;;
	drug) table=drug_exposure day=drug_exposure_start_date id=drug_exposure_id
		last='coalesce(t.drug_exposure_end_date, t.drug_exposure_start_date + t.days_supply, t.drug_exposure_start_date + 1)' ;;
	measurement) table=measurement day=measurement_date id=measurement_id last='t.measurement_date + 1' ;;
	visit) table=visit_occurrence day=visit_start_date id=visit_occurrence_id last='t.visit_end_date' ;;
	esac
	echo "select c.person_id, c.event_id, c.start_date, c.end_date, c.visit_occurrence_id, c.start_date as sort_date from
		(select t.person_id, t.$id as event_id, t.$day as start_date, $last as end_date, t.visit_occurrence_id
			$([ "$1" = measurement ] && echo ', t.value_as_number') from cdm.$table t
		join codesets s on t.${1}_concept_id = s.concept_id and s.codeset_id = $2) c ${3:-}"
}

# start CRITERION PRIOR LIMIT: the qualified events
start()
{
	echo "analyze codesets;
	create temp table qualified_events as select event_id, person_id, start_date, end_date, op_start_date, op_end_date, visit_occurrence_id
	from (select pe.*, row_number() over (partition by pe.person_id order by pe.start_date) as ordinal from
		(select p.ordinal as event_id, p.person_id, p.start_date, p.end_date, op_start_date, op_end_date, p.visit_occurrence_id from
			(select e.person_id, e.start_date, e.end_date,
				row_number() over (partition by e.person_id order by e.sort_date, e.event_id) as ordinal,
				op.observation_period_start_date as op_start_date, op.observation_period_end_date as op_end_date, e.visit_occurrence_id
			from ($1) e join cdm.observation_period op on e.person_id = op.person_id
				and e.start_date >= op.observation_period_start_date and e.start_date <= op.observation_period_end_date
			where op.observation_period_start_date + $2 <= e.start_date and e.start_date <= op.observation_period_end_date) p $3) pe) qe;
	analyze qualified_events;"
}

# some|none EVENTS FROM TO HAVING [OVER]: a criterion, in days from the index; all: every day before
windowed()
{
	local from="a.start_date >= p.start_date + ($2)"
	[ "$2" = all ] && from='a.start_date >= p.op_start_date'
	echo "select p.person_id, p.event_id from ${4:-qualified_events} p join ($1) a on a.person_id = p.person_id
		and a.start_date >= p.op_start_date and a.start_date <= p.op_end_date and $from and a.start_date <= p.start_date + ($3)"
}
some()
{
	echo "select 0 as index_id, cc.person_id, cc.event_id from ($(windowed "$1" "$2" "$3" "${5:-}")) cc
		group by cc.person_id, cc.event_id having count(cc.event_id) $4"
}
none()
{
	echo "select 0 as index_id, p.person_id, p.event_id from qualified_events p left join ($(windowed "$1" "$2" "$3")) cc
		on p.person_id = cc.person_id and p.event_id = cc.event_id group by p.person_id, p.event_id having count(cc.event_id) = 0"
}
years()
{
	echo "select 0 as index_id, e.person_id, e.event_id from qualified_events e join cdm.person p on p.person_id = e.person_id
		where extract(year from e.start_date) - p.year_of_birth >= $1 group by e.person_id, e.event_id"
}

# rule HAVING CRITERION...: one inclusion rule
RULES=0
rule()
{
	local having=$1 all='' one
	shift
	for one in "$@"; do all+="${all:+ union all }$one"; done
	echo "create temp table inclusion_$RULES as select $RULES as inclusion_rule_id, person_id, event_id from
		(select pe.person_id, pe.event_id from qualified_events pe join (select 0 as index_id, person_id, event_id from
			(select e.person_id, e.event_id from qualified_events e join ($all) cq on e.person_id = cq.person_id and e.event_id = cq.event_id
			group by e.person_id, e.event_id having count(index_id) $having) g) ac on ac.person_id = pe.person_id and ac.event_id = pe.event_id) r;
	analyze inclusion_$RULES;"
}

# finish N: events that meet all N rules, their ends, and the cohort
finish()
{
	local i all=''
	for ((i = 0; i < $1; i++)); do all+="${all:+ union all }select inclusion_rule_id, person_id, event_id from inclusion_$i"; done
	echo "create temp table inclusion_events as ${all:-select 0 as inclusion_rule_id, 0::bigint as person_id, 0::bigint as event_id where false};
	analyze inclusion_events;
	create temp table included_events as select event_id, person_id, start_date, end_date, op_start_date, op_end_date from
		(select m.*, row_number() over (partition by person_id order by start_date) as ordinal from
			(select q.event_id, q.person_id, q.start_date, q.end_date, q.op_start_date, q.op_end_date,
				sum(coalesce(power(2::numeric, i.inclusion_rule_id), 0)) as mask
			from qualified_events q left join inclusion_events i on i.person_id = q.person_id and i.event_id = q.event_id
			group by q.event_id, q.person_id, q.start_date, q.end_date, q.op_start_date, q.op_end_date) m
			where m.mask = power(2::numeric, $1) - 1) r where r.ordinal = 1;
	analyze included_events;
	create temp table cohort_rows as select person_id, start_date, end_date from
		(select i.person_id, i.start_date, e.end_date, row_number() over (partition by i.person_id, i.event_id order by e.end_date) as ordinal
		from included_events i join (select event_id, person_id, op_end_date as end_date from included_events) e
			on i.event_id = e.event_id and i.person_id = e.person_id and e.end_date >= i.start_date) f where ordinal = 1;
	analyze cohort_rows;
	create temp table final_cohort as select person_id, min(start_date) as start_date, max(end_date) as end_date from
		(select person_id, start_date, end_date, sum(begins) over (partition by person_id order by start_date, begins desc
			rows unbounded preceding) as era from
			(select person_id, start_date, end_date, case when max(end_date) over (partition by person_id order by start_date
				rows between unbounded preceding and 1 preceding) >= start_date then 0 else 1 end as begins from cohort_rows) s) g
		group by person_id, era;
	analyze final_cohort;
	delete from cohort where cohort_definition_id = 1;
	insert into cohort select 1, person_id, start_date, end_date from final_cohort;
	select count(distinct person_id) from final_cohort;"
}

T2=201826 METFORMIN=1503297 INSULIN=1516976 STATIN=1545958 HBA1C=3004410
FIRST='where p.ordinal = 1'
chain()
{
	echo 'begin; create temp table cohort (cohort_definition_id int, subject_id bigint, cohort_start_date date, cohort_end_date date);
	create temp table codesets (codeset_id int not null, concept_id bigint not null);'
	RULES=0
	case $1 in
	1) codes 0 $T2; start "$(events condition 0)" 365 "$FIRST"; finish 0 ;;
	2)
		codes 0 $T2; codes 1 $METFORMIN; start "$(events condition 0)" 0 "$FIRST"
		rule '= 1' "$(some "$(events drug 1)" 0 90 '>= 1')"; finish 1
		;;
	3)
		codes 0 $T2; codes 1 $METFORMIN; codes 2 $INSULIN; codes 3 $HBA1C; start "$(events condition 0)" 0 "$FIRST"
		rule '= 1' "$(some "$(events drug 1)" 0 90 '>= 1')"; RULES=1
		rule '= 1' "$(some "$(events measurement 3 'where c.value_as_number >= 7')" -30 30 '>= 1')"; RULES=2
		rule '= 1' "$(none "$(events drug 2)" -365 -1)"; finish 3
		;;
	4)
		codes 0 $METFORMIN; codes 1 $T2; start "$(events drug 0)" 0 ''
		rule '= 1' "$(none "$(events drug 0)" -365 -1)"; RULES=1
		rule '= 1' "$(some "$(events condition 1)" all 0 '>= 1')"; finish 2
		;;
	5) codes 0 $T2; start "$(events condition 0)" 0 "$FIRST"; rule '= 1' "$(some "$(events condition 0)" 1 365 '>= 2')"; finish 1 ;;
	6)
		codes 0 316866; codes 1 4185932; codes 2 381316; codes 3 316139; start "$(events condition 0)" 0 "$FIRST"
		rule '= 1' "$(years 45)"; RULES=1; rule '= 1' "$(none "$(events condition 1)" all 0)"; RULES=2
		rule '= 1' "$(none "$(events condition 2)" all 0)"; RULES=3; rule '= 1' "$(none "$(events condition 3)" all 0)"; finish 4
		;;
	7)
		codes 0 $T2; codes 1 316866; codes 2 4185932; codes 3 381316; codes 4 46271022; start "$(events condition 0)" 0 "$FIRST"
		rule '>= 2' "$(some "$(events condition 1)" all 0 '>= 1')" "$(some "$(events condition 2)" all 0 '>= 1')" \
			"$(some "$(events condition 3)" all 0 '>= 1')" "$(some "$(events condition 4)" all 0 '>= 1')"
		finish 1
		;;
	8)
		codes 0 $T2; codes 1 9201; codes 2 $STATIN; start "$(events condition 0)" 0 "$FIRST"
		local over="(select q.person_id, q.event_id, q.start_date, q.end_date, q.visit_occurrence_id, op.observation_period_start_date as op_start_date,
			op.observation_period_end_date as op_end_date from ($(events visit 1)) q join cdm.observation_period op on q.person_id = op.person_id
			and op.observation_period_start_date <= q.start_date and op.observation_period_end_date >= q.start_date)"
		local with="select pe.person_id, pe.event_id, pe.start_date, pe.end_date, pe.visit_occurrence_id, pe.sort_date from ($(events visit 1)) pe join
			(select 0 as index_id, person_id, event_id from (select e.person_id, e.event_id from $over e join
				($(some "$(events drug 2)" 0 30 '>= 1' "$over")) cq on e.person_id = cq.person_id and e.event_id = cq.event_id
				group by e.person_id, e.event_id having count(index_id) = 1) g) ac on ac.person_id = pe.person_id and ac.event_id = pe.event_id"
		rule '= 1' "$(some "$with" -30 30 '>= 1')"; finish 1
		;;
	10) codes 0 443387; start "$(events condition 0)" 365 "$FIRST"; finish 0 ;;
	11) codes 0 443387; codes 1 $INSULIN; start "$(events condition 0)" 0 "$FIRST"; rule '= 1' "$(none "$(events drug 1)" -365 -1)"; finish 1 ;;
	9) codes 0 $T2; codes 1 $HBA1C; start "$(events condition 0)" 0 "$FIRST"; rule '= 1' "$(some "$(events measurement 1)" 0 730 '>= 3')"; finish 1 ;;
	esac
	echo 'rollback;'
}

# ---- side by side ----

# The server's process and how many children it has when nobody is connected: its ended sessions' CPU, workers and all,
# is what counts on a machine with other work. Without the process, on another machine, it is 0.
SERVER=$(psql "$CORDON_BENCH_DB" -X -q -At -c "select split_part(pg_read_file('postmaster.pid'), E'\n', 1)") || exit 1
sleep 0.5
CHILDREN=$(ps --no-headers --ppid "$SERVER" | wc -l)
cpu_ms()
{
	local tries=0
	while [ "$(ps --no-headers --ppid "$SERVER" | wc -l)" -gt "$CHILDREN" ] && ((++tries < 100)); do sleep 0.02; done
	awk -v hz="$(getconf CLK_TCK)" '{print int(($16 + $17) * 1000 / hz)}' "/proc/$SERVER/stat" 2>/dev/null || echo 0
}

# best FILE OPTIONS: the least milliseconds of ROUNDS runs under these settings, without connecting; the least CPU in
# $work/cpu, its rows in $work/rows, what it counted in $work/count
NOW='select (extract(epoch from clock_timestamp()) * 1000)::int8;'
best()
{
	local i took used least='' least_cpu=''
	for ((i = 0; i < ROUNDS; i++)); do
		{ echo "$NOW"; cat "$1"; echo "$NOW"; } >"$work/script"
		used=$(cpu_ms)
		PGOPTIONS="$2" psql "$CORDON_BENCH_DB" -X -q -At -F ' ' -v ON_ERROR_STOP=1 -f "$work/script" >"$work/out" || exit 1
		used=$(($(cpu_ms) - used))
		took=$(($(tail -n 1 "$work/out") - $(head -n 1 "$work/out")))
		[ -z "$least" ] || [ "$took" -lt "$least" ] && least=$took
		[ -z "$least_cpu" ] || [ "$used" -lt "$least_cpu" ] && least_cpu=$used
	done
	sed '1d; $d' "$work/out" >"$work/rows"
	tail -n 1 "$work/rows" | sed 's/.* //' >"$work/count"
	echo "$least_cpu" >"$work/cpu"
	echo "$least"
}
# The memory and costs that our statement brings along, for the chain. And a database without indexes.
EQUAL=$("$BENCH/cohort" asks 1 | sed -n "s/^SET LOCAL/-c/; /^-c/{s/; SET LOCAL/ -c/g; s/-c enable[^-]*//; s/[';]//g; s/ = /=/g; p}")
WITHOUT='-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off'

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN {printf "%.1f", a / (b > 0 ? b : 1)}'
}

# row N NAME OPTIONS
row()
{
	local asks ours people theirs equal ours_cpu theirs_cpu
	"$BENCH/cohort" asks "$1" >"$work/asks.sql" || exit 1
	chain "$1" >"$work/chain.sql"
	asks=$(best "$work/asks.sql" "$3")
	ours_cpu=$(cat "$work/cpu")
	"$BENCH/cohort" "$1" <"$work/rows" >"$work/ours.sql" || exit 1
	ours=$(($(best "$work/ours.sql" "$3") + asks))
	ours_cpu=$((ours_cpu + $(cat "$work/cpu")))
	people=$(cat "$work/count")
	theirs=$(best "$work/chain.sql" "$3")
	theirs_cpu=$(cat "$work/cpu")
	[ "${people:-0}" = "$(cat "$work/count")" ] || { echo "cohort $1: ${people:-0} people here, $(cat "$work/count") there"; exit 1; }
	equal=$(best "$work/chain.sql" "$EQUAL $3")
	printf "$LINE" "$2" "$people" "$ours" "$theirs" "$(ratio "$theirs" "$ours")" "$equal" "$(ratio "$equal" "$ours")" \
		"$ours_cpu" "$theirs_cpu" "$(ratio "$theirs_cpu" "$ours_cpu")"
	[ -n "$3" ] || echo "$(ratio "$theirs" "$ours") $(ratio "$equal" "$ours") $(ratio "$theirs_cpu" "$ours_cpu")" >>"$work/ratios"
}

LINE='%-52s %7s %8s %9s %6s %9s %6s %7s %7s %6s\n'
"$BENCH/cohort" write
printf "$LINE" cohort people 'ours ms' 'chain ms' ratio 'equal ms' ratio 'CPU ms' 'chain' ratio
for n in ${ONLY:-1 2 3 4 5 6 7 8 9 10 11}; do
	row "$n" "$("$BENCH/cohort" name "$n")" ''
done
[ -n "${ONLY:-}" ] || row 6 "the sixth without any index" "$WITHOUT"
SAYS=('the chain as it runs' 'the chain under our settings' 'CPU, the chain as it runs')
for column in 1 2 3; do
	cut -d' ' -f$column "$work/ratios" | sort -n |
		awk -v of="${SAYS[column - 1]}" '{v[NR] = $1} END {printf "%s: median ratio %.1f, least %.1f\n", of, v[int((NR + 1) / 2)], v[1]}'
done
