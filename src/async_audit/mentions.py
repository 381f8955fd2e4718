"""What the bytes of a file are searched for, so that most files need no parse.

A pattern takes longer over a file than reading it. Each match of a mention has one of its words in it, and
searching for a plain word takes a tenth of that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """A pattern, and the words of which each match of it has one."""

    pattern: re.Pattern[bytes]
    words: tuple[bytes, ...]

    def search(self, content: bytes) -> re.Match[bytes] | None:
        """The first match in `content`; nothing where there is none."""
        # A loop, since a generator costs as much as the search of a small file.
        for word in self.words:
            if word in content:
                return self.pattern.search(content)
        return None


def mention(pattern: bytes, *words: bytes, flags: int = 0) -> Mention:
    """The mention of a pattern, each match of which has one of `words` in it."""
    return Mention(re.compile(pattern, flags), words)
