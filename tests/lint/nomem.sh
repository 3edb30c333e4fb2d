#!/bin/sh
# nomem.sh - every public function that can allocate is among those that
# tests/unit/test_nomem*.c call while memory runs out
#
# gcc says who calls whom.  What is called by way of a pointer does not count:
# those are kernels, and what the caller gave.
set -eu
cc=gcc
if ! echo 'int x;' | $cc -fcallgraph-info -c -o x.o -x c - 2>/dev/null; then
	echo "SKIPPED: no gcc that writes call graphs"
	exit 77
fi
for source in $(cd "$TK_SRC/libformat" && find . -name '*.c' | sort); do
	out=$(echo "$source" | sed 's,^\./,,; s,/,_,g')
	$cc -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -w \
		-fcallgraph-info -I"$TK_SRC/include" -I"$TK_SRC/libformat" \
		-c "$TK_SRC/libformat/$source" -o "$out.o"
done
cat ./*.ci >graph

# Declared: a name before a parenthesis in a public header.
cat "$TK_SRC"/include/libformat/*.h | grep -o '\btk_[a-z0-9_]*(' |
	tr -d '(' | sort -u >public
# The linker puts tests in the place of these (tests/CMakeLists.txt).
sed -n '/^foreach(call IN ITEMS/,/)/p' "$TK_SRC/tests/CMakeLists.txt" |
	tr -d '()' | tr ' ' '\n' | grep -x '[a-zA-Z_0-9]*[a-z][0-9]*' |
	grep -v -e '^foreach' -e '^call$' -e '[Ff]ree' -e munmap >allocators
# They write a sketch by way of forge_sketch().
cat "$TK_SRC"/tests/unit/test_nomem*.c "$TK_SRC/tests/support/forge.c" >tests

awk '
function allocates(f, i, n, list) {
	if (f in known)
		return known[f]
	known[f] = 0
	n = split(calls[f], list, "\n")
	for (i = 1; i < n; i++)
		if (list[i] in allocator || allocates(list[i]))
			known[f] = 1
	return known[f]
}
FILENAME == "allocators" { allocator[$1] = 1; n_allocators++; next }
FILENAME == "graph" {
	if (!match($0, /^edge: { sourcename: "[^"]*" targetname: "[^"]*"/))
		next
	split($0, part, "\"")
	sub(/^\*/, "", part[4])
	calls[part[2]] = calls[part[2]] part[4] "\n"
	next
}
FILENAME == "tests" { tests = tests $0 "\n"; next }
allocates($1) {
	n++
	if (tests !~ "[^a-z0-9_]" $1 "\\(") {
		print $1 " can allocate: test_nomem.c must call it"
		bad = 1
	}
}
END {
	if (n < 30 || n_allocators < 8) {
		print n " functions, " n_allocators " allocators: too few"
		bad = 1
	}
	exit bad
}' allocators graph tests public
