"""The rules: what each one is called, how much it matters, and what it says about an audited function.

A rule is one module of `async_audit.rules`. Its docstring is its documentation; its `RULE` is the rest. Rules
ask, they do not analyse: the effects of a function are in its audit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from async_audit.effects.kinds import Category, Effect, Kind, Site
from async_audit.findings import Confidence, Finding, Location, Severity, Step
from async_audit.project.entry_points import EntryKind, entry_kind, is_django_view, served_kind
from async_audit.project.interfaces import is_stub, is_test_module
from async_audit.project.program import Program
from async_audit.syntax.facts import ClassFacts, FunctionFacts


@dataclass(frozen=True)
class FunctionAudit:
    """A function with the effects that running it has, and where it stands."""

    program: Program
    path: str
    facts: FunctionFacts
    effects: tuple[Effect, ...]
    enclosing: FunctionFacts | None = None
    on_loop: bool = False

    @property
    def name(self) -> str:
        """The qualified name of the function."""
        module = self.program.modules.file(self.path).name
        return f"{module}.{self.facts.qualname}" if module else self.facts.qualname

    @property
    def owner(self) -> str:
        """The qualified name of the class in whose body the function stands; empty outside a class."""
        if not self.facts.owner or self.enclosing is not None:
            return ""
        return self.program.classes.qualified(self.path, self.facts.owner)

    @property
    def is_view(self) -> bool:
        """Whether the function looks like a view: it takes a request first, or is a view class's handler."""
        names = [parameter.name for parameter in self.facts.parameters[:2]]
        return "request" in names

    @property
    def is_django_view(self) -> bool:
        """Whether the function is a Django view: it takes Django's request, and stands where views stand."""
        return is_django_view(self.program, self.path, self.facts, self.enclosing)

    @cached_property
    def entry_kind(self) -> EntryKind | None:
        """What kind of entry point the function is; nothing where it is none."""
        if is_stub(self.facts):
            return None
        return entry_kind(self.program, self.path, self.facts, self.enclosing)

    @cached_property
    def served_kind(self) -> EntryKind | None:
        """As `entry_kind`, of synchronous functions as well."""
        if is_stub(self.facts):
            return None
        return served_kind(self.program, self.path, self.facts, self.enclosing)

    @property
    def runs_on_loop(self) -> bool:
        """Whether the body runs on an event loop: a coroutine, or a hook of an asynchronous view."""
        return self.facts.is_async or self.on_loop

    def location(self, site: Site) -> Location:
        """The lines and columns of a site, in whichever module it is."""
        return locate(self.program, site)


def locate(program: Program, site: Site) -> Location:
    """The lines and columns of a site."""
    facts = program.modules.readable(site.path)
    if facts is None:
        return Location(site.path, 1, 1, 1, 1)
    return Location(site.path, *facts.line_and_column(site.start), *facts.line_and_column(site.end))


@dataclass(frozen=True)
class ClassAudit:
    """A class of the project, by qualified name."""

    program: Program
    path: str
    facts: ClassFacts
    name: str

    def location(self, start: int, end: int) -> Location:
        """The lines and columns of a span in the class's module."""
        return locate(self.program, Site(self.path, start, end))


@dataclass(frozen=True)
class ProjectAudit:
    """The project as a whole."""

    program: Program
    name: str = ""

    def location(self, path: str, start: int, end: int) -> Location:
        """The lines and columns of a span in one of the project's modules."""
        return locate(self.program, Site(path, start, end))

    def line(self, path: str, number: int) -> Location:
        """A whole line of a file, Python or not, by its number."""
        text = next((file.lines for file in self.program.texts if file.relative == path), None)
        if text is None:
            text = self.program.modules.lines(path)
        line = text[number - 1] if 0 < number <= len(text) else ""
        indent = len(line) - len(line.lstrip())
        return Location(path, number, indent + 1, number, max(len(line.rstrip()), indent) + 1)


Check = Callable[["Rule", FunctionAudit], Iterator[Finding]]
ClassCheck = Callable[["Rule", ClassAudit], Iterator[Finding]]
ProjectCheck = Callable[["Rule", ProjectAudit], Iterator[Finding]]


def nothing_in_functions(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """The check of a rule that is about classes or files alone."""
    del rule, audit
    return iter(())


def nothing_in_classes(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    """The class check of a rule that is about functions alone."""
    del rule, audit
    return iter(())


def nothing_in_projects(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    """The project check of a rule that is about functions or classes alone."""
    del rule, audit
    return iter(())


@dataclass(frozen=True)
class Rule:
    """One rule. `default`: it is on unless it is ignored. `check` finds its violations in one function.

    `check_project` finds those that the project as a whole has, each in whichever file it sits. With
    `synchronous` it is asked about every function, else about those that concern coroutines.
    """

    code: str
    slug: str
    severity: Severity
    check: Check
    default: bool = True
    synchronous: bool = False
    check_class: ClassCheck = nothing_in_classes
    check_project: ProjectCheck = nothing_in_projects
    documentation: str = field(default="", compare=False)

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.strip().partition("\n")[0]

    def finding(
        self,
        audit: FunctionAudit | ClassAudit | ProjectAudit,
        location: Location,
        message: str,
        *,
        confidence: Confidence = Confidence.CERTAIN,
        severity: Severity | None = None,
        chain: tuple[Step, ...] = (),
    ) -> Finding:
        """A violation of this rule in what was audited."""
        return Finding(
            code=self.code,
            slug=self.slug,
            severity=severity or self.severity,
            confidence=confidence,
            location=location,
            function=audit.name,
            message=message,
            chain=chain,
        )


def effects_of(*categories: Category, through_helper: bool = False) -> Check:
    """A check that reports each effect of these categories that happens on the event loop.

    With `through_helper` it reports those that a synchronous project function has, else those of the
    coroutine's own code.
    """
    wanted = frozenset(categories)

    def check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
        if not audit.runs_on_loop:
            return
        found = [
            effect
            for effect in audit.effects
            if effect.category in wanted and bool(effect.witness) is through_helper
        ]
        if is_test_module(audit.path):
            is_guarded = not audit.path.startswith(audit.program.unguarded_tests)
            found = [effect for effect in found if not _is_harmless_in_a_test(effect, is_guarded=is_guarded)]
        for effect in _best_by_site(found) if through_helper else found:
            yield report(rule, audit, effect)

    return check


def _is_harmless_in_a_test(effect: Effect, *, is_guarded: bool) -> bool:
    """Whether it only costs, or a query raises nothing: a test serves nobody who would wait."""
    if effect.kind is Kind.QUERIES:
        return not is_guarded
    return effect.kind is Kind.BLOCKS and (bool(effect.witness) or effect.category in _MILD)


def _best_by_site(effects: list[Effect]) -> list[Effect]:
    """Of what a helper reaches from one call site, the worst with the best evidence."""
    best: dict[Site, Effect] = {}
    for effect in effects:
        known = best.get(effect.site)
        if known is None or _severity_rank(effect) < _severity_rank(known):
            best[effect.site] = effect
    return list(best.values())


def _severity_rank(effect: Effect) -> tuple[object, ...]:
    return (effect.category in _MILD, effect.rank)


def misuse_of(*categories: Category, anywhere: bool = False) -> Check:
    """A check that reports each misuse of these categories, `anywhere` or only on the loop."""
    wanted = frozenset(categories)

    def check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
        if not (anywhere or audit.runs_on_loop):
            return
        told = wanted - _FINE_IN_TESTS if is_test_module(audit.path) else wanted
        for effect in audit.effects:
            if effect.category in told and effect.kind is Kind.MISUSES:
                yield report(rule, audit, effect)

    return check


_FINE_IN_TESTS = frozenset({Category.NEEDLESS_BRIDGE})
"""A test calls what it tests the way that its users do."""


def report(rule: Rule, audit: FunctionAudit, effect: Effect) -> Finding:
    """The finding for one effect, its chain of calls attached."""
    chain = steps_of(audit.program, effect)
    if effect.witness:
        message = _through_message(effect)
    elif effect.kind is Kind.MISUSES:
        message = f"{effect.subject}; {effect.remedy}"
    else:
        message = f"{effect.subject} on the event loop; {effect.remedy}"
    severity = rule.severity
    if effect.witness and effect.category in _MILD and severity is Severity.ERROR:
        severity = Severity.WARNING
    return rule.finding(
        audit,
        audit.location(effect.site),
        message,
        confidence=effect.confidence,
        severity=severity,
        chain=chain,
    )


def steps_of(program: Program, effect: Effect) -> tuple[Step, ...]:
    """The steps into the called functions that lead to an effect."""
    return tuple(Step(locate(program, link.site), link.function, link.note) for link in effect.witness)


_MILD = frozenset({Category.FILE, Category.DJANGO_IO})
"""What is a warning in the coroutine itself is no more than that through a helper."""


def _through_message(effect: Effect) -> str:
    """Names the helper, what it reaches and through whom."""
    steps = " → ".join(dict.fromkeys(link.function for link in effect.witness))
    what = effect.witness[-1].note
    if effect.kind is Kind.MISUSES:
        return f"{effect.via} does so on the event loop: {what} (in {steps}); call it in a thread"
    if effect.kind is Kind.BLOCKS:
        other = f", or {effect.remedy} inside" if effect.remedy.startswith("use ") else ""
        return f"{effect.via} blocks the event loop: {what} (in {steps}); call it in a thread{other}"
    other = f", or {effect.remedy} inside" if effect.remedy.startswith("use `await") else ""
    return (
        f"{effect.via} queries on the event loop: {what} (in {steps}); call it through `sync_to_async`{other}"
    )


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule that is built, by code."""
    package = importlib.import_module("async_audit.rules")
    found: list[Rule] = []
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"async_audit.rules.{info.name}")
        rule: Rule = module.RULE
        found.append(replace(rule, documentation=module.__doc__ or ""))
    return tuple(sorted(found, key=lambda rule: rule.code))


def rule_for(name: str) -> Rule | None:
    """The rule with this code or slug."""
    return next((rule for rule in rules() if name.lower() in {rule.code.lower(), rule.slug}), None)
