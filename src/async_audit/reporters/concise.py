"""One line a finding, as editors and grep like it."""

from __future__ import annotations

from async_audit.findings import Report
from async_audit.reporters.visible import visible


def render(report: Report) -> str:
    """`path:line:column: code message`, one line each."""
    return "".join(
        f"{visible(finding.location.path)}:{finding.location.line}:{finding.location.column}: "
        f"{finding.code} {visible(finding.message)}\n"
        for finding in report.findings
    )
