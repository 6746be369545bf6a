#!/usr/bin/env python3
"""What must be true of counts whatever the data are: cohort_properties.py CORDON POLICY FOLDER [SEED]

Makes claims about random cohorts of events that the database has - a cohort and its complement are everybody, a window
and the next one are the window of both, "e then c" is "c before e" seen from the other side - and counts each cohort
once, by the statement that `cordon policy try --show-sql=psql` gives, all in one run of $PSQL (and PGHOST, ...). True
counts, so every claim is exact. Ends with 1 and the claims that do not hold.
"""
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys

dice = random.Random()
TABLES = {
    "condition": ("condition_occurrence", "condition_concept_id"),
    "drug": ("drug_exposure", "drug_concept_id"),
    "procedure": ("procedure_occurrence", "procedure_concept_id"),
    "visit": ("visit_occurrence", "visit_concept_id"),
}
ENDS = ("condition", "drug", "visit")
PERIODS = ("1950-01-01..2009-12-31", "2010-01-01..2019-12-31", "2020-01-01..2027-12-31")


def psql(text):
    done = subprocess.run(
        [os.environ.get("PSQL", "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"],
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(done.stderr.decode()[:2000])
    return done.stdout.decode()


class Claims:
    """Cohorts, each counted once, and sums of them that are 0 or at least 0."""

    def __init__(self):
        self.cohorts, self.list = {}, []

    def number(self, cohort):
        return self.cohorts.setdefault(json.dumps(cohort, sort_keys=True), len(self.cohorts))

    def say(self, what, exact, *terms):
        self.list.append((what, exact, [(times, self.number(cohort)) for times, cohort in terms]))

    def equal(self, what, left, right):
        """The counts on both sides add up to the same; each side a list of cohorts."""
        self.say(what, True, *[(1, c) for c in left], *[(-1, c) for c in right])

    def at_most(self, what, small, large):
        self.say(what, False, (1, large), (-1, small))


def within(low, high, **more):
    return {
        "from": "all days before" if low is None else f"{low} days",
        "to": "all days after" if high is None else f"{high} days",
        **more,
    }


def windowed(criterion, low, high, **more):
    return {**criterion, "within": within(low, high), **more}


def cohort(entry=None, index="first", **keys):
    if entry is not None:
        keys["entry"] = entry
        keys["index"] = index
    return keys


# ---- the claims -------------------------------------------------------------------------------------------------


def of_people(c, a, b, d):
    """Groups are sets of people."""
    everybody = cohort()
    c.equal("a cohort and its complement are everybody", [cohort(all=[a]), cohort(none=[a])], [everybody])
    c.equal("any and none of the same are everybody", [cohort(any=[a, b]), cohort(none=[a, b])], [everybody])
    c.equal("any of two, and both", [cohort(any=[a, b]), cohort(all=[a, b])], [cohort(all=[a]), cohort(all=[b])])
    c.equal(
        "any of disjoint parts adds up",
        [cohort(any=[{"all": [a, b]}, {"all": [a, {"none": [b]}]}])],
        [cohort(all=[a, b]), cohort(all=[a], none=[b])],
    )
    c.equal("with it or without it", [cohort(all=[a, b]), cohort(all=[a], none=[b])], [cohort(all=[a])])
    some = {"of": [a, b, d]}
    c.say(
        "at least two of three",
        True,
        (1, cohort(all=[{"at_least": 2, **some}])),
        (2, cohort(all=[a, b, d])),
        *[(-1, cohort(all=pair)) for pair in ([a, b], [a, d], [b, d])],
    )
    for n in (1, 2):
        c.equal(
            "exactly n of three, and more",
            [cohort(all=[{"exactly": n, **some}]), cohort(all=[{"at_least": n + 1, **some}])],
            [cohort(all=[{"at_least": n, **some}])],
        )
        c.equal(
            "at most n of three, and more",
            [cohort(all=[{"at_most": n, **some}]), cohort(all=[{"at_least": n + 1, **some}])],
            [everybody],
        )
    c.equal("order and repetition change nothing", [cohort(all=[b, a, {"all": [a, b]}])], [cohort(all=[a, b])])
    c.equal("not not", [cohort(none=[{"none": [a]}])], [cohort(all=[a])])


def of_times(c, a, entry):
    def often(how, n, **more):
        return cohort(entry, all=[{**a, "times": {how: n, **more}}])

    for distinct in ({}, {"distinct": "day"}, {"distinct": "concept"}):
        c.equal("at least once, and never", [often("at_least", 1, **distinct), often("at_most", 0, **distinct)], [cohort(entry)])
        for n in (1, 2, 3):
            c.at_most("more often, fewer people", often("at_least", n + 1, **distinct), often("at_least", n, **distinct))
            c.equal(
                "exactly n times, and more",
                [often("exactly", n, **distinct), often("at_least", n + 1, **distinct)],
                [often("at_least", n, **distinct)],
            )
            c.equal(
                "at most n times, and more",
                [often("at_most", n, **distinct), often("at_least", n + 1, **distinct)],
                [cohort(entry)],
            )
    c.at_most("days are no more than records", often("at_least", 2, distinct="day"), often("at_least", 2))
    c.equal("at least once is the default", [often("at_least", 1)], [cohort(entry, all=[a])])


def of_dates(c, a):
    parts = [{**a, "during": p} for p in PERIODS]
    c.equal("any of all periods is always", [cohort(any=parts)], [cohort(all=[a])])
    c.equal("two periods are one", [cohort(any=parts[:2])], [cohort(all=[{**a, "during": "1950-01-01..2019-12-31"}])])
    first = {**a, "first": "yes"}
    c.equal("everybody with one has a first", [cohort(all=[first])], [cohort(all=[a])])
    c.equal("the first lies in one period", [cohort(all=[{**first, "during": p}]) for p in PERIODS], [cohort(all=[a])])
    for p in PERIODS:
        c.at_most("the first in a period is one in it", cohort(all=[{**first, "during": p}]), cohort(all=[{**a, "during": p}]))
    c.equal("no second one is the first", [cohort(all=[{**first, "times": {"at_least": 2}}])], [])


def of_index(c, entry, a):
    near = windowed(a, -30, 30)
    for index in ("first", "last"):
        c.at_most("one index is one of each", cohort(entry, index, all=[near]), cohort(entry, "each", all=[near]))
    for index in ("first", "last", "each"):
        c.equal("everybody with an entry has an index", [cohort(entry, index)], [cohort(all=[entry])])
    for index in ("first", "last"):
        c.equal(
            "of an index: with it or without it",
            [cohort(entry, index, all=[near]), cohort(entry, index, none=[near])],
            [cohort(entry, index)],
        )
    c.equal("the first of each is the first", [cohort({**entry, "first": "yes"}, "each", all=[near])], [cohort({**entry, "first": "yes"}, "last", all=[near])])
    c.equal("the first is the first", [cohort({**entry, "first": "yes"}, all=[near])], [cohort(entry, all=[near])])
    # what is asked of the entry itself
    inner = {**entry, "with": [{**a, "within": within(-30, 30)}]}
    c.equal("an entry with it, or each", [cohort(inner)], [cohort(entry, "each", all=[near])])
    c.equal("an entry with it, or a criterion with it", [cohort(inner)], [cohort(all=[inner])])
    for days in (30, 365):
        c.at_most("longer under observation", cohort(entry, observed={"before": f"{days} days"}), cohort(entry, observed={"before": "0 days"}))
    c.at_most("under observation at all", cohort(entry, observed={"before": "0 days"}), cohort(entry))
    ages = [{"to": 18}, {"from": 18, "to": 45}, {"from": 45, "to": 65}, {"from": 65, "to": 80}, {"from": 80}]
    c.equal("everybody has one age", [cohort(entry, all=[{"age": x}]) for x in ages], [cohort(entry)])
    c.equal(
        "everybody is a man, a woman or neither",
        [cohort(entry, all=[{"sex": "男"}]), cohort(entry, all=[{"sex": "女"}]), cohort(entry, none=[{"sex": "男"}, {"sex": "女"}])],
        [cohort(entry)],
    )


def of_windows(c, entry, a, kind, index):
    """Moving a window moves nobody who should stay."""
    low, middle, high = sorted(dice.sample([-365, -180, -90, -31, -30, -7, -1, 0, 1, 7, 30, 31, 90, 180, 365], 3))
    sides = {"on": dice.choice(["start", "end"]) if kind in ENDS else "start", "inside_observation": dice.choice(["yes", "no"])}
    inside = {"inside_observation": sides.pop("inside_observation")}

    def at(x, y):
        return cohort(entry, index, all=[{**a, **inside, "within": within(x, y, **sides)}])

    for x, y, wide in ((low, middle, high), (None, low, middle), (middle, high, None)):
        c.at_most("a wider window", at(x, y), at(x, wide))
    c.at_most("a window from earlier on", at(middle, high), at(low, high))
    both = {"any": [{**a, **inside, "within": within(x, y, **sides)} for x, y in ((low, middle), (middle + 1, high))]} if middle < high else None
    if both:
        c.equal("two windows side by side are one", [cohort(entry, index, all=[both])], [at(low, high)])
    parts = [{**a, **inside, "within": within(x, y, **sides)} for x, y in ((None, low - 1), (low, high), (high + 1, None))]
    c.equal("before, in and after", [cohort(entry, index, any=parts)], [at(None, None)])
    if inside["inside_observation"] == "no":
        c.equal("in a window of all days", [at(None, None)], [cohort(entry, index, all=[a])])
    else:
        c.at_most("inside observation", at(low, high), cohort(entry, index, all=[{**a, "inside_observation": "no", "within": within(low, high, **sides)}]))
    overlap = cohort(entry, index, all=[{**a, **inside, "within": [within(low, high, **sides), within(None, middle, **sides)]}])
    c.equal("in both of two windows", [overlap], [at(low, middle)])


def of_pairs(c, e, a):
    """e then a, seen from both sides."""
    low, high = sorted(dice.sample([-90, -30, -7, 0, 7, 30, 90, 365], 2))
    free = {"inside_observation": "no"}
    c.equal(
        "from both sides",
        [cohort(e, "each", all=[windowed(a, low, high, **free)])],
        [cohort(a, "each", all=[windowed(e, -high, -low, **free)])],
    )
    inner = {**free, "within": within(low, high, of="parent")}
    c.equal(
        "inside a with, from both sides",
        [cohort(all=[{**e, "with": [{**a, **inner}]}])],
        [cohort(all=[{**a, "with": [{**e, **free, "within": within(-high, -low, of="parent")}]}])],
    )
    c.equal(
        "in the same visit, from both sides",
        [cohort(all=[{**e, "with": [{**a, **free, "same_visit": "yes"}]}])],
        [cohort(all=[{**a, "with": [{**e, **free, "same_visit": "yes"}]}])],
    )


def of_doubts(c, a, entry):
    """Cohorts that contradict themselves often: nobody may be in one that `cordon cohort read` says is empty."""

    def days():
        return dice.choice(["2014-01-01..2019-12-31", "2020-01-01..2027-12-31"])

    for _ in range(30):
        e = {**dice.choice([a, entry]), **({"first": "yes"} if dice.random() < 0.5 else {})}
        if dice.random() < 0.5:
            e["during"] = days()
        members = []
        for _ in range(2):
            m = {**dice.choice([a, entry])}
            if dice.random() < 0.4:
                m["during"] = days()
            if dice.random() < 0.5:
                m["within"] = dice.choice([within(None, -1), within(0, 90), within(-365, -1), within(1, None)])
            if dice.random() < 0.5:
                m["times"] = {dice.choice(["at_least", "at_most", "exactly"]): dice.choice([1, 2])}
            members.append(m)
        members.append(dice.choice([{"age": {"from": 65}}, {"age": {"to": 45}}, members[0]]))
        c.number(cohort(e, dice.choice(["first", "last", "each"]), **{dice.choice(["all", "any"]): members, "none": [dice.choice(members)]}))


def doubted(c, cordon, folder):
    """Numbers of the cohorts of which is said that nobody belongs to them, and of those that are refused for it."""
    names = [os.path.join(folder, f"{n}.json") for n in c.cohorts.values()]
    done = subprocess.run([cordon, "cohort", "read", *names], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode()
    return {int(n) for n in re.findall(r"(\d+)\.json:\d+:\d+: warning Q206", said)}


def claims(concepts):
    c = Claims()

    def event(kind=None):
        kind = kind or dice.choice(sorted(concepts))
        some = dice.sample(concepts[kind], min(len(concepts[kind]), dice.randint(1, 3)))
        return kind, {kind: [f"{x}{dice.choice(['', '+'])}" for x in some]}

    for _ in range(int(os.environ.get("ROUNDS", "1"))):
        kind, a = event()
        _, b = event()
        _, d = event()
        _, entry = event()
        of_people(c, a, b, d)
        of_times(c, a, None)
        of_times(c, windowed(a, -365, 365), entry)
        of_dates(c, a)
        of_index(c, entry, a)
        for index in ("first", "last", "each"):
            of_windows(c, entry, a, kind, index)
        of_pairs(c, entry, a)
        of_doubts(c, a, entry)
    return c


# ---- counting ---------------------------------------------------------------------------------------------------


def script(cordon, policy, folder, number, text):
    question = {"study": "CO-2026-01", "kind": "count", "dataset": "omop", "cohort": json.loads(text)}
    if '"age"' in text and '"entry"' not in text:
        question["on"] = "2025-12-31"
    name = os.path.join(folder, f"{number}.json")
    with open(name, "w", encoding="utf-8") as f:
        json.dump(question, f, ensure_ascii=False)
    done = subprocess.run(
        [cordon, "policy", "try", policy, "--who", "li@renmin.example", "--file", name, "--on", "2026-03-01", "--show-sql=psql"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode()
    if done.returncode == 2 and re.search(r"error Q\d+: .*nobody can belong", said):
        return number, None, ""  # a contradiction that is refused
    if done.returncode != 0:
        return number, f"{text}\n{said[:1500]}", None
    return number, None, f"\\echo cohort {number}\n{said}"


def counts(c, cordon, policy, folder):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda x: script(cordon, policy, folder, x[1], x[0]), c.cohorts.items()))
    for _, refused, _ in made:
        if refused:
            sys.exit(f"not allowed: {refused}")
    said = psql("".join(text for _, _, text in made))
    found = {}
    for line in said.splitlines():
        begin = re.fullmatch(r"cohort (\d+)", line)
        if begin:
            now = int(begin.group(1))
            found[now] = 0
        elif re.fullmatch(r"\d+\|\d+", line):
            found[now] = int(line.split("|")[1])
    return found


def main():
    cordon, policy, folder = sys.argv[1:4]
    dice.seed(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    concepts = {}
    for kind, (table, column) in TABLES.items():
        found = psql(
            f"select {column} from cdm.{table} where {column} > 0 and {column} not in (439727, 440383, 4152280) "
            "group by 1 order by count(distinct person_id) desc, 1 limit 12;"
        ).split()
        if found:
            concepts[kind] = found
    c = claims(concepts)
    found = counts(c, cordon, policy, folder)
    texts = {n: t for t, n in c.cohorts.items()}
    bad = 0
    for what, exact, terms in c.list:
        total = sum(times * found[n] for times, n in terms)
        if total == 0 or (not exact and total > 0):
            continue
        bad += 1
        print(f"FAIL  {what}")
        for times, n in terms:
            print(f"      {times:+} * {found[n]} {texts[n]}")
    empty = doubted(c, cordon, folder)
    for n in empty:
        if found.get(n, 0) > 0:
            bad += 1
            print(f"FAIL  said to be empty: {found[n]} {texts[n]}")
    some = sum(1 for n in found.values() if n > 0)
    print(f"{len(empty)} cohorts are said to be empty")
    print(f"{len(c.list)} claims about {len(found)} cohorts, {some} of them with people, {bad} do not hold")
    sys.exit(1 if bad or not empty or some * 2 < len(found) else 0)


if __name__ == "__main__":
    main()
