#!/bin/sh
# reader.sh - the second reader (tests/oracle/reader.py, made from spec/ alone)
# finds in random models what the tools say of them, and refuses spoilt files
# for the same reasons as libformat.  TK_LONG=1: many more of both
set -eu
here=$TK_SRC/tests/cli
models=40
mutations=6000
if [ -n "${TK_LONG:-}" ]; then
	models=1000
	mutations=60000
fi

fail() {
	echo "reader: $*"
	exit 1
}

"$TK_PYTHON" "$here/reader_models.py" "$models"
for i in 0 8 11; do
	"$TK_BIN/tkpack" --archive m$i.tk -o a$i.tka >/dev/null 2>&1
done
"$TK_PYTHON" "$here/reader_mutate.py" "$mutations" "$TK_SRC/samples/tiny.tk" \
	a?.tka a??.tka m?.tk m1?.tk m2?.tk m3?.tk >seen.txt
test -z "${TK_LONG:-}" || cat seen.txt >&2

# As a command: JSON and 0, or what is damaged and 1.
reader=$TK_SRC/tests/oracle/reader.py
"$TK_PYTHON" -B "$reader" "$TK_SRC/samples/tiny.tk" >tiny.json ||
	fail 'tiny.tk is refused'
"$TK_PYTHON" -c '
import json
assert json.load(open("tiny.json"))["tokens"][5] == "0a"
' || fail 'tiny.tk: another JSON'
head -c 3000 "$TK_SRC/samples/tiny.tk" >cut.tk
status=0
"$TK_PYTHON" -B "$reader" cut.tk >out || status=$?
test "$status $(head -n 1 out)" = '1 file: its size' || fail "$(cat out)"
test "$(wc -l <"$reader")" -lt 400 || fail 'it should be a short one'
