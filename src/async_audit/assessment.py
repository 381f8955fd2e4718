"""The entry points of a project, each with its verdict, and the project's answer."""

from __future__ import annotations

from functools import cached_property

from async_audit.effects.kinds import Site
from async_audit.findings import EntryPoint
from async_audit.project.deployment import Serving
from async_audit.project.program import Program
from async_audit.rulebook import FunctionAudit
from async_audit.syntax.facts import FunctionFacts
from async_audit.verdicts import answer, entry_point, ledger


class Assessment:
    """What async adds where a framework runs a function of the project, for the functions that were noted."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._noted: list[FunctionAudit] = []

    def note(self, audit: FunctionAudit) -> None:
        """Take up the function among the entry points, if it is one."""
        if audit.entry_kind is not None:
            self._noted.append(audit)

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
        """The entry points among the noted functions, what to look at first at the top."""
        found = [entry for audit in self._noted if (entry := self.verdict_of(audit)) is not None]
        return tuple(sorted(found, key=lambda entry: entry.sort_key))

    def answer(self, entries: tuple[EntryPoint, ...]) -> str:
        """The project's answer in one paragraph; empty where nothing is asynchronous."""
        return answer(entries, self.serving)

    def verdict_of(self, audit: FunctionAudit) -> EntryPoint | None:
        """The verdict of an entry point; nothing for a function that is none."""
        kind, facts = audit.entry_kind, audit.facts
        if kind is None:
            return None
        book = ledger(audit.effects, kind, self.serving, streams=self._streams(facts))
        location = audit.location(Site(audit.path, facts.start, facts.end))
        # A class-based view is routed by its class, not by its handler.
        named = audit.owner or audit.name
        return entry_point(audit.name, kind, location, self.program.routes.get(named, ()), book, self.serving)

    def _streams(self, facts: FunctionFacts) -> bool:
        """Whether it answers with a response that sends as long as it is open."""
        specials = self.program.catalogue.specials
        names = {name.rpartition(".")[2] for name, means in specials.items() if means == "streaming-response"}
        return facts.is_generator or not names.isdisjoint(facts.calls)
