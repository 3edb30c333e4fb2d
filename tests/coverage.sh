#!/bin/sh
# coverage.sh - lines and branches of libformat that the tests run, by lcov
#
# Built into build-coverage/ without optimisation, with counters that threads may
# share.  It fails if a line of the container's reader and writer
# (libformat/container) is never run, or fewer than 95 of 100 branches are.
set -eu
cd "$(dirname "$0")/.."
build=$PWD/build-coverage
branches='--rc lcov_branch_coverage=1'

cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DLIBFORMAT_TESTS=ON \
	"-DCMAKE_C_FLAGS=--coverage -O0 -fprofile-update=atomic" >/dev/null
cmake --build "$build" -j "$(nproc)" >/dev/null
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" -j "$(nproc)" --output-on-failure -Q \
	-R '^(test|prop|fuzz)_|^cli_(archive|verify|container|reader)$'
# shellcheck disable=SC2086
lcov $branches --quiet --capture --base-directory "$build" \
	--directory "$build/CMakeFiles/libformat_objects.dir" \
	--output-file "$build/all.info" 2>/dev/null
# shellcheck disable=SC2086
lcov $branches --list "$build/all.info" 2>/dev/null
# shellcheck disable=SC2086
lcov $branches --quiet --extract "$build/all.info" '*/libformat/container/*' \
	--output-file "$build/container.info" 2>/dev/null
awk -F '[:,]' '
	/^SF:/ { file = $2 }
	/^DA:/ && $3 == 0 { print file ":" $2 ": is never run"; bad = 1 }
	/^LF:/ { lines += $2 }
	/^BRF:/ { all += $2 }
	/^BRH:/ { seen += $2 }
	END {
		printf "libformat/container: %d lines, %d of %d branches (%.1f %%)\n",
			lines, seen, all, 100 * seen / all
		exit bad || seen < 0.95 * all
	}
' "$build/container.info"
