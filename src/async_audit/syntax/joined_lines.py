"""Lines that Python reads as one, since a string or a backslash goes on: only the last can hold a comment."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

_NEWLINE = re.compile(r"\r\n?")


def first_lines(source: str) -> dict[int, int]:
    """The first of the lines that are joined, by each of them; lines that stand alone are left out.

    They are those that flake8 searches for one `noqa` comment. Source that this Python cannot split into
    tokens has none.
    """
    return {line: group[0] for group in _joined(source) for line in group}


def last_lines(source: str) -> dict[int, int]:
    """The last of the lines that are joined, by each of them; lines that stand alone are left out."""
    return {line: group[-1] for group in _joined(source) for line in group}


def _joined(source: str) -> Iterator[range]:
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(_NEWLINE.sub("\n", source)).readline):
            if token.type in {tokenize.DEDENT, tokenize.ENDMARKER}:
                continue
            first = first or token.start[0]
            if token.type in {tokenize.NL, tokenize.NEWLINE}:
                if token.start[0] > first:
                    yield range(first, token.start[0] + 1)
                first = 0
    except (tokenize.TokenError, SyntaxError):
        return
