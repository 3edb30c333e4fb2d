# SPDX-License-Identifier: MIT
"""vectors.py - word vectors of the size of GloVe's, and numpy asked about them

    vectors.py make QUESTIONS DIR    DIR/words.npy, .txt and .ids
    vectors.py ask DIR               a line in, a line out

Gaussian rows for the words of a file of questions and for others; within a
section of it, the second word of a pair is the first, moved by the section's
vector and by some noise, so that answers are right now and then.
"""
import sys
import time

import numpy as np

ROWS, COLS = 400000, 300
NOISE = 0.85


def make(questions, place):
    rng = np.random.default_rng(1)
    m = rng.standard_normal((ROWS, COLS), dtype=np.float32)
    ids, pairs, asked, moved = {}, {}, [], rng.standard_normal(COLS)
    with open(questions, encoding="utf-8") as f:
        for line in f:
            if line.startswith(":"):
                moved = rng.standard_normal(COLS)
                continue
            four = [ids.setdefault(w, len(ids)) for w in line.split()]
            asked.append(four)
            for a, b in four[:2], four[2:]:
                if b not in pairs:
                    pairs[b] = a
                    m[b] = (m[a] + moved
                            + NOISE * rng.standard_normal(COLS))
    np.save(place + "/words.npy", m)
    np.array(asked, "<u4").tofile(place + "/words.ids")
    with open(place + "/words.txt", "w", encoding="utf-8") as f:
        for i, word in enumerate(ids):
            f.write(word + "\n")
        for i in range(len(ids), ROWS):
            f.write("filler%d\n" % i)


def near(m, i):
    """the ten best of row i, itself left out"""
    keys = m @ m[i]
    keys[i] = -np.inf
    best = np.argpartition(-keys, 10)[:10]
    return best[np.argsort(-keys[best])][0]


def answer(m, a, b, c):
    keys = m @ (m[b] - m[a] + m[c])
    keys[[a, b, c]] = -np.inf
    return np.argmax(keys)


def ask(place):
    """near ID, or one by one N: seconds, and the best, or how many are right"""
    m = np.load(place + "/words.npy")
    m /= np.linalg.norm(m, axis=1, keepdims=True)
    asked = np.fromfile(place + "/words.ids", "<u4").reshape(-1, 4)
    for line in sys.stdin:
        what, n = line.split()
        n = int(n)
        some = asked[np.arange(n) * len(asked) // max(n, 1)]
        begin = time.perf_counter()
        if what == "near":
            result = near(m, n)
        else:
            result = sum(answer(m, a, b, c) == d for a, b, c, d in some)
        print(time.perf_counter() - begin, int(result), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        ask(*sys.argv[2:])
