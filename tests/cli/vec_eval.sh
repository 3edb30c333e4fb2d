#!/bin/sh
# vec_eval.sh - tkvec eval: files of questions, good, odd and bad ones
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "vec_eval.sh: $*" >&2
	exit 1
}

# same WHAT: what was expected, and what came out
same() {
	diff -u expected out >&2 || fail "$1"
}

cat >words.txt <<'END'
tk-manifest 1
token "man"
token "woman"
token "king"
token "queen"
token "paris"
token " rome"
token "z"
token "\xff"
matrix w_e f32 8 3
1 0 0
1 1 0
1 0 2
1 1.5 2
0 0 -1
0 -1 -1
0 0 0
-3 1 1
END
echo end >>words.txt
tkpack words.txt -o words.tk >/dev/null 2>&1

# ---- analogies ----

cat >questions <<'END'
: family
man woman king queen
king queen man woman
Man Woman King Queen
: none of them
athens greece paris france
: places
man king woman paris
paris rome paris rome
END
cat >expected <<'END'
CATEGORY                                        RIGHT    ASKED       OF   SHARE
family                                              2        2        3 100.0 %
none of them                                        0        0        1       -
places                                              0        2        2   0.0 %
total                                               2        4        6  50.0 %
END
tkvec words.tk eval questions >out
same "a table"
cat >expected <<'END'
{"schema": "tkvec/1", "rule": "3CosAdd", "categories": [{"name": "family", "right": 3, "asked": 3, "questions": 3}, {"name": "none of them", "right": 0, "asked": 0, "questions": 1}, {"name": "places", "right": 0, "asked": 2, "questions": 2}], "total": {"right": 3, "asked": 5, "questions": 6}}
END
tkvec words.tk eval questions --json --lower >out
same "--json --lower"
tkvec words.tk eval questions --json --lower --rule mul --threads 3 >out
# "\xff" is far from "man", by which 3CosMul divides.
sed 's/3CosAdd/3CosMul/; s/"right": 3/"right": 0/g' expected >want
mv want expected
same "--rule mul"
printf 'category\tright\tasked\tquestions\n"family"\t3\t3\t3\n"none of them"\t0\t0\t1\n"places"\t0\t2\t2\ntotal\t3\t5\t6\n' >expected
tkvec --tsv words.tk eval --lower - <questions >out
same "--tsv, standard input"

# CR LF, a mark of UTF-8, blank lines, comments, no category, no end of line.
{
	printf '\357\273\277man woman king queen\r\n\r\n# king queen man x\r\n'
	printf ':family\r\n\t man   woman king\tqueen \r\nking queen man woman'
} >odd
tkvec words.tk eval odd --json >out
cat >expected <<'END'
{"schema": "tkvec/1", "rule": "3CosAdd", "categories": [{"name": "", "right": 1, "asked": 1, "questions": 1}, {"name": "family", "right": 2, "asked": 2, "questions": 2}], "total": {"right": 3, "asked": 3, "questions": 3}}
END
same "odd lines"

# Bytes that are no text, words of any length; a category named by them.
{
	printf ': \033[31m\377\n\377 man \377 woman\n\0 a b c\n'
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "long"
		print " man woman king" }'
} >bytes
tkvec words.tk eval bytes >out 2>err || fail "bytes: $(cat err)"
grep -q '^.x1b\[31m.xff  *1 *1 *3 ' out || fail "bytes: $(cat out)"
tkvec words.tk eval bytes --json >out
grep -qF '{"name": null, "bytes": "1b5b33316dff", "right": 1, "asked": 1, "questions": 3}' out ||
	fail "bytes: $(cat out)"

# A row without a direction has no answer, and is no reason to stop.
printf 'man z king queen\nman woman king queen\n' >zero
tkvec words.tk eval zero --json >out 2>err
grep -qF '"total": {"right": 1, "asked": 2, "questions": 2}' out ||
	fail "zero rows: $(cat out)"
grep -q '^tkvec: 1 question has no answer: a row of W_E is zero' err ||
	fail "zero rows: $(cat err)"

# ---- similarities ----

printf '# of people\nword1\tword2\tscore\nman\twoman\t9\nman\tqueen\t5\nman\tparis\t5\nking\tqueen\t9.5\nking\tx\t1\n' >pairs.tsv
# cos 0.707, 0.371, 0, 0.966: ranks 3 2 1 4 and 3 1.5 1.5 4, so 4.5 over the
# root of 5 times 4.5
cat >expected <<'END'
CATEGORY                                        ASKED       OF SPEARMAN
total                                               4        5   0.9487
END
tkvec words.tk eval pairs.tsv >out
same "similarities"
tkvec words.tk eval pairs.tsv --json >out
grep -qE '^\{"schema": "tkvec/1", "categories": \[\{"name": "", "spearman": 0\.948683298050513[0-9]+, "asked": 4, "questions": 5\}\], "total": \{"spearman": 0\.948683298050513[0-9]+, "asked": 4, "questions": 5\}\}$' out ||
	fail "similarities: $(cat out)"
cp out want
# The same with commas, with spaces, with a column between, in capitals.
tr '\t' ',' <pairs.tsv >pairs.csv
tr '\t' ' ' <pairs.tsv >pairs.txt
awk -F '\t' '{ print $1 "\t" $2 "\tN\t" $3 "\t" (NR < 3 ? "x" : 7) }' pairs.tsv \
	>columns.tsv
tr a-z A-Z <pairs.tsv >pairs.upper
sed 's/$/\r/' pairs.tsv >pairs.crlf
for file in pairs.csv pairs.txt columns.tsv pairs.upper pairs.crlf; do
	tkvec words.tk eval "$file" --lower --json >out || fail "$file"
	cmp -s want out || fail "$file: $(cat out)"
done
{
	echo ': one'
	tail -n +3 pairs.tsv
	echo ': two'
	printf 'man\twoman\t1\nman\tz\t7\nz\tking\t7\n'
} >named
tkvec words.tk eval named >out 2>err
cat >expected <<'END'
CATEGORY                                        ASKED       OF SPEARMAN
one                                                 4        5   0.9487
two                                                 1        3        -
END
head -3 out >first
mv first out
same "categories of similarities"
grep -q '^tkvec: 2 pairs are left out: a row of W_E is zero' err ||
	fail "zero rows: $(cat err)"
tkvec words.tk eval named --json 2>/dev/null | grep -qF '"name": "two", "spearman": null, "asked": 1' ||
	fail "no correlation"

# ---- no questions ----

# refuse STATUS TEXT ARGUMENT...
refuse() {
	want=$1
	text=$2
	shift 2
	status=0
	timeout 20 tkvec words.tk eval "$@" >out 2>err </dev/null || status=$?
	[ "$status" = "$want" ] || fail "$*: status $status: $(cat err)"
	grep -qF -e "$text" err || fail "$*: no '$text' in $(cat err)"
	[ "$(wc -l <err)" = 1 ] || fail "$*: $(cat err)"
	tr -d '\n -~' <err >left
	[ ! -s left ] || fail "$*: control characters"
}
refuse 2 'nowhere: No such file' nowhere
refuse 2 '"": No such file' ""
refuse 2 '.: is a directory' .
refuse 2 'standard input: has no questions; a line is four words' -
: >empty
refuse 2 'empty: has no questions' empty
printf ': a\n: b\n# c\n' >empty
refuse 2 'empty: has no questions' empty
printf ': a\nman woman king queen\nman woman king\n' >three
refuse 2 'three: line 3: has 3 words, but a question is four' three
printf 'man woman king queen paris\n' >five
refuse 2 'five: line 1: has 5 words' five
printf 'man\twoman\t1\nman\twoman\tmuch\n' >noscore
refuse 2 'noscore: line 2: has no number behind two words' noscore
printf 'man\twoman\t1\nman\t2\n' >noscore
refuse 2 'noscore: line 2: has no number' noscore
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "a " }' >wide
refuse 2 'wide: line 1: has 100000 words' wide
if [ -c /dev/zero ]; then
	refuse 2 '/dev/zero: more than 64 MiB in one text' /dev/zero
fi
printf 'Man Woman King Queen\n' >capitals
refuse 1 'no question has all of its words in the vocabulary; --lower' capitals
grep -q '^total  *0  *0  *1  *-$' out || fail "capitals: $(cat out)"
refuse 1 'in the vocabulary' capitals --json
grep -qF '"total": {"right": 0, "asked": 0, "questions": 1}}' out ||
	fail "capitals: $(cat out)"
printf 'A\tB\t1\nC\tD\t2\n' >capitals
refuse 1 'in the vocabulary' capitals --lower --json
grep -qF '"total": {"spearman": null, "asked": 0, "questions": 2}}' out ||
	fail "capitals: $(cat out)"
