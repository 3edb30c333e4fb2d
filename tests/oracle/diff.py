# SPDX-License-Identifier: MIT
"""diff.py TKPACK TKDIFF - tkdiff against numpy in f64: rows and vocabularies

Silent if all is well.
"""
import json
import subprocess

import numpy as np

from diffmodels import (TKDIFF, TKPACK, Model, fail, match, near, one_pair,
                        pack, run, same)

KINDS = {'w_e': 'W_E', 'w_u': 'W_U', 'b_u': 'b_U',
         'final-norm-weight': 'final-norm-weight'}


def vocabulary(a, b, pairs, by):
    both = min(len(a), len(b))
    moved = sum(i != j for i, j in pairs.items())
    if by == 'id':
        changed = sum(a[i] != b[i] for i in range(both))
        return {'added': len(b) - both, 'removed': len(a) - both,
                'renumbered': moved, 'changed': changed}
    return {'added': len(b) - len(pairs), 'removed': len(a) - len(pairs),
            'renumbered': moved, 'changed': 0}


def cosine(x, y):
    with np.errstate(invalid='ignore'):
        n = np.sqrt((x * x).sum()) * np.sqrt((y * y).sum())
    return (x * y).sum() / n if np.isfinite(n) and n > 0 else None


def check_rows(what, got, x, y, rows, tolerance, is_column):
    """x[i] belongs to y[i]; rows[i] are their numbers."""
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    differ = x.view(np.uint32) != y.view(np.uint32)
    with np.errstate(invalid='ignore'):
        d = np.abs(x64 - y64)
    unfit = differ & ~np.isfinite(d)
    d = np.where(np.isfinite(d), d, 0)
    moved = differ.any(1)
    beyond = moved if tolerance is None else \
        (d > tolerance).any(1) | unfit.any(1)
    same(what + ' rows', got['rows'], len(x))
    same(what + ' rows_differ', got['rows_differ'], int(beyond.sum()))
    same(what + ' rows_within', got['rows_within'],
         int((moved & ~beyond).sum()))
    same(what + ' elements_differ', got['elements_differ'],
         int(differ.sum()))
    same(what + ' elements_not_finite', got['elements_not_finite'],
         int(unfit.sum()))
    near(what + ' max_abs', got['max_abs'],
         float((d * differ).max(initial=0)), rtol=0)
    cos = {i: None if is_column else cosine(x64[i], y64[i])
           for i in np.flatnonzero(moved)}
    known = [c for c in cos.values() if c is not None]
    mean = sum(known) / len(known) if known else None if cos else 1
    near(what + ' mean_cos', got['mean_cos'], mean)
    near(what + ' min_cos', got['min_cos'], min(known) if known else mean)
    check_top(what, got['top'], rows, cos, d * differ, unfit.any(1))


def check_top(what, top, rows, cos, d, unfit):
    def rank(i):
        if unfit[i]:
            return -3, -d[i].max()
        if cos[i] is None:
            return (-2 if d[i].max() > 0 else 2), -d[i].max()
        return cos[i], -d[i].max()

    same(what + ' top', len(top), min(10, len(cos)))
    place = {tuple(r): i for i, r in enumerate(rows)}
    order = sorted(cos, key=lambda i: (rank(i), rows[i][0]))
    for t, want in zip(top, order):
        i = place[t['id_a'], t['id_b']]
        near(what + ' top cos', t['cos'], cos[i])
        near(what + ' top max_abs', t['max_abs'], float(d[i].max()), rtol=0)
        same(what + ' finite', t['finite'], not unfit[i])
        # Cosines may differ in the last digits, and so may the order.
        r, w = rank(i), rank(want)
        if r != w and abs(r[0] - w[0]) > 1e-12:
            fail(what, 'top', t, 'and not row', rows[want])


def check_matrix(what, got, a, b, name, pairs, by, tolerance):
    if name not in a.matrices or name not in b.matrices:
        return same(what + ' comparable', got['comparable'], False)
    x, y = a.matrices[name], b.matrices[name]
    same(what + ' comparable', got['comparable'], x.shape[1] == y.shape[1])
    if x.shape[1] != y.shape[1]:
        return None
    both = min(len(x), len(y))
    rows = [(i, i) for i in range(both)]
    if by == 'token' and a.tokens != b.tokens and name in (
            'w_e', 'w_u', 'b_u'):
        rows = [(i, j) for i, j in sorted(pairs.items())
                if i < len(x) and j < len(y)]
    same(what + ' only_a', got['rows_only_a'], len(x) - len(rows))
    same(what + ' only_b', got['rows_only_b'], len(y) - len(rows))
    left, right = ([r[k] for r in rows] for k in (0, 1))
    check_rows(what, got, np.ascontiguousarray(x[left]),
               np.ascontiguousarray(y[right]), rows, tolerance,
               name == 'b_u')
    for t in got['top']:
        token = a.tokens[t['id_a']].decode() \
            if t['id_a'] < len(a.tokens) and t['token'] is not None else None
        same(what + ' token', t['token'], token)
    return None


def check(path_a, path_b, what, by, tolerance, *more):
    a, b = Model(path_a), Model(path_b)
    options = ['--by', by, '--json', *more]
    if tolerance is not None:
        options += ['--tolerance', repr(tolerance)]
    done = subprocess.run([TKDIFF, path_a, path_b, *options],
                          capture_output=True)
    if done.returncode not in (0, 1):
        fail(what, done.stderr.decode())
    r = json.loads(done.stdout)
    same(what + ' status', done.returncode, 0 if r['same'] else 1)
    pairs = match(a.tokens, b.tokens)
    counts = vocabulary(a.tokens, b.tokens, pairs, by)
    for key, value in counts.items():
        same(f'{what} {key}', r['vocabulary'][key], value)
    got = {m['name']: m for m in r['matrices']}
    if r['identity'] in ('file', 'content'):
        return r
    for section, name in KINDS.items():
        if section == 'w_u' and a.tied and b.tied or \
                section not in a.matrices and section not in b.matrices:
            same(what + ' absent', name in got, False)
            continue
        check_matrix(f'{what} {name}', got[name], a, b, section, pairs, by,
                     tolerance)
    return r


def check_pair(rng, k):
    what = one_pair(rng, k)
    for by in ('id', 'token'):
        for tolerance in (None, 0.0, 0.1):
            check('a.tk', 'b.tk', f'{what} {by} {tolerance}', by, tolerance)
    if k % 4 == 0:
        check('b.tk', 'a.tk', what + ' swapped', 'token', None, '--threads',
              '3')
    same(what + ' itself', check('a.tk', 'a.tk', what, 'id', None)['same'],
         True)
    if k % 6 == 0:
        check_archive(what)


def check_archive(what):
    for name in 'ab':
        run(TKPACK, '--archive', name + '.tk', '--force', '-o', name + '.tka')
    for by in ('id', 'token'):
        answers = []
        for a, b in (('a.tk', 'b.tk'), ('a.tka', 'b.tk'), ('a.tk', 'b.tka'),
                     ('a.tka', 'b.tka')):
            done = subprocess.run([TKDIFF, '--json', '--by', by, a, b],
                                  capture_output=True)
            r = json.loads(done.stdout)
            del r['a'], r['b']
            answers.append((done.returncode, r))
        for r in answers[1:]:
            same(f'{what} archived {by}', r, answers[0])


def check_large(rng):
    """Rows of several chunks, frames that end within a row; few differ."""
    n, d = 700, 3001
    tokens = [f't{i}' for i in range(n)]
    a = rng.standard_normal((n, d)).astype(np.float32)
    b = a.copy()
    for i in (0, 3, 86, 87, 88, 349, 698, 699):
        b[i, rng.integers(0, d)] += 0.5
    pack('a.tk', tokens, a, None, 'f32')
    pack('b.tk', tokens, b, None, 'f32')
    check('a.tk', 'b.tk', 'large', 'id', None)
    check_archive('large')
    pack('b.tk', tokens[350:] + tokens[:350],
         np.concatenate([b[350:], b[:350]]), None, 'f32')
    check('a.tk', 'b.tk', 'large, renumbered', 'token', None)
    check_archive('large, renumbered')


def main():
    rng = np.random.default_rng(20261124)
    for k in range(48):
        check_pair(rng, k)
    check_large(rng)


main()
