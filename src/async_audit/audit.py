"""A project that is read once and asked for its findings, file by file."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from async_audit.assessment import Assessment
from async_audit.catalogue.load import extended, load
from async_audit.config import Config
from async_audit.discovery import SourceFile, TextFile, source_files, text_files
from async_audit.effects.kinds import (
    Category,
    Effect,
    Site,
    concerns_callers,
    on_event_loop,
    through,
    unsure,
)
from async_audit.effects.summaries import Summaries
from async_audit.findings import Confidence, Finding, Location, Skipped
from async_audit.parsing import Parse, Unreadable, is_python, parse_file
from async_audit.project.ahead import probably_parsed
from async_audit.project.entry_points import served_kind
from async_audit.project.installed import Installed, site_packages
from async_audit.project.program import Program
from async_audit.project.setting_values import unreadable_settings
from async_audit.project.views import has_async_handlers, inherited_hooks
from async_audit.requirements import django_version
from async_audit.rulebook import ClassAudit, FunctionAudit, ProjectAudit, Rule, rule_for, rules
from async_audit.silencing import unsuppressed, unsuppressed_in_text
from async_audit.snapshot import Snapshot
from async_audit.suppressions import silences_file
from async_audit.syntax.facts import Call, FunctionFacts, ModuleFacts
from async_audit.syntax.limits import LARGEST_TRUSTED, is_suspicious

DEFAULT_DJANGO = (5, 2)
"""Assumed where a project does not say which Django it uses: the long-term release of the day."""

_STACK_FRAMES = 4000
"""Twelve nested summaries take some 600 frames; deep expressions inside them take the rest."""


class Audit:
    """A project that is read once and asked for the findings of one file or of all."""

    def __init__(
        self,
        root: Path,
        config: Config,
        files: list[SourceFile] | None = None,
        named: tuple[Path, ...] = (),
        snapshot: Snapshot | None = None,
        parse: Parse = parse_file,
    ) -> None:
        """Know the files of the project; a `snapshot` takes up all that an audit of it looks at."""
        self.root = root
        self.config = config
        self._named = frozenset(named)
        looked_at: list[Path] = []
        unread: list[str] = []
        found = None if config.django_version else django_version(root, looked_at, unread)
        packages = site_packages(root)
        if snapshot is not None:
            snapshot.add_folder(root / "requirements")
            snapshot.add_files(looked_at)
            if packages is not None:
                snapshot.add_folder(packages)  # the names in it tell the releases
        entering = None if snapshot is None else snapshot.add_folder
        version = config.django_version or (found.version if found is not None else DEFAULT_DJANGO)
        version = max(version, (4, 2))
        said = "given by hand" if config.django_version else found or "assumed: the project does not say"
        self.django_source = "; ".join((str(said), *unread))
        files = source_files(root, config.exclude, named, entering) if files is None else files
        # What is found must not depend on the order in which a file system lists the files.
        catalogue = extended(load(), config.rows)
        patterns = tuple(name for kind in catalogue.deployment_files for name in kind.names)
        self.program = Program(
            sorted(files, key=lambda file: file.relative),
            catalogue,
            version,
            read_texts=lambda: text_files(root, config.exclude, patterns),
            installed=Installed(packages),
            parse=parse,
            served_by=config.served_by,
        )
        if snapshot is not None:
            snapshot.add_sources(self.program.files)
            snapshot.add_files(text.path for text in self.program.texts)
            for folder in self.program.templates.folders:
                snapshot.add_tree(folder)
            if packages is not None and self.program.middleware is not None:
                # The chain has read the packages whose middleware the settings name.
                snapshot.add_files(file.path for file in self.program.installed.files)
        self.summaries = Summaries(self.program)
        self.coroutines = 0
        self.skipped: list[Skipped] = []
        self.unresolved: Counter[str] = Counter()
        self.assessment = Assessment(self.program, self.summaries)

    @property
    def everything_unresolved(self) -> Counter[str]:
        """What could not be resolved so far, with the settings that decide what blocks."""
        settings = (f"a setting: `{name}` cannot be read" for name in unreadable_settings(self.program))
        return self.unresolved + Counter(settings)

    @property
    def probably_parsed(self) -> Iterator[SourceFile]:
        """The files that an audit of the whole project will probably parse, in order."""
        return probably_parsed(self.program.modules)

    def file(self, path: Path) -> SourceFile | None:
        """The project's file at an absolute path, if it is one of them."""
        return next((file for file in self.program.files if file.path == path), None)

    def findings(self, file: SourceFile, *, suppress: bool = True) -> tuple[tuple[Finding, ...], int]:
        """The findings of one file in order, suppressed ones left out, and how many those are.

        Without `suppress` only our own comments count: flake8 reads those that it knows itself.
        """
        project = self.project_findings.get(file.relative, ())
        try:
            is_asked = file.mentions_async or project or self._synchronous_rules
            if not is_asked and not self._is_named_and_broken(file):
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
            found.update(dict.fromkeys(self._synchronous_findings(facts)))
        except RecursionError:
            return self._unreadable(file.relative, Unreadable("is nested too deeply to be audited")), 0
        ordered = sorted(found, key=lambda finding: finding.sort_key)
        return ((), len(ordered)) if silent else unsuppressed(self.config, facts, ordered, noqa=suppress)

    def _is_named_and_broken(self, file: SourceFile) -> bool:
        """Whether somebody asks about this very file, and Python does not read it, or may not.

        The parser decides. Raises `OSError` where it cannot be read.
        """
        if file.path not in self._named or len(file.content) > LARGEST_TRUSTED:
            return False
        # What is suspicious may end Python 3.10 as well.
        return is_suspicious(file.content) or not is_python(file.content)

    def text_findings(self, file: TextFile) -> tuple[tuple[Finding, ...], int]:
        """The findings in a file that is no Python, suppressed ones left out, and how many those are."""
        found = self.project_findings.get(file.relative, ())
        kept = unsuppressed_in_text(self.config, file.lines, found)
        return kept, len(found) - len(kept)

    @cached_property
    def project_findings(self) -> dict[str, tuple[Finding, ...]]:
        """What the rules say of the project as a whole, in order, by the file in which it sits."""
        project = ProjectAudit(self.program)
        found = dict.fromkeys(
            finding for rule in self._wanted_rules for finding in rule.check_project(rule, project)
        )
        by_path: dict[str, tuple[Finding, ...]] = {}
        for finding in sorted(found, key=lambda finding: finding.sort_key):
            path = finding.location.path
            by_path[path] = (*by_path.get(path, ()), finding)
        return by_path

    def _findings_of(self, facts: ModuleFacts) -> Iterator[Finding]:
        """What the rules say of the functions and classes of a module."""
        for function in self.functions(facts):
            self.assessment.note(function)
            yield from self._check(function)
            yield from self._check_overrides(function)
        for definition in self.classes(facts):
            yield from self._check_class(definition)
            yield from self._check_inherited_hooks(definition)

    @cached_property
    def _wanted_rules(self) -> tuple[Rule, ...]:
        """The rules that the configuration has on."""
        return tuple(rule for rule in rules() if self.config.wants(rule.code, default=rule.default))

    @cached_property
    def _synchronous_rules(self) -> tuple[Rule, ...]:
        """The rules that are asked about every function."""
        return tuple(rule for rule in self._wanted_rules if rule.synchronous)

    def _synchronous_findings(self, facts: ModuleFacts) -> Iterator[Finding]:
        """What the rules about every function say of those that are entry points."""
        if not self._synchronous_rules:
            return
        for audit in self.every_function(facts, served=True):
            for rule in self._synchronous_rules:
                yield from rule.check(rule, audit)

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
            own = on_event_loop(summary.own) if on_loop else summary.own
            own = self._without_replaced(owner, function, own)
            yield FunctionAudit(self.program, facts.path, function, own, on_loop=on_loop)
            for nested, effects in summary.nested:
                self._count(nested, effects)
                yield FunctionAudit(self.program, facts.path, nested, on_event_loop(effects), function)

    def _without_replaced(
        self, owner: str, function: FunctionFacts, effects: tuple[Effect, ...]
    ) -> tuple[Effect, ...]:
        """The effects but for those of methods of a base that all classes below it override."""
        if not owner or not effects:
            return effects
        replaces = self.program.subclasses.replace
        if any(map(concerns_callers, effects)) and replaces(owner, function.name):
            return tuple(effect for effect in effects if not concerns_callers(effect))
        own = {name.rpartition(".")[2] for name in self.program.classes.order(owner)}
        called = {effect.witness[0].function for effect in effects if effect.witness}
        methods = {name: _method_of(own, name) for name in called}
        gone = {name for name, method in methods.items() if method and replaces(owner, method)}
        return tuple(e for e in effects if not e.witness or e.witness[0].function not in gone)

    def _starts_loop(self, function: FunctionFacts) -> bool:
        """Whether a plain function may run a coroutine on an event loop of its own."""
        return not self._loop_starters.isdisjoint(function.reads)

    @cached_property
    def _loop_starters(self) -> frozenset[str]:
        """The last names of what makes a coroutine function callable from synchronous code."""
        return self.program.catalogue.last_names("re-enter")

    def every_function(self, facts: ModuleFacts, *, served: bool = False) -> Iterator[FunctionAudit]:
        """Every function of a module with its effects, synchronous ones included.

        With `served` those that a framework runs.
        """
        for function in facts.functions:
            if served and served_kind(self.program, facts.path, function, None) is None:
                continue
            summary = self.summaries.audit(facts.path, function, self._owner(facts, function))
            yield FunctionAudit(self.program, facts.path, function, summary.own)
            for nested, effects in summary.nested:
                yield FunctionAudit(self.program, facts.path, nested, on_event_loop(effects), function)

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
                self.unresolved["what is awaited is not known"] += effect.count
            elif effect.category is Category.UNRESOLVED_CALL:
                self.unresolved[f"what is called is not known: {_kind_of_reason(effect.subject)}"] += 1

    def _know_class(self, facts: ModuleFacts, qualname: str) -> None:
        for definition in facts.classes_by_name.get(qualname, ()):
            self.program.classes.of(facts.path, definition)

    def _check(self, audit: FunctionAudit) -> Iterator[Finding]:
        for rule in self._wanted_rules:
            if not rule.synchronous:
                yield from rule.check(rule, audit)

    def classes(self, facts: ModuleFacts) -> Iterator[ClassAudit]:
        """The classes of a module, but for those inside functions."""
        for definition in facts.classes:
            if "<locals>" not in definition.qualname:
                name = self.program.classes.of(facts.path, definition).name
                yield ClassAudit(self.program, facts.path, definition, name)

    def _check_class(self, audit: ClassAudit) -> Iterator[Finding]:
        for rule in self._wanted_rules:
            yield from rule.check_class(rule, audit)

    def _check_overrides(self, audit: FunctionAudit) -> Iterator[Finding]:
        """What a coroutine comes to in classes that inherit it, through methods that they override."""
        function = audit.facts
        owner = audit.owner
        if not (owner and function.is_async):
            return
        known = {(effect.site, effect.category) for effect in audit.effects}
        more: dict[tuple[Site, Category], Effect] = {}
        for below in self.program.subclasses.overriding(owner, function):
            done = self.summaries.with_decorators(audit.path, function, owner, receiver=below.cls)
            for effect in on_event_loop(done):
                key = effect.site, effect.category
                is_through = bool(effect.witness) and effect.witness[0].function in below.methods
                if is_through and concerns_callers(effect) and key not in known:
                    more.setdefault(key, unsure(effect))
        if not more:
            return
        there = FunctionAudit(self.program, audit.path, function, tuple(more.values()))
        places = {there.location(effect.site) for effect in there.effects}
        # What the rules say of the function as a whole they have said.
        yield from (found for found in self._check(there) if found.chain and found.location in places)

    def _check_inherited_hooks(self, audit: ClassAudit) -> Iterator[Finding]:
        """What mixins do on the event loop in this class alone: it sits at the base that brings them."""
        cls = self.program.classes.get(audit.name)
        for hook in inherited_hooks(self.program, cls) if cls is not None else ():
            done = self.summaries.with_decorators(
                hook.owner.path, hook.function, hook.owner.name, receiver=audit.name
            )
            site = Site(audit.path, hook.base.start, hook.base.end)
            name = hook.function.qualname
            reached = [
                through(effect, site, f"`{name}`", name) for effect in done if concerns_callers(effect)
            ]
            around = FunctionAudit(
                self.program, hook.owner.path, hook.function, on_event_loop(reached), on_loop=True
            )
            yield from self._check(around)

    def _unreadable(self, path: str, why: Unreadable) -> tuple[Finding, ...]:
        message = f"this file {why.reason}; the rest of the project was audited without it"
        self.skipped.append(Skipped(path, message))
        rule = rule_for("DJA901")
        if rule is None or not self.config.wants(rule.code, default=rule.default):
            return ()
        if self.config.ignores(path, rule.code):
            return ()
        location = Location(path, why.line, 1, why.line, 1)
        return (Finding(rule.code, rule.slug, rule.severity, Confidence.CERTAIN, location, "", message),)


def _kind_of_reason(reason: str) -> str:
    """A reason without the names in it, so that its like are counted together."""
    words = reason.split(" of ", maxsplit=1)[0].split()
    return " ".join(word for word in words if word.islower() and "_" not in word and "." not in word)


def _method_of(classes: set[str], qualname: str) -> str:
    """The name of a method of one of the classes, from its qualified name; empty for any other function."""
    owner, _, name = qualname.rpartition(".")
    return name if owner in classes else ""


def _holds_coroutine(function: FunctionFacts) -> bool:
    return any(nested.is_async or _holds_coroutine(nested) for nested in function.nested)


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
