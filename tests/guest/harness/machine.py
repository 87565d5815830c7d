# SPDX-License-Identifier: GPL-2.0-or-later
"""
A guest: QEMU with a kernel of Debian's, over a root directory that it cannot change.

The guest sees three shares (9p): the root, read-only under a layer of its own; the kernel's
modules; and /guest, a directory in which it finds what it is to do and leaves what is to be brought
back. Its network cards are on one wire, which nothing else is on. It is emulated (TCG), so it runs
wherever QEMU does, some ten times slower than the machine.
"""

import contextlib
import os
import pathlib
import platform
import shutil
import subprocess

from . import initramfs

HERE = pathlib.Path(__file__).parent
PROGRAM = "qemu-system-x86_64"
SESSION = "/guest/session"
MEMORY = "2G"
# A panic ends it, as does an interrupt of ours, after each processor has said where it is; that an
# emulated processor now and then stands still, and its timers with it, is no fault of the kernel's;
# and /tmp is the root's, also where systemd would hide it.
SETTINGS = ("console=ttyS0 quiet panic=-1 unknown_nmi_panic panic_print=0x40 "
            "nosoftlockup rcupdate.rcu_cpu_stall_suppress=1 systemd.mask=tmp.mount")
# The processors take turns in one thread. With a thread each (multi), before QEMU 8.1, what one
# translates while another changes it (as the kernel does with its own code, to switch on a
# tracepoint) may stay as it was: a breakpoint that is there no more. 6.1 stands still at it for
# ever, 6.12 dies of it.
ACCELERATOR = "tcg,thread=single"
DISK_BYTES = 1 << 30
QUEUES = 4
# Cards by QEMU's names. A virtio card needs a vector per queue and direction, and two more.
CARDS = {"e1000e": "", "virtio-net-pci": f",mq=on,vectors={2 * QUEUES + 2}", "vmxnet3": "",
         "rtl8139": ""}
CONSOLE_LINES = 120
# How long a guest may take to say where it stands still.
LAST_WORDS_SECONDS = 60


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
                PROGRAM, "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2",
                "-m", MEMORY, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.place}/console",
                "-monitor", "stdio",
                "-kernel", self.kernel.image, "-initrd", self.initrd,
                "-append", f"{SETTINGS} guest.init={self.init}",
                *share("root", self.root, ",readonly=on"),
                *share("modules", self.kernel.modules, ",readonly=on"),
                *share("guest", self.place), *network, *(disk if self.disk else [])]

    def run(self, seconds):
        """Runs it until it switches itself off or reboots; returns what went wrong, or None."""
        log = self.place / "qemu.log"
        with open(log, "w") as file:
            process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=file,
                                       stderr=file)
        with process:
            try:
                status = process.wait(seconds)
                return f"QEMU ended with {status}: {log.read_text()}" if status != 0 else None
            except subprocess.TimeoutExpired:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(b"nmi\n", LAST_WORDS_SECONDS)
                return f"not over after {seconds} s"
            finally:
                process.kill()

    def console(self):
        """The last lines of what it said there."""
        text = (self.place / "console").read_text(errors="backslashreplace")
        return "\n".join(text.splitlines()[-CONSOLE_LINES:])
