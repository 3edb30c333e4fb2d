#!/bin/sh
# verify.sh - tkinfo --verify finds all that is damaged, at every level
set -eu
tkinfo=$TK_BIN/tkinfo

fail() {
	echo "verify: $*"
	[ ! -s out ] || cat out
	exit 1
}

# W_E of 12 chunks, 256 rows in each: row 256 c begins chunk c.
awk 'BEGIN {
	n = 2900
	print "tk-manifest 1"
	print "hparam tied true"
	for (i = 0; i < n; i++)
		print "token \"t" i "\""
	print "matrix w_e f32 " n " 64"
	for (i = 0; i < n; i++) {
		line = ""
		for (j = 0; j < 64; j++)
			line = line " " (i * 64 + j) % 1000
		print line
	}
	print "end"
}' >model.txt
"$TK_BIN/tkpack" model.txt -o whole.tk >/dev/null 2>&1

# spoil NAME CODE - NAME.tk: 'd' changed by CODE, in which at(section) is the
# offset of a section
spoil() {
	python3 - "$2" "$1.tk" <<'END'
import struct
import sys

d = bytearray(open('whole.tk', 'rb').read())


def at(name):
    for e in range(128, 128 + 192 * d[0x10], 192):
        if d[e + 16:e + 48].rstrip(b'\0') == name.encode():
            return struct.unpack_from('<Q', d, e + 0x30)[0]


def flip(place):
    d[place] ^= 1


exec(sys.argv[1])
open(sys.argv[2], 'wb').write(d)
END
}

# verify STATUS ARGUMENT...
verify() {
	want=$1
	shift
	status=0
	"$tkinfo" "$@" >out 2>err || status=$?
	[ "$status" = "$want" ] || fail "status $status: $* $(cat err)"
	[ ! -s err ] || fail "$*: $(cat err)"
	if grep -E '.{81}' out; then
		fail "$*: more than 80 columns"
	fi
}

# ---- whole ----

for level in "" =structure =index =all; do
	verify 0 --verify$level whole.tk
	grep -q '^ok: no damage found' out || fail "--verify$level"
done
for level in structure index all; do
	"$tkinfo" --json --verify=$level whole.tk >out
	grep -qF "\"verify\": {\"level\": \"$level\", \"ok\": true, \"damaged\": false, " \
		out || fail "--json --verify=$level"
done

# ---- several places ----

spoil several "
for c in 1, 2, 5, 11:
    flip(at('w_e') + 65536 * c + 77)
flip(at('w_e') - 1)
flip(at('vocab') + 70)"
w_e=$("$tkinfo" --json whole.tk | python3 -c '
import json, sys
print(json.load(sys.stdin)["matrices"][0]["offset"])')
cat >want <<END
damaged: w_e, byte $((w_e - 1)): padding before it is not zero
damaged: w_e, bytes $((w_e + 65536)) to $((w_e + 3 * 65536 - 1)): checksum mismatch
         rows 256 "t256" to 767 "t767"
damaged: w_e, bytes $((w_e + 5 * 65536)) to $((w_e + 6 * 65536 - 1)): checksum mismatch
         rows 1280 "t1280" to 1535 "t1535"
damaged: w_e, bytes $((w_e + 11 * 65536)) to $((w_e + 2900 * 256 - 1)): checksum mismatch
         rows 2816 "t2816" to 2899 "t2899"
END
for threads in 1 2 7; do
	verify 1 --verify --threads $threads several.tk
	grep -q '^damaged: vocab, bytes [0-9]* to [0-9]*: checksum mismatch$' \
		out || fail "several: vocab"
	grep -v '^damaged: vocab' out | diff want - || fail "several"
done
status=0
"$tkinfo" --json --verify several.tk >out || status=$?
[ $status = 1 ] || fail "--json: status $status"
python3 - "$w_e" <<'END' || fail "--json"
import json
import sys

w_e = int(sys.argv[1])
v = json.load(open('out'))['verify']
assert v['level'] == 'all' and v['ok'] is False and 'more' not in v
e = [e for e in v['errors'] if e['section'] == 'w_e']
assert len(v['errors']) == 5 and len(e) == 4, v
assert e[0] == {'section': 'w_e', 'offset': w_e - 1, 'size': 1,
                'message': 'padding before it is not zero'}, e[0]
assert e[1] == {'section': 'w_e', 'offset': w_e + 65536, 'size': 131072,
                'row': 256, 'last_row': 767, 'token': 't256',
                'message': 'checksum mismatch'}, e[1]
END

# ---- levels ----

verify 1 --verify=structure several.tk
printf '%s\n' "damaged: w_e, byte $((w_e - 1)): padding before section w_e is not zero" |
	diff - out || fail "structure"
verify 1 --verify=index several.tk
[ "$(grep -c '^damaged: ' out)" = 2 ] || fail "index"
spoil matrix "flip(at('w_e') + 99999)"
verify 0 --verify=structure matrix.tk
verify 0 --verify=index matrix.tk
verify 1 --verify=all matrix.tk
spoil digests "flip(at('digests') + 16 * 7)"
for level in structure index all; do
	verify 1 --verify=$level digests.tk
	[ "$(wc -l <out)" = 1 ] || fail "digests: $level"
	grep -q '^damaged: .*: .*digests.*: checksum mismatch$' out ||
		fail "digests: $level"
done

# ---- header, table, and the zeros before the digests ----

spoil header 'flip(0x40)'
spoil table 'flip(128 + 192 + 0x70)'
n=$("$tkinfo" --sections whole.tk | tail -n +2 | wc -l)
for level in structure index all; do
	verify 1 --verify=$level header.tk
	[ "$(cat out)" = \
		'damaged: file, bytes 0 to 127: header: checksum mismatch' ] ||
		fail "header: $level"
	verify 1 --verify=$level table.tk
	[ "$(cat out)" = "damaged: file, bytes 128 to $((127 + 192 * n)): section table: digest mismatch" ] ||
		fail "table: $level"
done
status=0
"$tkinfo" --json --verify table.tk >out || status=$?
[ $status = 1 ] || fail "table: --json: status $status"
grep -qF '"errors": [{"section": null, "offset": 128, "size": ' out ||
	fail "table: --json"
# The last section ends at no multiple of 64.
mv whole.tk model.tk
printf '%s\n' 'tk-manifest 1' 'hparam d_model 3' 'token "a"' end >words.txt
"$TK_BIN/tkpack" words.txt -o whole.tk >/dev/null 2>&1
spoil zeros "flip(at('digests') - 1)"
for level in structure index all; do
	verify 0 --verify=$level whole.tk
	verify 1 --verify=$level zeros.tk
	grep -q '^damaged: digests, byte [0-9]*: padding before it is not zero$' \
		out || fail "zeros: $level"
done

# ---- an archive: where it lies, and what rows are lost ----

"$TK_BIN/tkpack" --archive model.tk -o whole.tk --force >/dev/null
verify 0 --verify whole.tk
spoil packed "flip(at('w_e') + 40000)"
verify 1 --verify packed.tk
[ "$(wc -l <out)" = 2 ] || fail "archive"
python3 - <<'END' || fail "archive"
import os
import re

lines = open('out').read().splitlines()
a, b = map(int, re.fullmatch(
    r'damaged: w_e, bytes (\d+) to (\d+): checksum mismatch',
    lines[0]).groups())
d = open('packed.tk', 'rb').read()
e = d.index(b'w_e\0')
at = int.from_bytes(d[e + 0x20:e + 0x28], 'little')
assert at <= a <= at + 40000 <= b < len(d), (a, b, at)
r = re.fullmatch(r' +rows (\d+) "t(\d+)" to (\d+) "t(\d+)"', lines[1])
first, t, last, u = map(int, r.groups())
assert first == t and last == u and first % 256 == 0, lines[1]
END
status=0
"$tkinfo" --json --verify packed.tk >out || status=$?
[ $status = 1 ] || fail "archive: --json: status $status"
grep -q '"row": [0-9]*, "last_row": [0-9]*, "token": "t' out ||
	fail "archive: --json"

# ---- a list that would be long is cut ----

awk 'BEGIN {
	print "tk-manifest 1"
	print "token \"a\""
	print "matrix w_e f32 210 16384"
	for (i = 0; i < 210; i++) {
		line = "1"
		for (j = 1; j < 16384; j++)
			line = line " 0"
		print line
	}
	print "end"
}' >wide.txt
"$TK_BIN/tkpack" wide.txt --force -o whole.tk >/dev/null 2>&1
spoil wide "
for c in range(0, 210, 2):
    flip(at('w_e') + 65536 * c)"
verify 1 --verify wide.tk
[ "$(grep -c '^damaged: w_e' out)" = 100 ] || fail "not 100 places"
[ "$(tail -n 1 out)" = 'damaged: and 5 more' ] || fail "no 5 more"
grep -qx '         row 4' out || fail "a row without a token"
"$tkinfo" --json --verify wide.tk >out || :
python3 -c "
import json
v = json.load(open('out'))['verify']
assert len(v['errors']) == 100 and v['more'] == 5, v" || fail "--json: more"

# ---- what is no level and no number ----

for arg in --verify= --verify=most --verify=ALL --threads= --threads=0 \
	--threads=x --threads=1025; do
	status=0
	"$tkinfo" "$arg" whole.tk >out 2>err || status=$?
	[ $status = 2 ] || fail "$arg: status $status"
	grep -q 'must be' err || fail "$arg: $(cat err)"
done
