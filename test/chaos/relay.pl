#!/usr/bin/perl
# A switch that misbehaves, for kernels without netem and packet filters: it carries whole frames between ports of its
# network namespace, each direction with a loss, a delay and a rate of duplicates of its own. Needs no more than perl-base.
#
#   relay.pl SEED PORT,PORT... [PORT,PORT...]      each argument is a network of its own
#
# Commands on standard input: "rule FROM TO LOSS LEAST-MS MOST-MS TWICE UDP" for frames from one port to another; LOSS and
# TWICE are probabilities. A spread of delays reorders. UDP is 0 for all frames, or the port of the IPv4 datagrams that are
# meant; the others pass, as does what has no rule. End of file ends the relay.
use strict;
use warnings;
use Cwd ();
use Socket;
require(Cwd::abs_path(__FILE__) =~ s{test/chaos/[^/]+$}{bench/monotonic.pl}r);

my ($AF_PACKET, $ETH_P_ALL, $SIOCGIFINDEX, $SOL_PACKET, $PACKET_VNET_HDR) = (17, 3, 0x8933, 263, 15);
my ($OUTGOING, $MSG_DONTWAIT, $FRAME) = (4, 0x40, 70_000);

sub port {
    my ($device) = @_;
    socket my $socket, $AF_PACKET, SOCK_RAW, 0 or die "relay: packet socket: $!\n";
    my $request = pack 'a16 i x20', $device, 0;
    ioctl $socket, $SIOCGIFINDEX, $request or die "relay: $device: $!\n";
    # Each frame with the kernel's own note on its checksum: on these cables it is often not computed.
    setsockopt $socket, $SOL_PACKET, $PACKET_VNET_HDR, pack 'i', 1 or die "relay: vnet header: $!\n";
    bind $socket, pack('S n i S C C a8', $AF_PACKET, $ETH_P_ALL, (unpack 'x16 i', $request), 0, 0, 0, '')
        or die "relay: bind to $device: $!\n";
    return $socket;
}

my ($seed, @networks) = @ARGV;
srand $seed;
my (%socket, %others, %rule, @late);
for (map { [split /,/] } @networks) {
    my @ports = @$_;
    $socket{$_} = port($_) for @ports;
    for my $port (@ports) { $others{$port} = [grep { $_ ne $port } @ports] }
}

# Of an IPv4 datagram; the frame is behind a vnet header of 10 bytes. -1 for all else.
sub udp_port {
    my ($type, $length, $protocol) = unpack 'x22 n C x8 C', $_[0];
    return -1 if ($type // 0) != 0x0800 || ($protocol // 0) != 17;
    return unpack('x' . (24 + 4 * ($length & 15) + 2) . ' n', $_[0]);
}

sub carry {
    my ($frame, $from, $to) = @_;
    my ($loss, $least, $most, $twice, $udp) = @{ $rule{"$from $to"} || [0, 0, 0, 0, 0] };
    ($loss, $least, $most, $twice) = (0, 0, 0, 0) if $udp && udp_port($frame) != $udp;
    for (1 .. (rand() < $twice ? 2 : 1)) {
        next if rand() < $loss;
        my $delay = $least + rand() * ($most - $least);
        if ($delay) { push @late, [now() + $delay, $to, $frame] }
        else { send $socket{$to}, $frame, $MSG_DONTWAIT }
    }
}

sub receive {
    my ($from) = @_;
    while (defined(my $sender = recv $socket{$from}, my $frame, $FRAME, $MSG_DONTWAIT)) {
        next if unpack('x10 C', $sender) == $OUTGOING;
        carry($frame, $from, $_) for @{ $others{$from} };
    }
}

sub obey {
    my ($order) = @_;
    my ($word, $from, $to, @how) = split / /, $order;
    $rule{"$from $to"} = \@how if $word eq 'rule';
    syswrite STDOUT, "done\n";
}

my $orders = '';
syswrite STDOUT, "ready\n";
while (1) {
    my $readable = '';
    vec($readable, fileno $_, 1) = 1 for values %socket, \*STDIN;
    @late = sort { $a->[0] <=> $b->[0] } @late;
    my $wait = @late ? ($late[0][0] - now()) / 1000 : undef;
    my $ready = select $readable, undef, undef, defined $wait && $wait < 0 ? 0 : $wait;
    while (@late && $late[0][0] <= now()) { my (undef, $to, $frame) = @{ shift @late }; send $socket{$to}, $frame, $MSG_DONTWAIT }
    next if $ready < 1;
    for my $port (keys %socket) { receive($port) if vec $readable, fileno $socket{$port}, 1 }
    next unless vec $readable, fileno STDIN, 1;
    sysread STDIN, $orders, 4096, length $orders or exit 0;
    obey($1) while $orders =~ s/^(.*)\n//;
}
