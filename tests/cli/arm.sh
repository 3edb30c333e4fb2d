# SPDX-License-Identifier: MIT
# arm.sh - the kernels for 64-bit Arm, in an emulator: the bits of this machine
set -eu

cross=aarch64-linux-gnu-gcc
if ! command -v $cross >/dev/null || ! command -v qemu-aarch64 >/dev/null; then
	echo "arm.sh: no $cross, or no qemu-aarch64 (Debian:" \
		"gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user);" \
		"the NEON kernels are not tested"
	exit 77
fi

# dotbits COMPILER OUTPUT: the kernels and their test, static; functions that
# need more of the library, and are not called, are left out
dotbits() {
	"$1" -std=c11 -O2 -ffp-contract=off -Wall -Werror -static \
		-ffunction-sections -Wl,--gc-sections \
		-D_POSIX_C_SOURCE=200809L -I "$TK_SRC/include" \
		-I "$TK_SRC/libformat" -I "$TK_SRC/tests/support" \
		"$TK_SRC/tests/emulated/dotbits.c" \
		"$TK_SRC/tests/support/kernelcheck.c" \
		"$TK_SRC/tests/support/deltacheck.c" \
		"$TK_SRC/tests/support/addcheck.c" \
		"$TK_SRC"/libformat/compute/kernels/*.c \
		"$TK_SRC/libformat/compute/dot.c" \
		"$TK_SRC/libformat/compute/expsum.c" \
		"$TK_SRC/libformat/base/dtype.c" \
		"$TK_SRC/libformat/base/fail.c" -lm -o "$2"
}
dotbits $cross arm
dotbits "${CC:-cc}" here

timeout 120 ./here >want
timeout 500 qemu-aarch64 ./arm >got
cmp want got || {
	echo "arm.sh: $(cat got), here $(cat want)"
	exit 1
}
