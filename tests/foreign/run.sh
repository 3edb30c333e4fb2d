#!/bin/sh
# run.sh [ARCH...] - the unit and property tests on another processor: i386,
# where size_t has 32 bits, and s390x, where the highest byte comes first
#
# Built into build-ARCH/ by Debian's cross compilers; s390x runs in qemu.  The
# libraries come from Debian's packages for ARCH, which are unpacked there and
# not installed.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- i386 s390x

# fetch ARCH : the libraries, into build-ARCH/root
fetch() {
	arch=$1
	for folder in lists/partial cache/archives/partial debs; do
		mkdir -p "$PWD/build-$arch/$folder"
	done
	set -- -qq -o APT::Architectures::="$arch" \
		-o Dir::State::lists="$PWD/build-$arch/lists" \
		-o Dir::Cache="$PWD/build-$arch/cache" -o APT::Sandbox::User=root
	apt-get "$@" update
	(
		cd "build-$arch/debs"
		rm -f ./*.deb
		for name in libxxhash-dev libxxhash0 libzstd-dev libzstd1 \
			libjansson-dev libjansson4 libcmocka-dev libcmocka0; do
			apt-get "$@" download "$name:$arch"
		done
		for package in *.deb; do
			dpkg-deb -x "$package" ../root
		done
	)
}

# run ARCH TRIPLET CFLAGS EMULATOR COMPILER WITHOUT : all tests but those
run() {
	arch=$1 triplet=$2 build=$PWD/build-$1 libraries=$PWD/build-$1/root
	link=$libraries/usr/lib/$triplet
	link="-L$link -Wl,-rpath-link,$link"
	[ -d "$libraries" ] || fetch "$arch"
	if ! {
		PKG_CONFIG_LIBDIR=$libraries/usr/lib/$triplet/pkgconfig \
		PKG_CONFIG_SYSROOT_DIR=$libraries \
			cmake -S . -B "$build" -DCMAKE_SYSTEM_NAME=Linux \
			-DCMAKE_SYSTEM_PROCESSOR="$arch" \
			-DCMAKE_C_COMPILER="$5" \
			-DCMAKE_C_FLAGS="$3 -Werror -Wno-error=conversion" \
			-DLIBFORMAT_TESTS=ON \
			-DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON \
			-DCMAKE_EXE_LINKER_FLAGS="$link" \
			-DCMAKE_SHARED_LINKER_FLAGS="$link" \
			-DCMAKE_CROSSCOMPILING_EMULATOR="$4" &&
			cmake --build "$build" -j "$(nproc)"
	} >"$build.log" 2>&1; then
		tail -40 "$build.log" >&2
		return 2
	fi
	ctest --test-dir "$build" -R '^(test|prop|fuzz)_' -E "$6" \
		--output-on-failure -j "$(nproc)"
}

# tkpack's readers, which refuse to work there, and a locale that is not there.
readers='(blocks|gguf.*|hf.*|manifest|npyfile|word2vec|textvec|vocabfile|safetensors|text|json|guess|bytelevel)$'

for arch; do
	case $arch in
	i386)
		# The tests' own numbers fit into any size_t.
		run i386 i386-linux-gnu "-msse2 -mfpmath=sse -Wno-psabi" \
			"/usr/i686-linux-gnu/lib/ld-linux.so.2;--library-path;$PWD/build-i386/root/usr/lib/i386-linux-gnu:/usr/i686-linux-gnu/lib" \
			i686-linux-gnu-gcc '^none$'
		;;
	s390x)
		# float is float there, too, if gcc is not told -std=c11 alone.
		run s390x s390x-linux-gnu -fexcess-precision=fast \
			"qemu-s390x;-L;/usr/s390x-linux-gnu;-E;LD_LIBRARY_PATH=$PWD/build-s390x/root/usr/lib/s390x-linux-gnu:/usr/s390x-linux-gnu/lib" \
			s390x-linux-gnu-gcc "$readers"
		;;
	*)
		echo "usage: tests/foreign/run.sh [i386] [s390x]" >&2
		exit 2
		;;
	esac
done
