# SPDX-License-Identifier: MIT
"""facts - all that the second reader finds in a file, for comparisons"""
import struct

from reader import DEFAULTS, DERIVED, FIELDS, le, row, up

TYPES = (None, "bool", "u64", "f64", "text", "bytes", "u64s", "f64s")


def encode(keys):
    """A key/value section of {key: (type, flags, bytes)}"""
    out = struct.pack("<II", len(keys), 0)
    for key, (kind, flags, v) in keys.items():
        out += struct.pack("<HBBI", len(key), kind, flags, len(v))
        out += key.encode().ljust(up(len(key), 8), b"\0")
        out += v.ljust(up(len(v), 8), b"\0")
    return out


def plain(kind, v):
    """A value as JSON has it; f64 as the hex digits of its bits"""
    words = [v[i:i + 8][::-1] for i in range(0, len(v), 8)]
    return {1: lambda: v == b"\1", 2: lambda: le(v, 0),
            3: lambda: v[::-1].hex(), 4: v.decode, 5: v.hex,
            6: lambda: [int.from_bytes(w, "big") for w in words],
            7: lambda: [w.hex() for w in words]}[kind]()


def is_stale(m, e):
    """Was this DERIVED section made from something else?"""
    source = m.file.section({
        "sketch": "w_e" if m.h["tied"] else "w_u", "norms": "w_e",
        "merge-index": "merges"}.get(e.name, "vocab"))
    return not source or e.data[:32] != source.digest + bytes(16)


def section(m, e):
    out = {k: getattr(e, k) for k in FIELDS[:4] + FIELDS[5:12]}
    out.update(name=e.name, digest=e.digest.hex())
    if e.known and e.flags & DERIVED:
        out["stale"] = is_stale(m, e)
    return out


def report(f, m):
    v = m.vocab
    tokens = [v.token(i) for i in range(v.n)]
    special = {k[:-3]: le(x, 0) for k, (t, _, x, _) in m.keys.get(
        "tokenizer", {}).items() if t == 2 and k in (
            "bos_id", "eos_id", "unk_id", "pad_id", "sep_id", "mask_id")}
    return {
        "file": f.root.hex(), "content": f.content().hex(),
        "value": m.value().hex(),
        "sections": [section(m, e) for e in f.entries],
        "keys": {s: {k: [TYPES[t], flags, plain(t, x)]
                     for k, (t, flags, x, _) in keys.items()}
                 for s, keys in m.keys.items()},
        "must": [k for k, (_, flags, _, _) in m.keys["hparams"].items()
                 if flags and k not in DEFAULTS],
        "special": {k: i for k, i in special.items() if i < v.n},
        "d_model": m.d_model, "n_tokens": v.n, "n_distinct": v.distinct,
        "longest": v.longest, "index": bool(v.index),
        "predicted": min(v.n, m.w_u.rows) if m.w_u else 0,
        "tokens": [[t if t is None else t.hex(), v.kind(i), v.score(i)]
                   for i, t in enumerate(tokens)],
        "find": {t.hex(): v.find(t) for t in tokens if t is not None},
        "rows": {e.name: {r: " ".join("%08x" % x for x in row(e, r))
                          for r in {0, 1, e.rows // 2, e.rows - 1}
                          if r < e.rows}
                 for e in f.entries if e.known and 1 <= e.dtype <= 4}}
