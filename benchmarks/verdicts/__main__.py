"""The command `python -m benchmarks.verdicts`."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.machine import machine, other_load
from benchmarks.sections import SectionError, write_section
from benchmarks.verdicts.agreement import Claim, disagreements, ratios
from benchmarks.verdicts.claims import claims
from benchmarks.verdicts.legs import Leg
from benchmarks.verdicts.load import Server, measure
from benchmarks.verdicts.pages import SECTION, Result, section
from benchmarks.verdicts.pairs import PAIRS, SATURATED, Pair, Stack
from benchmarks.verdicts.servers import ServerError, lay_out, serving, upstream

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verdicts.md"
_PACKAGES = ("django", "uvicorn", "gunicorn", "httpx")
_WARM_UP = 0.2
"""Seconds: connections are opened and modules imported."""


@click.command()
@click.option("--quick", is_flag=True, help="Under two minutes: fewer and shorter rounds.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds for each view, instead of 7 (quick: 2).")
@click.option("--seconds", type=float, help="Seconds for each leg, instead of 2 (quick: 0.6).")
@click.option("--only", metavar="VIEW", help="Measure this view alone, and write nothing.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="The page to write into.")
def main(*, quick: bool, rounds: int | None, seconds: float | None, only: str | None, page: Path) -> None:
    """Measure what each verdict claims, on real servers, and write the table into docs/verdicts.md.

    Takes about twelve minutes, --quick two.

    Exit status: 0 all verdicts agree with their measurement, 1 some do not, 2 it could not be measured.
    """
    others = other_load()
    load = Load(rounds or (2 if quick else 7), seconds or (0.6 if quick else 2.0))
    try:
        judged, saturated = _results(load, only)
        medians = f"Medians of {load.rounds} rounds of {load.seconds:g} s for each form."
        conditions = f"{machine(*_PACKAGES)}. {medians} {others}"
        content = section(judged, saturated, conditions)
        if only is None:
            write_section(page, SECTION, content)
    except (ServerError, SectionError) as error:
        click.echo(f"benchmarks.verdicts: {error}", err=True)
        sys.exit(2)
    click.echo(content)
    sys.exit(1 if any(result.against for result in judged) else 0)


@dataclass(frozen=True, slots=True)
class Load:
    """How often and how long each form is measured."""

    rounds: int
    seconds: float


def _results(load: Load, only: str | None) -> tuple[list[Result], list[Result]]:
    """What is judged and what is shown beside it, each stack served from the first pair to the last."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        carrier = running.enter_context(upstream())
        projects = {stack: lay_out(stack, folder) for stack in Stack}
        claimed = {stack: claims(project) for stack, project in projects.items()}
        servers = {
            stack: Server(*running.enter_context(serving(project, carrier)))
            for stack, project in projects.items()
        }

        def results(pairs: tuple[Pair, ...]) -> list[Result]:
            return [
                _result(pair, claimed[pair.stack][pair.function], servers, load)
                for pair in pairs
                if only in {None, pair.view}
            ]

        return results(PAIRS), results(SATURATED)


def _result(pair: Pair, claim: Claim, servers: dict[Stack, Server], load: Load) -> Result:
    if sys.stderr.isatty():
        click.echo(f"{pair.stack.value}: {pair.view}", err=True)
    measured = ratios(_rounds(pair, servers, load))
    return Result(pair, claim, measured, disagreements(claim, measured, against_pool=pair.is_against_pool))


def _rounds(pair: Pair, servers: dict[Stack, Server], load: Load) -> list[tuple[Leg, Leg]]:
    """Both forms in each round, the first one changing, after a short leg of each to warm up."""

    def written(seconds: float) -> Leg:
        return measure(servers[pair.stack], pair.routes[0], pair.concurrency, seconds)

    def plain(seconds: float) -> Leg:
        return measure(servers[pair.plain_stack], pair.routes[1], pair.concurrency, seconds)

    written(_WARM_UP)
    plain(_WARM_UP)
    found = []
    for number in range(load.rounds):
        if number % 2:
            second, first = plain(load.seconds), written(load.seconds)
        else:
            first, second = written(load.seconds), plain(load.seconds)
        found.append((first, second))
    return found


if __name__ == "__main__":
    main()
