# SPDX-License-Identifier: GPL-2.0-or-later
"""iperf3 between here and a peer, and the figures that it gives itself."""

import json
import pathlib
import subprocess
import tempfile

from support.network import Peer, tc
from support.wait import DEADLINE_SECONDS, until


class Shaped(Peer):
    """A peer in networks of its own, so that there can be several, behind a qdisc."""

    def __init__(self, number, kind, *options):
        self.OURS = (f"10.66.{number}.1", f"fd66:{number}::1")
        self.THEIRS = (f"10.66.{number}.2", f"fd66:{number}::2")
        super().__init__(f"near{number}", f"far{number}")
        self.kind = kind
        tc("qdisc", "add", "dev", self.near, "root", "handle", "1:", kind, *options)

    def add_class(self, rate):
        tc("class", "add", "dev", self.near, "parent", "1:", "classid", "1:10", "htb", "rate", rate,
           "quantum", "3000")

    def overflows(self):
        """Datagrams that arrived there and found no room in the socket."""
        with self.entered(), open("/proc/thread-self/net/snmp") as file:
            names, values = (line.split() for line in file if line.startswith("Udp:"))
        return int(values[names.index("RcvbufErrors")])


class Iperf:
    """
    A run that starts with the with block, here its client, there its server. Its client sends for
    so many seconds to that address of the peer.
    """

    def __init__(self, peer, address, seconds, *options):
        self.peer, self.seconds = peer, seconds
        self.command = ["iperf3", "--json", "--client", address, "--time", str(seconds), *options]
        self.server = self.client = None

    def __enter__(self):
        try:
            self.serve()
            self.client = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, text=True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.client, self.server):
            if process:
                process.kill()
                process.wait()

    def serve(self):
        # Once there is a server, nobody reads what it writes.
        with tempfile.NamedTemporaryFile(prefix="txpathd-") as log:
            with self.peer.entered():
                self.server = subprocess.Popen(
                    ["iperf3", "--server", "--one-off", "--forceflush"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)

            def is_listening():
                said = pathlib.Path(log.name).read_text()
                assert self.server.poll() is None, said
                return "listening" in said
            until(is_listening, "a server of iperf3")

    def result(self):
        """Waits for the end; what is said there is described at Result."""
        output, _ = self.client.communicate(timeout=self.seconds + DEADLINE_SECONDS)
        self.server.wait(DEADLINE_SECONDS)
        said = json.loads(output)
        assert "error" not in said, said["error"]
        return Result(said)


class Result:
    """
    What iperf3 says of a run: .start is when it began, known to a second, .sent and .received are
    totals at either side, with "bytes", "seconds" and "bits_per_second", for UDP with "packets"
    and "lost_packets" too.
    """

    def __init__(self, said):
        self.start = said["start"]["timestamp"]["timesecs"]
        self.sent, self.received = said["end"]["sum_sent"], said["end"]["sum_received"]
        self.intervals = [one["sum"] for one in said["intervals"]]

    def sender_rate(self, begin, end, field="bytes"):
        """Per second, on average over its intervals from second begin to second end."""
        chosen = [one for one in self.intervals
                  if begin - 0.5 < one["start"] and one["end"] < end + 0.5]
        seconds = sum(one["seconds"] for one in chosen)
        # They last a second each, or longer on a busy machine.
        assert seconds > 0.9 * (end - begin), chosen
        return sum(one[field] for one in chosen) / seconds
