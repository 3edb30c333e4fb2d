# SPDX-License-Identifier: MIT
"""diffpredict.py TKPACK TKDIFF - tkdiff --predict against numpy in f64

Draws the same contexts (spec/compute.md 5) and compares the distributions of
both models over their common tokens.  Silent if all is well.
"""
import json
import subprocess

import numpy as np

from diffmodels import (TKDIFF, TKPACK, Model, fail, match, near, one_pair,
                        pack, run, same)

MASK = (1 << 64) - 1


def random_numbers(seed):
    """xoshiro256**, seeded by splitmix64: spec/compute.md 5."""
    s = []
    for _ in range(4):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        x = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
        x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
        s.append(x ^ x >> 31)

    def rotl(x, k):
        return (x << k | x >> 64 - k) & MASK

    while True:
        yield rotl(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)


def contexts(seeds, n, length, seed):
    numbers = random_numbers(seed)
    seeds = list(seeds)
    for i in range(n):
        if length > 1:
            yield [seeds[(next(numbers) >> 32) * len(seeds) >> 32]
                   for _ in range(length)]
            continue
        j = i + ((next(numbers) >> 32) * (len(seeds) - i) >> 32)
        seeds[i], seeds[j] = seeds[j], seeds[i]
        yield [seeds[i]]


class Predictor:
    def __init__(self, model, scale=1.0, cap=0.0):
        self.m, self.scale, self.cap = model, scale, cap
        self.e, self.u = (model.matrices[k].astype(np.float64)
                          for k in ('w_e', 'w_u'))
        self.n = min(len(model.tokens), len(self.u))
        self.mix = model.matrices.get('mix')
        self.bias = model.matrices.get('b_u')
        self.weight = model.matrices.get('final-norm-weight')

    def logits(self, ids):
        h = self.e[ids[-1]]
        if self.mix is not None:
            h = sum(c.astype(np.float64) * self.e[i]
                    for c, i in zip(self.mix, ids[::-1]))
        if self.weight is not None:
            h = h / np.sqrt((h * h).mean() + 1e-5) * self.weight[0]
        key = self.u[:self.n] @ h
        if self.bias is not None:
            key = key + self.bias[:self.n, 0]
        z = key * self.scale
        return self.cap * np.tanh(z / self.cap) if self.cap else z


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


def check_prediction(what, a, b, n, length, seed, **options):
    """a and b are Predictors of a.tk and b.tk."""
    pairs = sorted(match(a.m.tokens, b.m.tokens).items())
    both = [(i, j) for i, j in pairs if i < a.n and j < b.n]
    seeds = [i for i, j in pairs if i < len(a.e) and j < len(b.e)]
    n = min(n, len(seeds)) if length == 1 else n
    partner = dict(pairs)
    left, right = [i for i, _ in both], [j for _, j in both]
    kls, agree, masses, worst = [], 0, [], None
    for ids in contexts(seeds, n, length, seed):
        p = softmax(a.logits(ids))
        q = softmax(b.logits([partner[i] for i in ids]))
        masses.append((p[left].sum(), q[right].sum()))
        p, q = p[left] / masses[-1][0], q[right] / masses[-1][1]
        with np.errstate(divide='ignore', invalid='ignore'):
            kl = float(np.where(p > 0, p * np.log(p / q), 0).sum())
        kls.append(kl)
        agree += p.argmax() == q.argmax()
        if np.isfinite(kl) and (worst is None or kl > worst[0]):
            worst = kl, ids[-1]
    done = subprocess.run(
        [TKDIFF, 'a.tk', 'b.tk', '--json', '--predict', str(n), '--seed',
         str(seed), *options.get('more', ())], capture_output=True)
    if done.returncode not in (0, 1):
        fail(what, done.stderr.decode())
    got = json.loads(done.stdout)['prediction']
    finite = [k for k in kls if np.isfinite(k)]
    close = dict(rtol=1e-4, atol=1e-9)
    for key, want in (('contexts', n), ('length', length), ('seed', seed),
                      ('common_tokens', len(both)),
                      ('infinite_kl', n - len(finite))):
        same(f'{what} {key}', got[key], want)
    near(what + ' mean_kl', got['mean_kl'],
         sum(finite) / len(finite) if finite else None, **close)
    near(what + ' max_kl', got['max_kl'], worst[0] if worst else None,
         **close)
    near(what + ' agreement', got['top1_agreement'], agree / n)
    for k in (0, 1):
        near(what + ' mass', got['mass_' + 'ab'[k]],
             float(np.mean([m[k] for m in masses])), **close)
    if worst and worst[0] > 1e-6:
        same(what + ' after', got['after']['id_a'], worst[1])


def check_predictions(rng):
    for k in range(12):
        one_pair(rng, 16 * k + k % 4)
        # NaN, and rows of zeros, are another matter.
        if not all(np.isfinite(m).all() for x in ('a.tk', 'b.tk')
                   for m in Model(x).matrices.values()):
            continue
        check_prediction(f'prediction {k}', Predictor(Model('a.tk')),
                         Predictor(Model('b.tk')), 7 + 9 * k, 1, k)
    n, d = 2500, 40
    tokens = [f'x{i}' for i in range(n)]
    a = rng.standard_normal((n, d)).astype(np.float32)
    b = a + rng.standard_normal((n, d)).astype(np.float32) / 20
    pack('a.tk', tokens, a, None, 'f32')
    pack('b.tk', tokens[:2400] + ['y'] * 3, b[:2403], None, 'bf16', '--set',
         'logit_scale=0.25', '--set', 'logit_softcap=20')
    check_prediction('scale and cap', Predictor(Model('a.tk')),
                     Predictor(Model('b.tk'), 0.25, 20), 50, 1, 99,
                     more=['--threads', '3'])


def manifest(path, rng, n, d, extra, bias):
    """A model with a mix of three, a norm, b_U and padding."""
    lines = ['tk-manifest 1', 'hparam n_ctx 5', 'hparam final_norm rmsnorm',
             'hparam final_norm_eps 1e-5', 'hparam logit_scale 2']
    lines += [f'token "m{i}"' for i in range(n)]
    for name, rows, cols in (
            ('mix', 3, d), ('final-norm-weight', 1, d),
            ('b_u', 1, n + extra), ('w_e', n, d), ('w_u', n + extra, d)):
        m = rng.standard_normal((rows, cols)).astype(np.float32)
        if name == 'b_u':
            m[0, bias] = -np.inf
        lines.append(f'matrix {name} f32 {rows} {cols}')
        lines += [' '.join('%.9g' % x for x in row) for row in m]
    with open('m.txt', 'w') as f:
        f.writelines(line + '\n' for line in lines + ['end'])
    run(TKPACK, 'm.txt', '--force', '-o', path)
    return Predictor(Model(path), 2.0)


def check_mixes(rng):
    """Contexts of three; one token that B can never predict, then A."""
    for k, (x, y) in enumerate((([], []), ([4], [4, 5]), ([4, 5], [4]))):
        a = manifest('a.tk', rng, 60, 12, 2, x)
        b = manifest('b.tk', rng, 55, 12, 0, y)
        check_prediction(f'mix {k}', a, b, 30, 3, 7)


def main():
    rng = np.random.default_rng(20261124)
    check_predictions(rng)
    check_mixes(rng)


main()
