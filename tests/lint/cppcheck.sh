#!/bin/sh
# cppcheck.sh - what cppcheck says of all C files; the slower analysers are in
# tests/analysis/, for ./test.sh --long
set -eu
command -v cppcheck >/dev/null || {
	echo "cppcheck.sh: no cppcheck (Debian: cppcheck)"
	exit 77
}
exec "$TK_PYTHON" "$TK_SRC/tests/analysis/run.py" cppcheck
