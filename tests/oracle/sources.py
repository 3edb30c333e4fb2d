# SPDX-License-Identifier: MIT
"""sources.py - small files of foreign formats, written from their
descriptions, byte by byte, so that each byte can be made wrong.
"""
import json
import struct

U32 = struct.Struct('<I').pack
U64 = struct.Struct('<Q').pack
F32 = struct.Struct('<f').pack


def f32(*values):
    return struct.pack('<%df' % len(values), *values)


# ---- safetensors


def header(text, data=b'', length=None):
    """The file: a header's text, its length or a wrong one, the data."""
    if not isinstance(text, bytes):
        text = text.encode()
    return U64(len(text) if length is None else length) + text + data


def safetensors(tensors, pad=True, metadata=None):
    """tensors: {name: (dtype, shape, bytes)}."""
    entries, data = {}, b''
    if metadata is not None:
        entries['__metadata__'] = metadata
    for name, (dtype, shape, content) in tensors.items():
        entries[name] = {'dtype': dtype, 'shape': shape,
                         'data_offsets': [len(data), len(data + content)]}
        data += content
    text = json.dumps(entries)
    return header(text + (' ' * (-len(text) % 8) if pad else ''), data)


# ---- GGUF

TYPES = {'u8': (0, 'B'), 'i8': (1, 'b'), 'u16': (2, 'H'), 'i16': (3, 'h'),
         'u32': (4, 'I'), 'i32': (5, 'i'), 'f32': (6, 'f'), 'bool': (7, 'B'),
         'u64': (10, 'Q'), 'i64': (11, 'q'), 'f64': (12, 'd')}


def string(text):
    text = text if isinstance(text, bytes) else text.encode()
    return U64(len(text)) + text


def number(kind, value):
    return struct.pack('<' + TYPES[kind][1], value)


def value(kind, content):
    """The type and the value of a key; content of 'raw' is both already."""
    if kind == 'raw':
        return content
    if kind == 'string':
        return U32(8) + string(content)
    if kind == 'strings':
        return (U32(9) + U32(8) + U64(len(content)) +
                b''.join(map(string, content)))
    if kind.endswith('s') and kind[:-1] in TYPES:
        return (U32(9) + U32(TYPES[kind[:-1]][0]) + U64(len(content)) +
                b''.join(number(kind[:-1], v) for v in content))
    return U32(TYPES[kind][0]) + number(kind, content)


def tensor_info(name, dims, kind, offset):
    return (string(name) + U32(len(dims)) + b''.join(map(U64, dims)) +
            U32(kind) + U64(offset))


def gguf(keys, tensors, version=3, n_tensors=None, n_keys=None, align=32,
         data=True):
    """keys: [(key, kind, value)]; tensors: [(name, dims, type, bytes)], or
    with the offset that the file states as a fifth."""
    out = b'GGUF' + U32(version)
    out += U64(len(tensors) if n_tensors is None else n_tensors)
    out += U64(len(keys) if n_keys is None else n_keys)
    for key, kind, content in keys:
        out += string(key) + value(kind, content)
    body = b''
    for name, dims, kind, content, *stated in tensors:
        out += tensor_info(name, dims, kind,
                           stated[0] if stated else len(body))
        body += content + bytes(-len(content) % align)
    return out + bytes(-len(out) % align) + body if data else out


# ---- npy


def npy(descr, shape, data, fortran='False', version=1, text=None):
    if text is None:
        text = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (
            descr, fortran, shape)
    text = text if isinstance(text, bytes) else text.encode()
    start = 10 if version == 1 else 12
    text += b' ' * (-(start + len(text) + 1) % 64) + b'\n'
    size = struct.pack('<H' if version == 1 else '<I', len(text))
    return b'\x93NUMPY' + bytes([version, 0]) + size + text + data


# ---- word vectors


def word2vec(words, dims, rows, end=b'', count=None):
    out = b'%d %d\n' % (len(words) if count is None else count, dims)
    for word, row in zip(words, rows):
        out += word + b' ' + row + end
    return out


# ---- one small model in several forms

WORDS = ['the', ' cat', 'sat', 'A', '<end>']
ROWS = [[1.5, -2.0], [0.25, 3.0], [-1.0, 0.5], [2.0, 2.0], [0.0, -0.75],
        [9.0, 9.0]]
W_E = f32(*[x for row in ROWS for x in row])
NORM = f32(1.0, 0.5)
CONFIG = {'model_type': 'gpt2', 'n_embd': 2, 'vocab_size': 6,
          'n_positions': 8, 'layer_norm_epsilon': 1e-5}
TENSORS = {'wte.weight': ('F32', [6, 2], W_E), 'ln_f.weight': ('F32', [2],
           NORM), 'ln_f.bias': ('F32', [2], f32(0.0, 0.25))}


def tokenizer(**changes):
    """tokenizer.json: words, and '<end>' added."""
    whole = {'version': '1.0', 'added_tokens': [
        {'id': 4, 'content': '<end>', 'special': True}],
        'model': {'type': 'WordLevel', 'unk_token': 'the',
                  'vocab': {w: i for i, w in enumerate(WORDS[:4])}}}
    whole.update(changes)
    return json.dumps(whole).encode()


def directory(**changes):
    """A Hugging Face directory; a changed file of None is left out."""
    files = {'config.json': json.dumps(CONFIG).encode(),
             'tokenizer.json': tokenizer(),
             'model.safetensors': safetensors(TENSORS)}
    files.update({k.replace('__', '.'): v for k, v in changes.items()})
    return {'m/' + k: v for k, v in files.items() if v is not None}


KEYS = [('general.architecture', 'string', 'llama'),
        ('llama.context_length', 'u32', 8),
        ('llama.embedding_length', 'u32', 2),
        ('llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5),
        ('tokenizer.ggml.model', 'string', 'llama'),
        ('tokenizer.ggml.tokens', 'strings',
         ['<unk>', '<0x41>', '\u2581the', 'A', '</s>']),
        ('tokenizer.ggml.scores', 'f32s', [0, 0, -1, -2, 0]),
        ('tokenizer.ggml.token_type', 'i32s', [2, 6, 1, 1, 3]),
        ('tokenizer.ggml.eos_token_id', 'u32', 4)]
INFOS = [('token_embd.weight', [2, 6], 0, W_E),
         ('output_norm.weight', [2], 0, NORM),
         ('output.weight', [2, 6], 0, W_E[::-1])]


def changed(key, kind, content):
    """KEYS with one key's value another, or one key more."""
    own = [k for k in KEYS if k[0] != key]
    return own + [(key, kind, content)]
