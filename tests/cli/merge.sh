# SPDX-License-Identifier: MIT
# merge.sh - parts of a prediction, joined, are the bytes of the whole one
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "merge.sh: $*" >&2
	exit 1
}

if ! command -v xxhsum >/dev/null; then
	echo "merge.sh: no xxhsum (Debian: xxhash); skipped"
	exit 77
fi

# A vocabulary of four blocks, with equal rows all over it, and bytes that
# are no UTF-8; made by awk, whose numbers are the same everywhere.
awk 'BEGIN {
	x = 7
	n = 3500
	d = 8
	print "tk-manifest 1"
	print "hparam final_norm rmsnorm"
	print "hparam logit_scale 0.75"
	print "hparam logit_softcap 20"
	for (i = 0; i < n; i++)
		print "token \"" (i % 1000 == 9 ? "\\xff\\x00" : " t") i "\""
	for (m = 0; m < 2; m++) {
		print "matrix " (m ? "w_u" : "w_e") " f32 " n " " d
		for (i = 0; i < n; i++) {
			line = ""
			for (j = 0; j < d; j++) {
				if (i % 700)
					x = (x * 16807) % 2147483647
				else
					x = j + 1
				line = line " " (x % 2048 - 1024) / 256
			}
			print line
		}
	}
	print "end"
}' >model.txt
tkpack model.txt -o model.tk >/dev/null 2>&1

# shards N OPTION... - the parts part.1 ... part.N, in $parts
shards() {
	n=$1
	shift
	parts=
	for i in $(seq "$n"); do
		tkpredict model.tk "$@" --shard "$i/$n" --partial \
			>"part.$i" 2>/dev/null
		[ "$(wc -l <"part.$i")" -eq 1 ] || fail "$*: not one line"
		parts="part.$i $parts"
	done
}

# check OPTION... - 1, 2, 3 and 7 parts, as files and as a stream
check() {
	tkpredict model.tk "$@" >whole.txt 2>/dev/null
	tkpredict model.tk --json "$@" >whole.json 2>/dev/null
	for n in 1 2 3 7; do
		shards "$n" "$@"
		# shellcheck disable=SC2086
		tkpredict --merge $parts >joined.txt
		cmp whole.txt joined.txt || fail "$*: table of $n parts"
		# shellcheck disable=SC2086
		cat $parts | tkpredict --merge --json >joined.json
		cmp whole.json joined.json || fail "$*: JSON of $n parts"
	done
}

check t5
check --ids "3 700 9" -k 40 --rank t1400
check t5 -k 5000 --temperature 0.3 --threads 2
check t5 --temperature 0 --rank id:9
check t5 --probs none
check t5 --probs bounds -k 3
header="{'descr': '<f4', 'fortran_order': False, 'shape': (8,), }"
{
	printf '\223NUMPY\1\0\72\0%s\n' "$header"
	printf '\0\0\200\77\0\0\0\100\0\0\100\300\0\0\0\0%b' \
		'\0\0\200\77\0\0\0\0\0\0\0\0\0\0\0\100'
} >h.npy
check --hidden h.npy
check --hidden h.npy --normalized

# Any thread count.
tkpredict model.tk t5 --json --threads 1 >one 2>/dev/null
tkpredict model.tk t5 --json --threads 7 >seven 2>/dev/null
cmp one seven || fail "--threads"

# ---- what is no whole ----

# refuse TEXT ARGUMENT... - status 2, one line on stderr with TEXT
refuse() {
	text=$1
	shift
	status=0
	timeout 20 tkpredict "$@" >out 2>all </dev/null || status=$?
	# Notes are no errors.
	grep -v -e 'hidden vector from' -e '" found as "' -e '-layer view' \
		-e '^tkpredict: final norm ' all >err || :
	[ "$status" = 2 ] || fail "$*: status $status: $(cat err)"
	[ ! -s out ] || fail "$*: printed $(cat out)"
	[ "$(wc -l <err)" -eq 1 ] || fail "$*: $(cat err)"
	grep -qF -e "$text" err || fail "$*: no '$text' in: $(cat err)"
}

shards 3 t5 --rank t6
refuse 'part.2: line 1: its rows, from 1024, are there twice' --merge part.1 \
	part.2 part.2 part.3
refuse 'rows from 1024 of 3500 are missing' --merge part.1 part.3
refuse 'rows from 2048 of 3500 are missing' --merge part.1 part.2
refuse 'rows from 0 of 3500 are missing' --merge part.2 part.3
refuse 'no parts to merge' --merge
refuse 'nowhere: ' --merge nowhere
for other in t7 "t5 -k 3" "t5 --rank t7" "t5 --temperature 2"; do
	# shellcheck disable=SC2086
	tkpredict model.tk $other --shard 3/3 --partial >other 2>/dev/null
	refuse 'other: line 1: is from another file, input or options than' \
		--merge part.1 part.2 other
done

# The same shape and options, another vector.
shards 2 --hidden h.npy
tkpredict model.tk --hidden h.npy --normalized --shard 2/2 --partial \
	>other 2>/dev/null
refuse 'is from another file, input or options than' --merge part.1 other
shards 3 t5 --rank t6

# change SED - part.2 with one thing changed, and sealed again
change() {
	sed -E "$1" part.2 >changed
	if cmp -s part.2 changed; then
		fail "'$1' changes nothing"
	fi
	refuse 'changed: line 1: ' --merge part.1 changed part.3
	reseal
}

# reseal - the checksum of what 'changed' now is
reseal() {
	sed -E 's/, "xxh3": "[0-9a-f]{32}"\}$//' changed | tr -d '\n' >open
	sum=$(xxhsum -H2 <open)
	printf '%s, "xxh3": "%s"}\n' "$(cat open)" "${sum%% *}" >changed
}

# The seal is what it is said to be; it is there; nothing can be changed.
cp part.2 changed
reseal
cmp part.2 changed || fail "another checksum than xxhsum's"
sed -E 's/, "xxh3": "[0-9a-f]*"//' part.2 >changed
refuse 'changed: line 1: was changed or is damaged' --merge part.1 changed part.3
for i in $(seq 1 61 $(($(wc -c <part.2) - 1))); do
	{
		head -c $((i - 1)) part.2
		tail -c +"$i" part.2 | head -c 1 | tr ' -}' '!-~'
		tail -c +$((i + 1)) part.2
	} >changed
	refuse 'changed: line 1: ' --merge part.1 changed part.3
done
sed 's/"key": 1/"key": 2/' part.2 >changed
refuse 'changed: line 1: was changed or is damaged' --merge part.1 changed part.3
sed 's/$/ \r/' part.2 >changed
tkpredict --merge part.1 changed part.3 >joined.txt
tkpredict model.tk t5 --rank t6 >whole.txt 2>/dev/null
cmp whole.txt joined.txt || fail "white space behind a part"

change 's/tkpredict-partial/other/'
refuse 'changed: line 1: is no partial result;' --merge part.1 changed part.3
change 's/"first_row": 1024/"first_row": 1025/'
refuse '(first_row)' --merge part.1 changed part.3
change 's/"end_row": [0-9]*/"end_row": 5000/'
refuse '(end_row)' --merge part.1 changed part.3
change 's/"blocks": \[\[1,/"blocks": [[2,/'
refuse '(blocks)' --merge part.1 changed part.3
change 's/"blocks": \[.*\]\]/"blocks": []/'
refuse '(blocks)' --merge part.1 changed part.3
change 's/("best": \[\{"id": )[0-9]*/\130/'
refuse '(best)' --merge part.1 changed part.3
change 's/("best": \[\{"id": [0-9]*, "token": )[^,]*/\17/'
refuse '(token)' --merge part.1 changed part.3
change 's/("best": \[\{.*"key": )[^,]*/\11e39/'
refuse '(key)' --merge part.1 changed part.3
change 's/"better": [0-9]*/"better": 99999/'
refuse '(better)' --merge part.1 changed part.3
change 's/"better": [0-9]*/"better": -1/'
refuse '(better)' --merge part.1 changed part.3
sed 's/}$//' part.2 >changed
refuse 'changed: line 1: is no partial result: ' --merge part.1 changed part.3
for i in $(seq 1 97 "$(wc -c <part.2)"); do
	head -c "$i" part.2 >changed
	refuse 'changed: line 1: is no partial result' --merge part.1 changed
done
printf '\n\n' >blank
refuse 'no parts' --merge blank

refuse 'give --partial too' model.tk t5 --shard 1/2
refuse '--shard I: 0' model.tk t5 --shard 0/2 --partial
refuse '--shard I: 3' model.tk t5 --shard 3/2 --partial
refuse '--shard N: 0' model.tk t5 --shard 1/0 --partial
refuse '--shard 2: must be I/N' model.tk t5 --shard 2 --partial
refuse '--partial is for one context' model.tk t5 --partial -n 2
refuse '--partial is for one context' model.tk --stdin --partial
for option in "--ids 1" "-k 3" "--temperature 2" "--probs none" "--rank t6" \
	--normalized "--exact scan" "--seed 1" "-n 2" "--hidden h.npy" --stdin; do
	# shellcheck disable=SC2086 # two words
	refuse '--merge takes the files' --merge $option part.1
done
tkpredict --merge --threads 2 part.1 part.2 part.3 >/dev/null

# Another file, from which the same vector is asked the same.
sed 's/^token " t3499"/token " tx"/' model.txt >other.txt
tkpack other.txt -o other.tk >/dev/null 2>&1
tkpredict other.tk t5 --rank t6 --shard 3/3 --partial >other 2>/dev/null
refuse 'other: line 1: is from another file, input or options than' --merge \
	part.1 part.2 other

# One vector.
sed 's/(8,), }/(1, 8)}/' h.npy >matrix.npy
refuse 'matrix.npy: --partial is for one vector, of shape [8]' model.tk \
	--hidden matrix.npy --partial

# No part has a logit beyond the range of float: not the whole one either.
sed 's/^hparam logit_softcap.*//; s/logit_scale.*/logit_scale 3e38/' \
	model.txt | sed '/^$/d' >wide.txt
tkpack wide.txt -o wide.tk >/dev/null 2>&1
for probs in exact none; do
	refuse 'wide.tk: the logit of id ' wide.tk t5 --probs "$probs"
	refuse 'wide.tk: the logit of id ' wide.tk t5 --probs "$probs" \
		--partial --shard 1/2
done
