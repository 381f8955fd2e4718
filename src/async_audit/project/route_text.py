"""Routes as text: joined, and read out of regular expressions."""

from __future__ import annotations

import re

UNKNOWN = "…"
"""Stands in a route for a part that is not constant."""


def joined(prefix: str, route: str) -> str:
    """A route below a prefix."""
    return f"{prefix}/{route}" if prefix.endswith(UNKNOWN) and route[:1] not in {"", "/"} else prefix + route


def simplified(pattern: str) -> str:
    """A regular expression as a route: named groups as `<name>`, others as `<var>`, anchors left out."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            following = pattern[at + 1 : at + 2]
            out.append("" if following in "AZbB" else char + following if following.isalnum() else following)
            at += 2
        elif char == "(" and not pattern.startswith("(?:", at):
            end = _closing(pattern, at)
            name = re.match(r"\(\?P<(\w+)>", pattern[at:end])
            out.append(f"<{name[1]}>" if name else "" if pattern.startswith("(?", at) else "<var>")
            at = end + 1 if pattern[end : end + 1] in {"?", "*", "+"} else end
        else:
            out.append("" if char in "^$?()" else char)
            at += 3 if char == "(" else 1
    return "".join(out)


def _closing(pattern: str, start: int) -> int:
    """The offset behind the parenthesis that closes the one at `start`."""
    level = 0
    for part in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]", pattern[start:], re.DOTALL):
        level += {"(": 1, ")": -1}.get(part[0], 0)
        if not level:
            return start + part.end()
    return len(pattern)
