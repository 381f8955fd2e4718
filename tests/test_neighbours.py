"""Living beside other tools that read the same files: ruff, flake8-django, mypy."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from async_audit.cli import main
from tests.projects import SHOP, write_project

NEEDED = "import time\n\n\nasync def view(request):\n    time.sleep(1)\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose one finding a comment silences that `--add-noqa` wrote."""
    root = write_project(tmp_path, {**SHOP, "shop/views.py": NEEDED})
    assert CliRunner().invoke(main, ["scan", "--add-noqa", str(root)]).exit_code == 0
    assert "# noqa: DJA201" in (root / "shop" / "views.py").read_text(encoding="utf-8")
    return root


def run(folder: Path, *command: str) -> tuple[int, str]:
    """The status and the output of a Python tool."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("selekt = []", (), "[tool.async-audit] has no option 'selekt'"),
        ("select = ['DJA9999']", (), "no rule has a code that begins with 'DJA9999'"),
        ("", ("--django-version", "new"), "--django-version: 'new' is no Django version"),
    ],
)
def test_flake8_says_in_one_line_what_cannot_be_used(
    table: str, arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    files = {**SHOP, "shop/views.py": NEEDED, "pyproject.toml": f"[tool.async-audit]\n{table}\n"}
    status, said = run(write_project(tmp_path, files), "flake8", "--isolated", *arguments, "shop/views.py")
    assert status == 1
    assert f"async-audit: {message}" in said.replace(f"{tmp_path / 'pyproject.toml'}: ", "").replace(
        "[tool.async-audit] select: ", ""
    )
    assert "Traceback" not in said


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
class TestRuff:
    UNUSED = ("ruff", "check", "--isolated", "--no-cache", "--select", "RUF100,RUF102", "--preview")

    def test_it_takes_our_codes_for_mistakes(self, shop: Path) -> None:
        status, said = run(shop, *self.UNUSED, "shop/views.py")
        assert status == 1
        assert "DJA201" in said

    def test_until_it_is_told_of_them(self, shop: Path) -> None:
        status, said = run(shop, *self.UNUSED, "--config", 'lint.external = ["DJA"]', "shop/views.py")
        assert (status, said.strip()) == (0, "All checks passed!")

    def test_it_then_leaves_the_comment_when_it_repairs(self, shop: Path) -> None:
        repair = (*self.UNUSED, "--fix", "--config", 'lint.external = ["DJA"]')
        before = (shop / "shop" / "views.py").read_text(encoding="utf-8")
        write_project(shop, {"shop/views.py": before.replace("DJA201", "E501, DJA201")})
        assert run(shop, *repair, "shop/views.py")[0] == 0
        assert (shop / "shop" / "views.py").read_text(encoding="utf-8") == before


@pytest.mark.skipif(
    find_spec("flake8_django") is None,
    reason="flake8-django, which needs flake8 before 7, is absent",
)
class TestFlake8Django:
    MODEL = "from django.db import models\n\n\nclass A(models.Model):\n    a = models.CharField(null=True)\n"

    @pytest.mark.parametrize(
        ("select", "expected"),
        [
            ("DJ", ["DJ01", "DJA201"]),
            ("DJ0,DJ1", ["DJ01"]),
            ("DJA", ["DJA201"]),
            ("DJ0,DJ1,DJA1", ["DJ01"]),
        ],
    )
    def test_whose_codes_begin_as_ours(self, select: str, expected: list[str], tmp_path: Path) -> None:
        root = write_project(tmp_path, {**SHOP, "shop/both.py": f"{self.MODEL}\n\n{NEEDED}"})
        _, said = run(root, "flake8", "--isolated", f"--select={select}", "shop/both.py")
        assert [line.split()[1] for line in said.splitlines()] == expected


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_comments_for_mypy_keep_their_meaning(tmp_path: Path) -> None:
    source = "import time\n\n\nasync def view() -> None:\n    time.sleep('')  # type: ignore[arg-type]\n"
    root = write_project(tmp_path, {**SHOP, "shop/views.py": source})
    strict = ("mypy", "--strict", "--no-incremental", "--config-file=", "shop/views.py")
    assert run(root, *strict)[0] == 0
    assert CliRunner().invoke(main, ["scan", "--add-noqa", str(root)]).exit_code == 0
    text = (root / "shop" / "views.py").read_text(encoding="utf-8")
    assert "# type: ignore[arg-type]  # noqa: DJA201\n" in text
    status, said = run(root, *strict)
    assert status == 0, said
