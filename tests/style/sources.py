#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What every source file keeps to: licence, size, and who may include whom."""

import pathlib
import re
import subprocess

from support import tap
from support.llvm import other_release

ROOT = pathlib.Path(__file__).parents[2]
LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
MAX_LINES = 400
MAX_COLUMNS = 100
TAB_COLUMNS = 8

# Beginnings of what the C files of a folder may include with quotes; tests may include anything.
BASICS = ("config/", "daemon/cleanup.h", "daemon/reason.h")
COLLECTOR = BASICS + ("bpf/", "collectors/", "daemon/argument.h", "daemon/batch.h",
                      "daemon/clock.h", "daemon/collector.h", "daemon/histogram.h",
                      "daemon/metric.h", "daemon/utf8.h")
MAY_INCLUDE = {"bpf": ("bpf/",), "config": BASICS, "daemon": ("config/", "daemon/"),
               "collectors": COLLECTOR,
               "tests": ("bpf/", "collectors/", "config/", "daemon/", "tests/")}
KNOW_COLLECTORS = ("daemon/main.c", "daemon/registry.c")


def files(*patterns):
    """Paths of tracked and new files, as git sees them."""
    # A checkout may belong to another user than the one who runs the tests.
    listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached",
                              "--others", "--exclude-standard", "--", *patterns], cwd=ROOT,
                             check=True, stdout=subprocess.PIPE, text=True).stdout
    return sorted({path for path in listing.split("\0") if path and (ROOT / path).is_file()})


def expect_none(faults):
    assert not faults, "\n" + "\n".join(faults)


def lines(path):
    return (ROOT / path).read_text().splitlines()


def has_shebang(path):
    with open(ROOT / path, "rb") as file:
        return file.read(2) == b"#!"


@tap.test
def every_source_names_its_licence():
    faults = [path for path in files("*.c", "*.h", "*.in")
              if LICENCE not in "".join(lines(path)[:1])]
    scripts = set(files("*.py")) | {path for path in files() if has_shebang(path)}
    faults += [path for path in sorted(scripts) if LICENCE not in "".join(lines(path)[:2])]
    expect_none(faults)


@tap.test
def no_source_is_too_long_or_too_wide():
    faults = []
    for path in files("*.c", "*.h", "*.py"):
        text = lines(path)
        if len(text) > MAX_LINES:
            faults.append(f"{path}: {len(text)} lines, more than {MAX_LINES}")
        faults += [f"{path}:{number}: wider than {MAX_COLUMNS}"
                   for number, line in enumerate(text, 1)
                   if path.endswith(".py") and len(line.expandtabs(TAB_COLUMNS)) > MAX_COLUMNS]
    expect_none(faults)


@tap.test
def includes_are_written_from_the_root_and_keep_the_layers():
    faults = []
    for path in files("*.c", "*.h"):
        for included in re.findall(r'^#include "(.*)"', "\n".join(lines(path)), re.M):
            allowed = MAY_INCLUDE.get(path.split("/")[0], ())
            if path in KNOW_COLLECTORS:
                allowed += ("collectors/",)
            if "/" not in included:
                faults.append(f"{path}: \"{included}\" is not written from the root")
            elif not included.startswith(allowed):
                faults.append(f"{path}: may not include \"{included}\"")
    expect_none(faults)


@tap.test
def text_ends_with_one_newline_and_no_blanks():
    faults = []
    for path in files("*.c", "*.h", "*.py", "*.md", "*.build", "*.in", "*.json", "*.yml"):
        text = (ROOT / path).read_text()
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            faults.append(f"{path}: its end")
        faults += [f"{path}:{number}: blanks at the end"
                   for number, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    expect_none(faults)


@tap.test
def python_compiles():
    for path in files("*.py"):
        compile((ROOT / path).read_text(), path, "exec")


@tap.test
def shellcheck_finds_nothing():
    scripts = [path for path in files()
               if has_shebang(path) and re.search(r"\b(ba)?sh\b", lines(path)[0])]
    done = subprocess.run(["shellcheck", "--external-sources", *scripts], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.equal((done.returncode, done.stdout), (0, ""), "shellcheck")


@tap.test
def clang_format_finds_nothing():
    if reason := other_release("clang-format"):
        raise tap.Skip(reason)
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files("*.c", "*.h")],
                          cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.equal((done.returncode, done.stdout), (0, ""), "clang-format")


tap.run()
