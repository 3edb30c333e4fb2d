#!/bin/sh
# sample.sh - the sample model is trained to the bit that its README.md
# states, its directions mean something, and it can be read and continued
set -eu

# Half a minute becomes six under sanitizers, and tells nothing more.
if grep -q '^LIBFORMAT_SANITIZE:STRING=.' "$TK_BUILD/CMakeCache.txt"; then
	echo "not trained: sanitizers are on"
	exit 0
fi

"$TK_BIN/train" kingdom.tk >figures 2>progress
grep -E '^[0-9]+ texts|^[0-9]+ tokens|^held-out' "$TK_SRC/samples/README.md" \
	>promised
diff promised figures

content=$("$TK_BIN/tkinfo" --digest kingdom.tk | sed -n 's/^content *//p')
if ! grep -q "^content  $content\$" "$TK_SRC/samples/README.md"; then
	echo "trained another model: content $content"
	exit 1
fi
"$TK_BIN/tkinfo" --verify kingdom.tk >/dev/null

"$TK_BIN/check" kingdom.tk >table || {
	cat table
	exit 1
}
sed -n '/^nearest by/,/^ *five/p' "$TK_SRC/samples/README.md" >promised
diff promised table

# What README.md shows of tkvec.
{
	"$TK_BIN/tkvec" kingdom.tk near -k 2 "woman - man + uncle"
	"$TK_BIN/tkvec" kingdom.tk dot "cats - cat" puppies puppy one two three
} >said
while IFS= read -r line; do
	grep -qxF "    $line" "$TK_SRC/README.md" || {
		echo "README.md does not have: $line"
		exit 1
	}
done <said

# An output that is there is refused before the work is done.
status=0
"$TK_BIN/train" kingdom.tk 2>message || status=$?
test $status -eq 2
test "$(wc -l <message)" -eq 1

# hello: five lines; every ID that is none is trouble.
"$TK_BIN/hello" kingdom.tk 1 >hello
test "$(wc -l <hello)" -eq 5
for id in "" x 1x -1 4294967296 715; do
	status=0
	"$TK_BIN/hello" kingdom.tk "$id" >hello 2>message || status=$?
	test $status -eq 2
	test ! -s hello
	test "$(wc -l <message)" -eq 1
done

# Each line of the README's table: a text and its three likeliest words.
# shellcheck disable=SC2016
sed -n 's/^| `\([^`]*\)` | \([a-z]*\) [0-9.]*, .*/\1 \2/p' \
	"$TK_SRC/samples/README.md" >prompts
test "$(wc -l <prompts)" -ge 8
while read -r line; do
	"$TK_BIN/tkpredict" kingdom.tk -n 1 "${line% *}" >next 2>/dev/null
	test "$(cat next)" = "${line##* }" || {
		echo "\"${line% *}\" goes on with $(cat next)"
		exit 1
	}
done <prompts
