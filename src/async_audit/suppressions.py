"""Comments that silence findings, and which of them silence nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOQA = re.compile(r"#\s*noqa\b(?:\s*:\s*(?P<codes>[A-Z]+[0-9]*(?:[\s,]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*async-audit\s*:\s*ignore(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: on which line, and the beginnings of codes it silences (empty: all of them)."""

    line: int
    codes: tuple[str, ...]

    def silences(self, code: str) -> bool:
        """Whether a finding of that code on the line is silenced."""
        return not self.codes or any(code.startswith(prefix) for prefix in self.codes)

    @property
    def own_codes(self) -> tuple[str, ...]:
        """The codes of ours that the comment names."""
        return tuple(code for code in self.codes if code.startswith("DJA"))


def parse(comments: tuple[tuple[int, str], ...]) -> tuple[Suppression, ...]:
    """The suppressions among a module's comments."""
    found: list[Suppression] = []
    for line, text in comments:
        for pattern in (_NOQA, _IGNORE):
            match = pattern.search(text)
            if match is not None:
                codes = re.split(r"[\s,]+", (match["codes"] or "").strip().upper())
                found.append(Suppression(line, tuple(code for code in codes if code)))
    return tuple(found)
