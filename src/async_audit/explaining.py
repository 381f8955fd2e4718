"""The evidence behind a function's findings, collected for `async-audit why`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from async_audit.audit import Audit
from async_audit.discovery import SourceFile
from async_audit.effects.describing import described
from async_audit.effects.kinds import Category, Effect, Kind, Site, without_stalls
from async_audit.effects.tallies import tally
from async_audit.findings import EntryPoint, Evidence, Location, Outcome, Wait
from async_audit.reporters.paths import current_folder, seen_path
from async_audit.rulebook import FunctionAudit, locate
from async_audit.syntax.facts import ModuleFacts

_DEFINED = re.compile(rb"\bdef\s+(\w+)")
_LONGEST_VALUE = 160
"""Characters; a variable that is one of several long texts says no more with all of them."""
_MOST_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about: a line of a file, or (the dotted end of) a function's name."""

    path: str = ""
    line: int = 0
    name: str = ""

    @classmethod
    def of(cls, text: str) -> Target:
        """`FILE:LINE`, also with the column that reports print after it, or a name."""
        found = re.fullmatch(r"(.+?):(\d+)(?::\d+)?", text)
        return cls(name=text) if found is None else cls(found[1], int(found[2]))

    def is_in(self, file: SourceFile) -> bool:
        """Whether the function may stand in a file: the one that is named, else any that has the name."""
        if not self.path:
            return self.name.rpartition(".")[2].encode() in file.content
        given = Path(self.path)
        if given.exists():
            return given.resolve() == file.path
        return f"/{file.relative}".endswith(f"/{self.path.removeprefix('./')}")


def explain(audit: Audit, target: Target) -> Iterator[Evidence]:
    """The evidence for each function that is asked about."""
    for facts in _modules(audit, target):
        for function in audit.every_function(facts):
            if _is_meant(function, facts, target):
                yield _evidence(audit, function)


def why_none(audit: Audit, target: Target) -> str:
    """Why no function is meant, and what can be asked instead."""
    if not target.path:
        close = ", ".join(_close_names(audit, target.name))
        guess = f" (is it {close}?)" if close else ""
        return f"no such function{guess}; write it as shop.views.checkout or FILE:LINE"
    modules = list(_modules(audit, target))
    if not modules:
        return f"no Python file of the project at {audit.root} that can be read has this name"
    starts = [_lines(function, facts)[0] for facts in modules for function in audit.every_function(facts)]
    if not starts:
        return "there is no function in this file"
    near = sorted(sorted(starts, key=lambda line: abs(line - target.line))[:_MOST_GUESSES])
    return f"this line is in no function; the nearest begin in {', '.join(f'line {line}' for line in near)}"


def _modules(audit: Audit, target: Target) -> Iterator[ModuleFacts]:
    for file in audit.program.files:
        try:
            facts = audit.program.modules.facts(file.relative) if target.is_in(file) else None
        except OSError:
            continue
        if isinstance(facts, ModuleFacts):
            yield facts


def _close_names(audit: Audit, name: str) -> list[str]:
    """The names of functions that are written nearly so."""
    defined: set[str] = set()
    for file in audit.program.files:
        with suppress(OSError):
            defined.update(found.decode() for found in _DEFINED.findall(file.content))
    return difflib.get_close_matches(name.rpartition(".")[2], sorted(defined), _MOST_GUESSES)


def _is_meant(function: FunctionAudit, facts: ModuleFacts, target: Target) -> bool:
    if not target.path:
        return function.name == target.name or function.name.endswith(f".{target.name}")
    first, last = _lines(function, facts)
    return first <= target.line <= last


def _lines(function: FunctionAudit, facts: ModuleFacts) -> tuple[int, int]:
    """The first and the last line of a function."""
    first = facts.line_and_column(function.facts.start)[0]
    body = function.facts.body
    return first, facts.line_and_column(body[-1].end)[0] if body else first


def _evidence(audit: Audit, function: FunctionAudit) -> Evidence:
    location = function.location(Site(function.path, function.facts.start, function.facts.end))
    done = [effect for effect in function.effects if effect.kind in {Kind.QUERIES, Kind.BLOCKS, Kind.MISUSES}]
    unknown = (effect for effect in function.effects if effect.kind is Kind.UNKNOWN)
    waits = without_stalls(tally(function.facts, function.effects))
    entry = audit.assessment.entry_of(function)
    values = audit.summaries.variables(function.path, function.facts, function.owner)
    return Evidence(
        function=function.name,
        location=replace(location, path=_seen(audit.root, location)),
        on_loop=function.runs_on_loop,
        effects=tuple(row for effect in done for row in _rows(audit.root, function, effect)),
        verdict=() if entry is None else tuple(_verdict(entry)),
        waits=() if entry is None else tuple(row for wait in entry.waits for row in _wait(audit.root, wait)),
        outcomes=() if entry is None else tuple(row for one in entry.outcomes for row in _outcome(one)),
        awaits=tuple(f"{count.total} × {count.category.value}" for count in waits),
        values=tuple(f"{name} = {_shortened(described(value))}" for name, value in values),
        unknown=tuple(_unknown(function, effect) for effect in unknown),
    )


def _unknown(function: FunctionAudit, effect: Effect) -> str:
    called = "what is called is not known: " if effect.category is Category.UNRESOLVED_CALL else ""
    return f"line {function.location(effect.site).line}: {called}{effect.subject}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _seen(root: Path, location: Location) -> str:
    """The path of a location as the folder has it in which the command runs."""
    return seen_path(root.as_posix(), location.path, current_folder())


def _verdict(entry: EntryPoint) -> Iterator[str]:
    """The verdict with its reasons and its ledger."""
    book = entry.ledger
    suspends = ", ".join(f"{count} × {what}" for what, count in book.suspends) or "none"
    yield f"{entry.verdict.value}: {'; '.join(entry.reasons)}"
    if entry.is_async:
        shared = f", {book.shared} of them to the shared pool" if book.shared else ""
        yield f"hops: {book.hops_written} as written{shared}, {book.hops_if_sync} as a plain `def`"
        yield f"suspensions: {suspends}; overlap: {book.overlap}; streams: {'yes' if book.streams else 'no'}"
        yield f"lines that block: {book.blocks}"
    else:
        yield f"would be suspensions: {suspends}; streams: {'yes' if book.streams else 'no'}"
    yield from (f"not known: {what}" for what in book.unknown)


def _wait(root: Path, wait: Wait) -> Iterator[str]:
    loop = ", for each turn of a loop" if wait.looped else ""
    yield f"line {wait.location.line}: {wait.kind}{loop}: {wait.subject}"
    for depth, step in enumerate(wait.chain, 1):
        where = f"{_seen(root, step.location)}:{step.location.line}"
        yield f"{'  ' * depth}└ {where} {step.function}: {step.note}"


def _outcome(outcome: Outcome) -> Iterator[str]:
    hops = "1 hop" if outcome.hops == "1" else f"{outcome.hops} hops"
    holds = (
        "1 wait that holds a thread" if outcome.holds == 1 else f"{outcome.holds} waits that hold a thread"
    )
    yield f"{outcome.stack}: {hops}, {holds}"
    yield from (f"  first: {change}" for change in outcome.first)


def _rows(root: Path, function: FunctionAudit, effect: Effect) -> Iterator[str]:
    line = function.location(effect.site).line
    yield f"line {line}: {effect.via or effect.subject} ({effect.kind.value}, {effect.confidence.value})"
    for depth, link in enumerate(effect.witness, 1):
        where = locate(function.program, link.site)
        yield f"{'  ' * depth}└ {_seen(root, where)}:{where.line} {link.function}: {link.note}"
