# SPDX-License-Identifier: MIT
"""container_head.py - hostile headers, tables, placements and digests"""
import forge
import reader
import rules
from forge import Section, build, patch, seal
from container import (BASE, Case, PARTS, SMALL, entry_at, fine, ordered,
                     reals, section_at, vocabulary, whole)

SIZE = len(BASE)


def number(width, x):
    return (x & (1 << 8 * width) - 1).to_bytes(width, "little")


def raw(what, at, new, status, place="header", **more):
    Case(what, patch(BASE, (at, new)), status, place=place, **more)


def head(what, at, width, x, status, **more):
    """A field of the header, with right sums"""
    Case("%s (%d)" % (what, x), seal(patch(BASE, (at, number(width, x)))),
         status, **{"place": "header", **more})


def table(what, name, at, width, x, status, **more):
    """A field of a section's entry, with right sums"""
    data = seal(patch(BASE, (entry_at(name) + at, number(width, x))))
    Case("%s: %s (%d)" % (name, what, x), data, status, **{
        "place": "entry " + name, **more})


def lengths():
    Case("empty file", b"", "E_TRUNCATED", says="empty")
    for n in (1, 7):
        Case("prefix shorter than the magic (%d)" % n, BASE[:n], "E_TRUNCATED",
             exits=(2, None, 2))
    for n in (8, 64, 127):
        Case("prefix shorter than the fixed header (%d)" % n, BASE[:n],
             "E_TRUNCATED", place="end")
    for n in (128, 500, SIZE // 2, SIZE - 1):
        Case("file cut (%d)" % n, BASE[:n], "E_TRUNCATED", place="end")
    for what, more in (("itself", BASE), ("1 byte", b"\0"),
                       ("1 page", bytes(4096)), ("a ZIP", b"PK\5\6" + bytes(18)),
                       ("a PDF", b"%PDF-1.7\n%%EOF\n"),
                       ("a script", b"\n#!/bin/sh\nexit\n")):
        Case("valid file with %s behind it" % what, BASE + more, "E_TRAILING",
             place="end")
    for what, more in (("a script", b"#!/bin/sh\n"), ("zeros", bytes(64))):
        Case("valid file with %s before it" % what, more + BASE, "E_MAGIC",
             place="header", exits=(2, 2, 2))


def magic():
    for i in range(8):
        raw("magic byte %d wrong" % i, i, bytes((BASE[i] ^ 0x41,)), "E_MAGIC",
            exits=(2, 2, 2))
    for kind, start in (("GGUF", b"GGUF\3\0\0\0"), ("ZIP", b"PK\3\4"),
                        ("safetensors", b"\x40\0\0\0\0\0\0\0{\"a\":"),
                        ("npy", b"\x93NUMPY\1\0"), ("ELF", b"\x7fELF\2\1\1"),
                        ("zstd", b"\x28\xb5\x2f\xfd"), ("gzip", b"\x1f\x8b\x08"),
                        ("word vectors", b"400000 300\nthe 0.1 0.2\n")):
        Case("file of another kind: " + kind, start.ljust(300, b" "),
             "E_MAGIC", place="header", exits=(2, 2, 2))
    for what, data in (("LF to CRLF", BASE.replace(b"\n", b"\r\n")),
                       ("CRLF to LF", BASE.replace(b"\r\n", b"\n")),
                       ("high bit stripped", bytes(b & 127 for b in BASE)),
                       ("to UTF-8", BASE.decode("latin-1").encode())):
        Case("magic after text-mode transfer: " + what, data, "E_MAGIC",
             place="header", says="text mode", exits=(2, 1, 2))
    Case("writer died before it was done",
         rules.UNFINISHED + BASE[8:], "E_UNFINISHED", place="header")


def header():
    for x in (1, 2, 0xFFFF):
        head("version newest + 1 and more", 8, 2, x, "E_VERSION")
    head("byte-swapped version", 8, 2, 0x100, "E_VERSION", says="byte order")
    for bit in (1, 7, 31, 32, 63):
        head("unknown bit that must be understood", 0x18, 8, 1 << bit,
             "E_FEATURE")
    head("archive bit without a codec", 0x18, 8, 1, "E_LAYOUT")
    for at in (0x2C, 0x2F, 0x40, 0x4F, 0x50, 0x77):
        Case("reserved byte %#x set" % at, seal(patch(BASE, (at, b"\1"))),
             "E_RESERVED", place="header")
    for x in (0, 127, 129, 131, 136, SIZE + 1, 2 ** 31, 2 ** 32 - 1):
        head("header_size", 0x0C, 4, x, "E_LAYOUT")
    for x in (0, 1, 191, 193, 200, 2 ** 31, 2 ** 32 - 1):
        head("entry size", 0x14, 4, x, "E_LAYOUT")
    for x, status in ((SIZE - 1, "E_TRAILING"), (SIZE + 1, "E_TRUNCATED"),
                      (0, "E_TRAILING"), (2 ** 47 - 1, "E_TRUNCATED"),
                      (2 ** 47, "E_LIMIT"), (2 ** 63, "E_LIMIT"),
                      (2 ** 64 - 1, "E_LIMIT")):
        head("file_size", 0x20, 8, x, status, place="end"
             if status != "E_LIMIT" else "header")
    head("section count 0", 0x10, 4, 0, "E_LAYOUT")
    for x in (257, 2 ** 31, 2 ** 32 - 1, 2 ** 32 // 192 + 1):
        head("section count beyond the limit, or wraps", 0x10, 4, x, "E_LIMIT")
    head("more sections than fit into the file", 0x10, 4, 256, "E_LAYOUT")
    head("a section less than there are", 0x10, 4, len(PARTS), "E_LAYOUT",
         place="table")
    for x in (0, 2, 2 ** 32 - 1):
        head("digest algorithm none or unknown", 0x28, 4, x, "E_FEATURE")


def sums():
    for at in (0x0A, 0x0C, 0x10, 0x18, 0x20, 0x28, 0x30, 0x60):
        raw("header byte %#x changed, header checksum not" % at, at,
            bytes((BASE[at] ^ 2,)), "E_CHECKSUM")
    for at in (0x78, 0x7F):
        raw("header checksum changed (%#x)" % at, at, bytes((BASE[at] ^ 1,)),
            "E_CHECKSUM")
    for name in ("hparams", "w_e", "digests"):
        raw("table byte changed, root not: " + name, entry_at(name) + 0x70,
            b"\x99", "E_CHECKSUM", place="table")
    root = patch(BASE, (0x30, bytes(16)))
    check = number(8, reader.xxh3_64(root[:0x78]))
    Case("root digest of nothing, header checksum right",
         patch(root, (0x78, check)), "E_CHECKSUM", place="table")
    for what, new in (("with its halves exchanged", BASE[0x38:0x40] +
                       BASE[0x30:0x38]),
                      ("in the order of this machine", BASE[0x30:0x40][::-1])):
        bad = patch(BASE, (0x30, new))
        Case("root digest " + what, patch(bad, (0x78, number(
            8, reader.xxh3_64(bad[:0x78])))), "E_CHECKSUM", place="table")
    old = whole(**{"final-norm-bias": forge.matrix(
        "final-norm-bias", 1, 1, 5, reals(1, 5))})
    at, end = section_at("final-norm-bias")
    Case("a section from an older build of the same model",
         patch(BASE, (at, old[at:end])), "E_CHECKSUM", "damage",
         "section final-norm-bias", good=old)
    leaf = section_at("digests")[0] + 16 * [
        e.name for e in rules.File(BASE).entries].index("final-norm-bias")
    Case("a section from an older build, its own digest right",
         patch(BASE, (at, old[at:end]), (leaf, old[leaf:leaf + 16])),
         "E_CHECKSUM", "damage", "section digests", good=old)
    fine("weights changed and all digests made again",
         forge.seal_all(patch(BASE, (at, b"\x40")), BASE))
    Case("the digest itself damaged, data whole",
         patch(BASE, (leaf, bytes((BASE[leaf] ^ 1,)))), "E_CHECKSUM",
         "damage", "section digests")
    for name in PARTS:
        at, end = section_at(name)
        at = (at + end) // 2
        Case("one bit flipped in the middle of " + name,
             patch(BASE, (at, bytes((BASE[at] ^ 0x10,)))), "E_CHECKSUM",
             "damage", "section " + name, exits=(None, 1, None))
        start = section_at(name)[0]
        if start - 1 >= 128 + 192 * (len(PARTS) + 1) and start not in {
                section_at(n)[1] for n in PARTS}:
            Case("padding before %s not zero" % name,
                 patch(BASE, (start - 1, b"\4")), "E_RESERVED", "damage",
                 "section " + name, exits=(None, 1, None))


def trees(good):
    """Attacks on trees of digests: a node for a leaf, a leaf twice"""
    at, end = section_at("w_e", good)
    leaves = reader.leaves_of(good[at:end])
    dig, = (e.digest for e in rules.File(good).entries if e.name == "w_e")

    def tree(what, base, *changes):
        Case(what, seal(patch(base, *changes)), "E_CHECKSUM", "damage",
             "own digests", good=base)

    base = whole(SMALL, x=Section("x.a", leaves))
    tree("leaves in the place of the data that they are of", base,
         (entry_at("x.a", base) + 0x70, dig))
    base = whole(SMALL, x=Section("x.a", good[at:end] + good[end - 1:end]))
    own = section_at("digests", base)[1] - 16
    tree("the last leaf twice", base, (own, leaves[-16:]),
         (entry_at("x.a", base) + 0x70, dig))


def chunks():
    """A matrix of four chunks"""
    tokens = [b"%d" % i for i in range(8)]
    parts = {"hparams": Section("hparams", bytes(8)), **vocabulary(tokens)}
    big = {**parts, "w_e": forge.matrix("w_e", 1, 4096, 16, reals(4096, 16)),
           "w_u": forge.matrix("w_u", 1, 4096, 16, reals(4096, 16, -9.))}
    good = whole(big)
    at, _ = section_at("w_e", good)
    other, _ = section_at("w_u", good)
    leaf = section_at("digests", good)[0] + 3 * 16
    n = reader.CHUNK
    swapped = patch(good, (at, good[at + n:at + 2 * n]),
                    (at + n, good[at:at + n]))
    both = patch(swapped, (leaf, good[leaf + 16:leaf + 32]),
                 (leaf + 16, good[leaf:leaf + 16]))
    own = both[leaf:leaf + 64]
    signed = seal(patch(both, (entry_at("w_e", good) + 0x70, reader.xxh3_128(
        own, 0x8000000000000001))))
    e, u = (entry_at(x, good) + 0x70 for x in ("w_e", "w_u"))
    trees(good)
    tables = patch(good, (e, good[u:u + 16]), (u, good[e:e + 16]))
    more = {"status": "E_CHECKSUM", "good": good, "stage": "damage"}
    Case("two equal-length chunks swapped", swapped, place="section w_e",
         **more)
    Case("two equal-length chunks swapped with their digests", both,
         place="section digests", **more)
    Case("two chunks swapped with their digests, and signed", signed,
         place="section w_e", **more)
    Case("one 4096-byte block zeroed", patch(good, (at + 8192, bytes(4096))),
         place="section w_e", **more)
    Case("another section's block in its place", patch(
        good, (at + n, good[other + n:other + 2 * n])), place="section w_e",
         **more)
    Case("two equal-length sections swapped with their table digests", patch(
        tables, (at, good[other:other + 4 * n]), (other, good[at:at + 4 * n])),
         "E_CHECKSUM", place="table", good=good)


def places():
    at, end = section_at("w_u")
    for x in (at + 1, at + 32, at + 64, at - 64, 0, 128, entry_at("w_u"), SIZE,
              SIZE + 64, 2 ** 47, 2 ** 63, 2 ** 64 - 64,
              section_at("w_e")[0]):
        table("offset strays, misaligns, overlaps or wraps", "w_u", 0x30, 8, x,
              "E_LAYOUT")
    for x in (0, 128, section_at("vocab")[0]):
        table("entry that points at header, table or another section",
              "tokenizer", 0x30, 8, x, "E_LAYOUT")
    for name, size in (("w_u", end - at), ("note", 5)):
        for x in (0, size + 1, size - 1):
            table("stored length is not the length", name, 0x38, 8, x,
                  "E_LAYOUT")
    for x in (2 ** 47, 2 ** 63, 2 ** 64 - 4, 2 ** 64 - 1):
        for field in (0x38, 0x40):
            table("length beyond any file, at %#x" % field, "note", field, 8,
                  x, "E_LIMIT")
    for x in (2 ** 40, 2 ** 47 - 1):
        data = seal(patch(BASE, (entry_at("note") + 0x38, number(8, x) * 2)))
        Case("section ends after the end of the file (%d)" % x, data,
             "E_LAYOUT", place="entry note")
    start, end = section_at("digests")
    data = patch(BASE, (entry_at("digests") + 0x38,
                        number(8, end - start + 1) * 2))
    Case("section ends 1 byte after the end of the file", seal(data),
         "E_LAYOUT", place="entry digests")
    data = patch(BASE, (0x20, number(8, SIZE + 64))) + bytes(64)
    Case("last section ends before the end of the file", seal(data),
         "E_LAYOUT", place="header")
    for name, x in (("note", 0), ("w_e", 2 ** 63), ("digests", 1)):
        table("leaves out of their order", name, 0x60, 8, x, "E_LAYOUT")
    for x in (end - start - 16, end - start + 16, 16):
        data = patch(BASE, (entry_at("digests") + 0x38, number(8, x) * 2))
        Case("digest count is not the number of chunks (%d)" % x, seal(data),
             "E_LAYOUT", place="entry digests")
    holes = whole(**{"acme.hole": Section("acme.hole", b"payload")})
    Case("a hole with a payload between sections", BASE[:section_at(
        "acme.thing")[0]] + bytes(64) + BASE[section_at("acme.thing")[0]:],
         "E_TRAILING", good=holes)


def order():
    s = ordered(PARTS.values())
    i = [x["name"] for x in s].index(b"w_e")
    more = {"place": "table"}
    Case("same section kind twice", build(s[:i] + [s[i]] + s[i:]), "E_LAYOUT",
         **more)
    Case("table not in order", build(s[:i] + [s[i + 1], s[i]] + s[i + 2:]),
         "E_LAYOUT", **more)
    Case("digests before the others", build(
        [Section("digests", bytes(16 * len(s)))] + s, digests=False),
         "E_LAYOUT", **more)
    Case("no digests section", build(s, digests=False), "E_SECTION", **more)
    for what, a, b in (("equal names", "x.a", "x.a"), ("out of order", "x.b",
                                                       "x.a")):
        two = [Section(n, b"1") for n in (a, b)]
        Case("free sections: " + what, build(s[:-1] + two), "E_LAYOUT",
             good=build(s[:-1] + [Section(n, b"1") for n in ("x.a", "x.b")]),
             **more)
    many = [Section("x.%03d" % j, b"1") for j in range(257)]
    few = len(s) - 1
    good = build(s[:-1] + many[:255 - few])
    Case("sections: one more than the limit", build(s[:-1] + many[:256 - few]),
         "E_LIMIT", good=good, place="header")


def kinds():
    table("kind 0", "hparams", 0, 4, 0, "E_SECTION")
    for bit in (3, 16, 31):
        table("unknown flag", "acme.thing", 4, 4, 1 << bit, "E_FEATURE")
    for name, x in (("hparams", 0), ("note", 1), ("vocab-index", 3),
                    ("w_u", 2), ("tokenizer", 1), ("digests", 0)):
        table("flags of another kind", name, 4, 4, x, "E_SECTION")
    for x in (1, 2, 0xFFFF):
        table("codec outside an archive", "w_e", 8, 2, x, "E_LAYOUT")
    for what, name in (("unterminated", b"a." * 16), ("empty", b""),
                       ("NUL inside", b"acme.\0thing"), ("ESC", b"a.\x1b[2J"),
                       ("not UTF-8", b"acme.\xff\xfe"), ("capitals", b"a.B"),
                       ("blank", b"a. b"), ("without a dot", b"thing")):
        data = patch(BASE, (entry_at("acme.thing") + 16, name.ljust(32, b"\0")))
        Case("name of a section: " + what, seal(data), "E_SECTION",
             place="entry acme.thing")
    for name in (b"w_x", b"w_e.", b"hparams"):
        data = patch(BASE, (entry_at("w_e") + 16, name.ljust(32, b"\0")))
        Case("name of another kind: " + name.decode(), seal(data), "E_SECTION",
             place="entry w_e")
    for name, at, width in (
            ("w_e", 0x0C, 4), ("w_e", 0x68, 8), ("note", 0x80, 16),
            ("w_u", 0x90, 32), ("acme.thing", 0xB0, 16), ("digests", 0x70, 16)):
        for i in (0, width - 1):
            data = patch(BASE, (entry_at(name) + at + i, b"\1"))
            Case("reserved byte %#x of the entry of %s" % (at + i, name),
                 seal(data), "E_RESERVED", place="entry " + name)


def unknown():
    def add(flags, kind, name="acme.new", **fields):
        return whole(new=Section(name, b"?", flags=flags, kind=kind, **fields))

    for kind in (0x50, 0x7FFF, 0x8000, 0x8001, 0xFFFFFFFE):
        good = add(0, kind)
        fine("unknown kind %#x, not required" % kind, good)
        Case("unknown kind %#x, required" % kind, add(1, kind), "E_FEATURE",
             "model", "section acme.new", good=good)
    data = add(0, 0x50)
    at, _ = section_at("acme.new", data)
    Case("unknown kind, not required, and damaged", patch(data, (at, b"!")),
         "E_CHECKSUM", "damage", "section acme.new", good=data)
    for name, x in (("w_e", 5), ("w_e", 0xFFFF), ("hparams", 9),
                    ("vocab", 7), ("digests", 6)):
        Case("%s of unknown dtype (%d)" % (name, x), seal(patch(
            BASE, (entry_at(name) + 10, number(2, x)))), "E_FEATURE", "model",
             "section " + name)
    fine("vocab-index of unknown dtype is as absent", seal(patch(
        BASE, (entry_at("vocab-index") + 10, b"\5"))), " 8 7 4 0 ")
    data = patch(BASE, (entry_at("w_e") + 10, b"\x09"),
                 (entry_at("w_e") + 0x30, number(8, section_at("w_e")[0] + 4)))
    Case("unknown dtype does not skip the check of its offset", seal(data),
         "E_LAYOUT", place="entry w_e")


def newer():
    """Files of a minor version that is not written yet"""
    s = ordered(PARTS.values())
    good = build(s, 2, 136, 208)
    fine("newer minor with a longer header and longer entries", good)
    later = build(s, 2)
    fine("newer minor may use reserved bytes", seal(patch(
        later, (0x50, b"\1"), (128 + 0x0C, b"\1"))))
    for x in (120, 132, 0):
        Case("newer minor with header_size %d" % x, seal(patch(
            good, (0x0C, number(4, x)))), "E_LAYOUT", place="header",
             good=good)
    for x in (184, 196, 0):
        Case("newer minor with entry size %d" % x, seal(patch(
            good, (0x14, number(4, x)))), "E_LAYOUT", place="header",
             good=good)
    Case("newer minor with 64 KiB of entries", seal(patch(
        good, (0x14, number(4, 65536)))), "E_LIMIT", place="header", good=good)
    Case("newer minor with an unknown flag", seal(patch(
        later, (132, b"\x09"))), "E_FEATURE", place="table", good=later)
    Case("newer minor with an unknown feature", seal(patch(
        later, (0x18, b"\x80"))), "E_FEATURE", place="header", good=later)


def make():
    for group in (lengths, magic, header, sums, chunks, places, order, kinds,
                  unknown, newer):
        group()
