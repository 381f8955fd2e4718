"""An audit as a command asks for it: configured by its options, with progress, the cache and processes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from async_audit.console import complain
from async_audit.options import configuration

if TYPE_CHECKING:
    from async_audit.findings import Report


def audited(
    paths: tuple[Path, ...], given: dict[str, Any], *, all_views: bool, jobs: int, no_cache: bool
) -> tuple[Path, Report]:
    """The root of the project at `paths`, none for this folder, and the report on what is below them.

    `given` are the options that `configuration` takes.
    """
    # `--help` needs none of these.
    from async_audit.cache import NO_CACHE, Cache  # noqa: PLC0415
    from async_audit.engine import audit, root_of  # noqa: PLC0415
    from async_audit.progress import progress_bar  # noqa: PLC0415

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
    return root, report
