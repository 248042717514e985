#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_z3.sh - z3 solves problems of bit vectors, numbers, arrays, texts and
# quantifiers, one after another, with threads, and within a limit of memory.
. "$(dirname "$0")/lib.sh"
need z3 awk

cat >"$tmp/in/many.smt2" <<'END_SMT'
(set-option :produce-unsat-cores true)
(declare-datatypes ((Tree 0)) (((leaf) (node (left Tree) (at Int) (right Tree)))))
(declare-fun f (Int) Int)
(declare-const a (Array Int Int))
(declare-const b (Array Int Int))
(declare-const s String)
(declare-const t Tree)
(declare-const x Int)
(declare-const y Int)
(declare-const z Int)
(declare-const p (_ BitVec 32))
(declare-const q (_ BitVec 32))
(declare-const u Real)
; A product of bit vectors is taken apart.
(push)
(assert (= (bvmul p q) #x3d3c10a7))
(assert (and (bvugt p #x00000001) (bvugt q p) (bvult q #x00010000)))
(check-sat)
(get-value (p q))
(pop)
; (p & q) + (p | q) = p + q holds.
(push)
(assert (not (= (bvadd (bvand p q) (bvor p q)) (bvadd p q))))
(check-sat)
(pop)
; Whole numbers.
(push)
(assert (= (+ (* 3 x) (* 5 y) (* 7 z)) 1000))
(assert (and (> x 10) (> y x) (> z y) (= (mod z 11) 4)))
(check-sat)
(eval (+ (* 3 x) (* 5 y) (* 7 z)))
(pop)
; Real ones, not linear.
(push)
(assert (= (* u u u) 2.0))
(check-sat)
(get-value (u))
(pop)
; Arrays that differ in one place only, and do not.
(push)
(assert (! (= b (store (store a x 1) y 2)) :named stored))
(assert (! (distinct x y) :named differ))
(assert (! (distinct (select b x) 1) :named other))
(assert (! (> z 5) :named needless))
(check-sat)
(get-unsat-core)
(pop)
; A function with a law.
(push)
(assert (forall ((n Int)) (! (= (f (+ n 1)) (+ (f n) 2)) :pattern ((f n)))))
(assert (= (f 0) 1))
(assert (distinct (f 3) 7))
(check-sat)
(pop)
; Trees.
(push)
(assert (and ((_ is node) t) ((_ is node) (left t)) (> (at t) (at (left t)) 41)))
(assert (= (right (left t)) leaf))
(check-sat)
(eval (right (left t)))
(pop)
; Texts.
(push)
(assert (str.in_re s (re.+ (re.union (str.to_re "ab") (str.to_re "cde")))))
(assert (= (str.len s) 23))
(assert (str.contains s "abcdeab"))
(check-sat)
(eval (str.len s))
(pop)
(simplify (* (+ x 1) (+ x 2) (+ x 3)) :som true)
(apply (then simplify propagate-values solve-eqs))
(assert (> nosuch 1))
END_SMT
# More pigeons than holes, N for N - 1: no way in.
pigeons() {
	awk -v n="$1" 'BEGIN {
	for (i = 1; i <= n; i++) {
		text = ""
		for (j = 1; j < n; j++) {
			printf "(declare-const p%d_%d Bool)\n", i, j
			text = text " p" i "_" j
		}
		printf "(assert (or%s))\n", text
	}
	for (j = 1; j < n; j++)
		for (i = 1; i <= n; i++)
			for (k = 1; k < i; k++)
				printf "(assert (not (and p%d_%d p%d_%d)))\n", i, j, k, j
	print "(check-sat)" }'
}
pigeons 8 >"$tmp/in/pigeons.smt2"
# Queens on a board, as whole numbers.
awk 'BEGIN { n = 12
	for (i = 1; i <= n; i++)
		printf "(declare-const q%d Int)\n(assert (<= 1 q%d %d))\n", i, i, n
	for (i = 1; i <= n; i++)
		for (j = 1; j < i; j++)
			printf "(assert (and (distinct q%d q%d) (distinct (- q%d q%d) %d) (distinct (- q%d q%d) %d)))\n",
				i, j, i, j, i - j, j, i, i - j
	print "(check-sat)\n(get-model)" }' >"$tmp/in/queens.smt2"
# A multiplication that has no solution, bit by bit.
awk 'BEGIN {
	print "(declare-const a (_ BitVec 9))\n(declare-const b (_ BitVec 9))"
	print "(assert (distinct (bvmul (bvadd a b) (bvadd a b))"
	print "(bvadd (bvmul a a) (bvmul b b) (bvmul a b) (bvmul b a))))"
	print "(check-sat)" }' >"$tmp/in/square.smt2"

served_by_library z3 -version
expected_status=1
compare 'z3 solves problems of many kinds, one after another' 120 \
	z3 "$tmp/in/many.smt2"
expected_status=0
compare 'z3: eight pigeons, seven holes' 120 z3 "$tmp/in/pigeons.smt2"
compare 'z3: twelve queens' 120 z3 "$tmp/in/queens.smt2"
compare 'z3: a square, bit by bit' 120 z3 "$tmp/in/square.smt2"
# Which thread is first varies; that there is no solution does not.
compare 'z3 with three threads' 240 z3 parallel.enable=true \
	parallel.threads.max=3 "$tmp/in/pigeons.smt2"
expected_status=101
compare 'z3 says that its limit of memory is reached' 60 \
	z3 -memory:16 "$tmp/in/square.smt2"
