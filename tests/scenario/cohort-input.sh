#!/usr/bin/env bash
# What people get wrong in a cohort: each is told with its line and column, in both languages, and nothing is asked.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[[ $BIN == /* ]] || BIN=$PWD/$BIN
export LC_ALL=C.UTF-8 NO_COLOR=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/cordon-t.XXXXXX")
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh
trap 'cluster_down; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
bad=0 told=0
fail()
{
	printf 'FAIL  %s\n' "$1"
	bad=1
}

# refused WHAT PLACE CODE ENGLISH CHINESE: the question on standard input is refused at that place with this code, and
# the sentences have these words. `warned` likewise, for what is read.
refused() { tell 2 error 错误 "$@"; }
warned() { tell 0 warning 警告 "$@"; }
tell()
{
	local status=$1 en=$2 zh=$3 what=$4 place=$5 code=$6 got

	{
		printf 'study: CO-2026-01\nkind: count\ndataset: omop\n'
		cat
	} >"$folder/q.yaml"
	got=0
	(cd "$folder" && "$BIN/cordon" cohort read q.yaml >out 2>err) || got=$?
	[ "$got" = "$status" ] || fail "$what: status $got, not $status: $(head -c 600 "$folder/err")"
	grep -qF -- "q.yaml:$place: $en $code: " "$folder/err" && grep -qF -- "$7" "$folder/err" ||
		fail "$what: in English: $(head -c 600 "$folder/err")"
	[ "$status" = 0 ] || [ ! -s "$folder/out" ] || fail "$what: something was told all the same"
	(cd "$folder" && "$BIN/cordon" cohort read --lang zh q.yaml >out 2>err)
	grep -qF -- "q.yaml:$place: $zh $code: " "$folder/err" && grep -qF -- "$8" "$folder/err" ||
		fail "$what: in Chinese: $(head -c 600 "$folder/err")"
	told=$((told + 1))
}

# ---- codes ----

refused "a code that no vocabulary has room for" 4:29 Q121 "'99999999999' is not a code" "“99999999999”不是" <<'Q'
cohort: {all: [{condition: [99999999999]}]}
Q
refused "a set of itself" 4:26 Q126 "made of itself" "“a”" <<'Q'
sets: {a: ["set:b"], b: ["set:a"]}
cohort: {all: [{condition: ["set:a"]}]}
Q
{
	printf 'cohort: {all: [{condition: [1'
	seq -f ',%.0f' 2 10001 | tr -d '\n'
	printf ']}]}\n'
} >"$folder/codes"
refused "more codes than a question may have" 4:48923 Q124 10000 10000 <"$folder/codes"
{
	printf 'cohort: {all: [{condition: [1'
	seq -f ',%.0f' 2 10000 | tr -d '\n'
	printf ']}]}\n'
} | sed 's/^/  /; 1i\
study: CO-2026-01\nkind: count\ndataset: omop' | sed 's/^  cohort/cohort/' >"$folder/most.yaml"
"$BIN/cordon" cohort read "$folder/most.yaml" >"$folder/out" || fail "as many codes as a question may have are refused"
[ "$(grep -o 'concept' "$folder/out" | wc -l)" = 10000 ] || fail "of 10000 codes some are not told"
refused "only codes that are taken out" 4:28 Q123 "only takes codes out" "只有排除项" <<'Q'
cohort: {all: [{condition: [-1]}]}
Q

# ---- windows and days ----

refused "a window of more than a hundred years" 4:63 Q118 "more than 36600 days" "超过 36600 天" <<'Q'
cohort: {entry: {drug: [1]}, all: [{drug: [2], within: {from: 99999 days}}]}
Q
refused "a window that ends before it begins" 4:56 Q140 "the window is empty" "窗口为空" <<'Q'
cohort: {entry: {drug: [1]}, all: [{drug: [2], within: {from: 9 days, to: -9 days}}]}
Q
refused "a window of months" 4:63 Q117 "no fixed number of days" "月的天数不固定" <<'Q'
cohort: {entry: {drug: [1]}, all: [{drug: [2], within: {from: 2 months}}]}
Q
refused "a window without an index date" 4:33 Q139 "there is none" "没有" <<'Q'
cohort: {all: [{condition: [1], within: {from: 0 days}}]}
Q
refused "days outside of any hospital's records" 4:41 Q115 "lies outside the years" "1800" <<'Q'
cohort: {all: [{condition: [1], during: 2300-01-01..2400-01-01}]}
Q
refused "a day that does not exist" 4:41 Q110 "2025-02-30" "2025-02-30" <<'Q'
cohort: {all: [{condition: [1], during: 2025-01-01..2025-02-30}]}
Q
refused "days in the wrong order" 4:41 Q111 "ends before it begins" "早于" <<'Q'
cohort: {all: [{condition: [1], during: 2025-12-31..2025-01-01}]}
Q

# ---- shape ----

refused "an empty group" 4:15 Q134 "is empty" "为空" <<'Q'
cohort: {all: []}
Q
refused "too many levels" 4:119 Q136 "at most 13" "最多" <<'Q'
cohort: {all: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{none: [{sex: 女}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}
Q
{
	printf 'cohort:\n  all:\n'
	seq -f '    - {drug: [%.0f]}' 1 501
} >"$folder/many"
refused "too many criteria" 506:7 Q135 500 500 <"$folder/many"
refused "more than there are" 4:16 Q147 "can never hold" "3" <<'Q'
cohort: {all: [{at_least: 3, of: [{sex: 女}, {drug: any}]}]}
Q

# ---- contradictions ----

refused "no such age" 4:22 Q145 "nobody is of such an age" "年龄" <<'Q'
cohort: {all: [{age: {from: 70, to: 60}}]}
Q
refused "no such number" 4:40 Q143 "no number" "没有" <<'Q'
cohort: {all: [{measure: hba1c, value: {above: 8, below: 7}}]}
Q
warned "often and seldom" 4:51 Q207 "exclude each other" "互相排斥" <<'Q'
cohort: {all: [{drug: [1], times: {at_least: 2}}, {drug: [1], times: {at_most: 1}}]}
Q
warned "old and born lately" 4:87 Q210 "has the age asked for" "不可能有所要求的年龄" <<'Q'
cohort: {entry: {drug: [1], during: 2025-01-01..2025-12-31}, all: [{age: {from: 70}}, {birth: 2000-01-01..2010-12-31}]}
Q
warned "days out of reach" 4:88 Q202 "lie outside of what 'within' reaches" "所及范围之外" <<'Q'
cohort: {entry: {drug: [1], during: 2025-01-01..2025-12-31}, all: [{drug: [2], during: 2020-01-01..2020-12-31, within: {from: 0 days, to: 9 days}}]}
Q
warned "before the first" 4:68 Q203 "none lies before it" "之前不可能再有" <<'Q'
cohort: {entry: {drug: [1], first: yes}, all: [{drug: [1], within: {from: all days before, to: -1 days}}]}
Q
warned "always" 4:16 Q204 "holds for everybody" "对所有人都成立" <<'Q'
cohort: {all: [{any: [{drug: [1]}, {none: [{drug: [1]}]}]}]}
Q

# ---- unknown concepts: said at the hospital's desk, to nobody else ----

if ! cluster_init "$folder" || ! cluster_up one; then
	printf '%s\n' "$CLUSTER_ERROR" >&2
	exit 1
fi
cluster_psql one -v patients=50 -v seed=1 -v site=renmin -f demo/hospital.sql || exit 1
cat >"$folder/q.yaml" <<'Q'
study: CO-2026-01
kind: count
dataset: omop
cohort:
  entry: {condition: [201826+, 4]}
  all:
    - {drug: [1503297, -5+], within: {from: 0 days}}
Q
# known LANGUAGE COUNT WORDS...: try says so of that many concepts, each word once
known()
{
	local language=$1 count=$2 word

	shift 2
	(cd "$folder" && "$BIN/cordon" policy try "$OLDPWD/demo/policy" --lang "$language" --who li@renmin.example --file q.yaml \
		--on 2026-03-01 "${db[@]}" >out 2>&1) || fail "the question is not allowed: $(cat "$folder/out")"
	[ "$(grep -c Q220 "$folder/out")" = "$count" ] || fail "unknown concepts, $language: $(head -c 600 "$folder/out")"
	for word; do
		grep -qF -- "$word" "$folder/out" || fail "no '$word': $(head -c 600 "$folder/out")"
	done
}
db=(--db "host=$(cluster_host one) user=postgres dbname=hospital")
known en 2 "q.yaml:5:32: warning Q220: concept 4 is not" "q.yaml:7:24: warning Q220: concept 5 is not"
known zh 2 "q.yaml:5:32: 警告 Q220: 本院术语表中没有概念 4" "q.yaml:7:24: 警告 Q220: 本院术语表中没有概念 5"
cluster_psql one -c 'truncate cdm.person, cdm.condition_occurrence, cdm.drug_exposure cascade'
known en 2 # whatever the records are
db=()
known en 0
told=$((told + 1))

[ "$bad" = 0 ] && printf 'ok: %d mistakes are told with their place, in both languages\n' "$told"
exit "$bad"
