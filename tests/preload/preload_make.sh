#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_make.sh - make -j: 120 targets, pattern rules, functions, recursion.
. "$(dirname "$0")/lib.sh"
need make seq

cat >"$tmp/in/Makefile" <<'END'
numbers := $(shell seq 1 120)
targets := $(addprefix out/,$(addsuffix .o,$(numbers)))
all: sum recursive
sum: $(targets)
	@cat $(sort $^) | cksum
out/%.o: out/%.c | out
	@sed 's/a/b/g' $< >$@
out/%.c: | out
	@echo "a $* $(words $(filter-out $*,$(numbers)))" >$@
out:
	@mkdir -p $@
recursive: sum
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) text
text:
	@echo $(foreach n,$(wordlist 1,50,$(numbers)),$(if $(findstring 3,$n),$n)) $(subst out,in,$(lastword $(targets)))
	@echo $(call twice,x) $(origin numbers) $(sort c b a c)
define twice
$1$1
endef
.SECONDARY:
END
served_by_library make -n -f "$tmp/in/Makefile"
compare 'make -j4 of 120 targets' 60 make -j4 -f "$tmp/in/Makefile"
compare 'make again has nothing to build' 60 sh -c '
	make -s -f "$1" >/dev/null && make -f "$1" text' sh "$tmp/in/Makefile"
expected_status=2
compare 'make reports a missing rule' 20 make -f "$tmp/in/Makefile" nosuch
