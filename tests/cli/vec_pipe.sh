#!/bin/sh
# vec_pipe.sh - tkvec with a question a line: answers in step, bad lines, odd
# bytes, readers that are gone
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "vec_pipe.sh: $*" >&2
	exit 1
}

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- an answer before the next question is there ----

mkfifo to from
timeout 20 tkvec tiny.tk near - --json -k 1 <to >from 2>/dev/null &
exec 3>to 4<from
# ask LINE ANSWER
ask() {
	echo "$1" >&3
	read -r answer <&4
	case $answer in
	*"\"results\": [{\"rank\": 1, \"token\": \"$2\""*) ;;
	*) fail "$1: $answer" ;;
	esac
}
ask "id:2 - id:1 + id:3" " dogs"
ask "-the" "\\n"
exec 3>&-
wait $! || fail "the end of the questions: status $?"

# ---- lines of all kinds ----

# Spaces around it, CR LF, an empty line, an unknown word, no end of line.
printf ' id:1 \nid:1\r\n\nkitten\nid:3 - \n"\\xff"\nid:3' >lines
status=0
tkvec tiny.tk near - -k 1 <lines >out 2>err || status=$?
[ "$status" = 2 ] || fail "bad lines: status $status"
[ "$(grep -c RANK out)" = 4 ] || fail "bad lines: $(cat out)"
for line in 'line 3: the expression is empty' \
	'line 4: "kitten" is not in the vocabulary' \
	'line 5: "-" has no token behind it'; do
	grep -qF -e "tkvec: $line" err || fail "no '$line' in: $(cat err)"
done
status=0
tkvec tiny.tk near --json -k 1 <lines >out 2>/dev/null || status=$?
[ "$status" = 2 ] || fail "no operand: status $status"
"$TK_PYTHON" - <<'END' || fail "JSON: $(cat out)"
import json
lines = [json.loads(line) for line in open('out', encoding='ascii')]
assert [l['query'] for l in lines] == [
    ' id:1 ', 'id:1', '', 'kitten', 'id:3 - ', '"\\xff"', 'id:3'], lines
assert ['error' in l for l in lines] == [0, 0, 1, 1, 1, 0, 0], lines
assert all(l['schema'] == 'tkvec/1' for l in lines)
assert all(len(l['results']) == 1 for l in lines if 'error' not in l)
END
# The worst of all lines: no is less than trouble.
status=0
printf 'id:1\nkitten\n' | tkvec tiny.tk near - >out 2>err || status=$?
[ "$status" = 1 ] || fail "an unknown word: status $status"
# TSV has its head once.
printf 'id:1\nid:2\n' | tkvec tiny.tk near - --tsv -k 2 >out
[ "$(wc -l <out)" = 5 ] || fail "--tsv: $(cat out)"
[ "$(awk -F '\t' '{ print NF }' out | sort -u)" = 6 ] || fail "--tsv: $(cat out)"

# No bytes at all, bytes of no text, a line of a megabyte.
tkvec tiny.tk near - </dev/null >out 2>err || fail "nothing: status $?"
[ ! -s out ] && [ ! -s err ] || fail "nothing: $(cat out err)"
head -c 5000 "$TK_BIN/tkvec" >noise
status=0
# The noise has a build's identity in it, which may be letters in UTF-8.
LC_ALL=C tkvec tiny.tk near - --json <noise >out 2>err || status=$?
[ "$status" = 2 ] || [ "$status" = 1 ] || fail "noise: status $status"
tr -d '\n -~' <out >odd
tr -d '\n -~' <err >>odd
[ ! -s odd ] || fail "noise: control characters"
{
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf "id:1 + " }'
	echo id:3
	echo id:1
} >lines
tkvec tiny.tk near - -k 1 --tsv <lines >out
[ "$(wc -l <out)" = 3 ] || fail "a long line: $(cut -c 1-60 out)"
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "xy" }' >lines
status=0
tkvec tiny.tk near - <lines >out 2>err || status=$?
[ "$status" = 1 ] || fail "a long word: status $status"
[ "$(wc -c <err)" -lt 300 ] || fail "a long word: $(cut -c 1-400 err)"

# ---- several operands a line ----

printf '" cats" id:1\nid:2 - id:1\tid:4 - id:3\n\t id:1\t id:7 \nid:1\n' |
	tkvec tiny.tk cos - >out 2>err && fail "cos: one operand"
printf '0.707107\n1.000000\n0.000000\n' | cmp - out || fail "cos: $(cat out)"
grep -q 'line 4: cos takes 2 operands, not 1; one with spaces' err ||
	fail "cos: $(cat err)"
printf 'id:1 id:2 id:3\n' | tkvec tiny.tk analogy --rule add --tsv -k 1 >out
printf 'query\tlist\trank\ttoken\tid\tscore\n"id:1" "id:2" "id:3"\t3CosAdd\t1\t" dogs"\t4\t1.20710671\n' |
	cmp - out || fail "analogy: $(cat out)"
printf 'id:2 - id:1\ndim:0\n' | tkvec tiny.tk dot - id:4 id:0 --tsv >out
printf '%s\n' 1 0 0 1 >expected
tail -n +2 out | cut -f 6 | cmp - expected || fail "dot: $(cat out)"
printf 'id:2 - id:1\n' | tkvec tiny.tk row - --tsv | tail -n 1 >out
printf 'id:2 - id:1\t0\t0\t0\t1\n' | cmp - out || fail "row: $(cat out)"
printf 'id:1 id:2\nid:1\n' | tkvec tiny.tk pairs - --json >out
[ "$(grep -c '"scores"' out)" = 2 ] || fail "pairs: $(cat out)"
# One or more operands, one of which is the token -.
tkvec tiny.tk cos - id:1 </dev/null 2>err && fail "the token -"
grep -qF '"-" has no token behind it' err || fail "the token -: $(cat err)"

# ---- who reads has enough, is not there, is full ----

yes id:1 | timeout 20 tkvec tiny.tk near - --tsv -k 1 2>err | head -n 2 >out
[ "$(wc -l <out)" = 2 ] || fail "of which two lines are read: $(cat out)"
[ ! -s err ] || fail "not quiet: $(cat err)"
printf ': x\na b c d\n' >questions
for command in "near id:1" "near id:1 --json" "analogy id:1 id:2 id:3" \
	"dot id:1" "cos id:1 id:2" "pairs id:1 id:2" "row id:1" \
	"eval questions" --help --version; do
	got=0
	# shellcheck disable=SC2086
	timeout 20 tkvec tiny.tk $command >&- 2>err || got=$?
	[ "$got" = 2 ] || fail "$command, stdout closed: status $got"
	grep -q 'cannot write the answer' err || fail "$command: $(cat err)"
	[ -c /dev/full ] || continue
	got=0
	# shellcheck disable=SC2086
	timeout 20 tkvec tiny.tk $command >/dev/full 2>err || got=$?
	[ "$got" = 2 ] || fail "$command, disk full: status $got"
	grep -q 'cannot write the answer' err || fail "$command: $(cat err)"
done
if [ -c /dev/zero ]; then
	got=0
	timeout 20 tkvec tiny.tk near - </dev/zero >out 2>err || got=$?
	[ "$got" = 2 ] || fail "no end: status $got"
	grep -q 'more than 64 MiB in one text' err || fail "no end: $(cat err)"
fi
