# SPDX-License-Identifier: MIT
# exact.sh - what a sketch answers is what a scan of all rows answers
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "exact.sh: $*" >&2
	exit 1
}

# W_E and W_U are one: a row is its own best answer, and some rows are equal.
awk 'BEGIN {
	x = 5
	n = 2500
	d = 70
	print "tk-manifest 1"
	print "hparam tied true"
	print "hparam logit_softcap 40"
	for (i = 0; i < n; i++)
		print "token \"t" i "\""
	print "matrix b_u f32 1 " n
	for (i = 0; i < n; i++)
		printf "%s%s", i % 9 / 8, i < n - 1 ? " " : "\n"
	print "matrix w_e f32 " n " " d
	for (i = 0; i < n; i++) {
		line = ""
		y = x
		if (i % 600 == 9)
			x = 77
		for (j = 0; j < d; j++) {
			x = (x * 16807) % 2147483647
			line = line " " (x % 2048 - 1024) / 4096
		}
		if (i % 600 == 9)
			x = y
		print line
	}
	print "end"
}' >model.txt
tkpack model.txt --sketch -o sketch.tk >/dev/null 2>&1
tkpack model.txt -o plain.tk >/dev/null 2>&1
for i in $(seq 0 53 2499); do
	echo "t$i"
done >contexts
echo t609 >>contexts

# result FILE - without what was read for it
result() {
	sed -E 's/, "rows_scanned": [0-9]*, "rows_rescored": [0-9]*, "bytes_read": [0-9]*//; s/, "prob_bounds": \[[^]]*\]//g' "$1"
}

for k in 1 3 40 2500; do
	for probs in none bounds; do
		for how in auto scan; do
			tkpredict sketch.tk --stdin --json -k $k \
				--probs $probs --exact $how <contexts \
				>$how 2>/dev/null
			result $how >$how.result
		done
		cmp auto.result scan.result || fail "-k $k --probs $probs"
		tkpredict plain.tk --stdin --json -k $k --probs $probs \
			<contexts >plain 2>/dev/null
		cmp scan plain || fail "-k $k --probs $probs: --exact scan"
		[ $k = 3 ] || continue
		grep -q '"rows_scanned": 2500, "rows_rescored": [0-9]\{1,3\},' \
			auto || fail "no row was spared: $(head -1 auto)"
		tkpredict sketch.tk --stdin --json -k $k --probs $probs \
			--threads 3 <contexts >three 2>/dev/null
		cmp auto three || fail "-k $k --probs $probs: --threads"
	done
done
# The full scan counts as such.
head -1 scan | grep -q \
	'"rows_scanned": 2500, "rows_rescored": 0, "bytes_read": 800000}$' ||
	fail "bytes of a scan: $(head -1 scan | tail -c 90)"

# Bounds hold, and are not everything between 0 and 1.
for t in 0.5 1 2; do
	tkpredict sketch.tk --stdin --json -k 5 --temperature $t <contexts \
		2>/dev/null | grep -o '"prob": [^,]*' | sed 's/.* //' >exact
	tkpredict sketch.tk --stdin --json -k 5 --temperature $t \
		--probs bounds <contexts 2>/dev/null |
		grep -o '"prob_bounds": [^]]*' | sed 's/.*\[//; s/,//' >bounds
	paste -d ' ' exact bounds | awk -v t=$t '
		!($2 <= $1 && $1 <= $3) { print; bad = 1 }
		$3 - $2 < 0.5 { narrow++ }
		END { exit bad || NR != 5 * 49 || narrow < NR / 2 }' >wrong ||
		fail "bounds at temperature $t: $(head -3 wrong)"
done
tkpredict sketch.tk t9 --probs bounds --temperature 0 -k 2 --json >out 2>&1
grep -q '"prob_bounds": \[1.0, 1.0\].*"prob_bounds": \[0.0, 0.0\]' out ||
	fail "bounds at temperature 0: $(cat out)"

# What needs all keys gets them.
tkpredict sketch.tk t9 --probs none --rank t99 --json 2>/dev/null >a
tkpredict plain.tk t9 --probs none --rank t99 --json 2>/dev/null >b
cmp a b || fail "--rank"
for options in "" "--json" "--seed 3" "--seed 3 --json --probs none"; do
	# shellcheck disable=SC2086
	tkpredict sketch.tk t9 -n 9 $options 2>/dev/null | result - >a
	# shellcheck disable=SC2086
	tkpredict plain.tk t9 -n 9 $options 2>/dev/null | result - >b
	cmp a b || fail "-n 9 $options"
done
