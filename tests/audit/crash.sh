#!/usr/bin/env bash
# crash.sh - the running agent dies at a change of its state folder, from its start to the acknowledged answer, and is
# started again; disk.h says how. POINT=n every so many changes (13); HOWS: kill torn power eio-once. The same at
# every change and without a database, line or loop is tests/unit/test_crash.c with CORDON_LONG=1.
source "$(dirname "$0")/whole.sh"
PATIENTS=300
TIMING=open
disk=$ROOT/build/plain/tests/audit/disk.so
[ -r "$disk" ] || die "no $disk: make audit builds it" # the loader would go on without it, and nothing would die
federation renmin
home=$HOME_OF/site-renmin

# Questions that the study's account has paid, as the agent's socket tells.
paid()
{
	python3 - "$home/state/agent.sock" <<-'P'
		import json,socket,sys
		s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"budget\n")
		text=b"".join(iter(lambda: s.recv(65536), b""))
		print(sum(a["questions"] for a in json.loads(text) if a["account"].startswith("study:")))
	P
}
dead_or()
{
	! kill -0 "${AGENT_PID[renmin]}" 2>/dev/null || "$@"
}
up_or_dead()
{
	dead_or online renmin
}
field_of()
{
	python3 -c "import json,sys; s=json.load(open(sys.argv[1]))['sites'][0]; print(s['state'], s.get('cells'))" "$1"
}

released=0 points=0 died=0 asked=0
# one HOW N: dies at change n; false when it lived through all of it
one()
{
	local q first again

	points=$((points + 1)) asked=$((asked + 1))
	q=$(question "$1-$2" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: $(date -u -d "1960-01-01 + $asked days" +%F)
		cohort: {all: [{age: {from: 0}}]}
		group_by: [sex]
	Q
	)
	agent_down renmin
	agent_up renmin env LD_PRELOAD="$disk" CORDON_DISK="$home/state $1 $2"
	until_true 20 up_or_dead || die "$1 at $2: neither on the line nor dead"
	"$BIN/cordon" ask "$q" --deadline 15 --json >"$q.first" 2>/dev/null </dev/null &
	asking=$!
	until_true 20 dead_or bash -c "! kill -0 $asking 2>/dev/null" || die "$1 at $2: no end"
	kill -0 "${AGENT_PID[renmin]}" 2>/dev/null && lived=1 || lived=0
	died=$((died + 1 - lived))
	agent_down renmin
	agent_up renmin
	wait_online renmin
	wait $asking
	"$BIN/cordon" ask "$q" --json >"$q.again" 2>/dev/null </dev/null
	first=$(field_of "$q.first" 2>/dev/null) again=$(field_of "$q.again") || die "$1 at $2: no answer when asked again"
	case "$first|$again" in
	answered*"|recalled"*)
		[ "${first#answered}" = "${again#recalled}" ] || die "$1 at $2: one question, two releases"
		released=$((released + 1))
		;;
	answered*) die "$1 at $2: an answer that went out was forgotten: $again" ;;
	*"|answered"* | *"|recalled"*) released=$((released + 1)) ;;
	*) die "$1 at $2: not answered when asked again: $again" ;;
	esac
	[ "$(paid)" -ge $released ] || die "$1 at $2: $(paid) paid, $released released"
	! grep -q "broken\|does not follow" "$home/agent.log" || die "$1 at $2: a broken chain"
	[ $lived = 0 ]
}
for how in ${HOWS:-kill torn power eio-once}; do
	n=${FIRST:-1}
	while one "$how" $n || [ "$how" = eio-once -a $n -lt 100 ]; do
		n=$((n + ${POINT:-13}))
	done
	[ $died -gt 0 ] || [ "$how" = eio-once ] || die "$how: it never died"
	printf 'ok: %s: to change %d\n' "$how" $n
	printf '| running agent, %s | %d | %d | %d | holds |\n' "$how" $points $died $released >>"${CORDON_REPORT:-/dev/stdout}"
	points=0 died=0
done
