"""Markdown as the site's parser wants it: it is stricter about blank lines than the docstrings are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def spaced(text: str) -> str:
    """The same Markdown with an empty line around headings, blocks of code and lists."""
    return "\n".join(_spaced(text.splitlines()))


def _spaced(lines: Sequence[str]) -> Iterator[str]:
    fenced = False
    before = ""
    for line in lines:
        fence = line.startswith("```")
        starts = line.startswith("#") or (fence and not fenced) or _starts_a_list(line, before)
        if line and before and not fenced and (starts or _stands_alone(before)):
            yield ""
        yield line
        fenced = fenced is not fence
        before = line if not fenced or fence else "code"


def _stands_alone(line: str) -> bool:
    """Whether an empty line belongs behind this one: a heading, or a fence where no code is open."""
    return line.startswith(("#", "```"))


def _starts_a_list(line: str, before: str) -> bool:
    return bool(_ITEM.match(line)) and not _ITEM.match(before) and not before.startswith(" ")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)
