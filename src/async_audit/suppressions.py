"""Comments that silence findings, and which of their codes silence nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Both as flake8 reads them, so that the two agree on what is silenced: what is no list of codes makes `noqa`
# a blanket, and a file is left out by a comment on a line of its own.
_NOQA = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_NOQA_FILE = re.compile(rb"^[^\S\r\n]*# flake8[:=]\s*noqa", re.IGNORECASE | re.MULTILINE)
_IGNORE = re.compile(
    r"#\s*async-audit\s*:\s*ignore\b(?P<list>\[(?P<codes>[^\]]*)(?P<closed>\])?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: on which line, and the beginnings of codes it silences (empty: all of them).

    It holds from the line `first` on, which a string or a backslash joins to its own. `is_own`: it is
    `async-audit: ignore`, of which flake8 knows nothing. `is_malformed`: it silences nothing.
    """

    line: int
    codes: tuple[str, ...]
    is_own: bool = False
    is_malformed: bool = False
    first: int = 0

    @property
    def lines(self) -> range:
        """The lines that it silences."""
        return range(self.first or self.line, self.line + 1)

    def silences(self, code: str) -> bool:
        """Whether a finding of that code on the line is silenced."""
        if self.is_malformed:
            return False
        return not self.codes or any(code.startswith(prefix) for prefix in self.codes)

    @property
    def own_codes(self) -> tuple[str, ...]:
        """The codes of ours that the comment names."""
        return tuple(code for code in self.codes if code.startswith("DJA"))


def parse(comments: tuple[tuple[int, int, str], ...]) -> tuple[Suppression, ...]:
    """The suppressions among comments, each given with its first line and its own."""
    found: list[Suppression] = []
    for first, line, text in comments:
        noqa = _NOQA.search(text)
        if noqa is not None:
            found.append(Suppression(line, _codes(noqa["codes"]), first=first))
        ignore = _IGNORE.search(text)
        if ignore is not None:
            codes = _codes((ignore["codes"] or "").upper())
            malformed = bool(ignore["list"]) and not (codes and ignore["closed"])
            found.append(Suppression(line, codes, is_own=True, is_malformed=malformed, first=first))
    return tuple(found)


def noqa_codes(comment: str) -> tuple[tuple[str, ...], int] | None:
    """The codes of the `noqa` in a comment, and where in it they end; nothing where it holds no `noqa`."""
    found = _NOQA.search(comment)
    if found is None:
        return None
    return _codes(found["codes"]), found.start() + len(found[0].rstrip(", \t"))


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[\s,]+", text or "") if code)


def silences_file(content: bytes) -> bool:
    """Whether a comment `# flake8: noqa` silences the whole file."""
    return b"flake8" in content.lower() and _NOQA_FILE.search(content) is not None
