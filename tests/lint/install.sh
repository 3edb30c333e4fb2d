#!/bin/sh
# install.sh - what is installed works from outside: pkg-config, CMake, tools,
# shared and static, moved, in absolute folders; and so does libformat as a
# part of another project.  The tree is as clean after a build as before.
set -eu
before=$(git -C "$TK_SRC" status --porcelain 2>/dev/null || true)
cp "$TK_SRC/samples/hello.c" "$TK_SRC/samples/tiny.tk" .

fail() {
	echo "install: $*"
	exit 1
}

# quietly COMMAND...: its output only if it fails
quietly() {
	"$@" >log 2>&1 || {
		cat log
		fail "$*"
	}
}

# answers PROGRAM: it does what the sample should
answers() {
	"$1" tiny.tk 1 >answer || fail "$1 does not run"
	test "$(wc -l <answer)" -eq 5 || fail "$1: $(cat answer)"
}

# by_pkgconfig DIRECTORY-OF-PC PKG-CONFIG-OPTION...
by_pkgconfig() {
	PKG_CONFIG_PATH=$1
	export PKG_CONFIG_PATH
	shift
	# shellcheck disable=SC2046,SC2086
	quietly "$CC" -std=c11 -Wall -Wextra -Werror hello.c -o hello \
		$(pkg-config "$@" --cflags --libs libformat) \
		${TK_LINK_FLAGS:-}
	LD_LIBRARY_PATH=$(pkg-config --variable=libdir libformat) \
		answers ./hello
	unset PKG_CONFIG_PATH
}

# project NAME LINE...: a project whose program is the sample
project() {
	name=$1
	shift
	mkdir "$name"
	cat >"$name/CMakeLists.txt" <<-EOF
		cmake_minimum_required(VERSION 3.21)
		project(consumer LANGUAGES C)
		enable_testing()
		$(printf '%s\n' "$@")
		add_library(other other.c)
		add_executable(hello $PWD/hello.c)
		target_link_libraries(hello libformat::libformat)
	EOF
	echo 'int other;' >"$name/other.c"
}

# by_cmake NAME CMAKE-OPTION...
by_cmake() {
	name=$1
	shift
	quietly cmake -S "$name" -B "$name/build" -DCMAKE_C_COMPILER="$CC" \
		-DCMAKE_C_FLAGS="${TK_LINK_FLAGS:-}" "$@"
	quietly cmake --build "$name/build" -j2 --target hello other
	answers "./$name/build/hello"
	test -e "$name/build/libother.a" ||
		fail "libformat changes how another library is built"
}

pc_of() {
	dirname "$(find "$1" -name libformat.pc)"
}

# ---- shared, as it was built ----

cmake --install "$TK_BUILD" --prefix "$PWD/prefix" >install.log
by_pkgconfig "$(pc_of "$PWD/prefix")"
project found 'find_package(libformat REQUIRED)'
by_cmake found "-DCMAKE_PREFIX_PATH=$PWD/prefix"

# Moved, also the tools find their library.
mv prefix moved
by_pkgconfig "$(pc_of "$PWD/moved")"
rm -r found/build
by_cmake found "-DCMAKE_PREFIX_PATH=$PWD/moved"
moved/bin/tkpredict --version >version
moved/bin/tkinfo tiny.tk >summary
test -s moved/share/man/man1/tkpack.1

# ---- static, in a folder of several steps, moved ----

# static CMAKE-OPTION...: builds and installs into prefix
static() {
	quietly cmake -S "$TK_SRC" -B static -DCMAKE_C_COMPILER="$CC" \
		-DBUILD_SHARED_LIBS=OFF -DLIBFORMAT_TOOLS=OFF \
		-DLIBFORMAT_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug "$@"
	quietly cmake --build static -j2
	quietly cmake --install static --prefix "$PWD/prefix"
}

static -DCMAKE_INSTALL_LIBDIR=lib/of/libraries
mv prefix moved-static
by_pkgconfig "$(pc_of "$PWD/moved-static")" --static
rm -r found/build
by_cmake found "-Dlibformat_ROOT=$PWD/moved-static" \
	"-Dlibformat_DIR=$PWD/moved-static/lib/of/libraries/cmake/libformat"
if grep -rE '"?/usr/|/[a-z0-9]*\.so' moved-static/lib/of/libraries/cmake; then
	fail "the package has paths of the machine it was built on"
fi

# What it needs is not there: said, not found by half.
project optional 'find_package(libformat QUIET)' \
	'if(NOT libformat_FOUND)' \
	'message(FATAL_ERROR "${libformat_NOT_FOUND_MESSAGE}")' 'endif()'
if PKG_CONFIG_LIBDIR=$PWD/nowhere cmake -S optional -B optional/build \
	"-Dlibformat_DIR=$PWD/moved-static/lib/of/libraries/cmake/libformat" \
	>log 2>&1 || ! grep -q 'pkg-config does not find lib' log; then
	cat log
	fail "a static library without what it uses"
fi

# ---- absolute folders ----

static "-DCMAKE_INSTALL_LIBDIR=$PWD/absolute/lib" \
	"-DCMAKE_INSTALL_INCLUDEDIR=$PWD/absolute/headers"
by_pkgconfig "$PWD/absolute/lib/pkgconfig" --static
rm -r found/build
by_cmake found "-Dlibformat_DIR=$PWD/absolute/lib/cmake/libformat"

# ---- as a part of another project ----

project within "add_subdirectory($TK_SRC libformat)"
by_cmake within -DCMAKE_BUILD_TYPE=Debug
grep -q '^BUILD_SHARED_LIBS' within/build/CMakeCache.txt &&
	fail "BUILD_SHARED_LIBS is set for the other project"
ctest --test-dir within/build -N | grep -q 'Total Tests: 0' ||
	fail "our tests are the other project's"
quietly cmake --install within/build --prefix "$PWD/of-others"
test ! -e of-others || fail "installed with the other project:" of-others/*
test ! -e within/build/libformat/bin || fail "tools are built"

after=$(git -C "$TK_SRC" status --porcelain 2>/dev/null || true)
if [ "$before" != "$after" ]; then
	fail "building or installing changed the tree: $after"
fi
