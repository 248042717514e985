#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_python3.sh - python3: its own tests of json, dict and threading
# where they are installed, and a workload of our own, each with python's own
# small-block allocator and without.
. "$(dirname "$0")/lib.sh"
need python3

# The system's python first; the tests of the standard library are a package
# of their own there (Debian: libpython3.11-testsuite).  A python3 that is a
# wrapper script is resolved to the program.
python=
for candidate in /usr/bin/python3 python3; do
	program=$($candidate -c 'import sys; print(sys.executable)' \
		2>/dev/null) || continue
	[ -n "$python" ] || python=$program
	if "$program" -c 'import test.test_json, test.test_threading' \
		2>/dev/null; then
		python=$program
		tests='test.test_json test.test_dict test.test_threading'
		break
	fi
done
[ -n "$python" ] || skip 'python3 does not run'

cat >"$tmp/in/work.py" <<'END'
import collections, json, random, threading, zlib
random.seed(7)
data = [{"id": i, "name": "n%d" % i, "tags": ["t%d" % (i % k) for k in range(1, 9)],
         "value": random.random()} for i in range(20000)]
text = json.dumps(data, sort_keys=True)
back = json.loads(text)
print(len(text), back == data, zlib.crc32(text.encode()))
groups = collections.defaultdict(list)
for item in back:
    groups[item["tags"][7]].append(item["name"] * 3)
print(sorted((k, len(v), len("".join(v))) for k, v in groups.items()))
results = {}
def worker(n):
    local = {}
    for i in range(20000):
        local[i * n % 7919] = str(i) * (i % 7)
    results[n] = sum(map(len, local.values()))
threads = [threading.Thread(target=worker, args=(n,)) for n in range(1, 9)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(results.items()))
big = bytearray()
for i in range(2000):
    big += bytes([i % 256]) * 4096
print(len(big), zlib.adler32(big))
END
ignore_files
# The tests print progress in an order of their own, and the time they took;
# what counts is how many ran, how many were skipped, and which failed.
normalise 's/ in [0-9.]*s$//
/^\.*[.sxF]*$/d'
served_by_library "$python" -c 'print(1)'
for allocator in malloc pymalloc; do
	compare "python3 workload, PYTHONMALLOC=$allocator" 120 \
		PYTHONMALLOC=$allocator "$python" "$tmp/in/work.py"
	# Not every python passes its own tests in every environment.
	plain_failure=tolerated
	for t in ${tests:-}; do
		# Threads, the slowest, once is enough.
		case $allocator,$t in pymalloc,*threading) continue ;; esac
		compare "$t, PYTHONMALLOC=$allocator" 300 \
			PYTHONMALLOC=$allocator \
			sh -c '"$1" -m unittest "$2" >tests.out' \
			sh "$python" "$t"
	done
	plain_failure=fatal
done
[ -n "${tests:-}" ] ||
	say "note: no test package for $python: only the workload ran"
