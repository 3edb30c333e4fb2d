# SPDX-License-Identifier: MIT
"""delta.py - rows side by side, spec/compute.md 8, in plain Python."""
import math
import struct

import compute
import tk

NAMES = {tk.F32: 'f32', tk.F16: 'f16', tk.BF16: 'bf16', tk.Q8: 'q8'}
Q8_STEP = 0.5 + 127 / 4096


def widened_bits(dtype, row, cols):
    """Bits of each element as f32, and q8's scale beside it."""
    if dtype == tk.F32:
        return [(b, 0.0) for b in struct.unpack_from('<%dI' % cols, row)]
    if dtype == tk.Q8:
        at = tk.up(cols, 64)
        scales = [tk.from32(tk.widen16(b)) for b in struct.unpack_from(
            '<%dH' % -(-cols // 32), row, at)]
        return [(tk.bits32(tk.f32(q * scales[i // 32])), scales[i // 32])
                for i, q in enumerate(struct.unpack_from('<%db' % cols, row))]
    halves = struct.unpack_from('<%dH' % cols, row)
    return [(tk.widen16(b) if dtype == tk.F16 else b << 16, 0.0)
            for b in halves]


def rounding(a, b):
    if tk.Q8 in (a, b):
        return tk.Q8
    return tk.F16 if {a, b} == {tk.F32, tk.F16} else tk.BF16


def power(x, least):
    """2^e, the power of 2 at or below |x|; at least 2^least."""
    return 2.0 ** max(math.frexp(x)[1] - 1 if x else least, least)


def half_step(to, types, x, scales):
    if to == tk.Q8:
        return Q8_STEP * max(map(abs, scales))
    if to == tk.F16:
        return 2.0 ** -11 * power(x, -14)
    return 2.0 ** -8 * power(x, -17 if tk.F16 in types else -100)


def fold(lanes):
    half = 4
    while half:
        lanes = [lanes[j] + lanes[j + half] for j in range(half)]
        half //= 2
    return lanes[0]


def delta(types, rows, cols):
    a, b = (widened_bits(t, r, cols) for t, r in zip(types, rows))
    to = rounding(*types)
    lanes = [[0.0] * 8 for _ in range(3)]
    differ = beyond = unfit = 0
    largest = 0.0
    for i, ((x, s), (y, t)) in enumerate(zip(a, b)):
        same = x == y
        x, y = tk.from32(x), tk.from32(y)
        for lane, product in zip(lanes, (x * y, x * x, y * y)):
            lane[i % 8] += product
        if same:
            continue
        differ += 1
        d = abs(x - y)
        if not math.isfinite(d):
            unfit += 1
            beyond += 1
            continue
        largest = max(largest, d)
        finer = y if types[0] != types[1] and to == types[0] else x
        beyond += not tk.f32(d) <= half_step(to, types, finer, (s, t))
    ab, aa, bb = map(fold, lanes)
    cos = None
    if math.isfinite(aa) and math.isfinite(bb) and aa > 0 and bb > 0:
        cos = max(-1.0, min(1.0, ab / (math.sqrt(aa) * math.sqrt(bb))))
    return differ, beyond, unfit, largest, cos


def say_one(say, types, rows, cols):
    differ, beyond, unfit, largest, cos = delta(types, rows, cols)
    say('delta', NAMES[types[0]], NAMES[types[1]], cols, rows[0].hex(),
        rows[1].hex(), '=', differ, beyond, unfit,
        '%016x' % tk.bits64(largest),
        '-' if cos is None else '%016x' % tk.bits64(cos))


def say_all(say, title):
    title('delta DTYPE DTYPE COLS BYTES BYTES = elements that differ, beyond '
          'rounding,\n# with no finite difference; largest, cosine or - '
          '(compute.md 8)')
    for a in NAMES:
        for b in NAMES:
            g = compute.lcg(a * 8 + b)
            xs = [next(g) / 2 ** (i % 23) for i in range(19)]
            ys = [x if i % 5 else x + next(g) / 4 for i, x in enumerate(xs)]
            say_one(say, (a, b), (tk.row(a, xs), tk.row(b, ys)), 19)
    f32 = tk.F32, tk.F32
    odd = struct.pack('<8I', 0, 0x7fc00000, 0x7fc00000, 0x7fc00001,
                      0x7f800000, 0x7f800000, 0x3f800000, 0x7f7fffff)
    even = struct.pack('<8I', 1 << 31, 0x7fc00000, 0x3f800000, 0xffc00001,
                       0x7f800000, 0xff800000, 0x3f800001, 0xff7fffff)
    say_one(say, f32, (tk.pad(odd, 64), tk.pad(even, 64)), 8)
    say_one(say, f32, (bytes(64), tk.row(tk.F32, [1.0, 2.0])), 2)
    say_one(say, f32, (tk.row(tk.F32, [1.0, 2.0]), tk.row(tk.F32, [2.0, 4.0])),
            2)
    # Half a step of bf16 at 1 is 2^-8: it explains just that.
    for d in 2.0 ** -8, 2.0 ** -8 + 2.0 ** -23:
        say_one(say, f32, (tk.row(tk.F32, [1.0]), tk.row(tk.F32, [1 + d])), 1)
