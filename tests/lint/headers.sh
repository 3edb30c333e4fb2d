#!/bin/sh
# headers.sh - each public header compiles alone, in C11 and in C++17
set -eu
flags="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only"
cxx=c++
case $CC in *clang*) cxx=clang++ ;; esac

for header in libformat.h $(cd "$TK_SRC/include" && ls libformat/*.h); do
	printf '#include <%s>\n' "$header" >alone.c
	cp alone.c alone.cc
	# shellcheck disable=SC2086
	"$CC" -std=c11 $flags -I"$TK_SRC/include" alone.c
	if command -v $cxx >/dev/null; then
		# shellcheck disable=SC2086
		$cxx -std=c++17 $flags -I"$TK_SRC/include" alone.cc
	fi
done
