"""The whole evidence for one function, as `async-audit why` prints it."""

from __future__ import annotations

from async_audit.findings import Evidence
from async_audit.reporters.visible import visible


def render(evidence: Evidence) -> str:
    """What the function does on the event loop, what it awaits, what its variables are, what is unknown."""
    lines = [f"{evidence.function}  ({evidence.location.path}:{evidence.location.line})"]
    lines.append("  runs on the event loop" if evidence.on_loop else "  runs where it is called from")
    for title, rows in (
        ("does async add anything", evidence.verdict),
        ("what it waits for", evidence.waits),
        ("what becomes of it", evidence.outcomes),
        ("what it does", evidence.effects),
        ("what it awaits", evidence.awaits),
        ("what its variables are", evidence.values),
        ("what is not known", evidence.unknown),
    ):
        if rows:
            lines.extend(("", f"  {title}:"))
            lines.extend(f"    {row}" for row in rows)
    return "\n".join(visible(line) for line in lines) + "\n"
