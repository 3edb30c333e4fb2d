# SPDX-License-Identifier: MIT
# archive.sh - there and back, bit for bit; what an archive can be asked
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "archive.sh: $*" >&2
	exit 1
}

# refused WORDS COMMAND...: status 2, one line with WORDS, no output left
refused() {
	words=$1
	shift
	status=0
	"$@" >out 2>err || status=$?
	[ "$status" -eq 2 ] || fail "$*: status $status"
	[ "$(wc -l <err)" -eq 1 ] || fail "$*: $(cat err)"
	grep -qF -- "$words" err || fail "$*: $(cat err)"
	[ ! -e no.tk ] || fail "$*: left an output"
	[ -z "$(find . -name '.*.tmp')" ] || fail "$*: left a part"
}

# 60,000 words of 8 floats: a matrix of four frames.
awk 'BEGIN {
	for (i = 0; i < 60000; i++) {
		line = "w" i
		for (j = 0; j < 8; j++)
			line = line " " (i * 7919 + j * 104729) % 2003 / 1000
		print line
	}
}' >vectors.txt
for dtype in f32 f16 bf16 q8; do
	tkpack vectors.txt --tie --sketch --dtype $dtype -o $dtype.tk >out 2>&1
	tkpack --archive $dtype.tk -o $dtype.tka --threads 3 >out ||
		fail "$dtype: archive"
	grep -q "^wrote     $dtype.tka  .*, from " out || fail "$(cat out)"
	tkpack --expand $dtype.tka -o back.tk >out || fail "$dtype: expand"
	cmp $dtype.tk back.tk || fail "$dtype: another file comes back"
	tkpack --archive $dtype.tk -o again.tka --threads 1 >/dev/null
	cmp $dtype.tka again.tka || fail "threads change the archive"
	[ "$(tkinfo --digest $dtype.tk | grep content)" = \
		"$(tkinfo --digest $dtype.tka | grep content)" ] ||
		fail "$dtype: another content"
	tkinfo --verify $dtype.tka >out || fail "$dtype: $(cat out)"
	rm back.tk again.tka
done
[ "$(stat -c %s bf16.tka)" -lt "$(($(stat -c %s bf16.tk) * 3 / 4))" ] ||
	fail "an archive of $(stat -c %s bf16.tka) bytes"

# What can be asked of an archive gives the same answers.
for question in --vocab=w5999 '--row w59999' '--json --row w1' '--row id:30000'
do
	# shellcheck disable=SC2086 # words of the question
	tkinfo $question f32.tk >want
	# shellcheck disable=SC2086
	tkinfo $question f32.tka >out || fail "tkinfo $question"
	cmp want out || fail "tkinfo $question: another answer"
done
tkinfo f32.tka | grep -q "^  format      tk 0.1, archive, " || fail summary
tkinfo --sections f32.tka | grep -q " stored " || fail sections
tkinfo --json f32.tka >json
grep -q '"codec": *"zstd-planes"' json || fail "codec: $(cat json)"
refused "tkpack --expand" tkpredict f32.tka w1
refused "tkpack --expand" tkinfo --dump f32.tka

# The wrong way round, and onto itself.
refused "is an archive already" tkpack --archive f32.tka -o no.tk
refused "is no archive" tkpack --expand f32.tk -o no.tk
refused "not both" tkpack --archive --expand f32.tk -o no.tk
refused "--dry-run" tkpack --archive --dry-run f32.tk -o no.tk
for option in --sketch --tie "--dtype f16" "--set title=x" "--context 4" \
	"--from gguf" "--embed f32.tk" "--unembed f32.tk" --vocab-only \
	"--vocab f32.tk" "--config f32.tk" "--pretokenizer gpt2"; do
	# shellcheck disable=SC2086 # two words
	refused "take a .tk file as it is" tkpack $option --archive f32.tk \
		-o no.tk
	# shellcheck disable=SC2086
	refused "take a .tk file as it is" tkpack --expand f32.tka -o no.tk \
		$option
done
refused "is the input" tkpack --archive f32.tk --force -o f32.tk
ln f32.tk hard.tk
refused "is the input" tkpack --archive f32.tk --force -o hard.tk
tkpack --archive f32.tk --paranoid -o paranoid.tka >/dev/null
tkpack --expand paranoid.tka --paranoid -o paranoid.tk >/dev/null
cmp paranoid.tk f32.tk
refused "exists" tkpack --archive f32.tk -o f32.tka
refused "no .tk file" tkpack --archive vectors.txt -o no.tk
refused "directory" tkpack --expand . -o no.tk
tkpack --archive f32.tk -o f32.tka --force >/dev/null || fail "--force"

# Damage is found by both, and nothing is written.
damage() {
	cp "$1" damaged
	printf '\125' | dd of=damaged bs=1 seek="$2" conv=notrunc 2>/dev/null
	if cmp -s "$1" damaged; then
		printf '\252' |
			dd of=damaged bs=1 seek="$2" conv=notrunc 2>/dev/null
	fi
}
damage f32.tk 1800000
refused "is damaged" tkpack --archive damaged -o no.tk
size=$(stat -c %s f32.tka)
for at in 700000 900000 1100000 $((size - 9)); do
	damage f32.tka $at
	refused "damaged: " tkpack --expand damaged -o no.tk
	status=0
	tkinfo --verify damaged >out 2>err || status=$?
	[ "$status" -eq 1 ] || fail "byte $at: verify has status $status"
done
head -c 1000000 f32.tka >cut.tka
refused "cut.tka" tkpack --expand cut.tka -o no.tk
