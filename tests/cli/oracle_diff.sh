# SPDX-License-Identifier: MIT
# oracle_diff.sh - tkdiff against numpy
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		for oracle in diff diffpredict; do
			"$python" -B "$TK_SRC/tests/oracle/$oracle.py" \
				"$TK_BIN/tkpack" "$TK_BIN/tkdiff"
		done
		exit
	fi
done
echo "oracle_diff.sh: no python3 with numpy; skipped" >&2
exit 77
