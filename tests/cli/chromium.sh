#!/bin/sh
# chromium.sh - pages of tkinfo --html in headless Chromium
set -eu

if ! "$TK_PYTHON" -B "$TK_SRC/tests/support/browser.py"; then
	echo "chromium.sh: no chromium here; skipped"
	exit 77
fi
exec "$TK_PYTHON" -B "$TK_SRC/tests/cli/chromium.py"
