#!/usr/bin/env bash
# What Cordon adds, as ratios measured side by side in one run. Absolute times on shared machines mean little;
# nothing here decides a test. PATIENTS a hospital (default 1,000,000), ROUNDS of questions (default 15), SKIP=sites.
export BIN=${BIN:-build}
PATIENTS=${PATIENTS:-1000000}
BENCH=${BENCH:-$(cd "$(dirname "$0")/.." && pwd)/build/plain/bench}
ROUNDS=${ROUNDS:-15}
source "$(dirname "$0")/../tests/lib/federation.sh"

rss_mb()
{
	awk '/VmRSS/ {printf "%.1f MB", $2 / 1024}' "/proc/$1/status"
}
median()
{
	sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

echo "programs, stripped"
for program in cordon-gateway cordon-agent cordon; do
	strip -o "$HOME_OF/stripped" "$BIN/$program"
	printf '  %-34s %5.2f MB\n' "$program" "$(stat -c %s "$HOME_OF/stripped" | awk '{print $1 / 1048576}')"
done
echo
"$BENCH"/noise
echo
"$BENCH"/protect "$HOME_OF"
echo
echo "a large red list"
"$BENCH"/redlist
echo
echo "the example folder, and one decision"
"$BENCH"/decide
echo
echo "threshold Paillier"
"$BENCH"/paillier
echo
echo "people of several hospitals counted once"
"$BENCH"/distinct
echo
echo "secure sums"
"$BENCH"/sums
echo
echo "200 agents on one gateway"
"$BENCH"/fanout "$BIN/cordon-gateway" | sed 's/^/  /'
echo

[ "${SKIP:-}" = sites ] && exit 0
echo "people at the gateway: questions from recall, and a thousand who watch one"
"$(dirname "$0")/api.sh" | grep -v '^ok' | sed 's/^/  /'
echo
echo "cohorts as one statement, and as a chain of temporary tables"
ROUNDS=3 "$(dirname "$0")/cohort.sh" | sed 's/^/  /'
echo
echo "three hospitals with $PATIENTS people each (loading)"
start=$SECONDS
federation renmin xiehe huashan
printf '  %-34s %s s\n' "loaded and connected after" "$((SECONDS - start))"
printf '  %-34s %s\n' "agent at rest" "$(rss_mb "${AGENT_PID[renmin]}")"
printf '  %-34s %s\n' "gateway at rest" "$(rss_mb "$GATEWAY_PID")"
agent_down huashan
from=$(date +%s%N)
agent_up huashan
until [ -e "$HOME_OF/site-huashan/state/ready" ]; do sleep 0.002; done
printf '  %-34s %s ms\n' "agent ready after" "$((($(date +%s%N) - from) / 1000000))"
wait_online huashan

one_round()
{
	local n=$1 site slowest=0 took at timers=()

	cat >"$HOME_OF/bench.yaml" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 20$((10 + n % 15))-12-$((1 + n / 15))
		cohort: {all: [{condition: [201826+]}, {sex: 女}, {age: {from: 45, to: 65}}]}
	Q
	sed -i -E 's/-12-([0-9])$/-12-0\1/' "$HOME_OF/bench.yaml"
	at=$(awk -v now="$EPOCHREALTIME" -v patients="$PATIENTS" 'BEGIN {printf "%.3f", now + 1 + patients / 400000}')
	for site in renmin xiehe huashan; do
		"$BENCH"/statement "$HOME_OF/site-$site/policy" "$HOME_OF/bench.yaml" li@renmin.example >"$HOME_OF/$site.sql" || die statement
		# warm once, then all three at the same moment, as Cordon asks them
		{
			sed 's/^\\timing on$//' "$HOME_OF/$site.sql"
			printf "select pg_sleep(greatest(0, %s - extract(epoch from clock_timestamp())));\n" "$at"
			echo '\timing on'
			grep '^execute' "$HOME_OF/$site.sql"
		} | PGHOST=$(cluster_host "$site") PGUSER=cordon_agent PGDATABASE=hospital psql -X -q 2>&1 |
			sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' >"$HOME_OF/$site.ms" &
		timers+=($!)
	done
	wait "${timers[@]}"
	for site in renmin xiehe huashan; do
		took=$(tail -n 1 "$HOME_OF/$site.ms")
		slowest=$(awk -v a="$slowest" -v b="$took" 'BEGIN {print (a > b) ? a : b}')
	done
	ask "$HOME_OF/bench.yaml" --json
	[ "$STATUS" = 0 ] || die "the question was not answered: $(cat "$HOME_OF/err")"
	echo "$slowest $(field "['ms']")" >>"$HOME_OF/rounds"
}
# answers that leave at once, and budgets that last for the rounds
for site in renmin xiehe huashan; do
	sed -i -E 's/timing: paced/timing: open/; s/rho: (0\.8|1\.2|4)\b/rho: 100/; s/^version: 1\b/version: 2/' "$HOME_OF/site-$site/policy/release.yaml" "$HOME_OF/site-$site/policy/policy.yaml"
	rm -f "$HOME_OF/site-$site/policy/tests.yaml" # its examples are of the budgets it had
	approve "$site"
done
sleep 3
for n in $(seq 1 "$ROUNDS"); do
	one_round "$n"
done
psql_ms=$(cut -d' ' -f1 "$HOME_OF/rounds" | median)
cordon_ms=$(cut -d' ' -f2 "$HOME_OF/rounds" | median)
awk -v p="$psql_ms" -v c="$cordon_ms" 'BEGIN {
	printf "  %-34s %8.1f ms (median of the slowest)\n", "the statement through psql", p
	printf "  %-34s %8.1f ms (median, as the gateway saw it)\n", "the question through Cordon", c
	printf "  %-34s %8.1f ms, ratio %.3f\n", "Cordon adds", c - p, c / p }'
