"""What is too much for LibCST is refused before it is parsed, and nothing else is."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from async_audit.syntax.limits import DEEPEST, LONGEST, excess_of

LIBRARY = Path(sysconfig.get_paths()["stdlib"])

TOO_MUCH = {
    "parentheses": "(" * 151 + ")" * 151,
    "unclosed": "[" * 200,
    "all kinds": "({[" * 51 + "]})" * 51,
    "over lines": "(\n" * 151 + ")" * 151,
    "beside strings": "(')', '''\n)'''," * 151 + ")" * 151,
    "in an f-string": "f'{" + "(" * 151 + ")" * 151 + "}'",
    "within brackets and an f-string": "(" * 100 + "f'{" + "(" * 60 + ")" * 60 + "}'" + ")" * 100,
    "sum": "a" + " + a" * 1_001,
    "sum over lines": "(a" + "\n+ a" * 1_001 + ")",
    "continued sum": "a" + " \\\n + a" * 1_001,
    "attributes": "a" + ".b" * 1_001,
    "calls": "a" + "(b, c)" * 1_001,
    "subscripts": "a" + "[0]" * 1_001,
    "mixed": "a" + ".b(c)[0]" * 400,
    "not": "not " * 1_001 + "a",
    "minus": "- " * 1_001 + "a",
    "and": "a" + " and a" * 1_001,
    "conditional": "a if b else " * 1_001 + "c",
    "lambda": "lambda: " * 1_001 + "a",
    "sum in an f-string": "f'{a" + " + a" * 1_001 + "}'",
}
ALLOWED = {
    "brackets": "(" * 150 + ")" * 150,
    "many brackets": "f(a)\n" * 5_000,
    "brackets in strings": "x = [" + "'('," * 5_000 + "]",
    "brackets in comments": "# ((((\n" * 5_000,
    "brackets in f-strings": "x = f':( [ {a}'\n" * 5_000,
    "sums in rows": "x = a + b.c - d()\n" * 5_000,
    "sums in a list": "x = [" + "-1.5 + 2,\n" * 5_000 + "]",
    "calls in rows": "a.b.c()\n" * 5_000,
    "arguments": "x = f(" + "a=b.c,\n" * 5_000 + ")",
    "dots in a string": "x = '" + "." * 5_000 + "'",
    "dots in an f-string": "x = f'{a}" + "." * 5_000 + "'",
    "sum": "a" + " + a" * 999,
    "empty": "",
}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_what_is_refused(case: str) -> None:
    excess = excess_of(f"x = 1\n\ny = ({TOO_MUCH[case]})\n" if "within" not in case else TOO_MUCH[case])
    assert excess is not None
    assert str(DEEPEST) in excess.reason or str(LONGEST) in excess.reason
    assert (excess.line >= 3) is ("within" not in case)


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_allowed(case: str) -> None:
    assert excess_of(ALLOWED[case]) is None


def test_the_standard_library_is_allowed() -> None:
    sources = [path.read_text("utf-8", "replace") for path in sorted(LIBRARY.glob("*.py"))]
    assert [excess for source in sources if (excess := excess_of(source)) is not None] == []
