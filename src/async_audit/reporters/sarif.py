"""SARIF 2.1.0 (OASIS standard, errata 01), as GitHub code scanning, Azure DevOps and editors read it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from async_audit._version import __version__
from async_audit.findings import Confidence, Finding, Location, Report, Severity, Skipped, Step
from async_audit.reporters.documents import json_text
from async_audit.reporters.fingerprints import fingerprints
from async_audit.reporters.sentences import message_of
from async_audit.reporters.visible import visible
from async_audit.rulebook import Rule, rules

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_ADDRESS = re.compile(r"https?://[^\s)>\"'`]+[^\s)>\"'`.,]")
_SAFE = "/~!$&'()*+,;=@"
"""What a path keeps in a URI reference (RFC 3986); a colon is escaped, lest it begins with a scheme."""


def render(report: Report) -> str:
    """The report as one SARIF log with one run. Paths are relative to the report's root, `SRCROOT`."""
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]})


def _run(report: Report) -> dict[str, Any]:
    marks = fingerprints(report)
    return {
        "tool": {
            "driver": {
                "name": "async-audit",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": list(_rules()),
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(file) for file in report.skipped],
            }
        ],
        "originalUriBaseIds": {_ROOT: {"uri": f"file://{_quoted(report.root).rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(*pair) for pair in zip(report.findings, marks, strict=True)],
    }


@lru_cache(maxsize=1)
def _rules() -> tuple[dict[str, Any], ...]:
    return tuple(_descriptor(rule) for rule in rules())


@lru_cache(maxsize=1)
def _positions() -> dict[str, int]:
    return {rule.code: position for position, rule in enumerate(rules())}


def _descriptor(rule: Rule) -> dict[str, Any]:
    help_text = rule.documentation.strip()
    address = _ADDRESS.search(help_text.partition("## Sources")[2])
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": _plain(rule.summary)},
        "fullDescription": {"text": _plain(_what_it_does(help_text) or rule.summary)},
        "help": {"text": _plain(help_text), "markdown": help_text},
        **({"helpUri": address[0]} if address else {}),
        "defaultConfiguration": {"enabled": rule.default, "level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["async", "django", "performance" if rule.code[3] in "24" else "correctness"],
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _what_it_does(documentation: str) -> str:
    """The paragraph below that heading, on one line."""
    after = documentation.partition("## What it does\n")[2]
    return " ".join(after.partition("\n\n")[0].split())


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    index = _positions().get(finding.code)
    return {
        "ruleId": finding.code,
        **({} if index is None else {"ruleIndex": index}),
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(message_of(finding))},
        "locations": [_location(finding.location, finding.function)],
        **_evidence(finding),
        "partialFingerprints": {"asyncAudit/v1": fingerprint},
        "rank": 100.0 if finding.confidence is Confidence.CERTAIN else 60.0,
        "properties": {"confidence": finding.confidence.value},
    }


def _evidence(finding: Finding) -> dict[str, Any]:
    """The chain, once as a flow from the finding to the effect and once as places beside the finding."""
    if not finding.chain:
        return {}
    start = Step(finding.location, finding.function, message_of(finding))
    flow = [_flow_step(step, depth) for depth, step in enumerate((start, *finding.chain))]
    related = [_noted(step, number) for number, step in enumerate(finding.chain, start=1)]
    return {"codeFlows": [{"threadFlows": [{"locations": flow}]}], "relatedLocations": related}


def _flow_step(step: Step, depth: int) -> dict[str, Any]:
    return {"location": _noted(step), "nestingLevel": depth, "importance": "essential"}


def _noted(step: Step, number: int | None = None) -> dict[str, Any]:
    place = _location(step.location, step.function)
    message = {"message": {"text": _plain(visible(step.note) or visible(step.function))}}
    return {**({} if number is None else {"id": number}), **place, **message}


def _location(place: Location, function: str) -> dict[str, Any]:
    named = {"logicalLocations": [{"fullyQualifiedName": visible(function), "kind": "function"}]}
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(place.path),
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        },
        **(named if function else {}),
    }


def _artifact(path: str) -> dict[str, str]:
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{_quoted(path)}"}
    return {"uri": _quoted(path), "uriBaseId": _ROOT}


def _notification(file: Skipped) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": _plain(f"not audited: {visible(file.reason)}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(file.path)}}],
    }


def _quoted(path: str) -> str:
    # A name that is no text keeps its bytes.
    return quote(path.encode(errors="surrogateescape"), safe=_SAFE)


def _plain(text: str) -> str:
    """Text in which no `[…](…)` is a link (SARIF 2.1.0, 3.11.6)."""
    return _LINK.sub(r"\\[", text)
