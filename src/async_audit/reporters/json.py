"""The report as versioned JSON, for programs; `report.schema.json` beside this module describes it."""

from __future__ import annotations

from typing import Any

from async_audit._version import __version__
from async_audit.findings import EntryPoint, Finding, Location, Report, Stack, Step
from async_audit.reporters.documents import json_text


def render(report: Report) -> str:
    """The report as one JSON document; keys and order never depend on the run."""
    document = {
        "schema": 1,
        "tool": {"name": "async-audit", "version": __version__},
        "root": report.root,
        "findings": [_finding(finding) for finding in report.findings],
        "entry_points": [_entry_point(entry) for entry in report.entry_points],
        "project": {
            "django": report.django,
            "django_source": report.django_source,
            "serves": report.serves,
            "answer": report.answer,
            "advice": list(report.advice),
            "stack": None if report.stack is None else _stack(report.stack),
            "counts": {
                "files": report.files,
                "coroutines": report.coroutines,
                "findings": len(report.findings),
                "suppressed": report.suppressed,
                "unresolved": dict(report.unresolved),
            },
        },
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in report.skipped],
    }
    return json_text(document)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        **_place(finding.location),
        "end_line": finding.location.end_line,
        "end_column": finding.location.end_column,
        "function": finding.function,
        "message": finding.message,
        "chain": _steps(finding.chain),
        "fix": None,
    }


def _entry_point(entry: EntryPoint) -> dict[str, Any]:
    book = entry.ledger
    return {
        "name": entry.name,
        "kind": entry.kind,
        "is_async": entry.is_async,
        "path": entry.location.path,
        "line": entry.location.line,
        "routes": list(entry.routes),
        "methods": list(entry.methods),
        "verdict": entry.verdict.value,
        "reasons": list(entry.reasons),
        "ledger": {
            "hops": book.hops,
            "looped_hops": book.looped,
            "shared_hops": book.shared,
            "hops_if_sync": book.hops_if_sync,
            "suspends": dict(book.suspends),
            "overlap": book.overlap,
            "streams": book.streams,
            "blocks": book.blocks,
            "unknown": list(book.unknown),
        },
        "waits": [
            {
                "kind": wait.kind,
                "subject": wait.subject,
                **_place(wait.location),
                "looped": wait.looped,
                "chain": _steps(wait.chain),
            }
            for wait in entry.waits
        ],
        "outcomes": [
            {
                "stack": outcome.stack,
                "hops": outcome.hops,
                "holds": outcome.holds,
                "first": list(outcome.first),
            }
            for outcome in entry.outcomes
        ],
    }


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "serves": stack.serves,
        "server": stack.server,
        "source": None if stack.source is None else _place(stack.source),
        "middleware": [
            {"name": entry.name, "capability": entry.capability, "hops": entry.hops}
            for entry in stack.middleware
        ],
        "hops": stack.hops,
        "is_exact": stack.is_exact,
        "websockets": stack.websockets,
        "facts": [{"about": fact.about, "note": fact.note, **_place(fact.location)} for fact in stack.facts],
    }


def _steps(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    return [{**_place(step.location), "function": step.function, "note": step.note} for step in steps]


def _place(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column}
