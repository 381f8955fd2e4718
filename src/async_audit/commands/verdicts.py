"""`async-audit verdicts`: whether async adds anything, entry point by entry point."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from async_audit.auditing import audited
from async_audit.console import write, write_utf8
from async_audit.options import (
    cache_option,
    django_version_option,
    exclude_option,
    format_option,
    jobs_option,
    paths_argument,
)


@click.command()
@paths_argument
@format_option(("text", "json"), "How the verdicts are written.")
@click.option("--all-views", is_flag=True, help="Also tell of synchronous views whether async would add.")
@django_version_option
@exclude_option
@jobs_option
@cache_option
def command(
    paths: tuple[Path, ...], output_format: str, *, all_views: bool, jobs: int, no_cache: bool, **given: Any
) -> None:
    """Tell for each asynchronous entry point below PATHS whether async adds anything there.

    Entry points are what a server, a channel layer, a task queue or a command runs: views, API operations,
    consumers, middleware, signal receivers, tasks and commands.

    With --all-views the answer is to "will it get faster on ASGI?": it covers the synchronous views too.

    Exit status: 0, whatever the verdicts are, and 2 where it could not run.
    """
    _, report = audited(paths, given, all_views=all_views, jobs=jobs, no_cache=no_cache)
    if not report.files:
        sys.exit(2)
    if output_format == "json":
        from async_audit.reporters import json

        write_utf8(json.render(report))
    else:
        from async_audit.reporters import verdicts
        from async_audit.reporters.terminal import terminal_width

        write(verdicts.render(report, width=terminal_width(), all_views=all_views))
