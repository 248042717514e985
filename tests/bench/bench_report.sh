#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_report.sh - ratios, geometric means, losses and tables of bench/report.py
# on given figures.
: "${top_srcdir:=$(dirname "$0")/../..}"
command -v python3 >/dev/null 2>&1 || { echo 'python3 is missing'; exit 77; }
PYTHONPATH=$top_srcdir/bench PYTHONDONTWRITEBYTECODE=1 exec python3 - <<'END_OF_TEST'
import os
import tempfile

import report
from report import Figures


def near(a, b):
    assert abs(a - b) < 1e-6, (a, b)


def runs(*pairs):
    """Runs of (cpu, rss)."""
    return [Figures(cpu * 2.0, float(cpu), rss, 100) for cpu, rss in pairs]


# Ratios: to the best peer, the subject's too.
best, ratios = report.ratios_to_best_peer({"a": 4.0, "b": 2.0, "m": 1.0}, "m")
near(best, 2.0)
assert ratios == {"a": 2.0, "b": 1.0, "m": 0.5}
best, ratios = report.ratios_to_best_peer({"m": 3.0}, "m")
assert (best, ratios) == (3.0, {"m": 1.0})

# Geometric means: each ratio counts as 0.67 at least.
near(report.geometric_mean([2.0, 8.0]), 4.0)
near(report.geometric_mean([0.01, 1.0]), 0.67 ** 0.5)
near(report.geometric_mean([0.8, 0.8]), 0.8)
assert report.geometric_mean([]) != report.geometric_mean([])

# Lost: above the bound and above the noise.
near(report.spread(2.0, 3.0), 1.5)
near(report.spread(3.0, 2.0), 1.5)
assert report.is_lost(1.06, 1.05, 1.0)
assert not report.is_lost(1.05, 1.05, 1.0)
assert not report.is_lost(1.06, 1.05, 1.06)
assert not report.is_lost(9.0, None, 1.0)

# Two cases: "slow" is lost by its time (1.20, noise 1.10), "noisy" is not
# (1.20, noise 1.25), and its memory is (1.50).
results = {
    "slow": {"peer": runs((1, 100), (3, 100), (2, 100)),
             "other": runs((4, 90), (4, 90), (4, 90)),
             "m": runs((2.4, 50), (2.4, 50), (2.4, 50)),
             "m again": runs((2.64, 50), (2.64, 50), (2.64, 50))},
    "noisy": {"peer": runs((1, 100)), "other": [],
              "m": runs((1.2, 150)), "m again": runs((1.5, 150))},
}
text = report.report(results, {"real": ["slow", "noisy"]}, ["peer", "other", "m"], "m")
tables = text.split("### ")
assert tables[1].startswith("A/A: m twice"), tables[1]
assert "| slow | 1.100 | 1.100 | 1.000 | 1.000 |" in tables[1], tables[1]
assert "| noisy | 1.250 |" in tables[1], tables[1]
cpu, wall, rss, faults = tables[2:]
assert cpu.startswith("CPU seconds, bound 1.05"), cpu
assert ("| slow | 2.0000 (1.0000) | **1.00 (1.00)** | 2.00 (4.00) |"
        " 1.20 (2.40) *lost* |") in cpu, cpu
assert "| noisy | 1.0000 (1.0000) | **1.00 (1.00)** | failed | 1.20 (1.20) |" in cpu, cpu
assert "| geometric mean, all (2) | | 1.000 (1.000) | 2.000 (4.000) | 1.200 (1.697) |" in cpu
assert "Lost by m: slow." in cpu and "Lost by m: slow." in wall, cpu
assert "| slow | 90 (90) | 1.11 (1.11) | 1.00 (1.00) | **0.56 (0.56)** |" in rss, rss
assert "Lost by m: noisy." in rss, rss
near(float(rss.split("all (2)")[1].split("|")[4].split()[0]), round((0.67 * 1.5) ** 0.5, 3))
assert "lost" not in faults and "Lost" not in faults, faults

# A subject that failed has lost.
results = {"case": {"peer": runs((1, 1)), "m": [], "m again": []}}
text = report.report(results, {"real": ["case"]}, ["peer", "m"], "m")
assert "| failed |" in text and "Lost by m: case." in text, text

# Markdown goes between the marks, and what is around them stays.
with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "file.md")
    with open(path, "w") as out:
        out.write(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    for _ in range(2):
        report.write_markdown(path, "new\n", os.path.join(directory, "chart.svg"))
        with open(path) as file:
            text = file.read()
        assert text.startswith("before\n") and text.endswith("after\n"), text
        assert text.count("new") == 1 and "old" not in text and "](chart.svg)" in text, text
print("bench_report.sh: passed")
END_OF_TEST
