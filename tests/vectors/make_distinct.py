#!/usr/bin/env python3
"""make_distinct.py - a second implementation of people counted once, from docs/protocol-distinct.md alone: prints distinct.txt.

Which words of each site's vector are not 0, which of their sum, and the estimate; test_distinct makes them again. AES and
HKDF are those of check_sums.py beside it.
"""
import hashlib
import math

from check_sums import aes, hkdf

HEX = bytes.hex


def key(identifier):
    """Step 1. None: who has no identifier is not counted."""
    text = "".join(c for c in identifier if c not in " -")
    text = "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)
    return hashlib.sha256(text.encode()).digest()[:16] if text else None


def below(eight, n):
    return int.from_bytes(eight, "big") * n >> 64


def stream(order_key):
    """AES-256-CTR from a zero counter, eight bytes at a time."""
    counter = 0
    while True:
        block = aes(order_key, counter.to_bytes(16, "big"))
        yield block[:8]
        yield block[8:]
        counter += 1


def positions(order_key, m, sites, d):
    """Step 3: where each dummy lies, and where each bucket."""
    n, draws, taken, dummies = m + sites * d, stream(order_key), set(), []
    while len(dummies) < sites * d:
        at = below(next(draws), n)
        if at not in taken:
            taken.add(at)
            dummies.append(at)
    return dummies, [i for i in range(n) if i not in taken]


def occupied(secret, ctx, m, sites, d, place, noise, people):
    """Steps 2 and 4: the positions at which the vector of a site is not 0."""
    okm = hkdf(secret, ctx, b"cordon/dc", 64)
    dummies, buckets = positions(okm[32:], m, sites, d)
    out = {buckets[below(aes(okm[:32], k)[:8], m)] for k in people}
    mine = dummies[place * d : (place + 1) * d]
    return out | set(mine[: min(max(d // 2 + noise, 0), d)])


def estimate(words, contributors, m, d, v):
    """Step 6: occupied buckets, people and variance; None when there is no number."""
    z = words - contributors * (d // 2)
    if z + 1 + 3 * math.sqrt(v) >= m:
        return None
    t = 0 if z <= 0 else -math.log1p(-z / m)
    people = z if z <= 0 else math.floor(m * t + 0.5)
    return z, people, math.ceil(m * (math.exp(t) - t - 1) + v * math.exp(2 * t))


def bitmap(at, n):
    out = bytearray((n + 7) // 8)
    for i in at:
        out[i // 8] |= 1 << i % 8
    return HEX(bytes(out))


def case(number, m, sites, d, v, present):
    secret, ctx = hashlib.sha256(b"secret %d" % number).digest(), hashlib.sha256(b"sum %d" % number).digest()
    n, together = m + sites * d, set()
    print("secret", HEX(secret))
    print("ctx", HEX(ctx))
    print("shape", m, sites, d, v)
    for place, noise, identifiers in present:
        people = [key(i) for i in identifiers if key(i) is not None]
        at = occupied(secret, ctx, m, sites, d, place, noise, people)
        together |= at
        print("site", place, noise, "".join(HEX(k) for k in people) or "-")
        print("words", bitmap(at, n))
    said = estimate(len(together), len(present), m, d, v)
    print("sum", len(present), bitmap(together, n))
    print("count", *(said or ("full",)))


def identifiers(first, last, spell=lambda s: s):
    return [spell(f"11010519{i:09d}X") for i in range(first, last)]


if __name__ == "__main__":
    odd = lambda s: s[:4] + " " + s[4:8] + "-" + s[8:].lower()
    # people of three hospitals who share some, spelt otherwise at one; one without people, one not there
    case(1, 1024, 5, 72, 18, [(0, 3, identifiers(0, 120)), (1, -7, identifiers(60, 200, odd)), (3, 30, ["", " - "]), (4, 0, identifiers(0, 40) * 2)])
    # a share of the noise past its dummies, either way; buckets that 64 bits do not divide evenly
    case(2, 1111, 3, 24, 0, [(2, 99, identifiers(0, 30)), (0, -99, [])])
    # nobody, and less than nobody by the noise
    case(3, 1024, 3, 10, 12, [(0, -4, []), (1, 0, []), (2, -3, [])])
    # noise of so large a variance that there is no number, and of one that is not quite
    for v in (120000, 119900):
        case(4, 1024, 1, 40, v, [(0, -20, identifiers(0, 4))])
