# SPDX-License-Identifier: MIT
"""run.py [TOOL...] - what gcc's -fanalyzer, clang's warnings, clang-tidy and
cppcheck say of everything but the tests (cppcheck: of those, too)

Any finding is a failure, unless it is in 'known'; so is a tool that does not
find what is wrong in planted.c.  TOOL: gcc clang clang-tidy cppcheck.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build-analysis"
PLANTED = str(HERE / "planted.c")
MAX_KNOWN = 10

# Of all that clang 14 can warn of, what is meant here, or is not ours.
UNWANTED = {
    "padded": "structs are ordered for who reads them",
    "declaration-after-statement": "this is C11",
    "float-equal": "bits of floats are compared because bits are promised",
    "double-promotion": "float to double is exact",
    "bad-function-cast": "so are the casts of what small functions return",
    "switch-enum": "a default stands for the rest",
    "atomic-implicit-seq-cst": "the strongest order is never wrong",
    "disabled-macro-expansion": "stdin, stdout and signals in glibc",
    "used-but-marked-unused": "XXH_INLINE_ALL",
    "extra-semi-stmt": "XXH3_INITSTATE()",
    "reserved-macro-identifier": "_GNU_SOURCE and the like",
}
# gcc 12's analyser sees most once functions are in place.
TOOLS = {
    "gcc": ["gcc", "-O2", "-fanalyzer", "-fanalyzer-verbosity=0"],
    "clang": ["clang", "-fsyntax-only", "-Weverything",
              *("-Wno-" + name for name in UNWANTED)],
    "clang-tidy": ["clang-tidy", "--quiet"],
    "cppcheck": None,
}
# cppcheck reads no headers of the system; of the #ifs it takes one way.  What
# it finds out from several files at once ("ctu") does not heed conditions.
CPPCHECK = ["cppcheck", "--quiet", "--std=c11", "--template=gcc",
            f"-j{os.cpu_count()}",
            "--suppress=ctuuninitvar", "--suppress=ctunullpointer",
            "--enable=warning,performance,portability",
            "-D_Noreturn=__attribute__((noreturn))",
            "-D_POSIX_C_SOURCE=200809L", "-D__STRICT_ANSI__", "-D__SSE2__",
            "-D__x86_64__", "-DHAVE_OPENBLAS", '-DTK_SRC="."',
            *(f"-I{d}" for d in ("include", "libformat", "tools/common",
                                 "tools/tkpack", "tests/support"))]


def output(command, folder):
    """What it prints; it must end well, or with findings."""
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                         errors="replace", check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{shlex.join(command)}: status {run.returncode}\n"
                 f"{run.stderr[-2000:]}")
    return run.stdout + run.stderr


def compilations():
    """The commands of all files that are compiled, but for the tests'."""
    made = subprocess.run(
        ["cmake", "-S", ROOT, "-B", BUILD, "-DCMAKE_C_COMPILER=gcc",
         "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
         "-DLIBFORMAT_TESTS=OFF", "-DLIBFORMAT_BENCH=ON"],
        capture_output=True, text=True, check=False)
    if made.returncode:
        sys.exit(made.stderr)
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        found[entry["file"]] = [w for w in words[1:words.index("-o")]
                                if w not in ("-O3", "-Werror")]
    if len(found) < 100:
        sys.exit(f"only {len(found)} files are compiled?")
    found[PLANTED] = ["-std=c11", "-Wall", "-Wextra", "-Wconversion"]
    return found


def by_file(tool):
    """What a compiler, or clang-tidy, says of one file after the other."""
    def look(file, flags):
        if tool == "clang-tidy":
            return output([*TOOLS[tool], file, "--", *flags], BUILD)
        return output([TOOLS[tool][0], *flags, *TOOLS[tool][1:], "-c", file,
                       "-o", "/dev/null"], BUILD)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(look, *c) for c in compilations().items()]
        return "".join(job.result() for job in jobs)


def findings(tool):
    """Each once: many files see the same header."""
    if tool == "cppcheck":
        text = output([*CPPCHECK, "libformat", "tools", "samples", "bench",
                       "tests"], ROOT)
    else:
        text = by_file(tool)
    lines = re.findall(r"^.*:\d+:.*(?:warning|error):.*$", text, re.M)
    return sorted({line.replace(f"{ROOT}/", "") for line in lines})


def main():
    tools = sys.argv[1:] or list(TOOLS)
    known = [line for line in (HERE / "known").read_text().splitlines()
             if line and not line.startswith("#")]
    inline = [f"{p}: {line.strip()}"
              for d in ("libformat", "tools", "samples", "bench", "tests")
              for p in sorted((ROOT / d).rglob("*.[ch]"))
              for line in p.read_text().splitlines()
              if re.search(r"NOLINT|cppcheck-suppress|GCC diagnostic", line)]
    wrong = []
    if len(known) + len(inline) > MAX_KNOWN:
        wrong += [f"more than {MAX_KNOWN} are suppressed:", *known, *inline]
    unseen = set(known)
    for tool in tools:
        if tool not in TOOLS:
            sys.exit(__doc__)
        found = findings(tool)
        if not any(line.startswith("tests/analysis/planted.c:")
                   for line in found):
            wrong.append(f"{tool}: does not see what is wrong in planted.c")
        for line in found:
            matched = {k for k in known if re.search(k, line)}
            unseen -= matched
            if not matched and not line.startswith("tests/analysis/planted"):
                wrong.append(f"{tool}: {line}")
    if set(tools) == set(TOOLS):
        wrong += [f"known: no tool says this now: {k}" for k in sorted(unseen)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main())
