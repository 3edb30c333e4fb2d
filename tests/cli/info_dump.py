# SPDX-License-Identifier: MIT
"""info_dump.py - makes the manifests of info_dump.sh right here; with the
argument compare, looks for their numbers in what was dumped.
"""
import math
import random
import struct
import sys

ROWS, COLS = 260, 37
random.seed(4)


def f32(bits):
    return struct.unpack('<f', struct.pack('<I', bits))[0]


def any_f32():
    while True:
        x = f32(random.getrandbits(32))
        if math.isfinite(x):
            return x


def any_bf16():
    while True:
        x = f32(random.getrandbits(16) << 16)
        if math.isfinite(x):
            return x


def any_f16():
    while True:
        x = struct.unpack('<e', struct.pack('<H', random.getrandbits(16)))[0]
        if math.isfinite(x):
            return x


def quoted(token):
    return '"' + ''.join('\\x%02x' % b for b in token) + '"'


MATRICES = [
    ('final-norm-weight', 'f16', 1, COLS, any_f16),
    ('b_u', 'f32', 1, ROWS, any_f32),
    ('w_e', 'bf16', ROWS, COLS, any_bf16),
    ('w_u', 'f32', ROWS, COLS, lambda: random.gauss(0, 1)),
]
TOKENS = [bytes([b]) for b in range(256)] + [b'', bytes(range(256)) * 255]
NUMBERS = {m[0]: [m[4]() for _ in range(m[2] * m[3])] for m in MATRICES}
NUMBERS['b_u'][:3] = [-math.inf, -0.0, f32(1)]
NUMBERS['w_u'][:2] = [f32(0x00800000), -0.0]
NUMBERS = {k: [struct.unpack('<f', struct.pack('<f', x))[0] for x in v]
           for k, v in NUMBERS.items()}


def make():
    with open('values.txt', 'w') as f:
        f.write('tk-manifest 1\n'
                'hparam final_norm rmsnorm\n'
                'hparam final_norm_eps 9.9999999747524271e-07\n'
                'hparam embed_scale 22.6274166\n')
        for t in TOKENS:
            f.write(f'token {quoted(t)} {any_f32()!r}\n')
        for name, dtype, rows, cols, _ in MATRICES:
            f.write(f'matrix {name} {dtype} {rows} {cols}\n')
            for r in range(rows):
                row = NUMBERS[name][r * cols:(r + 1) * cols]
                f.write(' '.join(map(repr, row)) + '\n')
        f.write('end\n')
    with open('words.txt', 'w') as f:
        f.write('tk-manifest 1\nhparam d_model 300\nhparam n_ctx 7\n'
                'token "one"\ntoken "two"\ntoken "one"\nend\n')
    with open('tied.txt', 'w') as f:
        f.write('tk-manifest 1\nhparam tied true\nhparam n_ctx 2\n'
                'token "one"\ntoken "two"\nmatrix mix f32 2 1\n1\n0.5\n'
                'matrix w_e f32 2 3\n1 2 3\n4 5 6\nend\n')
    with open('small.txt', 'w') as f:
        f.write('tk-manifest 1\ntoken "one"\ntoken "two"\n'
                'matrix w_e f32 2 70\n')
        for _ in range(2):
            f.write(' '.join(repr(random.gauss(0, 1)) for _ in range(70)))
            f.write('\n')
        f.write('end\n')
    with open('nan.npy', 'wb') as f:
        head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
        f.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head) + 1))
        f.write(head + b'\n' + struct.pack('<6f', 1, 2, 3, 4, 5, math.nan))
    with open('nan.words', 'w') as f:
        f.write('one\ntwo\n')


def compare():
    with open('values-2.txt', 'rb') as f:
        lines = f.read().decode().splitlines()
    got = [line.split()[1] for line in lines if line.startswith('token ')
           and ' "\\x20"' not in line and '" "' not in line]
    assert len(got) == len(TOKENS) - 1, len(got)
    for name, dtype, rows, cols, _ in MATRICES:
        at = lines.index(f'matrix {name} {dtype} {rows} {cols}') + 1
        text = ' '.join(lines[at:at + rows]).split()
        values = struct.pack('<%df' % len(text), *map(float, text))
        want = struct.pack('<%df' % (rows * cols), *NUMBERS[name])
        assert values == want, name
        assert len(lines[at:at + rows]) == rows
        assert all(len(x) <= 16 for x in text), name


if sys.argv[1:] == ['compare']:
    compare()
else:
    make()
