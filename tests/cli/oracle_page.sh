# SPDX-License-Identifier: MIT
# oracle_page.sh - the numbers of a page against numpy
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" -B "$TK_SRC/tests/oracle/pagecheck.py" "$TK_BIN"
	fi
done
echo "oracle_page.sh: no python3 with numpy; skipped" >&2
exit 77
