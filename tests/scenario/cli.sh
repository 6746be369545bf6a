#!/usr/bin/env bash
# The cordon command as people meet it: mistakes, exit statuses, files and their modes, terminals and pipes.
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=300
federation renmin

everybody=$(question everybody <<'Q'
study: DM-2026-01
kind: count
dataset: omop
on: 2025-12-31
cohort: {all: [{age: {from: 18}}]}
Q
)
# another STATUS WORD WHAT COMMAND...: the command ends so and says so, on standard error if it failed.
another()
{
	local status=$1 word=$2 what=$3

	shift 3
	cordon "$@"
	want "$status" "$what"
	if [ "$status" = 2 ] || [ "$status" = 3 ]; then
		grep -qF -- "$word" "$HOME_OF/err" || die "$what: no '$word' in: $(cat "$HOME_OF/err")"
		[ ! -s "$HOME_OF/out" ] || die "$what: it printed $(cat "$HOME_OF/out")"
	else
		said "$word" || die "$what: no '$word' in: $(cat "$HOME_OF/out" "$HOME_OF/err")"
	fi
}
no_escapes()
{
	! grep -q $'\e' "$HOME_OF/out" "$HOME_OF/err"
}
mode()
{
	stat -c %a "$1"
}
# on_terminal NAME COMMAND...: on a terminal of its own; what it showed is in $HOME_OF/NAME.
on_terminal()
{
	local name=$1

	shift
	TERM=xterm script -q -e -c "$(printf '%q ' "$@")" "$HOME_OF/$name" >/dev/null 2>&1 </dev/null
	STATUS=$?
}

# ---- mistakes ----
another 2 "all commands: cordon help" "a command that does not exist" frobnicate
another 2 "did you mean 'sites'" "a command misspelt" sies
another 2 "no option --frob" "an option that does not exist" sites --frob
another 2 "usage: cordon ask" "no file" ask
another 2 "usage: cordon ask" "two files" ask "$everybody" "$everybody"
another 2 "lacks its value" "an option without its value" ask "$everybody" --deadline
another 2 "1 to 600" "a deadline of nothing" ask "$everybody" --deadline 0
another 2 "lacks its value" "--lang without a value" sites --lang
another 2 "zh or en" "a language nobody speaks" sites --lang fr
another 2 "choose one" "two forms at once" sites --json --csv
another 2 "no arguments" "an argument too many" sites renmin
another 2 "name one question's id" "an id that is none" show ../sites
another 2 "study" "a count without its study" count --cohort "$everybody"
another 2 "nosuch.yaml" "a question that is not there" ask "$HOME_OF/nosuch.yaml"
another 0 "usage: cordon COMMAND" "help" --help
another 0 "用法：cordon ask" "help in Chinese, the option first" --lang zh ask --help
another 0 "usage: cordon ca init" "help CMD" help ca
another 0 "用法：cordon policy" "help of policy in Chinese" --lang zh help policy
for command in ask count price budget history show cancel sites studies login policy ca token status; do
	cordon "$command" --help
	want 0 "help of $command"
	check "  fits a screen" test "$(wc -l <"$HOME_OF/out")" -le 22 -a "$(wc -L <"$HOME_OF/out")" -le 100
done
cordon
want 2 "no command at all"
another 0 "$(printf '\xe6\x9d\xa1')" "policy's own options before its name" --lang zh policy check "$HOME_OF/site-renmin/policy"

printf 'study: DM-2026-01\nkind: count\ndataset: omop\nkohort: {}\n' >"$HOME_OF/wrong.yaml"
another 2 "wrong.yaml:4:1: error" "a wrong question" ask "$HOME_OF/wrong.yaml"
check "is shown with the line" said "     4 | kohort: {}"
another 2 "wrong.yaml:4:1: 错误" "and in Chinese" ask "$HOME_OF/wrong.yaml" --lang=zh
printf 'study: "a\e[31mb"\n' >"$HOME_OF/evil.yaml"
another 2 "evil.yaml:1:10" "a question with escape sequences" price "$HOME_OF/evil.yaml"
check "does not reach the terminal with them" no_escapes

# ---- who one is ----
settings=$CORDON_SETTINGS
check "login keeps the settings to their owner" test "$(mode "$settings")" = 600
check "the token too" test "$(mode "$HOME_OF/li/token")" = 600
check "and the key" test "$(mode "$HOME_OF/li/person.key")" = 600
chmod 640 "$settings"
another 2 "chmod 600" "settings that others can read" sites
chmod 600 "$settings"
another 2 "cordon login" "nobody" sites --settings "$HOME_OF/nobody.yaml"
login_as()
{
	cordon login "$1" --settings "$HOME_OF/new/settings.yaml" --account li@renmin.example --token-file "$HOME_OF/li/token" \
		--ca "$2" --certificate "$HOME_OF/li/person.crt" --key "$3"
}
login_as http://127.0.0.1:1 "$HOME_OF/gateway/web.crt" "$HOME_OF/li/person.key"
want 2 "an address without https"
login_as https://127.0.0.1:1 "$HOME_OF/none.crt" "$HOME_OF/li/person.key"
want 2 "a ca that is not there"
login_as https://127.0.0.1:1 "$HOME_OF/gateway/web.crt" "$HOME_OF/wang/person.key"
want 2 "another person's key"
cp "$HOME_OF/li/person.key" "$HOME_OF/open.key" && chmod 644 "$HOME_OF/open.key"
login_as https://127.0.0.1:1 "$HOME_OF/gateway/web.crt" "$HOME_OF/open.key"
want 2 "a key that others can read"
check "none of them wrote anything" test ! -e "$HOME_OF/new/settings.yaml"
login_as https://127.0.0.1:1 "$HOME_OF/gateway/web.crt" "$HOME_OF/li/person.key"
want 0 "login needs no gateway"
check "and makes its folder for the owner" test "$(mode "$HOME_OF/new")" = 700

# ---- gateways that are not there ----
dead="--settings=$HOME_OF/new/settings.yaml"
another 3 "cannot be reached" "a gateway that is down" sites "$dead"
another 3 "cannot be reached" "it cannot be asked" ask "$everybody" "$dead"
another 3 "cannot be reached" "nor for a price" price "$everybody" "$dead"
another 3 "cannot be reached" "nor shown" show q-1 "$dead"
cordon ca web --hosts 127.0.0.1 --out "$HOME_OF/other-web"
login_as "https://127.0.0.1:$WEB_PORT" "$HOME_OF/other-web/web.crt" "$HOME_OF/li/person.key"
another 3 "not the one you trust" "a gateway with another certificate" sites "$dead"
login_as "https://127.0.0.1:$AGENTS_PORT" "$HOME_OF/gateway/web.crt" "$HOME_OF/li/person.key"
another 3 "" "the agents' port" sites "$dead"
login_as "https://127.0.0.1:$WEB_PORT" "$HOME_OF/gateway/web.crt" "$HOME_OF/li/person.key"
sed -i 's/cordon_..../cordon_0000/' "$HOME_OF/new/settings.yaml"
another 2 "cordon: " "a wrong token" sites "$dead"

# ---- asking ----
sed 's/12-31/12-30/' "$everybody" >"$HOME_OF/piped.yaml"
"$BIN/cordon" ask - --json <"$HOME_OF/piped.yaml" >"$HOME_OF/out" 2>"$HOME_OF/err"
STATUS=$?
want 0 "a question from standard input"
check "with its confidence as it was written" said '"confidence": 0.95,'
printf 'kohort: {}' | "$BIN/cordon" ask - >"$HOME_OF/out" 2>"$HOME_OF/err"
STATUS=$?
want 2 "a wrong one"
check "is named" said 'stdin:1:1: error'
cordon ask "$everybody"
want 0 "a question"
check "has no escape codes in a pipe" no_escapes
check "and no progress" test ! -s "$HOME_OF/err"
cordon ask "$everybody" --lang zh
want 0 "in Chinese"
check "has Chinese heads" said '医院'
cordon ask "$everybody" --csv
want 0 "for a spreadsheet"
check "has a head" test "$(head -n 1 "$HOME_OF/out")" = $'site,site_state,cell_state,value,low,high\r'
for list in sites history studies "price $everybody" "budget DM-2026-01"; do
	# shellcheck disable=SC2086 # a command and its argument
	cordon $list --csv
	want 0 "$list for a spreadsheet"
	check "  has commas" said ','
done
cordon count --study DM-2026-01 --cohort "$everybody" --by sex,nosuchgroup
want 1 "a group that does not exist is refused"
"$BIN/cordon" history >/dev/full 2>"$HOME_OF/err"
STATUS=$?
want 2 "a full disk"
"$BIN/cordon" history 2>"$HOME_OF/err" | true
STATUS=${PIPESTATUS[0]}
want 0 "a reader that does not wait"
check "is no error" test ! -s "$HOME_OF/err"

# ---- terminals ----
on_terminal dull "$BIN/cordon" sites
want 0 "NO_COLOR on a terminal"
check "is obeyed" test -z "$(grep -F $'\e[1m' "$HOME_OF/dull")"
unset NO_COLOR
on_terminal bright "$BIN/cordon" sites
check "without it, heads are bold" grep -qF $'\e[1m' "$HOME_OF/bright"
on_terminal plain "$BIN/cordon" sites --no-colour
check "unless --no-colour" test -z "$(grep -F $'\e[1m' "$HOME_OF/plain")"
export NO_COLOR=1
sed 's/12-31/12-29/' "$everybody" >"$HOME_OF/fresh.yaml"
on_terminal progress "$BIN/cordon" ask "$HOME_OF/fresh.yaml"
want 0 "a question on a terminal"
check "shows progress" grep -q 'of 1 hospitals answered' "$HOME_OF/progress"
check "and clears it before the answer" python3 - "$HOME_OF/progress" <<'P'
import sys
t=open(sys.argv[1],encoding="utf-8",newline="").read()
assert t.rindex("\r\x1b[K") > t.rindex("hospitals answered"), t
assert t.rindex("\r\x1b[K") < t.index("question q-"), t
P

# ---- waiting ----
# The table is locked: the question runs until its lock is gone.
cluster_psql renmin -c 'begin; lock table cdm.person in access exclusive mode; select pg_sleep(60)' >/dev/null 2>&1 &
locker=$!
locked()
{
	[ "$(truth renmin "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'cdm.person'::regclass")" = 1 ]
}
until_true 10 locked || die "no lock"
sed 's/12-31/12-28/' "$everybody" >"$HOME_OF/long.yaml"
another 0 "cordon show q-" "--no-watch returns at once" ask "$HOME_OF/long.yaml" --no-watch
id=$(sed -n 's/^question \(q-[^ ]*\) .*/\1/p' "$HOME_OF/out")
another 0 "running" "the question runs" show "$id"
another 0 "" "and can be stopped" cancel "$id"
sed 's/12-31/12-27/' "$everybody" >"$HOME_OF/longer.yaml"
"$BIN/cordon" ask "$HOME_OF/longer.yaml" >"$HOME_OF/out" 2>"$HOME_OF/err" </dev/null &
asking=$!
runs()
{
	"$BIN/cordon" history --csv 2>/dev/null | sed -n 2p | grep -q running
}
until_true 10 runs || die "the question does not run"
sleep 0.3
kill -INT "$asking"
wait "$asking"
STATUS=$?
want 130 "Ctrl-C while waiting"
check "says how to see it again" said "cordon show q-"
id=$(grep -o 'cordon show q-[^;]*' "$HOME_OF/err" | cut -d' ' -f3)
another 0 "running" "the question runs on" show "$id"
kill "$locker" 2>/dev/null
cluster_psql renmin -c "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()" >/dev/null
wait "$locker" 2>/dev/null
ended()
{
	! { "$BIN/cordon" show "$id" --json 2>/dev/null | grep -q '"running"'; }
}
until_true 20 ended || die "the question does not end"
another 0 "answered" "and its answer is there later" show "$id"

# ---- certificates ----
ca=$HOME_OF/my-ca
another 0 "keep its root.key offline" "a new root" ca init --dir "$ca" --federation "Test 联邦"
before=$(sha256sum "$ca"/*)
another 2 "nothing was changed" "a second one" ca init --dir "$ca" --federation other
mv "$ca/root.key" "$HOME_OF/offline.key"
another 2 "nothing was changed" "a second one while the key is offline" ca init --dir "$ca" --federation other
another 2 "root.key" "issuing without the key" ca issue --dir "$ca" --role site --name a --out "$HOME_OF/a"
mv "$HOME_OF/offline.key" "$ca/root.key"
check "none of these changed anything" test "$before" = "$(sha256sum "$ca"/*)"
check "the root's key is its owner's alone" test "$(mode "$ca/root.key")" = 600
for name in alpha alpha beta; do
	another 0 "site.crt" "a certificate for $name" ca issue --dir "$ca" --role site --name $name --out "$HOME_OF/issued-$name"
done
check "its key is its owner's alone" test "$(mode "$HOME_OF/issued-alpha/site.key")" = 600
another 2 "cordon: " "a role that does not exist" ca issue --dir "$ca" --role ../../king --name a --out "$HOME_OF/king"
another 2 "cordon: " "a name that is none" ca issue --dir "$ca" --role site --name 'a b' --out "$HOME_OF/king"
check "leave nothing behind" test ! -e "$HOME_OF/king"
another 2 "1 to 3650" "a certificate for ever" ca issue --dir "$ca" --role site --name a --out "$HOME_OF/king" --days 99999
another 0 "alpha: 2 revoked" "revoking a name" ca revoke --dir "$ca" alpha
another 0 "alpha: 2 revoked" "twice" ca revoke --dir "$ca" alpha
check "writes each serial once" test "$(grep -cv '^#' "$ca/revoked.txt")" = 2
another 2 "was issued here" "revoking a stranger" ca revoke --dir "$ca" gamma
cordon ca list --dir "$ca"
want 0 "the list"
check "shows who was revoked" test "$(grep -c 'alpha .*revoked' "$HOME_OF/out")" = 2 -a "$(grep -c 'beta .*revoked' "$HOME_OF/out")" = 0
serial=$(awk '/^beta/{print $NF}' "$HOME_OF/out")
another 0 "1 revoked" "revoking a serial, in capitals" ca revoke --dir "$ca" "$(tr a-f A-F <<<"$serial")"
for n in 1 2 3 4 5 6; do
	"$BIN/cordon" ca issue --dir "$ca" --role person --name "p$n" --out "$HOME_OF/p$n" >/dev/null &
	together[n]=$!
done
wait "${together[@]}"
check "six at once are all recorded" test "$(grep -c ' person p[1-6] ' "$ca/issued.txt")" = 6

# ---- tokens and the agent ----
another 0 'account: x@y, role: auditor, token: "sha256:' "a token" token --account x@y --role auditor --out "$HOME_OF/token"
check "is in a file of mode 600" test "$(mode "$HOME_OF/token")" = 600
check "and not on the screen" test -z "$(grep -F "$(cat "$HOME_OF/token")" "$HOME_OF/out" "$HOME_OF/err")"
check "its line has its hash" said "sha256:$(tr -d '\n' <"$HOME_OF/token" | sha256sum | cut -d' ' -f1)"
another 2 "--role is" "a token for a king" token --account x@y --role king --out "$HOME_OF/token2"
socket=$HOME_OF/site-renmin/state/agent.sock
another 0 '"site":"renmin"' "the agent's status as JSON" status --json --socket "$socket"
another 0 'renmin answers questions' "and for people" status --socket "$socket"
check "nothing of it is wrong" test -z "$(grep WRONG "$HOME_OF/out")"
for line in '^policy  *version [0-9]*, sha256:[0-9a-f]{12}, for 2.* to 2.*$' '^in force  *since 2' '^signed  *[a-z-]* \(compliance\), 2' '^signed  *[a-z-]* \(data-owner\), 2' \
	'^gateway  *connected to [^ ]*:[0-9]* \([a-z]*\) since 2' '^database  *connected$' '^drift  *none; ' '^ledger  *intact; records: [1-9]' '^questions  *waiting: 0; running: 0'; do
	check "  its line $line" grep -Eq "$line" "$HOME_OF/out"
done
another 0 'renmin 正在作答' "in Chinese" status --lang zh --socket "$socket"
check "  its columns begin together" test "$(python3 -c 'import re,sys,unicodedata
w=lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
print({w(re.match(r"\S+ +", x).group()) for x in list(open(sys.argv[1], encoding="utf-8"))[1:] if x[0] != " "}.__len__())' "$HOME_OF/out")" = 1
another 0 'account' "its budgets" status budget --socket "$socket"
check "  an account with its cap and what is left" grep -Eq '^study:DM-2026-01  *rho  *[0-9.]+  *0  *[0-9.]+  *[0-9.]+  *[0-9]+' "$HOME_OF/out"
another 0 '"account":"study:DM-2026-01"' "as JSON" status budget --json --socket "$socket"
check "  what is left is the cap without what was spent" python3 -c 'import json,sys
from decimal import Decimal as D
b=[x for a in json.load(open(sys.argv[1])) for x in a["budgets"]]
assert b and all(abs(D(x["cap"])-D(x["spent"])-D(x["left"])) <= D("0.000002") for x in b)' "$HOME_OF/out"
another 0 'requester' "its audit" status audit 5 --socket "$socket"
check "  as many records as wanted, a line each" test "$(wc -l <"$HOME_OF/out")" = 7
another 0 '[{"seq":' "as JSON" status audit 5 --json --socket "$socket"
another 0 'account,unit,spent' "for a spreadsheet" status budget --csv --socket "$socket"
cordon status nonsense --socket "$socket"
want 2 "a word it does not know"
check "  says the agent, to standard error" grep -q '^cordon status: ask for one of' "$HOME_OF/err"
check "  and nothing else" test ! -s "$HOME_OF/out"
# what a stranger on the socket says: replies REPLY, once
replies()
{
	rm -f "$HOME_OF/fake.sock"
	python3 -c 'import socket,sys
s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)
c,_=s.accept(); c.recv(100); c.sendall(sys.argv[2].encode()); c.close()' "$HOME_OF/fake.sock" "$1" &
	fake=$!
	until_true 5 test -S "$HOME_OF/fake.sock" || die "no socket"
}
replies '[{"at":"now","kind":"step\u001b[2J","id":"\u202eq","number":1}]'
another 0 'step' "an audit that would steer the terminal" status audit --socket "$HOME_OF/fake.sock"
check "  does not" test -z "$(LC_ALL=C grep -aE $'\x1b|\xe2\x80\xae' "$HOME_OF/out")"
replies '{"site":7,"policy":[],"refusing":null,"drift":{"findings":[null]}}'
another 0 'WRONG' "a status of other types" status --socket "$HOME_OF/fake.sock"
replies '[1'
another 3 'cannot be read' "an answer that is no JSON" status budget --socket "$HOME_OF/fake.sock"
wait "$fake"
another 3 "cannot be reached" "an agent that is not there" status --socket "$HOME_OF/none.sock"
