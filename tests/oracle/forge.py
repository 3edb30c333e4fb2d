# SPDX-License-Identifier: MIT
"""forge - .tk files from sections, and files whose sums are made right again

What is here writes anything that it is told to write, right or wrong.
"""
import struct

import facts
import reader
import rules
from reader import DIGESTS, leaves_of, stride, up
from rules import align

NUMBERS = {k[0]: (n, k[1]) for n, k in rules.KINDS.items()}


class Section(dict):
    """What a table entry says of a section, and its bytes as 'data'"""

    def __init__(self, name, data, **fields):
        kind, flags = NUMBERS.get(name, (rules.FREE, 0))
        super().__init__(name=name.encode(), data=data, kind=kind, flags=flags,
                         codec=0, dtype=0, rows=0, cols=0, row_stride=0)
        self.update(fields)


def matrix(name, dtype, rows, cols, data=None, **fields):
    size = stride(dtype, cols)
    return Section(name, bytes(rows * size) if data is None else data,
                   dtype=dtype, rows=rows, cols=cols, row_stride=size,
                   **fields)


def sections_of(data):
    """All sections of a good file but the digests"""
    return [Section(e.name, e.data, **{k: getattr(e, k) for k in (
        "kind", "flags", "codec", "dtype", "rows", "cols", "row_stride")})
            for e in rules.File(data).entries[:-1]]


def key_values(*keys):
    """Of (key, type, flags, value); in the order given"""
    return facts.encode({k: v for k, *v in keys})


def entry(s, offset, leaf, dig):
    size = len(s["data"])
    return struct.pack(
        "<IIHHI32sQQQQQQQQ16s16x32x16x", s["kind"], s["flags"], s["codec"],
        s["dtype"], 0, s["name"], offset, size, size, s["rows"], s["cols"],
        s["row_stride"], leaf, 0, dig)


def build(sections, minor=1, hsize=128, esize=192, digests=True):
    """The file of these sections, in this order"""
    leaves = [leaves_of(s["data"]) for s in sections]
    todo = list(zip(sections, leaves))
    if digests:
        todo.append((Section("digests", b"".join(leaves)), b""))
    end, first = hsize + esize * len(todo), 0
    table, body = b"", b""
    for s, own in todo:
        start = up(end, align(len(s["data"])))
        last = s["kind"] == DIGESTS
        dig = bytes(16) if last else reader.xxh3_128(own, 0x8000000000000001)
        table += entry(s, start, 0 if last else first, dig).ljust(
            esize, b"\xa5")
        body += bytes(start - end) + s["data"]
        end = start + len(s["data"])
        first += len(own) // 16
    head = rules.MAGIC + struct.pack(
        "<HHIIIQQI", 0, minor, hsize, len(todo), esize, 0, end, 1)
    return seal(head.ljust(128, b"\0").ljust(hsize, b"\xa5") + table + body)


def seal(data):
    """Root digest and header checksum made right, if there can be a root"""
    hsize, count, esize = struct.unpack_from("<III", data, 12)
    end = hsize + count * esize
    if 128 <= end <= min(len(data), 65536):
        head = bytearray(data[:end])
        head[0x30:0x50] = bytes(32)
        head[0x78:0x80] = bytes(8)
        root = reader.xxh3_128(bytes(head), 0x8000000000000002)
        data = data[:0x30] + root + data[0x40:]
    check = reader.xxh3_64(data[:0x78])
    return data[:0x78] + struct.pack("<Q", check) + data[0x80:]


def patch(data, *changes):
    """Bytes put at offsets"""
    out = bytearray(data)
    for at, new in changes:
        out[at:at + len(new)] = new
    return bytes(out)


def seal_all(data, like, fresh=True):
    """All digests made right, of a file that has the table of 'like'; with
    'fresh' those of sources as well, so that nothing is stale"""
    f = rules.File(like)
    by_name = {e.name: e for e in f.entries}
    out = bytearray(data)
    hsize, esize = struct.unpack_from("<I4xI", like, 12)
    for i, e in enumerate(f.entries[:-1]):
        source = by_name.get({"vocab-index": "vocab", "sketch": "w_u"}.get(
            e.name), by_name.get("w_e") if e.name == "sketch" else None)
        if source and fresh and e.size >= 32:
            at = hsize + esize * f.entries.index(source) + 0x70
            out[e.offset:e.offset + 16] = out[at:at + 16]
        stored = bytes(out[e.offset:e.offset + e.stored_size])
        own = leaves_of(stored)
        if e.codec:
            at = hsize + esize * i + 0x90
            out[at:at + 16] = reader.xxh3_128(own, 0x8000000000000001)
            continue
        at = f.entries[-1].offset + 16 * e.first_leaf
        out[at:at + len(own)] = own
        at = hsize + esize * i + 0x70
        out[at:at + 16] = reader.xxh3_128(own, 0x8000000000000001)
    return seal(bytes(out))


# ---- a vocabulary and its index (format.md 4) ----

def padded(data):
    return data.ljust(up(len(data), 64), b"\0")


def vocab(tokens, kinds=None, scores=None):
    ends = [0]
    for t in tokens:
        ends.append(ends[-1] + len(t))
    n = len(tokens)
    out = struct.pack("<5I44x", n, ends[-1], max(map(len, tokens)),
                      len(set(tokens)), bool(kinds) + 2 * bool(scores))
    out += padded(struct.pack("<%dI" % (n + 1), *ends))
    out += padded(b"".join(tokens))
    if kinds:
        out += padded(bytes(kinds))
    if scores:
        out += padded(struct.pack("<%df" % n, *scores))
    return Section("vocab", out)


def filled(tokens, size, seed):
    """(slots, longest distance); None if some token lies too far away"""
    slots, most, seen = [0] * size, 0, set()
    low = (1 << len(tokens).bit_length()) - 1
    for i, t in enumerate(tokens):
        if t in seen:
            continue
        seen.add(t)
        h = reader.xxh3_64(t, seed)
        far = 0
        while slots[(h + far) % size]:
            far += 1
            if far > 255:
                return None
        slots[(h + far) % size] = (h >> 32 & ~low) + i + 1
        most = max(most, far)
    return slots, most


def index(tokens, of):
    size = 16
    while size < 2 * len(set(tokens)):
        size *= 2
    while True:
        for seed in range(16):
            found = filled(tokens, size, seed)
            if found:
                dig = reader.digest(of["data"])
                return Section("vocab-index", dig + struct.pack(
                    "<16xIIQI12x", size, found[1], seed,
                    len(tokens).bit_length())
                               + struct.pack("<%dI" % size, *found[0]))
        size *= 2
