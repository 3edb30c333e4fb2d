#!/bin/sh
# setup.sh - sourced by demo.sh and test.sh: installs what is missing, builds
#
# Debian 12's packages, as root or with sudo; what is installed is said.

case ${0##*/} in
setup.sh)
	echo "setup.sh does nothing by itself; run ./demo.sh or ./test.sh" >&2
	exit 2
	;;
esac

# usage TEXT WORD : answers --help, and refuses any other word
usage() {
	case $2 in
	-h | --help)
		echo "$1"
		exit 0
		;;
	*)
		echo "unknown: $2" >&2
		echo "$1" >&2
		exit 2
		;;
	esac
}

# cannot_install WHY : says what to type instead
cannot_install() {
	echo "cannot install$missing: $1" >&2
	echo "As root, type:" >&2
	echo "    apt-get update && apt-get install --no-install-recommends$missing" >&2
	exit 2
}

# need PACKAGE... : installs those that are not there
need() {
	if ! command -v apt-get >/dev/null; then
		echo "this is not Debian: the packages must come by other" \
			"means, and README.md says how to build" >&2
		echo "needed here: $*" >&2
		exit 2
	fi
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'install ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			cannot_install "you are not root, and there is no sudo"
		sudo=sudo
	fi
	echo "installing:$missing"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! {
		$sudo apt-get update -qq &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get \
				install -y -qq --no-install-recommends $missing
	} >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		cannot_install "apt-get or sudo failed, see above"
	fi
	rm -f "$log"
}

# build DIRECTORY CMAKE-OPTION... : quiet unless it fails
build() {
	directory=$1
	shift
	log=$(mktemp)
	if ! {
		cmake -S . -B "$directory" "$@" &&
			cmake --build "$directory" -j "$(nproc)"
	} >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		exit 2
	fi
	rm -f "$log"
}
