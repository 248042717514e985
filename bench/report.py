# SPDX-License-Identifier: MIT
"""report.py - figures of many runs as CSV, tables and a chart.

results[case][allocator] is a list of Figures, one for each run.  One allocator
is the subject; the others are its peers.  All ratios are to the best peer of
the case, the subject's too, so that it can be below 1.  AGAIN is the subject
under a second name: the difference between the two is the noise.
"""
import collections
import csv
import os
import re
import shutil
import statistics
import subprocess

Figures = collections.namedtuple(
    "Figures", "wall cpu rss_kib minor_faults churned_kib freed_kib settled_kib",
    defaults=(None, None, None))
Field = collections.namedtuple("Field", "key title unit bound")
FIELDS = (
    Field("cpu", "CPU seconds", "s", 1.05),
    Field("wall", "Wall seconds", "s", 1.05),
    Field("rss_kib", "Peak resident memory", "KiB", 1.10),
    Field("minor_faults", "Minor page faults", "faults", None),
    Field("settled_kib", "Resident memory after the churn and the frees of fragmentation.c",
          "KiB", 1.10),
)
AGAIN = " again"
CLIP = 0.67
BEGIN = "<!-- Begin of what bench/run --markdown writes. -->"
END = "<!-- End of what bench/run --markdown writes. -->"


# --- Ratios ----------------------------------------------------------------

def geometric_mean(ratios):
    """Each ratio clipped below, so that one huge win hides nothing."""
    if not ratios:
        return float("nan")
    return statistics.geometric_mean([max(ratio, CLIP) for ratio in ratios])


def ratios_to_best_peer(values, subject):
    """The best peer's figure, and each allocator's ratio to it.

    values: allocator -> figure.  Without peers the subject is its own."""
    peers = {name: value for name, value in values.items() if name != subject} or values
    best = max(min(peers.values()), 1e-9)
    return best, {name: value / best for name, value in values.items()}


def spread(one, other):
    """The larger by the smaller."""
    return max(one, other, 1e-9) / max(min(one, other), 1e-9)


def is_lost(ratio, bound, noise):
    return bound is not None and ratio > bound and ratio > noise


def reduce_runs(by_name, key, pick):
    """allocator -> the median or minimum of its runs; the second name apart."""
    values = {}
    for name, runs in by_name.items():
        figures = [getattr(run, key) for run in runs]
        if figures and None not in figures:
            values[name] = pick(figures)
    again = {name: values.pop(name) for name in list(values) if name.endswith(AGAIN)}
    return values, next(iter(again.values()), None)


def noise_of(by_name, subject, field):
    values, again = reduce_runs(by_name, field.key, statistics.median)
    if again is None or subject not in values:
        return 1.0
    return spread(values[subject], again)


# --- Tables ----------------------------------------------------------------

def shown(value):
    return f"{value:.4f}" if isinstance(value, float) and value < 100 else f"{value:.0f}"


def has_field(results, field):
    return any(getattr(run, field.key) is not None
               for by_name in results.values() for runs in by_name.values() for run in runs)


def noise_table(results, subject):
    """The A/A run: the subject against itself, medians, in the same rounds."""
    fields = [field for field in FIELDS if field.key != "settled_kib"]
    lines = [f"### A/A: {subject} twice", "",
             "| case | " + " | ".join(field.title for field in fields) + " |",
             "|---|" + "--:|" * len(fields)]
    columns = [[] for _ in fields]
    for case, by_name in results.items():
        noise = [noise_of(by_name, subject, field) for field in fields]
        for column, value in zip(columns, noise):
            column.append(value)
        lines.append(f"| {case} | " + " | ".join(f"{value:.3f}" for value in noise) + " |")
    lines.append("| geometric mean | " +
                 " | ".join(f"{geometric_mean(column):.3f}" for column in columns) + " |")
    return "\n".join(lines) + "\n"


def case_row(by_name, field, names, subject):
    """The cells of one case, its ratios (median, minimum), and whether it is lost."""
    medians, _ = reduce_runs(by_name, field.key, statistics.median)
    minima, _ = reduce_runs(by_name, field.key, min)
    if not medians:
        return None, {}, False
    best, ratios = ratios_to_best_peer(medians, subject)
    best_minimum, minimum_ratios = ratios_to_best_peer(minima, subject)
    # A subject that failed has lost.
    lost = subject not in ratios or is_lost(
        ratios[subject], field.bound, noise_of(by_name, subject, field))
    cells = [f"{shown(best)} ({shown(best_minimum)})"]
    for name in names:
        if name not in ratios:
            cells.append("failed")
            continue
        text = f"{ratios[name]:.2f} ({minimum_ratios[name]:.2f})"
        if medians[name] == min(medians.values()):
            text = f"**{text}**"
        cells.append(text + " *lost*" if lost and name == subject else text)
    return cells, {name: (ratios[name], minimum_ratios[name]) for name in ratios}, lost


def mean_row(title, rows, names):
    cells = []
    for name in names:
        pairs = [row[name] for row in rows if name in row]
        if not pairs:
            cells.append("failed")
            continue
        means = [geometric_mean([pair[i] for pair in pairs]) for i in (0, 1)]
        cells.append(f"{means[0]:.3f} ({means[1]:.3f})")
    return f"| geometric mean, {title} | | " + " | ".join(cells) + " |"


def table(results, groups, field, names, subject):
    """Median and minimum of each case, as ratios to the best peer's."""
    bound = f", bound {field.bound:.2f}" if field.bound else ""
    lines = [f"### {field.title}{bound}", "",
             f"| case | best peer ({field.unit}) | " + " | ".join(names) + " |",
             "|---|--:|" + "--:|" * len(names)]
    everything, lost_cases = [], []
    for group, cases in groups.items():
        rows = []
        for case in cases:
            if not any(getattr(run, field.key) is not None
                       for runs in results[case].values() for run in runs):
                continue
            cells, ratios, lost = case_row(results[case], field, names, subject)
            lines.append(f"| {case} | " + " | ".join(cells) + " |")
            rows.append(ratios)
            if lost:
                lost_cases.append(case)
        if rows and len(groups) > 1:
            lines.append(mean_row(f"{group} ({len(rows)})", rows, names))
        everything += rows
    lines.append(mean_row(f"all ({len(everything)})", everything, names))
    if field.bound:
        lines += ["", f"Lost by {subject}: " + (", ".join(lost_cases) or "none") + "."]
    return "\n".join(lines) + "\n"


def report(results, groups, names, subject):
    """All tables; names without the second of the subject."""
    parts = [
        "Each cell is the ratio to the best peer: of the medians, and in parentheses "
        "of the minima. The\nbest median of a case is bold. *lost*: the subject's "
        "median is above the bound and above the\nA/A noise of the case. In "
        f"geometric means each ratio counts as {CLIP} at least.\n"]
    if any(name.endswith(AGAIN) for by_name in results.values() for name in by_name):
        parts.append(noise_table(results, subject))
    parts += [table(results, groups, field, names, subject)
              for field in FIELDS if has_field(results, field)]
    return "\n".join(parts)


# --- Files -----------------------------------------------------------------

def write_csv(path, results):
    with open(path, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("case", "allocator", "run") + Figures._fields)
        for case, by_name in results.items():
            for name, runs in by_name.items():
                for n, figures in enumerate(runs):
                    rows.writerow((case, name, n + 1) + figures)


def write_markdown(path, text, chart):
    """Between the two marks where the file has them, else the whole file."""
    if chart:
        link = os.path.relpath(chart, os.path.dirname(os.path.abspath(path)))
        text += f"\n![CPU time against peak memory]({link})\n"
    old = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            old = file.read()
    if BEGIN in old and END in old:
        before, rest = old.split(BEGIN, 1)
        text = f"{before}{BEGIN}\n\n{text}\n{END}{rest.split(END, 1)[1]}"
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


CHART = """
set terminal svg size 900,460 noenhanced font "sans,12" background "white"
set output "{path}"
set multiplot layout 1,{count}
set xlabel "CPU time, geometric mean of ratios"
set ylabel "peak memory, geometric mean of ratios"
set grid
set offsets graph 0.1, graph 0.1, graph 0.1, graph 0.1
set key outside bottom center horizontal
"""


def chart_points(results, cases, names, subject):
    """allocator -> geometric means of CPU seconds and peak memory."""
    means = []
    for field in (FIELDS[0], FIELDS[2]):
        rows = [case_row(results[case], field, names, subject)[1] for case in cases]
        means.append({name: geometric_mean([row[name][0] for row in rows if name in row])
                      for name in names})
    return {name: (means[0][name], means[1][name]) for name in names
            if means[0][name] == means[0][name]}


def write_chart(path, results, groups, names, subject):
    """Time against memory, a plot for each group; False without gnuplot."""
    if not shutil.which("gnuplot"):
        return False
    script = [CHART.format(path=path, count=len(groups))]
    for n, (group, cases) in enumerate(groups.items()):
        points = chart_points(results, cases, names, subject)
        plots = []
        for name, (x, y) in points.items():
            i = names.index(name) + 1
            script.append(f"$point_{n}_{i} << END\n{x:.4f} {y:.4f}\nEND")
            title = re.sub(r"[^A-Za-z0-9.+-]", " ", name)
            look = 'pt 5 ps 1.2 lc rgb "black"' if name == subject else f"pt 7 lc {i}"
            plots.append(f'$point_{n}_{i} using 1:2 with points {look} title "{title}"')
        title = {"real": "Real programs", "bench": "Programs of bench/"}.get(group, group)
        script.append(f'set title "{title}"\nplot ' + ", ".join(plots))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    return True
