# SPDX-License-Identifier: MIT
"""container_keys.py - hostile key/value sections"""
import struct

import forge
from forge import Section
from container import (Case, KEYS, SMALL, f64, fine, keys_section, u64,
                     whole)

U64, F64, TEXT, BYTES, U64S, F64S = 2, 3, 4, 5, 6, 7
TEXTS = ((b"\xff", "a byte of no character"), (b"a\0b", "NUL"),
         (b"\xc0\xaf", "overlong"), (b"\xed\xa0\x80", "surrogate"),
         (b"\xf4\x90\x80\x80", "above U+10FFFF"), (b"\xe2\x82", "cut"))


def entry(key, kind, flags, value, klen=None, vlen=None):
    """One entry, its lengths right or not"""
    return struct.pack(
        "<HBBI", len(key) if klen is None else klen, kind, flags,
        len(value) if vlen is None else vlen) + key.ljust(
            forge.up(len(key), 8), b"\0") + value.ljust(
                forge.up(len(value), 8), b"\0")


def section(name, entries, count=None, zero=0, more=b""):
    return Section(name, struct.pack("<II", len(entries) if count is None
                                     else count, zero)
                   + b"".join(entries) + more)


def refused(what, status, entries, says=None, **head):
    """In each section of keys and values; with a sound key before it"""
    for name in KEYS:
        good = keys_section(name, KEYS[name])
        data = whole(**{name: section(name, entries, **head)})
        Case("%s: %s" % (name, what), data, status, "model",
             "section " + name, good=whole(**{name: good}), says=says)


def counts():
    one = [entry(b"x.a", U64, 0, u64(1)), entry(b"x.b", TEXT, 0, b"text")]
    for x in (4097, 2 ** 24, 2 ** 31, 2 ** 32 - 1):
        refused("count of keys %d" % x, "E_LIMIT", one, count=x)
    refused("one key more than there are", "E_LAYOUT", one, count=3)
    refused("one key less than there are", "E_LAYOUT", one, count=1)
    refused("bytes after the last key", "E_LAYOUT", one, more=bytes(8))
    refused("reserved bytes", "E_RESERVED", one, zero=1)
    for n in (4, 7):
        Case("hparams: cut in its count (%d)" % n, whole(
            hparams=Section("hparams", bytes(n))), "E_LAYOUT", "model",
             "section hparams")
    many = [("x.%04d" % i, 1, 0, b"\1") for i in range(4097)]
    good = whole(note=keys_section("note", many[:4096]))
    Case("note: one key more than the limit", whole(
        note=keys_section("note", many)), "E_LIMIT", "model", "section note",
         good=good)
    big = [("x.a", BYTES, 0, bytes(8 << 20)), ("x.b", BYTES, 0, bytes(
        (8 << 20) - 40))]
    good = whole(SMALL, note=keys_section("note", big))
    more = [big[0], ("x.b", BYTES, 0, bytes((8 << 20) - 32))]
    Case("note: section one over the limit", whole(
        SMALL, note=keys_section("note", more)), "E_LIMIT", "model",
         "section note", good=good)
    long = [("x.a", BYTES, 0, bytes((8 << 20) + 1))]
    Case("note: value one over the limit", whole(
        SMALL, note=keys_section("note", long)), "E_LIMIT", "model",
         "section note", good=good)


def lengths():
    for x in (128, 256, 65535):
        refused("key of %d bytes" % x, "E_LIMIT",
                [entry(b"k" * 16, U64, 0, u64(1), klen=x)])
    refused("key of 0 bytes", "E_VALUE", [entry(b"", U64, 0, u64(1))])
    refused("key longer than what is left", "E_LAYOUT",
            [entry(b"x.a", BYTES, 0, b"", klen=100)])
    for x in ((8 << 20) + 1, 2 ** 31, 2 ** 32 - 1):
        refused("value of %d bytes" % x, "E_LIMIT",
                [entry(b"x.a", BYTES, 0, u64(1), vlen=x)])
    for x in (9, 64, 8 << 20):
        refused("value longer than what is left (%d)" % x, "E_LAYOUT",
                [entry(b"x.a", BYTES, 0, u64(1), vlen=x)])
    fine("key of 127 bytes", whole(note=keys_section("note", [
        ("k." + "k" * 125, U64, 0, u64(1))])))


def names():
    a, b = entry(b"x.a", U64, 0, u64(1)), entry(b"x.b", U64, 0, u64(1))
    longer = entry(b"x.a.", U64, 0, u64(1))
    refused("same key twice", "E_LAYOUT", [a, a])
    refused("keys not sorted", "E_LAYOUT", [b, a])
    refused("a key after one that it begins", "E_LAYOUT", [longer, a])
    for key, what in ((b"X.a", "in other case"), (b"x.\x1b[2J", "with ESC"),
                      (b"x. a", "with a space"), (b"x.\0a", "with NUL"),
                      (b"x.\xc3\xa9", "of UTF-8"), (b"x.%n/", "with %n")):
        refused("key " + what, "E_VALUE", [entry(key, U64, 0, u64(1))])
    refused("padding of a key", "E_RESERVED",
            [a[:8] + b"x.a\0\0\0\0\1" + a[16:]])
    refused("padding of a value", "E_RESERVED",
            [entry(b"x.a", TEXT, 0, b"abc")[:-1] + b"\1"])
    for x in (2, 3, 128):
        refused("unknown flag %d" % x, "E_RESERVED",
                [entry(b"x.a", U64, x, u64(1))])


def types():
    for x in (0, 8, 255):
        refused("type %d" % x, "E_VALUE", [entry(b"x.a", x, 0, u64(1))])
    for kind, value, what in (
            (1, b"\2", "bool of 2"), (1, b"\xff", "bool of 255"),
            (1, b"", "bool of no bytes"), (1, u64(1), "bool of 8 bytes"),
            (U64, b"\1\0\0\0", "u64 of 4 bytes"), (U64, b"", "u64 of none"),
            (U64S, bytes(7), "array that is no multiple"),
            (F64S, bytes(12), "array of f64 that is no multiple"),
            (F64, f64(float("nan")), "NaN"), (F64, f64(float("inf")), "Inf"),
            (F64S, f64(1) + f64(float("-inf")), "-Inf in an array")):
        refused(what, "E_VALUE", [entry(b"x.a", kind, 0, value)])
    for value, what in TEXTS:
        refused("text with " + what, "E_VALUE", [entry(b"x.a", TEXT, 0, value)])
    fine("empty texts and arrays", whole(note=keys_section("note", [
        ("x.a", TEXT, 0, b""), ("x.b", U64S, 0, b""), ("x.c", F64S, 0, b"")])))
    fine("text with template code and ESC", whole(tokenizer=keys_section(
        "tokenizer", [("chat_template", TEXT, 0, b"{{ ''.__class__ }}\x1b[2J"
                       )])))
    fine("note key of another type", whole(note=keys_section(
        "note", [("title", U64, 0, u64(1))])))


def hparam(what, key, kind, must, value):
    """In place of the key, or beside the others"""
    of = {k[0]: k for k in KEYS["hparams"]}
    of[key] = key, kind, must, value
    Case("hparam %s: %s" % (key, what), whole(hparams=keys_section(
        "hparams", [of[k] for k in sorted(of)])), "E_VALUE", "model",
         says=key)


def hparams():
    reals = ("embed_norm_eps", "embed_scale", "final_norm_eps",
             "final_norm_offset", "logit_scale", "logit_softcap")
    for key in reals:
        hparam("known key with the wrong type", key, U64, 1, u64(2))
        hparam("known key without its flag", key, F64, 0, f64(2))
        default = 1 if "scale" in key else 0
        hparam("its default", key, F64, 1, f64(default))
    for key in ("embed_norm_eps", "final_norm_eps", "final_norm_offset"):
        hparam("its default, negative", key, F64, 1, f64(-0.0))
    for key in ("embed_norm_eps", "final_norm_eps", "logit_scale",
                "logit_softcap"):
        hparam("below 0", key, F64, 1, f64(-1))
    hparam("0", "logit_scale", F64, 1, f64(0))
    for key in ("embed_scale", "final_norm_offset", "logit_scale",
                "logit_softcap"):
        for x in (0.1, 1e300, 5e-324, 2.0 ** 24 + 1):
            hparam("not an f32 (%g)" % x, key, F64, 1, f64(x))
    for key in ("embed_norm", "final_norm"):
        hparam("its default", key, TEXT, 1, b"none")
        hparam("unknown norm", key, TEXT, 1, b"batchnorm")
        hparam("norm of another case", key, TEXT, 1, b"RMSNorm")
        hparam("norm of no name", key, TEXT, 1, b"")
        hparam("norm as a number", key, U64, 1, u64(1))
    hparam("known key with a flag it must not have", "n_ctx", U64, 1, u64(4))
    hparam("float for an integer", "n_ctx", F64, 0, f64(4))
    hparam("its default", "n_ctx", U64, 0, u64(0))
    hparam("its default", "tied", 1, 1, b"\0")
    hparam("known key with the wrong type", "tied", U64, 1, u64(1))
    for x in (0, 2 ** 17 + 1, 2 ** 64 - 1):
        Case("hparam d_model of %d" % x, whole(SMALL, hparams=keys_section(
            "hparams", [("d_model", U64, 0, u64(x))])), "E_VALUE", "model",
             good=whole(SMALL), says="d_model")
    unknown = sorted(KEYS["hparams"] + [("acme.new", TEXT, 0, b"?")])
    must = sorted(KEYS["hparams"] + [("acme.new", TEXT, 1, b"?")])
    fine("unknown key", whole(hparams=keys_section("hparams", unknown)),
         " must= ")
    fine("unknown key that must be understood to predict",
         whole(hparams=keys_section("hparams", must)),
         " must=61636d652e6e6577 ", exits=(0, 0, 2))


def keys():
    for group in (counts, lengths, names, types, hparams):
        group()
