# SPDX-License-Identifier: MIT
"""pagecheck.py BIN - the numbers on a page of tkinfo --html against numpy

Places of all tokens, nearest tokens, how good the projection is, the heat
map, predictions at every temperature, suspicious tokens: all are computed
again in f64, from the matrices that were packed.  Silent if all is well.
"""
import json
import re
import subprocess
import sys

import numpy as np

from page import Page

BIN = sys.argv[1]
WORDS = ('king queen man woman uncle aunt cat cats dog dogs one two three '
         'paris once upon a the').split()


def run(*args):
    done = subprocess.run((f'{BIN}/{args[0]}', *args[1:]), capture_output=True)
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def unit(x):
    with np.errstate(all='ignore'):
        return x / np.linalg.norm(x, axis=1, keepdims=True)


def check_places(page, e):
    """By the first two right singular vectors of the centred rows"""
    facts, places = page.facts_page, page.places()
    good = np.isfinite(e).all(1)
    assert [p is not None for p in places] == good.tolist()
    assert facts['rows'] == good.sum()
    x = e[good] - e[good].mean(0)
    s, v = np.linalg.svd(x, full_matrices=False)[1:]
    for k, axis in enumerate('xy'):
        low, high = facts[axis]
        q = np.array([p[k] for p in places if p is not None])
        assert q.min() == 0 and q.max() == 65534
        got = low + q / 65534 * (high - low)
        want = x @ v[k]
        want *= np.sign(got @ want)
        error = np.abs(got - want).max()
        assert error < (high - low) * 2e-4, (axis, error, high - low)
        share = s[k] ** 2 / (s ** 2).sum()
        assert abs(facts['components'][k]['share'] - share) < 1e-4 * share


def check_nearest(page, e):
    u = unit(e)
    usable = np.isfinite(u).all(1)
    for word, found in page.nearest().items():
        cos = np.where(usable, np.nan_to_num(u) @ u[word], -9)
        cos[word] = -9
        best = np.sort(cos)[::-1][:10]
        assert len(found) == min(10, usable.sum() - 1)
        got = np.array([key for _, key in found])
        assert np.abs(got - best[:len(got)]).max() < 4e-5, (word, got, best)
        assert np.abs(got - cos[[i for i, _ in found]]).max() < 4e-5
        assert len({i for i, _ in found}) == len(found)


def check_projection(page, e):
    """It is the unit rows in so many directions; how often it is right"""
    facts, n = page.facts_page, len(e)
    steps = np.array(facts['steps'])
    b = np.frombuffer(page.blob('b-projection'), np.int8).reshape(n, -1)
    p = b * steps
    u = np.nan_to_num(unit(e))
    # Directions at right angles leave no length that was not there.
    assert (np.linalg.norm(p, axis=1) <
            np.linalg.norm(u, axis=1) + np.linalg.norm(steps)).all()
    axes = np.linalg.lstsq(u, p, rcond=None)[0]
    assert np.abs(u @ axes - p).max() < steps.max() * 0.6
    assert np.abs(axes.T @ axes - np.eye(len(steps))).max() < 0.02
    words, exact, right = sorted(page.nearest()), page.nearest(), 0
    length = np.linalg.norm(p, axis=1)
    for i in range(100):
        word = words[i * len(words) // 100]
        with np.errstate(all='ignore'):
            cos = np.where(length > 0, p @ p[word] / length, -np.inf)
        cos[word] = -np.inf
        best = np.argsort(-cos, kind='stable')[:10]
        right += len(set(best) & {j for j, _ in exact[word]})
    assert abs(right - facts['right']) <= 2 and facts['asked'] == 1000, (
        right, facts['right'])


def check_heat(page, e, tokens):
    cells = 0
    for title in page.one('svg', id='heat').all('title'):
        a, b, cos = re.fullmatch(r' ?(\w+) and  ?(\w+): (-?[\d.]+)',
                                 title.text().replace('and ', 'and  ')).groups()
        x, y = (e[tokens.index(w)] for w in (a, b))
        want = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
        assert abs(float(cos) - want) < 6e-4, (a, b, cos, want)
        cells += 1
    assert cells >= 36 and int(cells ** 0.5) ** 2 == cells


def check_next(page, e, u, tokens):
    sections = page.root.all('section', class_='prompt')
    facts = page.facts['next']
    assert len(sections) == len(facts['prompts']) >= 3
    t = np.array(facts['temperatures'])
    assert np.allclose(t, np.arange(1, 41) / 10)
    for section, q in zip(sections, facts['prompts']):
        assert section.one('h3').text() == ' '.join(
            f'"{tokens[i]}"' for i in q['ids'])
        z = u @ e[q['ids'][-1]]
        order = np.argsort(-z, kind='stable')[:12]
        assert np.abs(np.array(q['logits']) - z[order]).max() < 1e-4
        assert np.abs(z[q['top']] - z[order]).max() < 1e-4
        scaled = z[:, None] / t
        most = scaled.max(0)
        log = most + np.log(np.exp(scaled - most).sum(0))
        assert np.abs(log - q['log_normalizers']).max() < 1e-3
        p = np.exp(z[order] - log[9])
        shown = [float(td.text()) for td in section.all(class_='n prob')]
        assert np.abs(np.array(shown) - p).max() < 2e-5, (shown, p)
        rest = float(section.one(class_='n rest').text())
        assert abs(rest - (1 - p.sum())) < 2e-5


def check_suspects(page, path):
    want = json.loads(run('tkinfo', path, '--suspect', '-k', '20',
                          '--json'))['suspect']
    got = [int(tr.attrs['data-id'])
           for tr in page.one('table', id='suspects').one('tbody').all('tr')]
    assert got == [r['id'] for r in want['tokens']], (got, want)


def check(n, d, tied, bad):
    rng = np.random.default_rng(n)
    tokens = WORDS + [f'w{i}' for i in range(n - len(WORDS))]
    basis = rng.standard_normal((d, d)) * np.geomspace(1, 0.05, d)[:, None]
    e, u = (rng.standard_normal((n, d)) @ basis + rng.standard_normal(d) / 2
            for _ in '12')
    if bad:
        e[100, 1], e[101, 0], e[102:104] = np.nan, np.inf, 0
    e, u = e.astype(np.float32), (e if tied else u).astype(np.float32)
    np.save('e.npy', e)
    np.save('u.npy', u)
    with open('v.txt', 'w') as f:
        print(*tokens, sep='\n', file=f)
    run('tkpack', '--force', '--embed', 'e.npy',
        *(['--tie'] if tied else ['--unembed', 'u.npy']), '--vocab', 'v.txt',
        '-o', 'm.tk')
    run('tkinfo', '--force', '--html', 'm.html', 'm.tk')
    page = Page('m.html')
    assert page.tokens() == [t.encode() for t in tokens]
    e, u = e.astype(float), u.astype(float)
    check_places(page, e)
    check_nearest(page, e)
    usable = int((np.isfinite(unit(e)).all(1)).sum())
    assert len(page.nearest()) == min(usable, 2000)
    assert ('steps' in page.facts_page) == (n > 2000)
    if n > 2000:
        check_projection(page, e)
    check_heat(page, e, tokens)
    check_suspects(page, 'm.tk')
    if not (tied and bad):
        check_next(page, e, u, tokens)


with np.errstate(invalid='ignore'):
    check(300, 24, False, False)
    check(500, 7, True, False)
    check(400, 16, False, True)
    check(3000, 40, True, False)
    check(5000, 16, False, True)
