#!/usr/bin/env bash
# People whom several hospitals know, counted once: the answer covers how many there are, which the sum of the hospitals'
# counts is far from; who does not offer it is named; and neither identifiers nor keys of people are at the gateway.
# Plain only: unit tests run the same code with sanitizers.
SUMS=1
source "$(dirname "$0")/../lib/federation.sh"
PATIENTS=600
sites=(renmin xiehe huashan)

# The example, that offers it: the column that all hospitals know people by, the kind, and who may ask.
policy=$HOME_OF/offers
cp -r policies/examples/omop-hospital "$policy"
sed -i '0,/^          person_id: {use: patient-key}$/s//&\n          person_source_value: {use: link}/' "$policy/red-list.yaml"
sed -i 's/^  attrition: .*/&\n  distinct: {group_by: 0, filters: 6, max_cells: 1, person: cdm.person.person_source_value, buckets: 4096}/
	s/attrition\], window_step/attrition, distinct], window_step/' "$policy/queries.yaml"
sed -i 's/survival, attrition\]/survival, attrition, distinct]/; s/\(analyst: \[.*\)attrition/\1attrition, distinct/' "$policy/studies.yaml"
secret()
{
	"$BIN/cordon" ca site-secret "$@" || die "site-secret $*"
}
mkdir "$HOME_OF/members.secret"
secret new --out "$HOME_OF/members.secret/secret" >/dev/null
mkdir "$HOME_OF/zhao"
"$BIN/cordon" token --account zhao@audit.example --role auditor --out "$HOME_OF/zhao/token" >>"$HOME_OF/accounts" 2>/dev/null || die token
POLICY_OF=$policy federation "${sites[@]}"

# The same person is at several hospitals: of 600 each, a third are of all three, a third of two or one, and a third of that one alone.
# Blanks and small letters are no other person.
overlap()
{
	local name=$1 place=$2

	cluster_psql "$name" -qc "update cdm.person set person_source_value = case
		when person_id % 3 = 0 then '11010519' || lpad(person_id::text, 9, '0') || 'X'
		when person_id % 3 = 1 then '3101151970' || lpad(person_id::text, 7, '0') || '$((place / 2))'
		else '44030619' || lpad(person_id::text, 9, '0') || '$place' end" || die "identifiers of $name"
	[ "$place" != 1 ] ||
		cluster_psql "$name" -qc "update cdm.person set person_source_value =
			'1101 0519' || substr(lower(person_source_value), 9) where person_id % 3 = 0" || die "spelling at $name"
}
place=0
for name in "${sites[@]}"; do
	overlap "$name" $((place++))
	sed -i 's|sums: {|sums: {site_secret: ../members.secret/secret, |' "$HOME_OF/site-$name/agent.yaml"
	agent_down "$name"
	agent_up "$name"
done
wait_online "${sites[@]}"
seen="from cdm.person p where not exists (select 1 from research.opt_out o where o.person_id = p.person_id)"
# distinct SITE...: how many there are, by their identifiers in one place.
distinct()
{
	local name

	for name in "$@"; do
		truth "$name" "select upper(translate(person_source_value, ' ', '')) $seen"
	done | sort -u | wc -l
}
together()
{
	local name all=0

	for name in "$@"; do
		all=$((all + $(truth "$name" "select count(*) $seen")))
	done
	echo $all
}
# covers TRUTH: the number is no farther from it than three times its interval, and the interval is narrow.
covers()
{
	python3 -c '
import json,sys
a=json.load(open(sys.argv[1]))
c=a["total"]["cells"][0]
low,high=c["interval"]
half=(high-low)/2
truth=int(sys.argv[2])
print(c["value"], c["interval"], truth, file=sys.stderr)
sys.exit(0 if abs(c["value"]-truth) <= 3*half and half < truth/8 else "%s, %s: the truth is %s" % (c["value"], c["interval"], truth))' "$HOME_OF/out" "$1"
}
asking()
{
	question "$1" <<-Q
		study: DM-2026-01
		dataset: omop
		kind: distinct
		mode: $2
		$3
	Q
}
ask "$(asking all secure)" --json
want 0 "three hospitals count their people once"
check "the answer covers how many there are" covers "$(distinct "${sites[@]}")"
check "which is far from the sum of their counts" test "$(together "${sites[@]}")" -gt "$(($(field "['total']['cells'][0]['interval'][1]") + 300))"
check "every hospital is in it, and none shows a number of its own" python3 -c '
import json,sys
sys.exit(not all("cells" not in s and s["state"] == "summed" for s in json.load(open(sys.argv[1]))["sites"]))' "$HOME_OF/out"
first=$(field "['id']")
ask "$HOME_OF/all.yaml"
want 0 "asked again, it is the same number"
check "said with what it rests on" said "A patient of several hospitals counts once"
check "and in how many buckets" said "of 4096 buckets"
verify()
{
	cordon audit verify "$first" --members "$HOME_OF/members/members.yaml" --officers "$HOME_OF/members/officers.yaml"
}
verify
check "who asked gets no record, by which a hospital could look for people" said "for auditors"
"$BIN/cordon" ca issue --dir "$HOME_OF/ca" --role person --name zhao@audit.example --out "$HOME_OF/zhao" >/dev/null || die "ca issue"
login zhao@audit.example zhao
CORDON_SETTINGS=$HOME_OF/zhao/settings.yaml verify
want 0 "an auditor counts them again from it"

ask "$(asking noised noised)" --json
want 1 "no hospital counts them alone"
check "which is the kind's rule" test "$(field "['sites'][0]['rule']")" = kind:distinct

# One hospital does not offer it, another lost the secret: both are named, and the others are enough for no sum.
rm -f "$HOME_OF/members.secret/none"
sed -i 's|secret/secret|secret/none|' "$HOME_OF/site-xiehe/agent.yaml"
sed -i '/^  distinct:/d; s/attrition, distinct\], window/attrition], window/' "$HOME_OF/site-huashan/policy/queries.yaml"
sed -i 's/^version: 1\b/version: 2/' "$HOME_OF/site-huashan/policy/policy.yaml"
approve huashan
for name in xiehe huashan; do
	agent_down "$name"
	agent_up "$name"
done
wait_online "${sites[@]}"
ask "$(asking some secure 'cohort: {all: [{age: {from: 18}}]}
on: 2025-01-01')" --json
rules()
{
	python3 -c '
import json,sys
got={s["site"]: s.get("rule","") for s in json.load(open(sys.argv[1]))["sites"]}
sys.exit(0 if got["huashan"] == "default:not-listed" and got["xiehe"] == "kind:distinct" else str(got))' "$HOME_OF/out"
}
check "who does not offer it, or has not the secret, is named" rules
check "and there is no number" test "$(field "['total']['cells']")" = "[]"
check "nor did anybody pay" test "$(python3 -c '
import json,sys
print(sum(a["cost"] for s in json.load(open(sys.argv[1]))["sites"] for a in s.get("accounts",[])))' "$HOME_OF/out")" = 0

# What all this left at the gateway: no identifier, no hash of one.
gateway_down
key=$(truth renmin "select encode(substr(sha256(convert_to(upper(translate(person_source_value, ' -', '')), 'UTF8')), 1, 16), 'hex')
	from cdm.person order by person_id limit 1")
[ ${#key} = 32 ] || die "no key to look for"
check "neither identifiers nor keys are at the gateway, in its log or in the agents'" python3 -c '
import glob,sys
home,key=sys.argv[1:]
for f in glob.glob(home+"/gateway/**", recursive=True)+glob.glob(home+"/site-*/agent.log")+glob.glob(home+"/site-*/state/*"):
    try: b=open(f,"rb").read()
    except OSError: continue
    for w in (b"11010519", b"3101151970", b"44030619", bytes.fromhex(key), bytes.fromhex(key)[:8], key.encode()):
        if w in b: sys.exit("%s in %s" % (w, f))' "$HOME_OF" "$key"
