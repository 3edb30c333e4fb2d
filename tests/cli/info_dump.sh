#!/bin/sh
# info_dump.sh - tkinfo --dump and tkpack: there and back gives the same model,
# and what would not come back is refused
set -eu
here=$TK_SRC/tests/cli
tkinfo=$TK_BIN/tkinfo

fail() {
	echo "info_dump: $*"
	exit 1
}

pack() {
	"$TK_BIN/tkpack" "$@" >log 2>&1 || {
		cat log
		fail "tkpack $*"
	}
}

content() {
	"$tkinfo" --digest "$1" | grep '^content '
}

cp "$TK_SRC/samples/tiny.txt" "$here/info_model.txt" .
python3 "$here/info_dump.py"
for name in tiny info_model values words tied; do
	pack $name.txt -o $name.tk
	"$tkinfo" --dump $name.tk >$name-2.txt
	pack $name-2.txt -o $name-2.tk
	test "$(content $name.tk)" = "$(content $name-2.tk)" ||
		fail "$name: another content"
	"$tkinfo" --dump $name-2.tk >$name-3.txt
	cmp $name-2.txt $name-3.txt
	pack $name-3.txt -o $name-3.tk
	cmp $name-2.tk $name-3.tk
	if LC_ALL=C grep -n '[^ -~]' $name-2.txt; then
		fail "$name: more than plain ASCII"
	fi
done
# What was exact at first is the same file at once.
cmp tiny.tk tiny-2.tk
cmp values.tk values-2.tk
python3 "$here/info_dump.py" compare

# The text does not depend on the locale.
LC_ALL=C "$tkinfo" --dump values.tk | cmp - values-2.txt

# ---- 8-bit matrices: only if the scales come back ----

pack small.txt -o q8.tk --dtype q8
"$tkinfo" --dump q8.tk >q8.txt
pack q8.txt -o q8-2.tk
test "$(content q8.tk)" = "$(content q8-2.tk)" || fail "q8: another content"

# ---- refused ----

pack --embed nan.npy --vocab nan.words -o nan.tk
status=0
"$tkinfo" --dump nan.tk >nan.txt 2>err || status=$?
test $status -eq 2 || fail "NaN: status $status"
grep -q 'w_e, row 1, column 2 is NaN' err || fail "NaN: $(cat err)"
tail -n 1 nan.txt | grep -qx end && fail "NaN: the dump looks whole"
exit 0
