# SPDX-License-Identifier: MIT
"""traced.py - a program under strace, which injects faults into its calls"""
import re
import subprocess


class Traced:
    """One run: status, out, err, and what strace has logged, a line a call."""

    def __init__(self, command, log, inject, **kwargs):
        traced = ["strace", "-f", "-o", log]
        for i in inject:
            traced += ["-e", "inject=" + i]
        done = subprocess.run(traced + command, timeout=60,
                              capture_output=True, **kwargs)
        self.status, self.out = done.returncode, done.stdout.decode()
        self.err = done.stderr.decode()
        with open(log) as f:
            self.log = [line.split(None, 1)[1] for line in f]

    def calls(self, path):
        """(call, how often it was made until then, the line), from the one
        that opens 'path' on."""
        seen, started, calls = {}, False, []
        for line in self.log:
            m = re.match(r"(\w+)\(", line)
            if not m:
                continue
            seen[m[1]] = seen.get(m[1], 0) + 1
            started = started or path in line and m[1] == "openat"
            if started:
                calls.append((m[1], seen[m[1]], line))
        return calls

    def at(self, pattern):
        """Number of the first line of the log that has it, or None."""
        for i, line in enumerate(self.log):
            if re.search(pattern, line):
                return i
        return None

    def struck(self, what):
        """Number of the line at which 'what' was injected, or None."""
        call = re.match(r"\w+", what)[0]
        return self.at(rf"^{call}\(.*\(INJECTED\)|^--- SIG|^\+\+\+ killed")
