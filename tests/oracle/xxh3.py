# SPDX-License-Identifier: MIT
"""xxh3 - XXH3, 64 and 128 bits, in plain Python

Written from the description of the algorithm; shares no code with the
library, nor with the other oracles.  About 10 MB/s on a good day: for tests.
"""

import struct

M32 = (1 << 32) - 1
M64 = (1 << 64) - 1
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F,
                      0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
                      0x27D4EB2F165667C5)
MX = 0x9FB21C651E98DF25
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
ACC = (P32[2], P1, P2, P3, P4, P32[1], P5, P32[0])


def r32(b, i):
    return int.from_bytes(b[i:i + 4], "little")


def r64(b, i):
    return int.from_bytes(b[i:i + 8], "little")


def swap(x, size):
    return int.from_bytes(x.to_bytes(size, "little"), "big")


def rotl(x, n):
    return (x << n | x >> 64 - n) & M64


def fold(a, b):
    p = a * b
    return (p ^ p >> 64) & M64


def aval(h):
    h = (h ^ h >> 37) * 0x165667919E3779F9 & M64
    return h ^ h >> 32


def aval64(h):
    h = (h ^ h >> 33) * P2 & M64
    h = (h ^ h >> 29) * P3 & M64
    return h ^ h >> 32


def mix16(d, i, s, seed):
    return fold(r64(d, i) ^ (r64(SECRET, s) + seed & M64),
                r64(d, i + 8) ^ (r64(SECRET, s + 8) - seed & M64))


def mix32(acc, d, i, j, s, seed):
    lo, hi = acc
    lo = (lo + mix16(d, i, s, seed) & M64) ^ (r64(d, j) + r64(d, j + 8) & M64)
    hi = ((hi + mix16(d, j, s + 16, seed) & M64)
          ^ (r64(d, i) + r64(d, i + 8) & M64))
    return lo, hi


def xor(s, size=8):
    read = r64 if size == 8 else r32
    return read(SECRET, s) ^ read(SECRET, s + size)


def small3(d):
    n = len(d)
    return d[0] << 16 | d[n >> 1] << 24 | d[n - 1] | n << 8


def long(d, seed):
    """The eight accumulators, and the secret of this seed"""
    n = len(d)
    k = struct.unpack("<24Q", SECRET)
    secret = struct.pack("<24Q", *((x - seed if i & 1 else x + seed) & M64
                                   for i, x in enumerate(k)))
    keys = struct.unpack("<24Q", secret)
    acc = list(ACC)

    def stripe(at, key):
        for i, v in enumerate(struct.unpack_from("<8Q", d, at)):
            x = v ^ key[i]
            acc[i ^ 1] += v
            acc[i] += (x & M32) * (x >> 32)

    for s in range((n - 1) // 64):
        stripe(64 * s, keys[s % 16:s % 16 + 8])
        if s % 16 == 15:
            for i in range(8):
                a = acc[i] & M64
                acc[i] = (a ^ a >> 47 ^ keys[16 + i]) * P32[0] & M64
    stripe(n - 64, struct.unpack_from("<8Q", secret, 192 - 64 - 7))
    return [a & M64 for a in acc], secret


def merge(acc, secret, s, start):
    for i in range(0, 8, 2):
        start += fold(acc[i] ^ r64(secret, s + 8 * i),
                      acc[i + 1] ^ r64(secret, s + 8 * i + 8))
    return aval(start & M64)


def xxh3_64(d, seed=0):
    n = len(d)
    if n > 240:
        acc, secret = long(d, seed)
        return merge(acc, secret, 11, n * P1)
    if n > 16:
        h = n * P1
        if n > 128:
            h += sum(mix16(d, 16 * i, 16 * i, seed) for i in range(8))
            h = aval(h & M64) + mix16(d, n - 16, 136 - 17, seed)
            h += sum(mix16(d, 16 * i, 16 * i - 125, seed)
                     for i in range(8, n // 16))
        else:
            for i in range((n - 1) // 32 + 1):
                h += mix16(d, 16 * i, 32 * i, seed)
                h += mix16(d, n - 16 - 16 * i, 32 * i + 16, seed)
        return aval(h & M64)
    if n > 8:
        lo = r64(d, 0) ^ (xor(24) + seed & M64)
        hi = r64(d, n - 8) ^ (xor(40) - seed & M64)
        return aval(n + swap(lo, 8) + hi + fold(lo, hi) & M64)
    if n > 3:
        seed ^= swap(seed & M32, 4) << 32
        h = (r32(d, n - 4) + (r32(d, 0) << 32)) ^ (xor(8) - seed & M64)
        h = (h ^ rotl(h, 49) ^ rotl(h, 24)) * MX & M64
        h = (h ^ (h >> 35) + n) * MX & M64
        return h ^ h >> 28
    if n:
        return aval64(small3(d) ^ (xor(0, 4) + seed & M64))
    return aval64(seed ^ xor(56))


def halves(d, seed):
    """High and low half of the 128 bits"""
    n = len(d)
    if n > 240:
        acc, secret = long(d, seed)
        return (merge(acc, secret, 192 - 64 - 11, ~(n * P2) & M64),
                merge(acc, secret, 11, n * P1))
    if n > 16:
        acc = n * P1 & M64, 0
        if n > 128:
            for i in range(0, 128, 32):
                acc = mix32(acc, d, i, i + 16, i, seed)
            acc = aval(acc[0]), aval(acc[1])
            for i in range(128, n - 31, 32):
                acc = mix32(acc, d, i, i + 16, i - 125, seed)
            acc = mix32(acc, d, n - 16, n - 32, 136 - 17 - 16, -seed & M64)
        else:
            for i in reversed(range((n - 1) // 32 + 1)):
                acc = mix32(acc, d, 16 * i, n - 16 - 16 * i, 32 * i, seed)
        lo, hi = acc
        return (-aval(lo * P1 + hi * P4 + (n - seed) * P2 & M64) & M64,
                aval(lo + hi & M64))
    if n > 8:
        lo, hi = r64(d, 0), r64(d, n - 8)
        m = (lo ^ hi ^ (xor(32) - seed & M64)) * P1
        mlo, mhi = (m & M64) + (n - 1 << 54) & M64, m >> 64
        hi ^= xor(48) + seed & M64
        mhi = mhi + hi + (hi & M32) * (P32[1] - 1) & M64
        h = (mlo ^ swap(mhi, 8)) * P2
        return aval((h >> 64) + mhi * P2 & M64), aval(h & M64)
    if n > 3:
        seed ^= swap(seed & M32, 4) << 32
        m = (r64(d[:4] + d[n - 4:], 0) ^ (xor(16) + seed & M64)) * (
            P1 + (n << 2))
        lo = m & M64
        hi = (m >> 64) + (lo << 1) & M64
        lo ^= hi >> 3
        lo = (lo ^ lo >> 35) * MX & M64
        return aval(hi), lo ^ lo >> 28
    if n:
        lo = small3(d)
        hi = swap(lo, 4)
        hi = (hi << 13 | hi >> 19) & M32
        return (aval64(hi ^ (xor(8, 4) - seed & M64)),
                aval64(lo ^ (xor(0, 4) + seed & M64)))
    return aval64(seed ^ xor(80)), aval64(seed ^ xor(64))


def xxh3_128(d, seed=0):
    """16 bytes in canonical form: high half first, big-endian"""
    return b"".join(x.to_bytes(8, "big") for x in halves(d, seed))
