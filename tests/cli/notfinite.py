# SPDX-License-Identifier: MIT
"""notfinite.py BIN - NaN and Inf in W_U, W_E, a bias or a vector: tkpredict
names row and column on every way to an answer, and never an id."""
import math
import struct
import subprocess
import sys

BIN = sys.argv[1]
ROWS, PADDED, D = 2100, 2106, 530
NAN, INF = math.nan, math.inf
# The NaN in W_U that is met first, and the one behind it.
ROW, COLUMN, LATER = 1500, 519, 2000


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=60)


def npy(path, shape, values):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    head += ' ' * (-(len(head) + 11) % 64) + '\n'
    with open(path, 'wb') as f:
        f.write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)))
        f.write(head.encode())
        f.write(struct.pack(f'<{len(values)}f', *values))


def pattern():
    x = 3
    while True:
        x = x * 16807 % 2147483647
        yield x / 2 ** 31 - 0.5


def pack(path, w_u, *options):
    npy('wu.npy', (PADDED, D), w_u)
    done = run(f'{BIN}/tkpack', '--embed', 'we.npy', '--unembed', 'wu.npy',
               '--vocab', 'words.txt', *options, '--force', '-o', path)
    return done


def refused(what, done, text):
    """Status 2, nothing printed, one line that has the text."""
    assert done.returncode == 2, f'{what}: {done.returncode} {done.stdout}'
    assert not done.stdout, f'{what}: printed {done.stdout}'
    assert done.stderr.count(text) == 1, f'{what}: {done.stderr}'
    assert 'Traceback' not in done.stderr


WAYS = (
    ('--ids', '3'), ('--ids', '3', '--json', '-k', '2100'),
    ('--ids', '3', '--threads', '3'), ('--ids', '3', '--temperature', '0'),
    ('--ids', '3', '--probs', 'none'), ('--ids', '3', '--probs', 'bounds'),
    ('--ids', '3', '--rank', 'w9'), ('--ids', '3', '-n', '2'),
    ('--ids', '3', '-n', '2', '--seed', '1'),
    ('--ids', '3', '-n', '2', '--top-p', '0.5', '--json'),
    ('--hidden', 'h.npy'), ('--hidden', 'hs.npy'), ('w3',),
    ('--hidden', 'hs.npy', '--json', '--probs', 'none'),
    ('--ids', '3', '--partial'), ('--ids', '3', '--partial', '--shard', '2/2'),
)


def check_weights(w_u):
    """Whatever the type of the matrix, with a sketch and without."""
    for bad, name in ((NAN, 'nan'), (INF, 'inf')):
        w = list(w_u)
        w[ROW * D + COLUMN] = bad
        w[LATER * D + 1] = NAN
        w[(PADDED - 1) * D] = NAN
        text = (f'the key of row {ROW} of W_U is not finite: '
                f'column {COLUMN} is {name}')
        for dtype in 'f32', 'f16', 'bf16':
            for sketch in (), ('--sketch',):
                done = pack('bad.tk', w, '--dtype', dtype, *sketch)
                assert not done.returncode, done.stderr
                for way in WAYS:
                    refused(f'{name} {dtype} {sketch} {way}',
                            run(f'{BIN}/tkpredict', 'bad.tk', *way), text)
                # The rows of the first part are sound.
                done = run(f'{BIN}/tkpredict', 'bad.tk', '--ids', '3',
                           '--partial', '--shard', '1/3')
                assert not done.returncode, done.stderr
        refused('q8', pack('q8.tk', w, '--dtype', 'q8'),
                'W_E, row 4: a value does not fit into q8')


def check_padding(w_u):
    """Rows without a token are not looked at."""
    w = list(w_u)
    pack('good.tk', w, '--sketch')
    for i in range(ROWS, PADDED):
        w[i * D + i % D] = NAN
    pack('padded.tk', w, '--sketch')
    for way in WAYS:
        if '--partial' in way:
            continue
        good = run(f'{BIN}/tkpredict', 'good.tk', *way)
        padded = run(f'{BIN}/tkpredict', 'padded.tk', *way)
        assert good.returncode == 0 and good.stdout, good.stderr
        assert good.stdout == padded.stdout, way


def check_vectors(w_u):
    """In an embedding, in a file of vectors, and made by the norm."""
    pack('model.tk', w_u, '--sketch')
    for way in WAYS[:10]:
        way = ['4' if word == '3' else word for word in way]
        refused(way, run(f'{BIN}/tkpredict', 'model.tk', *way),
                'element 7 of the hidden vector is not finite')
    for value in NAN, INF, -INF:
        h = [1.0] * (3 * D)
        h[2 * D + 5] = value
        npy('bad.npy', (3, D), h)
        refused(value, run(f'{BIN}/tkpredict', 'model.tk', '--hidden',
                           'bad.npy'), 'element 5 of vector 2 is ')
        npy('bad.npy', (D,), h[2 * D:])
        refused(value, run(f'{BIN}/tkpredict', 'model.tk', '--hidden',
                           'bad.npy', '--partial'),
                'element 5 of vector 0 is ')
    npy('h.npy', (D,), [3.0] * D)
    for eps in '0', '1e-5':
        pack('norm.tk', w_u, '--set', 'final_norm=layernorm', '--set',
             f'final_norm_eps={eps}', '--sketch')
        done = run(f'{BIN}/tkpredict', 'norm.tk', '--hidden', 'h.npy',
                   '--json', '-k', '3')
        if eps == '0':
            refused('eps 0', done, 'not finite after the final norm')
        else:
            # The vector is zero: ties by lowest id.
            assert [f'"id": {i}' in done.stdout for i in range(4)] == \
                [True, True, True, False], done.stdout


def check_all_masked():
    """A bias of -Inf everywhere: no token, and no error."""
    with open('masked.txt', 'w') as f:
        f.write('tk-manifest 1\nhparam tied true\ntoken "a"\ntoken "b"\n'
                'matrix b_u f32 1 2\n-inf -inf\nmatrix w_e f32 2 2\n1 2\n'
                '3 4\nend\n')
    run(f'{BIN}/tkpack', 'masked.txt', '--sketch', '-o', 'masked.tk')
    for way in ((), ('--probs', 'none'), ('--temperature', '0'),
                ('--rank', 'b'), ('-n', '2'), ('-n', '2', '--seed', '1')):
        done = run(f'{BIN}/tkpredict', 'masked.tk', 'a', '--json', *way)
        assert done.returncode == 0, done.stderr
        assert '"predictions": []' in done.stdout, done.stdout
        assert ('"rank": null' in done.stdout) == ('--rank' in way), way


def main():
    numbers = pattern()
    w_u = [next(numbers) for _ in range(PADDED * D)]
    w_e = [next(numbers) for _ in range(PADDED * D)]
    # Of row 3 the column that will be bad is above 0: Inf stays +Inf.
    w_e[3 * D + COLUMN] = 0.25
    w_e[4 * D + 7] = NAN
    npy('we.npy', (PADDED, D), w_e)
    npy('h.npy', (D,), w_e[3 * D:4 * D])
    npy('hs.npy', (11, D), 11 * w_e[3 * D:4 * D])
    with open('words.txt', 'w') as f:
        f.writelines(f'w{i}\n' for i in range(ROWS))
    check_weights(w_u)
    check_padding(w_u)
    check_vectors(w_u)
    check_all_masked()


main()
