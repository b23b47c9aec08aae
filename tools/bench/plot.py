# SPDX-License-Identifier: GPL-2.0
"""A plot of the results: cost relative to the baseline, and the gaps, by gnuplot."""

import subprocess

HEAD = """
set terminal svg size 1000,{height} dynamic font 'sans,12' background 'white'
set output '{output}'
set multiplot
set style fill solid 0.85 noborder
set border 3
set tics nomirror out
set ytics scale 0
set key outside top center horizontal
set grid xtics lc rgb '#dddddd'
set lmargin 40
set rmargin 4
"""

PANEL = """
set origin 0,{bottom}
set size 1,{share}
set title '{title}'
set xrange [0:{right}]
set yrange [{rows}-0.5:-0.5]
set ytics ({ticks})
{arrow}
plot $mptcp{n} using 2:($1-0.18):(0):2:($1-0.34):($1-0.02) with boxxyerror \\
     lc rgb '#8c9bb0' title 'MPTCP', \\
     $npv{n} using 2:($1+0.18):(0):2:($1+0.02):($1+0.34) with boxxyerror \\
     lc rgb '#1f6fb4' title 'NPV', \\
     $bar{n} using 2:($1+0.18) with points pt 2 ps 0.9 lw 2 lc rgb '#d1342f' \\
     title 'bar of NPV'
unset arrow
"""

# a data block needs a point, also where there is none to show
NOWHERE = (0, "NaN")


def cost(entry, name):
    """How much more NAME needs than the baseline; 1 is the same."""
    if not entry[entry["baseline"]] or not entry[name]:
        return None
    value = entry[name] / entry[entry["baseline"]]
    return value if entry["better"] == "lower" else 1 / value


def bar(metric, entry, value):
    """The strictest bar: VALUE, or what MPTCP, as the plot shows it, demands."""
    bars = [] if value is None else [value]
    mptcp = cost(entry, "mptcp") if entry[entry["baseline"]] else entry["mptcp"]
    if metric.mptcp is not None and mptcp:
        bars.append(metric.mptcp * mptcp)
    return min(bars, default=None)


def ratio_bar(metric):
    if metric.ratio is None:
        return None
    return metric.ratio if metric.better == "lower" else 1 / metric.ratio


def label(entry):
    """The case, and what it is compared with where there are several."""
    return entry["case"] + "".join(entry["metric"].partition(";")[1:])


class Panel:
    """Rows of one kind: of each a label and three values, or None."""

    def __init__(self, title, rows, line=None):
        self.title = title
        self.rows = rows
        self.line = line

    def script(self, n, bottom, share):
        blocks = ""
        for k, name in enumerate(("mptcp", "npv", "bar"), 1):
            points = [(y, row[k]) for y, row in enumerate(self.rows)
                      if row[k] is not None] or [NOWHERE]
            blocks += f"${name}{n} << END\n" + "".join(
                f"{y} {x}\n" for y, x in points) + "END\n"
        right = max([1.2 * value for row in self.rows for value in row[1:]
                     if value is not None] + [1.2])
        ticks = ", ".join(f"'{row[0]}' {y}" for y, row in enumerate(self.rows))
        arrow = "" if self.line is None else (
            f"set arrow from {self.line},-0.5 to {self.line},"
            f"{len(self.rows) - 0.5} nohead lc rgb 'black'")
        return blocks + PANEL.format(
            n=n, bottom=bottom, share=share, title=self.title, right=right,
            rows=len(self.rows), ticks=ticks, arrow=arrow)


def panels(chosen, entries):
    metrics = [metric for case in chosen for metric in case.metrics]
    pairs = list(zip(metrics, entries))
    relative = [(label(entry), cost(entry, "mptcp"), cost(entry, "npv"),
                 bar(metric, entry, ratio_bar(metric)))
                for metric, entry in pairs if entry[entry["baseline"]]]
    # of a gap the baseline has no figure
    absolute = [(label(entry), entry["mptcp"], entry["npv"],
                 bar(metric, entry, entry.get("limit")))
                for metric, entry in pairs if metric.limit and metric.unit == "ms"]
    found = []
    if relative:
        found.append(Panel("Cost, plain TCP = 1, of datagrams UDP = 1 (less is better)",
                           relative, 1))
    if absolute:
        found.append(Panel("Longest gap at the receiver, ms", absolute))
    return found


def draw(chosen, entries, output):
    """Write the SVG file OUTPUT, if there is anything to show."""
    found = panels(chosen, entries)
    heights = [100 + 34 * len(panel.rows) for panel in found]
    if not found:
        return
    total = sum(heights)
    script = HEAD.format(height=total, output=output)
    bottom = 1.0
    for n, (panel, height) in enumerate(zip(found, heights)):
        bottom -= height / total
        script += panel.script(n, bottom, height / total)
    subprocess.run(["gnuplot", "-"], input=script, text=True, check=True)
