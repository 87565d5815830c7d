# SPDX-License-Identifier: GPL-2.0-or-later
"""
A guest: QEMU with a kernel of Debian's, over a root directory that it cannot change.

The guest sees three shares (9p): the root, read-only under a layer of its own; the kernel's
modules; and /guest, a directory in which it finds what it is to do and leaves what is to be brought
back. Its network cards are on one wire, which nothing else is on. It is emulated (TCG), so it runs
wherever QEMU does, some ten times slower than the machine.
"""

import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess

from . import initramfs

HERE = pathlib.Path(__file__).parent
PROGRAM = "qemu-system-x86_64"
SESSION = "/guest/session"
MEMORY = "2G"
# A panic ends it; that an emulated processor now and then stands still, and its timers with it, is
# no fault of the kernel's; and /tmp is the root's, also where systemd would hide it.
SETTINGS = ("console=ttyS0 quiet panic=-1 nosoftlockup "
            "rcupdate.rcu_cpu_stall_suppress=1 systemd.mask=tmp.mount")
DISK_BYTES = 1 << 30
QUEUES = 4
# Cards by QEMU's names. A virtio card needs a vector per queue and direction, and two more.
CARDS = {"e1000e": "", "virtio-net-pci": f",mq=on,vectors={2 * QUEUES + 2}", "vmxnet3": "",
         "rtl8139": ""}
CONSOLE_LINES = 60
ATTEMPTS = 3
# While the kernel changes its code (to switch on a tracepoint), an emulated processor that looks at
# it just then may keep the breakpoint that stands there meanwhile, and run into it afterwards, when
# the kernel does not expect it any more. Processors do not.
STALE_BREAKPOINT = re.compile(r"\bint3: 0000 \[#1\]")


def why_not():
    """Why no guest can be run here; None when one can."""
    if platform.machine() != "x86_64":
        return f"the guests are x86_64, and this machine is {platform.machine()}"
    if os.geteuid() != 0:
        return "needs root for the guests' wire"
    if not shutil.which(PROGRAM):
        return f"there is no {PROGRAM} here"
    if not pathlib.Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun here for the guests' wire"
    return None


def share(tag, path, options=""):
    return ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,multidevs=remap"
                       f"{options}"]


def cards():
    """The taps that the wire needs, and QEMU's arguments for the cards that are plugged into it."""
    taps, arguments = [], []
    for number, (card, options) in enumerate(CARDS.items()):
        tap, queues = f"tap{number}", QUEUES if card.startswith("virtio") else 1
        taps.append(f"{tap}:{queues}" if queues > 1 else tap)
        several = f",queues={queues}" if queues > 1 else ""
        arguments += ["-netdev", f"tap,id={tap},ifname={tap},script=no,downscript=no{several}",
                      "-device", f"{card},netdev={tap},mac=02:00:00:00:10:{number:02x},"
                                 f"romfile={options}"]
    return taps, arguments


class Guest:
    """
    A machine over `root` whose first program is `init`, and whose /guest is the directory `place`.
    With `disk`, what it changes in its root is still there when it is run again.
    """

    def __init__(self, kernel, place, root="/", init=SESSION, disk=False):
        self.kernel, self.place, self.root, self.init = kernel, pathlib.Path(place), root, init
        shutil.copy(HERE / "session", self.place)
        self.initrd = self.place / "initrd"
        initramfs.build(kernel, self.initrd)
        self.disk = self.place / "disk" if disk else None
        if disk:
            self.make_disk()

    def make_disk(self):
        """A file system of its own, in a file that takes up no room before it is written to."""
        with open(self.disk, "wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", self.disk], check=True)

    def remove_disk(self):
        self.disk.unlink()

    def command(self):
        taps, network = cards()
        disk = ["-drive", f"file={self.disk},if=virtio,format=raw,cache=unsafe"]
        return ["unshare", "--net", HERE / "wire", *taps, "--",
                PROGRAM, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
                "-m", MEMORY, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.place}/console",
                "-kernel", self.kernel.image, "-initrd", self.initrd,
                "-append", f"{SETTINGS} guest.init={self.init}",
                *share("root", self.root, ",readonly=on"),
                *share("modules", self.kernel.modules, ",readonly=on"),
                *share("guest", self.place), *network, *(disk if self.disk else [])]

    def run(self, seconds):
        """
        Runs it until it switches itself off or reboots; returns what went wrong, or None. When that
        is a fault of QEMU itself, which is seldom, the guest is started anew, without what it has
        left.
        """
        given = set(self.place.iterdir())
        for _ in range(ATTEMPTS):
            for left in set(self.place.iterdir()) - given:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            status, fault = self.run_once(seconds)
            if not (own := self.fault_of_qemu(status, fault)):
                break
            print(f"# {own}")
        return fault

    def fault_of_qemu(self, status, fault):
        console = self.place / "console"
        for line in console.read_text(errors="replace").splitlines() if console.exists() else ():
            if STALE_BREAKPOINT.search(line):
                return f"it kept a breakpoint that is there no more: {line}"
        return fault if status == -signal.SIGSEGV else None

    def run_once(self, seconds):
        """QEMU's exit status, and what went wrong, or None."""
        log = self.place / "qemu.log"
        try:
            with open(log, "w") as file:
                status = subprocess.run(self.command(), stdin=subprocess.DEVNULL, stdout=file,
                                        stderr=file, timeout=seconds).returncode
        except subprocess.TimeoutExpired:
            return None, f"not over after {seconds} s"
        fault = f"QEMU ended with {status}: {log.read_text()}"
        return status, fault if status != 0 else None

    def console(self):
        """The last lines of what it said there."""
        text = (self.place / "console").read_text(errors="backslashreplace")
        return "\n".join(text.splitlines()[-CONSOLE_LINES:])
