#!/bin/sh
# planted.sh [SECONDS [TARGET...]] - for each fuzz target a bug is planted, in a
# copy of the tree: does the fuzzer find it within so many seconds (120)?
#
# The bugs are of the families that readers of such files have had.  One that
# the seeds find as they are would prove nothing, and is an error, as is one
# that changes nothing: the code has moved on.  All is in build-planted/.
set -eu
seconds=${1:-120}
[ $# -eq 0 ] || shift
wanted=$*
cd "$(dirname "$0")/../.."
place="build-planted"
tree=$place/tree
build=$place/build

# target, file, sed expression, family
bugs() {
	cat <<'END'
fuzz_open	libformat/model/vocab.c	s/from > to || to > v->blob_size/from > to/	end of a token not held against the blob
fuzz_sealed	libformat/container/table.c	s/ || size != s->size)/)/	shape that says more than the section holds
fuzz_sealed	libformat/container/header.c	s/if (out->table_end > len)/if (0)/	count of sections believed
fuzz_sealed	libformat/compute/sketch.c	s/size != tk_sketch_size(s->rows, s->w_u.cols))/0)/	section shorter than its header says
fuzz_verify	libformat/container/table.c	s/if (s->first_leaf != place->leaves)/if (0)/	index into another section believed
fuzz_verify	libformat/container/table.c	s/ || s->size != place->leaves \* TK_LEAF_SIZE)/)/	two counts that are not compared
fuzz_lookup	libformat/model/index.c	s/; i <= x->max_probe; i++/;; i++/	probes without an end
fuzz_keyvalues	libformat/container/keyvalue.c	s/tk_inside(pos + tk_kv_padded(key_len), tk_kv_padded(value_len),/tk_inside(pos + tk_kv_padded(key_len), 0,/	length not held against the rest
fuzz_frames	libformat/container/coder.c	s/coder->next_at > end || len > end - coder->next_at ||/coder->next_at > end ||/	length not held against the rest
fuzz_selftest	libformat/compute/selftest.c	s/size = 4 \* (uint64_t)out->n_in/size = 4 * out->n_in/	product that wraps at 32 bits
fuzz_safetensors	tools/tkpack/safetensors.c	s/if (i < 2)/if (i < n)/	fixed array filled by a number of the file
fuzz_gguf	tools/tkpack/gguf_parse.c	s/if (type >= GGUF_N_TYPES)/if ((int32_t)type >= GGUF_N_TYPES)/	number that is signed
fuzz_gguf	tools/tkpack/gguf_tensors.c	s/ || !types\[t->type\].name)/)/	number in a gap of a table
fuzz_npy	tools/common/npy.c	s/ || out->n_dims == NPY_MAX_DIMS ||/ ||/	dimensions without a limit
fuzz_textvec	tools/common/decimal.c	s/if (e < 10 \* MAX_LENGTH)/if (1)/	digits without a limit
fuzz_word2vec	tools/tkpack/word2vec.c	s/size_t look = have > MAX_WORD ?/size_t look = have >= 0 ?/	looks at more than there is
fuzz_manifest	tools/tkpack/manifest_facts.c	s/if (which < 0)/if (which < -1)/	not found, and used as an index
fuzz_vocab	tools/tkpack/hf_tokenizer.c	s/sizeof(head) - 1)/sizeof(head))/	off by one at the end of a buffer
fuzz_directory	tools/tkpack/merges.c	s/if (!merge_is_pair(line))/if (0)/	goes on after a defect
fuzz_partial	tools/tkpredict/join.c	s/j->capacity ? 2 \* j->capacity : 16/16/	array that does not grow
fuzz_expression	tools/tkvec/expression.c	s/p->end - at < 3/p->end - at < 2/	off by one at the end
END
}

fail() {
	echo "fuzz/planted.sh: $*" >&2
	exit 2
}

compile() {
	cmake --build "$build" -j"$(nproc)" --target "$@" >"$place/log" 2>&1 ||
		fail "does not build: $place/log"
}

command -v clang >/dev/null || fail "needs clang: apt install clang"
mkdir -p "$place"
# Only what differs, as what had a bug the last time does: the rest is built.
find CMakeLists.txt libformat include tools samples tests -type f |
	while read -r file; do
		cmp -s "$file" "$tree/$file" && continue
		mkdir -p "$tree/$(dirname "$file")"
		cp "$file" "$tree/$file"
	done
cmake -S "$tree" -B "$build" -DCMAKE_C_COMPILER=clang -DLIBFORMAT_FUZZ=ON \
	-DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	"-DLIBFORMAT_SANITIZE=address;undefined" >"$place/log" ||
	fail "see $place/log"

limits="-timeout=5 -rss_limit_mb=512 -malloc_limit_mb=256"

# prepare TARGET: sound code's fuzzer, and its seeds
prepare() {
	compile "$1" "replay_$1"
	cp "$build/tests/$1" "$place/sound"
	rm -rf "$place/seeds" "$place/corpus"
	mkdir "$place/seeds" "$place/corpus"
	"$build/tests/replay_$1" --seeds "$place/seeds"
}

# is_good PROGRAM FILE...: it finds nothing in them
is_good() {
	program=$1
	shift
	# shellcheck disable=SC2086 # words
	"$program" $limits "$@" >"$place/log" 2>&1
}

# found_by LOG: what was found is found again, and not in sound code
found_by() {
	unit=$(sed -n 's/.*Test unit written to //p' "$1")
	[ -f "$unit" ] && ! is_good "$build/tests/$target" "$unit" &&
		is_good "$place/sound" "$unit"
}

# hunt TARGET FAMILY: prints a line
hunt() {
	log=$place/$1.log
	dict=
	[ ! -f "tests/fuzz/$1.dict" ] || dict=-dict=tests/fuzz/$1.dict
	is_good "$build/tests/$1" "$place"/seeds/* ||
		fail "$1: the seeds find it as they are: $place/log"
	start=$(date +%s)
	# shellcheck disable=SC2086 # words
	"$build/tests/$1" $limits -max_total_time="$seconds" -seed=1 \
		-max_len=65536 -artifact_prefix="$place/" -print_final_stats=1 \
		${dict:+"$dict"} "$place/corpus" "$place/seeds" >"$log" 2>&1 || :
	took="$(($(date +%s) - start)) s"
	found_by "$log" || took="NOT FOUND"
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	said=$(sed -n 's/^SUMMARY: [A-Za-z]*: *\([^ ]*\).*/\1/p' "$log")
	printf '%-17s %-9s %9s runs  %-24s %s\n' "$1" "$took" "$runs" \
		"$said" "$2"
	[ "$took" != "NOT FOUND" ]
}

status=0
while IFS='	' read -r target file change family; do
	case " ${wanted:-$target} " in
	*" $target "*) ;;
	*) continue ;;
	esac
	prepare "$target"
	sed "$change" "$file" >"$tree/$file"
	! cmp -s "$file" "$tree/$file" || fail "$target: '$change' does nothing"
	compile "$target"
	hunt "$target" "$family" || status=1
	cp "$file" "$tree/$file"
done <<END
$(bugs)
END
for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	bugs | grep -q "^$target	" || fail "no bug is planted for $target"
done
exit $status
