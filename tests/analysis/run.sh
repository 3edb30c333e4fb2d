#!/bin/sh
# run.sh [BUILD] - gcc's -fanalyzer, clang-tidy and cppcheck over everything but
# the tests: any finding is a failure
#
# What each looks for, and what is left out and why: .clang-tidy, and below.
# BUILD (build-analysis) is configured here, and not built.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build-analysis}
for program in gcc clang-tidy cppcheck cmake; do
	command -v "$program" >/dev/null || {
		echo "analysis/run.sh: $program is missing" >&2
		exit 2
	}
done
cmake -S . -B "$build" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DLIBFORMAT_TESTS=OFF >/dev/null
log=$build/findings
status=0

grep -v '^#' tests/analysis/known >"$build/known"
# The files that are compiled, one a line.
sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" |
	sort -u >"$build/files"

# report NAME : what is in the log that is not known, if anything
report() {
	if grep -v -f "$build/known" "$log" >"$build/new"; then
		echo "$1:"
		cat "$build/new"
		status=1
	fi
}

# The command of a file, with the analyser; gcc 12 takes the number of a
# vector's elements for the bits of one.
export build
# shellcheck disable=SC2016
xargs -P "$(nproc)" -n 1 sh -c '
	command=$(awk -v file="$1" "
		/\"command\":/ { command = \$0 }
		/\"file\":/ && index(\$0, \"\\\"\" file \"\\\"\") { print command }
	" "$build/compile_commands.json" |
		sed "s/^ *\"command\": \"//; s/\",\$//; s/\\\\\\\\\"/\"/g;
			s/ -o [^ ]* / -o \/dev\/null /")
	cd "$build" && eval "$command -O1 -fanalyzer \
		-Wno-analyzer-shift-count-overflow" 2>&1 || echo "$1: failed"
' sh <"$build/files" 2>&1 | grep -E 'warning:|error:|failed' >"$log" || :
report "gcc -fanalyzer"

# What cannot start is a finding, too.
# shellcheck disable=SC2016
xargs -P "$(nproc)" -n 1 sh -c '
	clang-tidy -p "$build" --quiet "$1" 2>/dev/null || echo "$1: failed"
' sh <"$build/files" | grep -E 'warning:|error:|failed' >"$log" || :
report clang-tidy

cppcheck --quiet --std=c11 -j "$(nproc)" --inline-suppr \
	--enable=warning,performance,portability \
	--library=tests/analysis/cppcheck.cfg \
	--project="$build/compile_commands.json" >"$log" 2>&1 ||
	echo "cppcheck: failed" >>"$log"
report cppcheck
exit $status
