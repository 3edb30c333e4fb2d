#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""annotate.py FILE.tk - prints a small file field by field, as Markdown code.
The end of format.md is `spec/annotate.py samples/tiny.tk`.  It believes what
the file says, and shows eight bytes of a field and 16 elements of an array.
"""
import struct
import sys

KV_TYPES = ['', 'bool', 'u64', 'f64', 'text', 'bytes', 'u64s', 'f64s']
FLAGS = ['REQUIRED', 'DERIVED', 'NOTE']
DTYPES = ['bytes', 'f32', 'f16', 'bf16', 'q8']
TOKEN_KINDS = ['normal', 'unknown', 'control', 'user', 'unused', 'byte']
CAP = 16


def up(x, a):
    return -(-x // a) * a


def quoted(data):
    return '"%s"' % ''.join(
        chr(b) if 0x20 <= b < 0x7f and b not in b'"\\' else '\\x%02x' % b
        for b in data)


class Dump:
    def __init__(self, data):
        self.data, self.at = data, 0

    def line(self, size, name, value=''):
        """One line for the next 'size' bytes, which it steps over."""
        shown = self.data[self.at:self.at + min(size, 8)].hex(' ')
        if size > 8:
            shown += ' ..'
        print(('0x%04x  %-26s  %-15s %s' % (self.at, shown, name, value))
              .rstrip())
        self.at += size

    def number(self, code, name, show=str):
        value, = struct.unpack_from('<' + code, self.data, self.at)
        self.line(struct.calcsize(code), name, show(value))
        return value

    def digest(self, name):
        self.line(16, name, self.data[self.at:self.at + 16].hex())

    def zeros(self, end, name):
        size = end - self.at
        if size:
            odd = ', NOT ZERO' if any(self.data[self.at:end]) else ''
            self.line(size, name, '%d bytes%s' % (size, odd))

    def array(self, n, size, name, show):
        """n elements of 'size' bytes; show(i, bytes)."""
        for i in range(min(n, CAP)):
            self.line(size, '%s[%d]' % (name, i),
                      show(i, self.data[self.at:self.at + size]))
        if n > CAP:
            self.line((n - CAP) * size, '%s[%d ...]' % (name, CAP),
                      '%d more' % (n - CAP))


def header(d):
    d.line(8, 'magic', quoted(d.data[:8]))
    for code, name in (('H', 'version_major'), ('H', 'version_minor'),
                       ('I', 'header_size'), ('I', 'section_count'),
                       ('I', 'entry_size'), ('Q', 'features'),
                       ('Q', 'file_size'), ('I', 'digest_scheme')):
        d.number(code, name)
    d.zeros(0x30, 'reserved')
    d.digest('root_digest')
    d.zeros(0x78, 'reserved')
    d.number('Q', 'header_checksum', '0x{:016x}'.format)
    return struct.unpack_from('<I', d.data, 0x10)[0]


def entry(d):
    end = d.at + 192
    kind = d.number('I', 'kind', '0x{:04x}'.format)
    d.number('I', 'flags', lambda f: ' '.join(
        n for i, n in enumerate(FLAGS) if f >> i & 1) or '-')
    d.number('H', 'codec')
    dtype = d.number('H', 'dtype', DTYPES.__getitem__)
    d.zeros(d.at + 4, 'reserved')
    name = d.data[d.at:d.at + 32].rstrip(b'\0').decode()
    d.line(32, 'name', name)
    values = [d.number('Q', f) for f in (
        'offset', 'stored_size', 'size', 'rows', 'cols', 'row_stride',
        'first_leaf')]
    d.zeros(d.at + 8, 'reserved')
    d.digest('digest')
    d.zeros(end, 'reserved')
    return (kind, name, dtype, *values)


def key_values(d):
    count = d.number('I', 'count')
    d.zeros(d.at + 4, 'reserved')
    for _ in range(count):
        key_len, kind, flags, size = struct.unpack_from('<HBBI', d.data, d.at)
        d.line(8, 'entry', 'key %d bytes, %s%s, value %d bytes' % (
            key_len, KV_TYPES[kind], ', MUST' * flags, size))
        d.line(up(key_len, 8), 'key', d.data[d.at:d.at + key_len].decode())
        value = d.data[d.at:d.at + size]
        if kind in (4, 5):
            shown = quoted(value)
        else:
            code = {1: '%d?' % size, 3: 'd', 7: '%dd' % (size // 8)}.get(
                kind, '%dQ' % (size // 8))
            shown = ', '.join(map(str, struct.unpack('<' + code, value)))
        d.line(up(size, 8), 'value', shown)


def vocab(d):
    n, blob_size, _, _, flags = [d.number('I', f) for f in (
        'n_tokens', 'blob_size', 'longest', 'n_distinct', 'flags')]
    d.zeros(d.at + 44, 'reserved')
    offsets = struct.unpack_from('<%dI' % (n + 1), d.data, d.at)
    d.array(n + 1, 4, 'offset', lambda i, b: offsets[i])
    d.zeros(up(d.at, 64), 'padding')
    end = d.at + blob_size
    for i, (a, b) in enumerate(zip(offsets, offsets[1:CAP + 1])):
        d.line(b - a, 'token %d' % i, quoted(d.data[d.at:d.at + b - a]))
    if n > CAP:
        d.line(end - d.at, 'token %d ...' % CAP, '%d more' % (n - CAP))
    d.zeros(up(d.at, 64), 'padding')
    if flags & 1:
        d.array(n, 1, 'kind', lambda i, b: TOKEN_KINDS[b[0]])
        d.zeros(up(d.at, 64), 'padding')
    if flags & 2:
        d.array(n, 4, 'score', lambda i, b: '%g' % struct.unpack('<f', b))
        d.zeros(up(d.at, 64), 'padding')


def index(d):
    d.digest('source')
    d.zeros(d.at + 16, 'source')
    slots = d.number('I', 'slots')
    d.number('I', 'max_probe')
    d.number('Q', 'seed')
    low = 2 ** d.number('I', 'id_bits') - 1
    d.zeros(d.at + 12, 'reserved')
    slot = struct.unpack_from('<%dI' % slots, d.data, d.at)
    d.array(slots, 4, 'slot', lambda i, b: 'tag 0x%08x, id %d' % (
        slot[i] & ~low, (slot[i] & low) - 1) if slot[i] else 'empty')


def matrix(d, dtype, rows, cols, stride):
    def show(i, row):
        n = min(cols, 4)
        code, times = ' feHb'[dtype], 1.0
        if dtype == 4:
            times, = struct.unpack_from('<e', row, up(cols, 64))
        values = struct.unpack_from('<%d%s' % (n, code), row)
        if dtype == 3:
            values = [struct.unpack('<f', struct.pack('<I', v << 16))[0]
                      for v in values]
        values = [v * times for v in values]
        return ' '.join('%g' % v for v in values) + ' ..' * (cols > 4)
    d.array(rows, stride, 'row', show)


READERS = {1: key_values, 2: key_values, 0x10: vocab, 0x11: index,
           0x18: key_values}


def section(d, kind, dtype, size, rows, cols, stride):
    end = d.at + size
    if dtype:
        matrix(d, dtype, rows, cols, stride)
    elif kind in READERS:
        READERS[kind](d)
    elif kind == 0xffffffff:
        d.array(size // 16, 16, 'leaf', lambda i, b: b.hex())
    if d.at < end:
        d.line(end - d.at, 'bytes', '%d' % (end - d.at))


def main(path):
    with open(path, 'rb') as f:
        d = Dump(f.read())
    assert d.data[:8] == b'\x89TKF\r\n\x1a\n', 'not a .tk file'
    print('```\n; header')
    table = []
    for i in range(header(d)):
        print('; section table, entry %d' % i)
        table.append(entry(d))
    for kind, name, dtype, offset, _, size, rows, cols, stride, _ in table:
        d.zeros(offset, 'padding')
        print('; ' + name)
        section(d, kind, dtype, size, rows, cols, stride)
    print('```')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: annotate.py FILE.tk')
    main(sys.argv[1])
