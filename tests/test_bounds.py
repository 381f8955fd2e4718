"""Programs larger or stranger than anybody writes: an audit ends, and says what it would of a small one."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.audit import Audit, audit_runtime
from async_audit.effects.recursion import MOST_KINDS
from async_audit.findings import Report
from tests.projects import EVERY_RULE, SHOP, report_on, write_project

QUERY = "Book.objects.get(pk=1)"
IMPORTS = "from shop.models import Book\n"


def views(*parts: str) -> dict[str, str]:
    """A project whose views are these pieces of a module, one behind the other."""
    return {**SHOP, "shop/views.py": "\n".join((IMPORTS, *parts, ""))}


def report(tmp_path: Path, files: dict[str, str]) -> Report:
    """The report on a project of which nothing may be left out."""
    found = report_on(write_project(tmp_path, files))
    assert found.skipped == ()
    return found


def codes(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """The codes of what is found in that project."""
    return [finding.code for finding in report(tmp_path, files).findings]


ROOT = f"class C0:\n    def load(self):\n        return {QUERY}\n"


class TestClasses:
    def test_a_chain_of_thousands(self, tmp_path: Path) -> None:
        chain = "".join(f"class C{number}(C{number - 1}): pass\n" for number in range(1, 3_000))
        view = "async def view(request):\n    return C2999().load()\n"
        assert codes(tmp_path, views(ROOT, chain, view)) == ["DJA110"]

    def test_a_chain_through_modules(self, tmp_path: Path) -> None:
        modules = {
            f"shop/c{number}.py": f"from shop.c{number - 1} import C{number - 1}\n"
            f"class C{number}(C{number - 1}): pass\n"
            for number in range(1, 500)
        }
        view = "async def view(request):\n    return C499().load()\n"
        files = views("from shop.c499 import C499", view)
        assert codes(tmp_path, {**files, "shop/c0.py": IMPORTS + ROOT, **modules}) == ["DJA110"]

    def test_bases_that_are_shared_again_and_again(self, tmp_path: Path) -> None:
        # Two ways up at each of the steps are 2 ** 100 ways to the first class.
        diamonds = "".join(
            f"class L{number}(C{number - 1}): pass\nclass R{number}(C{number - 1}): pass\n"
            f"class C{number}(L{number}, R{number}): pass\n"
            for number in range(1, 100)
        )
        view = "async def view(request):\n    return C99().load()\n"
        assert codes(tmp_path, views(ROOT, diamonds, view)) == ["DJA110"]

    def test_classes_that_inherit_from_themselves_and_each_other(self, tmp_path: Path) -> None:
        selves = "".join(
            f"class S{number}(S{number}):\n    def load(self): return super().load()\n"
            for number in range(50)
        )
        ring = "".join(
            f"class R{number}(R{(number + 1) % 50}):\n    def load(self): return super().load()\n"
            for number in range(50)
        )
        view = f"async def view(request):\n    S0().load()\n    R7().load()\n    R7().other()\n    {QUERY}\n"
        assert codes(tmp_path, views(selves, ring, view)) == ["DJA101"]

    def test_managers_that_lend_each_other_their_methods(self, tmp_path: Path) -> None:
        lenders = (
            "from django.db import models\n"
            "class A(models.Manager.from_queryset(B)): pass\n"
            "class B(models.Manager.from_queryset(A)): pass\n"
            "class Copy(models.Model):\n    objects = A()\n"
        )
        view = "async def view(request):\n    Copy.objects.other()\n    Copy.objects.get(pk=1)\n"
        assert codes(tmp_path, views(lenders, view)) == ["DJA101"]

    def test_the_order_is_pythons(self, tmp_path: Path) -> None:
        """Of a class with two bases that share one, the second base comes before the shared one."""
        classes = (
            f"class Base:\n    def load(self): return {QUERY}\n"
            "class Left(Base): pass\n"
            "class Right(Base):\n    def load(self): return 1\n"
            "class Both(Left, Right): pass\n"
        )
        view = "async def view(request):\n    return Both().load()\n"
        assert codes(tmp_path, views(classes, view)) == ["DJA301"]


def nested(kinds: list[str], inner: str) -> str:
    """A view in which each block stands in the one before it."""
    lines = ["async def view(request):", "    kept = Book()"]
    lines += ["    " * depth + kind for depth, kind in enumerate(kinds, start=1)]
    lines.append("    " * (len(kinds) + 1) + inner)
    return "\n".join((*lines, ""))


class TestLoops:
    """Twenty blocks within one another are the most that Python compiles."""

    def test_loops_within_loops(self, tmp_path: Path) -> None:
        loops = [f"for item{number} in request.GET:" for number in range(10)] + ["while request.GET:"] * 10
        assert codes(tmp_path, views(nested(loops, QUERY))) == ["DJA101"]

    def test_loops_that_change_what_they_start_from_each_time(self, tmp_path: Path) -> None:
        loops = [f"for item{number} in request.GET:" for number in range(20)]
        grows = "kept = (kept, item0, item19)"
        again = "".join(f"{'    ' * depth}kept = [kept, kept]\n" for depth in range(20, 1, -1))
        view = nested(loops, f"{QUERY}; {grows}") + again
        assert codes(tmp_path, views(view)) == ["DJA101"]

    def test_a_second_turn_is_still_taken(self, tmp_path: Path) -> None:
        """What the first turn leaves behind is what the second starts from."""
        view = (
            "async def view(request):\n    rows = []\n    for item in request.GET:\n"
            "        list(rows)\n        rows = Book.objects.all()\n"
        )
        assert codes(tmp_path, views(view)) == ["DJA102"]


class TestValues:
    @pytest.mark.parametrize(
        "step",
        [
            "kept = (kept, kept)",
            "kept = {'a': kept, 'b': [kept]}",
            "kept = functools.partial(kept, kept, key=kept)",
            "kept = lambda before=kept: (before, kept)",
            "kept = box.kept = (box.kept, kept)",
            "kept = keep(kept)",
            "kept = [(kept, item) for item in kept]",
            "kept = kept if request.GET else (kept, kept)",
        ],
    )
    def test_what_doubles_with_each_step(self, step: str, tmp_path: Path) -> None:
        helpers = "import functools\nclass Box: pass\ndef keep(kept): return [kept, (kept, kept)]\n"
        start = "async def view(request):\n    kept = Book()\n    box = Box()\n"
        assert codes(tmp_path, views(helpers, start, f"    {step}\n" * 60, f"    {QUERY}\n")) == ["DJA101"]

    def test_what_is_nested_as_people_nest_it_stays_known(self, tmp_path: Path) -> None:
        start = "async def view(request):\n    kept = Book.objects.all()\n"
        end = f"    list(kept{'[0]' * 8})\n"
        assert codes(tmp_path, views(start, "    kept = [kept]\n" * 8, end)) == ["DJA102"]


class TestModules:
    def test_imports_in_a_ring(self, tmp_path: Path) -> None:
        ring = {
            f"shop/c{number}.py": f"from shop.c{(number + 1) % 300} import name, other\n"
            f"from shop.c{(number + 2) % 300} import *\nasync def own{number}(): return name()\n"
            for number in range(300)
        }
        view = f"async def view(request):\n    name()\n    other()\n    {QUERY}\n"
        found = codes(tmp_path, {**views("from shop.c0 import *", "from shop.c0 import name", view), **ring})
        assert found.count("DJA101") == 1

    def test_packages_that_import_all_of_each_other(self, tmp_path: Path) -> None:
        packages: dict[str, str] = {}
        for number in range(40):
            stars = "".join(f"from shop.p{(number + step) % 40} import *\n" for step in (1, 7, 13))
            packages[f"shop/p{number}/__init__.py"] = f"{stars}from .inner import *\nfrom .. import *\n"
            packages[f"shop/p{number}/inner.py"] = (
                f"{stars}from . import *\ndef name{number}(): return {QUERY}\n"
            )
        everything = "".join(f"from .p{number} import *\n" for number in range(40))
        view = "async def view(request):\n    name7()\n    nowhere()\n"
        files = {**views("from shop import *", view), **packages, "shop/__init__.py": everything}
        inner = {path: IMPORTS + text for path, text in packages.items() if path.endswith("inner.py")}
        assert codes(tmp_path, {**files, **inner}) == ["DJA110"]

    def test_tens_of_thousands_of_lines(self, tmp_path: Path) -> None:
        rows = "".join(f"row{number} = {number}\n" for number in range(10_000))
        assert codes(tmp_path, views(rows, f"async def view(request):\n    {QUERY}\n")) == ["DJA101"]

    @pytest.mark.parametrize(
        ("definition", "use"),
        [
            ("name{0} = make(name{1}) if flag else make(name{2})\n", "name0"),
            ("class K{0}:\n    x = make(K{1}.x) if flag else make(K{2}.x)\n", "K0.x"),
            ("@run\ndef f{0}():\n    f{1}()\n    return f{2}()\n", "f0()"),
        ],
        ids=["names", "members", "decorated functions"],
    )
    def test_definitions_in_rings(self, definition: str, use: str, tmp_path: Path) -> None:
        # Two ways on at each step are 2 ** 50 ways around.
        start = "def make(value): return value\ndef run(function):\n    function()\n    return function\n"
        ring = "".join(
            definition.format(number, (number + 1) % 100, (number + 2) % 100) for number in range(100)
        )
        view = f"async def view(request):\n    print({use})\n    {QUERY}\n"
        assert "DJA101" in codes(tmp_path, views(start, ring, view))


class TestFunctions:
    """How many summaries are made is counted: one for each function and kind of call, however they call."""

    def summaries(self, tmp_path: Path, files: dict[str, str]) -> int:
        audit = Audit(write_project(tmp_path, files).resolve(), EVERY_RULE)
        with audit_runtime():
            for file in audit.program.files:
                audit.findings(file)
        assert audit.skipped == []
        return len(audit.summaries._table)

    @pytest.mark.parametrize(
        "body",
        [
            "return f{next}(a)",
            "return [f{next}(a), f{other}(a)]",
            "if a:\n        return f{next}(a)\n    f{other}(a)",
            "return f{next}([a])",
            "yield from f{next}(a)",
            "return (lambda: f{next}(a))()",
        ],
    )
    def test_mutual_recursion_of_many(self, body: str, tmp_path: Path) -> None:
        made = []
        for count in (100, 200):
            functions = "".join(
                f"def f{number}(a):\n    "
                + body.replace("{next}", str((number + 1) % count)).replace(
                    "{other}", str(number * 7 % count)
                )
                + "\n"
                for number in range(count)
            )
            view = f"async def view(request):\n    f0(request)\n    {QUERY}\n"
            made.append(self.summaries(tmp_path / str(count), views(functions, view)))
        assert 100 < made[0] <= made[1] <= 2 * made[0] + 10

    @pytest.mark.parametrize("width", [1, 3])
    def test_kinds_of_call_do_not_multiply_in_a_circle(self, width: int, tmp_path: Path) -> None:
        """Each function passes on what it was given and something of its own."""
        count = 30
        classes = "".join(f"class K{number}: pass\n" for number in range(count))
        functions = ""
        for number in range(count):
            functions += f"def f{number}(a, b, c):\n"
            for step in range(1, width + 1):
                other = f"f{(number * step + 1) % count}"
                functions += f"    {other}(K{number}(), a, b)\n    {other}(a, K{number}(), c)\n"
        view = f"async def view(request):\n    f0(request, 1, 2)\n    {QUERY}\n"
        made = self.summaries(tmp_path, views(classes, functions, view))
        assert count < made <= count * (MOST_KINDS + 2)

    def test_what_a_circle_is_given_first_is_told(self, tmp_path: Path) -> None:
        """A function that is handed round is called, whatever else the circle has met."""
        classes = "".join(f"class K{number}: pass\n" for number in range(40))
        meets = "".join(f"    walk(K{number}(), act)\n" for number in range(40))
        files = views(
            classes,
            f"def load(node): return {QUERY}\n\ndef walk(node, act):\n    act(node)\n{meets}",
            "async def view(request):\n    walk(request, load)\n",
        )
        assert codes(tmp_path, files) == ["DJA110"]

    def test_a_chain_of_thousands_of_calls(self, tmp_path: Path) -> None:
        chain = "".join(f"def f{number}(): return f{number + 1}()\n" for number in range(2_000))
        end = f"def f2000(): return {QUERY}\n\nasync def view(request):\n    f0()\n"
        assert codes(tmp_path, views(chain, end)) == ["DJA110"]

    @pytest.mark.parametrize(
        ("row", "found"),
        [
            ("    kept{0} = request.GET\n", 1),
            ("    if request.GET == {0}:\n        kept = {0}\n", 1),
            (f"    kept{{0}} = {QUERY}\n", 2_001),
            ("    nowhere.call{0}(request)\n", 1),
        ],
        ids=["assignments", "branches", "queries", "unknown calls"],
    )
    def test_thousands_of_statements(self, row: str, found: int, tmp_path: Path) -> None:
        rows = "".join(row.replace("{0}", str(number)) for number in range(2_000))
        view = f"import nowhere\n\nasync def view(request):\n{rows}    {QUERY}\n"
        assert codes(tmp_path, views(view)) == ["DJA101"] * found

    def test_an_if_of_more_than_a_thousand_branches(self, tmp_path: Path) -> None:
        rows = "".join(
            f"    elif request.GET == {number}:\n        kept = {QUERY}\n" for number in range(1_200)
        )
        view = f"async def view(request):\n    if request:\n        kept = 1\n{rows}    kept.author.name\n"
        assert set(codes(tmp_path, views(view))) >= {"DJA101"}

    def test_many_decorators(self, tmp_path: Path) -> None:
        wraps = (
            "import functools\n\ndef passes(function):\n    @functools.wraps(function)\n"
            "    def inner(*args):\n        return function(*args)\n    return inner\n"
        )
        plain = "@nowhere.unknown\n" * 2_000 + "def other(): pass\n"
        view = "async def view(request):\n    load()\n"
        files = views(wraps, "@passes\n" * 11 + f"def load(): return {QUERY}\n", plain, view)
        assert codes(tmp_path, files) == ["DJA110"]


class TestContents:
    def test_a_class_of_thousands_of_methods(self, tmp_path: Path) -> None:
        methods = "".join(
            f"    def m{number}(self): return self.m{number + 1}()\n" for number in range(3_000)
        )
        last = f"    def m3000(self): return {QUERY}\n\nasync def view(request):\n    Many().m0()\n"
        assert codes(tmp_path, views("class Many:", methods, last)) == ["DJA110"]

    def test_a_table_of_thousands_of_functions(self, tmp_path: Path) -> None:
        functions = "".join(f"def f{number}(): return {number}\n" for number in range(1_000))
        rows = "".join(f"    {number}: f{number % 1_000},\n" for number in range(10_000))
        view = f"async def view(request):\n    TABLE[request.GET]()\n    {QUERY}\n"
        assert codes(tmp_path, views(functions, f"TABLE = {{\n{rows}}}\n", view)) == ["DJA101"]

    def test_a_model_of_hundreds_of_relations(self, tmp_path: Path) -> None:
        keys = "".join(
            f"    key{number} = models.ForeignKey('Many', models.CASCADE, related_name='of{number}')\n"
            for number in range(500)
        )
        model = f"from django.db import models\n\nclass Many(models.Model):\n{keys}"
        selects = "".join(f"    rows = rows.select_related('key{number}')\n" for number in range(499))
        reads = "".join(f"    one.key{number}.pk\n" for number in range(500))
        start = "async def view(request):\n    rows = Many.objects\n"
        view = f"{start}{selects}    one = await rows.aget()\n{reads}"
        assert codes(tmp_path, views(model, view)) == ["DJA302", "DJA103"]

    def test_a_value_of_hundreds_of_alternatives(self, tmp_path: Path) -> None:
        classes = "".join(
            f"class K{number}:\n    def run(self): return K{(number * 3 + 1) % 300}()\n"
            for number in range(300)
        )
        rows = "".join(
            f"    if request.GET == {number}:\n        kept = K{number}()\n" for number in range(300)
        )
        view = f"async def view(request):\n    kept = None\n{rows}    kept.run().run()\n    {QUERY}\n"
        assert codes(tmp_path, views(classes, view)) == ["DJA101"]


def test_rows_of_rows_of_a_model_have_an_end(tmp_path: Path) -> None:
    model = """
from django.db import models


class Comment(models.Model):
    parent = models.ForeignKey("self", null=True, related_name="replies", on_delete=models.CASCADE)

    def thread(self):
        return [self] + [below for reply in self.replies.all() for below in reply.thread()]
"""
    view = (
        "from shop.models import Comment\n"
        "async def view(request):\n"
        '    comment = await Comment.objects.select_related("parent").aget(pk=1)\n'
        "    return comment.thread()\n"
    )
    files = {**SHOP, "shop/models.py": model, "shop/views.py": view}
    assert "DJA110" in codes(tmp_path, files)
