# SPDX-License-Identifier: MIT
"""hostile.py TKPACK TKINFO - hostile sources and their nearest valid
neighbours: each of the former is refused in one line, with nothing left
behind; each of the latter is packed, and the file is sound.

With --count, says how many there are of each kind.
"""
import os
import random
import resource
import shutil
import socket
import subprocess
import sys

import hostile_json
import hostile_tensors
import hostile_vectors
import sources as src

TKPACK, TKINFO = sys.argv[1:3]
SANITIZED = 'sanitize' in os.environ.get('TK_LINK_FLAGS', '')
# A process is given this much, and twelve times what it reads.
MEMORY = 64 << 20


class Checks:
    def __init__(self):
        self.failed = []
        self.count = {}

    def place(self, files):
        """A directory with nothing but these files."""
        shutil.rmtree('case', ignore_errors=True)
        os.mkdir('case')
        for name, content in files.items():
            path = os.path.join('case', name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if callable(content):
                content(path)
                continue
            with open(path, 'wb') as f:
                f.write(content)

    def run(self, args, **more):
        """Status and messages; the output is case/out.tk."""
        p = subprocess.Popen([TKPACK] + args + ['-o', 'out.tk'], cwd='case',
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, **more)
        try:
            err = p.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            return 'hangs', b''
        return p.returncode, err

    def size(self):
        return sum(os.lstat(os.path.join(d, f)).st_blocks * 512
                   for d, _, names in os.walk('case') for f in names)

    def limits(self):
        """A process beyond them cannot allocate, and says so."""
        if SANITIZED:
            return None
        room = MEMORY + 12 * self.size()

        def set_limits():
            resource.setrlimit(resource.RLIMIT_DATA, (room, room))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        return set_limits

    def fail(self, group, what, why, err):
        self.failed.append('%s: %s: %s: %s' % (
            group, what, why, err.decode('utf-8', 'replace').strip()))

    def refused(self, err):
        """One line that is no note, of printable characters."""
        lines = [line for line in err.split(b'\n')
                 if line and b': note: ' not in line]
        return len(lines) == 1 and not any(
            b < 0x20 or b > 0x7e for line in err.split(b'\n') for b in line)

    def bad(self, group, what, files, piece, args=None):
        self.count.setdefault(group, [0, 0])[0] += 1
        self.place(files)
        status, err = self.run(args or [next(iter(files)).split('/')[0]],
                               preexec_fn=self.limits())
        if status != 2:
            self.fail(group, what, 'status %s' % status, err)
        elif not self.refused(err):
            self.fail(group, what, 'is no clear line', err)
        elif piece.encode() not in err:
            self.fail(group, what, 'does not say: ' + piece, err)
        if any(n.endswith('.tmp') or n == 'out.tk'
               for n in os.listdir('case')):
            self.fail(group, what, 'leaves an output', err)

    def sound(self):
        """None, or what is wrong with the output."""
        p = subprocess.run([TKINFO, '--verify', 'case/out.tk'],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
        return None if p.returncode == 0 else p.stdout

    def good(self, group, what, files, args=None, note=None, **more):
        self.count.setdefault(group, [0, 0])[1] += 1
        self.place(files)
        status, err = self.run(args or [next(iter(files)).split('/')[0]],
                               preexec_fn=self.limits(), **more)
        if status != 0:
            self.fail(group, what, 'status %s' % status, err)
        elif note and note.encode() not in err:
            self.fail(group, what, 'does not note: ' + note, err)
        elif self.sound():
            self.fail(group, what, 'is not sound', self.sound())

    def either(self, group, what, files, args):
        """Refused, or packed whole."""
        self.count.setdefault(group, [0, 0])[0] += 1
        self.place(files)
        status, err = self.run(args)
        if status == 0 and self.sound():
            self.fail(group, what, 'is not sound', self.sound())
        elif status == 2 and os.path.exists('case/out.tk'):
            self.fail(group, what, 'leaves an output', err)
        elif status not in (0, 2):
            self.fail(group, what, 'status %s' % status, err)


# ---- every kind of source, cut and bent

WORDS = b'the\n cat\nsat\nA\n<end>\n'
TEXT = b'3 2\nthe 1 2\ncat 3 4.5\nsat -1 0\n'
BINARY = src.word2vec([b'the', b'cat'], 2, [src.f32(1, 2), src.f32(3, 4)])


def whole():
    """One good source of each kind: name, files, which to spoil, args."""
    npy = src.npy('<f4', '(6, 2)', src.W_E)
    yield 'directory', src.directory(), 'm/model.safetensors', ['m']
    yield 'config', src.directory(), 'm/config.json', ['m']
    yield 'tokenizer', src.directory(), 'm/tokenizer.json', ['m']
    yield 'gguf', {'g': src.gguf(src.KEYS, src.INFOS)}, 'g', ['g']
    yield 'npy', {'e': npy, 'w': WORDS}, 'e', ['e', '--vocab', 'w']
    yield 'text', {'t': TEXT}, 't', ['t']
    yield 'binary', {'b': BINARY}, 'b', ['b']


def spoil(c, seed=20261124, n=8):
    rng = random.Random(seed)
    for kind, files, victim, args in whole():
        content = files[victim]
        c.good('any source', kind, files, args)
        for at in rng.sample(range(len(content)), n):
            c.either('cut', '%s at %d' % (kind, at),
                     {**files, victim: content[:at]}, args)
        for bit in rng.sample(range(8 * len(content)), n):
            bent = bytearray(content)
            bent[bit // 8] ^= 1 << bit % 8
            c.either('bit flipped', '%s bit %d' % (kind, bit),
                     {**files, victim: bytes(bent)}, args)


def same_bytes(c, seen=None):
    """Where, when and by whom it is packed does not show."""
    for where in ({'TZ': 'Asia/Tokyo', 'LC_ALL': 'de_DE.UTF-8'},
                  {'LC_ALL': 'C', 'HOME': '/', 'COLUMNS': '0'}, {}):
        c.good('the same bytes', where, {'t': TEXT}, ['t'],
               env={**os.environ, **where})
        with open('case/out.tk', 'rb') as f:
            content = f.read()
        if content != (seen or content):
            c.fail('the same bytes', where, 'differ', b'')
        seen = content


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)


def no_files(c):
    """What is there is no regular file, or of another kind than its name."""
    for name in ('e.npy', 'v.txt', 'm.gguf', 'm.safetensors'):
        c.bad('no regular file', 'a FIFO ' + name, {name: os.mkfifo},
              'is a FIFO, not a file')
    c.bad('no regular file', 'a device', {'x': b''}, 'is a device',
          ['/dev/zero'])
    c.bad('no regular file', 'a socket', {'x': make_socket}, 'No such device')
    c.bad('no regular file', 'an empty directory', {'m/x': b''},
          'has no config.json')
    c.bad('no regular file', 'a link to nowhere',
          {'x': lambda p: os.symlink('nowhere', p)}, 'No such file')
    for start, piece in ((b'PK\3\4', 'ZIP'), (b'\x80\2', 'pickle'),
                         (b'\x1f\x8b\x08\0', 'gzip'), (b'\x7fELF', 'program'),
                         (b'(\xb5/\xfd', 'zstd'), (b'FUGG', 'big-endian'),
                         (b'\x14\x16\x4f\x2f', 'fastText .bin'),
                         (b'FiFu', 'finalfusion'), (b'', 'is empty'),
                         (b'\0' * 64, 'no kind of file')):
        c.bad('another kind', repr(start), {
            'm.safetensors': start + bytes(64) if start else b''}, piece)


def main():
    c = Checks()
    spoil(c)
    same_bytes(c)
    no_files(c)
    hostile_tensors.check(c)
    hostile_json.check(c)
    hostile_vectors.check(c)
    if '--count' in sys.argv:
        for group, (bad, good) in sorted(c.count.items()):
            print('%3d hostile %3d valid  %s' % (bad, good, group))
    for line in c.failed:
        print(line)
    sys.exit(bool(c.failed))


main()
