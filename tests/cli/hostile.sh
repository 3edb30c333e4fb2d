# SPDX-License-Identifier: MIT
# hostile.sh - tkpack on sources that are a few bytes away from good ones
set -eu
exec "$TK_PYTHON" "$TK_SRC/tests/oracle/hostile.py" \
	"$TK_BIN/tkpack" "$TK_BIN/tkinfo"
