#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_cmake.sh - cmake runs a script, makes a build of forty libraries in C
# and C++, has it built by make with two jobs, tested, installed and packed.
. "$(dirname "$0")/lib.sh"
need cmake ctest make cc c++

mkdir "$tmp/in/source"
cp "$here/program.c" "$here/program.cc" "$tmp/in/source"
cat >"$tmp/in/source/CMakeLists.txt" <<'END_CMAKE'
cmake_minimum_required(VERSION 3.13)
project(many C CXX)
find_package(Threads REQUIRED)
include(CheckFunctionExists)
include(CheckTypeSize)
check_function_exists(memalign have_memalign)
check_type_size("long double" size_of_long_double)
set(libraries)
foreach(i RANGE 1 40)
	if(i LESS 30)
		set(suffix c)
	else()
		set(suffix cc)
	endif()
	set(file ${CMAKE_CURRENT_BINARY_DIR}/part${i}.${suffix})
	file(GENERATE OUTPUT ${file} CONTENT
		"int part${i}(int n) { return n * ${i} + $<STREQUAL:$<CONFIG>,Debug>; }\n")
	add_library(part${i} STATIC ${file})
	target_compile_definitions(part${i} PUBLIC PART_${i}=$<TARGET_FILE_NAME:part${i}>)
	list(APPEND libraries part${i})
endforeach()
foreach(suffix c cc)
	add_executable(program_${suffix} program.${suffix})
	target_link_libraries(program_${suffix} ${libraries} Threads::Threads m)
	add_test(NAME ${suffix} COMMAND program_${suffix})
endforeach()
enable_testing()
foreach(i RANGE 1 20)
	add_test(NAME test${i} COMMAND ${CMAKE_COMMAND} -E echo "test ${i}")
endforeach()
install(TARGETS program_c program_cc DESTINATION bin)
END_CMAKE
cat >"$tmp/in/script.cmake" <<'END_CMAKE'
set(list)
foreach(i RANGE 5000)
	math(EXPR n "(${i} * 7919) % 5003")
	list(APPEND list "item-${n}")
endforeach()
list(SORT list COMPARE NATURAL ORDER DESCENDING)
list(TRANSFORM list REPLACE "item-([0-9]+)" "<\\1>" REGEX "7$")
list(FILTER list EXCLUDE REGEX "^item-.*3")
list(LENGTH list length)
list(JOIN list "," text)
string(SHA256 digest "${text}")
message("${length} ${digest}")
string(REGEX MATCHALL "<[0-9]*>" found "${text}")
list(LENGTH found length)
message("${length}")
set(json "{}")
foreach(i RANGE 300)
	string(JSON json SET "${json}" "key${i}" "[${i}, \"${i}\"]")
endforeach()
string(MD5 digest "${json}")
message("${digest}")
function(depth n)
	if(n GREATER 0)
		math(EXPR m "${n} - 1")
		depth(${m})
	endif()
	set(reached "${n} ${reached}" PARENT_SCOPE)
endfunction()
depth(300)
message("${reached}")
END_CMAKE
cat >"$tmp/in/work.sh" <<'END_SH'
cmake -S "$1" -B build -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_INSTALL_PREFIX="$PWD/installed"
cmake --build build -j 2 >log 2>&1 || cat log
sed 's/^\[ *[0-9]*%\] //' log | sort
(cd build && ctest -j 2 2>&1) | sed '/^ *[0-9]*\/\|^  *Start/d'
cmake --install build
cmake -E sha256sum installed/bin/*
(cd build && cmake -E tar cJf ../many.tar.xz program_c ./*.a &&
	cmake -E tar tf ../many.tar.xz)
cmake --graphviz=build/graph build >/dev/null 2>&1 && cksum <build/graph
END_SH
normalise 's/([0-9.]*s)$//; s/[0-9.]* sec$//; /^Internal ctest changing/d'
ignore_files
served_by_library cmake --version
served_by_library ctest --version
compare 'cmake -P: lists, strings, JSON, recursion' 120 \
	cmake -P "$tmp/in/script.cmake"
compare 'cmake configures, builds, tests, installs and packs' 600 \
	sh "$tmp/in/work.sh" "$tmp/in/source"
expected_status=1
compare 'cmake reports an error' 60 cmake -S "$tmp/in" -B build
