#!/usr/bin/env python3
"""Known answers of threshold Paillier, from a second implementation: python3 make_paillier.py >paillier.h

A key of 256 bits (which protects nothing) with five holders, four needed; encryptions with given randomness, all parts of
a decryption, and the proof of one holder, with a blinding number of the right length. The same seed makes the same file.
"""
import hashlib
import math
import random

rng = random.Random(20261127)
BITS, HOLDERS, COLLUDERS = 256, 5, 1
BYTES = 2 * BITS // 8
NEEDED = (HOLDERS + COLLUDERS) // 2 + 1
DELTA = math.factorial(HOLDERS)


def is_prime(x, rounds=40):
    if x < 4 or x % 2 == 0:
        return x in (2, 3)
    d, s = x - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(rounds):
        y = pow(rng.randrange(2, x - 1), d, x)
        if y in (1, x - 1):
            continue
        for _ in range(s - 1):
            y = y * y % x
            if y == x - 1:
                break
        else:
            return False
    return True


def safe_prime(bits):
    while True:
        half = rng.getrandbits(bits - 1) | 3 << (bits - 3) | 1
        if all(half % q and (2 * half + 1) % q for q in (3, 5, 7, 11, 13)) and is_prime(half, 5) and \
                is_prime(2 * half + 1, 5) and is_prime(half) and is_prime(2 * half + 1):
            return 2 * half + 1


def text(s):
    return len(s).to_bytes(4, "big") + s.encode()


def num(v, size=BYTES):
    return v.to_bytes(size, "big")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


p, q = safe_prime(BITS // 2), safe_prime(BITS // 2)
n, m = p * q, (p - 1) // 2 * ((q - 1) // 2)
n2, nm = n * n, n * m
y = rng.randrange(1, n)
h = pow(-y * y % n2, n, n2)
v = pow(rng.randrange(1, n2), 2, n2)
d = m * pow(m, -1, n)
poly = [d] + [rng.randrange(nm) for _ in range(NEEDED - 1)]
floor = 1 << 2 * BITS
shares = []
for j in range(1, HOLDERS + 1):
    f = sum(c * j ** i for i, c in enumerate(poly)) % nm
    shares.append(floor + (f - floor) % nm)
vs = [pow(v, DELTA * s, n2) for s in shares]

federation, epoch, begin, end = b"\x07" * 32, 3, 1790000000, 1800000000
keys = [bytes([10 + j]) * 32 for j in range(HOLDERS)]
seals = [bytes([20 + j]) * 32 for j in range(HOLDERS)]
key_hash = sha(text("cordon/tp1/key"), federation, num(epoch, 8), num(begin, 8), num(end, 8), bytes([HOLDERS, NEEDED, COLLUDERS]),
               num(BITS, 4), num(n), num(h), num(v), *map(num, vs),
               *[text(f"holder-{j + 1}") + keys[j] + seals[j] for j in range(HOLDERS)])

ms = [rng.randrange(n), 0, 1, n - 1]
rs = [rng.getrandbits(BITS // 2) for _ in ms]
cs = [(1 + x * n) % n2 * pow(h, a, n2) % n2 for x, a in zip(ms, rs)]
parts = [[pow(c, 2 * DELTA * s, n2) for c in cs] for s in shares]

# the proof of holder 3 over all ciphertexts
ctx, place = b"\x09" * 32, 3
ds = parts[place - 1]
seed = sha(text("cordon/tp1/batch"), ctx, key_hash, bytes([place]), num(len(cs), 4), *map(num, cs), *map(num, ds))
c_all = d_all = 1
for i, (c, part) in enumerate(zip(cs, ds)):
    rho = int.from_bytes(sha(text("cordon/tp1/rho"), seed, num(i, 4))[:16], "big")
    c_all, d_all = c_all * pow(c, rho, n2) % n2, d_all * pow(part, rho, n2) % n2
r = 1 << (2 * BITS + 320) | rng.getrandbits(2 * BITS + 320)
a, b = pow(c_all, 4 * r, n2), pow(v, r, n2)
e = int.from_bytes(sha(text("cordon/tp1/proof"), seed, num(place, 4), num(a), num(b))[:16], "big")
z = r + e * DELTA * shares[place - 1]
assert pow(c_all, 4 * z, n2) == a * pow(d_all, 2 * e, n2) % n2
# the same with a blinding number that is too short and would show the share
short = rng.getrandbits(64)
a2, b2 = pow(c_all, 4 * short, n2), pow(v, short, n2)
e2 = int.from_bytes(sha(text("cordon/tp1/proof"), seed, num(place, 4), num(a2), num(b2))[:16], "big")
z2 = short + e2 * DELTA * shares[place - 1]
assert pow(v, z, n2) == b * pow(vs[place - 1], e, n2) % n2

# opening with holders 1, 2, 4, 5
xs = [1, 2, 4, 5]
for x, k in zip(ms, range(len(ms))):
    acc = 1
    for i in xs:
        top, bottom = DELTA, 1
        for j in xs:
            if j != i:
                top, bottom = top * -j, bottom * (i - j)
        assert top % bottom == 0
        acc = acc * pow(parts[i - 1][k], 2 * (top // bottom), n2) % n2
    assert (acc - 1) % n == 0 and (acc - 1) // n * pow(4 * DELTA * DELTA, -1, n) % n == x


def c_text(name, values):
    print(f"static const char *const {name}[] = {{")
    for value in values:
        print(f'\t"{value}",')
    print("};")


print("/* Made by make_paillier.py: a second implementation. Big-endian hexadecimal. */")
print("#ifndef TESTS_VECTORS_PAILLIER_H\n#define TESTS_VECTORS_PAILLIER_H\n")
print("enum {")
print(f"\tKAT_BITS = {BITS},\n\tKAT_HOLDERS = {HOLDERS},\n\tKAT_COLLUDERS = {COLLUDERS},\n\tKAT_NEEDED = {NEEDED},")
print(f"\tKAT_EPOCH = {epoch},\n\tKAT_FROM = {begin},\n\tKAT_UNTIL = {end},\n\tKAT_MESSAGES = {len(ms)},\n\tKAT_PLACE = {place},")
print("};")
c_text("kat_numbers", [f"{x:x}" for x in (p, q, n, h, v)])
c_text("kat_shares", [f"{x:x}" for x in shares])
c_text("kat_vs", [f"{x:x}" for x in vs])
c_text("kat_plain", [f"{x:x}" for x in ms])
c_text("kat_random", [num(x, BITS // 16).hex() for x in rs])
c_text("kat_cipher", [f"{x:x}" for x in cs])
c_text("kat_parts", [f"{x:x}" for part in parts for x in part])
c_text("kat_proof", [f"{x:x}" for x in (a, b, z)])
c_text("kat_short", [f"{x:x}" for x in (a2, b2, z2)])
print(f'static const char kat_key_hash[] = "sha256:{key_hash.hex()}";')
print("\n#endif")
