#!/usr/bin/env python3
"""Writes statistics.h: what answer/statistics/ must give, made another way.

Variances by noise come from derivatives taken numerically, Fieller's interval from bisection of its inequality,
isotonic regression from the min-max formula, Greenwood's sum from its definition. Standard library only.
"""
import math
import random

random.seed(20260301)
Z = 1.959963984540054


def delta(f, xs, vs):
    """Variance of f to the first order, by central differences."""
    total = 0
    for i, v in enumerate(vs):
        h = max(abs(xs[i]), 1) * 1e-6
        up, down = list(xs), list(xs)
        up[i] += h
        down[i] -= h
        total += ((f(up) - f(down)) / (2 * h)) ** 2 * v
    return total


def clip(v, low, high):
    return min(max(v, low), high)


def bisect(inside, start, step):
    """The end of the interval around start in the direction of step."""
    far = start
    while inside(far):
        step *= 2
        far += step
        if abs(step) > 1e9:
            return math.copysign(math.inf, step)
    near = start
    for _ in range(200):
        mid = (near + far) / 2
        if inside(mid):
            near = mid
        else:
            far = mid
    return near


def mean(n, s, q, vs, low, high, r):
    half, mid = (high - low) / 2, (low + high) / 2
    unit = half / r
    c = r * r // 2
    var = lambda x: x[2] / x[0] + c - (x[1] / x[0]) ** 2
    v = var([n, s, q])
    out = [clip(mid + unit * s / n, low, high)]
    for more in (0, n * max(v, 0)):
        inside = lambda m: (s - m * n) ** 2 <= Z * Z * (vs[1] + more + m * m * vs[0])
        out += [clip(mid + unit * bisect(inside, s / n, -1), low, high), clip(mid + unit * bisect(inside, s / n, 1), low, high)]
    sd = lambda v: unit * min(math.sqrt(max(v, 0)), r)
    noise = math.sqrt(delta(var, [n, s, q], vs))
    return out + [sd(v), sd(v - Z * noise), sd(v + Z * noise), mid * n + unit * s,
                  Z * math.sqrt(delta(lambda x: mid * x[0] + unit * x[1], [n, s], vs[:2]))]


def isotonic(ys):
    """max over a <= i of min over b >= i of the mean of a..b"""
    n = len(ys)
    mean_of = lambda a, b: sum(ys[a:b + 1]) / (b - a + 1)
    return [max(min(mean_of(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)]


def survival(words, v):
    steps = len(words) // 2

    def log_s(ws, t):
        total = 0
        for j in range(t + 1):
            n = max(sum(ws[2 * j:]), 1)
            total += math.log((n - ws[2 * j]) / n)
        return total

    raw = [math.exp(log_s(words, t)) for t in range(steps)]
    shown = [clip(-y, 0, 1) for y in isotonic([-y for y in raw])]
    out = []
    green = 0
    for t in range(steps):
        n, d = sum(words[2 * t:]), words[2 * t]
        green += max(d, 0) / (n * (n - d))
        noise = delta(lambda ws: log_s(ws, t), words, [v] * len(words))
        ls = log_s(words, t)
        out.append([n, shown[t]] + [x for more in (0, green) for x in (
            min(math.exp(ls - Z * math.sqrt(noise + more)), shown[t]),
            max(min(math.exp(ls + Z * math.sqrt(noise + more)), 1), shown[t]))])
    return out


def ratios(cells, v):
    y = [max(c, 0) + 0.5 for c in cells]
    odds = lambda x: math.log(x[0] * x[3] / (x[1] * x[2]))
    risk = lambda x: math.log(x[0] / (x[0] + x[1])) - math.log(x[2] / (x[2] + x[3]))
    diff = lambda x: x[0] / (x[0] + x[1]) - x[2] / (x[2] + x[3])
    out = []
    # sampling: rows are binomials, so it is the delta method over multinomial cells with fixed rows
    for f, exp in ((odds, math.exp), (risk, math.exp), (diff, lambda v: v)):
        noise = delta(f, y, [v] * 4)
        samp = 0
        for a, b in ((0, 1), (2, 3)):
            n = y[a] + y[b]
            p = y[a] / n

            def of_p(x, a=a, b=b, n=n):
                z = list(y)
                z[a], z[b] = n * x[0], n * (1 - x[0])
                return f(z)
            samp += delta(of_p, [p], [p * (1 - p) / n])
        sd, wide = math.sqrt(noise), math.sqrt(noise + samp)
        out += [exp(f(y)), exp(f(y) - Z * sd), exp(f(y) + Z * sd), exp(f(y) - Z * wide), exp(f(y) + Z * wide)]
    return out


def row(values):
    return "{ " + ", ".join("%d" % v if isinstance(v, int) else "%.12g" % v for v in values) + " }"


print("/* Made by make_statistics.py. */")
print("static const struct { int64_t n, s, q; double v[3], low, high; uint64_t r; double want[10]; } mean_cases[] = {")
for n, s, q, vs, low, high, r in (
        (500, -10000, -2200000, (21, 210000, 3e8), 4, 14, 100), (40, 300, -150000, (21, 210000, 3e8), 4, 14, 100),
        (15, 90, -60000, (21, 210000, 3e8), -10, 10, 100), (100000, 2500000, -90000000, (63, 630000, 9e8), 0, 300, 100),
        (900, 3000, 30, (4, 400, 40), 0, 1, 10)):
    print("\t{ %d, %d, %d, %s, %g, %g, %d, %s }," % (n, s, q, row([float(v) for v in vs]), low, high, r, row(mean(n, s, q, vs, low, high, r))))
print("};\n\nstatic const struct { unsigned n; int64_t bins[12]; double want[13]; } rising_cases[] = {")
for n in (1, 4, 8, 12):
    bins = [random.randint(-15, 60) for _ in range(n)]
    sums = [sum(bins[:i]) for i in range(n + 1)]
    print("\t{ %d, %s, %s }," % (n, row(bins), row([clip(float(y), 0, max(sums[-1], 0)) for y in isotonic(sums)])))
print("};\n\nstatic const struct { unsigned steps; int64_t words[16]; double v, want[8][6]; } survival_cases[] = {")
for words, v in (([100, 20, 80, 30, 120, 40, 60, 300], 21), ([4, 6, -3, 11, 2, -1, 5, 9, 30, 41], 9),
                 ([50, 3, 40, -8, 45, 12, 33, 20, -9, 11, 20, 5, 31, 7, 11, 350], 41)):
    print("\t{ %d, %s, %g, { %s } }," % (len(words) // 2, row(words), v, ", ".join(row([float(x) for x in r]) for r in survival(words, v))))
print("};\n\nstatic const struct { int64_t cells[4]; double v, want[15]; } ratio_cases[] = {")
for cells, v in (([40, 60, 30, 90], 21), ([200, 300, 150, 400], 21), ([6, 40, -5, 60], 21), ([1, 1000, 1000, 1], 100)):
    print("\t{ %s, %g, %s }," % (row(cells), v, row(ratios(cells, v))))
print("};")
