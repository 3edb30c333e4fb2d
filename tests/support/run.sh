#!/bin/sh
# run.sh SCRIPT - run a test script in an empty directory of its own
set -eu
script=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR
sh "$script"
