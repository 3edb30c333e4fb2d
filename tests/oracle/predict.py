# SPDX-License-Identifier: MIT
"""predict.py TKPACK TKPREDICT - tkpredict against numpy in f64

Makes matrices with a fixed seed, packs them, predicts with both.  Shares no
code with the project.  Silent if all is well.
"""
import json
import subprocess
import sys

import numpy as np

TKPACK, TKPREDICT = sys.argv[1:3]
CLOSE = dict(rtol=1e-4, atol=1e-4)


def run(*args):
    done = subprocess.run(args, capture_output=True)
    if done.returncode:
        sys.exit(f'{args}: status {done.returncode}: {done.stderr.decode()}')
    return done.stdout


def softmax(z, temperature):
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum(), z.max() + np.log(e.sum())


def norm(h, kind, eps, weight, bias):
    if kind == 'layernorm':
        h = h - h.mean(-1, keepdims=True)
    h = h / np.sqrt((h * h).mean(-1, keepdims=True) + eps)
    return h * weight + bias


def logits(h, w_u, b_u, scale, cap):
    z = (h @ w_u.T + b_u) * scale
    return cap * np.tanh(z / cap) if cap else z


def check_result(name, result, z, temperature):
    p, log_normalizer = softmax(z, temperature)
    got = result['predictions']
    ids = [g['id'] for g in got]
    assert [g['rank'] for g in got] == list(range(1, len(got) + 1)), name
    assert len(set(ids)) == len(ids), name
    np.testing.assert_allclose([g['logit'] for g in got], z[ids],
                               err_msg=name, **CLOSE)
    np.testing.assert_allclose([g['prob'] for g in got], p[ids],
                               err_msg=name, **CLOSE)
    np.testing.assert_allclose([g['logprob'] for g in got], np.log(p[ids]),
                               err_msg=name, **CLOSE)
    np.testing.assert_allclose(result['log_normalizer'], log_normalizer,
                               err_msg=name, **CLOSE)
    # The best, in order, as far as f64 and f32 can agree on it.
    best = np.sort(z)[::-1][:len(got)]
    np.testing.assert_allclose(z[ids], best, err_msg=name, **CLOSE)
    if len(got) == len(z):
        total = sum(g['prob'] for g in got)
        assert abs(total - 1) < 1e-6, f'{name}: probabilities sum to {total}'


def predict(path, *args):
    return json.loads(run(TKPREDICT, path, '--json', *args))


def check_hidden(name, path, h, z_of, n_tokens, *options):
    np.save('h.npy', h)
    z = z_of(h.astype(np.float64))
    for temperature, k in ((1, 10), (0.7, 1), (2.5, n_tokens)):
        answer = predict(path, '--hidden', 'h.npy', '-k', str(k),
                         '--temperature', str(temperature), *options)
        assert answer['schema'] == 'tkpredict/1', name
        assert answer['temperature'] == temperature, name
        results = answer['batch'] if h.ndim == 2 else [answer]
        assert len(results) == len(np.atleast_2d(h)), name
        for result, row in zip(results, np.atleast_2d(z)):
            assert len(result['predictions']) == k, name
            check_result(f'{name} T={temperature} k={k}', result, row,
                         temperature)


def check_lens(path, h, n_tokens):
    """The table has a line a vector, and the ranks of one token."""
    np.save('h.npy', h)
    lines = run(TKPREDICT, path, '--hidden', 'h.npy', '--rank', 'id:7', '-k',
                '2').decode().splitlines()
    batch = predict(path, '--hidden', 'h.npy', '-k', str(n_tokens))['batch']
    assert len(lines) == len(h) + 1, lines
    for i, (line, result) in enumerate(zip(lines[1:], batch)):
        words = line.split()
        rank = [p['id'] for p in result['predictions']].index(7) + 1
        assert words[:2] == [str(i), str(rank)], line
        best = [p['token'] for p in result['predictions'][:2]]
        assert [words[3], words[5]] == [json.dumps(t) for t in best], line


def npy_models(rng):
    """Several blocks of rows, a d that is no multiple of the lanes."""
    n, d = 3001, 77
    w_e = rng.standard_normal((n, d)).astype(np.float32)
    w_u = rng.standard_normal((n, d)).astype(np.float32) / 4
    np.save('we.npy', w_e)
    np.save('wu.npy', w_u)
    with open('words.txt', 'w') as f:
        f.writelines(f'w{i}\n' for i in range(n))
    run(TKPACK, '--embed', 'we.npy', '--unembed', 'wu.npy', '--vocab',
        'words.txt', '-o', 'f32.tk')
    run(TKPACK, '--embed', 'we.npy', '--unembed', 'wu.npy', '--vocab',
        'words.txt', '--dtype', 'f16', '--set', 'logit_scale=2.5', '--set',
        'logit_softcap=15', '-o', 'f16.tk')
    half = w_u.astype(np.float16).astype(np.float64)
    full = w_u.astype(np.float64)

    def z32(h):
        return logits(h, full, 0, 1, 0)

    def z16(h):
        return logits(h, half, 0, 2.5, 15)

    one = rng.standard_normal(d)
    many = rng.standard_normal((19, d))
    for dtype in (np.float16, np.float32, np.float64):
        check_hidden(f'f32 [d] {dtype.__name__}', 'f32.tk',
                     one.astype(dtype), z32, n)
    check_hidden('f32 [n, d]', 'f32.tk', many, z32, n)
    check_lens('f32.tk', many, n)
    check_hidden('f32 Fortran', 'f32.tk', np.asfortranarray(many), z32, n,
                 '--threads', '3')
    check_hidden('f16, scale, cap', 'f16.tk', many.astype(np.float32), z16, n)
    check_hidden('f16, normalised', 'f16.tk', one, z16, n, '--normalized')
    check_result('ids', predict('f32.tk', '--ids', '5 17 2999'),
                 z32(w_e[2999].astype(np.float64)), 1)
    check_result('text', predict('f32.tk', 'w17 w5'),
                 z32(w_e[5].astype(np.float64)), 1)


def manifest_model(rng, kind):
    """Final norm with weight and bias, b_U, scales; rows of padding."""
    n, padding, d = 40, 3, 12
    eps = 1e-3

    def matrix(name, rows, cols):
        m = rng.standard_normal((rows, cols)).astype(np.float32)
        lines.append(f'matrix {name} f32 {rows} {cols}')
        lines.extend(' '.join('%.9g' % x for x in row) for row in m)
        return m.astype(np.float64)

    lines = ['tk-manifest 1', f'hparam final_norm {kind}',
             f'hparam final_norm_eps {eps}', 'hparam embed_scale 3',
             'hparam logit_scale 0.25', 'hparam logit_softcap 5']
    lines += [f'token " t{i}"' for i in range(n)]
    weight = matrix('final-norm-weight', 1, d)
    bias = 0
    if kind == 'layernorm':
        bias = matrix('final-norm-bias', 1, d)
    b_u = matrix('b_u', 1, n + padding)
    w_e = matrix('w_e', n + padding, d)
    w_u = matrix('w_u', n + padding, d)
    with open('m.txt', 'w') as f:
        f.writelines(line + '\n' for line in lines + ['end'])
    run(TKPACK, 'm.txt', '--force', '-o', 'm.tk')

    def z_raw(h):
        return logits(h, w_u[:n], b_u[0, :n], 0.25, 5)

    def z_normed(h):
        return z_raw(norm(h, kind, eps, weight, bias))

    h = 3 * rng.standard_normal((3, d)) + 1
    check_hidden(kind, 'm.tk', h, z_normed, n)
    check_hidden(f'{kind}, normalised', 'm.tk', h, z_raw, n, '--normalized')
    check_result(f'{kind}, id', predict('m.tk', 't7', '-k', str(n)),
                 z_normed(3 * w_e[7:8])[0], 1)


def main():
    rng = np.random.default_rng(20)
    npy_models(rng)
    manifest_model(rng, 'rmsnorm')
    manifest_model(rng, 'layernorm')


main()
