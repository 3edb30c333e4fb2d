#!/bin/sh
# diff_hostile.sh - tkdiff, one side a hostile file
set -eu
"$TK_PYTHON" "$TK_SRC/tests/cli/diff_hostile.py"
