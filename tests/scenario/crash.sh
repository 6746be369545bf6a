#!/usr/bin/env bash
# crash.sh - the agent is killed at each point where a question's price and its answer could part: after the
# hold, after the rows came, after the settlement. The price is neither lost nor doubled, an answer that was
# settled still arrives. The places to die exist in test builds only.
[[ ${BIN:-build} == *san* ]] || { echo "this build has no places to die"; exit 77; }
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=300
federation renmin
home=$HOME_OF/site-renmin

# How many questions the study's account has paid, as the agent's socket tells.
paid()
{
	python3 - "$home/state/agent.sock" <<-'P'
		import json,socket,sys
		s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"budget\n")
		text=b"".join(iter(lambda: s.recv(65536), b""))
		print(sum(a["questions"] for a in json.loads(text) if a["account"].startswith("study:")))
	P
}
site_state()
{
	field "['sites'][0]['state']"
}

n=0
for place in after-hold after-run after-settle; do
	n=$((n + 1))
	q=$(question "crash$n" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-01-0$n
		cohort: {all: [{age: {from: 18}}]}
	Q
	)
	before=$(paid)
	agent_down renmin
	agent_up renmin env CORDON_CRASH_AT=$place
	wait_online renmin
	ask "$q" --deadline 20 --json &
	asking=$!
	until_true 10 bash -c "! kill -0 ${AGENT_PID[renmin]} 2>/dev/null" || die "$place: the agent did not die"
	wait "${AGENT_PID[renmin]}" 2>/dev/null
	unset "AGENT_PID[renmin]"
	agent_up renmin
	wait_online renmin
	wait "$asking"
	check "$place: the question is paid, once" test "$(paid)" = $((before + 1))
	if [ $place = after-settle ]; then
		check "$place: its answer arrives" test "$(site_state)" = answered
	else
		check "$place: the gateway is told" test "$(site_state)" = failed
		check "$place: and why" test "$(field "['sites'][0]['rule']")" = system:stopped
	fi
	ask "$q" --json
	if [ $place = after-settle ]; then
		check "$place: asked again it costs nothing" test "$(site_state) $(paid)" = "recalled $((before + 1))"
	else
		check "$place: asked again it is paid again and answered" test "$(site_state) $(paid)" = "answered $((before + 2))"
	fi
done
