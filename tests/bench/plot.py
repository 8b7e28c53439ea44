# SPDX-License-Identifier: BSD-2-Clause
"""Tables and plots for docs/performance.md.

    replace_block(page, "growth-hosts", markdown([...], [...]))
    draw(path, Plot(...))

A block stands between the lines "<!-- NAME -->" and "<!-- end NAME -->"; what is there is replaced.
Plots are SVG by gnuplot. Their page may be light or dark, and nobody tells them which: there is no
background, and every colour has a contrast of 3:1 at least to white and to black. Lines also differ
by their marks.
"""

import collections
import os
import re
import subprocess

from world import Broken

# series: {name: [(x, y)]}; a name that begins with "limit" is drawn dashed, without marks.
Plot = collections.namedtuple("Plot", "title x y log series")

_GREY = "#767676"
_COLOURS = ("#2f7fe0", "#d06a00", "#1c9150", "#b83fc4", "#d33c4e", "#7f7a1e")
_MARKS = (7, 5, 9, 11, 13, 6)

_HEAD = """\
set terminal svg size 640,400 dynamic font "sans-serif,13"
set output "{path}"
set border 3 linecolor rgb "{grey}"
set tics nomirror textcolor rgb "{grey}"
set xlabel "{plot.x}" textcolor rgb "{grey}"
set ylabel "{plot.y}" textcolor rgb "{grey}"
set key above left Left reverse textcolor rgb "{grey}"
set grid linecolor rgb "{grey}" linewidth 0.3
"""


def markdown(columns, rows):
    """A table; what is not in the first column stands to the right."""
    lines = ["| " + " | ".join(columns) + " |",
             "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def replace_block(page, name, text):
    """Rewrites the block of that name in the page."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->\n"
    with open(page, encoding="utf-8") as file:
        old = file.read()
    if old.count(begin) != 1 or old.count(end) != 1 or old.index(begin) > old.index(end):
        raise Broken(f"{page} has no place for {name}")
    new = old[:old.index(begin) + len(begin)] + "\n" + text + "\n\n" + old[old.index(end):]
    with open(page + ".new", "w", encoding="utf-8") as file:
        file.write(new)
    os.replace(page + ".new", page)


def _script(path, plot):
    xs = sorted({x for points in plot.series.values() for x, _ in points})
    tics = ", ".join(f'"{x:,g}" {x:g}' for x in xs)
    lines = [_HEAD.format(path=path, grey=_GREY, plot=plot),
             f"set xtics ({tics})\nset xrange [{xs[0]:g}:{xs[-1]:g}]\n",
             *(f"set logscale {axis}\n" for axis in plot.log)]
    if "y" not in plot.log:
        lines.append("set yrange [0:*]\n")
    drawn, seen = [], {False: 0, True: 0}
    for i, (name, points) in enumerate(plot.series.items()):
        lines += [f"$data{i} << EOD\n", *(f"{x:g} {y:g}\n" for x, y in points), "EOD\n"]
        is_limit = name.startswith("limit")
        colour = _COLOURS[seen[is_limit] % len(_COLOURS)]
        how = f"lines dashtype 2 linewidth 1.5 linecolor rgb '{colour}'" if is_limit else \
            f"linespoints linewidth 2 pointsize 0.6 pointtype {_MARKS[seen[is_limit]]} " \
            f"linecolor rgb '{colour}'"
        drawn.append(f"$data{i} with {how} title '{name}'")
        seen[is_limit] += 1
    return "".join(lines) + "plot " + ", ".join(drawn) + "\n"


def draw(path, plot):
    """Writes the SVG; the title is for those who cannot see it."""
    done = subprocess.run(["gnuplot"], input=_script(path, plot), text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Broken(f"gnuplot: {done.stdout.strip()}")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("<title>Gnuplot</title>", f"<title>{plot.title}</title>")
    text = re.sub(r"<desc>Produced by GNUPLOT[^<]*</desc>\n?", "", text)
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
