# SPDX-License-Identifier: MIT
"""container.py - hundreds of .tk files that somebody made to do harm

Each has the status it must be refused with, the place where, and what the
tools' exit must be; and a neighbour, as near to it as there is one, that must
pass.  container_head.py makes those whose header or table is wrong,
container_body.py and container_selftest.py those whose sections are,
container_frames.py archives.  What the specification calls legal, however odd,
has the status OK.

No tool has more memory than 64 MiB and twelve times the file.
"""
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
import forge  # noqa: E402
import reader  # noqa: E402
import rules  # noqa: E402
import selfread  # noqa: E402

BIN = os.environ["TK_BIN"]
LONG = os.environ.get("TK_LONG")
SANITIZED = "sanitize" in os.environ.get("TK_LINK_FLAGS", "")
VERDICT = os.path.join(os.environ["TK_BUILD"], "tests", "verdict")


# ---- the file that most of them are made of ----

TOKENS = [b"<s>", b" the", b" cat", b"\n", b"\xff", b" cat", b"</s>", b""]


def f64(x):
    return struct.pack("<d", x)


def u64(x):
    return struct.pack("<Q", x)


KEYS = {
    "hparams": [
        ("embed_norm", 4, 1, b"rmsnorm"), ("embed_norm_eps", 3, 1, f64(1e-5)),
        ("embed_scale", 3, 1, f64(2)), ("final_norm", 4, 1, b"layernorm"),
        ("final_norm_eps", 3, 1, f64(1e-6)),
        ("final_norm_offset", 3, 1, f64(1)), ("logit_scale", 3, 1, f64(.5)),
        ("logit_softcap", 3, 1, f64(30)), ("n_ctx", 2, 0, u64(4))],
    "note": [("acme.list", 6, 0, u64(7) + u64(9)), ("acme.odd", 5, 0, b"\0\xff"),
             ("acme.reals", 7, 0, f64(.5)), ("title", 4, 0, b"hostile")],
    "tokenizer": [("add_bos", 1, 0, b"\1"), ("bos_id", 2, 0, u64(0)),
                  ("eos_id", 2, 0, u64(6)), ("kind", 4, 0, b"none")]}


def keys_section(name, keys):
    return forge.Section(name, forge.key_values(*keys))


def vocabulary(tokens, kinds=None, scores=None):
    v = forge.vocab(tokens, kinds, scores)
    return {"vocab": v, "vocab-index": forge.index(tokens, v)}


def reals(rows, cols, first=1.0):
    size = reader.stride(1, cols)
    return b"".join(struct.pack("<%df" % cols, *(
        first + r - c / 8 for c in range(cols))).ljust(size, b"\0")
                    for r in range(rows))


def halves(rows, cols):
    size = reader.stride(2, cols)
    return b"".join(struct.pack("<%de" % cols, *(
        r - c / 4 for c in range(cols))).ljust(size, b"\0")
                    for r in range(rows))


def q8(rows, cols, scale=.5):
    return b"".join(bytes((r + c) % 100 for c in range(cols)).ljust(
        64, b"\0") + struct.pack("<e", scale).ljust(64, b"\0")
                    for r in range(rows))


PARTS = {n: keys_section(n, k) for n, k in KEYS.items()}
PARTS.update(vocabulary(TOKENS, [2, 0, 0, 0, 5, 0, 2, 0], [.5] * 8))
PARTS.update({p["name"].decode(): p for p in (
    forge.matrix("embed-norm-weight", 1, 1, 5, reals(1, 5)),
    forge.matrix("embed-norm-bias", 3, 1, 5),
    forge.matrix("mix", 1, 3, 5, reals(3, 5)),
    forge.matrix("final-norm-weight", 2, 1, 5, halves(1, 5)),
    forge.matrix("final-norm-bias", 1, 1, 5),
    forge.matrix("b_u", 1, 1, 9, reals(1, 9)),
    forge.matrix("w_e", 2, 10, 5, halves(10, 5)),
    forge.matrix("w_u", 4, 9, 5, q8(9, 5)),
    forge.Section("acme.thing", b"anything"))})
SMALL = {n: PARTS[n] for n in ("hparams", "vocab", "vocab-index")}
SMALL["hparams"] = keys_section("hparams", [("d_model", 2, 0, u64(4))])


def ordered(parts):
    return sorted(parts, key=lambda s: (s["kind"], s["name"]))


def whole(parts=None, less=(), minor=1, **more):
    """A file of these sections, with some others in place of them"""
    all_of = {**(PARTS if parts is None else parts), **more}
    return forge.build(ordered([s for n, s in all_of.items()
                                if n not in less]), minor)


BASE = whole()


def entry_at(name, data=BASE):
    names = [e.name for e in rules.File(data).entries]
    return 128 + 192 * names.index(name)


def section_at(name, data=BASE):
    e = next(e for e in rules.File(data).entries if e.name == name)
    return e.offset, e.offset + e.stored_size


# ---- a case ----

CASES = []


class Case:
    """What it is, the file, its neighbour, and what must be said of it

    stage: 'open', 'model' (the container opens), 'damage' (so does the model,
    full verification refuses), 'selftest' (only that is wrong), 'fine';
    place: 'header', 'table', 'section NAME', 'own NAME' (as long as it is in
    this file), 'entry NAME', 'end', or None if there is none to be told;
    exits: of tkinfo, of tkinfo --verify, of tkpredict, of tkpack --expand
    (None or left out: not asked); blind: the second reader sees nothing of it
    """

    def __init__(self, what, data, status, stage="open", place=None,
                 good=BASE, exits=None, says=None, holds=None, blind=False):
        self.what, self.data, self.good = what, data, good
        self.status, self.stage, self.place = status, stage, place
        self.says, self.holds, self.blind = says, holds, blind
        no = 2 if LONG else None  # tkpredict opens files as tkinfo does
        self.exits = exits or {
            "open": (2, 2 if status in ("E_VERSION", "E_FEATURE", "E_LIMIT")
                     else 1, no),
            "model": (0, 0, 2) if status == "E_FEATURE" else (2, 1, no),
            "damage": (0, 1, None), "fine": (0, 0, None)}[stage]
        assert what not in {c.what for c in CASES}, what
        CASES.append(self)


def fine(what, data, holds=None, exits=None):
    Case(what, data, "OK", "fine", good=None, holds=holds, exits=exits)


def region(case):
    """The bytes of the place"""
    kind, _, name = case.place.partition(" ")
    if kind == "header":
        return 0, 128
    if kind == "end":
        return 0, len(case.data) + 1
    if kind == "own":
        at, end = section_at(name, case.data)
        return at, end + 1
    count, = struct.unpack_from("<I", case.good, 16)
    if kind == "table":
        return 128, 128 + 192 * count
    if kind == "entry":
        at = entry_at(name, case.good)
        return at, at + 192
    at, end = section_at(name, case.good)
    return at - 64, end


# ---- judging ----

def verdicts(images):
    done = subprocess.run([VERDICT], stdout=subprocess.PIPE, check=True,
                          input=b"".join(struct.pack("<I", len(x)) + x
                                         for x in images))
    return done.stdout.decode().splitlines()


def found(line):
    """Stage, statuses and offsets of a line of tests/cli/verdict.c"""
    head, _, model = line.partition(" model ")
    words = head.split()
    if words[1] != "OK":
        return "open", words[1], words[2:3]
    if "damage" in words:
        at = words.index("damage")
        return "damage", words[at + 1], words[at + 2:at + 3]
    if not model.startswith("OK"):
        return "model", model.split()[0], model.split()[1:2]
    tested = model.partition(" selftest ")[2].split()
    if tested[:1] not in ([], ["OK"]):
        return "selftest", tested[0], tested[1:]
    return "fine", "OK", []


def second(data):
    """Stage and statuses that the second reader finds"""
    try:
        f = rules.File(data)
    except rules.Refusal as e:
        return "open", {e.status}
    m = rules.Model(f)
    damage = f.verify()
    tested = [] if damage or m.bad else selfread.check(m)
    stage = ("damage" if damage else "model" if m.bad else
             "selftest" if tested else "fine")
    return stage, {e.status for e in damage or m.bad or tested} or {"OK"}


def complain(case, *what):
    with open("container.tk", "wb") as f:
        f.write(case.data)
    sys.exit("container: %s: %s" % (case.what, " ".join(map(str, what))))


def check_line(case, line):
    stage, status, offset = found(line)
    if stage != case.stage or status not in case.status.split("|"):
        complain(case, "%s %s, not %s %s" % (stage, status, case.stage,
                                             case.status))
    if case.place:
        lo, hi = region(case)
        if not offset or not lo <= int(offset[0]) < hi:
            complain(case, "place %s, not %s (%d to %d)" % (
                offset, case.place, lo, hi))
    if case.holds and case.holds not in line:
        complain(case, "'%s' is not in %s" % (case.holds, line))
    if case.blind:
        return
    stage, statuses = second(case.data)
    if stage != case.stage or not statuses & set(case.status.split("|")):
        complain(case, "the second reader says", stage, statuses)


def limited(size, tool, *args):
    """What is asked for beyond that much memory is not given"""
    limit = "" if SANITIZED else "ulimit -d %d; " % (65536 + 12 * size // 1024)
    return ["sh", "-c", limit + 'exec "$0" "$@"', BIN + "/" + tool, *args]


def check_tools(case, path):
    if set(case.exits) == {None}:
        return
    with open(path, "wb") as f:
        f.write(case.data)
    for want, command in zip(case.exits, (
            ("tkinfo", path), ("tkinfo", "--verify", path),
            ("tkpredict", path, "x"), ("tkpack", "--expand", path, "-o",
                                       "out.tk"))):
        if want is None:
            continue
        done = subprocess.run(limited(len(case.data), *command),
                              capture_output=True, check=False, timeout=20)
        text = done.stdout + done.stderr
        if done.returncode != want:
            complain(case, "%s: exit %d, not %d: %s" % (
                " ".join(command), done.returncode, want, text.decode()))
        if any(b < 32 and b != 10 or b == 127 for b in text):
            complain(case, "a control character from", *command)
        if os.path.exists("out.tk"):
            if done.returncode:
                complain(case, "tkpack leaves an output")
            os.unlink("out.tk")
        if case.says and command[:2] == ("tkinfo", path) and (
                case.says.encode() not in text):
            complain(case, "'%s' is not in: %s" % (case.says, text.decode()))


def main():
    import container_body  # pylint: disable=import-outside-toplevel
    import container_frames  # pylint: disable=import-outside-toplevel
    import container_head  # pylint: disable=import-outside-toplevel
    import container_selftest  # pylint: disable=import-outside-toplevel
    container_head.make()
    container_body.make()
    container_selftest.make()
    container_frames.make()
    goods = {c.good for c in CASES} - {None}
    for data, line in zip(goods, verdicts(goods)):
        # No model is used from an archive.
        best = "model" if data[0x18] else "fine"
        if found(line)[0] != best or second(data)[0] != best:
            sys.exit("container: a neighbour does not pass: " + line[:200])
    for case, line in zip(CASES, verdicts([c.data for c in CASES])):
        check_line(case, line)
    for case in CASES:
        check_tools(case, "x.tk")
    if LONG:
        print(len(CASES), "files,", sum(c.good is not None for c in CASES),
              "of them with one of", len(goods), "neighbours")


if __name__ == "__main__":
    sys.modules["container"] = sys.modules["__main__"]
    main()
