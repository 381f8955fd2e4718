"""`async-audit schema`: the form of the JSON report."""

from __future__ import annotations

import click

from async_audit.console import write_utf8


@click.command()
def command() -> None:
    """Print the JSON Schema of what `async-audit scan --format json` writes."""
    from importlib.resources import files

    schema = files("async_audit.reporters").joinpath("report.schema.json")
    write_utf8(schema.read_text(encoding="utf-8"))
