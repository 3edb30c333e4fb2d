# SPDX-License-Identifier: MIT
# kernels.sh - every kernel and number of threads prints the same bytes
set -eu
export PATH="$TK_BIN:$PATH"
unset TK_KERNEL

fail() {
	printf "%s\n" "kernels.sh: $*" >&2
	exit 1
}

# ---- which there are ----

best=$(tkinfo --version | sed -n 's/.*, kernel //p')
[ "$best" = "$(TK_KERNEL='' tkinfo --version | sed -n 's/.*, kernel //p')" ] ||
	fail "an empty name is no name"
kernels=
for kernel in scalar avx2 avx512 neon; do
	if TK_KERNEL=$kernel tkinfo --version >version 2>err; then
		grep -q ", kernel $kernel\$" version ||
			fail "$kernel: $(cat version)"
		kernels="$kernels $kernel"
	else
		grep -q "^tkinfo: TK_KERNEL=$kernel: there is " err ||
			fail "$kernel: $(cat err)"
	fi
done
case $kernels in
*" $best"*) ;;
*) fail "$best cannot be asked for" ;;
esac
[ "${kernels%% avx*}" = " scalar" ] || fail "no scalar kernel: $kernels"

# ---- a model for each type, with equal rows and a bias ----

awk 'BEGIN {
	x = 9
	n = 2300
	d = 75
	print "tk-manifest 1"
	print "hparam final_norm layernorm"
	print "hparam logit_softcap 30"
	for (i = 0; i < n; i++)
		print "token \"t" i "\""
	print "matrix b_u f32 1 " n
	for (i = 0; i < n; i++)
		printf "%s%s", i % 9 / 8, i < n - 1 ? " " : "\n"
	for (m = 0; m < 2; m++) {
		print "matrix " (m ? "w_u" : "w_e") " f32 " n " " d
		for (i = 0; i < n; i++) {
			line = ""
			for (j = 0; j < d; j++) {
				if (i % 700)
					x = (x * 16807) % 2147483647
				else
					x = (j + 1) * 12345678
				line = line " " x / 2147483647 - 0.5
			}
			print line
		}
	}
	print "end"
}' >model.txt
for dtype in f32 f16 bf16 q8; do
	tkpack model.txt --dtype $dtype --sketch -o $dtype.tk >/dev/null 2>&1
done

for name in avx1024 Scalar 'avx2 ' "$(printf '\033[1m')"; do
	for command in "tkpredict f32.tk t5" "tkinfo f32.tk" "tkinfo --version" \
		"tkpack model.txt -o no.tk"; do
		status=0
		# shellcheck disable=SC2086
		TK_KERNEL=$name $command >out 2>err || status=$?
		[ "$status" = 2 ] || fail "$command: status $status"
		[ ! -s out ] || fail "$command: $(cat out)"
		grep -q "^${command%% *}: TK_KERNEL=.*: there is scalar" err ||
			fail "$command: $(cat err)"
		[ "$(tr -d '\n -~' <err)" = "" ] || fail "$command: odd bytes"
	done
done
[ ! -e no.tk ] || fail "tkpack writes"

# ---- the same bytes ----

# answer FILE THREADS - all that is computed from the rows
answer() {
	tkpredict "$1" --json --ids "3 700 9" -k 2300 --rank t7 --threads "$2"
	tkpredict "$1" --json --ids 1400 -k 9 --probs none --threads "$2"
	tkpredict "$1" --json --ids 3 -k 9 --probs bounds --threads "$2"
	tkpredict "$1" --json --ids 8 -n 12 --seed 5 --top-p 0.9 --threads "$2"
}

for dtype in f32 f16 bf16 q8; do
	export TK_KERNEL=scalar
	answer $dtype.tk 1 >want 2>/dev/null
	[ "$(wc -l <want)" = 4 ] || fail "$dtype: no answer"
	for kernel in $kernels; do
		export TK_KERNEL="$kernel"
		for threads in 1 2 3 8 64; do
			answer $dtype.tk $threads >got 2>/dev/null
			cmp want got ||
				fail "$dtype, $kernel, $threads threads"
		done
	done
done
