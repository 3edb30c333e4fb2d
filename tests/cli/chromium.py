# SPDX-License-Identifier: MIT
"""chromium.py - pages of tkinfo --html in a real browser

What is seen, found, pointed at and dragged is compared with what page.py reads
from the same file, and with what the tools print.
"""
import json
import math
import os
import subprocess
import sys

SRC = os.environ['TK_SRC']
sys.path[:0] = [SRC + '/tests/oracle', SRC + '/tests/support']
from browser import Browser  # noqa: E402
from page import Page  # noqa: E402

BIN = os.environ['TK_BIN']
TOKENS = [
    b'</script><img src=x onerror=alert(1)>', b'<!--', b'<b>bold</b>',
    b'&lt;&amp;', b'"', b"'", b'\\', b'\\x00', b'\0', b'\x1b[31m', b'\x7f',
    b'\n', b'\r\n', b'\t', b'\xff', b'\xf0\x9f', b'\xed\xa0\x80',
    b'\xf4\x90\x80\x80', b'\xc0\xbc', '\u2028'.encode(), '\u202eab'.encode(),
    '\u2066x\u2069'.encode(), '\ufeff'.encode(), '\u00ad'.encode(),
    '\u3000'.encode(), '\U000e0041'.encode(), b'', b'__proto__', b'king',
    b' queen', b'kings', b'King', 'día'.encode(), '日本語'.encode(),
    '🙂'.encode(), b'the', b'says', b'that', b'\xc2\x85', b'x' * 60,
]
N = 2600  # more than have exact neighbours
KING = TOKENS.index(b'king')


def run(*args):
    done = subprocess.run((BIN + '/' + args[0], *args[1:]),
                          capture_output=True)
    assert done.returncode == 0, (args, done)
    return done.stdout.decode()


def pack(name, lines, matrices, n=N):
    with open(name + '.txt', 'w') as f:
        print('tk-manifest 1', *lines, sep='\n', file=f)
        for i in range(n):
            t = TOKENS[i] if i < len(TOKENS) else b'word%d' % i
            print('token "%s"' % ''.join('\\x%02x' % b for b in t), file=f)
        for what in matrices:
            print('matrix', what, 'f32', n, 4, file=f)
            for i in range(n):
                x = [math.sin(i * (k + 1.7) + len(what + name)) for k in
                     range(4)]
                print(*['%.6f' % v for v in x], file=f)
        print('end', file=f)
    run('tkpack', name + '.txt', '-o', name + '.tk')
    run('tkinfo', '--html', name + '.html', name + '.tk')
    return Page(name + '.html')


def close(a, b, error=1e-6):
    return abs(a - b) <= error


def fine(b, path):
    """It ran, and asked for nothing but itself"""
    assert b.complaints() == [], b.complaints()
    assert b.requests() == ['file://' + os.path.abspath(path)], b.requests()
    assert b.value('document.querySelectorAll("main img, main b").length') == 0
    assert b.value('document.documentElement.className') == 'script'


def middle(b, what):
    """The point in the middle of an element, brought into sight"""
    return b.value('(() => { const e = document.querySelector(%s);'
                   ' e.scrollIntoView({block: "center"});'
                   ' const r = e.getBoundingClientRect();'
                   ' return [r.x + r.width / 2, r.y + r.height / 2]; })()'
                   % json.dumps(what))


def search(b, text):
    b.value('(element("query").focus(), element("query").select(), 1)')
    b.type(text) if text else b.key('Delete', 46)
    return b.value('[...document.querySelectorAll("#hits li")].map('
                   'e => +e.dataset.id)')


def chosen(b):
    return b.value('[document.querySelector("#chosen h3").textContent,'
                   ' document.querySelector("#neighbours").dataset.kind,'
                   ' [...document.querySelectorAll("#neighbours tr")].map('
                   'e => [+e.dataset.id, e.cells[1].textContent]),'
                   ' element("chosen").textContent]')


def about(page, word):
    """Nearest tokens in the projection"""
    q = len(page.facts_page['steps'])
    w = [x * x for x in page.facts_page['steps']]
    data = page.blob('b-projection')
    rows = [[x - 256 * (x > 127) for x in data[i:i + q]]
            for i in range(0, len(data), q)]
    a, out = rows[word], []
    own = sum(w[k] * a[k] ** 2 for k in range(q))
    for i, r in enumerate(rows):
        other = sum(w[k] * r[k] ** 2 for k in range(q))
        if i != word and other:
            out.append((sum(w[k] * a[k] * r[k] for k in range(q)) /
                        math.sqrt(own * other), -i))
    return [(-i, x) for x, i in sorted(out, reverse=True)[:10]]


def names(b, path):
    """The script writes tokens as the terminal does"""
    want = [line.split('"', 1)[1] for line in
            run('tkinfo', '--vocab', path).splitlines()]
    got = b.value('Array.from({length: nTokens}, (_, i) => shown(i, 1e9))')
    for i, (g, w) in enumerate(zip(got, want)):
        assert g[1:] == w, (i, g, w)
    assert len(got) == len(want) == N
    # What C wrote into the page is the same, too.
    assert b.value('[...document.querySelectorAll("tr[data-id] .t")].every('
                   'e => e.textContent === '
                   'shown(+e.closest("tr").dataset.id))')


def searching(b, page):
    assert search(b, 'king') == [KING, TOKENS.index(b'King'),
                                 TOKENS.index(b'kings')]
    name, kind, rows, text = chosen(b)
    assert name == '"king" id %d' % KING and kind == 'exact', (name, kind)
    assert [(i, '%.3f' % c) for i, c in page.nearest()[KING]] == [
        tuple(r) for r in rows], rows
    assert 'exact' in text and 'approx' not in text
    word = min(set(range(N)) - set(page.nearest()))
    assert search(b, 'id:%d' % word) == [word]
    name, kind, rows, text = chosen(b)
    assert kind == 'about' and 'approximate' in text, (kind, text)
    want = about(page, word)
    assert [r[0] for r in rows] == [i for i, _ in want], (rows, want)
    assert [r[1] for r in rows] == ['≈ %.3f' % c for _, c in want], rows
    # A neighbour is a link to its own neighbours.
    b.click(*middle(b, '#neighbours a'))
    assert b.value('location.hash') == '#token=%d' % rows[0][0]
    assert chosen(b)[0].endswith(' id %d' % rows[0][0])
    assert search(b, '</script>') == [0]
    assert search(b, 'no such token') == []
    assert b.value('element("found").textContent') == '0 tokens'
    assert search(b, '') == []
    assert b.value('element("found").textContent') == ''
    many = search(b, 'word')
    assert len(many) == 100 and b.value('element("found").textContent') == (
        '%d tokens, the first 100 of them below' % (N - len(TOKENS)))


def spot(b, page, i):
    """Where token i must be in the window, from what the page carries"""
    v = b.value('({v: view, r: (e => { e.scrollIntoView({block: "center"});'
                ' const r = e.getBoundingClientRect(); return ['
                'r.x + e.clientLeft, r.y + e.clientTop, e.clientWidth,'
                ' e.clientHeight]; })(canvas)})')
    left, top, wide, high = v['r']
    px, py = page.places()[i]
    return (left + (px - v['v']['x']) / v['v']['w'] * wide,
            top + (1 - (py - v['v']['y']) / v['v']['h']) * high)


def pointing(b, page):
    search(b, '')
    b.click(*middle(b, '#all'))
    assert b.value('canvas.dataset.outside') == '0'
    x, y = spot(b, page, 700)
    # Ink where the point is.
    assert b.value('(() => { const r = canvas.getBoundingClientRect();'
                   ' const d = canvas.getContext("2d").getImageData('
                   '%f - r.x - canvas.clientLeft,'
                   ' %f - r.y - canvas.clientTop, 1, 1).data;'
                   ' return d[3] > 60; })()' % (x, y))
    b.mouse('mouseMoved', x=x, y=y)
    hint = b.value('element("hint").textContent')
    assert hint == '"word700" id 700', hint
    b.click(x, y)
    assert chosen(b)[0] == '"word700" id 700'
    # The wheel leaves what is under the pointer there.
    before = b.value('view.w')
    b.mouse('mouseWheel', x=x, y=y, deltaX=0, deltaY=-120)
    after = b.value('view.w')
    assert close(after, before / 1.25, 1), (before, after)
    nx, ny = spot(b, page, 700)
    assert close(nx, x, 1) and close(ny, y, 1), (x, y, nx, ny)
    for what, change in (('#closer', 1 / 1.5), ('#wider', 1.5)):
        before = b.value('view.w')
        b.click(*middle(b, what))
        assert close(b.value('view.w'), before * change, 1), what
    # A point is dragged to where the pointer goes, and none is chosen.
    x, y = spot(b, page, 700)
    b.mouse('mousePressed', x=x, y=y, button='left', clickCount=1)
    b.mouse('mouseMoved', x=x + 40, y=y + 25, button='left', buttons=1)
    b.mouse('mouseReleased', x=x + 40, y=y + 25, button='left', clickCount=1)
    nx, ny = spot(b, page, 700)
    assert close(nx, x + 40, 1) and close(ny, y + 25, 1), (x, y, nx, ny)
    b.value('(canvas.focus(), 1)')
    before = b.value('[view.x, view.w]')
    b.key('ArrowRight', 39)
    assert close(b.value('view.x'), before[0] + before[1] / 10, 1)
    b.key('+', 187)
    assert close(b.value('view.w'), before[1] / 1.25, 1)
    # A token that is found outside comes into sight.
    places = page.places()
    far = max(range(N), key=lambda i: math.dist(places[i], places[700]))
    for _ in range(6):
        b.click(*middle(b, '#closer'))
    assert int(b.value('canvas.dataset.outside')) > 0
    search(b, 'id:%d' % far)
    x, y = spot(b, page, far)
    cx, cy = middle(b, '#scatter')
    assert close(x, cx, 2) and close(y, cy, 2), (x, y, cx, cy)


def temperatures(b, page):
    facts = page.facts['next']
    for key, code, stop in (('Home', 36, 0), ('End', 35, 39),
                            ('ArrowLeft', 37, 38)):
        b.value('(element("slider").focus(), 1)')
        b.key(key, code)
        t = facts['temperatures'][stop]
        assert b.value('element("temperature").textContent') == '%.1f' % t
        got = b.value('[...document.querySelectorAll(".prompt")].map(s => ['
                      '[...s.querySelectorAll(".prob")].map('
                      'e => +e.textContent),'
                      '+s.querySelector(".rest").textContent,'
                      '[...s.querySelectorAll(".meter span")].map('
                      'e => parseFloat(e.style.width))])')
        for (probs, rest, bars), q in zip(got, facts['prompts']):
            want = [math.exp(z / t - q['log_normalizers'][stop])
                    for z in q['logits']]
            assert all(map(lambda x, y: close(x, y), probs, want)), stop
            assert close(rest, max(0, 1 - sum(want))), (rest, want)
            assert all(map(lambda x, y: close(x, 100 * y, 0.01), bars, want))
    # And what that is of is what tkpredict says.
    q = facts['prompts'][0]
    want = json.loads(run('tkpredict', 'all.tk', '--json', '-k', '12',
                          '--temperature', '%.1f' % t, '--ids',
                          ' '.join(map(str, q['ids']))))
    for p, x in zip(want['predictions'], got[0][0]):
        assert close(p['prob'], x), (p, x)


def contrast(b, front):
    """WCAG's, of a colour of the page with its paper"""
    def light(name):
        rgb = b.value('(() => { const e = document.createElement("i");'
                      ' e.style.color = "var(%s)"; document.body.append(e);'
                      ' const c = getComputedStyle(e).color; e.remove();'
                      ' return c.match(/[\\d.]+/g).map(Number); })()' % name)
        c = [x / 255 for x in rgb[:3]]
        c = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
             for x in c]
        return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
    one, two = sorted((light(front), light('--paper')))
    return (two + 0.05) / (one + 0.05)


def surroundings(b):
    """Dark and light, narrow and wide, on paper, without scripts"""
    papers = set()
    for scheme in 'light', 'dark':
        for width in 320, 1200, 2560:
            b.open('all.html', width, prefers_color_scheme=scheme)
            fine(b, 'all.html')
            wide = b.value('document.documentElement.scrollWidth')
            assert wide <= width, (wide, width)
        papers.add(b.value('getComputedStyle(document.documentElement)'
                           '.backgroundColor'))
        for front in '--ink', '--soft', '--accent', '--mark':
            assert contrast(b, front) >= 4.5, (scheme, front)
        assert b.value('(() => { const d = canvas.getContext("2d")'
                       '.getImageData(0, 0, canvas.width, canvas.height).data;'
                       ' let n = 0; for (let i = 3; i < d.length; i += 4)'
                       ' n += d[i] > 0; return n; })()') > 2000
    assert len(papers) == 2, papers
    b.call('Emulation.setEmulatedMedia', media='print')
    assert b.value('getComputedStyle(element("explore")).display') == 'none'
    b.call('Emulation.setEmulatedMedia', media='')
    b.call('Emulation.setScriptExecutionDisabled', value=True)
    b.call('Page.reload')
    b.events = []
    b.wait('Page.loadEventFired')
    doc = b.call('DOM.getDocument', depth=1)['root']['nodeId']
    html = b.call('DOM.querySelector', nodeId=doc, selector='html')
    attrs = b.call('DOM.getAttributes', nodeId=html['nodeId'])['attributes']
    assert 'script' not in attrs, attrs
    note = b.call('DOM.querySelector', nodeId=doc, selector='noscript p')
    assert note['nodeId'] != 0


def others(b):
    """Models that have less"""
    page = pack('vocab', ['hparam d_model 4'], [])
    b.open('vocab.html')
    fine(b, 'vocab.html')
    assert search(b, 'king')[0] == KING
    fine(b, 'vocab.html')
    assert b.value('document.querySelector("figure").offsetHeight') == 0
    assert b.value('element("nopicture").offsetHeight') > 0
    assert b.value('element("slider").offsetHeight') == 0
    page = pack('few', [], ['w_e'], 3)
    b.open('few.html#token=2')
    fine(b, 'few.html')
    assert b.value('canvas.dataset.outside') == '0'
    assert chosen(b)[0].endswith('id 2')
    near = [[i, '%.3f' % c] for i, c in page.nearest()[2]]
    assert chosen(b)[2] == near and near[-1][1].startswith('-'), near
    b.open('few.html#q=%ff<b>')
    assert b.complaints() == []


whole = pack('all', ['hparam n_ctx 4'], ['w_e', 'w_u'])
with Browser() as browser:
    browser.open('all.html')
    fine(browser, 'all.html')
    names(browser, 'all.tk')
    searching(browser, whole)
    pointing(browser, whole)
    temperatures(browser, whole)
    fine(browser, 'all.html')
    surroundings(browser)
    others(browser)
