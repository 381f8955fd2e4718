"""What an audit says: locations, steps of a chain, findings and the report.

A leaf of the package: it imports nothing of ours, so that every other layer can speak in its terms.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How much a finding matters: an `INFO` never fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(enum.Enum):
    """How sure a finding is: `LIKELY` where a documented convention filled a gap."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span of source. Lines and columns count from 1; the end column is one past the last character."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: where it is, in which function, and what happens there."""

    location: Location
    function: str
    note: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule, with the chain of calls that is its evidence."""

    code: str
    slug: str
    severity: Severity
    confidence: Confidence
    location: Location
    function: str
    message: str
    chain: tuple[Step, ...] = ()

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        """The order in which findings are shown: by place, then code, then text."""
        return (self.location, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not audited, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer of one audit. `suppressed` counts findings that a comment silenced."""

    root: str
    django: str
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    suppressed: int = 0
    files: int = 0
    coroutines: int = 0
    unresolved: tuple[tuple[str, int], ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a finding is more than advice."""
        return any(finding.severity is not Severity.INFO for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is believed of one function, in words, a row each."""

    function: str
    location: Location
    on_loop: bool
    effects: tuple[str, ...]
    awaits: tuple[str, ...]
    values: tuple[str, ...]
    unknown: tuple[str, ...]
