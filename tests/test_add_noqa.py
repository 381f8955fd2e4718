"""Comments that silence today's findings: what is written, and what is left as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from async_audit.cli import main
from async_audit.noqa import with_comments
from tests.projects import FIXTURES, SHOP, codes_in, write_project
from tests.test_agreement import flake8


def add(shop: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["scan", "--add-noqa", *arguments, str(shop)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f()\n", "x = f()  # noqa: DJA201\n"),
        ("x = f()", "x = f()  # noqa: DJA201"),
        ("x = f()\r\n", "x = f()  # noqa: DJA201\r\n"),
        ("x = f()\r", "x = f()  # noqa: DJA201\r"),
        ("x = f()   \n", "x = f()  # noqa: DJA201\n"),
        ("x = f()  # why\n", "x = f()  # why  # noqa: DJA201\n"),
        ("x = f()  # type: ignore[x]\n", "x = f()  # type: ignore[x]  # noqa: DJA201\n"),
        ("x = f()  # noqa: E501\n", "x = f()  # noqa: E501, DJA201\n"),
        ("x = f()  # noqa: E501,W1 because\n", "x = f()  # noqa: E501,W1, DJA201 because\n"),
        ("x = f()  # noqa:E501, \n", "x = f()  # noqa:E501, DJA201, \n"),
        (
            "x = f()  # noqa: E501  # pragma: no cover\n",
            "x = f()  # noqa: E501, DJA201  # pragma: no cover\n",
        ),
        ("x = f()  # noqa\n", "x = f()  # noqa\n"),
        ("x = f()  # noqa: DJA201\n", "x = f()  # noqa: DJA201\n"),
        ("x = f()  # noqa: dja2\n", "x = f()  # noqa: dja2\n"),
        ("x = f('# noqa: E501')\n", "x = f('# noqa: E501')  # noqa: DJA201\n"),
        ('x = f("""\n#\n""")\n', 'x = f("""\n#\n""")  # noqa: DJA201\n'),
        ("x = f('''a\n''', '''\nb''')\n", "x = f('''a\n''', '''\nb''')  # noqa: DJA201\n"),
        ("x = f() + \\\n    1\n", "x = f() + \\\n    1  # noqa: DJA201\n"),
        ("x = f() + \\\n    g(\n        1)\n", "x = f() + \\\n    g(  # noqa: DJA201\n        1)\n"),
        ("x = f(\n    1,\n)\n", "x = f(  # noqa: DJA201\n    1,\n)\n"),
        ("x = f('a'  # one\n    'b')\n", "x = f('a'  # one  # noqa: DJA201\n    'b')\n"),
        ("x = f('ä\u2028')  # ü\n", "x = f('ä\u2028')  # ü  # noqa: DJA201\n"),
        ("x = f('\x0c')\n", "x = f('\x0c')  # noqa: DJA201\n"),
    ],
)
def test_the_comment(before: str, after: str) -> None:
    written, number = with_comments(before, {1: {"DJA201"}})
    assert written == after
    assert number == (before != after)
    assert with_comments(written, {1: {"DJA201"}}) == (written, 0)


def test_several_codes_of_several_lines() -> None:
    source = 'x = f("""\n""", g())\ny = h()\n'
    assert with_comments(source, {1: {"DJA201"}, 2: {"DJA110", "DJA101"}, 3: {"DJA104"}}) == (
        'x = f("""\n""", g())  # noqa: DJA101, DJA110, DJA201\ny = h()  # noqa: DJA104\n',
        2,
    )


CASES = {
    "plain": b"import time\n\n\nasync def f():\n    time.sleep(1)\n",
    "windows": b"import time\r\n\r\n\r\nasync def f():\r\n    time.sleep(1)\r\n",
    "old mac": b"import time\r\r\rasync def f():\r    time.sleep(1)\r",
    "mixed ends": b"import time\r\n\nasync def f():\r\n    time.sleep(1)\n    return 1\r\n",
    "no end": b"import time\n\n\nasync def f():\n    time.sleep(1)",
    "byte order mark": b"\xef\xbb\xbfimport time\n\n\nasync def f():\n    time.sleep(1)\n",
    "latin-1": b"# coding: latin-1\nimport time\n\n\nasync def f():\n    time.sleep(1)  # \xe4\n",
    "string": b'import time\n\n\nasync def f():\n    time.sleep(1), """\n    # no comment\n    """\n',
    "backslash": b"import time\n\n\nasync def f():\n    x = \\\n        time.sleep(1)\n    return x\n",
    "brackets": b"import time\n\n\nasync def f():\n    x = [\n        time.sleep(\n            1)]\n",
    "tabs": b"import time\n\n\nasync def f():\n\ttime.sleep(1)\t# why\n",
}


def test_the_findings_are_gone_for_both_and_nothing_else_differs(tmp_path: Path) -> None:
    root = write_project(tmp_path, SHOP)
    files = {f"shop/case_{number}.py": content for number, content in enumerate(CASES.values())}
    write_project(root, files)
    assert sorted(line[0] for line in flake8(root)) == sorted(files)
    result = add(root)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"noqa comments on {len(CASES)} lines in {len(CASES)} files" in result.stderr
    written = {path: (root / path).read_bytes() for path in files}
    assert {path: content.replace(b"  # noqa: DJA201", b"") for path, content in written.items()} == files
    assert "DJA201" not in codes_in(root)
    assert "DJA902" not in codes_in(root)
    assert flake8(root) == []
    assert "0 lines in 0 files" in add(root).stderr
    assert {path: (root / path).read_bytes() for path in files} == written


def test_a_whole_project(tmp_path: Path) -> None:
    root = Path(shutil.copytree(FIXTURES / "bookshop", tmp_path / "bookshop"))
    assert add(root).exit_code == 0
    rest = CliRunner().invoke(main, ["scan", "--format", "concise", "--extend-select", "DJA902", str(root)])
    left = {line.split(": ")[1].split()[0] for line in rest.stdout.splitlines()}
    assert left <= {"DJA901"}
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    add(root)
    assert {path: path.read_bytes() for path in root.rglob("*.py")} == before


def test_what_was_not_asked_for_is_not_silenced(tmp_path: Path) -> None:
    source = (
        "import time\nfrom shop.models import Book\n\n\n"
        "async def f():\n    time.sleep(1)\n    Book.objects.first()\n"
    )
    root = write_project(tmp_path, {**SHOP, "shop/views.py": source})
    add(root, "--select", "DJA2")
    text = (root / "shop" / "views.py").read_text(encoding="utf-8")
    assert "time.sleep(1)  # noqa: DJA201\n    Book.objects.first()\n" in text


def test_files_that_cannot_take_one(tmp_path: Path) -> None:
    root = write_project(tmp_path, SHOP)
    write_project(root, {"shop/bad.py": b"async def f(:\n", "shop/views.py": CASES["plain"]})
    result = add(root)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 line in 1 file" in result.stderr
    assert (root / "shop" / "bad.py").read_text() == "async def f(:\n"
