"""`async-audit verdicts`: whether async adds anything, entry point by entry point."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from async_audit.console import complain, write, write_utf8
from async_audit.options import (
    cache_option,
    configuration,
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
    from async_audit.cache import NO_CACHE, Cache
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    targets = list(paths) or [Path()]
    root = root_of(targets)
    config = configuration(root, **given)
    cache = NO_CACHE if no_cache else Cache.open()
    with progress_bar() as progress:
        report = audit(
            targets,
            config,
            root=root,
            progress=progress,
            notice=complain,
            cache=cache,
            all_views=all_views,
            jobs=jobs,
        )
    if not report.files:
        sys.exit(2)
    if output_format == "json":
        from async_audit.reporters import json

        write_utf8(json.render(report))
    else:
        from async_audit.reporters import verdicts
        from async_audit.reporters.terminal import terminal_width

        write(verdicts.render(report, width=terminal_width(), all_views=all_views))
