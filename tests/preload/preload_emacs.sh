#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_emacs.sh - emacs in batch: buffers, text properties, colours,
# numbers of any size, its compiler, processes, threads, garbage collected.
. "$(dirname "$0")/lib.sh"
need emacs

cat >"$tmp/in/work.el" <<'END_EL'
;;; work.el --- what the test runs  -*- lexical-binding: t -*-
(require 'cl-lib)
(require 'json)
(setq gc-cons-threshold 300000)
(defun say (&rest things)
  (princ (format "%S\n" things)))
(with-temp-buffer
  (dotimes (i 6000)
    (insert (format "line %d of %x\n" (mod (* i 7919) 6007) i)))
  (sort-lines nil (point-min) (point-max))
  (say (point-max) (md5 (current-buffer)))
  (goto-char (point-min))
  (while (re-search-forward "\\([0-9]+\\) of \\([0-9a-f]+\\)" nil t)
    (replace-match "\\2 <\\1>"))
  (say (point-max) (md5 (current-buffer)))
  (buffer-enable-undo)
  (goto-char (point-min))
  (dotimes (_ 3000)
    (kill-word 1)
    (forward-line 1)
    (undo-boundary))
  (primitive-undo 2000 buffer-undo-list)
  (say (point-max) (md5 (current-buffer)))
  (write-region nil nil "lines" nil 'silent))
(let ((table (make-hash-table :test 'equal)) (sum 0))
  (dotimes (i 20000)
    (puthash (format "key%d" (mod (* i 31) 18013)) (make-string (mod i 60) ?x)
             table))
  (maphash (lambda (k v) (setq sum (+ sum (length k) (length v)))) table)
  (say (hash-table-count table) sum)
  (let ((text (json-encode table)))
    (say (length text)
         (hash-table-count (let ((json-object-type 'hash-table)
                                 (json-key-type 'string))
                             (json-read-from-string text))))))
(say (cl-reduce #'* (number-sequence 1 300)) (mod (expt 3 5000) (expt 10 40)))
(defun tree (n) (and (> n 0) (cons (tree (1- n)) (tree (1- n)))))
(defun leaves (tree) (if tree (+ (leaves (car tree)) (leaves (cdr tree))) 1))
(say (leaves (tree 12)))
;; Colours of a large piece of C.
(with-temp-buffer
  (dotimes (i 150)
    (insert (format "int f%d(char *s) /* n %d */\n{\n\treturn \"%d\"[%d];\n}\n"
                    i i i (mod i 2))))
  (delay-mode-hooks (c-mode))
  (font-lock-ensure)
  (indent-region (point-min) (/ (point-max) 20))
  (let ((faces nil) (place (point-min)))
    (while (< place (point-max))
      (push (get-text-property place 'face) faces)
      (setq place (next-property-change place nil (point-max))))
    (say (length faces) (cl-remove-duplicates faces :test #'equal)))
  (say (point-max) (md5 (current-buffer))))
(with-temp-buffer
  (org-mode)
  (dotimes (i 150)
    (insert (format "%s Heading %d\n| a | b%d |\n| %d | d |\n"
                    (make-string (1+ (mod i 3)) ?*) i i (* i i))))
  (org-table-map-tables #'org-table-align t)
  (say (length (org-map-entries #'point)) (md5 (current-buffer))))
(let* ((results (make-vector 4 0))
       (threads (mapcar
                 (lambda (n)
                   (make-thread
                    (lambda ()
                      (dotimes (i 5000)
                        (aset results n (+ (aref results n)
                                           (length (format "%d" (* i n)))))
                        (when (= 0 (mod i 500)) (thread-yield))))))
                 '(0 1 2 3))))
  (mapc #'thread-join threads)
  (say results))
(dotimes (i 8)
  (say (with-temp-buffer
         (call-process "sh" nil t nil "-c" (format "seq %d | cksum" (* i 3000)))
         (buffer-string))))
(let ((file (expand-file-name "part.el")))
  (with-temp-file file
    (insert ";; -*- lexical-binding: t -*-\n")
    (dotimes (i 150)
      (insert (format "(defun part-%d (x) \"Text.\" (let ((y (* x %d))) (lambda (z) (cond ((> z y) (list x y z)) (t (vector z))))))\n" i i))))
  (byte-compile-file file)
  (load (concat file "c") nil t)
  (say (funcall (part-7 3) 50)))
(garbage-collect)
(condition-case error
    (make-vector most-positive-fixnum 0)
  (error (say (car error))))
END_EL
served_by_library emacs -Q --batch --eval '(princ (make-string 100000 ?x))'
compare 'emacs: buffers, colours, threads, processes, its compiler' 300 \
	emacs -Q --batch -l "$tmp/in/work.el"
expected_status=255
compare 'emacs reports an error' 60 emacs -Q --batch --eval '(car 1)'
