# SPDX-License-Identifier: MIT
# draw.sh - tkpredict -n with tokens drawn by chance: the same everywhere
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "draw.sh: $*" >&2
	exit 1
}

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# draw OPTION... - the ids of 12 tokens after " cat"
draw() {
	tkpredict tiny.tk --ids 1 -n 12 --json "$@" 2>/dev/null |
		sed -E 's/.*"generated": \{"ids": \[([^]]*)\].*/\1/'
}

# The text may end early; a seed with which it does not.
greedy=$(draw)
[ "$greedy" = "$(draw -k 1)" ] || fail "-k alone draws"
[ "$greedy" = "$(draw --seed 4 -k 1)" ] || fail "top-k of 1: $(draw --seed 4 -k 1)"
[ "$greedy" = "$(draw --top-p 0)" ] || fail "top-p of 0: $(draw --top-p 0)"
[ "$greedy" = "$(draw --seed 4 --temperature 0)" ] || fail "temperature 0"
[ "$(draw --seed 0)" = "$(draw --top-p 1)" ] || fail "the seed is not 0 if none is given"
seeds=
for seed in 1 2 3 4 5 6 7 8; do
	drawn=$(draw --seed $seed)
	[ "$drawn" = "$(draw --seed $seed --threads 2 --probs none)" ] ||
		fail "seed $seed: not the same twice"
	seeds="$seeds$drawn
"
done
[ "$(printf %s "$seeds" | sort -u | wc -l)" -ge 6 ] || fail "few seeds: $seeds"
