#!/bin/sh
# test.sh [--long] - installs what is missing, builds, runs all tests
#
# Twice: under AddressSanitizer and UndefinedBehaviorSanitizer, then as
# released.  --long adds coverage, what analysers say, builds with
# clang, for 32 bits and big-endian, longer property tests, a minute of
# fuzzing for each target, and bugs planted for fuzzers to find.
set -eu
cd "$(dirname "$0")"
. ./setup.sh

long=
for word; do
	case $word in
	--long) long=yes ;;
	*) usage "usage: ./test.sh [--long]" "$word" ;;
	esac
done

need build-essential cmake pkg-config libxxhash-dev libzstd-dev libjansson-dev \
	libcmocka-dev python3 python3-numpy mandoc shellcheck cppcheck strace \
	xxhash libopenmpi-dev openmpi-bin gcc-aarch64-linux-gnu \
	libc6-dev-arm64-cross qemu-user chromium

run() {
	ctest --test-dir "$1" --output-on-failure -j "$(nproc)"
}

if [ -n "$long" ]; then
	need clang clang-tidy lcov gcc-i686-linux-gnu \
		libc6-dev-i386-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross
	echo "coverage: building into build-coverage/"
	sh tests/coverage.sh
	echo "analysers"
	python3 tests/analysis/run.py
	echo "32 bits, big-endian: building into build-i386/ and build-s390x/"
	sh tests/foreign/run.sh
	echo "clang: building into build-clang/"
	build build-clang -DCMAKE_C_COMPILER=clang \
		-DCMAKE_C_FLAGS=-Werror
	TK_LONG=1 run build-clang
	echo "fuzzing: building into build-fuzz/"
	sh tests/fuzz/run.sh 60
	echo "planted bugs: building into build-planted/"
	sh tests/fuzz/planted.sh
fi
echo "sanitizers: building into build-sanitize/"
build build-sanitize -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	-DCMAKE_C_FLAGS=-Werror "-DLIBFORMAT_SANITIZE=address;undefined"
run build-sanitize
echo "release: building into build/"
build build -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS=-Werror \
	-DLIBFORMAT_TESTS=ON
run build
