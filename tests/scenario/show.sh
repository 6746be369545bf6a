#!/usr/bin/env bash
# show.sh - `cordon policy show` as an officer uses it: parts, languages, spreadsheets, pages, the sheet to sign, and the
# catalogue of a study. No database, no network.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build}
[[ $BIN == /* ]] || BIN=$PWD/$BIN
example=$PWD/policies/examples/omop-hospital
home=$(mktemp -d "${TMPDIR:-/tmp}/cordon.XXXXXX")
trap 'rm -rf "$home"' EXIT
trap 'exit 130' INT TERM
export LANG=C.UTF-8 LC_ALL=C.UTF-8
cd "$home" || exit 1

fail()
{
	echo "FAILED: $1"
	tail -n 20 "$home/out" "$home/err" 2>/dev/null
	exit 1
}
# shows STATUS WORDS...: runs `cordon policy show` and wants the status
shows()
{
	local want=$1 status=0
	shift
	"$BIN/cordon" policy show "$@" >"$home/out" 2>"$home/err" || status=$?
	[ "$status" = "$want" ] || fail "show $*: status $status, not $want"
}
has()
{
	grep -qF -- "$1" "$home/out" "$home/err" || fail "'$1' is not there"
}
lacks()
{
	! grep -qF -- "$1" "$home/out" || fail "'$1' is there"
}

# parts and languages
shows 0 "$example"
for head in 'Red list' 'Sensitive codes' 'Kinds of question' 'Release of answers' 'Privacy budgets' Studies; do
	has "$head"
done
has "(columns not listed are forbidden"
python3 - "$home/out" <<'P' || fail "a line is wider than 100 columns"
import sys, unicodedata
for line in open(sys.argv[1], encoding="utf-8"):
    if sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")) > 100:
        sys.exit(line)
P
shows 0 red-list "$example" --lang zh
has 红线清单
has 未列出的字段一律禁止
lacks 隐私预算
shows 0 "$example" codes --format csv # the folder may stand first
has "preset strict and this site"
(cd "$example" && "$BIN/cordon" policy show kinds) >"$home/out" || fail "the current folder"
shows 2 "$example" studdies
has "did you mean 'studies'?"
shows 2 "$example" --format pdf
shows 2 "$example" --on 2026-02-30
shows 2 "$example" codes --sheet
shows 2 "$example" --sheet --for-requesters DM-2026-01
shows 3 red-list "$home/nowhere/"

# a folder with errors shows nothing of itself
cp -r "$example" broken
sed -i 's/^version:/verzion:/' broken/policy.yaml
shows 2 broken
has P111
lacks 'Red list'

# a spreadsheet computes nothing
cp -r "$example" formula
sed -i 's/title: {zh: 收缩压, en: Systolic blood pressure}/title: "=HYPERLINK(1)"/' formula/red-list.yaml
shows 0 red-list formula --format csv
has "'=HYPERLINK(1)"
python3 - "$home/out" <<'P' || fail "the spreadsheet"
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))
assert rows[0][:3] == ["table", "column", "use"], rows[0]
assert len([r for r in rows if r and r[0] == "cdm.person"]) == 4
for row in rows:
    for cell in row:
        assert cell[:1] not in list("=+-@"), cell
P

# a page needs nothing, and each table can be heard
sed -i 's/title: {zh: 住院与门诊数据, en: In- and outpatient data}/title: "<script>alert(1)<\/script>"/' formula/red-list.yaml
shows 0 formula --format html --lang zh --out page.html
[ ! -s "$home/out" ] || fail "with --out nothing is printed"
python3 - page.html <<'P' || fail "the page"
import sys
from html.parser import HTMLParser
class Page(HTMLParser):
    void = {"meta", "wbr", "link", "img", "br", "input"}
    def __init__(self):
        super().__init__()
        self.open, self.tables, self.captions, self.ids, self.links, self.lang = [], 0, 0, set(), set(), None
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        assert tag not in ("script", "link", "img", "iframe", "object", "form", "base"), tag
        assert not [n for n in a if n in ("src", "srcset", "style") or n.startswith("on")], a
        if tag == "a":
            self.links.add(a["href"])
        if "id" in a:
            assert a["id"] not in self.ids, a["id"]
            self.ids.add(a["id"])
        if tag == "html":
            self.lang = a["lang"]
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th":
            assert a.get("scope") in ("col", "row")
        if tag not in self.void:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(text)
assert page.open == [] and page.lang == "zh-CN"
assert page.tables == page.captions > 8
assert page.links and all(l[0] == "#" and l[1:] in page.ids for l in page.links)
assert "&lt;script&gt;" in text and "http" not in text.replace("http-equiv", "")
P
shows 3 "$example" --out "$home/nowhere/page"

# the sheet: the hash that is signed, room for two, and what changed
hash=$("$BIN/cordon" policy check "$example" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["hash"])')
shows 0 "$example" --sheet
has "$hash"
has "First version"
[ "$(grep -c '  name ____' "$home/out")" = 2 ] || fail "two people sign"
shows 0 "$example" --sheet --format html --lang zh
has "$hash"
has 盖章
shows 2 "$example" --sheet --against "$home/broken"
shows 2 "$example" --sheet --against running
shows 3 "$example" --sheet --against running --agent "$home/nowhere"
printf 'cordon: 1\nrequired: [compliance, data-owner, ethics]\npeople: []\n' >approvers.yaml
shows 0 "$example" --sheet --approvers approvers.yaml
[ "$(grep -c '  name ____' "$home/out")" = 3 ] || fail "three people sign"
printf 'cordon: 2\n' >approvers.yaml
shows 2 "$example" --sheet --approvers approvers.yaml
lacks signature
cp -r "$example" wider
sed -i 's/^version: 1\b/version: 2/' wider/policy.yaml
sed -i 's/requesters: {li@renmin.example: analyst}/requesters: {li@renmin.example: analyst, new@x.example: viewer}/' wider/studies.yaml
shows 0 wider --sheet --against "$example"
has WIDER
has new@x.example
has "$hash" # of what it replaces

# a study's catalogue has nothing of the other study
shows 0 "$example" --for-requesters MH-2026-02 --on 2026-03-01
has "cdm.person.gender_concept_id"
for word in DM-2026-01 hba1c year_of_birth li@renmin wang@uni hiv birth_datetime .yaml 院内 preset; do
	lacks "$word"
done
shows 0 "$example" --for-requesters MH-2026-02 --on 2026-03-01 --json
python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert d["limits"] and d["groups"][0]["labels"]' "$home/out" || fail "as JSON"
shows 2 "$example" --for-requesters nobody
echo "all as promised"
