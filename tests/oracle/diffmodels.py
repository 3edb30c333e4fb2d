# SPDX-License-Identifier: MIT
"""diffmodels.py - pairs of models to compare, and what is read of them

Models are packed with fixed seeds; their matrices are read from the files here.
Shares no code with the project.
"""
import struct
import subprocess
import sys

import numpy as np

TKPACK, TKDIFF = sys.argv[1:3]
DTYPES = ('f32', 'f16', 'bf16', 'q8')
LETTERS = 'abcdefghijklmnopqrstuvwxyz'


def fail(*words):
    sys.exit('oracle_diff: ' + ' '.join(map(str, words)))


def run(*args, status=0):
    done = subprocess.run(args, capture_output=True)
    if done.returncode != status:
        fail(args, 'status', done.returncode, done.stderr.decode())
    return done.stdout


def near(what, got, want, rtol=1e-9, atol=0.0):
    if want is None or got is None:
        if got is not want:
            fail(what, got, 'and not', want)
    elif not abs(got - want) <= atol + rtol * abs(want):
        fail(what, got, 'and not', want)


def same(what, got, want):
    if got != want:
        fail(what, got, 'and not', want)


# ---- the files ----


def up(x, a):
    return -(-x // a) * a


def widen(raw, dtype, rows, cols, stride):
    """[rows, cols] of f32, to the bit: spec/format.md 5."""
    raw = np.frombuffer(raw, np.uint8).reshape(rows, stride)
    if dtype == 'q8':
        n = -(-cols // 32)
        q = raw[:, :cols].view(np.int8).astype(np.float32)
        at = up(cols, 64)
        s = raw[:, at:at + 2 * n].copy().view('<f2').astype(np.float32)
        return q * np.repeat(s, 32, 1)[:, :cols]
    size = 4 if dtype == 'f32' else 2
    raw = raw[:, :size * cols].copy()
    if dtype == 'f32':
        return raw.view('<f4')
    if dtype == 'f16':
        return raw.view('<f2').astype(np.float32)
    return (raw.view('<u2').astype('<u4') << 16).view('<f4')


class Model:
    def __init__(self, path):
        with open(path, 'rb') as f:
            data = f.read()
        count, = struct.unpack_from('<I', data, 0x10)
        self.matrices, self.dtypes, self.scales = {}, {}, {}
        for i in range(count):
            at = 128 + 192 * i
            dtype, = struct.unpack_from('<H', data, at + 10)
            name = data[at + 16:at + 48].rstrip(b'\0').decode()
            offset, size, _, rows, cols, stride = struct.unpack_from(
                '<6Q', data, at + 0x30)
            raw = data[offset:offset + size]
            if name == 'vocab':
                self.tokens = self.read_tokens(raw)
            if dtype == 0:
                continue
            m = widen(raw, DTYPES[dtype - 1], rows, cols, stride)
            if name == 'b_u':
                m = m.T
            self.matrices[name] = m
            self.dtypes[name] = DTYPES[dtype - 1]
        self.tied = 'w_u' not in self.matrices
        if self.tied:
            self.matrices['w_u'] = self.matrices['w_e']
            self.dtypes['w_u'] = self.dtypes['w_e']

    @staticmethod
    def read_tokens(raw):
        n, size = struct.unpack_from('<2I', raw)
        ends = struct.unpack_from('<%dI' % (n + 1), raw, 64)
        blob = raw[64 + up(4 * (n + 1), 64):]
        return [blob[a:b] for a, b in zip(ends, ends[1:])]


def match(a, b):
    """id in A -> id in B: the same id, then the n-th with the n-th."""
    pairs = {i: i for i in range(min(len(a), len(b))) if a[i] == b[i]}
    rest = {}
    for i, t in enumerate(b):
        if pairs.get(i) != i:
            rest.setdefault(t, []).append(i)
    for i, t in enumerate(a):
        if i not in pairs and rest.get(t):
            pairs[i] = rest[t].pop(0)
    return pairs


# ---- pairs of models ----


def words(rng, n):
    return [''.join(rng.choice(list(LETTERS), rng.integers(1, 6)))
            for _ in range(n)]


def pack(path, tokens, w_e, w_u, dtype, *more):
    """w_u None: tied."""
    np.save('e.npy', w_e)
    with open('v.txt', 'w') as f:
        f.writelines(t + '\n' for t in tokens)
    args = ['--embed', 'e.npy', '--vocab', 'v.txt', '--dtype', dtype]
    if w_u is None:
        args.append('--tie')
    else:
        np.save('u.npy', w_u)
        args += ['--unembed', 'u.npy']
    run(TKPACK, *args, *more, '--force', '-o', path)


def spoil(rng, m):
    """Some rows moved a little, some a lot; zeros and signs."""
    m = m.copy()
    for i in rng.permutation(len(m))[:rng.integers(0, len(m) + 1)]:
        kind = rng.integers(0, 6)
        if kind == 0:
            m[i] += rng.standard_normal(m.shape[1]).astype(m.dtype) / 8
        elif kind == 1:
            m[i, rng.integers(0, m.shape[1])] += 0.25
        elif kind == 2:
            m[i] *= 1.5
        elif kind == 3:
            m[i] = 0
        elif kind == 4:
            m[i, rng.integers(0, m.shape[1])] = -0.0
        else:
            m[i] = -m[i]
    return m


def odd(rng, m):
    """NaN and infinities, for f32."""
    m = m.copy()
    bits = m.view(np.uint32)
    for value in (0x7fc00000, 0x7fc00001, 0xffc00000, 0x7f800000,
                  0xff800000):
        for _ in range(2):
            bits[rng.integers(0, len(m)), rng.integers(0, m.shape[1])] = value
    return m


def new_order(rng, tokens, m, u):
    """Renumbered, with some words gone and some new."""
    keep = rng.permutation(len(tokens))[:max(1, len(tokens) - 5)]
    if rng.integers(0, 2):
        keep = np.sort(keep)
    fresh = words(rng, int(rng.integers(0, 7)))

    def rows(x):
        more = rng.standard_normal((len(fresh), x.shape[1]))
        return np.concatenate([x[keep], more.astype(np.float32)])

    return [tokens[i] for i in keep] + fresh, rows(m), rows(u)


def one_pair(rng, k):
    n, d = int(rng.integers(2, 300)), int(rng.integers(1, 90))
    padding = int(rng.integers(0, 4))
    tokens = words(rng, n)
    a = rng.standard_normal((n + padding, d)).astype(np.float32)
    u = rng.standard_normal((n + padding, d)).astype(np.float32)
    dtypes = [DTYPES[k % 4], DTYPES[k // 4 % 4]]
    b, v, others = spoil(rng, a), spoil(rng, u), tokens
    if k % 3 == 1:
        others, b, v = new_order(rng, tokens, b, v)
    if k % 5 == 2:
        more = np.zeros((9, d), np.float32)
        b, v = np.concatenate([b, more]), np.concatenate([v, more])
    if dtypes == ['f32', 'f32']:
        a, b = odd(rng, a), odd(rng, b)
    tied = [k % 7 == 3, k % 7 in (3, 5)]
    pack('a.tk', tokens, a, None if tied[0] else u, dtypes[0])
    pack('b.tk', others, b, None if tied[1] else v, dtypes[1])
    return f'pair {k} {dtypes}'
