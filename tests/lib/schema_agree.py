"""schema_agree.py CORDON TEST_SCHEMA EXAMPLES: does a JSON Schema validator say of documents what the reader says?

Documents: the shipped examples, wide ones that use every key, and what becomes of these when any one value or key is
changed. Each is written as JSON, which the reader reads as YAML, so that both see the same types; a few are YAML.
What the two may differ in is left out: policies/schema.h, S1 and S2.
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

cordon, program, examples = sys.argv[1:]


class Core(yaml.SafeLoader):
    """YAML 1.2 core, as editors read it: no dates, no yes and no."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile("^(?:%s)$" % pattern), list(first))
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))

WIDE = {
    "red-list.yaml": """
datasets:
  d:
    title: {zh: 数据, en: Data}
    level: 3
    drop_patients: {opted_out: r.o.person_id, under_age: 14}
    tables:
      c.person:
        per_patient_max: 1
        kind: view
        definition: "sha256:00"
        columns:
          姓名: {use: forbidden, category: id.name, why: 原因}
          a: {use: [group, measure], name: 年龄, as: age, bands: [0, 18]}
          b: {use: filter, values: [1, 2]}
          c: {use: group, truncate: week, range: 2020-01-01..2021-12-31}
          d: {use: group, geo: {system: gb2260, keep: 4, areas: ['1101', '3101']}}
          e: {use: group, categories: {男: [1], 女: [2]}}
          f: {use: link, codes: icd10}
        measures:
          - {id: m, title: M, column: a, where: {e: [1]}, unit: "%", clamp: [0, 1.5], cuts: [0.5, 1e-6]}
codes:
  - {id: x, title: X, use: restricted, omop: [1+, 2], local: {c.person.f: [V1]}, icd10: [B20], icd9cm3: ['74'],
     snomed: ['1'], atc: [J05AR], loinc: [7918-6], departments: [感染科], studies: [S], kinds: [count],
     min_patients: 5, min_sites: 2, why: w, basis: b}
exceptions:
  - {to: preset:strict/quasi.date, for: column:c.person.c,
     allow: {use: group, truncate: week, last_band: 90, keep: {gb2260: 4, zip: 3, nuts: 3}},
     why: w, basis: b, until: 2026-06-30}
""",
    "queries.yaml": """
kinds: {count: {group_by: 1, filters: 2, max_cells: 3, at: [0.5], step: 1 month, horizon: 1 year}}
compose: {criteria: 2, depth: 2, kinds: [count], window_step: 1 day}
cohorts: [{id: q, title: Q, sql: cohorts/q.sql, params: {from: c.person.c}, kinds: [count]}]
""",
    "release.yaml": """
release: {noise: laplace, epsilon: 0.5, rho: 0.1, timing: open, min_patients: 5, min_sites: 1, secure_aggregation: off, round_to: 1}
tighter: [{for: kind:count, epsilon: 0.1, rho: 0.1, min_patients: 9, min_sites: 2, round_to: 1}]
budgets: [{for: each-requester, epsilon: 1, rho: 1, delta: 1e-6, queries: 3, period: 2026-01-01..2026-12-31}]
""",
    "studies.yaml": """
roles: {analyst: [count, cohorts]}
studies:
  - {id: S, title: S, purpose: [DUO:1], approvals: {ethics: 1}, valid: 2026-01-01..2026-12-31, datasets: [d], kinds: [count],
     cohorts: [q], may_use: [c.person.a], requesters: {a@b: analyst}, results_to: [CN]}
refused: [{id: T, why: {zh: 无益, en: no benefit}}]
""",
}
WIDE["tests.yaml"] = """
tests:
  - name: {zh: 不得按出生日期分组, en: nobody may group by birth date}
    ask: {who: li@x.example, study: S, on: 2026-03-01, kind: count, dataset: d, group_by: [c.person.a], cohort: {all: []},
      ages_on: 2026-01-01, sites: [s1]}
    expect: deny
    rule: column:c.person.a
    spent: {study:S: 0.5}
"""
WIDE["approval.yaml"] = """
cordon: 1
policy: {site: s1, version: 7, hash: "sha256:00"}
replaces: {version: 6, hash: "sha256:00", effect: "sha256:00"}
files: [{name: policy.yaml, size: 7, hash: "sha256:00"}]
signatures: [{who: officer-a, role: compliance, key: "ed25519:AA", at: 2025-12-18T09:12:04+08:00, sig: "AA"}]
"""
WIDE["models/NAME.yaml"] = """
model: {id: own, title: {zh: 自有, en: Own}}
patients: {table: h.p, key: k, sex: s, birth_year: y, birth: b, race: r, ethnicity: e, codes: own}
events:
  condition: {table: h.d, concept: c, codes: icd10, kinds: {c: ["A*"]}, start: f, end: l, end_days: n, lasts: 0, value: v, id: i,
    visit: w, provider: q, attributes: {type: t, range_low: a}}
ancestors: {table: h.a, ancestor: a, descendant: d}
vocabulary:
  concepts: {table: h.c, id: i, system: s, code: c, invalid: x}
  maps: {table: h.m, from: f, to: t, kind: k, maps: Maps to, invalid: x}
  systems: {icd10: [ICD10CM]}
paths: {table: h.t, path: p, code: c}
providers: {table: h.o, id: i, speciality: s}
"""
WIDE["approvers.yaml"] = """
cordon: 1
required: [compliance]
people: [{name: officer-a, roles: [compliance], key: "ed25519:AA", valid: 2026-01-01..2026-12-31, revoked: 2026-02-01}]
"""
# What YAML makes of a text, and what is left: (file, text).
PLAIN = [
    ("release.yaml", WIDE["release.yaml"].replace("for: kind:count", "for: 12")),
    ("studies.yaml", WIDE["studies.yaml"].replace("id: S", "id: 2026")),
    ("studies.yaml", WIDE["studies.yaml"].replace("id: S", "id: true")),
    ("studies.yaml", WIDE["studies.yaml"].replace("title: S", "title:")),
    ("studies.yaml", WIDE["studies.yaml"].replace("[count]", "[]")),
    ("studies.yaml", WIDE["studies.yaml"].replace("kinds: [count]", "kinds: count")),
    ("policy.yaml", "# yaml-language-server: $schema=x.json\n"),
    ("policy.yaml", "just a text\n"),
]
VALUES = ["", "a", "a b", "甲", "甲，乙", "x" * 64, "x" * 300, -1, 0, 1, 2, 151, 4097, 10**9 + 1, 10**13, 1.5, -0.25,
          True, [], {}, [1], ["a"], ["forbidden"], [[]], ["forbidden", "a"], {"zh": "a"}, {"en": "a", "fr": "b"}, {"a": 1},
          {"a": []}, {"a": [1]}, "forbidden", "off", "2026-01-01", "2026-13-01", "2026-1-1", "2026-01-01..2026-12-31",
          "2026-01-01...2026-12-31", "2026-01-01..2026-12-31 "]


def places(doc, path=()):
    """Every path to a value."""
    if path:
        yield path
    children = doc.items() if isinstance(doc, dict) else enumerate(doc) if isinstance(doc, list) else ()
    for key, child in children:
        yield from places(child, path + (key,))


def changed(doc):
    """The document with one thing changed, in every way."""
    for path in places(doc):
        for value in VALUES + ["gone", "renamed", "more"]:
            new = copy.deepcopy(doc)
            parent = new
            for key in path[:-1]:
                parent = parent[key]
            if value == "gone":
                del parent[path[-1]]
            elif value == "renamed" or value == "more":
                if not isinstance(parent, dict):
                    continue
                parent[str(path[-1]) + "x"] = parent.pop(path[-1]) if value == "renamed" else 1
            else:
                parent[path[-1]] = value
            yield new


schemas = {}
with tempfile.TemporaryDirectory() as home:
    subprocess.run([cordon, "policy", "schema", "--out", home], check=True, stdout=subprocess.DEVNULL)
    for path in glob.glob(home + "/*.schema.json"):
        with open(path, encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft7Validator.check_schema(schema)
        schemas[schema["title"]] = jsonschema.Draft7Validator(schema)
assert schemas, "no schema was written"

cases, whole = [], []  # (file, text, what the validator sees)
for path in sorted(glob.glob(examples + "/*/*.yaml") + glob.glob(examples + "/*/models/*.yaml")):
    file = "models/NAME.yaml" if "/models/" in path else os.path.basename(path)
    if file not in schemas:
        continue
    with open(path, encoding="utf-8") as f:
        text = f.read()
    whole.append((file, text, yaml.load(text, Core)))
    for error in schemas[file].iter_errors(whole[-1][2]):
        sys.exit("%s: %s" % (path, error.message))
assert len(whole) >= 5, "there are too few examples"
assert set(schemas) == set(WIDE) | {"policy.yaml"}, "a file has a schema and no wide document"
whole += [(file, text, yaml.load(text, Core)) for file, text in WIDE.items()]
cases += whole
wide_ones = [w for w in whole if w[0] == "policy.yaml"][:1] + whole[-len(WIDE):]
for file, text, doc in wide_ones:
    cases += [(file, json.dumps(new, ensure_ascii=False), new) for new in changed(doc)]
cases += [(file, text, yaml.load(text, Core)) for file, text in PLAIN]

with tempfile.TemporaryDirectory() as home:
    with open(home + "/cases", "w", encoding="utf-8") as f:
        json.dump([{"file": file, "text": text} for file, text, _ in cases], f)
    subprocess.run([program], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, CORDON_SCHEMA_CASES=home + "/cases", CORDON_SCHEMA_VERDICTS=home + "/verdicts"))
    with open(home + "/verdicts") as f:
        reader = [line == "1\n" for line in f]
assert len(reader) == len(cases)

bad = 0
for (file, text, doc), refused in zip(cases, reader):
    problem = jsonschema.exceptions.best_match(schemas[file].iter_errors(doc))
    if (problem is not None) == refused:
        continue
    bad += 1
    if bad <= 20:
        print("%s: the %s refuses what the other takes: %s\n    %s" % (
            file, "reader" if refused else "schema", problem.message[:200] if problem else "", text[:600]))
print("%d documents, the reader refuses %d, %d differences" % (len(cases), sum(reader), bad))
for file, text, doc in wide_ones:
    assert not reader[cases.index((file, text, doc))], file + ": the wide document is refused"
sys.exit(bad > 0)
