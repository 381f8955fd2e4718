"""flake8 and the command line say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from async_audit.audit import Audit
from async_audit.cli import main
from async_audit.config import Config
from async_audit.discovery import source_files
from async_audit.engine import audit
from async_audit.flake8_plugin import Plugin
from async_audit.rulebook import rules
from tests.projects import (
    EVERY_RULE,
    FIXTURES,
    PROJECTS,
    SHOP,
    fixture_audit,
    fixture_findings,
    write_project,
)

_OUTPUT = re.compile(
    r"(?:\./)?(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<code>\w+) (?P<message>.*)"
)
_FORMAT = "--format=%(path)s:%(row)d:%(col)d: %(code)s %(text)s"

Line = tuple[str, int, int, str, str]
each_project = pytest.mark.parametrize("project", PROJECTS)


def parsed(output: str) -> list[Line]:
    """Path, line, column, code and message of each line that either tool prints, in order."""
    found = [_OUTPUT.fullmatch(line) for line in output.splitlines()]
    assert None not in found, output
    return sorted(
        (match["path"], int(match["line"]), int(match["column"]), match["code"], match["message"])
        for match in found
        if match is not None
    )


def flake8(folder: Path, *arguments: str, select: str = "DJA") -> list[Line]:
    """What `flake8` prints in a folder, without regard to anybody's configuration."""
    command = [sys.executable, "-m", "flake8", "--isolated", _FORMAT, "--jobs=2"]
    selection = [f"--select={select}"] if select else []
    done = subprocess.run(
        [*command, *selection, *(arguments or ["."])], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if ": DJA" in line or select]
    return parsed("\n".join(lines))


def scan(folder: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """What `async-audit scan --format concise` prints in a folder."""
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(main, ["scan", "--format", "concise", *arguments])
    assert done.exit_code in {0, 1}, done.output
    return parsed(done.stdout)


@pytest.fixture
def copy(project: str, tmp_path: Path) -> Path:
    """A fixture project where nothing above it configures anything."""
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    return Path(shutil.copytree(FIXTURES / project, tmp_path / project, ignore=ignored))


@each_project
def test_flake8_says_what_the_command_line_says(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = scan(copy, monkeypatch=monkeypatch)
    assert expected
    assert without_optional(flake8(copy)) == expected


def without_optional(lines: Sequence[Line]) -> list[Line]:
    """The lines of rules that are on by default."""
    off = {rule.code for rule in rules() if not rule.default}
    return [line for line in lines if line[3] not in off]


class Options:
    """The part of flake8's option manager that a plugin talks to."""

    def __init__(self) -> None:
        self.ignored: list[str] = []

    def add_option(self, *_: object, **__: object) -> None:
        """Take an option and forget it."""

    def extend_default_ignore(self, codes: Sequence[str]) -> None:
        """Remember the codes that are off unless they are selected."""
        self.ignored.extend(codes)


def test_rules_that_are_off_by_default_are_off_for_flake8_too() -> None:
    options = Options()
    Plugin.add_options(options)
    assert {rule.code for rule in rules() if not rule.default} <= set(options.ignored)
    assert not {rule.code for rule in rules() if rule.default} & set(options.ignored)


def test_flake8_runs_the_plugin_without_being_told_to() -> None:
    assert not getattr(Plugin, "off_by_default", False)


class TestSelection:
    """One file with a finding of a rule that is off by default (DJA208) and one that is on (DJA201)."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        source = """\
            import hashlib
            import time


            async def view(request):
                hashlib.pbkdf2_hmac("sha256", b"", b"", 600_000)
                time.sleep(1)
            """
        return write_project(tmp_path, {**SHOP, "shop/views.py": source})

    def test_nothing_selected(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = scan(root, monkeypatch=monkeypatch)
        assert [line[3] for line in expected] == ["DJA201"]
        assert flake8(root, select="") == expected

    @pytest.mark.parametrize("select", ["DJA208", "DJA2", "DJA201,DJA208", "DJA1", "DJA"])
    def test_selected(self, root: Path, select: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert flake8(root, select=select) == scan(root, "--select", select, monkeypatch=monkeypatch)

    def test_extended(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = scan(root, "--extend-select", "DJA208", monkeypatch=monkeypatch)
        assert [line[3] for line in expected] == ["DJA208", "DJA201"]
        assert flake8(root, "--extend-select=DJA208", ".", select="") == expected

    def test_ignored(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert flake8(root, "--extend-ignore=DJA201", ".", select="DJA2") == scan(
            root, "--select", "DJA2", "--ignore", "DJA201", monkeypatch=monkeypatch
        )

    def test_django_version(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = """\
            async def view(request):
                await request.auser()
            """
        write_project(root, {"shop/views.py": source})
        for version in ("4.2", "5.2"):
            given = scan(root, "--django-version", version, monkeypatch=monkeypatch)
            assert flake8(root, f"--django-version={version}", ".") == given


NOQA = """\
import time
from shop.models import Book


async def silenced():
    time.sleep(1)  # noqa
    time.sleep(1)  # noqa: DJA201
    time.sleep(1)  # noqa: DJA2
    time.sleep(1)  # noqa:DJA201
    time.sleep(1)  # NOQA: DJA201
    time.sleep(1)  # noqa: E501, DJA201
    time.sleep(1)  # noqa: E501,DJA201
    time.sleep(1)  # noqa: E501 DJA201
    time.sleep(1)  # noqa: DJA201  because it is short
    time.sleep(1)  # noqa: DJA201 (because it is short)
    time.sleep(1)  # type: ignore[attr-defined]  # noqa: DJA201
    time.sleep(1)  # why not  # noqa
    time.sleep(1)  # noqa because it is short


async def heard():
    time.sleep(1)
    time.sleep(1)  # noqa: DJA202
    time.sleep(1)  # noqa: E501
    time.sleep(1)  # nothing
    time.sleep(
        1
    )  # noqa: DJA201


async def both():
    # noqa
    return time.sleep(1), Book.objects.get(pk=1)  # noqa: DJA101
"""

PECULIAR = {
    "no space": "    time.sleep(1)  #noqa: DJA201\n",
    "two spaces": "    time.sleep(1)  #  noqa: DJA201\n",
    "lower case": "    time.sleep(1)  # noqa: dja201\n",
    "space before the colon": "    time.sleep(1)  # noqa : DJA202\n",
    "two spaces after the colon": "    time.sleep(1)  # noqa:  DJA202\n",
    "a longer word": "    time.sleep(1)  # noqaed\n",
    "in a string": "    time.sleep(len('# noqa: DJA201'))\n",
    "a string over two lines": '    time.sleep(1), """\n    """  # noqa: DJA201\n',
    "a continued line": "    time.sleep(1) + \\\n        1  # noqa: DJA201\n",
    "prose after the colon": "    time.sleep(1)  # noqa: because it is short\n",
    "no comma": "    time.sleep(1)  # noqa: DJA202DJA201\n",
}

WHOLE_FILE = [
    "# flake8: noqa",
    "# flake8: NOQA",
    "# flake8=noqa",
    "# flake8: noqa: DJA201",
    "x = 1  # flake8: noqa",
]
OURS = "    time.sleep(1)  # async-audit: ignore[DJA201]\n"


@pytest.fixture(scope="class")
def comments(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Line], list[Line]]:
    """What flake8 and the command line say of a project with one file a comment."""
    bodies = {
        **{f"shop/{name.replace(' ', '_')}.py": body for name, body in PECULIAR.items()},
        **{
            f"shop/file_{number}.py": f"    time.sleep(1)\n\n\n{text}\n"
            for number, text in enumerate(WHOLE_FILE)
        },
        "shop/ours.py": OURS,
    }
    files = {path: f"import time\n\n\nasync def view():\n{body}" for path, body in bodies.items()}
    root = write_project(tmp_path_factory.mktemp("comments"), {**SHOP, **files, "shop/noqa.py": NOQA})
    with pytest.MonkeyPatch.context() as monkeypatch:
        return flake8(root), scan(root, monkeypatch=monkeypatch)


BY_FLAKE8S_LINE = pytest.mark.xfail(
    strict=True,
    reason="flake8 searches the whole line, not only the comment",
)
KNOWN = {
    "in a string": BY_FLAKE8S_LINE,
}


class TestNoqa:
    @staticmethod
    def said(comments: tuple[list[Line], list[Line]], path: str) -> tuple[list[Line], list[Line]]:
        """What both say of one file."""
        by_flake8, by_scan = ([line for line in lines if line[0] == path] for lines in comments)
        return by_flake8, by_scan

    def test_the_line_is_silenced(self, comments: tuple[list[Line], list[Line]]) -> None:
        by_flake8, _ = self.said(comments, "shop/noqa.py")
        assert [line[1] for line in by_flake8] == [22, 23, 24, 25, 26, 33]

    def test_comments(self, comments: tuple[list[Line], list[Line]]) -> None:
        by_flake8, by_scan = self.said(comments, "shop/noqa.py")
        assert by_flake8 == by_scan

    @pytest.mark.parametrize("case", [pytest.param(case, marks=KNOWN.get(case, ())) for case in PECULIAR])
    def test_peculiar_comments(self, case: str, comments: tuple[list[Line], list[Line]]) -> None:
        by_flake8, by_scan = self.said(comments, f"shop/{case.replace(' ', '_')}.py")
        assert by_flake8 == by_scan

    @pytest.mark.parametrize(
        "number",
        [pytest.param(number, id=text) for number, text in enumerate(WHOLE_FILE)],
    )
    def test_comments_for_a_whole_file(self, number: int, comments: tuple[list[Line], list[Line]]) -> None:
        by_flake8, by_scan = self.said(comments, f"shop/file_{number}.py")
        assert by_flake8 == by_scan

    def test_our_own_comment_silences_flake8_too(self, comments: tuple[list[Line], list[Line]]) -> None:
        by_flake8, by_scan = self.said(comments, "shop/ours.py")
        assert by_flake8 == by_scan == []


@lru_cache(maxsize=len(PROJECTS))
def files_to_ask(project: str) -> tuple[str, ...]:
    """Some files with findings and some without, the whole width of the project."""
    audited = fixture_audit(project)
    paths = [file.relative for file in audited.program.files if file.mentions_async]
    return tuple(paths[:: max(1, len(paths) // 6)])


@each_project
def test_a_file_alone_gives_what_it_gives_in_the_whole(project: str) -> None:
    for relative in files_to_ask(project):
        work = Audit(FIXTURES / project, EVERY_RULE)
        file = work.file(FIXTURES / project / relative)
        assert file is not None
        whole = [finding for finding in fixture_findings(project) if finding.location.path == relative]
        assert list(work.findings(file)[0]) == whole


def test_a_file_alone_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scan(FIXTURES / "bookshop", monkeypatch=monkeypatch)
    for relative in ("orders/views.py", "catalog/views.py", "orders/models.py"):
        expected = [line for line in whole if line[0] == relative]
        assert scan(FIXTURES / "bookshop", relative, monkeypatch=monkeypatch) == expected


@pytest.mark.parametrize("project", ["bookshop"])
def test_a_file_alone_for_flake8(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [line for line in scan(copy, monkeypatch=monkeypatch) if line[0] == "orders/views.py"]
    assert expected
    assert [line[1:] for line in flake8(copy / "orders", "views.py")] == [line[1:] for line in expected]
    assert flake8(copy, str(copy / "orders" / "views.py")) == [
        (str(copy / line[0]), *line[1:]) for line in expected
    ]


def test_folders_given_together_give_what_they_give_in_the_whole() -> None:
    root = FIXTURES / "bookshop"
    whole = audit([root], Config()).findings
    parts = audit([root / "orders", root / "catalog", root / "orders" / "views.py"], Config()).findings
    assert parts == tuple(f for f in whole if f.location.path.startswith(("orders/", "catalog/")))


def test_the_order_of_files_does_not_matter() -> None:
    root = FIXTURES / "bookshop"
    files = source_files(root)
    said = []
    for order in (files, files[::-1]):
        work = Audit(root, EVERY_RULE, order)
        said.append([work.findings(file) for file in work.program.files])
    assert said[0] == said[1]
    parts = [root / "orders", root / "catalog"]
    assert audit(parts, Config()) == audit(parts[::-1], Config())


def test_messages_are_one_line_each() -> None:
    for project in PROJECTS:
        messages = [finding.message for finding in fixture_findings(project)]
        assert [message for message in messages if len(message.splitlines()) != 1] == []


def test_flake8_is_told_of_a_file_that_cannot_be_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path, {**SHOP, "shop/views.py": "async def view(:\n    pass\n"})
    expected = scan(root, monkeypatch=monkeypatch)
    assert [line[3] for line in expected] == ["DJA901"]
    assert flake8(root) == [] or flake8(root) == expected
