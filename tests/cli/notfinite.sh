# SPDX-License-Identifier: MIT
# notfinite.sh - a number that is none is an error that says where, on each way
set -eu
exec "$TK_PYTHON" "$TK_SRC/tests/cli/notfinite.py" "$TK_BIN"
