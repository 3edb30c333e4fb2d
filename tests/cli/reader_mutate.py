# SPDX-License-Identifier: MIT
"""reader_mutate.py COUNT FILE... - spoilt files, read twice

Bits flipped, files cut, fields of header, table and sections changed with and
without the sums made right again: libformat, asked by tests/cli/verdict.c,
must give the status that the second reader gives, and where both open the
file they must find the same in it.  Where the specification leaves open which
of several defects is named (format.md 8), it may be any of them.
"""
import functools
import os
import random
import struct
import subprocess
import sys
from collections import Counter

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
import compute  # noqa: E402
compute.dot = functools.lru_cache(1 << 16)(compute.dot)
import reader  # noqa: E402
reader.xxh3_64 = functools.lru_cache(1 << 14)(reader.xxh3_64)
reader.xxh3_128 = functools.lru_cache(1 << 14)(reader.xxh3_128)
import facts  # noqa: E402
import forge  # noqa: E402
import rules  # noqa: E402
import selfread  # noqa: E402

BATCH = 2000
EDGES = (0, 1, 2, 7, 8, 15, 16, 63, 64, 65, 127, 128, 191, 192, 193, 255, 256,
         257, 65535, 65536, 1 << 17, (1 << 17) + 1, 1 << 24, (1 << 24) - 1,
         1 << 31, (1 << 32) - 1, (1 << 47) - 1, 1 << 47, 1 << 63,
         (1 << 64) - 1, (1 << 64) - 64)
HEADER = ((8, 2), (10, 2), (12, 4), (16, 4), (20, 4), (24, 8), (32, 8),
          (40, 4), (44, 4), (48, 8), (64, 8), (80, 8), (112, 8))
ENTRY = ((0, 4), (4, 4), (8, 2), (10, 2), (12, 4), (16, 1), (18, 2), (40, 8),
         (48, 8), (56, 8), (64, 8), (72, 8), (80, 8), (88, 8), (96, 8),
         (104, 8), (112, 8), (128, 8), (144, 8), (168, 8), (176, 8))


# ---- spoiling ----

def number(r, old, width, size):
    x = r.choice((old + 1, old - 1, old ^ 1 << r.randrange(8 * width),
                  r.choice(EDGES), r.choice(EDGES), r.getrandbits(8 * width),
                  size + r.randrange(-1, 2), old * 2))
    return (x & (1 << 8 * width) - 1).to_bytes(width, "little")


def change(r, data, at, width):
    if at + width > len(data):
        return data
    old = int.from_bytes(data[at:at + width], "little")
    return forge.patch(data, (at, number(r, old, width, len(data))))


def spoil_head(r, base, data):
    hsize, count, esize = struct.unpack_from("<III", base, 12)
    if r.random() < .3:
        return change(r, data, *r.choice(HEADER))
    at, width = r.choice(ENTRY)
    return change(r, data, hsize + esize * r.randrange(count) + at, width)


def spoil_body(r, base, data):
    """Mostly where sections begin: headers, lengths, offsets, keys"""
    e = r.choice(rules.File(base).entries[:-1])
    width = r.choice((1, 1, 2, 4, 4, 8))
    most = min(e.size, 256) if r.random() < .8 else e.size
    if most < width:
        return data
    return change(r, data, e.offset + r.randrange(most // width) * width,
                  width)


def rearranged(r, base):
    """Another file of the same sections, more or less"""
    s = forge.sections_of(base)
    how = r.randrange(6)
    i = r.randrange(len(s))
    if how == 0:
        del s[i]
    elif how == 1:
        s.insert(i, s[i])
    elif how == 2:
        r.shuffle(s)
    elif how == 3:
        s.append(forge.Section(r.choice(("a.b", "x", "no.such-thing")), b"abc",
                               flags=r.choice((0, 0, 1, 2, 4)),
                               kind=r.choice((0x8000, 0x7000, 0x9000))))
    elif how == 4:
        s[i]["data"] = s[i]["data"][:r.randrange(1, len(s[i]["data"]) + 1)]
    else:
        s[i].update(dtype=r.randrange(8))
    return forge.build(s, r.choice((0, 1, 1, 2)), *r.choice((
        (128, 192), (128, 192), (136, 200), (128, 256), (132, 192))))


def spoilt(r, base):
    how = r.random()
    data = base
    if how < .10:
        at = r.randrange(len(base))
        return forge.patch(base, (at, bytes((base[at] ^ 1 << r.randrange(8),))))
    if how < .13:
        return base[:r.randrange(len(base))]
    if how < .15:
        return base + bytes(r.choice((1, 64, 4096)))
    if how < .25:
        return rearranged(r, base)
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        data = (spoil_head if how < .60 else spoil_body)(r, base, data)
    if how < .60:
        return forge.seal(data)
    return forge.seal_all(data, base, r.random() < .8)


# ---- two verdicts ----

def f32(x):
    return "%08x" % struct.unpack("<I", struct.pack("<f", x))


def f64(x):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))


def line_of(m, want, damaged):
    """The line of tests/cli/verdict.c for a model that opens"""
    h, v = m.h, m.vocab
    kinds = ("none", "layernorm", "rmsnorm")
    out = [h["n_ctx"], int(h["tied"]), f32(h["embed_scale"]),
           f32(h["logit_scale"]), f32(h["logit_softcap"]),
           kinds.index(h["final_norm"]), f64(h["final_norm_eps"]),
           f32(h["final_norm_offset"]), kinds.index(h["embed_norm"]),
           f64(h["embed_norm_eps"]), m.d_model or 0, want["predicted"],
           "must=" + "".join(want["must"][:1]).encode().hex(),
           v.n, v.distinct, v.longest, int(bool(v.index))]
    out += [want["special"].get(k, -1)
            for k in ("bos", "eos", "unk", "pad", "sep", "mask")]
    for t, kind, score in want["tokens"]:
        if t is None:
            out.append("bad")
            continue
        found = want["find"][t]
        out.append("%s:%d:%s:%s" % (t, kind, score,
                                    "none" if found is None else found))
    for e in m.file.entries:
        if e.known and 0x20 <= e.kind < 0x32:
            for i in range(e.rows):
                out.append("%x[%d] " % (e.kind, i) + " ".join(
                    "%08x" % x for x in reader.row(e, i)))
    if not damaged:
        out.append(want["value"])
    return " ".join(map(str, out))


def statuses(defects):
    return {d.status for d in defects}


def difference(data, line):
    """What the two readers do not agree upon, None if there is nothing"""
    try:
        f = rules.File(data)
    except rules.Refusal as e:
        ours = "open " + e.status
        return None if line.split()[:2] == ours.split() else str(e)
    if not line.startswith("open OK"):
        return "opens"
    head, _, model = line.partition(" model ")
    words = head.split()
    if words[2:4] != [f.root.hex(), f.content().hex()]:
        return "other digests"
    damage = {w for w in words[4:] if w.startswith("E_")}
    own = statuses(f.verify())
    packed = any(e.codec in (1, 2) for e in f.entries)  # not looked into
    if own and not damage or not packed and damage - own:
        return "damage %s" % own
    m = rules.Model(f)
    own = statuses(m.bad)
    if not model.startswith("OK"):
        return None if model.split()[0] in own else "model %s" % (own or "OK")
    if own:
        return "model " + ", ".join(map(str, m.bad))
    model, _, tested = model.partition(" selftest ")
    own = statuses(selfread.check(m)) or {"OK"}
    if bool(tested) != bool(f.section("selftest")) or (
            tested and tested.split()[0] not in own):
        return "self-test %s" % own
    ours = ["OK"] + line_of(m, facts.report(f, m), bool(damage)).split(" ")
    theirs = model.split(" ")
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return "word %d of %d is %s, not %s" % (i, len(ours), a, b)
    return None if len(ours) == len(theirs) else "holds more or less"


def judge(images):
    verdict = os.path.join(os.environ["TK_BUILD"], "tests", "verdict")
    done = subprocess.run([verdict], input=b"".join(
        struct.pack("<I", len(x)) + x for x in images),
                          stdout=subprocess.PIPE, check=False)
    lines = done.stdout.decode().splitlines()
    if done.returncode or len(lines) != len(images):
        with open("fatal.tk", "wb") as f:
            f.write(images[min(len(lines), len(images) - 1)])
        sys.exit("verdict: exit %d after %d files" % (done.returncode,
                                                      len(lines)))
    return lines


def main(count, paths):
    bases, seen = [], Counter()
    for path in paths:
        with open(path, "rb") as f:
            bases.append(f.read())
    bases.append(forge.build(forge.sections_of(bases[0]), 2, 136, 208))
    for start in range(0, count, BATCH):
        r = random.Random(start)
        images = [spoilt(r, r.choice(bases)) for _ in range(BATCH)]
        for i, (data, line) in enumerate(zip(images, judge(images))):
            bad = difference(data, line)
            if bad:
                name = "differs-%d.tk" % (start + i)
                with open(name, "wb") as f:
                    f.write(data)
                sys.exit("%s: reader: %s\nlibformat: %s" % (
                    name, bad, line[:300]))
            words = line.partition(" model ")
            seen[line.split()[1] if not words[1] else words[2].split()[0]] += 1
    if os.environ.get("TK_LONG"):
        print(dict(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
