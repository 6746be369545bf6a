#!/usr/bin/env bash
# attacks.sh - the table of docs/privacy.md that says which test tries which attack is true: every attack has its
# row with a test or a reason, and every test named there exists and is run.
set -uo pipefail
cd "$(dirname "$0")/../.."
exec python3 - docs/privacy.md <<'P'
import re, sys

ATTACKS = 34
bad = []

def has_unit(file, name):
    try:
        text = open(f"tests/unit/{file}.c", encoding="utf-8").read()
    except OSError:
        return False
    # made, and given to the program's main() too
    return f"START_TEST({name})" in text and len(re.findall(rf"\b{name}\b", text)) >= 2

def has_words(file, words):
    path = "tests/layers.sh" if file == "layers.sh" else f"tests/scenario/{file}"
    try:
        text = open(path, encoding="utf-8").read()
    except OSError:
        return False
    return any(words in line for line in text.splitlines() if re.match(r'\s*(check|say) "', line))

seen, named = [], 0
for line in open(sys.argv[1], encoding="utf-8"):
    row = re.match(r"\| (\d+) \|(.*)\|(.*)\|(.*)\|$", line.rstrip("\n"))
    if row is None:
        continue
    n, _, tried, why = row.groups()
    seen.append(int(n))
    spans = re.findall(r"`([^`]*)`", tried)
    if not spans and not re.search(r"\b(open|reason): ", why):
        bad.append(f"attack {n}: neither a test nor a reason")
    for span in spans:
        file, colon, name = span.partition(": ")
        named += 1
        if not colon or not (has_unit(file, name) if file.startswith("test_") else has_words(file, name)):
            bad.append(f"attack {n}: there is no test '{span}'")
if seen != list(range(1, ATTACKS + 1)):
    bad.append(f"rows are {seen}, not 1 to {ATTACKS}")
for b in bad:
    print("FAIL ", b)
print(f"{len(seen)} attacks, {named} tests named")
sys.exit(1 if bad else 0)
P
