#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_git.sh - git makes, clones, repacks and verifies a repository.
. "$(dirname "$0")/lib.sh"
need git awk

cat >"$tmp/home/.gitconfig" <<'END'
[user]
	name = Test
	email = test@example.org
[init]
	defaultBranch = main
[core]
	fsync = none
[advice]
	detachedHead = false
[gc]
	autoDetach = false
END
cat >"$tmp/in/work.sh" <<'END'
set -e
GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE GIT_COMMITTER_DATE GIT_CONFIG_NOSYSTEM
git init -q source
cd source
n=0
while [ $n -lt 25 ]; do
	mkdir -p dir$((n % 5))
	awk -v n=$n 'BEGIN { for (i = 0; i < 400 + n * 20; i++)
		print "line", i, "of", n, (i * 7919 + n) % 1009 }' \
		>dir$((n % 5))/file$((n % 7)).txt
	git add .
	git commit -q -m "commit $n"
	n=$((n + 1))
done
git tag -a -m 'a tag' v1
cd ..
git clone -q --no-local source copy 2>/dev/null
cd copy
git gc -q --aggressive --prune=now
git fsck --full --strict
git rev-parse HEAD v1
git log --stat -M | cksum
git diff HEAD~10 | cksum
git grep -c 'line 1' HEAD | sort | cksum
git blame dir0/file0.txt | cksum
git checkout -q -b side HEAD~5
echo changed >side.txt
git add side.txt
git commit -q -m side
git merge -q --no-edit main
git rev-parse HEAD
git count-objects -v | grep -E '^(count|in-pack|packs|garbage):'
git archive HEAD | cksum
git -c pack.threads=2 repack -q -a -d -f
git fsck --full
git status --short
END
ignore_files
served_by_library git version
compare 'git: commit, clone, gc, fsck, merge, repack' 120 \
	sh "$tmp/in/work.sh"
