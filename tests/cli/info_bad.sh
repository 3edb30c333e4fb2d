#!/bin/sh
# info_bad.sh - tkinfo on wrong command lines and on files that are no .tk
# file, damaged, cut, or from the future
set -eu
here=$TK_SRC/tests/cli
tkinfo=$TK_BIN/tkinfo

fail() {
	echo "info_bad: $*"
	exit 1
}

# is STATUS TEXT ARGUMENT... - the status, and a line with TEXT on stderr;
# nothing but printable characters, and no path of the library's sources
is() {
	want=$1
	text=$2
	shift 2
	status=0
	timeout 10 "$tkinfo" "$@" >out 2>err || status=$?
	test "$status" -eq "$want" || {
		cat err
		fail "status $status, not $want: $*"
	}
	test -z "$text" || grep -qF -e "$text" err || {
		cat err
		fail "stderr does not have '$text': $*"
	}
	if LC_ALL=C grep -q '[^ -~]' err out; then
		fail "a control character: $*"
	fi
}

"$TK_BIN/tkpack" "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1
python3 "$here/info_bad.py"
printf 'tk-manifest 1\nhparam d_model 3\ntoken "a"\nend\n' >words.txt
"$TK_BIN/tkpack" words.txt -o words.tk >/dev/null 2>&1

# ---- command lines ----

is 2 'Usage: tkinfo'
is 2 'Usage: tkinfo' tiny.tk tiny.tk
is 2 'unknown option --sectoins;' tiny.tk --sectoins
is 2 'did you mean --sections?' tiny.tk --sectoins
is 2 '--row needs an argument' tiny.tk --row
is 2 '--json takes no argument' tiny.tk --json=yes
is 2 'twice' tiny.tk --row a --row b
is 2 '--hex is text' --json --hex tiny.tk
is 2 '--dump is text' --json --dump tiny.tk
is 2 'ask for --row alone' --json --row a --vocab tiny.tk
is 2 'ask for --vocab alone' --json --sections --vocab tiny.tk
is 2 'ask for it alone' --dump --sections tiny.tk
is 0 '' -- tiny.tk
for option in --statistics --page --encode --decode; do
	is 2 'unknown option' "$option" tiny.tk
done

# ---- words and ids ----

is 1 'tiny.tk: "unicorn" is not in the vocabulary' --row unicorn tiny.tk
is 1 '"" is not in the vocabulary' --row '' tiny.tk
is 1 '"\x1b[31m" is not in' --row "$(printf '\033[31m')" tiny.tk
is 1 '"\xffx" is not in' --row "$(printf '\377')x" tiny.tk
is 1 '"dig" is not in the vocabulary; near it: " dog" (id:3)' \
	--row dig tiny.tk
is 1 '"id:8" is out of range: there are rows 0 to 7' --row id:8 tiny.tk
is 1 'out of range' --row id:99999999999999999999999999 tiny.tk
is 1 'out of range' --row id:18446744073709551617 tiny.tk
is 1 '"id:-1" is not in' --row id:-1 tiny.tk
is 1 '"id:" is not in' --row id: tiny.tk
is 0 '"the" found as " the"' --row the tiny.tk
is 1 '' --vocab=unicorn tiny.tk
is 0 '' --vocab= tiny.tk
is 2 'no matrix' --row id:0 words.tk
is 0 '' --dump words.tk

# ---- what is no file, and no .tk file ----

mkfifo fifo
mkdir directory
for question in --sections --verify --hex --json --vocab; do
	is 2 'No such file' "$question" absent.tk
	is 2 'No such file' "$question" ''
	is 2 'directory' "$question" directory
	is 2 'regular file' "$question" fifo
	is 2 'regular file' "$question" /dev/null
	for name in gguf npy safetensors text; do
		is 2 "$name.bin: " "$question" $name.bin
	done
	is 2 'short.bin: not a .tk file' "$question" short.bin
	is 2 'tab.bin: not a .tk file' "$question" tab.bin
	is 2 'words.txt: is no .tk file: is a tk-manifest' "$question" words.txt
done
is 2 'pack it with: tkpack FILE -o OUT.tk' words.txt
: >empty.tk
is 2 'empty.tk: is empty' empty.tk
is 1 '' --verify empty.tk
grep -q '^damaged: file, byte 0: file is empty$' out || fail "empty: $(cat out)"
is 2 'GGUF' gguf.bin
is 2 'No such file' "$(printf 'a\033[31mb')"
if [ "$(id -u)" -ne 0 ]; then
	cp tiny.tk closed.tk
	chmod 0 closed.tk
	is 2 'Permission denied' closed.tk
	is 2 'Permission denied' --verify closed.tk
fi

# ---- magic ----

for name in crcrlf nocr strip utf8; do
	is 2 'text mode' text-$name.tk
	is 1 '' --verify text-$name.tk
	grep -q '^damaged: file, byte 0: .*text mode' out ||
		fail "--verify does not name the text mode: $name"
done
is 2 'did not finish' unfinished.tk
is 1 '' --verify unfinished.tk
is 2 'version 7' major.tk
is 2 'version 7.1; this library reads 0.x' --verify major.tk
is 2 'a newer tk is needed' major.tk
is 2 'feature' feature.tk

# ---- damage ----

is 0 '' --verify tiny.tk
grep -q '^ok: no damage found' out || fail "not ok: $(cat out)"
while read -r name section text; do
	is 1 '' --verify "$name.tk"
	grep -qE "^(damaged|wrong): $section, bytes? [0-9]+.*: .*$text" out || {
		cat out
		fail "--verify: not '$section ... $text' for $name"
	}
	# Two tokens share an offset.
	n=1
	test $name != flip-offsets || n=2
	test "$(grep -cE '^(damaged|wrong)' out)" -eq $n || fail "not $n for $name"
	cp out "$name.out"
	is 1 '' --verify --json "$name.tk"
	python3 -c '
import json, sys
v = json.load(open("out"))["verify"]
assert v["level"] == "all" and v["ok"] is False, v
e = v["errors"][0]
assert (e["section"] or "file") == sys.argv[1], e
assert isinstance(e["offset"], int) and e["message"], e
' "$section"
done <<EOF
flip-header file header: checksum
flip-table file table: digest
flip-w_e w_e checksum mismatch
flip-padding w_e padding before it is not zero
flip-vocab vocab checksum mismatch
flip-offsets vocab offsets of token 3
cut-header file a header has 128
cut-table file its header says
cut-data file its header says
trailing file follow the end
EOF
grep -qx '         rows 0 " the" to 7 "</s>"' flip-w_e.out ||
	fail "--verify does not name the rows"
is 1 '' --verify two.tk
test "$(grep -c '^damaged: ' out)" -eq 2 || fail "two sections are damaged"
is 2 'table: digest mismatch' flip-table.tk
is 2 'table: digest mismatch' --sections flip-table.tk
is 2 'offsets of token 3' --vocab flip-offsets.tk
is 2 'offsets of token 3' --json --vocab flip-offsets.tk
python3 -c 'import json; json.load(open("out"))' || fail "half an object"
is 2 'offsets of token 3' --row id:3 flip-offsets.tk
is 2 'offsets of token 3' --dump flip-offsets.tk
tail -n 1 out | grep -qx end && fail "a broken dump ends as if it were whole"

# --hex shows what is there, and then why it is wrong; in 80 columns.
is 2 '' --hex flip-long.tk
if grep -E '.{81}' out; then
	fail "--hex: more than 80 columns"
fi
grep -q 'name             "[^ ]*"\.\.\.$' out || fail "--hex: no name"
is 2 'table: digest mismatch' --hex flip-table.tk
test "$(grep -c '^section ' out)" -eq 8 || fail "--hex: sections"
is 2 'its header says' --hex cut-table.tk
grep -q 'cut off$' out || fail "--hex does not say where the file ends"
is 2 'a header has 128' --hex cut-header.tk
is 2 'GGUF' --hex gguf.bin
grep -q "^section " out && fail "--hex: a table where there is none"

is 1 '' --verify flip-index.tk
grep -q '^wrong: vocab-index: the token of id 1 is not found' out ||
	fail "--verify does not look tokens up: $(cat out)"

# A sound container that is no sound model.
is 2 'there is no vocab section' no-vocab.tk
is 2 'there is no vocab section' --json no-vocab.tk
is 2 'there is no vocab section' --vocab no-vocab.tk
is 0 'there is no vocab section' --sections no-vocab.tk
is 1 '' --verify no-vocab.tk
grep -q '^wrong: file: there is no vocab' out || fail "--verify no-vocab.tk"
is 1 '' --verify --json no-vocab.tk
grep -q '"ok": false, "damaged": false' out || fail "damaged: no-vocab.tk"

# An index that is not there or not of this vocabulary is said to be so.
for state in absent stale; do
	is 0 '' $state-index.tk
	grep -q "^ *its index is $state: look-ups" out || fail "$state-index"
	is 0 '' --json $state-index.tk
	grep -q "\"index\": \"$state\"" out || fail "$state-index: --json"
	is 0 '' --verify $state-index.tk
done

# ---- a screen is a screen, whatever the file says ----

is 0 '' notes.tk
test "$(wc -l <out)" -le 24 || fail "a summary of more than 24 lines"
if grep -E '.{81}' out; then
	fail "a summary of more than 80 columns"
fi
grep -q 'aaa "\\x1b\[2J' out || fail "no note, or not escaped"
is 0 '' --json notes.tk
python3 -c '
import json
o = json.load(open("out"))
n = o["note"]
assert len(n) == 56, len(n)
assert n["aaa"].startswith("\x1b[2J") and len(n["aaa"]) == 504
assert n["u"] == "18446744073709551615" and n["v"] == 2 ** 63 - 1
assert n["bytes"] == "00ff" and n["flag"] is True and n["f"] == 0.1
assert n["k0"] == [0, 1, 2]
assert o["hyperparameters"]["other"] == {"acme.new": 5}
'
is 2 'hyperparameter acme.new must be understood' --dump notes.tk

# ---- a required section that this version does not know ----

for question in '' --sections --hex --digest --json --verify; do
	# shellcheck disable=SC2086
	is 0 'future.thing' $question future.tk
	test -s out || fail "no answer: $question future.tk"
done
for question in --vocab --dump --row=id:0; do
	is 2 'future.thing' $question future.tk
done
