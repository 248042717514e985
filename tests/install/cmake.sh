#!/bin/sh
# SPDX-License-Identifier: MIT
# cmake.sh - find_package(memalloc) finds it, for shared and static use.
. "$(dirname "$0")/lib.sh"
need cmake

cat >"$tmp/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.10)
project(user C)
find_package(memalloc ${MEMALLOC_VERSION%.*} CONFIG REQUIRED)
if(TARGET memalloc::memalloc)
	add_executable(user-shared user.c)
	target_link_libraries(user-shared memalloc::memalloc)
endif()
if(TARGET memalloc::static)
	add_executable(user-static user.c)
	target_link_libraries(user-static memalloc::static)
endif()
END
# An installation below DESTDIR is not where its files say.
sysroot=
[ -z "${PKG_CONFIG_SYSROOT_DIR:-}" ] || sysroot="-I$MEMALLOC_INCLUDEDIR"
cmake -S "$tmp" -B "$tmp/build" -DCMAKE_C_FLAGS="$sysroot" \
	-Dmemalloc_DIR="$MEMALLOC_CMAKEDIR/memalloc" >"$tmp/out" 2>&1 &&
	cmake --build "$tmp/build" >>"$tmp/out" 2>&1 ||
	{ tail -20 "$tmp/out"; fail "cmake"; }

built=0
for program in "$tmp/build/user-shared" "$tmp/build/user-static"; do
	[ -x "$program" ] || continue
	LD_LIBRARY_PATH=$MEMALLOC_LIBDIR "$program" ||
		fail "${program##*/} does not run"
	built=$((built + 1))
done
[ $built -gt 0 ] || fail "no target was defined"

# Another series is refused.
sed 's/find_package(memalloc [0-9.]*/find_package(memalloc 999.0/' \
	"$tmp/CMakeLists.txt" >"$tmp/CMakeLists.new"
mv "$tmp/CMakeLists.new" "$tmp/CMakeLists.txt"
if cmake -S "$tmp" -B "$tmp/refused" \
	-Dmemalloc_DIR="$MEMALLOC_CMAKEDIR/memalloc" >/dev/null 2>&1; then
	fail "version 999.0 was found too"
fi
