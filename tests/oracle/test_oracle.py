"""The fixtures' markers are what real Django does. `make test` runs this where Django is installed."""

from __future__ import annotations

import sys

import pytest

from tests.oracle.ways import WAYS

VERIFIED_WITH = (5, 2)
"""What raises is the same in every version; which twins exist and what hashes on the loop is not."""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the fixtures use asyncio.TaskGroup")
@pytest.mark.skipif(sys.platform == "win32", reason="each run is a forked process")
@pytest.mark.parametrize("project", sorted(WAYS))
def test_django_bears_the_markers_out(project: str) -> None:
    django = pytest.importorskip("django")
    for module in ("blockbuster", "httpx", *WAYS[project].requires):
        pytest.importorskip(module)
    if django.VERSION[:2] != VERIFIED_WITH:
        pytest.skip("the markers are those of Django 5.2")
    from tests.oracle.compare import Comparison  # noqa: PLC0415 - it needs what is skipped without

    comparison = Comparison(project)
    assert comparison.functions
    problems = comparison.disagreements()
    assert not problems, "\n" + "\n".join(problems)
