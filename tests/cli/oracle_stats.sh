# SPDX-License-Identifier: MIT
# oracle_stats.sh - tkinfo --stats against numpy
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" "$TK_SRC/tests/oracle/stats.py" "$TK_BIN"
	fi
done
echo "oracle_stats.sh: no python3 with numpy; skipped" >&2
exit 77
