# SPDX-License-Identifier: GPL-2.0
"""From samples to results: medians, ratios, bars; as JSON and as Markdown."""

import json
import statistics

from cases import CONTESTANTS

# those that NPV is compared with
OTHERS = tuple(name for name in CONTESTANTS if name != "npv")


class Samples:
    """What guests wrote: samples by case, contestant and round; failures."""

    def __init__(self):
        self.taken = {}
        self.failed = {}
        self.done = set()
        self.ended = False
        self.started = None

    def read(self, path):
        """Add what a guest left in PATH."""
        self.ended = False
        self.started = None
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                self.add(json.loads(line))
            except json.JSONDecodeError:
                pass            # of a guest that died while it wrote

    def add(self, record):
        event = record["event"]
        place = (record.get("case"), record.get("contestant"))
        if event == "start":
            self.started = place
        elif event == "sample":
            self.started = None
            # round 0 is the warm-up
            if record["round"]:
                self.taken.setdefault(place, {})[record["round"]] = \
                    record["sample"]
        elif event == "failed":
            self.started = None
            self.failed[place] = record["why"]
        elif event == "done":
            self.done.add(record["case"])
        elif event == "end":
            self.ended = True

    def forget(self, case):
        """A case that is run again: only in one boot samples compare."""
        for contestant in CONTESTANTS:
            self.taken.pop((case, contestant), None)

    def of(self, case, contestant):
        """Samples by round; none of a contestant that failed."""
        if (case, contestant) in self.failed:
            return {}
        return self.taken.get((case, contestant), {})


def rounded(value):
    return None if value is None else float(f"{value:.5g}")


def ratio(figures, contestant):
    """NPV's figure to CONTESTANT's: the median of the ratios of the rounds."""
    rounds = figures["npv"].keys() & figures[contestant].keys()
    ratios = [figures["npv"][n] / figures[contestant][n] for n in rounds
              if figures[contestant][n]]
    return statistics.median(ratios) if ratios else None


def notes_of(case, samples):
    """What a reader has to know beside the figures."""
    notes = [f"{name}: {samples.failed[case.name, name]}"
             for name in case.contestants if (case.name, name) in samples.failed]
    taken = list(samples.of(case.name, "npv").values())
    kinds = {sample.get("native") for sample in taken} - {None}
    if kinds and kinds != {case.native}:
        notes.append(f"npv: {'native' if True in kinds else 'plain'} sessions, "
                     f"not {'native' if case.native else 'plain'} ones")
    if "--udp" in case.args and any(not sample.get("udp") for sample in taken):
        notes.append("npv: sessions that were not over one UDP stack at the end")
    stacks = {sample["stacks"] for sample in taken if "stacks" in sample}
    if case.native and case.stacks is None and stacks == {1}:
        notes.append("npv: sessions had 1 stack")
    return notes


def reaches(metric, bar, value):
    return value <= bar if metric.better == "lower" else value >= bar


def judge(metric, entry, taken, notes):
    """Whether NPV reaches the bar; None where there is none."""
    if not entry["bar"]:
        return None
    if entry["npv"] is None or any(note.startswith("npv:") for note in notes):
        return False
    checks = []
    for bar, name in ((metric.ratio, entry["baseline"]), (metric.mptcp, "mptcp"),
                      (metric.quic, "quic")):
        if bar is not None:
            value = entry[f"ratio_{name}"]
            checks.append(value is not None and reaches(metric, bar, value))
    if metric.limit:
        checks.append(reaches(metric, metric.limit(taken), entry["npv"]))
    return all(checks)


def result(case, metric, samples):
    """One entry of the results."""
    taken = {name: samples.of(case.name, name) for name in CONTESTANTS}
    figures = {name: {n: metric.of(name, sample) for n, sample in rounds.items()}
               for name, rounds in taken.items()}
    npv = list(taken["npv"].values())
    notes = notes_of(case, samples)
    entry = {"case": case.name, "title": case.title, "metric": metric.name,
             "unit": metric.unit, "better": metric.better,
             "baseline": case.baseline}
    for name in CONTESTANTS:
        values = figures[name].values()
        entry[name] = rounded(metric.average(values)) if values else None
    for name in OTHERS:
        entry[f"ratio_{name}"] = rounded(ratio(figures, name))
    entry["bar"] = metric.bar(case.baseline)
    if metric.limit and npv:
        entry["limit"] = rounded(metric.limit(npv))
    entry["runs"] = max(len(rounds) for rounds in figures.values())
    entry["min"] = rounded(min(figures["npv"].values(), default=None))
    entry["max"] = rounded(max(figures["npv"].values(), default=None))
    entry["spread"] = {name: [rounded(min(rounds.values())),
                              rounded(max(rounds.values()))]
                       for name, rounds in figures.items() if rounds}
    entry["notes"] = notes
    entry["pass"] = judge(metric, entry, npv, notes)
    return entry


def results(chosen, samples):
    """The results of CHOSEN cases, a list."""
    return [result(case, metric, samples)
            for case in chosen for metric in case.metrics]


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def cell(entry, name):
    """A median, and the spread behind it."""
    if entry[name] is None:
        return "-"
    low, high = entry["spread"][name]
    return f"{number(entry[name])} ({number(low)}–{number(high)})"


def factor(value):
    return "-" if value is None else f"{value:.3f}"


VERDICT = {True: "yes", False: "**no**", None: "-"}


def baseline(entry):
    """The cell of the baseline, which says who that is."""
    text = cell(entry, entry["baseline"])
    return text if text == "-" else f"{entry['baseline'].upper()} {text}"


def markdown(entries):
    """A table of ENTRIES, and what there is to say of them."""
    lines = ["| case | metric | baseline | MPTCP | QUIC | NPV | NPV/baseline | "
             "NPV/MPTCP | NPV/QUIC | bar | reached |",
             "| --- | --- " + "| ---: " * 7 + "| --- | --- |"]
    notes = []
    for entry in entries:
        bar = entry["bar"] or "-"
        if "limit" in entry:
            bar += f" (here {number(entry['limit'])} {entry['unit']})"
        lines.append("| " + " | ".join([
            entry["case"], f"{entry['metric']}, {entry['unit']}",
            baseline(entry), *(cell(entry, name) for name in ("mptcp", "quic", "npv")),
            *(factor(entry[f"ratio_{name}"])
              for name in (entry["baseline"], "mptcp", "quic")), bar,
            VERDICT[entry["pass"]]]) + " |")
        for note in entry["notes"]:
            text = f"- {entry['case']}: {note}"
            if text not in notes:
                notes.append(text)
    lines += ["", "Medians of the rounds (smallest–largest); ratios are medians "
              "of the ratios of the rounds."]
    if notes:
        lines += ["", *notes]
    return "\n".join(lines) + "\n"
