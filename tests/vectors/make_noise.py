#!/usr/bin/env python3
"""Writes noise.h: what exact samplers must draw from a given tape.

A second implementation of Canonne, Kamath and Steinke's algorithms, from the paper, with
Python's integers, so that it shares no overflow and no arithmetic with crypto/noise.c. Two
things are arranged between them: fractions are not reduced, since the width of a draw is the
denominator, and a coin of exp(-1) begins with a draw below 12!. The tape is AES-256-CTR under
SHA-256(label), read as little-endian words.

    python3 tests/vectors/make_noise.py > tests/vectors/noise.h
"""
import hashlib
import math
import subprocess

OUTPUTS = 64
LAPLACE = [(1, 1), (1, 2), (2, 1), (3, 2), (10, 1), (10, 3), (1, 50), (1000, 1), (999983, 1009),
           (4294967296, 1), (1, 4294967296), (4294967295, 4294967296)]
GAUSSIAN = [1, 2, 3, 20, 21, 100, 10**6, 2**40]


class Tape:
    def __init__(self, label):
        key = hashlib.sha256(label.encode()).hexdigest()
        self.bytes = subprocess.run(
            ["openssl", "enc", "-aes-256-ctr", "-K", key, "-iv", "0" * 32],
            input=bytes(1 << 20), stdout=subprocess.PIPE, check=True).stdout
        self.at = 0

    def word(self):
        self.at += 8
        return int.from_bytes(self.bytes[self.at - 8:self.at], "little")

    def below(self, n):
        if n == 1:
            return 0
        if n < 1 << 64:
            while True:
                product = self.word() * n
                if product % (1 << 64) >= (1 << 64) % n:
                    return product >> 64
        bits = (n - 1).bit_length()
        while True:
            high = self.word() % (1 << (bits - 64))
            x = (high << 64) + self.word()
            if x < n:
                return x

    def coin(self, a, b):
        return self.below(b) < a


def coin_exp_one(tape):
    """True with probability exp(-1); twelve coins come from one number below 12!."""
    x = tape.below(math.factorial(12))
    k = 1
    while k <= 12 and x < math.factorial(12) // math.factorial(k):
        k += 1
    while k > 12 and tape.coin(1, k):
        k += 1
    return k % 2 == 1


def coin_exp(tape, a, b):
    """True with probability exp(-a/b)."""
    while a > b:
        if not coin_exp_one(tape):
            return False
        a -= b
    k = 1
    while tape.coin(a, b * k):
        k += 1
    return k % 2 == 1


def laplace(tape, t, s):
    while True:
        u = tape.below(t)
        if not coin_exp(tape, u, t):
            continue
        v = 0
        while coin_exp_one(tape):
            v += 1
        size = (u + t * v) // s
        negative = tape.below(2) == 1
        if negative and size == 0:
            continue
        return -size if negative else size


def gaussian(tape, v):
    t = math.isqrt(v) + 1
    while True:
        y = laplace(tape, t, 1)
        if coin_exp(tape, (abs(y) * t - v) ** 2, 2 * v * t * t):
            return y


def show(is_gaussian, t, s, tape, draws):
    print("\t{ %d, UINT64_C(%d), UINT64_C(%d), %d,\n\t\t{" % (is_gaussian, t, s, tape.at))
    line = "\t\t\t"
    for x in draws:
        word = "%d, " % x
        if len(line.expandtabs()) + len(word) > 98:
            print(line.rstrip())
            line = "\t\t\t"
        line += word
    print(line.rstrip())
    print("\t\t} },")


print("/* Written by make_noise.py, an independent implementation; do not edit. */")
print("/* clang-format off */")
print("static const struct known {\n\tint gaussian;\n\tuint64_t t, s; /* Gaussian: V, 1 */")
print("\tsize_t used;   /* bytes of the tape */")
print("\tint64_t draws[%d];\n} known[] = {" % OUTPUTS)
for t, s in LAPLACE:
    tape = Tape("laplace %d/%d" % (t, s))
    draws = [laplace(tape, t, s) for _ in range(OUTPUTS)]
    show(0, t, s, tape, draws)
for v in GAUSSIAN:
    tape = Tape("gaussian %d/1" % v)
    draws = [gaussian(tape, v) for _ in range(OUTPUTS)]
    show(1, v, 1, tape, draws)
print("};")
