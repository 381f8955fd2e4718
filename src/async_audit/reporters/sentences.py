"""A finding in words: its message, its confidence and its chain, made safe to show."""

from __future__ import annotations

from async_audit.findings import Confidence, Finding
from async_audit.reporters.visible import visible


def message_of(finding: Finding) -> str:
    """The message on one line, `likely:` before it where the finding is no more than that."""
    message = visible(finding.message)
    return f"likely: {message}" if finding.confidence is Confidence.LIKELY else message


def chain_of(finding: Finding) -> list[str]:
    """A line for each step of the chain: where it is, in which function, and what happens there."""
    return [
        f"{visible(step.location.path)}:{step.location.line}  {visible(step.function)} — {visible(step.note)}"
        for step in finding.chain
    ]
