"""The findings as Markdown, for the comment on a change or the summary of a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from async_audit.findings import Finding, Report, Severity
from async_audit.reporters.markdown_text import code, sentence, text
from async_audit.reporters.sentences import chain_of, message_of

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """A heading, the tally, and a table for each file with a row for each finding."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "# async-audit"
    yield ""
    yield _tally(report)
    for path, group in groupby(report.findings, key=lambda finding: finding.location.path):
        yield ""
        yield f"## {code(path)}"
        yield ""
        yield "| line | | rule | what |"
        yield "|---:|---|---|---|"
        for finding in group:
            yield _row(finding)
    if report.skipped:
        yield ""
        yield "Files that were not audited:"
        yield ""
        yield from (f"- {code(file.path)}: {sentence(file.reason)}" for file in report.skipped)
    if report.answer:
        yield ""
        yield sentence(report.answer)


def _tally(report: Report) -> str:
    if not report.findings:
        return "Nothing found."
    counts = Counter(finding.severity for finding in report.findings)
    parts = [
        f"{counts[severity]} {_WORDS[severity]}{'' if counts[severity] == 1 else 's'}"
        for severity in Severity
        if counts[severity]
    ]
    return f"**{', '.join(parts)}**"


def _row(finding: Finding) -> str:
    kind = _WORDS[finding.severity]
    what = "<br>".join(sentence(line, in_table=True) for line in (message_of(finding), *chain_of(finding)))
    return f"| {finding.location.line} | {kind} | {finding.code} {text(finding.slug)} | {what} |"
