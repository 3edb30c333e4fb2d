#!/bin/sh
# pack.sh - tkpack on a small source of every kind: what it prints, and what
# the files are good for
set -eu
export PATH="$TK_BIN:$PATH"
oracle=$TK_SRC/tests/oracle/pack.py

fail() {
	echo "pack: $*"
	exit 1
}

# say COMMAND... : the command, and what it prints
say() {
	echo "\$ $*"
	"$@" 2>&1
}

"$TK_PYTHON" "$oracle" make
{
	say tkpack shards -o shards.tk
	say tkpack bytes -o bytes.tk
	say tkpack single/model.safetensors --vocab six.txt -o single.tk
	say tkpack m.gguf -o gguf.tk
	say tkpack glove.txt --tie -o glove.tk
	say tkpack w2v.txt --tie -o w2vtext.tk
	say tkpack w2v.bin --tie -o w2vbin.tk
	say tkpack ft.vec --tie -o fasttext.tk
	say tkpack --embed we.npy --unembed wu.npy --vocab words.txt \
		--context 8 -o npy.tk
	say tkpack bf16.npy --vocab words.txt --dtype bf16 --tie -o bf16.tk
	say tkpack model.txt -o manifest.tk
	# other ways to the same
	say tkpack glove.txt -o vectors.tk
	say tkpack m.gguf --dtype q8 --dry-run -o no.tk
	say tkpack vocab.gguf --vocab-only -o words-gguf.tk
	say tkpack shards --vocab-only -o words-dir.tk
	say tkpack shards/tokenizer.json --vocab-only -o words-json.tk
	say tkpack bytes/vocab.json --vocab-only -o words-map.tk
} >out
sed 's/^\(wrote .*\)  [0-9.]* KiB$/\1  SIZE/' out >got
diff "$TK_SRC/tests/cli/pack.out" got
test ! -e no.tk || fail "--dry-run wrote"

# A second time, and from elsewhere: the same bytes.
mkdir other
(
	cd other
	umask 077
	TZ=Asia/Tokyo tkpack ../shards -o again.tk >/dev/null 2>&1
)
cmp shards.tk other/again.tk
tkpack w2v.txt --tie -o w2v2.tk >/dev/null
cmp w2vtext.tk w2v2.tk

# The vocabulary alone is that of the whole.
for pair in "shards words-dir" "shards words-json" "bytes words-map" \
	"gguf words-gguf"; do
	for f in $pair; do
		tkinfo --vocab "$f.tk" >"vocab.$f"
	done
	# shellcheck disable=SC2086
	set -- $pair
	cmp "vocab.$1" "vocab.$2"
done

for python in /usr/bin/python3 python3; do
	if "$python" -c 'import numpy' 2>/dev/null; then
		exec "$python" "$oracle" check tkinfo tkpredict
	fi
done
fail "no python3 with numpy"
