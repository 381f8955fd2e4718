"""The plot of how cost grows with the lines of a tree."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

from benchmarks.performance.costs import median
from benchmarks.performance.results import Subject

mpl.use("svg")

import matplotlib.pyplot as plt

_COLOURS = ("#1b7f4d", "#7cc49a", "#b5533c", "#7a5195", "#555555")


def draw(subjects: tuple[Subject, ...], path: Path) -> None:
    """Processor time over lines, both logarithmic, a line a tool; text stays text."""
    # Fixed names and no date: the same numbers make the same file.
    with mpl.rc_context({"svg.hashsalt": "async-audit", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure, axes = plt.subplots(figsize=(7.5, 4.5))
        tools = list(dict.fromkeys(tool for subject in subjects for tool in subject.costs))
        for tool, colour in zip(tools, _COLOURS, strict=False):
            points = [
                (subject.lines, median(subject.costs[tool]).cpu)
                for subject in subjects
                if subject.costs.get(tool)
            ]
            axes.plot(*zip(*points, strict=True), marker="o", label=tool, color=colour)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("lines of code, one module in twenty asynchronous")
        axes.set_ylabel("processor time, s")
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        plt.close(figure)
