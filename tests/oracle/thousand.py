# SPDX-License-Identifier: MIT
"""thousand.py TKPACK TKINFO TKPREDICT [MODEL.tk VECTORS K] - a thousand hidden
vectors against numpy in f64, for each type of W_U, by scan and by sketch.

Ids, logits and probabilities; logits within the bound that spec/compute.md 1
proves.  Shares no code with the project.  With a model, whose W_U (or tied
W_E) is f32 and which has no scale, cap or bias, that one is asked instead,
behind its final norm, and what was seen is printed.  Otherwise silent if all is well.
"""
import json
import subprocess
import sys

import numpy as np

TKPACK, TKINFO, TKPREDICT = sys.argv[1:4]
ROWS, D, VECTORS, K = 5000, 250, 1000, 20


def run(*args):
    done = subprocess.run(args, capture_output=True)
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


# ---- matrices as they are stored


def bf16(w):
    bits = w.view(np.uint32)
    return ((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000).view(np.float32)


def q8(w):
    """Per 32 columns: s the least f16 >= max / 127, q = w / s to even."""
    blocks = -(-w.shape[1] // 32)
    padded = np.zeros((len(w), blocks * 32))
    padded[:, :w.shape[1]] = w
    block = padded.reshape(len(w), blocks, 32)
    want = np.abs(block).max(2) / 127
    s = want.astype(np.float16)
    low = s.astype(np.float64) < want
    s[low] = np.nextafter(s[low], np.float16(np.inf))
    wide = s.astype(np.float64)[:, :, None]
    q = np.rint(np.divide(block, wide, out=np.zeros_like(block),
                          where=wide > 0))
    assert np.abs(q).max() <= 127
    return ((q * wide).reshape(padded.shape)[:, :w.shape[1]], q, s,
            wide * np.ones(32))


def check_q8(path, w, stored):
    """The bytes of the section, and the error that is told."""
    info = json.loads(run(TKINFO, '--json', path))
    m = next(x for x in info['matrices'] if x['name'] == 'W_U')
    raw = np.fromfile(path, np.uint8, m['size'], offset=m['offset'])
    raw = raw.reshape(len(w), m['row_stride'])
    values, q, s, wide = stored
    cols = w.shape[1]
    at = -(-cols // 64) * 64
    blocks = s.shape[1]
    assert m['row_stride'] % 64 == 0 and m['offset'] % 64 == 0
    assert (raw[:, :cols].view(np.int8) == q.reshape(len(w), -1)[:, :cols]
            ).all()
    assert not raw[:, cols:at].any() and not raw[:, at + 2 * blocks:].any()
    assert (np.ascontiguousarray(raw[:, at:at + 2 * blocks]).view(np.float16)
            == s).all()
    error = np.abs(values - w)
    wide = wide.reshape(len(w), -1)[:, :cols]
    assert (error <= wide / 2).all()
    told = info['note']['w_u.max_error']
    assert told == error.max(), (told, error.max())


# ---- predictions


def read(results, k):
    """[n, k] of ids, logits and probabilities."""
    lists = [r['predictions'] for r in results]
    assert all(len(x) == k for x in lists)
    return (np.array([[p[key] for p in x] for x in lists])
            for key in ('id', 'logit', 'prob'))


class Expected:
    def __init__(self, w, hs):
        self.z = hs @ w.T
        panels = -(-w.shape[1] // 512)
        self.bound = (panels + 20) * 2.0 ** -24 * np.outer(
            np.linalg.norm(hs, axis=1), np.linalg.norm(w, axis=1))
        e = np.exp(self.z - self.z.max(1, keepdims=True))
        self.p = e / e.sum(1, keepdims=True)

    def check(self, name, ids, logits, probs=None):
        n, k = ids.shape
        rows = np.arange(n)[:, None]
        z, bound = self.z[rows, ids], self.bound[rows, ids]
        off = np.abs(logits - z)
        assert (off <= bound).all(), f'{name}: logits'
        assert (off <= 1e-4).all(), f'{name}: logits'
        falls = np.diff(logits) < 0
        ties = (np.diff(logits) == 0) & (np.diff(ids) > 0)
        assert (falls | ties).all(), f'{name}: order'
        assert (np.diff(np.sort(ids)) > 0).all(), f'{name}: twice'
        # No other row can be better than the last of the list.
        others = self.z - self.bound
        others[rows, ids] = -np.inf
        assert (others.max(1) <= logits[:, -1]).all(), f'{name}: missed'
        best = np.argsort(-self.z, axis=1, kind='stable')[:, :k]
        far = 0
        if probs is not None:
            p = self.p[rows, ids]
            far = np.abs(probs - p).max()
            assert (np.abs(probs - p) <= 1e-4 * p).all(), f'{name}: p'
        return (f'{name}: {n} vectors, {k} of {len(self.z[0])} rows; '
                f'|logit - f64| at most {off.max():.2g}, '
                f'{(off / (bound + 1e-30)).max():.2g} of the bound; |p - f64| at most '
                f'{far:.2g}; places with another id than argsort of f64: '
                f'{(best != ids).sum()} of {ids.size}')


def predict(path, k, *options):
    batch = json.loads(run(TKPREDICT, path, '--hidden', 'hs.npy', '--json',
                           '-k', str(k), *options))['batch']
    return read(batch, k)


def check_model(name, path, w, hs, k):
    expected = Expected(w.astype(np.float64), hs.astype(np.float64))
    ids, logits, probs = predict(path, k, '--normalized')
    said = expected.check(name, ids, logits, probs)
    # By the sketch: the same ids and the same bits.
    searched, keys, _ = predict(path, k, '--normalized', '--probs',
                                'none')
    assert (searched == ids).all() and (keys == logits).all(), name
    return said


def make_matrix(rng):
    """Rows of very different norms, equal ones, and zeros."""
    w = rng.standard_normal((ROWS, D)) / 8
    w *= np.exp(rng.standard_normal(ROWS))[:, None]
    w[100:120] = w[7]
    w[300] = 0
    w[301, :32] = 0
    w[302, 32:64] = 1e-9
    w[303] = 2.0 ** -20
    return w.astype(np.float32)


def small():
    rng = np.random.default_rng(3)
    w = make_matrix(rng)
    hs = (rng.standard_normal((VECTORS, D)) / 4).astype(np.float32)
    hs[5] = w[7]
    hs[6] = 0
    np.save('wu.npy', w)
    np.save('hs.npy', hs)
    with open('words.txt', 'w') as f:
        f.writelines(f'w{i}\n' for i in range(ROWS))
    stored = q8(w)
    for dtype, values in (('f32', w), ('bf16', bf16(w)), ('q8', stored[0]),
                          ('f16', w.astype(np.float16))):
        run(TKPACK, '--embed', 'wu.npy', '--unembed', 'wu.npy', '--vocab',
            'words.txt', '--dtype', dtype, '--sketch', '--force', '-o',
            'm.tk')
        if dtype == 'q8':
            check_q8('m.tk', w, stored)
        check_model(dtype, 'm.tk', values, hs, K)


def large(path, n, k):
    info = json.loads(run(TKINFO, '--json', path))
    m = next(x for x in info['matrices']
             if x['name'] == 'W_U' and 'offset' in x or
             x['name'] == 'W_E' and info['hyperparameters']['tied'])
    assert m['dtype'] == 'f32'
    w = np.fromfile(path, np.float32, m['size'] // 4, offset=m['offset'])
    w = w.reshape(m['rows'], -1)[:info['hyperparameters']['n_tokens'],
                                 :m['cols']]
    rng = np.random.default_rng(4)
    at_once = 10 if k > 1000 else 50
    for first in range(0, n, at_once):
        hs = rng.standard_normal((at_once, m['cols'])).astype(np.float32)
        np.save('hs.npy', hs)
        print(first, check_model(path, path, w, hs, k), flush=True)


def main():
    if len(sys.argv) > 4:
        large(sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
    else:
        small()


main()
