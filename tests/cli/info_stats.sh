#!/bin/sh
# info_stats.sh - tkinfo --stats and --suspect as people see them, with UTF-8
# and without; odd files; nothing of the matrices in the heap
set -eu
here=$TK_SRC/tests/cli
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "info_stats.sh: $*" >&2
	exit 1
}

# status WANT COMMAND...
status() {
	want=$1
	shift
	got=0
	"$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "$*: status $got, not $want: $(cat err)"
}

# Numbers of a few binary digits: the same everywhere, in text too.
awk 'BEGIN {
	print "tk-manifest 1"
	print "token \"</s>\" control"
	for (i = 1; i < 260; i++)
		printf "token \"%s%d\"\n", i % 3 ? " w" : "\\xe2\\x82\\xac", i
	for (k = 0; k < 2; k++) {
		print "matrix", k ? "w_u" : "w_e", "f32", k ? 262 : 264, 4
		for (i = 0; i < (k ? 262 : 264); i++) {
			x = (i * 37 + k * 11) % 64 / 16 - 2
			if (i == 50)
				print "inf 0 0 0"
			else if (i == 70 || i == 71 || i >= 260)
				print "0 0 0 0"
			else if (i == 99)
				print "640 0 0 0"
			else
				print x * x / 2, x / 4, 1 + i % 7 / 8, k - 0.5
		}
	}
	print "end"
}' >odd.txt
tkpack odd.txt -o odd.tk >/dev/null 2>&1
awk 'BEGIN {
	print "tk-manifest 1"
	print "hparam d_model 4"
	for (i = 0; i < 30; i++)
		printf "token \"%s\"\n", substr("\\x20aaaaaaaaaaaaaaaaaaaaaa",
			1, 4 + i % 10)
	print "end"
}' >vocab.txt
tkpack vocab.txt -o vocab.tk >/dev/null 2>&1
tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1
tkpack "$here/info_model.txt" -o model.tk >/dev/null 2>&1

{
	LC_ALL=C tkinfo --stats odd.tk
	LC_ALL=C tkinfo --suspect -k 3 odd.tk
	for f in odd vocab tiny model; do
		echo "== $f"
		LC_ALL=C.UTF-8 tkinfo --stats --suspect -k 6 $f.tk
	done
} >got
diff "$here/info_stats.out" got
awk '{ gsub(/[\200-\277]/, "") } length($0) > 80 { print; exit 1 }' got ||
	fail "more than 80 columns"

# ---- odd files ----

# manifest ROW... - a file of one token a row, W_E alone
manifest() {
	echo "tk-manifest 1"
	i=0
	while [ $i -lt $# ]; do
		i=$((i + 1))
		echo "token \"t$i\""
	done
	echo "matrix w_e f32 $# 2"
	printf '%s\n' "$@"
	echo end
}

manifest "1 2" >one.txt
manifest "0 0" "0 0" "0 0" >zeros.txt
manifest "inf 0" "-inf 1" >inf.txt
manifest "3e38 3e38" "1 0" "3e38 3e38" >huge.txt
for f in one zeros inf huge; do
	tkpack $f.txt -o $f.tk >/dev/null 2>&1
	status 0 tkinfo --stats $f.tk
	mv out $f.out
	status 0 tkinfo --suspect $f.tk
	mv out $f.suspect
	status 0 tkinfo --stats --suspect --json $f.tk
	if grep -qiE '[^"_a-z](nan|inf)' out; then
		fail "$f: NaN or Inf in JSON: $(cat out)"
	fi
done
grep -q 'norms       2.236 to 2.236, median 2.236$' one.out ||
	fail "one token: $(cat one.out)"
! grep -q isotropy one.out || fail "one row has an isotropy"
grep -q 'zero        3 rows: "t1", "t2", "t3"$' zeros.out ||
	fail "zeros: $(cat zeros.out)"
grep -q 'norms       none that is finite$' inf.out || fail "$(cat inf.out)"
grep -q 'infinite    2 rows: "t1", "t2"$' inf.out || fail "$(cat inf.out)"
grep -q 'beyond f32  2 rows: "t1", "t3"$' huge.out || fail "$(cat huge.out)"

grep -q '^ranked      1 token, 2.236 to 2.236' one.suspect ||
	fail "one token: $(cat one.suspect)"
grep -q '^not ranked  2 tokens: not finite' inf.suspect ||
	fail "$(cat inf.suspect)"
if grep -q '^ranked' inf.suspect; then
	fail "rows that are not finite are ranked"
fi

# Padding alone is left of a file whose only token has no direction.
cat >padding.txt <<END
tk-manifest 1
hparam tied true
token "t"
matrix w_e f32 4 2
0 0
1 2
1 2
0 0
end
END
tkpack padding.txt -o padding.tk >/dev/null 2>&1
status 0 tkinfo --suspect padding.tk
grep -q '^unused rows 3 without a token$' out || fail "padding: $(cat out)"
grep -q '^not ranked  1 token: ' out || fail "padding: $(cat out)"

# ---- nothing of the matrices in the heap ----

case ${TK_LINK_FLAGS:-} in
*sanitize*) ;;
*)
	awk 'BEGIN { for (i = 0; i < 16384; i++) print "w" i }' >words.txt
	{
		shape="'shape': (16384, 1024), }"
		header="{'descr': '<f4', 'fortran_order': False, $shape"
		printf '\223NUMPY\1\0\166\0%-117s\n' "$header"
		head -c 67108864 /dev/zero
	} >e.npy
	tkpack --embed e.npy --vocab words.txt -o large.tk >/dev/null 2>&1
	rm e.npy
	(
		# shellcheck disable=SC3045  # dash and bash have it
		ulimit -d 24000
		tkinfo --stats --threads 1 large.tk
	) >out || fail "64 MiB of numbers need memory"
	grep -q 'zero        16384 rows: "w0", "w1", "w2" ...$' out ||
		fail "rows of zeros: $(cat out)"
	rm large.tk
	;;
esac

# ---- what does not go ----

tkpack --archive odd.tk -o odd-archive.tk >/dev/null 2>&1
status 2 tkinfo --stats odd-archive.tk
grep -q 'is an archive; expand it first: tkpack --expand' err ||
	fail "archive: $(cat err)"
status 2 tkinfo --suspect odd-archive.tk
grep -q 'is an archive; expand it first' err || fail "archive: $(cat err)"
status 2 tkinfo -k 3 --stats odd.tk
grep -q -e '-k is for --suspect' err || fail "-k: $(cat err)"
status 2 tkinfo -k 0 --suspect odd.tk
status 2 tkinfo --suspect --dump odd.tk
status 2 tkinfo --stats --dump odd.tk
status 2 tkinfo --stats --json --vocab odd.tk
status 2 tkinfo --stats "$TK_SRC/LICENSE"
[ "$(wc -l <err)" = 1 ] || fail "no .tk file: $(cat err)"
