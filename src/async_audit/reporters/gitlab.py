"""GitLab's code quality report: the part of the Code Climate format that GitLab reads.

Described in GitLab's documentation, "Code Quality: import code quality results from a CI/CD job".
"""

from __future__ import annotations

from typing import Any

from async_audit.findings import Confidence, Finding, Report, Severity
from async_audit.reporters.documents import json_text
from async_audit.reporters.fingerprints import fingerprints
from async_audit.reporters.sentences import chain_of, message_of
from async_audit.reporters.visible import visible


def render(report: Report) -> str:
    """A JSON array with an issue for each finding."""
    marks = fingerprints(report)
    return json_text([_issue(*pair) for pair in zip(report.findings, marks, strict=True)])


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    place = finding.location
    chain = "\n".join(f"- {line}" for line in chain_of(finding))
    return {
        "type": "issue",
        "check_name": f"{finding.code} {finding.slug}",
        "description": f"{finding.code}: {message_of(finding)}",
        "content": {"body": chain},
        "categories": ["Bug Risk" if finding.severity is Severity.ERROR else "Performance"],
        "severity": _severity(finding),
        "fingerprint": fingerprint,
        "location": {
            "path": visible(place.path),
            "positions": {
                "begin": {"line": place.line, "column": place.column},
                "end": {"line": place.end_line, "column": place.end_column},
            },
            "lines": {"begin": place.line, "end": place.end_line},
        },
    }


def _severity(finding: Finding) -> str:
    """GitLab's word: an error that is certain is `critical`, one that is likely `major`."""
    if finding.severity is Severity.ERROR:
        return "critical" if finding.confidence is Confidence.CERTAIN else "major"
    return "minor" if finding.severity is Severity.WARNING else "info"
