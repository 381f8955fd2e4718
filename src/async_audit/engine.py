"""One audit, from paths to a report: the phases in order, nothing else."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from async_audit.catalogue.load import load
from async_audit.config import Config
from async_audit.discovery import DiscoveryError, SourceFile, TextFile, project_root, source_files, text_files
from async_audit.effects.kinds import Category, Effect, Site
from async_audit.effects.summaries import Summaries
from async_audit.findings import Confidence, EntryPoint, Finding, Location, Report, Severity, Skipped
from async_audit.project.deployment import Serving
from async_audit.project.modules import Unreadable
from async_audit.project.program import Program
from async_audit.project.routes import routes
from async_audit.project.views import has_async_handlers
from async_audit.requirements import django_version
from async_audit.rulebook import ClassAudit, FunctionAudit, ProjectAudit, rule_for, rules
from async_audit.suppressions import Suppression, parse, silences_file
from async_audit.syntax.facts import Call, FunctionFacts, ModuleFacts
from async_audit.verdicts import answer, entry_point, ledger

DEFAULT_DJANGO = (5, 2)
"""Assumed where a project does not say which Django it uses: the long-term release of the day."""

_STACK_FRAMES = 4000
"""Twelve nested summaries take some 600 frames; deep expressions inside them take the rest."""

Progress = Callable[[int, int], None]
Notice = Callable[[str], None]
_CERTAIN = Confidence.CERTAIN


class Audit:
    """A project that is read once and asked for the findings of one file or of all."""

    def __init__(
        self,
        root: Path,
        config: Config,
        files: list[SourceFile] | None = None,
        named: tuple[Path, ...] = (),
    ) -> None:
        self.root = root
        self.config = config
        found = django_version(root)
        version = config.django_version or (found[0] if found is not None else DEFAULT_DJANGO)
        version = max(version, (4, 2))
        files = source_files(root, config.exclude, named) if files is None else files
        # What is found must not depend on the order in which a file system lists the files.
        catalogue = load()
        patterns = tuple(name for kind in catalogue.deployment_files for name in kind.names)
        self.program = Program(
            sorted(files, key=lambda file: file.relative),
            catalogue,
            version,
            read_texts=lambda: text_files(root, config.exclude, patterns),
        )
        self.summaries = Summaries(self.program)
        self.coroutines = 0
        self.unresolved: Counter[str] = Counter()
        self._entries: list[FunctionAudit] = []

    def file(self, path: Path) -> SourceFile | None:
        """The project's file at an absolute path, if it is one of them."""
        return next((file for file in self.program.files if file.path == path), None)

    def findings(self, file: SourceFile, *, suppress: bool = True) -> tuple[tuple[Finding, ...], int]:
        """The findings of one file in order, suppressed ones left out, and how many those are.

        Without `suppress` only our own comments count: flake8 reads those that it knows itself.
        """
        project = self.project_findings.get(file.relative, ())
        try:
            if not file.mentions_async and not project:
                return (), 0
        except OSError as error:
            return self._unreadable(file.relative, Unreadable(f"cannot be read: {error.strerror}")), 0
        silent = suppress and silences_file(file.content)
        facts = self.program.modules.facts(file.relative)
        if isinstance(facts, Unreadable):
            unread = self._unreadable(file.relative, facts)
            return ((), len(unread)) if silent else (unread, 0)
        try:
            found = dict.fromkeys(project)
            if file.mentions_async:
                found.update(dict.fromkeys(self._findings_of(facts)))
        except RecursionError:
            return self._unreadable(file.relative, Unreadable("is nested too deeply to be audited")), 0
        ordered = sorted(found, key=lambda finding: finding.sort_key)
        return ((), len(ordered)) if silent else self._unsuppressed(facts, ordered, noqa=suppress)

    def text_findings(self, file: TextFile) -> tuple[tuple[Finding, ...], int]:
        """The findings in a file that is no Python, suppressed ones left out, and how many those are."""
        found = self.project_findings.get(file.relative, ())
        lines = {finding.location.line for finding in found}
        comments = parse(
            tuple((number, text) for number, text in enumerate(file.lines, start=1) if number in lines)
        )
        kept = tuple(
            finding
            for finding in found
            if not any(
                comment.line == finding.location.line and comment.silences(finding.code)
                for comment in comments
            )
        )
        return kept, len(found) - len(kept)

    @cached_property
    def project_findings(self) -> dict[str, tuple[Finding, ...]]:
        """What the rules say of the project as a whole, in order, by the file in which it sits."""
        project = ProjectAudit(self.program)
        found = dict.fromkeys(
            finding
            for rule in rules()
            if self.config.wants(rule.code, default=rule.default)
            for finding in rule.check_project(rule, project)
        )
        by_path: dict[str, tuple[Finding, ...]] = {}
        for finding in sorted(found, key=lambda finding: finding.sort_key):
            path = finding.location.path
            by_path[path] = (*by_path.get(path, ()), finding)
        return by_path

    def _findings_of(self, facts: ModuleFacts) -> Iterator[Finding]:
        """What the rules say of the functions and classes of a module."""
        for function in self.functions(facts):
            if function.entry_kind is not None:
                self._entries.append(function)
            yield from self._check(function)
        for definition in self.classes(facts):
            yield from self._check_class(definition)

    @cached_property
    def serving(self) -> Serving:
        """Who serves the project; WSGI only where nothing speaks of ASGI."""
        found = self.program.deployment
        if found.http is Serving.WSGI and found.wsgi_only is None:
            return Serving.UNKNOWN
        if found.http is Serving.UNKNOWN and self.program.serves_asgi_only:
            return Serving.ASGI
        return found.http

    def entry_points(self) -> tuple[EntryPoint, ...]:
        """The entry points of the files whose findings were asked for, what to look at first at the top."""
        found = [entry for audit in self._entries if (entry := self.verdict_of(audit)) is not None]
        return tuple(sorted(found, key=lambda entry: entry.sort_key))

    def verdict_of(self, audit: FunctionAudit) -> EntryPoint | None:
        """The verdict of an entry point; nothing for a function that is none."""
        kind, facts = audit.entry_kind, audit.facts
        if kind is None:
            return None
        book = ledger(facts, audit.effects, kind, self.serving, streams=self._streams(facts))
        location = audit.location(Site(audit.path, facts.start, facts.end))
        # A class-based view is routed by its class, not by its handler.
        named = self.owner_of(audit) or audit.name
        return entry_point(audit.name, kind, location, self._routes.get(named, ()), book, self.serving)

    @cached_property
    def _routes(self) -> dict[str, tuple[str, ...]]:
        return routes(self.program)

    def _streams(self, facts: FunctionFacts) -> bool:
        """Whether it answers with a response that sends as long as it is open."""
        specials = self.program.catalogue.specials
        names = {name.rpartition(".")[2] for name, means in specials.items() if means == "streaming-response"}
        return facts.is_generator or not names.isdisjoint(facts.calls)

    def functions(self, facts: ModuleFacts) -> Iterator[FunctionAudit]:
        """The functions of a module that concern coroutines, with their effects."""
        for function in facts.functions:
            owner = self._owner(facts, function)
            on_loop = bool(owner) and self._is_loop_hook(owner, function)
            wanted = function.is_async or on_loop or _holds_coroutine(function)
            if not (wanted or self._may_leave_unawaited(function) or self._starts_loop(function)):
                continue
            summary = self.summaries.audit(facts.path, function, owner)
            self._count(function, summary.own)
            yield FunctionAudit(self.program, facts.path, function, summary.own, on_loop=on_loop)
            for nested, effects in summary.nested:
                self._count(nested, effects)
                yield FunctionAudit(self.program, facts.path, nested, effects, function)

    def _starts_loop(self, function: FunctionFacts) -> bool:
        """Whether a plain function may run a coroutine on an event loop of its own."""
        return not self._loop_starters.isdisjoint(function.reads)

    @cached_property
    def _loop_starters(self) -> frozenset[str]:
        """The last names of what makes a coroutine function callable from synchronous code."""
        specials = self.program.catalogue.specials
        return frozenset(name.rpartition(".")[2] for name, means in specials.items() if means == "re-enter")

    def every_function(self, facts: ModuleFacts) -> Iterator[FunctionAudit]:
        """Every function of a module with its effects, synchronous ones included."""
        for function in facts.functions:
            summary = self.summaries.audit(facts.path, function, self._owner(facts, function))
            yield FunctionAudit(self.program, facts.path, function, summary.own)
            for nested, effects in summary.nested:
                yield FunctionAudit(self.program, facts.path, nested, effects, function)

    def owner_of(self, audit: FunctionAudit) -> str:
        """The qualified name of the class in whose body the function stands; empty outside a class."""
        if not audit.facts.owner or audit.enclosing is not None:
            return ""
        return self.program.classes.qualified(audit.path, audit.facts.owner)

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
        names = self.program.coroutine_names
        return not function.calls.isdisjoint(names) or any(
            isinstance(decorator, Call) and getattr(argument.value, "id", "") in names
            for decorator in function.decorators
            for argument in getattr(decorator, "arguments", ())
        )

    def _count(self, function: FunctionFacts, effects: tuple[Effect, ...]) -> None:
        if not function.is_async:
            return
        self.coroutines += 1
        for effect in effects:
            if effect.category is Category.UNRESOLVED_AWAIT:
                self.unresolved["an await"] += effect.count
            elif effect.category is Category.UNRESOLVED_CALL:
                self.unresolved[f"a call: {_kind_of_reason(effect.subject)}"] += 1

    def _know_class(self, facts: ModuleFacts, qualname: str) -> None:
        for definition in facts.classes:
            if definition.qualname == qualname:
                self.program.classes.of(facts.path, definition)

    def _check(self, audit: FunctionAudit) -> Iterator[Finding]:
        for rule in rules():
            if self.config.wants(rule.code, default=rule.default):
                yield from rule.check(rule, audit)

    def classes(self, facts: ModuleFacts) -> Iterator[ClassAudit]:
        """The classes of a module, but for those inside functions."""
        for definition in facts.classes:
            if "<locals>" not in definition.qualname:
                name = self.program.classes.of(facts.path, definition).name
                yield ClassAudit(self.program, facts.path, definition, name)

    def _check_class(self, audit: ClassAudit) -> Iterator[Finding]:
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

    def _unsuppressed(
        self, facts: ModuleFacts, findings: list[Finding], *, noqa: bool
    ) -> tuple[tuple[Finding, ...], int]:
        """The findings without those that comments silence (`noqa` ones only where asked), and how many."""
        comments: dict[int, list[Suppression]] = {}
        for comment in parse(facts.suppressions):
            comments.setdefault(comment.line, []).append(comment)
        found: dict[int, set[str]] = {}
        kept: list[Finding] = []
        for finding in findings:
            line, code = finding.location.line, finding.code
            found.setdefault(line, set()).add(code)
            silencers = [comment for comment in comments.get(line, ()) if comment.silences(code)]
            if not any(noqa or comment.is_own for comment in silencers):
                kept.append(finding)
        silenced = len(findings) - len(kept)
        for line, own in comments.items():
            kept.extend(self._unused(facts, own, found.get(line, set())))
        kept.sort(key=lambda finding: finding.sort_key)
        return tuple(kept), silenced

    def _unused(self, facts: ModuleFacts, comments: list[Suppression], found: set[str]) -> Iterator[Finding]:
        """What the comments of one line name in vain, where codes of `found` were found."""
        rule = rule_for("DJA902")
        if rule is None or not self.config.wants(rule.code, default=rule.default):
            return
        for comment in comments:
            unused = [code for code in comment.own_codes if self._is_unused(code, found)]
            messages = [
                f"this comment suppresses {code}, which is not found here; remove it" for code in unused
            ]
            if comment.is_malformed:
                messages = ["this comment suppresses nothing: it names no code between `[` and `]`"]
            for message in messages:
                location = Location(facts.path, comment.line, 1, comment.line, 1)
                yield Finding(rule.code, rule.slug, Severity.INFO, _CERTAIN, location, "", message)

    def _is_unused(self, prefix: str, found: set[str]) -> bool:
        """Whether every rule that a comment may mean was run on its line and found nothing."""
        meant = [rule for rule in rules() if rule.code.startswith(prefix)]
        was_run = all(self.config.wants(rule.code, default=rule.default) for rule in meant)
        return was_run and not any(code.startswith(prefix) for code in found)


def _kind_of_reason(reason: str) -> str:
    """A reason without the names in it, so that its like are counted together."""
    words = reason.split(" of ", maxsplit=1)[0].split()
    return " ".join(word for word in words if word.islower() and "_" not in word and "." not in word)


def _holds_coroutine(function: FunctionFacts) -> bool:
    return any(nested.is_async or _holds_coroutine(nested) for nested in function.nested)


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


def audit(
    paths: list[Path],
    config: Config,
    root: Path | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> Report:
    """The report on everything below `paths`. Raises `DiscoveryError` where a path does not exist.

    `notice` is told of each path below which there is nothing to audit.
    """
    top = root_of(paths) if root is None else root
    resolved = [path.resolve() for path in paths]
    with audit_runtime():
        work = Audit(top, config, named=tuple(resolved))
        for path, real in zip(paths, resolved, strict=True):
            if notice is not None and not any(file.path.is_relative_to(real) for file in work.program.files):
                notice(_why_nothing(path))
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
        for text in _texts_with_findings(work, resolved):
            found, silenced = work.text_findings(text)
            findings.extend(found)
            suppressed += silenced
    skipped = tuple(
        Skipped(finding.location.path, finding.message) for finding in findings if finding.code == "DJA901"
    )
    entries = work.entry_points()
    return Report(
        root=top.as_posix(),
        django="{}.{}".format(*work.program.django),
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        skipped=skipped,
        suppressed=suppressed,
        files=len(wanted),
        coroutines=work.coroutines,
        unresolved=tuple(sorted(work.unresolved.items())),
        entry_points=entries,
        serves=work.serving.name.lower(),
        answer=answer(entries, work.serving),
    )


def _texts_with_findings(work: Audit, paths: list[Path]) -> list[TextFile]:
    """The files below `paths` that are no Python and in which a finding sits."""
    return [
        text
        for text in work.program.texts
        if any(text.path == path or text.path.is_relative_to(path) for path in paths)
        and text.relative in work.project_findings
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


@contextmanager
def audit_runtime() -> Iterator[None]:
    """No garbage collector, and room for summaries that are made in the middle of one another.

    The collector finds nothing in growing trees and costs a third of the parse.
    """
    was_on, limit = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(limit, _STACK_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if was_on:
            gc.enable()
