# SPDX-License-Identifier: MIT
"""hostile_tensors.py - .safetensors and GGUF files that must be refused, each
a few bytes away from a good one."""
import json
import os

import sources as src
from sources import U32, U64

HUGE = 1 << 63
ONE = '"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'


def entry(name, dtype='U8', shape='[1]', offsets='[0,1]'):
    return '"%s":{"dtype":"%s","shape":%s,"data_offsets":%s}' % (
        name, dtype, shape, offsets)


def single(tensors=None):
    """One .safetensors file, and the words beside it."""
    return {'s': src.safetensors(tensors or src.TENSORS),
            'tokenizer.json': src.tokenizer()}


# ---- safetensors


def headers(c):
    group = 'safetensors: header length'
    good = src.header('{%s}' % ONE, b'x')
    for n in (0, 1, len(good), 100000001, HUGE, (1 << 64) - 8):
        c.bad(group, n, {'s': U64(n) + good[8:]}, 'a header of %d bytes' % n,
              ['s', '--from', 'safetensors'])
    c.bad(group, 7, {'s': U64(7) + good[8:]}, 'ends in the middle',
          ['s', '--from', 'safetensors'])
    c.good(group, 'as it is', single())
    group = 'safetensors: around the header'
    for text in (' {}', '\ufeff{}', '[]'):
        c.bad(group, repr(text), {'s': src.header(text)}, "'{' expected",
              ['s', '--from', 'safetensors'])
    for text in ('{}\t', '{}\0', '{} x'):
        c.bad(group, repr(text), {'s': src.header(text)},
              'padding with spaces expected', ['s', '--from', 'safetensors'])
    c.good(group, 'spaces', single())
    group = 'safetensors: a name twice'
    for first, second in (('a', 'a'), ('a', '\\u0061')):
        text = '{%s,%s}' % (entry(first), entry(second, 'I8', '[1]', '[1,2]'))
        c.bad(group, second, {'s': src.header(text, b'xy')},
              'two tensors named "a"', ['s', '--from', 'safetensors'])


def entries(c):
    group = 'safetensors: fields'
    for text, piece in (
            (ONE.replace('"shape":[1]', '"dtype":"U8"'), 'has already'),
            (ONE.replace('"shape":[1],', ''), 'is not an object of'),
            (ONE.replace('"shape":[1]', '"shape":[1],"x":1'), 'of dtype'),
            ('"__metadata__":{},"__metadata__":{},' + ONE, 'there twice')):
        c.bad(group, text, {'s': src.header('{%s}' % text, b'x')}, piece,
              ['s', '--from', 'safetensors'])
    group = 'safetensors: data_offsets'
    for offsets in ('[-1,1]', '[0,1.0]', '[0,1e0]', '[0,"1"]', '[0]',
                    '[0,1,2]', '[1,0]', '[0,18446744073709551616]', 'null'):
        c.bad(group, offsets, {'s': src.header(
            '{%s}' % entry('a', offsets=offsets), b'x')}, 'two rising',
            ['s', '--from', 'safetensors'])
    c.bad(group, '2^53+1', {'s': src.header(
        '{%s}' % entry('a', offsets='[0,9007199254740993]'), b'x')},
        'ends at byte 9007199254741', ['s', '--from', 'safetensors'])
    group = 'safetensors: ranges'
    for a, b, data in (('[1,2]', '[2,3]', 3), ('[0,1]', '[2,3]', 3),
                       ('[0,1]', '[0,1]', 2)):
        c.bad(group, a + b, {'s': src.header('{%s,%s}' % (
            entry('a', offsets=a), entry('b', offsets=b)), bytes(data))},
            'begins at byte', ['s', '--from', 'safetensors'])
    c.bad(group, 'past the end', {'s': src.header(
        '{%s}' % entry('a', shape='[2]', offsets='[0,2]'), b'x')}, 'is cut',
        ['s', '--from', 'safetensors'])
    group = 'safetensors: empty tensors'
    empty = {**src.TENSORS, 'z': ('F32', [0, 4], b'')}
    c.good(group, 'unused', single(empty))
    c.bad(group, 'W_E', single({'wte.weight': ('F32', [0, 2], b'')}),
          'is empty')
    group = 'safetensors: shapes'
    for shape, piece in (('[4294967296,4294967296]', 'too large'),
                         ('[18446744073709551616]', 'whole numbers'),
                         ('[-1]', 'whole numbers'),
                         ('[1.5]', 'whole numbers'),
                         ('[true]', 'whole numbers'),
                         ('[65536,65536]', 'do not have 1 bytes'),
                         ('[2]', 'do not have 1 bytes'),
                         ('[%s]' % ','.join(['2'] * 100000), 'too large')):
        c.bad(group, shape[:40], {'s': src.header(
            '{%s}' % entry('a', shape=shape), b'x')}, piece,
            ['s', '--from', 'safetensors'])


def types_and_names(c):
    group = 'safetensors: types'
    for dtype, n in (('F8_E4M3', 12), ('f32', 48), ('F4', 6), ('X', 48)):
        bad = {**src.TENSORS, 'wte.weight': (dtype, [6, 2], bytes(n))}
        c.bad(group, dtype, src.directory(
            model__safetensors=src.safetensors(bad)), 'is of type')
        other = {**src.TENSORS, 'x': (dtype, [6, 2], bytes(n))}
        c.good(group, dtype + ' not needed', src.directory(
            model__safetensors=src.safetensors(other)))
    group = 'safetensors: an odd start of the data'
    for n in range(1, 8):
        text = src.safetensors(src.TENSORS, pad=False, metadata={'x': 'y' * n})
        c.good(group, n, src.directory(model__safetensors=text))
    group = 'safetensors: metadata'
    for meta, piece in (({'a': 1}, 'only texts'), ([1], 'is no object'),
                        ({'a': []}, 'only texts'), ('x', 'is no object')):
        c.bad(group, meta, src.directory(model__safetensors=src.safetensors(
            src.TENSORS, metadata=meta)), piece)
    c.good(group, 'a text of 8 MB', src.directory(
        model__safetensors=src.safetensors(src.TENSORS, metadata={
            'x': 'y' * 8000000})))
    c.good(group, 'many keys', src.directory(
        model__safetensors=src.safetensors(src.TENSORS, metadata={
            '%x' % i: '' for i in range(300000)})))
    group = 'safetensors: many tensors'
    text = ','.join(entry('%x' % i, shape='[0]', offsets='[0,0]')
                    for i in range(50000))
    c.bad(group, 50000, {'s': src.header('{%s}' % text)}, 'no tensor has',
          ['s', '--from', 'safetensors'])
    group = 'safetensors: depth'
    for text in ('{"a":' + '[' * 100000, '{"a":' * 100000):
        c.bad(group, text[:8], {'s': src.header(text)}, 'deep',
              ['s', '--from', 'safetensors'])
    group = 'safetensors: names'
    for name, piece in (('\\ud800', 'not JSON'), ('\udcff', 'not UTF-8')):
        text = '{%s}' % entry(name)
        c.bad(group, repr(name), {'s': src.header(
            text.encode('utf-8', 'surrogateescape'), b'x')}, piece,
            ['s', '--from', 'safetensors'])
    for name in ('', '\0', '\x1b[2J', '../x', 'y' * 1000000):
        c.bad(group, repr(name)[:9], {'s': src.safetensors({name: (
            'F32', [6, 2], src.W_E)})}, 'no tensor has a name known',
            ['s', '--from', 'safetensors'])
    c.good(group, 'of tensors not needed', src.directory(
        model__safetensors=src.safetensors({**src.TENSORS, **{n: (
            'U8', [1], b'x') for n in ('', '\0', '\x1b[2J', '../x')}})))


# ---- shards

INDEX = {'wte.weight': 'a.safetensors', 'ln_f.weight': 'a.safetensors',
         'ln_f.bias': 'b.safetensors'}
A = src.safetensors({k: src.TENSORS[k] for k in ('wte.weight', 'ln_f.weight')})
B = src.safetensors({'ln_f.bias': src.TENSORS['ln_f.bias']})


def shards(weight_map=None, **files):
    index = json.dumps({'weight_map': weight_map or INDEX}).encode()
    return src.directory(model__safetensors=None, **{
        'model__safetensors.index.json': index, 'a__safetensors': A,
        'b__safetensors': B, **files})


def sharded(c):
    group = 'shards: names'
    for name in ('../a', '/abs', 'a/../b', '', '.', '..', 'a\0b', 'y' * 5000,
                 7, None):
        c.bad(group, repr(name)[:20], shards({**INDEX, 'ln_f.bias': name}),
              'model.safetensors.index.json')
    group = 'shards: what the name is'
    for what, make in (('a FIFO', os.mkfifo), ('a directory', os.mkdir),
                       ('a link to nowhere',
                        lambda p: os.symlink('nowhere', p))):
        c.bad(group, what, shards(b__safetensors=make), 'b.safetensors')
    c.bad(group, 'the index', shards({
        **INDEX, 'ln_f.bias': 'model.safetensors.index.json'}),
        'model.safetensors.index.json')
    group = 'shards: a cache of links'
    blobs = {'blob/' + str(i): v for i, v in enumerate((A, B))}
    files = shards(a__safetensors=lambda p: os.symlink('../blob/0', p),
                   b__safetensors=lambda p: os.symlink('../blob/1', p))
    c.good(group, 'links', {**files, **blobs})
    group = 'shards: missing'
    c.bad(group, 'b', shards(b__safetensors=None), 'b.safetensors: No such')
    c.good(group, 'all there', shards())
    group = 'shards: index and files differ'
    c.bad(group, 'not in the shard', shards({
        **INDEX, 'ln_f.bias': 'a.safetensors'}), 'ln_f.bias')
    c.bad(group, 'not in the index', shards({k: v for k, v in INDEX.items()
                                             if k != 'wte.weight'}),
          'no tensor has a name known')
    twice = src.safetensors({k: src.TENSORS[k]
                             for k in ('ln_f.bias', 'ln_f.weight')})
    c.bad(group, 'in two shards', shards(b__safetensors=twice),
          'which belongs in a.safetensors')
    c.bad(group, 'in no shard', shards({**INDEX, 'x': 'a.safetensors'}), '"x"')
    group = 'shards: cut'
    for n in (1, 7, 8, 9):
        c.bad(group, n, shards(a__safetensors=A[:-n]), 'is cut')
    group = 'shards: many'
    many = {**INDEX, **{'x%d' % i: 'x%d' % i for i in range(20000)}}
    c.good(group, 'not needed', shards(many))
    group = 'safetensors: a large tensor'

    def sparse(path):
        size = 6 * (3 << 22) * 2
        text = '{%s}' % entry('wte.weight', 'F16', '[6,%d]' % (3 << 22),
                              '[0,%d]' % size)
        with open(path, 'wb') as f:
            f.write(src.header(text))
            f.truncate(8 + len(text) + size)
    c.bad(group, 'too wide', {'s': sparse, 'tokenizer.json': src.tokenizer()},
          'above 131072', ['s', '--from', 'safetensors'])


# ---- GGUF


def plain(**more):
    return {'g': src.gguf(src.KEYS, src.INFOS, **more)}


def with_key(key, kind, content):
    return {'g': src.gguf(src.changed(key, kind, content), src.INFOS)}


def gguf_start(c):
    group = 'gguf: version'
    for v, piece in ((0, 'version 0'), (1, 'version 1'), (4, 'version 4'),
                     (3 << 24, 'big-endian')):
        c.bad(group, v, plain(version=v), piece)
    for v in (2, 3):
        c.good(group, v, plain(version=v))
    group = 'gguf: counts'
    for n in ((1 << 64) - 1, HUGE, 500000000, 1 << 58):
        c.bad(group, 'tensors %d' % n, {'g': b'GGUF' + U32(3) + U64(n) +
                                        U64(0)}, 'tensors')
        c.bad(group, 'keys %d' % n, {'g': b'GGUF' + U32(3) + U64(0) + U64(n) +
                                     bytes(20)}, 'key')
    group = 'gguf: lengths of texts'
    for n in ((1 << 64) - 1, HUGE, 1 << 40):
        c.bad(group, 'key %d' % n, {'g': b'GGUF' + U32(3) + U64(0) + U64(1) +
                                    U64(n) + b'abcdefghijklmnop'}, 'key')
        c.bad(group, 'value %d' % n, with_key(
            'x', 'raw', U32(8) + U64(n) + b'ab'), 'x')
    group = 'gguf: names'
    c.bad(group, 'an empty key', with_key('', 'u32', 1), 'has 0 bytes')
    c.bad(group, 'a key twice', {'g': src.gguf(src.KEYS + src.KEYS[:1],
                                               src.INFOS)}, 'twice')
    c.bad(group, 'a key of 64 KiB', with_key('k' * 65536, 'u32', 1), 'key')
    c.bad(group, 'a long tensor name', {'g': src.gguf(src.KEYS, src.INFOS + [
        ('x' * 64, [1], 0, bytes(4))])}, '64 bytes')
    c.good(group, 'a tensor name of 63', {'g': src.gguf(src.KEYS, src.INFOS + [
        ('x' * 63, [1], 0, bytes(4))])})
    c.bad(group, 'a tensor twice', {'g': src.gguf(src.KEYS, src.INFOS +
                                                  src.INFOS[:1])},
          'there are two tensors')


def gguf_values(c):
    group = 'gguf: types of values'
    for n in (13, 255, (1 << 32) - 1):
        c.bad(group, n, with_key('x', 'raw', U32(n) + bytes(8)), 'type')
    nested = U32(9) + U32(9) + U64(1) + U32(0) + U64(1) + b'x'
    c.bad(group, 'an array of arrays', with_key('x', 'raw', nested), 'array')
    c.bad(group, 'an array of type 13', with_key(
        'x', 'raw', U32(9) + U32(13) + U64(1) + bytes(8)), 'type')
    c.bad(group, 'bool 2', with_key('x', 'bool', 2), 'bool')
    group = 'gguf: long arrays'
    for kind in (0, 5, 8, 12):
        c.bad(group, kind, with_key('x', 'raw', U32(9) + U32(kind) +
                                    U64(HUGE)), 'x')
    group = 'gguf: arrays of the vocabulary'
    name = 'tokenizer.ggml.'
    for key, kind, content, piece in (
            ('tokens', 'u32s', [1], 'not an array of strings'),
            ('tokens', 'string', 'a', 'not an array of strings'),
            ('tokens', 'strings', [], 'legal are 1 to'),
            ('tokens', 'strings', ['a'] * 7, 'has 5 elements for 7'),
            ('scores', 'i8s', [0] * 5, 'not an array of f32'),
            ('scores', 'f32s', [0] * 4, 'has 4 elements for 5'),
            ('token_type', 'u8s', [1] * 5, 'not an array of i32'),
            ('token_type', 'i32s', [1] * 6, 'has 6 elements for 5'),
            ('token_type', 'i32s', [1, 1, 7, 1, 1], 'of token 2 is 7'),
            ('eos_token_id', 'u32', 5, 'there are 5 tokens'),
            ('eos_token_id', 'i32', -1, 'below 0'),
            ('add_bos_token', 'bool', 1, 'names no bos')):
        c.bad(group, (key, content), with_key(name + key, kind, content),
              piece)
    c.good(group, 'none', with_key(name + 'eos_token_id', 'u32', 0xffffffff))
    for word in ('<0x-1>', '<0xZZ>', '<0x100>', '<0x0A', '<0x 1>'):
        c.good(group, word, with_key(name + 'tokens', 'strings', [
            '<unk>', word, 'b', 'c', 'd']))
    group = 'gguf: alignment'
    for kind, n in (('u32', 0), ('u32', 3), ('u32', 13), ('u32', 1 << 31),
                    ('i32', 32), ('string', '32')):
        c.bad(group, n, with_key('general.alignment', kind, n), 'alignment')
    keys = src.changed('general.alignment', 'u32', 64)
    c.good(group, 64, {'g': src.gguf(keys, src.INFOS, align=64)})
    group = 'gguf: opaque values'
    c.good(group, 'short charsmap', with_key(
        name + 'precompiled_charsmap', 'u8s', [1, 2, 3]))
    c.good(group, 'merges', with_key(name + 'merges', 'strings',
                                     ['a b'] * 20000))
    c.good(group, 'block_count', with_key('llama.block_count', 'u32', 10**6))


def gguf_tensors(c):
    group = 'gguf: dimensions'
    for dims in ([1] * 5, [0, 6], [1 << 32, 1 << 32], [1 << 32, 1 << 31],
                 [1 << 31, 1 << 32, 2], [HUGE, 2], [(1 << 64) - 1, 6],
                 [1 << 62, 1]):
        c.bad(group, dims, {'g': src.gguf(src.KEYS, [
            ('token_embd.weight', dims, 0, src.W_E)] + src.INFOS[1:])},
            'token_embd.weight')
    group = 'gguf: types of tensors'
    for kind in ((1 << 32) - 1, 43, 4, 5, 31, 36, 1000):
        c.bad(group, kind, {'g': src.gguf(src.KEYS, [
            ('token_embd.weight', [2, 6], kind, src.W_E)] + src.INFOS[1:])},
            'type')
    c.bad(group, 'blocks that do not fit', {'g': src.gguf(src.KEYS, [
        ('token_embd.weight', [2, 6], 8, bytes(34))] + src.INFOS[1:])},
        'token_embd.weight')
    c.bad(group, 'not read', {'g': src.gguf(src.changed(
        'llama.embedding_length', 'u32', 256), [
            ('token_embd.weight', [256, 6], 16, bytes(66 * 6))])}, 'IQ2_XXS')
    group = 'gguf: offsets'
    for at in (32, 1, (1 << 64) - 32, 1 << 40):
        c.bad(group, at, {'g': src.gguf(src.KEYS, [
            ('token_embd.weight', [2, 6], 0, src.W_E, at)] + src.INFOS[1:])},
            'token_embd.weight')
    c.bad(group, 'no data', plain(data=False), 'token_embd.weight')
    whole = src.gguf(src.KEYS, src.INFOS)
    last = len(whole) - (-48 % 32)
    c.bad(group, 'cut by a byte', {'g': whole[:last - 1]}, 'ends at byte')
    c.good(group, 'without the last padding', {'g': whole[:last]})
    group = 'gguf: parts'
    c.bad(group, 'of three', with_key('split.count', 'u16', 3), 'merge them')
    c.good(group, 'of one', with_key('split.count', 'u16', 1))
    group = 'gguf: behind something else'
    c.bad(group, 'a script', {'g': b'#!/bin/sh\n' + whole}, 'no kind of file')
    group = 'gguf: a gigabyte of keys'
    raw = b'GGUF' + U32(3) + U64(0) + U64(1) + src.string('x') + U32(8)

    def sparse(path):
        with open(path, 'wb') as f:
            f.write(raw + U64(1 << 30))
            f.truncate(len(raw) + 8 + (1 << 30))
    c.bad(group, 'one text', {'g': sparse}, 'more than 1073741824 bytes')


def check(c):
    headers(c)
    entries(c)
    types_and_names(c)
    sharded(c)
    gguf_start(c)
    gguf_values(c)
    gguf_tensors(c)
