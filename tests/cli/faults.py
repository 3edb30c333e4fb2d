# SPDX-License-Identifier: MIT
"""faults.py - tkpack while system calls fail, and while it is ended

Every system call that tkpack makes once it has opened its input fails in turn,
or is the one at which a signal comes.  After each run the output is the old
file, or the whole new one, or none; it is the new one if the status is 0, or
if the call came after the file had its name; and no temporary file is there
unless by SIGKILL.  A run counts only if strace says that it has injected.
"""
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from traced import Traced

TKPACK = os.environ["TK_BIN"] + "/tkpack"
INPUT = os.environ["TK_SRC"] + "/samples/tiny.txt"
LEFTOVER = re.compile(r"\.out\.tk\.tk-[0-9a-f]{16}\.tmp")
OLD = b"what was there before"

# Errors of a call; of any other EIO.
ERRORS = {
    "pwrite64": ["ENOSPC", "EIO", "EDQUOT", "EINTR"],
    "fsync": ["EIO", "ENOSPC", "EDQUOT"],
    "linkat": ["EIO", "ENOSPC", "EDQUOT", "EEXIST"],
    "renameat": ["EIO", "ENOSPC", "EDQUOT"],
    "renameat2": ["EIO", "ENOSPC", "EDQUOT", "EEXIST"],
    "openat": ["EIO", "EMFILE", "EACCES", "EROFS"],
    "pread64": ["EIO", "EINTR"],
}
WRITING = {"pwrite64", "fsync", "linkat", "renameat", "renameat2"}
# These cannot fail, or the kernel says so at once and the C library ends.
NO_ERRORS = {"brk", "mmap", "munmap", "rt_sigprocmask",
             "rt_sigaction"}


class Mode:
    """A command line, and what is injected into every run of it."""

    def __init__(self, name, options, old, path=INPUT):
        self.name, self.options, self.old = name, options, old
        self.path = path
        self.injected = []
        self.new = None


def fail(*words):
    print("faults:", *words)
    sys.exit(1)


def content(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


class Run(Traced):
    """One run of tkpack, in a directory of its own."""

    def __init__(self, mode, number, inject=()):
        self.dir = f"{mode.name}-{number}"
        os.mkdir(self.dir)
        out = self.dir + "/out.tk"
        if mode.old:
            with open(out, "wb") as f:
                f.write(OLD)
        super().__init__([TKPACK, *mode.options, mode.path, "-o", out],
                         self.dir + ".log", [*mode.injected, *inject])
        self.file = content(out)
        self.left = [n for n in os.listdir(self.dir) if n != "out.tk"]

    def remove(self):
        for name in os.listdir(self.dir):
            os.unlink(f"{self.dir}/{name}")
        os.rmdir(self.dir)
        os.unlink(self.dir + ".log")


PUBLISHED = r'(linkat|renameat2?)\(.*"out\.tk"[^"]*= 0'


def check(mode, run, what, killed):
    def wrong(why):
        fail(f"{mode.name}: {what}: {why}; status {run.status}, left "
             f"{run.left}\n{run.err}{''.join(run.log[-12:])}")

    call, struck = re.match(r"\w+", what)[0], run.struck(what)
    published = run.at(PUBLISHED)
    if struck is None:
        wrong("strace has injected nothing")
    if run.file not in (OLD if mode.old else None, mode.new):
        wrong("the output is neither the old file nor the new one")
    if (run.file == mode.new) != (published is not None):
        wrong("published, and not there, or the other way round")
    if run.status == 0 and run.file != mode.new:
        wrong("status 0 without the new file")
    if run.status not in (0, 2) and not killed:
        wrong("an unexpected end")
    # Only the answer's end may be missing.
    if run.status == 2 and published is not None and published > struck and \
            call != "write":
        wrong("the file was published after an error")
    if run.status == 2 and run.err.count("\n") != 1:
        wrong("not one line")
    if any(killed != "KILL" or not LEFTOVER.fullmatch(n) for n in run.left):
        wrong("a temporary file is left")
    if "EINTR" in what and run.status:
        wrong("an interrupted call was not made again")
    if call in WRITING and "=E" in what and "EINTR" not in what and \
            not run.status:
        wrong("an error of writing was passed over")


def cases(mode, calls):
    """(what is injected, the signal if it is one)"""
    taken = {i.split(":")[0] for i in mode.injected}
    for call, n in calls:
        if call in taken or call == "exit_group":
            continue
        for error in ERRORS.get(call, ["EIO"]):
            if call not in NO_ERRORS:
                yield f"{call}:error={error}:when={n}", None
        if call in ("pwrite64", "fsync"):
            yield f"{call}:error=EIO:when={n}+", None
        for name in "KILL", "TERM", "INT":
            yield f"{call}:signal={name}:when={n}", name


def refuse_tmpfile(mode):
    """openat(O_TMPFILE) fails, as on file systems that do not have it."""
    for number in range(9):
        run = Run(mode, f"tmpfile{number}")
        seen = 0
        for line in run.log:
            seen += line.startswith("openat(")
            if "O_TMPFILE" in line and "INJECTED" not in line:
                break
        else:
            return
        when = str(seen)
        if mode.injected:
            first = int(mode.injected[0].split("=")[-1])
            when = f"{first}..{seen}+{seen - first}"
        mode.injected = [f"openat:error=EOPNOTSUPP:when={when}"]
    fail("O_TMPFILE is still used:", *mode.injected)


def no_proc(mode):
    """/proc is not there, where it is looked for."""
    calls = Run(mode, "proc").calls(INPUT)
    mode.injected = ["access:error=ENOENT:when=%d+" %
                     min(n for call, n, _ in calls if call == "access")]


def try_all(mode, pool):
    first = Run(mode, "first")
    if first.status or first.left:
        fail(mode.name, "fails by itself:", first.err, first.left)
    mode.new = first.file
    calls = [c[:2] for c in first.calls(mode.path)]
    made = [call for call, _ in calls]
    if made.count("fsync") < 4 or made.count("pwrite64") < 3 or \
            not {"linkat", "renameat", "renameat2"} & set(made):
        fail(mode.name, "does not make the calls that should fail:", *made)

    def one(number, what, killed):
        run = Run(mode, number, [what])
        check(mode, run, what, killed)
        run.remove()

    jobs = [pool.submit(one, n, *case)
            for n, case in enumerate(cases(mode, calls))]
    for job in jobs:
        job.result()
    return len(jobs)


def lying_disk():
    """A write that says it is done, and is not: --paranoid finds it."""
    for name, options in ("lie", []), ("lie-found", ["--paranoid"]):
        mode = Mode(name, options, False)
        for n, size in enumerate((3632, 1536, 128), 1):
            run = Run(mode, n, [f"pwrite64:retval={size}:when={n}"])
            if run.at("INJECTED") is None or run.at("pwrite64.*= 0") or \
                    (run.file is None) != bool(options) or \
                    bool(options) != ("read back" in run.err):
                fail("a lost write:", options, n, run.status, run.err)


def make_inputs():
    with open("words.vec", "w") as f:
        f.write("3 2\n" + "".join(f"w{i} {i} 1\n" for i in range(3)))
    for command in [INPUT, "-o", "in.tk"], ["--archive", "in.tk", "-o",
                                            "in.tka"]:
        subprocess.run([TKPACK, *command], check=True, capture_output=True)


def main():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    modes = [Mode("new", [], False),
             Mode("force", ["--force", "--paranoid"], True),
             Mode("hidden", [], False),
             Mode("hidden-force", ["--force"], True),
             Mode("vectors", [], False, "words.vec"),
             Mode("archive", ["--archive", "--threads", "1"], False, "in.tk"),
             Mode("expand", ["--expand", "--threads", "1"], False, "in.tka")]
    make_inputs()
    refuse_tmpfile(modes[2])
    no_proc(modes[3])
    lying_disk()
    with ThreadPoolExecutor(2) as pool:
        counts = [try_all(mode, pool) for mode in modes]
    if min(counts) < 120:
        fail("too few faults:", counts)
    if "TK_LONG" in os.environ:
        print(sum(counts), "faults")


main()
