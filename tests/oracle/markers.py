"""Read the markers of a fixture project.

`# expect: CODE …` must be reported on the line, `# expect-optional: CODE …` must be reported once the rule is
selected, `# allow: CODE …` may be reported; nothing else may.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

MARKER = re.compile(r"#\s*(expect|expect-optional|allow):\s*((?:DJA\d{3}\s*)+)")


@dataclass
class Markers:
    """The codes of each (path, line), by kind of marker."""

    expect: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    optional: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    allow: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def codes(self, path: str, line: int) -> set[str]:
        """Return every code that a marker names on the line."""
        place = (path, line)
        return set().union(*(kind.get(place, ()) for kind in (self.expect, self.optional, self.allow)))


def read_markers(root: Path) -> Markers:
    """Return the markers of all Python files below root, by path relative to root."""
    found = Markers()
    kinds = {"expect": found.expect, "expect-optional": found.optional, "allow": found.allow}
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root).as_posix()
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            if token.type == tokenize.COMMENT:
                for kind, codes in MARKER.findall(token.string):
                    kinds[kind].setdefault((relative, token.start[0]), set()).update(codes.split())
    return found
