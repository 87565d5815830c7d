# SPDX-License-Identifier: GPL-2.0-or-later
"""
What tools write as text, as the plain values that jq reads. What is JSON already needs no reader;
text that has none is a list of its lines.
"""

import json
import re

HEADING = re.compile(r"(?:Settings|Features|Standard stats|\w+ parameters) for (\S+)")
NUMBER = re.compile(r"-?\d+")
PAIR = re.compile(r"([\w.-]+):(\(.*\)|\S+)")
COUNT = re.compile(r"(\w+)=(\d+)")
RATE = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)bps")
MILLISECONDS = re.compile(r"(\d+)ms(?:\(.*\))?")
SKMEM = re.compile(r"([a-z]+)(\d+)")
# Words of ss -i that stand alone and are no congestion control algorithm.
WORDS = {"ts", "sack", "ecn", "ecnseen", "fastopen", "app_limited", "remote_key", "<->"}
CLASS = re.compile(r"class (?P<kind>\S+) (?P<class>\S+) (?:(?P<root>root)|parent (?P<parent>\S+))"
                   r"(?: leaf (?P<leaf>\S+))?")
# A class may have but one half of these.
SENT = re.compile(r"Sent (?P<bytes>\d+) bytes (?P<packets>\d+) pkt")
QUEUE = re.compile(r"\(dropped (?P<drops>\d+), overlimits (?P<overlimits>\d+) "
                   r"requeues (?P<requeues>\d+)\)")
BACKLOG = re.compile(r"backlog (?P<size>\d+)(?P<unit>b|Kb|Mb) (?P<qlen>\d+)p")
# What kinds of classes say of themselves, by the words of tc.
CLASS_VALUES = {name: re.compile(pattern) for name, pattern in {
    "quantum": r"\bquantum (\d+)", "prio": r"\bprio (\d+) (?:quantum|rate)",
    "weight": r"\bweight (\d+)", "maxpkt": r"\bmaxpkt (\d+)", "burst": r"\bburst (\d+)b/",
    "cburst": r"\bcburst (\d+)b/", "deficit": r"\bdeficit (\d+)b",
    "lended": r"\blended: (\d+)", "borrowed": r"\bborrowed: (\d+)",
    "tokens": r"\btokens: (-?\d+)", "ctokens": r"\bctokens: (-?\d+)",
    "window_drops": r"\bwindow_drops (\d+)", "tx_overruns": r"\btx_overruns (\d+)"}.items()}
CLASS_RATES = {name: re.compile(pattern) for name, pattern in {
    "rate": r"\brate (\S+)bit", "ceil": r"\bceil (\S+)bit"}.items()}
# Left out where they are 0.
HFSC_VALUES = {"period": re.compile(r"\bperiod (\d+)"), "work": re.compile(r"\bwork (\d+) bytes"),
               "rtwork": re.compile(r"\brtwork (\d+) bytes"), "level": re.compile(r"\blevel (\d+)")}
# A curve that is both, real-time and link-sharing, is told once.
HFSC_CURVE = re.compile(r"\b(sc|rt|ls|ul) m1 (\S+)bit d (\S+) m2 (\S+)bit")
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1}
DURATION = re.compile(r"([0-9.]+)(us|ms|s)")
# Said twice by fq: flows, and how often.
FQ_THROTTLED = re.compile(r'"throttled":(?=\d+,"(?:next_packet_delay":\d+,")?gc")')
TEXT_OPTIONS = re.compile(r'"options":\{[^"}][^}]*\}')
# How far tc rounds to the nearest of each unit, and no further.
SIZES = {"b": (1, 0), "Kb": (1 << 10, 15), "Mb": (1 << 20, 1023)}


def number(word):
    return int(word) if NUMBER.fullmatch(word) else word


def lines(text):
    return text.splitlines()


def pairs(text):
    """Lines of "name: value", as in /proc/PID/status; kB are told in bytes."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        value, kilobytes = value.strip(), value.endswith(" kB")
        found[name.strip()] = (1024 * int(value.removesuffix(" kB")) if kilobytes
                               else number(value))
    return found


def grep(text):
    """Output of grep -H: {path, text} of each line."""
    return [{"path": path, "text": line} for path, _, line in
            (one.partition(":") for one in text.splitlines())]


def ss(text):
    """
    Output of ss -tuOH: a socket a line. What -i, -m, -e and -o add is under its own name, sizes of
    skmem too ("skmem_tb"), rates in bits per second, times in milliseconds; words that stand alone
    are in "words", and the one that is the congestion control algorithm is "algorithm". "queue" is
    Send-Q, but that of MPTCP is always 0: there it is what lies between two sequence numbers.
    """
    found = []
    for line in text.splitlines():
        protocol, state, received, sent, local, remote, *rest = line.split()
        one = {"protocol": protocol, "state": state, "received": int(received), "sent": int(sent),
               "queue": int(sent), "local": local, "remote": remote, "words": []}
        while rest:
            word = rest.pop(0)
            pair, rate = PAIR.fullmatch(word), rest and RATE.fullmatch(rest[0])
            if pair and pair[1] == "skmem":
                one |= {f"skmem_{key}": int(size) for key, size in SKMEM.findall(pair[2])}
            elif pair and pair[1] in ("write_seq", "snd_una"):
                one[pair[1]] = int(pair[2], 16)
            elif pair:
                time = MILLISECONDS.fullmatch(pair[2])
                one[pair[1]] = int(time[1]) if time else number(pair[2])
            elif rate:
                rest.pop(0)
                one[word] = float(rate[1]) * 1000 ** " KMGT".index(rate[2] or " ")
            else:
                one["words"].append(word)
                if word not in WORDS:
                    one.setdefault("algorithm", word)
        if protocol == "mptcp" and state != "LISTEN":
            one["queue"] = (one.pop("write_seq", 0) - one.pop("snd_una", 0)) % (1 << 64)
        found.append(one)
    return found


def rate(text):
    """A rate in bits per second, such as 1M, as bytes per second."""
    prefix = text[-1] if text[-1] in "KMGT" else " "
    return float(text.rstrip("KMGT")) * 1000 ** " KMGT".index(prefix) / 8


def curve_values(name, first, length, second):
    """What the curve is called for; its first piece only where it has any length."""
    number, unit = DURATION.fullmatch(length).groups()
    seconds = float(number) * SECONDS[unit]
    found = {}
    for curve in ("rt", "ls") if name == "sc" else (name,):
        found[curve] = rate(second)
        if seconds:
            found |= {f"{curve}_first": rate(first), f"{curve}_length": seconds}
    return found


def class_values(block):
    """What a class says beyond what all do."""
    found = {name: int(match[1]) for name, pattern in CLASS_VALUES.items()
             if (match := pattern.search(block))}
    found |= {name: rate(match[1]) for name, pattern in CLASS_RATES.items()
              if (match := pattern.search(block))}
    for burst, of in (("burst", "rate"), ("cburst", "ceil")):
        if burst in found:  # which tc takes for that of whole microseconds
            found[burst] = [found[burst], found[burst] + found[of] / 1000000]
    for words in HFSC_CURVE.findall(block):
        found |= curve_values(*words)
    if block.startswith("class hfsc"):
        found |= {name: int(match[1]) if (match := pattern.search(block)) else 0
                  for name, pattern in HFSC_VALUES.items()}
    return found


def tc(text):
    """
    Output of tc -s -j qdisc, of which some kinds have text among their options in iproute2 6.1; and
    of tc -s class, which has no JSON there: the names are the same, and a backlog that tc has
    rounded is [least, most].
    """
    if text.startswith("["):
        text = FQ_THROTTLED.sub('"throttled_flows":', text)
        return json.loads(TEXT_OPTIONS.sub('"options":{}', text))
    found = []
    for block in re.split(r"^(?=class )", text, flags=re.M):
        head = CLASS.match(block)
        if not head:
            continue
        one = head.groupdict() | {"root": bool(head["root"])} | class_values(block)
        for part in filter(None, (SENT.search(block), QUEUE.search(block))):
            one |= {name: int(value) for name, value in part.groupdict().items()}
        if backlog := BACKLOG.search(block):
            unit, spread = SIZES[backlog["unit"]]
            size = unit * int(backlog["size"])
            one |= {"backlog": [size - spread, size + spread] if spread else size,
                    "qlen": int(backlog["qlen"])}
        found.append(one)
    return found


def conntrack(text):
    """Output of conntrack -S: {name: value} of each CPU."""
    return [{name: int(value) for name, value in COUNT.findall(line)}
            for line in text.splitlines()]


def ethtool(text):
    """
    Output of ethtool, line by line: {device, section, name, value}. The device is what the heading
    names, if any; a section is a line that has only a name, as in ethtool -g. Values are numbers
    where they can be.
    """
    device, section, found = None, "", []
    for line in text.splitlines():
        name, colon, value = line.rpartition(":")
        if colon and value.strip():
            found.append({"device": device, "section": section, "name": name.strip(),
                          "value": number(value.split()[0])})
        elif colon and (heading := HEADING.fullmatch(name)):
            device, section = heading[1], ""
        elif colon:
            section = name.strip()
    return found


TOOLS = {"ss": ss, "ethtool": ethtool, "tc": tc, "grep": grep, "conntrack": conntrack}


def read(command, text, reader=None):
    """The output of a command, read by the reader that is named or that its tool has."""
    chosen = globals()[reader] if reader else TOOLS.get(command.split()[0])
    if chosen:
        return chosen(text)
    return json.loads(text) if text.lstrip()[:1] in ("[", "{") else lines(text)
