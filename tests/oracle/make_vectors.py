# SPDX-License-Identifier: MIT
"""make_vectors.py - prints spec/vectors.txt

    python3 tests/oracle/make_vectors.py >spec/vectors.txt

Needs the Python package xxhash (Debian: python3-xxhash).
"""
import math
import struct

import compute
import delta
import models
import refusals
import sample
import selftest
import sketch
import tk

HEAD = """\
# Test vectors of the specification.  Made by tests/oracle/make_vectors.py,
# which shares no code with the library; tests/unit/test_spec.c runs each line.
#
# A line is a verb, its arguments, `=` and the result, one blank between words.
# BYTES are hex digits, "printable text without quotes", `-` for none, or *N
# for N bytes of which byte i is i mod 256.  Floats are given as the hex digits
# of their bits, 8 for f32 and 16 for f64, highest first; `-` is an absent
# value.  Other numbers are decimal.  Bytes in results are hex or `-`.
"""


def text(data):
    if not data:
        return '-'
    plain = all(0x20 <= b < 0x7f and b not in b'":\\ ' for b in data)
    return '"%s"' % data.decode() if plain else data.hex()


def words32(xs):
    return ' '.join('%08x' % tk.bits32(x) for x in xs)


def say(*words):
    print(*words)


def title(line):
    print('\n# ' + line)


# ---- bytes: format.md 1.4, 2, 3, 4, 5


def digests():
    title('leaf INDEX BYTES = leaf; digest BYTES = D (format.md 2)')
    pattern = bytes(i % 256 for i in range(65537))
    for i in 0, 1, 2 ** 31 - 1:
        say('leaf', i, '"abc"', '=', tk.leaf(b'abc', i).hex())
    for data in b'abc', b'\0':
        say('digest', text(data), '=', tk.digest(data).hex())
    for n in 64, 65535, 65536, 65537:
        say('digest', '*%d' % n, '=', tk.digest(pattern[:n]).hex())


def placement():
    title('align STORED_SIZE = A (format.md 1.4)')
    for n in (1, 65535, 65536, 67108863, 67108864, 2 ** 47 - 1):
        say('align', n, '=', tk.alignment(n))
    title('stride DTYPE COLS = row_stride (format.md 5)')
    for name, dtype in ('f32', 1), ('f16', 2), ('bf16', 3), ('q8', 4):
        for cols in (0, 1, 16, 17, 32, 33, 64, 65, 768, 1025, 12288, 131072):
            say('stride', name, cols, '=', tk.stride(dtype, cols))


def key_values():
    title('kv KEY:TYPE:VALUE ... = section; ! after the type: MUST '
          '(format.md 3)')
    u64, f64 = struct.Struct('<Q').pack, struct.Struct('<d').pack
    cases = (
        [],
        [('tied', 1, 1, b'\1')],
        [('n_ctx', 2, 0, u64(1024)), ('tied', 1, 1, b'\1')],
        [('logit_scale', 3, 1, f64(0.0625)), ('embed_scale', 3, 1, f64(-2))],
        [('final_norm', 4, 1, b'rmsnorm'), ('a', 4, 0, b''),
         ('a.b', 4, 0, b'\xc3\xa9'), ('a-', 5, 0, b'\0\xff')],
        [('eos_ids', 6, 0, u64(1) + u64(2 ** 64 - 1)), ('empty', 6, 0, b''),
         ('x.y', 7, 0, f64(0.5) + f64(-0.0))],
        [('k' * 127, 5, 0, b'12345678')],
    )
    names = ' bool u64 f64 text bytes u64s f64s'.split(' ')
    for entries in cases:
        args = ['%s:%s%s:%s' % (k, names[t], '!' * m, text(v))
                for k, t, m, v in entries]
        say(*['kv'] + args + ['=', tk.key_values(entries).hex()])


def bad_key_values():
    title('badkv RULE BYTES = status (format.md 8.2)')
    good = tk.key_values([('a', 2, 0, bytes(8)), ('b', 2, 0, bytes(8))])
    one = tk.key_values([('ab', 4, 0, b'xyz')])

    def bad(rule, data, status):
        say('badkv', rule, data.hex() or '-', '=', status)

    def put(data, at, new):
        return data[:at] + new + data[at + len(new):]

    bad('R40', put(good, 0, struct.pack('<I', 4097)), 'E_LIMIT')
    bad('R40', tk.key_values([('k' * 128, 5, 0, b'')]), 'E_LIMIT')
    bad('R41', b'', 'E_LAYOUT')
    bad('R41', good[:7], 'E_LAYOUT')
    bad('R41', good[:-8], 'E_LAYOUT')
    bad('R41', good + bytes(8), 'E_LAYOUT')
    bad('R41', put(good, 0, b'\1'), 'E_LAYOUT')
    bad('R41', put(good, 0, b'\3'), 'E_LAYOUT')
    bad('R41', put(good, 12, b'\0\0\1'), 'E_LAYOUT')
    bad('R41', put(good, 16, b'c'), 'E_LAYOUT')
    bad('R41', put(good, 16, b'b'), 'E_LAYOUT')
    bad('R42', put(good, 4, b'\1'), 'E_RESERVED')
    bad('R42', put(good, 11, b'\2'), 'E_RESERVED')
    bad('R42', put(good, 17, b'\1'), 'E_RESERVED')
    bad('R42', put(one, 31, b'\1'), 'E_RESERVED')
    bad('R43', put(one, 8, b'\0'), 'E_VALUE')
    bad('R43', put(one, 16, b'A'), 'E_VALUE')
    bad('R43', put(one, 10, b'\0'), 'E_VALUE')
    bad('R43', put(one, 10, b'\x08'), 'E_VALUE')
    bad('R43', put(one, 10, b'\2'), 'E_VALUE')
    for value in (b'\xff', b'a\0b', b'\xc0\xaf', b'\xed\xa0\x80',
                  b'\xf4\x90\x80\x80', b'\xe2\x82'):
        bad('R43', tk.key_values([('a', 4, 0, value)]), 'E_VALUE')
    bad('R43', tk.key_values([('a', 1, 0, b'\2')]), 'E_VALUE')
    bad('R43', tk.key_values([('a', 6, 0, bytes(7))]), 'E_VALUE')
    for value in math.nan, math.inf:
        value = struct.pack('<d', value)
        bad('R43', tk.key_values([('a', 3, 0, value)]), 'E_VALUE')
        bad('R43', tk.key_values([('a', 7, 0, bytes(8) + value)]), 'E_VALUE')


def vocabularies():
    title('vocab TOKEN ... = section; TOKEN is BYTES, BYTES:KIND or '
          'BYTES:KIND:SCORE; index TOKEN ... = section (format.md 4)')
    cases = (
        ([b'a'], None, None),
        ([b''], None, None),
        ([b'the', b' aunt', b'\xf0\x9f', b'\0', b'the'], None, None),
        ([b'<unk>', b'b', b'cc'], [1, 0, 3], None),
        ([b'<s>', b'xy'], [2, 0], [0.0, -1.5]),
        ([b'%d' % i for i in range(40)], None, None),
    )
    for tokens, kinds, scores in cases:
        args = [text(t) for t in tokens]
        if kinds:
            args = ['%s:%d' % p for p in zip(args, kinds)]
        if scores:
            args = ['%s:%08x' % (a, tk.bits32(s))
                    for a, s in zip(args, scores)]
        section = tk.vocab(tokens, kinds, scores)
        say(*['vocab'] + args + ['=', section.hex()])
        index = tk.vocab_index(tokens, tk.digest(section))
        say(*['index'] + args + ['=', index.hex()])


def elements():
    title('f16 BITS = f32 (format.md 5)')
    for b in (0, 1, 2, 0x3ff, 0x400, 0x3555, 0x3c00, 0x7bff, 0x7c00, 0x7c01,
              0x7e00, 0x7fff, 0x8000, 0x8001, 0xbc01, 0xfbff, 0xfc00, 0xfd55):
        say('f16', '%04x' % b, '=', '%08x' % tk.widen16(b))
    title('pack DTYPE F32 ... = row; widen DTYPE COLS BYTES = F32 ...')
    g = compute.lcg(33)
    xs = [next(g) for _ in range(33)]
    edge = [0.0, -0.0, 1 + 2.0 ** -11, 1 + 3 * 2.0 ** -11, 65519.0, 2.0 ** -24,
            2.0 ** -25, 3 * 2.0 ** -25, -1 / 3]
    for name, dtype in ('f32', 1), ('f16', 2), ('bf16', 3), ('q8', 4):
        for values in (edge, xs):
            values = [tk.f32(v) for v in values]
            data = tk.row(dtype, values)
            say('pack', name, words32(values), '=', data.hex())
            say('widen', name, len(values), data.hex(), '=',
                words32(tk.widen(dtype, data, len(values))))
    # q = -128 and a subnormal scale: still exact.
    data = tk.pad(bytes([128, 127, 0, 1]), 64) + tk.pad(b'\1\0', 64)
    say('widen', 'q8', 4, data.hex(), '=', words32(tk.widen(4, data, 4)))


# ---- numbers: compute.md


def numbers():
    title('dot D = F32, of the pattern of compute.md 6')
    for d in (1, 4, 31, 32, 33, 300, 512, 513, 768, 1025, 12288):
        g = compute.lcg(d)
        pairs = [(next(g), next(g)) for _ in range(d)]
        value = compute.dot([p[0] for p in pairs], [p[1] for p in pairs])
        say('dot', d, '=', words32([value]))
    title('exp F64 = F64; tanh F64 = F64 (compute.md 4)')
    for x in (0.0, -0.0, -1e-300, -2.0 ** -30, -0.1, -math.log(2) / 2, -0.5,
              -1.0, -math.pi, -10.0, -87.3, -700.25, -707.999, -708.0, -1e9,
              -math.inf, math.nan):
        say('exp', '%016x' % tk.bits64(x), '=',
            '%016x' % tk.bits64(compute.exp(x)))
    for x in (0.0, -0.0, 5e-324, 1e-10, -0.005, 2.0 ** -7 - 2.0 ** -60,
              2.0 ** -7, -0.0079, 0.1, -0.5, 1.0, 2.5, -9.02, 20.0, -353.9,
              1e9, -math.inf):
        say('tanh', '%016x' % tk.bits64(x), '=',
            '%016x' % tk.bits64(compute.tanh(x)))


# ---- whole files


def whole_files():
    title("""Two models, and what they compute.
#
# file M SIZE: a file of zeros; bytes M OFFSET BYTES: put there.
# identity M = root, content; every section is sound.
# rewrite M: writing its sections again gives the same file.
# token M ID = BYTES; find M BYTES = id or none.
# embed M ID, context M ID ...: vectors; norm M F32 ...: the final norm.
# keys M F32 ... = key of each id; logit M KEY = logit.
# normalizer M T N SEED = max, sum of N keys 64 g() of the pattern.
# predict M T ID ... = ID:KEY:LOGIT:PROBABILITY of all ids, best first.
""")
    tied, mixed = models.tied(), models.mixed()
    models.say_model(say, text, words32, tied,
                     (([1], 1.0), ([0, 3, 2], 0.5)))
    models.say_model(say, text, words32, mixed,
                     (([1], 1.0), ([0, 2, 1], 2.0), ([2, 3], 1.0)))
    sample.say_sampling(say, title, mixed, tied)
    selftest.say_all(say, title, tied, mixed)
    title("""refused RULE M OFFSET:BYTES ... = status: of M with these
# bytes put there (format.md 8.1, 8.3); cut RULE M SIZE OFFSET:BYTES ... =
# status: of M cut or grown by zeros to that size before; damaged RULE M OFFSET:BYTES = status, of full
# verification; accepted RULE M OFFSET:BYTES ...: opens all the same;
# nocontext RULE M OFFSET:BYTES ... = status: of the context of id 0.""")
    refusals.say_all(say, tied, mixed)


if __name__ == '__main__':
    print(HEAD, end='')
    digests()
    placement()
    key_values()
    bad_key_values()
    vocabularies()
    elements()
    numbers()
    delta.say_all(say, title)
    sketch.say_sketches(say, title, words32)
    whole_files()
