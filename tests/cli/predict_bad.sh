# SPDX-License-Identifier: MIT
# predict_bad.sh - what tkpredict says to input that has no answer
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "predict_bad.sh: $*" >&2
	exit 1
}

# refuse STATUS TEXT ARGUMENT... - one line on stderr that has TEXT, nothing
# on stdout, no control characters; and the same with --json
refuse() {
	want=$1
	text=$2
	shift 2
	for json in "" --json; do
		status=0
		# shellcheck disable=SC2086
		timeout 20 tkpredict $json "$@" >out 2>all </dev/null ||
			status=$?
		[ "$status" = "$want" ] ||
			fail "$* $json: status $status, not $want: $(cat all)"
		[ ! -s out ] || fail "$* $json: printed $(cat out)"
		# Notes are no errors.
		grep -v -e '^tkpredict: hidden vector' -e '" found as "' \
			-e "-layer view" all >err || :
		[ "$(wc -l <err)" -eq 1 ] || fail "$* $json: $(cat err)"
		grep -qF -e "$text" err ||
			fail "$* $json: no '$text' in: $(cat err)"
		tr -d '\n -~' <err >odd
		[ ! -s odd ] || fail "$* $json: odd bytes in: $(cat err)"
	done
}

# npy DESCR SHAPE ELEMENT... - a .npy file; elements as printf escapes
npy() {
	header="{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
	shift 2
	printf '\223NUMPY\1\0'
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((${#header} + 1)))\\0"
	echo "$header"
	for element; do
		# shellcheck disable=SC2059
		printf "$element"
	done
}

zero='\0\0\0\0'
nan='\0\0\300\177'
inf='\0\0\200\377'

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- words and ids ----

refuse 1 '"kitten" is not in the vocabulary' tiny.tk "the kitten"
refuse 1 '; near it: " cat" (id:1), " cats" (id:2)' tiny.tk "CAT!"
refuse 1 '; near it: " dogs" (id:4), " dog" (id:3)' tiny.tk "Dogss"
refuse 1 '"th\x1b" is not in the vocabulary; near it: " the" (id:0)' tiny.tk \
	id:0 --rank "$(printf 'th\033')"
refuse 1 '"\x1b[31m\x01" is not in' tiny.tk "$(printf '\033[31m\001')"
refuse 1 '"caf\xc3(" is not in' tiny.tk "$(printf 'caf\303(')"
refuse 1 '"id:8" is out of range: W_E has rows 0 to 7' tiny.tk "the id:8"
refuse 1 'out of range' tiny.tk id:18446744073709551616
refuse 1 '"8" is out of range' tiny.tk --ids "0 8"
refuse 1 '"4294967296" is out of range' tiny.tk --ids 4294967296
for id in -1 +1 1,2 0x1 1e0 1.0 nan inf 1x; do
	refuse 2 "\"$id\" is not an id" tiny.tk --ids "$id"
done
refuse 2 'no context' tiny.tk ""
refuse 2 'no context' tiny.tk "  "
refuse 2 'no context' tiny.tk --ids ""

# ---- options ----

refuse 2 '--temperature -1' tiny.tk the --temperature -1
refuse 2 '--temperature nan' tiny.tk the --temperature nan
refuse 2 '--temperature inf' tiny.tk the --temperature=inf
refuse 2 '--temperature 1e999' tiny.tk the --temperature 1e999
refuse 2 '--temperature 0x1' tiny.tk the --temperature 0x1
refuse 2 '--temperature ""' tiny.tk the --temperature ""
refuse 2 '--temperature 1e-400: is too close to 0' tiny.tk the \
	--temperature 1e-400
refuse 2 '--temperature 1e-300: must be 0, or at least 1e-200' tiny.tk the \
	--temperature 1e-300
refuse 2 '--top-p 1e-400: is too close to 0' tiny.tk the -n 1 --top-p 1e-400
refuse 2 '--min-p -1e-400: is too close to 0' tiny.tk the -n 1 --min-p -1e-400
for option in --temperature --top-p --min-p; do
	for arg in " 1" "1 " 1x 0x1 0x1p-1 nan -nan inf -inf 1e999 -1e999 \
		1,5 e 1e . --1 -1e-5; do
		refuse 2 "$option $arg" tiny.tk the -n 1 "$option=$arg"
	done
	refuse 2 "$option \"\"" tiny.tk the -n 1 "$option="
done
for option in -k -n --threads --seed; do
	for arg in " 1" "1 " 1x 0x1 1e2 1.5 nan inf -1 +1; do
		refuse 2 "$option $arg: must be a whole number" tiny.tk the \
			-n 1 "$option" "$arg"
	done
	refuse 2 "$option 18446744073709551616: " tiny.tk the -n 1 "$option" \
		18446744073709551616
	refuse 2 "$option \"\": must be a whole number" tiny.tk the -n 1 \
		"$option" ""
done
for option in -k --seed; do
	refuse 2 "$option 18446744073709551616: is too large" tiny.tk the \
		-n 1 "$option" 18446744073709551616
done
for option in -n --threads; do
	refuse 2 "$option 18446744073709551616: must be a whole number from" \
		tiny.tk the -n 1 "$option" 18446744073709551616
done
refuse 2 '-k 0' tiny.tk the -k 0
refuse 2 '-k -3' tiny.tk the -k -3
refuse 2 '-k 5x' tiny.tk the -k 5x
refuse 2 '-n 0' tiny.tk the -n 0
refuse 2 '--threads 0' tiny.tk the --threads 0
refuse 2 'did you mean --temperature?' tiny.tk the --temprature 1
refuse 2 'unknown option -x' tiny.tk the -x
refuse 2 'draw tokens; say how many with -n N' tiny.tk the --seed 1
refuse 2 'draw tokens' tiny.tk the --top-p 0.5
refuse 2 '--seed -1' tiny.tk the -n 1 --seed -1
refuse 2 '--seed 18446744073709551616' tiny.tk the -n 1 \
	--seed 18446744073709551616
refuse 2 '--top-p 1.5: must be from 0 to 1' tiny.tk the -n 1 --top-p 1.5
refuse 2 '--min-p -0.1: must be from 0 to 1' tiny.tk the -n 1 --min-p -0.1
refuse 2 '--min-p x' tiny.tk the -n 1 --min-p x
refuse 2 '--probs all: must be exact, bounds or none' tiny.tk the --probs all
refuse 2 '--exact "": must be auto or scan' tiny.tk the --exact ""
refuse 1 '--rank: "kitten" is not in the vocabulary' tiny.tk the --rank kitten
refuse 1 '--rank: "id:8" is out of range: ids that can be predicted are 0 to 7' \
	tiny.tk the --rank id:8
refuse 2 'unknown option --\x1b]0;' tiny.tk "$(printf -- '--\033]0;')"
refuse 2 '--json takes no argument' tiny.tk the --json=1
refuse 2 '--temperature needs an argument' tiny.tk the --temperature
refuse 2 'nothing to predict from' tiny.tk
refuse 2 'exclude each other' tiny.tk the --ids 1
refuse 2 'exclude each other' tiny.tk --stdin --ids 1
refuse 2 'too many' tiny.tk the cat
refuse 2 '-n needs a context' tiny.tk --hidden x.npy -n 3
status=0
tkpredict 2>err || status=$?
[ "$status" = 2 ] || fail "no arguments: status $status"
grep -q '^Usage: ' err || fail "no arguments: $(cat err)"

# ---- hidden vectors ----

npy '<f4' 4, $zero $zero $zero $zero >good.npy
tkpredict tiny.tk --hidden good.npy >out 2>err || fail "npy: $(cat err)"
npy '<f4' 5, $zero $zero $zero $zero $zero >h.npy
refuse 2 'vectors have 5 elements, d_model is 4' tiny.tk --hidden h.npy
npy '<f4' '4, 1' $zero $zero $zero $zero >h.npy
refuse 2 'vectors have 1 element, d_model is 4' tiny.tk --hidden h.npy
npy '<f4' '1, 1, 4' $zero $zero $zero $zero >h.npy
refuse 2 'has 3 dimensions' tiny.tk --hidden h.npy
npy '<f4' '' $zero >h.npy
refuse 2 'h.npy: ' tiny.tk --hidden h.npy
npy '<f4' '0, 4' >h.npy
refuse 2 'h.npy: ' tiny.tk --hidden h.npy
npy '<i4' 4, $zero $zero $zero $zero >h.npy
refuse 2 'not float16, float32 or float64' tiny.tk --hidden h.npy
npy '|V2' 4, $zero $zero >h.npy
refuse 2 'bfloat16' tiny.tk --hidden h.npy
npy '<f4' 4, $zero $zero $nan $zero >h.npy
refuse 2 'element 2 of vector 0 is nan' tiny.tk --hidden h.npy
refuse 2 'element 2 of vector 0 is nan' tiny.tk --hidden h.npy --normalized
npy '<f4' '2, 4' $zero $zero $zero $zero $zero $zero $zero $inf >h.npy
refuse 2 'element 3 of vector 1 is -inf' tiny.tk --hidden h.npy
# A double that no float can hold: 1e300.
npy '<f8' 4, $zero$zero '\234\165\000\210\074\344\067\176' $zero$zero \
	$zero$zero >h.npy
refuse 2 'element 1 of vector 0 is 1e+300' tiny.tk --hidden h.npy
npy '<f4' 4, $zero $zero $zero >h.npy
refuse 2 'ends before its last element' tiny.tk --hidden h.npy
refuse 2 'is no .npy file' tiny.tk --hidden tiny.tk
refuse 2 'nowhere.npy: ' tiny.tk --hidden nowhere.npy
refuse 2 '--hidden ""' tiny.tk --hidden ""

# ---- files ----

mkfifo pipe
refuse 2 'nowhere.tk: ' nowhere.tk the
refuse 2 '"": ' "" the
refuse 2 'is a directory; tkpack packs Hugging Face directories' . the
refuse 2 'pipe: is not a regular file' pipe the
refuse 2 'pipe: is not a regular file' tiny.tk --hidden pipe
: >empty.tk
refuse 2 'empty.tk: is empty' empty.tk the
size=$(wc -c <tiny.tk)
for n in 1 100 200 $((size - 1)); do
	head -c "$n" tiny.tk >cut.tk
	refuse 2 'cut.tk: ' cut.tk the
done
# Damage within the vocabulary or a matrix is --verify's; in the table, ours.
{
	head -c 140 tiny.tk
	printf X
	tail -c +142 tiny.tk
} >damaged.tk
refuse 2 'damaged.tk: ' damaged.tk the
printf 'GGUF\3\0\0\0' >x
refuse 2 'looks like GGUF; pack it with: tkpack FILE -o OUT.tk' x the
refuse 2 'looks like a NumPy array' good.npy the
printf '\20\0\0\0\0\0\0\0{"a":{}}' >x
refuse 2 'looks like safetensors' x the
printf '2 3\nthe 1 2 3\ncat 1 2 3\n' >x
refuse 2 'looks like word2vec' x the
printf 'the 1 2 -3e2\ncat 1 2 3\n' >x
refuse 2 'looks like word vectors as text' x the
printf 'tk-manifest 1\nend\n' >x
refuse 2 'x: is no .tk file: is a tk-manifest' x the
printf 'PK\3\4' >x
refuse 2 'looks like a ZIP file' x the
echo 'A letter to my aunt.' >x
refuse 2 'x: ' x the
cp tiny.tk "$(printf 'a\nb\033[1m')"
refuse 2 'a\nb\x1b[1m-: ' "$(printf 'a\nb\033[1m')-" the
if [ "$(id -u)" != 0 ]; then
	cp tiny.tk locked.tk
	chmod 0 locked.tk
	refuse 2 'locked.tk: ' locked.tk the
fi

# ---- a file that is cut while it is mapped ----

mkfifo to
cp tiny.tk shrinks.tk
timeout 20 tkpredict shrinks.tk --stdin --json <to >out 2>err &
exec 3>to
echo the >&3
tries=0
while [ ! -s out ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || fail "no answer within 10 seconds"
	sleep 0.1
done
: >shrinks.tk
echo the >&3
exec 3>&-
status=0
wait $! || status=$?
[ "$status" = 2 ] || fail "file cut short: status $status: $(cat err)"
grep -q 'cut short' err || fail "file cut short: $(cat err)"

# ---- files that cannot predict ----

grep -v '^matrix w_u' "$TK_SRC/samples/tiny.txt" | sed '/^# One row a/,/^end/{
/^end/!d
}' >half.txt
tkpack half.txt -o half.tk >/dev/null 2>&1
refuse 2 'half.tk: has no W_U, so it cannot predict; pack it again with --tie' \
	half.tk the
