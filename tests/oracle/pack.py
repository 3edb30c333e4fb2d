# SPDX-License-Identifier: MIT
"""pack.py make | check TKINFO TKPREDICT - a small source of every kind, and
what a file packed from it must compute.

'make' writes the sources into the current directory.  'check' reads each .tk
file there through tkinfo and tkpredict, and compares tokens, hyperparameters
and predictions with what numpy makes of the same numbers.
"""
import json
import os
import random
import struct
import subprocess
import sys

import sources as src

MARK = '\u2581'


def numbers(seed, rows, cols):
    """Eighths, so that every type of element has them exactly."""
    rng = random.Random(seed)
    return [[rng.randrange(-16, 17) / 8 for _ in range(cols)]
            for _ in range(rows)]


def flat(rows):
    return [x for row in rows for x in row]


def as_f32(rows):
    return struct.pack('<%df' % len(flat(rows)), *flat(rows))


def as_f16(rows):
    return struct.pack('<%de' % len(flat(rows)), *flat(rows))


def as_bf16(rows):
    f = as_f32(rows)
    return b''.join(f[i + 2:i + 4] for i in range(0, len(f), 4))


def as_q8_0(rows):
    """Blocks of 32: an f16 scale of 1/8, and integers."""
    return b''.join(struct.pack('<e32b', 0.125, *(int(8 * x) for x in b))
                    for row in rows for b in (row[:32], row[32:]) if b)


def save(name, content):
    os.makedirs(os.path.dirname(name) or '.', exist_ok=True)
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    with open(name, 'wb') as f:
        f.write(content)


# ---- the models: tokens, matrices, and what is between them


class Model:
    def __init__(self, tokens, w_e, w_u=None, **more):
        self.tokens, self.w_e, self.w_u = tokens, w_e, w_u
        self.b_u = more.get('b_u')
        self.norm = more.get('norm')  # kind, eps, weights, biases
        self.offset = more.get('offset', 0)
        self.embed_scale = more.get('embed_scale', 1)
        self.cap = more.get('cap', 0)
        self.n_ctx = more.get('n_ctx', 0)

    def predict(self, token):
        """Logits and probabilities of the tokens, by numpy."""
        import numpy as np
        h = np.array(self.w_e[token], 'f8') * self.embed_scale
        if self.norm:
            kind, eps, weight, bias = self.norm
            if kind == 'layernorm':
                h = h - h.mean()
            h = h / np.sqrt((h * h).mean() + eps)
            h = h * (np.array(weight, 'f8') + self.offset) + np.array(bias)
        z = np.array(self.w_u or self.w_e, 'f8') @ h
        if self.b_u:
            z = z + np.array(self.b_u, 'f8')
        if self.cap:
            z = self.cap * np.tanh(z / self.cap)
        z = z[:len(self.tokens)]
        e = np.exp(z - z.max())
        return z, e / e.sum()


E6, U6, E3, G7, U7 = (numbers(i, n, d) for i, n, d in (
    (1, 6, 4), (2, 6, 4), (3, 3, 2), (4, 7, 32), (5, 7, 32)))
N4, N32 = numbers(6, 2, 4), numbers(7, 1, 32)[0]
B6 = numbers(8, 1, 6)[0]
WORDS3 = [b'the', b'. . .', b'\xc3\xa9t\xc3\xa9']
TABLE = Model(WORDS3, E3)

MODELS = {
    # a directory with shards: BF16, tied, scaled, capped, a padding row
    'shards.tk': Model([b'<bos>', b'\n', b' the', b'a', b'<end>'], E6,
                       norm=('rmsnorm', 1e-6, N4[0], 0), offset=1,
                       embed_scale=2, cap=30, n_ctx=64),
    # byte-level BPE; W_U and a bias of its own
    'bytes.tk': Model([b'a', b'b', b' c', b'\n', b'\xe9', b'<end>'], E6, U6,
                      b_u=B6, norm=('layernorm', 1e-5, N4[0], N4[1]),
                      n_ctx=32),
    'single.tk': Model([b'one', b'two', b'three', b'four', b'five', b'six'],
                       E6, norm=('layernorm', 1e-5, N4[0], N4[1])),
    'gguf.tk': Model([b'<unk>', b'A', b' the', b'A', b'x y', b'</s>'], G7,
                     U7, norm=('rmsnorm', 9.999999747378752e-06, N32, 0),
                     n_ctx=128),
    'glove.tk': TABLE, 'w2vtext.tk': TABLE, 'w2vbin.tk': TABLE,
    'fasttext.tk': TABLE, 'npy.tk': Model(WORDS3, E3, E3[::-1], n_ctx=8),
    'bf16.tk': TABLE, 'manifest.tk': Model(WORDS3, E3, E3[::-1], cap=5),
}


# ---- the sources


def make_shards():
    save('shards/config.json', {
        'model_type': 'gemma2', 'hidden_size': 4, 'vocab_size': 6,
        'max_position_embeddings': 64, 'rms_norm_eps': 1e-6,
        'dropout': float('inf'), 'final_logit_softcapping': 30.0})
    save('shards/a.safetensors', src.safetensors(
        {'model.embed_tokens.weight': ('BF16', [6, 4], as_bf16(E6))}, False))
    save('shards/b.safetensors', src.safetensors({
        'model.layers.0.x': ('F32', [2], bytes(8)),
        'model.norm.weight': ('BF16', [4], as_bf16([N4[0]]))}))
    save('shards/model.safetensors.index.json', {'weight_map': {
        'model.embed_tokens.weight': 'a.safetensors',
        'model.layers.0.x': 'b.safetensors',
        'model.norm.weight': 'b.safetensors'}})
    save('shards/generation_config.json', {'eos_token_id': [4, 2]})
    save('shards/tokenizer.json', {
        'version': '1.0', 'added_tokens': [
            {'id': 0, 'content': '<bos>', 'special': True},
            {'id': 4, 'content': '<end>', 'special': True}],
        'decoder': {'type': 'Sequence', 'decoders': [
            {'type': 'Replace', 'pattern': {'String': MARK},
             'content': ' '}, {'type': 'ByteFallback'}]},
        'model': {'type': 'BPE', 'byte_fallback': True, 'merges': [],
                  'vocab': {'<bos>': 0, '<0x0A>': 1, MARK + 'the': 2,
                            'a': 3}}})


def make_bytes():
    save('bytes/config.json', {
        'model_type': 'gptj', 'n_embd': 4, 'vocab_size': 6, 'n_positions': 32,
        'layer_norm_epsilon': 1e-5, 'tie_word_embeddings': False})
    save('bytes/model.safetensors', src.safetensors({
        'transformer.wte.weight': ('F16', [6, 4], as_f16(E6)),
        'lm_head.weight': ('F16', [6, 4], as_f16(U6)),
        'lm_head.bias': ('F32', [6], as_f32([B6])),
        'transformer.ln_f.weight': ('F32', [4], as_f32(N4[:1])),
        'transformer.ln_f.bias': ('F32', [4], as_f32(N4[1:]))}))
    save('bytes/vocab.json', {'a': 0, 'b': 1, '\u0120c': 2, '\u010a': 3,
                              '\u00e9': 4})
    save('bytes/merges.txt', '#version: 0.2\na b\n\u0120 c\n'.encode())
    save('bytes/added_tokens.json', {'<end>': 5})


def make_gguf():
    tokens = ['<unk>', '<0x41>', MARK + 'the', 'A', 'x' + MARK + 'y', '</s>']
    keys = [('general.architecture', 'string', 'llama'),
            ('llama.context_length', 'u32', 128),
            ('llama.embedding_length', 'u64', 32),
            ('llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5),
            ('tokenizer.ggml.model', 'string', 'llama'),
            ('tokenizer.ggml.tokens', 'strings', tokens),
            ('tokenizer.ggml.scores', 'f32s', [0, 0, -1, -2, -3, 0]),
            ('tokenizer.ggml.token_type', 'i32s', [2, 6, 1, 1, 4, 3]),
            ('tokenizer.ggml.eos_token_id', 'u32', 5),
            ('tokenizer.ggml.eot_token_id', 'i32', 4)]
    save('m.gguf', src.gguf(keys, [
        ('token_embd.weight', [32, 7], 1, as_f16(G7)),
        ('output.weight', [32, 7], 8, as_q8_0(U7)),
        ('output_norm.weight', [32], 0, as_f32([N32]))]))
    save('vocab.gguf', src.gguf(keys, []))


def text_rows(end):
    return b''.join(b'%s %g %g%s\n' % (w, *row, end)
                    for w, row in zip(WORDS3, E3))


def make_vectors():
    save('glove.txt', text_rows(b''))
    save('w2v.txt', b'3 2\n' + text_rows(b' '))
    save('ft.vec', b'3 2\n' + text_rows(b' '))
    # a word of the binary form has no space in it
    save('w2v.bin', src.word2vec([b'the', b'.', WORDS3[2]], 2,
                                 [as_f32([r]) for r in E3], b'\n'))
    save('words.txt', b''.join(w + b'\n' for w in WORDS3))
    save('we.npy', src.npy('<f4', '(3, 2)', as_f32(E3)))
    save('wu.npy', src.npy('<f8', '(3, 2)', struct.pack(
        '<6d', *(E3[2 - i % 3][i // 3] for i in range(6))), 'True'))
    save('bf16.npy', src.npy('<V2', '(3, 2)', as_bf16(E3)))
    save('model.txt', b'tk-manifest 1\nhparam logit_softcap 5\n' + b''.join(
        b'token "%s"\n' % w for w in WORDS3) + b''.join(
            b'matrix %s f32 3 2\n%s' % (name, b''.join(
                b'%g %g\n' % tuple(row) for row in rows))
            for name, rows in ((b'w_e', E3), (b'w_u', E3[::-1]))) + b'end\n')


def make():
    make_shards()
    make_bytes()
    save('single/model.safetensors', src.safetensors({
        'wte.weight': ('F64', [6, 4], struct.pack('<24d', *flat(E6))),
        'ln_f.weight': ('F32', [4], as_f32(N4[:1])),
        'ln_f.bias': ('F32', [4], as_f32(N4[1:]))}))
    save('six.txt', b'one\ntwo\nthree\nfour\nfive\nsix\n')
    make_gguf()
    make_vectors()


# ---- what came of them


def ask(*command):
    p = subprocess.run(command, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, check=True)
    return json.loads(p.stdout)


def token_of(entry):
    if entry['token'] is None:
        return bytes.fromhex(entry['bytes'])
    return entry['token'].encode()


def near(a, b):
    return abs(a - b) <= 1e-6 + 1e-5 * abs(b)


def check_hparams(name, m, info):
    hp = info['hyperparameters']
    kind = m.norm[0] if m.norm else None
    got = (hp['n_ctx'], hp['d_model'], hp['d_vocab'], hp['n_tokens'],
           hp['tied'], (hp['final_norm'] or {}).get('kind'))
    want = (m.n_ctx, len(m.w_e[0]), len(m.w_e), len(m.tokens), not m.w_u,
            kind)
    assert got == want, (name, got, want)


def check(tkinfo, tkpredict):
    for name, m in MODELS.items():
        tokens = list(m.tokens)
        if name == 'w2vbin.tk':
            tokens[1] = b'.'
        check_hparams(name, m, ask(tkinfo, '--json', '--verify', name))
        for token in range(len(tokens)):
            z, p = m.predict(token)
            out = ask(tkpredict, '--json', '--ids', str(token), '-k', '99',
                      name)['predictions']
            assert len(out) == len(tokens), (name, out)
            for entry in out:
                i = entry['id']
                assert token_of(entry) == tokens[i], (name, entry)
                assert near(entry['logit'], z[i]), (name, entry, z[i])
                assert near(entry['prob'], p[i]), (name, entry, p[i])
    special = ask(tkinfo, '--json', 'shards.tk')['tokenizer']
    assert special['special'] == {'eos': 4}, special
    assert special['eos_ids'] == [2, 4], special
    special = ask(tkinfo, '--json', 'gguf.tk')['tokenizer']
    assert special['special'] == {'eos': 5}, special
    assert special['eos_ids'] == [4, 5], special
    # "A" is the token, not the byte that is spelt as one
    assert ask(tkpredict, '--json', 'gguf.tk', 'A')['input']['ids'] == [3]


if sys.argv[1] == 'make':
    make()
else:
    check(*sys.argv[2:4])
