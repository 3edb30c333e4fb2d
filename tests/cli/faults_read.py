# SPDX-License-Identifier: MIT
"""faults_read.py - tools that read, while system calls fail, or kill them

Every system call from the one that opens the file on fails in turn, or is the
one at which a signal comes.  After each run the answer is whole and the status
is what it is without faults; or the status is 2, with one line that says why
and no more than the beginning of the answer.  That a file is damaged is never
said for a call that failed.  A run counts only if strace says that it has
injected.
"""
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from traced import Traced

BIN = os.environ["TK_BIN"]
ENOUGH = 100

# Errors of a call; of any other EIO.
ERRORS = {
    "openat": ["EIO", "ENOENT", "EMFILE", "EACCES"],
    "newfstatat": ["EIO", "EOVERFLOW"],
    "fstat": ["EIO", "EOVERFLOW"],
    "mmap": ["ENOMEM", "ENODEV", "EACCES"],
    "read": ["EIO", "EINTR", "EAGAIN"],
    "write": ["EIO", "ENOSPC", "EINTR", "EAGAIN", "EPIPE"],
    "clone3": ["EAGAIN", "ENOMEM"],
    "getrandom": ["ENOSYS"],
}
# These cannot fail, or the C library takes what they return on trust.
NO_ERRORS = {"brk", "munmap", "exit", "exit_group", "futex", "rseq",
             "rt_sigaction", "rt_sigprocmask", "set_robust_list", "madvise",
             "mprotect"}
# Without these there can be no answer.
NEEDED = re.compile(r'openat\([^"]*"(file|part)|mmap\(NULL, \d+, PROT_READ, '
                    r'MAP_SHARED|read\(0|write\(1')


class Mode:
    def __init__(self, name, command, stdin=""):
        self.name, self.stdin = name, stdin
        tool, *self.options = command.split()
        self.command = [f"{BIN}/{tool}", *self.options]
        self.tool = tool + ": "
        # The file, or what is read in its place.
        self.path = next(w for w in self.options if w[:4] in ("file", "part"))
        self.whole = None

    def run(self, number, inject=()):
        return Traced(self.command, f"{self.name}-{number}.log", inject,
                      input=self.stdin.encode())


MODES = [
    Mode("verify", "tkinfo --verify --threads 1 file.tk"),
    Mode("archive", "tkinfo --verify --json --threads 1 file.tka"),
    Mode("summary", "tkinfo --digest file.tk"),
    Mode("stats", "tkinfo --stats --threads 1 file.tk"),
    Mode("suspect", "tkinfo --suspect --json --threads 1 file.tk"),
    Mode("predict", "tkpredict --threads 1 file.tk w7"),
    Mode("stdin", "tkpredict --threads 1 --stdin --json -k 2 file.tk",
         "w1\nw2\nw3 w4\n"),
    Mode("merge", "tkpredict --merge --json part"),
    Mode("diff", "tkdiff --tolerance 9 --threads 1 file.tk file2.tk"),
    Mode("packed", "tkdiff --tolerance 9 --threads 1 --json file.tka "
                   "file2.tk"),
    Mode("near", "tkvec --threads 1 --json -k 2 file.tk near -",
         "w1\nw2 - w3\n"),
    Mode("eval", "tkvec --threads 1 file.tk eval -", "w1 w2 w3 w4\n"),
]
# What threads do has no order: of these only some calls.
PARALLEL = [
    Mode("threads", "tkinfo --verify --threads 3 file.tk"),
    Mode("scan", "tkpredict --threads 3 file.tk w7"),
]


def fail(*words):
    print("faults_read:", *words)
    sys.exit(1)


def make_inputs():
    rows = range(2600)
    lines = ["tk-manifest 1", "hparam tied true"]
    lines += [f'token "w{i}"' for i in rows] + ["matrix w_e f32 2600 4"]
    lines += [f"{i % 7} {i % 11} {i % 13} 1" for i in rows] + ["end", ""]
    with open("file.txt", "w") as f:
        f.write("\n".join(lines))
    with open("file2.txt", "w") as f:
        f.write("\n".join(lines).replace("0 1\n", "0 2\n"))
    for command in ("tkpack file.txt -o file.tk --sketch",
                    "tkpack file2.txt -o file2.tk",
                    "tkpack --archive file.tk -o file.tka",
                    "tkpredict --partial file.tk w7 >part"):
        if os.system(f"{BIN}/{command} >>out 2>&1" if ">" not in command
                     else f"{BIN}/{command} 2>>out"):
            fail(command)


def check_killed(mode, run, killed, wrong):
    number = {"KILL": -9, "TERM": -15}[killed]
    if run.status != number:
        wrong("not killed")
    if not mode.whole.out.startswith(run.out):
        wrong("a wrong answer")


def check_failed(mode, run, what, line, wrong):
    lost = 0
    if "retval=1:" in what and line.startswith("write(1"):
        lost = 1  # strace says that this byte is written, and drops it
    if run.status == mode.whole.status:
        if not lost and run.out != mode.whole.out:
            wrong("another answer")
        if lost and len(run.out) != len(mode.whole.out) - 1:
            wrong("a short write was not gone on with")
        if NEEDED.match(line) and "=E" in what and "EINTR" not in what:
            wrong("an error was passed over")
        return
    if run.status != 2:
        wrong("an unexpected end")
    notes = run.err.splitlines(True)[:-1]
    message = run.err[len("".join(notes)):]
    # Where nothing can be written, nothing can be said.
    if not line.startswith("write(2") and not what.endswith("+") and not (
            message.startswith(mode.tool) and
            mode.whole.err.startswith("".join(notes))):
        wrong("not one line")
    if not lost and not mode.whole.out.startswith(run.out) and \
            not line.startswith("write(1"):
        wrong("a wrong answer")


def check(mode, number, what, line, killed):
    run = mode.run(number, [what])

    def wrong(why):
        fail(f"{mode.name}: {what}: {why}; status {run.status}\n{line}"
             f"{run.out[:400]}\n{run.err}{''.join(run.log[-9:])}")

    if run.struck(what) is None:
        wrong("strace has injected nothing")
    if killed:
        check_killed(mode, run, killed, wrong)
    else:
        check_failed(mode, run, what, line, wrong)
    os.unlink(f"{mode.name}-{number}.log")


def cases(calls):
    """(what is injected, the call it is injected into, the signal)"""
    for call, n, line in calls:
        for error in ERRORS.get(call, ["EIO"]):
            if call not in NO_ERRORS:
                yield f"{call}:error={error}:when={n}", line, None
        if call == "write":
            yield f"write:retval=1:when={n}", line, None
            yield f"write:error=ENOSPC:when={n}+", line, None
        if call not in ("brk", "exit_group"):
            for name in "KILL", "TERM":
                yield f"{call}:signal={name}:when={n}", line, name


def unordered(calls):
    """Cases that do not depend on which thread is faster."""
    for call, n, _ in calls:
        if call in ("clone", "clone3"):
            yield f"{call}:error=EAGAIN:when={n}+", "", None


def try_all(mode, pool, which):
    mode.whole = mode.run("whole")
    if mode.whole.status:
        fail(mode.name, "fails by itself:", mode.whole.err)
    calls = mode.whole.calls(mode.path)
    jobs = [pool.submit(check, mode, n, *case)
            for n, case in enumerate(which(calls))]
    for job in jobs:
        job.result()
    return len(jobs)


def main():
    make_inputs()
    with ThreadPoolExecutor(2) as pool:
        counts = [try_all(mode, pool, cases) for mode in MODES]
        threads = [try_all(mode, pool, unordered) for mode in PARALLEL]
    if min(counts) < 20 or sum(counts) < ENOUGH or min(threads) < 1:
        fail("too few faults:", counts, threads)
    if "TK_LONG" in os.environ:
        print(sum(counts) + sum(threads), "faults")


main()
