"""What names mean: imports of every form, followed through the project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from async_audit.catalogue.load import load
from async_audit.discovery import source_files
from async_audit.project.names import Binding, Definition, LibraryName, Meaning, Names, ProjectModule
from async_audit.project.program import Program
from async_audit.syntax.facts import ClassFacts
from tests.projects import codes_in, names_of, write_project


def said(meaning: Meaning) -> str:
    """A meaning in one word."""
    match meaning:
        case ProjectModule(path=path):
            return path
        case LibraryName(name=name):
            return f"library {name}"
        case Definition(path=path, facts=facts):
            return f"{path}:{facts.qualname}"
        case Binding(path=path, name=name):
            return f"{path}={name}"


def meanings(names: Names, path: str, name: str) -> list[str]:
    """What a name means at the top level of a module."""
    return [said(meaning) for meaning in names.lookup(path, name)]


BASE = {
    "lib/__init__.py": "from lib.deep import inner\nfrom .deep.core import f as g\nVALUE = 1\n",
    "lib/deep/__init__.py": "",
    "lib/deep/core.py": "def f(): pass\nclass C: pass\nX = 1\n_hidden = 1\n",
    "lib/deep/inner.py": "from . import core\nfrom .core import f\nfrom ..other import *\n",
    "lib/other.py": "def h(): pass\n",
    "top.py": "",
}


@pytest.mark.parametrize(
    ("statement", "name", "expected"),
    [
        ("import lib", "lib", ["lib/__init__.py"]),
        ("import lib.deep.core", "lib", ["lib/__init__.py"]),
        ("import lib.deep.core as c", "c", ["lib/deep/core.py"]),
        ("from lib import deep", "deep", ["lib/deep/__init__.py"]),
        ("from lib.deep import core as c", "c", ["lib/deep/core.py"]),
        ("from lib.deep.core import f", "f", ["lib/deep/core.py:f"]),
        ("from lib.deep.core import f as g, C", "g", ["lib/deep/core.py:f"]),
        ("from lib.deep.core import f as g, C", "C", ["lib/deep/core.py:C"]),
        ("from lib.deep.core import X", "X", ["lib/deep/core.py=X"]),
        ("from lib import g", "g", ["lib/deep/core.py:f"]),
        ("from lib import inner", "inner", ["lib/deep/inner.py"]),
        ("from lib.deep.inner import h", "h", ["lib/other.py:h"]),
        ("from lib.deep.inner import core", "core", ["lib/deep/core.py"]),
        ("from lib import nothing", "nothing", []),
        ("from lib.deep.core import *", "f", ["lib/deep/core.py:f"]),
        ("from lib.deep.core import *", "_hidden", []),
        ("from lib.deep.core import *", "nothing", []),
        ("import requests", "requests", ["library requests"]),
        ("import os.path", "os", ["library os"]),
        ("import os.path as p", "p", ["library os.path"]),
        ("from requests import get as fetch", "fetch", ["library requests.get"]),
        ("from django.db.models import *", "Model", []),
        ("x = 1", "x", ["a.py=x"]),
        ("x: int = 1", "x", ["a.py=x"]),
        ("x, (y, *z) = 1, (2, 3)", "z", ["a.py=z"]),
        ("for x in []: pass", "x", ["a.py=x"]),
        ("with open('f') as x: pass", "x", ["a.py=x"]),
        ("def x(): pass", "x", ["a.py:x"]),
        ("class x: pass", "x", ["a.py:x"]),
        ("x = 1", "y", []),
        ("def f():\n    import requests", "requests", []),
        ("class C:\n    import requests", "requests", []),
    ],
)
def test_statements(statement: str, name: str, expected: list[str], tmp_path: Path) -> None:
    names = names_of(write_project(tmp_path, {**BASE, "a.py": statement + "\n"}))
    assert meanings(names, "a.py", name) == expected


@pytest.mark.parametrize(
    ("statement", "name", "expected"),
    [
        ("from . import core", "core", ["lib/deep/core.py"]),
        ("from .core import f", "f", ["lib/deep/core.py:f"]),
        ("from .. import other", "other", ["lib/other.py"]),
        ("from ..other import h", "h", ["lib/other.py:h"]),
        ("from .. import VALUE", "VALUE", ["lib/__init__.py=VALUE"]),
        ("from ..deep.core import C", "C", ["lib/deep/core.py:C"]),
        ("from ....... import top", "top", ["top.py"]),
    ],
)
def test_relative_imports(statement: str, name: str, expected: list[str], tmp_path: Path) -> None:
    names = names_of(write_project(tmp_path, {**BASE, "lib/deep/here.py": statement + "\n"}))
    if statement.startswith("from ......."):
        pytest.skip("Python refuses it; what it means does not matter")
    assert meanings(names, "lib/deep/here.py", name) == expected


def test_a_relative_import_in_a_package_starts_at_itself(tmp_path: Path) -> None:
    names = names_of(write_project(tmp_path, BASE))
    assert meanings(names, "lib/__init__.py", "g") == ["lib/deep/core.py:f"]
    assert meanings(names, "lib/__init__.py", "deep") == ["lib/deep/__init__.py"]


def test_a_module_imported_under_the_name_of_its_package(tmp_path: Path) -> None:
    names = names_of(write_project(tmp_path, {**BASE, "a.py": "import lib.other as lib\n"}))
    assert meanings(names, "a.py", "lib") == ["lib/other.py"]


class TestBranches:
    def test_both_branches_of_an_if(self, tmp_path: Path) -> None:
        source = "if x:\n    from lib.deep.core import f\nelse:\n    from lib.other import h as f\n"
        names = names_of(write_project(tmp_path, {**BASE, "a.py": source}))
        assert meanings(names, "a.py", "f") == ["lib/deep/core.py:f", "lib/other.py:h"]

    def test_a_fallback_import(self, tmp_path: Path) -> None:
        source = "try:\n    import ujson as json\nexcept ImportError:\n    import json\n"
        names = names_of(write_project(tmp_path, {"a.py": source}))
        assert meanings(names, "a.py", "json") == ["library ujson", "library json"]

    def test_nothing_as_a_fallback(self, tmp_path: Path) -> None:
        source = "try:\n    import redis\nexcept ImportError:\n    redis = None\n"
        names = names_of(write_project(tmp_path, {"a.py": source}))
        assert meanings(names, "a.py", "redis") == ["library redis", "a.py=redis"]

    def test_imports_for_type_checkers_are_imports(self, tmp_path: Path) -> None:
        source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib.deep.core import C\n"
        names = names_of(write_project(tmp_path, {**BASE, "a.py": source}))
        assert meanings(names, "a.py", "C") == ["lib/deep/core.py:C"]

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("x = 1\nif a: import y as x\n", ["a.py=x", "library y"]),
            ("x = 1\nif a: import y as x\nelse: import z as x\n", ["library y", "library z"]),
            ("import y as x\nx = wrapped(x)\n", ["library y", "a.py=x"]),
            ("import y as x\nx += 1\n", ["library y", "a.py=x"]),
            ("import y as x\nwith a: import z as x\n", ["library z"]),
            ("import y as x\nfor a in b: import z as x\n", ["library y", "library z"]),
            ("try: import y as x\nexcept E: pass\nfinally: import z as x\n", ["library z"]),
            ("import y as x\ntry: import z as x\nexcept E: pass\n", ["library y", "library z"]),
            ("if TYPE_CHECKING: import y as x\nelse: import z as x\n", ["library z", "library y"]),
            ("if TYPE_CHECKING: import y as x\nx = None\n", ["a.py=x", "library y"]),
            ("match a:\n    case 1: import y as x\n    case _: import z as x\n", ["library y", "library z"]),
            ("x = 1\nmatch a:\n    case [x]: pass\n", ["a.py=x"]),
        ],
    )
    def test_ways_through_a_block(self, source: str, expected: list[str], tmp_path: Path) -> None:
        assert meanings(names_of(write_project(tmp_path, {"a.py": source})), "a.py", "x") == expected

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("from requests import get\nfrom aioget import get\n", ["library aioget.get"]),
            ("def get(): pass\ndef get(): pass\n", ["a.py:get"]),
            ("import requests as x\nx = 1\n", ["a.py=x"]),
        ],
        ids=["imports", "functions", "assignment"],
    )
    def test_the_last_binding_of_a_block_wins(self, source: str, expected: list[str], tmp_path: Path) -> None:
        assert (
            meanings(
                names_of(write_project(tmp_path, {"a.py": source})),
                "a.py",
                source.split()[3] if source.startswith("from") else "x" if " as x" in source else "get",
            )
            == expected
        )


class TestStars:
    @pytest.mark.parametrize(
        ("exports", "name", "found"),
        [
            ("__all__ = ['f']", "f", True),
            ("__all__ = ['f']", "g", False),
            ("__all__ = ('f', 'g')", "g", True),
            ("__all__ = ['f']\n__all__ += ['g']", "g", True),
            ("__all__ = [name for name in dir()]", "g", True),
            ("__all__: list[str] = ['f']", "f", True),
            ("__all__ = []", "f", False),
            ("", "_p", False),
            ("__all__ = ['_p']", "_p", True),
            ("__all__ = ['f']\n__all__.append('g')", "g", True),
            ("__all__ = ['f'] + ['g']", "g", True),
            ("__all__ = ['f', *more]", "g", True),
        ],
    )  # fmt: skip
    def test_all(self, exports: str, name: str, found: bool, tmp_path: Path) -> None:  # noqa: FBT001
        source = f"{exports}\ndef f(): pass\ndef g(): pass\ndef _p(): pass\n"
        names = names_of(write_project(tmp_path, {"lib.py": source, "a.py": "from lib import *\n"}))
        assert meanings(names, "a.py", name) == ([f"lib.py:{name}"] if found else [])

    def test_own_names_come_before_imported_ones(self, tmp_path: Path) -> None:
        files = {"lib.py": "def f(): pass\n", "a.py": "from lib import *\ndef f(): pass\n"}
        assert meanings(names_of(write_project(tmp_path, files)), "a.py", "f") == ["a.py:f"]

    def test_libraries_are_named(self, tmp_path: Path) -> None:
        files = {"a.py": "from requests import *\nfrom lib import *\n", "lib.py": ""}
        assert names_of(write_project(tmp_path, files)).star_libraries("a.py") == ("requests",)

    def test_cycles_end_and_still_find(self, tmp_path: Path) -> None:
        files = {
            "a.py": "from b import *\ndef f(): pass\n",
            "b.py": "from c import *\ndef g(): pass\n",
            "c.py": "from a import *\ndef h(): pass\n",
        }
        for order in (("a.py", "b.py", "c.py"), ("c.py", "b.py", "a.py")):
            names = names_of(write_project(tmp_path, files))
            for path in order:
                assert [meanings(names, path, name) for name in "fgh"] == [["a.py:f"], ["b.py:g"], ["c.py:h"]]
                assert meanings(names, path, "nothing") == []

    @pytest.mark.parametrize("path", ["a.py", "b.py"])
    def test_a_cycle_of_imports_means_nothing(self, path: str, tmp_path: Path) -> None:
        files = {"a.py": "from b import x\n", "b.py": "from a import x\n"}
        assert meanings(names_of(write_project(tmp_path, files)), path, "x") == []

    def test_a_module_that_imports_itself(self, tmp_path: Path) -> None:
        names = names_of(write_project(tmp_path, {"a.py": "from a import *\nfrom a import x\nimport a\n"}))
        assert meanings(names, "a.py", "x") == []
        assert meanings(names, "a.py", "a") == ["a.py"]

    def test_layers_of_star_imports_take_no_longer_than_their_number(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        layers = 16
        files = {
            f"m{layer}{side}.py": f"from m{layer + 1}a import *\nfrom m{layer + 1}b import *\n"
            for layer in range(layers)
            for side in "ab"
        }
        files |= {f"m{layers}{side}.py": "" for side in "ab"}
        names = names_of(write_project(tmp_path, files))
        asked: list[str] = []
        inner = names._lookup

        def counting(path: str, name: str) -> Any:
            asked.append(path)
            return inner(path, name)

        monkeypatch.setattr(names, "_lookup", counting)
        assert names.lookup("m0a.py", "x") == ()
        assert len(asked) <= 4 * layers

    def test_a_lattice_that_comes_back_to_its_first_layer(self, tmp_path: Path) -> None:
        layers = 16
        files = {
            f"m{layer}{side}.py": "".join(f"from m{(layer + 1) % layers}{other} import *\n" for other in "ab")
            for layer in range(layers)
            for side in "ab"
        }
        files["m9b.py"] += "def x(): pass\n"
        names = names_of(write_project(tmp_path, files))
        for path in ("m0a.py", "m12b.py", "m9a.py", "m9b.py"):
            assert meanings(names, path, "x") == ["m9b.py:x"]
            assert meanings(names, path, "y") == []


def test_a_chain_of_imports_as_long_as_pythons_stack_is_followed(tmp_path: Path) -> None:
    length = 150
    files = {f"m{number}.py": f"from m{number + 1} import x\n" for number in range(length)}
    files[f"m{length}.py"] = "def x(): pass\n"
    names = names_of(write_project(tmp_path, files))
    assert meanings(names, "m0.py", "x") == [f"m{length}.py:x"]


def test_a_module_of_the_project_hides_the_standard_library(tmp_path: Path) -> None:
    files = {"json.py": "def loads(): pass\n", "a.py": "from json import loads\n"}
    assert meanings(names_of(write_project(tmp_path, files)), "a.py", "loads") == ["json.py:loads"]


def test_a_module_deeper_in_the_project_does_not(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/json.py": "def loads(): pass\n", "a.py": "from json import loads\n"}
    assert meanings(names_of(write_project(tmp_path, files)), "a.py", "loads") == ["library json.loads"]
    assert "json" in sys.stdlib_module_names


class TestMethodResolution:
    FILES: ClassVar[dict[str, str]] = {
        "base.py": "class Root:\n    def f(self): pass\n    def g(self): pass\n",
        "left.py": "from base import Root\nclass Left(Root):\n    def f(self): pass\n",
        "right.py": "import base\nclass Right(base.Root):\n    def g(self): pass\n",
        "a.py": "from left import Left\nimport right as r\nclass A(Left, r.Right): pass\nclass B(A): pass\n",
    }

    @staticmethod
    def program(root: Path) -> Program:
        """The program, its classes in `a.py` known."""
        program = Program(source_files(root), load(), (5, 2))
        facts = program.modules.readable("a.py")
        assert facts is not None
        for definition in facts.classes:
            program.classes.of("a.py", definition)
        return program

    def test_order_across_modules(self, tmp_path: Path) -> None:
        program = self.program(write_project(tmp_path, self.FILES))
        assert program.classes.order("a.B") == ("a.B", "a.A", "left.Left", "right.Right", "base.Root")

    @pytest.mark.parametrize(("name", "owner"), [("f", "left.Left"), ("g", "right.Right")])
    def test_members_come_from_the_first_class_that_has_them(
        self, name: str, owner: str, tmp_path: Path
    ) -> None:
        member = self.program(write_project(tmp_path, self.FILES)).classes.member("a.B", name)
        assert member is not None
        assert member.cls.name == owner

    def test_members_after_a_class(self, tmp_path: Path) -> None:
        member = self.program(write_project(tmp_path, self.FILES)).classes.member(
            "a.B", "f", after="left.Left"
        )
        assert member is not None
        assert member.cls.name == "base.Root"

    def test_bases_that_are_aliases(self, tmp_path: Path) -> None:
        files = {**self.FILES, "a.py": "from left import Left as L\nM = L\nclass A(M): pass\n"}
        assert self.program(write_project(tmp_path, files)).classes.derives("a.A", "base.Root")

    def test_a_cycle_of_classes_ends(self, tmp_path: Path) -> None:
        files = {"b.py": "from a import A\nclass B(A): pass\n", "a.py": "from b import B\nclass A(B): pass\n"}
        assert "a.A" in self.program(write_project(tmp_path, files)).classes.order("a.A")

    def test_library_bases_are_named(self, tmp_path: Path) -> None:
        files = {"a.py": "from django.views import View\nclass A(View): pass\n"}
        program = self.program(write_project(tmp_path, files))
        assert program.classes.order("a.A")[1].endswith("View")

    def test_classes_are_facts(self, tmp_path: Path) -> None:
        names = names_of(write_project(tmp_path, self.FILES))
        (meaning,) = names.lookup("a.py", "Left")
        assert isinstance(meaning, Definition)
        assert isinstance(meaning.facts, ClassFacts)


@pytest.mark.parametrize(
    "spelling",
    [
        "from slow import wait\n\n\nasync def view():\n    wait()\n",
        "import slow\n\n\nasync def view():\n    slow.wait()\n",
        "import slow as s\n\n\nasync def view():\n    s.wait()\n",
        "async def view():\n    from slow import wait as w\n    w()\n",
        "import slow\n\nwait = slow.wait\n\n\nasync def view():\n    wait()\n",
        "try:\n    from fast import wait\nexcept E:\n    from slow import wait\n\n\nasync def f(): wait()\n",
        "from every import *\n\n\nasync def view():\n    wait()\n",
        "from every import slow\n\n\nasync def view():\n    slow.wait()\n",
    ],
)
def test_a_helper_is_found_however_it_is_imported(spelling: str, tmp_path: Path) -> None:
    files = {
        "manage.py": "",
        "slow.py": "import time\n\n\ndef wait():\n    time.sleep(1)\n",
        "every.py": "import slow\nfrom slow import *\n",
        "a.py": spelling,
    }
    assert codes_in(write_project(tmp_path, files)) == ["DJA210"]
