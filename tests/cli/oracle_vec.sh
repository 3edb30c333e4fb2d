# SPDX-License-Identifier: MIT
# oracle_vec.sh - tkvec against numpy
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" "$TK_SRC/tests/oracle/vec.py" "$TK_BIN"
	fi
done
echo "oracle_vec.sh: no python3 with numpy; skipped" >&2
exit 77
