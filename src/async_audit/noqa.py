"""`noqa` comments for the findings of a report, written into the project's files.

A comment goes to the end of a finding's line or, where a string or a backslash joins lines, of the last of
them. A `noqa` that is there gets the code added. Encodings, byte order marks and line ends stay as they are,
and a file is only written where Python still reads the same program in it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from async_audit.atomic_files import replace_file
from async_audit.findings import Finding, Report
from async_audit.suppressions import noqa_codes
from async_audit.syntax.joined_lines import last_lines

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_NEWLINE = re.compile(r"\r\n?")
_UNUSED_SUPPRESSION = "DJA902"
_UNREADABLE = "DJA901"


@dataclass(frozen=True)
class Written:
    """How many lines of how many files got a comment, and which files were left alone and why."""

    lines: int
    files: int
    left: tuple[tuple[str, str], ...]


class _LeftAloneError(Exception):
    """A file that is not to be changed, and why."""


def add_noqa(report: Report) -> Written:
    """Write a comment for each finding. Raises `NotWrittenError` where a file does not take it."""
    wanted: dict[str, dict[int, set[str]]] = {}
    for finding in _silenceable(report):
        lines = wanted.setdefault(finding.location.path, {})
        lines.setdefault(finding.location.line, set()).add(finding.code)
    changed = files = 0
    left: list[tuple[str, str]] = []
    for path, lines in wanted.items():
        file = Path(report.root, path)
        try:
            content, number = _commented(file, lines)
        except _LeftAloneError as reason:
            left.append((path, str(reason)))
            continue
        if number:
            replace_file(file, content)
            changed, files = changed + number, files + 1
    return Written(changed, files, tuple(left))


def _silenceable(report: Report) -> Iterator[Finding]:
    """The findings that a comment on their line can silence."""
    return (finding for finding in report.findings if finding.code not in {_UNUSED_SUPPRESSION, _UNREADABLE})


def _commented(file: Path, lines: Mapping[int, set[str]]) -> tuple[bytes, int]:
    """The content of the file with the comments, and how many lines differ."""
    if file.suffix != ".py":
        raise _LeftAloneError("it is no Python, write the comment by hand")
    try:
        content = file.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (OSError, SyntaxError, ValueError) as error:
        raise _LeftAloneError(f"it cannot be read: {error}") from error
    changed, number = with_comments(text, lines)
    if not _is_same_program(text, changed):
        raise _LeftAloneError("its lines cannot take a comment, write it by hand")
    return changed.encode(encoding), number


def with_comments(text: str, wanted: Mapping[int, set[str]]) -> tuple[str, int]:
    """The source with a `noqa` for the codes wanted in each line, and how many lines differ."""
    normal = _NEWLINE.sub("\n", text)
    last = last_lines(normal)
    codes: dict[int, set[str]] = {}
    for line, found in wanted.items():
        codes.setdefault(last.get(line, line), set()).update(found)
    comments = _comments(normal)
    lines = _LINE.findall(text)
    number = 0
    for line, found in codes.items():
        if not 0 < line <= len(lines):
            continue
        before = lines[line - 1]
        lines[line - 1] = _with_codes(before, comments.get(line), sorted(found))
        number += lines[line - 1] != before
    return "".join(lines), number


def _with_codes(line: str, comment: int | None, codes: list[str]) -> str:
    """A line, whose comment begins at that column, with a `noqa` for the codes."""
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    if comment is not None:
        known = noqa_codes(body[comment:])
        if known is not None:
            names, position = known
            missing = [code for code in codes if not any(code.startswith(name.upper()) for name in names)]
            if not names or not missing:
                return line
            cut = comment + position
            return f"{body[:cut]}, {', '.join(missing)}{body[cut:]}{end}"
    return f"{body.rstrip()}  # noqa: {', '.join(codes)}{end}"


def _comments(source: str) -> dict[int, int]:
    """The columns at which comments begin, by line."""
    found: dict[int, int] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.start[1]
    except (tokenize.TokenError, SyntaxError):
        # What this Python cannot read is compared as a program before it is written.
        return found
    return found


def _is_same_program(before: str, after: str) -> bool:
    """Whether Python reads the same in both; not where it cannot read them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
