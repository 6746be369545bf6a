#!/usr/bin/env bash
# mutants.sh - every mistake of tests/mutants.txt is built into a copy of its file, and the test that it names must
# fail. Nothing of it is in what is shipped: no switch, no line. Fails also when a mistake's code is not in its file
# any more, or when the test fails without it. tests/mutants.sh UNITS-FOLDER [WORD]; wants the tests built there.
set -uo pipefail
cd "$(dirname "$0")/.."
exec python3 - "$@" <<'P'
import concurrent.futures, os, re, subprocess, sys, tempfile

units, word = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
CC = os.environ.get("CC", "cc")
# line tables and optimisation are not what is tested: little of both
FLAGS = "-std=c17 -D_GNU_SOURCE -O1 -w -fPIE".split()
PKGS = "libevent libevent_openssl openssl libpq sqlite3 yaml-0.1 jansson libsodium msgpack expat"
FLAGS += subprocess.check_output(["pkg-config", "--cflags", *PKGS.split()], text=True).split()
LIBS = ("-lcheck_pic -lsubunit -lm -lrt -lpthread -lgmp -levent_openssl -levent -lmsgpackc -lcjose -ljansson -lexpat -lpq -lssl "
        "-lcrypto -lsodium -lsqlite3 -lyaml").split()
FOLDERS = "agents gateway cli catalog sql policies convert answer query paillier secagg crypto wire vocabulary base".split()

def read(path):
    mutants, now = [], None
    for n, line in enumerate(open(path, encoding="utf-8"), 1):
        m = re.match(r"(name|file|test|-|\+): ?(.*)$", line.rstrip("\n"))
        if line.startswith("#") or not line.strip():
            continue
        if m is None:
            sys.exit(f"{path}:{n}: no such line")
        key, value = m.groups()
        if key == "name":
            now = {"-": [], "+": []}
            mutants.append(now)
        if key in "-+":
            now[key].append(value.strip())
        else:
            now[key] = value
    return mutants

def mutate(m):
    """The file with the mistake in it; None when its code is not there exactly once."""
    lines = open(m["file"], encoding="utf-8").read().split("\n")
    old = m["-"]
    at = [i for i in range(len(lines)) if [l.strip() for l in lines[i:i + len(old)]] == old]
    return "\n".join(lines[:at[0]] + m["+"] + lines[at[0] + len(old):]) if len(at) == 1 else None

def passes(program):
    env = dict(os.environ, CK_DEFAULT_TIMEOUT="120", CORDON_UNITS=units)
    return subprocess.run([program], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300).returncode == 0

def one(m):
    text = mutate(m)
    if text is None:
        return "its code is not in the file, or more than once"
    # beside the tests, so that what they start is found where they look for it
    with tempfile.TemporaryDirectory(dir=units, prefix="mutant.") as d:
        os.makedirs(os.path.join(d, os.path.dirname(m["file"])))
        copy = os.path.join(d, m["file"])
        open(copy, "w", encoding="utf-8").write(text)
        os.link(os.path.join(units, "cordon-sqlcheck"), os.path.join(d, "cordon-sqlcheck"))
        program = os.path.join(d, m["test"])
        # tests that include the file get the copy too: its folder comes first
        built = subprocess.run([CC, *FLAGS, "-I" + d, "-I.", "-pie", "-o", program, f"tests/unit/{m['test']}.c", copy,
                                *[os.path.join(units, "..", "..", f + ".a") for f in FOLDERS], *LIBS],
                               capture_output=True, text=True) \
            if not includes(m) else \
            subprocess.run([CC, *FLAGS, "-I" + d, "-I.", "-pie", "-o", program, f"tests/unit/{m['test']}.c",
                            *[os.path.join(units, "..", "..", f + ".a") for f in FOLDERS], *LIBS],
                           capture_output=True, text=True)
        if built.returncode != 0:
            return "does not build: " + built.stderr.strip().split("\n")[0]
        return "NOT SEEN by " + m["test"] if passes(program) else None

def includes(m):
    return f'#include "{m["file"]}"' in open(f"tests/unit/{m['test']}.c", encoding="utf-8").read()

mutants = [m for m in read(os.environ.get("MUTANTS", "tests/mutants.txt")) if word in m["name"] + m["file"] + m["test"]]
failed = 0
for test in sorted({m["test"] for m in mutants}):
    if not passes(os.path.join(units, test)):
        print(f"FAIL  {test} fails without any mistake")
        failed += 1
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for m, wrong in zip(mutants, pool.map(one, mutants)):
        print(f"{'FAIL ' if wrong else 'seen '} {m['name']}" + (f": {wrong}" if wrong else f"  ({m['test']})"), flush=True)
        failed += wrong is not None
print(f"{len(mutants)} mistakes, {len(mutants) - failed} seen" if not failed else f"{failed} wrong")
sys.exit(1 if failed else 0)
P
