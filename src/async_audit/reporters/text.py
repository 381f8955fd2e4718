"""The report for people: each finding with its line of source and its chain, then a summary.

Code, paths and messages come from the audited project and are hostile: nothing of them reaches the terminal
but characters that stand for themselves (`visible`), and none of it is ever read as rich's markup.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from async_audit.findings import Confidence, Finding, Location, Report, Severity, Step
from async_audit.parsing import decode
from async_audit.quantities import quantity
from async_audit.reporters.paths import current_folder, seen_path
from async_audit.reporters.terminal import terminal_width
from async_audit.reporters.visible import encodable, visible, visible_character

_SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_SEVERITY_WIDTH = max(len(severity.value) for severity in Severity)
_CODE_WIDTH = len("DJA101")
_COLORS = ColorSystem.STANDARD  # the sixteen that a terminal's theme defines
_TAB = 4
_NARROWEST_MESSAGE = 40
"""Cells; where a message would have fewer, its further lines start at the left instead of below it."""
_WIDEST_SOURCE = 120
_NARROWEST_SOURCE = 24
_NEWLINE = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"(?:`[^`]{1,60}`|[^ `]|`)+")
"""A word for wrapping: short code between backticks stays in one piece."""
_SUBSTITUTES = {"└": "`", "│": "|", "─": "-", "—": "-", "…": "~"}
"""The reporter's own signs, cell for cell, where the output's encoding lacks them."""


def show(report: Report) -> None:
    """Print the report: coloured and wrapped on a terminal, plain and one line a message elsewhere."""
    console = Console()
    width = terminal_width()
    color = width is not None and not console.no_color and not console.legacy_windows
    text = render(
        report,
        width=width,
        color=color and console.color_system is not None,
        sources=_read_sources(report),
        here=current_folder(),
        encoding=sys.stdout.encoding or "utf-8",
    )
    sys.stdout.write(text)
    sys.stdout.flush()


def plain(report: Report) -> str:
    """The report as a file has it: no colours, one line a message."""
    return render(report, width=None, color=False, sources=_read_sources(report), here=current_folder())


def render(
    report: Report,
    *,
    width: int | None,
    color: bool,
    sources: Mapping[str, Sequence[str]],
    here: str | None = None,
    encoding: str = "utf-8",
) -> str:
    """The report as text, messages wrapped to `width` cells (not at all where it is `None`).

    `sources` has the lines of the files by their path in the report; a file that is absent is shown without
    its source. Paths below the folder `here` are shown relative to it, others whole; without `here`, as the
    report has them.
    """
    page = _Page(report, width, sources, here)
    output: list[str] = []
    console = Console(file=io.StringIO(), _environ={})  # knows the styles, prints nothing
    for line in page.lines():
        line.rstrip()
        if color:
            output.extend(_colored(segment) for segment in line.render(console))
        else:
            output.append(line.plain)
        output.append("\n")
    return _encodable("".join(output), encoding)


def _colored(segment: Segment) -> str:
    # Printing through the console would say the same at several times the cost.
    return segment.style.render(segment.text, color_system=_COLORS) if segment.style else segment.text


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = "".join(_SUBSTITUTES.get(character, character) for character in text)
    return encodable(text, encoding)


@dataclass(frozen=True)
class _Page:
    """One report, laid out line by line."""

    report: Report
    width: int | None
    sources: Mapping[str, Sequence[str]]
    here: str | None

    def lines(self) -> Iterator[Text]:
        for path, group in groupby(self.report.findings, key=lambda finding: finding.location.path):
            yield _styled(self._path(path), "bold")
            yield Text()
            findings = tuple(group)
            margin = max(len(_place(finding.location)) for finding in findings)
            for finding in findings:
                yield from self._finding(finding, margin)
                yield Text()
        yield from self._summary()

    def _finding(self, finding: Finding, margin: int) -> Iterator[Text]:
        style = _SEVERITY_STYLE[finding.severity]
        head = Text("  ")
        head.append(_place(finding.location).rjust(margin), "dim")
        head.append("  ")
        head.append(finding.severity.value.ljust(_SEVERITY_WIDTH), style)
        head.append("  ")
        head.append(visible(finding.code).ljust(_CODE_WIDTH), "bold")
        head.append("  ")
        message = visible(finding.message)
        if finding.confidence is Confidence.LIKELY:
            message = f"likely: {message}"
        yield from self._wrapped(head, message)
        indent = margin + 4
        yield from self._excerpt(finding.location, indent, style)
        for depth, step in enumerate(finding.chain):
            yield from self._step(step, indent + 2 * depth)

    def _excerpt(self, location: Location, indent: int, style: str) -> Iterator[Text]:
        lines = self.sources.get(location.path, ())
        if not 1 <= location.line <= len(lines):
            return
        line = lines[location.line - 1].rstrip()
        start = location.column - 1
        end = location.end_column - 1 if location.end_line == location.line else len(line)
        if not line or not 0 <= start <= len(line):
            return
        room = max(min(self.width or _WIDEST_SOURCE, _WIDEST_SOURCE) - indent - 2, _NARROWEST_SOURCE)
        before, span, after = _cut(line, start, min(max(end, start), len(line)), room)
        gutter = (" " * indent + "│ ", "dim")
        yield Text.assemble(gutter, before + span + after)
        caret = Text.assemble(gutter)
        caret.append(" " * cell_len(before))
        caret.append("^" * max(cell_len(span), 1), style)
        yield caret

    def _step(self, step: Step, indent: int) -> Iterator[Text]:
        head = Text.assemble((" " * indent + "└ ", "dim"))
        head.append(f"{self._path(step.location.path)}:{step.location.line}", "cyan")
        head.append("  ")
        yield from self._wrapped(head, f"{visible(step.function)} — {visible(step.note)}", hang=indent + 2)

    def _wrapped(self, head: Text, message: str, hang: int | None = None) -> Iterator[Text]:
        """`message` after `head`, indented by `hang` cells where it goes on (else to stand below itself)."""
        column = head.cell_len
        if self.width is None:
            yield head.append_text(_prose(message))
            return
        if hang is None:
            hang = column if self.width - column >= _NARROWEST_MESSAGE else 6
        line, used, fresh = head, column, True
        for word in _WORD.findall(message):
            size = cell_len(word)
            if not fresh and used + 1 + size > self.width:
                yield line
                line, used, fresh = Text(" " * hang), hang, True
            if not fresh:
                line.append(" ")
                used += 1
            line.append_text(_prose(word))
            used += size
            fresh = False
        yield line

    def _path(self, path: str) -> str:
        """A path of the report as it is shown."""
        return visible(seen_path(self.report.root, path, self.here))

    def _summary(self) -> Iterator[Text]:
        report = self.report
        yield self._verdict()
        audited = f"{quantity(report.files, 'file')} and {quantity(report.coroutines, 'coroutine')} audited"
        audited += f" for Django {visible(report.django)}"
        if report.django_source:
            audited += f" ({visible(report.django_source)})"
        if report.suppressed:
            suppressed = quantity(report.suppressed, "finding")
            audited += f"; {suppressed} suppressed by comments or per-file-ignores"
        yield _styled(f"{audited}.", "dim")
        codes = Counter((finding.code, finding.slug) for finding in report.findings)
        ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        if ranked:
            yield Text()
            yield from _table((visible(code), visible(slug), count) for (code, slug), count in ranked)
        unresolved = [(reason, count) for reason, count in report.unresolved if count]
        if unresolved:
            yield Text()
            yield _styled("Not resolved, and so not judged (`async-audit why` names the lines):", "dim")
            yield from _table((visible(reason), "", count) for reason, count in unresolved)
        if report.skipped:
            yield Text()
            yield _styled(f"{quantity(len(report.skipped), 'file')} skipped:", "yellow")
            for skipped in report.skipped:
                head = Text("  ")
                head.append(self._path(skipped.path))
                head.append("  ")
                yield from self._wrapped(head, visible(skipped.reason), hang=4)
        if report.answer:
            yield Text()
            yield from self._wrapped(Text(), visible(report.answer), hang=0)
            yield Text.assemble(("`async-audit verdicts`", "bold"), " tells why, for each of them.")
        elif report.stack is not None and report.stack.middleware:
            yield Text()
            hint = "`async-audit verdicts --all-views` tells whether the views would gain by async."
            yield from self._wrapped(Text(), f"No entry point is asynchronous. {hint}", hang=0)
        if ranked:
            yield Text()
            commonest = visible(ranked[0][0][0])
            ending = " explains the commonest of them." if len(ranked) > 1 else " explains it."
            yield Text.assemble((f"`async-audit rule {commonest}`", "bold"), ending)

    def _verdict(self) -> Text:
        """The one line that a reader in a hurry wants."""
        report = self.report
        if not report.findings:
            if not report.files:
                return _styled("Nothing to audit: there is no Python file here.", "yellow")
            if not report.coroutines:
                return _styled("Nothing found: there is no coroutine here.", "bold green")
            if report.left_out:
                return _styled(f"Nothing new found{self._left_out()}.", "bold green")
            return _styled("Nothing found. The event loop can breathe.", "bold green")
        files = len({finding.location.path for finding in report.findings})
        line = _styled(f"{quantity(len(report.findings), 'finding')} in {quantity(files, 'file')}: ", "bold")
        tally = Counter(finding.severity for finding in report.findings)
        present = [severity for severity in Severity if tally[severity]]
        for position, severity in enumerate(present):
            line.append(", " if position else "")
            noun = "note" if severity is Severity.INFO else severity.value
            line.append(quantity(tally[severity], noun), _SEVERITY_STYLE[severity])
        return line.append(f"{self._left_out()}.")

    def _left_out(self) -> str:
        number = self.report.left_out
        if not number:
            return ""
        return f"; {quantity(number, 'finding')} from before {'is' if number == 1 else 'are'} not shown"


def _cut(line: str, start: int, end: int, room: int) -> tuple[str, str, str]:
    """What of a line is shown in `room` cells: before, in and after the span from `start` to `end`.

    Where the whole line fits, only its indentation is left out.
    """
    indentation = min(len(line) - len(line.lstrip()), start)
    # However long the line is, no more than this can be shown of it.
    first = max(start - _WIDEST_SOURCE, indentation)
    last = min(start + _WIDEST_SOURCE, len(line))
    cells = list(_cells(line[first:last]))
    # A combining character takes no cell but does take room: a line of nothing else is cut as well.
    sums = [0, *accumulate(max(len(cell), cell_len(cell)) for cell in cells)]
    span, stop = start - first, max(min(end, last) - first, start - first)
    left_out = first > indentation
    low, high = 0, len(cells)
    if sums[-1] > room or left_out or last < len(line):
        budget = room - 2  # for the two ellipses
        if left_out or sums[min(stop, len(cells))] > budget:
            ahead = max(budget - (sums[stop] - sums[span]), budget // 4)
            lead = min(ahead, budget // 2)
            low = next(index for index in range(span + 1) if sums[span] - sums[index] <= lead)
        fitting = (index for index in range(len(cells), low, -1) if sums[index] - sums[low] <= budget)
        high = max(next(fitting, low), span)
    before, inside, after = cells[low:span], cells[span : min(stop, high)], cells[max(stop, span) : high]
    opening = "…" if low > 0 or left_out else ""
    closing = "…" if high < len(cells) or last < len(line) else ""
    return opening + "".join(before), "".join(inside), "".join(after) + closing


def _cells(text: str) -> Iterator[str]:
    """What is shown for each character of a line, tabs filled up to the next multiple of `_TAB` cells."""
    column = 0
    for character in text:
        shown = " " * (_TAB - column % _TAB) if character == "\t" else visible_character(character)
        column += cell_len(shown)
        yield shown


def _styled(text: str, style: str) -> Text:
    # A style of the whole text, as `Text` itself takes it, is lost where the text is rendered on its own.
    return Text.assemble((text, style))


def _prose(text: str) -> Text:
    """A message or a part of one; the word for its confidence stands out."""
    shown = Text(text)
    if text.startswith("likely:"):
        shown.stylize("italic", 0, len("likely:"))
    return shown


def _table(rows: Iterable[tuple[str, str, int]]) -> Iterator[Text]:
    """Names, explanations and counts in columns."""
    table = [(name, about, f"{count:,}") for name, about, count in rows]
    widths = [max(cell_len(row[column]) for row in table) for column in range(3)]
    for name, about, count in table:
        line = Text("  ")
        line.append(name + " " * (widths[0] - cell_len(name)), "bold" if about else "")
        if widths[1]:
            line.append("  " + about + " " * (widths[1] - cell_len(about)))
        line.append("  " + count.rjust(widths[2]))
        yield line


def _place(location: Location) -> str:
    return f"{location.line}:{location.column}"


def _read_sources(report: Report) -> dict[str, tuple[str, ...]]:
    """The lines of the files with findings; those that cannot be read by now are left out."""
    sources: dict[str, tuple[str, ...]] = {}
    for path in {finding.location.path for finding in report.findings}:
        try:
            text = decode(Path(report.root, path).read_bytes())
        except (OSError, SyntaxError, ValueError, LookupError):
            continue
        sources[path] = tuple(_NEWLINE.split(text))
    return sources
