# SPDX-License-Identifier: MIT
"""reader_models.py COUNT - random models, packed by tkpack, read twice

What `tkinfo` says of each must be what the second reader finds in it.  The
files stay, as m0.tk, m1.tk ...: reader_mutate.py spoils them.
"""
import json
import os
import random
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
import facts  # noqa: E402
import rules  # noqa: E402
import selfread  # noqa: E402

BIN = os.environ["TK_BIN"]
DTYPES = ("bytes", "f32", "f16", "bf16", "q8")
KINDS = ("normal", "unknown", "control", "user", "unused", "byte")
FLAGS = ("required", "derived", "note")
ODD = (b"", b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b" the", b"the",
       b"\x1b[2J", b"\n", b'"\\', b"\xe2\x80\xae", b"a" * 300, b"\xf0\x9f")


def run(*args):
    done = subprocess.run(args, capture_output=True, check=False)
    if done.returncode:
        sys.exit("%s: %s" % (args, done.stderr.decode()))
    return done.stdout.decode()


# ---- making ----

def number(r):
    return "%.9g" % struct.unpack("<f", struct.pack("<f", r.choice((
        0.0, -0.0, 1.0, r.gauss(0, 1), r.gauss(0, 30), 2.0 ** -24, 1e-7))))[0]


def matrix(r, name, dtype, rows, cols, extra=()):
    text = "matrix %s %s %d %d\n" % (name, dtype, rows, cols)
    for _ in range(rows):
        text += " ".join(r.choice(extra) if extra and r.random() < .1
                         else number(r) for _ in range(cols)) + "\n"
    return text


def quoted(token):
    return '"%s"' % "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\' else "\\x%02x" % b
        for b in token)


def tokens(r):
    out = []
    for _ in range(r.choice((1, 2, 5, 17, 40))):
        out.append(r.choice((
            r.choice(ODD), r.randbytes(r.randrange(1, 9)),
            b"word%d" % r.randrange(30), r.choice(out or [b"x"]))))
    return out


def norms(r, side, d):
    text = "hparam %s_norm %s\n" % (side, r.choice(("layernorm", "rmsnorm")))
    text += "hparam %s_norm_eps %s\n" % (side, r.choice(("1e-5", "1e-6", "0")))
    for part in ("weight", "bias"):
        if r.random() < .6:
            text += matrix(r, "%s-norm-%s" % (side, part), r.choice(
                DTYPES[1:4]), 1, d)
    return text


def ends(r, text, n):
    """Matrices and what goes with them"""
    d, n_ctx = r.choice((1, 3, 33, 64, 70)), r.choice((0, 1, 4))
    tied, w_e = r.random() < .3, r.random() < .8
    rows = max(1, n + r.choice((0, 0, 3)))
    cols = d if r.random() < .9 else d + 1
    if n_ctx:
        text += "hparam n_ctx %d\n" % n_ctx
    if tied or w_e:
        text += matrix(r, "w_e", r.choice(DTYPES[1:]), rows, d)
        text += norms(r, "embed", d) if r.random() < .3 else ""
        if r.random() < .3:
            text += matrix(r, "mix", "f32", n_ctx or 3, r.choice((1, d)))
    if tied:
        text += "hparam tied true\n"
        cols = d
    else:
        rows = max(1, n + r.choice((0, 0, 2)))
        text += matrix(r, "w_u", r.choice(DTYPES[1:]), rows, cols)
    if r.random() < .5:
        text += matrix(r, "b_u", r.choice(DTYPES[1:4]), 1, rows, ("-inf",))
    text += norms(r, "final", cols) if r.random() < .4 else ""
    for key, value in (("embed_scale", "11.3125"), ("logit_scale", "0.0625"),
                       ("logit_softcap", "30"), ("logit_scale", "1")):
        if r.random() < .3 and key not in text:
            text += "hparam %s %s\n" % (key, value)
    if "final_norm " in text and r.random() < .4:
        text += "hparam final_norm_offset 1\n"
    return text


def manifest(r):
    words = tokens(r)
    kinds, scores = r.random() < .4, r.random() < .4
    text = "tk-manifest 1\n"
    for i, word in enumerate(words):
        text += "token " + quoted(word)
        text += " " + r.choice(KINDS) if kinds or scores else ""
        text += " " + number(r) if scores and r.random() < .8 else ""
        text += "\n"
    for name in ("bos", "eos", "unk", "pad", "sep", "mask"):
        if r.random() < .3:
            text += "special %s %d\n" % (name, r.randrange(len(words)))
    if r.random() < .1:
        return text + "hparam d_model %d\nend\n" % r.randrange(1, 99)
    return ends(r, text, len(words)) + "end\n"


def npy(r, path, rows, cols):
    size, code = r.choice(((2, "e"), (4, "f")))
    head = "{'descr': '<f%d', 'fortran_order': False, 'shape': (%d, %d), }" % (
        size, rows, cols)
    head = head.ljust(117) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head))
                + head.encode() + struct.pack("<%d%s" % (rows * cols, code), *(
                    r.gauss(0, 1) for _ in range(rows * cols))))


def pack(seed, path):
    r = random.Random(seed)
    options = ["--sketch"] if r.random() < .4 else []
    test = ["--self-test", str(r.randrange(1, 4))] * (r.random() < .5)
    if seed % 5 == 4:
        n, d = r.randrange(1, 30), r.randrange(1, 70)
        npy(r, "e.npy", n + r.choice((0, 2)), d)
        npy(r, "u.npy", n + r.choice((0, 1)), d)
        with open("words.txt", "w", encoding="ascii") as f:
            f.writelines("w%d\n" % i for i in range(n))
        run(BIN + "/tkpack", "--embed", "e.npy", "--unembed", "u.npy",
            "--vocab", "words.txt", "--dtype", r.choice(
                ("keep", "f32", "f16", "bf16", "q8")), "-o", path, *options,
            *test)
        return
    text = manifest(r)
    with open("m.txt", "w", encoding="latin-1") as f:
        f.write(text)
    if "w_u" not in text and "tied" not in text:
        options = test = []
    done = subprocess.run([BIN + "/tkpack", "m.txt", "-o", path, *options,
                           *test], capture_output=True, check=False)
    # Some models compute no number, and tkpack says so.
    if done.returncode and b": --self-test: " in b": " + done.stderr:
        run(BIN + "/tkpack", "m.txt", "-o", path, *options)
    elif done.returncode:
        sys.exit("%s: %s" % (path, done.stderr.decode()))


# ---- comparing ----

def bits(x):
    return "%08x" % struct.unpack("<I", struct.pack("<f", x))


def reals(numbers):
    """JSON has no infinity: it is a null or a word"""
    return [None if isinstance(x, str) or x is None else bits(x)
            for x in numbers]


def finite(words):
    return [None if int(w, 16) >> 23 & 255 == 255 else w
            for w in words.split()]


def same(path, what, got, want):
    if got != want:
        sys.exit("%s: %s: tkinfo: %r, reader: %r" % (path, what, got, want))


def compare_sections(path, rows, want):
    for s, w in zip(rows, want):
        same(path, "section", s, {
            **{k: w[k] for k in ("kind", "name", "offset", "stored_size",
                                 "size", "digest")},
            "codec": "none", "dtype": DTYPES[w["dtype"]],
            "flags": [f for i, f in enumerate(FLAGS) if w["flags"] >> i & 1],
            **({k: w[k] for k in ("rows", "cols")} if w["dtype"] else {})})
    text = run(BIN + "/tkinfo", "--sections", path).splitlines()[1:]
    same(path, "lines", len(text), len(want))
    for line, w in zip(text, want):
        shape = "%dx%d" % (w["rows"], w["cols"]) if w["dtype"] else "-"
        flag = {0: "-", 1: "R", 2: "D", 4: "N"}[w["flags"]]
        same(path, "--sections", line.split(), [
            "%x" % w["kind"], w["name"], DTYPES[w["dtype"]], shape,
            str(w["offset"]), str(w["size"]), flag, w["digest"][:8]])


def compare_tokens(path, want):
    got = json.loads(run(BIN + "/tkinfo", "--json", "--vocab", path))["tokens"]
    same(path, "tokens", len(got), want["n_tokens"])
    for t, (raw, kind, score) in zip(got, want["tokens"]):
        text = t.get("bytes") or t["token"].encode().hex()
        same(path, "token", (text, t["kind"]), (raw, KINDS[kind]))
        same(path, "score", bits(t.get("score", 0)), score)


def compare_rows(path, want):
    for i in (0, want["n_tokens"] // 2, want["n_tokens"] - 1):
        got = subprocess.run([BIN + "/tkinfo", "--json", "--row", "id:%d" % i,
                              path], capture_output=True, check=False).stdout
        got = json.loads(got) if got else {}
        for name in ("w_e", "w_u"):
            row = want["rows"].get(name, {}).get(i)
            if row and name in got:
                same(path, name, reals(got[name]), finite(row))


def compare(path):
    with open(path, "rb") as f:
        data = f.read()
    f = rules.File(data)
    m = rules.Model(f)
    bad = m.bad + f.verify()
    if bad:
        sys.exit("%s: reader: %s" % (path, bad[0]))
    want = facts.report(f, m)
    got = json.loads(run(BIN + "/tkinfo", "--json", path))
    digests = {k: want[k] for k in ("file", "content", "value")}
    same(path, "digests", got["digest"], {k: digests[k]
                                          for k in got["digest"]})
    lines = run(BIN + "/tkinfo", "--digest", path).split()
    same(path, "--digest", dict(zip(lines[::2], lines[1::2])), digests)
    same(path, "size", got["size"], len(data))
    h = got["hyperparameters"]
    for key in ("n_tokens", "d_model"):
        same(path, key, h[key], want[key])
    for key in ("n_ctx", "tied", "embed_scale", "logit_scale"):
        same(path, key, h[key], m.h[key])
    same(path, "softcap", h["logit_softcap"] or 0, m.h["logit_softcap"])
    v = got["vocabulary"]
    same(path, "vocabulary", (v["tokens"], v["distinct"], v["longest"]), (
        want["n_tokens"], want["n_distinct"], want["longest"]))
    same(path, "special", got["tokenizer"].get("special", {}),
         want["special"])
    note = {k: x[2] for k, x in want["keys"].get("note", {}).items()
            if x[0] == "text"}
    same(path, "note", {k: x for k, x in got.get("note", {}).items()
                        if k in note}, note)
    compare_sections(path, got["sections"], want["sections"])
    compare_tokens(path, want)
    compare_rows(path, want)
    lowest = {}
    for i, t in enumerate(want["tokens"]):
        lowest.setdefault(t[0], i)
    same(path, "look-ups", want["find"], lowest)
    run(BIN + "/tkinfo", "--verify", path)
    same(path, "self-test", list(map(str, selfread.check(m))), [])
    cases = struct.unpack_from("<I", f.section("selftest").data)[
        0] if f.section("selftest") else None
    same(path, "cases", (got["self_test"] or {}).get("cases"), cases)


def main(count):
    for seed in range(count):
        path = "m%d.tk" % seed
        pack(seed, path)
        compare(path)
        if seed > 40:
            os.unlink(path)


if __name__ == "__main__":
    main(int(sys.argv[1]))
