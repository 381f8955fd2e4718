"""One audit, from paths to a report: the phases in order, nothing else."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from async_audit.catalogue.load import load
from async_audit.config import Config
from async_audit.discovery import DiscoveryError, SourceFile, django_version, project_root, source_files
from async_audit.effects.kinds import Kind
from async_audit.effects.summaries import Summaries
from async_audit.findings import Confidence, Finding, Location, Report, Severity, Skipped
from async_audit.project.modules import Unreadable
from async_audit.project.program import Program
from async_audit.project.views import has_async_handlers
from async_audit.rulebook import ClassAudit, FunctionAudit, rule_for, rules
from async_audit.suppressions import Suppression, parse
from async_audit.syntax.facts import FunctionFacts, ModuleFacts

DEFAULT_DJANGO = (5, 2)
"""Assumed where a project does not say which Django it uses: the long-term release of the day."""

Progress = Callable[[int, int], None]
_CERTAIN = Confidence.CERTAIN


class Audit:
    """A project that is read once and asked for the findings of one file or of all."""

    def __init__(self, root: Path, config: Config, files: list[SourceFile] | None = None) -> None:
        self.root = root
        self.config = config
        found = django_version(root)
        version = config.django_version or (found[0] if found is not None else DEFAULT_DJANGO)
        version = max(version, (4, 2))
        self.program = Program(
            source_files(root, config.exclude) if files is None else files, load(), version
        )
        self.summaries = Summaries(self.program)
        self.coroutines = 0
        self.unresolved: Counter[str] = Counter()

    def file(self, path: Path) -> SourceFile | None:
        """The project's file at an absolute path, if it is one of them."""
        return next((file for file in self.program.files if file.path == path), None)

    def findings(self, file: SourceFile, *, suppress: bool = True) -> tuple[tuple[Finding, ...], int]:
        """The findings of one file in order, suppressed ones left out, and how many those are.

        Without `suppress` they are all there: flake8 reads its own comments.
        """
        try:
            if not file.mentions_async:
                return (), 0
        except OSError as error:
            return self._unreadable(file.relative, Unreadable(f"cannot be read: {error.strerror}")), 0
        facts = self.program.modules.facts(file.relative)
        if isinstance(facts, Unreadable):
            return self._unreadable(file.relative, facts), 0
        found = {finding: None for audit in self._audits(facts) for finding in self._check(audit)}
        found.update((finding, None) for finding in self._check_classes(facts))
        ordered = sorted(found, key=lambda finding: finding.sort_key)
        if not suppress:
            return tuple(ordered), 0
        return self._unsuppressed(facts, ordered)

    def _audits(self, facts: ModuleFacts) -> Iterator[FunctionAudit]:
        for function in facts.functions:
            owner = self._owner(facts, function)
            on_loop = bool(owner) and self._is_loop_hook(owner, function)
            wanted = function.is_async or on_loop or _holds_coroutine(function)
            if not (wanted or self._may_leave_unawaited(function)):
                continue
            summary = self.summaries.audit(facts.path, function, owner)
            self._count(function, summary.own)
            yield FunctionAudit(self.program, facts.path, function, summary.own, on_loop=on_loop)
            for nested, effects in summary.nested:
                self._count(nested, effects)
                yield FunctionAudit(self.program, facts.path, nested, effects, function)

    def _owner(self, facts: ModuleFacts, function: FunctionFacts) -> str:
        if not function.owner:
            return ""
        self._know_class(facts, function.owner)
        return self.program.classes.qualified(facts.path, function.owner)

    def _is_loop_hook(self, owner: str, function: FunctionFacts) -> bool:
        """Whether an asynchronous class-based view calls the plain method on the event loop."""
        hooks = self.program.catalogue.loop_hooks
        return not function.is_async and function.name in hooks and has_async_handlers(self.program, owner)

    def _may_leave_unawaited(self, function: FunctionFacts) -> bool:
        """Whether a synchronous function calls anything by a name that a coroutine has."""
        return not function.calls.isdisjoint(self.program.coroutine_names)

    def _count(self, function: FunctionFacts, effects: tuple[object, ...]) -> None:
        self.coroutines += function.is_async
        for effect in effects:
            if getattr(effect, "kind", None) is Kind.UNKNOWN:
                self.unresolved[getattr(effect, "category").value] += 1  # noqa: B009

    def _know_class(self, facts: ModuleFacts, qualname: str) -> None:
        for definition in facts.classes:
            if definition.qualname == qualname:
                self.program.classes.of(facts.path, definition)

    def _check(self, audit: FunctionAudit) -> Iterator[Finding]:
        for rule in rules():
            if self.config.wants(rule.code, default=rule.default):
                yield from rule.check(rule, audit)

    def _check_classes(self, facts: ModuleFacts) -> Iterator[Finding]:
        for definition in facts.classes:
            if "<locals>" in definition.qualname:
                continue
            name = self.program.classes.of(facts.path, definition).name
            audit = ClassAudit(self.program, facts.path, definition, name)
            for rule in rules():
                if self.config.wants(rule.code, default=rule.default):
                    yield from rule.check_class(rule, audit)

    def _unreadable(self, path: str, why: Unreadable) -> tuple[Finding, ...]:
        rule = rule_for("DJA901")
        if rule is None or not self.config.wants(rule.code, default=rule.default):
            return ()
        location = Location(path, why.line, 1, why.line, 1)
        message = f"this file {why.reason}; the rest of the project was audited without it"
        audit = Finding(rule.code, rule.slug, rule.severity, _CERTAIN, location, "", message)
        return (audit,)

    def _unsuppressed(self, facts: ModuleFacts, findings: list[Finding]) -> tuple[tuple[Finding, ...], int]:
        comments = parse(facts.suppressions)
        used: set[Suppression] = set()
        kept: list[Finding] = []
        for finding in findings:
            silencers = [
                comment
                for comment in comments
                if comment.line == finding.location.line and comment.silences(finding.code)
            ]
            used.update(silencers)
            if not silencers:
                kept.append(finding)
        kept.extend(self._unused(facts, [comment for comment in comments if comment not in used]))
        kept.sort(key=lambda finding: finding.sort_key)
        return tuple(kept), len(findings) - len([f for f in kept if f.code != "DJA902"])

    def _unused(self, facts: ModuleFacts, comments: list[Suppression]) -> Iterator[Finding]:
        rule = rule_for("DJA902")
        if rule is None or not self.config.wants(rule.code, default=rule.default):
            return
        for comment in comments:
            for code in comment.own_codes:
                location = Location(facts.path, comment.line, 1, comment.line, 1)
                message = f"this comment suppresses {code}, which is not found here; remove it"
                yield Finding(rule.code, rule.slug, Severity.INFO, _CERTAIN, location, "", message)


def _holds_coroutine(function: FunctionFacts) -> bool:
    return any(nested.is_async or _holds_coroutine(nested) for nested in function.nested)


def audit(
    paths: list[Path], config: Config, root: Path | None = None, progress: Progress | None = None
) -> Report:
    """The report on everything below `paths`. Raises `DiscoveryError` where a path does not exist."""
    for path in paths:
        if not path.exists():
            raise DiscoveryError(f"{path}: there is no such file or folder")
    resolved = [path.resolve() for path in paths]
    top = root or project_root(_common(resolved))
    with collector_off():
        work = Audit(top, config)
        wanted = [
            file
            for file in work.program.files
            if any(file.path == path or file.path.is_relative_to(path) for path in resolved)
        ]
        findings: list[Finding] = []
        suppressed = 0
        for position, file in enumerate(wanted):
            if progress is not None:
                progress(position, len(wanted))
            found, silenced = work.findings(file)
            findings.extend(found)
            suppressed += silenced
    skipped = tuple(
        Skipped(finding.location.path, finding.message) for finding in findings if finding.code == "DJA901"
    )
    return Report(
        root=top.as_posix(),
        django="{}.{}".format(*work.program.django),
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        skipped=skipped,
        suppressed=suppressed,
        files=len(wanted),
        coroutines=work.coroutines,
        unresolved=tuple(sorted(work.unresolved.items())),
    )


def _common(paths: list[Path]) -> Path:
    folders = [path if path.is_dir() else path.parent for path in paths]
    top = folders[0]
    while not all(folder.is_relative_to(top) for folder in folders):
        top = top.parent
    return top


@contextmanager
def collector_off() -> Iterator[None]:
    """The garbage collector finds nothing in growing trees and costs a third of the parse."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
