#!/bin/sh
# archive.sh FILE.tk... - the archive form beside zstd: sizes, seconds
#
# Three rounds, in each of which every program runs once, one after the other;
# the median counts.  zstd -19 --long runs once: it takes minutes.  All of them
# use the processors there are, and what they write is on the disk at the end.
set -eu

[ $# -gt 0 ] || {
	echo "usage: bench/archive.sh FILE.tk..." >&2
	exit 2
}
for program in zstd python3; do
	command -v "$program" >/dev/null || {
		echo "bench/archive.sh: needs $program" >&2
		exit 2
	}
done
tkpack=${TK_BIN:-$(dirname "$0")/../build-bench/bin}/tkpack
work=$(mktemp -d "${TMPDIR:-/tmp}/archive.XXXXXX")
trap 'rm -rf "$work"' EXIT

# timed NAME COMMAND... : adds a line "NAME SECONDS" to the times
timed() {
	name=$1
	shift
	begin=$(date +%s%N)
	"$@" >/dev/null
	sync "$work/$name"
	end=$(date +%s%N)
	echo "$name $((end - begin))" >>"$work/times"
}

# once: every program but the slow one, there and back
once() {
	timed zstd3 zstd -q -f -T0 -3 "$1" -o "$work/zstd3"
	timed zstd3.back zstd -q -f -d "$work/zstd3" -o "$work/zstd3.back"
	timed ours "$tkpack" --force --archive "$1" -o "$work/ours"
	timed ours.back "$tkpack" --force --expand "$work/ours" \
		-o "$work/ours.back"
	cmp "$1" "$work/ours.back"
}

measure() {
	rm -f "$work"/*
	for _ in 1 2 3; do
		once "$1"
	done
	timed zstd19 zstd -q -f -T0 -19 --long "$1" -o "$work/zstd19"
	timed zstd19.back zstd -q -f -d --long "$work/zstd19" \
		-o "$work/zstd19.back"
}

# table FILE : a line for each program, of the sizes and of the times
table() {
	python3 - "$1" "$work" <<'END'
import os, statistics, sys

path, work = sys.argv[1:]
size = os.path.getsize(path)
times = {}
for line in open(work + "/times"):
    name, ns = line.split()
    times.setdefault(name, []).append(int(ns) / 1e9)
print(f"\n{os.path.basename(path)}, {size / 1e6:.1f} MB\n")
print("| | size | ratio | compress, GB/s | expand, GB/s |")
print("| --- | --: | --: | --: | --: |")
for name, title in (("zstd3", "zstd -3"), ("zstd19", "zstd -19 --long"),
                    ("ours", "**tkpack --archive**")):
    packed = os.path.getsize(f"{work}/{name}")
    there, back = (size / statistics.median(times[n]) / 1e9
                   for n in (name, name + ".back"))
    print(f"| {title} | {packed / 1e6:.1f} MB | {size / packed:.4f} "
          f"| {there:.3f} | {back:.3f} |")
END
}

for file; do
	measure "$file"
	table "$file"
done
