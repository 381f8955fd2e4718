"""`async-audit scan`: the findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from async_audit.config import FILE
from async_audit.console import complain, write, write_utf8
from async_audit.options import (
    cache_option,
    configuration,
    django_version_option,
    exclude_option,
    jobs_option,
    paths_argument,
    rule_options,
)
from async_audit.quantities import quantity
from async_audit.reporters.formats import ORIGINS, UTF8, Origin, format_of, render
from async_audit.rule_codes import OPTIONAL, begins_none

if TYPE_CHECKING:
    from async_audit.baseline import Counts, Scope
    from async_audit.config import Config
    from async_audit.findings import Report


def _file_or_standard_output(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """What `--output` names; `-`, which is standard output, names no file."""
    return None if value == Path("-") else value


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
    callback=_file_or_standard_output,
    help="Write the findings to FILE, and show them as text beside that.",
)
@click.option("--statistics", is_flag=True, help="Show how often each rule was found, not the findings.")
@click.option(
    "--since",
    metavar="REV",
    help="Only what stands in lines changed since the git revision REV, or has a step of its chain there.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Leave out the known findings that FILE counts, and lower its counts where there are fewer.",
)
@click.option("--update-baseline", is_flag=True, help="Count today's findings as known, and show none.")
@click.option("--add-noqa", is_flag=True, help="Write a noqa comment for each finding, and show none.")
@django_version_option
@rule_options
@exclude_option
@jobs_option
@cache_option
def command(  # noqa: PLR0913  (an option each)
    paths: tuple[Path, ...],
    output_format: str | None,
    *,
    output: Path | None,
    statistics: bool,
    since: str | None,
    baseline: Path | None,
    update_baseline: bool,
    add_noqa: bool,
    jobs: int,
    no_cache: bool,
    **given: Any,
) -> None:
    """Report what is wrong below PATHS (this folder, if none is given).

    Exit status: 0 nothing found, 1 something found, 2 could not run.
    """
    from async_audit.baseline import read_baseline
    from async_audit.cache import NO_CACHE, Cache
    from async_audit.changes import changed_lines, touched
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    if statistics and output is None and output_format not in {None, "text"}:
        raise click.UsageError("--statistics is text; name a file with --output for --format")
    if update_baseline and (since or add_noqa):
        raise click.UsageError("--update-baseline counts all findings; leave out --since and --add-noqa")
    targets = list(paths) or [Path()]
    notices: list[str] = []
    root = root_of(targets)
    config = configuration(root, **given)
    cache = NO_CACHE if no_cache else Cache.open()
    # What cannot be read is said before the scan, and nothing is written then.
    changed = None if since is None else changed_lines(root, since)
    file = _baseline_path(baseline, config, root, wanted=update_baseline)
    known = {} if file is None or (update_baseline and not file.exists()) else read_baseline(file)
    with progress_bar() as progress:
        report = audit(
            targets, config, root=root, progress=progress, notice=notices.append, cache=cache, jobs=jobs
        )
    for notice in notices:
        complain(notice)
    if not report.files:
        # A hook names the files of a change; that the configuration leaves all of them out is no failure, and
        # who reads a document gets an empty one.
        if not all(path.suffix == ".py" and path.is_file() for path in targets):
            sys.exit(2)
        if output is None and output_format in {None, "text"}:
            sys.exit(0)
    if file is not None:
        scope = _scope(root, targets, config)
        if update_baseline:
            _renew(file, known, report, scope)
            _name_baseline(root, is_named=bool(baseline or config.baseline))
            return
        report = _without_known(file, known, report, scope)
    if changed is not None:
        report = touched(report, changed)
    if add_noqa:
        _silence(report)
        return
    if output is not None:
        _save(report, output_format or format_of(output), output)
        output_format = "text"
    if statistics:
        write(render(report, "statistics"))
    else:
        _show(report, output_format or "text")
    sys.exit(1 if report.failed else 0)


def _baseline_path(given: Path | None, config: Config, root: Path, *, wanted: bool) -> Path | None:
    """The baseline that the option or the configuration names, else the usual one where one is wanted."""
    from async_audit.baseline import DEFAULT

    if given is not None:
        return given
    if config.baseline:
        return root / config.baseline
    return root / DEFAULT if wanted else None


def _scope(root: Path, targets: list[Path], config: Config) -> Scope:
    """What a scan of these paths with this configuration could find."""
    from async_audit.baseline import Scope
    from async_audit.discovery import is_excluded

    tops = [target.resolve() for target in targets]

    def runs(code: str) -> bool:
        return begins_none(code) or config.wants(code, default=code not in OPTIONAL)

    def covers(path: str) -> bool:
        return any((root / path).is_relative_to(top) for top in tops) and not is_excluded(
            path, config.exclude
        )

    return Scope(covers, runs)


def _renew(file: Path, known: Counts, report: Report, scope: Scope) -> None:
    """Write today's findings to the baseline."""
    from async_audit.baseline import renewed, write_baseline

    counts = renewed(known, report, scope)
    write_baseline(file, counts)
    files = len({path for path, _ in counts})
    complain(f"{_near(file)}: {quantity(sum(counts.values()), 'known finding')} in {quantity(files, 'file')}")


def _name_baseline(root: Path, *, is_named: bool) -> None:
    """Say how the next scan finds the baseline of the usual name, where nothing names it."""
    from async_audit.baseline import DEFAULT

    if not is_named:
        complain(f'name it, so that scans use it: `baseline = "{DEFAULT}"` in {_near(root / FILE)}')


def _without_known(file: Path, known: Counts, report: Report, scope: Scope) -> Report:
    """The report without the findings of the baseline, which is lowered where there are fewer by now."""
    from async_audit.baseline import lowered, without, write_baseline

    fewer = lowered(known, report, scope)
    if fewer != known:
        write_baseline(file, fewer)
        gone = sum(known.values()) - sum(fewer.values())
        complain(f"{_near(file)}: lowered by {gone}, as many findings are gone")
    rest = without(report, fewer)
    for path, code, before, now in rest.grown:
        complain(f"{path}: {now} findings of {code}, {before} are known; all of them are shown")
    if rest.hidden:
        complain(f"{quantity(rest.hidden, 'known finding')} not shown ({_near(file)})")
    return rest.report


def _silence(report: Report) -> None:
    """Write comments into the files, and say what was done."""
    from async_audit.noqa import add_noqa

    done = add_noqa(report)
    for path, why in done.left:
        complain(f"{path}: left as it is: {why}")
    complain(f"noqa comments on {quantity(done.lines, 'line')} in {quantity(done.files, 'file')}")


def _near(file: Path) -> str:
    """A path as the current folder has it, where it is below that."""
    from async_audit.reporters.paths import current_folder

    here = current_folder()
    return str(file.relative_to(here) if here and file.is_relative_to(here) else file)


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
