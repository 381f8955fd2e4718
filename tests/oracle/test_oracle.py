"""What is found in the fixtures, and what their markers say, is what real Django does.

`make test` runs this with the installed Django, `nox -s oracle` with every supported version.
"""

from __future__ import annotations

import sys

import pytest

from tests.oracle.ways import WAYS

MARKED_FOR = (5, 2)
"""What raises is the same in every version; which twins exist and what hashes on the loop is not."""

pytestmark = [
    pytest.mark.skipif(sys.version_info < (3, 11), reason="the fixtures use asyncio.TaskGroup"),
    pytest.mark.skipif(sys.platform == "win32", reason="each run is a forked process"),
]


@pytest.mark.parametrize("project", sorted(WAYS))
def test_django_bears_the_analysis_and_the_markers_out(project: str) -> None:
    django = pytest.importorskip("django")
    for module in ("blockbuster", "httpx", *WAYS[project].requires):
        pytest.importorskip(module)
    from tests.oracle.claims import claims_of_analysis, claims_of_markers  # noqa: PLC0415 - see below
    from tests.oracle.compare import Comparison, drive  # noqa: PLC0415 - they need what is skipped without
    from tests.oracle.measure import Counts  # noqa: PLC0415 - as above

    result = drive(project)
    counts = Counts()
    counts.add(project, Comparison(project, claims_of_analysis(project, django.VERSION[:2]), result))
    assert counts.agreeing
    assert counts.borne_out
    problems = counts.problems
    if django.VERSION[:2] == MARKED_FOR:
        problems += Comparison(project, claims_of_markers(project), result).disagreements()
    assert not problems, "\n" + "\n".join(map(str, problems))
