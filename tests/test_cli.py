"""The command line: exit statuses, options, formats, and what it says when it cannot run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from async_audit._version import __version__
from async_audit.cli import main
from async_audit.rulebook import rules
from tests.projects import FIXTURES, SHOP, write_project

VIEWS = """\
import hashlib
import time
from shop.models import Book


def first():
    return Book.objects.first()


async def view(request):
    time.sleep(1)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 600_000)
    return first()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with one finding each of DJA201, DJA208 and DJA110."""
    return write_project(tmp_path / "project", {**SHOP, "shop/views.py": VIEWS})


def run(*arguments: object) -> Result:
    """The command line with these arguments, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def codes(result: Result) -> list[str]:
    """The codes in a concise report."""
    return [line.split(": ")[1].split()[0] for line in result.stdout.splitlines()]


def document(*arguments: object) -> dict[str, Any]:
    """The JSON report of a scan."""
    parsed: dict[str, Any] = json.loads(run("scan", "--format", "json", *arguments).stdout)
    return parsed


class TestExitStatus:
    def test_findings(self, shop: Path) -> None:
        assert run("scan", "--format", "concise", shop).exit_code == 1

    def test_nothing_found(self, tmp_path: Path) -> None:
        result = run("scan", "--format", "concise", write_project(tmp_path, SHOP))
        assert (result.exit_code, result.stdout) == (0, "")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        result = run("scan", "--format", "concise", tmp_path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "no Python file" in result.stderr

    def test_advice_fails_no_run(self, shop: Path) -> None:
        result = run("scan", "--format", "concise", "--select", "DJA208", shop)
        assert (result.exit_code, codes(result)) == (0, ["DJA208"])

    @pytest.mark.parametrize(
        "arguments", [["nowhere"], [".", "nowhere"], ["nowhere", "."], ["manage.py/nowhere"]]
    )
    def test_a_bad_path_is_named_on_stderr(
        self, arguments: list[str], shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(shop)
        result = run("scan", "--format", "concise", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "nowhere" in result.stderr

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--format", "xml"],
            ["--nothing"],
            ["--django-version", "new"],
            ["--django-version", "3.2"],
            ["--select", "DJA9999"],
            ["--select", "DJA2", "--ignore", "SYNC-ORM-CALL"],
            ["--extend-select", "E501"],
        ],
    )
    def test_bad_options(self, arguments: list[str], shop: Path) -> None:
        result = run("scan", *arguments, shop)
        assert (result.exit_code, result.stdout) == (2, "")
        assert arguments[-1] in result.stderr

    def test_a_bad_configuration_is_named(self, shop: Path) -> None:
        write_project(shop, {"pyproject.toml": "[tool.async-audit]\nselekt = []\n"})
        result = run("scan", shop)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "pyproject.toml" in result.stderr
        assert "selekt" in result.stderr

    def test_an_unreadable_file_is_a_finding(self, shop: Path) -> None:
        write_project(shop, {"shop/bad.py": "async def f(:\n"})
        result = run("scan", "--format", "concise", "--select", "DJA901", shop)
        assert (result.exit_code, codes(result)) == (1, ["DJA901"])
        assert "shop/bad.py:1" in result.stdout

    @pytest.mark.parametrize("path", ["notes.txt", "node_modules/a.py"])
    def test_a_file_that_is_not_audited_is_said_not_to_be(self, path: str, shop: Path) -> None:
        write_project(shop, {path: "import time\n\n\nasync def f():\n    time.sleep(1)\n"})
        result = run("scan", "--format", "concise", shop / path)
        if path.endswith(".py"):
            assert (result.exit_code, codes(result), result.stderr) == (1, ["DJA201"], "")
        else:
            assert (result.exit_code, result.stdout) == (2, "")
            assert path in result.stderr
        both = run("scan", "--format", "concise", shop / path, shop / "shop")
        assert (both.exit_code, "DJA110" in codes(both)) == (1, True)


class TestOptions:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], ["DJA201", "DJA110"]),
            (["--select", "DJA2"], ["DJA201", "DJA208"]),
            (["--select", "dja201"], ["DJA201"]),
            (["--select", "DJA201,DJA110"], ["DJA201", "DJA110"]),
            (["--select", "DJA201", "--select", "DJA110"], ["DJA201", "DJA110"]),
            (["--extend-select", "DJA208"], ["DJA201", "DJA208", "DJA110"]),
            (["--ignore", "DJA2"], ["DJA110"]),
            (["--ignore", "DJA201, DJA110"], []),
            (["--select", "DJA2", "--ignore", "DJA208"], ["DJA201"]),
            (["--exclude", "shop/views.py"], []),
            (["--exclude", "shop"], []),
            (["--exclude", "*.txt"], ["DJA201", "DJA110"]),
        ],
    )
    def test_selection(self, arguments: list[str], expected: list[str], shop: Path) -> None:
        assert codes(run("scan", "--format", "concise", *arguments, shop)) == expected

    def test_the_configuration_counts(self, shop: Path) -> None:
        write_project(shop, {"pyproject.toml": "[tool.async-audit]\nignore = ['DJA201']\n"})
        assert codes(run("scan", "--format", "concise", shop)) == ["DJA110"]
        assert codes(run("scan", "--format", "concise", "--ignore", "DJA110", shop)) == []
        assert codes(run("scan", "--format", "concise", shop / "shop" / "views.py")) == ["DJA110"]

    def test_this_folder_is_the_default(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(shop)
        assert run("scan", "--format", "concise").stdout == run("scan", "--format", "concise", shop).stdout

    def test_paths_are_below_the_root_wherever_one_stands(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(shop / "shop")
        assert document("views.py")["findings"][0]["path"] == "shop/views.py"

    def test_a_path_twice_is_a_path_once(self, shop: Path) -> None:
        assert codes(run("scan", "--format", "concise", shop, shop / "shop")) == ["DJA201", "DJA110"]

    def test_a_path_through_a_link(self, shop: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(shop, target_is_directory=True)
        assert codes(run("scan", "--format", "concise", tmp_path / "link")) == ["DJA201", "DJA110"]

    def test_a_path_through_a_link_inside_the_project(self, shop: Path) -> None:
        (shop / "current").symlink_to(shop / "shop", target_is_directory=True)
        assert codes(run("scan", "--format", "concise", shop / "shop")) == ["DJA201", "DJA110"]

    def test_the_django_version(self, shop: Path) -> None:
        assert document(shop, "--django-version", "4.2")["project"]["django"] == "4.2"
        assert document(shop)["project"]["django"] == "5.2"


class TestJson:
    def test_the_shape(self, shop: Path) -> None:
        report = document(shop)
        assert list(report) == ["schema", "tool", "root", "findings", "entry_points", "project", "skipped"]
        assert report["schema"] == 1
        assert report["tool"] == {"name": "async-audit", "version": __version__}
        assert report["root"] == shop.as_posix()
        assert isinstance(report["entry_points"], list)
        assert {"django", "counts"} <= set(report["project"])

    def test_a_finding(self, shop: Path) -> None:
        slept, through = document(shop)["findings"]
        assert list(slept) == [
            *("code", "slug", "severity", "confidence", "path", "line", "column"),
            *("end_line", "end_column", "function", "message", "chain", "fix"),
        ]
        assert (slept["code"], slept["slug"], slept["severity"]) == ("DJA201", "blocking-sleep", "error")
        assert (slept["confidence"], slept["function"]) == ("certain", "shop.views.view")
        assert [slept[key] for key in ("path", "line", "column", "end_line", "end_column")] == [
            "shop/views.py", 11, 5, 11, 18,
        ]  # fmt: skip
        assert (slept["chain"], slept["fix"]) == ([], None)
        (step,) = through["chain"]
        assert list(step) == ["path", "line", "column", "function", "note"]
        assert (step["path"], step["line"], step["column"]) == ("shop/views.py", 7, 12)

    def test_skipped_files(self, shop: Path) -> None:
        write_project(shop, {"shop/bad.py": "async def f(:\n"})
        (skipped,) = document(shop)["skipped"]
        assert skipped["path"] == "shop/bad.py"
        assert skipped["reason"]

    def test_counts(self, shop: Path) -> None:
        counts = document(shop)["project"]["counts"]
        assert (counts["files"], counts["coroutines"], counts["findings"], counts["suppressed"]) == (
            5,
            1,
            2,
            0,
        )

    def test_text_is_written_as_it_is(self, shop: Path) -> None:
        write_project(shop, {"shop/views.py": "import time\n\n\nasync def größe():\n    time.sleep(1)\n"})
        result = run("scan", "--format", "json", shop)
        assert "shop.views.größe" in result.stdout

    def test_two_runs_write_the_same_bytes(self) -> None:
        written = []
        for seed in ("1", "2"):
            command = [
                sys.executable,
                "-m",
                "async_audit",
                "scan",
                "--format",
                "json",
                str(FIXTURES / "bookshop"),
            ]
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run(command, capture_output=True, check=False, env=environment)
            assert done.returncode == 1, done.stderr
            written.append(done.stdout)
        assert written[0] == written[1]


class TestHostileSurroundings:
    @pytest.mark.parametrize(
        ("output_format", "encoding"),
        [
            *(("concise", "ascii"), ("json", "ascii"), ("text", "ascii"), ("text", "cp1252")),
            ("concise", "cp1252"),
            ("json", "cp1252"),
        ],
    )
    def test_an_output_that_cannot_write_every_character(
        self, output_format: str, encoding: str, shop: Path
    ) -> None:
        deep = "from shop.views import first\n\n\ndef f():\n    first()\n\n\nasync def größe():\n    f()\n"
        write_project(shop, {"shop/deep.py": deep})
        command = [sys.executable, "-m", "async_audit", "scan", "--format", output_format, str(shop)]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (1, b"")

    def test_a_reader_that_goes_away(self, shop: Path) -> None:
        command = f"'{sys.executable}' -m async_audit scan --format json '{shop}' | true"
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, text=True)
        assert "Traceback" not in done.stderr

    def test_a_file_name_that_is_no_text(self, shop: Path) -> None:
        name = os.fsencode(shop / "shop") + b"/\xff.py"
        Path(os.fsdecode(name)).write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n")
        command = [sys.executable, "-m", "async_audit", "scan", "--format", "concise", str(shop)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr

    def test_a_file_that_goes_away_while_it_is_read(self, shop: Path) -> None:
        (shop / "shop" / "gone.py").symlink_to(shop / "nowhere.py")
        assert run("scan", "--format", "concise", shop).exit_code == 1


class TestRule:
    def test_the_table(self) -> None:
        result = run("rule")
        assert result.exit_code == 0
        assert [line.split()[0] for line in result.stdout.splitlines()] == [rule.code for rule in rules()]

    def test_rules_that_are_off_are_said_to_be(self) -> None:
        off = [line.split()[0] for line in run("rule").stdout.splitlines() if "off by default" in line]
        assert off == [rule.code for rule in rules() if not rule.default]

    @pytest.mark.parametrize("name", ["DJA101", "dja101", "sync-orm-call"])
    def test_one_rule(self, name: str) -> None:
        result = run("rule", name)
        assert result.exit_code == 0
        assert result.stdout.startswith("# DJA101 sync-orm-call (error)\n")

    def test_no_rule(self) -> None:
        result = run("rule", "DJA999")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "DJA999" in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["scan", "--help"], ["rule", "-h"]])
def test_help(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_version() -> None:
    assert __version__ in run("--version").stdout


def test_every_option_is_explained() -> None:
    assert all(
        getattr(option, "help", "") or option.param_type_name == "argument"
        for command in every_command()
        for option in command.params
    )


def test_every_command_says_what_it_does() -> None:
    commands = every_command()
    assert len(commands) >= 4
    assert all(command.get_short_help_str() for command in commands)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"], ["report", "--help"]])
def test_help_is_not_kept_waiting_by_the_parser(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from async_audit.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "own = ('audit', 'baseline', 'cache', 'changes', 'discovery', 'engine', 'rulebook')\n"
        "unneeded = {'libcst', 'rich', *(f'async_audit.{name}' for name in own)}\n"
        "slow = unneeded & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(slow)}' if slow else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("mistyped", "said"),
    [
        ("scn", "No such command 'scn'. Did you mean 'scan'?"),
        ("verdict", "Did you mean 'verdicts'?"),
        ("manage.py", "Is it `async-audit scan manage.py`?"),
        ("xyz", "No such command 'xyz'."),
    ],
)
def test_a_mistyped_command(mistyped: str, said: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    result = run(mistyped)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def every_command() -> list[click.Command]:
    """The commands in the order of the help."""
    context = click.Context(main)
    found = [main.get_command(context, name) for name in main.list_commands(context)]
    return [command for command in found if command is not None]
