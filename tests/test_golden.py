"""The analysis core: what it believes of small projects, one for each feature of the language or Django.

`pytest --update-golden` writes the golden files anew; read the difference before it is committed.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.goldens import EXPECTED, FEATURES, GOLDEN, Golden, golden_of, rendered

SEEDS = (1, 2, 3)
KEPT = {"__init__", "models", "settings", "shop"}
"""Words in the projects that are not only the name of one of their modules."""

each_feature = pytest.mark.parametrize("feature", FEATURES)


def expected(feature: str) -> Golden:
    golden: Golden = json.loads((GOLDEN / feature / EXPECTED).read_text(encoding="utf-8"))
    return golden


def modules_of(feature: str) -> list[str]:
    return sorted({path.stem for path in (GOLDEN / feature).rglob("*.py")} - KEPT)


def renamed(feature: str, old: str, new: str, root: Path) -> tuple[Path, Golden]:
    """The project with one name changed wherever the word occurs, and its golden file so changed."""
    word = re.compile(rf"\b{old}\b")
    for path in (GOLDEN / feature).rglob("*.py"):
        relative = word.sub(new, path.relative_to(GOLDEN / feature).as_posix())
        target = root / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(word.sub(new, path.read_text(encoding="utf-8")), encoding="utf-8")
    text = (GOLDEN / feature / EXPECTED).read_text(encoding="utf-8")
    golden: Golden = json.loads(word.sub(new, text))
    return root, golden


@each_feature
def test_the_analysis_agrees_with_the_golden_file(feature: str, pytestconfig: pytest.Config) -> None:
    found = golden_of(GOLDEN / feature)
    if pytestconfig.getoption("update_golden"):
        (GOLDEN / feature / EXPECTED).write_text(rendered(found), encoding="utf-8")
    assert found == expected(feature)


@each_feature
def test_no_golden_file_is_stale(feature: str) -> None:
    folder = GOLDEN / feature
    assert any(folder.rglob("*.py")), "a golden file without its project"
    others = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert others == [folder / EXPECTED]
    text = (folder / EXPECTED).read_text(encoding="utf-8")
    assert text == rendered(json.loads(text)), "changed by hand: run `pytest --update-golden`"


@each_feature
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_in_which_functions_are_audited_changes_nothing(feature: str, seed: int) -> None:
    assert golden_of(GOLDEN / feature, seed) == expected(feature)


@each_feature
@pytest.mark.parametrize("prefix", ["aa_", "zz_"])
def test_the_name_of_a_module_changes_only_names(feature: str, prefix: str, tmp_path: Path) -> None:
    for module in modules_of(feature):
        root, golden = renamed(feature, module, f"{prefix}{module}", tmp_path / module)
        assert golden_of(root) == golden
        shutil.rmtree(root)


@each_feature
def test_the_name_of_the_package_changes_only_names(feature: str, tmp_path: Path) -> None:
    root, golden = renamed(feature, "shop", "store", tmp_path)
    assert golden_of(root) == golden
