"""The entry points of a project, each with its verdict, and the project's answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from async_audit.effects.kinds import Category, Effect, Site
from async_audit.effects.summaries import Summaries
from async_audit.findings import EntryPoint, Location, Verdict
from async_audit.project.deployment import Serving
from async_audit.project.entry_points import runner
from async_audit.project.http_methods import http_methods
from async_audit.project.interfaces import HANDLERS
from async_audit.project.obstacles import obstacles
from async_audit.project.program import Program
from async_audit.project.routes import routes_of
from async_audit.project.synchronous_views import SynchronousView, synchronous_operations, synchronous_views
from async_audit.project.views import dispatching
from async_audit.rulebook import FunctionAudit, locate
from async_audit.syntax.facts import FunctionFacts
from async_audit.verdicts.answers import advice, answer
from async_audit.verdicts.coroutines import verdict
from async_audit.verdicts.evidence import foreign_calls, waits
from async_audit.verdicts.ledgers import Body, ledger
from async_audit.verdicts.outcomes import outcomes_of_coroutine, outcomes_of_plain
from async_audit.verdicts.synchronous import prospect, synchronous_ledger, synchronous_verdict


class Assessment:
    """What async adds where a framework runs a function of the project, for the functions that were noted."""

    def __init__(self, program: Program, summaries: Summaries) -> None:
        self.program = program
        self.summaries = summaries
        self._noted: list[FunctionAudit] = []

    def note(self, audit: FunctionAudit) -> None:
        """Take up the function among those of which the entry points are told."""
        self._noted.append(audit)

    @cached_property
    def serving(self) -> Serving:
        """Who serves the project; WSGI only where nothing speaks of ASGI."""
        return self.program.deployment.surely

    @cached_property
    def queue(self) -> str:
        """The name of the task queue that the project has; empty where none is known."""
        found = self.program.task_queue
        return "" if found is None else found.name

    def entry_points(self) -> tuple[EntryPoint, ...]:
        """The asynchronous entry points among the noted functions, what to look at first at the top."""
        return ordered(entry for audit in self._noted if (entry := self.verdict_of(audit)) is not None)

    def synchronous_entry_points(self, paths: frozenset[str]) -> tuple[EntryPoint, ...]:
        """The synchronous views and operations that stand in one of the modules, so ordered."""
        return ordered(self._assess(view) for view in self._synchronous() if view.path in paths)

    def _synchronous(self) -> Iterator[SynchronousView]:
        yield from synchronous_views(self.program, iter(sorted(self.program.routes)))
        yield from synchronous_operations(self.program)

    def answer(self, entries: tuple[EntryPoint, ...]) -> str:
        """The project's answer in one paragraph; empty where there is no entry point."""
        return answer(entries, self.serving)

    def advice(self, entries: tuple[EntryPoint, ...]) -> tuple[str, ...]:
        """What to do, in this order."""
        is_queue_told = any(entry.verdict is Verdict.BACKGROUND for entry in entries)
        return advice(entries, self.serving, self.queue if is_queue_told else "")

    def verdict_of(self, audit: FunctionAudit) -> EntryPoint | None:
        """The verdict of an entry point; nothing for a function that is none."""
        kind, facts = audit.entry_kind, audit.facts
        if kind is None:
            return None
        by = runner(self.program, audit.path, kind, self.serving)
        before = self._before(audit)
        book = ledger(facts, audit.effects, by, streams=self._streams(facts), before=before)
        foreign = foreign_calls(audit.effects)
        decided, reasons = verdict(by, book, self.program.django, _wrapper(audit.effects), foreign)
        return EntryPoint(
            name=audit.name,
            kind=kind.value,
            location=audit.location(Site(audit.path, facts.start, facts.end)),
            routes=routes_of(self.program, audit.path, facts),
            verdict=decided,
            reasons=reasons,
            ledger=book,
            waits=waits((*audit.effects, *(each for _, effects in before for each in effects)), self._locate),
            outcomes=outcomes_of_coroutine(book) if by.takes_plain else (),
            methods=http_methods(self.program, audit.path, facts),
        )

    def _before(self, audit: FunctionAudit) -> tuple[Body, ...]:
        """The coroutines called `dispatch` around the handler of a view, with what they do."""
        if not audit.owner or audit.facts.name not in HANDLERS:
            return ()
        around = dispatching(self.program, audit.owner)
        return tuple(
            (facts, self.summaries.with_decorators(owner.path, facts, owner.name, receiver=audit.owner))
            for owner, facts in around
        )

    def entry_of(self, audit: FunctionAudit) -> EntryPoint | None:
        """The entry point that a function is, a synchronous one included; nothing for any other function."""
        entry = self.verdict_of(audit)
        if entry is not None or audit.facts.is_async:
            return entry
        return next((self._assess(view) for view in self._synchronous() if view.name == audit.name), None)

    def _assess(self, view: SynchronousView) -> EntryPoint:
        effects: list[Effect] = []
        unknown = view.unknown
        for body in view.bodies:
            try:
                effects += self.summaries.with_decorators(body.path, body.facts, body.owner, body.receiver)
            except RecursionError:
                unknown = (*unknown, f"{body.facts.qualname} (nested too deeply)")
        found = prospect(
            tuple(effects), unknown, streams=any(self._streams(body.facts) for body in view.bodies)
        )
        serving = runner(self.program, view.path, view.kind, self.serving).serving
        decided, reasons = synchronous_verdict(found, serving, self.queue)
        blocked = obstacles(self.program, view)
        return EntryPoint(
            name=view.name,
            kind=view.kind.value,
            location=self._locate(Site(view.path, view.start, view.end)),
            routes=view.routes(self.program),
            verdict=decided,
            reasons=reasons,
            ledger=synchronous_ledger(found, serving),
            is_async=False,
            waits=waits(effects, self._locate),
            outcomes=outcomes_of_plain(found, blocked, self.queue, is_background=bool(found.slow)),
            methods=view.methods(self.program),
        )

    def _locate(self, site: Site) -> Location:
        return locate(self.program, site)

    def _streams(self, facts: FunctionFacts) -> bool:
        """Whether it answers with a response that sends as long as it is open."""
        return facts.is_generator or not self._streaming_responses.isdisjoint(facts.calls)

    @cached_property
    def _streaming_responses(self) -> frozenset[str]:
        """The last names of the responses that send as long as they are open."""
        return self.program.catalogue.last_names("streaming-response")


def _wrapper(effects: Iterable[Effect]) -> str:
    """What is said of the first decorator that takes no coroutine; empty where there is none."""
    found = (effect.subject for effect in effects if effect.category is Category.SYNC_ONLY_WRAPPER)
    return next(found, "")


def ordered(entries: Iterable[EntryPoint]) -> tuple[EntryPoint, ...]:
    """Entry points in the order in which they are shown: what to do first at the top."""
    return tuple(sorted(entries, key=lambda entry: entry.sort_key))
