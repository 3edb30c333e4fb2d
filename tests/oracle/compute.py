# SPDX-License-Identifier: MIT
"""compute.py - spec/compute.md in plain Python.

Floats of Python are binary64 and every operator rounds once, to nearest even.
A binary32 operation is the binary64 one, rounded: for + and * that is the
same as rounding once.
"""
import math
import struct

LOG2E = float.fromhex('0x1.71547652b82fep0')
LN2_HI = float.fromhex('0x1.62e42fee00000p-1')
LN2_LO = float.fromhex('0x1.a39ef35793c76p-33')
INVERSE_FACTORIAL = [1 / math.factorial(n) for n in range(14)]
LANES, PANEL, BLOCK = 32, 512, 1024


def f32(x):
    """To binary32, to nearest even."""
    try:
        return struct.unpack('<f', struct.pack('<f', x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


def lcg(seed):
    """The test pattern: numbers in [-1, 1)."""
    x = seed
    while True:
        x = (x * 1664525 + 1013904223) % 2 ** 32
        yield ((x >> 8) - 2 ** 23) / 2 ** 23


def dot(w, h):
    """1: the canonical dot product."""
    size = -(-len(w) // LANES) * LANES
    w = list(w) + [0.0] * (size - len(w))
    h = list(h) + [0.0] * (size - len(h))
    t = [0.0] * LANES
    for p in range(0, size, PANEL):
        a = [0.0] * LANES
        for i in range(p, min(p + PANEL, size), LANES):
            for j in range(LANES):
                a[j] = f32(a[j] + f32(w[i + j] * h[i + j]))
        t = [f32(t[j] + a[j]) for j in range(LANES)] if p else a
    s = LANES // 2
    while s:
        for j in range(s):
            t[j] = f32(t[j] + t[j + s])
        s //= 2
    return t[0]


def norm(kind, x, eps, weight, bias, offset=0.0):
    """3.2: layernorm or rmsnorm; weight and bias may be None."""
    d = len(x)
    if kind == 'none':
        return x
    mean = 0.0
    if kind == 'layernorm':
        for v in x:
            mean += v
        mean /= d
    q = 0.0
    for v in x:
        q += (v - mean) * (v - mean)
    r = 1 / math.sqrt(q / d + eps)
    out = [f32((v - mean) * r) for v in x]
    if weight is not None:
        g = [f32(w + offset) if offset else w for w in weight]
        out = [f32(y * w) for y, w in zip(out, g)]
    if bias is not None:
        out = [f32(y + b) for y, b in zip(out, bias)]
    return out


def mix(rows, xs):
    """3.3: rows[j] weighs xs[j], the embedding at distance j from the end."""
    a = [0.0] * len(xs[0])
    for c, x in zip(rows, xs):
        if len(c) == 1:
            c = c * len(x)
        a = [f32(s + f32(w * v)) for s, w, v in zip(a, c, x)]
    return a


def exp(x):
    """4.1, for x <= 0."""
    if not x > -708:
        return 0.0
    k = round(x * LOG2E)
    r = (x - k * LN2_HI) - k * LN2_LO
    p = INVERSE_FACTORIAL[13]
    for c in reversed(INVERSE_FACTORIAL[:13]):
        p = p * r + c
    return math.ldexp(p, k)


def tanh(x):
    """4.2."""
    a = abs(x)
    if a < 2.0 ** -7:
        y = a * a
        t = a * (1 - y * (1 / 3 - y * (2 / 15 - 17 * y / 315)))
    else:
        e = exp(-2 * a)
        t = (1 - e) / (1 + e)
    return math.copysign(t, x)


def logit(key, scale=1.0, cap=0.0):
    """3.5: what is reported for a key."""
    if key == -math.inf:
        return key
    z = f32(key * scale)
    return f32(cap * tanh(z / cap)) if cap else z


def blocks(logits, temperature):
    """4.3: (max, sum) of each block of 1024 rows."""
    out = []
    for b in range(0, len(logits), BLOCK):
        u = [z / temperature for z in logits[b:b + BLOCK]]
        m, lane = max(u), [0.0] * 8
        if m > -math.inf:
            for i, v in enumerate(u):
                lane[i % 8] += exp(v - m)
        for s in 4, 2, 1:
            for j in range(s):
                lane[j] += lane[j + s]
        out.append((m, lane[0]))
    return out


def merge(parts):
    """4.4: M and S of blocks in rising order."""
    m, total = max(p[0] for p in parts), 0.0
    for block_max, block_sum in parts:
        if block_max > -math.inf:
            total += block_sum * exp(block_max - m)
    return m, total
