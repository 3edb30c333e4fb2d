#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reader - a second reader of .tk files, made from spec/ alone

It shares no code with the library and uses nothing but Python.  What it says
of a file, refusals included, is compared with what the tools say.

    reader.py FILE      everything that is in the file, as JSON; exit 0
                        or one line for each defect found; exit 1
"""

import json
import math
import struct
import sys

from tkfile import (DERIVED, File, REQUIRED, Refusal, TYPES, digest,
                    encode, is_value, key_values, plain, stride, up)
from xxh3 import xxh3_64, xxh3_128

SOURCE = {"vocab-index": "vocab", "vocab-order": "vocab", "norms": "w_e",
          "merge-index": "merges"}


def is_f32(x):
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0] == x
    except OverflowError:
        return False


NORM = (4, 1, "none", ("none", "layernorm", "rmsnorm").__contains__)
EPS = (3, 1, 0.0, lambda x: x >= 0)
# key: type, MUST, default, rule (format.md 3.2)
HPARAMS = {
    "d_model": (2, 0, None, lambda x: 1 <= x <= 1 << 17),
    "embed_norm": NORM, "embed_norm_eps": EPS,
    "embed_scale": (3, 1, 1.0, is_f32),
    "final_norm": NORM, "final_norm_eps": EPS,
    "final_norm_offset": (3, 1, 0.0, is_f32),
    "logit_scale": (3, 1, 1.0, lambda x: x > 0 and is_f32(x)),
    "logit_softcap": (3, 1, 0.0, lambda x: x > 0 and is_f32(x)),
    "n_ctx": (2, 0, 0, lambda x: True), "tied": (1, 1, False, lambda x: True)}


def hparams(keys, bad):
    out = {k: rule[2] for k, rule in HPARAMS.items()}
    for key, (kind, flags, v) in keys.items():
        if key not in HPARAMS:
            continue
        want, must, default, legal = HPARAMS[key]
        if (kind, flags) == (want, must) and is_value(kind, v):
            value = (struct.unpack("<d", v)[0] if kind == 3 else plain(kind, v))
            if value != default and legal(value):
                out[key] = value
                continue
        bad.append(Refusal("E_VALUE", "R52", "hparams, " + key))
    return out


class Vocab:
    """The section vocab, and the index if there is a good one"""

    def __init__(self, e, index, bad):
        def note(cond, status, rule, place=e.place):
            if cond:
                bad.append(Refusal(status, rule, place))
            return cond

        d, self.data, self.index = e.data, e.data, None
        if note(len(d) < 64, "E_SECTION", "R55"):
            return
        (self.n, self.blob, self.longest, self.distinct,
         flags) = struct.unpack_from("<5I", d)
        note(self.n >= 1 << 24 or self.longest > 65535, "E_LIMIT", "R56")
        note(not self.n or not 1 <= self.distinct <= self.n,
             "E_SECTION", "R57")
        note(flags > 3 or any(d[20:64]), "E_RESERVED", "R58")
        self.text = 64 + up(4 * self.n + 4, 64)
        end = self.text + up(self.blob, 64)
        self.kinds, end = end if flags & 1 else 0, end + up(
            self.n, 64) * (flags & 1)
        self.scores, end = end if flags & 2 else 0, end + up(
            4 * self.n, 64) * (flags >> 1 & 1)
        note(end != len(d), "E_SECTION", "R55")
        if not index or note(index.size < 64, "E_SECTION", "R60", index.place):
            return
        x = index.data
        if x[:32] != e.digest + bytes(16):
            return
        s, probe, seed, w = struct.unpack_from("<IIQI", x, 32)
        note(s < 16 or s & s - 1 or s < 2 * self.distinct
             or len(x) != 64 + 4 * s or w != self.n.bit_length(),
             "E_SECTION", "R60", index.place)
        note(probe > 255, "E_LIMIT", "R61", index.place)
        note(any(x[0x34:0x40]), "E_RESERVED", "R62", index.place)
        self.index = x, s, probe, seed, (1 << w) - 1

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
        """The id of these bytes, None if there is none"""
        if len(text) > self.longest:
            return None
        if not self.index:
            return next((i for i in range(self.n) if self.token(i) == text),
                        None)
        x, s, probe, seed, mask = self.index
        h = xxh3_64(text, seed)
        for i in range(probe + 1):
            slot, = struct.unpack_from("<I", x, 64 + 4 * ((h + i) % s))
            if not slot:
                return None
            j = (slot & mask) - 1
            if (slot & ~mask == h >> 32 & ~mask and 0 <= j < self.n
                    and self.token(j) == text):
                return j
        return None


def f16(x):
    """Bits of an f16 as bits of an f32"""
    if x & 0x7C00 == 0x7C00:
        nan = 0x400000 if x & 0x3FF else 0
        return x >> 15 << 31 | 0x7F800000 | (x & 0x3FF) << 13 | nan
    return struct.unpack("<I", struct.pack("<f", *struct.unpack(
        "<e", x.to_bytes(2, "little"))))[0]


def q8(q, scale):
    s, = struct.unpack("<f", struct.pack("<I", f16(scale)))
    x = s * q
    return (0x7FC00000 if math.isnan(x)
            else struct.unpack("<I", struct.pack("<f", x))[0])


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
    """What the sections mean; bad: what keeps it from being opened (8.3)"""

    def __init__(self, f):
        self.file, self.bad, self.keys = f, [], {}
        self.vocab = self.h = None
        if f.features & 1:
            self.refuse("E_FEATURE", "R50", "header")
            return
        for e in f.entries:
            if e.flags & REQUIRED and (not e.known or e.dtype > 4):
                self.refuse("E_FEATURE", "R50", e.place)
        for name in ("hparams", "note", "tokenizer"):
            if f.section(name):
                self.keys[name] = key_values(f.section(name).data, name,
                                             self.bad)
        h = self.h = hparams(self.keys.get("hparams", {}), self.bad)
        for name in ("hparams", "vocab"):
            if not any(e.known and e.name == name for e in f.entries):
                self.refuse("E_SECTION", "R51", name)
        if f.section("vocab"):
            self.vocab = Vocab(f.section("vocab"), f.section("vocab-index"),
                               self.bad)
        w_e, w_u = f.section("w_e"), f.section("w_u")
        self.w_u = w_e if h["tied"] else w_u
        self.matrix = w_u or w_e
        if h["tied"] and (w_u or not w_e):
            self.refuse("E_SECTION", "R53", "hparams, tied")
        if self.matrix and h["d_model"]:
            self.refuse("E_SECTION", "R53", "hparams, d_model")
        self.d_model = self.matrix.cols if self.matrix else h["d_model"]
        for side, m, d in (("embed", w_e, w_e and w_e.cols),
                           ("final", self.matrix, self.d_model)):
            for part in ("weight", "bias"):
                e = f.section("%s-norm-%s" % (side, part))
                if e and h[side + "_norm"] == "none":
                    self.refuse("E_SECTION", "R53", e.place)
                if e and (not m or e.cols != d):
                    self.refuse("E_SHAPE", "R54", e.place)
        e = f.section("b_u")
        if e and (not self.w_u or e.cols != self.w_u.rows):
            self.refuse("E_SHAPE", "R54", e.place)
        e = f.section("mix")
        if e and (not w_e or e.cols not in (1, w_e.cols)
                  or 0 < h["n_ctx"] < e.rows):
            self.refuse("E_SHAPE", "R54", e.place)

    def refuse(self, *what):
        self.bad.append(Refusal(*what))

    def stale(self, e):
        """Was this DERIVED section made from something else?"""
        name = SOURCE.get(e.name) or ("w_e" if self.h["tied"] else "w_u")
        source = self.file.section(name)
        return not source or e.data[:32] != source.digest + bytes(16)

    def value(self):
        """The identity that forgets how matrices are stored (2)"""
        text = b""

        def add(kind, rows, cols, dig):
            return struct.pack("<IIQQ8x16s16x", kind, 0, rows, cols, dig)

        for name in ("hparams", "vocab", "tokenizer", "merges", "charsmap"):
            for e in self.file.entries:
                if not e.known or e.name != name:
                    continue
                dig = e.digest
                if name == "hparams":
                    keys = dict(self.keys["hparams"])
                    keys.pop("tied", None)
                    dig = digest(encode(keys))
                text += add(e.kind, 0, 0, dig)
        for e in self.file.entries:
            if 0x20 <= e.kind <= 0x31 and e.dtype < 5:
                size = stride(1, e.cols)
                wide = b"".join(struct.pack("<%dI" % e.cols, *row(e, r)).ljust(
                    size, b"\0") for r in range(e.rows))
                dig = e.digest if e.dtype == 1 else digest(wide)
                text += add(e.kind, e.rows, e.cols, dig)
                if e.name == "w_e" and self.h["tied"]:
                    text += add(0x31, e.rows, e.cols, dig)
        return xxh3_128(text, 0x8000000000000004)


def report(f, m):
    def sections():
        for e in f.entries:
            s = {k: getattr(e, k) for k in (
                "kind", "name", "flags", "codec", "dtype", "offset",
                "stored_size", "size", "rows", "cols", "row_stride",
                "first_leaf")}
            s["digest"] = e.digest.hex()
            if e.known and e.flags & DERIVED:
                s["stale"] = m.stale(e)
            yield s

    v = m.vocab
    tokens = [v.token(i) for i in range(v.n)]
    matrices = [e for e in f.entries if e.known and 1 <= e.dtype <= 4]
    return {
        "version": [0, f.minor], "file_size": f.size, "features": f.features,
        "file": f.root.hex(), "content": f.content().hex(),
        "value": m.value().hex(), "sections": list(sections()),
        "keys": {s: {k: [TYPES[t], flags, plain(t, v)]
                     for k, (t, flags, v) in keys.items()}
                 for s, keys in m.keys.items()},
        "must": [k for k, (t, flags, v) in m.keys["hparams"].items()
                 if flags and k not in HPARAMS],
        "special": {k[:-3]: int.from_bytes(x, "little")
                    for k, (t, flags, x) in m.keys.get("tokenizer", {}).items()
                    if k in ("bos_id", "eos_id", "unk_id", "pad_id", "sep_id",
                             "mask_id") and t == 2
                    and int.from_bytes(x, "little") < v.n},
        "d_model": m.d_model, "n_tokens": v.n, "n_distinct": v.distinct,
        "longest": v.longest, "index": bool(v.index),
        "predicted": min(v.n, m.w_u.rows) if m.w_u else 0,
        "tokens": [[t if t is None else t.hex(), v.kind(i), v.score(i)]
                   for i, t in enumerate(tokens)],
        "find": {t.hex(): v.find(t) for t in tokens if t is not None},
        "rows": {e.name: {r: " ".join("%08x" % x for x in row(e, r))
                          for r in {0, 1, e.rows // 2, e.rows - 1}
                          if r < e.rows} for e in matrices}}


def main(path):
    with open(path, "rb") as stream:
        data = stream.read()
    try:
        f = File(data)
    except Refusal as e:
        print(e)
        return 1
    m = Model(f)
    bad = m.bad + f.verify()
    for e in bad:
        print(e)
    if not bad:
        print(json.dumps(report(f, m), indent=1))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
