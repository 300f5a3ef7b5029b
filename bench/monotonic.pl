# CLOCK_MONOTONIC in ms as now(), and the number of setns: perl-base has neither as a function.
use strict;
use warnings;
use POSIX ();

my %calls = (
    x86_64  => [228, 308], aarch64 => [113, 268], riscv64 => [113, 268], i686  => [265, 346],
    armv7l  => [263, 375], ppc64le => [246, 350], s390x   => [260, 339],
);
my $machine = (POSIX::uname())[4];
our ($CLOCK_GETTIME, $SETNS) = @{ $calls{$machine} || die "system call numbers of $machine are not known\n" };

sub now {
    my $time = "\0" x 16;
    syscall $CLOCK_GETTIME, 1, $time;
    my ($seconds, $nanoseconds) = unpack 'l!2', $time;
    return $seconds * 1000 + $nanoseconds / 1e6;
}

1;
