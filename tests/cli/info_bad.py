# SPDX-License-Identifier: MIT
"""info_bad.py - makes the files of info_bad.sh from tiny.tk, right here.

Those that must be damaged only where a digest does not tell are signed again
by the oracle, whose hash comes from the C library.
"""
import ctypes
import os
import struct
import sys
import types

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ['TK_SRC'], 'tests', 'oracle'))


class Hash128(ctypes.Structure):
    _fields_ = [('low', ctypes.c_uint64), ('high', ctypes.c_uint64)]


lib = ctypes.CDLL('libxxhash.so.0')
for function, result in (('XXH3_128bits_withSeed', Hash128),
                         ('XXH3_64bits_withSeed', ctypes.c_uint64)):
    getattr(lib, function).restype = result
    getattr(lib, function).argtypes = (ctypes.c_char_p, ctypes.c_size_t,
                                       ctypes.c_uint64)


def xxh3_128_digest(data, seed=0):
    h = lib.XXH3_128bits_withSeed(data, len(data), seed)
    return struct.pack('>QQ', h.high, h.low)


def xxh3_64_intdigest(data, seed=0):
    return lib.XXH3_64bits_withSeed(data, len(data), seed)


xxhash = types.ModuleType('xxhash')
xxhash.xxh3_128_digest = xxh3_128_digest
xxhash.xxh3_64_intdigest = xxh3_64_intdigest
sys.modules['xxhash'] = xxhash

import tk  # noqa: E402  (it imports xxhash)

with open('tiny.tk', 'rb') as f:
    TINY = f.read()


def put(name, data):
    with open(name, 'wb') as f:
        f.write(data)


def flip(at):
    return TINY[:at] + bytes([TINY[at] ^ 1]) + TINY[at + 1:]


def sections():
    """As tk.container() wants them, without the digests."""
    out = []
    count, = struct.unpack_from('<I', TINY, 0x10)
    for i in range(count - 1):
        entry = 128 + 192 * i
        dtype, = struct.unpack_from('<H', TINY, entry + 10)
        name = TINY[entry + 16:entry + 48].rstrip(b'\0').decode()
        at, size = struct.unpack_from('<QQ', TINY, entry + 0x30)
        cols, = struct.unpack_from('<Q', TINY, entry + 0x50)
        out.append((name, dtype, cols, TINY[at:at + size]))
    return out


def offset_of(wanted):
    names = [s[0] for s in sections()]
    return struct.unpack_from('<Q', TINY,
                              128 + 192 * names.index(wanted) + 0x30)[0]


assert tk.container(sections()) == TINY, 'the oracle writes another file'

# ---- files of other kinds

put('gguf.bin', b'GGUF' + bytes([3, 0, 0, 0]) + bytes(range(200)))
put('npy.bin', b'\x93NUMPY\x01\x00' + bytes(200))
put('safetensors.bin', struct.pack('<Q', 64) + b'{"a":{}}' + bytes(200))
put('text.bin', b'a text of some length\x1b[31m, and nothing else\n' * 9)
put('short.bin', b'hello\n')
put('tab.bin', b'\t')

# ---- what transfers in text mode make of the magic

put('text-crcrlf.tk', TINY.replace(b'\n', b'\r\n'))
put('text-nocr.tk', TINY.replace(b'\r\n', b'\n'))
put('text-strip.tk', bytes(b & 127 for b in TINY))
put('text-utf8.tk', TINY.decode('latin-1').encode())
put('unfinished.tk', b'\0TKFpart' + TINY[8:])

# ---- versions and features

put('major.tk', TINY[:8] + b'\7' + TINY[9:])
put('feature.tk', tk.sign(TINY[:0x18] + b'\x80' + TINY[0x19:]))

# ---- damage

W_E, W_U = offset_of('w_e'), offset_of('w_u')
put('flip-header.tk', flip(0x20))
put('flip-table.tk', flip(0x80 + 192 + 0x48))
put('flip-w_e.tk', flip(W_E + 100))
put('flip-long.tk', TINY[:0x84] + b'\xff' * 60 + TINY[0x84 + 60:])
put('flip-padding.tk', flip(W_E - 1))
put('flip-vocab.tk', flip(offset_of('vocab') + 64 + 18))
put('cut-header.tk', TINY[:100])
put('cut-table.tk', TINY[:1000])
put('cut-data.tk', TINY[:-1])
put('trailing.tk', TINY + b'\0')
two = bytearray(flip(W_E))
two[W_U] ^= 1
put('two.tk', two)

damaged = sections()
for i, (name, dtype, cols, data) in enumerate(damaged):
    if name == 'vocab':
        # offset[4], where token 3 ends
        data = data[:64 + 16] + b'\xff\xff' + data[64 + 18:]
        damaged[i] = name, dtype, cols, data
put('flip-offsets.tk', tk.container(damaged))

damaged = sections()
for i, (name, dtype, cols, data) in enumerate(damaged):
    if name == 'vocab-index':
        slots = list(struct.unpack_from('<%dI' % (len(data) // 4 - 16), data,
                                        64))
        slots = [0 if s & 15 == 2 else s for s in slots]
        data = data[:64] + struct.pack('<%dI' % len(slots), *slots)
        damaged[i] = name, dtype, cols, data
put('flip-index.tk', tk.container(damaged))

put('absent-index.tk', tk.container([s for s in sections()
                                     if s[0] != 'vocab-index']))
stale = sections()
for i, (name, dtype, cols, data) in enumerate(stale):
    if name == 'vocab-index':
        stale[i] = name, dtype, cols, b'?' + data[1:]
put('stale-index.tk', tk.container(stale))
put('no-vocab.tk', tk.container([s for s in sections() if s[0] == 'hparams']))

# ---- a note of many keys, a hyperparameter that nobody knows

U64, F64, TEXT, BYTES, ARRAY = 2, 3, 4, 5, 6
notes = [('aaa', TEXT, 0, b'\x1b[2J' + b'long' * 125),
         ('u', U64, 0, b'\xff' * 8), ('v', U64, 0, b'\xff' * 7 + b'\x7f'),
         ('f', F64, 0, struct.pack('<d', 0.1)), ('bytes', BYTES, 0, b'\0\xff'),
         ('flag', 1, 0, b'\1')]
notes += [('k%d' % i, ARRAY, 0, struct.pack('<3Q', 0, 1, 2))
          for i in range(50)]
many = [('note', 0, 0, tk.key_values(notes)) if s[0] == 'note' else s
        for s in sections()]
many[0] = ('hparams', 0, 0,
           tk.key_values([('acme.new', U64, 1, struct.pack('<Q', 5))]))
put('notes.tk', tk.container(many))

# ---- from the future

tk.KINDS['future.thing'] = 0x7000, 1
put('future.tk', tk.container(sections() + [('future.thing', 0, 0, b'?')]))
