#!/bin/sh
# manpages.sh - every option that --help shows is in the tool's man page, and
# the pages have no errors, and one date
set -eu
for tool in tkpack tkinfo tkdiff tkpredict tkpredict-mpi tkvec; do
	# Only where there is MPI.
	[ -e "$TK_BIN/$tool" ] || [ "$tool" != tkpredict-mpi ] || continue
	page=$TK_SRC/tools/$tool/$tool.1
	"$TK_BIN/$tool" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' |
		grep -oE -e '--[a-z-]+' | sort -u >options
	test -s options
	while read -r option; do
		name=$(printf '%s' "${option#--}" | sed 's/-/\\\\*-/g')
		grep -qE -e "(-|Fl -?|\\\\-)$name" "$page" || {
			echo "$page: does not have $option"
			exit 1
		}
	done <options
	# One day, and the reader's system, on all pages.
	sed -n '/^\.Dd/p; /^\.Os/p' "$page" >>heads
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$page"
	fi
done
if [ "$(sort -u heads | wc -l)" -ne 2 ]; then
	echo "the pages differ in .Dd or .Os:"
	sort heads | uniq -c
	exit 1
fi
