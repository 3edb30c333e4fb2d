# SPDX-License-Identifier: MIT
"""container_body.py - hostile vocabularies, indexes, matrices and keys"""
import struct

from forge import Section, matrix, patch, seal, seal_all
from container import (BASE, Case, KEYS, PARTS, SMALL, TOKENS, entry_at,
                     fine, halves, keys_section, reals, section_at, u64,
                     vocabulary, whole)


def le(x, width=4):
    return (x & (1 << 8 * width) - 1).to_bytes(width, "little")


def inside(name, *changes, base=BASE, fresh=True):
    """Bytes of a section changed, all digests right"""
    at, _ = section_at(name, base)
    return seal_all(patch(base, *((at + i, new) for i, new in changes)), base,
                    fresh)


def model(what, data, status, place=None, good=BASE, **more):
    Case(what, data, status, "model", place, good, **more)


def vocab(what, at, x, status, width=4):
    model("vocab: %s (%d)" % (what, x), inside("vocab", (at, le(x, width))),
          status, "section vocab")


# ---- D: vocabulary and index ----

def vocab_heads():
    vocab("no tokens", 0, 0, "E_SECTION")
    for x in (2 ** 24, 2 ** 31, 2 ** 32 - 1):
        vocab("tokens beyond the limit in a small file", 0, x, "E_LIMIT")
    for x in (100, 2 ** 24 - 1):
        vocab("more tokens than the section holds", 0, x, "E_SECTION")
    for x in (2 ** 32 - 1, 2 ** 31, 65, 0):
        vocab("blob of another size", 4, x, "E_SECTION")
    for x in (65536, 2 ** 31, 2 ** 32 - 1):
        vocab("token longer than the limit", 8, x, "E_LIMIT")
    for x in (0, 9, 2 ** 32 - 1):
        vocab("number of distinct tokens", 12, x, "E_SECTION")
    for x in (4, 7, 2 ** 31):
        vocab("unknown flag", 16, x, "E_RESERVED")
    for x in (1, 2, 0):
        vocab("kinds or scores left out of the section", 16, x, "E_SECTION")
    for at in (20, 63):
        vocab("reserved byte %d" % at, at, 1, "E_RESERVED", 1)
    for n in (1, 63):
        model("vocab: shorter than its header (%d)" % n, whole(
            vocab=Section("vocab", PARTS["vocab"]["data"][:n])), "E_SECTION")
    for name in ("hparams", "vocab"):
        model("mandatory section missing: " + name, whole(less=(name,)),
              "E_SECTION", says=name)


def offsets():
    """Data, checked at each use: the file opens"""
    n = len(TOKENS)
    for what, i, x in (("first is not 0", 0, 1), ("falls", 2, 50),
                       ("last is not the size of the blob", n, 3),
                       ("one beyond the blob", 3, 2 ** 31),
                       ("one is 2^32 - 1", 4, 2 ** 32 - 1)):
        data = inside("vocab", (64 + 4 * i, le(x)))
        fine("offsets of tokens: " + what, data, exits=(0, 1, None))
        fine("offsets of tokens, stale index: " + what, inside(
            "vocab", (64 + 4 * i, le(x)), fresh=False), exits=(0, None, None))
    a, b = (struct.pack("<I", sum(map(len, TOKENS[:i]))) for i in (2, 3))
    fine("offsets of tokens: two adjacent exchanged", inside(
        "vocab", (72, b), (76, a)), exits=(0, 1, None))
    fine("vocab: one token more than there are offsets", inside(
        "vocab", (0, le(9))), " bad", exits=(0, None, None))
    fine("vocab: longest token said to be shorter", inside(
        "vocab", (8, le(3))), "3c2f733e:2:3f000000:none", exits=(0, 1, None))
    fine("vocab: longest token said to be shorter, stale index", inside(
        "vocab", (8, le(3)), fresh=False), "3c2f733e:2:3f000000:none")
    fine("type byte out of the enum", inside(
        "vocab", (64 + 64 + 64 + 3, b"\6"), (64 + 64 + 64, b"\xff")),
         " 3c733e:0:")


def tokens():
    def words(what, of, holds=None):
        data = whole(SMALL, **vocabulary(of))
        fine(what, data, holds, exits=(0, 0, None))

    words("1 token", [b"a"])
    words("empty token only", [b""], " :0:00000000:0")
    words("token = single NUL", [b"\0", b"\0\0"], " 0000:0:00000000:1")
    words("two ids, same bytes", [b"a", b"b", b"a"], " 61:0:00000000:0 62")
    words("tokens that differ only by spaces, case or NFC",
          [b"a", b" a", b"a ", b"A", b"\xc3\xa9", b"e\xcc\x81"],
          " 65cc81:0:00000000:5")
    words("bytes not UTF-8", [b"\xff", b"\xe2\x82", b"\xc0\xaf",
                              b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
    words("tokens that drive a terminal", [
        b"\x1b[2J", b"\x1b]52;c;AAAA\7", b"\x1bP", b"\x9b", b"\xc2\x9b", b"\r",
        b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xe2\x80\xa8", b"\xef\xbb\xbf"])
    words("tokens that look like bytes", [
        b"<0x-1>", b"<0xZZ>", b"<0x100>", b"<0x0A", b"<0x 1>"],
          " 3c30782d313e:0:")
    words("token of the longest length", [b"x" * 65535, b"y"])
    model("token longer than the longest length",
          whole(SMALL, **vocabulary([b"x" * 65536, b"y"])), "E_LIMIT",
          good=whole(SMALL, **vocabulary([b"x" * 65535, b"y"])))
    long = [b"%d" % i for i in range(3000)]
    words("thousands of tokens", long)
    wide = {**PARTS, **vocabulary(TOKENS + [b"%d" % i for i in range(9)])}
    fine("more tokens than rows", whole(wide))
    for key, x in (("bos_id", 8), ("eos_id", 2 ** 31), ("unk_id", 2 ** 32),
                   ("pad_id", 2 ** 32 - 1), ("sep_id", 2 ** 64 - 1)):
        fine("special id that is no token: " + key, whole(
            tokenizer=keys_section("tokenizer", [(key, 2, 0, u64(x))])),
             " 8 7 4 1 -1 -1 -1 -1 -1 -1 ")
    fine("add_bos set, no bos id", whole(tokenizer=keys_section(
        "tokenizer", [("add_bos", 1, 0, b"\1")])))
    fine("special id of another type", whole(tokenizer=keys_section(
        "tokenizer", [("bos_id", 4, 0, b"0")])), " 8 7 4 1 -1 -1")


def index_heads():
    def index(what, at, x, status, width=4):
        model("index: %s (%d)" % (what, x), inside(
            "vocab-index", (at, le(x, width))), status, "section vocab-index")

    for x in (0, 1, 3, 8, 15, 17, 24, 32, 2 ** 31, 2 ** 32 - 1):
        index("number of slots", 0x20, x, "E_SECTION")
    for x in (256, 2 ** 31, 2 ** 32 - 1):
        index("longest probe", 0x24, x, "E_LIMIT")
    for x in (0, 3, 5, 31, 32, 33, 2 ** 32 - 1):
        index("bits of an id", 0x30, x, "E_SECTION")
    for at in (0x34, 0x3F):
        index("reserved byte %#x" % at, at, 1, "E_RESERVED", 1)
    for n in (1, 16, 31, 32, 63):
        model("index: shorter than its header (%d)" % n, whole(
            **{"vocab-index": Section("vocab-index", bytes(n))}), "E_SECTION")
    for n in (64, 124, 132, 192):
        data = PARTS["vocab-index"]["data"].ljust(192, b"\0")[:n]
        model("index: of another size (%d)" % n, whole(
            **{"vocab-index": Section("vocab-index", data)}), "E_SECTION")
    for what, at in (("of another vocabulary", 0),
                     ("with a longer source digest", 16)):
        fine("index %s is ignored" % what, inside(
            "vocab-index", (at, b"\x77"), (0x20, le(7)), (0x24, le(999)),
            fresh=False), " 8 7 4 0 ")
    fine("index: the longest probe that is allowed", inside(
        "vocab-index", (0x24, le(255))))


def index_slots():
    good = struct.unpack_from("<16I", PARTS["vocab-index"]["data"], 64)
    tag = [s & ~15 for s in good]

    def slots(what, of, verified=1, holds=None):
        fine("index: " + what, inside("vocab-index", (0x24, le(255)), (
            64, struct.pack("<16I", *of))), holds, exits=(0, verified, None))

    slots("without one free slot", [s or 0x12345671 for s in good], None)
    slots("without one free slot, none of them a token", [1] * 16,
          holds="3c733e:2:3f000000:none")
    slots("slots with an id that is no token", [t + 9 if t else 15
                                                for t in tag])
    slots("slots with an id of 0", [t or 16 for t in tag])
    slots("every tag wrong", [s ^ 0x80000000 if s else 0 for s in good])
    slots("a token is not in it", [0 if s & 15 == 2 else s for s in good],
          holds="20746865:0:3f000000:none")
    free = good.index(0)
    slots("a token is in it twice", [
        s or (max(good) if i == free else 0) for i, s in enumerate(good)],
          None)
    slots("empty", [0] * 16)
    slots("all ids exchanged", [t + 8 - (s & 15) if s else 0
                                for t, s in zip(tag, good)])


# ---- E: matrices ----

def shape(what, name, at, x, status, width=8, **more):
    data = patch(BASE, (entry_at(name) + at, le(x, width)))
    Case("%s: %s (%d)" % (name, what, x), seal(data), status,
         **{"place": "entry " + name, **more})


def shapes():
    for rows, cols in ((2 ** 32, 2 ** 32), (2 ** 31, 2 ** 33), (2 ** 63, 2),
                       (2 ** 32, 2 ** 31), (2 ** 62, 5), (2 ** 64 - 1, 5),
                       (2 ** 24 + 1, 5), (10, 2 ** 17 + 1)):
        data = patch(BASE, (entry_at("w_e") + 0x48, le(rows, 8) + le(cols, 8)))
        Case("dims whose product wraps or is too large: %d x %d" % (
            rows, cols), seal(data), "E_LIMIT", place="entry w_e")
    for rows in (2 ** 24, 11, 9, 1):
        shape("shape says other bytes than the section", "w_e", 0x48, rows,
              "E_SHAPE")
    for cols in (33, 2 ** 17):
        shape("more columns than the row holds", "w_e", 0x50, cols, "E_SHAPE")
    for name in ("w_e", "w_u", "mix", "b_u"):
        shape("no rows", name, 0x48, 0, "E_SHAPE")
        shape("no columns", name, 0x50, 0, "E_SHAPE")
    for x in (0, 1, 10, 63, 65, 128, 2 ** 63, 2 ** 64 - 64):
        shape("row stride", "w_e", 0x58, x, "E_SHAPE")
    for x in (10, 32, 63, 128, 4096):
        m = matrix("w_e", 2, 10, 5, bytes(10 * x))
        m["row_stride"] = x
        Case("row stride %d, and a size that agrees" % x, whole(w_e=m),
             "E_SHAPE", place="table")
    for at in (0x48, 0x50, 0x58):
        shape("bytes with a shape, at %#x" % at, "note", at, 1, "E_SHAPE")
    for name, x in (("w_e", 0), ("b_u", 4), ("mix", 2), ("hparams", 1),
                    ("final-norm-weight", 4), ("vocab", 4)):
        shape("dtype that its kind cannot have", name, 0x0A, x, "E_SECTION", 2)
    for name in ("final-norm-weight", "embed-norm-bias", "b_u"):
        shape("a vector of two rows", name, 0x48, 2, "E_LIMIT")
    shape("more rows than the limit", "mix", 0x48, 65537, "E_LIMIT")
    shape("more columns than the limit", "b_u", 0x50, 2 ** 24 + 1, "E_LIMIT")


def agreements():
    def misfit(what, name, rows, cols, status="E_SHAPE", dtype=1, less=(),
               good=BASE):
        new = matrix(name, dtype, rows, cols)
        model(what, whole(less=less, **{name: new}), status, good=good)

    misfit("final norm wider than W_U", "final-norm-weight", 1, 6)
    misfit("final norm bias narrower than W_U", "final-norm-bias", 1, 4)
    misfit("embedding norm wider than W_E", "embed-norm-weight", 1, 6)
    misfit("embedding norm bias narrower than W_E", "embed-norm-bias", 1, 1)
    misfit("bias of another length than W_U has rows", "b_u", 1, 8)
    misfit("mix with neither 1 column nor W_E's", "mix", 3, 2)
    misfit("mix with more rows than n_ctx", "mix", 5, 5,
           good=whole(mix=matrix("mix", 1, 4, 5)))
    plain = keys_section("hparams", [("n_ctx", 2, 0, u64(4))])
    bare = {**SMALL, "hparams": plain}
    for name, cols in (("b_u", 9), ("mix", 5)):
        model("%s without its matrix" % name, whole(
            bare, **{name: matrix(name, 1, 1, cols)}), "E_SHAPE",
              good=whole(bare))
    for name in ("embed-norm-weight", "final-norm-bias"):
        model("%s without the norm" % name, whole(
            hparams=plain, less=[n for n in PARTS if "norm" in n and
                                 n != name]), "E_SECTION",
              good=whole(hparams=plain, less=[n for n in PARTS
                                              if "norm" in n]))
    ties = keys_section("hparams", KEYS["hparams"] + [("tied", 1, 1, b"\1")])
    nine = {"w_e": matrix("w_e", 2, 9, 5, halves(9, 5))}
    tied = whole(hparams=ties, less=("w_u",), **nine)
    fine("tied", tied)
    model("tied flag with W_U present", whole(hparams=ties, **nine),
          "E_SECTION", good=tied)
    model("tied flag without W_E", whole({**bare, "hparams": keys_section(
        "hparams", [("tied", 1, 1, b"\1")])}), "E_SECTION", good=whole(bare))
    fine("no W_U and not tied", whole(bare, **nine))
    d = keys_section("hparams", [("d_model", 2, 0, u64(5))])
    model("d_model beside a matrix", whole({**SMALL, "hparams": d}, **nine),
          "E_SECTION", good=whole({**SMALL, "hparams": d}))
    wide = whole({**bare, "w_e": matrix("w_e", 1, 9, 6, reals(9, 6)),
                  "w_u": PARTS["w_u"]})
    fine("d_model of W_E and W_U differ: opens, cannot predict from tokens",
         wide, exits=(0, 0, 2))


def values():
    at = 2 * 3
    for what, bits in (("quiet NaN", 0x7E00), ("signalling NaN", 0x7C01),
                       ("negative NaN", 0xFE01), ("Inf", 0x7C00),
                       ("-Inf", 0xFC00), ("subnormal", 1)):
        fine("element of W_E: " + what, inside("w_e", (at, le(bits, 2))))
        fine("scale of q8: " + what, inside("w_u", (64, le(bits, 2))))
    fine("q8 of -128", inside("w_u", (0, b"\x80" * 5)))
    fine("bias of -Inf", inside("b_u", (4, le(0xFF800000))))
    fine("matrix of NaN only", inside("w_e", (0, b"\xff" * 640)))
    other = patch(BASE, (entry_at("w_e") + 10, le(3, 2)))
    fine("dtype changed to another of the same width, signed", seal(other))
    fine("padding of rows that is not zero", inside("w_e", (63, b"\1")))
    for rows, cols, dtype in ((1, 1, 1), (1, 2 ** 17, 2), (2 ** 12, 1, 4)):
        m = matrix("w_e", dtype, rows, cols)
        fine("matrix of %d x %d" % (rows, cols), whole(
            {**SMALL, "hparams": Section("hparams", bytes(8)), "w_e": m}))
    mix = {"mix": matrix("mix", 1, 65536, 1), "hparams": keys_section(
        "hparams", [("n_ctx", 2, 0, u64(2 ** 63))])}
    fine("mix of as many rows as are allowed", whole(
        {**SMALL, **mix, "w_e": PARTS["w_e"], "w_u": PARTS["w_u"]}))


def make():
    from container_keys import keys  # pylint: disable=import-outside-toplevel
    for group in (vocab_heads, offsets, tokens, index_heads, index_slots,
                  shapes, agreements, values, keys):
        group()
