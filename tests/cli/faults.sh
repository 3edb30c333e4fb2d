#!/bin/sh
# faults.sh - tkpack while system calls fail, and while it is killed
set -eu
if ! command -v strace >/dev/null; then
	echo "SKIPPED: strace is not installed; no faults were injected"
	exit 77
fi
if ! strace -o /dev/null true 2>err; then
	echo "SKIPPED: strace may not trace here: $(cat err)"
	exit 77
fi
exec "$TK_PYTHON" "$TK_SRC/tests/cli/faults.py"
