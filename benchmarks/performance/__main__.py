"""The command `python -m benchmarks.performance`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.machine import machine, other_load
from benchmarks.performance.archives import ArchiveError, unpacked
from benchmarks.performance.measuring import CommandError
from benchmarks.performance.pages import SECTION, section
from benchmarks.performance.plots import draw
from benchmarks.performance.runs import FULL, QUICK, Runs
from benchmarks.performance.tools import REPOSITORY, Tools
from benchmarks.sections import SectionError, write_section

PAGE = REPOSITORY / "docs" / "performance.md"
ARCHIVES = {"khoj": ("khoj==1.42.10", "src"), "django": ("Django==5.2.19", "")}
"""The releases that are measured, and the folder in each that is scanned."""


@click.command()
@click.option("--quick", is_flag=True, help="Two rounds, smaller trees, no slow linter on large ones.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds, instead of 5 (quick: 2).")
@click.option("--archive", "given", multiple=True, metavar="NAME=FOLDER", help="An unpacked source archive.")
@click.option("--skip", multiple=True, type=click.Choice(["flake8-async", "pylint"]), help="Leave this out.")
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=REPOSITORY / "build" / "benchmarks",
    help="Where archives, trees and the environments of other linters are kept.",
)
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="The page to write into.")
def main(
    *, quick: bool, rounds: int | None, given: tuple[str, ...], skip: tuple[str, ...], work: Path, page: Path
) -> None:
    """Measure what an audit costs beside other linters, and write docs/performance.md with its plot.

    The first run downloads archives and linters with pip. Afterwards it takes about 15 minutes on
    two cores that do nothing else, --quick three.

    Exit status: 0 it was measured, whichever goals are met; 2 it could not be measured.
    """
    load = other_load()
    work.mkdir(parents=True, exist_ok=True)
    plan = QUICK if quick else FULL
    plan = replace(plan, rounds=rounds or plan.rounds)
    runs = Runs(Tools(work.resolve()), plan, frozenset(skip), _show)
    try:
        results = runs.all(_folders(given, work.resolve()))
        plot = page.with_name("performance.svg")
        many = f"Medians of {plan.rounds} rounds; slow tools and large trees have fewer"
        repeated = "One round of each tool" if plan.rounds == 1 else many
        conditions = (
            f"{machine('async-audit', 'libcst', 'flake8', 'ruff')}. "
            f"{repeated}{', a quick run' if quick else ''}. {load}"
        )
        content = section(results, conditions, plot.name)
        draw(results.growth, plot)
        write_section(page, SECTION, content)
    except (ArchiveError, CommandError, SectionError, subprocess.CalledProcessError) as error:
        click.echo(f"benchmarks.performance: {error}", err=True)
        sys.exit(2)
    click.echo(content)


def _folders(given: tuple[str, ...], work: Path) -> dict[str, Path]:
    """The folders to scan, by the name of their release: those that were given, else downloaded."""
    named = dict(item.split("=", 1) for item in given if "=" in item)
    found = {}
    for name, (requirement, below) in ARCHIVES.items():
        top = Path(named[name]).resolve() if name in named else unpacked(requirement, work)
        found[requirement.replace("==", " ")] = top / below
    return found


def _show(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(what, err=True)


if __name__ == "__main__":
    main()
