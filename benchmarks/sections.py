"""The section of a page that a command writes: all between its two markers, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SectionError(Exception):
    """A page that lacks the markers of a section, or has them twice or the wrong way round."""


def with_section(text: str, name: str, content: str) -> str:
    """The page with what stands between the markers of the section `name` replaced by `content`."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise SectionError(f"the page needs the lines {begin} and {end}, once each and in this order")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def write_section(page: Path, name: str, content: str) -> None:
    """Replace the section `name` of the page by `content`.

    Raises:
        SectionError: if the page has no such section.
    """
    try:
        text = with_section(page.read_text(encoding="utf-8"), name, content)
    except SectionError as error:
        raise SectionError(f"{page}: {error}") from None
    page.write_text(text, encoding="utf-8")


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; a column whose cells begin with a digit is aligned to the right."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    rules = ["---:" if column and all(_is_number(cell) for cell in column) else "---" for column in columns]
    lines = [header, tuple(rules), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell in {"", "-"}
