#!/bin/sh
# surroundings.sh - the tools where files, limits, streams and signals are odd
set -eu
exec "$TK_PYTHON" "$TK_SRC/tests/cli/surroundings.py"
