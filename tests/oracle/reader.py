#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reader - reads .tk files with nothing but Python; made from spec/ alone

    reader.py FILE      all that is in the file, as JSON; if it is not whole,
                        a line for each damaged place, and exit status 1

It shares no code with the library.  It believes what the table says: what
else a reader must refuse, and by which name, is in rules.py.
"""
import json
import math
import struct
import sys
from itertools import accumulate

# ---- XXH3: 64 bits, and 128 in canonical form ----

M32, M64, MX = (1 << 32) - 1, (1 << 64) - 1, 0x9FB21C651E98DF25
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")

def le(b, i, size=8):
    return int.from_bytes(b[i:i + size], "little")

def swap(x, size):
    return int.from_bytes(x.to_bytes(size, "little"), "big")

def fold(a, b):
    return (a * b ^ a * b >> 64) & M64

def aval(h, a=37, m=0x165667919E3779F9, b=32):
    h = (h ^ h >> a) * m & M64
    return h ^ h >> b

def aval64(h):
    return aval((h ^ h >> 33) * P2 & M64, 29, P3)

def xor(s, size=8):
    return le(SECRET, s, size) ^ le(SECRET, s + size, size)

def mix16(d, i, s, seed):
    return fold(le(d, i) ^ (le(SECRET, s) + seed & M64),
                le(d, i + 8) ^ (le(SECRET, s + 8) - seed & M64))

def mix32(acc, d, i, j, s, seed):
    return [(acc[k] + mix16(d, (i, j)[k], s + 16 * k, seed) & M64)
            ^ (le(d, (j, i)[k]) + le(d, (j, i)[k] + 8) & M64) for k in (0, 1)]

def three(d):
    return d[0] << 16 | d[len(d) >> 1] << 24 | d[-1] | len(d) << 8

def long(d, seed, *starts):
    """Of more than 240 bytes: a sum for each (place in the secret, start)"""
    key = [(x - seed if i & 1 else x + seed) & M64
           for i, x in enumerate(struct.unpack("<24Q", SECRET))]
    secret = struct.pack("<24Q", *key)
    acc = [P32[2], P1, P2, P3, P4, P32[1], P5, P32[0]]

    def stripe(at, k):
        for i, v in enumerate(struct.unpack_from("<8Q", d, at)):
            acc[i ^ 1] += v
            acc[i] += ((v ^ k[i]) & M32) * ((v ^ k[i]) >> 32)

    for s in range((len(d) - 1) // 64):
        stripe(64 * s, key[s % 16:s % 16 + 8])
        if s % 16 == 15:
            acc = [(a & M64 ^ (a & M64) >> 47 ^ k) * P32[0] & M64
                   for a, k in zip(acc, key[16:])]
    stripe(len(d) - 64, struct.unpack_from("<8Q", secret, 121))
    return [aval(start + sum(
        fold(acc[i] & M64 ^ le(secret, s + 8 * i),
             acc[i + 1] & M64 ^ le(secret, s + 8 * i + 8))
        for i in range(0, 8, 2)) & M64) for s, start in starts]

def xxh3_64(d, seed=0):
    n = len(d)
    if n > 240:
        return long(d, seed, (11, n * P1))[0]
    if n > 128:
        h = aval(n * P1 + sum(mix16(d, 16 * i, 16 * i, seed)
                              for i in range(8)) & M64)
        return aval(h + mix16(d, n - 16, 119, seed) + sum(
            mix16(d, 16 * i, 16 * i - 125, seed)
            for i in range(8, n // 16)) & M64)
    if n > 16:
        return aval(n * P1 + sum(
            mix16(d, 16 * i, 32 * i, seed)
            + mix16(d, n - 16 - 16 * i, 32 * i + 16, seed)
            for i in range((n + 31) // 32)) & M64)
    if n > 8:
        lo = le(d, 0) ^ (xor(24) + seed & M64)
        hi = le(d, n - 8) ^ (xor(40) - seed & M64)
        return aval(n + swap(lo, 8) + hi + fold(lo, hi) & M64)
    if n > 3:
        seed ^= swap(seed & M32, 4) << 32
        h = le(d, n - 4, 4) + (le(d, 0, 4) << 32) ^ (xor(8) - seed & M64)
        h ^= (h << 49 | h >> 15) & M64 ^ (h << 24 | h >> 40) & M64
        h = h * MX & M64
        return aval(h ^ (h >> 35) + n, 64, MX, 28)
    return aval64(three(d) ^ xor(0, 4) + seed & M64 if n else seed ^ xor(56))

def halves(d, seed):
    """High and low half of the 128 bits"""
    n = len(d)
    if n > 240:
        return long(d, seed, (117, ~(n * P2) & M64), (11, n * P1))
    if n > 16:
        acc = [n * P1 & M64, 0]
        if n > 128:
            for i in range(0, 128, 32):
                acc = mix32(acc, d, i, i + 16, i, seed)
            acc = list(map(aval, acc))
            for i in range(128, n - 31, 32):
                acc = mix32(acc, d, i, i + 16, i - 125, seed)
            acc = mix32(acc, d, n - 16, n - 32, 103, -seed & M64)
        else:
            for i in reversed(range((n + 31) // 32)):
                acc = mix32(acc, d, 16 * i, n - 16 - 16 * i, 32 * i, seed)
        return (-aval(acc[0] * P1 + acc[1] * P4 + (n - seed) * P2 & M64) & M64,
                aval(sum(acc) & M64))
    if n > 8:
        hi = le(d, n - 8)
        m = (le(d, 0) ^ hi ^ (xor(32) - seed & M64)) * P1
        hi ^= xor(48) + seed & M64
        mid = (m >> 64) + hi + (hi & M32) * (P32[1] - 1) & M64
        h = ((m & M64) + (n - 1 << 54) & M64 ^ swap(mid, 8)) * P2
        return aval((h >> 64) + mid * P2 & M64), aval(h & M64)
    if n > 3:
        seed ^= swap(seed & M32, 4) << 32
        m = (le(d[:4] + d[n - 4:], 0) ^ (xor(16) + seed & M64)) * (P1 + 4 * n)
        hi = (m >> 64) + (m << 1 & M64) & M64
        return aval(hi), aval(m & M64 ^ hi >> 3, 35, MX, 28)
    if n:
        hi = swap(three(d), 4)
        return (aval64((hi << 13 | hi >> 19) & M32 ^ (xor(8, 4) - seed & M64)),
                aval64(three(d) ^ (xor(0, 4) + seed & M64)))
    return aval64(seed ^ xor(80)), aval64(seed ^ xor(64))

def xxh3_128(d, seed=0):
    return b"".join(x.to_bytes(8, "big") for x in halves(d, seed))

# ---- the container (spec/format.md 1, 2) ----

DERIVED, NOTE, CHUNK, DIGESTS = 2, 4, 65536, 0xFFFFFFFF
NAMES = {
    0x01: "hparams", 0x02: "note", 0x03: "selftest", 0x10: "vocab",
    0x11: "vocab-index", 0x12: "vocab-order", 0x18: "tokenizer",
    0x19: "merges", 0x1A: "merge-index", 0x1B: "charsmap",
    0x20: "embed-norm-weight", 0x21: "embed-norm-bias", 0x22: "mix",
    0x23: "final-norm-weight", 0x24: "final-norm-bias", 0x25: "b_u",
    0x30: "w_e", 0x31: "w_u", 0x40: "norms", 0x41: "sketch",
    DIGESTS: "digests"}
FIELDS = ("kind", "flags", "codec", "dtype", "field", "offset",
          "stored_size", "size", "rows", "cols", "row_stride", "first_leaf",
          "digest", "stored_digest")

def up(x, a):
    return -(-x // a) * a

def leaves_of(data):
    return b"".join(xxh3_128(data[i:i + CHUNK], i // CHUNK)
                    for i in range(0, len(data), CHUNK))

def digest(data):
    return xxh3_128(leaves_of(data), 0x8000000000000001)

def stride(dtype, c):
    return {1: up(4 * c, 64), 2: up(2 * c, 64), 3: up(2 * c, 64),
            4: up(c, 64) + up(2 * -(-c // 32), 64)}[dtype]

class Entry:
    """An entry of the section table, and the section's stored bytes"""
    def __init__(self, raw, data):
        self.raw = raw[:192]
        for name, value in zip(FIELDS, struct.unpack(
                "<IIHH4x32s7Q8x16s16x32s16x", self.raw)):
            setattr(self, name, value)
        self.name = self.field.rstrip(b"\0").decode("latin-1")
        self.known = self.kind in NAMES
        self.leaves = -(-self.size // CHUNK)
        self.data = data[self.offset:self.offset + self.stored_size]

class File:
    """Header, table, digests"""
    def __init__(self, data):
        self.data = data
        (self.minor, self.hsize, count, esize, self.features,
         self.size) = struct.unpack_from("<HIIIQQ", data, 10)
        self.root = data[0x30:0x40]
        self.head = self.hsize + count * esize
        self.entries = [Entry(data[at:at + esize], data)
                        for at in range(self.hsize, self.head, esize)]

    def section(self, name):
        """The section of a known kind, if it can be used where it lies"""
        return next((e for e in self.entries if e.known and e.name == name
                     and e.dtype < 5 and not e.codec), None)

    def content(self):
        text = b""
        for e in self.entries:
            if not e.flags & (DERIVED | NOTE) and e.kind != DIGESTS:
                text += (e.raw[:4] + bytes(6) + e.raw[10:0x30] + bytes(16)
                         + e.raw[0x40:0x60] + bytes(8) + e.raw[0x68:0x90]
                         + bytes(32) + e.raw[0xB0:192])
        return xxh3_128(text, 0x8000000000000003)

    def damage(self):
        """Yields (section or None, what) for all that is not as written"""
        head = (self.data[:0x30] + bytes(32) + self.data[0x50:0x78] + bytes(8)
                + self.data[0x80:self.head])
        if (xxh3_64(self.data[:0x78]) != le(self.data, 0x78)
                or xxh3_128(head, 0x8000000000000002) != self.root):
            yield None, "header or table"
        if len(self.data) != self.size:
            yield None, "its size"
        end, leaves = self.head, self.entries[-1].data
        for e in self.entries:
            if any(self.data[end:e.offset]):
                yield e, "padding"
            end = e.offset + e.stored_size
            own = leaves[16 * e.first_leaf:16 * (e.first_leaf + e.leaves)]
            if e.kind == DIGESTS:
                continue
            if xxh3_128(own, 0x8000000000000001) != e.digest:
                yield e, "leaves"
            elif e.codec:  # Python has no zstd to decode it with
                if digest(e.data) != e.stored_digest[:16]:
                    yield e, "stored"
            else:
                new = leaves_of(e.data)
                for i in range(0, len(own), 16):
                    if new[i:i + 16] != own[i:i + 16]:
                        yield e, "chunk %d" % (i // 16)

# ---- key/value sections (3) ----

DEFAULTS = {"d_model": None, "embed_norm": "none", "embed_norm_eps": 0.0,
            "embed_scale": 1.0, "final_norm": "none", "final_norm_eps": 0.0,
            "final_norm_offset": 0.0, "logit_scale": 1.0,
            "logit_softcap": 0.0, "n_ctx": 0, "tied": False}

def key_values(d):
    """{key: (type, flags, value, the bytes of all that)}"""
    found, end = {}, 8
    for _ in range(le(d, 0, 4)):
        at = end
        klen, kind, flags, vlen = struct.unpack_from("<HBBI", d, at)
        start = at + 8 + up(klen, 8)
        end = start + up(vlen, 8)
        found[d[at + 8:at + 8 + klen].decode()] = (
            kind, flags, d[start:start + vlen], d[at:end])
    return found

def known_hparams(keys):
    read = {1: any, 2: lambda v: le(v, 0), 4: bytes.decode,
            3: lambda v: struct.unpack("<d", v)[0]}
    return {k: read[keys[k][0]](keys[k][2]) if k in keys else default
            for k, default in DEFAULTS.items()}

# ---- the vocabulary and its index (4) ----

class Vocab:
    def __init__(self, e, index):
        self.data = d = e.data
        (self.n, self.blob, self.longest, self.distinct,
         flags) = struct.unpack_from("<5I", d)
        self.text = 64 + up(4 * self.n + 4, 64)
        end = self.text + up(self.blob, 64)
        self.kinds = end if flags & 1 else 0
        self.scores = end + up(self.n, 64) * (flags & 1) if flags & 2 else 0
        self.index = None
        if index and index.data[:32] == e.digest + bytes(16):
            self.index = index.data, *struct.unpack_from(
                "<IIQI", index.data, 32)

    def token(self, i):
        """The bytes of token i, None if they cannot be had"""
        a, b = struct.unpack_from("<II", self.data, 64 + 4 * i)
        return (self.data[self.text + a:self.text + b]
                if a <= b <= self.blob else None)

    def kind(self, i):
        kind = self.data[self.kinds + i] if self.kinds else 0
        return kind if kind < 6 else 0

    def score(self, i):
        return (self.data[self.scores + 4 * i:][:4][::-1].hex()
                if self.scores else "00000000")

    def find(self, text):
        """The lowest id of these bytes, None if there is none"""
        if len(text) > self.longest:
            return None
        if not self.index:  # the valid tokens have no more bytes than the blob
            ends = accumulate(len(self.token(i) or b"") for i in range(self.n))
            return next((i for i, end in enumerate(ends) if end <= self.blob
                         and self.token(i) == text), None)
        x, s, probe, seed, w = self.index
        h, mask = xxh3_64(text, seed), (1 << w) - 1
        for i in range(probe + 1):
            slot = le(x, 64 + 4 * ((h + i) % s), 4)
            j = (slot & mask) - 1
            if not slot or (slot & ~mask == h >> 32 & ~mask and 0 <= j < self.n
                            and self.token(j) == text):
                return j if slot else None
        return None

# ---- matrices (5) ----

def f16(x):
    """Bits of an f16 as bits of an f32"""
    if x & 0x7C00 == 0x7C00:
        nan = 0x400000 if x & 0x3FF else 0
        return x >> 15 << 31 | 0x7F800000 | (x & 0x3FF) << 13 | nan
    return le(struct.pack("<f", *struct.unpack("<e", struct.pack("<H", x))),
              0, 4)

def q8(q, scale):
    x = struct.unpack("<f", struct.pack("<I", f16(scale)))[0] * q
    return 0x7FC00000 if math.isnan(x) else le(struct.pack("<f", x), 0, 4)

def row(e, r):
    """Row r widened to f32, as bits"""
    c, d = e.cols, e.data[r * e.row_stride:(r + 1) * e.row_stride]
    if e.dtype == 1:
        return list(struct.unpack_from("<%dI" % c, d))
    if e.dtype == 4:
        scale = struct.unpack_from("<%dH" % -(-c // 32), d, up(c, 64))
        return [q8(q, scale[i // 32])
                for i, q in enumerate(struct.unpack_from("<%db" % c, d))]
    words = struct.unpack_from("<%dH" % c, d)
    return [x << 16 for x in words] if e.dtype == 3 else list(map(f16, words))

class Model:
    """What the sections mean together"""
    def __init__(self, f):
        self.file = f
        self.keys = {name: key_values(f.section(name).data) for name in (
            "hparams", "note", "tokenizer") if f.section(name)}
        self.h = known_hparams(self.keys["hparams"])
        self.vocab = Vocab(f.section("vocab"), f.section("vocab-index"))
        w_e, w_u = f.section("w_e"), f.section("w_u")
        self.w_u = w_e if self.h["tied"] else w_u
        self.matrix = w_u or w_e
        self.d_model = self.matrix.cols if self.matrix else self.h["d_model"]

    def value(self):
        """The identity that forgets how matrices are stored (2)"""
        text = b""

        def add(kind, rows, cols, dig):
            return struct.pack("<IIQQ8x16s16x", kind, 0, rows, cols, dig)

        for e in self.file.entries:
            if e.name == "hparams" and e.known:
                raw = [v[3] for k, v in self.keys["hparams"].items()
                       if k != "tied"]
                text += add(e.kind, 0, 0, digest(
                    struct.pack("<II", len(raw), 0) + b"".join(raw)))
            elif e.kind in (0x10, 0x18, 0x19, 0x1B):
                text += add(e.kind, 0, 0, e.digest)
            elif 0x20 <= e.kind <= 0x31 and e.dtype < 5:
                text += add(e.kind, e.rows, e.cols, e.digest if e.dtype == 1
                            else digest(b"".join(struct.pack(
                                "<%dI" % e.cols, *row(e, r)).ljust(
                                    stride(1, e.cols), b"\0")
                                    for r in range(e.rows))))
                if e.name == "w_e" and self.h["tied"]:
                    text += struct.pack("<I", 0x31) + text[-60:]
        return xxh3_128(text, 0x8000000000000004)

def summary(f, m):
    return json.dumps({
        "file": f.root.hex(), "content": f.content().hex(),
        "value": m.value().hex(), "hyperparameters": m.h,
        "d_model": m.d_model, "tokens": [
            m.vocab.token(i).hex() for i in range(m.vocab.n)]}, indent=1)

def main(path):
    with open(path, "rb") as stream:
        f = File(stream.read())
    damage = ["%s: %s" % (e.name if e else "file", what)
              for e, what in f.damage()]
    print("\n".join(damage) or summary(f, Model(f)))
    return 1 if damage else 0

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
