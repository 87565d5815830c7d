# SPDX-License-Identifier: GPL-2.0-or-later
"""
What TCP does about losses: each way in which it can learn of one, and be wrong. Frames are lost by
a hardware address that nobody has, so that neither end hears of it.
"""

import contextlib
import fcntl
import pathlib
import socket
import struct
import subprocess
import termios
import time

from support import tap
from support.counters import counters
from support.frames import FULL_FRAME, TBF, send
from support.network import fill, ip, tc
from support.wait import DEADLINE_SECONDS, until

ATTEMPTS = 5
PIECE = b"x" * 1000
NOBODY = "02:00:00:00:00:66"
ETH_P_ALL = 3
SIOCSARP, ARPHRD_ETHER, ATF_COM, ATF_PERM = 0x8955, 1, 2, 4
CONGESTION_EXPERIENCED = 3 << 4  # in the second byte of an IPv6 header


def unacknowledged(connection):
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]


def wait_until_acknowledged(connection):
    until(lambda: unacknowledged(connection) == 0, "acknowledgements")


def send_pieces(connection, number):
    for _ in range(number):
        connection.send(PIECE)


def give_address(device, address, hardware_address):
    """Changes a neighbour at once, before TCP can have noticed (arp(7))."""
    if ":" in address:
        ip("neighbour", "replace", address, "lladdr", hardware_address, "dev", device, "nud",
           "permanent")
        return
    request = struct.pack(
        "HH4s8xH6s8xi16x16s", socket.AF_INET, 0, socket.inet_aton(address), ARPHRD_ETHER,
        bytes.fromhex(hardware_address.replace(":", "")), ATF_COM | ATF_PERM, device.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anyone:
        fcntl.ioctl(anyone, SIOCSARP, request)


def reset(*ends):
    """Leaves nothing behind, as an orderly end would."""
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.close()


class Losses:
    """No connection is left of them."""

    def __init__(self, peer):
        self.peer = peer

    def suffer(self):
        for name, attempt in {
                "TcpOutRsts": self.refuse,
                "TcpExtTCPFastRetrans": self.lose_one,
                "TcpExtTCPLossProbeRecovery": self.lose_the_last,
                "TcpExtTCPSlowStartRetrans": self.lose_everything,
                "TcpExtTCPLostRetransmit": self.lose_everything,
                "TcpExtTcpTimeoutRehash": self.lose_everything,
                "TcpExtTCPSpuriousRTOs": self.lose_acknowledgements,
                "TcpExtTCPRetransFail": self.lose_to_a_full_qdisc,
                "TcpExtTCPAbortOnTimeout": self.lose_patience,
                "TcpExtTCPSynRetrans": self.lose_the_first,
                "TcpExtTCPDeliveredCE": self.meet_congestion,
                "TcpExtTCPWinProbe": self.meet_a_full_window,
                "TcpExtTCPKeepAlive": self.keep_alive}.items():
            self.attempt(name, attempt)

    @staticmethod
    def attempt(name, attempt):
        """Chance may be against it: then it is tried anew."""
        for _ in range(ATTEMPTS):
            if counters().get(name, 1):
                return
            try:
                attempt()
            except AssertionError as failure:
                tap.comment(f"{name}: {failure}")
        tap.comment(f"{name} is {counters()[name]} after {ATTEMPTS} attempts")

    @contextlib.contextmanager
    def connection(self, address=None):
        near, far = self.peer.tcp(address or self.peer.THEIRS[0])
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            yield near, far
        finally:
            reset(near, far)

    @contextlib.contextmanager
    def outage(self):
        """What is sent to the peer over IPv4 is lost meanwhile."""
        give_address(self.peer.near, self.peer.THEIRS[0], NOBODY)
        try:
            yield
        finally:
            give_address(self.peer.near, self.peer.THEIRS[0], self.peer.FAR_ADDRESS)

    def refuse(self):
        with self.peer.entered():
            caller = socket.socket()
        with caller:
            caller.connect_ex((self.peer.OURS[0], 9))

    def lose_one(self):
        with self.connection() as (near, _):
            with self.outage():
                send_pieces(near, 1)
            send_pieces(near, 8)
            wait_until_acknowledged(near)

    def lose_the_last(self):
        """One segment has its probe after 200 ms; that it was a loss is known by the next."""
        with self.connection() as (near, _):
            send_pieces(near, 1)
            wait_until_acknowledged(near)
            with self.outage():
                send_pieces(near, 1)
            wait_until_acknowledged(near)
            send_pieces(near, 1)
            wait_until_acknowledged(near)

    def lose_everything(self):
        with self.connection() as (near, _):
            with self.outage():
                send_pieces(near, 9)
                before = counters()["TcpExtTCPTimeouts"]
                until(lambda: counters()["TcpExtTCPTimeouts"] >= before + 2, "two timeouts")
            wait_until_acknowledged(near)

    def lose_acknowledgements(self):
        """
        For a moment, and the timeout is spurious: the peer's one answer to what is sent again
        acknowledges all that was not. Time stamps and the like would tell sooner.
        """
        with self.peer.entered():
            for name in ("tcp_timestamps", "tcp_dsack"):
                pathlib.Path("/proc/sys/net/ipv4", name).write_text("0")
        with self.connection() as (near, _):
            with self.peer.entered():
                give_address(self.peer.far, self.peer.OURS[0], NOBODY)
            send_pieces(near, 9)
            time.sleep(0.1)
            with self.peer.entered():
                give_address(self.peer.far, self.peer.OURS[0], self.peer.NEAR_ADDRESS)
            wait_until_acknowledged(near)
        with self.peer.entered():
            for name in ("tcp_timestamps", "tcp_dsack"):
                pathlib.Path("/proc/sys/net/ipv4", name).write_text("1")

    def lose_to_a_full_qdisc(self):
        """What is to be sent again does not even leave this machine."""
        with self.connection() as (near, _):
            with self.outage():
                send_pieces(near, 1)
                tc("qdisc", "add", "dev", self.peer.near, "root", *TBF.split(), "2k")
                send(self.peer.near, 3, FULL_FRAME)
                until(lambda: counters()["TcpExtTCPRetransFail"], "a failure")
                tc("qdisc", "del", "dev", self.peer.near, "root")
            wait_until_acknowledged(near)

    def lose_patience(self):
        with self.connection() as (near, _), self.outage():
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
            send_pieces(near, 1)
            until(lambda: counters()["TcpExtTCPAbortOnTimeout"], "an abort")

    def lose_the_first(self):
        with socket.socket() as caller, self.outage():
            caller.setblocking(False)
            caller.connect_ex((self.peer.THEIRS[0], 9))
            until(lambda: counters()["TcpExtTCPSynRetrans"], "the second SYN")

    def meet_congestion(self):
        """
        Somebody on the way marks a packet: it is lost, and comes again with the mark, which no
        checksum covers in IPv6. Only who is called by the peer has ECN by default.
        """
        device = self.peer.near
        self.compute_checksums(device, "off")
        with self.peer.entered():
            pathlib.Path("/proc/sys/net/ipv4/tcp_ecn").write_text("1")
            way = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        with way, self.connection_from_there() as near:
            way.bind((self.peer.far, ETH_P_ALL))
            way.settimeout(DEADLINE_SECONDS)
            give_address(device, self.peer.THEIRS[1], NOBODY)
            near.send(PIECE)
            frame = b""
            while frame[:6] != bytes.fromhex(NOBODY.replace(":", "")):
                frame = bytearray(way.recv(FULL_FRAME))
            give_address(device, self.peer.THEIRS[1], self.peer.FAR_ADDRESS)
            frame[:6] = bytes.fromhex(self.peer.FAR_ADDRESS.replace(":", ""))
            frame[15] |= CONGESTION_EXPERIENCED
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as again:
                again.bind((device, 0))
                again.send(frame)
            wait_until_acknowledged(near)
        self.compute_checksums(device, "on")

    @staticmethod
    def compute_checksums(device, later):
        """Whether that is left to the device, which for a veth means to nobody."""
        subprocess.run(["ethtool", "-K", device, "tx", later], check=True,
                       stdout=subprocess.DEVNULL)

    @contextlib.contextmanager
    def connection_from_there(self):
        """Our end of one that the peer has called for."""
        with socket.create_server((self.peer.OURS[1], 0), family=socket.AF_INET6) as listener:
            with self.peer.entered():
                far = socket.create_connection(listener.getsockname()[:2], 30)
            near, _ = listener.accept()
            yield near
            reset(near, far)

    def meet_a_full_window(self):
        with self.connection() as (near, _):
            fill(near)
            until(lambda: counters()["TcpExtTCPWinProbe"], "a probe")

    def keep_alive(self):
        with self.connection() as (near, _):
            near.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
            until(lambda: counters()["TcpExtTCPKeepAlive"], "a probe")
