# SPDX-License-Identifier: MIT
"""tkfile - the container of .tk files and its key/value sections

Made from spec/format.md 1 to 3 and 8 alone, for the second reader.
"""

import math
import struct

from xxh3 import xxh3_64, xxh3_128

MAGIC = bytes.fromhex("89544b460d0a1a0a")
UNFINISHED = bytes.fromhex("00544b4670617274")
REQUIRED, DERIVED, NOTE = 1, 2, 4
CHUNK = 65536
BIG = 1 << 47
DIGESTS, FREE = 0xFFFFFFFF, 0x8000
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
TYPES = (None, "bool", "u64", "f64", "text", "bytes", "u64s", "f64s")


class Refusal(Exception):
    """A defect: the status, the rule of format.md 8 and where"""

    def __init__(self, status, rule, place):
        super().__init__("%s %s: %s" % (status, rule, place))
        self.status, self.rule, self.place = status, rule, place


def up(x, a):
    return -(-x // a) * a


def digest(data):
    leaves = b"".join(xxh3_128(data[i:i + CHUNK], i // CHUNK)
                      for i in range(0, len(data), CHUNK))
    return xxh3_128(leaves, 0x8000000000000001)


def stride(dtype, c):
    return {1: up(4 * c, 64), 2: up(2 * c, 64), 3: up(2 * c, 64),
            4: up(c, 64) + up(2 * -(-c // 32), 64)}[dtype]


def align(size, archive=False):
    if archive or size < CHUNK:
        return 64
    return CHUNK if size < 1 << 26 else 1 << 21


class Entry:
    """One entry of the section table"""

    FIELDS = ("kind", "flags", "codec", "dtype", "reserved", "name", "offset",
              "stored_size", "size", "rows", "cols", "row_stride",
              "first_leaf", "reserved2", "digest", "reserved3",
              "stored_digest", "reserved4")

    def __init__(self, raw, number):
        self.raw = raw
        for key, value in zip(self.FIELDS, struct.unpack(
                "<IIHHI32sQQQQQQQQ16s16s32s16s", raw[:192])):
            setattr(self, key, value)
        self.field = self.name
        self.name = self.field.rstrip(b"\0").decode("latin-1")
        self.place = "entry %d" % number
        self.leaves = -(-self.size // CHUNK)
        self.known = KINDS.get(self.kind)

    def check(self, before, known_minor, features):
        def refuse(bad, status, rule):
            if bad:
                raise Refusal(status, rule, self.place)

        refuse(self.kind == 0, "E_SECTION", "R20")
        refuse(self.flags & ~7, "E_FEATURE", "R21")
        name = self.field.rstrip(b"\0")
        refuse(not 1 <= len(name) <= 31 or set(name) - NAME, "E_SECTION", "R22")
        refuse(self.kind == FREE and b"." not in name, "E_SECTION", "R22")
        if self.known:
            legal = self.known[2] if len(self.known) > 2 else (0,)
            refuse(self.known[:2] != (self.name, self.flags)
                   or self.dtype < 5 and self.dtype not in legal,
                   "E_SECTION", "R22")
        refuse(not self.size or not self.stored_size, "E_LAYOUT", "R23")
        refuse(max(self.size, self.stored_size) >= BIG, "E_LIMIT", "R24")
        refuse(self.codec and (
            not features & 1 or self.kind == DIGESTS
            or self.codec == 2 and self.dtype not in (1, 2, 3))
               or not self.codec and self.size != self.stored_size,
               "E_LAYOUT", "R25")
        shape = self.rows, self.cols, self.row_stride
        refuse(self.dtype == 0 and any(shape), "E_SHAPE", "R26")
        if 1 <= self.dtype <= 4:
            refuse(not self.rows or not self.cols, "E_SHAPE", "R26")
            rows, cols = (self.known or (0,) * 3 + (1 << 24,) * 2)[3:]
            refuse(self.rows > rows or self.cols > cols, "E_LIMIT", "R27")
            refuse(self.row_stride != stride(self.dtype, self.cols)
                   or self.size != self.rows * self.row_stride,
                   "E_SHAPE", "R28")
        refuse(before and (self.kind, self.field) <= (
            before.kind, before.field), "E_LAYOUT", "R29")
        refuse(known_minor and (
            self.reserved or self.reserved2 or any(
                self.reserved3 + self.reserved4)
            or any(self.stored_digest[16 if self.codec else 0:])
            or self.kind == DIGESTS and any(self.digest)),
            "E_RESERVED", "R30")


class File:
    """The container: header, table, digests"""

    def __init__(self, data):
        self.data = data

        def refuse(bad, status, rule, place="header"):
            if bad:
                raise Refusal(status, rule, place)

        refuse(len(data) < 128, "E_TRUNCATED", "R01")
        refuse(data[:8] == UNFINISHED, "E_UNFINISHED", "R03")
        refuse(data[:8] != MAGIC, "E_MAGIC", "R02")
        (major, self.minor, hsize, count, esize, self.features, self.size,
         scheme) = struct.unpack_from("<HHIIIQQI", data, 8)
        self.root = data[0x30:0x40]
        refuse(major != 0, "E_VERSION", "R04")
        refuse(xxh3_64(data[:0x78]).to_bytes(8, "little") != data[0x78:0x80],
               "E_CHECKSUM", "R05")
        refuse(self.features & ~1, "E_FEATURE", "R06")
        refuse(scheme != 1, "E_FEATURE", "R07")
        newer = self.minor > 1
        refuse((hsize, esize) != (128, 192) and (
            not newer or hsize < 128 or esize < 192 or hsize % 8 or esize % 8),
            "E_LAYOUT", "R08")
        refuse(count == 0, "E_LAYOUT", "R09")
        end = hsize + count * esize
        refuse(count > 256 or end > 65536, "E_LIMIT", "R10")
        refuse(not newer and any(data[0x2C:0x30] + data[0x40:0x78]),
               "E_RESERVED", "R11")
        refuse(self.size >= BIG, "E_LIMIT", "R12")
        refuse(len(data) < self.size, "E_TRUNCATED", "R13")
        refuse(len(data) > self.size, "E_TRAILING", "R14")
        refuse(end > self.size, "E_LAYOUT", "R15")
        head = bytearray(data[:end])
        head[0x30:0x50] = bytes(32)
        head[0x78:0x80] = bytes(8)
        refuse(xxh3_128(bytes(head), 0x8000000000000002) != self.root,
               "E_CHECKSUM", "R16")
        self.gaps = []
        self.entries = []
        leaves, before = 0, None
        for i in range(count):
            e = Entry(data[hsize + i * esize:hsize + (i + 1) * esize], i)
            e.check(before, not newer, self.features)
            last = e.kind == DIGESTS
            refuse(e.offset != up(end, align(
                e.stored_size, self.features & 1))
                   or e.offset + e.stored_size > self.size,
                   "E_LAYOUT", "R31", e.place)
            refuse(e.first_leaf != (0 if last else leaves)
                   or last and e.size != 16 * leaves,
                   "E_LAYOUT", "R32", e.place)
            self.gaps.append((end, e.offset, e.name))
            end = e.offset + e.stored_size
            leaves += e.leaves
            e.data = data[e.offset:end]
            e.place = "section " + e.name
            self.entries.append(e)
            before = e
        refuse(before.kind != DIGESTS, "E_SECTION", "R33", before.place)
        refuse(end != self.size, "E_LAYOUT", "R34", before.place)
        refuse(self.features & 1 and not any(e.codec for e in self.entries),
               "E_LAYOUT", "R35")

    def section(self, name):
        """The section of a kind of table 3, if it can be used"""
        for e in self.entries:
            if e.known and e.name == name and e.dtype < 5 and not e.codec:
                return e
        return None

    def content(self):
        text = b""
        for e in self.entries:
            if not e.flags & (DERIVED | NOTE) and e.kind != DIGESTS:
                text += (e.raw[:4] + bytes(6) + e.raw[10:0x30] + bytes(16)
                         + e.raw[0x40:0x60] + bytes(8) + e.raw[0x68:0x90]
                         + bytes(32) + e.raw[0xB0:192])
        return xxh3_128(text, 0x8000000000000003)

    def verify(self):
        """Defects that full verification of the container finds"""
        bad = [Refusal("E_RESERVED", "R71", "padding before " + name)
               for a, b, name in self.gaps if any(self.data[a:b])]
        leaves = self.entries[-1].data
        for e in self.entries[:-1]:
            own = leaves[16 * e.first_leaf:16 * (e.first_leaf + e.leaves)]
            if xxh3_128(own, 0x8000000000000001) != e.digest:
                bad.append(Refusal("E_CHECKSUM", "R70", "leaves of " + e.name))
                continue
            if e.codec:
                bad += self.verify_stored(e)
                continue
            bad += [Refusal("E_CHECKSUM", "R70", "%s, chunk %d" % (e.place, i))
                    for i in range(e.leaves)
                    if xxh3_128(e.data[CHUNK * i:CHUNK * (i + 1)], i)
                    != own[16 * i:16 * i + 16]]
        return bad

    @staticmethod
    def verify_stored(e):
        """What can be said without zstd, which Python has not"""
        if digest(e.data) != e.stored_digest[:16]:
            return [Refusal("E_CHECKSUM", "R70", e.place + ", as stored")]
        n = -(-e.size >> 20)
        sizes = e.data[-4 * n:]
        if e.codec < 3 and (len(e.data) < 4 * n or len(e.data) - 4 * n != sum(
                struct.unpack("<%dI" % n, sizes))):
            return [Refusal("E_CODEC", "R72", e.place)]
        return [Refusal("E_FEATURE", "8.4", e.place)] if e.codec > 2 else []


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


def key_values(d, where, bad):
    """{key: (type, flags, bytes)}; appends to bad what it meets (8.2)"""
    def note(cond, status, rule, key=None):
        if cond:
            bad.append(Refusal(status, rule, where + (
                " key %d" % key if key is not None else "")))
        return cond

    found, at, before = {}, 8, b""
    note(len(d) > 16 << 20, "E_LIMIT", "R40")
    if note(len(d) < 8, "E_LAYOUT", "R41"):
        return found
    count, zero = struct.unpack_from("<II", d)
    note(count > 4096, "E_LIMIT", "R40")
    note(zero, "E_RESERVED", "R42")
    for i in range(count):
        if note(len(d) - at < 8, "E_LAYOUT", "R41", i):
            return found
        klen, kind, flags, vlen = struct.unpack_from("<HBBI", d, at)
        at += 8
        note(klen > 127 or vlen > 8 << 20, "E_LIMIT", "R40", i)
        note(flags > 1, "E_RESERVED", "R42", i)
        note(not klen or not 1 <= kind <= 7, "E_VALUE", "R43", i)
        if note(len(d) - at < up(klen, 8) + up(vlen, 8), "E_LAYOUT", "R41", i):
            return found
        key, pad = d[at:at + klen], d[at + klen:at + up(klen, 8)]
        at += up(klen, 8)
        value, pad2 = d[at:at + vlen], d[at + vlen:at + up(vlen, 8)]
        at += up(vlen, 8)
        note(any(pad + pad2), "E_RESERVED", "R42", i)
        note(set(key) - NAME or not is_value(kind, value), "E_VALUE", "R43", i)
        note(i and key <= before, "E_LAYOUT", "R41", i)
        found[key.decode("latin-1")] = kind, flags, value
        before = key
    note(at != len(d), "E_LAYOUT", "R41")
    return found


def encode(keys):
    out = struct.pack("<II", len(keys), 0)
    for key, (kind, flags, v) in keys.items():
        out += struct.pack("<HBBI", len(key), kind, flags, len(v))
        out += key.encode().ljust(up(len(key), 8), b"\0")
        out += v.ljust(up(len(v), 8), b"\0")
    return out


def plain(kind, v):
    """A value as JSON has it; f64 as the hex digits of its bits"""
    words = [v[i:i + 8][::-1] for i in range(0, len(v), 8)]
    return {1: lambda: v == b"\1", 2: lambda: int.from_bytes(v, "little"),
            3: lambda: v[::-1].hex(), 4: v.decode, 5: v.hex,
            6: lambda: [int.from_bytes(w, "big") for w in words],
            7: lambda: [w.hex() for w in words]}[kind]()
