# SPDX-License-Identifier: MIT
"""info_json.py - checks the JSON answers that info.sh left right here."""
import json
import struct

FILES = {}
for name in ("tiny", "model", "row", "padding", "vocab", "none", "tied",
             "tied-row"):
    with open(name + ".json", "rb") as f:
        data = f.read()
    assert all(32 <= b < 127 or b == 10 for b in data), name
    FILES[name] = json.loads(data, parse_constant=lambda c: 1 / 0)
    assert FILES[name]["schema"] == "tkinfo/1", name


def equal(what, got, want):
    if got != want:
        raise SystemExit(f"info: {what}: {got!r}, not {want!r}")


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def sections(name):
    """The table again, straight from the bytes: spec/format.md, table 2."""
    with open(name + ".tk", "rb") as f:
        data = f.read()
    count, = struct.unpack_from("<I", data, 0x10)
    rows = []
    for i in range(count):
        at = 128 + 192 * i
        kind, flags, codec, dtype = struct.unpack_from("<IIHH", data, at)
        text = data[at + 16:at + 48].rstrip(b"\0").decode()
        numbers = struct.unpack_from("<7Q", data, at + 0x30)
        rows.append((kind, text, numbers, data[at + 0x70:at + 0x80].hex()))
    return data, rows


for name in ("tiny", "model"):
    o = FILES[name]
    data, rows = sections(name)
    equal("size", o["size"], len(data))
    equal("format", o["format"], {"major": 0, "minor": 1})
    equal("file digest", o["digest"]["file"], data[0x30:0x40].hex())
    equal("sections", [(s["kind"], s["name"], s["offset"], s["stored_size"],
                        s["size"], s["digest"]) for s in o["sections"]],
          [(k, n, *v[:3], d) for k, n, v, d in rows])
    for s, (_, _, v, _) in zip(o["sections"], rows):
        equal("shape", (s.get("rows", 0), s.get("cols", 0)), v[3:5])
    for m in o["matrices"]:
        equal("size of " + m["name"], m["size"], m["rows"] * m["row_stride"])

with open("digest.txt") as f:
    lines = dict(line.split() for line in f)
value = lines.pop("value")
equal("--digest", lines, FILES["model"]["digest"])
equal("value", len(bytes.fromhex(value)), 16)

t = FILES["tiny"]
equal("file", t["file"], "tiny.tk")
equal("tiny", t["hyperparameters"], {
    "n_ctx": 4, "d_model": 4, "d_vocab": 8, "n_tokens": 8, "tied": False,
    "embed_scale": 1, "logit_scale": 1, "logit_softcap": None,
    "final_norm": None, "embed_norm": None, "bias": False})
equal("special", t["tokenizer"]["special"], {"eos": 7})
equal("kind", t["tokenizer"]["kind"], "none")
equal("no verify", "verify" in t, False)
equal("source", t["note"]["source_kind"], "manifest")
equal("vocabulary", t["vocabulary"], {
    "tokens": 8, "distinct": 8, "duplicates": 0, "bytes": 28, "longest": 5,
    "index": "present",
    "kinds": {"normal": 6, "control": 1, "byte": 1}})

m = FILES["model"]
equal("model", m["hyperparameters"], {
    "n_ctx": 12, "d_model": 5, "d_vocab": 7, "n_tokens": 6, "tied": False,
    "embed_scale": 1.5, "logit_scale": 0.0625, "logit_softcap": 30,
    "final_norm": {"kind": "rmsnorm", "eps": 1e-5, "offset": 1,
                   "weight": True, "bias": False},
    "embed_norm": {"kind": "layernorm", "eps": 1e-12, "offset": 0,
                   "weight": True, "bias": True},
    "bias": True})
equal("matrices", [(x["name"], x["dtype"], x["rows"], x["cols"],
                    x["row_stride"]) for x in m["matrices"]],
      [("W_E", "f16", 7, 5, 64), ("W_U", "bf16", 7, 5, 64),
       ("b_U", "f32", 1, 7, 64), ("final-norm-weight", "bf16", 1, 5, 64),
       ("embed-norm-weight", "f32", 1, 5, 64),
       ("embed-norm-bias", "f32", 1, 5, 64)])
equal("verify", m["verify"], {"level": "all", "ok": True, "damaged": False,
                             "errors": []})

t = FILES["tied"]
equal("tied", t["hyperparameters"]["tied"], True)
equal("names", [x["name"] for x in t["matrices"]], ["W_E", "W_U"])
equal("alias", t["matrices"][1], dict(t["matrices"][0], name="W_U",
                                      alias_of="W_E"))
equal("duplicates", [t["vocabulary"][k] for k in
                     ("tokens", "distinct", "duplicates")], [3, 2, 1])
equal("tied row", FILES["tied-row"], {"schema": "tkinfo/1", "id": 0,
                                      "token": "a", "w_e": [1, 2]})

equal("row", FILES["row"], {"schema": "tkinfo/1", "id": 1, "token": " cat",
                            "w_e": [0, 1, 0, 0], "w_u": [2, -1, 0, -1]})
equal("padding", FILES["padding"], {
    "schema": "tkinfo/1", "id": 6, "token": None, "w_e": [0, 0, 1, 0, 0],
    "w_u": [None, None, 0, 0, 0]})
equal("vocab", FILES["vocab"]["tokens"], [
    {"id": 0, "token": "<unk>", "kind": "unknown", "score": 0},
    {"id": 1, "token": "cat", "kind": "normal", "score": -1.5},
    {"id": 2, "token": " cat", "kind": "normal", "score": -2},
    {"id": 3, "token": " cats", "kind": "user", "score": f32(-3e-30)},
    {"id": 4, "token": "<s>", "kind": "control", "score": 0},
    {"id": 5, "token": None, "bytes": "f09f0a1b5b33316d", "kind": "byte",
     "score": f32(0.1)}])
equal("none", FILES["none"]["tokens"], [])
