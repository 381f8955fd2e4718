"""One line a finding, as editors and grep like it."""

from __future__ import annotations

from async_audit.findings import Report


def render(report: Report) -> str:
    """`path:line:column: code message`, one line each."""
    return "".join(
        f"{finding.location.path}:{finding.location.line}:{finding.location.column}: "
        f"{finding.code} {finding.message}\n"
        for finding in report.findings
    )
