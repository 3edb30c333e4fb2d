#!/bin/sh
# symbols.sh - the library exports what its headers declare and nothing else;
# inside, too, every global name begins with tk_
set -eu
lib=$(find "$TK_BUILD" -maxdepth 1 -name 'libformat.so' -o \
	-maxdepth 1 -name 'libformat.a' | head -n 1)

case $lib in
*.so) nm -D --defined-only "$lib" ;;
*) nm -g --defined-only "$lib" ;;
esac | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' |
	grep -v -e '^__' -e '^_fini$' -e '^_init$' | sort >exported

if grep -v '^tk_' exported; then
	echo "$lib: names that do not begin with tk_"
	exit 1
fi
case $lib in *.a) exit 0 ;; esac

# Declared: a name before a parenthesis in a public header, comments left out.
cat "$TK_SRC"/include/libformat/*.h |
	sed 's,/\*.*\*/,,' | awk '
	/\/\*/ { skip = 1 }
	!skip && !/^#/ { print }
	/\*\// { skip = 0 }' |
	grep -o 'tk_[a-z0-9_]*(' | tr -d '(' | sort -u >declared
if ! diff declared exported; then
	echo "$lib: < is declared only, > is exported only"
	exit 1
fi
