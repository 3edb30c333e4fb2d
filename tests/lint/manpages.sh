#!/bin/sh
# manpages.sh - every option that --help shows is in the tool's man page, and
# the page has no errors
set -eu
for tool in tkpack tkinfo tkpredict tkpredict-mpi; do
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
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$page"
	fi
done
