#!/usr/bin/env bash
# api.sh - people at the gateway: questions answered from recall, and a thousand who watch one answer. Real agents, real
# PostgreSQL; everything, the people too, shares this machine. PEOPLE=48 SECONDS_OF=10 ACCOUNTS=16
export BIN=${BIN:-build}
PATIENTS=2000
BENCH=${BENCH:-$(cd "$(dirname "$0")/.." && pwd)/build/plain/bench}
source "$(dirname "$0")/../tests/lib/federation.sh"
accounts=${ACCOUNTS:-16}

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
gateway_config renmin
printf 'rate: 60000\n' >>"$HOME_OF/gateway/gateway.yaml"
gateway_up
login li@renmin.example li
settings=()
for ((i = 1; i <= accounts; i++)); do
	login "p$i@bench.example" "p$i"
	settings+=("$HOME_OF/p$i/settings.yaml")
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
"$BENCH"/questions "$ROOT/demo/question.yaml" "${SECONDS_OF:-10}" "${PEOPLE:-48}" "${settings[@]}" | tee "$HOME_OF/load" || exit 1
seen=$(($(grep -c 'question .*: complete' "$HOME_OF/gateway/gateway.log") - 1))
printf 'CPU a question: gateway %s us, agent %s us\n' $((($(cpu_ms "$GATEWAY_PID") - gateway) * 1000 / seen)) \
	$((($(cpu_ms "${AGENT_PID[renmin]}") - agent) * 1000 / seen))
