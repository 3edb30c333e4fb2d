#!/bin/sh
# vec.sh - tkvec on models that can be computed by hand
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "vec.sh: $*" >&2
	exit 1
}

# same WHAT: what was expected, and what came out
same() {
	diff -u expected out >&2 || fail "$1"
}

# samples/tiny.txt has the vectors: (0 1 0 0) is " cat".
tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- near ----

cat >expected <<'END'
tkvec: "cats" found as " cats"
tkvec: "cat" found as " cat"
tkvec: "dog" found as " dog"
  RANK  TOKEN                                          ID         COS
     1  " dogs"                                         4      1.0000
     2  " the"                                          0      0.0000
     3  "\n"                                            5      0.0000
     4  "</s>"                                          7     -0.5000
     5  "\xff"                                          6     -0.7071
END
tkvec tiny.tk near "cats - cat + dog" >out 2>&1
same near
# The same vector in other words; options anywhere.
sed 1,3d expected >table
for expression in "id:2 - id:1 + id:3" "-id:1 + id:3 + id:2" \
	'" cats" - " cat" + " dog"' '1*" cats" - 0.5 id:1 - .5 * id:1 + id:3'; do
	for n in 1 3; do
		tkvec --threads "$n" tiny.tk near "$expression" -k 99 >out 2>err
		cmp -s table out || fail "$expression: $(cat out err)"
		[ ! -s err ] || fail "$expression: $(cat err)"
	done
done
# dim:N is a unit vector, and excludes nothing.
{
	head -1 table
	cat <<'END'
     1  " cats"                                         2      1.0000
     2  " cat"                                          1      0.7071
END
} >expected
tkvec tiny.tk near "dim:1 + dim:3" -k 2 >out
same "dim:N"
# An operand that is a token is not taken apart.
tkvec tiny.tk near " cat" -k 1 >out 2>err
[ ! -s err ] || fail "exact: $(cat err)"
grep -q '" cats"' out || fail "exact: $(cat out)"

tkvec tiny.tk near " dog" --metric l2 -k 2 --include-inputs --tsv >out
printf 'query\tlist\trank\ttoken\tid\tscore\n" dog"\tl2\t1\t" dog"\t3\t0\n" dog"\tl2\t2\t" dogs"\t4\t1\n' >expected
same "l2, --tsv"
tkvec tiny.tk near "3 id:4" --metric dot -k 2 --json >out
cat >expected <<'END'
{"schema": "tkvec/1", "query": "3 id:4", "results": [{"rank": 1, "token": " cats", "id": 2, "score": 3.0}, {"rank": 2, "token": " dog", "id": 3, "score": 3.0}], "unranked": 0}
END
same "dot, --json, ties"
tkvec tiny.tk near id:7 --json -k 1 >out
grep -qF '{"rank": 1, "token": null, "bytes": "ff", "id": 6, "score": 0.7071067' \
	out || grep -qF '"token": "\n", "id": 5, "score": 0.7071067' out ||
	fail "--json: $(cat out)"
# W_U: row 1 is 2 -1 0 -1, row 7 is 0 1 1 0.
tkvec tiny.tk near dim:0 --space U --metric dot -k 2 >out
grep -q '     1  " cat"  .* 2.0000$' out || fail "--space U: $(cat out)"
tkvec tiny.tk row id:1 --space U >out
printf '" cat"  id 1  W_U, f32, 4 columns, norm 2.44948983\n     0                2               -1                0               -1\n' >expected
same "row --space U"

# ---- other letters as capitals ----

cat >case.txt <<'END'
tk-manifest 1
token "Paris"
token " rome"
token "BONN"
token "McDonald"
token "id:1"
token "1984"
token "-"
token "a + b"
token "\x80"
token "paris"
matrix w_e f32 10 2
1 0
1 1
0 1
-1 1
-1 0
-1 -1
0 -1
1 -1
2 -1
3 -1
END
echo end >>case.txt
tkpack case.txt -o case.tk >/dev/null 2>&1
# found WORD TOKEN: as that one, and it is said if it is another
found() {
	tkvec case.tk row "$1" >out 2>err || fail "$1: $(cat err)"
	grep -qF -e "$2  id " out || fail "$1: $(cat out)"
	if [ "${3:-}" ]; then
		[ "$(cat err)" = "tkvec: $3 found as $2" ] ||
			fail "$1: $(cat err)"
	else
		[ ! -s err ] || fail "$1: $(cat err)"
	fi
}
found Paris '"Paris"'
found paris '"paris"'
found PARIS '"paris"' '"PARIS"'
found " PARIS " '"paris"' '"PARIS"'
found '" PARIS"' '"paris"' '" PARIS"'
found rome '" rome"' '"rome"'
found Rome '" rome"' '"Rome"'
found Ġrome '" rome"' '"Ġrome"'
found ▁rome '" rome"' '"▁rome"'
found bonn '"BONN"' '"bonn"'
found MCDONALD '"McDonald"' '"MCDONALD"'
found "$(printf '\200')" '"\x80"'
found '"\x80"' '"\x80"'
found 1984 '"1984"'
found '"id:1"' '"id:1"'
found id:1 '" rome"'
found '"-"' '"-"'
found "a + b" '"a + b"'
tkvec case.tk row -- -1984 >out
grep -q '^-1984  W_E' out || fail "an expression has no id: $(cat out)"
tkvec case.tk cos - Paris >out
echo 0.000000 >expected
same "a sign as an operand"

# ---- analogy ----

cat >expected <<'END'
3CosAdd
  RANK  TOKEN                                          ID       SCORE
     1  " dogs"                                         4      1.0000

3CosMul
  RANK  TOKEN                                          ID       SCORE
     1  " dogs"                                         4      0.9701
END
tkvec tiny.tk analogy " cat" " cats" " dog" -k 1 >out
# cos: (1/2 - 0 + 1/sqrt 2) = 1.2071; (1/2 + 1)/2 (1/sqrt 2 + 1)/2 / 0.501
sed -i -e '3s/1.0000/1.2071/' -e '7s/0.9701/1.2778/' expected
same analogy
tkvec tiny.tk analogy " cat" " cats" " dog" -k 1 --rule mul >out
sed 1,5d expected >expected.mul
mv expected.mul expected
same "--rule mul"

# ---- dot ----

cat >expected <<'END'
  RANK  TOKEN                                          ID         DOT
     2  " dogs"                                         4      1.0000
     3  " dog"                                          3      0.0000
     4  "</s>"                                          7     -1.0000
     1  2 id:4                                          -      2.0000
END
tkvec tiny.tk dot " cats - cat" " dogs" " dog" id:7 "2 id:4" >out 2>/dev/null
same dot
cat >expected <<'END'
positive
  RANK  TOKEN                                          ID         DOT
     1  " cats"                                         2      1.0000
     2  " dogs"                                         4      1.0000

negative
  RANK  TOKEN                                          ID         DOT
     1  "\xff"                                          6     -1.0000
     2  "</s>"                                          7     -1.0000
END
tkvec tiny.tk dot dim:3 -k 2 >out
same "dot dim:N"
cat >expected <<'END'
{"schema": "tkvec/1", "query": "dim:3", "results": [{"rank": 1, "token": " cats", "id": 2, "score": 1.0}], "opposite": [{"rank": 1, "token": null, "bytes": "ff", "id": 6, "score": -1.0}], "unranked": 0}
END
tkvec tiny.tk dot dim:3 -k 1 --json >out
same "dot --json"
tkvec tiny.tk dot "id:2 - id:1" --json --include-inputs -k 1 >out
sed 's/"query": "dim:3"/"query": "id:2 - id:1"/' expected >want
mv want expected
same "dot --include-inputs"
cat >expected <<'END'
{"schema": "tkvec/1", "query": "dim:3", "results": [{"rank": 2, "token": " the", "id": 0, "score": 0.0}, {"rank": 1, "expression": "id:2 + id:4", "token": null, "id": null, "score": 2.0}]}
END
tkvec tiny.tk dot dim:3 id:0 "id:2 + id:4" --json >out
same "dot with an expression --json"

# ---- cos, row ----

echo 1.000000 >expected
tkvec tiny.tk cos " cats - cat" " dogs - dog" >out 2>/dev/null
same cos
tkvec tiny.tk cos id:0 id:7 --json >out
grep -qF '"query": ["id:0", "id:7"], "results": [{"rank": 1, "token": "</s>", "id": 7, "score": -0.7071067' out ||
	fail "cos --json: $(cat out)"
tkvec tiny.tk row "id:2 - 2.5 id:3" --json >out
cat >expected <<'END'
{"schema": "tkvec/1", "query": "id:2 - 2.5 id:3", "results": [{"rank": 1, "token": null, "id": null, "matrix": "W_E", "norm": 2.8722813129425049, "vector": [0.0, 1.0, -2.5, 1.0]}]}
END
same "row --json"
tkvec tiny.tk row id:3 --tsv >out
printf 'token\tvector\n" dog"\t0\t0\t1\t0\n' >expected
same "row --tsv"

# ---- pairs: a heat map ----

cat >expected <<'END'
                         1     2     3     4     5
   1 " cat"          █1.00 ▓0.71  0.00  0.00  0.00
   2 " cats"         ▓0.71 █1.00 ▒0.50 ▓-.71 ▒-.50
   3 " dogs"          0.00 ▒0.50 █1.00 ▓-.71 ▒-.50
   4 "\xff"           0.00 ▓-.71 ▓-.71 █1.00 ▓0.71
   5 -id:4 + id:3 -   0.00 ▒-.50 ▒-.50 ▓0.71 █1.00
END
tkvec tiny.tk pairs id:1 id:2 id:4 id:6 "-id:4 + id:3 - id:0 " >out
same pairs
sed 's/█/#/g; s/▓/*/g; s/▒/:/g; s/░/./g' expected >ascii
LC_ALL=C tkvec tiny.tk pairs id:1 id:2 id:4 id:6 "-id:4 + id:3 - id:0 " >out
mv ascii expected
same "pairs without UTF-8"
if LC_ALL=C grep '[^ -~]' out; then
	fail "pairs: bytes beyond ASCII"
fi
tkvec tiny.tk pairs id:1 id:2 --tsv >out
printf 'token\t" cat"\t" cats"\n" cat"\t1\t0.707106769\n" cats"\t0.707106769\t1\n' >expected
same "pairs --tsv"
tkvec tiny.tk pairs id:1 id:6 --json >out
cat >expected <<'END'
{"schema": "tkvec/1", "query": ["id:1", "id:6"], "results": [{"token": " cat", "id": 1, "scores": [1.0, 0.0]}, {"token": null, "bytes": "ff", "id": 6, "scores": [0.0, 1.0]}]}
END
same "pairs --json"
# Colour says nothing that is not there without.
tkvec tiny.tk pairs id:1 id:2 id:6 >expected
tkvec tiny.tk pairs id:1 id:2 id:6 --color=always >out
grep -q "$(printf '\033')" out || fail "pairs: no colour"
sed "s/$(printf '\033')\[[0-9]*m//g" out >plain
mv plain out
same "pairs in colour"
# Thirty words: three panels, 80 columns.
# shellcheck disable=SC2046
tkvec tiny.tk pairs $(seq -f 'id:%.0f' 0 7) $(seq -f 'id:%.0f' 0 7) \
	$(seq -f 'id:%.0f' 0 7) "$(printf '%060d id:1' 1)" >out
[ "$(grep -c '^  *1 " the"' out)" = 3 ] || fail "panels: $(cat out)"
for tool in "tkvec --help" "tkvec tiny.tk near id:1" \
	"tkvec tiny.tk dot id:1"; do
	$tool >>out
done
if grep -E '.{81}' out; then
	fail "beyond 80 columns"
fi
