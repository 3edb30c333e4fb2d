# SPDX-License-Identifier: MIT
"""sketch.py - spec/sketch.md and format.md 7.2 in plain Python.

Rows are lists of floats that are exact in binary32.
"""
import math
import struct

import compute
import tk
from tk import f32

ROWS, COLS = 32, 64
MARGIN, SPARE = 1 + 2.0 ** -34, 1 + 2.0 ** -20
LARGEST = 2.0 ** 128


def up32(x):
    """x >= 0 rounded up to binary32."""
    if x > LARGEST - 2.0 ** 104:
        return math.inf
    bits = tk.bits32(f32(x))
    if f32(x) < x:
        bits += 1
    return struct.unpack('<f', struct.pack('<I', bits))[0]


def bf16(bits):
    return struct.unpack('<f', struct.pack('<I', bits << 16))[0]


def ceil_div(a, b):
    return -(-a // b)


# ---- 1: a row


def scale_of(m):
    """The smallest normal bf16 s with 119 s >= m, by bisection."""
    if m == 0:
        return 0
    low, high = 0x007f, 0x7f7f
    while high - low > 1:
        mid = (low + high) // 2
        if 119 * bf16(mid) >= m:
            high = mid
        else:
            low = mid
    return high


def norm(xs):
    total = 0.0
    for x in xs:
        total += x * x
    return math.sqrt(total)


def sketch_row(w):
    """(scales, hi, lo, E_hi, E_8, N)."""
    nb = ceil_div(len(w), COLS)
    bad = [0] * nb, [0] * len(w), [0] * len(w), math.inf, math.inf, math.inf
    if not all(math.isfinite(x) for x in w):
        return bad
    scales = [scale_of(max(abs(x) for x in w[i:i + COLS]))
              for i in range(0, len(w), COLS)]
    s = [bf16(scales[i // COLS]) for i in range(len(w))]
    # Python's round() is half to even.
    q = [round(x / t) if t else 0 for x, t in zip(w, s)]
    hi = [(v + 8) // 16 for v in q]
    lo = [v - 16 * h for v, h in zip(q, hi)]
    v_hi = [16 * t * h for t, h in zip(s, hi)]
    v_8 = [t * v for t, v in zip(s, q)]
    v_lo = [t * v for t, v in zip(s, lo)]
    e_hi = up32(norm([x - v for x, v in zip(w, v_hi)]) * MARGIN)
    e_8 = up32(norm([x - v for x, v in zip(w, v_8)]) * MARGIN)
    n = up32(max(norm(w), norm(v_hi) + norm(v_lo)) * MARGIN)
    if not all(math.isfinite(x) for x in (e_hi, e_8, n)):
        return bad
    return scales, hi, lo, e_hi, e_8, n


# ---- format.md 7.2: the section


def norm_max(rows):
    return max([r[5] for r in rows if r[5] < math.inf], default=0.0)


def section(matrix, source=bytes(16)):
    d = len(matrix[0])
    nb, panels = ceil_div(d, COLS), ceil_div(len(matrix), ROWS)
    rows = [sketch_row(w) for w in matrix]
    scale = bytearray(64 * panels * nb)
    planes = [bytearray(b'\x88' * (1024 * panels * nb)) for _ in range(2)]
    norms = [[0.0] * (ROWS * panels) for _ in range(3)]
    for r, row in enumerate(rows):
        p, j = divmod(r, ROWS)
        for b in range(nb):
            struct.pack_into('<H', scale, 2 * ((p * nb + b) * ROWS + j),
                             row[0][b])
        for plane, values in zip(planes, row[1:3]):
            for i, v in enumerate(values):
                g, c = divmod(i, 8)
                at = (p * 8 * nb + g) * 128 + 4 * j + c % 4
                if c < 4:
                    plane[at] = plane[at] & 0xf0 | v + 8
                else:
                    plane[at] = plane[at] & 0x0f | (v + 8) << 4
        for array, x in zip(norms, row[3:]):
            array[r] = x
    head = source + bytes(16) + struct.pack(
        '<IIIIf', len(matrix), d, ROWS, COLS, norm_max(rows)) + bytes(12)
    return (head + scale + planes[0] + planes[1] +
            b''.join(struct.pack('<%df' % len(a), *a) for a in norms))


# ---- 2: the query


def query(h):
    """(sigma, n, H', C', zeta)."""
    d = len(h)
    sigma = f32(max(abs(x) for x in h) / 32512)
    n = [max(-32512, min(32512, round(x / sigma))) if sigma else 0
         for x in h]
    h_norm = norm(h) * MARGIN
    rest = norm([x - sigma * v for x, v in zip(h, n)]) * MARGIN
    kappa = ceil_div(d, 512) + 20 + ceil_div(d, COLS) + 3 + 4
    c = (rest + 1.001 * kappa * 2.0 ** -24 * (h_norm + rest)) * SPARE
    return (sigma, n, up32(h_norm * SPARE), up32(c),
            up32((d + 40) * 2.0 ** -149))


# ---- 3: the bounds of one row


def mul32(a, b):
    """Inf * 0 is NaN here too."""
    x = a * b
    return f32(x) if math.isfinite(x) else x


def plane_sum(scales, values, n):
    total = 0.0
    for b, s in enumerate(scales):
        i = b * COLS
        product = sum(v * m for v, m in zip(values[i:i + COLS],
                                            n[i:i + COLS]))
        total = f32(total + f32(bf16(s) * f32(product)))
    return total


def bounds(row, q):
    """A_hi, U_hi, A_8, U_8."""
    scales, hi, lo, e_hi, e_8, n_row = row
    sigma, n, h_bound, c_bound, zeta = q
    out, a = [], f32(f32(16 * sigma) * plane_sum(scales, hi, n))
    for e in e_hi, e_8:
        if out:
            a = f32(a + f32(sigma * plane_sum(scales, lo, n)))
        bracket = mul32(e, h_bound) + mul32(n_row, c_bound)
        bracket = mul32(mul32(bracket, 1.0) + zeta, 1.0)
        out += [a, mul32(a + bracket, 1.0)]
    return out


def say_sketches(say, title, words32):
    title("""sketch COLS F32 ... = digest of the section from 0x20 on, of the
# matrix with these rows; bound COLS F32 ... = H', C', zeta, then A_hi, U_hi,
# A_8, U_8 of each row: the first COLS words are h (sketch.md 1 to 3)""")
    g = compute.lcg(64)
    tiny = 2.0 ** -149
    matrices = (
        [[0.5]],
        [[next(g) for _ in range(5)] for _ in range(33)],
        [[1.0, -0.5, 0.25, 119.0, 3.5], [0.0, -0.0, 0.0, 0.0, 0.0],
         [tiny, -3 * tiny, 2.0 ** -126, 0.0, 7 * tiny],
         [f32(3.4e38), 1.0, -1.0, 0.0, 2.0],
         [f32(3.4e38), f32(-3.4e38), f32(3e38), f32(3e38), 0.0],
         [1.0, math.nan, 0.0, 0.0, 0.0], [1.0, math.inf, 0.0, 0.0, 0.0]],
        [[next(g) for _ in range(70)] for _ in range(2)],
    )
    hiddens = ([0.75], [next(g) for _ in range(5)],
               [1.0, -2.0, 2.0 ** -100, 0.5, 1e-3],
               [next(g) * 2.0 ** -20 for _ in range(70)])
    for matrix, h in zip(matrices, hiddens):
        h = [f32(x) for x in h]
        cols = len(h)
        flat = words32([x for row in matrix for x in row])
        say('sketch', cols, flat, '=', tk.digest(section(matrix)[32:]).hex())
        q = query(h)
        rows = [x for row in matrix[:4] for x in bounds(sketch_row(row), q)]
        flat = words32(h + [x for row in matrix[:4] for x in row])
        say('bound', cols, flat, '=', words32(list(q[2:]) + rows))
