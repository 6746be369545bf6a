#!/usr/bin/env python3
"""Writes account.h: what rho-zCDP proves about delta, with 60 digits.

delta(rho, epsilon) is the least over alpha > 1 of exp((alpha-1)(alpha*rho - epsilon) +
alpha*ln(1 - 1/alpha)) / (alpha - 1) (Canonne, Kamath, Steinke 2020, from concentrated to
approximate). The logarithm is convex in alpha, so bisecting its slope finds it. Epsilons are
multiples of 2^-10, so that a double holds them exactly; deltas are cut off after 17 digits,
downwards.

    python3 tests/vectors/make_account.py > tests/vectors/account.h
    python3 tests/vectors/make_account.py 10000    other points, a line each (long form of test_account)
"""
import random
import sys
from decimal import Decimal, ROUND_DOWN, getcontext

getcontext().prec = 60
LINES = len(sys.argv) > 1
POINTS = int(sys.argv[1]) if LINES else 250


def log_delta(rho, epsilon, a):
    return (a - 1) * (a * rho - epsilon) + a * (1 - 1 / a).ln() - (a - 1).ln()


def slope(rho, epsilon, a):
    return (2 * a - 1) * rho - epsilon + (1 - 1 / a).ln()


def delta(rho, epsilon):
    low, high = Decimal(1) + Decimal(10) ** -30, (epsilon + 1) / (2 * rho) + 2
    for _ in range(190):
        middle = (low + high) / 2
        if slope(rho, epsilon, middle) < 0:
            low = middle
        else:
            high = middle
    return min(Decimal(1), log_delta(rho, epsilon, high).exp())


# the table of docs/privacy.md
assert abs(delta(Decimal("0.025"), Decimal(1)) - Decimal("1.33613190640322e-6")) < Decimal("1e-20")
assert abs(delta(Decimal("0.1"), Decimal(2)) - Decimal("4.32521086909256e-6")) < Decimal("1e-20")
assert abs(delta(Decimal("0.005"), Decimal("0.5")) - Decimal("3.44930909754742e-8")) < 1e-22

if not LINES:
    print("/* Written by make_account.py, with 60 digits; do not edit. */")
    print("static const struct {\n\tuint64_t prho;\n\tdouble epsilon, delta;\n} exact_delta[] = {")
random.seed(21 if LINES else 20)
cut = getcontext().copy()
cut.prec, cut.rounding = 17, ROUND_DOWN
while POINTS > 0:
    prho = int(10 ** random.uniform(5, 12.7))
    epsilon = max(1, int(1024 * 10 ** random.uniform(-2, 1.5))) / Decimal(1024)
    d = delta(Decimal(prho) / 10**12, epsilon)
    if Decimal("1e-250") < d < Decimal("0.9"):
        POINTS -= 1
        print(("%d %s %s" if LINES else "\t{ %d, %s, %s },") % (prho, epsilon.normalize(), cut.plus(d)))
if not LINES:
    print("};")
