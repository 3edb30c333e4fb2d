#!/bin/sh
# sizes.sh - no C file above 400 lines, no function above 60, no line above 80
# columns, no name twice among the sources but the tests'
set -eu
cd "$TK_SRC"
files=$(find libformat include tools samples tests bench -name '*.[ch]' | sort)

# A function begins with its brace in column 1 and ends the same way.
# shellcheck disable=SC2086
awk '
FNR == 1 { if (last) check(); last = FILENAME }
function check() {
	if (lines > 400) {
		print last ": " lines " lines"
		bad = 1
	}
}
{ lines = FNR }
/^{/ { start = FNR }
/^}/ && start {
	if (FNR - start > 60) {
		print FILENAME ":" start ": a function of " FNR - start " lines"
		bad = 1
	}
	start = 0
}
{
	line = $0
	while (match(line, /\t/)) {
		pad = 8 - (RSTART - 1) % 8
		line = substr(line, 1, RSTART - 1) sprintf("%" pad "s", "") \
			substr(line, RSTART + 1)
	}
	if (length(line) > 80) {
		print FILENAME ":" FNR ": " length(line) " columns"
		bad = 1
	}
}
END { check(); exit bad }' $files

twice=$(find libformat tools samples bench -name '*.c' | sed 's,.*/,,' | sort |
	uniq -d)
if [ -n "$twice" ]; then
	echo "two source files have the name: $twice"
	exit 1
fi

# Nothing unfinished, and no comments of the throw-away kind.
# shellcheck disable=SC2086
if grep -nE '\b(TODO|FIXME|XXX|HACK)\b|^[[:space:]]*//' $files; then
	exit 1
fi
