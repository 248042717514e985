# SPDX-License-Identifier: MIT
#
# connections.pl SOCKET N FILE - N connections at once to a server on a unix
# socket; each sends FILE, in which its number stands for %N, while it reads
# what comes until the server closes.  Prints the answers in turn.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $connections, $file) = @ARGV;
open(my $in, "<", $file) or die "$file: $!\n";
my $requests = do { local $/; <$in> };

sub talk
{
	my ($number) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!\n";
	(my $text = $requests) =~ s/%N/$number/g;
	my $writer = fork() // die "fork: $!\n";
	if (!$writer) {
		print {$socket} $text;
		$socket->flush;
		exit 0;
	}
	print while read($socket, $_, 65536);
	waitpid($writer, 0);
	die "connection $number: the requests were not all sent\n" if $?;
}

my @answers;
for my $number (1 .. $connections) {
	my $pid = open(my $pipe, "-|") // die "fork: $!\n";
	if (!$pid) {
		talk($number);
		exit 0;
	}
	push @answers, $pipe;
}
my $failed = 0;
# All at once: none waits for another that nobody reads.
for my $pipe (@answers) {
	print while read($pipe, $_, 65536);
	close($pipe) or $failed = 1;
}
exit $failed;
