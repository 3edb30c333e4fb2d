# SPDX-License-Identifier: MIT
"""selftest.py - spec/format.md 7.3: self-tests of the models of models.py,
and sections that a reader must refuse.
"""
import math
import struct

import tk

U32 = struct.Struct('<I').pack
F32 = struct.Struct('<f').pack


def best(m, k, given):
    """(id, key, z) of the k best; ids is a tuple, a vector a list."""
    h = m.context(list(given)) if isinstance(given, tuple) else given
    keys = m.keys(m.norm('final', h))
    order = sorted((i for i in range(m.n) if keys[i] > -math.inf),
                   key=lambda i: (-keys[i], i))
    return [(i, keys[i], m.logit(keys[i])) for i in order[:k]]


def case(given, k, results):
    ids = isinstance(given, tuple)
    out = struct.pack('<4I', 0 if ids else 1, len(given), k, len(results))
    out += struct.pack('<%d%s' % (len(given), 'I' if ids else 'f'), *given)
    return out + b''.join(struct.pack('<Iff', *r) for r in results)


def section(*cases):
    return struct.pack('<II', len(cases), 0) + b''.join(cases)


def of(m, k, *inputs):
    return section(*[case(x, k, best(m, k, x)) for x in inputs])


def words(given):
    if isinstance(given, tuple):
        return 'ids:' + ','.join(map(str, given))
    return 'h:' + ','.join('%08x' % tk.bits32(x) for x in given)


def say_good(say, m, k, *inputs):
    say('selftest', m.name, k, *map(words, inputs), '=',
        of(m, k, *inputs).hex())


def bad_heads(bad, m):
    good = of(m, 3, (1,))
    one = case((1,), 3, best(m, 3, (1,)))
    bad('R80', U32(1025) + good[4:], 'E_LIMIT')
    bad('R80', section(struct.pack('<4I', 0, 65537, 1, 1)), 'E_LIMIT')
    bad('R80', section(struct.pack('<4I', 1, 2 ** 17 + 1, 1, 1)), 'E_LIMIT')
    bad('R80', section(struct.pack('<4I', 0, 1, 1025, 1)), 'E_LIMIT')
    for cut in 0, 7:
        bad('R81', good[:cut], 'E_LAYOUT')
    for cut in 8, 23, 24, 28, len(good) - 1:
        bad('R81', good[:cut], 'E_LAYOUT')
    bad('R81', good + bytes(4), 'E_LAYOUT')
    bad('R81', U32(2) + good[4:], 'E_LAYOUT')
    bad('R81', section(one, one)[:-1], 'E_LAYOUT')
    bad('R81', section(struct.pack('<4I', 0, 65536, 1, 1)), 'E_LAYOUT')
    bad('R82', good[:4] + U32(1) + good[8:], 'E_RESERVED')
    bad('R83', U32(0) * 2, 'E_VALUE')
    for head in ((2, 1, 3, 3), (0, 0, 3, 3), (0, 1, 0, 3), (0, 1, 3, 0),
                 (0, 1, 3, 4), (2 ** 32 - 1, 1, 3, 3)):
        bad('R83', section(struct.pack('<4I', *head) + one[16:]), 'E_VALUE')
    bad('R83', section(case((), 3, best(m, 3, (1,)))), 'E_VALUE')


def bad_contents(bad, m):
    h = [0.5, -1.0, 0.25, 2.0]
    out = best(m, 3, (1,))
    bad('R84', section(case(h[:3], 3, best(m, 3, h))), 'E_SHAPE')
    bad('R84', section(case(h + [0.0], 3, best(m, 3, h))), 'E_SHAPE')
    for i in 7, 2 ** 32 - 1:
        bad('R85', section(case((1, i), 3, out)), 'E_VALUE')
    for x in math.nan, math.inf, -math.inf:
        bad('R85', section(case(h[:3] + [x], 3, out)), 'E_VALUE')
        bad('R85', section(case((1,), 3, [(out[0][0], x, 1.0)] + out[1:])),
            'E_VALUE')
    bad('R85', section(case((1,), 3, [out[0][:2] + (math.nan,)] + out[1:])),
        'E_VALUE')
    for i in 6, 2 ** 32 - 1:
        bad('R85', section(case((1,), 3, out[:2] + [(i, *out[2][1:])])),
            'E_VALUE')
    bad('R85', section(case((1,), 3, out[::-1])), 'E_VALUE')
    bad('R85', section(case((1,), 3, out[:2] + out[1:2])), 'E_VALUE')
    bad('R86', section(case((2,), 3, out)), 'E_CHECKSUM')
    bad('R86', section(case((1,), 3, out[:2])), 'E_CHECKSUM')
    bad('R86', section(case((1,), 6, best(m, 6, (1,))[:5] + [
        (3, -1e30, -30.0)])), 'E_CHECKSUM')
    for change in range(1, 3):
        r = list(out[0])
        r[change] = tk.from32(tk.bits32(r[change]) + 1)
        bad('R86', section(case((1,), 3, [tuple(r)] + out[1:])),
            'E_CHECKSUM')
    good = case((1,), 3, out)
    bad('R86', section(good, good, case(h, 2, best(m, 2, h)[:1])),
        'E_CHECKSUM')


def say_all(say, title, tied, mixed):
    title("""selftest M K IN ... = section, of the K best tokens; IN is
# ids:ID,ID or h:F32,F32; badselftest RULE M BYTES = status (format.md 7.3)""")
    vector = [float(i % 7 - 3) / 4 for i in range(33)]
    say_good(say, tied, 1, (0,))
    say_good(say, tied, 3, (1,), (0, 3, 2), [0.5, -1.0, 0.25, 2.0])
    say_good(say, tied, 1024, (6,), [-2.0 ** -140, 1e30, 0.0, -0.0])
    say_good(say, mixed, 2, (0, 2, 1), vector, (3,))

    def bad(rule, data, status):
        say('badselftest', rule, tied.name, data.hex() or '-', '=', status)

    bad_heads(bad, tied)
    bad_contents(bad, tied)
