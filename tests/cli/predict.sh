# SPDX-License-Identifier: MIT
# predict.sh - tkpredict on models that can be computed by hand
set -eu
export PATH="$TK_BIN:$PATH"

fail() {
	printf "%s\n" "predict.sh: $*" >&2
	exit 1
}

# same WHAT FILE FILE
same() {
	diff -u "$2" "$3" >&2 || fail "$1"
}

tkpack "$TK_SRC/samples/tiny.txt" -o tiny.tk >/dev/null 2>&1

# ---- the table: samples/tiny.txt says how the numbers come about ----

cat >expected <<'END'
  RANK  TOKEN                                ID     LOGIT      PROB   LOGPROB
     1  " cat"                                1    2.0000  0.394273   -0.9307
     2  " dog"                                3    1.5000  0.239139   -1.4307
     3  " cats"                               2    1.0000  0.145045   -1.9307
     4  " dogs"                               4    0.5000  0.087974   -2.4307
     5  "\n"                                  5    0.0000  0.053359   -2.9307
     6  "</s>"                                7    0.0000  0.053359   -2.9307
     7  " the"                                0   -1.0000  0.019630   -3.9307
     8  "\xff"                                6   -2.0000  0.007221   -4.9307
END
cat >expected.err <<'END'
tkpredict: "the" found as " the"
tkpredict: text split at white space; zero-layer view (bigrams): W_E to W_U
END
tkpredict tiny.tk the >out 2>err
same "table" expected out
same "notes" expected.err err

# The same context, said differently; options behind operands.
for text in "cat the" id:0 "id:3 id:0"; do
	tkpredict tiny.tk "$text" >out 2>/dev/null
	same "TEXT $text" expected out
done
tkpredict --ids " 0 " tiny.tk >out 2>/dev/null
same "--ids" expected out
for n in 1 2 8; do
	tkpredict tiny.tk id:0 --threads "$n" -k 99 >out 2>/dev/null
	same "--threads $n, -k beyond the vocabulary" expected out
done
tkpredict tiny.tk id:0 -k 18446744073709551615 >out 2>/dev/null
same "the largest -k" expected out
head -4 expected >expected.3
tkpredict tiny.tk -k3 id:0 >out 2>/dev/null
same "-k 3" expected.3 out

# ---- JSON ----

tkpredict tiny.tk --json -k 2 the >out 2>/dev/null
cat >expected.json <<'END'
{"schema": "tkpredict/1", "input": {"ids": [0]}, "temperature": 1.0, "log_normalizer": 2.930711, "predictions": [{"rank": 1, "id": 1, "token": " cat", "logit": 2.0, "prob": 0.394273, "logprob": -0.930711}, {"rank": 2, "id": 3, "token": " dog", "logit": 1.5, "prob": 0.239138, "logprob": -1.430711}], "rows_scanned": 8, "rows_rescored": 0, "bytes_read": 512}
END
# Six digits are enough to see that they are the right ones.
sed -E 's/([0-9]\.[0-9]{6})[0-9]+/\1/g' out >out.json
same "--json" expected.json out.json

tkpredict tiny.tk --json -k 1 --ids 5 >out 2>/dev/null
grep -q '"token": null, "bytes": "ff"' out || fail "bytes of no UTF-8: $(cat out)"

# ---- one token, and how sure a probability has to be ----

tkpredict tiny.tk id:0 -k 1 --rank the >out 2>/dev/null
{
	head -2 expected
	grep '" the"' expected
} >expected.rank
same "--rank beyond the table" expected.rank out
tkpredict tiny.tk id:0 -k 3 --rank id:3 >out 2>/dev/null
same "--rank within the table" expected.3 out
tkpredict tiny.tk --json -k 1 --rank dogs id:0 >out 2>/dev/null
grep -q '"ranked": {"rank": 4, "id": 4, "token": " dogs", "logit": 0.5, "prob": 0.0879' out ||
	fail "--rank --json: $(cat out)"
tkpredict tiny.tk --json -k 1 --rank dogs --temperature 0 id:0 >out 2>/dev/null
grep -q '"ranked": {"rank": 4, .*"prob": 0.0, "logprob": null}' out ||
	fail "--rank --temperature 0: $(cat out)"

tkpredict tiny.tk --json -k 1 --probs none id:0 >out 2>/dev/null
grep -q '"log_normalizer": null, .*"prob": null, "logprob": null}\]' out ||
	fail "--probs none: $(cat out)"
tkpredict tiny.tk --json -k 1 --probs bounds id:0 >out 2>/dev/null
grep -q '"log_normalizer": null, .*"prob": null, "logprob": null, "prob_bounds": \[0.39427[0-9]*, 0.39427[0-9]*\]}\]' out ||
	fail "--probs bounds: $(cat out)"
tkpredict tiny.tk -k 1 --probs none id:0 >out 2>/dev/null
[ "$(awk 'NR == 2 { print NF }' out)" = 5 ] || fail "--probs none: $(cat out)"
tkpredict tiny.tk -k 1 --probs bounds id:0 >out 2>/dev/null
grep -q ' 0.394273  0.394273$' out || fail "--probs bounds: $(cat out)"

# ---- lines of 80 columns ----

sed 's/^hparam n_ctx 4$/hparam n_ctx 1\
hparam embed_scale 1.0000001192092896\
hparam logit_scale 1.0000001192092896\
hparam logit_softcap 30.000001907348633\
hparam final_norm layernorm\
hparam final_norm_eps 1e-5/' "$TK_SRC/samples/tiny.txt" >scaled.txt
tkpack scaled.txt -o scaled.tk >/dev/null 2>&1
tkpredict scaled.tk id:0 >/dev/null 2>err
[ "$(wc -l <err)" -ge 2 ] || fail "note: $(cat err)"
for fact in 'zero-layer view' 'final norm (layernorm) applied' \
	'embed_scale 1' 'logit_scale 1' 'logit_softcap 30'; do
	[ "$(grep -c "$fact" err)" = 1 ] || fail "note: $(cat err)"
done
npy="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }"
{
	printf '\223NUMPY\1\0\100\0%-63s\n' "$npy"
	head -c 32 /dev/zero
} >h.npy
tkpredict scaled.tk --hidden h.npy >out 2>>err
tkpredict scaled.tk --hidden h.npy --rank id:3 >>out 2>>err
tkpredict scaled.tk id:0 --probs bounds --rank id:6 >>out 2>>err
for tool in tkinfo tkpack tkpredict; do
	"$tool" --help
done >>out
if grep -E '.{81}' out err; then
	fail "beyond 80 columns"
fi

# ---- temperature ----

tkpredict tiny.tk --json -k 2 --temperature 0 id:6 >out 2>/dev/null
cat >expected.json <<'END'
{"schema": "tkpredict/1", "input": {"ids": [6]}, "temperature": 0.0, "log_normalizer": null, "predictions": [{"rank": 1, "id": 1, "token": " cat", "logit": 1.0, "prob": 1.0, "logprob": 0.0}, {"rank": 2, "id": 3, "token": " dog", "logit": 1.0, "prob": 0.0, "logprob": null}], "rows_scanned": 8, "rows_rescored": 0, "bytes_read": 512}
END
same "--temperature 0, and ties by lowest id" expected.json out
# exp(2 / T) over the sum of all exp(z / T)
for pair in 2:0.253041 0.5:0.627964; do
	tkpredict tiny.tk -k 1 --temperature "${pair%:*}" id:0 >out 2>/dev/null
	grep -q " ${pair#*:} " out || fail "--temperature ${pair%:*}: $(cat out)"
done

# ---- only the last n_ctx = 4 tokens ----

tkpredict tiny.tk --json -k 1 --ids "1 2 3 4 5 0" >out 2>err
grep -q '"ids": \[3, 4, 5, 0\]' out || fail "n_ctx: $(cat out)"
grep -q 'only the last 4 of 6 tokens' err || fail "n_ctx: $(cat err)"

# ---- generation ----

tkpredict tiny.tk -n 3 the >out 2>/dev/null
printf ' cat\\n\\xff\n' >expected.text
same "-n 3" expected.text out
tkpredict tiny.tk -n 3 the --json >out 2>/dev/null
grep -qF '"generated": {"ids": [1, 5, 6], "text": null, "bytes": "206361740aff"}}' \
	out || fail "-n 3 --json: $(cat out)"

# a is followed by b, b by c, c by the end of the text.
cat >abc.txt <<'END'
tk-manifest 1
hparam final_norm rmsnorm
hparam logit_scale 0.5
hparam logit_softcap 30
special eos 3
token "a"
token "b"
token "c"
token "</s>" control
matrix final-norm-weight f32 1 4
1 1 1 1
matrix w_e f32 4 4
1 0 0 0
0 1 0 0
0 0 1 0
0 0 0 1
matrix w_u f32 4 4
0 0 0 0
1 0 0 0
0 1 0 0
0 0 1 0
end
END
tkpack abc.txt -o abc.tk >/dev/null 2>&1
tkpredict abc.tk -n 9 a >out 2>err
echo "b c" >expected.text
same "-n 9, words joined with spaces" expected.text out
grep -q 'final norm (rmsnorm) applied; logit_scale 0.5; logit_softcap 30$' err ||
	fail "note: $(cat err)"
tkpredict abc.tk -n 9 a --json -k 1 >out 2>/dev/null
grep -q '"id": 1, .*"generated": {"ids": \[1, 2\], "text": "b c"}}$' out ||
	fail "-n 9 --json: $(cat out)"
# A control token is none of the text, though of the ids; nor is its space.
sed 's/^token "b"/& control/' abc.txt >control.txt
tkpack control.txt -o control.tk >/dev/null 2>&1
tkpredict control.tk -n 9 a --json -k 1 >out 2>/dev/null
grep -q '"generated": {"ids": \[1, 2\], "text": "c"}}$' out ||
	fail "control tokens: $(cat out)"
tkpredict abc.tk -n 1 a >out 2>/dev/null
echo b >expected.text
same "-n 1" expected.text out

# ---- a line in, an answer out, before the next line is there ----

mkfifo to from
timeout 20 tkpredict tiny.tk --stdin --json -k 1 <to >from 2>/dev/null &
exec 3>to 4<from
# ask LINE IDS: writes the line, reads the answer
ask() {
	echo "$1" >&3
	read -r answer <&4
	case $answer in
	'{"schema": "tkpredict/1", "input": {"ids": ['"$2]}"*) ;;
	*) fail "--stdin: $1: $answer" ;;
	esac
}
ask the 0
ask "cat	dogs id:7 " "1, 4, 7"
exec 3>&-
wait $! || fail "--stdin: status $?"

printf 'the\nunheard\n\nid:0' >lines
status=0
tkpredict tiny.tk --stdin --json -k 1 <lines >out 2>err || status=$?
[ "$status" = 2 ] || fail "--stdin with bad lines: status $status"
[ "$(grep -c '"predictions"' out)" = 2 ] || fail "--stdin: $(cat out)"
[ "$(sed -n '2,3s/.*"error".*/e/p' out | tr -d '\n')" = ee ] ||
	fail "--stdin: errors: $(cat out)"
grep -q '^tkpredict: line 2: "unheard" is not' err || fail "line 2: $(cat err)"
grep -q '^tkpredict: line 3: no context' err || fail "line 3: $(cat err)"

# ---- help, versions, streams ----

tkpredict --help >out
[ "$(grep -n '^Examples' out | cut -d: -f1)" -lt \
	"$(grep -n '^Options' out | cut -d: -f1)" ] || fail "--help: order"
grep -q '^Exit status' out || fail "--help: no exit status"
[ "$(awk 'length > 80' out)" = "" ] || fail "--help: beyond 80 columns"
tkpredict --version | grep -q '^tkpredict [0-9]' || fail "--version"
status=0
tkpredict tiny.tk id:0 >&- 2>err || status=$?
[ "$status" = 2 ] || fail "stdout closed: status $status"
if [ -c /dev/full ]; then
	status=0
	tkpredict tiny.tk id:0 >/dev/full 2>err || status=$?
	[ "$status" = 2 ] || fail "disk full: status $status"
	grep -q 'cannot write the answer' err || fail "disk full: $(cat err)"
fi
