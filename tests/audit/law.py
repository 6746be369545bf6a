#!/usr/bin/env python3
"""law.py NOISE TRUTH REPORT ANSWER.json... - are the numbers that two neighbouring hospitals released the promised
noise around the true ones? TRUTH has a line `site|age|sex|people` per cell, counted by hand."""
import json
import math
import sys
from fractions import Fraction

ALPHA, Z = 1e-8, 5.731
noise, report, names = sys.argv[1], sys.argv[3], sys.argv[4:]
truth = {}
for line in open(sys.argv[2], encoding="utf-8"):
    site, age, sex, people = line.rstrip("\n").split("|")
    truth[site, age, sex] = int(people)
answers = [json.load(open(n)) for n in names]
first = answers[0]["sites"][0]["noise"]
print("noise:", first)
scale = next(v for k, v in first.items() if k != "kind")
scale = float(Fraction(str(scale)))


def mass(x):
    return math.exp(-x * x / (2 * scale)) if noise == "gaussian" else math.exp(-abs(x) / scale)


REACH = int(12 * math.sqrt(scale) + 12) if noise == "gaussian" else int(40 * scale + 12)
total = sum(map(mass, range(-REACH, REACH + 1)))
law = {x: mass(x) / total for x in range(-REACH, REACH + 1)}
variance = sum(p * x * x for x, p in law.items())
fourth = sum(p * x ** 4 for x, p in law.items())

bad, deviations = [], []
FAR = 12 * math.sqrt(variance) + 10  # from the threshold of 10, so that none of them is ever kept back
for a in answers:
    for s in a["sites"]:
        assert s["state"] == "answered", s
        for c in s["cells"]:
            people = truth.get((s["site"], c["group"]["age"], c["group"]["sex"]), 0)
            if people > FAR:
                deviations.append(c["value"] - people)
n = len(deviations)


def check(what, z, limit=Z):
    print(f"{what}: {z:.2f} (limit {limit:.2f})")
    if not abs(z) < limit:
        bad.append(what)


check("mean, z", sum(deviations) / math.sqrt(n * variance))
check("variance, z", (sum(d * d for d in deviations) - n * variance) / math.sqrt(n * (fourth - variance ** 2)))
groups, have, want = [], 0, 0.0
for x in range(-REACH, REACH + 1):
    have, want = have + deviations.count(x), want + n * law[x]
    if want >= 20:
        groups.append((have, want))
        have, want = 0, 0.0
groups[-1] = (groups[-1][0] + have, groups[-1][1] + want)
df = len(groups) - 1
c = 2 / (9 * df)
check("chi-square", sum((h - w) ** 2 / w for h, w in groups), df * (1 - c + 5.612 * math.sqrt(c)) ** 3)
sites = sorted({k[0] for k in truth})
moved = [abs(n - truth.get((sites[1],) + k[1:], 0)) for k, n in truth.items() if k[0] == sites[0]]
print("draws:", n, "cells that differ:", sum(moved))
if sum(moved) != 1:
    bad.append("the hospitals do not differ by one patient")
with open(report, "a") as f:
    f.write(f"| {noise} | {len(answers)} | {n} | {variance:.3f} | {sum(d * d for d in deviations) / n:.3f} | "
            f"{'holds' if not bad else ', '.join(bad)} |\n")
sys.exit(1 if bad else 0)
