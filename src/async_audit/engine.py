"""One audit, from paths to a report: the phases in order, nothing else.

Where the report was made before and nothing has changed since, nothing of the analysis is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from async_audit.cache import NO_CACHE, Cache
from async_audit.config import Config
from async_audit.discovery import DiscoveryError, SourceFile, TextFile, project_root
from async_audit.findings import EntryPoint, Finding, Report
from async_audit.frames import with_room
from async_audit.results import Results
from async_audit.snapshot import Snapshot

if TYPE_CHECKING:
    from async_audit.audit import Audit

Progress = Callable[[int, int], None]
Notice = Callable[[str], None]


def root_of(paths: list[Path]) -> Path:
    """The root of the project that `paths` belong to. Raises `DiscoveryError` where one does not exist."""
    for path in paths:
        try:
            is_there = path.exists()
        except OSError as error:
            raise DiscoveryError(f"{path}: cannot be read: {error.strerror}") from error
        if not is_there:
            raise DiscoveryError(f"{path}: there is no such file or folder")
    return project_root(_common([path.resolve() for path in paths]))


def audit(  # noqa: PLR0913  (what a command line may say)
    paths: list[Path],
    config: Config,
    root: Path | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
    cache: Cache = NO_CACHE,
    *,
    all_views: bool = False,
    jobs: int = 0,
) -> Report:
    """The report on everything below `paths`. Raises `DiscoveryError` where a path does not exist.

    `notice` is told of each path below which there is nothing to audit. With `all_views` synchronous views
    are entry points too. `jobs` processes parse at most, this one included; 0: as many as there are cores.
    """
    top = root_of(paths) if root is None else root
    resolved = [path.resolve() for path in paths]
    question = "\0".join((str(all_views), *(os.fspath(path) for path in resolved)))
    results = Results(cache, top, config, tuple(resolved))
    known = results.recall(question) if results.are_kept else None
    if known is not None:
        return known
    from async_audit.audit import Audit  # noqa: PLC0415  (half a second, of which a known report needs nothing)
    from async_audit.facts_cache import FactsCache  # noqa: PLC0415  (with `Audit`)
    from async_audit.workers import Workers, cores  # noqa: PLC0415  (with `Audit`)

    snapshot = Snapshot() if results.are_kept else None
    with closing(Workers((jobs or cores()) - 1)) as workers:
        facts = FactsCache(cache, workers)
        work = Audit(top, config, named=tuple(resolved), snapshot=snapshot, parse=facts.parse)
        if snapshot is not None:
            known = results.recall_at(snapshot.state, question)
            if known is not None:
                results.keep_snapshot(snapshot)
                return known
        empty = _nothing_below(work, paths, resolved)
        if notice is not None:
            for path in empty:
                notice(_why_nothing(path))
        facts.expect(work.probably_parsed)
        report = with_room(lambda: _run(work, resolved, progress, all_views=all_views))
    if snapshot is not None and not empty:
        results.keep(snapshot, question, report)
    return report


def _nothing_below(work: Audit, paths: list[Path], resolved: list[Path]) -> list[Path]:
    """Those of `paths` below which there is no file to audit."""
    held: set[str] = set()
    for file in work.program.files:
        for path in _with_folders(file.path):
            if path in held:
                break
            held.add(path)
    return [path for path, real in zip(paths, resolved, strict=True) if os.fspath(real) not in held]


def _with_folders(path: Path) -> Iterator[str]:
    """A path and the folders that hold it: as text, since a hook may name all files of a project."""
    text = os.fspath(path)
    while True:
        yield text
        folder = os.path.dirname(text)  # noqa: PTH120  (as text)
        if folder == text:
            return
        text = folder


def _below(files: list[SourceFile], paths: list[Path]) -> list[SourceFile]:
    """Those of `files` that are among `paths` or in one of these folders."""
    tops = frozenset(map(os.fspath, paths))
    folders: dict[str, bool] = {}
    wanted: list[SourceFile] = []
    for file in files:
        path = os.fspath(file.path)
        folder = os.path.dirname(path)  # noqa: PTH120  (as text)
        if folder not in folders:
            folders[folder] = not tops.isdisjoint(_with_folders(file.path.parent))
        if folders[folder] or path in tops:
            wanted.append(file)
    return wanted


def _run(work: Audit, paths: list[Path], progress: Progress | None, *, all_views: bool) -> Report:
    """The report on everything below `paths`."""
    from async_audit.audit import audit_runtime  # noqa: PLC0415  (with `Audit`)

    with audit_runtime():
        wanted = _below(work.program.files, paths)
        findings: list[Finding] = []
        suppressed = 0
        for position, file in enumerate(wanted):
            if progress is not None:
                progress(position, len(wanted))
            found, silenced = work.findings(file)
            findings.extend(found)
            suppressed += silenced
        for text in _texts_with_findings(work, paths):
            found, silenced = work.text_findings(text)
            findings.extend(found)
            suppressed += silenced
        entries = work.assessment.entry_points()
        if all_views:
            from async_audit.assessment import ordered  # noqa: PLC0415  (with `Audit`)

            paths_of_views = frozenset(file.relative for file in wanted)
            entries = ordered((*entries, *work.assessment.synchronous_entry_points(paths_of_views)))
        return _report(work, len(wanted), findings, suppressed, entries)


def _report(
    work: Audit,
    files: int,
    findings: list[Finding],
    suppressed: int,
    entries: tuple[EntryPoint, ...],
) -> Report:
    """The report from what was found in the files that were asked for."""
    from async_audit.stack import stack  # noqa: PLC0415  (with `Audit`)

    return Report(
        root=work.root.as_posix(),
        django="{}.{}".format(*work.program.django),
        django_source=work.django_source,
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        skipped=tuple(sorted(work.skipped, key=lambda file: file.path)),
        suppressed=suppressed,
        files=files,
        coroutines=work.coroutines,
        unresolved=tuple(sorted(work.everything_unresolved.items())),
        entry_points=entries,
        serves=work.assessment.serving.name.lower(),
        answer=work.assessment.answer(entries),
        advice=work.assessment.advice(entries),
        stack=stack(work.program, work.assessment.serving),
    )


def _texts_with_findings(work: Audit, paths: list[Path]) -> list[TextFile]:
    """The files below `paths` that are no Python and in which a finding sits."""
    return [
        text
        for text in work.program.texts
        if text.relative in work.project_findings
        and any(text.path == path or text.path.is_relative_to(path) for path in paths)
    ]


def _why_nothing(path: Path) -> str:
    if path.is_dir():
        return f"{path}: there is no Python file to audit in this folder"
    if path.suffix != ".py" or not path.is_file():
        return f"{path}: this is no Python file, and it was not audited"
    return f"{path}: this file is excluded, and it was not audited"


def _common(paths: list[Path]) -> Path:
    folders = [path if path.is_dir() else path.parent for path in paths]
    top = folders[0]
    while not all(folder.is_relative_to(top) for folder in folders):
        top = top.parent
    return top
