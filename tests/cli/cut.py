# SPDX-License-Identifier: MIT
"""cut.py - every tool on a file that is cut as soon as it is mapped

It is cut to nothing, to the page that header and table are in, and in the
middle.  Each command runs twice: once with SIGBUS not to be caught, and if it
dies of that, it must otherwise say so in one line and end with status 2, and
leave no output behind.  If it does not die, it did not need what is gone, and
has the right answer.
"""
import os
import resource
import signal
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
BIN = os.environ["TK_BIN"]
PRELOAD = os.environ["TK_BUILD"] + "/tests/cut.so"
NAME = "e\x1b[2J.tk"  # what is cut; beside it lies whole.tk
SAID = "e\\x1b[2J.tk"
ROWS, COLS = 1200, 8
OUTPUTS = ("out.tk", "out.tka", "out.html")

# {} is the file that is cut, {}a an archive of it.  After "-" is what needs no
# more than the first page has.
COMMANDS = """
-tkinfo {}
-tkinfo --json {}
-tkinfo --sections {}
-tkinfo --digest {}
tkinfo --verify {}
tkinfo --verify --threads 1 --json {}
tkinfo --verify=index {}
-tkinfo --verify=structure {}
tkinfo --vocab {}
tkinfo --vocab=w7 --json {}
tkinfo --row w7 {}
tkinfo --row id:1199 --json {}
-tkinfo --hex {}
tkinfo --dump {}
tkinfo --stats {}
tkinfo --stats --threads 1 --json {}
tkinfo --suspect {}
tkinfo --suspect --json {}
tkinfo --html out.html {}
tkinfo --verify {}a
tkinfo --vocab {}a
-tkinfo --digest {}a
tkpredict {} w7
tkpredict --json --threads 1 {} w7
tkpredict --ids 7 {}
tkpredict --stdin {}
tkpredict --hidden h.npy {}
tkpredict --probs none {} w7
tkpredict --probs bounds --rank w9 {} w7
tkpredict --exact scan -n 5 --seed 1 {} w7
tkpredict --partial --shard 2/2 {} w7
tkpredict-mpi {} w7
tkpack --archive {} -o out.tka
tkpack --expand {}a -o out.tk
tkvec {} near w7
tkvec --threads 1 --json {} near "w7 - w8 + w9"
tkvec --metric l2 {} near -
tkvec {} analogy w7 w8 w9
tkvec --rule mul --tsv {} analogy w7 w8 w9
tkvec {} dot w7
tkvec {} dot "w7 - w8" w9 w1199
tkvec {} cos w7 w1199
tkvec {} row w1199
tkvec {} pairs w7 w1199
tkvec {} eval questions.txt
tkdiff {} other.tk
tkdiff other.tk {}
tkdiff --threads 1 --json other.tk {}
-tkdiff -q {} other.tk
tkdiff --tolerance 1 other.tk {}
tkdiff --by token {} other.tk
tkdiff --by token other.tk {}
tkdiff --predict 5 {} other.tk
tkdiff --predict 5 other.tk {}
tkdiff {}a other.tk
tkdiff --by token other.tk {}a
"""

# What is read piece by piece, and cut after the first.
READING = """
tkpack --embed we.npy --vocab words -o out.tk
tkpack --embed w --vocab words we.safetensors -o out.tk
tkpack we.txt --tie -o out.tk
tkpack model.manifest -o out.tk
tkpredict --hidden we.npy whole.tk
"""


def fail(*words):
    print("cut:", *words)
    sys.exit(1)


def split(command):
    """Words; quotes keep blanks together"""
    parts = command.split('"')
    words = []
    for i, part in enumerate(parts):
        words += [part] if i % 2 else part.split()
    return words


def make(path, first):
    lines = ["tk-manifest 1", "hparam tied true"]
    lines += ['token "w%d"' % i for i in range(ROWS)]
    lines.append("matrix w_e f32 %d %d" % (ROWS, COLS))
    lines += [" ".join(str((i * 31 + j * 17 + first) % 101 - 50)
                       for j in range(COLS)) for i in range(ROWS)]
    with open("model.txt", "w") as f:
        f.write("\n".join(lines + ["end", ""]))
    subprocess.run([BIN + "/tkpack", "model.txt", "--sketch", "--force", "-o",
                    path], check=True, capture_output=True)


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def make_inputs():
    make("whole.tk", 0)
    make("other.tk", 1)
    subprocess.run([BIN + "/tkpack", "--archive", "whole.tk", "-o",
                    "whole.tka"], check=True, capture_output=True)
    head = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % COLS
            ).ljust(117) + "\n"
    make_foreign()
    put("h.npy", b"\x93NUMPY\1\0" + bytes([len(head), 0]) + head.encode() +
        b"\0\0\x80\x3f" * COLS)
    put("questions.txt", b": any\nw1 w2 w3 w4\n")
    put("asked", b"w7\nw1199\n")


def make_foreign():
    """of the same matrix, 38 KB or more"""
    data = struct.pack("<%df" % (ROWS * COLS), *range(ROWS * COLS))
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (
        ROWS, COLS)
    put("we.npy", b"\x93NUMPY\1\0\x76\0" + head.ljust(117).encode() + b"\n"
        + data)
    head = b'{"w":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]}}' % (
        ROWS, COLS, len(data))
    put("we.safetensors", struct.pack("<Q", len(head)) + head + data)
    put("words", b"".join(b"w%d\n" % i for i in range(ROWS)))
    put("we.txt", b"".join(
        b"w%d" % i + b" %d" % i * COLS + b"\n" for i in range(ROWS)))
    with open("model.txt", "rb") as f:
        put("model.manifest", f.read())


def check_reading(command):
    """Whatever is left of its file, it says so and leaves nothing"""
    name = [w for w in command.split() if w[:3] == "we." or w[:6] == "model."
            ][0]
    with open(name, "rb") as f:
        data = f.read()
    if Run(command).status:
        fail(command, Run(command).err.decode())
    for size in 0, 4096, len(data) // 2:
        run = Run(command, size, name=name)
        put(name, data)
        lines = [line for line in run.err.decode().splitlines()
                 if line.startswith(command.split()[0] + ": " + name)]
        if not run.is_cut or run.status != 2 or len(lines) != 1 or run.left:
            fail(command, size, run.is_cut, run.status, run.left,
                 run.err.decode())


class Run:
    def __init__(self, command, size=None, deaf=False, name=None):
        if not name:
            name = NAME + ("a" if "{}a" in command else "")
            with open("whole.tk" + name[len(NAME):], "rb") as f:
                put(name, f.read())
        for left in OUTPUTS:
            if os.path.exists(left):
                os.unlink(left)
        before = os.listdir() + ["log"]
        words = [w.replace("{}", NAME) for w in split(command)]
        env = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
               "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        with open("log", "wb") as log, open("asked", "rb") as asked:
            if size is not None:
                env.update(LD_PRELOAD=PRELOAD, TK_CUT="%d:%s" % (size, name),
                           TK_CUT_LOG=str(log.fileno()))
            if deaf:
                env["TK_CUT_DEAF"] = "1"
            done = subprocess.run([BIN + "/" + words[0], *words[1:]], env=env,
                                  stdin=asked, check=False, timeout=60,
                                  pass_fds=[log.fileno()], capture_output=True)
        self.status, self.out, self.err = (done.returncode, done.stdout,
                                           done.stderr)
        self.is_cut = os.path.getsize("log") == 1
        self.left = [n for n in os.listdir() if n not in before]

    def same(self, other):
        return ((self.status, self.out, self.err)
                == (other.status, other.out, other.err))


def check(command, size, whole):
    """True if the cut was felt"""
    deaf, run = Run(command, size, True), Run(command, size)

    def wrong(why):
        fail("%s, to %d bytes: %s; status %d, deaf %d\n%s" % (
            command, size, why, run.status, deaf.status, run.err.decode()))

    if not run.is_cut or not deaf.is_cut:
        wrong("nothing was cut")
    if deaf.status != -signal.SIGBUS:
        if not deaf.same(whole) or not run.same(whole):
            wrong("another answer")
        return False
    if run.status != 2:
        wrong("an unexpected end")
    lines = [line for line in run.err.decode().splitlines()
             if line.encode() + b"\n" not in whole.err]
    if len(lines) != 1 or not lines[0].startswith(
            command.split()[0] + ": " + SAID) or (
                "was cut short" not in lines[0]):
        wrong("not one line about it")
    if any(b < 32 and b != 10 or b > 126 for b in run.err):
        wrong("a control character")
    if run.left:
        wrong("an output is left")
    return True


def main():
    make_inputs()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runs = felt = 0
    for line in COMMANDS.strip().splitlines():
        command = line.lstrip("-")
        if not os.path.exists(BIN + "/" + command.split()[0]):
            continue
        whole = Run(command)
        if whole.status not in (0, 1):
            fail(command, whole.status, whole.err.decode())
        end = os.path.getsize("whole.tka" if "{}a" in command else "whole.tk")
        sizes = [0, 4096, end // 2 // 4096 * 4096]
        found = [check(command, size, whole) for size in sizes]
        if not found[0] or line == command and not found[1]:
            fail(command, "did not feel that its file was cut:", found)
        runs += len(found)
        felt += sum(found)
    for command in READING.strip().splitlines():
        check_reading(command)
    if "TK_LONG" in os.environ:
        print(felt, "of", runs, "runs missed what was cut", file=sys.stderr)


main()
