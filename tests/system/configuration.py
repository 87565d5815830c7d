#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configuration files: faults with their place, conf.d, and what is printed can be read back."""

import json
import os
import pathlib
import tempfile

from support import tap
from support.daemon import run


class Files:
    """A main file, and others in conf.d beside it, for the length of a with block."""

    def __init__(self, main, **others):
        self.directory = tempfile.TemporaryDirectory(prefix="txpathd-")
        self.root = pathlib.Path(self.directory.name)
        self.main = self.root / "main.json"
        self.main.write_text(main if isinstance(main, str) else json.dumps(main))
        (self.root / "conf.d").mkdir()
        for name, content in others.items():
            (self.root / "conf.d" / f"{name}.json").write_text(json.dumps(content))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def check(self):
        return run("--check-config", "--config", self.main)

    def effective(self):
        done = run("--print-config", "--config", self.main)
        tap.equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


def expect_fault(content, *parts):
    """One line of standard error has all the parts; the first is the place in the file."""
    with Files(content) as files:
        done = files.check()
        tap.equal(done.returncode, 2, f"exit status for {content}: {done.stderr}")
        wanted = [f"{files.main}:{parts[0]} ", *parts[1:]]
        assert any(all(part in line for part in wanted) for line in done.stderr.splitlines()), \
            (wanted, done.stderr)


@tap.test
def good_files_are_good():
    for content in ("{}", '{"//": "a comment", "$schema": "x"}',
                    '{"collectors": {"socket": {"interval": "2s"}}}'):
        with Files(content) as files:
            done = files.check()
            tap.equal((done.returncode, done.stderr), (0, ""), content)


@tap.test
def an_unknown_key_is_shown_and_a_better_one_suggested():
    expect_fault('{\n  "colectors": {}\n}', "2:3:", '"colectors"', 'did you mean "collectors"')
    expect_fault('{"collectors":\n {"socket":\n  {"intervall": "1s"}}}', "3:4:", '"intervall"',
                 'did you mean "interval"')
    expect_fault('{"collectors": {"sockets": {}}}', "1:17:", '"sockets"', '"socket"')


@tap.test
def a_duplicate_key_is_shown():
    expect_fault('{"http": {},\n "http": {}}', "2:2:", "duplicate", '"http"')


@tap.test
def wrong_types_and_ranges_are_shown():
    expect_fault('{"http": []}', "1:10:", "object")
    expect_fault('{"limits": {"max_series": "many"}}', "1:27:", "max_series")
    expect_fault('{"limits": {"max_series": 0}}', "1:27:", "max_series")
    expect_fault('{"limits": {"max_series": -1}}', "1:27:")
    expect_fault('{"collectors": {"qdisc": {"enabled": 1}}}', "1:38:", "enabled")
    expect_fault('{"collectors": {"qdisc": {"interval": "fast"}}}', "1:39:", "interval")
    expect_fault('{"collectors": {"qdisc": {"interval": "1ns"}}}', "1:39:")
    expect_fault('{"http": {"listen": ["nowhere"]}}', "1:22:", "nowhere")
    expect_fault('[]', "1:1:", "object")


@tap.test
def namespaces_are_a_word_or_names():
    for good in ("own", "all", ["blue", "a.b", "\u00fc" * 127]):
        with Files({"namespaces": good}) as files:
            tap.equal(files.effective()["namespaces"], good)
    expect_fault('{"namespaces": "any"}', "1:16:", '"own", "all"')
    expect_fault('{"namespaces": []}', "1:16:", "empty")
    for bad, word in (("", "empty"), ("/run/netns/x", "slash"), (".", "no name"),
                      ("..", "no name"), ("x" * 256, "255 bytes")):
        expect_fault(json.dumps({"namespaces": ["blue", bad]}), "1:25:", word)
    expect_fault('{"limits": {"max_groups": 0, "max_namespaces": 4097}}', "1:27:", "1..10000")
    expect_fault('{"limits": {"max_groups": 0, "max_namespaces": 4097}}', "1:48:", "1..4096")


@tap.test
def broken_json_is_shown():
    expect_fault('{"http": {}\n "limits": {}}', "2:2:")
    expect_fault('{"http": {},}', "1:13:")
    expect_fault('{ // no comments\n}', "1:3:")
    expect_fault('{"http": {', "1:11:")
    expect_fault("", "1:1:")


@tap.test
def every_fault_is_told_not_only_the_first():
    with Files('{"a": 1,\n"limits": {"max_series": 1},\n"collectors": {"socket": 5}}') as files:
        lines = files.check().stderr.splitlines()
        tap.equal(len(lines), 3, lines)


@tap.test
def files_that_others_can_write_or_nobody_can_read_are_refused():
    with Files("{}") as files:
        files.main.chmod(0o646)
        done = files.check()
        assert done.returncode == 2 and str(files.main) in done.stderr, done
        files.main.chmod(0o644)
        for path, word in ((files.root / "absent.json", "No such file"), (files.root, "regular")):
            done = run("--check-config", "--config", path)
            assert done.returncode == 2 and word in done.stderr, done
        fifo = files.root / "fifo"
        os.mkfifo(fifo)
        tap.equal(run("--check-config", "--config", fifo).returncode, 2, "a fifo")


@tap.test
def conf_d_is_merged_in_the_order_of_names():
    main = {"limits": {"max_series": 1000, "cpu_percent": 5},
            "collectors": {"socket": {"interval": "2s"}}}
    with Files(main, b={"limits": {"max_series": 3000}, "http": {"listen": [":1"]}},
               a={"limits": {"max_series": 2000}, "http": {"listen": [":2", ":3"]}}) as files:
        effective = files.effective()
        tap.equal(effective["limits"], {"max_series": 3000, "cpu_percent": 5, "max_groups": 200,
                                        "max_namespaces": 64})
        tap.equal(effective["http"]["listen"], [":1"])
        tap.equal(effective["collectors"]["socket"]["interval"], "2s")
    with Files({}, bad={"nope": 1}) as files:
        done = files.check()
        assert done.returncode == 2 and "conf.d/bad.json:1:2:" in done.stderr, done


@tap.test
def what_is_printed_is_read_back_to_the_same():
    with Files({"collectors": {"qdisc": {"enabled": False, "interval": "1500ms"}},
                "http": {"listen": ["unix:/a \"b\"\\c"]}}) as files:
        first = files.effective()
        tap.equal(first["collectors"]["qdisc"]["enabled"], False)
        with Files(first) as again:
            tap.equal(again.effective(), first)


@tap.test
def the_command_line_overrides_the_file():
    with Files({"http": {"listen": [":1"]}}) as files:
        done = run("--print-config", "--config", files.main, "--listen", ":2", "--listen", ":3")
        tap.equal(json.loads(done.stdout)["http"]["listen"], [":2", ":3"])


tap.run()
