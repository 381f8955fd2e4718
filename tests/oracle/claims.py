"""What is claimed of the lines of a fixture project: by its markers, or by the analysis of one version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from async_audit.config import Config, everything
from async_audit.engine import audit
from async_audit.findings import Confidence
from tests.markers import MarkerKind, Place, read_markers
from tests.oracle.functions import FIXTURES

JUDGED = ("DJA1", "DJA2", "DJA4")
"""The families of rules whose findings a run can bear out."""


@dataclass(frozen=True)
class Claims:
    """The codes said of each line, and the places that a run has to bear out."""

    codes: Mapping[tuple[str, int], frozenset[str]]
    certain: frozenset[Place]

    @classmethod
    def of(cls, said: Iterable[Place], certain: Iterable[Place]) -> Claims:
        """Claims of the judged families; the others say nothing about a failure."""
        codes: dict[tuple[str, int], set[str]] = defaultdict(set)
        for path, line, code in said:
            if code.startswith(JUDGED):
                codes[path, line].add(code)
        return cls(
            {where: frozenset(found) for where, found in codes.items()},
            frozenset(place for place in certain if place[2].startswith(JUDGED)),
        )


def claims_of_markers(project: str) -> Claims:
    """What the comments of the project say, which is meant for Django 5.2."""
    markers = read_markers(FIXTURES / project)
    must_be_found = (MarkerKind.EXPECT, MarkerKind.OPTIONAL)
    expected = (marker.place for marker in markers if marker.kind in must_be_found)
    return Claims.of((marker.place for marker in markers), expected)


def claims_of_analysis(project: str, django: tuple[int, int]) -> Claims:
    """What the analysis says of the project under a version of Django, every rule on.

    A line with an `allow` marker may do what the marker says whether or not it is found there: what it does
    follows from another line that has the finding.
    """
    root = FIXTURES / project
    report = audit([root], everything(Config(), django), root=root)
    places = {
        (finding.location.path, finding.location.line, finding.code): finding.confidence
        for finding in sorted(report.findings, key=lambda finding: finding.confidence is Confidence.CERTAIN)
    }
    allowed = (mark.place for mark in read_markers(root) if mark.kind is MarkerKind.ALLOW)
    return Claims.of(
        (*places, *allowed), (place for place, sure in places.items() if sure is Confidence.CERTAIN)
    )


def known_misses(project: str) -> frozenset[tuple[str, int]]:
    """The lines whose marker says that a finding is missing there."""
    return frozenset(
        (marker.path, marker.line)
        for marker in read_markers(FIXTURES / project)
        if marker.kind is MarkerKind.MISS
    )
