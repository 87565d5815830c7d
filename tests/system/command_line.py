#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program does instead of running, and how it refuses what it does not know."""

import json
import re
import subprocess

from support import tap
from support.daemon import PROGRAM, ROOT, run
from support.exposition import Exposition
from support.isolation import isolate


def expect(*arguments):
    done = run("--no-config", *arguments)
    tap.equal((done.returncode, done.stderr), (0, ""), arguments)
    return done.stdout


@tap.test
def version_names_the_program_and_its_libraries():
    text = expect("--version")
    assert re.match(r"txpathd \d+\.\d+\.\d+", text) and "libmicrohttpd" in text, text


@tap.test
def help_names_every_option():
    text = expect("--help")
    for option in ("config", "no-config", "listen", "once", "check-config", "print-config",
                   "print-schema", "list-collectors", "list-metrics", "log-level", "version"):
        assert f"--{option}" in text, option


@tap.test
def once_writes_one_exposition():
    exposition = Exposition(expect("--once").encode())
    for name in ("txpath_sockets", "txpath_qdisc_sent_bytes_total", "txpathd_build_info"):
        assert exposition.samples(name), name
    for collector in ("socket", "qdisc"):
        tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1)


@tap.test
def collectors_are_listed():
    text = expect("--list-collectors")
    names = [line.split()[0] for line in text.splitlines()]
    assert names.index("socket") < names.index("qdisc"), text


@tap.test
def every_exported_metric_is_listed():
    text = expect("--list-metrics")
    for name, family in Exposition(expect("--once").encode()).families.items():
        assert re.search(rf"\b{name}\b", text), name
        assert family.help in text, name


@tap.test
def schema_is_json_and_names_every_option():
    schema = json.loads(expect("--print-schema"))
    config = json.loads(expect("--print-config"))
    tap.equal(set(schema["properties"]), {"$schema", *config})
    for section, options in config.items():
        if isinstance(options, dict):
            properties = schema["properties"][section]["properties"]
            tap.equal(set(properties), set(options), section)


@tap.test
def the_default_configuration_is_good():
    tap.equal(expect("--check-config"), "")


@tap.test
def the_shipped_configuration_is_good_and_is_the_default():
    shipped = run("--config", ROOT / "config" / "txpathd.json", "--print-config")
    tap.equal((shipped.returncode, shipped.stderr), (0, ""))
    tap.equal(shipped.stdout, expect("--print-config"))


@tap.test
def files_written_from_the_tables_are_up_to_date():
    for verb, path in (("--print-reference", "REFERENCE.md"),
                       ("--print-schema", "config/txpathd.schema.json")):
        tap.equal((ROOT / path).read_text(), expect(verb), path)


@tap.test
def unknown_options_and_arguments_are_refused():
    for arguments in (["--nope"], ["argument"], ["--config"], ["--log-level", "loud"],
                      ["--once", "--version"], ["-x"]):
        done = run(*arguments)
        tap.equal((done.returncode, done.stdout), (2, ""), arguments)
        assert done.stderr, arguments


@tap.test
def a_full_disk_is_an_error():
    for verb in ("--once", "--print-config", "--list-metrics"):
        with open("/dev/full", "w") as full:
            status = subprocess.run([PROGRAM, "--no-config", verb], stdout=full,
                                    stderr=subprocess.DEVNULL).returncode
        tap.equal(status, 1, verb)


isolate()
tap.run()
