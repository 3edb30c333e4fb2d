# SPDX-License-Identifier: MIT
"""pca.py TKPACK COMPONENTS - principal components against numpy's SVD

Matrices with known spectra, in every dtype.  Compared are the variances, the
angles between subspaces wherever a gap makes them mean something, and where
the rows lie.  Shares no code with the project.  Silent if all is well.
"""
import os
import subprocess
import sys

import numpy as np

TKPACK, COMPONENTS = sys.argv[1:3]
rng = np.random.default_rng(20240607)


def die(name, what):
    sys.exit(f'pca.py: {name}: {what}')


def run(*args, **kw):
    done = subprocess.run(args, capture_output=True, **kw)
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def as_stored(x, dtype):
    if dtype == 'f16':
        return x.astype(np.float16).astype(np.float64)
    if dtype == 'bf16':
        bits = x.view(np.uint32)
        bits = (bits + 0x7fff + (bits >> 16 & 1)) & np.uint32(0xffff0000)
        out = bits.view(np.float32).astype(np.float64)
        return np.where(np.isfinite(x), out, x)
    if dtype == 'q8':
        out = np.zeros(x.shape)
        for at in range(0, x.shape[1], 32):
            block = x[:, at:at + 32].astype(np.float64)
            want = np.abs(block).max(1, keepdims=True) / 127
            scale = want.astype(np.float16)
            low = scale.astype(np.float64) < want
            scale = np.where(low, np.nextafter(scale, np.float16(np.inf)),
                             scale).astype(np.float64)
            scale[scale == 0] = 1
            out[:, at:at + 32] = np.rint(block / scale) * scale
        return out
    return x.astype(np.float64)


class Found:
    def __init__(self, x, dtype, p, threads=1, kernel=None, tokens=None):
        n, self.p = len(x), p
        np.save('w.npy', x)
        with open('v.txt', 'w', encoding='utf-8') as f:
            f.writelines(f't{i}\n' for i in range(tokens or n))
        run(TKPACK, '--embed', 'w.npy', '--vocab', 'v.txt', '--dtype', dtype,
            '-o', 'w.tk', '--force')
        env = dict(os.environ)
        if kernel:
            env['TK_KERNEL'] = kernel
        self.text = run(COMPONENTS, 'w.tk', str(p), str(threads), env=env)
        lines = self.text.decode().splitlines()
        head = lines[0].split()
        self.rows, self.n, self.total = (int(head[0]), int(head[1]),
                                         float(head[2]))
        parts = [np.array(line.split(), float)
                 for line in lines[1:1 + self.n]]
        self.variance = np.array([q[0] for q in parts])
        self.error = np.array([q[1] for q in parts])
        self.v = np.array([q[2:] for q in parts])
        self.at = np.array([line.split() for line in lines[1 + self.n:]],
                           float)


def sine(a, b):
    """Of the largest angle between two subspaces (orthonormal rows)."""
    return np.linalg.norm(b - (b @ a.T) @ a, 2)


def compare(name, x, dtype, p, tokens=None, tolerance=2e-4, kernel=None):
    f = Found(x, dtype, p, tokens=tokens, kernel=kernel)
    y = as_stored(x, dtype)[:tokens]
    keep = np.isfinite(y).all(1)
    y = y[keep]
    centred = y - y.mean(0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    var = s ** 2 / len(y)
    rank = int((var > 1e-9 * var[0]).sum()) if var[0] > 0 else 0
    if f.rows != len(y):
        die(name, f'{f.rows} rows, not {len(y)}')
    if f.n != min(p, rank):
        die(name, f'{f.n} components, not {min(p, rank)}')
    if not np.isclose(f.total, var.sum(), rtol=1e-5, atol=0):
        die(name, f'total {f.total}, not {var.sum()}')
    if not f.n:
        return f
    if not np.allclose(f.variance, var[:f.n], rtol=1e-4, atol=0):
        die(name, f'variances {f.variance}, not {var[:f.n]}')
    if np.abs(f.v @ f.v.T - np.eye(f.n)).max() > 1e-6:
        die(name, 'not orthonormal')
    gaps = 0
    for k in range(1, f.n + 1):
        gap = (var[k - 1] - (var[k] if k < len(var) else 0)) / var[k - 1]
        if gap > 0.02:
            gaps += 1
            if sine(f.v[:k], vt[:k]) > tolerance / gap:
                die(name, f'{k} leading: angle {sine(f.v[:k], vt[:k])}, '
                    f'gap {gap}')
    if not gaps and name.split()[0] != 'even':
        die(name, 'nothing was compared')
    big = np.abs(f.v).argmax(1)
    if (f.v[np.arange(f.n), big] <= 0).any():
        die(name, 'a sign')
    want = centred @ f.v.T
    scale = np.abs(y).max() * np.sqrt(y.shape[1])
    if np.abs(f.at[keep] - want).max() > 3e-6 * scale:
        die(name, f'places differ by {np.abs(f.at[keep] - want).max()}')
    if np.isfinite(f.at[~keep]).all(1).any():
        die(name, 'a row that is not finite has a place')
    return f


def spectrum(n, stds, mean=0.0):
    d = len(stds)
    q, _ = np.linalg.qr(rng.standard_normal((d, d)))
    x = (rng.standard_normal((n, d)) * stds) @ q.T + mean
    return x.astype(np.float32)


def main():
    falling = spectrum(3000, 0.8 ** np.arange(40))
    clustered = spectrum(2500, np.array([1.0] * 3 + [0.5] * 9 + [0.1] * 84))
    slow = spectrum(4000, 1 / np.sqrt(1 + 0.2 * np.arange(200)))
    for dtype in ('f32', 'f16', 'bf16', 'q8'):
        compare(f'falling {dtype}', falling, dtype, 5)
        f = compare(f'clustered {dtype}', clustered, dtype, 12)
        if f.error.max() > 1e-4:
            die('clustered', f'error {f.error}')
        compare(f'slow {dtype}', slow, dtype, 1 if dtype == 'q8' else 3,
                tolerance=1e-3)
        bad = falling.copy()
        if dtype != 'q8':   # which cannot store them
            bad[7, 3] = np.nan
            bad[2999, 39] = -np.inf
            bad[1500] = np.inf
        compare(f'NaN rows {dtype}', bad, dtype, 3)
    for kernel in ('scalar', 'avx2'):
        if Found(falling, 'f16', 5, kernel=kernel).text != \
                Found(falling, 'f16', 5, threads=3).text:
            die(kernel, 'other bits')

    # No longest direction: variances are near, and the error says so.
    even = spectrum(3000, np.ones(300))
    f = Found(even, 'f32', 2)
    _, s, _ = np.linalg.svd(even - even.mean(0, dtype=float),
                            full_matrices=False)
    var = s ** 2 / len(even)
    if not np.allclose(f.variance, var[:2], rtol=1e-2) or \
            (f.variance > var[:2] * (1 + 1e-5)).any():
        die('even', f'{f.variance}, not {var[:2]}')

    # An outlier dimension, a thousand times as wide as the others.
    wide = spectrum(3000, 0.7 ** np.arange(30) * 0.05)
    wide[:, 4] += rng.standard_normal(3000).astype(np.float32) * 50
    compare('outlier', wide, 'f32', 4, tolerance=1e-3)
    # A mean that is much larger than what rows differ by.
    compare('far', spectrum(3000, 0.7 ** np.arange(30), mean=3e4), 'f32', 4,
            tolerance=2e-3)
    for scale in (1e-36, 1e-20, 1e18, 3e36):
        compare(f'scale {scale}',
                (falling.astype(float) * scale).astype(np.float32), 'f32', 3)

    low = (rng.standard_normal((2000, 3)) @
           rng.standard_normal((3, 50))).astype(np.float32)
    compare('rank 3', low, 'f32', 8)
    compare('one column', spectrum(500, np.array([2.0])), 'f32', 4)
    compare('constant', np.full((300, 20), 0.1, np.float32), 'f32', 4)
    compare('zeros', np.zeros((300, 20), np.float32), 'q8', 4)
    compare('one row', spectrum(1, np.ones(20)), 'f32', 4)
    compare('4 rows', spectrum(4, 0.5 ** np.arange(20)), 'f32', 8)
    compare('padding', np.vstack([falling, falling[:500] * 9]), 'f32', 3,
            tokens=3000)
    f = Found(np.full((3, 5), np.nan, np.float32), 'f32', 3)
    if (f.rows, f.n, f.total) != (0, 0, 0):
        die('no row', f.text)


main()
