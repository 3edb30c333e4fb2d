# SPDX-License-Identifier: MIT
"""models.py - two tiny models: their files, and what they compute."""
import math
import struct

import compute
import tk

U64 = struct.Struct('<Q').pack
F64 = struct.Struct('<d').pack


def vector(name, values, dtype=tk.F32):
    return name, dtype, len(values), tk.row(dtype, values)


def matrix(name, dtype, rows):
    data = b''.join(tk.row(dtype, r) for r in rows)
    return name, dtype, len(rows[0]), data


def plain(name, data):
    return name, 0, 0, data


def pattern(seed, rows, cols):
    g = compute.lcg(seed)
    return [[tk.f32(next(g)) for _ in range(cols)] for _ in range(rows)]


class Model:
    """What section list and hyperparameters say, computed from them."""

    def __init__(self, name, tokens, hp, sections):
        self.name, self.tokens, self.hp = name, tokens, hp
        self.image = tk.container(sections)
        self.rows = {}
        for part, dtype, cols, data in sections:
            step = tk.stride(dtype, cols) if dtype else 0
            self.rows[part] = step and [
                tk.widen(dtype, data[i:i + step], cols)
                for i in range(0, len(data), step)]
        self.w_u = self.rows['w_e' if hp.get('tied') else 'w_u']
        self.n = min(len(tokens), len(self.w_u))

    def one(self, part):
        return self.rows[part][0] if part in self.rows else None

    def norm(self, which, x):
        return compute.norm(self.hp.get(which + '_norm', 'none'), x,
                            self.hp.get(which + '_norm_eps', 0.0),
                            self.one(which + '-norm-weight'),
                            self.one(which + '-norm-bias'),
                            self.hp.get(which + '_norm_offset', 0.0))

    def embed(self, i):
        scale = self.hp.get('embed_scale', 1.0)
        return self.norm('embed', [tk.f32(v * scale)
                                   for v in self.rows['w_e'][i]])

    def context(self, ids):
        if 'mix' not in self.rows:
            return self.embed(ids[-1])
        n = min(len(ids), len(self.rows['mix']),
                self.hp.get('n_ctx', len(ids)))
        return compute.mix(self.rows['mix'],
                           [self.embed(i) for i in ids[:-n - 1:-1]])

    def keys(self, h):
        b = self.one('b_u')
        keys = [compute.dot(w, h) for w in self.w_u[:self.n]]
        return [tk.f32(k + b[i]) for i, k in enumerate(keys)] if b else keys

    def logit(self, key):
        return compute.logit(key, self.hp.get('logit_scale', 1.0),
                             self.hp.get('logit_softcap', 0.0))


def hparams(hp):
    kinds = {str: (4, str.encode), float: (3, F64), int: (2, U64),
             bool: (1, lambda b: bytes([b]))}
    entries = []
    for key, value in hp.items():
        kind, encode = kinds[type(value)]
        entries.append((key, kind, key not in ('n_ctx', 'd_model'),
                        encode(value)))
    return plain('hparams', tk.key_values(entries))


def vocabulary(*args):
    section = tk.vocab(*args)
    return [plain('vocab', section),
            plain('vocab-index', tk.vocab_index(args[0], tk.digest(section)))]


def tied():
    """f16, tied, layernorm, bias of the logits, softcap; a padding row."""
    tokens = [b'<s>', b'the', b'\0', b'\xf0\x9f', b'the', b'']
    hp = {'tied': True, 'n_ctx': 8, 'embed_scale': 2.0, 'logit_scale': 0.5,
          'logit_softcap': 30.0, 'final_norm': 'layernorm',
          'final_norm_eps': 1e-5}
    rows = pattern(7, 7, 4)
    rows[4] = rows[1]  # the keys of ids 1 and 4 are equal
    return Model('tied', tokens, hp, [
        hparams(hp),
        *vocabulary(tokens, [2, 0, 0, 5, 0, 4], [0., -1., -2., -3., -4., -5.]),
        vector('final-norm-weight', [1.5, -0.25, 1.0, 0.75]),
        vector('final-norm-bias', [0.5, 0.0, -1.0, 0.125], tk.BF16),
        vector('b_u', [0., .5, .25, -math.inf, .5, -1., 0.], tk.F16),
        matrix('w_e', tk.F16, rows)])


def mixed():
    """q8 W_E, bf16 W_U with fewer rows than tokens, a mix, both norms."""
    tokens = [b'a', b'b', b'c', b'<image>']
    hp = {'n_ctx': 2, 'embed_norm': 'layernorm', 'embed_norm_eps': 1e-12,
          'final_norm': 'rmsnorm', 'final_norm_eps': 1e-6,
          'final_norm_offset': 1.0}
    note = [('license', 4, 0, b'MIT'), ('title', 4, 0, b'A test')]
    tokenizer = [('kind', 4, 0, b'none'), ('eos_ids', 6, 0, U64(3)),
                 ('reason', 4, 0, b'words'), ('unk_id', 2, 0, U64(0))]
    return Model('mixed', tokens, hp, [
        hparams(hp), plain('note', tk.key_values(note)),
        *vocabulary(tokens), plain('tokenizer', tk.key_values(tokenizer)),
        vector('embed-norm-weight', pattern(1, 1, 33)[0], tk.BF16),
        matrix('mix', tk.F32, [[0.75], [-0.5]]),
        vector('final-norm-weight', pattern(2, 1, 33)[0], tk.F16),
        matrix('w_e', tk.Q8, pattern(3, 4, 33)),
        matrix('w_u', tk.BF16, pattern(4, 3, 33))])


# ---- lines


def say_file(say, m):
    say('file', m.name, len(m.image))
    for at in range(0, len(m.image), 32):
        piece = m.image[at:at + 32]
        if any(piece):
            say('bytes', m.name, at, piece.hex())


def say_predictions(say, words32, m, contexts):
    for ids, temperature in contexts:
        h = m.norm('final', m.context(ids))
        keys = m.keys(h)
        z = [m.logit(k) for k in keys]
        top, total = compute.merge(compute.blocks(z, temperature))
        best = sorted((i for i in range(m.n) if keys[i] > -math.inf),
                      key=lambda i: (-keys[i], i))
        say('predict', m.name, '%016x' % tk.bits64(temperature), *ids, '=',
            *['%d:%s:%s:%016x' % (
                i, words32([keys[i]]), words32([z[i]]),
                tk.bits64(compute.exp(z[i] / temperature - top) / total))
              for i in best])


def say_normalizers(say, m):
    for temperature, n, seed in ((1.0, 1, 1), (1.0, 1024, 2), (0.7, 1025, 3),
                                 (1.5, 3000, 4)):
        g = compute.lcg(seed)
        z = [m.logit(64 * next(g)) for _ in range(n)]
        top, total = compute.merge(compute.blocks(z, temperature))
        say('normalizer', m.name, '%016x' % tk.bits64(temperature), n, seed,
            '=', '%016x' % tk.bits64(top), '%016x' % tk.bits64(total))


def say_model(say, text, words32, m, contexts):
    say_file(say, m)
    say('identity', m.name, '=', m.image[0x30:0x40].hex(),
        tk.content_digest(m.image).hex())
    say('rewrite', m.name)
    for i, t in enumerate(m.tokens):
        say('token', m.name, i, '=', t.hex() or '-')
    for t in sorted(set(m.tokens)):
        say('find', m.name, text(t), '=', m.tokens.index(t))
    for t in b'x', b'th', b'thee':
        say('find', m.name, text(t), '=', 'none')
    for i in range(len(m.tokens)):
        say('embed', m.name, i, '=', words32(m.embed(i)))
    for ids, _ in contexts:
        h = m.context(ids)
        say('context', m.name, *ids, '=', words32(h))
        say('norm', m.name, words32(h), '=', words32(m.norm('final', h)))
        h = m.norm('final', h)
        say('keys', m.name, words32(h), '=', words32(m.keys(h)))
    for key in (0.0, 1.0, -1.0, 0.01, 7.25, 300.0, 5000.0, -5000.0):
        say('logit', m.name, words32([key]), '=', words32([m.logit(key)]))
    say_normalizers(say, m)
    say_predictions(say, words32, m, contexts)
