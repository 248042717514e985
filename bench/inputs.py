# SPDX-License-Identifier: MIT
"""inputs.py - the generated input of the real programs.

make_inputs(directory) writes all of it; it is the same each time.
"""
import os
import shutil
import subprocess

PYTHON_WORK = """
import collections, json, random
random.seed(7)
data = [{"id": i, "name": "n%d" % i, "tags": ["t%d" % (i % k) for k in range(1, 9)],
         "value": random.random()} for i in range(15000)]
back = json.loads(json.dumps(data))
groups = collections.defaultdict(list)
for item in back:
    groups[item["tags"][7]].append(item["name"] * 3)
table = {}
for i in range(300000):
    table[i * 7919 % 100003] = str(i)
print(len(groups), len(table), sum(map(len, table.values())))
"""

RUBY_WORK = """
seed = 42
count = Hash.new(0)
words = []
150_000.times do
  seed = (seed * 1103515245 + 12345) % 2147483648
  word = "w#{seed % 40000}"
  count[word] += 1
  words << word * (1 + seed % 5)
end
sorted = count.sort_by { |word, n| [-n, word] }
nested = (1..8000).map { |i| { id: i, list: (1..i % 50).map(&:to_s) } }
print sorted.size, " ", words.join(" ").size, " ", nested.size, "\\n"
"""

PERL_WORK = """
my (%count, @words); my $seed = 42;
for my $i (1 .. 200000) {
    $seed = ($seed * 1103515245 + 12345) % 2147483648;
    my $word = "w" . $seed % 40000; $count{$word}++;
    push @words, $word x (1 + $seed % 5);
}
my @sorted = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
my @nested = map { { id => $_, list => [1 .. $_ % 50] } } 1 .. 10000;
print scalar(@sorted), " ", length(join " ", @words), " ", scalar(@nested), "\\n";
"""

LUA_WORK = """
local objects, words = {}, {}
for round = 1, 30 do
    for i = 1, 8000 do
        objects[i] = { id = i, next = objects[i - 1], call = function() return i + round end }
    end
end
for i = 1, 100000 do words[#words + 1] = string.format("%d:%s", i, ("x"):rep(i % 40)) end
local function tree(d) if d == 0 then return {} end return { tree(d - 1), tree(d - 1) } end
for i = 1, 4 do tree(15) end
print(#table.concat(words, ","), #objects)
"""

SQL_WORK = """
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, grp INTEGER, value INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO item SELECT i, 'name-' || (i * 7919 % 100003), i % 100, i * i % 997 FROM n;
COMMIT;
CREATE INDEX by_name ON item(name);
SELECT count(*), sum(value) FROM item;
SELECT grp, count(*), group_concat(name) FROM item GROUP BY grp LIMIT 3;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name;
UPDATE item SET name = upper(name) || grp WHERE grp % 3 = 0;
DELETE FROM item WHERE id % 11 = 0;
"""

CXX_WORK = """
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
template <int N> struct chain { std::tuple<std::vector<std::map<int, chain<N - 1>>>, int> t;
    std::variant<int, std::string, chain<N - 1> *> v; };
template <> struct chain<0> { int x; };
template <int... I> int sum(std::integer_sequence<int, I...>) {
    std::unordered_map<int, std::vector<std::string>> m;
    ((m[I].push_back(std::to_string(I)), m[I % 7].emplace_back(I, 'x')), ...);
    return (int(m[I].size()) + ...);
}
int main() {
    chain<14> c;
    std::vector<std::function<int(int)>> f;
    for (int i = 0; i < 9; i++) f.push_back([i](int x) { return x + i; });
    std::sort(f.begin(), f.end(), [](auto &a, auto &b) { return a(1) > b(1); });
    std::cout << sum(std::make_integer_sequence<int, 60>()) << sizeof c
        << f[0](1);
}
"""

PS_WORK = """%!PS-Adobe-3.0
/Helvetica findfont 9 scalefont setfont
1 1 12 { /page exch def
0 1 60 { /row exch def 40 760 row 12 mul sub moveto
(Page ) show page 10 string cvs show ( row ) show row 10 string cvs show
( The quick brown fox jumps over the lazy dog) show } for
0 2 358 { /angle exch def gsave 300 300 translate angle rotate
angle 360 div 1 1 sethsbcolor 0 0 moveto 100 20 200 page 30 mul 250 0 curveto
stroke grestore } for showpage } for
"""


# Beside redis-server: wait for it, keep it busy, stop it.
REDIS_CLIENT = """
tries=0
until [ "$(redis-cli -s redis.sock PING 2>/dev/null)" = PONG ]; do
    tries=$((tries + 1))
    [ $tries -lt 500 ] || exit 1
    sleep 0.01
done
redis-benchmark -s redis.sock -n 30000 -c 20 -P 16 -r 20000 -d 200 -q \\
    -t set,get,lpush,rpop,sadd,hset,zadd,lrange_100
redis-cli -s redis.sock FLUSHALL
redis-cli -s redis.sock SHUTDOWN NOSAVE
"""


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def c_work():
    """C of many small functions, for the C compiler."""
    lines = ["#include <stdio.h>", "#include <stdlib.h>"]
    for n in range(60):
        lines.append(
            f"static int f{n}(int x, int *v) {{ int s = x; for (int i = 0; i < x % {n % 9 + 2}; i++)"
            f" {{ switch ((i * {n} + x) % 7) {{ case 0: s += v[i]; break; case 1: s ^= i * {n};"
            f" break; case 2: v[i] = s; break; default: s -= v[i % 3] * {n % 13}; }} }} return s; }}")
    calls = " + ".join(f"f{n}(argc + {n}, v)" for n in range(60))
    lines.append(f"int main(int argc, char **argv) {{ int v[64] = {{ 0 }}; (void)argv;"
                 f" printf(\"%d\\n\", {calls}); return 0; }}")
    return "\n".join(lines) + "\n"


def smt_work():
    """A puzzle with a solution: numbers in a square, rows all different."""
    side, lines = 8, []
    for r in range(side):
        for c in range(side):
            lines.append(f"(declare-const x{r}_{c} Int)")
            lines.append(f"(assert (and (<= 1 x{r}_{c}) (<= x{r}_{c} {side})))")
    for r in range(side):
        lines.append("(assert (distinct %s))" % " ".join(f"x{r}_{c}" for c in range(side)))
        lines.append("(assert (distinct %s))" % " ".join(f"x{c}_{r}" for c in range(side)))
    for r in range(side):
        lines.append(f"(assert (= x{r}_{r} {r % 4 + 1}))")
    lines.append("(check-sat)")
    return "\n".join(lines) + "\n"


def git_history():
    """A stream for git fast-import: 150 commits to 60 files."""
    stream = []
    for commit in range(1, 151):
        stream.append(f"commit refs/heads/main\nmark :{commit}\n"
                      f"committer A <a@example.org> {1700000000 + commit * 60} +0000\n"
                      f"data 10\ncommit {commit:03}\n")
        if commit > 1:
            stream.append(f"from :{commit - 1}\n")
        for n in range(8):
            file = (commit * 7 + n * 11) % 60
            text = "".join(
                f"line {i} of file {file} {i * file % 97} {commit if i % 50 == n else 0}\n"
                for i in range(300))
            stream.append(f"M 100644 inline dir{file % 5}/file{file}\n"
                          f"data {len(text)}\n{text}\n")
    return "".join(stream)


def make_repository(path):
    """All objects loose, so that git gc has something to do."""
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    subprocess.run(["git", "-C", path, "-c", "fastimport.unpackLimit=1000000",
                    "fast-import", "--quiet"],
                   input=git_history().encode(), check=True)


def make_inputs(d):
    write(f"{d}/work.py", PYTHON_WORK)
    write(f"{d}/work.pl", PERL_WORK)
    write(f"{d}/work.rb", RUBY_WORK)
    write(f"{d}/work.lua", LUA_WORK)
    write(f"{d}/work.sql", SQL_WORK)
    write(f"{d}/work.cc", CXX_WORK)
    write(f"{d}/work.c", c_work())
    write(f"{d}/work.ps", PS_WORK)
    write(f"{d}/work.smt2", smt_work())
    write(f"{d}/redis-client.sh", REDIS_CLIENT)
    if shutil.which("git"):
        make_repository(f"{d}/repository")
    os.mkdir(f"{d}/files")
    for i in range(300):
        write(f"{d}/files/file-{i}", "")
    with open(f"{d}/data.txt", "w") as out:
        for i in range(80000):
            out.write(f"{i} {i * 7919 % 65537} some text to pack {i % 13}\n")
    with open(f"{d}/data.json", "w") as out:
        out.write("[" + ",\n".join(
            f'{{"id":{i},"name":"n{i * 7919 % 20011}","tags":["a{i % 7}","b{i % 11}"],'
            f'"v":{{"x":{i % 100}.5,"y":null}}}}' for i in range(40000)) + "]\n")
    with open(f"{d}/data.xml", "w") as out:
        out.write("<root>\n" + "\n".join(
            f'<item id="i{i}" class="c{i % 17}"><name>name {i}</name><v>{i * i % 1009}</v></item>'
            for i in range(100000)) + "</root>\n")
