# SPDX-License-Identifier: MIT
# oracle_pca.sh - principal components against numpy's SVD
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" -B "$TK_SRC/tests/oracle/pca.py" \
			"$TK_BIN/tkpack" "$TK_BUILD/tests/components"
	fi
done
echo "oracle_pca.sh: no python3 with numpy; skipped" >&2
exit 77
