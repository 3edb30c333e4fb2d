# SPDX-License-Identifier: MIT
"""refusals.py - files that a reader must refuse, each a few bytes away from
a good one, and good ones from a later minor version.
"""
import struct

import tk

U16 = struct.Struct('<H').pack
U32 = struct.Struct('<I').pack
U64 = struct.Struct('<Q').pack
HUGE = 1 << 47


def entry(m, name):
    """Where the table entry of a section is."""
    return m.image.index(name.encode().ljust(32, b'\0'), 128) - 0x10


def offset(m, name):
    return struct.unpack_from('<Q', m.image, entry(m, name) + 0x30)[0]


def apply(image, patches):
    out = bytearray(image)
    for at, data in patches:
        out[at:at + len(data)] = data
    assert len(out) == len(image)
    return bytes(out)


def difference(a, b):
    """The ranges in which b differs, as OFFSET:BYTES."""
    out, at = [], 0
    while at < len(a):
        end = at
        while end < len(a) and a[end] != b[end]:
            end += 1
        if end > at:
            out.append('%d:%s' % (at, b[at:end].hex()))
        at = end + 1
    return out


class Lines:
    def __init__(self, say, m):
        self.say, self.m = say, m

    def line(self, verb, rule, image, *result):
        self.say(verb, rule, self.m.name, *difference(self.m.image, image),
                 *result)

    def raw(self, rule, status, *patches):
        """As it is: the sums are wrong now if the head was changed."""
        self.line('refused', rule, apply(self.m.image, patches), '=', status)

    def resized(self, rule, status, size, *patches, sign=True):
        """Cut or grown by zeros to 'size', then as signed."""
        image = self.m.image[:size].ljust(size, b'\0')
        patched = apply(image, patches)
        if sign:
            patched = tk.sign(patched)
        self.say('cut', rule, self.m.name, size, *difference(image, patched),
                 '=', status)

    def signed(self, rule, status, *patches):
        """With root digest and header checksum made anew."""
        image = tk.sign(apply(self.m.image, patches))
        self.line('refused', rule, image, '=', status)

    def accepted(self, rule, *patches):
        image = tk.sign(apply(self.m.image, patches))
        self.line('accepted', rule, image)


def checksum_only(m, *patches):
    """The header checksum made anew, the root left as it was."""
    image = apply(m.image, patches)
    signed = tk.sign(image)
    head = image[:0x78]
    check = tk.xxhash.xxh3_64_intdigest(head)
    assert signed[:0x30] == head[:0x30]
    return head + U64(check) + image[0x80:]


def header(lines):
    m = lines.m
    size = len(m.image)
    for cut in 0, 7, 127:
        lines.say('cut', 'R01', m.name, cut, '=', 'E_TRUNCATED')
    for i in range(8):
        lines.raw('R02', 'E_MAGIC', (i, bytes([m.image[i] ^ 1])))
    lines.raw('R02', 'E_MAGIC', (0, b'\x89TKF\r\r\n\x1a'))
    lines.resized('R02', 'E_MAGIC', 1, (0, b'G'), sign=False)
    lines.resized('R02', 'E_MAGIC', 100, (7, b'G'), sign=False)
    lines.raw('R03', 'E_UNFINISHED', (0, b'\0TKFpart'))
    lines.resized('R03', 'E_UNFINISHED', 8, (0, b'\0TKFpart'), sign=False)
    lines.resized('R01', 'E_TRUNCATED', 7, (0, b'\0TKFpar'), sign=False)
    for major in 1, 0x100, 0xffff:
        lines.raw('R04', 'E_VERSION', (8, U16(major)))
    for at in 0x0a, 0x0c, 0x10, 0x14, 0x18, 0x20, 0x28, 0x30, 0x50, 0x77, 0x78:
        lines.raw('R05', 'E_CHECKSUM', (at, bytes([m.image[at] ^ 0x40])))
    for bit in 1, 63:
        lines.signed('R06', 'E_FEATURE', (0x18, U64(1 << bit)))
    for scheme in 0, 2:
        lines.signed('R07', 'E_FEATURE', (0x28, U32(scheme)))
    count = struct.unpack_from('<I', m.image, 0x10)[0]
    for bad in 0, 127, 136, 2 ** 32 - 1:
        lines.line('refused', 'R08', checksum_only(m, (0x0c, U32(bad))), '=',
                   'E_LAYOUT')
    for bad in 0, 191, 200, 2 ** 32 - 1:
        lines.line('refused', 'R08', checksum_only(m, (0x14, U32(bad))), '=',
                   'E_LAYOUT')
    lines.line('refused', 'R09', checksum_only(m, (0x10, U32(0))), '=',
               'E_LAYOUT')
    for bad in 257, 2 ** 32 - 1:
        lines.line('refused', 'R10', checksum_only(m, (0x10, U32(bad))), '=',
                   'E_LIMIT')
    for at in 0x2c, 0x40, 0x4f, 0x50, 0x77:
        lines.line('refused', 'R11', checksum_only(m, (at, b'\1')), '=',
                   'E_RESERVED')
    lines.signed('R12', 'E_LIMIT', (0x20, U64(HUGE)))
    lines.signed('R13', 'E_TRUNCATED', (0x20, U64(size + 1)))
    for cut in 128, 128 + 192 * count, size - 1:
        lines.say('cut', 'R13', m.name, cut, '=', 'E_TRUNCATED')
    lines.signed('R14', 'E_TRAILING', (0x20, U64(size - 1)))
    for grown in size + 1, size + 4096:
        lines.say('cut', 'R14', m.name, grown, '=', 'E_TRAILING')
    lines.line('refused', 'R15', checksum_only(m, (0x10, U32(256))), '=',
               'E_LAYOUT')
    lines.raw('R16', 'E_CHECKSUM', (128 + 192 + 0x70, b'\xaa\x55'))
    lines.line('refused', 'R16', checksum_only(m, (0x30, b'\xaa\x55')), '=',
               'E_CHECKSUM')


def entries(lines):
    m = lines.m
    size = len(m.image)
    first, w_e = entry(m, 'hparams'), entry(m, 'w_e')
    bias, last = entry(m, 'b_u'), entry(m, 'digests')
    lines.signed('R20', 'E_SECTION', (first, U32(0)))
    lines.signed('R21', 'E_FEATURE', (first + 4, U32(9)))
    for name in b'Hparams', b'hpar ms', b'hparamz', b'':
        lines.signed('R22', 'E_SECTION', (first + 0x10, name.ljust(7, b'\0')))
    lines.signed('R22', 'E_SECTION', (first + 0x10 + 9, b'x'))
    lines.signed('R22', 'E_SECTION', (first + 4, U32(0)))
    lines.signed('R22', 'E_SECTION', (first + 4, U32(3)))
    lines.signed('R22', 'E_SECTION', (first + 0x0a, U16(1)))
    lines.signed('R22', 'E_SECTION', (bias + 0x0a, U16(4)))
    lines.signed('R22', 'E_SECTION', (w_e, U32(0x8000)))
    lines.signed('R23', 'E_LAYOUT', (first + 0x38, bytes(16)))
    lines.signed('R23', 'E_LAYOUT', (first + 0x38, bytes(8)))
    lines.signed('R24', 'E_LIMIT', (first + 0x38, 2 * U64(HUGE)))
    lines.signed('R24', 'E_LIMIT', (first + 0x38, 2 * U64(2 ** 64 - 1)))
    lines.signed('R25', 'E_LAYOUT', (first + 8, U16(1)))
    lines.signed('R25', 'E_LAYOUT', (first + 0x40, U64(size)))
    for at in 0x48, 0x50, 0x58:
        lines.signed('R26', 'E_SHAPE', (first + at, U64(1)))
    for at in 0x48, 0x50:
        lines.signed('R26', 'E_SHAPE', (w_e + at, U64(0)))
    lines.signed('R27', 'E_LIMIT', (w_e + 0x48, U64(2 ** 24 + 1)))
    lines.signed('R27', 'E_LIMIT', (w_e + 0x50, U64(2 ** 17 + 1)))
    lines.signed('R27', 'E_LIMIT', (bias + 0x48, U64(2)))
    for stride in 0, 32, 128, 2 ** 63:
        lines.signed('R28', 'E_SHAPE', (w_e + 0x58, U64(stride)))
    lines.signed('R28', 'E_SHAPE', (w_e + 0x48, U64(14)),
                 (w_e + 0x58, U64(32)))
    lines.signed('R28', 'E_SHAPE', (w_e + 0x48, U64(1)))
    lines.signed('R28', 'E_SHAPE', (w_e + 0x48, U64(2 ** 24)))
    lines.signed('R28', 'E_SHAPE', (w_e + 0x50, U64(2 ** 17)))
    lines.signed('R29', 'E_LAYOUT', (bias, U32(0x8005) + U32(0)))
    lines.signed('R29', 'E_LAYOUT', (entry(m, 'final-norm-bias'), U32(0x23)),
                 (entry(m, 'final-norm-bias') + 0x10,
                  b'final-norm-weight'))
    for at in 0x0c, 0x68, 0x80, 0x90, 0xaf, 0xb0, 0xbf:
        lines.signed('R30', 'E_RESERVED', (first + at, b'\1'))
    lines.signed('R30', 'E_RESERVED', (last + 0x70, b'\1'))
    place = offset(m, 'w_e')
    for bad in 0, 64, place - 64, place + 64, place + 1, size, 2 ** 64 - 64:
        lines.signed('R31', 'E_LAYOUT', (w_e + 0x30, U64(bad)))
    lines.signed('R31', 'E_LAYOUT', (last + 0x38, 2 * U64(size)))
    lines.resized('R31', 'E_LAYOUT', size + 64, (0x20, U64(size + 64)),
                  (last + 0x30, U64(offset(m, 'digests') + 64)))
    lines.signed('R32', 'E_LAYOUT', (w_e + 0x60, U64(0)))
    lines.signed('R32', 'E_LAYOUT', (last + 0x60, U64(1)))
    leaves = struct.unpack_from('<Q', m.image, last + 0x38)[0]
    lines.signed('R32', 'E_LAYOUT', (last + 0x38, 2 * U64(leaves - 16)))
    lines.signed('R33', 'E_SECTION', (last, U32(0xfffffffe)),
                 (last + 0x60, U64(leaves // 16)))
    lines.resized('R34', 'E_LAYOUT', size + 64, (0x20, U64(size + 64)))


def newer(lines):
    """What a later minor version may bring: format.md 11."""
    m = lines.m
    first, note = entry(m, 'hparams'), entry(m, 'note')
    bias, tokenizer = entry(m, 'embed-norm-weight'), entry(m, 'tokenizer')
    minor = (0x0a, U16(2))
    lines.accepted('11.2', minor)
    lines.accepted('11.8', minor, (0x50, b'\1'), (first + 0xb0, b'\1'))
    lines.accepted('11.4', minor, (note, U32(5) + U32(0)))
    lines.signed('11.4', 'E_FEATURE', minor, (bias, U32(0x1f)))
    lines.signed('11.5', 'E_FEATURE', minor, (bias + 0x0a, U16(9)))
    lines.signed('11.5', 'E_FEATURE', minor, (first + 0x0a, U16(9)))
    lines.accepted('11.5', minor, (tokenizer + 0x0a, U16(9)))
    lines.signed('11.6', 'E_FEATURE', minor, (first + 4, U32(9)))
    lines.line('refused', 'R08', checksum_only(m, minor, (0x0c, U32(132))),
               '=', 'E_LAYOUT')
    lines.line('refused', 'R10', checksum_only(m, minor, (0x0c, U32(65536))),
               '=', 'E_LIMIT')


def models(lines):
    m = lines.m
    keys = offset(m, 'hparams')

    def value(key):
        """Where the value of a key of hparams is."""
        at = m.image.index(key.encode() + b'\0', keys)
        return at + tk.up(len(key) + 1, 8)

    def f64(x):
        return struct.pack('<d', x)

    lines.signed('R50', 'E_FEATURE', (entry(m, 'b_u'), U32(0x26)))
    lines.signed('R51', 'E_SECTION', (entry(m, 'hparams'), U32(4) + U32(0)))
    lines.signed('R51', 'E_SECTION', (entry(m, 'vocab'), U32(9) + U32(0)))
    lines.raw('R41', 'E_LAYOUT', (keys, b'\1'))
    lines.raw('R52', 'E_VALUE', (value('logit_scale'), f64(0.0)))
    lines.raw('R52', 'E_VALUE', (value('logit_scale'), f64(-1.0)))
    lines.raw('R52', 'E_VALUE', (value('logit_scale'), f64(0.1)))
    lines.raw('R52', 'E_VALUE', (value('logit_scale'), f64(1e300)))
    lines.raw('R52', 'E_VALUE', (value('logit_softcap'), f64(-30.0)))
    lines.raw('R52', 'E_VALUE', (value('final_norm_eps'), f64(-1e-5)))
    lines.raw('R52', 'E_VALUE', (value('final_norm'), b'Layernorm'))
    lines.raw('R52', 'E_VALUE',
              (value('n_ctx') - 16 + 2, b'\5'))
    for key, default in (('logit_scale', f64(1.0)), ('embed_scale', f64(1.0)),
                         ('logit_softcap', f64(0.0)), ('n_ctx', U64(0)),
                         ('final_norm_eps', f64(0.0)), ('tied', b'\0')):
        lines.raw('R52', 'E_VALUE', (value(key), default))
    lines.raw('R52', 'E_VALUE', (value('tied') - 16 + 3, b'\0'))
    lines.raw('R52', 'E_VALUE', (value('n_ctx') - 16 + 3, b'\1'))
    lines.signed('R53', 'E_SECTION', (entry(m, 'w_e'), U32(0x8001) + U32(0)))
    for name in 'final-norm-weight', 'final-norm-bias', 'b_u':
        cols = entry(m, name) + 0x50
        lines.signed('R54', 'E_SHAPE', (cols, b'\3'))
    vocab = offset(m, 'vocab')
    lines.raw('R55', 'E_SECTION', (vocab, U32(200)))
    lines.raw('R55', 'E_SECTION', (vocab + 4, U32(1000)))
    lines.raw('R55', 'E_SECTION', (vocab + 16, U32(1)))
    lines.raw('R56', 'E_LIMIT', (vocab, U32(2 ** 24)))
    lines.raw('R56', 'E_LIMIT', (vocab + 8, U32(65536)))
    lines.raw('R57', 'E_SECTION', (vocab, U32(0)))
    lines.raw('R57', 'E_SECTION', (vocab + 12, U32(0)))
    lines.raw('R57', 'E_SECTION', (vocab + 12, U32(7)))
    lines.raw('R58', 'E_RESERVED', (vocab + 0x3f, b'\1'))
    lines.raw('R58', 'E_RESERVED', (vocab + 16, U32(7)))
    index = offset(m, 'vocab-index')
    for slots in 0, 15, 24, 32:
        lines.raw('R60', 'E_SECTION', (index + 0x20, U32(slots)))
    lines.raw('R61', 'E_LIMIT', (index + 0x24, U32(256)))
    lines.raw('R62', 'E_RESERVED', (index + 0x3f, b'\1'))
    for bits in 0, 2, 4, 25:
        lines.raw('R60', 'E_SECTION', (index + 0x30, U32(bits)))
    lines.accepted('1.3', (index, b'\xaa\x55'), (index + 0x20, U32(5)))


def untied(lines):
    """Of the model with W_E, W_U, a mix and both norms."""
    m = lines.m
    at = m.image.index(b'n_ctx\0\0\0', offset(m, 'hparams')) - 8
    tied = struct.pack('<HBBI', 4, 1, 1, 1) + b'tied'.ljust(8, b'\0') + b'\1'
    lines.raw('R53', 'E_SECTION', (at, tied.ljust(24, b'\0')))
    weight = entry(m, 'final-norm-weight')
    image = tk.sign(apply(m.image, [(weight, U32(0x26) + U32(0)),
                                    (entry(m, 'w_u') + 0x50, b'\x28')]))
    lines.line('nocontext', '3.3', image, '=', 'E_SHAPE')
    norm = m.image.index(b'final_norm\0', offset(m, 'hparams')) - 8
    lines.raw('R52', 'E_VALUE', (norm + 4, U32(4)),
              (norm + 24, b'none\0\0\0'))
    lines.signed('R54', 'E_SHAPE', (entry(m, 'mix') + 0x50, b'\2'))
    lines.raw('R54', 'E_SHAPE', (at + 16, U64(1)))


def damage(lines):
    m = lines.m

    def damaged(rule, status, at):
        image = apply(m.image, [(at, bytes([m.image[at] ^ 0x10]))])
        lines.line('damaged', rule, image, '=', status)

    for name in 'hparams', 'vocab', 'vocab-index', 'b_u', 'w_e', 'digests':
        damaged('R70', 'E_CHECKSUM', offset(m, name))
    damaged('R70', 'E_CHECKSUM', len(m.image) - 1)
    damaged('R71', 'E_RESERVED', offset(m, 'vocab') - 1)


def say_all(say, tied, mixed):
    lines = Lines(say, tied)
    header(lines)
    entries(lines)
    models(lines)
    damage(lines)
    lines = Lines(say, mixed)
    newer(lines)
    untied(lines)
