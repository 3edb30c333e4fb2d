# SPDX-License-Identifier: MIT
"""sample.py - spec/compute.md 5 in plain Python, and its test vectors."""
import math

import compute
import tk

MASK = 2 ** 64 - 1


def splitmix64(seed):
    s = seed
    while True:
        s = (s + 0x9E3779B97F4A7C15) & MASK
        a = ((s ^ (s >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        a = ((a ^ (a >> 27)) * 0x94D049BB133111EB) & MASK
        yield a ^ (a >> 31)


def rotl(x, n):
    return (x << n | x >> (64 - n)) & MASK


def state(seed):
    words = splitmix64(seed)
    return [next(words) for _ in range(4)]


def xoshiro(seed):
    s = state(seed)
    while True:
        yield rotl(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)


class Candidates:
    """What may be drawn: ids in order, and their weights."""

    def __init__(self, keys, logit, temperature, top_k, top_p, min_p):
        v = [logit(k) / temperature for k in keys]
        top = max(v)
        w = [compute.exp(x - top) for x in v]
        self.ids = list(range(len(keys)))
        if top_k or top_p < 1 or min_p > 0:
            self.ids = self.cut(keys, w, top_k, top_p, min_p)
        self.weights = [w[i] for i in self.ids]

    @staticmethod
    def cut(keys, w, top_k, top_p, min_p):
        ids = [i for i in range(len(keys)) if keys[i] > -math.inf]
        ids.sort(key=lambda i: (-keys[i], i))
        if top_k:
            ids = ids[:top_k]
        if top_p < 1:
            total = 0.0
            for i in ids:
                total += w[i]
            have, n = 0.0, 0
            while n < len(ids) and (n == 0 or have < top_p * total):
                have += w[ids[n]]
                n += 1
            ids = ids[:n]
        if min_p > 0:
            ids = [i for i in ids
                   if i == ids[0] or w[i] >= min_p * w[ids[0]]]
        return ids

    def draw(self, number):
        total = 0.0
        for w in self.weights:
            total += w
        v = (number >> 11) * 2.0 ** -53 * total
        have = 0.0
        for i, w in zip(self.ids, self.weights):
            have += w
            if have > v:
                return i


CASES = (
    # T, top_k, top_p, min_p, rows, seed of the keys
    (1.0, 0, 1.0, 0.0, 1, 1),
    (1.0, 0, 1.0, 0.0, 300, 2),
    (0.5, 5, 1.0, 0.0, 300, 3),
    (1.0, 0, 0.9, 0.0, 300, 4),
    (1.0, 0, 1.0, 0.05, 300, 5),
    (2.0, 40, 0.75, 0.125, 2000, 6),
    (1.5, 0, 0.0, 0.0, 300, 7),
    (1.5, 3, 0.999, 1.0, 300, 8),
)


def say_sampling(say, title, mixed, tied):
    title("""rng SEED = the state, then three numbers (compute.md 5).
# cuts M T TOP_K TOP_P MIN_P N SEED = ids that the cuts leave of N keys 8 g()
# of the pattern, of which each seventh is -Inf; sample ... SEED_OF_RNG =
# eight ids drawn from them.""")
    for seed in (0, 42, 2 ** 64 - 1):
        numbers = xoshiro(seed)
        words = state(seed) + [next(numbers) for _ in range(3)]
        say('rng', seed, '=', *['%016x' % w for w in words])
    for m in mixed, tied:
        for case in CASES:
            say_case(say, m, case)


def say_case(say, m, case):
    temperature, top_k, top_p, min_p, n, seed = case
    g = compute.lcg(seed)
    keys = [8 * next(g) for _ in range(n)]
    keys = [-math.inf if i % 7 == 6 else k for i, k in enumerate(keys)]
    c = Candidates(keys, m.logit, temperature, top_k, top_p, min_p)
    args = [m.name, '%016x' % tk.bits64(temperature), top_k,
            '%016x' % tk.bits64(top_p), '%016x' % tk.bits64(min_p), n, seed]
    if len(c.ids) < n and len(c.ids) <= 60:
        say('cuts', *args, '=', *c.ids)
    numbers = xoshiro(seed + 100)
    say('sample', *args, seed + 100, '=',
        *[c.draw(next(numbers)) for _ in range(8)])
