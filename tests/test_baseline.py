"""Known findings: counted by file and rule, hidden while they are no more, lowered when they are fewer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from async_audit.cli import main
from tests.projects import SHOP, write_project

TWO = "import time\n\n\nasync def one():\n    time.sleep(1)\n\n\nasync def two():\n    time.sleep(1)\n"
ONE = "import time\n\n\nasync def one():\n    time.sleep(1)\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with two findings in one file and one in another, all of them known."""
    write_project(tmp_path, {**SHOP, "shop/a.py": TWO, "shop/b.py": ONE})
    assert run(tmp_path, "--update-baseline").exit_code == 0
    return tmp_path


def run(shop: Path, *arguments: object) -> Result:
    """A concise scan of the project."""
    given = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, ["scan", "--format", "concise", *given, str(shop)])


def scan(shop: Path, *arguments: object) -> Result:
    """A concise scan with the baseline."""
    return run(shop, "--baseline", baseline(shop), *arguments)


def baseline(shop: Path) -> Path:
    return shop / "async-audit-baseline.json"


def counts(shop: Path) -> dict[str, dict[str, int]]:
    """What the baseline holds."""
    written: dict[str, dict[str, int]] = json.loads(baseline(shop).read_text(encoding="utf-8"))["counts"]
    return written


def places(result: Result) -> list[str]:
    """File and line of each finding that is shown."""
    return [":".join(line.split("shop/")[-1].split(":")[:2]) for line in result.stdout.splitlines()]


def test_what_is_written(shop: Path) -> None:
    assert counts(shop) == {"shop/a.py": {"DJA201": 2}, "shop/b.py": {"DJA201": 1}}
    # A line for each count, so that changes on two branches merge.
    assert '  "shop/a.py": {\n   "DJA201": 2\n  }' in baseline(shop).read_text(encoding="utf-8")


def test_known_findings_fail_no_run(shop: Path) -> None:
    result = scan(shop)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "3 known findings not shown" in result.stderr


def test_moved_lines_stay_known(shop: Path) -> None:
    write_project(shop, {"shop/a.py": f'"""Views."""\n\nX = 1\n\n\n{TWO}'})
    assert scan(shop).exit_code == 0


def test_a_new_finding_is_shown_with_its_like(shop: Path) -> None:
    write_project(shop, {"shop/a.py": f"{TWO}    time.sleep(2)\n"})
    result = scan(shop)
    assert (result.exit_code, places(result)) == (1, ["a.py:5", "a.py:9", "a.py:10"])
    assert "shop/a.py: 3 findings of DJA201, 2 are known; all of them are shown" in result.stderr
    assert counts(shop)["shop/a.py"] == {"DJA201": 2}


def test_a_new_file_and_a_new_rule_are_shown(shop: Path) -> None:
    write_project(shop, {"shop/c.py": ONE, "shop/b.py": f"import os\n{ONE}    os.system('x')\n"})
    assert places(scan(shop)) == ["b.py:7", "c.py:5"]


def test_it_shrinks_by_itself(shop: Path) -> None:
    write_project(shop, {"shop/a.py": ONE})
    result = scan(shop)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "lowered by 1, as many findings are gone" in result.stderr
    assert counts(shop) == {"shop/a.py": {"DJA201": 1}, "shop/b.py": {"DJA201": 1}}
    write_project(shop, {"shop/a.py": TWO})
    assert scan(shop).exit_code == 1


def test_what_is_not_lowered_is_not_written(shop: Path) -> None:
    before = baseline(shop).stat().st_mtime_ns, baseline(shop).stat().st_ino
    scan(shop)
    assert (baseline(shop).stat().st_mtime_ns, baseline(shop).stat().st_ino) == before


def test_files_that_are_gone_leave_it(shop: Path) -> None:
    (shop / "shop" / "b.py").unlink()
    scan(shop)
    assert counts(shop) == {"shop/a.py": {"DJA201": 2}}


def test_what_a_run_could_not_find_stays(shop: Path) -> None:
    before = counts(shop)
    known = str(baseline(shop))
    only_b = ["scan", "--baseline", known, str(shop / "shop" / "b.py")]
    assert CliRunner().invoke(main, only_b).exit_code == 0
    assert scan(shop, "--select", "DJA1").exit_code == 0
    assert scan(shop, "--ignore", "DJA2").exit_code == 0
    write_project(shop, {"shop/a.py": "async def f(:\n"})
    assert scan(shop).exit_code == 1
    assert counts(shop) == before


def test_what_a_run_leaves_out_or_cannot_read_stays_known(shop: Path) -> None:
    before = counts(shop)
    assert scan(shop, "--exclude", "shop/b.py").exit_code == 0
    assert counts(shop) == before
    (shop / "shop/b.py").write_text(ONE + "(\n")
    assert scan(shop, "--select", "DJA2").exit_code == 0
    assert counts(shop) == before


def test_a_revision_that_is_none_writes_nothing(shop: Path) -> None:
    before = counts(shop)
    (shop / "shop/a.py").write_text(ONE)
    assert scan(shop, "--since", "nosuch").exit_code == 2
    assert counts(shop) == before


def test_an_update_of_a_part_keeps_the_rest(shop: Path) -> None:
    write_project(shop, {"shop/b.py": TWO, "shop/a.py": ONE})
    arguments = ["scan", "--update-baseline", "--baseline", str(baseline(shop)), str(shop / "shop" / "b.py")]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert counts(shop) == {"shop/a.py": {"DJA201": 2}, "shop/b.py": {"DJA201": 2}}


def test_the_configuration_names_it(shop: Path) -> None:
    baseline(shop).rename(shop / "known.json")
    write_project(shop, {"pyproject.toml": "[tool.async-audit]\nbaseline = 'known.json'\n"})
    assert run(shop).exit_code == 0
    write_project(shop, {"shop/c.py": ONE})
    assert run(shop).exit_code == 1
    assert run(shop, "--update-baseline").exit_code == 0
    assert run(shop).exit_code == 0
    assert not baseline(shop).exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such baseline"),
        ("{", "cannot be read as a baseline"),
        ("[]", "is no baseline of form 1"),
        ('{"schema": 2, "counts": {}}', "is no baseline of form 1"),
        ('{"schema": 1}', "`counts` must be numbers by code by path"),
        ('{"schema": 1, "counts": {"a.py": {"DJA201": "2"}}}', "correct 'a.py'"),
        ('{"schema": 1, "counts": {"a.py": 2}}', "correct 'a.py'"),
        ("[" * 100_000, "cannot be read as a baseline"),
    ],
)
def test_a_baseline_that_is_none(content: str | None, message: str, shop: Path) -> None:
    if content is None:
        baseline(shop).unlink()
    else:
        baseline(shop).write_text(content, encoding="utf-8")
    result = scan(shop)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "async-audit-baseline.json" in result.stderr


@pytest.mark.parametrize("option", [["--since", "HEAD"], ["--add-noqa"]])
def test_an_update_takes_everything(option: list[str], shop: Path) -> None:
    result = run(shop, "--update-baseline", *option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "leave out --since and --add-noqa" in result.stderr


class TestPerFileIgnores:
    @pytest.mark.parametrize(
        ("table", "expected"),
        [
            ('"shop/a.py" = ["DJA201"]', ["b.py:5"]),
            ('"shop/a.py" = ["DJA2"]', ["b.py:5"]),
            ('"*/a.py" = ["dja2"]', ["b.py:5"]),
            ('"shop" = ["DJA"]', []),
            ('"shop/*" = ["DJA1"]', ["a.py:5", "a.py:9", "b.py:5"]),
            ('"tests/*" = ["DJA"]', ["a.py:5", "a.py:9", "b.py:5"]),
            ('"shop/a.py" = ["DJA1"]\n"*.py" = ["DJA201"]', []),
        ],
    )
    def test_findings_are_left_out(self, table: str, expected: list[str], shop: Path) -> None:
        write_project(shop, {"pyproject.toml": f"[tool.async-audit.per-file-ignores]\n{table}\n"})
        assert places(run(shop)) == expected

    def test_unreadable_files(self, shop: Path) -> None:
        table = '[tool.async-audit.per-file-ignores]\n"shop" = ["DJA9"]\n'
        write_project(shop, {"pyproject.toml": table, "shop/a.py": "async def f(:\n"})
        assert places(run(shop)) == ["b.py:5"]

    def test_they_are_counted_as_suppressed(self, shop: Path) -> None:
        table = '[tool.async-audit.per-file-ignores]\n"shop/a.py" = ["DJA201"]\n'
        write_project(shop, {"pyproject.toml": table})
        report = json.loads(CliRunner().invoke(main, ["scan", "--format", "json", str(shop)]).stdout)
        assert report["project"]["counts"]["suppressed"] == 2


def test_who_has_no_baseline_yet_is_told_how_scans_find_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    hint = 'name it, so that scans use it: `baseline = "async-audit-baseline.json"` in pyproject.toml'
    assert hint in run(Path(), "--update-baseline").stderr
    assert hint not in run(Path(), "--update-baseline", "--baseline", "known.json").stderr
    write_project(shop, {"pyproject.toml": '[tool.async-audit]\nbaseline = "known.json"\n'})
    assert hint not in run(Path(), "--update-baseline").stderr
