#!/bin/sh
# install.sh - what is installed works from outside: pkg-config, CMake, tools;
# the tree is as clean after a build as before
set -eu
before=$(git -C "$TK_SRC" status --porcelain 2>/dev/null || true)
cmake --install "$TK_BUILD" --prefix "$PWD/prefix" >install.log

cp "$TK_SRC/samples/hello.c" "$TK_SRC/samples/tiny.tk" .
pc=$(dirname "$(find "$PWD/prefix" -name libformat.pc)")
libdir=$(dirname "$pc")

# shellcheck disable=SC2046,SC2086
"$CC" -std=c11 -Wall -Wextra -Werror hello.c -o hello-pkgconfig \
	$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs libformat) \
	${TK_LINK_FLAGS:-}
LD_LIBRARY_PATH=$libdir ./hello-pkgconfig tiny.tk 1 >by-pkgconfig
test "$(wc -l <by-pkgconfig)" -eq 5

mkdir consumer
cat >consumer/CMakeLists.txt <<EOF
cmake_minimum_required(VERSION 3.21)
project(consumer LANGUAGES C)
find_package(libformat REQUIRED)
add_executable(hello $PWD/hello.c)
target_link_libraries(hello PRIVATE libformat::libformat)
EOF
cmake -S consumer -B consumer/build -DCMAKE_PREFIX_PATH="$PWD/prefix" \
	-DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="${TK_LINK_FLAGS:-}" \
	>cmake.log
cmake --build consumer/build >>cmake.log
./consumer/build/hello tiny.tk 1 >by-cmake
cmp by-pkgconfig by-cmake

prefix/bin/tkpredict --version >version
prefix/bin/tkinfo tiny.tk >summary
test -s prefix/share/man/man1/tkpack.1

after=$(git -C "$TK_SRC" status --porcelain 2>/dev/null || true)
if [ "$before" != "$after" ]; then
	echo "building or installing changed the tree:"
	echo "$after"
	exit 1
fi
