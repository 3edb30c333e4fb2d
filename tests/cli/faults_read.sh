#!/bin/sh
# faults_read.sh - tools that read, while system calls fail, or kill them
set -eu
if ! command -v strace >/dev/null; then
	echo "SKIPPED: strace is not installed; no faults were injected"
	exit 77
fi
if ! strace -o /dev/null true 2>err; then
	echo "SKIPPED: strace may not trace here: $(cat err)"
	exit 77
fi
# Sanitizers make calls of their own and cannot be traced.
test -z "${TK_LINK_FLAGS:-}" || exit 0
exec "$TK_PYTHON" "$TK_SRC/tests/cli/faults_read.py"
