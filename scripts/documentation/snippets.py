"""The blocks of code in the project's Markdown, and what they may show.

What a comment right before a block says:

- `<!-- not run: REASON -->`: the block needs what a test does not have;
- `<!-- needs: DISTRIBUTION -->`: it does not run where that is not installed;
- `<!-- status: N -->`: its last command ends with this status (else with 0 or 1, as a scan does).

`<!-- starts with: FOLDER -->` anywhere in a page copies a folder of the repository into the page's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ELISION = "…"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)(?P<info>[^`]*)$")
_TITLE = re.compile(r'title="(?P<path>[^"]+)"')
_COMMENT = re.compile(r"<!-- (?P<key>not run|needs|status|starts with): (?P<value>.+?) -->")


@dataclass(frozen=True)
class Snippet:
    """A fenced block: `line` is that of its first line of code, counted from 1."""

    page: str
    line: int
    indent: int
    language: str
    title: str
    code: str
    not_run: str = ""
    needs: str = ""
    status: int | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether the block can run here."""
        return not self.not_run and not (self.needs and _is_absent(self.needs))

    @property
    def commands(self) -> list[str]:
        """The commands of a console block, each with the lines that continue it."""
        found: list[str] = []
        for line in self.code.splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            elif line.startswith("> ") and found:
                found[-1] += f"\n{line[2:]}"
        return found

    @property
    def outputs(self) -> list[list[str]]:
        """The output that is shown below each command."""
        found: list[list[str]] = []
        for line in self.code.splitlines():
            if line.startswith("$ "):
                found.append([])
            elif found and not line.startswith("> "):
                found[-1].append(line)
        return found


def _is_absent(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return True
    return False


def pages() -> list[str]:
    """The Markdown files whose blocks are tested here; the examples of rules are tested as docstrings."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in found
        if not path.is_relative_to(ROOT / "docs" / "rules")
    )


def snippets_of(page: str) -> list[Snippet]:
    """The blocks of a page, in order."""
    return list(_snippets(page, (ROOT / page).read_text(encoding="utf-8").splitlines()))


def _snippets(page: str, lines: Sequence[str]) -> Iterator[Snippet]:
    number = 0
    said: dict[str, str] = {}
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            comment = _COMMENT.match(lines[number].strip())
            if comment is not None:
                said[comment["key"]] = comment["value"]
            elif lines[number].strip():
                said.clear()
            number += 1
            continue
        start = number + 1
        end = next(at for at in range(start, len(lines)) if lines[at].strip() == "```")
        indent = len(fence["indent"])
        title = _TITLE.search(fence["info"])
        yield Snippet(
            page=page,
            line=start + 1,
            indent=indent,
            language=fence["language"],
            title=title["path"] if title is not None else "",
            code="".join(f"{line[indent:]}\n" for line in lines[start:end]),
            not_run=said.get("not run", ""),
            needs=said.get("needs", ""),
            status=int(said["status"]) if "status" in said else None,
        )
        said.clear()
        number = end + 1


def starting_folders(page: str) -> list[str]:
    """The folders of the repository that a page starts with."""
    comments = _COMMENT.finditer((ROOT / page).read_text(encoding="utf-8"))
    return [comment["value"] for comment in comments if comment["key"] == "starts with"]


def shows(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """Whether a page may show `expected` for `actual`: a line `…` stands for any lines, also none."""
    pattern = "".join(r"(?:.*\n)*" if line == ELISION else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in actual)) is not None


def shown_anew(expected: Sequence[str], actual: Sequence[str]) -> list[str]:
    """What a page should show for `actual`, as many lines before and after its `…` as it shows now."""
    if ELISION not in expected:
        return list(actual)
    head = expected.index(ELISION)
    tail = list(reversed(expected)).index(ELISION)
    return [*actual[:head], ELISION, *(actual[-tail:] if tail else ())]


def trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without empty ones at the end."""
    found = list(lines)
    while found and not found[-1]:
        found.pop()
    return found
