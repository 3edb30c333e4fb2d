# SPDX-License-Identifier: MIT
"""surroundings.py - the tools where files, limits, streams and signals are odd

The same answer, or one line that says why there is none, whatever else goes
on; and nothing is left behind.
"""
import os
import resource
import signal
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
BIN, SRC = os.environ["TK_BIN"], os.environ["TK_SRC"]
SANITIZED = "sanitize" in os.environ.get("TK_LINK_FLAGS", "")
sys.path.insert(0, SRC + "/tests/oracle")
import forge  # noqa: E402
import reader  # noqa: E402
import rules  # noqa: E402

TINY = SRC + "/samples/tiny.tk"
TEXT = SRC + "/samples/tiny.txt"


def fail(*words):
    print("surroundings:", *words)
    sys.exit(1)


def run(*command, **more):
    more = {"capture_output": True, "timeout": 60, **more}
    return subprocess.run([BIN + "/" + command[0], *command[1:]],
                          check=False, **more)


def expect(status, *command, says=None, **more):
    done = run(*command, **more)
    if done.returncode != status:
        fail(command, "status", done.returncode, "not", status, done.stderr)
    if says and says.encode() not in (done.stderr or b"") + (
            done.stdout or b""):
        fail(command, "does not say", says, done.stderr)
    return done


def refused(*command, **more):
    err = expect(2, *command, **more).stderr
    if err.count(b"\n") != 1 or any(b < 32 and b != 10 or b > 126
                                    for b in err):
        fail(command, "not one line:", err)


# ---- a file of 1 TiB ----

def huge(path):
    """Right header and table; all the rest is holes.  False: cannot be"""
    rows, cols, width = 1 << 22, 1 << 17, 2
    tokens = [b"a", b"b", b"c"]
    vocab = forge.vocab(tokens)
    parts = [forge.Section("hparams", forge.key_values(
        ("tied", 1, 1, b"\1"))), vocab, forge.index(tokens, vocab)]
    leaves = [reader.leaves_of(p["data"]) for p in parts]
    large = forge.Section("w_e", b"", dtype=2, rows=rows, cols=cols,
                          row_stride=width * cols)
    size, n = rows * cols * width, 1 << 24
    first, table, body = 0, b"", []
    end = 128 + 192 * 5
    for s, own in zip(parts, leaves):
        start = reader.up(end, 64)
        table += forge.entry(s, start, first, reader.xxh3_128(
            own, 0x8000000000000001))
        body.append((start, s["data"]))
        end, first = start + len(s["data"]), first + len(own) // 16

    def entry(s, start, length, leaf):
        e = bytearray(forge.entry(s, start, leaf, bytes(16)))
        e[0x38:0x48] = struct.pack("<QQ", length, length)
        return bytes(e)

    start = reader.up(end, 1 << 21)
    table += entry(large, start, size, first)
    last = start + size
    table += entry(forge.Section("digests", b""), last, 16 * (n + first), 0)
    end = last + 16 * (n + first)
    head = rules.MAGIC + struct.pack("<HHIIIQQI", 0, 1, 128, 5, 192, 0, end, 1)
    body.append((last, b"".join(leaves)))
    with open(path, "wb") as f:
        f.write(forge.seal(head.ljust(128, b"\0") + table))
        for at, data in body:
            f.seek(at)
            f.write(data)
        try:
            f.truncate(end)
        except OSError:
            return False
    return True


def a_tebibyte():
    if not huge("huge.tk"):
        return
    started = time.monotonic()
    expect(0, "tkinfo", "huge.tk", says="1024.0 GiB")
    expect(0, "tkinfo", "--row", "id:2", "huge.tk")
    expect(0, "tkpredict", "huge.tk", "b")
    if time.monotonic() - started > 30:
        fail("a file of 1 TiB is read, not mapped")
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        with subprocess.Popen([BIN + "/tkinfo", "--verify", "huge.tk"],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as p:
            time.sleep(0.3)
            p.send_signal(number)
            p.communicate(timeout=20)
            if p.returncode != -number:
                fail("--verify of 1 TiB, signal", number, p.returncode)
    os.unlink("huge.tk")


# ---- streams ----

def closed(*descriptors):
    def close():
        for fd in descriptors:
            os.close(fd)
    return close


def streams():
    """The answer does not depend on a stderr that is closed or full; what is
    opened in the place of a closed one is not written into."""
    want = run("tkinfo", TINY).stdout
    with open("/dev/full", "wb") as full:
        for more in ({"stderr": full}, {"preexec_fn": closed(2)},
                     {"preexec_fn": closed(0, 2)}):
            more = {"stdout": subprocess.PIPE, "capture_output": False, **more}
            if expect(0, "tkinfo", TINY, **more).stdout != want:
                fail("another answer with", more)
            expect(2, "tkinfo", "nowhere", **more)
            expect(1, "tkpredict", TINY, "unheard", **more)
    expect(0, "tkpack", TEXT, "-o", "plain.tk")
    for fds in (0, 1, 2), (1, 2), (0,), (2,):
        expect(2 if 1 in fds else 0, "tkpack", TEXT, "--force", "-o", "odd.tk",
               capture_output=False, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL, preexec_fn=closed(*fds))
        same("plain.tk", "odd.tk")


def same(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        if f.read() != g.read():
            fail(a, b, "differ")


# ---- limits ----

def limited(which, n):
    def limit():
        resource.setrlimit(which, (n, n))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return limit


COMMANDS = (("tkinfo", TINY), ("tkinfo", "--verify", TINY),
            ("tkinfo", "--json", TINY), ("tkpredict", TINY, "the"),
            ("tkpredict", "--json", "-n", "3", TINY, "the"))


def limits():
    for command in COMMANDS:
        want = expect(0, *command).stdout
        for which, n in ((resource.RLIMIT_STACK, 65536),
                         (resource.RLIMIT_CPU, 5),
                         (resource.RLIMIT_FSIZE, 0),
                         (resource.RLIMIT_NOFILE, 4),
                         (resource.RLIMIT_NPROC, 0)):
            if SANITIZED and which == resource.RLIMIT_STACK:
                continue
            done = expect(0, *command, preexec_fn=limited(which, n))
            if done.stdout != want:
                fail(command, "another answer with limit", which)
    refused("tkpack", TEXT, "-o", "no.tk",
            preexec_fn=limited(resource.RLIMIT_FSIZE, 2000))
    refused("tkpack", TEXT, "-o", "no.tk",
            preexec_fn=limited(resource.RLIMIT_NOFILE, 5))
    if [n for n in os.listdir(".") if n.startswith(("no.tk", ".no.tk"))]:
        fail("an output is left:", *os.listdir("."))


# ---- the environment ----

def environments():
    for command in COMMANDS:
        want = expect(0, *command).stdout
        for odd in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"},
                    {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"},
                    {"LC_ALL": "ar_EG.UTF-8"}, {"LC_ALL": "no such thing"},
                    {"COLUMNS": "0"}, {"COLUMNS": "-1"},
                    {"COLUMNS": str(1 << 31)}, {"TERM": ""},
                    {"TZ": "Asia/Tokyo"}, {"HOME": "/nowhere"},
                    {"TK_KERNEL": "scalar"}, {"POSIXLY_CORRECT": "1"}):
            done = expect(0, *command, env={**os.environ, **odd})
            if done.stdout != want:
                fail(command, "another answer with", odd)
        done = expect(0, *command, env={})
        if done.stdout != want:
            fail(command, "another answer in an empty environment")


# ---- names ----

def names():
    odd = ("-", "--help", "-rf", "a\nb", "\x1b[2J", "%s%n%x", "x" * 255,
           b"\xff\xfe", " ", "id:0")
    for name in odd:
        name = os.fsencode(name)
        with open(TINY, "rb") as f, open(name, "wb") as g:
            g.write(f.read())
        for command in ("tkinfo",), ("tkinfo", "--verify", "--json"):
            out = expect(0, *command, "--", name, stdin=subprocess.DEVNULL)
            if any(b < 32 and b != 10 or b > 126 for b in out.stdout):
                fail("a name is not escaped:", out.stdout)
        expect(0, "tkpredict", "--", name, "the")
        os.unlink(name)
        refused("tkinfo", "--", name)
    for name in "x" * 256, "x/" * 2048, "", "nowhere/", TINY + "/":
        refused("tkinfo", "--", name)
        refused("tkpredict", "--", name, "the")
        refused("tkpack", "-o", "no.tk", "--", name)
        refused("tkpack", TEXT, "-o", name)
    for name in "/proc/version", "/proc/self/status", "/dev/null":
        refused("tkinfo", name)
        refused("tkpack", name, "-o", "no.tk")
    for tool in "tkinfo", "tkpack", "tkpredict":
        done = subprocess.run([""], executable=BIN + "/" + tool, check=False,
                              capture_output=True)
        if done.returncode != 2:
            fail(tool, "without a name:", done.returncode)


# ---- company ----

def crowd():
    """A hundred tools on one file"""
    want = expect(0, "tkpredict", TINY, "the").stdout
    jobs = [subprocess.Popen([BIN + "/tkpredict", TINY, "the"],
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL) for _ in range(100)]
    for p in jobs:
        if p.communicate(timeout=60)[0] != want or p.returncode:
            fail("one of a hundred has another answer")


def replaced():
    """Another file under the name, or none: what was opened stays"""
    with open(TEXT) as f:
        text = f.read()
    with open("other.txt", "w") as f:
        f.write(text.replace('" cats"', '" dogs!"'))
    expect(0, "tkpack", "other.txt", "-o", "other.tk")
    expect(0, "tkpack", TEXT, "-o", "mine.tk")
    other = expect(0, "tkpredict", "other.tk", "the").stdout
    with subprocess.Popen([BIN + "/tkpredict", "--stdin", "--json", "mine.tk"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as p:
        answers = []
        for change in (lambda: None, lambda: os.rename("other.tk", "mine.tk"),
                       lambda: os.unlink("mine.tk")):
            change()
            p.stdin.write(b"the\n")
            p.stdin.flush()
            answers.append(p.stdout.readline())
            if len(answers) == 2 and expect(
                    0, "tkpredict", "mine.tk", "the").stdout != other:
                fail("a new file is not seen")
        p.communicate(timeout=20)
        if p.returncode or len(set(answers)) != 1 or not answers[0]:
            fail("a file that was replaced:", answers)


for group in (a_tebibyte, streams, limits, environments, names, crowd,
              replaced):
    group()
