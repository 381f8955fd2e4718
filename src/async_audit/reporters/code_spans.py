"""Sentences about code: which parts of them are code, as their backticks say."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPAN = re.compile(r"`([^`]+)`")


def code_spans(sentence: str) -> Iterator[tuple[bool, str]]:
    """The parts of a sentence in order, each with whether it is code; a lone backtick is text."""
    end = 0
    for match in _SPAN.finditer(sentence):
        if match.start() > end:
            yield False, sentence[end : match.start()]
        yield True, match[1]
        end = match.end()
    if end < len(sentence):
        yield False, sentence[end:]
