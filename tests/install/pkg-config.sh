#!/bin/sh
# SPDX-License-Identifier: MIT
# pkg-config.sh - a program builds with what pkg-config says, and runs.
. "$(dirname "$0")/lib.sh"
need pkg-config

PKG_CONFIG_PATH=$MEMALLOC_PKGCONFIGDIR
export PKG_CONFIG_PATH

[ "$(pkg-config --modversion memalloc)" = "$MEMALLOC_VERSION" ] ||
	fail "memalloc.pc is not of version $MEMALLOC_VERSION"

for name in memalloc memalloc-hardened; do
	[ -f "$MEMALLOC_LIBDIR/lib$name.so" ] || continue
	# shellcheck disable=SC2046,SC2086
	$CC $(pkg-config --cflags $name) -o "$tmp/user" "$tmp/user.c" \
		$(pkg-config --libs $name) || fail "$name does not link"
	LD_LIBRARY_PATH=$MEMALLOC_LIBDIR "$tmp/user" ||
		fail "$name does not run"
	LD_LIBRARY_PATH=$MEMALLOC_LIBDIR ldd "$tmp/user" |
		grep -q "lib$name\.so\.0 => /" || fail "$name is not in use"
	preload=$(pkg-config --variable=preload $name)
	case $preload in
	"$PKG_CONFIG_SYSROOT_DIR"/*) ;;
	*) preload=$PKG_CONFIG_SYSROOT_DIR$preload ;;
	esac
	[ -f "$preload" ] || fail "the variable preload names no file: $preload"
done

if [ -f "$MEMALLOC_LIBDIR/libmemalloc.a" ] &&
   [ -f "$($CC -print-file-name=libc.a)" ]; then
	# shellcheck disable=SC2046,SC2086
	$CC -static $(pkg-config --cflags memalloc) -o "$tmp/user" \
		"$tmp/user.c" $(pkg-config --static --libs memalloc) ||
		fail "it does not link statically"
	"$tmp/user" || fail "the static program does not run"
	serves "$MEMALLOC_LIBDIR/libmemalloc.a" || exit 0
	# shellcheck disable=SC2046,SC2086
	$CC -static -o "$tmp/unaware" "$tmp/unaware.c" \
		$(pkg-config --static --libs memalloc) ||
		fail "the program unaware does not link statically"
	MEMALLOC_CONF=report:1 "$tmp/unaware" 2>"$tmp/report" &&
		grep -q '^memalloc: ' "$tmp/report" ||
		fail "a static program that does not name malloc runs without"
fi
