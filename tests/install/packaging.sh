#!/bin/sh
# SPDX-License-Identifier: MIT
#
# packaging.sh - the packages agree with the sources.
#
#   1. The symbols files of debian/ have the names of src/exports.txt, no more
#      and no fewer, own ones under the version node; the own ones are those
#      that include/memalloc.h declares.
#   2. debian/changelog and the files of packaging/ are of the version that
#      configure.ac has, which the former has once; no symbol came in a later
#      one.
#   3. The SONAME that -version-info makes is the one that packages, the
#      pkg-config file and the CMake configuration name.
#
# Runs under `make check` and alone:  sh tests/install/packaging.sh

. "$(dirname "$0")/sources.sh"
cd "$top" || exit 99

version=$(sed -n 's/^AC_INIT(\[memalloc\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
number=$(sed -n 's/.*-version-info \([0-9]*\):[0-9]*:\([0-9]*\).*/\1 \2/p' \
	src/Makefile.am | awk '{ print $1 - $2 }')
[ -n "$version" ] && [ -n "$number" ] || exit 99

# --- 1. Names ----------------------------------------------------------------

awk '!/^#/ { print $1 "@" ($2 == "own" ? "MEMALLOC_0" : "Base") }' \
	src/exports.txt | sort > "$work/listed"
sed -n 's/@MEMALLOC_0$//p' "$work/listed" > "$work/own"
sed -n 's/^\([a-z][a-z0-9_]*\)(.*/\1/p' include/memalloc.h \
	| sort > "$work/declared"
diff "$work/own" "$work/declared" > "$work/diff" \
	|| fail "own names (< exports.txt, > memalloc.h): $(cat "$work/diff")"

for library in libmemalloc libmemalloc-hardened; do
	file=debian/$library$number.symbols
	[ -f "$file" ] || { fail "no $file"; continue; }
	[ "$(head -n 1 "$file")" = \
	  "$library.so.$number $library$number #MINVER#" ] \
		|| fail "$file: its first line is not of $library.so.$number"
	grep -qx '\* Build-Depends-Package: libmemalloc-dev' "$file" \
		|| fail "$file: no Build-Depends-Package"
	# A tag stands before the name where size_t, and so the name, differs.
	sed -n '/^ (arch-bits=32)/d; s/^ \(([^)]*)\)\{0,1\}//p' "$file" \
		> "$work/symbols"
	sed -n 's/^ (arch-bits=64)//p' "$file" | sed 's/m/j/' | sort \
		> "$work/narrow"
	sed -n 's/^ (arch-bits=32)//p' "$file" | sort \
		| diff "$work/narrow" - > "$work/diff" \
		|| fail "$file (< arch-bits=64, > 32): $(cat "$work/diff")"
	grep -v '^MEMALLOC_0@' "$work/symbols" | sed 's/ .*//' | sort -u \
		| diff "$work/listed" - > "$work/diff" \
		|| fail "$file (< exports.txt, > it): $(cat "$work/diff")"
	grep -q '^MEMALLOC_0@MEMALLOC_0 ' "$work/symbols" \
		|| fail "$file: not the version node itself"
	while read -r name since rest; do
		case $since in
		*[!0-9.]* | '')
			fail "$file: $name: not an upstream version: $since"
			;;
		esac
		[ -z "$rest" ] || fail "$file: $name: $rest"
		newest=$(printf '%s\n%s\n' "$since" "$version" \
			| sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -n 1)
		[ "$newest" = "$version" ] \
			|| fail "$file: $name came in $since, this is $version"
	done < "$work/symbols"
done

# --- 2. Versions -------------------------------------------------------------

# says FILE VERSION
says()
{
	[ "$2" = "$version" ] || fail "$1 is of version $2, not $version"
}

says debian/changelog \
	"$(sed -n '1s/^memalloc (\([^)]*\)-[^-]*).*/\1/p' debian/changelog)"
says packaging/memalloc.spec \
	"$(sed -n 's/^Version: *//p' packaging/memalloc.spec)"
says packaging/APKBUILD "$(sed -n 's/^pkgver=//p' packaging/APKBUILD)"
says packaging/PKGBUILD "$(sed -n 's/^pkgver=//p' packaging/PKGBUILD)"

twice=$(sed -n 's/^memalloc (\([^)]*\)).*/\1/p' debian/changelog | sort | uniq -d)
[ -z "$twice" ] || fail "debian/changelog has version $twice twice"

# --- 3. The SONAME -----------------------------------------------------------

for name in "libmemalloc$number" "libmemalloc-hardened$number"; do
	grep -qx "Package: $name" debian/control \
		|| fail "debian/control has no package $name"
	[ -f "debian/$name.install" ] || fail "no debian/$name.install"
done
for file in memalloc.pc.in cmake/memalloc-config.cmake.in \
	debian/tests/link debian/tests/preload packaging/memalloc.spec; do
	grep -q "libmemalloc\.so\.$number" "$file" \
		|| fail "$file does not name libmemalloc.so.$number"
done
for file in memalloc-hardened.pc.in cmake/memalloc-config.cmake.in; do
	grep -q "libmemalloc-hardened\.so\.$number" "$file" \
		|| fail "$file does not name libmemalloc-hardened.so.$number"
done

# -----------------------------------------------------------------------------

end_if_failed
echo "packaging.sh: version $version, SONAME $number," \
     "$(wc -l < "$work/listed") symbols: passed"
