#!/usr/bin/env bash
# Secure sums by threshold Paillier: a hospital that is on the line for minutes only leaves between its commitment and its
# ciphertext and comes back; the sum of all three is exact, since nobody wants noise; an auditor makes it again.
# Plain only: its subject is not memory, which test_paillier_site and test_paillier_memory see under a sanitizer
SUMS=1 PAILLIER="renmin xiehe" MINUTES=huashan
UNITS=${UNITS:-build/plain/tests/unit}
[[ $UNITS == /* ]] || UNITS=$PWD/$UNITS
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=200
sites=(renmin xiehe huashan)

# Answers are exact: no noise, and budgets that count questions.
members_policy()
{
	sed -i -E 's/^  noise: gaussian .*/  noise: off\n  dominance: [2, 0.90]/; /^  rho: 0\.0244/d; s/^  secure_aggregation: off /  secure_aggregation: required /;
		s/^  min_sites: 1 /  min_sites: 3 /; s/(rho: [0-9.]+)(, queries: [0-9]+)?, period/\1, queries: 20, period/' "$1/release.yaml"
	rm "$1/tests.yaml"
}

# The line of huashan, which a signal cuts (USR1) and mends (USR2).
cat >"$HOME_OF/line.py" <<'END'
import os, select, signal, socket, sys
home, to = sys.argv[1], int(sys.argv[2])
cut = False
def toggle(number, frame):
	global cut
	cut = number == signal.SIGUSR1
	open(home + ("/is-cut" if cut else "/is-up"), "w").close()
signal.signal(signal.SIGUSR1, toggle)
signal.signal(signal.SIGUSR2, toggle)
listening = socket.create_server(("127.0.0.1", 0))
with open(home + "/line.port", "w") as f: f.write(str(listening.getsockname()[1]))
pairs = {}
def close(s):
	for x in (s, pairs.pop(s, None)):
		if x is not None:
			pairs.pop(x, None)
			x.close()
while True:
	for s in list(pairs) if cut else []:
		close(s)
	try: ready = select.select([listening] + list(pairs), [], [], 0.05)[0]
	except (ValueError, OSError): continue
	for s in ready:
		if s is listening:
			a = s.accept()[0]
			if cut: a.close()
			else:
				b = socket.create_connection(("127.0.0.1", to))
				pairs[a], pairs[b] = b, a
		elif s in pairs:
			try: data = s.recv(65536)
			except OSError: data = b""
			try: pairs[s].sendall(data) if data else close(s)
			except OSError: close(s)
END
# huashan dials that line.
site_folder_as()
{
	site_folder_of "$1"
	[ "$1" != huashan ] || sed -i "s/port: $AGENTS_PORT}/port: $(cat "$HOME_OF/line.port")}/" "$HOME_OF/site-$1/agent.yaml"
}
eval "site_folder_of() $(declare -f site_folder | tail -n +2)"
site_folder()
{
	[ "$1" != huashan ] || {
		python3 "$HOME_OF/line.py" "$HOME_OF" "$AGENTS_PORT" 2>"$HOME_OF/line.log" &
		LINE_PID=$!
		until_true 10 test -s "$HOME_OF/line.port" || die "no line"
	}
	site_folder_as "$1"
}
trap 'status=$?; kill ${LINE_PID:-} 2>/dev/null; (exit $status); finish' EXIT
federation "${sites[@]}"

adult='select count(*) from cdm.person p where 2025 - year_of_birth >= 18
	and not exists (select 1 from research.opt_out o where o.person_id = p.person_id)'
all=0
for name in "${sites[@]}"; do
	all=$((all + $(truth "$name" "$adult")))
done
question adults >/dev/null <<-Q
	study: DM-2026-01
	dataset: omop
	on: 2025-01-01
	mode: secure
	kind: count
	cohort: {all: [{age: {from: 18}}]}
Q

# xiehe's table is locked, so that its commitment waits
cluster_psql xiehe -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(30)' >/dev/null 2>&1 &
locked()
{
	[ "$(truth xiehe "select count(*) from pg_locks where relation='cdm.person'::regclass and granted and mode='AccessExclusiveLock'")" = 1 ]
}
until_true 10 locked || die "no lock at xiehe"
"$BIN/cordon" ask "$HOME_OF/adults.yaml" --json >"$HOME_OF/answer" 2>"$HOME_OF/err" &
asking=$!
bound()
{
	grep -q "$1 is bound to its numbers" "$HOME_OF/gateway/gateway.log"
}
until_true 10 bound huashan || die "huashan did not commit"
kill -USR1 "$LINE_PID"
until_true 10 test -e "$HOME_OF/is-cut" || die "the line is not cut"
offline()
{
	! online huashan
}
until_true 10 offline || die "huashan is still on the line"
echo "ok: a hospital that has committed to its numbers leaves the line"
truth xiehe "select pg_terminate_backend(pid) from pg_locks where relation='cdm.person'::regclass and granted and mode='AccessExclusiveLock'" >/dev/null
until_true 10 bound xiehe || die "xiehe did not commit"
check "nobody opens without it" kill -0 $asking
kill -USR2 "$LINE_PID"
wait $asking
STATUS=$?
cp "$HOME_OF/answer" "$HOME_OF/out"
want 0 "it comes back, and the three are one sum"
check "which is exact" test "$(field "['total']['cells'][0]['value']")" = $all
check "made by threshold Paillier" test "$(field "['total']['sum']['protocol']")" = TP-1
check "which the answer says does not keep secrets for ever" said "no forward secrecy"
id=$(field "['id']")

# verify ARGUMENT...: with the officers' keys and the federation's.
verify()
{
	cordon audit verify "$@" --members "$HOME_OF/members/members.yaml" --officers "$HOME_OF/members/officers.yaml"
}
verify "$id"
want 2 "the record needs the key"
check "which is said" said "--paillier"
verify "$id" --paillier "$HOME_OF/members/paillier.yaml" --out "$HOME_OF/record"
want 0 "an auditor makes the sum again from its record"
gateway_down
python3 -c 'import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()' "$HOME_OF/gateway/state/gateway.db" \
	"update sum set words=substr(words,1,7)||(case when hex(substr(words,8))='00' then x'10' else x'00' end)" || die "the store could not be changed"
gateway_up
verify "$id" --paillier "$HOME_OF/members/paillier.yaml"
want 1 "another number in the gateway's store is found"
check "where it stands" said "total.cells[0].value: published"
verify --transcript "$HOME_OF/record" --answer "$HOME_OF/answer" --paillier "$HOME_OF/members/paillier.yaml"
want 0 "the answer that was given before is still the right one, without a gateway"
