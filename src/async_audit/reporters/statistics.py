"""How often each rule was found, the commonest first."""

from __future__ import annotations

from collections import Counter

from async_audit.findings import Report
from async_audit.reporters.visible import visible


def render(report: Report) -> str:
    """A line a rule: its findings, its code, its severity, the files they are in, its name."""
    if not report.findings:
        return "Nothing found.\n"
    counts = Counter((finding.code, finding.slug) for finding in report.findings)
    places = {(finding.code, finding.location.path) for finding in report.findings}
    files = Counter(code for code, _ in places)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    total = len({path for _, path in places})
    rows = [
        ("findings", "files", "rule", ""),
        *((f"{count:,}", f"{files[code]:,}", code, visible(slug)) for (code, slug), count in ranked),
        (f"{len(report.findings):,}", f"{total:,}", "total", ""),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = (
        f"{count.rjust(widths[0])}  {within.rjust(widths[1])}  {code.ljust(widths[2])}  {slug}"
        for count, within, code, slug in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)
