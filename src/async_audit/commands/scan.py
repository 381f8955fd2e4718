"""`async-audit scan`: the findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from async_audit.console import complain, write, write_utf8
from async_audit.options import (
    configuration,
    django_version_option,
    exclude_option,
    format_option,
    paths_argument,
    rule_options,
)


@click.command()
@paths_argument
@format_option(("text", "concise", "json"), "How findings are written.")
@django_version_option
@rule_options
@exclude_option
def command(paths: tuple[Path, ...], output_format: str, **given: Any) -> None:
    """Report what is wrong below PATHS (this folder, if none is given).

    Exit status: 0 nothing found, 1 something found, 2 could not run.
    """
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    targets = list(paths) or [Path()]
    notices: list[str] = []
    root = root_of(targets)
    config = configuration(root, **given)
    with progress_bar() as progress:
        report = audit(targets, config, root=root, progress=progress, notice=notices.append)
    for notice in notices:
        complain(notice)
    if not report.files:
        sys.exit(2)
    if output_format == "text":
        from async_audit.reporters import text

        text.show(report)
    elif output_format == "json":
        from async_audit.reporters import json

        write_utf8(json.render(report))
    else:
        from async_audit.reporters import concise

        write(concise.render(report))
    sys.exit(1 if report.failed else 0)
