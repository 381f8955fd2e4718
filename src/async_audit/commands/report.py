"""`async-audit report`: the whole answer as a page to hand on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from async_audit.auditing import audited
from async_audit.console import write_utf8
from async_audit.options import (
    cache_option,
    django_version_option,
    exclude_option,
    jobs_option,
    paths_argument,
)

_STANDARD_OUTPUT = Path("-")


@click.command()
@paths_argument
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a self-contained page.")
@click.option(
    "--markdown", metavar="FILE", type=click.Path(path_type=Path), help="Write a summary for a wiki."
)
@django_version_option
@exclude_option
@jobs_option
@cache_option
def command(
    paths: tuple[Path, ...],
    *,
    html: Path | None,
    markdown: Path | None,
    jobs: int,
    no_cache: bool,
    **given: Any,
) -> None:
    """Write the answer for the project at PATHS as a page: will it get faster on ASGI?

    The HTML page holds the answer, the stack as a picture, charts, a table of entry points to filter, and the
    evidence for each with its code; it loads nothing from anywhere. FILE may be `-` for standard output.

    Exit status: 0, whatever the verdicts are, and 2 where it could not run or not write.
    """
    if html is None and markdown is None:
        raise click.UsageError("say what to write: --html FILE, --markdown FILE or both")
    if html == markdown:
        raise click.UsageError("--html and --markdown name the same file")
    root, report = audited(paths, given, all_views=True, jobs=jobs, no_cache=no_cache)
    if not report.files:
        sys.exit(2)
    if html is not None:
        from async_audit.reporters.html import page
        from async_audit.reporters.html.excerpts import Sources

        _write(html, page.render(report, Sources(root)))
    if markdown is not None:
        from async_audit.reporters.summary import render

        _write(markdown, render(report))


def _write(path: Path, text: str) -> None:
    from async_audit.atomic_files import replace_file

    if path == _STANDARD_OUTPUT:
        write_utf8(text)
    else:
        replace_file(path, text.encode(errors="backslashreplace"))
