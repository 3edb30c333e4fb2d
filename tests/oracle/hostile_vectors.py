# SPDX-License-Identifier: MIT
"""hostile_vectors.py - word vectors and .npy files that must be refused."""
import struct

import sources as src

V = src.f32(1.0, 2.0)


def text(content, piece=None, args=None):
    content = content if isinstance(content, bytes) else content.encode()
    return {'t': content}, args or ['t', '--from', 'text']


def headers(c):
    group = 'vectors: header'
    for head, piece in (('4 2', 'header says 4 words, but it has 3'),
                        ('2 2', 'header says 2 words, but it has 3'),
                        ('0 2', 'there is nothing in it'),
                        ('3 0', 'there is nothing in it'),
                        ('9223372036854775808 2', 'the limits are'),
                        ('3 131073', 'the limits are'),
                        ('16777216 1099511627776', 'the limits are')):
        files, args = text(head + '\na 1 2\nb 1 2\nc 1 2\n')
        c.bad(group, head, files, piece, args)
    for head in ('3 2\n', ''):
        files, args = text(head + 'a 1 2\nb 1 2\nc 1 2\n')
        c.good(group, repr(head), files, args)
    group = 'vectors: a first line like a header'
    files, args = text('2 3\nb 1\nc 1\n')
    c.bad(group, 'no header', files, 'put a line', args)
    files, args = text('3 1\n2 3\nb 1\nc 1\n')
    c.good(group, 'told', files, args)


def lines(c):
    group = 'vectors: ends of lines'
    for content, piece in (('a 1 2\n\nb 1 2\n', ':2: is empty'),
                           ('a 1 2\r\nb 1 2\n', ':2: ends in LF'),
                           ('a 1 2\nb 1 2\r\n', ':2: ends in CR LF'),
                           ('a 1 2\nb 1  2\nc 1 2\n', ':2: "" is an empty'),
                           ('a\t1\t2\nb\t1\t2\n', 'separated by spaces')):
        files, args = text(content)
        c.bad(group, repr(content), files, piece, args)
    for content in ('a 1 2\nb 1 2', 'a 1 2\r\nb 1 2\r\n', 'a 1 2 \nb 1 2 \n'):
        files, args = text(content)
        c.good(group, repr(content), files, args)
    group = 'vectors: words'
    for word in ('. . .', 'at name@domain.com', ' ', '\u00a0', '\u0085',
                 '\u2028', '\x0b', '\x0c', '\0', '1', '-', '\x1b[2J'):
        files, args = text('a 1 2\n%s 3 4\nb 1 2\n' % word)
        c.good(group, repr(word), files, args)
    group = 'vectors: numbers'
    for n in ('nan', 'inf', '0x1p3', '1,5', '1e400', '1.2.3', '1e', '.',
              '--1', '1e39', '\uff11'):
        files, args = text('a 1 2\nb %s 2\nc 1 2\n' % n)
        c.bad(group, n, files, 't:2: "', args)
    for n in ('1e-400', '0.' + '1' * 1000, '+1', '.5', '5.', '1E+3', '-0'):
        files, args = text('a 1 2\nb %s 2\nc 1 2\n' % n)
        c.good(group, n[:9], files, args)
    group = 'vectors: long lines'
    files, args = text('a' * (3 << 20) + ' 1 2\n')
    c.bad(group, '3 MiB', files, 'a line of more than', args)

    def sparse(path):
        with open(path, 'wb') as f:
            f.write(b'a 1 2\n')
            f.truncate(1 << 30)
    c.bad(group, '1 GiB', {'t': sparse}, 'a line of more than', args)
    files, args = text('a 1 2\n' + 'b' * 65536 + ' 1 2\nc 1 2\n')
    c.bad(group, 'a word of 65536', files, 't:2: a word of 65536 bytes', args)
    files, args = text('a 1 2\n' + 'b' * 65535 + ' 1 2\nc 1 2\n')
    c.good(group, 'a word of 65535', files, args)
    group = 'vectors: numbers a line'
    for content in ('a 1 2\nb 1\nc 1 2\n', 'a 1 2\nb\nc 1 2\n'):
        files, args = text(content)
        c.bad(group, repr(content), files, 't:2: "', args)
    group = 'vectors: repeated words'
    files, args = text('a 1 2\nb 1 2\na 3 4\n')
    c.good(group, 'kept', files, args, note='1 token has the bytes')


def one_hash(seed, i):
    """XXH3 of 32 bytes multiplies the first 8, combined with its secret and
    the seed, by the next 8: here by nothing."""
    return struct.pack('<Q', 0xbe4ba423396cfeb8 + seed) + bytes(
        48 + i // 40 ** k % 40 for k in range(24))


def binary(c):
    rows = [V, src.f32(3.0, 4.0), src.f32(5.0, 6.0)]
    names = [b'a', b'b', b'c']
    args = ['b', '--from', 'word2vec']
    group = 'binary: newlines'
    mixed = (src.word2vec(names[:1], 2, rows[:1], b'\n', 3) +
             src.word2vec(names[1:], 2, rows[1:])[4:])
    c.bad(group, 'mixed', {'b': mixed}, 'newline', args)
    for end in (b'', b'\n'):
        c.good(group, end, {'b': src.word2vec(names, 2, rows, end)}, args)
    group = 'binary: the end'
    whole = src.word2vec(names, 2, rows)
    for n in range(1, 8):
        c.bad(group, -n, {'b': whole[:-n]}, 'it has been cut', args)
    c.bad(group, '+1', {'b': whole + b'x'}, 'goes on for 1 bytes', args)
    group = 'binary: counts'
    for count, piece in ((4, 'within word 3 of 4'), (2, 'goes on for'),
                         (0, 'nothing in it'), (1 << 63, 'the limits are')):
        c.bad(group, count, {'b': src.word2vec(names, 2, rows, count=count)},
              piece, args)
    group = 'binary: bytes of vectors'
    for raw in (b'        ', b'\n\n\n\n\n\n\n\n', b' \n \n \n \n'):
        c.good(group, raw, {'b': src.word2vec(names, 2, [raw] * 3)}, args)
    group = 'binary: text, and text as binary'
    c.bad(group, 'text', {'b': b'2 2\na 1 2\nb 1 2\n'}, '--from text', args)
    c.bad(group, 'binary', {'b': whole}, '', ['b', '--from', 'text'])
    group = 'binary: words of one hash'
    for n in 256, 257:
        words = [one_hash(seed, i) for seed in range(16) for i in range(n)]
        files = {'b': src.word2vec(words, 1, [src.f32(1.0)] * len(words))}
        if n == 256:
            c.good(group, n, files, args)
        else:
            c.bad(group, n, files, 'chosen to have one hash', args)
    group = 'binary: fastText'
    for version in (11, 12, 13):
        c.bad(group, version, {'b': struct.pack('<ii', 793712314, version) +
                               bytes(60)}, 'fastText .bin')


def npy(c):
    w = {'w': b'a\nb\nc\n'}
    data = src.f32(1, 2, 3, 4, 5, 6)

    def bad(group, what, content, piece):
        c.bad(group, what, {'e': content, **w}, piece, ['e', '--vocab', 'w'])

    def good(group, what, content, args=()):
        c.good(group, what, {'e': content, **w},
               ['e', '--vocab', 'w', *args])

    group = 'npy: start'
    whole = src.npy('<f4', '(3, 2)', data)
    for v in (0, 4):
        bad(group, v, whole[:6] + bytes([v]) + whole[7:], 'version')
    for n in (0, 65535):
        bad(group, n, whole[:8] + struct.pack('<H', n) + whole[10:], 'header')
    two = src.npy('<f4', '(3, 2)', data, version=2)
    bad(group, '2^32-1', two[:8] + b'\xff' * 4 + two[12:], 'header')
    for v in (1, 2, 3):
        good(group, v, src.npy('<f4', '(3, 2)', data, version=v))
    group = 'npy: header'
    dict_ = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)%s}"
    for t, piece in (("[1]", 'no dictionary'), (dict_ % ", 'x': 1", 'a key'),
                     (dict_ % ", 'descr': '<f4'", 'twice'),
                     ("{'descr': '<f4'}", "without 'descr'"),
                     ("__import__('os').abort()", 'no dictionary'),
                     ('(' * 9000, 'no dictionary'),
                     (dict_ % '' + 'x', 'after the dictionary')):
        bad(group, t[:30], src.npy('', '', data, text=t), piece)
    good(group, 'comma', src.npy('', '', data, text=dict_ % ','))
    group = 'npy: shape'
    for shape in ('()', '(6)', '(-3, 2)', '(18446744073709551616,)',
                  '(True, 2)', '(%s)' % ('1, ' * 33), '(3L, 2)', '(0, 2)',
                  '(np.int64(3), 2)'):
        bad(group, shape[:20], src.npy('<f4', shape, data), '')
    bad(group, '(6,)', src.npy('<f4', '(6,)', data), 'number of dimensions')
    bad(group, '(65536, 65536)', src.npy('<f4', '(65536, 65536)', b''),
        'ends before its last element')
    bad(group, '(2, 3)', src.npy('<f4', '(2, 3)', data), 'transpose it')
    group = 'npy: types'
    for descr, piece in (('|O', 'pickle'), ('>f4', 'big-endian'),
                         ('=f4', 'not float16'), ('<c8', 'not float16'),
                         ('|S4', 'not float16'), ('<i4', 'not float16')):
        bad(group, descr, src.npy(descr, '(3, 2)', data), piece)
    bad(group, 'V2', src.npy('<V2', '(3, 2)', data[:12]), '--dtype bf16')
    good(group, 'V2', src.npy('<V2', '(3, 2)', data[:12]),
         ['--dtype', 'bf16'])
    for descr, form in (('<f2', '<6e'), ('<f4', '<6f'), ('<f8', '<6d')):
        good(group, descr, src.npy(descr, '(3, 2)',
                                   struct.pack(form, *range(6))))
    group = 'npy: order'
    for order in ("'True'", '1'):
        bad(group, order, src.npy('<f4', '(3, 2)', data, order), 'neither')
    good(group, 'True', src.npy('<f4', '(3, 2)', data, 'True'))
    group = 'npy: the end'
    bad(group, '-1', whole[:-1], 'ends before its last element')
    bad(group, '+1', whole + b'x', 'goes on after its last')
    good(group, 'an odd start', src.npy('', '', data, text=None)[:0] +
         b'\x93NUMPY\1\0' + struct.pack('<H', len(dict_ % '') + 1) +
         (dict_ % '').encode() + b'\n' + data)
    group = 'npy: beside it'
    bad(group, 'npz', b'PK\3\4' + bytes(60), 'ZIP')
    c.bad(group, 'four words', {'e': whole, 'w': b'a\nb\nc\nd\n'},
          'has 3 rows, but the vocabulary has 4', ['e', '--vocab', 'w'])
    c.good(group, 'two words', {'e': whole, 'w': b'a\nb\n'},
           ['e', '--vocab', 'w'], note='padding')


def check(c):
    headers(c)
    lines(c)
    binary(c)
    npy(c)
