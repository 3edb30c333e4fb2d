#!/bin/sh
# setup.sh - sourced by demo.sh and test.sh: installs what is missing, builds
#
# Debian 12's packages, as root or with sudo; what is installed is said.

# need PACKAGE... : installs those that are not there
need() {
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'install ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "installing:$missing"
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! {
		$sudo apt-get update -qq &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get \
				install -y -qq --no-install-recommends $missing
	} >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		echo "could not install:$missing" >&2
		exit 2
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
