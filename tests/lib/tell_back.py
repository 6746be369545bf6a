#!/usr/bin/env python3
"""What `cordon cohort read` says is read back: tell_back.py CORDON FOLDER [COHORTS [SEED]]

Makes random cohorts of the whole language in FOLDER, has each told in English and in Chinese, reads both texts back
into a cohort with the phrases below, and has that read again: its canonical text must be that of the first. So nothing
that a cohort says is lost in its telling, in either language. Ends with 1 and the first cohort that comes back as
another.
"""
import json
import os
import random
import re
import subprocess
import sys

EVENTS = {
    "condition": ("diagnosis", "诊断"),
    "drug": ("drug", "用药"),
    "procedure": ("procedure", "操作"),
    "measurement": ("measurement", "检验检查"),
    "observation": ("observation", "观察记录"),
    "visit": ("visit", "就诊"),
    "death": ("death", "死亡"),
    "device": ("device", "器械"),
    "specimen": ("specimen", "标本"),
    "visit_detail": ("part of a visit", "就诊明细"),
    "condition_era": ("diagnosis era", "诊断时段"),
    "drug_era": ("drug era", "用药时段"),
    "dose_era": ("dose era", "剂量时段"),
    "observation_period": ("observation period", "观察期"),
}
CODED = {
    "type": ("record type", "记录类型"),
    "source": ("source code", "原始编码"),
    "unit": ("unit", "单位"),
    "concept": ("coded result", "编码结果"),
    "visit": ("kind of visit", "就诊类型"),
    "provider": ("speciality of the provider", "医生专科"),
    "status": ("status", "状态"),
    "route": ("route", "给药途径"),
    "modifier": ("modifier", "修饰"),
    "qualifier": ("qualifier", "限定"),
    "operator": ("operator", "比较符"),
    "place": ("place of service", "服务地点"),
    "anatomy": ("anatomic site", "解剖部位"),
}
NUMBERS = {
    "quantity": ("quantity", "数量"),
    "supply": ("days of supply", "供药天数"),
    "refills": ("refills", "续配次数"),
    "dose": ("dose", "剂量"),
    "records": ("number of records", "记录条数"),
    "gap": ("days without supply", "断药天数"),
    "low": ("ratio to the lower normal limit", "与正常下限之比"),
    "high": ("ratio to the upper normal limit", "与正常上限之比"),
    "range_low": ("lower normal limit", "正常下限"),
    "range_high": ("upper normal limit", "正常上限"),
}
VALUED = ("unit", "concept")  # written inside `value`
RANGED = ("low", "high")  # and these inside its `range`

# ---- reading back -----------------------------------------------------------------------------------------------


class Lost(Exception):
    """The text is not in the controlled language."""


def one(pattern, text):
    found = re.fullmatch(pattern, text)
    if not found:
        raise Lost(f"{text!r} is not {pattern!r}")
    return found


def name_of(table, zh, said):
    for key, names in table.items():
        if names[zh] == said:
            return key
    return None


def clauses(text, zh):
    """Split at semicolons outside of quotes."""
    quote = "“(?:[^”]|””)*”" if zh else '"(?:[^"]|"")*"'
    mark = "；" if zh else "; "
    parts, at = [""], 0
    while at < len(text):
        q = re.match(quote, text[at:])
        if q:
            parts[-1] += q.group()
            at += q.end()
        elif text.startswith(mark, at):
            parts.append("")
            at += len(mark)
        else:
            parts[-1] += text[at]
            at += 1
    return parts


def unquote(text, zh):
    close = "”" if zh else '"'
    return text[1:-1].replace(close * 2, close)


def codes(text, zh, out=False):
    if zh:
        code = re.compile(r"(?:概念 (\d+)|(\w+) 编码 (“(?:[^”]|””)*”|[\w.-]+))( 及其下级)?( 及其映射)?", re.A)
        comma, but = "、", "，但不含："
    else:
        code = re.compile(
            r'(?:concept (\d+)|(\w+) code ("(?:[^"]|"")*"|[\w.-]+))( or any below it)?( or any mapped to it)?', re.A
        )
        comma, but = ", ", ", but not "
    said, at = [], 0
    while True:
        found = code.match(text, at)
        if not found:
            raise Lost(f"no code at {text[at:]!r}")
        concept, system, word, below, mapped = found.groups()
        if concept is None:
            if word[0] in '"“':
                word = unquote(word, zh)
            concept = f"{system}:{word}"
        said.append(("-" if out else "") + concept + ("+" if below else "") + ("m" if mapped else ""))
        at = found.end()
        if at == len(text):
            return said
        if text.startswith(but, at):
            out, at = True, at + len(but)
        elif text.startswith(comma, at):
            at += len(comma)
        else:
            raise Lost(f"after a code: {text[at:]!r}")


NUMBER = r"(-?[\d.]+)"
LOW = {"at least": "at_least", "above": "above", "至少": "at_least", "高于": "above"}
HIGH = {"at most": "at_most", "below": "below", "至多": "at_most", "低于": "below"}


def bounds(text, zh):
    found = re.fullmatch(f"低于 {NUMBER} 或高于 {NUMBER}" if zh else f"below {NUMBER} or above {NUMBER}", text)
    if found:
        return {"outside": [found.group(1), found.group(2)]}
    said = {}
    for part in text.split(" 且" if zh else " and "):
        word, number = one(r"(\D+) " + NUMBER, part).groups()
        said[LOW[word] if word in LOW else HIGH[word]] = number
    return said


def span(text, zh):
    day = r"(\d{4}-\d\d-\d\d)"
    for pattern, form in (
        (f" {day} 至 {day}" if zh else f" from {day} to {day}", "{}..{}"),
        (f" {day} 或之后" if zh else f" on or after {day}", "{}.."),
        (f" {day} 或之前" if zh else f" on or before {day}", "..{}"),
    ):
        found = re.fullmatch(pattern, text)
        if found:
            return form.format(*found.groups())
    return None


def before(n):
    return f"{n} days before"


def after(n):
    return f"{n} days"


BACK, ON = "all days before", "all days after"
WINDOWS = (
    [
        (r"X之前或之后任意时间", lambda: (BACK, ON)),
        (r"X之前任意时间或之后 (\d+) 天以内", lambda n: (BACK, after(n))),
        (r"X当天或之前", lambda: (BACK, after(0))),
        (r"X之前至少 (\d+) 天", lambda n: (BACK, before(n))),
        (r"X之前 (\d+) 天以内或之后任意时间", lambda n: (before(n), ON)),
        (r"X当天或之后", lambda: (after(0), ON)),
        (r"X之后至少 (\d+) 天", lambda n: (after(n), ON)),
        (r"X当天", lambda: (after(0), after(0))),
        (r"X之前 (\d+) 天至之后 (\d+) 天", lambda a, b: (before(a), after(b))),
        (r"X之前 (\d+) 至 (\d+) 天", lambda a, b: (before(b), before(a))),
        (r"X之后 (\d+) 至 (\d+) 天", lambda a, b: (after(a), after(b))),
    ],
    [
        (r"at any time before or after X", lambda: (BACK, ON)),
        (r"at any time before, or up to (\d+) days? after X", lambda n: (BACK, after(n))),
        (r"on or before X", lambda: (BACK, after(0))),
        (r"at least (\d+) days? before X", lambda n: (BACK, before(n))),
        (r"up to (\d+) days? before, or at any time after X", lambda n: (before(n), ON)),
        (r"on or after X", lambda: (after(0), ON)),
        (r"at least (\d+) days? after X", lambda n: (after(n), ON)),
        (r"on the day of X", lambda: (after(0), after(0))),
        (r"between (\d+) days? before and (\d+) days? after X", lambda a, b: (before(a), after(b))),
        (r"(\d+) to (\d+) days? before X", lambda a, b: (before(b), before(a))),
        (r"(\d+) to (\d+) days? after X", lambda a, b: (after(a), after(b))),
    ],
)
OTHERS = (
    [("入组事件的结束", "index", "end"), ("该事件的结束", "parent", "end"), ("入组日期", "index", "start"), ("该事件", "parent", "start")],
    [
        ("the end of the index event", "index", "end"),
        ("the end of that event", "parent", "end"),
        ("the index date", "index", "start"),
        ("that event", "parent", "start"),
    ],
)


def window(text, zh, nested):
    for other, of, to_on in OTHERS[not zh]:
        for pattern, days in WINDOWS[not zh]:
            found = re.fullmatch(pattern.replace("X", other), text)
            if found:
                low, high = days(*found.groups())
                said = {"from": low, "to": high, "to_on": to_on}
                if nested:
                    said["of"] = of
                elif of == "parent":
                    raise Lost("'that event' outside of a `with`")
                return said
    raise Lost(f"no window: {text!r}")


def begins_or_ends(text, zh, nested, said):
    """starting ..., ending ...: a span of days or a window"""
    start, end = ("开始于", "结束于") if zh else ("starting", "ending")
    on = "start" if text.startswith(start) else "end"
    rest = text[len(start if on == "start" else end) :]
    days = span(rest, zh)
    if days is not None:
        said["during" if on == "start" else "ends"] = days
        return
    said.setdefault("within", []).append({"on": on, **window(rest if zh else rest[1:], zh, nested)})


def attribute(text, zh, said):
    """with value .., with route .., without route .."""
    out = False
    if zh:
        if text.startswith("数值") and not text.startswith("数值为"):
            said.setdefault("value", {}).update(bounds(text[2:], zh))
            return
        for key, names in NUMBERS.items():
            if text.startswith(names[1]):
                return number(key, bounds(text[len(names[1]) :], zh), said)
        name, out, rest = one("(.*?)(不)?为(.*)", text).groups()
    else:
        out = text.startswith("without ")
        text = text[len("without " if out else "with ") :]
        if not out and text.startswith("value "):
            said.setdefault("value", {}).update(bounds(text[6:], zh))
            return
        for key, names in sorted(NUMBERS.items(), key=lambda x: -len(x[1][0])):
            if not out and text.startswith(names[0] + " "):
                return number(key, bounds(text[len(names[0]) + 1 :], zh), said)
        for names in CODED.values():
            if text.startswith(names[0] + " "):
                name, rest = names[0], text[len(names[0]) + 1 :]
                break
        else:
            raise Lost(f"no attribute: {text!r}")
    key = name_of(CODED, zh, name)
    where = said.setdefault("value", {}) if key in VALUED else said
    where[key] = codes(rest, zh, bool(out))


def number(key, limits, said):
    if key in RANGED:
        said.setdefault("value", {}).setdefault("range", {})[key] = limits
    else:
        said[key] = limits


def clause(text, zh, nested, said):
    if re.match("开始于|结束于" if zh else "(starting|ending) ", text):
        begins_or_ends(text, zh, nested, said)
    elif text == ("只看每人最早的一条" if zh else "only the earliest of each person"):
        said["first"] = "yes"
    elif text.startswith("持续" if zh else "lasting "):
        said["lasting"] = {k: f"{v} days" for k, v in bounds(text[2:-2] if zh else text[8:-5], zh).items()}
    elif text == (("与该事件" if nested else "与入组事件") + "同一次就诊" if zh else f"in the same visit as {'that' if nested else 'the index'} event"):
        said["same_visit"] = "yes"
    elif text == ("在同一观察期之内" if zh else "inside the same observation period"):
        said["inside_observation"] = "yes"
    elif text == ("不论是否在观察期之内" if zh else "inside an observation period or not"):
        said["inside_observation"] = "no"
    else:
        attribute(text, zh, said)


TIMES = {"至少": "at_least", "至多": "at_most", "恰好": "exactly", "at least": "at_least", "at most": "at_most", "exactly": "exactly"}
DISTINCT = {
    "（不同日期）": "day",
    "（不同概念）": "concept",
    "（不同就诊）": "visit",
    " on different days": "day",
    " with different concepts": "concept",
    " in different visits": "visit",
}


def head(text, zh, said):
    times = re.match(
        r"(至少|至多|恰好) (\d+) 次(（不同..）)?：" if zh else r"(at least|at most|exactly) (\d+) times?( (?:on|with|in) different \w+)?: ",
        text,
    )
    if times:
        said["times"] = {TIMES[times.group(1)]: times.group(2)}
        if times.group(3):
            said["times"]["distinct"] = DISTINCT[times.group(3)]
        text = text[times.end() :]
    result = re.fullmatch(r"(.*) 的结果" if zh else "a result of (.*)", text)
    if result:
        said["measure"] = result.group(1)
        return
    if text.startswith("任意" if zh else "any "):
        said[name_of(EVENTS, zh, text[2 if zh else 4 :])] = "any"
        return
    kind, rest = one("([^：]*)：(.*)" if zh else "an? (.*?) with (.*)", text).groups()
    said[name_of(EVENTS, zh, kind)] = codes(rest, zh)


def person(text, zh):
    days = span(text[3:] if zh else text[4:], zh) if text.startswith("出生于" if zh else "born ") else None
    if days:
        return {"birth": days}
    age = re.match(
        r"年龄 (\d+) 至未满 (\d+) 岁|年龄满 (\d+) 岁|年龄未满 (\d+) 岁" if zh else r"aged (\d+) to under (\d+)|aged (\d+) or over|aged under (\d+)",
        text,
    )
    if age:
        a, b, c, d = age.groups()
        limits = {"from": a or c, "to": b or d}
        return {"age": {k: v for k, v in limits.items() if v is not None}}
    for key, word in (("sex", "性别"), ("race", "种族"), ("ethnicity", "族裔")):
        begin = word + "为" if zh else key + " "
        if text.startswith(begin):
            rest = text[len(begin) :]
            return {key: unquote(rest, zh) if rest[0] in '"“' else codes(rest, zh)}
    return None


def part(text, kids, zh, nested):
    group = re.fullmatch(
        r"以下(全部成立|至少一项成立|均不成立)：" if zh else r"(all|any|none) of these holds?:", text
    )
    if group:
        word = {"全部成立": "all", "至少一项成立": "any", "均不成立": "none"}.get(group.group(1), group.group(1))
        return {word: [part(t, k, zh, nested) for t, k in kids]}
    some = re.fullmatch(r"以下(至少|至多|恰好) (\d+) 项成立：" if zh else r"(at least|at most|exactly) (\d+) of these holds?:", text)
    if some:
        return {TIMES[some.group(1)]: some.group(2), "of": [part(t, k, zh, nested) for t, k in kids]}
    said = {}
    inner = "；且对该事件，以下全部成立：" if zh else "; and for that event all of these hold:"
    if kids:
        if not text.endswith(inner):
            raise Lost(f"lines below {text!r}")
        text = text[: -len(inner)]
        said["with"] = [part(t, k, zh, True) for t, k in kids]
    demographic = person(text, zh)
    if demographic is not None:
        return demographic
    first, *rest = clauses(text, zh)
    head(first, zh, said)
    for c in rest:
        clause(c, zh, nested, said)
    return said


def tree(lines):
    """[(text, [below])] of numbered lines, whose numbers are checked"""
    root = []
    stack = [(0, "", root)]
    for line in lines:
        indent, number, text = one(r"((?:  )+)([\d.]+) (.*)", line).groups()
        depth = len(indent) // 2
        while stack[-1][0] >= depth:
            stack.pop()
        _, prefix, into = stack[-1]
        if len(stack) != depth or number != f"{prefix}{len(into) + 1}.":
            raise Lost(f"numbered or indented wrongly: {line!r}")
        into.append((text, []))
        stack.append((depth, number, into[-1][1]))
    return root


SETS_INDEX = (
    {
        "入组日期为下列事件中最早一次的首日的人群：": "first",
        "入组日期为下列事件中最晚一次的首日的人群：": "last",
        "入组日期为下列事件中其余要求全部成立的最早一次的首日的人群：": "each",
    },
    {
        "People whose index date is the first day of the earliest of these events:": "first",
        "People whose index date is the first day of the latest of these events:": "last",
        "People whose index date is the first day of the earliest of these events for which everything else holds:": "each",
    },
)
OBSERVED = (
    r"入组日期位于一个观察期之内，该观察期(?:在其前至少 (\d+) 天已开始)?，?并?(?:在其后至少 (\d+) 天才结束)?。",
    r"The index date lies in an observation period that (?:began at least (\d+) days? before it)?(?: and )?(?:ends at least (\d+) days? after it)?\.",
)


def read_back(text, zh):
    lines = text.rstrip("\n").split("\n")
    cohort = {}
    officer = re.fullmatch(r"合规人员的既定队列 (.*)。" if zh else r"People of the officers' cohort (.*)\.", lines[0])
    if officer:
        return officer.group(1)
    while lines:
        top = lines.pop(0)
        below = []
        while lines and lines[0].startswith("  "):
            below.append(lines.pop(0))
        observed = re.fullmatch(OBSERVED[not zh], top)
        if top in SETS_INDEX[not zh]:
            cohort["entry"] = [part(t, k, zh, False) for t, k in tree(below)]
            cohort["index"] = SETS_INDEX[not zh][top]
        elif observed:
            a, b = observed.groups()
            cohort["observed"] = {k: f"{v} days" for k, v in (("before", a), ("after", b)) if v is not None}
        elif top in ("And all of these hold:", "People for whom all of these hold:", "并且以下全部成立：", "以下全部成立的人群："):
            cohort["all"] = [part(t, k, zh, False) for t, k in tree(below)]
        elif top not in ("Everybody.", "所有人。"):
            raise Lost(f"no beginning: {top!r}")
    return cohort


# ---- random cohorts ---------------------------------------------------------------------------------------------

dice = random.Random()
ODD = ["女", "a b", "x; y", "“q”", "”", "；", "and for that event", "x、y，但不含：概念 5", '"', "a\"b", "5 or any below it"]


def maybe(share=0.5):
    return dice.random() < share


def a_code():
    if maybe(0.7):
        text = str(dice.choice([1, 77, 201826, 2147483647])) + dice.choice(["", "+", "m", "+m"])
    else:
        text = dice.choice(
            ["icd10:E11", "icd10:E11+", "icd10:E11.9", "atc:A10BA02", "path:\\A\\B c\\", "path:\\A\\B、c\\+", "x_1:国标；码", "x_1:”"]
        )
    return text


def some_codes(only_out=False):
    found = [a_code() for _ in range(dice.randint(1, 3))]
    taken = ["-" + a_code() for _ in range(dice.randint(0, 2))]
    if only_out and maybe(0.3):
        return ["-" + c for c in found]
    return found + taken


def a_number():
    return dice.choice(["0", "7", "7.5", "-0.25", "0.000000001", "9000000000", "48"])


def some_bounds():
    a, b = sorted(dice.sample([-3, 0.5, 7, 8, 120], 2))
    return dice.choice(
        [
            {"at_least": a},
            {"above": a},
            {"at_most": b},
            {"below": b},
            {"between": [a, b]},
            {"outside": [a, b]},
            {"above": a, "below": b},
            {"at_least": a, "below": b},
            {"at_least": a_number()},
        ]
    )


def some_count():
    return {dice.choice(["at_least", "at_most", "exactly"]): dice.randint(1, 4)}


def some_days(open_ends=True):
    a, b = sorted(dice.sample(["2018-01-01", "2020-02-29", "2021-12-31", "2024-06-01"], 2))
    return dice.choice([f"{a}..{b}", f"{a}..{a}"] + ([f"{a}..", f"..{b}"] if open_ends else []))


EDGES = [-36600, -365, -1, 0, 1, 30, 36600]


def an_edge(n):
    if n < 0:
        return dice.choice([f"{n} days", f"{-n} days before"])
    return dice.choice([f"{n} days", f"{n} days after"]) if n else "0 days"


def a_window(nested):
    a, b = sorted((dice.choice(EDGES), dice.choice(EDGES)))
    said = {
        "from": "all days before" if maybe(0.2) else an_edge(a),
        "to": "all days after" if maybe(0.2) else an_edge(b),
    }
    if maybe():
        said["of"] = dice.choice(["index", "parent"]) if nested else "index"
    for key in ("on", "to_on"):
        if maybe(0.4):
            said[key] = dice.choice(["start", "end"])
    return said


def some_value(said):
    value = {}
    if maybe():
        value.update(some_bounds())
    for key in VALUED:
        if maybe(0.3):
            value[key] = some_codes(True)
    limits = {key: some_bounds() for key in RANGED if maybe(0.15)}
    if limits:
        value["range"] = limits
    if value:
        said["value"] = value


def an_event(levels, indexed, nested, entry=False):
    said = {}
    kind = dice.choice(list(EVENTS) + ["measure"])
    if kind == "measure":
        said[kind] = dice.choice(["hba1c", "bp_sys", "x-1"])
    else:
        said[kind] = "any" if kind == "observation_period" or maybe(0.3) else some_codes()
    if maybe(0.3):
        said["first"] = dice.choice(["yes", "no"])
    if maybe(0.3):
        said["during"] = some_days()
    if maybe(0.15):
        said["ends"] = some_days()
    if maybe(0.15):
        said["lasting"] = dice.choice([{"at_least": "30 days"}, {"at_most": "1 days"}, {"at_least": "3 days", "at_most": "90 days"}])
    if maybe(0.3):
        some_value(said)
    for key in [*CODED, *NUMBERS]:
        if key not in VALUED + RANGED and key not in said and maybe(0.04):
            said[key] = some_codes(True) if key in CODED else some_bounds()
    if indexed and not entry:
        if maybe(0.5):
            windows = [a_window(nested) for _ in range(dice.choice([1, 1, 2]))]
            said["within"] = windows[0] if len(windows) == 1 and maybe() else windows
        if maybe(0.1):
            said["same_visit"] = "yes"
        if maybe(0.2):
            said["inside_observation"] = dice.choice(["yes", "no"])
    if levels > 0 and maybe(0.25):
        said["with"] = [a_part(levels - 1, True, True) for _ in range(dice.randint(1, 3))]
    if not entry and maybe(0.3):
        said["times"] = some_count()
        if maybe():
            said["times"]["distinct"] = dice.choice(["day", "concept", "visit"])
    return said


def a_part(levels, indexed, nested):
    what = dice.random()
    if levels == 0 or what < 0.5:
        return an_event(levels, indexed, nested)
    if what < 0.75:
        return dice.choice(
            [
                {"sex": dice.choice(ODD)},
                {"sex": ["8507"]},
                {"race": dice.choice(ODD)},
                {"race": ["8527", "8515"]},
                {"ethnicity": dice.choice(ODD)},
                {"age": dice.choice([{"from": 18}, {"to": 65}, {"from": 45, "to": 65}])},
                {"birth": some_days()},
            ]
        )
    kids = [a_part(levels - 1, indexed, nested) for _ in range(dice.randint(1, 3))]
    if what < 0.85:
        return {**some_count(), "of": kids}
    return {dice.choice(["all", "any", "none"]): kids}


def a_cohort():
    if maybe(0.02):
        return "hba1c-t2dm"
    cohort = {}
    indexed = maybe(0.6)
    if indexed:
        entries = [an_event(1, True, False, True) for _ in range(dice.choice([1, 1, 2, 3]))]
        cohort["entry"] = entries[0] if len(entries) == 1 and maybe() else entries
        if maybe():
            cohort["index"] = dice.choice(["first", "last", "each"])
        if maybe():
            observed = {k: f"{dice.choice([0, 1, 365])} days" for k in ("before", "after") if maybe(0.7)}
            if observed:
                cohort["observed"] = observed
        if maybe(0.8):
            cohort["all"] = [a_part(3, True, False) for _ in range(dice.randint(1, 3))]
    else:
        # a day, so that ages always have one
        cohort["all"] = [{"visit": "any", "during": some_days(False)}]
        cohort["all"] += [a_part(3, False, False) for _ in range(dice.randint(0, 3))]
    for key in ("any", "none"):
        if maybe(0.2):
            cohort[key] = [a_part(2, indexed, False)]
    return cohort


# ---- both ways --------------------------------------------------------------------------------------------------


def question(cohort):
    return {"study": "S", "kind": "count", "dataset": "omop", "cohort": cohort}


def told(cordon, folder, cohorts, all_of_them=True):
    """What is said of each cohort. Random ones may be refused for meaning nothing; those are passed over."""
    names = []
    for i, cohort in enumerate(cohorts):
        names.append(os.path.join(folder, f"{i}.json"))
        with open(names[-1], "w", encoding="utf-8") as f:
            json.dump(question(cohort), f, ensure_ascii=False)
    done = subprocess.run([cordon, "cohort", "read", "--json", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    said = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if done.returncode not in (0, 2) or len(said) < len(cohorts) * (1 if all_of_them else 0.4):
        print(done.stderr.decode()[:3000])
        have = {s["file"] for s in said}
        for name, cohort in zip(names, cohorts):
            if name not in have:
                sys.exit(f"refused: {json.dumps(cohort, ensure_ascii=False)}")
        sys.exit(f"cordon ended with {done.returncode}")
    return said


def main():
    cordon, folder = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    dice.seed(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    checked = 0
    while checked < count:
        cohorts = [a_cohort() for _ in range(500)]
        first = told(cordon, folder, cohorts, False)
        for zh, language in ((0, "en"), (1, "zh")):
            back = []
            for said in first:
                try:
                    back.append(read_back(said[language], zh))
                except (Lost, KeyError, IndexError, ValueError) as why:
                    sys.exit(f"{why}\n{said['canonical']}\n{said[language]}")
            again = told(cordon, folder, back)
            for one_way, other, cohort in zip(first, again, back):
                if one_way["canonical"] != other["canonical"]:
                    sys.exit(f"{one_way[language]}\nwas {one_way['canonical']}\nnow {other['canonical']}\nread {cohort}")
        if len({s["en"] for s in first}) != len({json.dumps(s["canonical"]) for s in first}):
            sys.exit("two cohorts are told alike")
        checked += len(first)
    print(f"{checked} cohorts told in both languages and read back")


if __name__ == "__main__":
    main()
