"""What a change to a project that changes nothing, or one thing, does to its findings."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from async_audit.audit import Audit
from async_audit.discovery import source_files
from async_audit.findings import Finding
from tests.projects import EVERY_RULE, FIXTURES, PROJECTS, SHOP, fixture_findings, report_on, write_project


@dataclass(frozen=True)
class Blocker:
    """A call that must not run on the event loop: `module` gives `member`, `call` uses it as `{}`."""

    code: str
    module: str
    member: str
    call: str

    @property
    def through(self) -> str:
        """The rule that reports it in a helper."""
        return "DJA110" if self.code.startswith("DJA1") else "DJA210"


BLOCKERS = [
    Blocker("DJA101", "shop.models", "Book", "{}.objects.get(pk=1)"),
    Blocker("DJA101", "shop.models", "Book", "{}.objects.filter(title='x').count()"),
    Blocker("DJA101", "shop.models", "Author", "{}.objects.create(name='x')"),
    Blocker("DJA102", "shop.models", "Book", "list({}.objects.all())"),
    Blocker("DJA102", "shop.models", "Book", "[book for book in {}.objects.filter(title='x')]"),
    Blocker("DJA106", "django.shortcuts", "get_object_or_404", "{}(__import__, pk=1)"),
    Blocker("DJA201", "time", "sleep", "{}(1)"),
    Blocker("DJA202", "requests", "get", "{}('https://example.com')"),
    Blocker("DJA202", "urllib.request", "urlopen", "{}('https://example.com')"),
    Blocker("DJA203", "subprocess", "run", "{}(['ls'])"),
    Blocker("DJA204", "shutil", "copyfile", "{}('a', 'b')"),
    Blocker("DJA205", "psycopg", "connect", "{}('')"),
]

SHAPES = {
    "statement": "{}",
    "return": "return {}",
    "assignment": "value = {}",
    "argument": "str({})",
    "branch": "if str(request):\n    pass\nelse:\n    {}",
    "loop": "for number in range(3):\n    {}",
    "try": "try:\n    {}\nexcept ValueError:\n    raise\nfinally:\n    pass",
    "condition": "if {}:\n    pass",
    "comprehension": "value = [{} for number in range(3)]",
    "match": "match request:\n    case _:\n        {}",
    "with": "with suppress(ValueError):\n    {}",
}

SPELLINGS: dict[str, Callable[[Blocker], tuple[str, str, str]]] = {
    "from": lambda it: (f"from {it.module} import {it.member}", "", it.member),
    "from as": lambda it: (f"from {it.module} import {it.member} as other", "", "other"),
    "import": lambda it: (f"import {it.module}", "", f"{it.module}.{it.member}"),
    "import as": lambda it: (f"import {it.module} as other", "", f"other.{it.member}"),
    "in the function": lambda it: ("", f"from {it.module} import {it.member}", it.member),
    "in the function, as": lambda it: ("", f"import {it.module} as other", f"other.{it.member}"),
    "alias": lambda it: (f"import {it.module}\n\nother = {it.module}.{it.member}", "", "other"),
    "local alias": lambda it: (f"import {it.module}", f"other = {it.module}.{it.member}", "other"),
    "re-export": lambda _: ("from shop.exports import other", "", "other"),
    "star": lambda _: ("from shop.exports import *", "", "other"),
    "conditional": lambda it: (
        f"try:\n    from {it.module} import {it.member} as other\nexcept ImportError:\n    raise", "", "other"
    ),
}  # fmt: skip


def function(name: str, body: str, *, prefix: str = "async ") -> str:
    """A function of one argument."""
    return f"{prefix}def {name}(request):\n{indent(body, '    ')}\n"


def cases(seed: int) -> list[tuple[Blocker, str]]:
    """Each blocking call in a few shapes, drawn by the seed."""
    drawn = random.Random(seed)  # noqa: S311  (it picks test cases)
    return [(blocker, shape) for blocker in BLOCKERS for shape in drawn.sample(sorted(SHAPES), 4)]


def module(seed: int, spelling: str) -> dict[str, str]:
    """One file for each case, with what it imports."""
    files: dict[str, str] = {"shop/exports.py": ""}
    for number, (blocker, shape) in enumerate(cases(seed)):
        top, local, name = SPELLINGS[spelling](blocker)
        exports = f"shop/exports_{number}.py"
        files[exports] = f"from {blocker.module} import {blocker.member} as other\n"
        top = top.replace("shop.exports", f"shop.exports_{number}")
        body = SHAPES[shape].format(blocker.call.format(name))
        files[f"shop/case_{number}.py"] = f"from contextlib import suppress\n{top}\n\n\n" + function(
            "view", f"{local}\n{body}".strip()
        )
    return files


def found(root: Path, files: dict[str, str]) -> dict[str, list[Finding]]:
    """The findings of a project of these files, by file."""
    by_path: dict[str, list[Finding]] = {}
    for finding in report_on(write_project(root, {**SHOP, **files})).findings:
        by_path.setdefault(finding.location.path, []).append(finding)
    return by_path


def codes(findings: dict[str, list[Finding]]) -> dict[str, list[str]]:
    """The codes by file."""
    return {path: [finding.code for finding in some] for path, some in findings.items()}


SEEDS = (1, 2)
each_seed = pytest.mark.parametrize("seed", SEEDS)


@each_seed
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_spelling_of_an_import_changes_nothing(spelling: str, seed: int, tmp_path: Path) -> None:
    expected = {f"shop/case_{number}.py": [blocker.code] for number, (blocker, _) in enumerate(cases(seed))}
    assert codes(found(tmp_path, module(seed, spelling))) == expected


@each_seed
def test_without_async_and_await_nothing_runs_on_the_loop(seed: int, tmp_path: Path) -> None:
    files = {path: stripped(source) for path, source in module(seed, "from").items()}
    assert codes(found(tmp_path, files)) == {}


def stripped(source: str) -> str:
    """A source text without `async` and `await`."""
    return re.sub(r"\b(?:async|await)\s+", "", source)


@pytest.mark.parametrize("project", PROJECTS)
def test_fixtures_without_async_and_await_have_nothing_on_the_loop(project: str, tmp_path: Path) -> None:
    files = {
        path.relative_to(FIXTURES / project).as_posix(): stripped(path.read_text(encoding="utf-8")).encode()
        for path in (FIXTURES / project).rglob("*.py")
    }
    report = report_on(write_project(tmp_path, files))
    assert [finding for finding in report.findings if re.match("DJA[12]", finding.code)] == []


@each_seed
def test_a_helper_in_another_module_makes_the_chain_one_longer(seed: int, tmp_path: Path) -> None:
    direct = found(tmp_path / "direct", module(seed, "from"))
    for depth in (1, 2, 3):
        moved: dict[str, str] = {}
        for path, source in module(seed, "from").items():
            if "case_" not in path:
                moved[path] = source
                continue
            name = path.removeprefix("shop/").removesuffix(".py")
            moved[f"shop/{name}_helper_1.py"] = source.replace("async def view", "def helper_1")
            for level in range(2, depth + 1):
                moved[f"shop/{name}_helper_{level}.py"] = (
                    f"from shop.{name}_helper_{level - 1} import helper_{level - 1}\n\n\n"
                    + function(f"helper_{level}", f"return helper_{level - 1}(request)", prefix="")
                )
            moved[path] = f"from shop.{name}_helper_{depth} import helper_{depth}\n\n\n" + function(
                "view", f"helper_{depth}(request)"
            )
        through = found(tmp_path / str(depth), moved)
        assert set(through) == set(direct)
        for number, (blocker, _) in enumerate(cases(seed)):
            path = f"shop/case_{number}.py"
            assert [finding.code for finding in through[path]] == [blocker.through]
            before, after = direct[path][0], through[path][0]
            assert len(after.chain) == len(before.chain) + depth
            last = after.chain[-1]
            assert last.location.path == f"shop/case_{number}_helper_1.py"
            assert (last.location.line, last.location.column) == (
                before.location.line,
                before.location.column,
            )


@each_seed
@pytest.mark.parametrize(
    ("decorator", "body"),
    [
        ("", "await sync_to_async(helper)(request)"),
        ("", "await sync_to_async(lambda: helper(request))()"),
        ("", "await sync_to_async(helper, thread_sensitive=True)(request)"),
        ("", "hop = sync_to_async(helper)\nreturn await hop(request)"),
        ("", "await sync_to_async(partial(helper, request))()"),
        ("@sync_to_async\n", "await helper(request)"),
        ("@sync_to_async(thread_sensitive=True)\n", "await helper(request)"),
    ],
)
def test_a_hop_takes_it_off_the_loop(decorator: str, body: str, seed: int, tmp_path: Path) -> None:
    head = "from functools import partial\nfrom asgiref.sync import sync_to_async\n"
    files = {
        path: head
        + source.replace("async def view", f"{decorator}def helper")
        + "\n\n"
        + function("view", body)
        if "case_" in path
        else source
        for path, source in module(seed, "from").items()
    }
    on_loop = {
        path: some for path, some in codes(found(tmp_path, files)).items() if re.match("DJA[12]", some[0])
    }
    assert on_loop == {}


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("seed", [None, 1])
def test_the_order_of_files_and_of_questions_changes_nothing(project: str, seed: int | None) -> None:
    root = FIXTURES / project
    files = source_files(root)
    if seed is None:
        files.reverse()
    else:
        random.Random(seed).shuffle(files)  # noqa: S311  (any order will do)
    work = Audit(root, EVERY_RULE, files)
    findings = [finding for file in files for finding in work.findings(file)[0]]
    assert sorted(findings, key=order) == sorted(fixture_findings(project), key=order)


def order(finding: Finding) -> tuple[object, ...]:
    """The order of a report."""
    return finding.sort_key


def test_asking_twice_gives_the_same() -> None:
    work = Audit(FIXTURES / "bookshop", EVERY_RULE)
    for file in work.program.files:
        assert work.findings(file) == work.findings(file)


def test_helpers_that_call_each_other_give_the_same_in_any_order(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "shop/a.py": "from shop.b import b\n\n\ndef a(n):\n    return b(n) if n else 0\n",
        "shop/b.py": "from shop.c import c\nfrom shop.a import a\n\n\ndef b(n):\n    a(n)\n    return c(n)\n",
        "shop/c.py": "import time\nfrom shop.a import a\n\n\ndef c(n):\n    time.sleep(n)\n    return a(n)\n",
        "shop/views.py": (
            "from shop.a import a\nfrom shop.b import b\nfrom shop.c import c\n\n\n"
            "async def view():\n    a(1)\n    b(1)\n    c(1)\n"
        ),
    }
    root = write_project(tmp_path, files)
    answers = set()
    for seed in range(6):
        ordered = source_files(root)
        random.Random(seed).shuffle(ordered)  # noqa: S311  (any order will do)
        work = Audit(root, EVERY_RULE, ordered)
        file = work.file(root / "shop" / "views.py")
        assert file is not None
        answers.add(work.findings(file)[0])
    (answer,) = answers
    assert [(finding.code, len(finding.chain)) for finding in answer] == [
        ("DJA210", 3),
        ("DJA210", 2),
        ("DJA210", 1),
    ]


def test_lines_put_before_move_findings_and_change_nothing_else(tmp_path: Path) -> None:
    files = module(SEEDS[0], "from")
    before = found(tmp_path / "before", files)
    after = found(tmp_path / "after", {path: "# more\n\n# é\n" + source for path, source in files.items()})
    assert codes(before) == codes(after)
    for path, findings in before.items():
        assert [finding.location.line + 3 for finding in findings] == [f.location.line for f in after[path]]


def test_newlines_of_another_kind_change_nothing(tmp_path: Path) -> None:
    files = module(SEEDS[0], "from")
    before = found(tmp_path / "before", files)
    for name, newline in (("crlf", "\r\n"), ("cr", "\r")):
        changed = {path: source.replace("\n", newline) for path, source in files.items()}
        assert found(tmp_path / name, changed) == before
