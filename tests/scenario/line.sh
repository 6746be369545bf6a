#!/usr/bin/env bash
# What whoever owns a router between a hospital and the gateway sees of its answers: the lengths of the TLS records.
# To one question they are the same from a hospital with many patients and from one with hardly any, whose numbers are
# kept back. When an answer comes is compared in `make audit`; timings decide nothing here.
# Plain only: what is looked at are bytes on a line
TAPPED=1 PATIENTS=400
source "$(dirname "$0")/../audit/whole.sh"
federation renmin xiehe
# the same questions to a hospital with nearly nobody
for table in $(truth xiehe "select table_schema || '.' || table_name from information_schema.columns where column_name = 'person_id'
	and table_schema = 'cdm' order by table_name = 'person'"); do
	cluster_psql xiehe -c "delete from $table where person_id <> (select min(person_id) from cdm.person)" >/dev/null || die "$table"
done

# asked NAME AGE DAY GROUPS: of one length, whoever is meant
asked()
{
	question "$1" <<-Q
		study: DM-2026-01
		kind: count
		dataset: omop
		on: 2025-10-$3
		cohort: {all: [{age: {from: $2}}]}
		$4
	Q
}
for n in 10 11 12 13; do
	for age in 18 65; do
		for site in renmin xiehe; do
			echo mark >>"$HOME_OF/line-$site"
		done
		ask "$(asked "q$n$age" $age $n "group_by: [sex]")" --json
		want 0 "day $n, from $age"
	done
done
# What else goes from an agent to the gateway, heartbeats, is far shorter. An answer names earlier questions that it is
# nearly the same as, so it is longer after them; those are the same at both.
check "an answer is as long whatever is in the database" python3 - "$HOME_OF"/line-{renmin,xiehe} <<'P'
import sys
lengths = []
for name in sys.argv[1:]:
    answers = []
    for line in open(name):
        if line == "mark\n":
            answers.append([])
        elif answers and line.split()[1] == "answer" and int(line.split()[2]) > 400:
            answers[-1].append(int(line.split()[2]))
    print(name, answers)
    assert len(answers) == 8 and all(len(a) == 1 for a in answers)
    lengths.append([a[0] for a in answers])
longer = len("renmin") - len("xiehe")
assert {a - b for a, b in zip(*lengths)} == {longer}, lengths
P
