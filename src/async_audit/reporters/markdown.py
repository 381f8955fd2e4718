"""The findings as Markdown, for the comment on a change or the summary of a job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from async_audit.findings import Finding, Report, Severity
from async_audit.reporters.sentences import chain_of, message_of
from async_audit.reporters.visible import visible

_CODE = re.compile(r"`([^`]+)`")
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@$^=/\"'])")
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
        yield f"## {_code(path)}"
        yield ""
        yield "| line | | rule | what |"
        yield "|---:|---|---|---|"
        for finding in group:
            yield _row(finding)
    if report.skipped:
        yield ""
        yield "Files that were not audited:"
        yield ""
        yield from (f"- {_code(file.path)}: {_prose(visible(file.reason))}" for file in report.skipped)
    if report.answer:
        yield ""
        yield _prose(visible(report.answer))


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
    what = "<br>".join(_cell(_prose(line)) for line in (message_of(finding), *chain_of(finding)))
    return f"| {finding.location.line} | {kind} | {finding.code} {_prose(finding.slug)} | {what} |"


def _prose(text: str) -> str:
    """Text in which code between backticks stays code, and nothing else means anything to Markdown."""
    parts: list[str] = []
    end = 0
    for match in _CODE.finditer(text):
        parts.extend((_PUNCTUATION.sub(r"\\\1", text[end : match.start()]), _code(match[1])))
        end = match.end()
    return "".join((*parts, _PUNCTUATION.sub(r"\\\1", text[end:])))


def _code(text: str) -> str:
    """A code span whose content is `text`, whatever backticks are in it."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    # A space on both sides is taken away again; it is needed beside a backtick or another space.
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _cell(text: str) -> str:
    # A table is cut at its bars before anything else is read, code spans included; prose has escaped its own.
    return re.sub(r"(?<!\\)\|", r"\\|", text)
