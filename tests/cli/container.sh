#!/bin/sh
# container.sh - hundreds of hostile .tk files: status, place and exit of each,
# and the nearest file that must pass (container.py says how).  TK_LONG=1 counts
set -eu
"$TK_PYTHON" "$TK_SRC/tests/cli/container.py" >seen.txt || {
	cat seen.txt
	exit 1
}
test -z "${TK_LONG:-}" || cat seen.txt >&2
