#!/usr/bin/perl
# resource.d/mark NAME start|stop|status: a process, and a trace of it that the harness reads. Knows nothing of Tandem.
#
# Appends "<us> <node> <name> <word>" (CLOCK_MONOTONIC) to one file that all nodes share: "start" before anything is done
# and "up" once it runs, "stop" when nothing runs any more, "gone" when a look at it found nothing, and "taken" with the
# holder's name when the token, which only one can create, was there already. MONOTONIC, SHARED and NODE are filled in
# when the script is installed.
use strict;
use warnings;
use Fcntl;
use POSIX ();
require '@MONOTONIC@';

my ($shared, $node) = ('@SHARED@', '@NODE@');
my ($name, $action) = @ARGV;
my ($pid_file, $token) = ("/run/mark-$name.pid", "$shared/$name.token");

sub note {
    open my $file, '>>', "$shared/activity" or die "$shared/activity: $!\n";
    syswrite $file, sprintf("%d %s %s %s\n", now() * 1000, $node, $name, join ' ', @_);
}

sub content {
    open my $file, '<', $_[0] or return '';
    return do { local $/; <$file> } // '';
}

# A process that has ended but not been waited for does not run.
sub running { my $pid = content($pid_file); return $pid && content("/proc/$pid/stat") =~ /\) [^Z]/ ? $pid : 0 }

sub seize {
    if (sysopen my $file, $token, O_WRONLY | O_CREAT | O_EXCL) { syswrite $file, $node }
    else { note 'taken', content($token) || '?' }
}

sub release { unlink $token if content($token) eq $node }

sub launch {
    my $pid = fork() // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        POSIX::close($_) for 0 .. 63;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'sleep', '1000000' or POSIX::_exit(1);
    }
    open my $file, '>', $pid_file or die "$pid_file: $!\n";
    syswrite $file, $pid;
}

if ($action eq 'start') {
    note 'start';
    seize();
    launch() unless running();
    note 'up';
} elsif ($action eq 'stop') {
    my $pid = running();
    kill 'KILL', $pid if $pid;
    select undef, undef, undef, 0.005 while running();
    unlink $pid_file;
    release();
    note 'stop';
} elsif ($action eq 'status') {
    if (running()) { print "running\n" }
    else {
        release();
        note 'gone';
        print "stopped\n";
    }
}
