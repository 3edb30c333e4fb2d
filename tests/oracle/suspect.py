# SPDX-License-Identifier: MIT
"""suspect.py BIN - tkinfo --suspect against numpy in f64

Makes models in which some tokens were not trained, tied and not, with unused
tokens of every sort; asks for all tokens and compares each number, then looks
how many of the planted tokens come first.  Shares no code with the project.
Silent if all is well.
"""
import json
import os
import subprocess
import sys

import numpy as np

from stored import STORED

BIN = sys.argv[1]
N, D, PLANTED = 1500, 48, 40
NAN, ZERO = 70, 71


def run(*args, env=None):
    done = subprocess.run((f'{BIN}/{args[0]}', *args[1:]), capture_output=True,
                          env=dict(os.environ, **env or {}))
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def ask(path, *args):
    """The answer, the same for any threads and kernel"""
    args = (path, '--suspect', '--json', *args)
    first = run('tkinfo', *args)
    for n, kernel in (('1', ''), ('3', 'scalar')):
        assert run('tkinfo', '--threads', n, *args,
                   env={'TK_KERNEL': kernel}) == first, path
    text = run('tkinfo', path, '--suspect').decode()
    assert max(map(len, text.splitlines())) <= 80, path
    return json.loads(first, parse_constant=lambda c: 1 / 0)['suspect']


def tokens_of(unused):
    """Quoted for a manifest, with their kinds; where 'unused' lie"""
    t = [f'"w{i}"' for i in range(N)]
    ids = {'never': [], 'named': [], 'byte': []}
    if 'never' in unused:
        t[5], t[6] = r'"\xff"', r'"a\xc0"'
        ids['never'] = [5, 6]
    if 'named' in unused:
        t[7:10] = '"<unused7>"', '"<|reserved_special_token_3|>"', '"[Unused1]"'
        t[10] = '"w10" unused'
        ids['named'] = [7, 8, 9, 10]
    if 'byte' in unused:
        t[11], t[12] = '"A" byte', '"A"'
        ids['byte'] = [11]
    t[20], t[21] = r'"\xe2\x82"', r'"\x82\xac"'  # parts of characters
    t[31] = '"w30"'
    return t, ids


def matrices(rng, planted, unused, rows):
    """Trained rows have a direction in common; untrained ones another"""
    common, away = rng.standard_normal((2, D))
    strong = rng.standard_normal(D)
    u = rng.standard_normal((rows, D)) + 0.5 * common
    u += 3 * rng.standard_normal((rows, 1)) * strong / np.linalg.norm(strong)
    e = rng.standard_normal((rows, D)) * \
        np.exp(rng.standard_normal((rows, 1)) / 8)
    left = np.concatenate((planted, unused)).astype(int)
    u[left] = 1.5 * away + 0.15 * rng.standard_normal((len(left), D))
    e[left] = 0.1 * rng.standard_normal((len(left), D))
    return e.astype(np.float32), u.astype(np.float32)


def write(path, tokens, dtype, e, u):
    with open('m.txt', 'w') as f:
        print('tk-manifest 1', file=f)
        if u is None:
            print('hparam tied true', file=f)
        for t in tokens:
            print('token', t, file=f)
        for name, m in (('w_e', e), ('w_u', u)):
            if m is None:
                continue
            print('matrix', name, 'f32', *m.shape, file=f)
            for row in m.tolist():
                print(*map(repr, row), file=f)
        print('end', file=f)
    run('tkpack', 'm.txt', '--dtype', dtype, '-o', path)


def distances(w, mean):
    return 1 - w @ mean / np.linalg.norm(w, axis=1) / np.linalg.norm(mean)


def indicators(u, unused):
    """cosine, L2, cosine without the first principal component"""
    mean = u[unused].mean(0)
    good = u[:N][np.isfinite(u[:N]).all(1)]
    pc = np.linalg.eigh(np.cov(good.T))[1][:, -1]
    without = u - np.outer(u @ pc, pc)
    with np.errstate(all='ignore'):
        return (distances(u, mean), np.linalg.norm(u - mean, axis=1),
                distances(without, mean - mean @ pc * pc))


def check(name, rng, dtype, unused, tied):
    rows = N + 20
    tokens, ids = tokens_of(unused)
    known = sum(ids.values(), [])
    reference = known or list(range(N, rows))
    if 'none' in unused:
        rows, reference = N, []
    planted = 100 + rng.permutation(N - 100)[:PLANTED]
    e, u = matrices(rng, planted, reference, rows)
    if tied:
        e = u
    for m in (e, u):
        m[ZERO] = 0
        m[31] = m[30]
    if reference and not known:
        u[N] = 0  # no use for the mean
        reference = reference[1:]
    write(f'{name}.tk', tokens, dtype, e, None if tied else u)
    got = ask(f'{name}.tk', '-k', '100000')
    e, u = (STORED[dtype](m).astype(np.float64) for m in (e, u))
    norms = np.linalg.norm(e, axis=1)
    by_norm = not tied or not reference
    cos = l2 = without = None
    if reference:
        cos, l2, without = indicators(u, reference)
    key = norms[:N].copy() if by_norm else cos[:N].copy()
    key[known] = np.nan
    assert got['indicator'] == ('norm' if by_norm else 'cosine_distance'), name
    assert got['unused']['in_mean'] == len(reference), name
    for reason, n in (('says_unused', len(ids['named'])),
                      ('not_in_utf8', len(ids['never'])),
                      ('byte_of_text', len(ids['byte'])),
                      ('padding', 0 if known else rows - N)):
        assert got['unused'][reason] == n, (name, reason)
    ranked = np.isfinite(key)
    answers = got['tokens']
    order = [t['id'] for t in answers]
    assert sorted(order) == np.flatnonzero(ranked).tolist(), name
    assert got['ranked'] == len(order), name
    assert got['unranked'] == N - len(known) - len(order), name
    for field, want in (('norm', norms), ('cosine_distance', cos),
                        ('l2_distance', l2),
                        ('cosine_distance_without_pc', without)):
        values = [t[field] for t in answers]
        if want is None:
            assert values == [None] * len(order), (name, field)
            continue
        want = want[order]
        if field[0] == 'c':  # a row of zeros has no direction
            assert [v is None for v in values] == np.isnan(want).tolist()
        values = np.array([np.nan if v is None else v for v in values])
        # The component is found until its error is small, not to the end.
        tol = 5 if field.endswith('pc') else 1
        np.testing.assert_allclose(values, want, rtol=2e-5 * tol,
                                   atol=2e-6 * tol, err_msg=f'{name} {field}')
    rising = key[order]
    assert (np.diff(rising) > -2e-6).all(), name
    good = key[ranked]
    np.testing.assert_allclose(got['median'], np.median(good), atol=1e-6)
    low, high = np.percentile(good, (25, 75))
    fence = low * (low / high) ** 3 if by_norm else low - 3 * (high - low)
    np.testing.assert_allclose(got['far_out_below'], fence, atol=1e-5)
    np.testing.assert_allclose(got['candidates_below'],
                               np.percentile(good, 2), atol=1e-5)
    assert abs(got['far_out'] - (good < fence).sum()) <= 1, name
    for t in answers:
        if abs(key[t['id']] - fence) > 1e-5:
            assert t['far_out'] == (key[t['id']] < fence), (name, t)
    check_reach(name, got, ids)
    assert {t['id']: t.get('same_row_as') for t in answers}[31] == 30, name
    # What it is for.  By norm, the row of zeros is first, and rightly.
    first = [i for i in order if i != ZERO][:PLANTED]
    if by_norm and tied:
        return  # nothing is known to be unused: no such claim
    right = len(set(first) & set(planted.tolist()))
    assert right >= 0.95 * PLANTED, (name, right)


def check_reach(name, got, ids):
    unreachable = {t['id']: t['why'] for t in got['unreachable']}
    want = sorted(sum(ids.values(), []) + [31])
    assert sorted(unreachable) == want, (name, sorted(unreachable))
    for reason, word in (('never', 'not_in_utf8'), ('named', 'says_unused'),
                         ('byte', 'same_bytes')):
        for i in ids[reason]:
            assert word in unreachable[i], (name, i)
    same = {t['id']: t.get('same_bytes_as') for t in got['unreachable']}
    assert same[31] == 30 and same.get(11, 12) == 12, (name, same)
    undecodable = sorted(t['id'] for t in got['undecodable'])
    assert undecodable == ids['never'] + [20, 21], (name, undecodable)


# ---- bytes ----


def is_part(b):
    """Some UTF-8 text has these bytes in it"""
    before = (b'', b'\xc3', b'\xe1', b'\xe1\x80', b'\xf1', b'\xf1\x80',
              b'\xf1\x80\x80')
    behind = (b'', b'\x80', b'\x80\x80', b'\x80\x80\x80', b'\xa0\x80',
              b'\x90\x80\x80')
    for x in before:
        for y in behind:
            try:
                (x + b + y).decode()
                return True
            except UnicodeDecodeError:
                pass
    return False


def check_bytes(rng):
    """A vocabulary alone: every edge of UTF-8 beside every other one"""
    edges = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
             0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3,
             0xf4, 0xf5, 0xff]
    words = {bytes((i,)) for i in range(256)}
    words |= {bytes((a, b)) for a in edges for b in edges}
    words |= {bytes(rng.choice(edges, rng.integers(3, 7)).tolist())
              for _ in range(6000)}
    words = sorted(words)
    with open('m.txt', 'w') as f:
        print('tk-manifest 1\nhparam d_model 4', file=f)
        for w in words:
            print('token "' + ''.join(f'\\x{c:02x}' for c in w) + '"', file=f)
        print('end', file=f)
    run('tkpack', 'm.txt', '-o', 'bytes.tk')
    got = ask('bytes.tk')
    assert got['indicator'] is None and got['tokens'] == []
    never = [t['id'] for t in got['unreachable']]
    want = [i for i, w in enumerate(words) if not is_part(w)]
    assert never == want, [words[i] for i in set(never) ^ set(want)]
    assert len(want) > 1000 and len(words) - len(want) > 300


def main():
    rng = np.random.default_rng(31)
    for name, unused in (('never', ['never']),
                         ('all', ['never', 'named', 'byte']),
                         ('padding', []), ('none', ['none'])):
        for tied in (True, False):
            dtype = rng.choice(list(STORED))
            check(f'{name}{tied}', rng, dtype, unused, tied)
    for dtype in STORED:
        check(dtype, rng, dtype, ['named'], True)
    check_bytes(rng)


main()
