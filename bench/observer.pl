#!/usr/bin/perl
# The measuring instrument: one process with sockets inside every network namespace of the laboratory.
# It knows nothing of the product. Needs no more than perl-base.
#
#   observer.pl CLIENT-NETNS SWITCH-NETNS HEARTBEAT-PORT NAME,NETNS,MAC,SWITCH-PORT... [NAME@ADDRESS...]
#
# NAME@ADDRESS is a guest: it has no host of its own and is known by the address that its heartbeats come from.
# One line per event on standard output, times in ms of CLOCK_MONOTONIC:
#   R <t> <host> <seq> <sent> <n> that host answered the client's probe (UDP, sent to the n-th service address, from 0)
#   A <t> <host> add|del <ip>    an address appeared on or left a host (rtnetlink)
#   W <t> <host> <n>             that host answered the n-th "who has" (ARP) for the service address
#   G <t> <host> <ip>            a gratuitous ARP of that host reached the client
#   H <t> <from> <to> <bytes>    a heartbeat of `from`, so many bytes of UDP payload, left the switch towards `to`
# Commands on standard input: "probe <every-ms> <ip>[,<ip>...]" (0 = pause); "who has" asks for the first of them.
# End of file ends the observer.
use strict;
use warnings;
use Cwd ();
use Socket;

require(Cwd::abs_path(__FILE__) =~ s{[^/]+$}{monotonic.pl}r);
our $SETNS;

my ($AF_NETLINK, $AF_PACKET, $CLONE_NEWNET, $MSG_DONTWAIT) = (16, 17, 0x40000000, 0x40);
my ($ECHO_PORT, $WHO_HAS_MS, $TELL_MS) = (7007, 20, 5);
my ($ETH_P_ALL, $ETH_P_ARP, $SIOCGIFINDEX, $SO_ATTACH_FILTER, $OUTGOING) = (3, 0x0806, 0x8933, 26, 4);
my $SO_RCVBUFFORCE = 33;
my $ASKER = pack 'H12', '02000a4dffff';    # the ARP questions' own MAC: the client's neighbour table never sees answers

sub enter {
    my ($netns) = @_;
    open my $file, '<', $netns or die "observer: $netns: $!\n";
    syscall($SETNS, fileno $file, $CLONE_NEWNET) == 0 or die "observer: setns $netns: $!\n";
}

# What happens in a flood is told together: each line alone would wake the bench, on processors that the hosts need.
my ($said, $said_at) = ('', 0);
sub say_event {
    $said_at = now() if $said eq '';
    $said .= join(' ', $_[0], sprintf('%.3f', $_[1]), @_[2 .. $#_]) . "\n";
}
sub hand_over { syswrite STDOUT, $said; $said = '' }

my %on;    # file number -> [socket, what to do when it is readable]
sub watch { my ($socket, $do) = @_; $on{ fileno $socket } = [$socket, $do] }

sub udp_socket {
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "observer: socket: $!\n";
    return $socket;
}

sub packet_socket {
    my ($device, $protocol, $filter) = @_;
    socket my $socket, $AF_PACKET, SOCK_RAW, 0 or die "observer: packet socket: $!\n";
    my $request = pack 'a16 i x20', $device, 0;
    ioctl $socket, $SIOCGIFINDEX, $request or die "observer: $device: $!\n";
    setsockopt $socket, SOL_SOCKET, $SO_ATTACH_FILTER, $filter or die "observer: filter: $!\n" if $filter;
    bind $socket, pack('S n i S C C a8', $AF_PACKET, $protocol, (unpack 'x16 i', $request), 0, 0, 0, '')
        or die "observer: bind to $device: $!\n";
    return $socket;
}

# Answers each probe with the host's name. Started in the host's network only: it survives the host's processes.
sub echo {
    my ($name) = @_;
    my $socket = udp_socket();
    bind $socket, sockaddr_in($ECHO_PORT, INADDR_ANY) or die "observer: echo: $!\n";
    watch $socket, sub {
        while (defined(my $from = recv $socket, my $data, 64, $MSG_DONTWAIT)) { send $socket, "$data $name", $MSG_DONTWAIT, $from }
    };
}

sub watch_addresses {
    my ($name) = @_;
    socket my $socket, $AF_NETLINK, SOCK_RAW, 0 or die "observer: netlink: $!\n";
    make_room($socket);
    bind $socket, pack('S S L L', $AF_NETLINK, 0, 0, 0x10) or die "observer: netlink: $!\n";    # RTMGRP_IPV4_IFADDR
    watch $socket, sub {
        my $at = now();
        while (defined recv $socket, my $data, 65536, $MSG_DONTWAIT) { say_addresses($name, $at, $data) }
    };
}

sub say_addresses {
    my ($name, $at, $data) = @_;
    while (length $data >= 24) {
        my ($size, $type) = unpack 'L S', $data;
        my $attributes = substr $data, 24, $size - 24;
        while (length $attributes >= 8) {
            my ($length, $kind) = unpack 'S S', $attributes;
            if ($kind == 2 and $type == 20 || $type == 21) {    # IFA_LOCAL of RTM_NEWADDR, RTM_DELADDR
                say_event 'A', $at, $name, $type == 20 ? 'add' : 'del', inet_ntoa(substr $attributes, 4, 4);
            }
            $attributes = substr $attributes, min(($length + 3) & ~3, length $attributes);
        }
        $data = substr $data, min(($size + 3) & ~3, length $data);
    }
}

# A thousand addresses may come at once. Not allowed in a user namespace: then the usual buffer has to do.
sub make_room { setsockopt $_[0], SOL_SOCKET, $SO_RCVBUFFORCE, pack 'i', 32 << 20 }

sub min { return $_[0] < $_[1] ? $_[0] : $_[1] }

# Classic BPF: outgoing frames of IPv4, UDP, to this port.
sub heartbeat_filter {
    my ($port) = @_;
    our $program = join '', map { pack 'S C C L', @$_ } (
        [0x30, 0, 0, 0xfffff004], [0x15, 0, 8, $OUTGOING],
        [0x28, 0, 0, 12], [0x15, 0, 6, 0x0800],
        [0x30, 0, 0, 23], [0x15, 0, 4, 17],
        [0xb1, 0, 0, 14], [0x48, 0, 0, 16], [0x15, 0, 1, $port],
        [0x06, 0, 0, 64], [0x06, 0, 0, 0],
    );
    return pack 'S x![P] P', length($program) / 8, $program;
}

my ($client, $switch, $heartbeat_port, @hosts) = grep { !/@/ } @ARGV;
my %guest_of = map { /(.*)@(.*)/ ? (inet_aton($2) => $1) : () } @ARGV;
my %host_of_mac;
for (@hosts) {
    my ($name, $netns, $mac) = split /,/;
    $host_of_mac{ pack 'H12', $mac =~ tr/://dr } = $name;
    enter $netns;
    echo $name;
    watch_addresses $name;
}

enter $switch;
for (@hosts) {
    my ($to, $port) = (split /,/)[0, 3];
    my $tap = packet_socket $port, $ETH_P_ALL, heartbeat_filter($heartbeat_port);
    watch $tap, sub {
        my $at = now();
        while (defined recv $tap, my $frame, 64, $MSG_DONTWAIT) {
            my $from = $guest_of{ substr $frame, 26, 4 } || $host_of_mac{ substr $frame, 6, 6 };
            say_event 'H', $at, $from, $to, unpack('x38 n', $frame) - 8 if $from;
        }
    };
}

enter $client;
my ($every, @addresses, $address, $sequence, $probe_at, $asked, $ask_at, $orders);
($every, $sequence, $probe_at, $asked, $ask_at, $orders) = (0, 0, 0, 0, 0, '');
my $probe = udp_socket();
setsockopt $probe, SOL_SOCKET, SO_SNDBUF, 1 << 20;    # probes wait here while nobody answers "who has"
watch $probe, sub {
    my $at = now();
    while (defined recv $probe, my $data, 64, $MSG_DONTWAIT) {
        my ($number, $sent, $index, $name) = split / /, $data;
        say_event 'R', $at, $name, $number, $sent, $index;
    }
};
my $arp = packet_socket 'eth0', $ETH_P_ARP, undef;
make_room($arp);
watch $arp, sub {
    my $at = now();
    while (defined recv $arp, my $frame, 64, $MSG_DONTWAIT) {
        next if length $frame < 42;
        my ($operation, $sender, $said, $to, $asked_for) = unpack 'x20 n a6 a4 a6 a4', $frame;
        my $name = $host_of_mac{$sender} or next;
        if ($to eq $ASKER) { say_event 'W', $at, $name, $asked if $operation == 2 }
        elsif ($said eq $asked_for) { say_event 'G', $at, $name, inet_ntoa($said) }
    }
};
watch \*STDIN, sub {
    sysread STDIN, $orders, 4096, length $orders or exit 0;
    while ($orders =~ s/^(\S+) ?(\S*) ?(\S*)\n//) {
        my ($ms, $list) = ($2, $3);
        ($every, @addresses) = ($ms, split /,/, $list);
        $address = $addresses[0];
        $probe_at = $ask_at = now();
    }
};

syswrite STDOUT, "ready\n";
my ($all, $dense) = ('', 0);
vec($all, $_, 1) = 1 for keys %on;
while (1) {
    # Nine things without a pause are a flood: it is looked at once in a millisecond, and what it brings is that late at most.
    select undef, undef, undef, 0.001 if $dense > 8;
    my $since = now();
    my $wait = $every ? min($probe_at, $ask_at) - $since : undef;
    $wait = min($wait // $TELL_MS, $said_at + $TELL_MS - $since) if $said ne '';
    $wait = $wait < 0 ? 0 : $wait / 1000 if defined $wait;
    my $ready = select my $readable = $all, undef, undef, $wait;
    $dense = $ready > 0 && now() - $since < 0.2 ? $dense + 1 : 0;
    for my $number ($ready > 0 ? keys %on : ()) { $on{$number}[1]->() if vec $readable, $number, 1 }
    hand_over() if $said ne '' and now() - $said_at >= $TELL_MS;
    next unless $every;
    if (now() >= $probe_at) {
        $sequence++;
        for my $index (0 .. $#addresses) {
            my $question = sprintf '%d %.3f %d', $sequence, now(), $index;
            send $probe, $question, $MSG_DONTWAIT, sockaddr_in($ECHO_PORT, inet_aton($addresses[$index]));
        }
        $probe_at = $probe_at + $every > now() ? $probe_at + $every : now() + $every;
    }
    if (now() >= $ask_at) {
        $asked++;
        my $question = "\xff" x 6 . $ASKER . pack('n n n C C n', $ETH_P_ARP, 1, 0x0800, 6, 4, 1)
            . $ASKER . "\0" x 10 . inet_aton($address);
        send $arp, $question, $MSG_DONTWAIT;
        $ask_at = now() + $WHO_HAS_MS;
    }
}
