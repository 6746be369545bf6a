# shellcheck shell=bash
# whole.sh - a federation to be audited: source it after setting BIN. NOISE=gaussian|laplace, TIMING=open|paced|strict,
# budgets that no audit uses up, and between each agent and the gateway a line that somebody listens to (line.py):
# $HOME_OF/line-SITE has a line per TLS record: time in ns, direction (ask, answer), bytes.
source "$(dirname "${BASH_SOURCE[0]}")/../lib/federation.sh"

NOISE=${NOISE:-gaussian} TIMING=${TIMING:-paced}
LINES=()

audited_policy()
{
	sed -i -E "s/timing: paced/timing: $TIMING/" "$1/release.yaml"
	[ "$NOISE" = gaussian ] || laplace_policy "$1"
	sed -i -E '/^  - \{for:/{s/(rho|epsilon): [0-9.]+/\1: 5000/; s/queries: 20, //}' "$1/release.yaml"
	rm "$1/tests.yaml" # its budgets are not these
}

# tap NAME: the site's agent reaches the gateway through a listener.
tap()
{
	python3 tests/audit/line.py "$AGENTS_PORT" "$HOME_OF/line-$1" "$HOME_OF/port-$1" &
	LINES+=($!)
	until_true 10 test -s "$HOME_OF/port-$1" || die "no line for $1"
	sed -i -E "s/port: [0-9]+\}/port: $(cat "$HOME_OF/port-$1")}/" "$HOME_OF/site-$1/agent.yaml"
}

eval "site_folder_before () $(declare -f site_folder | tail -n +2)"
site_folder()
{
	site_folder_before "$1"
	audited_policy "$HOME_OF/site-$1/policy"
	[ -z "${TAPPED:-}" ] || tap "$1"
}

eval "gateway_config_before () $(declare -f gateway_config | tail -n +2)"
gateway_config()
{
	gateway_config_before "$@"
	echo "rate: 6000" >>"$HOME_OF/gateway/gateway.yaml"
}

eval "finish_before () $(declare -f finish | tail -n +2)"
finish()
{
	local status=$?

	[ ${#LINES[@]} = 0 ] || kill "${LINES[@]}" 2>/dev/null
	(exit $status)
	finish_before
}

# ask_all FILE... : asks each, so many at once as JOBS says, with a deadline of DEADLINE s; answers in FILE.json.
ask_all()
{
	printf '%s\n' "$@" | BIN=$BIN DEADLINE=${DEADLINE:-60} xargs -P "${JOBS:-3}" -I{} sh -c '"$BIN/cordon" ask {} --deadline "$DEADLINE" --json >{}.json 2>{}.err </dev/null
		[ $? -le 1 ] && [ -s {}.json ] || { cat {}.err; exit 255; }' || die "not all questions were answered"
}
