#!/usr/bin/env python3
"""times.py TIMING REPORT LINE LINE - compares how long two agents took, from what line.py heard after the mark. The
answers leave an agent in the order of the questions."""
import math
import sys

timing, report, names = sys.argv[1], sys.argv[2], sys.argv[3:]
ALPHA = 1e-6  # of a limit of 0.19 for 400 and 400


def times(name):
    marked, asked, answered = False, [], []
    for line in open(name):
        if line == "mark\n":
            marked = True
            continue
        when, word, n = line.split()
        # questions carry a certificate, answers are padded: heartbeats and acknowledgements are shorter
        if marked and int(n) > 400:
            (asked if word == "ask" else answered).append(int(when))
    assert len(asked) == len(answered), (len(asked), len(answered))
    return [(b - a) / 1e6 for a, b in zip(asked, answered)]


def distance(x, y):
    return max(abs(sum(v <= t for v in x) / len(x) - sum(v <= t for v in y) / len(y)) for t in x + y)


def quarter(x, q):
    return sorted(x)[int(q * (len(x) - 1))]


few, many = map(times, names)
d = distance(few, many)
limit = math.sqrt(-math.log(ALPHA / 2) / 2 * (1 / len(few) + 1 / len(many)))
told = d > limit
print(f"{timing}: {len(few)} answers each, ms at 5, 50, 95 %: few "
      + ", ".join(f"{quarter(few, q):.2f}" for q in (.05, .5, .95)) + "; many "
      + ", ".join(f"{quarter(many, q):.2f}" for q in (.05, .5, .95)) + f"; distance {d:.3f}, limit {limit:.3f}")
verdict = ("tells, as it says" if told else "does not tell") if timing == "open" else "TELLS" if told else "does not tell"
with open(report, "a") as f:
    f.write(f"| {timing} | {quarter(few, .5):.1f} | {quarter(many, .5):.1f} | {len(few)} | {d:.3f} | {limit:.3f} | {verdict} |\n")
sys.exit(timing != "open" and told)
