# SPDX-License-Identifier: MIT
"""selfread - what the second reader says of a self-test (format.md 7.3, 8.4)

It computes each case by compute.md, in plain Python: for small models.
"""
import math
import struct

import compute
from reader import row
from rules import Refusal

MOST = 1024


def floats(bits):
    return list(struct.unpack("<%df" % len(bits), struct.pack(
        "<%dI" % len(bits), *bits)))


class Numbers:
    """What a model that opens computes"""

    def __init__(self, model):
        self.h, self.file = model.h, model.file
        self.keys = model.keys["hparams"]
        self.w_e, self.w_u = self.file.section("w_e"), model.w_u
        self.d = model.d_model
        self.n = min(model.vocab.n, self.w_u.rows) if self.w_u else 0
        self.b_u = self.one("b_u")
        self.matrix = [tuple(floats(row(self.w_u, i)))
                       for i in range(self.n)]

    def one(self, name):
        e = self.file.section(name)
        return floats(row(e, 0)) if e else None

    def norm(self, which, x):
        return compute.norm(
            self.h[which + "_norm"], x, self.h[which + "_norm_eps"],
            self.one(which + "-norm-weight"), self.one(which + "-norm-bias"),
            self.h.get(which + "_norm_offset", 0.0))

    def embed(self, i):
        scale = self.h["embed_scale"]
        x = floats(row(self.w_e, i))
        return self.norm("embed", [compute.f32(v * scale) for v in x]
                         if scale != 1 else x)

    def context(self, ids):
        mix = self.file.section("mix")
        if not mix:
            return self.embed(ids[-1])
        n = min(len(ids), mix.rows, self.h["n_ctx"] or len(ids))
        return compute.mix([floats(row(mix, j)) for j in range(n)],
                           [self.embed(i) for i in ids[:-n - 1:-1]])

    def best(self, h, k):
        """(id, key, z), or ValueError"""
        def finite(x):
            if not all(map(math.isfinite, x)):
                raise ValueError("not finite")
            return x

        h = tuple(finite(self.norm("final", finite(h))))
        keys = [compute.dot(w, h) for w in self.matrix]
        if self.b_u:
            keys = [compute.f32(a + b) for a, b in zip(keys, self.b_u)]
        if any(math.isnan(x) or x == math.inf for x in keys):
            raise ValueError("no key")
        order = sorted((i for i in range(self.n) if keys[i] > -math.inf),
                       key=lambda i: (-keys[i], i))
        return [(i, keys[i], compute.logit(
            keys[i], self.h["logit_scale"], self.h["logit_softcap"]))
                for i in order[:k]]


class Cases:
    """The section, from its front to its end"""

    def __init__(self, data, numbers):
        self.data, self.numbers, self.at = data, numbers, 8
        self.cases = []
        self.refuse(len(data) > 16 << 20, "E_LIMIT", "R80")
        self.refuse(len(data) < 8, "E_LAYOUT", "R81")
        count, zero = struct.unpack_from("<II", data)
        self.refuse(count > MOST, "E_LIMIT", "R80")
        self.refuse(zero, "E_RESERVED", "R82")
        self.refuse(not count, "E_VALUE", "R83")
        for _ in range(count):
            self.case()
        self.refuse(self.at != len(data), "E_LAYOUT", "R81")

    def refuse(self, bad, status, rule):
        if bad:
            raise Refusal(status, rule, "self-test, byte %d" % self.at)

    def take(self, code, n):
        size = struct.calcsize("<" + code)
        self.refuse(len(self.data) - self.at < n * size, "E_LAYOUT", "R81")
        out = [struct.unpack_from("<" + code, self.data, self.at + size * i)
               for i in range(n)]
        self.at += n * size
        return out

    def case(self):
        (form, n_in, k, n_out), = self.take("4I", 1)
        self.refuse(form > 1, "E_VALUE", "R83")
        self.refuse(n_in > (1 << 17 if form else 65536) or k > MOST,
                    "E_LIMIT", "R80")
        self.refuse(not n_in or not k or not 1 <= n_out <= k, "E_VALUE", "R83")
        given = [x for x, in self.take("f" if form else "I", n_in)]
        out = self.take("Iff", n_out)
        m = self.numbers
        if form:
            self.refuse(n_in != m.d, "E_SHAPE", "R84")
            bad = not all(map(math.isfinite, given))
        else:
            self.refuse(not m.w_e or m.w_e.cols != m.d, "E_SHAPE", "R84")
            bad = max(given) >= m.w_e.rows
        self.refuse(bad, "E_VALUE", "R85")
        for before, now in zip([None] + out, out):
            i, key, z = now
            self.refuse(i >= m.n or not math.isfinite(key) or math.isnan(z),
                        "E_VALUE", "R85")
            self.refuse(before and (-key, i) <= (-before[1], before[0]),
                        "E_VALUE", "R85")
        self.cases.append((form, given, k, out))

    def verify(self):
        """Does each case come out as it says?"""
        m = self.numbers
        for form, given, k, out in self.cases:
            try:
                is_now = m.best(given if form else m.context(given), k)
            except ValueError:
                is_now = None
            same = is_now is not None and [
                struct.pack("<Iff", *r) for r in is_now] == [
                    struct.pack("<Iff", *r) for r in out]
            self.refuse(not same, "E_CHECKSUM", "R86")


def check(model):
    """Defects of the self-test of a model that opens; 0 or 1"""
    e = model.file.section("selftest")
    if not e:
        return []
    try:
        cases = Cases(e.data, Numbers(model))
        if not any(flags for k, (_, flags, *_) in model.keys["hparams"].items()
                   if k not in model.h):
            cases.verify()
    except Refusal as bad:
        return [bad]
    return []
