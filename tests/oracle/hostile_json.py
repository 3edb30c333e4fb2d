# SPDX-License-Identifier: MIT
"""hostile_json.py - directories whose JSON, or whose parts, are wrong."""
import json

import sources as src


def config(text):
    text = text if isinstance(text, bytes) else text.encode()
    return src.directory(config__json=text)


def with_keys(**keys):
    return config(json.dumps({**src.CONFIG, **keys}))


def words(**changes):
    return src.directory(tokenizer__json=src.tokenizer(**changes))


def vocab(entries, **model):
    text = json.dumps({'version': '1.0', 'added_tokens': [], 'model': {
        'type': 'WordLevel', 'vocab': {}, **model}})
    return src.directory(tokenizer__json=text.replace(
        '"vocab": {}', '"vocab": ' + entries).encode())


def texts(c):
    group = 'json: form'
    good = json.dumps(src.CONFIG)
    for text, piece in (
            ('', 'ends in the middle'), ('[]', 'is a list'),
            (good + '{}', 'behind the end'), (good + 'x', 'behind the end'),
            ('\ufeff' + good, 'not JSON'), (good.encode('utf-16'), 'not'),
            ('{"a":1,}', 'not JSON'), ("{'a':1}", 'not JSON'),
            ('{"a":"\\ud800"}', 'not JSON'), ('{"\\u0000":1}', 'NUL'),
            ('{"a":"\x01"}', 'not JSON'), (b'{"a":"\xff"}', 'not UTF-8'),
            (b'{"a":"\xc0\xaf"}', 'not UTF-8')):
        c.bad(group, repr(text)[:30], config(text), piece)
    c.bad(group, 'missing', src.directory(config__json=None),
          'has no config.json')
    c.good(group, 'blanks', config(' \n' + good + '\r\n\t '))
    group = 'json: numbers'
    for text, piece in (('1e999', 'too large'), ('"6"', 'is a text'),
                        ('6.0', 'with a fraction'), ('06', 'not JSON'),
                        ('-6', 'below 0'), ('NaN', 'vocab_size is NaN'),
                        ('Infinity', 'vocab_size is NaN'),
                        ('9223372036854775808', 'too large'),
                        ('9007199254740993', 'is 9007199254740993, but'),
                        ('9' * 10000, 'too large')):
        c.bad(group, text[:20], config(good.replace(
            '"vocab_size": 6', '"vocab_size": ' + text)), piece)
    for text in ('NaN', '-Infinity', '1e308', '-0', '9' * 300, 'null'):
        c.good(group, text[:9] + ' not needed', config(good.replace(
            '{', '{"dropout": [%s], ' % text, 1)))
    group = 'json: a key twice'
    for key in ('vocab_size', 'vocab\\u005fsize'):
        c.bad(group, key, config('{"%s":6,%s' % (key, good[1:])),
              'has already')
    group = 'json: depth'
    for text in ('{"a":' * 100000, '{"a":' + '[' * 100000,
                 '{"a":' + '[{"a":' * 50000):
        c.bad(group, text[:8], config(text), 'deep')
    group = 'json: a bad byte anywhere'
    for at in range(0, len(good), 3):
        c.either(group, at, config(good[:at].encode() + b'\xff'), ['m'])
    c.bad('json: memory', 'empty objects', config(
        '{"a":[%s{}]}' % ('{},' * 800000)), 'more objects and arrays')


def tokens(c):
    group = 'tokens: ids'
    for n, piece in (('-1', 'below 0'), ('3.5', 'with a fraction'),
                     ('2147483647', 'has 6 rows'), ('"1"', 'is a text'),
                     ('9223372036854775808', 'too large'), ('6', '6 rows')):
        c.bad(group, n, vocab('{"a":0,"b":%s}' % n), piece)
    c.good(group, 'the last row', vocab('{"a":0,"b":5}'),
           note='4 ids have no token')
    group = 'tokens: twice'
    c.bad(group, 'an id', vocab('{"a":0,"b":1,"c":1}'),
          'id 1 stands for "b" and for "c"')
    c.bad(group, 'a token', vocab('{"a":0,"a":1}'), 'has already')
    group = 'tokens: added'
    c.bad(group, 'another text', words(added_tokens=[
        {'id': 1, 'content': 'dog', 'special': False}]),
        'id 1 is " cat", but "dog" as an added token')
    c.bad(group, 'beyond the rows', words(added_tokens=[
        {'id': 6, 'content': 'dog', 'special': False}]), 'has 6 rows')
    c.good(group, 'the same', words(added_tokens=[
        {'id': 1, 'content': ' cat', 'special': False}]))
    c.good(group, 'an absent special one', src.directory(
        tokenizer_config__json=b'{"eos_token":"</s>"}'),
        note='eos_token is "</s>", which is no token')
    group = 'tokens: forms of the vocabulary'
    for form, kind, piece in (
            ('[["a",0],["b"]]', 'Unigram', 'not a text and a score'),
            ('[["a",0],{"b":0}]', 'Unigram', 'not a text and a score'),
            ('[["a",1e39]]', 'Unigram', 'not a text and a score'),
            ('[["a",0]]', 'BPE', 'the vocab of a bpe tokenizer is a list'),
            ('7', 'BPE', 'the vocab of a bpe tokenizer is a whole'),
            ('{}', 'BPE', 'has no tokens'),
            ('{"a":0}', 'X', 'model.type is "X"')):
        c.bad(group, form, vocab(form, type=kind), piece)
    c.good(group, 'pieces', vocab('[["a",0],["b",-1.5]]', type='Unigram'))
    group = 'tokens: merges'
    for merges in (['a b c'], ['ab'], [['a']], [['a', 'b', 'c']], ['a '],
                   [7], 'a b'):
        c.bad(group, merges, vocab('{"a":0,"b":1}', type='BPE',
                                   merges=merges), 'merges')
    for merges in (['a b'], [['a', 'b']], [['a b', 'c']]):
        c.good(group, merges, vocab('{"a":0,"b":1}', type='BPE',
                                    merges=merges))
    pair = {'tokenizer__json': None, 'vocab__json': b'{"a":0,"b":1}'}
    for text in (b'a b\nab\n', b'a b\n\nb a\n', b'a b\r\nb a\n'):
        c.bad(group, text, src.directory(merges__txt=text, **pair),
              'merges.txt:2')
    for text in (b'#version: 0.2\na b\n', b'a b\r\nb a\r\n', b'# b\n\n'):
        c.good(group, text, src.directory(merges__txt=text, **pair))
    group = 'tokens: vocab.txt'
    for text in (b'a\nb\r\n', b'a\r\nb\n'):
        c.bad(group, text, src.directory(tokenizer__json=None,
                                         vocab__txt=text), 'vocab.txt:2')
    for text in (b'a\r\nb\r\n', b'a\n\nb', b'a\na\n', b'a \n b\n'):
        c.good(group, text, src.directory(tokenizer__json=None,
                                          vocab__txt=text))
    c.good('tokens: many', '30000 alike', src.directory(
        tokenizer__json=None, vocab__json=json.dumps({
            ('%06d' % i)[::-1] * 3: i for i in range(30000)}).encode(),
        model__safetensors=src.safetensors({'wte.weight': (
            'F32', [30000, 2], bytes(240000))}),
        config__json=b'{"model_type":"gpt2"}'), note='rows are all zero')


def models(c):
    tied = {**src.TENSORS, 'lm_head.weight': ('F32', [6, 2], src.W_E)}
    untied = {**src.TENSORS, 'lm_head.weight': ('F32', [6, 2],
                                                src.W_E[::-1])}
    group = 'model: tied or not'
    c.good(group, 'equal', src.directory(
        model__safetensors=src.safetensors(tied)), note='stored once')
    c.good(group, 'different', src.directory(
        model__safetensors=src.safetensors(untied), config__json=json.dumps({
            **src.CONFIG, 'tie_word_embeddings': True}).encode()),
        note='it is used')
    c.bad(group, 'neither', with_keys(tie_word_embeddings=False),
          'tie_word_embeddings is false')
    group = 'model: sizes'
    c.bad(group, 'vocab_size', with_keys(vocab_size=7), 'vocab_size is 7')
    c.bad(group, 'n_embd', with_keys(n_embd=3), 'n_embd is 3')
    c.bad(group, 'rows', vocab(json.dumps({
        'w%d' % i: i for i in range(7)})), 'has 6 rows')
    c.good(group, 'padding', with_keys(vocab_size=5))
    transposed = {**src.TENSORS, 'wte.weight': ('F32', [2, 6], src.W_E)}
    c.bad(group, 'd x V', src.directory(
        model__safetensors=src.safetensors(transposed)), 'n_embd is 2')
    group = 'model: which tensor'
    both = {**src.TENSORS, 'model.embed_tokens.weight': ('F32', [6, 2],
                                                         src.W_E)}
    files = src.directory(model__safetensors=src.safetensors(both))
    c.bad(group, 'two', files, 'say which with --embed')
    c.good(group, 'one of two', files, ['m', '--embed', 'wte.weight'])
    c.bad(group, 'none', src.directory(model__safetensors=src.safetensors({
        'my\x1b[2J': ('F32', [6, 2], src.W_E)})), 'my\\x1b[2J')
    group = 'model: tensors that nobody needs'
    c.bad(group, 'of the wrong size', src.directory(
        model__safetensors=src.safetensors({
            **src.TENSORS, 'x': ('F32', [3], bytes(8))})), 'tensor "x"')
    c.good(group, 'sound', src.directory(model__safetensors=src.safetensors({
        **src.TENSORS, 'x': ('F32', [2], bytes(8))})))
    group = 'model: all-zero rows'
    c.good(group, 'noted', src.directory(model__safetensors=src.safetensors({
        **src.TENSORS, 'wte.weight': ('F32', [6, 2], src.W_E[:40] +
                                      bytes(8))})), note='1 of 6 rows')


def check(c):
    texts(c)
    tokens(c)
    models(c)
