#!/bin/sh
# vec_bad.sh - what tkvec says to questions that have no answer
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "vec_bad.sh: $*" >&2
	exit 1
}

# refuse STATUS TEXT ARGUMENT... - one line on stderr that has TEXT, nothing
# on stdout, no control characters; and the same with --json and --tsv.  Two
# more lines may show a place.
refuse() {
	want=$1
	text=$2
	shift 2
	for format in "" --json --tsv; do
		status=0
		# shellcheck disable=SC2086
		timeout 20 tkvec $format "$@" >out 2>all </dev/null ||
			status=$?
		[ "$status" = "$want" ] ||
			fail "$* $format: status $status, not $want: $(cat all)"
		[ ! -s out ] || fail "$* $format: printed $(cat out)"
		grep -v -e '" found as "' -e '^  ' all >err || :
		[ "$(wc -l <err)" -eq 1 ] || fail "$* $format: $(cat err)"
		grep -qF -e "$text" err ||
			fail "$* $format: no '$text' in: $(cat err)"
		tr -d '\n -~' <all >odd
		[ ! -s odd ] || fail "$* $format: odd bytes in: $(cat err)"
	done
}

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- words ----

refuse 1 '"kitten" is not in the vocabulary' tiny.tk near "cat + kitten"
refuse 1 '"Dogz" is not in the vocabulary; near it: " dog" (id:3), " dogs" (id:4)' \
	tiny.tk near Dogz
refuse 1 '"cat-dog" is not in the vocabulary' tiny.tk near cat-dog
refuse 1 'an operator has spaces around it' tiny.tk near cat-dog
refuse 1 '"\x1b[31m\x01" is not in' tiny.tk near "$(printf '\033[31m\001')"
refuse 1 '"caf\xc3(" is not in' tiny.tk row "$(printf 'caf\303(')"
refuse 1 '"\xff\xff" is not in' tiny.tk row '"\xff\xff"'
refuse 1 '"" is not in' tiny.tk row '""'
refuse 1 '"7" is not in' tiny.tk near 7
refuse 1 '"unicorn" is not in' tiny.tk dot "cats - cat" dog unicorn
refuse 1 '"unicorn" is not in' tiny.tk analogy cat unicorn dog
refuse 1 '"unicorn" is not in' tiny.tk cos cat unicorn
refuse 1 '"unicorn" is not in' tiny.tk pairs cat unicorn
refuse 1 '"id:8" is out of range: W_E has rows 0 to 7' tiny.tk near id:8
refuse 1 'out of range' tiny.tk near id:18446744073709551617
refuse 1 '"dim:4" is out of range: W_E has columns 0 to 3' tiny.tk near dim:4
refuse 1 '"id:-1" is not in' tiny.tk near id:-1

# ---- expressions: the place is shown ----

# shown TEXT: below it is the mark, at the same column as in the second
shown() {
	printf '  %s\n  %s^\n' "$1" "$2" >expected
	tkvec tiny.tk near "$3" 2>all >out || :
	tail -n +2 all >place
	diff -u expected place >&2 || fail "the place of $3"
}
refuse 2 'the expression is empty; give at least one token' tiny.tk near ""
refuse 2 'the expression is empty' tiny.tk near "  "
refuse 2 '"dog" needs + or - in front' tiny.tk near "cat dog"
shown 'cat dog' '    ' 'cat dog'
refuse 2 '"-" has no token behind it' tiny.tk near "cat -"
refuse 2 '"-" is the second sign' tiny.tk near "cat - - dog"
refuse 2 '"+" has no token behind it' tiny.tk cos cat +
refuse 2 'has no quote at its end' tiny.tk near '"cat'
refuse 2 'is no escape; there is \" \\' tiny.tk near '"c\at"'
shown '\x1b[31m dog' '         ' "$(printf '\033[31m dog')"
shown 'für Käse' '    ' 'für Käse'
long=$(printf 'a +%.0s ' $(seq 100))
# Of a long one as much as a line has room for.
tkvec tiny.tk near "${long}a - - b + $long a" 2>all >out || :
awk 'NR == 2 && index($0, "- - b") { place = index($0, "- - b") + 2 }
	NR == 3 && place && index($0, "^") == place { found = 1 }
	length > 80 && NR > 1 { exit 1 }
	END { exit !found }' all || fail "a long expression: $(cat all)"

# ---- vectors ----

refuse 2 '"cat - cat" is the zero vector, which has no direction' \
	tiny.tk near "cat - cat"
refuse 2 'is the zero vector' tiny.tk cos cat "0 dog"
refuse 2 'is the zero vector' tiny.tk analogy cat dog "dog - dog"
refuse 2 'is the zero vector' tiny.tk dot "dog - dog"
refuse 2 '"1e308 id:2" has an infinity in column 1 of its vector' \
	tiny.tk near "1e308 id:2"
refuse 2 'has an infinity in column 3' tiny.tk dot "-1e308 dim:3" dog

# ---- options ----

refuse 2 '-k 0' tiny.tk near cat -k 0
refuse 2 '-k 5x' tiny.tk near cat -k 5x
refuse 2 '-k ""' tiny.tk near cat -k ""
refuse 2 '-k 18446744073709551616: is too large' tiny.tk near cat \
	-k 18446744073709551616
refuse 2 '--threads 0' tiny.tk near cat --threads 0
refuse 2 '--metric euclid: must be cos, dot or l2' tiny.tk near cat \
	--metric euclid
refuse 2 '--metric ""' tiny.tk near cat --metric ""
refuse 2 '--space V: must be E (W_E) or U (W_U)' tiny.tk near cat --space V
refuse 2 '--rule min: must be add or mul' tiny.tk analogy cat cats dog \
	--rule min
refuse 2 '--metric means nothing to dot' tiny.tk dot cat --metric l2
refuse 2 '-k means nothing to cos' tiny.tk cos cat dog -k 3
refuse 2 '-k means nothing to dot with words' tiny.tk dot cat dog -k 3
refuse 2 '--lower means nothing to near' tiny.tk near cat --lower
refuse 2 '--rule means nothing to near' tiny.tk near cat --rule add
refuse 2 '--include-inputs means nothing to eval' tiny.tk eval x \
	--include-inputs
refuse 2 'unknown option --metrik; did you mean --metric?' tiny.tk near cat \
	--metrik cos
refuse 2 'unknown option -m' tiny.tk near -man
status=0
tkvec tiny.tk near cat --json --tsv 2>err || status=$?
[ "$status" = 2 ] || fail "--json --tsv: status $status"
grep -q 'exclude each other' err || fail "--json --tsv: $(cat err)"

# ---- commands ----

refuse 2 'nearest: is no command; there is near, analogy, dot, cos, pairs' \
	tiny.tk nearest cat
refuse 2 '"": is no command' tiny.tk ""
refuse 2 'near takes EXPRESSION, not 2 operands; quote it' tiny.tk near cat dog
refuse 2 'cos takes A B, not 3 operands' tiny.tk cos cat dog cats
refuse 2 'analogy takes A B C' tiny.tk analogy cat cats
refuse 2 'eval takes QUESTIONS' tiny.tk eval
refuse 2 'near takes 1 operand, not 0' tiny.tk near
refuse 2 'analogy takes 3 operands, not 0' tiny.tk analogy
for arguments in "" tiny.tk; do
	status=0
	# shellcheck disable=SC2086
	tkvec $arguments 2>err || status=$?
	[ "$status" = 2 ] || fail "'$arguments': status $status"
	grep -q '^Usage: ' err || fail "'$arguments': $(cat err)"
done

# ---- files ----

refuse 2 'nowhere.tk: ' nowhere.tk near cat
refuse 2 '"": ' "" near cat
refuse 2 'is a directory' . near cat
tkpack --archive tiny.tk -o tiny.tka >/dev/null 2>&1
refuse 2 'is an archive, which is not used in place; expand it with tkpack --expand' \
	tiny.tka near cat
sed '/^matrix/,$d' "$TK_SRC/samples/tiny.txt" >words.txt
sed -i 's/^hparam tied false$/hparam d_model 4/' words.txt
echo end >>words.txt
tkpack words.txt -o words.tk >/dev/null 2>&1
refuse 2 'words.tk: has a vocabulary, but no matrix and no vectors' \
	words.tk near cat
sed '/^matrix w_u/,$d' "$TK_SRC/samples/tiny.txt" >e.txt
echo end >>e.txt
tkpack e.txt -o e.tk >/dev/null 2>&1
refuse 2 'e.tk: has no W_U; its vectors are those of W_E: --space E' \
	e.tk near cat --space U
sed '/^matrix w_e/,/^$/d' "$TK_SRC/samples/tiny.txt" >u.txt
tkpack u.txt -o u.tk >/dev/null 2>&1
refuse 2 'u.tk: has no W_E; its vectors are those of W_U: --space U' \
	u.tk near cat
tkvec u.tk near cat --space U >out 2>/dev/null || fail "W_U alone"
size=$(wc -c <tiny.tk)
for n in 0 1 100 200 $((size - 1)); do
	head -c "$n" tiny.tk >cut.tk
	refuse 2 'cut.tk: ' cut.tk near cat
done

# ---- rows that are no answers, or more tokens than rows ----

{
	header="{'descr': '<f4', 'fortran_order': False, 'shape': (10, 2), }"
	printf '\223NUMPY\1\0\100\0%-63s\n' "$header"
	# zero, nan, inf, a, b, another a, tiny, huge, two of padding
	printf '\000\000\000\000\000\000\000\000'
	printf '\000\000\300\177\000\000\200\077'
	printf '\000\000\200\177\000\000\200\077'
	printf '\000\000\200\077\000\000\000\000'
	printf '\000\000\000\000\000\000\200\077'
	printf '\000\000\200\077\000\000\200\077'
	printf '\140\102\242\015\000\000\000\000'
	printf '\346\261\141\177\346\261\141\177'
	printf '\000\000\000\100\000\000\000\000'
	printf '\000\000\100\100\000\000\000\000'
} >odd.npy
printf '%s\n' zero nan inf a b a tiny huge >odd.words
tkpack --embed odd.npy --vocab odd.words -o odd.tk >/dev/null 2>&1
tkvec odd.tk near a -k 99 >out 2>err
echo 'tkvec: 3 rows of W_E without a score (zero, NaN or infinite) are not ranked' >expected
cmp -s expected err || fail "unranked: $(cat err)"
cat >expected <<'END'
  RANK  TOKEN                                          ID         COS
     1  "tiny"                                          6      1.0000
     2  "a"                                             5      0.7071
     3  "huge"                                          7      0.7071
     4  "b"                                             4      0.0000
END
diff -u expected out >&2 || fail "rows that are no answers"
tkvec odd.tk near "a" --metric l2 -k 99 --json --include-inputs >out 2>err
grep -q '"unranked": 3}$' out || fail "l2: $(cat out)"
grep -q '(NaN, infinite or too large) are not ranked' err ||
	fail "l2: $(cat err)"
grep -q '"token": "zero", "id": 0, "score": 1.0}' out || fail "l2: $(cat out)"
# Padding can be asked about, and is never an answer.
tkvec odd.tk near id:8 -k 99 >out 2>err
if grep -e ' [89]  ' out; then
	fail "padding: $(cat out)"
fi
tkvec odd.tk row id:9 >out
grep -q '^id:9  id 9  W_E' out || fail "padding: $(cat out)"
tkvec odd.tk row id:9 --json >out
grep -qF '"token": null, "id": 9,' out || fail "padding: $(cat out)"
refuse 2 '"nan" has NaN in column 0 of its vector' odd.tk near nan
refuse 2 '"a - 2 inf" has an infinity in column 0' odd.tk cos a "a - 2 inf"
refuse 2 '"nan" has NaN in column 0' odd.tk analogy a nan b
refuse 2 '"zero" is the zero vector' odd.tk near zero
tkvec odd.tk dot a nan zero inf >out
grep -q '3  "nan" .* nan$' out || fail "dot: $(cat out)"
tkvec odd.tk dot a nan b --json >out
grep -q '"rank": 2, "token": "nan", "id": 1, "score": null}' out ||
	fail "dot: $(cat out)"
tkvec odd.tk pairs a nan zero >out
[ "$(grep -c ' nan' out)" = 3 ] || fail "pairs: $(cat out)"
tkvec odd.tk pairs a nan zero --json >out
grep -qF '"scores": [1.0, null, null]' out || fail "pairs: $(cat out)"
tkvec odd.tk row nan --json >out
grep -qF '"norm": null, "vector": [null, 1.0]' out || fail "row: $(cat out)"
tkvec odd.tk analogy id:3 id:4 id:5 -k 99 >out 2>err
grep -q '^tkvec: 3 rows' err || fail "analogy: $(cat err)"
if grep -E ' (0|1|2|8|9)  +-?[0-9.]+$' out; then
	fail "analogy: $(cat out)"
fi

cat >few.txt <<'END'
tk-manifest 1
token "a"
token "b"
token "c"
matrix w_e f32 3 2
1 0
0 1
1 1
matrix w_u f32 2 2
1 0
0 1
end
END
tkpack few.txt -o few.tk >/dev/null 2>&1
refuse 1 '"c" has no row in W_U' few.tk near c --space U
refuse 1 '"c" has no row in W_U' few.tk near 'a + "c"' --space U
refuse 1 '"id:2" is out of range: W_U has rows 0 to 1' few.tk row id:2 \
	--space U
tkvec few.tk near a -k 99 --space U >out
[ "$(wc -l <out)" = 2 ] || fail "tokens without rows: $(cat out)"
printf 'a b b a\na b b c\nc b a b\n' >questions
tkvec few.tk eval questions --space U --json >out
grep -qF '"total": {"right": 0, "asked": 1, "questions": 3}' out ||
	fail "questions about tokens without rows: $(cat out)"
