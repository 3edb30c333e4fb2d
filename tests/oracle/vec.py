# SPDX-License-Identifier: MIT
"""vec.py BIN - tkvec against numpy in f64

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
WORDS, ROWS, D = 1300, 1320, 37  # more than a piece; padding; no round number
ZERO, NAN, INF = 40, 41, 42      # rows that are no answers
TINY, HUGE = 43, 44              # whose squares f32 does not hold
COPIES = [(7, 11), (7, 1200), (500, 499)]
CLOSE = dict(rtol=2e-5, atol=2e-6)


def run(*args, status=0, stdin=None, env=None):
    done = subprocess.run((f'{BIN}/{args[0]}', *args[1:]), input=stdin,
                          capture_output=True, env=dict(os.environ, **env or {}))
    if done.returncode != status:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def ask(path, *args):
    """The answer, the same for any threads and kernel"""
    first = run('tkvec', path, '--json', *args)
    for n, kernel in (('1', ''), ('3', 'scalar')):
        again = run('tkvec', path, '--json', '--threads', n, *args,
                    env={'TK_KERNEL': kernel})
        assert again == first, (args, n, kernel)
    return json.loads(first)


def make(rng, dtype):
    """The file, and the rows as f64 that it has"""
    x = rng.standard_normal((ROWS, D)).astype(np.float32)
    x *= np.exp(rng.standard_normal((ROWS, 1)) / 2).astype(np.float32)
    for a, b in COPIES:
        x[b] = x[a]
    x[ZERO] = 0
    if dtype != 'q8':
        x[NAN, 5] = np.nan
        x[INF, 36] = -np.inf
    if dtype in ('f32', 'bf16'):
        x[TINY] *= np.float32(1e-25)
        x[HUGE] *= np.float32(1e25)
    np.save('m.npy', x)
    words = [f'w{i}' for i in range(WORDS)]
    words[900] = 'w3'  # a second token of the same bytes is not found
    with open('words.txt', 'w') as f:
        f.writelines(w + '\n' for w in words)
    path = f'{dtype}.tk'
    run('tkpack', '--embed', 'm.npy', '--vocab', 'words.txt', '--dtype', dtype,
        '-o', path)
    return path, STORED[dtype](x).astype(np.float64)


def scores_of(m, h, metric):
    """A score for each row, the larger the better; NaN: none"""
    m = m[:WORDS]
    with np.errstate(all='ignore'):
        if metric == 'dot':
            s = m @ h
        elif metric == 'l2':
            s = -np.sqrt(((m - h) ** 2).sum(1))
        else:
            s = (m @ h) / np.linalg.norm(m, axis=1) / np.linalg.norm(h)
    s[~np.isfinite(m).all(1)] = np.nan
    s[abs(s) > np.finfo(np.float32).max] = np.nan
    return s


def check_list(name, got, want, k, exclude=(), sign=1):
    """'want' has a score for each row"""
    want = want.copy()
    want[list(exclude)] = np.nan
    ranked = np.flatnonzero(~np.isnan(want))
    ids = [g['id'] for g in got]
    scores = np.array([g['score'] for g in got]) * sign
    assert len(got) == min(k, len(ranked)), (name, len(got))
    assert [g['rank'] for g in got] == list(range(1, len(got) + 1)), name
    assert len(set(ids)) == len(ids) and set(ids) <= set(ranked), name
    # Long vectors leave more behind where products cancel.
    size = max(1, np.nanmedian(abs(want)))
    np.testing.assert_allclose(scores, want[ids], err_msg=name, rtol=2e-5,
                               atol=2e-6 * size)
    for a, b in zip(range(len(got)), range(1, len(got))):
        assert scores[a] > scores[b] or \
            (scores[a] == scores[b] and ids[a] < ids[b]), (name, a)
    rest = np.setdiff1d(ranked, ids)
    if len(rest) and len(got):
        assert want[rest].max() <= scores[-1] + 1e-5 * abs(scores).max(), name


def check_near(path, m):
    for text, h, inputs in (
            ('w5', m[5], [5]),
            ('w7 - w3 + w600', m[7] - m[3] + m[600], [7, 3, 600]),
            ('-0.5*w9 + 3 id:1310', 3 * m[1310] - 0.5 * m[9], [9, 1310]),
            (f'w{TINY}', m[TINY], [TINY]),
            (f'w{HUGE} - w2', m[HUGE] - m[2], [HUGE, 2]),
            ('w1 - dim:4 - 2 dim:36', None, [1])):
        if h is None:
            h = m[1].copy()
            h[4] -= 1
            h[36] -= 2
        inside = [i for i in inputs if i < WORDS]
        for metric in ('cos', 'dot', 'l2'):
            want = scores_of(m, h, metric)
            sign = -1 if metric == 'l2' else 1
            for k, more, out in ((10, (), inside), (1, (), inside),
                                 (5000, ('--include-inputs',), ())):
                name = f'{path} near {text} {metric} {k}'
                answer = ask(path, 'near', '-k', str(k), '--metric', metric,
                             *more, '--', text)
                assert answer['query'] == text, name
                assert answer['unranked'] == np.isnan(want).sum(), name
                check_list(name, answer['results'], want, k, out, sign)
    ids = [r['id'] for r in ask(path, 'near', 'w7', '-k', '2')['results']]
    assert ids == [11, 1200], f'{path}: copies: {ids}'


def check_dot(path, m):
    h = m[3] - m[4]
    answer = ask(path, 'dot', 'w3 - w4', '-k', '20')
    want = scores_of(m, h, 'dot')
    check_list(f'{path} dot', answer['results'], want, 20, [3, 4])
    check_list(f'{path} dot', answer['opposite'], -want, 20, [3, 4], -1)
    words = [3, 800, 4, 11, 7, ZERO]
    got = ask(path, 'dot', 'w3 - w4', *(f'w{i}' for i in words))['results']
    assert [g['id'] for g in got] == words, path
    np.testing.assert_allclose([g['score'] for g in got], m[words] @ h,
                               err_msg=path, **CLOSE)
    order = sorted(range(len(words)), key=lambda i: -got[i]['score'])
    assert [got[i]['rank'] for i in order] == [1, 2, 3, 4, 5, 6], path


def check_pairs(path, m):
    words = [5, 7, 11, 600]
    u = m[words] / np.linalg.norm(m[words], axis=1, keepdims=True)
    got = ask(path, 'pairs', *(f'w{i}' for i in words))['results']
    np.testing.assert_allclose([g['scores'] for g in got], u @ u.T,
                               err_msg=path, **CLOSE)
    got = ask(path, 'cos', 'w5 - w7', 'w600')['results']
    want = scores_of(m, m[5] - m[7], 'cos')[600]
    np.testing.assert_allclose(got[0]['score'], want, err_msg=path, **CLOSE)
    text = run('tkvec', path, 'cos', 'w5 - w7', 'w600').decode()
    assert abs(float(text) - want) < 2e-6, path
    for i in (0, 3, ROWS - 1):
        got = ask(path, 'row', f'id:{i}')['results'][0]
        assert got['vector'] == m[i].tolist(), f'{path}: row {i}'
        np.testing.assert_allclose(got['norm'], np.linalg.norm(m[i]), **CLOSE)


# ---- analogies ----


def unit_rows(m):
    with np.errstate(all='ignore'):
        return m[:WORDS] / np.linalg.norm(m[:WORDS], axis=1, keepdims=True)


def analogy_keys(u, a, b, c, rule):
    with np.errstate(all='ignore'):
        a, b, c = u @ a, u @ b, u @ c
    if rule == 'add':
        return b - a + c
    return (b + 1) / 2 * (c + 1) / 2 / ((a + 1) / 2 + 0.001)


def check_analogy(path, m):
    u = unit_rows(m)
    keys = {rule: analogy_keys(u, u[9], u[20], u[300], rule)
            for rule in ('add', 'mul')}
    answer = ask(path, 'analogy', 'w9', 'w20', 'w300', '-k', '30')
    check_list(f'{path} add', answer['results'], keys['add'], 30,
               [9, 20, 300])
    check_list(f'{path} mul', answer['results_mul'], keys['mul'], 30,
               [9, 20, 300])
    assert answer['unranked'] == np.isnan(keys['add']).sum(), path
    keys['add'] = analogy_keys(u, u[TINY], u[HUGE], u[300], 'add')
    answer = ask(path, 'analogy', f'w{TINY}', f'w{HUGE}', 'w300', '--rule',
                 'add', '--include-inputs', '-k', '5000')
    check_list(f'{path} far', answer['results'], keys['add'], 5000)
    answer = ask(path, 'analogy', 'w9', 'w20', 'w300', '-k', '3', '--rule',
                 'mul', '--include-inputs')
    check_list(f'{path} mul', answer['results'], keys['mul'], 3)


def ranks(x):
    x = np.asarray(x)
    return np.array([(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x])


def spearman(x, y):
    return np.corrcoef(ranks(x), ranks(y))[0, 1]


def put_questions(rng, u):
    """Of which numpy answers half as they are written; the right answers"""
    right = {'add': [], 'mul': []}
    words = rng.choice(np.setdiff1d(np.arange(60), [ZERO, NAN, INF]), (3, 200))
    with open('questions.txt', 'w') as f:
        for i, (a, b, c) in enumerate(words.T.tolist()):
            best = {}
            for rule in ('add', 'mul'):
                keys = analogy_keys(u, u[a], u[b], u[c], rule)
                keys[[a, b, c]] = np.nan
                order = np.argsort(np.where(np.isnan(keys), -np.inf, keys))
                best[rule] = order[-1]
                # Copies of a row tie: then the lowest id is right.
                same = np.flatnonzero(keys > keys[order[-1]] - 1e-12)
                best[rule] = same[0]
                gap = np.delete(keys, same)
                assert keys[same[0]] - np.nanmax(gap) > 1e-6, 'too close'
            d = int(rng.choice([best['add'], best['mul'], 3]))
            d = 3 if d == 900 else d  # which has no word of its own
            if i % 50 == 0:
                f.write(f': part {i // 50}\n')
            if i % 7 == 0:
                f.write(f'W{a} w{b} nothing w{c}\n')
            f.write(f'W{a} w{b} W{c} w{d}\n')
            for rule in right:
                right[rule].append(best[rule] == d)
    return right


def check_eval(rng, path, m):
    u = unit_rows(m)
    right = put_questions(rng, u)
    for rule in ('add', 'mul'):
        answer = ask(path, 'eval', 'questions.txt', '--lower', '--rule', rule)
        parts = answer['categories']
        assert [p['name'] for p in parts] == [f'part {i}' for i in range(4)]
        assert [p['asked'] for p in parts] == [50] * 4, path
        assert [p['right'] for p in parts] == \
            np.reshape(right[rule], (4, 50)).sum(1).tolist(), f'{path} {rule}'
        assert answer['total'] == {'right': sum(right[rule]), 'asked': 200,
                                   'questions': 229}, f'{path} {rule}'
    pairs = rng.choice(np.setdiff1d(np.arange(300), [ZERO, NAN, INF]),
                       (150, 2))
    cos = (u[pairs[:, 0]] * u[pairs[:, 1]]).sum(1)
    people = np.round(3 * cos + rng.standard_normal(len(cos)))  # many ties
    with open('similar.tsv', 'w') as f:
        for (a, b), score in zip(pairs.tolist(), people):
            f.write(f'w{a}\tw{b}\t{score}\n')
        f.write('w1\tnothing\t3\n')
    total = ask(path, 'eval', 'similar.tsv')['total']
    assert (total['asked'], total['questions']) == (150, 151), path
    assert abs(total['spearman'] - spearman(cos, people)) < 1e-12, path


def main():
    rng = np.random.default_rng(23)
    for dtype in STORED:
        path, m = make(rng, dtype)
        check_near(path, m)
        check_dot(path, m)
        check_pairs(path, m)
        check_analogy(path, m)
        check_eval(rng, path, m)


main()
