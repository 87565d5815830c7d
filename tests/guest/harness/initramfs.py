# SPDX-License-Identifier: GPL-2.0-or-later
"""
A kernel's first root: busybox, the modules that lead to the shared root, and the script "init".

The format is cpio's "newc", see the kernel's Documentation/driver-api/early-userspace/.
"""

import lzma
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
BUSYBOX = "/bin/busybox"
MODULES = ("virtio_pci", "virtio_blk", "9pnet_virtio", "9p", "overlay", "ext4")


def module_files(kernel):
    """The modules and what they depend on, each after what it needs."""
    found = {}
    for module in MODULES:
        shown = subprocess.run(["modprobe", "--dirname", kernel.place, "--set-version",
                                kernel.release, "--show-depends", module], check=True,
                               stdout=subprocess.PIPE, text=True).stdout
        for line in shown.splitlines():
            word, path = line.split()[:2]
            if word == "insmod":
                found[path] = None
    return list(found)


def add_modules(kernel, root):
    """Copies the modules uncompressed, named in the order in which they are to be inserted."""
    (root / "modules").mkdir()
    for number, path in enumerate(module_files(kernel)):
        content = pathlib.Path(path).read_bytes()
        name = os.path.basename(path).removesuffix(".xz")
        if path.endswith(".xz"):
            content = lzma.decompress(content)
        (root / "modules" / f"{number:02}-{name}").write_bytes(content)


def build(kernel, path):
    """Writes the kernel's initramfs."""
    with tempfile.TemporaryDirectory(prefix="txpathd-") as directory:
        root = pathlib.Path(directory)
        for name in ("bin", "dev", "proc", "sys", "lower", "upper", "new"):
            (root / name).mkdir()
        shutil.copy(BUSYBOX, root / "bin" / "busybox")
        (root / "bin" / "sh").symlink_to("busybox")
        shutil.copy(HERE / "init", root / "init")
        add_modules(kernel, root)
        names = sorted(str(entry.relative_to(root)) for entry in root.rglob("*"))
        archive = subprocess.run(["cpio", "--quiet", "--create", "--format=newc", "--owner=0:0"],
                                 input="\n".join(names).encode(), cwd=root, check=True,
                                 stdout=subprocess.PIPE).stdout
        path.write_bytes(archive)
