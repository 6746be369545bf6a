#!/usr/bin/env bash
# run.sh - shows the main job: some hospitals, one question, one protected answer. `make demo` installs and builds
# first, then runs this; docs are in demo/README.md.
#
#   SITES=3          hospitals, 1 to 12
#   PATIENTS=20000   generated patients of each, 1 to 1000000; SEED=1 chooses which
#   OMOP=FOLDER      OMOP CSV files in place of generated patients (load_omop.sh), split over the hospitals
#   POLICY=FOLDER    the hospitals' policy in place of policies/examples/omop-hospital
#   ASK=FILE         the question in place of the built-in one
#   SECURE=1         the hospitals' numbers are added up under masks: nobody sees one of them alone
#   SECURE=kill      and one hospital is killed in the middle: of five, the sum is that of four
#   JSON=1           standard output is the answer as JSON and nothing else
#
# Standard output is the answer; progress goes to standard error. With a terminal everything stays up until Ctrl-C, and
# the portal with it: provider.mjs plays the hospitals' own sign-in.
# Status: 0 (also when a hospital suppressed or refused: that is an answer), 1 a step failed, 2 a wrong setting
# or a question that cannot be read.
# Every process started here ends with the script, by its own process id, and the private folder is removed.
# shellcheck disable=SC1111,SC2015 # Chinese quotation marks; `test || broken` is meant
set -euo pipefail
from=$PWD
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=demo/say.sh
. "$root/demo/say.sh"
# shellcheck source=tests/lib/cluster.sh
. "$root/tests/lib/cluster.sh"
# shellcheck source=tests/lib/members.sh
. "$root/tests/lib/members.sh"

bin=${DEMO_BIN:-$root/build}
sites=${SITES:-3} patients=${PATIENTS:-20000} seed=${SEED:-1} omop=${OMOP:-} ask=${ASK:-} json=${JSON:-} secure=${SECURE:-}
policy=${POLICY:-$root/policies/examples/omop-hospital}
pinyin=(renmin xiehe huashan ruijin tongji zhongshan xiangya huaxi qilu shengjing nanfang gulou)
english=(Renmin Xiehe Huashan Ruijin Tongji Zhongshan Xiangya Huaxi Qilu Shengjing Nanfang Gulou)
chinese=(仁民医院 协和医院 华山医院 瑞金医院 同济医院 中山医院 湘雅医院 华西医院 齐鲁医院 盛京医院 南方医院 鼓楼医院)
account=li@renmin.example
people=("gao@renmin.example officer" "ops@demo.example operator" "shen@audit.example auditor") # beside $account
coverage=CV-2026-01 # the study whose counts the portal's catalogue shows, where the policy has it

# No function may have a local of this name: cleanup runs inside whatever was interrupted.
private='' spinner='' step='' step_from=0 began=${EPOCHREALTIME//[.,]/}
provider_port='' password='' # of the sign-in at the portal; empty: there is none
declare -A pids=() # what runs besides the clusters: name -> process id

# ---- progress: one line a step; on a terminal it lives while the step runs ----

case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
*[Uu][Tt][Ff]*) turning=(⠋ ⠙ ⠹ ⠸ ⠼ ⠴ ⠦ ⠧ ⠇ ⠏) done_sign=✓ failed_sign=✗ ;;
*) turning=('|' '/' '-' "\\") done_sign='+' failed_sign='!' ;;
esac

seconds()
{
	local tenths=$(((${EPOCHREALTIME//[.,]/} - $1) / 100000))

	printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

spin()
{
	local i=0

	# ends with the script even if that is killed
	while kill -0 $$ 2>/dev/null; do
		printf '\r%s %s  %s\033[K' "${turning[$((i++ % ${#turning[@]}))]}" "$(cat "$private/step")" \
			"$(seconds "$step_from")" >&2
		sleep 0.1
	done
}

# begin ENGLISH CHINESE
begin()
{
	step=$(say "$1" "$2")
	step_from=${EPOCHREALTIME//[.,]/}
	printf '%s' "$step" >"$private/step"
	if [ -t 2 ]; then
		spin &
		spinner=$!
	fi
}

# so_far TEXT: how far the step is, on a terminal only
so_far()
{
	printf '%s  %s' "$step" "$1" >"$private/step"
}

still()
{
	[ -n "$spinner" ] || return 0
	kill "$spinner" 2>/dev/null || true
	wait "$spinner" 2>/dev/null || true
	spinner=''
	printf '\r\033[K' >&2
}

end()
{
	still
	printf '%s %s  %s\n' "$done_sign" "$step" "$(seconds "$step_from")" >&2
	step=''
}

# broken ENGLISH CHINESE [LOG...]: the step failed; shows the last lines of each log and ends.
broken()
{
	local log

	still
	printf '%s %s\n' "$failed_sign" "${step:-demo}" >&2
	say "$1" "$2" >&2
	for log in "${@:3}"; do
		[ -s "$log" ] || continue
		printf -- '--- %s\n' "${log##*/}" >&2
		tail -n 12 "$log" >&2
	done
	exit 1
}

# ---- the end, however it comes ----

cleanup()
{
	local status=$? name

	trap '' INT TERM HUP
	trap - EXIT
	set +e
	still
	for name in "${!pids[@]}"; do
		kill "${pids[$name]}" 2>/dev/null
	done
	cluster_down
	for name in "${!pids[@]}"; do
		stopped "${pids[$name]}"
	done
	[ -z "$private" ] || rm -rf "$private"
	exit "$status"
}

# Waits five seconds for a process of ours to end, then ends it.
stopped()
{
	local tries=0

	while kill -0 "$1" 2>/dev/null && ((++tries < 250)); do
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# ---- settings ----

number()
{
	[[ $2 =~ ^[0-9]{1,7}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
		fail 2 "$1=$2: a whole number from $3 to $4 is needed" "$1=$2：应为 $3 至 $4 之间的整数"
}

# absolute PATH: relative ones are meant from where the caller stands.
absolute()
{
	case $1 in
	/*) printf '%s' "$1" ;;
	*) printf '%s/%s' "$from" "$1" ;;
	esac
}

settings()
{
	local folder list='' parts program

	number SITES "$sites" 1 ${#pinyin[@]}
	number PATIENTS "$patients" 1 1000000
	number SEED "$seed" 0 9999999
	sites=$((10#$sites)) patients=$((10#$patients)) seed=$((10#$seed))
	[ "$sites" = 1 ] && plural='' || plural=s
	[ "$json" != 0 ] || json=''
	[ "$secure" != 0 ] || secure=''
	case $secure in '' | 1 | kill) ;; *) fail 2 "SECURE=$secure: 1 or kill" "SECURE=$secure：应为 1 或 kill" ;; esac
	[ -z "$secure" ] || ((sites >= 3)) ||
		fail 2 "SITES=$sites: a sum needs three hospitals" "SITES=$sites：求和至少需要三家医院"
	if [ -n "$omop" ]; then
		IFS=: read -r -a parts <<<"$omop"
		for folder in "${parts[@]}"; do
			list+=:$(absolute "$folder")
			[ -d "$(absolute "$folder")" ] ||
				fail 2 "OMOP=$omop: there is no folder '$folder'" "OMOP=$omop：没有文件夹“$folder”"
		done
		omop=${list#:}
	fi
	if [ -n "$ask" ]; then
		ask=$(absolute "$ask")
		[ -r "$ask" ] || fail 2 "ASK=$ASK: there is no such file, or it cannot be read" "ASK=$ASK：文件不存在或无法读取"
	else
		ask=$root/demo/question${omop:+-omop}.yaml
	fi
	policy=$(absolute "$policy")
	[ -r "$policy/policy.yaml" ] ||
		fail 2 "POLICY=$policy: there is no policy folder" "POLICY=$policy：不是策略文件夹"
	for program in cordon cordon-gateway cordon-agent; do
		[ -x "$bin/$program" ] || fail 1 "'$bin/$program' is not there; run make first" "没有“$bin/$program”，请先运行 make"
	done
}

# A question with a slip is told at once, not after the hospitals are made. What may be asked is theirs to say.
readable()
{
	local status=0 said

	[ -n "${ASK:-}" ] || return 0
	said=$("$bin/cordon" policy try "$policy" --who "$account" --file "$ask" \
		${SAY_ZH:+--lang zh} 2>&1) || status=$?
	[ "$status" = 2 ] || return 0
	printf '%s\n' "$said" >&2
	fail 2 "The question cannot be read; what is wrong with it is said above." "问题无法读取，错误见上。"
}

# What the generated data will need on disk: about 4 kB a patient, 80 MB a hospital besides.
room()
{
	local need=$((sites * (patients * 4 + 81920))) have

	[ -z "$omop" ] || return 0
	have=$(df -Pk "$private" | awk 'NR == 2 {print $4}')
	((have > need)) || broken \
		"about $((need / 1024)) MB are needed in ${TMPDIR:-/tmp} and $((have / 1024)) MB are free; take fewer PATIENTS or SITES, or set TMPDIR" \
		"${TMPDIR:-/tmp} 需要约 $((need / 1024)) MB 空间，目前仅剩 $((have / 1024)) MB；请减少 PATIENTS 或 SITES，或更换 TMPDIR"
}

# ---- the steps ----

clusters()
{
	local name

	begin "starting $sites PostgreSQL cluster$plural" "启动 $sites 个 PostgreSQL 实例"
	((patients < 200000)) || export CLUSTER_BUFFERS=512MB
	cluster_init "$private" && cluster_up "${names[@]}" ||
		broken "PostgreSQL could not be started: $CLUSTER_ERROR" "无法启动 PostgreSQL：$CLUSTER_ERROR"
	# the databases may have a folder of their own; people find them here all the same
	for name in "${names[@]}"; do
		[ -e "$private/$name" ] || ln -s "${CLUSTER_ROOT:?}/$name" "$private/$name"
	done
	end
}

# load_one NAME SLICE: takes the place of the shell that runs it in the background.
load_one()
{
	local as=(env TMPDIR="$private" PGHOST="$(cluster_host "$1")" PGUSER=postgres PGDATABASE=hospital
		PGOPTIONS='-c client_min_messages=warning' PSQL="$CLUSTER_BIN/psql")

	if [ -n "$omop" ]; then
		exec "${as[@]}" "$root/demo/load_omop.sh" "$omop" "$2" "$sites"
	fi
	exec "${as[@]}" "$CLUSTER_BIN/psql" -X -q -v ON_ERROR_STOP=1 -v patients="$patients" -v seed="$seed" \
		-v site="$1" -f "$root/demo/hospital.sql"
}

# What the loader noted about the data, once where hospitals agree.
notes()
{
	local name

	for name in "${names[@]}"; do
		sed -nE "s/^note: (.*(rows begin|行的日期).*)/  note: $name, \1/p; t; s/^note: /  note: /p" \
			"$private/log/load-$name.log"
	done | awk '!seen[$0]++' | head -n 8 >&2 || true
}

# Two at a time: as many as a small machine has cores.
loads()
{
	local i=0 running=0 finished=0 name

	if [ -n "$omop" ]; then
		begin "loading OMOP files, a part of the patients into each hospital" "载入 OMOP 文件，患者分配到各医院"
	else
		begin "making $patients patients in each hospital" "为每家医院生成 $patients 名患者"
	fi
	while ((finished < sites)); do
		while ((running < 2 && i < sites)); do
			load_one "${names[$i]}" "$i" >"$private/log/load-${names[$i]}.log" 2>&1 &
			pids[load-${names[$i]}]=$!
			i=$((i + 1)) running=$((running + 1))
		done
		for name in "${!pids[@]}"; do
			[[ $name == load-* ]] || continue
			kill -0 "${pids[$name]}" 2>/dev/null && continue
			wait "${pids[$name]}" || broken "the data of ${name#load-} could not be loaded" \
				"${name#load-} 的数据载入失败" "$private/log/$name.log"
			unset "pids[$name]"
			finished=$((finished + 1)) running=$((running - 1))
			so_far "$finished/$sites"
		done
		sleep 0.05
	done
	end
	notes
}

# The two people who approve every hospital's policy here. Outside a demo each hospital has its own, and their keys
# never meet on one machine.
approvers()
{
	local dir=$private/approvers

	mkdir "$dir" && head -c 18 /dev/urandom | base64 >"$dir/passphrase" &&
		printf 'cordon: 1\npeople:\n' >"$dir/approvers.yaml" &&
		"$bin/cordon" policy sign --new-key "$dir/officer-a.key" --as officer-a --role compliance \
			--passphrase "$dir/passphrase" >>"$dir/approvers.yaml" &&
		"$bin/cordon" policy sign --new-key "$dir/owner-b.key" --as owner-b --role data-owner \
			--passphrase "$dir/passphrase" >>"$dir/approvers.yaml"
}

# approve NAME: both sign the policy of a hospital.
approve()
{
	local who

	for who in officer-a owner-b; do
		"$bin/cordon" policy sign "$private/site-$1/policy" --as $who --key "$private/approvers/$who.key" --version 1 \
			--passphrase "$private/approvers/passphrase" --approvers "$private/approvers/approvers.yaml" || return 1
	done
}

certificates()
{
	local log=$private/log/certificates.log i name examples passed=0

	begin "making certificates, and policies that two people sign" "制作证书与策略，策略由两人签名"
	{
		"$bin/cordon" ca init --dir "$private/ca" --federation demo &&
			"$bin/cordon" ca issue --dir "$private/ca" --role gateway --name demo --hosts localhost,127.0.0.1 --out "$private/gateway" &&
			"$bin/cordon" ca web --hosts localhost,127.0.0.1 --out "$private/gateway" &&
			"$bin/cordon" ca issue --dir "$private/ca" --role person --name "$account" --out "$private/li" &&
			"$bin/cordon" token --account "$account" --role researcher --out "$private/li/token" >"$private/accounts" &&
			cp "$private/ca/revoked.txt" "$private/gateway/" &&
			approvers
	} >>"$log" 2>&1 || broken "certificates could not be made" "证书制作失败" "$log"
	[ -z "$secure" ] || members_make "$bin/cordon" "$private/members" "$private/ca/root.crt" demo "${names[@]}" >>"$log" 2>&1 ||
		broken "the list of members could not be made" "成员名单制作失败" "$log"
	for ((i = 0; i < sites; i++)); do
		name=${names[$i]}
		{
			"$bin/cordon" ca issue --dir "$private/ca" --role site --name "$name" --out "$private/site-$name" &&
				cp "$private/ca/revoked.txt" "$private/site-$name/" &&
				cp -R "$policy" "$private/site-$name/policy" &&
				sed -i -e "s/^site: .*/site: $name/" \
					-e "s/^title: {.*/title: {zh: ${chinese[$i]}, en: ${english[$i]} Hospital}/" \
					"$private/site-$name/policy/policy.yaml" &&
				{ [ -z "$secure" ] || members_policy "$private/site-$name/policy"; } &&
				examples=$("$bin/cordon" policy test "$private/site-$name/policy" --json) &&
				approve "$name" &&
				"$bin/cordon" policy grants "$private/site-$name/policy" >"$private/site-$name/grants.sql" &&
				cluster_psql "$name" -f "$private/site-$name/grants.sql"
		} >>"$log" 2>&1 || broken "the policy of $name could not be put in force" "$name 的策略无法生效" "$log"
		examples=${examples#*\"passed\":}
		passed=$((passed + ${examples%%,*}))
	done
	end
	# a policy with an example that fails is not put in force, so all of them passed
	say "  policy tests: $passed of $passed pass" "  策略测试：$passed 个全部通过" >&2
}

# stays: whether everything stays up, so that somebody can open the portal.
stays()
{
	[ -t 0 ] && [ -t 1 ] && [ -z "$json" ]
}

# Whether the policy has the study whose counts the catalogue shows, and whether somebody can see them.
has_coverage()
{
	grep -qsE "^ *- *id: *$coverage\b" "$policy/studies.yaml"
}
shows_coverage()
{
	[ -n "$provider_port" ] && has_coverage
}

# daemon NAME PROGRAM ARGUMENT...: in its own session, so that Ctrl-C reaches it only through cleanup, and ended
# by the kernel should this script be killed.
daemon()
{
	local name=$1

	shift
	(exec setsid setpriv --pdeathsig TERM "$@") </dev/null >>"$private/log/$name.log" 2>&1 &
	pids[$name]=$!
}

# appears NAME FILE: waits for what a program writes once it is ready.
appears()
{
	local tries=0

	until [ -e "$2" ]; do
		kill -0 "${pids[$1]}" 2>/dev/null && ((++tries < 750)) ||
			broken "$1 did not start" "$1 未能启动" "$private/log/$1.log"
		sleep 0.02
	done
}

# Whom the provider lets in, all with the password of this demo.
people_json()
{
	local who between='['

	for who in "$account" "${people[@]% *}"; do
		printf '%s{"account": "%s", "password": "%s"}' "$between" "$who" "$password"
		between=', '
	done
	printf ']\n'
}

# The provider has to know the gateway's port, and the gateway the provider's: a free one is taken first. It starts while
# the hospitals are made.
provider()
{
	local port

	if ! command -v node >/dev/null || [ ! -d "$root/portal/node_modules/oidc-provider" ]; then
		say "note: node or portal/node_modules is missing (run make demo, which installs both): at the portal one signs in with a token" \
			"提示：缺少 node 或 portal/node_modules（运行 make demo 可自动安装），门户只能用令牌登录" >&2
		return 0
	fi
	port=$(node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })') &&
		password=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n') && [ -n "$password" ] &&
		od -An -N16 -tx1 /dev/urandom | tr -d ' ' >"$private/oidc.secret" && people_json >"$private/people.json" ||
		broken "the sign-in provider could not be prepared: no free port, or no random number" "无法准备统一登录服务：没有可用端口，或无法生成随机数"
	web_port=$port
	daemon provider node "$root/demo/provider.mjs" --accounts "$private/people.json" --secret-file "$private/oidc.secret" \
		--redirect "https://127.0.0.1:$web_port/v1/sign-in/callback" --port-file "$private/provider.port"
}

# What gateway.yaml says of signing in; people without a token come through the provider.
sign_in_lines()
{
	[ -n "$provider_port" ] || return 0
	printf '  - {account: %s}\n' "${people[@]/ /, role: }"
	cat <<-END
		oidc:
		  name: Demo
		  issuer: http://127.0.0.1:$provider_port
		  client_id: cordon
		  secret: $private/oidc.secret
		  redirect: https://127.0.0.1:$web_port/v1/sign-in/callback
	END
	! shows_coverage || printf 'coverage: %s\n' "$coverage"
}

gateway()
{
	local ports=$private/gateway/state/ports list vocabulary=''

	begin "starting the gateway" "启动网关"
	if [ -n "${pids[provider]:-}" ]; then
		appears provider "$private/provider.port"
		provider_port=$(cat "$private/provider.port")
	fi
	list=$(printf ', %s' "${names[@]}")
	[ -n "${OMOP:-}" ] || vocabulary=1 # of other people's data it is too large to wait for
	[ -z "$vocabulary" ] ||
		cluster_vocabulary "${names[0]}" "$bin/cordon" "$private/vocabulary" >>"$private/log/vocabulary.log" 2>&1 ||
		broken "the vocabulary could not be made" "概念库无法生成" "$private/log/vocabulary.log"
	cat >"$private/gateway/gateway.yaml" <<-END
		cordon: 1
		name: demo
		agents: {listen: 127.0.0.1, port: 0, certificate: gateway.crt, key: gateway.key}
		web: {listen: 127.0.0.1, port: ${web_port:-0}, certificate: web.crt, key: web.key}
		identity: {root: root.crt, revoked: revoked.txt}
		state: state
		sites: [${list#, }]
		$([ -z "$vocabulary" ] || printf 'vocabulary: ../vocabulary/concepts.db')
		$([ -z "$secure" ] || members_line demo)
		accounts:
	END
	{ cat "$private/accounts"; sign_in_lines; } >>"$private/gateway/gateway.yaml"
	daemon gateway "$bin/cordon-gateway" --config "$private/gateway/gateway.yaml"
	appears gateway "$ports"
	agents_port=$(sed -n 's/^agents //p' "$ports")
	web_port=$(sed -n 's/^web //p' "$ports")
	[ -n "$agents_port" ] && [ -n "$web_port" ] ||
		broken "the gateway wrote no ports to '$ports'" "网关未在“$ports”中写入端口" "$private/log/gateway.log"
	end
}

agents()
{
	local name tries=0 up=0 logs=()

	begin "starting $sites agent$plural" "启动 $sites 个代理"
	for name in "${names[@]}"; do
		cat >"$private/site-$name/agent.yaml" <<-END
			cordon: 1
			site: $name
			gateway: {host: 127.0.0.1, port: $agents_port}
			identity: {root: root.crt, certificate: site.crt, key: site.key, revoked: revoked.txt}
			policy: policy
			approvers: ../approvers/approvers.yaml
			database: host=$(cluster_host "$name") dbname=hospital user=cordon_agent
			data: $(date +%F)
			state: state
			$([ -z "$secure" ] || members_line "$name")
		END
		daemon "agent-$name" "$bin/cordon-agent" --config "$private/site-$name/agent.yaml"
		logs+=("$private/log/agent-$name.log")
	done
	for name in "${names[@]}"; do
		appears "agent-$name" "$private/site-$name/state/ready"
	done
	"$bin/cordon" login "https://127.0.0.1:$web_port" --account "$account" --token-file "$private/li/token" \
		--ca "$private/gateway/web.crt" --certificate "$private/li/person.crt" --key "$private/li/person.key" \
		>>"$private/log/login.log" 2>&1 || broken "the login at the gateway failed" "登录网关失败" "$private/log/login.log" "$private/log/gateway.log"
	while :; do
		up=$("$bin/cordon" sites --json 2>>"$private/log/login.log" | grep -oE '"online": ?true' | wc -l || true)
		((up < sites)) || break
		((++tries < 200)) || broken "only $up of $sites agents reached the gateway" "$sites 个代理中仅 $up 个连上网关" \
			"$private/log/gateway.log" "${logs[@]}"
		so_far "$up/$sites"
		sleep 0.05
	done
	end
}

# The question as it is, but for its mode.
secured()
{
	{ grep -v '^mode:' "$ask"; printf 'mode: secure\n'; } >"$private/secure.yaml" && ask=$private/secure.yaml
}

# The last hospital's agent is killed while its database is asked: its table is locked for so long.
kill_one()
{
	local name=${names[-1]} tries=0 victim=${pids[agent-${names[-1]}]}

	disown "$victim" # its end is no news
	unset "pids[agent-$name]"
	# shellcheck disable=SC2016 # PostgreSQL's dollars
	cluster_psql "$name" -c 'begin; lock table cdm.person in access exclusive mode; do $$ begin
		for i in 1..600 loop
			exit when exists (select from pg_locks where relation = $r$cdm.person$r$::regclass and not granted);
			perform pg_sleep(0.02);
		end loop; end $$; select pg_sleep(0.3)' >/dev/null 2>&1 &
	{
		until [ "$(cluster_psql "$name" -At -c "select count(*) from pg_locks where relation = 'cdm.person'::regclass and not granted")" != 0 ]; do
			((++tries < 400)) || exit 0
			sleep 0.02
		done
		kill -KILL "$victim"
	} >/dev/null 2>&1 &
	say "in the middle of it, the agent of $name is killed" "求和途中，$name 的代理被强行终止" >&2
}

question()
{
	local status=0

	[ -z "$secure" ] || secured
	[ "$secure" != kill ] || kill_one

	say "question: $(shown "$ask")" "问题：$(shown "$ask")" >&2
	[ -n "$json" ] || printf '\n' >&2
	"$bin/cordon" ask "$ask" ${json:+--json} </dev/null || status=$?
	# Refused, suppressed and partial are answers; that an agent met an error is none.
	if [ "$status" = 1 ] && grep -qsE '^[^ ]+ error ' "$private"/log/agent-*.log; then
		status=failed
	fi
	case $status in
	0 | 1 | 4) ;;
	2)
		say "The question cannot be read; what is wrong with it is said above." "问题无法读取，错误见上。" >&2
		exit 2
		;;
	*)
		step=$(say "asking" "提问")
		broken "cordon ask ended without an answer ($status)" "cordon ask 未得到答案（$status）" "$private"/log/gateway.log \
			"$private"/log/agent-*.log
		;;
	esac
}

# Three counts that everybody who is signed in sees in the catalogue, paid by a study of their own.
overview()
{
	local codes status i=0

	shows_coverage || return 0
	begin "asking three counts for the catalogue" "为目录统计三项人数"
	for codes in 'condition: [201826+]' 'condition: [316866+]' 'drug: [1545958+]'; do # diabetes, hypertension, atorvastatin
		printf 'study: %s\nkind: count\ndataset: omop\ncohort: {all: [{%s}]}\n' "$coverage" "$codes" >"$private/overview.yaml"
		status=0
		"$bin/cordon" ask "$private/overview.yaml" --json </dev/null >>"$private/log/overview.log" 2>&1 || status=$?
		case $status in
		0 | 1 | 4) ;;
		*) broken "a count for the catalogue was not answered" "目录人数未得到答案" "$private/log/overview.log" ;;
		esac
		so_far "$((++i))/3"
	done
	end
}

# A path as the caller would type it.
shown()
{
	printf '%s' "${1#"$from"/}"
}

# The portal's address and who may sign in there.
portal_en()
{
	local who

	cat <<-END
		The portal, and the HTTP API: https://127.0.0.1:$web_port/
		  The browser will ask about the certificate, which the demo made itself: go on.
	END
	if [ -n "$provider_port" ]; then
		printf '  password of everybody here: %s\n' "$password"
		for who in "$account researcher" "${people[@]}"; do
			printf '    %-20s %s\n' "${who% *}" "${who#* }"
		done
	else
		printf '  sign in with the token in %s\n' "$private/li/token"
	fi
	cat <<-END
		  Asking needs the researcher's signing key. Load both files on the page of the account:
		    $private/li/person.key
		    $private/li/person.crt
		  docs/researcher-guide.md goes on from here$(has_coverage || printf ', with POLICY=demo/policy make demo').
	END
}
portal_zh()
{
	local roles=(研究者 合规人员 运维人员 审计人员) who i=0

	cat <<-END
		门户网页与 HTTP 接口：https://127.0.0.1:$web_port/
		  证书由演示自行签发，浏览器会询问，请选择继续。
	END
	if [ -n "$provider_port" ]; then
		printf '  所有人的密码：%s\n' "$password"
		for who in "$account" "${people[@]% *}"; do
			printf '    %-20s %s\n' "$who" "${roles[i++]}"
		done
	else
		printf '  登录令牌：%s\n' "$private/li/token"
	fi
	cat <<-END
		  提问需要研究者的签名密钥，请在账号页面载入这两个文件：
		    $private/li/person.key
		    $private/li/person.crt
		  接下来见 docs/researcher-guide.zh.md$(has_coverage || printf '（须用 POLICY=demo/policy make demo）')。
	END
}

whats_next()
{
	local cordon

	cordon=$(shown "$bin/cordon")
	printf '\n' >&2
	if [ -n "$SAY_ZH" ]; then
		cat >&2 <<-END
			用时 $(seconds "$began")。继续提问（研究者 $account）：
			  export CORDON_SETTINGS=$private/li/settings.yaml
			  $cordon price $(shown "$ask")     # 只看费用，不提问
			  $cordon ask $(shown "$ask")       # 同一问题返回同一答案，不再收费；可改动文件后再问
			  $cordon budget DM-2026-01 ; $cordon history ; $cordon sites
			$(portal_zh)
			日志：$private/log/   策略：$private/site-${names[0]}/policy/
			合规人员请在另一个终端按 docs/officer-guide.zh.md 操作，先运行：
			  export DEMO=$private PATH=$bin:\$PATH
		END
	else
		cat >&2 <<-END
			ready after $(seconds "$began"). To ask the next one, as researcher $account:
			  export CORDON_SETTINGS=$private/li/settings.yaml
			  $cordon price $(shown "$ask")     # what it would cost, without asking
			  $cordon ask $(shown "$ask")       # the same question: the same answer, free; change the file for another
			  $cordon budget DM-2026-01 ; $cordon history ; $cordon sites
			$(portal_en)
			logs: $private/log/   policy: $private/site-${names[0]}/policy/
			A compliance officer goes on in another terminal, as docs/officer-guide.md says, beginning with
			  export DEMO=$private PATH=$bin:\$PATH
		END
	fi
}

# A program that ends by itself while people look on is told, not hidden.
stay()
{
	local name

	say "Everything stays up until Ctrl-C." "一切保持运行，按 Ctrl-C 结束。" >&2
	trap 'printf "\n" >&2; exit 0' INT
	while :; do
		for name in "${!pids[@]}"; do
			kill -0 "${pids[$name]}" 2>/dev/null || broken "$name ended by itself" "$name 意外结束" "$private/log/$name.log"
		done
		sleep 1 || true
	done
}

settings
readable
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
umask 077
private=$(mktemp -d "${TMPDIR:-/tmp}/cordon-demo.XXXXXX")
mkdir "$private/log"
export CORDON_SETTINGS=$private/li/settings.yaml
names=("${pinyin[@]:0:sites}")
room
! stays || provider
clusters
loads
certificates
gateway
agents
question
overview
whats_next
if [ -t 0 ] && [ -t 1 ]; then
	stay
fi
say "No terminal: everything is stopped and removed now. In a terminal it would stay up." \
	"当前不是终端：现在停止并清除全部内容；在终端中运行则保持启动状态。" >&2
