"""The oracle has cases of both kinds for every rule whose findings a run can bear out."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.rulebook import rules
from tests.markers import MarkerKind, read_markers
from tests.oracle.claims import JUDGED
from tests.oracle.compare import BLOCKS, MISUSE, QUERIES, SEEN_AT_LINE, SEEN_IN_FUNCTION
from tests.oracle.functions import FIXTURES, Function, coroutines
from tests.oracle.ways import RULES

ROOT = FIXTURES / "rules"
CODES = [rule.code for rule in rules() if rule.code.startswith(JUDGED)]
FEWEST = 3


def judged_in(code: str) -> list[Function]:
    """The coroutines in the folder of a rule that the oracle runs and judges."""
    (folder,) = ROOT.glob(f"{code.lower()}_*")
    return [
        function
        for function in coroutines(ROOT)
        if function.path.startswith(f"{folder.name}/") and function.key not in RULES.unjudged
    ]


def marked_in(function: Function, root: Path = ROOT) -> set[str]:
    """The codes that a run of the coroutine has to bear out."""
    return {
        marker.code
        for marker in read_markers(root)
        if marker.path == function.path
        and marker.line in function.lines
        and marker.kind in (MarkerKind.EXPECT, MarkerKind.OPTIONAL)
    }


def test_every_family_has_rules() -> None:
    assert {code[:4] for code in CODES} == set(JUDGED)


@pytest.mark.parametrize("code", CODES)
def test_cases_that_really_fail(code: str) -> None:
    found = [function.key for function in judged_in(code) if code in marked_in(function)]
    assert len(found) >= FEWEST, f"{code} has {len(found)} coroutines that must fail: {found}"


@pytest.mark.parametrize("code", CODES)
def test_cases_that_really_do_not(code: str) -> None:
    found = [function.key for function in judged_in(code) if not marked_in(function)]
    assert len(found) >= FEWEST, f"{code} has {len(found)} coroutines that must run clean: {found}"


@pytest.mark.parametrize("code", CODES)
def test_the_oracle_knows_what_shows_it(code: str) -> None:
    assert code in SEEN_AT_LINE or code in SEEN_IN_FUNCTION
    assert code in QUERIES | BLOCKS | MISUSE
