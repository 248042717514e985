#!/bin/sh
# SPDX-License-Identifier: MIT
# cmake.sh - find_package(memalloc) finds it, for shared and static use, also
# where all was moved, and leaves no variable behind.
. "$(dirname "$0")/lib.sh"
need cmake

# What is found has to be this copy, not what was installed.
tmp=$(cd "$tmp" && pwd -P)
moved=$tmp/moved
mkdir -p "$moved$MEMALLOC_LIBDIR" "$moved$MEMALLOC_INCLUDEDIR" \
	"$moved$MEMALLOC_CMAKEDIR"
cp "$MEMALLOC_INCLUDEDIR/memalloc.h" "$moved$MEMALLOC_INCLUDEDIR"
cp -R "$MEMALLOC_CMAKEDIR/memalloc" "$moved$MEMALLOC_CMAKEDIR"
cp -P "$MEMALLOC_LIBDIR"/libmemalloc* "$moved$MEMALLOC_LIBDIR"

cat >"$tmp/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.10)
project(user C)
set(prefix before)
set(exec_prefix before)
find_package(memalloc ${MEMALLOC_VERSION%.*} CONFIG REQUIRED)
get_cmake_property(variables VARIABLES)
foreach(name IN LISTS variables)
	if(name MATCHES "^_memalloc")
		message(SEND_ERROR "\${name} is left behind")
	endif()
endforeach()
if(NOT "\${prefix} \${exec_prefix}" STREQUAL "before before")
	message(SEND_ERROR "prefix is now \${prefix}")
endif()
foreach(target memalloc::memalloc memalloc::hardened memalloc::static)
	if(TARGET \${target})
		get_target_property(found \${target}
			INTERFACE_INCLUDE_DIRECTORIES)
		if(NOT found STREQUAL "$moved$MEMALLOC_INCLUDEDIR")
			message(SEND_ERROR "\${target}: header in \${found}")
		endif()
	endif()
endforeach()
if(TARGET memalloc::memalloc)
	add_executable(user-shared user.c)
	target_link_libraries(user-shared memalloc::memalloc)
endif()
if(TARGET memalloc::hardened)
	add_executable(user-hardened user.c)
	target_link_libraries(user-hardened memalloc::hardened)
endif()
if(TARGET memalloc::static)
	add_executable(user-static user.c)
	target_link_libraries(user-static memalloc::static)
	add_executable(unaware unaware.c)
	target_link_libraries(unaware memalloc::static)
endif()
END
cmake -S "$tmp" -B "$tmp/build" \
	-Dmemalloc_DIR="$moved$MEMALLOC_CMAKEDIR/memalloc" >"$tmp/out" 2>&1 &&
	cmake --build "$tmp/build" >>"$tmp/out" 2>&1 ||
	{ tail -20 "$tmp/out"; fail "cmake"; }

built=0
for build in shared hardened static; do
	program=$tmp/build/user-$build
	[ -x "$program" ] || continue
	LD_LIBRARY_PATH=$MEMALLOC_LIBDIR "$program" ||
		fail "${program##*/} does not run"
	built=$((built + 1))
done
[ $built -gt 0 ] || fail "no target was defined"
! serves "$MEMALLOC_LIBDIR/libmemalloc.a" || {
	MEMALLOC_CONF=report:1 "$tmp/build/unaware" 2>"$tmp/report" &&
		grep -q '^memalloc: ' "$tmp/report" ||
		fail "a static program that does not name malloc runs without"
}

[ ! -f "$MEMALLOC_LIBDIR/libmemalloc-hardened.so" ] ||
	LD_LIBRARY_PATH=$MEMALLOC_LIBDIR ldd "$tmp/build/user-hardened" |
	grep -q 'libmemalloc-hardened\.so\.0 => /' ||
	fail "memalloc::hardened is not the hardened build"

# Another series is refused.
sed 's/find_package(memalloc [0-9.]*/find_package(memalloc 999.0/' \
	"$tmp/CMakeLists.txt" >"$tmp/CMakeLists.new"
mv "$tmp/CMakeLists.new" "$tmp/CMakeLists.txt"
if cmake -S "$tmp" -B "$tmp/refused" \
	-Dmemalloc_DIR="$MEMALLOC_CMAKEDIR/memalloc" >/dev/null 2>&1; then
	fail "version 999.0 was found too"
fi
