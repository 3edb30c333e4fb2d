#!/bin/sh
# vec_spoilt.sh - tkvec on files with bytes that were changed
set -eu
exec "$TK_PYTHON" "$TK_SRC/tests/cli/vec_spoilt.py"
