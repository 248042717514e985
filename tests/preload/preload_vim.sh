#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_vim.sh - vim without a screen: edits, sorts, undoes, matches, colours
# and runs a script of its own.
. "$(dirname "$0")/lib.sh"
need vim awk
vim -es -u NONE -c 'if !has("eval") | cquit | endif' -c 'qall!' </dev/null ||
	skip 'this vim has no expressions'

awk 'BEGIN { for (i = 0; i < 8000; i++) {
	printf "int function_%d(char *text, int n)\n{\n", (i * 7919) % 8009
	printf "\treturn n * %d + /* some %d */ sizeof(\"%d\");\n}\n", i, i % 9, i
} }' >"$tmp/in/work.c"
cat >"$tmp/in/work.vim" <<'END_VIM'
set nocompatible hidden nomore noswapfile undolevels=1000
" A command of a script is undone by itself only after this.
command! -nargs=1 Do let &undolevels = &undolevels | <args>
let out = []
edit work.c
Do %s/\<function_\(\d\+\)(/\=printf('renamed_%05d(', submatch(1))/
Do g/return/normal! A // returned
Do v/[{}]/s/int/long/g
Do $put =range(2000)
Do 1,$-3000s/sizeof("\(\d*\)")/\1/e
call add(out, line('$') . ' ' . wordcount().chars)
write! edited.c
for i in range(4)
	undo
endfor
call add(out, line('$') . ' ' . wordcount().chars)
for i in range(2)
	redo
endfor
write! redone.c
%sort
%!sort -r | uniq
sort /\d\+/ n
write! sorted.c
" Script: lists, dictionaries, strings, closures.
let d = {}
for i in range(20000)
	let d['key' . (i * 7919 % 20011)] = repeat('x', i % 60) . i
endfor
call add(out, len(d) . ' ' . sha256(join(sort(values(d)), ',')))
call add(out, string(sort(map(copy(keys(d)), 'strlen(v:val)'))[:5]))
call filter(d, 'v:key =~# "7$"')
call add(out, len(json_encode(d)) . ' ' . (json_decode(json_encode(d)) == d))
let text = join(map(range(5000), 'printf("%x", v:val * v:val)'), ' ')
call add(out, len(split(substitute(text, '\v(\x)\1', '<&>', 'g'), '<')))
function! Make(n)
	return {-> a:n + len(range(a:n % 50))}
endfunction
let sum = 0
for F in map(range(3000), 'Make(v:val)')
	let sum += F()
endfor
call add(out, sum)
let v:testing = 1
call test_garbagecollect_now()
" Colours by regular expressions, folds, tabs.
edit! work.c
if isdirectory($VIMRUNTIME . '/syntax')
	syntax on
	set filetype=c
	let names = {}
	for n in range(1, 400)
		for c in range(1, col([n, '$']), 3)
			let name = synIDattr(synID(n, c, 1), 'name')
			let names[name] = get(names, name, 0) + 1
		endfor
	endfor
	call add(out, string(sort(items(names))))
endif
set foldmethod=marker foldmarker={,} foldenable foldminlines=1 foldlevel=0
for n in range(2, 200, 40)
	call add(out, foldclosed(n) . '-' . foldclosedend(n))
endfor
for i in range(12)
	tabnew
	execute 'edit file' . i
	call setline(1, map(range(i * 50 + 8), '"line " . v:val'))
	write
endfor
vimgrep /line \d*7$/j file*
call add(out, len(getqflist()))
silent! bufdo %s/line/text/e | update
call writefile(out, 'out')
qall!
END_VIM
served_by_library vim -es -u NONE -c 'qall!'
compare 'vim: substitutes, undoes, sorts, colours, runs a script' 120 \
	sh -c 'cp "$1/work.c" . && vim -es -u NONE -i NONE -S "$1/work.vim"' \
	sh "$tmp/in"
[ -s "$tmp/work.plain/out" ] || fail 'vim did not come to its end'
expected_status=1
compare 'vim reports an error' 20 \
	vim -es -u NONE -c 'call nosuch()' -c 'qall!'
