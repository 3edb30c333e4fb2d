#!/bin/sh
# strictfp.sh - what computes cannot be compiled so that sums come out other
# than spec/compute.md says, and the flags of this build are not such
set -eu
cd "$TK_SRC/libformat"
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -I../include -I."

# refused FILE FLAG... - the preprocessor ends it, and for that reason
refused() {
	file=$1
	shift
	# shellcheck disable=SC2086
	if "$CC" $flags "$@" -E "$file" >/dev/null 2>"$OLDPWD/err"; then
		echo "$file compiles with $*"
		exit 1
	fi
	grep -q 'error.*libformat' "$OLDPWD/err" || {
		cat "$OLDPWD/err"
		exit 1
	}
}

files=$(find compute -name '*.c'; grep -l '<math\.h>' -r . --include='*.c')
for file in $files; do
	refused "$file" -ffast-math
done
refused compute/expsum.c -ffinite-math-only
case $CC in
*clang*) ;;
*)
	refused compute/expsum.c -std=gnu11
	refused compute/expsum.c -ffp-contract=fast
	refused compute/expsum.c -funsafe-math-optimizations
	refused compute/expsum.c -fassociative-math -fno-signed-zeros \
		-fno-trapping-math
	;;
esac

# What a compiler does that was told nothing: no instruction may add to a
# product.
case $("$CC" -dumpmachine) in
x86_64*)
	for file in compute/expsum.c compute/keys.c compute/kernels/scalar.c; do
		# shellcheck disable=SC2086
		"$CC" $flags -O2 -mfma -S -o - "$file" >"$OLDPWD/asm"
		if grep -E '\bvfn?m(add|sub)' "$OLDPWD/asm"; then
			echo "$file: a fused multiply-add"
			exit 1
		fi
	done
	;;
esac
