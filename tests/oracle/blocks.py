#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""blocks.py - what ggml's blocks stand for, computed by numpy

Prints random blocks of every type and the values they decode to:

    T number name elements bytes
    B block, hex
    Y values, bits of f32, hex
    F type's name, FNV-1a 64 of the bits of all its values

test_blocks.c makes the same blocks and has the figures of the F lines.  The
decoders work on whole arrays of blocks, unlike those in blocks.c.
"""
import sys

import numpy as np

BLOCKS = 24
LEVELS = np.array([-127, -104, -83, -65, -49, -35, -22, -10,
                   1, 13, 25, 38, 53, 69, 89, 113], np.float32)
F32 = np.float32


def half(b, at):
    return b[:, at:at + 2].copy().view("<f2").astype(F32)


def u32(b, at):
    return b[:, at:at + 4].copy().view("<u4")


def halves(b):
    """Low nibbles of all bytes, then the high ones."""
    return np.concatenate([b & 15, b >> 4], axis=-1)


def planes(b, shifts, mask):
    """[n, m] bytes -> [n, len(shifts) * m]: plane after plane."""
    s = np.array(shifts, np.uint8)[None, :, None]
    return ((b[:, None, :] >> s) & mask).reshape(len(b), -1)


def signed(b):
    return b.view(np.int8).astype(F32)


def fifth(b, at):
    bits = (u32(b, at) >> np.arange(32, dtype=np.uint32)) & 1
    return bits.astype(np.uint8) << 4


def f32(b):
    return b.view("<f4")


def f16(b):
    return half(b, 0)


def bf16(b):
    return (b.view("<u2").astype(np.uint32) << 16).view(F32)


def f64(b):
    return b.view("<f8").astype(F32)


def q4_0(b):
    return (halves(b[:, 2:]).astype(F32) - F32(8)) * half(b, 0)


def q4_1(b):
    return halves(b[:, 4:]).astype(F32) * half(b, 0) + half(b, 2)


def q5_0(b):
    q = halves(b[:, 6:]) | fifth(b, 2)
    return (q.astype(F32) - F32(16)) * half(b, 0)


def q5_1(b):
    q = halves(b[:, 8:]) | fifth(b, 4)
    return q.astype(F32) * half(b, 0) + half(b, 2)


def q8_0(b):
    return signed(b[:, 2:]) * half(b, 0)


def iq4_nl(b):
    return LEVELS[halves(b[:, 2:])] * half(b, 0)


def two_bits(b):
    first = planes(b[:, :32], [0, 2, 4, 6], 3)
    return np.concatenate([first, planes(b[:, 32:], [0, 2, 4, 6], 3)], axis=1)


def q2_k(b):
    scale = np.repeat(b[:, :16] & 15, 16, axis=1).astype(F32)
    low = np.repeat(b[:, :16] >> 4, 16, axis=1).astype(F32)
    q = two_bits(b[:, 16:80]).astype(F32)
    return half(b, 80) * scale * q - half(b, 82) * low


def q3_k(b):
    scale = halves(b[:, 96:104]) | planes(b[:, 104:108], [0, 2, 4, 6], 3) << 4
    scale = np.repeat(scale.astype(F32) - F32(32), 16, axis=1)
    missing = 1 - planes(b[:, :32], range(8), 1)
    q = two_bits(b[:, 32:96]).astype(F32) - 4 * missing.astype(F32)
    return half(b, 108) * scale * q


def k_scales(s):
    scale = np.concatenate([s[:, :4] & 63,
                            s[:, 8:] & 15 | s[:, :4] >> 6 << 4], axis=1)
    low = np.concatenate([s[:, 4:8] & 63,
                          s[:, 8:] >> 4 | s[:, 4:8] >> 6 << 4], axis=1)
    return [np.repeat(x, 32, axis=1).astype(F32) for x in (scale, low)]


def k_nibbles(b):
    return np.concatenate([halves(b[:, i:i + 32]) for i in range(0, 128, 32)],
                          axis=1)


def q4_k(b):
    scale, low = k_scales(b[:, 4:16])
    q = k_nibbles(b[:, 16:]).astype(F32)
    return half(b, 0) * scale * q - half(b, 2) * low


def q5_k(b):
    scale, low = k_scales(b[:, 4:16])
    q = k_nibbles(b[:, 48:]) | planes(b[:, 16:48], range(8), 1) << 4
    return half(b, 0) * scale * q.astype(F32) - half(b, 2) * low


def q6_k(b):
    q = np.concatenate([halves(b[:, :64]), halves(b[:, 64:128])], axis=1)
    q = (q | two_bits(b[:, 128:192]) << 4).astype(F32) - F32(32)
    scale = np.repeat(signed(b[:, 192:208].copy()), 16, axis=1)
    return half(b, 208) * scale * q


def iq4_xs(b):
    low = np.stack([b[:, 4:8] & 15, b[:, 4:8] >> 4], axis=2).reshape(-1, 8)
    high = b[:, 2:4].copy().view("<u2") >> (2 * np.arange(8, dtype=np.uint16))
    scale = low | (high & 3).astype(np.uint8) << 4
    scale = np.repeat(scale.astype(F32) - F32(32), 32, axis=1)
    q = np.concatenate([halves(b[:, i:i + 16]) for i in range(8, 136, 16)],
                       axis=1)
    return half(b, 0) * scale * LEVELS[q]


# In the order of enum elem.
TYPES = [
    ("F32", 1, 4, f32), ("F16", 1, 2, f16), ("BF16", 1, 2, bf16),
    ("F64", 1, 8, f64), ("Q4_0", 32, 18, q4_0), ("Q8_0", 32, 34, q8_0),
    ("Q4_K", 256, 144, q4_k), ("Q6_K", 256, 210, q6_k),
    ("Q4_1", 32, 20, q4_1), ("Q5_0", 32, 22, q5_0), ("Q5_1", 32, 24, q5_1),
    ("Q2_K", 256, 84, q2_k), ("Q3_K", 256, 110, q3_k),
    ("Q5_K", 256, 176, q5_k), ("IQ4_NL", 32, 18, iq4_nl),
    ("IQ4_XS", 256, 136, iq4_xs),
]


def random_bytes(seed, n):
    """splitmix64, the low byte of each draw."""
    out = bytearray()
    mask = (1 << 64) - 1
    for _ in range(n):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        out.append((z ^ z >> 31) & 255)
    return bytes(out)


def make_blocks(seed, name, size):
    b = np.frombuffer(random_bytes(seed, BLOCKS * size), np.uint8)
    b = b.reshape(BLOCKS, size).copy()
    if name == "F64":
        b[:, 7] = b[:, 7] & 0x80 | 0x3f  # |x| below 2
    return b


def fnv(bits):
    h = 0xCBF29CE484222325
    for byte in bits.astype("<u4").tobytes():
        h = (h ^ byte) * 0x100000001B3 & ((1 << 64) - 1)
    return h


def main():
    np.seterr(all="ignore")
    for i, (name, elements, size, decode) in enumerate(TYPES):
        blocks = make_blocks(i, name, size)
        bits = np.ascontiguousarray(decode(blocks)).view(np.uint32)
        assert bits.shape == (BLOCKS, elements)
        print("T", i, name, elements, size)
        for b, y in zip(blocks, bits):
            print("B", b.tobytes().hex())
            print("Y", " ".join("%08x" % v for v in y))
        bits[(bits & 0x7fffffff) > 0x7f800000] = 0x7fc00000
        print("F", name, "%016x" % fnv(bits))


if __name__ == "__main__":
    sys.exit(main())
