#!/usr/bin/env bash
# Values that are in the database alone, and true counts, are looked for in everything that a site and the gateway
# write, say or show: logs at their most talkative, state folders, answers, audit, socket. Questions of every kind,
# refused ones, and statements that fail with a patient's value in the server's own message.
# Plain only: what is looked at is what is written
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=120
MEN=104729 # of whom the database has so many, and no answer may say so
eval "site_folder_before () $(declare -f site_folder | tail -n +2)"
site_folder()
{
	site_folder_before "$1"
	# noise so wide that it does not hit the truth by chance
	sed -i -E 's/^  rho: 0\.0244/  rho: 0.000000003/; s/timing: paced/timing: open/' "$HOME_OF/site-$1/policy/release.yaml"
	rm "$HOME_OF/site-$1/policy/tests.yaml"
}
agent_up()
{
	"$BIN/cordon-agent" --config "$HOME_OF/site-$1/agent.yaml" --log debug >>"$HOME_OF/site-$1/agent.log" 2>&1 </dev/null &
	AGENT_PID[$1]=$!
}
eval "load_site_before () $(declare -f load_site | tail -n +2)"
load_site()
{
	load_site_before "$1"
	cluster_psql "$1" -q >/dev/null <<-SQL || die "planting"
		update cdm.condition_occurrence set condition_source_value = 'CANARY-E11-' || condition_occurrence_id;
		update cdm.measurement set value_as_number = 7.7350918264 where measurement_id % 3 = 0;
		delete from cdm.person where gender_concept_id = 8507;
		insert into cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id)
			select 7350918264000 + i, 8507, 1950, 0, 0 from generate_series(1, $MEN) i;
		create function public.cry(x numeric) returns boolean language plpgsql as
			\$\$ begin raise exception 'CANARY of patient %', x; end \$\$;
		grant execute on function public.cry to public;
	SQL
}
federation renmin

n=0
asked()
{
	n=$((n + 1))
	ask "$(printf 'study: DM-2026-01\ndataset: omop\n%b' "$1" | question "c$n")" --json
	cat "$HOME_OF/out" "$HOME_OF/err" >>"$HOME_OF/said"
	printf 'ok: %s: status %s\n' "${1%%\\*}" "$STATUS"
}
asked 'kind: count\ncohort: {all: [{sex: 男}]}\n'
check "the men are counted" test "$STATUS" -le 1
asked 'kind: count\ncohort: {all: [{condition: [201826+]}]}\ngroup_by: [sex]\n'
asked 'kind: histogram\nof: hba1c\n'
asked 'kind: crosstab\ngroup_by: [sex, age]\non: 2025-12-31\n'
asked 'kind: mean\nof: hba1c\n'
asked 'kind: quantile\nof: hba1c\n'
asked 'kind: survival\ncohort: {entry: {condition: [201826+]}}\nevent: {death: any}\n'
asked 'kind: attrition\ncohort: {all: [{condition: [201826+]}, {measure: hba1c}]}\n'
asked 'kind: count\ncohort: {all: [{condition: [439727]}]}\n'
asked 'kind: count\ngroup_by: [cdm.person.birth_datetime]\n'
cluster_psql renmin -c "alter table cdm.measurement enable row level security;
	create policy crying on cdm.measurement using (public.cry(value_as_number))" >/dev/null
asked 'kind: mean\nof: hba1c\ncohort: {all: [{sex: 女}]}\n'
check "a statement failed with a patient's value in the server's words" grep -q 'sqlstate "P0001"' "$HOME_OF/site-renmin/agent.log"
cluster_psql renmin -c "revoke all on cdm.condition_occurrence from public, cordon_agent" >/dev/null
asked 'kind: count\ncohort: {all: [{condition: [201826+]}]}\n'
for word in status audit budget questions decisions running; do
	python3 -c 'import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode()+b"\n")
sys.stdout.buffer.write(b"".join(iter(lambda: s.recv(65536), b"")))' "$HOME_OF/site-renmin/state/agent.sock" $word >>"$HOME_OF/told"
done
cordon status
cat "$HOME_OF/out" "$HOME_OF/err" >>"$HOME_OF/told"
agent_down renmin
gateway_down

check "nothing that was planted, and no true count, is in any file" python3 - "$HOME_OF" $MEN <<'P'
import os, re, struct, sys
home, men = sys.argv[1], int(sys.argv[2])
planted = [b"CANARY", b"7350918264"] + [struct.pack(">q", 7350918264000 + i) for i in (1, men)]
if b'"value": %d' % men not in open(f"{home}/said", "rb").read(): # the noise is zero once in ten thousand runs
    planted.append(struct.pack(">q", men))
count = re.compile(rb"(?<![0-9a-f.])%d(?![0-9a-f])" % men)
files, known = [], 0
for folder, _, names in os.walk(home):
    # the database itself, what its owner wrote, and what was asked
    if re.match(rf"{home}/(renmin|empty|approvers|ca)\b|.*/policy\b", folder):
        continue
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or folder == home and name.endswith((".log", ".yaml")):
            continue
        data = open(path, "rb").read()
        files.append(path[len(home) + 1:])
        known += b"DM-2026-01" in data
        for word in planted:
            assert word not in data, (path, word)
        # answers have noisy numbers of this size
        if name.endswith(".log") or name == "told":
            assert not count.search(data), path
print(*files)
assert known >= 5, "what is looked for would not be found"
P
