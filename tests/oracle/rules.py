# SPDX-License-Identifier: MIT
"""rules - what a reader must refuse, and by which name: spec/format.md 8

The second reader, reader.py, with every rule of the specification checked
before its words are believed.
"""
import math
import struct

import reader
from reader import CHUNK, DERIVED, DIGESTS, NOTE, le, stride, up

MAGIC = bytes.fromhex("89544b460d0a1a0a")
UNFINISHED = bytes.fromhex("00544b4670617274")
REQUIRED, FREE = 1, 0x8000
BIG = 1 << 47
NAME = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_.-")

# kind: name, flags, dtypes, most rows, most cols (format.md 1.3 and 10)
KINDS = {
    0x01: ("hparams", REQUIRED), 0x02: ("note", NOTE), 0x03: ("selftest", NOTE),
    0x10: ("vocab", REQUIRED), 0x11: ("vocab-index", DERIVED),
    0x12: ("vocab-order", DERIVED), 0x18: ("tokenizer", 0), 0x19: ("merges", 0),
    0x1A: ("merge-index", DERIVED), 0x1B: ("charsmap", 0),
    0x20: ("embed-norm-weight", REQUIRED, (1, 2, 3), 1, 1 << 17),
    0x21: ("embed-norm-bias", REQUIRED, (1, 2, 3), 1, 1 << 17),
    0x22: ("mix", REQUIRED, (1,), 65536, 1 << 17),
    0x23: ("final-norm-weight", REQUIRED, (1, 2, 3), 1, 1 << 17),
    0x24: ("final-norm-bias", REQUIRED, (1, 2, 3), 1, 1 << 17),
    0x25: ("b_u", REQUIRED, (1, 2, 3), 1, 1 << 24),
    0x30: ("w_e", REQUIRED, (1, 2, 3, 4), 1 << 24, 1 << 17),
    0x31: ("w_u", REQUIRED, (1, 2, 3, 4), 1 << 24, 1 << 17),
    0x40: ("norms", DERIVED), 0x41: ("sketch", DERIVED),
    DIGESTS: ("digests", REQUIRED)}


class Refusal(Exception):
    """A defect: the status, the rule of format.md 8 and where"""

    def __init__(self, status, rule, place):
        super().__init__("%s %s: %s" % (status, rule, place))
        self.status, self.rule, self.place = status, rule, place


def align(size, archive=False):
    if archive or size < CHUNK:
        return 64
    return CHUNK if size < 1 << 26 else 1 << 21


# ---- the container ----

def check_entry(e, before, known_minor, features):
    def refuse(bad, status, rule):
        if bad:
            raise Refusal(status, rule, e.place)

    known = KINDS.get(e.kind)
    refuse(e.kind == 0, "E_SECTION", "R20")
    refuse(e.flags & ~7, "E_FEATURE", "R21")
    name = e.field.rstrip(b"\0")
    refuse(not 1 <= len(name) <= 31 or set(name) - NAME, "E_SECTION", "R22")
    refuse(e.kind == FREE and b"." not in name, "E_SECTION", "R22")
    if known:
        legal = known[2] if len(known) > 2 else (0,)
        refuse(known[:2] != (e.name, e.flags)
               or e.dtype < 5 and e.dtype not in legal, "E_SECTION", "R22")
    refuse(not e.size or not e.stored_size, "E_LAYOUT", "R23")
    refuse(max(e.size, e.stored_size) >= BIG, "E_LIMIT", "R24")
    refuse(e.codec and (
        not features & 1 or e.kind == DIGESTS
        or e.codec == 2 and e.dtype not in (1, 2, 3))
           or not e.codec and e.size != e.stored_size, "E_LAYOUT", "R25")
    refuse(e.dtype == 0 and any((e.rows, e.cols, e.row_stride)),
           "E_SHAPE", "R26")
    if 1 <= e.dtype <= 4:
        refuse(not e.rows or not e.cols, "E_SHAPE", "R26")
        rows, cols = (known or (0,) * 3 + (1 << 24,) * 2)[3:]
        refuse(e.rows > rows or e.cols > cols, "E_LIMIT", "R27")
        refuse(e.row_stride != stride(e.dtype, e.cols)
               or e.size != e.rows * e.row_stride, "E_SHAPE", "R28")
    refuse(before and (e.kind, e.field) <= (before.kind, before.field),
           "E_LAYOUT", "R29")
    refuse(known_minor and (
        any(e.raw[0x0C:0x10] + e.raw[0x68:0x70] + e.raw[0x80:0x90]
            + e.raw[0xB0:192])
        or any(e.stored_digest[16 if e.codec else 0:])
        or e.kind == DIGESTS and any(e.digest)), "E_RESERVED", "R30")


class File(reader.File):
    """The container, if nothing is wrong with it"""

    def __init__(self, data):
        def refuse(bad, status, rule, place="header"):
            if bad:
                raise Refusal(status, rule, place)

        refuse(len(data) < 128, "E_TRUNCATED", "R01")
        refuse(data[:8] == UNFINISHED, "E_UNFINISHED", "R03")
        refuse(data[:8] != MAGIC, "E_MAGIC", "R02")
        (major, minor, hsize, count, esize, features, size,
         scheme) = struct.unpack_from("<HHIIIQQI", data, 8)
        refuse(major != 0, "E_VERSION", "R04")
        refuse(reader.xxh3_64(data[:0x78]) != le(data, 0x78),
               "E_CHECKSUM", "R05")
        refuse(features & ~1, "E_FEATURE", "R06")
        refuse(scheme != 1, "E_FEATURE", "R07")
        newer = minor > 1
        refuse((hsize, esize) != (128, 192) and (
            not newer or hsize < 128 or esize < 192 or hsize % 8 or esize % 8),
            "E_LAYOUT", "R08")
        refuse(count == 0, "E_LAYOUT", "R09")
        end = hsize + count * esize
        refuse(count > 256 or end > 65536, "E_LIMIT", "R10")
        refuse(not newer and any(data[0x2C:0x30] + data[0x40:0x78]),
               "E_RESERVED", "R11")
        refuse(size >= BIG, "E_LIMIT", "R12")
        refuse(len(data) < size, "E_TRUNCATED", "R13")
        refuse(len(data) > size, "E_TRAILING", "R14")
        refuse(end > size, "E_LAYOUT", "R15")
        super().__init__(data)
        head = (data[:0x30] + bytes(32) + data[0x50:0x78] + bytes(8)
                + data[0x80:end])
        refuse(reader.xxh3_128(head, 0x8000000000000002) != self.root,
               "E_CHECKSUM", "R16")
        self.check_table(refuse, newer)

    def check_table(self, refuse, newer):
        end, leaves, before = self.head, 0, None
        for i, e in enumerate(self.entries):
            e.place = "entry %d" % i
            check_entry(e, before, not newer, self.features)
            last = e.kind == DIGESTS
            refuse(e.offset != up(end, align(
                e.stored_size, self.features & 1))
                   or e.offset + e.stored_size > self.size,
                   "E_LAYOUT", "R31", e.place)
            refuse(e.first_leaf != (0 if last else leaves)
                   or last and e.size != 16 * leaves,
                   "E_LAYOUT", "R32", e.place)
            end = e.offset + e.stored_size
            leaves += e.leaves
            e.place = "section " + e.name
            before = e
        refuse(before.kind != DIGESTS, "E_SECTION", "R33", before.place)
        refuse(end != self.size, "E_LAYOUT", "R34", before.place)
        refuse(self.features & 1 and not any(e.codec for e in self.entries),
               "E_LAYOUT", "R35")

    def verify(self):
        """Defects that full verification of the container finds"""
        bad = [Refusal("E_RESERVED", "R71", "padding before " + e.name)
               if what == "padding" else
               Refusal("E_CHECKSUM", "R70", "%s, %s" % (e.place, what))
               for e, what in self.damage()]
        wrong = {r.place.partition(",")[0] for r in bad}
        for e in self.entries:
            if e.codec and e.place not in wrong:
                bad += self.verify_frames(e)
        return bad

    @staticmethod
    def verify_frames(e):
        """What can be said without zstd, which Python has not"""
        n = -(-e.size >> 20)
        sizes = e.data[-4 * n:]
        if e.codec < 3 and (len(e.data) < 4 * n or len(e.data) - 4 * n != sum(
                struct.unpack("<%dI" % n, sizes))):
            return [Refusal("E_CODEC", "R72", e.place)]
        return [Refusal("E_FEATURE", "8.4", e.place)] if e.codec > 2 else []


# ---- key/value sections ----

def is_text(value):
    try:
        return "\0" not in value.decode("utf-8")
    except UnicodeDecodeError:
        return False


def is_value(kind, v):
    """R43: is this a value of the type?"""
    n = len(v)
    return (kind == 1 and n == 1 and v[0] < 2 or kind == 2 and n == 8
            or kind == 3 and n == 8 and math.isfinite(*struct.unpack("<d", v))
            or kind == 4 and is_text(v) or kind == 5
            or kind == 6 and n % 8 == 0 or kind == 7 and n % 8 == 0
            and all(map(math.isfinite, struct.unpack("<%dd" % (n // 8), v))))


def check_key_values(d, where, found):
    """Yields what is wrong with a section; fills in the keys it gets to"""
    at, before = 8, b""
    if len(d) > 16 << 20:
        yield Refusal("E_LIMIT", "R40", where)
    if len(d) < 8:
        yield Refusal("E_LAYOUT", "R41", where)
        return
    count, zero = struct.unpack_from("<II", d)
    if count > 4096:
        yield Refusal("E_LIMIT", "R40", where)
    if zero:
        yield Refusal("E_RESERVED", "R42", where)
    for i in range(count):
        place = "%s key %d" % (where, i)
        if len(d) - at < 8:
            yield Refusal("E_LAYOUT", "R41", place)
            return
        klen, kind, flags, vlen = struct.unpack_from("<HBBI", d, at)
        at += 8
        if klen > 127 or vlen > 8 << 20:
            yield Refusal("E_LIMIT", "R40", place)
        if flags > 1:
            yield Refusal("E_RESERVED", "R42", place)
        if not klen or not 1 <= kind <= 7:
            yield Refusal("E_VALUE", "R43", place)
        if len(d) - at < up(klen, 8) + up(vlen, 8):
            yield Refusal("E_LAYOUT", "R41", place)
            return
        key, pad = d[at:at + klen], d[at + klen:at + up(klen, 8)]
        at += up(klen, 8)
        value, pad2 = d[at:at + vlen], d[at + vlen:at + up(vlen, 8)]
        at += up(vlen, 8)
        if any(pad + pad2):
            yield Refusal("E_RESERVED", "R42", place)
        if set(key) - NAME or not is_value(kind, value):
            yield Refusal("E_VALUE", "R43", place)
        if i and key <= before:
            yield Refusal("E_LAYOUT", "R41", place)
        found[key.decode("latin-1")] = kind, flags, value
        before = key
    if at != len(d):
        yield Refusal("E_LAYOUT", "R41", where)


def is_f32(x):
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0] == x
    except OverflowError:
        return False


NORM = (4, 1, ("none", "layernorm", "rmsnorm").__contains__)
EPS = (3, 1, lambda x: x >= 0)
# key: type, MUST, rule (format.md 3.2)
HPARAMS = {
    "d_model": (2, 0, lambda x: 1 <= x <= 1 << 17),
    "embed_norm": NORM, "embed_norm_eps": EPS, "embed_scale": (3, 1, is_f32),
    "final_norm": NORM, "final_norm_eps": EPS,
    "final_norm_offset": (3, 1, is_f32),
    "logit_scale": (3, 1, lambda x: x > 0 and is_f32(x)),
    "logit_softcap": (3, 1, lambda x: x > 0 and is_f32(x)),
    "n_ctx": (2, 0, lambda x: True), "tied": (1, 1, lambda x: True)}


def check_hparams(keys):
    """Yields the known keys that are wrong, by name"""
    for key in set(keys) & set(HPARAMS):
        want, must, legal = HPARAMS[key]
        kind, flags, v = keys[key][:3]
        value = None
        if (kind, flags) == (want, must) and is_value(kind, v):
            value = reader.known_hparams({key: keys[key]})[key]
        if value in (None, reader.DEFAULTS[key]) or not legal(value):
            yield key


# ---- the vocabulary ----

def check_vocab(e):
    d = e.data
    if len(d) < 64:
        yield Refusal("E_SECTION", "R55", e.place)
        return
    n, blob, longest, distinct, flags = struct.unpack_from("<5I", d)
    if n >= 1 << 24 or longest > 65535:
        yield Refusal("E_LIMIT", "R56", e.place)
    if not n or not 1 <= distinct <= n:
        yield Refusal("E_SECTION", "R57", e.place)
    if flags > 3 or any(d[20:64]):
        yield Refusal("E_RESERVED", "R58", e.place)
    if len(d) != (64 + up(4 * n + 4, 64) + up(blob, 64) + up(n, 64) * (
            flags & 1) + up(4 * n, 64) * (flags >> 1 & 1)):
        yield Refusal("E_SECTION", "R55", e.place)


def check_index(e, vocab):
    """An index that was made from something else is not looked at"""
    x = e.data
    if e.size < 64:
        yield Refusal("E_SECTION", "R60", e.place)
        return
    if x[:32] != vocab.digest + bytes(16):
        return
    n, distinct = struct.unpack_from("<I8xI", vocab.data)
    s, probe, w = struct.unpack_from("<II8xI", x, 32)
    if (s < 16 or s & s - 1 or s < 2 * distinct or len(x) != 64 + 4 * s
            or w != n.bit_length()):
        yield Refusal("E_SECTION", "R60", e.place)
    if probe > 255:
        yield Refusal("E_LIMIT", "R61", e.place)
    if any(x[0x34:0x40]):
        yield Refusal("E_RESERVED", "R62", e.place)


# ---- the model ----

class Model(reader.Model):
    """bad: what keeps it from being opened (8.3); all of it, in any order"""

    def __init__(self, f):
        self.file, self.bad, self.keys = f, [], {}
        if f.features & 1:
            self.refuse("E_FEATURE", "R50", "header")
            return
        for e in f.entries:
            if e.flags & REQUIRED and (not e.known or e.dtype > 4):
                self.refuse("E_FEATURE", "R50", e.place)
        for name in ("hparams", "note", "tokenizer"):
            found = self.keys[name] = {}
            if f.section(name):
                self.bad += check_key_values(f.section(name).data, name, found)
        for name in ("hparams", "vocab"):
            if not any(e.known and e.name == name for e in f.entries):
                self.refuse("E_SECTION", "R51", name)
        vocab, index = f.section("vocab"), f.section("vocab-index")
        if vocab:
            self.bad += check_vocab(vocab)
            if index and vocab.size >= 64:
                self.bad += check_index(index, vocab)
        self.check_shapes(self.keys["hparams"])
        if not self.bad:
            super().__init__(f)

    def refuse(self, *what):
        self.bad.append(Refusal(*what))

    def check_shapes(self, keys):
        """Matrices against hyperparameters, each default in place of one
        that is wrong"""
        f, wrong = self.file, set(check_hparams(keys))
        for key in wrong:
            self.refuse("E_VALUE", "R52", "hparams, " + key)
        h = reader.known_hparams({k: v for k, v in keys.items()
                                  if k not in wrong})
        w_e, w_u = f.section("w_e"), f.section("w_u")
        out = w_e if h["tied"] else w_u
        matrix = w_u or w_e
        if h["tied"] and (w_u or not w_e):
            self.refuse("E_SECTION", "R53", "hparams, tied")
        if matrix and h["d_model"]:
            self.refuse("E_SECTION", "R53", "hparams, d_model")
        for side, m in (("embed", w_e), ("final", matrix)):
            d = m.cols if m else h["d_model"] if side == "final" else None
            for part in ("weight", "bias"):
                e = f.section("%s-norm-%s" % (side, part))
                if e and h[side + "_norm"] == "none":
                    self.refuse("E_SECTION", "R53", e.place)
                if e and (not m or e.cols != d):
                    self.refuse("E_SHAPE", "R54", e.place)
        e = f.section("b_u")
        if e and (not out or e.cols != out.rows):
            self.refuse("E_SHAPE", "R54", e.place)
        e = f.section("mix")
        if e and (not w_e or e.cols not in (1, w_e.cols)
                  or 0 < h["n_ctx"] < e.rows):
            self.refuse("E_SHAPE", "R54", e.place)
