#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_lua.sh - lua: tables, strings, closures, coroutines; all its memory
# comes from one realloc-like function.
. "$(dirname "$0")/lib.sh"
lua=
for candidate in lua lua5.4 lua5.3 lua5.2 lua5.1 luajit; do
	command -v $candidate >/dev/null 2>&1 && lua=$candidate && break
done
[ -n "$lua" ] || skip 'lua is not installed'

cat >"$tmp/in/work.lua" <<'END'
local t, seed = {}, 1
for i = 1, 200000 do
	seed = (seed * 16807) % 2147483647
	t[i] = seed % 100000
end
table.sort(t)
print(#t, t[1], t[#t], t[1000])
local words = {}
for i = 1, 50000 do words[#words + 1] = string.format("%d:%s", i, ("x"):rep(i % 40)) end
local text = table.concat(words, ",")
print(#text, select(2, text:gsub("x+", "y")), #text:upper())
local objects = {}
for round = 1, 20 do
	for i = 1, 5000 do
		objects[i] = { id = i, next = objects[i - 1], call = function() return i + round end }
	end
	if round % 5 == 0 then collectgarbage() end
end
local sum = 0
for i = 1, #objects do sum = sum + objects[i].call() end
print(sum)
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local total = 0
for k = 1, 500 do for v in gen(20) do total = total + v * k end end
print(total)
local function tree(d) if d == 0 then return {} end return { tree(d - 1), tree(d - 1) } end
local function count(n) return n[1] and 1 + count(n[1]) + count(n[2]) or 1 end
print(count(tree(15)))
END
served_by_library $lua -e 'print(("x"):rep(100000):len())'
compare "$lua: tables, strings, closures, coroutines" 60 \
	$lua "$tmp/in/work.lua"
