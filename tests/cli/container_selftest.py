# SPDX-License-Identifier: MIT
"""container_selftest.py - hostile self-tests, and models that fail theirs"""
import math
import struct

import rules
import selfread
from forge import Section, matrix
from container import (BASE, Case, KEYS, PARTS, SMALL, f64, fine, halves,
                       keys_section, reals, whole)

M = rules.Model(rules.File(BASE))
NUMBERS = selfread.Numbers(M)
VECTOR = [1.0, -0.5, 2.0 ** -140, 0.0, 3.25]


def case(given, k, results, head=None):
    ids = isinstance(given, tuple)
    return struct.pack("<4I", *(head or (0 if ids else 1, len(given), k,
                                         len(results)))) + struct.pack(
        "<%d%s" % (len(given), "I" if ids else "f"), *given) + b"".join(
            struct.pack("<Iff", *r) for r in results)


def best(given, k, numbers=NUMBERS):
    h = (numbers.context(list(given)) if isinstance(given, tuple)
         else list(given))
    return numbers.best(h, k)


def good(given, k):
    return case(given, k, best(given, k))


def section(*cases, count=None, zero=0, more=b""):
    return Section("selftest", struct.pack(
        "<II", len(cases) if count is None else count, zero)
                   + b"".join(cases) + more)


CONTEXT, OTHER = good((1, 2, 9), 4), good(VECTOR, 8)
GOOD = whole(selftest=section(CONTEXT, OTHER))


def wrong(what, status, made, base=None, **more):
    """The file opens and has no damage; the self-test is refused"""
    Case("selftest: " + what, whole(base, selftest=made), status, "selftest",
         more.pop("place", "own selftest"), more.pop("good", GOOD),
         (0, 1, None), **more)


def passes():
    fine("selftest", GOOD, " selftest OK")
    fine("selftest of one id", whole(selftest=section(good((0,), 1))),
         " selftest OK")
    fine("selftest that asks for more than there are", whole(
        selftest=section(good((7, 7), 1024), good(VECTOR, 1024))),
         " selftest OK")
    fine("selftest of a token without a name", whole(
        selftest=section(good((8, 9), 3))), " selftest OK")
    fine("selftest of 1,024 cases", whole(
        selftest=section(*[CONTEXT] * 1024)), " selftest OK")
    fine("selftest of the longest context", whole(selftest=section(
        case((0,) * 65535 + (3,), 2, best((0, 0, 3), 2)))), " selftest OK")
    made = section(CONTEXT, OTHER)
    made["dtype"] = 9
    fine("selftest of unknown dtype is as absent", whole(selftest=made))
    must = sorted(KEYS["hparams"] + [("acme.new", 4, 1, b"?")])
    fine("selftest of a model that must not predict is not computed", whole(
        hparams=keys_section("hparams", must),
        selftest=section(case((1,), 1, [(0, 1.0, 1.0)]))), " selftest OK",
         exits=(0, 0, 2))


def heads():
    for n in (1, 4, 7):
        wrong("shorter than its header (%d)" % n, "E_LAYOUT", Section(
            "selftest", bytes(n)))
    wrong("no cases", "E_VALUE", section())
    wrong("no cases, and bytes", "E_VALUE", section(more=CONTEXT))
    for n in (1025, 2 ** 31, 2 ** 32 - 1):
        wrong("%d cases" % n, "E_LIMIT", section(CONTEXT, count=n))
    for n in (1, 3, 1024):
        wrong("%d cases, of which there are 2" % n, "E_LAYOUT", section(
            CONTEXT, OTHER, count=n))
    wrong("bytes behind the last case", "E_LAYOUT", section(
        CONTEXT, more=bytes(4)))
    for x in (1, 2 ** 31):
        wrong("reserved bytes (%d)" % x, "E_RESERVED", section(
            CONTEXT, zero=x))
    wrong("of more than 16 MiB", "E_LIMIT", section(
        CONTEXT, more=bytes(16 << 20)))
    data = section(CONTEXT, OTHER)["data"]
    for n in (8, 9, 23, 24, 36, 37, 83, len(data) - 48, len(data) - 1):
        wrong("cut (%d)" % n, "E_LAYOUT", Section("selftest", data[:n]))


def lengths():
    out = best((1, 2), 4)

    def head(what, status, *words):
        wrong("%s %r" % (what, words), status, section(
            case((1, 2), 4, out, words)))

    for form in (2, 256, 2 ** 32 - 1):
        head("unknown form", "E_VALUE", form, 2, 4, 4)
    for n in (65537, 2 ** 30, 2 ** 31, 2 ** 32 - 1):
        head("ids beyond the limit", "E_LIMIT", 0, n, 4, 4)
    for n in (2 ** 17 + 1, 2 ** 30, 2 ** 31, 2 ** 32 - 1):
        head("elements beyond the limit", "E_LIMIT", 1, n, 4, 4)
    for k in (1025, 2 ** 31, 2 ** 32 - 1):
        head("best beyond the limit", "E_LIMIT", 0, 2, k, 4)
    head("no ids", "E_VALUE", 0, 0, 4, 4)
    head("no elements", "E_VALUE", 1, 0, 4, 4)
    head("nothing asked for", "E_VALUE", 0, 2, 0, 0)
    head("no results", "E_VALUE", 0, 2, 4, 0)
    for n in (5, 1025, 2 ** 32 - 1, 2 ** 32 // 12 + 1):
        head("more results than were asked for", "E_VALUE", 0, 2, 4, n)
    head("more ids than there are", "E_LAYOUT", 0, 65536, 4, 4)
    head("more results than there are", "E_LAYOUT", 0, 2, 1024, 1024)


def contents():
    out = best((1, 2), 4)
    for i in (10, 2 ** 24, 2 ** 32 - 1):
        wrong("id without a row in W_E (%d)" % i, "E_VALUE", section(
            case((1, i), 4, out)))
    for i in (8, 9, 2 ** 24, 2 ** 32 - 1):
        wrong("result that cannot be predicted (%d)" % i, "E_VALUE", section(
            case((1, 2), 4, out[:3] + [(i, -1e9, -30.)])))
    for x in (math.nan, -math.nan, math.inf, -math.inf):
        wrong("element that is %r (%d)" % (x, math.copysign(1, x)), "E_VALUE",
              section(case(VECTOR[:4] + [x], 4, out)))
        wrong("key that is %r (%d)" % (x, math.copysign(1, x)), "E_VALUE",
              section(case((1, 2), 1, [(out[0][0], x, 0.)])))
    wrong("logit that is NaN", "E_VALUE", section(
        case((1, 2), 1, [out[0][:2] + (math.nan,)])))
    for n in (1, 4, 6):
        wrong("vector of %d elements" % n, "E_SHAPE", section(
            case((VECTOR * 2)[:n], 4, out)))
    wrong("results in the wrong order", "E_VALUE", section(
        case((1, 2), 4, out[1::-1] + out[2:])))
    wrong("equal keys, the higher id first", "E_VALUE", section(
        case((1, 2), 2, [(3, 1., 1.), (2, 1., 1.)])))
    wrong("a result twice", "E_VALUE", section(
        case((1, 2), 4, out[:1] + out[:3])))
    plain = {**SMALL, "hparams": keys_section("hparams", [])}
    only = {**plain, "w_u": PARTS["w_u"]}
    wrong("a context, and no W_E", "E_SHAPE", section(case((0,), 4, out)),
          only, good=whole(only))
    wide = {**only, "w_e": matrix("w_e", 1, 9, 6, reals(9, 6))}
    wrong("a context, and a W_E of another width", "E_SHAPE", section(
        case((0,), 4, out)), wide, good=whole(wide))
    wrong("no matrices", "E_VALUE|E_SHAPE", section(
        case([0.] * 4, 1, [(0, 0., 0.)])), SMALL, good=whole(SMALL))


def meaning():
    """Digests right, numbers not"""
    more = {"place": None}
    out = best((1, 2), 4)

    def spoilt(what, made):
        wrong(what, "E_CHECKSUM", section(CONTEXT, made, OTHER), **more)

    spoilt("another context", case((2, 1), 4, out))
    spoilt("a context with another first id", case((0, 1, 2, 2), 4,
                                                   best((3, 1, 2, 2), 4)
                                                   [:3]))
    spoilt("fewer results", case((1, 2), 4, out[:3]))
    spoilt("another last one", case((1, 2), 4, out[:3] + [
        (({*range(8)} - {r[0] for r in out}).pop(), *out[3][1:])]))
    for part in (1, 2):
        bits, = struct.unpack("<I", struct.pack("<f", out[3][part]))
        other = list(out[3])
        other[part], = struct.unpack("<f", struct.pack("<I", bits - 1))
        spoilt("last bit of a %s" % ("key", "logit")[part - 1], case(
            (1, 2), 4, out[:3] + [tuple(other)]))
    test = section(CONTEXT, OTHER)
    data = bytearray(PARTS["w_u"]["data"])
    data[128] ^= 1
    for name, new in (
            ("W_U", {"w_u": matrix("w_u", 4, 9, 5, bytes(data))}),
            ("W_E", {"w_e": matrix("w_e", 2, 10, 5, halves(10, 5)[64:]
                                   + halves(1, 5))}),
            ("W_U as NaN", {"w_u": matrix("w_u", 4, 9, 5, b"".join(
                bytes(64) + struct.pack("<e", math.nan).ljust(64, b"\0")
                for _ in range(9)))}),
            ("b_U", {"b_u": matrix("b_u", 1, 1, 9, reals(1, 9, 2.))}),
            ("mix", {"mix": matrix("mix", 1, 3, 5, reals(3, 5, 2.))}),
            ("a scale", {"hparams": keys_section("hparams", [
                x if x[0] != "embed_scale" else (*x[:3], f64(4))
                for x in KEYS["hparams"]])}),
            ("the soft cap", {"hparams": keys_section("hparams", [
                x for x in KEYS["hparams"] if x[0] != "logit_softcap"])}),
            ("the final norm", {"final-norm-bias": matrix(
                "final-norm-bias", 1, 1, 5, reals(1, 5))})):
        Case("selftest: %s exchanged, digests right" % name, whole(
            selftest=test, **new), "E_CHECKSUM", "selftest", None, GOOD,
             (0, 1, None))


def make():
    for group in (passes, heads, lengths, contents, meaning):
        group()
