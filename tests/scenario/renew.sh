#!/usr/bin/env bash
# A hospital renews its certificate, and with it its key: with a restart and without one its answers are still
# believed, the stored ones too. A certificate revoked while its holder is on the line ends that line.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=800
federation renmin xiehe
site=$HOME_OF/site-renmin

# on_day DAY: a question that differs from the others by the day of the ages.
on_day()
{
	question "day$1" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-06-$1
		cohort: {all: [{age: {from: 18}}]}
	Q
}
states()
{
	python3 -c 'import json,sys; print(*[s["state"] for s in json.load(open(sys.argv[1]))["sites"]])' "$HOME_OF/out"
}
value()
{
	field "['sites'][0]['cells'][0]['value']"
}
renew()
{
	"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role site --name renmin --out "$site" >/dev/null || die "ca issue"
}
offline()
{
	! online renmin
}

ask "$(on_day 01)" --json
want 0 "two hospitals answer"
first=$(value)

renew
agent_down renmin
agent_up renmin
wait_online renmin
ask "$(on_day 01)" --json
want 0 "after a renewal and a restart the same question is answered"
check "from the store, with the same number" test "$(states) $(value)" = "recalled recalled $first"

# The new files are in place, the agent runs on, and its line breaks: the next one has the new key.
renew
gateway_down
gateway_up
wait_online renmin xiehe
ask "$(on_day 01)" --json
want 0 "after a renewal without a restart the same question is answered"
check "from the store again" test "$(states) $(value)" = "recalled recalled $first"
ask "$(on_day 02)" --json
want 0 "and so is a new one"
check "by both" test "$(states)" = "answered answered"

online renmin || die "renmin is not on the line"
"$BIN/cordon" ca revoke --dir "$HOME_OF/ca" renmin >/dev/null || die "ca revoke"
cp "$HOME_OF/ca/revoked.txt" "$HOME_OF/gateway/revoked.new"
mv "$HOME_OF/gateway/revoked.new" "$HOME_OF/gateway/revoked.txt"
check "whose certificate is revoked is off the line within a heartbeat or two" until_true 25 offline
check "the gateway says why" grep -q 'certificate refused: it was revoked' "$HOME_OF/gateway/gateway.log"
ask "$(on_day 03)" --json
want 4 "the others answer"
