"""Lines of audited source around a place, read when they are asked for."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from async_audit.findings import Location
from async_audit.reporters.html.markup import Markup, element, joined

_AROUND = 2
_MOST_LINES = 12
_LONGEST = 240
_NEWLINE = re.compile("\r\n|\r|\n")  # what ends a line for Python; str.splitlines knows more


class Sources:
    """The files below the root of a project, each read once at most."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, list[str] | str] = {}

    def lines(self, path: str) -> list[str] | str:
        """The lines of the file, or in words why there are none."""
        if path not in self._lines:
            self._lines[path] = self._read(path)
        return self._lines[path]

    def _read(self, path: str) -> list[str] | str:
        try:
            content = (self._root / path).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return f"The source cannot be shown: {reason or 'it cannot be read'}."
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        except SyntaxError:
            encoding = "utf-8"
        return _NEWLINE.split(content.decode(encoding, errors="replace").expandtabs(4))


def excerpt(sources: Sources, location: Location) -> Markup:
    """The lines at a place with two before and after, numbered, the lines that are meant marked."""
    lines = sources.lines(location.path)
    if isinstance(lines, str):
        return element("p", lines, class_="absent")
    if location.line > len(lines):
        return element("p", "The source cannot be shown: the file has changed.", class_="absent")
    last = min(location.end_line, location.line + _MOST_LINES)
    start = max(location.line - _AROUND, 1)
    end = min(last + _AROUND, len(lines))
    while start < location.line and not lines[start - 1].strip():
        start += 1
    while end > last and not lines[end - 1].strip():
        end -= 1
    shown = lines[start - 1 : end]
    margin = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    width = len(str(end))
    rows = [
        _line(number, line[margin:], width, is_meant=location.line <= number <= last)
        for number, line in enumerate(shown, start)
    ]
    return element("pre", element("code", joined(rows)))


def _line(number: int, line: str, width: int, *, is_meant: bool) -> Markup:
    line = line.rstrip()
    text = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    content = joined([element("i", str(number).rjust(width)), text])
    return element("mark" if is_meant else "span", content, class_="line")
