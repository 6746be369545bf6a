#!/usr/bin/env bash
# A hospital's database drifts from its policy: an officer's check finds it, the running agent refuses what it
# touches, the statements of `grants --check` mend it, and the agent answers again.
# Plain only: it waits more than it computes; test_drift runs under sanitizers.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=300
federation renmin
policy=$HOME_OF/site-renmin/policy
db="host=$(cluster_host renmin) dbname=hospital user=postgres"

sql()
{
	cluster_psql renmin -c "$1" >/dev/null || die "the test's own SQL: $1"
}
# One about people alone and one about a condition; a stored answer to them is refused like a new one.
people=$(question people <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-01-01
cohort: {all: [{age: {from: 18}}]}
Q
)
condition=$(question condition <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-01-01
cohort: {all: [{age: {from: 18}}, {condition: [201826+]}]}
Q
)
# One that nobody asked before, so that the database is asked.
fresh()
{
	local n

	n=$(($(cat "$HOME_OF/fresh" 2>/dev/null || echo 0) + 1))
	echo "$n" >"$HOME_OF/fresh"
	question "fresh$n" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-$(printf %02d $((2 + n / 28)))-$(printf %02d $((1 + n % 28)))
		cohort: {all: [{age: {from: 18}}]}
	Q
}
# The hour is made short: a new connection is looked at before its first statement.
reconnect()
{
	sql "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cordon_agent'"
}
# What the agent says of itself: agent LINE PYTHON, true when the expression over its answer `a` is.
agent()
{
	python3 - "$HOME_OF/site-renmin/state/agent.sock" "$1" "$2" <<-'P'
		import json,socket,sys
		s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall((sys.argv[2]+"\n").encode())
		d=b""
		while True:
		    b=s.recv(65536)
		    if not b: break
		    d+=b
		a=json.loads(d)
		sys.exit(0 if eval(sys.argv[3]) else 1)
	P
}
knows()
{
	until_true 20 agent status "a['database']=='connected' and a['drift']['known'] and ($1)"
}
# refuses RULE [QUESTION]: once the agent knows of a drift.
refuses()
{
	knows "a['drift']['closed'] != []" && ask "${2:-$people}" --json &&
		test "$(field "['sites'][0].get('rule')")" = "$1"
}
answered()
{
	ask "${1:-$people}" --json && [ "$STATUS" = 0 ]
}
# A mended database is asked anew, and has the rights for it.
answers_again()
{
	reconnect
	knows "a['refusing'] is None and a['drift']['closed'] == []" && answered "$(fresh)"
}
checked()
{
	cordon policy check "$policy" --db "$db"
}
# drifts WHAT SQL WORDS RULE: found by the desk and by the agent, mended by what the desk prints.
drifts()
{
	sql "$2"
	checked
	want 1 "$1: the check finds it"
	check "and says what" said "$3"
	reconnect
	check "the agent refuses: $4" refuses "$4"
	check "and says so in its log" grep -q "DRIFT .*refused until this is fixed" "$HOME_OF/site-renmin/agent.log"
	cordon policy grants "$policy" --check --db "$db"
	want 1 "grants --check knows the difference"
	cluster_psql renmin -f "$HOME_OF/out" >/dev/null || die "the statements of grants --check do not run: $(cat "$HOME_OF/out")"
	cordon policy grants "$policy" --check --db "$db"
	want 0 "its statements mend it"
	check "and the agent answers again" answers_again
}

checked
want 0 "after the grant script there is no drift"
cordon policy grants "$policy" --check --db "$db"
want 0 "and no difference"
cordon policy check "$policy" --db "$db" --lang zh
check "in Chinese too" said "数据库与策略一致"
cordon policy check "$policy" --db "$db" --json
check "and for machines" test "$(field "['ok']")" = True
answered
want 0 "a question is answered"

drifts "a grant of the whole table" "grant select on cdm.person to cordon_agent" "can read all of cdm.person" drift:cdm.person
drifts "a grant to PUBLIC" "grant select on cdm.person to public" "a grant to PUBLIC" drift:cdm.person
drifts "a column too many" "grant select (race_concept_id) on cdm.person to cordon_agent" "race_concept_id" drift:cdm.person
drifts "a column to PUBLIC" "grant select (race_concept_id) on cdm.person to public" "race_concept_id" drift:cdm.person
drifts "a right to write" "grant update on cdm.person to cordon_agent" "can change cdm.person" drift:cdm.person
drifts "ownership" "alter table cdm.person owner to cordon_agent" "owns cdm.person" drift:cdm.person
drifts "a membership" "create role clinic; grant select on cdm.note to clinic; grant clinic to cordon_agent" \
	"is a member of clinic" drift:role
drifts "a membership of a membership" "create role ward; grant select on cdm.note to ward; revoke select on cdm.note from clinic;
	grant ward to clinic; grant clinic to cordon_agent" "is a member of clinic" drift:role
drifts "a predefined role" "grant pg_read_all_data to cordon_agent" "is a member of pg_read_all_data" drift:role
drifts "bypassrls" "alter role cordon_agent bypassrls" "bypasses row security" drift:role
drifts "createrole" "alter role cordon_agent createrole" "may create and change roles" drift:role
drifts "code with foreign rights" "create function cdm.peek(n int) returns bigint language sql security definer as 'select count(*) from cdm.note'" \
	"can call cdm.peek" drift:role
drifts "statistics of every table" "grant select on pg_catalog.pg_statistic to cordon_agent" "can read pg_catalog.pg_statistic" drift:role
drifts "a right that is missing" "revoke select (year_of_birth) on cdm.person from cordon_agent" "cannot read 1 column of cdm.person" drift:cdm.person
drifts "the schema closed" "revoke usage on schema cdm from cordon_agent" "cannot read" drift:cdm.person

# superuser: the agent does not even stay connected
sql "alter role cordon_agent superuser"
checked
want 1 "superuser: the check finds it"
check "and says what" said "is superuser"
reconnect
check "the agent refuses" until_true 20 agent status "a['database']=='superuser' and a['refusing']=='system:database'"
cordon policy grants "$policy" --check --db "$db"
cluster_psql renmin -f "$HOME_OF/out" >/dev/null
check "and answers again when it is mended" knows "a['refusing'] is None"

# another table closes itself alone
sql "grant select on cdm.condition_occurrence to public"
reconnect
check "a drift closes the questions on its table" refuses drift:cdm.condition_occurrence "$condition"
answered
want 0 "and no others"
check "the agent's status names it" agent status "a['drift']['closed'] == ['cdm.condition_occurrence']"
cordon status --socket "$HOME_OF/site-renmin/state/agent.sock"
check "to people, first of all" test "$(sed -n '1p;2s/ .*//p' "$HOME_OF/out")" = "renmin answers questions; something is wrong
drift"
check "with what mends it" test "$(sed -n '/^  mend /p' "$HOME_OF/out" | wc -l)" -ge 1
sql "revoke select on cdm.condition_occurrence from public"
check "it opens again by itself, without a new connection" knows "a['drift']['closed'] == []"
answered "$condition"
want 0 "and is answered"

# what no grant can mend: columns, types, views
mended_by_hand()
{
	sql "$2"
	checked
	want 1 "$1: the check finds it"
	check "and says what" said "$3"
	reconnect
	check "the agent refuses" refuses drift:cdm.person
	sql "$4"
	"$BIN/cordon" policy grants "$policy" | cluster_psql renmin -f - >/dev/null
	checked
	want 0 "and is content when it is as before"
	check "as is the agent" answers_again
}
mended_by_hand "a column renamed" "alter table cdm.person rename column year_of_birth to year_of_brith" \
	"nearest name is 'year_of_brith'" "alter table cdm.person rename column year_of_brith to year_of_birth"
mended_by_hand "a column dropped" "alter table cdm.person rename column gender_concept_id to g; alter table cdm.person add x int" \
	"gender_concept_id' does not exist" "alter table cdm.person drop x; alter table cdm.person rename column g to gender_concept_id"
mended_by_hand "a type changed" "alter table cdm.person alter column year_of_birth type text" \
	"has type text" "alter table cdm.person alter column year_of_birth type integer using year_of_birth::integer"
mended_by_hand "a table renamed" "alter table cdm.person rename to persons" "nearest name is 'cdm.persons'" \
	"alter table cdm.persons rename to person"
mended_by_hand "a table that became a view" "alter table cdm.person rename to p; create view cdm.person as select * from cdm.p" \
	"is a view" "drop view cdm.person; alter table cdm.p rename to person"

# a view that is listed as one, with its definition
sql "alter table cdm.person rename to p; create view cdm.below as select * from cdm.p; create view cdm.person as select * from cdm.below"
checked
hash=$(grep -oE 'sha256:[0-9a-f]{64}' "$HOME_OF/out" | head -n 1)
sed -i -E "s/^      cdm.person:/      cdm.person:\n        kind: view\n        definition: $hash/; " "$policy/red-list.yaml"
sed -i 's/^version: 1\b/version: 2/' "$policy/policy.yaml"
approve renmin
"$BIN/cordon" policy grants "$policy" | cluster_psql renmin -f - >/dev/null || die "grants on the view"
checked
want 0 "a view with its definition is no drift"
check "and is answered from" answers_again
sql "create or replace view cdm.below as select * from cdm.p where person_id > 10"
checked
want 1 "a view below that changed is found"
check "as such" said "through a view below"
reconnect
check "and refused" refuses drift:cdm.person

check "the audit has every closing and opening" agent "audit 2000" \
	"all(any(n['kind']=='drift' and n['rule']==r and n['to']==t for n in a) for r in ('drift:role','drift:cdm.person') for t in ('closed','open'))"
check "no message ever held the connection's password" bash -c \
	"! \"$BIN/cordon\" policy check \"$policy\" --db 'host=/nowhere password=geheim dbname=x' 2>&1 | grep -q geheim &&
	! \"$BIN/cordon\" policy check \"$policy\" --db 'password=geheim secretgeheim' 2>&1 | grep -q geheim"

# init: whatever a database holds, the folder it gives passes, and forbids everything
sql "drop view cdm.person; drop view cdm.below; alter table cdm.p rename to person"
cordon policy init "$HOME_OF/new" --from-database "$db"
want 0 "init writes a folder"
cordon policy check "$HOME_OF/new"
want 0 "that passes as it is"
check "and opens nothing" said " 0 group, 0 filter, 0 measure, 0 inside only"
cordon policy init "$HOME_OF/new" --from-database "$db"
want 2 "it never writes into a folder that holds something"
cluster_psql renmin -f - >/dev/null <<'S'
create schema "医院 数据";
create schema "a.b";
create schema "医院";
create table "医院 数据"."t" (x int);
create table "a.b"."c.d" (x int);
create table "医院"."药品-编码$$1" ("患者" bigint, "no" text, "- x" int, "#y" int, "12" int, "a""b" int, "c'd" int, "e\f" int, "Ünï" date, "null" int, "~" int, "@at" int, "a
b" int, "{{}}" int, ": " int);
create table "医院"."select" ("from" int, "患者" bigint);
create table "医院"."一二三四五六七八九十一二三四五六七八九十一" ("一二三四五六七八九十一二三四五六七八九十一" int);
create table "医院"."drop table ""x""; --
\echo pwned" (x int);
create table "医院".empty ();
create domain "医院".d as int; create type "医院".mood as enum ('sad "quoted"', 'ok');
create table "医院".types (a "医院".d, b "医院".mood, c int[], d "医院".d[]);
S
psql_esc=$(printf 'create table "医院"."esc\033[31m" ("x\033" int)')
cluster_psql renmin -c "$psql_esc" >/dev/null
cordon policy init "$HOME_OF/odd" --from-database "$db" --lang zh
want 0 "odd names do not break init"
check "which tells of those it cannot write" said "名称无法写入策略"
cordon policy check "$HOME_OF/odd"
want 0 "and its folder passes"
check "no control character got into it" bash -c "! LC_ALL=C grep -rqP '[\x00-\x08\x0b-\x1f]' '$HOME_OF/odd'"
sed -i -E '/药品-编码/,/^      [^ ]/{s/"患者": \{use: forbidden,.*/"患者": {use: patient-key}/; s/no: \{use: forbidden,.*/no: {use: link}/; s/^        columns:/        per_patient_max: 1\n        columns:/}' \
	"$HOME_OF/odd/red-list.yaml"
cordon policy check "$HOME_OF/odd"
want 0 "columns of a table with an odd name can be opened"
"$BIN/cordon" policy grants "$HOME_OF/odd" | cluster_psql renmin -f - >/dev/null || die "grants on odd names"
cordon policy check "$HOME_OF/odd" --db "$db"
want 0 "are granted, and are no drift"
sql 'grant all on all tables in schema "医院", "a.b" to public; grant usage on schema "医院", "a.b" to public'
cordon policy check "$HOME_OF/odd" --db "$db"
want 1 "odd names that became open are found"
check "and shown without control characters" bash -c "! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f]' '$HOME_OF/out'"
cordon policy grants "$HOME_OF/odd" --check --db "$db"
check "nor are there any in the statements" bash -c "! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f]' '$HOME_OF/out'"
cluster_psql renmin -f "$HOME_OF/out" >"$HOME_OF/mended" 2>&1 || die "statements on odd names: $(cat "$HOME_OF/mended")"
check "which run nothing but themselves" bash -c "! grep -q '^pwned' '$HOME_OF/mended'"
cordon policy grants "$HOME_OF/odd" --check --db "$db"
want 0 "and mend them"
