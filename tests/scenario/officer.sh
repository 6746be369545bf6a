#!/usr/bin/env bash
# The officer's desk: test, explain and try on a small folder, word for word, and the script of try --show-sql=psql
# run by a real PostgreSQL.
source "$(dirname "$0")/../lib/federation.sh"
policy=$HOME_OF/policy
mkdir "$policy"
cat >"$policy/policy.yaml" <<'E'
cordon: 1
site: renmin
title: {zh: 小策略, en: Small policy}
version: 7
valid: 2026-01-01..2026-12-31
country: CN
extends: [presets/strict, presets/omop-cdm-5.4]
models: {omop: omop-cdm-5.4}
E
cat >"$policy/red-list.yaml" <<'E'
datasets:
  omop:
    title: 数据
    drop_patients: {opted_out: research.opt_out.person_id}
    tables:
      cdm.person:
        per_patient_max: 1
        columns:
          person_id: {use: patient-key}
          birth_datetime: {use: forbidden, why: {zh: 完整出生日期可识别患者, en: a full birth date identifies}}
          year_of_birth: {use: group, as: age, bands: [0, 18, 65]}
      cdm.visit_occurrence:
        per_patient_max: 50
        columns:
          person_id: {use: patient-key}
          visit_concept_id: {use: link}
          visit_start_date: {use: group, truncate: week, range: 2018-01-01..2025-12-28}
          visit_source_value: {use: link, codes: department}
codes:
  - {id: obrien, title: {zh: 特需病区, en: Private ward}, use: forbidden, departments: ["O'Brien 病区", 'back\slash']}
exceptions:
  - to: preset:strict/quasi.date
    for: column:cdm.visit_occurrence.visit_start_date
    allow: {truncate: week}
    why: {zh: 按周观察就诊, en: visits are followed by week}
    basis: 会议纪要第 3 条
    until: 2026-06-30
E
cat >"$policy/queries.yaml" <<'E'
kinds:
  count: {group_by: 2, filters: 2, max_cells: 100}
compose: {criteria: 4, depth: 2}
E
cat >"$policy/release.yaml" <<'E'
release: {noise: laplace, epsilon: 0.5, timing: open, min_patients: 10, min_sites: 1, secure_aggregation: off, round_to: 1}
budgets:
  - {for: each-requester, epsilon: 3, period: 2026-01-01..2026-12-31}
E
cat >"$policy/studies.yaml" <<'E'
roles:
  analyst: [count]
studies:
  - id: V-1
    title: 就诊研究
    valid: 2026-01-10..2026-12-31
    datasets: [omop]
    kinds: [count]
    may_use: [cdm.person.year_of_birth, cdm.visit_occurrence.visit_start_date]
    requesters: {li@renmin.example: analyst}
E
cat >"$policy/tests.yaml" <<'E'
tests:
  - name: {zh: 就诊人数可按周统计, en: visits may be counted by week}
    ask: {who: li@renmin.example, study: V-1, on: 2026-03-01, kind: count,
          cohort: {entry: {visit: any, during: 2025-12-01..2025-12-28}}, group_by: [cdm.visit_occurrence.visit_start_date]}
    expect: allow
  - name: {zh: 例外到期后不得按周, en: not by week after the exception}
    ask: {who: li@renmin.example, study: V-1, on: 2026-07-01, kind: count,
          cohort: {all: [{visit: any, during: 2025-12-08..2025-12-14}]}}
    expect: deny
    rule: column:cdm.visit_occurrence.visit_start_date
  - name: {zh: 出生日期, en: nobody may group by birth date}
    ask: {who: li@renmin.example, study: V-1, on: 2026-03-01, kind: count, group_by: [cdm.person.birth_datetime]}
    expect: deny
    rule: column:cdm.person.birth_datetime
  - name: {zh: 预算用尽, en: a spent budget}
    ask: {who: li@renmin.example, study: V-1, on: 2026-03-01, kind: count}
    spent: {each-requester: 2.6}
    expect: deny
    rule: budget:requester:li@renmin.example
E

# same WHAT: standard output of the last command is standard input, word for word
same()
{
	diff -u - "$HOME_OF/out" >"$HOME_OF/diff" || die "$1: $(cat "$HOME_OF/diff")"
	printf 'ok: %s\n' "$1"
}

# ---- test
cordon policy test "$policy"
want 0 "every example holds"
same "as a table" <<'E'
ok    visits may be counted by week     allow  [study:V-1]
ok    not by week after the exception   deny   [column:cdm.visit_occurrence.visit_start_date]  red-list.yaml:17:52
ok    nobody may group by birth date    deny   [column:cdm.person.birth_datetime]  red-list.yaml:10:33
ok    a spent budget                    deny   [budget:requester:li@renmin.example]  release.yaml:3:11
4 of 4 passed. Rules never reached by a test: 5 of 32 (list: --coverage).
E
cordon policy test "$policy" --lang zh --coverage
want 0 "and in Chinese"
same "which aligns by the width of its signs" <<'E'
通过  就诊人数可按周统计   允许   [study:V-1]
通过  例外到期后不得按周   拒绝   [column:cdm.visit_occurrence.visit_start_date]  red-list.yaml:17:52
通过  出生日期             拒绝   [column:cdm.person.birth_datetime]  red-list.yaml:10:33
通过  预算用尽             拒绝   [budget:requester:li@renmin.example]  release.yaml:3:11
4 个测试通过 4 个。测试从未触及的规则：32 条中 5 条：
  red-list.yaml:2:3    default:not-listed
  red-list.yaml:11:11  column:cdm.person.year_of_birth
  red-list.yaml:16:11  column:cdm.visit_occurrence.visit_concept_id
  red-list.yaml:18:11  column:cdm.visit_occurrence.visit_source_value
  red-list.yaml:27:12  preset:strict/quasi.date
E
cordon policy test "$policy" --coverage=84
want 0 "27 of 32 rules are 84 percent"
cordon policy test "$policy" --coverage=85
want 1 "and less than 85"
cordon policy test "$policy" --coverage=101
want 2 "more than all is no share"

sed -i.kept 's/rule: column:cdm.person.birth_datetime/rule: code:hiv/' "$policy/tests.yaml"
mv "$policy/tests.yaml.kept" "$HOME_OF/tests.yaml"
cordon policy test "$policy"
want 1 "a refusal for another reason is a failure"
same "which says what was expected, what came, and where" <<'E'
ok    visits may be counted by week     allow  [study:V-1]
ok    not by week after the exception   deny   [column:cdm.visit_occurrence.visit_start_date]  red-list.yaml:17:52
FAIL  nobody may group by birth date    tests.yaml:11:11
        expected deny   [code:hiv]
        got      deny   [column:cdm.person.birth_datetime]  red-list.yaml:10:33  Column cdm.person.birth_datetime may not be used for grouping: it is forbidden because a full birth date identifies (practice: Cordon strict 2).
ok    a spent budget                    deny   [budget:requester:li@renmin.example]  release.yaml:3:11
3 of 4 passed. Rules never reached by a test: 5 of 32 (list: --coverage).
E
cordon policy test "$policy" --json
want 1 "for machines too"
check "with both languages" test "$(field "['tests'][2]['name']['zh']") $(field "['tests'][2]['expected']['rule']") $(field "['tests'][2]['got']['rule']")" = "出生日期 code:hiv column:cdm.person.birth_datetime"
check "and the rules that none reaches" test "$(field "['rules']") $(field "['reached']") $(field "['never'][1]['rule']")" = "32 27 column:cdm.person.year_of_birth"
sed -i 's/rule: code:hiv/rule: code:hvi/' "$policy/tests.yaml"
cordon policy test "$policy"
want 2 "a rule that does not exist is an error"
check "at its place" said "tests.yaml:14:11: error P351"
check "with what was meant" said "did you mean 'code:hiv'"
mv "$HOME_OF/tests.yaml" "$policy/tests.yaml"

# ---- explain
cordon policy explain cdm.visit_occurrence.visit_start_date "$policy" --on 2026-07-01
want 0 "a column is explained"
same "with its ceiling, its exception, and what comes after" <<'E'
cdm.visit_occurrence.visit_start_date   quasi.date   group, by week, 2018-01-01..2025-12-28
  red-list.yaml:17:35   you wrote: use group
  red-list.yaml:17:52   you wrote: by week, 2018-01-01..2025-12-28
  preset strict         quasi.date only for link, filter, group; at least by month (practice: Cordon
                        strict 2)
  red-list.yaml:27:12   exception until 2026-06-30: visits are followed by week (会议纪要第 3 条)
  result                group, by week, 2018-01-01..2025-12-28 until 2026-06-30, from 2026-07-01
                        group, by month, 2018-01-01..2025-12-28
  on 2026-07-01         group, by month, 2018-01-01..2025-12-28
  used by               study V-1
E
cordon policy explain "$policy" cdm.visit_occurrence.visit_start_date --lang zh
want 0 "in Chinese, the folder first"
same "aligned by width" <<'E'
cdm.visit_occurrence.visit_start_date   quasi.date   分组，按周，2018-01-01..2025-12-28
  red-list.yaml:17:35   所写用途：分组
  red-list.yaml:17:52   所写归并：按周，2018-01-01..2025-12-28
  预设 strict           quasi.date 仅可用于内部关联、筛选、分组；至少归并到月（惯例：Cordon strict
                        2）
  red-list.yaml:27:12   例外，至 2026-06-30：按周观察就诊（会议纪要第 3 条）
  结果                  分组，按周，2018-01-01..2025-12-28，至 2026-06-30；自 2026-07-01 起分组，按
                        月，2018-01-01..2025-12-28
  用于                  课题 V-1
E
cordon policy explain "department:O'Brien 病区" "$policy" --json
want 0 "a code is explained"
check "by the rule that names it" test "$(field "['kind']") $(field "['rows'][0]['file']") $(field "['rows'][0]['line']")" = "code red-list.yaml 20"
cordon policy explain visit_start_dat "$policy"
want 1 "what is not there is no answer"
cordon policy explain visit_start_date "$policy"
want 1 "half a name neither"
check "but has a near one" said "nearest: cdm.visit_occurrence.visit_start_date"
cordon policy explain "$policy"
want 2 "nothing cannot be explained"

# ---- try
cordon policy try "$policy" --who li@renmin.example --study V-1 --kind count --group-by cdm.person.birth_datetime --on 2026-03-01
want 1 "a question from options is refused"
check "with what is allowed instead" said "Nearest allowed: cdm.person.year_of_birth (age bands 0, 18, 65)."
cordon policy try "$policy" --who li@renmin.example --study V-1 --kind count --group-by cdm.person.birth_datetime --on 2026-03-01 --json
want 1 "for machines too"
check "with its name" test "$(field "['nearest']")" = cdm.person.year_of_birth
cordon policy try "$policy" --who li@renmin.example --study V-1 --kind count --group-by cdm.person.birth_datetime --on 2026-03-01
check "and no place in a question that nobody wrote" test -z "$(grep 'in the question' "$HOME_OF/out")"
cordon policy try "$policy" --who li@renmin.example --study V-1 --kind cuont
want 2 "an option that is no value of its key is an error"
check "as in a file" said "did you mean 'count'"
cordon policy try "$policy" --who li@renmin.example --kind count
want 2 "a question needs its study"
cordon policy try "$policy" --who li@renmin.example --study V-1 --kind count --group-by $'age\xff'
want 2 "what is no text is refused"
q=$(question visits <<'E'
{study: V-1, kind: count, dataset: omop, cohort: {all: [{visit: any}]}, group_by: [age], on: 2025-12-31}
E
)
cordon policy try "$policy" --who li@renmin.example --file "$q" --on 2026-03-01 --ages-on soon
want 2 "an option stands in for the file's key"
cordon policy try "$policy" --who li@renmin.example --file "$q" --on 2026-03-01 --show-sql
want 0 "an allowed one shows its statement"
check "with its values beside it" said '-- $1 = '
cordon policy try "$policy" --who zhao@renmin.example --file "$q" --on 2026-03-01 --show-sql=psql
want 1 "a refused one has no script"
check "so psql would get nothing" test ! -s "$HOME_OF/out"
cordon policy try "$policy" --who li@renmin.example --file "$q" --on 2026-03-01 --show-sql=mysql
want 2 "there is no other kind of script"

# ---- the script, run by PostgreSQL
mkdir "$HOME_OF/db"
cluster_init "$HOME_OF/db" && cluster_up one || { echo "$CLUSTER_ERROR"; exit 1; }
cluster_psql one <<'E' || die "no data"
create schema cdm;
create schema research;
create table cdm.person (person_id bigint primary key, year_of_birth int, birth_datetime timestamp);
create table cdm.visit_occurrence (person_id bigint, visit_concept_id int, visit_start_date date, visit_source_value text);
create table research.opt_out (person_id bigint);
insert into cdm.person select g, 1990 from generate_series(1, 10) g;
insert into cdm.person select g, 2015 from generate_series(11, 12) g;
insert into research.opt_out values (1);
insert into cdm.visit_occurrence select g, 9201, '2025-03-03', 'ward' from generate_series(1, 12) g;
update cdm.visit_occurrence set visit_source_value = 'o''brien病区' where person_id = 3;   -- red
update cdm.visit_occurrence set visit_source_value = 'Back\Slash' where person_id = 4;     -- red
update cdm.visit_occurrence set visit_start_date = '2017-12-31' where person_id = 5;       -- out of range
insert into cdm.visit_occurrence values (6, 9201, '2025-03-04', 'O''Brien 病区');          -- one of two rows
E
cordon policy try "$policy" --who li@renmin.example --file "$q" --on 2026-03-01 --show-sql=psql
want 0 "the script is printed"
cp "$HOME_OF/out" "$HOME_OF/script.sql"
cluster_psql one -At <"$HOME_OF/script.sql" >"$HOME_OF/out" 2>"$HOME_OF/err"
STATUS=$?
want 0 "psql runs it as it is"
sort -o "$HOME_OF/out" "$HOME_OF/out"
same "and shows what was counted by hand" <<'E'
0|2|0-17
1|6|18-64
E
{ sed '/^rollback/,$d' "$HOME_OF/script.sql"; echo 'delete from cdm.person;'; } >"$HOME_OF/write.sql"
cluster_psql one -At <"$HOME_OF/write.sql" >"$HOME_OF/out" 2>"$HOME_OF/err"
STATUS=$?
want 3 "its transaction writes nothing"
check "because it is read only" said "read-only transaction"
