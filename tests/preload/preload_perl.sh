#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_perl.sh - perl: hashes, strings, regular expressions, fork, sort.
. "$(dirname "$0")/lib.sh"
need perl

cat >"$tmp/in/work.pl" <<'END'
use strict; use warnings;
my (%count, @words);
my $seed = 42;
for my $i (1 .. 100000) {
	$seed = ($seed * 1103515245 + 12345) % 2147483648;
	my $word = sprintf "w%d", $seed % 20000;
	$count{$word}++;
	push @words, $word x (1 + $seed % 5);
}
print scalar(keys %count), " ", scalar(@words), "\n";
for my $word ((sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 20]) {
	print "$word $count{$word}\n";
}
my $text = join " ", @words;
my $n = 0;
$n++ while $text =~ /\bw(\d+)w\1\b/g;
print "doubled $n length ", length($text), "\n";
$text =~ s/w1(\d)/X$1/g;
print "replaced ", ($text =~ tr/X//), "\n";
my @nested = map { { id => $_, list => [ 1 .. $_ % 50 ] } } 1 .. 5000;
my $sum = 0;
$sum += @{ $_->{list} } for @nested;
print "sum $sum\n";
for my $child (1 .. 8) {
	my $pid = open(my $pipe, "-|") // die;
	if (!$pid) { print "child $child ", join(",", map { $_ ** 2 } 1 .. $child), "\n"; exit 0; }
	print while <$pipe>;
	close $pipe;
}
END
served_by_library perl -e 'print "x" x 100000'
compare 'perl: hashes, strings, regular expressions, fork' 60 \
	perl "$tmp/in/work.pl"
expected_status=3
compare 'perl: die in eval and exit status' 20 \
	perl -e 'eval { die { code => 3 } }; exit $@->{code}'
