#!/bin/sh
# streams.sh - what tkinfo and tkpredict do with odd files, and with standard
# input and output that end early, are full or closed, or never end
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "streams.sh: $*" >&2
	exit 1
}

# status WANT COMMAND... - within 20 seconds
status() {
	want=$1
	shift
	got=0
	timeout 20 "$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || fail "$*: status $got, not $want: $(cat err)"
	if [ "$got" = 2 ] && [ ! -s err ]; then
		fail "$*: no message"
	fi
}

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- text from standard input ----

tkpredict tiny.tk "cat the" >want 2>/dev/null
printf ' cat\n\tthe\n\n' | tkpredict tiny.tk - >out 2>/dev/null
cmp want out || fail "TEXT -"
status 2 tkpredict tiny.tk - </dev/null
grep -q 'no context' err || fail "nothing on standard input: $(cat err)"
status 1 tkpredict tiny.tk - <"$TK_SRC/LICENSE"
status 2 tkpredict tiny.tk - --ids 1
status 2 tkpredict tiny.tk - <&-
if [ -c /dev/zero ]; then
	status 2 tkpredict tiny.tk - </dev/zero
	grep -q 'more than 64 MiB in one text' err || fail "-: $(cat err)"
	status 2 tkpredict tiny.tk --stdin </dev/zero
	grep -q 'more than 64 MiB in one text' err || fail "--stdin: $(cat err)"
fi

# With -n a line in is a line out, whatever it says.
printf 'the\nunheard\n\nid:9\n id:0' >lines
got=0
tkpredict tiny.tk --stdin -n 1 <lines >out 2>err || got=$?
[ "$got" = 2 ] || fail "--stdin -n: status $got"
printf ' cat\n\n\n\n cat\n' | cmp - out || fail "--stdin -n: $(cat out)"
[ "$(grep -c ': line [234]: ' err)" = 3 ] || fail "--stdin -n: $(cat err)"
tkpredict tiny.tk --stdin -n 1 --json <lines >out 2>/dev/null || :
[ "$(cut -c 1-40 out | grep -c '"error"')" = 3 ] || fail "--json: $(cat out)"
[ "$(wc -l <out)" = 5 ] || fail "--stdin -n --json: $(cat out)"

# ---- many vectors: nothing of the answer is kept ----

{
	header="{'descr': '<f4', 'fortran_order': False, 'shape': (20000, 4), }"
	printf '\223NUMPY\1\0\100\0%-63s\n' "$header"
	head -c 320000 /dev/zero
} >h.npy
(
	# shellcheck disable=SC3045  # dash and bash have it
	# Sanitizers need more address space than any limit leaves.
	case ${TK_LINK_FLAGS:-} in *sanitize*) ;; *) ulimit -v 100000 ;; esac
	tkpredict tiny.tk --hidden h.npy --json --threads 1
) >out 2>err || fail "20,000 vectors: $(cat err)"
python3 - <<'END' || fail "20,000 vectors: JSON"
import json
o = json.load(open('out'))
assert list(o) == ['schema', 'temperature', 'batch'], list(o)
assert len(o['batch']) == 20000
assert all(b == o['batch'][0] for b in o['batch'])
assert [p['logit'] for p in o['batch'][0]['predictions']] == [0.0] * 8
END
[ "$(wc -l <out)" = 1 ] || fail "20,000 vectors: not a line"

# ---- who reads has enough: quiet ----

for command in "tkinfo --vocab" "tkinfo --json" "tkinfo --verify" \
	"tkinfo --dump" "tkinfo --hex" "tkinfo --stats" "tkinfo --suspect" \
	"tkpredict --hidden h.npy" "tkpredict --hidden h.npy --json"; do
	# shellcheck disable=SC2086
	{ timeout 20 $command tiny.tk 2>err; } | head -c 1 >/dev/null
	if grep -v '^tkpredict: hidden vector' err; then
		fail "$command: not quiet"
	fi
done
yes the | timeout 20 tkpredict tiny.tk --stdin -n 1 2>err | head -n 1 >out
[ "$(cat out)" = ' cat' ] || fail "--stdin, of which one answer is read"

# ---- colour: never where it was not asked for ----

esc=$(printf '\033')
colored() {
	"$@" >out 2>&1 || fail "$*: $(cat out)"
	grep -q "$esc" out || fail "no colour: $*"
	sed "s/$esc\[[0-9]*m//g" out >plain
}
for command in "tkinfo --verify" "tkinfo --sections" "tkpredict --ids 0"; do
	# shellcheck disable=SC2086
	TERM=xterm colored env NO_COLOR=1 $command tiny.tk --color=always
	for when in "" --color=auto --color=never; do
		# shellcheck disable=SC2086
		TERM=xterm $command tiny.tk $when >out 2>&1
		cmp plain out || fail "colour: $command $when"
	done
done
# Containers may be without terminals.
if script -qc true /dev/null >/dev/null 2>&1; then
	terminal() {
		script -qc "$1 tkinfo --verify tiny.tk ${2-}" /dev/null \
			</dev/null | grep -c "$esc" || :
	}
	[ "$(terminal 'TERM=xterm NO_COLOR=')" = 1 ] || fail "a terminal"
	[ "$(terminal 'TERM=xterm NO_COLOR=1')" = 0 ] || fail "NO_COLOR"
	[ "$(terminal 'TERM=dumb')" = 0 ] || fail "TERM=dumb"
	[ "$(terminal 'env -u TERM')" = 0 ] || fail "no TERM"
	[ "$(terminal 'TERM=xterm' --color=never)" = 0 ] || fail "never"
fi
for when in "" yes Auto; do
	status 2 tkinfo "--color=$when" tiny.tk
	grep -q 'must be auto, always or never' err || fail "--color=$when"
done

# ---- who reads is not there, or full ----

for command in "tkinfo" "tkinfo --sections" "tkinfo --digest" \
	"tkinfo --verify" "tkinfo --vocab" "tkinfo --row id:1" \
	"tkinfo --hex" "tkinfo --dump" "tkinfo --json" \
	"tkinfo --stats" "tkinfo --suspect" "tkinfo --json --stats" \
	"tkinfo --json --suspect" \
	"tkinfo --json --verify" "tkinfo --json --vocab" "tkinfo --help" \
	"tkinfo --version" "tkpredict --ids 0" "tkpredict --ids 0 --json" \
	"tkpredict --ids 0 -n 2" "tkpredict --hidden h.npy" \
	"tkpredict --hidden h.npy --json" "tkpredict --help" \
	"tkpredict --version" "tkpredict --ids 0 --partial"; do
	got=0
	# shellcheck disable=SC2086
	timeout 20 $command tiny.tk >&- 2>err || got=$?
	[ "$got" = 2 ] || fail "$command, stdout closed: status $got"
	grep -q 'cannot write the answer' err || fail "$command: $(cat err)"
	[ -c /dev/full ] || continue
	got=0
	# shellcheck disable=SC2086
	timeout 20 $command tiny.tk >/dev/full 2>err || got=$?
	[ "$got" = 2 ] || fail "$command, disk full: status $got"
	grep -q 'cannot write the answer' err || fail "$command: $(cat err)"
done

# ---- what is no file, no .tk file, or half of one ----

mkdir directory
mkfifo fifo
for file in directory fifo /dev/zero /dev/null "" nowhere "$TK_SRC/LICENSE"; do
	for option in "" --json --verify --verify=structure --hex --vocab \
		--dump --digest "--row id:0" --stats --suspect; do
		# shellcheck disable=SC2086
		case $file$option in
		*LICENSE--hex) ;;
		*) status 2 tkinfo $option "$file" ;;
		esac
	done
	status 2 tkpredict "$file" --ids 0
	status 2 tkpredict "$file" --stdin
	status 2 tkpredict tiny.tk --hidden "$file"
done
status 2 tkinfo
status 2 tkpredict
size=$(wc -c <tiny.tk)
for n in $(seq 0 61 "$size"); do
	head -c "$n" tiny.tk >cut.tk
	status 2 tkinfo cut.tk
	status 2 tkinfo --json cut.tk
	status 2 tkpredict cut.tk --ids 0
	status 1 tkinfo --verify cut.tk
	grep -q '^damaged: ' out || fail "cut at $n: $(cat out)"
done
