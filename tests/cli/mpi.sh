# SPDX-License-Identifier: MIT
# mpi.sh - tkpredict-mpi prints the bytes of tkpredict for any number of ranks
set -eu
export PATH="$TK_BIN:$PATH"

if [ ! -x "$TK_BIN/tkpredict-mpi" ] || ! command -v mpirun >/dev/null; then
	echo "mpi.sh: no MPI here; skipped"
	exit 0
fi

fail() {
	printf "%s\n" "mpi.sh: $*" >&2
	exit 1
}

# ranks N ARGUMENT... - tkpredict-mpi, however few processors there are
ranks() {
	n=$1
	shift
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
		timeout -k 2 20 mpirun -n "$n" --oversubscribe tkpredict-mpi "$@" \
		</dev/null
}

# Six blocks of rows, the last of them short; row 5000 has no finite logit
# if $1 is not 0.
model() {
	awk -v bad="$1" 'BEGIN {
		x = 11
		n = 5500
		print "tk-manifest 1"
		print "hparam logit_softcap 15"
		for (i = 0; i < n; i++)
			print "token \" t" i "\""
		print "matrix w_e f32 " n " 3"
		for (i = 0; i < n; i++)
			print i % 7, i % 5, 1
		print "matrix w_u f32 " n " 3"
		for (i = 0; i < n; i++) {
			line = ""
			for (j = 0; j < 3; j++) {
				x = (x * 16807) % 2147483647
				line = line " " (x % 2048 - 1024) / 256
			}
			print bad && i == 5000 ? "0 3e38 0" : line
		}
		print "end"
	}' >model.txt
	tkpack model.txt --force -o model.tk >/dev/null 2>&1
}

model 0
for options in "t9 -k 1500" "--ids 44 --json --rank t4000"; do
	# shellcheck disable=SC2086
	tkpredict model.tk $options >want 2>/dev/null
	for n in 1 2 3 7; do
		# shellcheck disable=SC2086
		ranks "$n" model.tk $options >out 2>err ||
			fail "$options, $n ranks: $(cat err)"
		cmp want out || fail "$options, $n ranks"
		[ "$(grep -c ^tkpredict-mpi: err)" = \
			"$(grep -c 'found as\|zero-layer\|: logit_softcap' err)" ] ||
			fail "$options, $n ranks: $(cat err)"
	done
done

# What is wrong is said once, whichever rank sees it.
refuse() {
	text=$1
	shift
	status=0
	ranks 3 "$@" >out 2>err || status=$?
	[ "$status" != 0 ] || fail "$*: status 0"
	[ ! -s out ] || fail "$*: printed $(cat out)"
	[ "$(grep -c "^tkpredict-mpi: $text" err)" = 1 ] ||
		fail "$*: not '$text' once in: $(cat err)"
}
refuse '"nope" is not in the vocabulary' model.tk nope
refuse 'nowhere.tk: ' nowhere.tk t9
refuse 'nothing to predict from' model.tk
refuse '--rank: "nope" is not' model.tk t9 --rank nope
model 1
if tkpredict model.tk t9 >out 2>&1; then
	fail "a bad row is no error: $(cat out)"
fi
refuse 'model.tk: the key of row 5000' model.tk t9
