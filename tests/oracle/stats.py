# SPDX-License-Identifier: MIT
"""stats.py BIN - tkinfo --stats against numpy in f64

Makes matrices with a fixed seed, packs them in every dtype, asks both.  The
rows have zeros, NaN, infinities, copies of each other and padding.  Shares no
code with the project.  Silent if all is well.
"""
import json
import os
import subprocess
import sys

import numpy as np

from stored import STORED

BIN = sys.argv[1]
TOKENS = 1300
ZERO, NAN, BOTH, INF = [40, 800], [41], [43], [42, 1299]
COPIES = [(7, 11), (7, 1200), (499, 500), (0, 1298), (44, 45)]


def run(*args, env=None):
    done = subprocess.run((f'{BIN}/{args[0]}', *args[1:]), capture_output=True,
                          env=dict(os.environ, **env or {}))
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def no_constant(name):
    raise SystemExit(f'{name} in JSON')


def ask(path):
    """The answer, the same for any threads and kernel"""
    first = run('tkinfo', path, '--stats', '--json')
    text = run('tkinfo', path, '--stats')
    assert max(map(len, text.decode().splitlines())) <= 80, path
    for n, kernel in (('1', ''), ('3', 'scalar'), ('2', 'avx2')):
        if kernel == 'avx2' and 'avx2' not in open('/proc/cpuinfo').read():
            continue
        env = {'TK_KERNEL': kernel}
        more = ('--stats', '--threads', n)
        assert run('tkinfo', path, '--json', *more, env=env) == first, path
        assert run('tkinfo', path, *more, env=env) == text, path
    return json.loads(first, parse_constant=no_constant)['stats']


def make_rows(rng, rows, cols, dtype):
    x = rng.standard_normal((rows, cols)).astype(np.float32)
    x += rng.standard_normal(cols).astype(np.float32)  # a common direction
    x *= np.exp(rng.standard_normal((rows, 1)) / 3).astype(np.float32)
    for a, b in COPIES:
        x[b] = x[a]
    if dtype in ('f32', 'bf16'):
        x[[44, 45]] = 3e38  # a norm that f32 does not have
        x[46] = 1e-40
        x[47, :] = 0
        x[47, 0] = 1e-45 if dtype == 'f32' else 1e-40
    x[ZERO] = 0
    if dtype != 'q8':
        x[NAN, 5] = np.nan
        x[BOTH, 5:7] = np.nan, np.inf
        x[INF, cols - 1] = -np.inf
    return x


def pack(path, e, u, dtype, *more):
    np.save('e.npy', e)
    words = [f'w{i}' for i in range(TOKENS)]
    words[900] = 'w3'
    words[901] = ' \u00e4'
    with open('words.txt', 'w', encoding='utf-8') as f:
        f.writelines(w + '\n' for w in words)
    if u is not None:
        np.save('u.npy', u)
        more += ('--unembed', 'u.npy')
    run('tkpack', '--embed', 'e.npy', '--vocab', 'words.txt', '--dtype', dtype,
        '-o', path, *more)


# ---- what must come out ----


def check_spread(name, got, x, tol):
    """'got' has quantiles and bins of the finite numbers of x"""
    x = np.sort(x[np.isfinite(x)])
    if not len(x):
        assert got is None, name
        return
    for key, q in (('min', 0), ('p01', 1), ('p25', 25), ('median', 50),
                   ('p75', 75), ('p99', 99), ('max', 100)):
        np.testing.assert_allclose(got[key], np.percentile(x, q), rtol=tol,
                                   atol=tol / 10, err_msg=f'{name} {key}')
    h = got['histogram']
    low, high = got['p01'], got['p99']
    start, end = got['min'], got['max']
    if high > low:
        start = max(start, low - (high - low))
        end = min(end, high + (high - low))
    np.testing.assert_allclose((h['from'], h['to']), (start, end), rtol=1e-12)
    counts = h['counts'] + [h['below'], h['above']]
    assert sum(counts) == len(x), name
    if len(h['counts']) == 1:
        assert start == end and h['counts'] == [len(x)], name
        return
    want, _ = np.histogram(x, 10, (start, end))
    want = want.tolist() + [(x < start).sum(), (x > end).sum()]
    # The numbers of the file are f32: one may be beyond the edge.
    assert np.abs(np.subtract(counts, want)).max() <= 1, (name, counts, want)


def check_rows(name, got, m):
    """m has the rows as f64"""
    t = m[:TOKENS]
    norms = np.sqrt((t ** 2).sum(1))
    finite = np.isfinite(t).all(1)
    f32 = norms <= np.finfo(np.float32).max
    assert got['rows'] == len(m) and got['cols'] == m.shape[1], name
    assert got['token_rows'] == len(t), name
    check_spread(name, got['norm'], norms[finite & f32], 1e-6)
    for key, is_odd in (('nan', np.isnan(t).any(1)),
                        ('infinite', ~finite & ~np.isnan(t).any(1)),
                        ('beyond_f32', finite & ~f32),
                        ('zero', norms == 0)):
        ids = np.flatnonzero(is_odd).tolist()
        assert got[key] == {'rows': len(ids), 'ids': ids}, (name, key)
    seen, copies = {}, []
    for i, row in enumerate(t):
        if finite[i] and f32[i] and norms[i] > 0:
            key = row.tobytes()
            if key in seen:
                copies.append((i, seen[key]))
            seen.setdefault(key, i)
    assert got['copies'] == {'rows': len(copies),
                             'ids': [i for i, _ in copies],
                             'of': [j for _, j in copies]}, name
    u = t[finite & (norms > 0)]
    u = u / np.abs(u).max(1, keepdims=True)  # squares of 1e-40 are no numbers
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    n = len(u)
    pairs = u @ u.T
    mean = (pairs.sum() - np.trace(pairs)) / (n * (n - 1))
    np.testing.assert_allclose(got['mean_cosine'], mean, atol=1e-7,
                               err_msg=name)
    padding = m[TOKENS:]
    assert got['padding']['rows'] == len(padding), name
    check_spread(name, got['padding']['norm'],
                 np.linalg.norm(padding, axis=1), 1e-6)


def check_cosines(name, got, e, u):
    n = min(len(e), len(u), TOKENS)
    with np.errstate(all='ignore'):
        cos = (e[:n] * u[:n]).sum(1) / np.linalg.norm(e[:n], axis=1) / \
            np.linalg.norm(u[:n], axis=1)
    if name[:3] in ('f32', 'bf1'):
        cos[46:48] = 1 if np.array_equal(e, u) else \
            (e[46:48] * u[46:48] * 1e80).sum(1) / np.sqrt(
                ((e[46:48] * 1e40) ** 2).sum(1) *
                ((u[46:48] * 1e40) ** 2).sum(1))
    good = cos[np.isfinite(cos)]
    assert got['rows'] == n, name
    assert got['without'] == n - len(good), name
    np.testing.assert_allclose(got['mean'], good.mean(), atol=1e-7)
    check_spread(name, got['cosine'], cos, 1e-6)


def check_model(name, rng, dtype, rows, cols, tied):
    e = make_rows(rng, rows, cols, dtype)
    u = None if tied else make_rows(rng, rows - 15, cols, dtype)
    path = f'{name}.tk'
    pack(path, e, u, dtype, *(('--tie',) if tied else ()))
    stats = ask(path)
    with np.errstate(all='ignore'):
        e = STORED[dtype](e).astype(np.float64)
        matrices = [('W_E', e)]
        if not tied:
            u = STORED[dtype](u).astype(np.float64)
            matrices.append(('W_U', u))
    assert [m['name'] for m in stats['matrices']] == \
        [n for n, _ in matrices], name
    for got, (n, m) in zip(stats['matrices'], matrices):
        check_rows(f'{name} {n}', got, m)
    if tied:
        assert stats['w_e_w_u'] is None, name
    else:
        check_cosines(name, stats['w_e_w_u'], e, u)
    v = stats['vocabulary']
    lengths = [1 + len(str(i)) for i in range(TOKENS)]
    lengths[900], lengths[901] = 2, 3
    assert v['lengths'] == np.bincount(lengths, minlength=65).tolist(), name
    assert (v['tokens'], v['shortest'], v['longest']) == (TOKENS, 2, 5), name
    assert v['median'] == sorted(lengths)[(TOKENS + 1) // 2 - 1], name
    assert (v['leading_space'], v['copies'], v['not_utf8']) == (1, 1, 0), name


# ---- rows that are all alike ----


def check_alike(rng):
    """Unit rows, rows of one kind, one-hot rows: copies, and only those"""
    same = np.ones((TOKENS, 7), np.float32)
    hot = np.eye(TOKENS, dtype=np.float32)
    hot[1000] = hot[5]
    unit = rng.standard_normal((TOKENS, 40)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    unit[77] = unit[66]
    heads = np.zeros((TOKENS, 64), np.float32)
    heads[:, 32:] = rng.choice((-1.0, 1.0), (TOKENS, 32))
    heads[1234] = heads[3]
    for name, x, ids, of in (('same', same, list(range(1, TOKENS)),
                              [0] * (TOKENS - 1)),
                             ('hot', hot, [1000], [5]),
                             ('unit', unit, [77], [66]),
                             ('heads', heads, [1234], [3])):
        pack(f'{name}.tk', x, None, 'f32')
        got = ask(f'{name}.tk')['matrices'][0]
        assert got['copies'] == {'rows': len(ids), 'ids': ids[:100],
                                 'of': of[:100]}, (name, got['copies'])


def main():
    rng = np.random.default_rng(29)
    for dtype in STORED:
        for tied in (True, False):
            cols = 37 if tied else 600
            check_model(f'{dtype}{tied}', rng, dtype, 1320, cols, tied)
    check_model('f32even', rng, 'f32', TOKENS + 15, 7, False)
    check_alike(rng)


main()
