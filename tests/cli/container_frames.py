# SPDX-License-Identifier: MIT
"""container_frames.py - hostile archives: codecs, frames, their sizes

The frames are written here, of blocks that zstd calls raw and RLE.  What is in
them the second reader cannot tell: Python has no zstd.
"""
import functools
import struct

import reader
from forge import patch, seal
from rules import MAGIC
from container import Case, SMALL, fine, ordered, reals
from forge import Section, matrix

FRAME = 1 << 20
BLOCK = 1 << 17
ZSTD = b"\x28\xb5\x2f\xfd"


# ---- zstd's frames ----

def block(kind, size, content, last):
    return struct.pack("<I", last | kind << 1 | size << 3)[:3] + content


def blocks(data):
    """Of one byte over and over RLE, else raw"""
    out = b""
    for at in range(0, len(data), BLOCK):
        part = data[at:at + BLOCK]
        last = at + BLOCK >= len(data)
        same = part.count(part[:1]) == len(part)
        out += block(1, len(part), part[:1], last) if same else block(
            0, len(part), part, last)
    return out


def frame(data, says=None, head=0xA0, body=None):
    """A frame that says its size in four bytes and has no window"""
    return ZSTD + bytes([head]) + struct.pack(
        "<I", len(data) if says is None else says) + (
            blocks(data) if body is None else body)


def windowed(data, window, head=0x80):
    """One that has a window: 2^(10 + exponent) and eighths of it"""
    return ZSTD + bytes([head, window]) + struct.pack(
        "<I", len(data)) + blocks(data)


def planes(data, width):
    """Words rotated left by a bit, plane by plane, the highest byte first"""
    bits = 8 * width
    words = struct.unpack("<%d%s" % (len(data) // width, "HI"[width == 4]),
                          data)
    turned = b"".join(((w << 1 | w >> bits - 1) & (1 << bits) - 1).to_bytes(
        width, "little") for w in words)
    return b"".join(turned[i::width] for i in range(width - 1, -1, -1))


# ---- archives ----

def stored(frames, sizes=None):
    """Frames, and what is said of their sizes"""
    sizes = [len(f) for f in frames] if sizes is None else sizes
    return b"".join(frames) + struct.pack("<%dI" % len(sizes), *sizes)


@functools.lru_cache(None)
def cut(data, width):
    """What the frames of these bytes hold; 0: as it is"""
    out = [data[at:at + FRAME] for at in range(0, len(data), FRAME)]
    return [planes(part, width) for part in out] if width else out


def parts_of(section):
    return cut(section["data"], {0: 0, 1: 4, 2: 2, 3: 2}[
        section["dtype"] if section["codec"] == 2 else 0])


@functools.lru_cache(None)
def leaves_of(data):
    return reader.leaves_of(data)


@functools.lru_cache(None)
def digest(data):
    return reader.digest(data)


def archive(parts, features=1, own=None, **changed):
    """The archive of these sections; 'changed': stored bytes by name"""
    sections = ordered(parts.values())
    leaves = [leaves_of(s["data"]) if own is None else own(s)
              for s in sections]
    entries, body = b"", b""
    end, first = 128 + 192 * (len(sections) + 1), 0
    for s, leaf in zip(sections + [Section("digests", b"".join(leaves))],
                       leaves + [b""]):
        raw = s["data"]
        if s["codec"]:
            raw = changed.get(s["name"].decode(),
                              stored([frame(p) for p in parts_of(s)]))
        start = reader.up(end, 64)
        last = s["kind"] == reader.DIGESTS
        size = s.get("size", len(s["data"]))
        entries += struct.pack(
            "<IIHHI32sQQQQQQQQ16s16x16s16x16x", s["kind"], s["flags"],
            s["codec"], s["dtype"], 0, s["name"], start, len(raw), size,
            s["rows"], s["cols"], s["row_stride"], 0 if last else first, 0,
            bytes(16) if last else reader.xxh3_128(leaf, 0x8000000000000001),
            digest(raw) if s["codec"] else bytes(16))
        body += bytes(start - end) + raw
        end = start + len(raw)
        first += len(leaf) // 16
    head = MAGIC + struct.pack("<HHIIIQQI", 0, 1, 128, len(sections) + 1, 192,
                               features, end, 1)
    return seal(head.ljust(128, b"\0") + entries + body)


PARTS = {**SMALL,
         "hparams": Section("hparams", bytes(8)),
         "note": Section("note", struct.pack("<II", 1, 0) + struct.pack(
             "<HBBI", 1, 5, 0, 600) + b"x".ljust(8, b"\0") + bytes(
                 i * i % 251 for i in range(600)), codec=1),
         "w_e": matrix("w_e", 1, 9, 20, reals(9, 20), codec=2),
         "w_u": matrix("w_u", 1, 4608, 80, bytes(4608 * 320), codec=2)}
GOOD = archive(PARTS)


def entry_at(name, data=GOOD):
    return 128 + 192 * [s["name"].decode() for s in ordered(
        PARTS.values())].index(name)


def hostile(what, status="E_CODEC", **changed):
    """Of that section; a matrix is not looked at until it is needed"""
    name, = changed
    Case("archive, %s: %s" % (name, what), archive(PARTS, **changed), status,
         "damage", "own " + name, good=GOOD, blind=True,
         exits=(2 if name == "note" else 0, 1, 2, 2))


def frames():
    for name in ("note", "w_e"):
        data, = parts_of(PARTS[name])
        good = frame(data)
        for what, f in (
                ("of no bytes", b""), ("of 5 bytes", good[:5]),
                ("cut by a byte", good[:-1]), ("cut by half", good[:300]),
                ("a byte after it", good + b"\0"), ("twice", good + good),
                ("behind one that is skipped",
                 b"\x50\x2a\x4d\x18\4\0\0\0abcd" + good),
                ("before one that is skipped",
                 good + b"\x5f\x2a\x4d\x18\0\0\0\0"),
                ("one that is skipped", b"\x57\x2a\x4d\x18\4\0\0\0abcd"),
                ("one that is skipped, of 4 GiB",
                 b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + good),
                ("says a byte more", frame(data, len(data) + 1)),
                ("says a byte less", frame(data, len(data) - 1)),
                ("says 4 GiB", frame(data, 2 ** 32 - 1)),
                ("says no bytes", frame(data, 0)),
                ("says its size, holds a byte less",
                 frame(data, body=blocks(data[:-1]))),
                ("says its size, holds a byte more",
                 frame(data, body=blocks(data + b"x"))),
                ("a bomb of 256 MiB", frame(
                    data, body=block(1, BLOCK, b"\0", 0) * 2047 +
                    block(1, BLOCK, b"\0", 1))),
                ("without an end", frame(data, body=blocks(data + b"x")[:-4])),
                ("without a size", ZSTD + b"\0\x50" + blocks(data)),
                ("window of 2 MiB", windowed(data, 0x58)),
                ("window of 128 MiB", windowed(data, 0x88)),
                ("window of 2 GiB", windowed(data, 0xA8)),
                ("window of 1 MiB and an eighth", windowed(data, 0x51)),
                ("with a dictionary", ZSTD + b"\xa1\7" + struct.pack(
                    "<I", len(data)) + blocks(data)),
                ("with a dictionary of 4 bytes", ZSTD + b"\xa3\7\0\0\0" +
                 struct.pack("<I", len(data)) + blocks(data)),
                ("with a checksum", frame(data, head=0xA4) + bytes(4)),
                ("with a bit that is reserved", frame(data, head=0xA8)),
                ("a block of the reserved kind", frame(data, body=block(
                    3, len(data), data, 1))),
                ("a block beyond 128 KiB", frame(data, body=block(
                    1, BLOCK + 1, b"\0", 1))),
                ("a block beyond the end", frame(data, body=block(
                    0, len(data) + 9, data, 1))),
                ("of zstd 0.7", b"\x27\xb5\x2f\xfd" + good[4:]),
                ("of lz4", b"\x04\x22\x4d\x18" + good[4:]),
                ("of gzip", b"\x1f\x8b\x08\0" + good[4:]),
                ("without its magic", good[4:]),
                ("zstd within zstd", frame(frame(data)))):
            hostile("frame " + what, **{name: stored([f])})
        fine_frames(name, data)
        other = bytes(len(data))
        hostile("other data in a sound frame", "E_CHECKSUM",
                **{name: stored([frame(other)])})


def flips():
    """Of a frame of raw blocks no bit is without a meaning"""
    f = frame(parts_of(PARTS["note"])[0])
    for bit in range(0, 8 * len(f), 5):
        bent = bytearray(f)
        bent[bit // 8] ^= 1 << bit % 8
        Case("archive: bit %d of a frame flipped" % bit, archive(
            PARTS, note=stored([bytes(bent)])), "E_CODEC|E_CHECKSUM",
             "damage", "section note", good=GOOD, blind=True,
             exits=(None, None, None))


def fine_frames(name, data):
    """As odd as the specification lets them be: the neighbours"""
    for what, f in (
            ("window of 1 MiB", windowed(data, 0x50)),
            ("of many blocks", frame(data, body=b"".join(
                block(0, 1, data[i:i + 1], i + 1 == len(data))
                for i in range(len(data))))),
            ("with an empty block", frame(data, body=block(
                0, 0, b"", 0) + blocks(data)))):
        sound("%s: frame %s" % (name, what), archive(
            PARTS, **{name: stored([f])}))


def sound(what, data):
    Case("archive, " + what, data, "E_FEATURE", "model", good=GOOD,
         exits=(0, 0, 2))


def sizes():
    parts = [frame(p) for p in parts_of(PARTS["w_u"])]
    a, b = map(len, parts)
    for what, n in (("first one more", (a + 1, b)), ("one less", (a, b - 1)),
                    ("first 2^31", (a + 2 ** 31, b)), ("zeros", (0, 0)),
                    ("2^32 - 1", (2 ** 32 - 1, 2 ** 32 - 1)),
                    ("exchanged", (b, a)), ("all in one", (a + b, 0)),
                    ("that add up by wrapping", (a + 2 ** 31, b - 2 ** 31 &
                                                 2 ** 32 - 1))):
        hostile("sizes of frames: " + what, w_u=stored(parts, n))
    hostile("sizes of frames: one is missing", w_u=stored(parts, (a,)))
    hostile("sizes of frames: none", w_u=stored(parts, ()))
    hostile("sizes of frames: one more", w_u=stored(parts, (a, b, 0)))
    for n in (1, 7):
        hostile("stored in %d bytes" % n, w_u=bytes(n))
    hostile("frames exchanged", "E_CODEC|E_CHECKSUM", w_u=stored(parts[::-1]))


def entries():
    def entry(what, name, at, x, width, status, **more):
        Case("archive, %s: %s (%d)" % (name, what, x), seal(patch(
            GOOD, (entry_at(name) + at, x.to_bytes(width, "little")))),
             status, **{"place": "entry " + name, "good": GOOD, **more})

    entry("planes of what has no elements", "note", 8, 2, 2, "E_LAYOUT")
    entry("codec none of what is encoded", "note", 8, 0, 2, "E_LAYOUT")
    for x in (3, 0xFFFF):
        entry("unknown codec", "w_e", 8, x, 2, "E_FEATURE", stage="damage",
              place=None, exits=(0, 0, 2, 2))
    for x in (2 ** 47, 2 ** 50, 2 ** 64 - 1):
        entry("bytes once decoded", "note", 0x40, x, 8, "E_LIMIT")
    entry("bytes once decoded", "note", 0x40, 0, 8, "E_LAYOUT")
    entry("longer digest of what is stored", "w_e", 0xA0, 1, 1, "E_RESERVED")
    entry("digest of what is stored", "w_e", 0x90, 7, 1, "E_CHECKSUM",
          stage="damage", place="section w_e", exits=(0, 1, 2, 0))
    for x in (2 ** 40, 2 ** 47 - 1):
        Case("archive, note: bytes once decoded, without leaves (%d)" % x,
             seal(patch(GOOD, (entry_at("note") + 0x40, struct.pack(
                 "<Q", x)))), "E_LAYOUT", place="table", good=GOOD)
    plain = {**PARTS, "vocab": Section("vocab", PARTS["vocab"]["data"],
                                       codec=1)}
    sound("vocabulary encoded, too", archive(plain))
    Case("archive without its bit", archive(PARTS, features=0), "E_LAYOUT",
         place="table", good=GOOD)
    bare = {n: Section(n, s["data"], **{k: s[k] for k in (
        "dtype", "rows", "cols", "row_stride")}) for n, s in PARTS.items()
            if n != "w_u"}
    Case("archive bit, and no section that is encoded", archive(bare),
         "E_LAYOUT", good=GOOD)


def bombs():
    """Each within its limit, together 1 GiB and more"""
    def many(mib):
        size = mib << 20
        f = frame(bytes(FRAME))
        s = {n: Section(n, b"", codec=1, size=size, raw=stored([f] * mib))
             for n in ("x.a", "x.b")}
        return archive({**SMALL, **s}, own=lambda s: leaves_of(
            s["data"]) or bytes(16 * (size >> 16)), **{
                n: x["raw"] for n, x in s.items()})

    Case("archive: a third of a MiB that would be 1.2 GiB", many(600), "E_CHECKSUM",
         "damage", "own x.a", good=GOOD, blind=True, exits=(2, 1, 2, 2),
         says="too many to look at")


def make():
    fine("archive's neighbour, expanded", expanded())
    for group in (frames, flips, sizes, entries, bombs):
        group()


def expanded():
    from container import whole  # pylint: disable=import-outside-toplevel
    return whole({n: Section(n, s["data"], **{k: s[k] for k in (
        "dtype", "rows", "cols", "row_stride")}) for n, s in PARTS.items()})
