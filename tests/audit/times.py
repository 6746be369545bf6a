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


def limit(x, y):
    return math.sqrt(-math.log(ALPHA / 2) / 2 * (1 / len(x) + 1 / len(y)))


def step(ms):
    """The step of `paced` at which it left."""
    at = 50
    while at * 2 <= ms:
        at *= 2
    return at


few, many = map(times, names)
for name, x in (("few", few), ("many", many)):
    print(f"{timing}: {name}: {len(x)} answers, ms at 5, 50, 95 %: "
          + ", ".join(f"{quarter(x, q):.2f}" for q in (.05, .5, .95)))
d, most = distance(few, many), limit(few, many)
verdict = "does not tell" if d <= most else "tells, as it says" if timing == "open" else "TELLS"
if timing == "paced" and d > most:
    # the step may tell, and nothing else: answers of one step are compared with each other
    verdict = "tells the step alone"
    for s in sorted({step(v) for v in few}):
        x, y = ([v for v in of if step(v) == s] for of in (few, many))
        print(f"paced: step {s}: {len(x)} and {len(y)} answers")
        if min(len(x), len(y)) >= 50:
            print(f"paced: step {s}: distance {distance(x, y):.3f}, limit {limit(x, y):.3f}")
            if distance(x, y) > limit(x, y):
                verdict = "TELLS"
print(f"{timing}: distance {d:.3f}, limit {most:.3f}: {verdict}")
with open(report, "a") as f:
    f.write(f"| {timing} | {quarter(few, .5):.1f} | {quarter(many, .5):.1f} | {len(few)} | {d:.3f} | {most:.3f} | {verdict} |\n")
sys.exit(verdict == "TELLS")
