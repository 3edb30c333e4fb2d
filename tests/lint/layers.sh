#!/bin/sh
# layers.sh - every #include in libformat/ follows libformat/LAYERS, and the
# tools include public headers of the library only
set -eu
cd "$TK_SRC/libformat"
files=$(find . -name '*.[ch]' | sed 's,^\./,,' | sort)

# shellcheck disable=SC2086
awk '
FILENAME == "LAYERS" {
	if (/^\[/) {
		layer++
		gsub(/\[/, " ")
		gsub(/\]/, " ")
		gsub(/:/, " ")
		for (i = 2; i <= NF; i++)
			public[$i] = layer
	} else if (NF && !/^#/) {
		rank[$1] = ++n
		of[$1] = layer
	}
	next
}
FNR == 1 {
	me = FILENAME
	sub(/\.[ch]$/, "", me)
	seen[me] = 1
	if (!(me in rank)) {
		print FILENAME ": is not in LAYERS"
		bad = 1
	}
}
/^#[ \t]*include[ \t]+["<]libformat\/[a-z]+\.h/ {
	you = $0
	sub(/.*libformat\//, "", you)
	sub(/\.h.*/, "", you)
	if (!public[you] || public[you] > of[me]) {
		print FILENAME ":" FNR ": may not include libformat/" you ".h"
		bad = 1
	}
	next
}
/^#[ \t]*include[ \t]+"/ {
	you = $0
	sub(/^[^"]*"/, "", you)
	sub(/\.h".*/, "", you)
	if (you != me && (!rank[you] || rank[you] > rank[me])) {
		print FILENAME ":" FNR ": may not include " you ".h"
		bad = 1
	}
}
/^#[ \t]*include[ \t]+<xxhash\.h>/ && me !~ /^bytes\/checksum/ {
	print FILENAME ":" FNR ": only bytes/checksum knows xxHash"
	bad = 1
}
/^#[ \t]*include[ \t]+<zstd\.h>/ && me != "container/coder" {
	print FILENAME ":" FNR ": only container/coder knows zstd"
	bad = 1
}
END {
	for (me in rank)
		if (!seen[me]) {
			print "LAYERS: there is no " me
			bad = 1
		}
	exit bad
}' LAYERS $files

for header in "$TK_SRC"/include/libformat/*.h; do
	name=$(basename "$header" .h)
	grep -q "^\[.*:.*\b$name\b.*\]" LAYERS || {
		echo "LAYERS: no layer has the public header $name.h"
		exit 1
	}
done

# Tools and samples: <libformat.h> or <libformat/NAME.h>, and nothing inside.
cd "$TK_SRC"
if grep -nE '#[ \t]*include[ \t]+"(base|bytes|container|model|tokenizer|compute)/' \
	tools/*/*.[ch] samples/*.[ch]; then
	echo "a tool includes a private header of the library"
	exit 1
fi
