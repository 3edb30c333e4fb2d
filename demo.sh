#!/bin/sh
# demo.sh - the main job, from nothing: build, train a small model, pack it,
# look into it, predict with it
set -eu
cd "$(dirname "$0")"
. ./setup.sh

[ $# -eq 0 ] || usage "usage: ./demo.sh" "$1"
need build-essential cmake pkg-config libxxhash-dev libzstd-dev libjansson-dev
echo "building into build/"
build build -DLIBFORMAT_TESTS=OFF
bin=build/bin
out=build/demo
mkdir -p "$out"

# show COMMAND... : prints it as one would type it, and runs it
show() {
	printf '\n$'
	for word; do
		case $word in
		*[!a-zA-Z0-9_./=:-]*) printf ' "%s"' "$word" ;;
		*) printf ' %s' "${word#"$bin/"}" ;;
		esac
	done
	printf '\n'
	"$@"
}

show "$bin/tkpack" samples/tiny.txt --force -o "$out/tiny.tk"
show "$bin/tkinfo" --row " cat" "$out/tiny.tk"

printf '\nA real model: a text made by samples/grammar.c, learnt by samples/train.c.\n'
show "$bin/train" "$out/kingdom.tk"

printf '\nThe same model as text, as another program might write it, packed:\n'
printf "\n\$ tkinfo --dump %s >%s\n" "$out/kingdom.tk" "$out/kingdom.txt"
"$bin/tkinfo" --dump "$out/kingdom.tk" >"$out/kingdom.txt"
show "$bin/tkpack" "$out/kingdom.txt" --force -o "$out/packed.tk"
show "$bin/tkinfo" --digest "$out/kingdom.tk"
show "$bin/tkinfo" --digest "$out/packed.tk"
show "$bin/tkinfo" "$out/packed.tk"
show "$bin/tkinfo" --verify "$out/kingdom.tk"
show "$bin/tkpredict" -k 5 "$out/kingdom.tk" "the king and the"
show "$bin/tkpredict" -k 5 --temperature 2 "$out/kingdom.tk" "the king and the"
show "$bin/tkpredict" -n 12 "$out/kingdom.tk" "the queen of"
show "$bin/tkvec" "$out/kingdom.tk" near -k 3 "woman - man + uncle"
show "$bin/tkvec" "$out/kingdom.tk" dot "cats - cat" puppies puppy one two three
show "$bin/tkvec" "$out/kingdom.tk" pairs cat cats puppy puppies king queen
show "$bin/tkinfo" --force --html "$out/kingdom.html" "$out/kingdom.tk"
printf 'A page for a browser, without a network: %s\n' "$out/kingdom.html"

printf '\nThe tools are in %s, the models in %s. Next: README.md, ./test.sh\n' \
	"$bin" "$out"
