#!/bin/sh
# info.sh - tkinfo on sound files: every question, as text and as JSON
set -eu
here=$TK_SRC/tests/cli
tkinfo=$TK_BIN/tkinfo

fail() {
	echo "info: $*"
	exit 1
}

"$TK_BIN/tkpack" "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1
"$TK_BIN/tkpack" "$here/info_model.txt" -o model.tk >/dev/null 2>&1

# ---- text: what people see ----

# Digests and notes change with the version of tkpack.
{
	"$tkinfo" tiny.tk
	"$tkinfo" model.tk
	"$tkinfo" --sections model.tk
	"$tkinfo" --vocab model.tk
	"$tkinfo" model.tk --vocab=cat
	"$tkinfo" --row ' cat' model.tk
	"$tkinfo" --row cats model.tk 2>&1
	"$tkinfo" --row id:6 model.tk
	"$tkinfo" --verify model.tk
	"$tkinfo" --vocab=a --row id:0 tiny.tk
} >out
sed -E -e '/^  note /d' -e '/: --json has them$/d' \
	-e 's/, [0-9.]+ KiB \([0-9]+ B\)$/, SIZE/' \
	-e 's/sections, [0-9.]+ KiB\)/sections, SIZE)/' \
	-e 's/^(.{52}) +[0-9]+( +[0-9]+ [RDN-]) [0-9a-f]{8}$/\1 OFFSET\2 DIGEST/' \
	-e '/ (note|digests) /s/[0-9]+ ([RN]) DIGEST/SIZE \1 DIGEST/' \
	-e 's/at byte [0-9]+/at byte OFFSET/' out >got
diff "$here/info.out" got

test "$("$tkinfo" model.tk | wc -l)" -le 24 || fail "more than a screen"
if "$tkinfo" model.tk --sections | grep -E '.{81}'; then
	fail "lines of more than 80 columns"
fi

# ---- header and table, byte by byte ----

"$tkinfo" --hex tiny.tk >hex
n=$("$tkinfo" --sections tiny.tk | tail -n +2 | wc -l)
for line in \
	'0x0000  89 54 4b 46 0d 0a 1a 0a  magic            "\x89TKF\r\n\x1a\n"' \
	'0x000c  80 00 00 00              header_size      128' \
	'0x0014  c0 00 00 00              entry_size       192' \
	'0x0084  01 00 00 00              flags            0x1 required' \
	'0x0090  68 70 61 72 61 6d 73 00  name             "hparams"'; do
	grep -qxF -e "$line" hex || fail "--hex does not have: $line"
done
test "$(grep -c '^section ' hex)" -eq "$n" || fail "--hex: not all sections"
# Every byte of header and table is there once, and is the file's.
grep -o '^0x....  [0-9a-f ]\{23\}' hex | cut -c 9- | tr -d ' \n' >digits
head -c $((128 + 192 * n)) tiny.tk | od -An -v -tx1 | tr -d ' \n' >want
cmp want digits || fail "--hex: bytes differ"

# ---- JSON ----

"$tkinfo" --json tiny.tk >tiny.json
"$tkinfo" --json --verify model.tk >model.json
"$tkinfo" --json --row id:1 tiny.tk >row.json
"$tkinfo" --json --row id:6 model.tk >padding.json
"$tkinfo" --json --vocab model.tk >vocab.json
"$tkinfo" --json --vocab=zebra model.tk >none.json && fail "zebra was found"
cat >tied.txt <<EOF
tk-manifest 1
hparam tied true
token "a"
token "b"
token "a"
matrix w_e f32 3 2
1 2
3 4
5 6
end
EOF
"$TK_BIN/tkpack" tied.txt -o tied.tk >/dev/null 2>&1
"$tkinfo" --json tied.tk >tied.json
"$tkinfo" --json --row a tied.tk >tied-row.json
"$tkinfo" --digest model.tk >digest.txt
python3 "$here/info_json.py"

# A million tokens go by one at a time.
awk 'BEGIN {
	print "tk-manifest 1"
	print "hparam d_model 1"
	split("bos eos unk pad sep mask", names, " ")
	for (i = 1; i <= 6; i++)
		print "special", names[i], 999990 + i
	for (i = 0; i < 1000000; i++)
		print "token \"t" i "\""
	print "end"
}' >many.txt
"$TK_BIN/tkpack" many.txt -o many.tk >/dev/null 2>&1
(
	# shellcheck disable=SC3045  # dash and bash have it
	# Sanitizers need more address space than any limit leaves.
	case ${TK_LINK_FLAGS:-} in *sanitize*) ;; *) ulimit -v 250000 ;; esac
	"$tkinfo" --vocab many.tk
) | tail -n 1 >last
test "$(cat last)" = '  999999  normal   "t999999"' || fail "a million tokens"
"$tkinfo" --vocab many.tk | head -n 1 >/dev/null
"$tkinfo" many.tk >summary
if grep -E '.{81}' summary; then
	fail "special ids of more than 80 columns"
fi
