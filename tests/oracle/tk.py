# SPDX-License-Identifier: MIT
"""tk.py - the .tk format and its arithmetic once more, from spec/ alone.

Slow and plain.  Shares no code with libformat, so that what both agree on is
what the specification says.  Needs the Python package xxhash.
"""
import struct

import xxhash

from compute import f32

CHUNK = 65536
SEED = 1 << 63
F32, F16, BF16, Q8 = 1, 2, 3, 4
KINDS = {
    'hparams': (0x0001, 1), 'note': (0x0002, 4), 'vocab': (0x0010, 1),
    'vocab-index': (0x0011, 2), 'tokenizer': (0x0018, 0),
    'embed-norm-weight': (0x0020, 1), 'embed-norm-bias': (0x0021, 1),
    'mix': (0x0022, 1), 'final-norm-weight': (0x0023, 1),
    'final-norm-bias': (0x0024, 1), 'b_u': (0x0025, 1),
    'w_e': (0x0030, 1), 'w_u': (0x0031, 1), 'digests': (0xffffffff, 1),
}


def up(x, a):
    return -(-x // a) * a


def pad(data, a):
    return data + bytes(up(len(data), a) - len(data))


# ---- digests: spec/format.md 2


def x128(data, seed):
    return xxhash.xxh3_128_digest(data, seed=seed)


def leaf(data, index):
    return x128(data, index)


def leaves(data):
    return b''.join(leaf(data[i:i + CHUNK], i // CHUNK)
                    for i in range(0, len(data), CHUNK))


def digest(data):
    return x128(leaves(data), SEED + 1)


# ---- key/values: spec/format.md 3


def key_values(entries):
    """entries: (key, type, MUST, value bytes)."""
    out = struct.pack('<II', len(entries), 0)
    for key, kind, must, value in sorted(entries):
        out += struct.pack('<HBBI', len(key), kind, must, len(value))
        out += pad(key.encode(), 8) + pad(value, 8)
    return out


# ---- vocabulary: spec/format.md 4


def vocab(tokens, kinds=None, scores=None):
    ends = [0]
    for t in tokens:
        ends.append(ends[-1] + len(t))
    n = len(tokens)
    flags = (kinds is not None) + 2 * (scores is not None)
    out = pad(struct.pack('<5I', n, ends[-1], max(map(len, tokens)),
                          len(set(tokens)), flags), 64)
    out += pad(struct.pack('<%dI' % (n + 1), *ends), 64)
    out += pad(b''.join(tokens), 64)
    if kinds is not None:
        out += pad(bytes(kinds), 64)
    if scores is not None:
        out += pad(struct.pack('<%df' % n, *scores), 64)
    return out


def fill_slots(keys, slots, seed, bits):
    """The slots and the longest probe of one attempt."""
    table = [0] * slots
    longest = 0
    for rank, key in keys:
        h = xxhash.xxh3_64_intdigest(key, seed=seed)
        at, probe = h % slots, 0
        while table[at]:
            at, probe = (at + 1) % slots, probe + 1
        table[at] = (h >> 32) >> bits << bits | (rank + 1)
        longest = max(longest, probe)
    return table, longest


def vocab_index(tokens, source):
    first = {}
    for i, t in enumerate(tokens):
        first.setdefault(t, i)
    keys = sorted((i, t) for t, i in first.items())
    slots = 16
    while slots < 2 * len(keys):
        slots *= 2
    while True:
        for seed in range(16):
            table, longest = fill_slots(keys, slots, seed,
                                        len(tokens).bit_length())
            if longest <= 255:
                head = struct.pack('<16s16xIIQI12x', source, slots, longest,
                                   seed, len(tokens).bit_length())
                return head + struct.pack('<%dI' % slots, *table)
        slots *= 2


# ---- elements: spec/format.md 5


def bits32(x):
    return struct.unpack('<I', struct.pack('<f', x))[0]


def from32(bits):
    return struct.unpack('<f', struct.pack('<I', bits))[0]


def bits64(x):
    return struct.unpack('<Q', struct.pack('<d', x))[0]


def from64(bits):
    return struct.unpack('<d', struct.pack('<Q', bits))[0]


def widen16(bits):
    """The bits of a binary16 as those of a binary32."""
    sign, exponent, mantissa = bits >> 15, bits >> 10 & 31, bits & 1023
    if exponent == 31:
        quiet = 0x400000 if mantissa else 0
        return sign << 31 | 0x7f800000 | quiet | mantissa << 13
    if exponent == 0:
        value = mantissa * 2.0 ** -24
    else:
        value = (1024 + mantissa) * 2.0 ** (exponent - 25)
    return sign << 31 | bits32(value)


def narrow16(x):
    return struct.unpack('<H', struct.pack('<e', x))[0]


def narrow_b16(x):
    bits = bits32(x)
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16


def stride(dtype, cols):
    if not cols:
        return 0
    if dtype == Q8:
        return up(cols, 64) + up(2 * -(-cols // 32), 64)
    return up((4 if dtype == F32 else 2) * cols, 64)


def q8_scale(m):
    """Bits of the smallest binary16 >= m / 127, compared exactly."""
    s = 0
    while from32(widen16(s)) * 127 < m:
        s += 1
    return s


def row(dtype, xs):
    """One row as it lies in a file."""
    if dtype == F32:
        return pad(struct.pack('<%df' % len(xs), *xs), 64)
    if dtype in (F16, BF16):
        narrow = narrow16 if dtype == F16 else narrow_b16
        return pad(struct.pack('<%dH' % len(xs), *map(narrow, xs)), 64)
    qs, scales = b'', b''
    for i in range(0, len(xs), 32):
        block = xs[i:i + 32]
        bits = q8_scale(max(map(abs, block)))
        s = from32(widen16(bits))
        qs += bytes(round(x / s) & 255 if s else 0 for x in block)
        scales += struct.pack('<H', bits)
    return pad(qs, 64) + pad(scales, 64)


def widen(dtype, data, cols):
    """A row of a file as binary32 values."""
    if dtype == F32:
        return list(struct.unpack_from('<%df' % cols, data))
    if dtype == Q8:
        s = [from32(widen16(b)) for b in struct.unpack_from(
            '<%dH' % -(-cols // 32), data, up(cols, 64))]
        return [f32(q * s[i // 32]) for i, q in
                enumerate(struct.unpack_from('<%db' % cols, data))]
    halves = struct.unpack_from('<%dH' % cols, data)
    return [from32(widen16(b) if dtype == F16 else b << 16) for b in halves]


# ---- container: spec/format.md 1


def alignment(stored_size):
    if stored_size < 65536:
        return 64
    return 65536 if stored_size < 64 << 20 else 2 << 20


def sign(image):
    """Root digest and header checksum, after a change of the head."""
    count, entry = struct.unpack_from('<II', image, 0x10)
    size, = struct.unpack_from('<I', image, 0x0c)
    image = bytearray(image)
    image[0x30:0x50] = bytes(32)
    image[0x78:0x80] = bytes(8)
    image[0x30:0x40] = x128(bytes(image[:size + count * entry]), SEED + 2)
    check = xxhash.xxh3_64_intdigest(bytes(image[:0x78]))
    image[0x78:0x80] = struct.pack('<Q', check)
    return bytes(image)


def container(sections):
    """sections: (name, dtype, cols, data), sorted by kind, no digests."""
    tree = b''.join(leaves(data) for _, _, _, data in sections)
    table, body, first = b'', b'', 0
    end = 128 + 192 * (len(sections) + 1)
    start = end
    for name, dtype, cols, data in sections + [('digests', 0, 0, tree)]:
        kind, flags = KINDS[name]
        at = up(end, alignment(len(data)))
        body += bytes(at - end) + data
        end = at + len(data)
        step = stride(dtype, cols) if dtype else 0
        last = name == 'digests'
        table += struct.pack(
            '<IIHHI32s7QQ16s16x32x16x', kind, flags, 0, dtype, 0,
            name.encode(), at, len(data), len(data),
            len(data) // step if step else 0, cols, step,
            0 if last else first, 0, bytes(16) if last else digest(data))
        first += -(-len(data) // CHUNK)
    head = struct.pack('<8sHHIIIQQI', b'\x89TKF\r\n\x1a\n', 0, 1, 128,
                       len(sections) + 1, 192, 0, end, 1)
    assert len(table) + 128 == start
    return sign(pad(head, 128) + table + body)


def content_digest(image):
    count, = struct.unpack_from('<I', image, 0x10)
    kept = b''
    for i in range(count):
        e = bytearray(image[128 + 192 * i:320 + 192 * i])
        kind, flags = struct.unpack_from('<II', e)
        if kind == 0xffffffff or flags & 6:
            continue
        for at, size in ((4, 4), (8, 2), (0x30, 16), (0x60, 8), (0x90, 32)):
            e[at:at + size] = bytes(size)
        kept += e
    return x128(kept, SEED + 3)
