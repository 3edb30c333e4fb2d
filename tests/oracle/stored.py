# SPDX-License-Identifier: MIT
"""What a matrix of f32 is once it is stored, with numpy."""
import numpy as np


def bf16(x):
    bits = x.view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7fff + (bits >> 16 & 1)) >> 16 << 16
    kept = bits.astype(np.uint32).view(np.float32)
    return np.where(np.isnan(x), x, kept)


def q8(x):
    out = np.zeros_like(x, np.float64)
    for i in range(0, x.shape[1], 32):
        block = x[:, i:i + 32].astype(np.float64)
        want = np.abs(block).max(1) / 127
        scale = want.astype(np.float16)
        scale = np.where(scale < want, np.nextafter(scale, np.float16(np.inf)),
                         scale).astype(np.float64)
        safe = np.where(scale > 0, scale, 1)[:, None]
        out[:, i:i + 32] = np.rint(block / safe) * scale[:, None]
    return out


STORED = {
    'f32': lambda x: x,
    'f16': lambda x: x.astype(np.float16),
    'bf16': bf16,
    'q8': q8,
}
