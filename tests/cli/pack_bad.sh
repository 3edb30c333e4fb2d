#!/bin/sh
# pack_bad.sh - what tkpack must not write, replace, or print
set -eu
pack=$TK_BIN/tkpack

fail() {
	echo "$*"
	exit 1
}

# refused WORDS ARGUMENT... : status 2, one line with these words
refused() {
	words=$1
	shift
	status=0
	"$pack" "$@" >out 2>err || status=$?
	test $status -eq 2 || fail "status $status: $*"
	test "$(grep -cv ' note: ' err)" -eq 1 || fail "not one line: $*"
	grep -q -e "$words" err || fail "$(cat err)"
}

"$pack" "$TK_SRC/samples/tiny.txt" -o good.tk >/dev/null
cp good.tk kept.tk

# A file that would be no model is never written, let alone over a good one.
refused 'is there all the same' "$TK_SRC/samples/tiny.txt" -o good.tk \
	--force --set tied=true
cmp good.tk kept.tk
sed '/^end$/d' "$TK_SRC/samples/tiny.txt" >norm.txt
printf 'matrix final-norm-weight f32 1 4\n1 1 1 1\nend\n' >>norm.txt
refused 'final_norm is none' norm.txt -o no.tk
printf 'tk-manifest 1\nhparam tied true\ntoken "a"\nend\n' >tied.txt
refused 'which is not there' tied.txt -o no.tk
test ! -e no.tk

# What is wrong with the output is said before the source is read.
refused 'output exists; use --force' nothing.txt -o good.tk
refused "the output's directory" nothing.txt -o no/where.tk
refused 'that of a directory' nothing.txt -o .
refused 'no regular file' nothing.txt --force -o /dev/null
refused '^tkpack: -o -: the output must be a file' norm.txt -o -
refused '^tkpack: -: a source must be a file' - -o no.tk
test ! -e ./- || fail "a file named -"
refused 'which INPUT' --from safetensors -o no.tk
refused 'which INPUT' --from huggingface -o no.tk
refused 'that it is not' norm.txt --tie --unembed x -o no.tk
# What the input is that is no model is said, and what to do about it.
refused 'good.tk: is a .tk file; see what is in it with: tkinfo' good.tk -o no.tk
# A .tk file that is damaged is one, and the library knows what is wrong.
head -c 200 good.tk >cut.tk
tr -d '\r' <good.tk >text.tk
{ printf '\0TKFpart'; tail -c +9 good.tk; } >part.tk
for name in cut text part; do
	"$TK_BIN/tkinfo" $name.tk 2>err && fail "tkinfo opens $name.tk"
	said=$(sed 's/^tkinfo: //' err)
	refused "^tkpack: $said\$" $name.tk -o no.tk
done
gzip -c "$TK_SRC/samples/tiny.txt" >packed.gz
refused 'is compressed with gzip; expand it with: gunzip' packed.gz -o no.tk
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' >pointer
refused 'git lfs pull' pointer -o no.tk
echo 'A letter to my aunt.' >letter
refused 'is no kind of file that tkpack knows' letter -o no.tk
cp "$TK_SRC/samples/tiny.txt" own.txt
refused 'is the input' own.txt --force -o own.txt
test ! -s out || fail "a summary of what is not packed"
refused 'is the input' own.txt --force -o ./own.txt
ln own.txt hard.txt
ln -s own.txt soft.txt
refused 'is the input' own.txt --force -o hard.txt
refused 'is the input' own.txt --force -o soft.txt
refused 'is the input' soft.txt --force -o own.txt
refused 'is the input' hard.txt --force -o "$PWD/../${PWD##*/}/soft.txt"
cmp own.txt "$TK_SRC/samples/tiny.txt"

# A symbolic link is replaced, and what it leads to is as it was.
cp own.txt other.txt
ln -s other.txt to-other.tk
refused 'output exists' own.txt -o to-other.tk
"$pack" own.txt --force -o to-other.tk >/dev/null
test ! -L to-other.tk || fail "the link is still there"
cmp to-other.tk good.tk
cmp other.txt own.txt
ln -s nowhere.tk dangling.tk
refused 'output exists' own.txt -o dangling.tk
test ! -e nowhere.tk

# Written data is read back.
"$pack" own.txt --paranoid -o again.tk >/dev/null
cmp again.tk good.tk

# Matrices are left out where only the vocabulary is wanted.
"$pack" "$TK_SRC/samples/tiny.txt" --vocab-only -o words.tk >/dev/null
"$TK_BIN/tkinfo" words.tk | grep -q 'a vocabulary only' || fail "matrices"

# No control byte of a name reaches the terminal.
"$pack" "$TK_SRC/samples/tiny.txt" -o "$(printf 'e\033[2J.tk')" >out
if tr -d '\n -~' <out | grep -q .; then
	fail "control bytes on stdout"
fi

# JSON that would need far more memory than it is long.
"$TK_PYTHON" - <<'EOF'
import struct
header = b'{"a":{"dtype":"F32","shape":[' + b'{},' * 900000
header += b'1],"data_offsets":[0,4]}}'
with open('bomb.safetensors', 'wb') as f:
    f.write(struct.pack('<Q', len(header)) + header + bytes(4))
EOF
refused 'more objects and arrays' bomb.safetensors -o no.tk

# An id that the vocabulary leaves out is never predicted; a file of the
# input's directory is never replaced.
mkdir model
"$TK_PYTHON" - <<'EOF'
import json
import struct
vocab = {chr(97 + i): i for i in range(26) if i != 7}
json.dump({"version": "1.0", "added_tokens": [],
           "model": {"type": "WordLevel", "unk_token": "a",
                     "vocab": vocab}}, open('model/tokenizer.json', 'w'))
json.dump({"model_type": "gpt2", "n_embd": 2, "vocab_size": 26,
           "n_positions": 8, "layer_norm_epsilon": 1e-5},
          open('model/config.json', 'w'))
data = struct.pack('<52f', *[(100 if i // 2 == 7 else i) for i in range(52)])
norm = struct.pack('<2f', 1, 1)
header = json.dumps({
    'wte.weight': {'dtype': 'F32', 'shape': [26, 2], 'data_offsets': [0, 208]},
    'ln_f.weight': {'dtype': 'F32', 'shape': [2], 'data_offsets': [208, 216]},
    'ln_f.bias': {'dtype': 'F32', 'shape': [2], 'data_offsets': [216, 224]},
}).encode()
with open('model/model.safetensors', 'wb') as f:
    f.write(struct.pack('<Q', len(header)) + header + data + norm + norm)
EOF
"$pack" model -o gap.tk >/dev/null 2>err
grep -q '1 ids have no token' err || fail "$(cat err)"
if grep -q 'bytes of a lower id' err; then
	fail "a gap is no repeated token"
fi
"$TK_BIN/tkpredict" gap.tk a -k 100 2>/dev/null >table
test "$(grep -c '^ *[0-9]' table)" -eq 25 || fail "the gap was predicted"
echo notes >model/notes.txt
refused 'is a file of the input' model --force -o model/notes.txt
test "$(cat model/notes.txt)" = notes

# A directory that may not be entered is not one without config.json.  Root
# may enter all of them, so another user has to try.
mkdir shut
mv model/config.json shut
chmod 000 shut
chmod 777 .
other="setpriv --reuid 65534 --regid 65534 --clear-groups"
test "$(id -u)" -eq 0 || other=
if $other "$pack" --version >/dev/null 2>&1; then
	status=0
	$other "$pack" shut -o no.tk 2>err || status=$?
	test $status -eq 2 || fail "status $status: shut"
	grep -q 'shut/config.json: Permission denied' err || fail "$(cat err)"
fi
chmod 755 shut
