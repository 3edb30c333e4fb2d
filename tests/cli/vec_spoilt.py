# SPDX-License-Identifier: MIT
"""vec_spoilt.py - tkvec on files with bytes that were changed

Sections are not verified when a file is opened: what is wrong in a vocabulary
or a matrix is met by who uses it.  Whatever the bytes are, there is an answer
or a line that says why not, and no control character.
"""
import os
import random
import subprocess
import sys

BIN, SRC = os.environ["TK_BIN"], os.environ["TK_SRC"]
COMMANDS = [["near", "cat", "-k", "99"], ["near", "id:1 - cats", "--json"],
            ["dot", "cats - cat"], ["pairs", "the", "dog"],
            ["eval", "questions", "--json"], ["near", "kat"]]
FILES = 60


def run(*args):
    return subprocess.run([BIN + "/" + args[0], *args[1:]], check=False,
                          capture_output=True, timeout=20)


def main():
    rng = random.Random(5)
    run("tkpack", SRC + "/samples/tiny.txt", "-o", "tiny.tk")
    with open("tiny.tk", "rb") as f:
        good = f.read()
    with open("questions", "w") as f:
        f.write(": x\nthe cat dog cats\nthe cats dogs cat\n")
    seen = set()
    for _ in range(FILES):
        # What is before has a checksum, and is read when a file is opened.
        data = bytearray(good)
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(128 + 192 * 9, len(data))] = rng.choice(
                [0, 1, 7, 0x1b, 0x7f, 0x80, 0xff, rng.randrange(256)])
        with open("bad.tk", "wb") as f:
            f.write(data)
        for command in COMMANDS:
            done = run("tkvec", "bad.tk", *command)
            text = done.stdout + done.stderr
            odd = [c for c in text.decode("utf-8", "surrogateescape")
                   if c != "\n" and not c.isprintable()]
            if done.returncode not in (0, 1, 2) or odd or \
                    (done.returncode == 2 and not done.stderr):
                sys.exit("vec_spoilt: %s: status %d: %s (see bad.tk)" % (
                    command, done.returncode, text))
            seen.add(done.returncode)
    if seen != {0, 1, 2}:
        sys.exit("vec_spoilt: only statuses %s" % seen)


main()
