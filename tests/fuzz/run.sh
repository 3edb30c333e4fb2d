#!/bin/sh
# run.sh [SECONDS [TARGET...]] - each fuzz target under libFuzzer, with ASan and
# UBSan, for so long (60); what it finds is left in build-fuzz/found
#
# The corpus is kept in build-fuzz/corpus and grows from run to run.
set -eu
seconds=${1:-60}
[ $# -eq 0 ] || shift
cd "$(dirname "$0")/../.."
build=${TK_FUZZ_BUILD:-build-fuzz}
if ! command -v clang >/dev/null; then
	echo "fuzz/run.sh: needs clang: apt install clang" >&2
	exit 2
fi
cmake -S . -B "$build" -DCMAKE_C_COMPILER=clang -DLIBFORMAT_FUZZ=ON \
	-DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	"-DLIBFORMAT_SANITIZE=address;undefined" >/dev/null
if [ $# -eq 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		set -- "$@" "$(basename "$source" .c)"
	done
fi
# shellcheck disable=SC2046 # words
cmake --build "$build" -j"$(nproc)" \
	--target "$@" $(printf 'replay_%s ' "$@") >"$build/log" 2>&1 || {
	tail -20 "$build/log" >&2
	exit 2
}
mkdir -p "$build/found"

# stood_still TARGET: what has ended it is an input that took too long, and now
# does not: it was the machine
stood_still() {
	input=$(sed -n 's/.*Test unit written to //p' "$build/found/$1.log")
	case $input in
	*-timeout-*) "$build/tests/$1" -timeout=5 "$input" >/dev/null 2>&1 ;;
	*) return 1 ;;
	esac
}

status=0
for target in "$@"; do
	corpus=$build/corpus/$target
	mkdir -p "$corpus"
	"$build/tests/replay_$target" --seeds "$corpus"
	dict=
	[ ! -f "tests/fuzz/$target.dict" ] || dict=-dict=tests/fuzz/$target.dict
	# Memory and time are findings, too.
	if ! "$build/tests/$target" -max_total_time="$seconds" -timeout=5 \
		-rss_limit_mb=512 -malloc_limit_mb=256 -max_len=65536 \
		-artifact_prefix="$build/found/$target-" -print_final_stats=1 \
		${dict:+"$dict"} "$corpus" >"$build/found/$target.log" 2>&1 &&
		! stood_still "$target"; then
		echo "$target: FOUND, see $build/found/$target.log"
		status=1
		continue
	fi
	awk -v target="$target" '
		/^stat::number_of_executed_units/ { runs = $2 }
		/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
		END { printf "%-18s %12d runs, %5d edges\n", target, runs, cov }
	' "$build/found/$target.log"
done
exit $status
