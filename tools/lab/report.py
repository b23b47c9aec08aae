# SPDX-License-Identifier: GPL-2.0
"""Finds in a kernel's log what a test must not pass over."""

import bisect
import re

# The first line of every kind of report. "cut here" comes before a WARN or a
# BUG; what follows it is one report, not several.
FAULT = re.compile(
    r"------------\[ cut here \]------------"
    r"|\bBUG: |\bWARNING: |Kernel panic|\bOops\b|Internal error"
    r"|general protection fault|Unable to handle kernel"
    r"|KASAN: |KFENCE: |UBSAN: |ODEBUG: |refcount_t: "
    r"|INFO: task .* blocked for more than"
    r"|INFO: (?:possible|suspicious|inconsistent|rcu)|INFO: trying to register"
    r"|possible (?:recursive|circular) locking|inconsistent lock state"
    r"|suspicious RCU usage|rcu: INFO: .* (?:stall|detected)"
    r"|unregister_netdevice: waiting for|ref_tracker: .*(?:leak|has \d+/\d+)"
    r"|leaked reference|Slab corruption|Bad page state|Redzone"
    r"|Objects remaining in"
    r"|stack-protector|soft lockup|hard LOCKUP")

# taints that a fault sets: bad page, died, warned, soft lockup
TAINTS = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14

STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")
REPORT_END = re.compile(r"---\[ end (?:trace|Kernel panic)|^={20,}$")
REPORT_LINES = 160


def without_noise(lines):
    """A report without what UML adds to stacks: words, and guesses ("?")."""
    return [line for line in lines
            if not re.search(r"\[<[0-9a-f]+>\] \? "
                             r"| Stack:$|\]  [0-9a-f]{8}( [0-9a-f]{8}){3}$", line)]


def find_faults(console):
    """The reports in the log, each a text that begins with its first line."""
    lines = console.splitlines()
    faults = []
    i = 0
    while i < len(lines):
        if not FAULT.search(lines[i]):
            i += 1
            continue
        first = i
        if "Kernel panic" in lines[i]:
            first = max(0, i - 16)      # the registers come before it
        elif i and REPORT_END.search(STAMP.sub("", lines[i - 1])):
            first = i - 1               # the rule above KASAN's and lockdep's
        end = min(len(lines), i + REPORT_LINES)
        for j in range(i + 1, end):
            text = STAMP.sub("", lines[j])
            if REPORT_END.search(text) and j > i + 2:
                end = j + 1
                break
        faults.append("\n".join(without_noise(lines[first:end])))
        i = end
    return faults


# The byte before the instruction that an oops stopped at
LAST_BYTE = re.compile(r"\bCode: (?:[0-9a-f]{2} )*([0-9a-f]{2}) <")


def is_emulators(faults):
    """Whether QEMU's TCG is to blame for the first of them.

    A breakpoint that the kernel had put there for a moment, to change the code behind
    it (text_poke), and taken away again: there is none any more. With several
    processors TCG may run what one of them has changed, as it was.
    """
    if not faults or "Oops: int3:" not in faults[0]:
        return False
    before = LAST_BYTE.search(faults[0])
    return bool(before and before.group(1) != "cc")


def is_tainted(text):
    """Whether /proc/sys/kernel/tainted tells of a fault."""
    return bool(int(text.strip() or 0) & TAINTS)


def tail(console, count=40):
    """The end of the log."""
    return "\n".join(without_noise(console.splitlines())[-count:])


def blocked_tasks(console):
    """Stacks of the tasks that can't be woken: what sysrq-w printed last."""
    start = console.rfind("sysrq: Show Blocked State")
    if start < 0:
        return ("(the guest does not answer: it spins with interrupts off? "
                "The end of its log:)\n" + tail(console))
    return "\n".join(without_noise(console[start:].splitlines()))


def name_addresses(text, symbols):
    """Name the addresses of a module that is gone, from its old kallsyms."""
    table = sorted((int(fields[0], 16), fields[2])
                   for fields in (line.split() for line in symbols.splitlines())
                   if len(fields) >= 3)
    starts = [entry[0] for entry in table]

    def name(match):
        address = int(match.group(1), 16)
        i = bisect.bisect_right(starts, address) - 1
        # symbols of a module lie close together: further off it is not ours
        if i < 0 or address - starts[i] > 0x10000:
            return match.group(0)
        return f"{match.group(0)} {table[i][1]}+{address - starts[i]:#x} [npv]"

    return re.sub(r"(?:^ +|\bip )0x([0-9a-f]+)$", name, text, flags=re.M)
