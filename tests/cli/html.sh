#!/bin/sh
# html.sh - pages of tkinfo --html: odd models, hostile tokens, the same bytes
# each time, outputs that are refused
set -eu
exec "$TK_PYTHON" -B "$TK_SRC/tests/cli/html_page.py"
