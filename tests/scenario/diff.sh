#!/usr/bin/env bash
# An officer changes the policy of a running hospital and sees before signing what it does: the exact effect, and what
# the questions really asked would have got. Later each answer can be explained, and what nobody needs is found.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=500
federation renmin
policy=$HOME_OF/site-renmin/policy
new=$HOME_OF/new
socket=$HOME_OF/site-renmin/state/agent.sock

sexes=$(question sexes <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [201826+]}]}
group_by: [sex]
Q
)
all=$(question all <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [201826+]}]}
Q
)
depression=$(question depression <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {all: [{condition: [440383]}]}
Q
)
months=$(question months <<'Q'
study: DM-2026-01
kind: count
dataset: omop
cohort: {entry: {condition: [201826+], during: 2024-01-01..2024-12-31}}
group_by: [month]
Q
)
ids()
{
	python3 - "$socket" "$1" <<-'P'
		import json,socket,sys
		s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"questions 90\n")
		d=b""
		while True:
		    b=s.recv(65536)
		    if not b: break
		    d+=b
		for q in json.loads(d)["questions"]:
		    if eval(sys.argv[2]): print(q["id"])
	P
}
# json PYTHON: true of the last output as `d`
json()
{
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); sys.exit(0 if eval(sys.argv[2]) else 1)' "$HOME_OF/out" "$1"
}

ask "$sexes" --json
want 0 "a question is answered"
ask "$sexes" --json
want 0 "and recalled"
ask "$depression" --json
want 1 "one about a sensitive code is refused"
ask "$months" --json
want 1 "and one by months"

# ---- a question that differs little from an earlier one ----
earlier=$(ids "q['state']=='released'")
cordon price "$all"
check "its price names the earlier one" said "renmin: nearly the same as the earlier question $earlier: less: group (group_by.sex). Both answers together cost rho 0.04762"
ask "$all" --json
want 0 "it is answered"
check "which names it too, with what both cost" json "[(s['id'],s['differs'][0]['path'],s['together']['rho']) for s in d['sites'][0]['similar']]==[('$earlier','group_by.sex','0.04762')]"
ask "$all" --lang zh
check "and when it is asked again" said "与先前的查询 $earlier 相差无几：分组减少（group_by.sex）"

# ---- what was decided can be told ----
check "every decided question is kept" test "$(ids True | wc -l)" = 6
answered=$earlier
refused=$(ids "q['decision']=='deny' and q['rule']=='code:mental'")
check "with what became of it" test -n "$answered" -a -n "$refused"
check "also when it was recalled" test -n "$(ids "q['state']=='recalled'")"
cordon policy explain --decision "$refused" "$policy" --agent "$socket"
want 0 "a refusal is explained"
check "who asked what" said "by li@renmin.example for study DM-2026-01"
check "by which policy" said "the same"
check "what was decided" said "DENY [code:mental], then refused"
check "and each check again" grep -q "^ 3 red list *DENY *red-list.yaml:[0-9:]* *\[code:mental\]" "$HOME_OF/out"
cordon policy explain --decision "$answered" "$policy" --agent "$socket" --lang zh
want 0 "an answer is explained, in Chinese"
check "with its price" said "消耗"
cordon policy explain --decision "$answered" "$policy" --agent "$socket" --json
check "and for machines" json "d['same_policy'] and d['decision']=='allow' and d['state']=='released' and d['now']['decision']=='allow'"
cordon policy explain --decision nobody "$policy" --agent "$socket"
want 2 "an unknown id is said"
cordon policy explain --decision "$answered" "$policy" --agent "$HOME_OF/nothing.sock"
want 3 "and an agent that is away"

# ---- what nobody needs ----
cordon policy review "$policy" --agent "$socket"
want 0 "the running policy is reviewed"
check "rules that no question reached" grep -qE '^  column:cdm.death.death_date +red-list.yaml:[0-9]+:[0-9]+$' "$HOME_OF/out"
check "but not those that were" bash -c "! grep -qE '^  (code:mental|code:hiv|column:cdm.condition_occurrence.condition_concept_id) ' '$HOME_OF/out'"
check "what ended or ends soon" said "Ends within 60 days, or has ended"
check "and of those answered, which differ least" grep -q "^  DM-2026-01$" "$HOME_OF/out"
check "in what" said "less: group (group_by.sex)"
check "and what both cost" said "together rho 0.04762; at delta 0.000001, epsilon 1.4"
cordon policy review "$policy" --agent "$socket" --lang zh --json
check "with them" json "[(s['earlier']['id'],s['edits'],s['differs'][0]['what']) for s in d['similar']]==[('$earlier',1,'group')] and d['compared']==2"
check "for machines" json "d['questions']==6 and any(r['rule']=='column:cdm.death.death_date' for r in d['unreached'])"

# ---- an unchanged folder ----
cordon policy diff "$policy" --against running --agent "$socket" --no-wider
want 0 "the running folder differs in nothing"
check "which is said" said "What may be asked does not change."
check "and every question would get the same" said "6 questions of the last 90 days replayed: 6 same, 0 refused -> allowed, 0 allowed -> refused"

# ---- wider and tighter ----
cp -r "$policy" "$new"
rm -f "$new/approval.yaml"
sed -i 's/^version: 1\b/version: 2/' "$new/policy.yaml"
sed -i 's/studies: \[MH-2026-02\]/studies: [MH-2026-02, DM-2026-01]/; /gender_concept_id:/d' "$new/red-list.yaml"
sed -i '/- cdm.person.gender_concept_id$/d' "$new/studies.yaml"
cordon policy diff "$new" --against running --agent "$socket" --past
want 0 "a change is compared with what runs"
check "what opens is told" grep -qE '^  code rule mental +open for study DM-2026-01, count +red-list.yaml:[0-9]+:[0-9]+$' "$HOME_OF/out"
check "what closes is told" grep -qE '^  cdm.person.gender_concept_id +use: group, categories .* -> not listed +' "$HOME_OF/out"
check "what the database administrator does" said "none to add; 1 to take away: cdm.person.gender_concept_id"
check "what the questions asked would have got" said "6 questions of the last 90 days replayed: 3 same, 1 refused -> allowed, 2 allowed -> refused"
check "each of them" grep -q "$refused  li@renmin.example  refused -> allowed  \[code:mental\]" "$HOME_OF/out"
cp "$HOME_OF/out" "$HOME_OF/english"
cordon policy diff "$new" --against "$policy" --lang zh
want 0 "against a folder, in Chinese"
check "told in Chinese" said "对课题 DM-2026-01 开放（count）"
check "the columns of both languages align" python3 - "$HOME_OF/out" "$HOME_OF/english" <<-'P'
	import re,sys,unicodedata
	wide=lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
	for f in sys.argv[1:]:
	    at={wide(l[:m.start()]) for l in open(f) if l.startswith("  ") and (m:=re.search(r"\S+\.yaml:\d+:\d+$",l))}
	    assert len(at)==1, (f,at)
P
cordon policy diff "$new" --against running --agent "$socket" --no-wider --json
want 1 "what is wider is no purely stricter edit"
check "for machines" json "d['from']==1 and d['to']==2 and d['wider']>0 and d['past']['refused_to_allowed']==1 and d['effect'].startswith('sha256:')"
effect=$(field "['effect']")
check "both people are shown the same" grep -q "^effect *$effect$" "$HOME_OF/english"
cordon policy diff "$new" --against running
want 2 "running needs the agent's socket"

# ---- stricter only ----
sed -i 's/studies: \[MH-2026-02, DM-2026-01\]/studies: [MH-2026-02]/' "$new/red-list.yaml"
cordon policy diff "$new" --against running --agent "$socket" --no-wider
want 0 "a purely stricter edit"
check "fails the examples of the old one" grep -qE '^TESTS +[0-9]+ of [0-9]+ pass in the new version, 0 would fail in the old one$' "$HOME_OF/out"
rm "$policy/tests.yaml" "$new/tests.yaml" # they are about what is taken away
cp "$new"/*.yaml "$policy/"
approve renmin
check "is signed and in force" until_true 10 bash -c "'$BIN/cordon' policy diff '$policy' --against running --agent '$socket' | grep -q 'version 2 -> 2'"
cordon policy explain --decision "$answered" "$policy" --agent "$socket"
want 0 "what an earlier version allowed is explained by the new one"
check "as another" said "version 2, which is another"
check "which refuses it" grep -qE "^DENY" "$HOME_OF/out"

# ---- requesters who ask nothing ----
# as if the questions were older than they are
agent_down renmin
python3 - "$HOME_OF/site-renmin/state/ledger.db" "$answered" <<-'P'
	import sqlite3,sys
	db=sqlite3.connect(sys.argv[1]); db.execute("UPDATE question SET day = day - 181")
	db.execute("UPDATE question SET text = replace(text, '201826', '201820') WHERE id = ?", (sys.argv[2],)); db.commit()
P
agent_up renmin
wait_online renmin
cordon policy review "$policy" --agent "$socket"
check "and requesters who ask nothing" grep -qE '^  DM-2026-01 +li@renmin.example  last on [0-9-]+  studies.yaml' "$HOME_OF/out"
check "or never did" grep -qE '^  DM-2026-01 +wang@uni.example  no question since [0-9-]+' "$HOME_OF/out"
check "a question that somebody changed counts for nothing" said "1 cannot be read"
cordon policy explain --decision "$answered" "$policy" --agent "$socket"
want 0 "it is told all the same"
check "but not decided again" said "it cannot be decided again"

# ---- bounds of the socket ----
check "a page of questions needs a number" bash -c "'$BIN/cordon' status questions x --json --socket '$socket' | grep -q 'number of days'"
check "no value of the database is kept" python3 - "$HOME_OF/site-renmin/state/ledger.db" <<-'P'
	import hashlib,json,sqlite3,sys
	db=sqlite3.connect(sys.argv[1])
	for text,hash in db.execute("SELECT text, hash FROM question"):
	    assert hashlib.sha256(text.encode()).digest()==hash or "201820" in text, text
	    assert set(json.loads(text))<={"cohort","dataset","group_by","kind","mode","of","on","study"}, text
	columns=[r[1] for r in db.execute("PRAGMA table_info(question)")]
	assert columns==["seq","id","at","day","requester","study","text","hash","version","policy","allow","rule","state"], columns
P
