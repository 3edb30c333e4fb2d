#!/bin/sh
# scripts.sh - demo.sh, test.sh and setup.sh: nothing is done that was not
# asked for, and who cannot install is told what to type; README.md names the
# packages
set -eu

fail() {
	echo "scripts: $*"
	exit 1
}

# A machine where every step would be seen.  It has no sudo.
mkdir bin
for tool in cat dirname grep mktemp rm sh tr; do
	ln -s "$(command -v $tool)" bin/$tool
done
stub() {
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}
stub id 'echo 1000'
stub dpkg-query 'exit 1'
for tool in apt-get cmake ctest; do
	stub $tool "echo $tool \"\$@\" >>$PWD/steps; exit 1"
done

# ends STATUS WORDS SCRIPT ARGUMENT...: so, and without doing anything
ends() {
	want=$1
	words=$2
	shift 2
	status=0
	(cd "$TK_SRC" && PATH=$OLDPWD/bin sh "$@") >out 2>&1 || status=$?
	test $status -eq "$want" || fail "status $status: $* $(cat out)"
	grep -q -e "$words" out || fail "$*: $(cat out)"
	test ! -e steps || fail "$*: has run $(cat steps)"
}

ends 0 'usage: ./demo.sh' ./demo.sh --help
ends 0 'usage: ./test.sh' ./test.sh -h
ends 2 'unknown: --fast' ./demo.sh --fast
ends 2 'unknown: now' ./test.sh --long now
ends 2 'does nothing by itself' ./setup.sh
ends 2 'does nothing by itself' ./setup.sh --help

# Not root, no sudo.
ends 2 '^    apt-get update && apt-get install .* build-essential cmake ' \
	./demo.sh
ends 2 '^    apt-get update && .* libcmocka-dev .* strace' ./test.sh

# sudo is there and fails.
stub sudo 'echo "sudo: a password is required" >&2; exit 1'
ends 2 '^As root, type:' ./demo.sh
grep -q 'password is required' out || fail "sudo's own words: $(cat out)"

# Not Debian.
rm bin/apt-get
ends 2 'needed here: build-essential cmake' ./demo.sh

# A word a line; what the scripts need goes on over several lines.
tr -s ' `,\n' '\n' <"$TK_SRC/README.md" >words
awk '/^need / { on = 1 } on { print } !/\\$/ { on = 0 }' \
	"$TK_SRC/demo.sh" "$TK_SRC/test.sh" |
	tr -s ' \t\\' '\n' | grep -vx need >packages
test "$(wc -l <packages)" -gt 15 || fail "packages: $(cat packages)"
while read -r package; do
	grep -qx -e "$package" words ||
		fail "README.md does not name the package $package"
done <packages
