#!/usr/bin/env python3
"""check_sums.py - a second implementation of secure sums, from docs/protocol-sums.md alone: makes the sums of sums.txt again.

No library: X25519 (RFC 7748), Ed25519 (RFC 8032), AES (FIPS 197), ChaCha20 (RFC 8439) and HKDF (RFC 5869) are written out.
sums.txt holds records that the program made: a federation of five, one lost after its shares, one record a cipher.
"""
import hashlib
import hmac
import sys

H = lambda b: hashlib.sha256(b).digest()
u = lambda n, v: v.to_bytes(n, "big")
text = lambda s: u(4, len(s)) + s.encode()
P = 2**255 - 19


def h(label, *parts):
    return H(text(label) + b"".join(parts))


# ---- curves ----


def x25519(k, point):
    k = bytearray(k)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    n, x1 = int.from_bytes(k, "little"), int.from_bytes(point, "little") % 2**255
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = n >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


def ed_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, i = b - a, d - c, d + c, b + a
    return e * f % P, g * i % P, f * g % P, e * i % P


def ed_mul(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = ed_add(q, p)
        p, n = ed_add(p, p), n >> 1
    return q


def ed_point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - x2) % P == 0, "no point"
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = ed_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def verify(key, message, signature):
    r, s = ed_point(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = ed_mul(s, BASE), ed_add(r, ed_mul(k, ed_point(key)))
    assert (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0, "a signature"


# ---- ciphers ----

double = lambda a: (a << 1 ^ (a >> 7) * 0x11B) & 0xFF


def gf(a, b):
    r = 0
    while b:
        r ^= a * (b & 1)
        a, b = double(a), b >> 1
    return r


def sbox():
    out = []
    for i in range(256):
        inv = next((j for j in range(256) if gf(i, j) == 1), 0)
        s = 0x63
        for k in range(5):
            s ^= inv << k & 0xFF | inv >> 8 - k
        out.append(s)
    return out


S = sbox()


def aes(key, block):
    nk = len(key) // 4
    w = [list(key[4 * i : 4 * i + 4]) for i in range(nk)]
    rcon = 1
    for i in range(nk, 4 * (nk + 7)):
        t = list(w[-1])
        if i % nk == 0:
            t = [S[t[1]] ^ rcon, S[t[2]], S[t[3]], S[t[0]]]
            rcon = double(rcon)
        elif nk > 6 and i % nk == 4:
            t = [S[x] for x in t]
        w.append([a ^ b for a, b in zip(w[i - nk], t)])
    add = lambda st, r: [st[i] ^ w[4 * r + i // 4][i % 4] for i in range(16)]
    st = add(list(block), 0)
    for r in range(1, nk + 7):
        st = [S[st[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if r < nk + 6:
            c = [st[4 * k : 4 * k + 4] for k in range(4)]
            st = [gf(c[k][i], 2) ^ gf(c[k][(i + 1) % 4], 3) ^ c[k][(i + 2) % 4] ^ c[k][(i + 3) % 4] for k in range(4) for i in range(4)]
        st = add(st, r)
    return bytes(st)


def chacha(key, nonce, counter):
    le = lambda b: [int.from_bytes(b[i : i + 4], "little") for i in range(0, len(b), 4)]
    st = le(b"expand 32-byte k") + le(key) + [counter] + le(nonce)
    x = list(st)
    rot = lambda v, n: (v << n | v >> 32 - n) & 0xFFFFFFFF

    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xFFFFFFFF
            x[r] = rot(x[r] ^ x[p], n)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return b"".join(u(4, (a + b) & 0xFFFFFFFF)[::-1] for a, b in zip(x, st))


def mask(suite, key, iv, words):
    stream, n = b"", 0
    while len(stream) < 8 * words:
        stream += chacha(key, iv, n) if suite == 3 else aes(key, iv + u(4, n))
        n += 1
    return [int.from_bytes(stream[8 * i : 8 * i + 8], "little") for i in range(words)]


def hkdf(ikm, salt, info, n):
    prk = hmac.digest(salt, ikm, "sha256")
    out, block, i = b"", b"", 1
    while len(out) < n:
        block = hmac.digest(prk, block + info + bytes([i]), "sha256")
        out, i = out + block, i + 1
    return out[:n]


# ---- the record ----


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        assert self.at + n <= len(self.data), "it ends early"
        self.at += n
        return self.data[self.at - n : self.at]

    def num(self, n):
        return int.from_bytes(self.take(n), "big")

    def field(self):
        return self.take(self.num(4))

    def bits(self, n):
        b = self.take((n + 7) // 8)
        assert int.from_bytes(b, "little") >> n == 0, "a bit past the roster"
        return b, [b[i // 8] >> i % 8 & 1 for i in range(n)]


def name_id(name):
    return h("cordon/sa1/id", text(name))[:16]


def members_hash(m):
    third = m["list"]
    out = bytes.fromhex(m["federation"]) + b"".join(u(8, third[i]) for i in (0, 1, 2)) + u(1, third[3])
    out += b"".join(u(8, third[i]) for i in range(4, 11))
    out += u(4, 1) + text(m["gateway"][0]) + bytes.fromhex(m["gateway"][1])
    sites = sorted(m["sites"], key=lambda s: name_id(s[0]))
    out += u(4, len(sites))
    for s in sites:
        out += text(s[0]) + text(s[1]) + bytes.fromhex(s[2]) + u(8, int(s[3])) + u(8, int(s[4])) + u(1, int(s[5]))
    return h("cordon/sa1/members", out)


def check(m):
    r = Reader(bytes.fromhex(m["transcript"]))
    keys = {name_id(s[0]): bytes.fromhex(s[2]) for s in m["sites"]}
    assert r.field() == b"cordon/sa1/transcript"
    invite = r.field()
    body, ctx = invite[:-64], h("cordon/sa1/ctx", invite[:-64])
    verify(bytes.fromhex(m["gateway"][1]), h("cordon/sa1/invite", ctx), invite[-64:])
    i = Reader(body)
    suite = i.num(2)
    assert i.take(32).hex() == m["federation"] and i.num(8) == m["list"][0] and i.take(32) == members_hash(m)
    assert i.take(16) == name_id(m["gateway"][0])
    i.take(32 + 4 * 32)
    mode, words, _bound = i.num(1), i.num(8), i.num(8)
    n_min, n_max, u_min = i.num(4), i.num(4), i.num(4)
    i.take(4 * 4 + 8)
    assert mode == 1 and i.at == len(body)

    roster = r.field()
    n = int.from_bytes(roster[:4], "big")
    assert len(roster) == 4 + 176 * n and n_min <= n <= n_max
    entries = [roster[4 + 176 * k : 4 + 176 * (k + 1)] for k in range(n)]
    ids = [e[:16] for e in entries]
    assert ids == sorted(set(ids))
    signed = lambda kind, who, x: h("cordon/sa1/msg", u(1, kind), ctx, who, x)
    for e in entries:
        verify(keys[e[:16]], signed(2, e[:16], e[16:112]), e[112:])
    R = h("cordon/sa1/roster", ctx, roster)
    dealt, alive = r.bits(n), r.bits(n)
    Dh = h("cordon/sa1/dealt", ctx, R, dealt[0])
    A = h("cordon/sa1/alive", ctx, R, Dh, alive[0])
    assert all(d or not a for d, a in zip(dealt[1], alive[1])) and sum(alive[1]) >= u_min

    c = (n + 2) // 3 - 1
    T = max((n + c) // 2 + 1, min(n, m["list"][5] + c))
    cert = Reader(r.field())
    signers = cert.bits(n)[1]
    assert sum(signers) >= T and all(a or not s for s, a in zip(signers, alive[1]))
    for k in range(n):
        if signers[k]:
            verify(keys[ids[k]], signed(8, ids[k], R + Dh + A), cert.take(64))

    total = [0] * words
    for k in range(n):
        if not alive[1][k]:
            continue
        signature, complaints, y = r.take(64), r.bits(n)[0], r.take(8 * words)
        verify(keys[ids[k]], signed(6, ids[k], R + Dh + H(complaints) + H(y)), signature)
        for w in range(words):
            total[w] += int.from_bytes(y[8 * w : 8 * w + 8], "little")

    size = 16 if suite == 1 else 32

    def stream(ikm, label, *parts):
        okm = hkdf(ikm, ctx, text(label) + R + Dh + b"".join(parts) + u(8, words), size + 12)
        return mask(suite, okm[:size], okm[size:], words)

    for k in range(n):
        if not dealt[1][k]:
            continue
        secret = r.take(32)
        if alive[1][k]:
            assert h("cordon/sa1/bcom", ctx, ids[k], secret) == entries[k][80:112]
            total = [t - s for t, s in zip(total, stream(secret, "cordon/sa1/self", ids[k]))]
            continue
        assert x25519(secret, (9).to_bytes(32, "little")) == entries[k][48:80]
        for j in range(n):
            if alive[1][j]:
                low, high = min(j, k), max(j, k)
                s = stream(x25519(secret, entries[j][48:80]), "cordon/sa1/pair", ids[low], ids[high])
                total = [t - v if j < k else t + v for t, v in zip(total, s)]
    total = [t % 2**64 for t in total]
    assert [r.num(8) for _ in range(words)] == total and r.at == len(r.data)
    return suite, sum(alive[1]), [t - 2**64 if t >> 63 else t for t in total]


def records(path):
    now = None
    for line in open(path, encoding="utf-8"):
        key, *rest = line.split() or [None]
        if key == "federation":
            now = {"federation": rest[0], "sites": []}
        elif key == "list":
            now["list"] = [int(x) for x in rest]
        elif key == "gateway":
            now["gateway"] = rest
        elif key == "site":
            now["sites"].append(rest)
        elif key == "transcript":
            now["transcript"] = rest[0]
        elif key == "sum":
            now["sum"] = [int(x) for x in rest]
            yield now


def main():
    found = 0
    for record in records(sys.argv[1] if len(sys.argv) > 1 else __file__.replace("check_sums.py", "sums.txt")):
        suite, contributors, total = check(record)
        assert total == record["sum"], (total, record["sum"])
        print(f"ok: suite {suite}, {contributors} contributors, sum {total}")
        found += 1
    sys.exit(0 if found == 3 else "too few records")


if __name__ == "__main__":
    main()
