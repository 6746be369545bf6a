#!/usr/bin/env bash
# Cohorts as an agent runs them, what it asks the vocabulary and the one statement, and the same computed as tools of the
# OMOP world do it: a chain of temporary tables, one a step, analysed each, and the cohort written to its table. Same data, same indexes, one run; what counts is the ratio, and that both count the same.
# STATISTICS=0 leaves out what the chain writes of the rules, as ATLAS has it always.
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

# Both run with the common data model's foreign keys (cohort.c takes them for granted, and its statements fail without).
if [ "$(psql "$CORDON_BENCH_DB" -X -q -At -c "select count(*) from pg_constraint where contype = 'f' and confrelid = 'cdm.person'::regclass")" = 0 ]; then
	psql "$CORDON_BENCH_DB" -X -q -f demo/omop-keys.sql || exit 1
fi

# ---- the chain, step by step ----

# plus DAY N: days are added as an interval, from which a timestamp comes, as in its translation for PostgreSQL
plus()
{
	echo "($1 + $2 * interval '1 day')"
}

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
	condition) table=condition_occurrence day=condition_start_date id=condition_occurrence_id last="coalesce(t.condition_end_date, $(plus t.condition_start_date 1))" ;;
	drug) table=drug_exposure day=drug_exposure_start_date id=drug_exposure_id
		last="coalesce(t.drug_exposure_end_date, $(plus t.drug_exposure_start_date t.days_supply), $(plus t.drug_exposure_start_date 1))" ;;
	measurement) table=measurement day=measurement_date id=measurement_id last=$(plus t.measurement_date 1) ;;
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
			where $(plus op.observation_period_start_date "$2") <= e.start_date and $(plus e.start_date 0) <= op.observation_period_end_date) p $3) pe) qe;
	analyze qualified_events;"
}

# some|none EVENTS FROM TO HAVING [OVER]: a criterion, in days from the index; all: every day before
windowed()
{
	local from="a.start_date >= $(plus p.start_date "$2")"
	[ "$2" = all ] && from='a.start_date >= p.op_start_date'
	echo "select p.person_id, p.event_id from ${4:-qualified_events} p join ($1) a on a.person_id = p.person_id
		and a.start_date >= p.op_start_date and a.start_date <= p.op_end_date and $from and a.start_date <= $(plus p.start_date "$3")"
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

# impact MODE EVENTS: how many events meet which of the rules, each rule, all of them
impact()
{
	echo "delete from cordon_bench.inclusion_result where cohort_definition_id = 1 and mode_id = $1;
	insert into cordon_bench.inclusion_result select 1, mask, count(*), $1 from
		(select q.person_id, q.event_id, cast(sum(coalesce(power(2::bigint, i.inclusion_rule_id), 0)) as bigint) as mask
		from $2 q left join inclusion_events i on i.person_id = q.person_id and i.event_id = q.event_id group by q.person_id, q.event_id) m
		group by mask;
	delete from cordon_bench.inclusion_stats where cohort_definition_id = 1 and mode_id = $1;
	insert into cordon_bench.inclusion_stats select 1, r.rule_sequence, coalesce(t.n, 0), coalesce(s.person_count, 0), e.n, $1
		from inclusion_rules r left join (select i.inclusion_rule_id, count(i.event_id) as n from $2 q join inclusion_events i
			on i.person_id = q.person_id and i.event_id = q.event_id group by i.inclusion_rule_id) t on r.rule_sequence = t.inclusion_rule_id
		cross join (select count(*) as n from inclusion_rules) a cross join (select count(event_id) as n from $2) e
		left join cordon_bench.inclusion_result s on s.mode_id = $1 and s.cohort_definition_id = 1
			and power(2::bigint, a.n) - power(2::bigint, r.rule_sequence) - 1 = s.mask;
	delete from cordon_bench.summary_stats where cohort_definition_id = 1 and mode_id = $1;
	insert into cordon_bench.summary_stats select 1, e.n, coalesce(f.n, 0), $1 from (select count(event_id) as n from $2) e,
		(select sum(s.person_count) as n from cordon_bench.inclusion_result s cross join (select count(*) as n from inclusion_rules) a
		where s.mode_id = $1 and s.cohort_definition_id = 1 and s.mask = power(2::bigint, a.n) - 1) f;"
}

# statistics N: what ATLAS has written of every cohort with rules: of all events, and of the one of each person that meets most
statistics()
{
	local i all=''
	[ "$1" -gt 0 ] && [ "${STATISTICS:-1}" != 0 ] || return 0
	for ((i = 0; i < $1; i++)); do all+="${all:+ union all }select cast($i as int) as rule_sequence"; done
	echo "create temp table inclusion_rules as select cast(rule_sequence as int) as rule_sequence from ($all) r;
	analyze inclusion_rules;
	create temp table best_events as select q.person_id, q.event_id from qualified_events q join
		(select person_id, event_id, row_number() over (partition by person_id order by rules desc, least_rule, start_date) as place from
			(select q.person_id, q.event_id, coalesce(count(distinct i.inclusion_rule_id), 0) as rules,
				coalesce(min(i.inclusion_rule_id), 0) as least_rule, q.start_date
			from qualified_events q left join inclusion_events i on q.person_id = i.person_id and q.event_id = i.event_id
			group by q.person_id, q.event_id, q.start_date) r) b
		on q.person_id = b.person_id and q.event_id = b.event_id where b.place = 1;
	analyze best_events;"
	impact 0 qualified_events
	impact 1 best_events
	echo 'truncate best_events; drop table best_events; truncate inclusion_rules; drop table inclusion_rules;'
}

# finish N: events that meet all N rules, their ends, the cohort, what is said of its rules
finish()
{
	local i all='' met=''
	if [ "$1" -gt 0 ]; then
		met="where m.mask = power(2::bigint, $1) - 1"
		for ((i = 0; i < $1; i++)); do all+="${all:+ union all }select inclusion_rule_id, person_id, event_id from inclusion_$i"; done
		echo "create temp table inclusion_events as select inclusion_rule_id, person_id, event_id from ($all) i; analyze inclusion_events;"
		for ((i = 0; i < $1; i++)); do echo "truncate inclusion_$i; drop table inclusion_$i;"; done
	else
		echo 'create temp table inclusion_events (inclusion_rule_id bigint, person_id bigint, event_id bigint);'
	fi
	echo "create temp table included_events as select event_id, person_id, start_date, end_date, op_start_date, op_end_date from
		(select m.*, row_number() over (partition by person_id order by start_date) as ordinal from
			(select q.event_id, q.person_id, q.start_date, q.end_date, q.op_start_date, q.op_end_date,
				sum(coalesce(power(2::bigint, i.inclusion_rule_id), 0)) as mask
			from qualified_events q left join inclusion_events i on i.person_id = q.person_id and i.event_id = q.event_id
			group by q.event_id, q.person_id, q.start_date, q.end_date, q.op_start_date, q.op_end_date) m $met) r where r.ordinal = 1;
	analyze included_events;
	create temp table cohort_rows as select person_id, start_date, end_date from
		(select i.event_id, i.person_id, i.start_date, e.end_date,
			row_number() over (partition by i.person_id, i.event_id order by e.end_date) as ordinal
		from included_events i join (select event_id, person_id, op_end_date as end_date from included_events) e
			on i.event_id = e.event_id and i.person_id = e.person_id and e.end_date >= i.start_date) f where ordinal = 1;
	analyze cohort_rows;
	create temp table final_cohort as select person_id, min(start_date) as start_date, $(plus 'max(end_date)' '-1 * 0') as end_date from
		(select person_id, start_date, end_date, sum(begins) over (partition by person_id order by start_date, begins desc
			rows unbounded preceding) as era from
			(select person_id, start_date, end_date, case when max(end_date) over (partition by person_id order by start_date
				rows between unbounded preceding and 1 preceding) >= start_date then 0 else 1 end as begins from
				(select person_id, start_date, $(plus end_date 0) as end_date from cohort_rows) c) s) g
		group by person_id, era;
	analyze final_cohort;
	delete from cordon_bench.cohort where cohort_definition_id = 1;
	insert into cordon_bench.cohort select 1, person_id, start_date, end_date from final_cohort;"
	statistics "$1"
	for i in cohort_rows final_cohort inclusion_events qualified_events included_events codesets; do echo "truncate $i; drop table $i;"; done
	echo 'select count(distinct subject_id) from cordon_bench.cohort where cohort_definition_id = 1;'
}

T2=201826 METFORMIN=1503297 INSULIN=1516976 STATIN=1545958 HBA1C=3004410
FIRST='where p.ordinal = 1'
chain()
{
	echo 'begin; create schema cordon_bench;
	create table cordon_bench.cohort (cohort_definition_id int not null, subject_id bigint not null, cohort_start_date date not null, cohort_end_date date not null);
	create table cordon_bench.inclusion_result (cohort_definition_id int, mask bigint, person_count bigint, mode_id int);
	create table cordon_bench.inclusion_stats (cohort_definition_id int, rule_sequence int, person_count bigint, gain_count bigint, person_total bigint, mode_id int);
	create table cordon_bench.summary_stats (cohort_definition_id int, base_count bigint, final_count bigint, mode_id int);
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
