#!/usr/bin/env python3
"""Runs a guide as it is written: guide.py GUIDE [--fill] [--log FILE]

Every block fenced with ```sh is pasted, in order, into one bash, which has the environment of this program and reads
the file $GUIDE_RC first. The block fenced with ```text that follows it is what a reader is told to see: each of its
lines must be among what the commands said, in this order, where lines of `...` stand for any, and what is
asked at a terminal is passed over. What cannot be the same
twice (times, hashes, keys, ids, folders, noisy numbers) is compared by its shape.

With --fill the file is written anew with what the commands really said, in place of lines alike; a line `@3:5` takes
lines 3 to 4 of the output (from 0, as Python counts) and `@/words/` the next line with these words.

Ends with 1 and the first difference of each block when something differs.
"""
import re
import subprocess
import sys
import tempfile

MARK = "\x1e"
# What a reader answers at the terminal; nobody is asked where this program runs.
ASKED = re.compile(r"Passphrase of the key|Type the version number|(请再次输入)?密钥口令：|请输入要批准的版本号")
SHAPES = [
    (r"/tmp/[\w./-]*cordon-demo\.\w+", "DEMO"),
    (r"\d{4}-\d\d-\d\dT[\d:+-]+", "TIME"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"(?:sha256|ed25519):[\w+/=]+", "HASH"),
    (r'sig: "[^"]+"', "SIG"),
    (r"q-[0-9a-f]{20}", "QUESTION"),
    (r"in \d+ days?|还有 \d+ 天|\d+ 天后", "SOON"),
    (r"\d[\d,]* +[\d,]+ – [\d,]+", "COUNT"),
    (r"\d+ ms", "MS"),
    (r"─+|═+", "RULE"),
    (r" +", " "),
]


def shape(line):
    for pattern, word in SHAPES:
        line = re.sub(pattern, word, line)
    return line.strip()


def blocks(lines):
    """(kind, first line, line after the last) of each fenced block"""
    kind = None
    for i, line in enumerate(lines):
        if kind is None and line.startswith("```"):
            kind, first = line[3:].strip(), i + 1
        elif kind is not None and line.startswith("```"):
            yield kind, first, i
            kind = None


def run(scripts):
    """What each of the scripts said, standard output and error as they came."""
    feed = ["exec 2>&1\n", '[ -z "${GUIDE_RC:-}" ] || . "$GUIDE_RC"\n']
    for script in scripts:
        feed.append(script + "\n")
        feed.append(f"printf '\\n{MARK}\\n'\n")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".sh") as pasted:
        pasted.write("".join(feed))
        pasted.flush()
        done = subprocess.run(
            ["bash", pasted.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
        )
    said = done.stdout.decode(errors="replace").split(f"\n{MARK}\n")
    return [part.rstrip("\n").split("\n") for part in said[:-1]]


def meet(told, said, fill):
    """The lines to show, and the first told line that was not said (None: all were)."""
    shown, at = [], 0
    for line in told:
        if line.strip() == "..." or ASKED.match(line):
            shown.append(line)
            continue
        pick = re.fullmatch(r"@(-?\d*):(-?\d*)", line)
        if fill and pick:
            a, b = (int(x) if x else None for x in pick.groups())
            shown += said[a:b]
            at = len(said) if b is None else b
            continue
        find = re.fullmatch(r"@/(.*)/", line)
        for k in range(at, len(said)):
            if (fill and find and re.search(find.group(1), said[k])) or shape(said[k]) == shape(line):
                shown.append(said[k])
                at = k + 1
                break
        else:
            return told, line
    return shown, None


def main():
    guide, fill = sys.argv[1], "--fill" in sys.argv
    lines = open(guide, encoding="utf-8").read().split("\n")
    found = list(blocks(lines))
    scripts = [i for i, b in enumerate(found) if b[0] == "sh"]
    said = run(["\n".join(lines[found[i][1] : found[i][2]]) for i in scripts])
    if "--log" in sys.argv:
        with open(sys.argv[sys.argv.index("--log") + 1], "w", encoding="utf-8") as log:
            for i, out in zip(scripts, said):
                log.write(f"==== line {found[i][1]}\n" + "\n".join(lines[found[i][1] : found[i][2]]))
                log.write("\n----\n" + "\n".join(f"{n:3} {x}" for n, x in enumerate(out)) + "\n")
    bad, edits = 0, []
    for n, i in enumerate(scripts):
        if i + 1 >= len(found) or found[i + 1][0] != "text":
            continue
        _, first, last = found[i + 1]
        if n >= len(said):
            print(f"{guide}:{first}: the commands before never ended")
            return 1
        shown, missing = meet(lines[first:last], said[n], fill)
        if missing is not None:
            bad += 1
            print(f"{guide}:{first}: not said: {missing}")
            print("\n".join("    | " + x for x in said[n]))
        edits.append((first, last, shown))
    if fill:
        for first, last, shown in reversed(edits):
            lines[first:last] = shown
        open(guide, "w", encoding="utf-8").write("\n".join(lines))
    compared = sum(1 for n in edits)
    print(f"{guide}: {len(scripts)} blocks of commands, {compared} with what they say, {bad} differ")
    return 1 if bad or len(said) < len(scripts) else 0


if __name__ == "__main__":
    sys.exit(main())
