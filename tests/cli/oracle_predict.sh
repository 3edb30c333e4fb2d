# SPDX-License-Identifier: MIT
# oracle_predict.sh - tkpredict against numpy
set -eu

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" "$TK_SRC/tests/oracle/predict.py" \
			"$TK_BIN/tkpack" "$TK_BIN/tkpredict"
	fi
done
echo "oracle_predict.sh: no python3 with numpy; skipped" >&2
exit 77
