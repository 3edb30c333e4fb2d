# SPDX-License-Identifier: MIT
"""html_page.py - tkinfo --html as a program sees it

Whatever tokens are, the page is well-formed, has them all, and nothing but
the one script that its own policy allows.
"""
import array
import base64
import hashlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.environ['TK_SRC'] + '/tests/oracle')
from page import Page  # noqa: E402

BIN, SRC = os.environ['TK_BIN'], os.environ['TK_SRC']
HOSTILE = [
    b'</script><img src=x onerror=alert(1)>', b'<!--', b'-->', b'<script>',
    b'<![CDATA[', b'&lt;&amp;&#0;&nosuch;', b'" onload="alert(1)', b"'",
    b'javascript:alert(1)', b'`${alert(1)}`', b'{{data}}', b'{{', b'}}',
    b'\\', b'\\u003c/script>', b'%3Cscript%3E', b'\0', b'\x01\x1b[31m\x7f',
    b'\n', b'\r\n', b'\t', b' ', b'\xff', b'\xf0\x9f', b'\xed\xa0\x80',
    b'\xc0\xbc', '\u2028'.encode(), '\u2029'.encode(),
    '\u202eabc\u202c'.encode(), '\u2066x\u2069'.encode(),
    '\u200b\ufeff'.encode(), ('z' + '\u0301' * 60).encode(), b'</style>',
    b'</svg>', b'</title>', b']]>', b'x' * 300, b'\xc2\x85', b'constructor',
    b'__proto__', b'king', b' queen', 'día'.encode(), '日本語'.encode(),
]


def quoted(token):
    return '"' + ''.join('\\x%02x' % b for b in token) + '"'


def run(want, *args, **env):
    done = subprocess.run((BIN + '/' + args[0], *args[1:]),
                          capture_output=True, env=dict(os.environ, **env))
    assert done.returncode == want, (args, done)
    return done.stderr.decode()


def pack(name, tokens, lines=(), matrices=(), options=()):
    """NAME.tk of tokens, hyperparameters and matrices of text rows"""
    with open(name + '.txt', 'w') as f:
        print('tk-manifest 1', *lines, sep='\n', file=f)
        for t in tokens:
            print('token', quoted(t), file=f)
        for what, dtype, rows in matrices:
            print('matrix', what, dtype, len(rows), len(rows[0].split()),
                  file=f)
            print(*rows, sep='\n', file=f)
        print('end', file=f)
    run(0, 'tkpack', name + '.txt', '-o', name + '.tk', *options)
    return name + '.tk'


def npy(path, dtype, n, cols, data):
    head = "{'descr': '<%s', 'fortran_order': False, 'shape': (%d, %d), }" % (
        dtype, n, cols)
    with open(path, 'wb') as f:
        f.write(b'\x93NUMPY\1\0v\0' + head.ljust(117).encode() + b'\n')
        f.writelines(data)


def pack_npy(name, tokens, **matrices):
    """NAME.tk of tokens, and of rows that no manifest can have"""
    with open('v.txt', 'wb') as f:
        f.write(b'\n'.join(tokens) + b'\n')
    options = []
    for what, text in matrices.items():
        values = [array.array('f', map(float, row.split())) for row in text]
        npy(what + '.npy', 'f4', len(values), len(values[0]),
            [v.tobytes() for v in values])
        options += ['--' + what, what + '.npy']
    run(0, 'tkpack', *options, '--vocab', 'v.txt', '-o', name + '.tk')
    return name + '.tk'


def rows(n, cols, seed=1):
    """Different small numbers of few digits"""
    return [' '.join('%g' % (((i * 37 + j * 101 + seed * 17) ** 2 % 127 - 63)
                             / 16) for j in range(cols)) for i in range(n)]


def check_quiet(page):
    """Nothing is fetched, one script runs, its hash is the policy's"""
    for e in page.root.all():
        assert e.tag not in ('link', 'img', 'iframe', 'object', 'embed',
                             'base', 'image', 'use'), e.tag
        for name in ('src', 'srcset', 'action', 'background', 'data'):
            assert name not in e.attrs, (e.tag, e.attrs)
        assert e.attrs.get('href', '#').startswith('#'), e.attrs
    style = page.one('style').text()
    assert 'url(' not in style and '@import' not in style
    code = [e for e in page.root.all('script') if 'type' not in e.attrs]
    assert len(code) == 1
    for what in ('http:', 'https:', 'fetch(', 'XMLHttp', 'import(',
                 'WebSocket', 'eval(', 'innerHTML', 'insertAdjacent',
                 'document.write', 'Function('):
        assert what not in code[0].text(), what
    assert not re.search('https?://', page.source)
    digest = hashlib.sha256(code[0].text().encode()).digest()
    policy = page.one('meta', http_equiv='Content-Security-Policy')
    assert policy.attrs['content'] == (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" +
        base64.b64encode(digest).decode() + "'"), policy.attrs


def check_text(page):
    """No character that a terminal would not get, in any text or attribute"""
    assert not re.search('[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e'
                         '\u2066-\u2069\ufeff\ufffd]', page.source)
    left = re.findall('{{([a-z]+)}}', page.source)
    assert set(left) <= {'data'}, left  # a token


def check_map(page, path):
    """The parts of the file, one behind the other, are all of it"""
    at = 0
    for tr in page.one('table', id='map').one('tbody').all('tr'):
        part, start, size = [int(td.text().replace(',', ''))
                             if i in (1, 2) else td.text()
                             for i, td in enumerate(tr.all('td'))][:3]
        assert start == at, (part, start, at)
        at += size
    assert at == os.path.getsize(path), (path, at)


def check_counts(page, n):
    bars = page.one('svg', id='lengths').all('rect')
    assert sum(int(b.attrs['data-count']) for b in bars) == n
    for m in page.facts['stats']['matrices']:
        h = m['norm'] and m['norm']['histogram']
        chart = page.root.all('svg', id='norms-' + m['name'][-1].lower())
        assert len(chart) == (h is not None), m
        if h:
            got = [int(b.attrs['data-count']) for b in chart[0].all('rect')]
            want = [h[k] for k in ('below',) if h[k]] + h['counts'] + \
                [h[k] for k in ('above',) if h[k]]
            assert [x for x in got if x] == [x for x in want if x], (got, h)
            assert sum(got) == m['token_rows'] - sum(
                m[k]['rows'] for k in ('nan', 'infinite', 'beyond_f32'))


def look(path, tokens=None, **env):
    out = path[:-3] + '.html'
    err = run(0, 'tkinfo', '--force', '--html', out, path, **env)
    assert not err, err
    page = Page(out)
    check_quiet(page)
    check_text(page)
    check_map(page, path)
    if tokens is not None:
        assert page.tokens() == tokens, path
        check_counts(page, len(tokens))
    return page


def hostile():
    n = len(HOSTILE)
    path = pack('hostile', HOSTILE,
                ('hparam n_ctx 3',), (('w_e', 'f32', rows(n, 5)),
                                      ('w_u', 'f16', rows(n, 5, 2))),
                ('--set', 'title=</title><b>t', '--set',
                 'url=javascript:alert(1)"><a href="x', '--set',
                 'license=<script>alert(1)</script>'))
    page = look(path, HOSTILE)
    title = page.one('head').one('title').text()
    assert title == '</title><b>t' == page.one('h1').text(), title
    assert not page.root.all('b')
    # The same bytes in any locale, with any threads and kernel.
    for env in ({'LC_ALL': 'C'}, {'TK_KERNEL': 'scalar'}, {'TZ': 'Asia/Tokyo'}):
        assert look(path, **env).bytes == page.bytes, env
    for threads in '1', '5':
        run(0, 'tkinfo', '--threads', threads, '--html', 't.html', '--force',
            path)
        with open('t.html', 'rb') as f:
            assert f.read() == page.bytes, threads
    os.makedirs('elsewhere')
    os.link(path, 'elsewhere/other.tk')
    assert look('elsewhere/other.tk').bytes == page.bytes


def odd():
    t = [b'w%d' % i for i in range(30)] + [b'']
    n = len(t)
    e, u = rows(n, 3), rows(n, 3, 2)
    none = 'no W_U, so it cannot predict'
    assert none in look(pack('e', t, (), (('w_e', 'f32', e),)), t).source
    page = look(pack('u', t, (), (('w_u', 'f32', u),)), t)
    assert 'There is no W_E' in page.source
    assert page.facts_page['matrix'] == 'W_U'
    page = look(pack('vocab', t, ('hparam d_model 4',)), t)
    assert 'a vocabulary only' in page.source and not page.places()
    page = look(pack('tied', t, ('hparam tied true',), (('w_e', 'q8', e),)), t)
    assert 'W_U is the same matrix' in page.source
    e[3] = 'nan 0 1'
    e[4] = '0 inf 1'
    e[5] = e[6] = '0 0 0'
    w = [b'w%d' % i for i in range(n)]
    page = look(pack_npy('nan', w, embed=e, unembed=u), w)
    assert [i for i, p in enumerate(page.places()) if p is None] == [3, 4]
    assert not {3, 4, 5, 6} & set(page.nearest())
    page = look(pack('one', [b'a'], (), (('w_e', 'f32', ['3']),
                                         ('w_u', 'f32', ['2']))), [b'a'])
    assert page.facts['next']['prompts'][0]['top'] == [0]
    look(pack('thin', t, (), (('w_e', 'f32', rows(n, 1)),)), t)
    zeros = ['0 0'] * n
    look(pack('zeros', t, (), (('w_e', 'f32', zeros),
                               ('w_u', 'f32', zeros))), t)
    nans = ['nan nan'] * n
    page = look(pack_npy('nans', w, embed=nans, unembed=nans), w)
    assert set(page.places()) == {None}
    page = look(pack('padded', t, (), (('w_e', 'f32', rows(n + 9, 3)),)), t)
    assert len(page.places()) == n
    page = look(pack('rowless', t, (), (('w_e', 'f32', rows(n, 3)),
                                        ('w_u', 'f32', rows(9, 3)))), t)
    assert max(i for q in page.facts['next']['prompts'] for i in q['top']) < 9
    run(0, 'tkpack', SRC + '/samples/tiny.txt', '-o', 'tiny.tk')
    look('tiny.tk')


def prompts():
    """Sample prompts, where the words are there"""
    t = b'the queen says that king man woman once upon a'.split()
    n = len(t)
    page = look(pack('words', t, (), (('w_e', 'f32', rows(n, 4)),
                                      ('w_u', 'f32', rows(n, 4, 3)))), t)
    got = [[t[i].decode() for i in p['ids']]
           for p in page.facts['next']['prompts']]
    assert got[:2] == [['the', 'queen', 'says', 'that'],
                       ['once', 'upon', 'a']], got


def large():
    """128,000 tokens are less than 4 MB; neighbours of 2,000 are exact"""
    n = 128000
    tokens = [b'%s%x' % (b' token' if i % 2 else b'piece', i)
              for i in range(n)]
    with open('v.txt', 'wb') as f:
        f.write(b'\n'.join(tokens) + b'\n')
    # Eight numbers of f16 between 0.125 and 1.
    npy('e.npy', 'f2', n, 8, (bytes(
        b for k in range(0, 32, 4)
        for b in (i * 2654435761 >> k & 255, 0x30 | i * 40503 >> k & 11))
        for i in range(n)))
    run(0, 'tkpack', '--embed', 'e.npy', '--vocab', 'v.txt', '-o', 'big.tk')
    page = look('big.tk', tokens)
    assert len(page.bytes) < 4000000, len(page.bytes)
    assert len(page.places()) == n and len(page.nearest()) == 2000
    axes = len(page.facts_page['steps'])
    assert len(page.blob('b-projection')) == n * axes and axes >= 4
    assert page.facts_page['asked'] == 1000


def refused():
    run(0, 'tkpack', SRC + '/samples/tiny.txt', '-o', 't.tk')
    with open('t.tk', 'rb') as f:
        before = f.read()
    with open('there.html', 'w') as f:
        f.write('mine')
    err = run(2, 'tkinfo', '--html', 'there.html', 't.tk')
    assert '--force' in err, err
    os.link('t.tk', 'same.tk')
    os.symlink('t.tk', 'link.tk')
    for out in 't.tk', 'same.tk', 'link.tk':
        for force in ('--force',), ():
            err = run(2, 'tkinfo', '--html', out, *force, 't.tk')
            assert 'is the input' in err, err
    for out in '.', '/dev/null', 'no/such/p.html', '':
        run(2, 'tkinfo', '--force', '--html', out, 't.tk')
    for args in (['--json'], ['--stats'], ['--dump'], ['--verify'],
                 ['--row', 'the'], ['--html', 'q.html']):
        run(2, 'tkinfo', '--html', 'p.html', *args, 't.tk')
    run(2, 'tkinfo', '--force', 't.tk')
    run(0, 'tkpack', '--archive', 't.tk', '-o', 't.tka')
    err = run(2, 'tkinfo', '--html', 'p.html', 't.tka')
    assert '--expand' in err and err.count('\n') == 1, err
    run(2, 'tkinfo', '--html', 'p.html', 'there.html')
    # A file that has no more room: neither half a page nor no message.
    err = subprocess.run(
        ['sh', '-c', 'ulimit -f 8; exec "$0" --html p.html t.tk',
         BIN + '/tkinfo'], capture_output=True)
    assert err.returncode == 2 and err.stderr.count(b'\n') == 1, err
    names = sorted(os.listdir('.'))
    assert 'p.html' not in names and 'q.html' not in names, names
    assert not any(n.startswith('.') for n in names), names
    with open('there.html') as f:
        assert f.read() == 'mine'
    with open('t.tk', 'rb') as f:
        assert f.read() == before


for test in refused, hostile, odd, prompts, large:
    os.makedirs(test.__name__)
    os.chdir(test.__name__)
    test()
    os.chdir('..')
