#!/bin/sh
# cut.sh - a file that is cut short while a tool has it mapped: one line that
# names tool and file, and status 2
set -eu

fail() {
	echo "cut: $*"
	exit 1
}

{
	printf 'tk-manifest 1\nhparam d_model 256\nhparam tied true\n'
	for i in $(seq 0 999); do
		echo "token \"w$i\""
	done
	echo 'matrix w_e f32 1000 256'
	awk 'BEGIN {
		for (i = 0; i < 1000; i++) {
			for (j = 0; j < 256; j++)
				printf "%d ", (i * 31 + j * 17) % 100
			print ""
		}
	}'
	echo end
} >big.txt
"$TK_BIN/tkpack" big.txt -o whole.tk >/dev/null
name=$(printf 'e\033[2J.tk')

# is_said TOOL NUMBER-OF-LINES: what the tool in the background has ended with
is_said() {
	status=0
	wait "$pid" || status=$?
	test "$status" -eq 2 || fail "$1: status $status"
	grep -q "^$1: e.x1b\[2J.tk: was cut short" err || fail "$1: $(cat err)"
	test "$(wc -l <err)" -eq "$2" || fail "$1: lines: $(cat err)"
	if LC_ALL=C grep '[^ -~]' err; then
		fail "$1: a control character"
	fi
}

# It has the file open once it answers, and then waits for the next line.
mkfifo lines
for command in "tkpredict --stdin" "tkvec near -"; do
	tool=${command%% *}
	: >err
	: >out
	cp whole.tk "$name"
	# shellcheck disable=SC2086
	"$TK_BIN/$tool" "$name" ${command#* } <lines >out 2>>err &
	pid=$!
	exec 3>lines
	echo w1 >&3
	while ! test -s out; do
		kill -0 "$pid" 2>/dev/null || fail "$tool: $(cat err)"
		sleep 0.05
	done
	: >err
	: >"$name"
	echo w2 >&3
	exec 3>&-
	is_said "$tool" 1
done

# More than a pipe holds: it waits for its reader.
cp whole.tk "$name"
mkfifo dump
"$TK_BIN/tkinfo" --dump "$name" >dump 2>err &
pid=$!
{
	head -c 1000 >/dev/null
	: >"$name"
	cat >/dev/null
} <dump
is_said tkinfo 1

# Everything else that is mapped, cut at once.  A sanitizer must be loaded first.
test -z "${TK_LINK_FLAGS:-}" || exit 0
exec "$TK_PYTHON" "$TK_SRC/tests/cli/cut.py"
