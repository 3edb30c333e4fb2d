#!/bin/sh
# selftest.sh - tkpack --self-test, and tkinfo on numbers that are others
set -eu
tkinfo=$TK_BIN/tkinfo
tkpack=$TK_BIN/tkpack

fail() {
	echo "selftest: $*"
	[ ! -s out ] || cat out
	exit 1
}

# is STATUS TOOL ARGUMENT... - what it says is in 'out' and 'err'
is() {
	want=$1
	tool=$TK_BIN/$2
	shift 2
	status=0
	"$tool" "$@" >out 2>err || status=$?
	test "$status" -eq "$want" || fail "status $status: $* $(cat err)"
	if LC_ALL=C grep -q '[^ -~]' out err; then
		fail "a control character: $*"
	fi
}

# value KEY FILE - a digest
value() {
	"$tkinfo" --digest "$2" | sed -n "s/^$1 *//p"
}

# ---- written, and whole ----

"$tkpack" "$TK_SRC/samples/tiny.txt" -o plain.tk >/dev/null 2>&1
is 0 tkpack "$TK_SRC/samples/tiny.txt" --self-test 5 -o tested.tk
grep -qx 'self-test 5 cases, the 10 best tokens of each' out || fail "the plan"
for key in content value; do
	test "$(value $key plain.tk)" = "$(value $key tested.tk)" ||
		fail "the self-test changes the $key digest"
done
"$tkinfo" --sections tested.tk | grep -q '^ *3 selftest .* N ' ||
	fail "no section"
is 0 tkinfo tested.tk
grep -qx '  self-test   5 cases: --verify computes them again' out ||
	fail "no summary"
is 0 tkinfo --json tested.tk
grep -q '"self_test": {"cases": 5}' out || fail "no JSON"
is 0 tkinfo --json plain.tk
grep -q '"self_test": null' out || fail "JSON of a file without one"
for level in structure index all; do
	is 0 tkinfo --verify=$level tested.tk
	grep -q '^ok: no damage found' out || fail "--verify=$level"
done

# The same input gives the same bytes; what predicts differently, others.
"$tkpack" "$TK_SRC/samples/tiny.txt" --self-test 5 -o again.tk >/dev/null 2>&1
cmp -s tested.tk again.tk || fail "packing again gives another file"
is 0 tkpack "$TK_SRC/samples/tiny.txt" --self-test 1 --sketch -o one.tk
grep -qx 'self-test 1 case, the 10 best tokens of each' out || fail "one case"
is 0 tkinfo --verify one.tk
is 0 tkpack "$TK_SRC/samples/tiny.txt" --self-test 1024 -o many.tk
is 0 tkinfo --verify --threads 3 many.tk

# ---- kept and left out ----

is 0 tkpack --archive tested.tk -o tested.tka
is 0 tkinfo --verify tested.tka
grep -qx 'not verified: self-test: expand the archive: tkpack --expand' out ||
	fail "verifying an archive"
is 0 tkinfo --json --verify tested.tka
grep -q '"not_verified": \["self-test"\]' out || fail "JSON of an archive"
is 0 tkpack --expand tested.tka -o back.tk
cmp -s tested.tk back.tk || fail "another file comes back"
"$tkinfo" --dump tested.tk >dump.txt
is 0 tkpack dump.txt -o dumped.tk
is 0 tkinfo --json dumped.tk
grep -q '"self_test": null' out || fail "a manifest has a self-test"
is 0 tkpack dump.txt --self-test 5 -o dumped.tk --force
section() {
	"$tkinfo" --sections "$1" | awk '$2 == "selftest" { print $NF }'
}
test "$(section dumped.tk)" = "$(section tested.tk)" ||
	fail "the same model gets another self-test"

# ---- what is no self-test ----

for n in 0 1025 x -1 ''; do
	is 2 tkpack dump.txt --self-test "$n" -o no.tk
	grep -q -e '--self-test' err || fail "--self-test $n: $(cat err)"
done
for form in --archive --expand; do
	is 2 tkpack $form tested.tk --self-test 5 -o no.tk
	grep -q 'keep the one that INPUT has' err || fail "$form: $(cat err)"
done
printf 'a 1 2 3\nb 4 5 6\n\303\251 7 8 -9\n' >vectors.txt
is 2 tkpack vectors.txt --self-test 5 -o no.tk
grep -q 'no W_U.*pack with --tie' err || fail "no W_U: $(cat err)"
is 2 tkpack vectors.txt --vocab-only --self-test 5 -o no.tk
grep -q 'no W_U' err || fail "a vocabulary: $(cat err)"

# manifest MATRICES... - m.txt, a model of two tokens
manifest() {
	printf '%s\n' 'tk-manifest 1' 'token "a"' 'token "b"' "$@" end >m.txt
}
manifest 'matrix w_u f32 2 1' '1' 'inf'
is 2 tkpack m.txt --self-test 8 -o no.tk
grep -q 'self-test: the key of row 1 of W_U is not finite: column 0 is inf' \
	err || fail "inf: $(cat err)"
manifest 'matrix b_u f32 1 2' '-inf -inf' 'matrix w_u f32 2 1' '1' '2'
is 2 tkpack m.txt --self-test 1 -o no.tk
grep -q 'self-test: every key is -Inf: nothing is predicted' err ||
	fail "-Inf: $(cat err)"
manifest 'matrix w_u f32 2 131072' "$(yes 1 | head -n 131072 | tr '\n' ' ')" \
	"$(yes 2 | head -n 131072 | tr '\n' ' ')"
is 2 tkpack m.txt --self-test 32 -o no.tk
grep -q 'self-test: 32 cases have more than 16 MiB' err || fail "$(cat err)"
is 0 tkpack m.txt --self-test 31 -o wide.tk
is 0 tkinfo --verify wide.tk
test ! -e no.tk || fail "a file all the same"
test -z "$(find . -name '.*.tmp')" || fail "a part is left"
# An embedding that is no number leaves the vectors.
manifest 'matrix w_e f32 2 1' 'inf' 'inf' 'matrix w_u f32 2 1' '1' '2'
is 0 tkpack m.txt --self-test 3 -o vectors.tk
is 0 tkinfo --verify vectors.tk

# ---- other numbers, digests right ----

# spoil NAME SECTION CODE - NAME.tk: 'd', the section's bytes, changed by CODE
spoil() {
	"$TK_PYTHON" -B - "$1.tk" "$2" "$3" <<'END'
import os
import struct  # for the code
import sys

sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
import forge
import rules

with open(os.environ["BASE"], "rb") as f:
    base = f.read()
e = next(e for e in rules.File(base).entries if e.name == sys.argv[2])
d = bytearray(e.data)
exec(sys.argv[3])
with open(sys.argv[1], "wb") as f:
    f.write(forge.seal_all(forge.patch(base, (e.offset, bytes(d))), base))
END
}

cat >cities.txt <<END
tk-manifest 1
token " paris"
token " london"
token "\xff\x1b[31m"
token " a town whose name is very long indeed"
matrix w_e f32 4 2
1 0
0 1
0 0.5
0.25 0.25
matrix w_u f32 4 2
5 0
4 0
3 1
0 3
end
END
"$tkpack" cities.txt --self-test 8 -o cities.tk >/dev/null 2>&1
export BASE=cities.tk
is 0 tkinfo --verify cities.tk
spoil swapped w_u 'd[:64], d[64:128] = d[64:128], d[:64]'
for level in structure index; do
	is 0 tkinfo --verify=$level swapped.tk
done
for threads in 1 4; do
	is 1 tkinfo --verify --threads $threads swapped.tk
	grep -q '^wrong: self-test case [1-8]: rank [1-4] is " [a-z ]*".*, the file says " [a-z ]*"' \
		out || fail "swapped"
	test "$(grep -c '^wrong: ' out)" -gt 3 || fail "swapped: not all cases"
done
if grep -E '.{81}' out; then
	fail "more than 80 columns"
fi
is 1 tkinfo --json --verify swapped.tk
"$TK_PYTHON" - <<'END' || fail "--json"
import json
import re

v = json.load(open('out'))['verify']
assert v['ok'] is False and v['damaged'] is False, v
for e in v['errors']:
    assert e['section'] == 'selftest' and e['offset'] > 0, e
    assert 1 <= e['case'] <= 8 and 1 <= e['rank'] <= 4, e
    assert re.match(r'self-test case \d: rank \d is ".*", the file says ".*"$',
                    e['message']), e
END
# The last bit of an element: the order stays, the numbers do not.
spoil bit w_u 'd[0] ^= 1'
is 1 tkinfo --verify bit.tk
grep -q '^wrong: self-test case [1-8]: rank [1-4] is " paris" with key [-0-9.]*, the file says [-0-9.]*$' \
	out || fail "one bit"
spoil nan w_u 'd[192:196] = b"\0\0\xc0\x7f"'
is 1 tkinfo --verify nan.tk
test "$(grep -c 'case [1-8]: the key of row 3 of W_U is not finite: column 0 is nan$' \
	out)" -eq 8 || fail "NaN"
spoil w_e w_e 'd[:] = struct.pack("<2f56x", 9., 9.) * 4'
is 1 tkinfo --verify w_e.tk
# What can't be a self-test is one line; the model is none the worse for it.
spoil form selftest 'd[8] = 7'
is 1 tkinfo --verify form.tk
grep -qx 'wrong: selftest, byte [0-9]*: unknown form 7' out || fail "a form"
is 1 tkinfo --verify=index form.tk
is 0 tkinfo --verify=structure form.tk
is 0 tkinfo form.tk
grep -qx '  self-test   not as it must be: unknown form 7' out || fail "summary"
is 0 tkpredict form.tk paris
spoil order selftest 'd[-24:-12], d[-12:] = d[-12:], d[-24:-12]'
is 1 tkinfo --verify order.tk
grep -q 'rank 4 is better than the one before' out || fail "an order"
is 0 tkinfo --json order.tk
grep -q '"self_test": null' out || fail "JSON of a wrong one"
# A hyperparameter that is unknown: the model cannot predict, and is whole.
"$TK_PYTHON" -B - <<'END'
import os
import sys

sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
import forge

sections = forge.sections_of(open("cities.tk", "rb").read())
sections[0]["data"] = forge.key_values(("acme.new", 4, 1, b"?"))
open("must.tk", "wb").write(forge.build(sections))
END
is 0 tkinfo --verify must.tk
grep -qx 'not verified: self-test: the model cannot predict: see tkinfo FILE' \
	out || fail "an unknown hyperparameter"
# Damage is damage, and then nothing is computed.
"$TK_PYTHON" -c '
d = bytearray(open("cities.tk", "rb").read())
at = d.index(b"selftest") + 0x20
d[int.from_bytes(d[at:at + 8], "little") + 30] ^= 1
open("damaged.tk", "wb").write(d)'
is 1 tkinfo --verify damaged.tk
test "$(cut -d, -f1 out)" = 'damaged: selftest' || fail "damage"
