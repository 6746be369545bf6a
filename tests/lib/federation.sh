# shellcheck shell=bash
# federation.sh - a whole federation for a scenario: clusters, certificates, gateway, agents, a researcher.
#
# Source it after setting BIN (where the three programs are). A scenario then reads:
#
#   federation renmin xiehe          # clusters with PATIENTS generated people each, everything running
#   ask question.yaml --json         # cordon as the researcher li@renmin.example; status in $?
#   want 0 "asked and answered"      # the status of the last command, or the scenario ends
#   approve renmin                   # after an edit of site-renmin/policy: two people sign it
#   POLICY_OF=FOLDER federation ..    # with that policy in place of the shipped example
#   SUMS=1 federation ..             # and a list of members, so that mode secure works
#   SUMS=1 PAILLIER="renmin xiehe" MINUTES=huashan federation ..   # and a key of threshold Paillier (members.sh)
#   VOCABULARY=1 federation ..       # and the demo's concepts, for the gateway to search
#   SUMS=1 DISTINCT=1 federation ..  # and a secret to count people once with (the policy must offer it); half are of every site
#   PEOPLE="zhao:auditor" federation ..  # and zhao@test.example, in the folder zhao
#   GATEWAY_MORE=FILE federation ..  # and the file's lines at the end of gateway.yaml
#
# Everything lives in $HOME_OF (a private folder) and ends with the script.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
ROOT=$PWD
[[ $BIN == /* ]] || BIN=$ROOT/$BIN
# shellcheck source=tests/lib/cluster.sh
source "$ROOT/tests/lib/cluster.sh"
# shellcheck source=tests/lib/members.sh
source "$ROOT/tests/lib/members.sh"

# short: a unix socket's path has 107 bytes
HOME_OF=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
PATIENTS=${PATIENTS:-2000}
SITES_UP=()
declare -A AGENT_PID=()
GATEWAY_PID='' AGENTS_PORT=0 WEB_PORT=0 STATUS=0
export CORDON_SETTINGS=$HOME_OF/li/settings.yaml LANG=C.UTF-8 LC_ALL=C.UTF-8 NO_COLOR=1
umask 077

finish()
{
	local status=$? name

	trap - EXIT
	for name in "${!AGENT_PID[@]}"; do
		kill "${AGENT_PID[$name]}" 2>/dev/null
	done
	for name in "$HOME_OF"/site-*/agent.pid; do
		[ ! -e "$name" ] || kill "$(cat "$name")" 2>/dev/null
	done
	[ -z "$GATEWAY_PID" ] || kill "$GATEWAY_PID" 2>/dev/null
	for name in "${!AGENT_PID[@]}"; do
		wait "${AGENT_PID[$name]}" 2>/dev/null || sanitizer_said "$HOME_OF/site-$name/agent.log" || status=1
	done
	[ -z "$GATEWAY_PID" ] || wait "$GATEWAY_PID" 2>/dev/null || sanitizer_said "$HOME_OF/gateway/gateway.log" || status=1
	cluster_down
	if [ "$status" != 0 ] && [ "$status" != 77 ]; then
		tail -n 15 "$HOME_OF"/*/*.log 2>/dev/null
	fi
	rm -rf "$HOME_OF"
	exit "$status"
}
trap finish EXIT

# A program that a sanitizer ended fails the scenario, whatever else happened.
sanitizer_said()
{
	if grep -qE 'AddressSanitizer|LeakSanitizer|runtime error:' "$1" 2>/dev/null; then
		grep -E -A12 'AddressSanitizer|LeakSanitizer|runtime error:' "$1" | head -n 40
		return 1
	fi
	return 0
}

die()
{
	printf 'FAILED: %s\n' "$*"
	exit 1
}

# want STATUS WHAT: about $STATUS, which ask and cordon set.
want()
{
	[ "$STATUS" = "$1" ] || die "$2: status $STATUS, not $1; it said: $(cat "$HOME_OF/out" "$HOME_OF/err" 2>/dev/null)"
	printf 'ok: %s\n' "$2"
}

# check WHAT COMMAND...: the command must succeed.
check()
{
	local what=$1

	shift
	"$@" || die "$what; it said: $(cat "$HOME_OF/out" "$HOME_OF/err" 2>/dev/null)"
	printf 'ok: %s\n' "$what"
}

# until_true SECONDS COMMAND...: waits for a condition without guessing a time.
until_true()
{
	local tries=$(($1 * 20))

	shift
	until "$@"; do
		((tries-- > 0)) || return 1
		sleep 0.05
	done
}

cordon()
{
	"$BIN/cordon" "$@" >"$HOME_OF/out" 2>"$HOME_OF/err" </dev/null
	STATUS=$?
	sanitizer_said "$HOME_OF/err" || die "cordon $*"
	return 0
}
ask()
{
	cordon ask "$@"
}
# said WORD: in what the last command printed.
said()
{
	grep -qF -- "$1" "$HOME_OF/out" "$HOME_OF/err"
}
# field PATH: of the last JSON output, as python would index it: field "['total']['cells'][0]['value']"
field()
{
	python3 -c "import json,sys; print(json.load(open(sys.argv[1]))$1)" "$HOME_OF/out"
}

question()
{
	cat >"$HOME_OF/$1.yaml"
	printf '%s\n' "$HOME_OF/$1.yaml"
}

make_certificates()
{
	local ca="$HOME_OF/ca"

	"$BIN/cordon" ca init --dir "$ca" --federation test >/dev/null || die "ca init"
	"$BIN/cordon" ca issue --dir "$ca" --role gateway --name test --hosts localhost,127.0.0.1 --out "$HOME_OF/gateway" >/dev/null ||
		die "ca issue gateway"
	"$BIN/cordon" ca web --hosts localhost,127.0.0.1 --out "$HOME_OF/gateway" >/dev/null || die "ca web"
	cp "$ca/revoked.txt" "$HOME_OF/gateway/"
}

# person ACCOUNT FOLDER [ROLE]: certificate, token, line for the gateway's accounts.
person()
{
	"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role person --name "$1" --out "$HOME_OF/$2" >/dev/null || die "ca issue person"
	"$BIN/cordon" token --account "$1" --role "${3:-researcher}" --out "$HOME_OF/$2/token" >>"$HOME_OF/accounts" 2>/dev/null || die token
}
login()
{
	CORDON_SETTINGS=$HOME_OF/$2/settings.yaml "$BIN/cordon" login "https://127.0.0.1:$WEB_PORT" --account "$1" \
		--token-file "$HOME_OF/$2/token" --ca "$HOME_OF/gateway/web.crt" --certificate "$HOME_OF/$2/person.crt" \
		--key "$HOME_OF/$2/person.key" >/dev/null || die "login $1"
}

gateway_config()
{
	local sites

	sites=$(IFS=,; printf '%s' "$*")
	cat >"$HOME_OF/gateway/gateway.yaml" <<-END
		cordon: 1
		name: test
		agents: {listen: 127.0.0.1, port: $AGENTS_PORT, certificate: gateway.crt, key: gateway.key}
		web: {listen: 127.0.0.1, port: $WEB_PORT, certificate: web.crt, key: web.key}
		identity: {root: root.crt, revoked: revoked.txt}
		state: state
		sites: [${sites//,/, }]
		$([ -z "${SUMS:-}" ] || members_line test)
		$([ -z "${VOCABULARY:-}" ] || printf 'vocabulary: ../vocabulary/concepts.db')
		accounts:
	END
	cat "$HOME_OF/accounts" ${GATEWAY_MORE:+"$GATEWAY_MORE"} >>"$HOME_OF/gateway/gateway.yaml"
}

gateway_up()
{
	rm -f "$HOME_OF/gateway/state/ports"
	"$BIN/cordon-gateway" --config "$HOME_OF/gateway/gateway.yaml" >>"$HOME_OF/gateway/gateway.log" 2>&1 </dev/null &
	GATEWAY_PID=$!
	until_true 15 test -s "$HOME_OF/gateway/state/ports" || die "the gateway did not start"
	AGENTS_PORT=$(sed -n 's/^agents //p' "$HOME_OF/gateway/state/ports")
	WEB_PORT=$(sed -n 's/^web //p' "$HOME_OF/gateway/state/ports")
}
gateway_down()
{
	kill "${1:--TERM}" "$GATEWAY_PID" && wait "$GATEWAY_PID" 2>/dev/null
	GATEWAY_PID=''
}

# The people who approve policies at every site of a scenario, in $HOME_OF/approvers.
make_approvers()
{
	local dir=$HOME_OF/approvers

	mkdir "$dir"
	echo "a passphrase for tests" >"$dir/passphrase"
	{
		printf 'cordon: 1\npeople:\n'
		"$BIN/cordon" policy sign --new-key "$dir/officer-a.key" --as officer-a --role compliance --passphrase "$dir/passphrase" &&
			"$BIN/cordon" policy sign --new-key "$dir/owner-b.key" --as owner-b --role data-owner --passphrase "$dir/passphrase"
	} >"$dir/approvers.yaml" 2>"$HOME_OF/err" || die "new keys: $(cat "$HOME_OF/err")"
}

# sign_as WHO FOLDER [OPTION...]: one signature; the output of `cordon`, its status in $STATUS.
sign_as()
{
	local who=$1 folder=$2

	shift 2
	cordon policy sign "$folder" --as "$who" --key "$HOME_OF/approvers/$who.key" --passphrase "$HOME_OF/approvers/passphrase" \
		--approvers "$HOME_OF/approvers/approvers.yaml" --version "$(sed -nE 's/^version: *([0-9]+).*/\1/p' "$folder/policy.yaml")" "$@"
}
# approve NAME: both sign the site's policy as it is now.
approve()
{
	local who

	for who in officer-a owner-b; do
		sign_as $who "$HOME_OF/site-$1/policy"
		[ "$STATUS" = 0 ] || die "$who could not sign the policy of $1: $(cat "$HOME_OF/out" "$HOME_OF/err")"
	done
}

# A site's folder: certificate, policy from the shipped example, configuration, grants in its database.
site_folder()
{
	local name=$1 home=$HOME_OF/site-$1

	"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role site --name "$name" --out "$home" >/dev/null || die "ca issue site"
	cp "$HOME_OF/ca/revoked.txt" "$home/"
	cp -r "${POLICY_OF:-$ROOT/policies/examples/omop-hospital}" "$home/policy"
	sed -i "s/^site: renmin/site: $name/" "$home/policy/policy.yaml"
	[ -z "${SUMS:-}" ] || members_policy "$home/policy"
	cat >"$home/agent.yaml" <<-END
		cordon: 1
		site: $name
		gateway: {host: 127.0.0.1, port: $AGENTS_PORT}
		identity: {root: root.crt, certificate: site.crt, key: site.key, revoked: revoked.txt}
		policy: policy
		approvers: ../approvers/approvers.yaml
		database: host=$(cluster_host "$name") dbname=hospital user=cordon_agent
		data: 2026-03-01
		state: state
		$([ -z "${SUMS:-}" ] || members_line "$name")
	END
}
grants()
{
	"$BIN/cordon" policy grants "$HOME_OF/site-$1/policy" | cluster_psql "$1" -f - >/dev/null || die "grants of $1"
}

# laplace_policy FOLDER: the example's release with Laplace noise and budgets in epsilon; its examples too.
laplace_policy()
{
	sed -i -E 's/noise: gaussian/noise: laplace/; s/^  rho: 0\.0244/  epsilon: 0.5/; s/rho: 1\.2/epsilon: 6/; s/rho: 0\.8/epsilon: 3/;
		s/rho: 0\.5/epsilon: 2/; s/rho: 4\b/epsilon: 20/' "$1/release.yaml"
	[ ! -f "$1/tests.yaml" ] ||
		sed -i -E 's/(spent: \{"study:DM-2026-01": )1\.19/\15.9/; s/\{rho: 0\.2, queries/{epsilon: 1, queries/' "$1/tests.yaml"
}

# agent_up NAME [limit...]: words before the program, such as "prlimit --fsize=65536".
agent_up()
{
	local name=$1

	shift
	rm -f "$HOME_OF/site-$name/state/ready"
	"$@" "$BIN/cordon-agent" --config "$HOME_OF/site-$name/agent.yaml" >>"$HOME_OF/site-$name/agent.log" 2>&1 </dev/null &
	AGENT_PID[$name]=$!
	echo $! >"$HOME_OF/site-$name/agent.pid" # for tests that are programs of their own: they may end it, and start another
}
agent_down()
{
	kill "${2:--TERM}" "${AGENT_PID[$1]}" 2>/dev/null
	wait "${AGENT_PID[$1]}" 2>/dev/null
	unset "AGENT_PID[$1]"
}
online()
{
	"$BIN/cordon" sites --json 2>/dev/null | python3 -c '
import json,sys
want=set(sys.argv[1:])
try: up={s["site"] for s in json.load(sys.stdin)["sites"] if s["online"]}
except ValueError: sys.exit(1)
sys.exit(0 if want<=up else 1)' "$@"
}
wait_online()
{
	until_true 20 online "$@" || die "not online: $*"
}

truth()
{
	local name=$1

	shift
	cluster_psql "$name" -At -c "$*"
}

load_site()
{
	cluster_psql "$1" -1 -v patients="$PATIENTS" -v seed=1 -v site="$1" -f "$ROOT/demo/omop.sql" -f "$ROOT/demo/generate.sql" \
		-f "$ROOT/demo/omop-index.sql" >/dev/null || die "loading $1"
	[ -z "${DISTINCT:-}" ] || cluster_psql "$1" -qc "update cdm.person set person_source_value = case when person_id % 2 = 0
		then '11010519' || lpad(person_id::text, 9, '0') || 'X' else '4403061' || lpad(person_id::text, 9, '0') || upper(left('$1', 2)) end" ||
		die "identifiers of $1"
	cluster_psql "$1" -c 'vacuum analyze' >/dev/null
}

federation()
{
	local name

	SITES_UP=("$@")
	cluster_init "$HOME_OF" || die "$CLUSTER_ERROR"
	cluster_up "$@" || die "$CLUSTER_ERROR"
	for name in "$@"; do
		load_site "$name"
	done
	make_certificates
	make_approvers
	[ -z "${SUMS:-}" ] ||
		members_make "$BIN/cordon" "$HOME_OF/members" "$HOME_OF/ca/root.crt" test "$@" >"$HOME_OF/out" 2>&1 ||
		die "the list of members: $(cat "$HOME_OF/out")"
	# shellcheck disable=SC2086 # words
	[ -z "${PAILLIER:-}" ] ||
		members_paillier "$BIN/cordon" "$UNITS/../tools/paillier_deal" "$HOME_OF/members" "$HOME_OF/ca/root.crt" $PAILLIER \
			>"$HOME_OF/out" 2>&1 || die "the key of threshold Paillier: $(cat "$HOME_OF/out")"
	person li@renmin.example li
	person wang@uni.example wang
	for name in ${PEOPLE:-}; do
		person "${name%:*}@test.example" "${name%:*}" "${name#*:}"
	done
	[ -z "${VOCABULARY:-}" ] || cluster_vocabulary "$1" "$BIN/cordon" "$HOME_OF/vocabulary" >"$HOME_OF/out" 2>&1 ||
		die "the vocabulary: $(cat "$HOME_OF/out")"
	gateway_config "$@"
	gateway_up
	gateway_config "$@" # with the ports it got, so that a restart keeps them
	login li@renmin.example li
	login wang@uni.example wang
	for name in "$@"; do
		site_folder "$name"
		approve "$name"
		grants "$name"
		agent_up "$name"
	done
	wait_online "$@"
}
