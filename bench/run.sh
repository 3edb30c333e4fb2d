#!/bin/sh
# run.sh [OPTION...] - builds and measures; prints the tables of README.md
#
# Installs nothing: what is missing is said, and left out if it can be.
set -eu

usage() {
	cat <<'END'
usage: bench/run.sh [OPTION...]

  --quick        d = 768 only, a minute; else eight and 35 GB of disk
  --diff         nothing but the comparison of files, 13 GB of disk
  --questions FILE
                 nothing but word vectors, and what questions-words.txt asks of
                 them, beside numpy; 1 GB of disk
  --ggml DIR     a checkout of ggml with its libraries built, beside ours
  --matrix FILE  the W_U of this .tk file too
  --dir DIR      where files are made and kept; build-bench/data if not given
END
	exit "$1"
}

lacks() {
	echo "bench/run.sh: $*" >&2
}

quick='' diff='' questions='' ggml='' matrix='' dir=''
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=--quick ;;
	--diff) diff=--diff ;;
	--ggml | --matrix | --dir | --questions)
		[ $# -gt 1 ] || usage 2 >&2
		path=$(realpath -m -- "$2")
		case $1 in
		--ggml) ggml=$path ;;
		--matrix) matrix=$path ;;
		--dir) dir=$path ;;
		--questions) questions=$path ;;
		esac
		shift
		;;
	-h | --help) usage 0 ;;
	*) usage 2 >&2 ;;
	esac
	shift
done

cd "$(dirname "$0")/.."
[ -n "$dir" ] || dir=$PWD/build-bench/data
for program in cmake cc pkg-config; do
	if ! command -v "$program" >/dev/null; then
		lacks "$program is missing; try: apt install build-essential" \
			"cmake pkg-config libxxhash-dev libzstd-dev libjansson-dev"
		exit 2
	fi
done
for library in libxxhash libzstd jansson; do
	if ! pkg-config --exists "$library"; then
		lacks "$library is missing; try: apt install libxxhash-dev" \
			"libzstd-dev libjansson-dev"
		exit 2
	fi
done
pkg-config --exists openblas ||
	lacks "left out: OpenBLAS (apt install libopenblas-dev)"
for program in xxhsum sha256sum; do
	command -v "$program" >/dev/null ||
		lacks "will fail: $program (apt install xxhash coreutils)"
done
[ -n "$ggml" ] || lacks "left out: ggml (--ggml DIR)"

mkdir -p "$dir"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! {
	cmake -S . -B build-bench -DCMAKE_BUILD_TYPE=Release \
		-DLIBFORMAT_TESTS=OFF -DLIBFORMAT_BENCH=ON \
		"-DLIBFORMAT_BENCH_GGML=$ggml" &&
		cmake --build build-bench -j "$(nproc)"
} >"$log" 2>&1; then
	cat "$log" >&2
	exit 2
fi

if [ ! -r "$dir/kingdom.tk" ]; then
	echo "bench/run.sh: training the sample's model" >&2
	build-bench/bin/train "$dir/kingdom.tk" >"$log" 2>&1 || {
		cat "$log" >&2
		exit 2
	}
fi

load() {
	cut -d ' ' -f 1-3 /proc/loadavg
}

cat <<END
$(date -u '+%Y-%m-%d %H:%M UTC'), $(uname -srm)
$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | sed 1q), \
$(nproc) processors, $(sed -n 's/^MemTotal: *//p' /proc/meminfo)
$(cc --version | sed 1q); load before $(load)
END
[ -z "$ggml" ] || echo "ggml $(git -C "$ggml" describe --always 2>/dev/null ||
	echo 'of an unknown version')"
set -- "$dir"
[ -z "$questions" ] || set -- --questions "$questions" "$PWD/bench/vectors.py" "$@"
[ -z "$matrix" ] || set -- --matrix "$matrix" "$@"
[ -z "$ggml" ] || set -- --ggml "$@"
[ -z "$quick" ] || set -- "$quick" "$@"
[ -z "$diff" ] || set -- "$diff" "$@"
status=0
build-bench/bin/bench "$@" || status=$?
echo
echo "load after: $(load)"
exit "$status"
