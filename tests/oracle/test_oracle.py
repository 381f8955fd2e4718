"""The fixtures' markers are what real Django does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

for required in ("django", "blockbuster", "channels", "rest_framework", "httpx", "requests", "redis", "daphne"):
    pytest.importorskip(required)
if sys.version_info < (3, 12):
    pytest.skip("the oracle traces lines with sys.monitoring", allow_module_level=True)

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import ways  # noqa: E402
from drive import FIXTURES  # noqa: E402
from markers import read_markers  # noqa: E402


@pytest.mark.parametrize("project", sorted(ways.SETTINGS))
def test_markers_are_borne_out_by_django(project: str) -> None:
    """A marked line fails as marked; everything else runs clean."""
    result = compare.drive(project)
    problems = compare.disagreements(result, read_markers(FIXTURES / project), set(ways.PERMITTED.get(project, ())))
    assert result["functions"]
    assert not problems, "\n".join(problems)
