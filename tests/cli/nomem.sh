#!/bin/sh
# nomem.sh - the tools while memory runs out, at each of their allocations
set -eu
# A sanitizer has its own allocator, and must be loaded first.
test -z "${TK_LINK_FLAGS:-}" || exit 0
exec "$TK_PYTHON" "$TK_SRC/tests/cli/nomem.py"
