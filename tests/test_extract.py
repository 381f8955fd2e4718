"""Facts stand where their source stands, and say of functions what is so."""

# ruff: noqa: E501, RUF001  (quoted source stays on its line)

from __future__ import annotations

import gc
import re
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from async_audit.discovery import LARGEST, source_files
from async_audit.parsing import Unreadable, decode
from async_audit.project.modules import Modules
from async_audit.syntax.extract import UnreadableSource, extract
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    ClassFacts,
    Evaluate,
    Fact,
    FunctionFacts,
    Lambda,
    Literal,
    ModuleFacts,
    Name,
)
from tests.projects import facts_of, write_project

FEWEST_FILES = 60
_LINE_BREAK = re.compile(r"\r\n?|\n")
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
LIBRARY_FILES = sorted((path for path in LIBRARY.glob("*.py")), key=lambda path: path.stat().st_size)[10:76]
"""Small modules of the running Python, which are many and cheap."""

TRICKY = {
    "CRLF": "import a\r\n\r\n\r\nasync def f():\r\n    await a.b(\r\n        c)\r\n    return d.e()\r\n",
    "CR": "import a\rasync def f():\r    await a.b(c)\r    return d.e()\r",
    "mixed newlines": "import a\nx = a.b()\r\ny = a.c()\rz = a.d()\n",
    "form feed": "import a\n\x0c\nclass C:\n    \x0c\n    def f(self):\n        return a.b(self.c)\n\x0c\nx = a.c()\n",
    "form feed before code": "\x0cimport a\n\x0cx = a.b()\n",
    "vertical tab and separators in a string": "x = f('\x0b\x1c\x85\u2028'); y = g.h()\nz = i.j()\n",
    "tabs": "def f():\n\tif a:\n\t\treturn b.c(\td\t,\te )\n\treturn\tf . g ( )\n",
    "tabs and spaces": "if a:\n\tb.c()\n\td.e()\nif f:\n    g.h()\n",
    "BOM": "\ufeffimport a\nx = a.b()\n",
    "beyond the BMP": "x = f('😀😀'); y = g.h('é')\nнаме = ключ.значение()\n",
    "continued lines": "x = a \\\n    .b \\\n    (c) + \\\n  d.e()\nassert x, \\\n    y.z()\n",
    "parentheses": "x = (\n    (a)\n    .b(  # why\n        (c),\n        *(d.e()),\n    )\n    .f\n)\ny = ((g.h))()\nz = (yield_)(i)\n",
    "parenthesised await": "async def f():\n    x = (await a.b())\n    return (await (await (c)).d()).e, [await g()]\n",
    "decorators": "@a.b\n@c(d.e)\n@(f.g or h)\nclass C(i.J, metaclass=k.L):\n    @m.n()\n    async def f(self, o=p.q(), *r, s: t.u = v.w, **x) -> y.z: ...\n",
    "f-strings": "x = f'{a.b()} {c!r:>{d.e()}} {{f}} {g()=}' f\"{h.i}\" 'j'\ny = rf'''\n{k.l(\n  m)}\n'''\n",
    "nested f-strings": "x = f\"{f'{a.b()}'} {c[f'{d}']}\"\n",
    "semicolons": "import a; x = a.b(); y = a.c();\nif x: y.d(); z.e()\n",
    "match": (
        "match a.b():\n    case [c, *d] if e.f(c): g.h()\n    case I(j=k) | {'l': k, **m}:\n        n(k)\n"
        "    case O.P: q()\n    case None | -1 | 'r' as s: t(s)\n    case _: u()\n"
    ),
    "walrus": "if (a := b.c()) and (d := (e := f())):\n    print(a, [g := h(i) for i in j])\n",
    "comprehensions": (
        "async def f():\n    a = [b.c async for b in d() if e(b) async for g, h in b.i()]\n"
        "    j = {await k(l): m async for l, m in n}\n    return (o async for o in p), {q for q in r}\n"
    ),
    "lambda": "x = lambda a, /, *b, c=d.e(), **f: g.h(a)\ny = (lambda: (i.j()))()\n",
    "slices": "x = a[b():c.d:e]\ny = a[:, f(), ::g]\nz = a[()]\nw = a[*h]\n",
    "operators": "x = not a.b() in c.d is not e ** -f() @ g if h else ~i\nx @= j()\nx //= k.l\n",
    "starred": "a, *b = c(*d.e, **f.g())\nx = *h, i()\nfor j, *k in l, m(): pass\n",
    "bare tuples": "async def f():\n    return a.b(), await c()\nx = d(), \nfor y in e(), f(): yield_\ndel g.h, i[j()]\n",
    "with": "async def f():\n    async with a.b() as c, (d()) as (e, g.h):\n        pass\n    with (i() as j, k()): pass\n",
    "try": "try:\n    a.b()\nexcept* (C.D, E):\n    f()\nelse:\n    g()\nfinally:\n    h()\n",
    "statements": "raise A.B(c) from d.e()\nglobal f\nassert g(), h()\nx: i.j = k()\ny: L\n",
    "type parameters": "def f[T: (a.B, C), *U, **V](x: T) -> T:\n    return d.e(x)\nclass G[T](h.I[T]):\n    j = k()\n",
    "type alias": "type A[T] = list[T]\nx = b.c()\n",
    "strings": "x = 'a' \"b\" f(c)\n".replace(" f(c)", " % f(c)") + "y = b'd' b'e'\nz = '''\n g.h() ''' .i(j)\n",
    "comments": "# a.b()\nx = c.d()  # e.f()\n# coding comes too late: latin-1\ndef g():\n    # h\n    i.j()\n    # k\nl.m()\n",
    "no trailing newline": "x = a.b()",
    "trailing white space": "x = a.b()   \n   \n\t\n",
    "trailing comment": "def f():\n    a.b()\n    # c",
    "empty": "",
    "only a comment": "# a",
    "only white space": " \n\t\n",
    "dots": "x = 1 .a() + 1.0.b + ....c + a.b.c.d\n",
    "await in odd places": "async def f(a=b()):\n    return f'{await c()}', lambda: d, [e async for e in await g()], await h.i ** 2\n",
}  # fmt: skip

PEP_701 = {
    "same quotes": "x = f'{a['b']} {c.d('e')}'\n",
    "same quotes nested": "x = f'{f'{f'{a.b()}'}'}'\n",
    "newline in a replacement": "x = f'{a.b(\n    c)}'\n",
    "comment in a replacement": "x = f'''{a.b(  # why\n    c)}'''\n",
    "backslash in a replacement": "x = f'{'\\n'.join(a.b())}'\n",
}


def spans_by_libcst(source: str) -> dict[tuple[str, int, int, int, int], str]:
    """Kind and place of each name, attribute, call and await, with the name, by LibCST's own measure."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    # LibCST drops a form feed before the first token of a line.
    before, after = (_LINE_BREAK.split(text) for text in (source, wrapper.module.code))
    dropped = dict(enumerate(len(line) - len(left) for line, left in zip(before, after, strict=False)))
    dropped = dropped if "\f" in source else {}
    kinds = {cst.Name: "Name", cst.Attribute: "Attribute", cst.Call: "Call", cst.Await: "Await"}
    found: dict[tuple[str, int, int, int, int], str] = {}
    for node, span in wrapper.resolve(PositionProvider).items():
        kind = kinds.get(type(node))
        if kind is not None:
            start, end = (
                (point.line, point.column + 1 + dropped.get(point.line - 1, 0))
                for point in (span.start, span.end)
            )
            place = (kind, *start, *end)
            found[place] = (
                getattr(node, "value", "")
                if kind == "Name"
                else getattr(getattr(node, "attr", None), "value", "")
            )
    return found


def expressions(facts: object, seen: set[int] | None = None) -> Iterator[Name | Attribute | Call | Await]:
    """Every name, attribute, call and await among the facts, each once."""
    seen = set() if seen is None else seen
    if isinstance(facts, tuple):
        for item in facts:
            yield from expressions(item, seen)
    elif isinstance(facts, Fact) and id(facts) not in seen:
        seen.add(id(facts))
        if isinstance(facts, Name | Attribute | Call | Await):
            yield facts
        for name in facts.__struct_fields__:
            yield from expressions(getattr(facts, name), seen)


def check_positions(source: str) -> ModuleFacts:
    """Hold the facts of a source text to LibCST's positions; return them."""
    facts = extract(source, path="a.py", name="a", is_package=False)
    expected = spans_by_libcst(source)
    found = set()
    for expr in expressions(facts.body):
        kind = type(expr).__name__
        text = source[expr.start : expr.end]
        if isinstance(expr, Name):
            if expr.id == "Ellipsis" and text == "...":
                continue
            assert text == expr.id
        elif isinstance(expr, Attribute):
            assert text.endswith(expr.name)
        elif isinstance(expr, Call):
            assert text.endswith(")")
        else:
            assert text.startswith("await")
        place = (kind, *facts.line_and_column(expr.start), *facts.line_and_column(expr.end))
        assert place in expected, f"{place}: {text!r}"
        found.add(place)
    lost = {place for place in expected if place[0] in {"Call", "Await"}} - found
    assert not lost
    return facts


@pytest.mark.parametrize("case", TRICKY)
def test_positions_in_tricky_source(case: str) -> None:
    check_positions(decode(TRICKY[case].encode()))


@pytest.mark.parametrize("case", PEP_701)
def test_positions_in_f_strings_of_python_312(case: str) -> None:
    check_positions(PEP_701[case])


def test_positions_in_the_standard_library() -> None:
    checked = 0
    for path in LIBRARY_FILES:
        source = decode(path.read_bytes())
        try:
            cst.parse_module(source)
        except cst.ParserSyntaxError:
            continue
        check_positions(source)
        checked += 1
    assert checked >= FEWEST_FILES


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"# -*- coding: latin-1 -*-\nx = f('\xe9'); y = g.h()\n", "é"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = f('\x80'); y = g.h()\n", "€"),
        ("\ufeffx = f('é'); y = g.h()\n".encode(), "é"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = f('\xc3\xa9'); y = g.h()\n", "é"),
    ],
    ids=["latin-1", "cp1252", "BOM", "BOM and coding line"],
)
def test_positions_count_characters_whatever_the_encoding(content: bytes, text: str) -> None:
    source = decode(content)
    facts = check_positions(source)
    assert text in source
    column = next(expr for expr in expressions(facts.body) if isinstance(expr, Name) and expr.id == "g").start
    assert facts.line_and_column(column)[1] == len("x = f('e'); y = ") + 1


def function(source: str, name: str = "f") -> FunctionFacts:
    """The function of that name, wherever it stands."""

    def search(functions: tuple[FunctionFacts, ...]) -> Iterator[FunctionFacts]:
        for candidate in functions:
            if candidate.name == name:
                yield candidate
            yield from search(candidate.nested)

    return next(search(facts_of(source).functions))


def klass(source: str) -> ClassFacts:
    """The first class of a source text."""
    return facts_of(source).classes[0]


@pytest.mark.parametrize(
    ("body", "awaits"),
    [
        ("await a()", True),
        ("async for a in b: pass", True),
        ("async with a: pass", True),
        ("return [a async for a in b]", True),
        ("return {a: a async for a in b}", True),
        ("return [a for a in await b]", True),
        ("return f'{await a}'", True),
        ("x[await a] = 1", True),
        ("x: int = await a", True),
        ("assert await a", True),
        ("def g(b=await a): pass", True),
        ("@(await a)\n    def g(): pass", True),
        ("class C(await a): pass", True),
        ("match await a:\n        case _: pass", True),
        ("if x:\n        try: pass\n        finally: await a", True),
        ("pass", False),
        ("return a()", False),
        ("async def g(): await a", False),
        ("return lambda: a", False),
        ("yield a", False),
        ("'await a'", False),
    ],
)
def test_awaits(body: str, awaits: bool) -> None:  # noqa: FBT001
    assert function(f"async def f():\n    {body}\n").awaits is awaits


@pytest.mark.parametrize(
    ("body", "generates"),
    [
        ("yield", True),
        ("x = yield a", True),
        ("yield from a", True),
        ("return [(yield)]", True),
        ("if x:\n        while y:\n            yield", True),
        ("return", False),
        ("def g(): yield", False),
        ("return lambda: (yield)", False),
        ("return (a for a in b)", False),
    ],
)
def test_is_generator(body: str, generates: bool) -> None:  # noqa: FBT001
    assert function(f"def f():\n    {body}\n").is_generator is generates


@pytest.mark.parametrize(
    ("body", "bound"),
    [
        ("a = b = 1", {"a", "b"}),
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("a += 1", {"a"}),
        ("a: int = 1", {"a"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b, c as d", {"b", "d"}),
        ("for a, b in c: pass", {"a", "b"}),
        ("with a as b, c as (d, e): pass", {"b", "d", "e"}),
        ("def a(): b = 1", {"a"}),
        ("class a: b = 1", {"a"}),
        ("if (a := 1): pass", {"a"}),
        ("[(a := b) for b in c]", {"a"}),
        ("try:\n        pass\n    finally:\n        a = 1", {"a"}),
        ("a.b = c[d] = 1", set()),
        ("global a\n    a = 1", set()),
        ("[a for a in b]", set()),
        pytest.param("try: pass\n    except E as a: pass", {"a"}, id="except"),
        pytest.param(
            "match x:\n        case [a, *b]: pass\n        case {**c}: pass",
            {"a", "b", "c"},
            id="match",
        ),
        pytest.param(
            "for a in b:\n        match a:\n            case C(d=e) as g: pass",
            {"a", "e", "g"},
            id="match in for",
        ),
    ],
)
def test_bound_names(body: str, bound: set[str]) -> None:
    assert function(f"def f():\n    {body}\n").bound == bound


def test_parameters_are_bound() -> None:
    assert function("def f(a, /, b, *c, d=1, **e): pass").bound == {"a", "b", "c", "d", "e"}


def test_nested_functions_are_facts_of_the_outer_one() -> None:
    facts = facts_of(
        """\
        def f():
            async def g():
                def h(): pass
            class C:
                def m(self): pass
            return lambda: g

        class D:
            def n(self):
                def o(): pass
        """
    )
    assert [outer.qualname for outer in facts.functions] == ["f", "D.n"]
    f, n = facts.functions
    assert [inner.qualname for inner in f.nested] == ["f.<locals>.g", "f.<locals>.C.m"]
    assert [inner.qualname for inner in f.nested[0].nested] == ["f.<locals>.g.<locals>.h"]
    assert [inner.qualname for inner in n.nested] == ["D.n.<locals>.o"]
    assert [cls.qualname for cls in facts.classes] == ["f.<locals>.C", "D"]
    assert (f.owner, n.owner, f.nested[1].owner) == ("", "D", "f.<locals>.C")


def test_a_function_spans_its_name() -> None:
    source = "@a\nasync  def  f ( b ):\n    pass\n"
    facts = extract(source, path="a.py", name="a", is_package=False)
    assert source[facts.functions[0].start : facts.functions[0].end] == "f"


def test_a_lambda_spans_the_whole_of_it() -> None:
    source = "x = (lambda a: a.b)\n"
    facts = extract(source, path="a.py", name="a", is_package=False)
    value = getattr(facts.body[0], "value", None)
    assert isinstance(value, Lambda)
    assert source[value.function.start : value.function.end] == "lambda a: a.b"


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        ("self.a = 1", {"a"}),
        ("self.a: int = 1", {"a"}),
        ("self.a, (self.b, c) = d", {"a", "b"}),
        ("self.a = self.b = 1", {"a", "b"}),
        ("if x:\n            self.a = 1", {"a"}),
        ("def g(): self.a = 1", {"a"}),
        ("other.a = 1", set()),
        ("self.a.b = 1", set()),
        ("self.a[0] = 1", set()),
        ("x = self.a", set()),
        pytest.param("self.a += 1", {"a"}, id="augmented"),
        pytest.param("*self.a, self.b = c", {"a", "b"}, id="starred"),
        pytest.param("for self.a in b: pass", {"a"}, id="for"),
        pytest.param("with b as self.a: pass", {"a"}, id="with"),
    ],
)
def test_writes_on_self(body: str, writes: set[str]) -> None:
    found = klass(f"class C:\n    def m(self):\n        {body}\n").writes
    assert found == dict.fromkeys(writes, ("m",))


def test_writes_name_each_method_once_in_order() -> None:
    source = """\
        class C:
            def b(self): self.x = 1; self.x = 2
            def a(self): self.x = 3
            def c(this): this.x = 4
        """
    assert klass(source).writes["x"][:2] == ("b", "a")


@pytest.mark.parametrize("text", [r"'\d'", r"'\_'", r"'''\/'''"])
def test_reading_strings_warns_of_nothing(text: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        facts_of(f"x = f({text})\n")
    assert caught == []


def test_concatenated_bytes_are_joined() -> None:
    (statement,) = facts_of("f(b'a' b'b')\n").body
    assert isinstance(statement, Evaluate)
    assert isinstance(statement.value, Call)
    literal = statement.value.arguments[0].value
    assert isinstance(literal, Literal)
    assert literal.value == b"ab"


def test_docstrings_and_pass_are_no_facts() -> None:
    assert facts_of('"""Text."""\npass\n').body == ()


UNREADABLE = {
    "Python 2 print": (b"x = 1\nprint 'a'\n", 2),
    "Python 2 octal": (b"x = 1\ny = 0777\n", 2),
    "Python 2 backticks": (b"x = 1\ny = `x`\n", 2),
    "unbalanced": (b"x = 1\ny = (\n", 2),
    "indentation": (b"def f():\n    x = 1\n   y = 2\n", 3),
    "merge conflict": (b"x = 1\n<<<<<<< HEAD\nx = 2\n", 2),
    "NUL": (b"x = 1\ny = 2\n\x00\n", 3),
    "undecodable": (b"x = 1\ny = '\xff'\n", 2),
    "undecodable first line": (b"# \xff\n", 1),
    "unknown coding": (b"# coding: klingon\nx = 1\n", 1),
    "coding of no text": (b"# coding: hex\nx = 1\n", 1),
    "coding against the BOM": (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", 1),
    "UTF-16": ("x = 1\n".encode("utf-16"), 1),
    "unfinished string": (b"x = 1\ny = 'a\n", 2),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_source_is_said_to_be(case: str, tmp_path: Path) -> None:
    content, line = UNREADABLE[case]
    facts = Modules(source_files(write_project(tmp_path, {"a.py": content}))).facts("a.py")
    assert isinstance(facts, Unreadable)
    assert facts.reason
    assert facts.line == line


def test_a_file_that_is_too_large_is_said_to_be(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"a.py": b"#" * (LARGEST + 1)})
    facts = Modules(source_files(root)).facts("a.py")
    assert isinstance(facts, Unreadable)
    assert str(LARGEST) in facts.reason


def test_a_file_that_went_away_is_said_to_be(tmp_path: Path) -> None:
    files = source_files(write_project(tmp_path, {"a.py": ""}))
    (tmp_path / "a.py").unlink()
    assert isinstance(Modules(files).facts("a.py"), Unreadable)


DEEP = {
    "brackets": "x = " + "(" * 5_000 + ")" * 5_000,
    "lists": "x = " + "[" * 5_000 + "]" * 5_000,
    "nested blocks": "".join(f"{' ' * depth}if x:\n" for depth in range(99)) + " " * 99 + "pass",
    "attributes": "x = a" + ".b" * 150,
    "calls": "x = a" + "()" * 150,
    "sum": "x = " + " + ".join(["a"] * 300),
    "long sum": "x = " + " + ".join(["a"] * 5_000),
    "strings": "x = " + "\n".join(["'a'"] * 300).join("()"),
    "elif": "if a: pass\n" + "elif b: pass\n" * 200,
    "f-strings": "x = " + "f'{" * 20 + "a" + "}'" * 20,
    "brackets in an f-string": "x = f'{" + "(" * 5_000 + ")" * 5_000 + "}'",
    "unclosed brackets": "x = " + "(" * 5_000,
    "long attributes": "x = a" + ".b" * 5_000,
    "long calls": "x = a" + "()" * 5_000,
    "long subscripts": "x = a" + "[0]" * 5_000,
    "long negation": "x = " + "not " * 5_000 + "a",
    "long minus": "x = " + "- " * 5_000 + "a",
    "sum over lines": "x = (" + "\n + ".join(["a"] * 5_000) + ")",
    "long elif": "if a: pass\n" + "elif b: pass\n" * 3_000,
    "sum within the limit": "x = " + " + ".join(["a"] * 900),
    "calls within the limit": "x = a" + ".b()" * 400,
}


@pytest.mark.parametrize("case", DEEP)
def test_deep_source_does_not_end_the_process(case: str, tmp_path: Path) -> None:
    source = f"async def view():\n    pass\n{DEEP[case]}\n"
    root = write_project(
        tmp_path, {"manage.py": "", "a.py": source, "b.py": "async def f():\n    open('x')\n"}
    )
    command = [sys.executable, "-m", "async_audit", "scan", "--format", "concise", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stderr[-300:]
    assert "b.py:2:5: DJA204" in done.stdout


def test_invalid_source_raises_with_its_line() -> None:
    with pytest.raises(UnreadableSource) as caught:
        facts_of("x = 1\nx = = 2\n")
    assert caught.value.line == 2
    assert dedent(caught.value.reason)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.sampled_from(["'", '"', "'''", '"""'])
)
def test_texts_are_read_as_python_reads_them(text: str, quote: str) -> None:
    source = f"name = {quote}{text}{quote}\n"
    try:
        value = eval(compile(source.partition("= ")[2], "source", "eval"))  # noqa: S307  (a literal)
        body = extract(source, path="module.py", name="module", is_package=False).body
    except (SyntaxError, UnreadableSource, SyntaxWarning):
        return
    assert isinstance(value, str)
    match body:
        case (Assign(value=Literal(value=found)),):
            assert found == value


@pytest.mark.parametrize(
    "text", ["0", "00", "1", "42", "1_000", "0x1f", "0b11", "1e3", "2.5", "3j", "10" * 49]
)
def test_numbers_are_read_as_python_reads_them(text: str) -> None:
    (statement,) = extract(f"name = {text}\n", path="module.py", name="module", is_package=False).body
    assert isinstance(statement, Assign)
    assert isinstance(statement.value, Literal)
    assert statement.value.value == eval(text)  # noqa: S307  (a number)


def test_reading_leaves_nothing_for_the_garbage_collector() -> None:
    # It is off during an audit, so that what it would find stays until the end.
    source = Path(__file__).read_text(encoding="utf-8")
    extract(source, path="module.py", name="module", is_package=False)
    gc.collect()
    gc.disable()
    try:
        extract(source, path="module.py", name="module", is_package=False)
        found = gc.collect()
    finally:
        gc.enable()
    # Literals with escapes are read by the standard library, which leaves some closures behind.
    assert found < 10 * source.count("\\") + 10
