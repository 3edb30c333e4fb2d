#!/bin/sh
# sketch.sh - tkpack --sketch, and what tkinfo says of the section
set -eu
tkinfo=$TK_BIN/tkinfo
tkpack=$TK_BIN/tkpack

fail() {
	echo "sketch: $*"
	exit 1
}

# Without it, and with it: the same content, one section more.
"$tkpack" "$TK_SRC/samples/tiny.txt" -o plain.tk >/dev/null 2>&1
"$tkpack" "$TK_SRC/samples/tiny.txt" --sketch -o sketch.tk >out 2>err ||
	fail "tkpack --sketch: $(cat err)"
grep -q '^sketch    of [0-9]* rows of W_[EU], ' out || fail "the plan lacks it"
test "$("$tkinfo" --digest plain.tk | grep content | sed 's/.* //')" = \
	"$("$tkinfo" --digest sketch.tk | grep content | sed 's/.* //')" ||
	fail "the sketch changes the content digest"
"$tkinfo" --sections sketch.tk | grep -q '^ *41 sketch .* D ' ||
	fail "no section"
"$tkinfo" sketch.tk | grep -q '^  sketch      of ' || fail "no summary"
"$tkinfo" --verify sketch.tk >out || fail "verify: $(cat out)"

# The same input gives the same bytes, and tied models have one as well.
"$tkpack" "$TK_SRC/samples/tiny.txt" --sketch -o again.tk >/dev/null 2>&1
cmp -s sketch.tk again.tk || fail "packing again gives another file"
printf 'a 1 2 3\nb 4 5 6\n\303\251 7 8 -9\n' >vectors.txt
"$tkpack" vectors.txt --tie --sketch --dtype f16 -o tied.tk >/dev/null 2>&1
"$tkinfo" --verify tied.tk >out || fail "tied: $(cat out)"
"$tkinfo" tied.tk | grep -q '^  sketch      of 3 rows' || fail "tied"

# --dry-run says it; without a W_U there is nothing to make it of.
"$tkpack" vectors.txt --tie --sketch --dry-run -o no.tk >out 2>/dev/null
grep -q '^sketch ' out || fail "--dry-run"
test ! -e no.tk || fail "--dry-run writes"
status=0
"$tkpack" vectors.txt --sketch -o no.tk >out 2>err || status=$?
test "$status" -eq 2 || fail "status $status without W_U"
grep -q 'sketch: there is no W_U' err || fail "no reason: $(cat err)"
test ! -e no.tk || fail "a file without W_U"
