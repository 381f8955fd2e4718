"""The evidence behind a function's findings, collected for `async-audit why`."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.audit import Audit
from async_audit.effects.describing import described
from async_audit.effects.kinds import Category, Effect, Kind, Site, without_stalls
from async_audit.effects.tallies import tally
from async_audit.findings import EntryPoint, Evidence, Outcome, Wait
from async_audit.rulebook import FunctionAudit, locate
from async_audit.syntax.facts import ModuleFacts


def explain(audit: Audit, target: str) -> Iterator[Evidence]:
    """The evidence for each function that `target` names: `FILE:LINE`, or a name or its dotted end."""
    path, _, line = target.rpartition(":")
    for file in audit.program.files:
        by_line = line.isdigit() and file.path.as_posix().endswith(path.removeprefix("./"))
        if line.isdigit() and not by_line:
            continue
        if not line.isdigit() and target.rpartition(".")[2].encode() not in file.content:
            continue
        facts = audit.program.modules.facts(file.relative)
        if isinstance(facts, ModuleFacts):
            for function in audit.every_function(facts):
                if _is_meant(function, facts, target, int(line) if by_line else 0):
                    yield _evidence(audit, function)


def _is_meant(function: FunctionAudit, facts: ModuleFacts, target: str, line: int) -> bool:
    if not line:
        return function.name == target or function.name.endswith(f".{target}")
    first = facts.line_and_column(function.facts.start)[0]
    body = function.facts.body
    last = facts.line_and_column(body[-1].end)[0] if body else first
    return first <= line <= last


def _evidence(audit: Audit, function: FunctionAudit) -> Evidence:
    location = function.location(Site(function.path, function.facts.start, function.facts.end))
    done = [effect for effect in function.effects if effect.kind in {Kind.QUERIES, Kind.BLOCKS, Kind.MISUSES}]
    unknown = (effect for effect in function.effects if effect.kind is Kind.UNKNOWN)
    waits = without_stalls(tally(function.facts, function.effects))
    entry = audit.assessment.entry_of(function)
    values = audit.summaries.variables(function.path, function.facts, function.owner)
    return Evidence(
        function=function.name,
        location=location,
        on_loop=function.runs_on_loop,
        effects=tuple(row for effect in done for row in _rows(function, effect)),
        verdict=() if entry is None else tuple(_verdict(entry)),
        waits=() if entry is None else tuple(row for wait in entry.waits for row in _wait(wait)),
        outcomes=() if entry is None else tuple(row for one in entry.outcomes for row in _outcome(one)),
        awaits=tuple(f"{count.total} × {count.category.value}" for count in waits),
        values=tuple(f"{name} = {described(value)}" for name, value in values),
        unknown=tuple(_unknown(function, effect) for effect in unknown),
    )


def _unknown(function: FunctionAudit, effect: Effect) -> str:
    called = "what is called is not known: " if effect.category is Category.UNRESOLVED_CALL else ""
    return f"line {function.location(effect.site).line}: {called}{effect.subject}"


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


def _wait(wait: Wait) -> Iterator[str]:
    loop = ", for each turn of a loop" if wait.looped else ""
    yield f"line {wait.location.line}: {wait.kind}{loop}: {wait.subject}"
    for depth, step in enumerate(wait.chain, 1):
        yield f"{'  ' * depth}└ {step.location.path}:{step.location.line} {step.function}: {step.note}"


def _outcome(outcome: Outcome) -> Iterator[str]:
    hops = "1 hop" if outcome.hops == "1" else f"{outcome.hops} hops"
    holds = (
        "1 wait that holds a thread" if outcome.holds == 1 else f"{outcome.holds} waits that hold a thread"
    )
    yield f"{outcome.stack}: {hops}, {holds}"
    yield from (f"  first: {change}" for change in outcome.first)


def _rows(function: FunctionAudit, effect: Effect) -> Iterator[str]:
    line = function.location(effect.site).line
    yield f"line {line}: {effect.via or effect.subject} ({effect.kind.value}, {effect.confidence.value})"
    for depth, link in enumerate(effect.witness, 1):
        where = locate(function.program, link.site)
        yield f"{'  ' * depth}└ {where.path}:{where.line} {link.function}: {link.note}"
