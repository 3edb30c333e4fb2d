# SPDX-License-Identifier: MIT
# mpi.sh - tkpredict-mpi prints the bytes of tkpredict for any number of ranks
set -eu
export PATH="$TK_BIN:$PATH"

if [ ! -x "$TK_BIN/tkpredict-mpi" ] || ! command -v mpirun >/dev/null; then
	echo "mpi.sh: no MPI here; skipped"
	exit 77
fi

fail() {
	printf "%s\n" "mpi.sh: $*" >&2
	exit 1
}

# run ARGUMENT... - mpirun, however few processors there are
run() {
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
		timeout -k 2 20 mpirun --oversubscribe "$@" </dev/null
}

# ranks N ARGUMENT... - tkpredict-mpi
ranks() {
	n=$1
	shift
	run -n "$n" tkpredict-mpi "$@"
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
	for n in 1 2 3 4 7; do
		# shellcheck disable=SC2086
		ranks "$n" model.tk $options >out 2>err ||
			fail "$options, $n ranks: $(cat err)"
		cmp want out || fail "$options, $n ranks"
		[ "$(grep -c ^tkpredict-mpi: err)" = \
			"$(grep -c 'found as\|zero-layer\|: logit_softcap' err)" ] ||
			fail "$options, $n ranks: $(cat err)"
	done
done

# refused TEXT COMMAND... - what is wrong is said once, and all ranks end
refused() {
	text=$1
	shift
	status=0
	"$@" >out 2>err || status=$?
	# 124: it was still running.
	case $status in
	0 | 124 | 137) fail "$*: status $status: $(cat err)" ;;
	esac
	[ ! -s out ] || fail "$*: printed $(cat out)"
	[ "$(grep -c "^tkpredict-mpi: $text" err)" = 1 ] ||
		fail "$*: not '$text' once in: $(cat err)"
}

# Whichever rank sees it.
refuse() {
	text=$1
	shift
	refused "$text" ranks 3 "$@"
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

# other SED - one rank of three, not the first, has another file
other() {
	sed "$1" model.txt >other.txt
	tkpack other.txt --force -o other.tk >/dev/null 2>&1
}
odd_one() {
	refused "$1" run -n 1 tkpredict-mpi good.tk t9 : \
		-n 1 tkpredict-mpi "$2" t9 : -n 1 tkpredict-mpi good.tk t9
}
model 0
cp model.tk good.tk
other 's/^token " t77"/token " x"/'
odd_one 'rank [0-9]: is from another file, input or options than' other.tk
other '/^hparam/d; s/^\(matrix .* \)3$/\12/; s/^\( *[-0-9.]* [-0-9.]*\) [-0-9.]*$/\1/'
odd_one 'other.tk: is not the same file on all hosts' other.tk
odd_one 'nowhere.tk: ' nowhere.tk
head -c 3000 good.tk >cut.tk
odd_one 'cut.tk: ' cut.tk
