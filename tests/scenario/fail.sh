#!/usr/bin/env bash
# Hospitals, databases, disks and programs fail; what is lost is named, nothing is charged twice or forgotten.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=800
federation renmin xiehe huashan

# A question nobody asked before, so that it is paid: another day for the ages each time. It is called in
# a subshell, hence the count in a file.
fresh()
{
	local n

	n=$(($(cat "$HOME_OF/fresh" 2>/dev/null || echo 0) + 1))
	echo "$n" >"$HOME_OF/fresh"
	question "fresh$n" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-$(printf %02d $((1 + n / 28)))-$(printf %02d $((1 + n % 28)))
		cohort: {all: [{age: {from: 18}}]}
	Q
}
left()
{
	cordon budget DM-2026-01 --json
	python3 - "$HOME_OF/out" "$1" <<-'P'
		import json,sys
		for s in json.load(open(sys.argv[1]))["sites"]:
		    if s["site"]==sys.argv[2]: print([a["left"] for a in s.get("accounts",[])])
	P
}
state_of()
{
	python3 - "$HOME_OF/out" "$1" <<-'P'
		import json,sys
		for s in json.load(open(sys.argv[1]))["sites"]:
		    if s["site"]==sys.argv[2]: print(s["state"])
	P
}

offline()
{
	! online "$1"
}

# a hospital that is down
agent_down huashan
ask "$(fresh)" --json
want 4 "with a hospital down, the others answer"
check "the one that is down is named" test "$(state_of huashan)" = offline
check "the total says whom it contains" test "$(field "['total']['cells'][0]['sites']")" = "['renmin', 'xiehe']"
agent_up huashan
wait_online huashan

# a hospital that is slow: its table is locked past the deadline
cluster_psql xiehe -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(8)' >/dev/null 2>&1 &
locker=$!
sleep 0.5
before=$(left xiehe)
slow=$(fresh)
ask "$slow" --deadline 3 --json
want 4 "with a slow hospital, the others answer by the deadline"
check "the slow one timed out" test "$(state_of xiehe)" = timed-out
wait "$locker" || true
after=$(left xiehe)
check "what it paid stays paid" test "$before" != "$after"
ask "$slow" --json
want 0 "the same question later is answered by all"

# the researcher changes their mind while a hospital computes
cluster_psql xiehe -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(4)' >/dev/null 2>&1 &
locker=$!
sleep 0.5
ask "$(fresh)" --deadline 30 --no-watch --json
id=$(field "['id']")
sleep 0.5
cordon cancel "$id" --json
want 0 "a running question is cancelled"
until_true 5 bash -c "\"$BIN/cordon\" show $id --json | grep -q '\"cancelled\"'" || die "it is not cancelled"
cordon show "$id" --json
check "the hospital that was computing is named" test "$(state_of xiehe)" = cancelled
wait "$locker" || true

# PostgreSQL goes away in the middle of a statement and comes back
cluster_psql renmin -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(30)' >/dev/null 2>&1 &
sleep 0.5
gone=$(fresh)
ask "$gone" --deadline 20 --json &
asking=$!
sleep 1
kill -QUIT "${CLUSTER_PID[renmin]}"
wait "$asking"
check "a database that dies fails its hospital at once" grep -q '"failed"' "$HOME_OF/out"
check "and the hospital says that the price stays paid" said "price stays paid"
wait "${CLUSTER_PID[renmin]}" 2>/dev/null
rm -f "$HOME_OF/renmin/data/postmaster.pid" "$HOME_OF"/renmin/sock/.s*
cluster_again renmin || die "$CLUSTER_ERROR"
until_true 20 bash -c "\"$BIN/cordon\" ask \"$(fresh)\" --json 2>/dev/null | grep -q '\"complete\"'" ||
	die "after the database came back the hospital does not answer"
echo "ok: after the database came back the hospital answers"

# the agent is killed while the statement runs: the hold is there, the charge neither lost nor doubled
cluster_psql xiehe -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(4)' >/dev/null 2>&1 &
locker=$!
sleep 0.5
before=$(left xiehe)
crash=$(fresh)
ask "$crash" --deadline 30 --json &
asking=$!
sleep 1
agent_down xiehe -KILL
agent_up xiehe
wait "$asking"
wait "$locker" || true
cordon budget DM-2026-01 --json
after=$(left xiehe)
check "a killed agent has paid" test "$before" != "$after"
ask "$crash" --json
again=$(left xiehe)
printf 'note: before %s, after the crash %s, asked again %s\n' "$before" "$after" "$again"

# the gateway restarts; questions, answers and history are there
cordon history --json
count=$(field "['questions'].__len__()")
gateway_down -KILL
gateway_up
wait_online renmin xiehe huashan
cordon history --json
check "a killed gateway forgets no question" test "$(field "['questions'].__len__()")" = "$count"

# a full disk: the hold cannot be written, so the database is not asked
agent_down huashan
size=$(stat -c %s "$HOME_OF"/site-huashan/state/ledger.db* | sort -n | tail -n 1)
agent_up huashan prlimit --fsize=$((size > 65536 ? size : 65536)) --
wait_online huashan
refused=0
for _ in $(seq 40); do
	ask "$(fresh)" --json
	[ "$(state_of huashan)" = answered ] || { refused=1; break; }
done
check "with a full disk the hospital refuses instead of answering unpaid" test "$refused" = 1
agent_down huashan
agent_up huashan
wait_online huashan
ask "$(fresh)" --json
want 0 "with room again it answers"

# yesterday's backup of the ledger, restored: the budget spent since must not come back
agent_down huashan
cp -r "$HOME_OF/site-huashan/state" "$HOME_OF/backup"
agent_up huashan
wait_online huashan
ask "$(fresh)" --json
want 0 "a question after the backup"
sleep 2
agent_down huashan -KILL
cp -r "$HOME_OF/site-huashan/state" "$HOME_OF/newest"
rm -rf "$HOME_OF/site-huashan/state"
cp -r "$HOME_OF/backup" "$HOME_OF/site-huashan/state"
agent_up huashan
sleep 1
check "a hospital whose ledger went back is not let in" offline huashan
agent_down huashan
rm -rf "$HOME_OF/site-huashan/state"
cp -r "$HOME_OF/newest" "$HOME_OF/site-huashan/state"
agent_up huashan
wait_online huashan

# a certificate of another site, an expired one, a foreign one
impostor()
{
	agent_down huashan
	cp "$HOME_OF/site-huashan/site.crt" "$HOME_OF/kept.crt"
	cp "$HOME_OF/site-huashan/site.key" "$HOME_OF/kept.key"
}
restore()
{
	agent_down huashan
	cp "$HOME_OF/kept.crt" "$HOME_OF/site-huashan/site.crt"
	cp "$HOME_OF/kept.key" "$HOME_OF/site-huashan/site.key"
}
impostor
cp "$HOME_OF/site-renmin/site.crt" "$HOME_OF/site-renmin/site.key" "$HOME_OF/site-huashan/"
agent_up huashan
sleep 1
check "an agent with another site's certificate is not that site" offline huashan
check "and renmin is still itself" online renmin
restore
impostor
"$BIN/cordon" ca init --dir "$HOME_OF/foreign" --federation foreign >/dev/null
"$BIN/cordon" ca issue --dir "$HOME_OF/foreign" --role site --name huashan --out "$HOME_OF/foreign/site" >/dev/null
cp "$HOME_OF"/foreign/site/site.{crt,key} "$HOME_OF/site-huashan/"
agent_up huashan
sleep 1
check "a foreign certificate is refused" offline huashan
restore
agent_up huashan
wait_online huashan
"$BIN/cordon" ca revoke --dir "$HOME_OF/ca" huashan >/dev/null
cp "$HOME_OF/ca/revoked.txt" "$HOME_OF/gateway/"
agent_down huashan
agent_up huashan
sleep 1
check "a revoked certificate is refused" offline huashan
