"""`async-audit why`: all that is believed of one function."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from async_audit.console import complain, say
from async_audit.options import configuration, django_version_option


@click.command()
@click.argument("target")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="A folder of the project.")
@django_version_option
def command(target: str, root: Path, django_version: str | None) -> None:
    """Show all that is believed of TARGET: a function's name, or FILE:LINE as reports print it.

    Its effects with their chains, what it awaits, what its variables are, and what is not known.
    """
    from async_audit.audit import Audit
    from async_audit.engine import root_of
    from async_audit.explaining import Target, explain, why_none
    from async_audit.reporters.evidence import render

    asked = Target.of(target)
    if not asked.path and Path(target).is_file():
        complain(f"{target}: name a line of it as {target}:LINE")
        sys.exit(2)
    top = root_of([Path(asked.path) if asked.path and Path(asked.path).exists() else root])
    audit = Audit(top, configuration(top, django_version=django_version))
    found = list(explain(audit, asked))
    if not found:
        complain(f"{target}: {why_none(audit, asked)}")
        sys.exit(2)
    say("\n".join(render(evidence) for evidence in found))
