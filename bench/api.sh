#!/usr/bin/env bash
# api.sh - people at the gateway: questions answered from recall, and a thousand who watch one answer. Real agents, real
# PostgreSQL; everything, the people too, shares this machine. PEOPLE=32 SECONDS_OF=10 ACCOUNTS=16 WATCHERS=1000
export BIN=${BIN:-build}
PATIENTS=2000
BENCH=${BENCH:-$(cd "$(dirname "$0")/.." && pwd)/build/plain/bench}
source "$(dirname "$0")/../tests/lib/federation.sh"
accounts=${ACCOUNTS:-16}
watchers=${WATCHERS:-1000}
lookers=$(((watchers + 31) / 32)) # one account watches 32 streams at most; an auditor sees every answer

policy=$HOME_OF/policy-of-bench
cp -r "$ROOT/policies/examples/omop-hospital" "$policy"
list=''
for ((i = 1; i <= accounts; i++)); do
	list+=", p$i@bench.example: analyst"
done
sed -i -E "s/^( *requesters: \{li@renmin.example: analyst)/\1$list/; s/^( *)timing: .*/\1timing: open/" "$policy"/*.yaml
grep -q 'timing:' "$policy/release.yaml" || printf 'timing: open\n' >>"$policy/release.yaml"
cluster_init "$HOME_OF" && cluster_up renmin || die "$CLUSTER_ERROR"
load_site renmin
make_certificates
make_approvers
person li@renmin.example li
for ((i = 1; i <= accounts; i++)); do
	person "p$i@bench.example" "p$i"
done
for ((i = 1; i <= lookers; i++)); do
	person "a$i@bench.example" "a$i" auditor
done
gateway_config renmin
printf 'rate: 60000\n' >>"$HOME_OF/gateway/gateway.yaml"
gateway_up
login li@renmin.example li
settings=()
for ((i = 1; i <= accounts; i++)); do
	login "p$i@bench.example" "p$i"
	settings+=("$HOME_OF/p$i/settings.yaml")
done
looking=()
for ((i = 1; i <= lookers; i++)); do
	login "a$i@bench.example" "a$i"
	looking+=("$HOME_OF/a$i/settings.yaml")
done
POLICY_OF=$policy site_folder renmin
approve renmin
grants renmin
agent_up renmin
wait_online renmin
ask "$ROOT/demo/question.yaml"
want 0 "asked once, so that it is recalled"
cpu_ms()
{
	awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$1/stat"
}
gateway=$(cpu_ms "$GATEWAY_PID") agent=$(cpu_ms "${AGENT_PID[renmin]}")
"$BENCH"/questions "$ROOT/demo/question.yaml" "${SECONDS_OF:-10}" "${PEOPLE:-32}" "${settings[@]}" | tee "$HOME_OF/load" || exit 1
seen=$(($(grep -c 'question .*: complete' "$HOME_OF/gateway/gateway.log") - 1))
printf 'CPU a question: gateway %s us, agent %s us\n' $((($(cpu_ms "$GATEWAY_PID") - gateway) * 1000 / seen)) \
	$((($(cpu_ms "${AGENT_PID[renmin]}") - agent) * 1000 / seen))

# A question that runs for as long as its table is locked, and those who watch it meanwhile.
rss_kb()
{
	awk '/VmRSS/ {print $2}' "/proc/$GATEWAY_PID/status"
}
cluster_psql renmin -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(600)' >/dev/null 2>&1 &
locker=$!
until_true 15 eval '[ "$(cluster_psql renmin -At -c "select count(*) from pg_locks where relation = '"'cdm.person'"'::regclass and granted")" != 0 ]'
sed 's/from: 45/from: 44/' "$ROOT/demo/question.yaml" >"$HOME_OF/slow.yaml"
ask "$HOME_OF/slow.yaml" --no-watch --deadline 600 --json
id=$(field "['id']") || die "no question to watch"
before=$(rss_kb)
mkfifo "$HOME_OF/stay"
"$BENCH"/questions --watch "$id" "$watchers" "${looking[@]}" <"$HOME_OF/stay" >"$HOME_OF/watching" 2>&1 &
watching=$!
exec 9>"$HOME_OF/stay"
until_true 60 grep -q streams "$HOME_OF/watching" || die "not all watch: $(cat "$HOME_OF/watching")"
after=$(rss_kb)
from=$(date +%s%N)
ask "$ROOT/demo/question.yaml"
want 0 "another question is answered meanwhile" >/dev/null
printf '%s people watch one answer: %.1f MB more in the gateway (%.1f MB in all), %.1f kB each; another question meanwhile took %d ms\n' \
	"$watchers" "$(awk "BEGIN {print ($after - $before) / 1024}")" "$(awk "BEGIN {print $after / 1024}")" \
	"$(awk "BEGIN {print ($after - $before) / $watchers}")" "$((($(date +%s%N) - from) / 1000000))"
from=$(date +%s%N)
cluster_psql renmin -At -c "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()" >/dev/null
wait "$locker" 2>/dev/null
until_true 60 grep -q ended "$HOME_OF/watching" || die "not all heard the end: $(cat "$HOME_OF/watching")"
printf 'all of them heard its end %d ms after its table was free\n' "$((($(date +%s%N) - from) / 1000000))"
exec 9>&-
wait "$watching"
