# SPDX-License-Identifier: MIT
"""diff_hostile.py - tkdiff, one side a file that somebody made to do harm

The files are those of container.py.  The other side is a model in which all of
it is different, so that all of it is read.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "cli"))
import container  # noqa: E402
import container_body  # noqa: E402
import container_head  # noqa: E402
import container_selftest  # noqa: E402
import forge  # noqa: E402

TKDIFF = os.environ["TK_BIN"] + "/tkdiff"
READ = ("hparams", "vocab", "tokenizer", "w_e", "w_u", "b_u", "mix",
        "embed-norm-weight", "embed-norm-bias", "final-norm-weight",
        "final-norm-bias")


def another_model():
    """The same shapes as container.BASE, and no number the same."""
    parts = dict(container.PARTS)
    parts.update(container.vocabulary(
        [b"<s>", b" cat", b" the", b"\n", b"\xfe", b" cats", b"", b"x"],
        [2, 0, 0, 0, 5, 0, 2, 0], [1.5] * 8))
    for name, dtype, rows, cols in (
            ("embed-norm-weight", 1, 1, 5), ("embed-norm-bias", 1, 1, 5),
            ("mix", 1, 3, 5), ("final-norm-weight", 1, 1, 5),
            ("final-norm-bias", 1, 1, 5), ("b_u", 1, 1, 9),
            ("w_e", 1, 10, 5), ("w_u", 1, 9, 5)):
        parts[name] = forge.matrix(name, dtype, rows, cols,
                                   container.reals(rows, cols, 7.0))
    parts["hparams"] = container.keys_section("hparams", [
        ("embed_norm", 4, 1, b"layernorm"), ("final_norm", 4, 1, b"rmsnorm"),
        ("n_ctx", 2, 0, container.u64(9))])
    parts["tokenizer"] = container.keys_section("tokenizer", [
        ("kind", 4, 0, b"none"), ("pad_id", 2, 0, container.u64(1))])
    return forge.build(container.ordered(parts.values()), 1)


def check(case, options, *files):
    done = subprocess.run([TKDIFF, *options, *files], capture_output=True,
                          check=False, timeout=20)
    text = done.stdout + done.stderr

    def complain(what):
        container.complain(case, what, options, files, done.returncode,
                           text.decode(errors="replace"))

    if done.returncode not in (0, 1, 2):
        complain("a crash")
    if any(b < 32 and b != 10 or b == 127 for b in text):
        complain("a control character")
    if done.returncode == 2 and (done.stdout or
                                 done.stderr.count(b"\n") != 1):
        complain("not one line")
    if done.returncode != 2 and done.stderr:
        complain("a message")
    _, _, name = (case.place or "").partition(" ")
    # Padding between sections is not read, nor what has another shape.
    must = case.stage == "open" or case.stage == "damage" and (
        name in READ and case.good is container.BASE and
        case.status != "E_RESERVED")
    if must and done.returncode != 2:
        complain("refused by nobody")


def main():
    container_head.make()
    container_body.make()
    container_selftest.make()
    with open("good.tk", "wb") as f:
        f.write(another_model())
    for i, case in enumerate(container.CASES):
        with open("x.tk", "wb") as f:
            f.write(case.data)
        check(case, (["--json"], ["--by", "token"])[i % 2], "x.tk", "good.tk")
        check(case, (["--tolerance", "1", "-k", "99"],
                     ["--predict", "3"])[i // 2 % 2], "good.tk", "x.tk")


main()
