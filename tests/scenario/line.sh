#!/usr/bin/env bash
# What whoever owns a router between a hospital and the gateway sees of its answers: the lengths of the TLS records.
# They are the same for every answer to one question, however many people it is about, shown or kept back. When an
# answer comes is compared in `make audit`; timings decide nothing here.
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
# What else goes from an agent to the gateway, heartbeats, is far shorter.
check "all answers of a hospital to one question have one length" python3 - "$HOME_OF"/line-{renmin,xiehe} <<'P'
import sys
for name in sys.argv[1:]:
    answers = []
    for line in open(name):
        if line == "mark\n":
            answers.append([])
        elif answers and line.split()[1] == "answer":
            answers[-1].append(int(line.split()[2]))
    print(name, answers)
    longest = {max(a) for a in answers}
    assert len(answers) == 8 and len(longest) == 1, longest
    assert all(n in longest or n < 300 for a in answers for n in a)
P
