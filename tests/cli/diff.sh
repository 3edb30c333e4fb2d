#!/bin/sh
# diff.sh - tkdiff: what is the same, what differs, and what cannot be compared
set -eu
here=$TK_SRC/tests/cli
export PATH="$TK_BIN:$PATH"

fail() {
	printf '%s\n' "diff.sh: $*" >&2
	exit 1
}

# status WANT COMMAND...: of 2, one line on stderr and no answer
status() {
	want=$1
	shift
	got=0
	timeout 60 "$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "$*: status $got: $(cat out err)"
	if LC_ALL=C grep '[^ -~]' out err; then
		fail "$*: a control character"
	fi
	[ "$want" = 2 ] || return 0
	[ ! -s out ] || fail "$*: an answer: $(cat out)"
	case $(wc -l <err) in 1) ;; *) fail "$*: $(cat err)" ;; esac
	grep -q '^tkdiff: ' err || fail "$*: $(cat err)"
}

# says WORDS: the last command said so
says() {
	grep -qF -e "$1" out err || fail "no '$1': $(cat out err)"
}

pack() {
	tkpack "$@" --force >packed 2>&1 || fail "tkpack $*: $(cat packed)"
}

pack "$here/diff_base.txt" -o a.tk
pack "$here/diff_other.txt" -o b.tk

# ---- the same ----

cp a.tk copy.tk
ln -s a.tk link.tk
ln a.tk hard.tk
for other in a.tk copy.tk link.tk hard.tk ./a.tk; do
	status 0 tkdiff a.tk $other
	says "same, in every byte"
	status 0 tkdiff -q a.tk $other
	[ ! -s out ] || fail "-q: $(cat out)"
done
status 0 tkdiff --json a.tk link.tk
python3 - <<'END' || fail "JSON of the same file: $(cat out)"
import json
o = json.load(open('out'))
assert o['schema'] == 'tkdiff/1' and o['same'] is True, o
assert o['identity'] == 'file' and o['hyperparameters'] == []
v = o['vocabulary']
assert [v[k] for k in ('added', 'removed', 'renumbered', 'changed')] == [0] * 4
w = {m['name']: m for m in o['matrices']}
assert w['W_E']['rows'] == 7 and w['W_E']['rows_differ'] == 0
assert w['W_E']['max_abs'] == 0 and w['W_E']['mean_cos'] == 1
assert w['b_U']['rows'] == 7
END

# Laid out differently: the form, what can be rebuilt, notes.
pack --archive a.tk -o a.tka
pack "$here/diff_base.txt" --sketch -o sketch.tk
status 0 tkdiff a.tk a.tka
says "same content; B is an archive"
status 0 tkdiff a.tk sketch.tk
says "sketch only in B"
status 0 tkdiff --brief sketch.tk a.tka
says "sketch.tk and a.tka are the same content"
printf 'a 1 2\nb 3 4\n' >glove.txt
pack glove.txt --tie -o glove.tk
tkinfo --dump glove.tk >dumped.txt 2>err
pack dumped.txt -o dumped.tk
status 0 tkdiff glove.tk dumped.tk
says "same content; note differs"

# Nothing of a matrix is read for it, nor for -q and --brief: here it is gone.
python3 - <<'END'
import struct
data = bytearray(open('a.tk', 'rb').read())
for i in range(struct.unpack_from('<I', data, 16)[0]):
    at = 128 + 192 * i
    if data[at + 16:at + 19] in (b'w_e', b'w_u'):
        offset, size = struct.unpack_from('<2Q', data, at + 48)
        data[offset:offset + size] = bytes(size)
open('gone.tk', 'wb').write(data)
END
status 0 tkdiff a.tk gone.tk
status 1 tkdiff -q gone.tk b.tk
status 1 tkdiff --brief gone.tk b.tk
says "gone.tk and b.tk differ: hyperparameters, vocabulary, tokenizer, "

# ---- different: what people see ----

{
	tkdiff a.tk b.tk || [ $? = 1 ]
	tkdiff --by token -k 2 a.tk b.tk || [ $? = 1 ]
	tkdiff --tolerance 0.5 -k 0 a.tk b.tk || [ $? = 1 ]
	tkdiff --brief a.tk b.tk || [ $? = 1 ]
} >out
diff "$here/diff.out" out || fail "what people see"
# But for the list of parts, which a section of any name may be in.
if grep -v -e '^different: ' -e ' differ: ' out | grep -E '.{81}'; then
	fail "lines of more than 80 columns"
fi
status 1 tkdiff -q a.tk b.tk
[ ! -s out ] || fail "-q: $(cat out)"
status 1 tkdiff a.tka b.tk
cp out archived
status 1 tkdiff a.tk b.tk
cmp archived out || fail "an archive is another answer"
status 1 tkdiff -k 16777216 a.tk b.tk
cmp archived out || fail "-k larger than the rows"
status 1 tkdiff --threads 3 a.tk b.tk
cmp archived out || fail "threads change the answer"

# ---- dtypes, and tied or written twice ----

for dtype in f32 f16 bf16 q8; do
	awk -v "seed=$dtype" 'BEGIN {
		for (i = 0; i < 500; i++) {
			line = "w" i
			for (j = 0; j < 30; j++)
				line = line " " (i * 31 + j * 17) % 97 / 97
			print line
		}
	}' >vectors.txt
	pack vectors.txt --tie --dtype $dtype -o v-$dtype.tk
done
for dtype in f16 bf16 q8; do
	status 1 tkdiff v-f32.tk v-$dtype.tk
	says "all of it is as much as rounding to $dtype explains"
	status 0 tkdiff --tolerance rounding v-f32.tk v-$dtype.tk
	says "same up to what rounding explains"
	status 0 tkdiff -q --tolerance 0.01 v-$dtype.tk v-f32.tk
	status 1 tkdiff -q --tolerance 0.00001 v-f32.tk v-$dtype.tk
	status 1 tkdiff -q --tolerance 0 v-f32.tk v-$dtype.tk
	# Back again in f32: the same numbers.
	tkinfo --dump v-$dtype.tk >back.txt 2>err
	pack back.txt --dtype f32 -o back.tk
	status 1 tkdiff v-$dtype.tk back.tk
	says "the same numbers: 500 rows"
	says "(only in how it is stored: --tolerance 0)"
	status 0 tkdiff --tolerance 0 v-$dtype.tk back.tk
	status 0 tkdiff --json --tolerance 0 v-$dtype.tk back.tk
	says '"identity": "value"'
done
sed '7s/ 0\.[0-9]*/ 0.999/' vectors.txt >moved.txt
pack moved.txt --tie --dtype bf16 -o moved.tk
status 1 tkdiff --tolerance rounding v-f32.tk moved.tk
says "1 of 500 rows differs by more than rounding explains"
says "1 element moved by more than rounding to bf16 explains"

{
	printf 'tk-manifest 1\nhparam tied true\ntoken "a"\ntoken "b"\n'
	printf 'matrix w_e f32 2 2\n1 2\n3 4\nend\n'
} >tied.txt
{
	printf 'tk-manifest 1\ntoken "a"\ntoken "b"\nmatrix w_e f32 2 2\n'
	printf '1 2\n3 4\nmatrix w_u f32 2 2\n1 2\n3 4\nend\n'
} >untied.txt
pack tied.txt -o tied.tk
pack untied.txt -o untied.tk
status 1 tkdiff tied.tk untied.tk
says "tied true -> false"
says "W_U       the same: 2 rows"
status 0 tkdiff --tolerance 0 tied.tk untied.tk
# -0 has other bits than 0; the difference is 0.
sed '8s/1/-0/' untied.txt >minus.txt
sed '8s/1/0/' untied.txt >plus.txt
pack minus.txt -o minus.tk
pack plus.txt -o plus.tk
status 1 tkdiff minus.tk plus.tk
says "1 of 2 rows differs"
says "max|d| 0"
status 0 tkdiff --tolerance 0 minus.tk plus.tk

# ---- predictions ----

status 1 tkdiff --predict 4 --json v-f32.tk v-q8.tk
cp out first
status 1 tkdiff --predict 4 --json --threads 3 v-f32.tk v-q8.tk
cmp first out || fail "--predict: another answer"
status 1 tkdiff --predict 4 --json --seed 1 v-f32.tk v-q8.tk
if cmp -s first out; then
	fail "--seed: no other contexts"
fi
status 0 tkdiff --predict 9 v-f32.tk v-f32.tk
says "the same predictions: the content is the same"
status 1 tkdiff --predict 900 v-f32.tk v-f16.tk
says "500 contexts of 1 token, 500 tokens to predict"
status 1 tkdiff --predict 5 tied.tk untied.tk
says "KL(A|B) in nats: mean 0, largest 0"
says "the same likeliest token in 2 of 2"
status 2 tkdiff --predict 3 v-f32.tk tied.tk
says "no token in common"
status 2 tkdiff --predict 3 a.tka b.tk
says "a.tka: is an archive"
status 2 tkdiff --predict 3 a.tk b.tk
says "b.tk: W_E has 4 columns and W_U 5"
printf 'tk-manifest 1\ntoken "a"\nend\n' >words.txt
pack words.txt -o words.tk
status 2 tkdiff --predict 3 words.tk tied.tk
says "words.tk: has no W_U"
status 1 tkdiff words.tk tied.tk
says "only in B: f32 [2, 2]"

# ---- damage: status 2 and the place, and never a difference ----

# flip FILE SECTION BYTE: one bit there
flip() {
	python3 - "$@" <<'END'
import struct
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
for i in range(struct.unpack_from('<I', data, 16)[0]):
    at = 128 + 192 * i
    if data[at + 16:at + 48].rstrip(b'\0').decode() == sys.argv[2]:
        data[struct.unpack_from('<Q', data, at + 48)[0] + int(sys.argv[3])] ^= 1
open('bad.tk', 'wb').write(data)
END
}
# W_U has other columns: it is not read.
for section in hparams vocab tokenizer w_e b_u; do
	flip b.tk $section 9
	status 2 tkdiff a.tk bad.tk
	says "bad.tk: section $section"
	says "(byte "
	status 2 tkdiff --json bad.tk a.tk
	says "bad.tk: section $section"
done
flip b.tk digests 3
status 2 tkdiff a.tk bad.tk
says "bad.tk: digests of section"
flip v-f32.tk w_e 40000
status 2 tkdiff bad.tk v-q8.tk
says "bad.tk: section w_e, bytes 0 to 63999: checksum mismatch"
status 2 tkdiff --predict 4 bad.tk v-q8.tk
status 2 tkdiff --tolerance 1 bad.tk v-q8.tk
status 2 tkdiff -q --tolerance 1 v-q8.tk bad.tk
pack --archive v-f32.tk -o v.tka
python3 - <<'END'
data = bytearray(open('v.tka', 'rb').read())
data[len(data) // 2] ^= 1
open('bad.tk', 'wb').write(data)
END
status 2 tkdiff v-q8.tk bad.tk
says "bad.tk: section "
head -c 3000 a.tk >cut.tk
for order in "a.tk cut.tk" "cut.tk a.tk" "-q a.tk cut.tk"; do
	# shellcheck disable=SC2086
	status 2 tkdiff $order
	says "cut.tk: "
done

# ---- what is no question ----

mkdir directory
: >empty
echo hello >text
for wrong in directory empty text /dev/null absent ''; do
	status 2 tkdiff a.tk "$wrong"
	status 2 tkdiff "$wrong" a.tk
done
for operands in "" a.tk "a.tk b.tk a.tk"; do
	got=0
	# shellcheck disable=SC2086
	tkdiff $operands >out 2>err || got=$?
	[ "$got" = 2 ] && [ ! -s out ] || fail "operands '$operands'"
	says "Usage: tkdiff [OPTION...] A B"
done
for option in "--by" "--by=" "--by=name" "--tolerance=" "--tolerance=-1" \
	"--tolerance=nan" "--tolerance=inf" "--tolerance=round" \
	"--tolerance=1x" "-k -1" "-k x" "-k 99999999" "--predict 0" \
	"--predict -3" "--predict=" "--seed -1" "--seed=x" "--threads 0" \
	"--threads 9999" "--atol 3" "-z" "-q --json" "-q --brief" \
	"-q --predict 3" "--brief --json" "--brief --predict 3" "--color=no"
do
	got=0
	# shellcheck disable=SC2086
	tkdiff a.tk b.tk $option >out 2>err || got=$?
	[ "$got" = 2 ] || fail "$option: status $got"
	[ ! -s out ] && [ "$(wc -l <err)" = 1 ] || fail "$option: $(cat err)"
done
status 1 tkdiff -k3 --by=id -- a.tk b.tk

# ---- names, pipes, colours ----

name=$(printf 'e\033[2J.tk')
cp b.tk "$name"
status 1 tkdiff --brief a.tk "$name"
says 'e\x1b[2J.tk'
status 1 tkdiff --json a.tk "$name"
status 2 tkdiff "$name" absent
tkdiff a.tk b.tk 2>err | head -c 1 >/dev/null
[ ! -s err ] || fail "not quiet: $(cat err)"
for option in "" --json --brief "--by token" --help; do
	got=0
	# shellcheck disable=SC2086
	tkdiff a.tk b.tk $option >&- 2>err || got=$?
	[ "$got" = 2 ] || fail "$option, stdout closed: status $got"
	grep -q 'cannot write the answer' err || fail "$option: $(cat err)"
	[ -c /dev/full ] || continue
	got=0
	# shellcheck disable=SC2086
	tkdiff a.tk b.tk $option >/dev/full 2>err || got=$?
	[ "$got" = 2 ] || fail "disk full: status $got"
	grep -q 'cannot write the answer' err || fail "disk full: $(cat err)"
done
esc=$(printf '\033')
tkdiff --color=always a.tk a.tk | grep -q "$esc\[.*same" || fail "no colour"

# ---- git ----

if ! command -v git >/dev/null; then
	exit 0
fi
export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1
git init -q repo
cd repo
git config user.name t
git config user.email t@example.org
# As tkdiff(1) has it.
sed -n 's/^\$ \(echo .*gitattributes\)$/\1/p' "$TK_SRC/tools/tkdiff/tkdiff.1" \
	>recipe
sh recipe
cp ../a.tk model.tk
git add model.tk .gitattributes
git commit -qm a
cp ../b.tk model.tk
for convert in "tkinfo --dump" "tkinfo --sections --digest"; do
	grep -qF "textconv '$convert'" "$TK_SRC/tools/tkdiff/tkdiff.1" ||
		fail "the manual page has no $convert"
	git config diff.tk.textconv "$convert"
	git --no-pager diff >../out 2>../err || fail "git diff: $(cat ../err)"
	case $convert in
	*dump) grep -qx -e '-hparam n_ctx 4' ../out ;;
	*) grep -q '^-content ' ../out ;;
	esac || fail "textconv '$convert': $(cat ../out ../err)"
done
command=$(sed -n "s/^    'f() {\(.*\)'$/f() {\1/p" \
	"$TK_SRC/tools/tkdiff/tkdiff.1")
git config diff.tk.command "$command"
git --no-pager diff >../out 2>../err || fail "diff.tk.command: $(cat ../err)"
grep -q '^hparams   n_ctx 4 -> 8$' ../out || fail "diff.tk.command: $(cat ../out)"
