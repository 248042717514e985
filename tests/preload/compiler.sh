# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # variables of lib.sh
# compiler.sh - the body of the compilers' preload tests, sourced after lib.sh.

# compiler_makes_the_same PROGRAM SOURCE: PROGRAM turns SOURCE into the same
# assembler with the library as without, and what it compiles runs on it.
compiler_makes_the_same() {
	compiler=$1
	case $2 in
	*.cc) options='-std=c++17 -pthread' ;;
	*) options='-std=gnu11' ;;
	esac
	cp "$2" "$tmp/in" || exit 99
	source=$tmp/in/${2##*/}
	broken=$tmp/in/broken.${2##*.}
	echo 'int main() { return undeclared + 1; }' >"$broken"

	served_by_library "$compiler" -S -o /dev/null "$source"
	for level in -O0 -O2; do
		# shellcheck disable=SC2086 # options are words
		compare "$compiler $level makes the same assembler" 120 \
			"$compiler" $options $level -S -o program.s "$source"
	done

	compare "$compiler compiles, links and the program runs" 120 \
		sh -c '"$1" $2 -O1 -g -pipe -o program "$3" && ./program' \
		sh "$compiler" "$options" "$source"
	expected_status=1
	compare "$compiler reports an error" 60 \
		"$compiler" -c -o broken.o "$broken"
}
