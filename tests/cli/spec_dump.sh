# SPDX-License-Identifier: MIT
# spec_dump.sh - the file that ends spec/format.md is samples/tiny.tk
set -eu

sed '1,/^<!-- tiny.tk -->$/d' "$TK_SRC/spec/format.md" >page
python3 "$TK_SRC/spec/annotate.py" "$TK_SRC/samples/tiny.tk" >file
if ! cmp -s page file; then
	echo "spec/format.md ends in another file than samples/tiny.tk;" \
		"put the output of spec/annotate.py after its marker"
	diff page file | head -n 20
	exit 1
fi
