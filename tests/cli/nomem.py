# SPDX-License-Identifier: MIT
"""nomem.py - the tools while memory runs out, at each of their allocations

Each command is run with its first, its second ... allocation failing, those
of the C library, jansson and zstd included; and again with all failing from
there on.  It says so in one line and ends with status 2, leaving no file; or
it did not need that memory: then everything is as it is with memory.  A run
counts only if the preloaded library says that something has failed.

By default every allocation fails once, and some of them for good; with
TK_LONG all of them do.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

BIN, SRC = os.environ["TK_BIN"], os.environ["TK_SRC"]
PRELOAD = os.environ["TK_BUILD"] + "/tests/nomem.so"
LONG = "TK_LONG" in os.environ
sys.path.insert(0, SRC + "/tests/oracle")
import sources  # noqa: E402

# What a command makes is out.tk; {} is the directory of the inputs.
COMMANDS = [
    "tkpack {}/tiny.txt -o out.tk --sketch",
    "tkpack {}/tiny.txt -o out.tk --paranoid --force",
    "tkpack {}/m -o out.tk",
    "tkpack {}/m.gguf -o out.tk",
    "tkpack {}/m.w2v -o out.tk --dry-run",
    "tkpack --archive {}/tiny.tk -o out.tk --threads 1",
    "tkpack --expand {}/tiny.tka -o out.tk --threads 1",
    "tkinfo {}/tiny.tk",
    "tkinfo --json {}/tiny.tk",
    "tkinfo --digest {}/tiny.tk",
    "tkinfo --verify {}/tiny.tk",
    "tkinfo --verify --json {}/spoilt.tk",
    "tkinfo --verify --threads 1 {}/tiny.tka",
    "tkinfo --vocab=he --row the {}/tiny.tk",
    "tkinfo --dump {}/tiny.tk",
    "tkinfo --html out.tk --threads 1 {}/tiny.tk",
    "tkpredict {}/tiny.tk the",
    "tkpredict {}/tiny.tk the --json -k 3",
    "tkpredict {}/tiny.tk -n 4 --seed 7 the",
    "tkpredict {}/tiny.tk --partial --ids 4",
    "tkpredict --merge {}/partial",
    "tkdiff {}/tiny.tk {}/other.tk",
    "tkdiff --json --by token --predict 2 --threads 1 {}/tiny.tk {}/other.tk",
    "tkdiff --tolerance 0 --threads 1 {}/tiny.tka {}/other.tk",
    "tkvec {}/tiny.tk near the --json",
    "tkvec {}/tiny.tk analogy the cat dog",
    "tkvec {}/tiny.tk dot dim:1 cat dog",
    "tkvec {}/tiny.tk pairs the cat dog --json",
    "tkvec {}/tiny.tk eval {}/questions",
    "tkvec {}/tiny.tk eval {}/similar --json",
]


def fail(*words):
    print("nomem:", *words)
    sys.exit(1)


def tool(command, folder):
    name, *rest = command.replace("{}", folder).split()
    return [f"{BIN}/{name}", *rest]


def make_inputs(folder):
    def put(name, data):
        path = f"{folder}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def run(command):
        return subprocess.run(tool(command, folder), check=True,
                              capture_output=True).stdout

    shutil.copy(SRC + "/samples/tiny.txt", folder)
    put("questions", b"the cat dog cats\n")
    put("similar", b"the\tcat\t1\ncats\tcat\t2\ndogs\tcat\t1\n")
    for name, data in sources.directory().items():
        put(name, data)
    put("m.gguf", sources.gguf(sources.KEYS, sources.INFOS))
    put("m.w2v", sources.word2vec([b"a", b"b"], 2, [b"\0" * 8] * 2))
    run("tkpack {}/tiny.txt -o {}/tiny.tk --sketch")
    with open(SRC + "/samples/tiny.txt") as f:
        put("other.txt", f.read().replace(" dog", " cow").replace(
            "1 0 0  0", "1 0 0  7").encode())
    run("tkpack {}/other.txt -o {}/other.tk")
    run("tkpack --archive {}/tiny.tk -o {}/tiny.tka")
    put("partial", run("tkpredict {}/tiny.tk --partial --ids 4"))
    with open(folder + "/tiny.tk", "rb") as f:
        spoilt = bytearray(f.read())
    spoilt[len(spoilt) // 2] ^= 1
    put("spoilt.tk", spoilt)


class Run:
    """One run of a command in a directory of its own."""

    def __init__(self, command, inputs, when=None):
        self.dir = tempfile.mkdtemp(dir=".")
        if "--force" in command:
            with open(self.dir + "/out.tk", "wb") as f:
                f.write(b"old")
        with tempfile.TemporaryFile() as log:
            env = dict(os.environ, LD_PRELOAD=PRELOAD,
                       TK_NOMEM_LOG=str(log.fileno()))
            if when:
                env["TK_NOMEM"] = when
            done = subprocess.run(tool(command, inputs), env=env,
                                  cwd=self.dir, pass_fds=[log.fileno()],
                                  stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=60)
            self.calls = os.fstat(log.fileno()).st_size
        self.status, self.out = done.returncode, done.stdout
        self.err = done.stderr
        self.files = {}
        for name in os.listdir(self.dir):
            with open(f"{self.dir}/{name}", "rb") as f:
                self.files[name] = f.read()
        shutil.rmtree(self.dir)


def check(command, inputs, when, whole):
    run = Run(command, inputs, when)

    def wrong(why):
        fail(f"{command}: allocation {when}: {why}; status {run.status}, "
             f"{list(run.files)}\n{run.err.decode(errors='replace')}")

    if not run.calls:
        wrong("nothing was injected")
    if run.status == whole.status:
        if (run.out, run.files) != (whole.out, whole.files):
            wrong("another answer")
        return False
    if run.status != 2:
        wrong("an unexpected end")
    name = command.split()[0].encode() + b": "
    notes = b"".join(run.err.splitlines(True)[:-1])
    message = run.err[len(notes):]
    if not message.startswith(name) or b"memory" not in message or \
            not whole.err.startswith(notes):
        wrong("not one line about memory")
    if not whole.out.startswith(run.out):
        wrong("a wrong answer")
    # Telling about a file that is whole, and has its name, may fail too.
    old = {"out.tk": b"old"} if "--force" in command else {}
    if run.files not in (old, whole.files):
        wrong("a file is left")
    return True


def main():
    inputs = os.path.abspath("inputs")
    os.mkdir(inputs)
    make_inputs(inputs)
    with ThreadPoolExecutor(2) as pool:
        jobs = []
        for command in COMMANDS:
            whole = Run(command, inputs)
            if whole.status not in (0, 1) or whole.calls < 5:
                fail(command, whole.status, whole.calls, whole.err.decode())
            cases = [str(n) for n in range(1, whole.calls + 1)]
            cases += [n + "+" for n in cases[::1 if LONG else 9]]
            jobs += [pool.submit(check, command, inputs, when, whole)
                     for when in cases]
        failed = sum(job.result() for job in jobs)
    if failed < len(jobs) // 2:
        fail("only", failed, "of", len(jobs), "runs were in want of memory")
    if LONG:
        print(len(jobs), "runs,", failed, "of which lacked memory")


main()
