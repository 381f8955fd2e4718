"""The facts of files outlive a scan, and are those that parsing gives."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from async_audit import facts_cache
from async_audit.cache import Cache
from async_audit.discovery import SourceFile, source_files
from async_audit.facts_cache import FactsCache
from async_audit.parsing import facts_of, parse_file
from async_audit.syntax.facts import Fact, FunctionFacts, ModuleFacts
from async_audit.syntax.packing import packed_facts, unpacked
from async_audit.workers import Workers
from tests.projects import PROJECTS, write_project

SOURCES = Path(__file__).parent.parent / "src"
EVERYTHING = b"""
from __future__ import annotations
import os.path as p, sys
from . import *
a: int = 1_000; b = 1.5; c = b"\\xff"; d = "\\u20ac"; e = ...; f = f"{a!r:>{b}} {d}"
a, (b, *c) = x[1:2, ::3] = {**d, "k": [i async for i in y if i]}, {z for z in (w := v)}
class C(B, metaclass=M):
    @decorated
    async def method(self, /, p, *args: int, k=lambda q=1: (yield), **kwargs) -> None:
        global g
        self.x += await p
        async with a as b, c: return
        for i in call(*a, k=1): continue
        def inner(): nonlocal p; del p, k.v
        class Deep:
            def deepest(self): pass
    if not a < b <= c and d: assert a, b
    else:
        def other(self): raise E from None
while True:
    try: break
    except (A, B) as error: continue
    else: pass
    finally: x if y else z
match command:
    case [1, {"a": b}, *rest] if rest: ...
    case _: pass
x = 1  # noqa: DJA101
"""
WITHOUT_BYTES = {
    "a large number": b"x = 99999999999999999999\n",
    "a complex number": b"x = 1j\n",
    "half a surrogate pair": b"x = '\\ud800'\n",
    "a deep expression": b"x = a" + b" + a" * 990 + b"\n",
}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    return Cache(folder)


def source(root: Path, content: bytes) -> SourceFile:
    (file,) = source_files(write_project(root, {"a.py": content}))
    return file


def in_full(facts: Any) -> Any:
    """Facts as values that are equal when these are."""
    if isinstance(facts, Fact):
        return (type(facts).__name__, *(in_full(getattr(facts, name)) for name in facts.__struct_fields__))
    if isinstance(facts, tuple):
        return tuple(in_full(part) for part in facts)
    return type(facts).__name__, facts


def parse_nothing(content: bytes) -> ModuleFacts:
    raise AssertionError(f"{content!r} was parsed")


def test_every_kind_of_fact_comes_back() -> None:
    facts = facts_of(EVERYTHING)
    assert isinstance(facts, ModuleFacts)
    packed = packed_facts(facts)
    assert packed is not None
    again = unpacked(packed)
    assert again is not None
    assert in_full(again) == in_full(facts)
    names = [kind.__name__ for kind in _kinds(Fact) if kind.__name__ not in {"Fact", "Node"}]
    written = repr(in_full(facts))
    assert [name for name in names if f"'{name}'" not in written] == []


def _kinds(kind: type[Fact]) -> Iterator[type[Fact]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def test_definitions_are_the_same_objects_wherever_they_are_asked_for() -> None:
    facts = unpacked(packed_facts(facts_of(EVERYTHING)))  # type: ignore[arg-type]
    assert facts is not None
    method, other = facts.functions
    assert [function.qualname for function in method.nested] == [
        "C.method.<locals>.inner",
        "C.method.<locals>.Deep.deepest",
    ]
    assert method.nested is method.nested
    assert other.nested == ()
    (statement, *_) = facts.bindings["C"]
    outer, deep = facts.classes
    assert (outer.name, deep.name) == ("C", "Deep")
    assert statement.definition is outer  # type: ignore[union-attr]
    assert all(isinstance(function, FunctionFacts) for function in facts.functions)


@pytest.mark.parametrize("project", ["src", *PROJECTS])
def test_kept_facts_are_those_that_parsing_gives(
    project: str, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = source_files(SOURCES if project == "src" else SOURCES.parent / "fixtures" / project)[:60]
    parsed = [parse_file(file) for file in files]
    for file in files:
        FactsCache(cache, Workers()).parse(file)
    monkeypatch.setattr(facts_cache, "facts_of", parse_nothing)
    for file, facts in zip(files, parsed, strict=True):
        if isinstance(facts, ModuleFacts):
            assert in_full(FactsCache(cache, Workers()).parse(file)) == in_full(facts)


def test_a_file_that_was_moved_has_its_facts(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "project", {"a.py": EVERYTHING, "b/__init__.py": EVERYTHING})
    first, second = sorted(source_files(root), key=lambda file: file.relative)
    FactsCache(cache, Workers()).parse(first)
    monkeypatch.setattr(facts_cache, "facts_of", parse_nothing)
    facts = FactsCache(cache, Workers()).parse(second)
    assert isinstance(facts, ModuleFacts)
    assert (facts.path, facts.name, facts.is_package) == ("b/__init__.py", "b", True)


def test_another_program_parses_anew(tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    file = source(tmp_path, EVERYTHING)
    FactsCache(cache, Workers()).parse(file)
    monkeypatch.setattr(facts_cache, "program_identity", lambda: "another release")
    monkeypatch.setattr(facts_cache, "facts_of", parse_nothing)
    with pytest.raises(AssertionError):
        FactsCache(cache, Workers()).parse(file)


@pytest.mark.parametrize("case", WITHOUT_BYTES)
def test_what_has_no_bytes_is_parsed_each_time(case: str, tmp_path: Path, cache: Cache) -> None:
    file = source(tmp_path, WITHOUT_BYTES[case])
    for _ in range(2):
        assert isinstance(FactsCache(cache, Workers()).parse(file), ModuleFacts)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"noise",
        zlib.compress(b""),
        zlib.compress(b"\x93"),
        zlib.compress(msgspec.msgpack.encode([1, 2, 3])),
        zlib.compress(msgspec.msgpack.encode(["", "", False, [["Evaluate", 0, 0, ["Module"]]], [0]])),
        zlib.compress(b"\x91" * 100_000),
        zlib.compress(EVERYTHING)[:-1],
    ],
    ids=["empty", "noise", "nothing", "cut", "another value", "no such class", "nested", "cut while packed"],
)
def test_bytes_that_are_no_facts(content: bytes, tmp_path: Path, cache: Cache) -> None:
    assert unpacked(content) is None
    file = source(tmp_path, EVERYTHING)
    FactsCache(cache, Workers()).parse(file)
    assert cache.folder is not None
    (entry,) = (cache.folder / "facts").iterdir()
    cache.write_bytes("facts", entry.name, content)
    assert in_full(FactsCache(cache, Workers()).parse(file)) == in_full(parse_file(file))
    assert cache.read_bytes("facts", entry.name) != content
