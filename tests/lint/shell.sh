#!/bin/sh
# shell.sh - shell scripts pass shellcheck where it is installed
set -eu
cd "$TK_SRC"
command -v shellcheck >/dev/null || exit 0
shellcheck -S warning -s sh -x setup.sh demo.sh test.sh .ci/run bench/run.sh tests/*/*.sh
