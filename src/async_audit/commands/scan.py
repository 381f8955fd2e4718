"""`async-audit scan`: the findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from async_audit.cache import NO_CACHE, Cache
from async_audit.console import complain, write, write_utf8
from async_audit.options import (
    cache_option,
    configuration,
    django_version_option,
    exclude_option,
    paths_argument,
    rule_options,
)
from async_audit.reporters.formats import ORIGINS, UTF8, Origin, format_of, render

if TYPE_CHECKING:
    from async_audit.findings import Report


@click.command()
@paths_argument
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", *ORIGINS)),
    help="How findings are written; by default as text, to a file as its name asks for.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the findings to FILE, and show them as text beside that.",
)
@click.option("--statistics", is_flag=True, help="Show how often each rule was found, not the findings.")
@django_version_option
@rule_options
@exclude_option
@cache_option
def command(
    paths: tuple[Path, ...],
    output_format: str | None,
    output: Path | None,
    statistics: bool,
    no_cache: bool,
    **given: Any,
) -> None:
    """Report what is wrong below PATHS (this folder, if none is given).

    Exit status: 0 nothing found, 1 something found, 2 could not run.
    """
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    if statistics and output is None and output_format not in {None, "text"}:
        raise click.UsageError("--statistics is text; name a file with --output for --format")
    targets = list(paths) or [Path()]
    notices: list[str] = []
    root = root_of(targets)
    config = configuration(root, **given)
    cache = NO_CACHE if no_cache else Cache.open()
    with progress_bar() as progress:
        report = audit(targets, config, root=root, progress=progress, notice=notices.append, cache=cache)
    for notice in notices:
        complain(notice)
    if not report.files:
        sys.exit(2)
    if output is not None:
        _save(report, output_format or format_of(output), output)
        output_format = "text"
    if statistics:
        write(render(report, "statistics"))
    else:
        _show(report, output_format or "text")
    sys.exit(1 if report.failed else 0)


def _show(report: Report, output_format: str) -> None:
    """Write the report to standard output."""
    if output_format == "text":
        from async_audit.reporters import text

        text.show(report)
    elif output_format in UTF8:
        write_utf8(_rendered(report, output_format))
    else:
        write(_rendered(report, output_format))


def _save(report: Report, output_format: str, output: Path) -> None:
    """Write the report to a file, which is UTF-8."""
    from async_audit.atomic_files import replace_file

    if output_format == "text":
        from async_audit.reporters import text

        content = text.plain(report)
    else:
        content = _rendered(report, output_format)
    replace_file(output, content.encode(errors="backslashreplace"))


def _rendered(report: Report, output_format: str) -> str:
    """The report in a format, its paths from where the readers of that format count them."""
    from async_audit.reporters.paths import current_folder, repository_of, seen_from

    origin = ORIGINS[output_format]
    if origin is Origin.FOLDER:
        folder = current_folder()
        report = report if folder is None else seen_from(report, folder)
    elif origin is Origin.REPOSITORY:
        report = seen_from(report, repository_of(Path(report.root)).as_posix())
    return render(report, output_format)
