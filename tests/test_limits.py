"""What is too much for LibCST is refused before it is parsed, and nothing else is."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from async_audit.parsing import Unreadable, facts_of
from async_audit.syntax import limits
from async_audit.syntax.limits import DEEPEST, LONGEST, MOST_BRANCHES, excess_of

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
    "lambdas in parameters": "lambda a=" * 151 + "1" + ": a" * 151,
    "lambdas behind parameters": "lambda a, b=" * 151 + "1" + ": a" * 151,
    "strings": "'a' " * 1_001,
    "strings over lines": "('a' # b\n" + '"b"\n' * 1_001 + ")",
    "strings of two kinds": "'a' f'{b}' " * 501,
    "clauses": "[a" + " for a in b" * 1_001 + "]",
    "asynchronous clauses": "{a" + "\nasync for(a)in b" * 1_001 + "}",
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
    "strings in a list": "x = [" + "'a',\n" * 5_000 + "]",
    "strings in rows": "'a'\n" * 5_000,
    "strings in a dictionary": "x = {" + "'a': 'b' 'c'," * 5_000 + "}",
    "strings in brackets": "x = ['a' 'b'," + "('a'\n'b')," * 2_000 + "]",
    "lambdas": "x = [" + "lambda a, b=1: a," * 5_000 + "]",
    "lambdas that return lambdas": "x = lambda a: " * 400 + "a",
    "loops": "for a in b: pass\n" * 5_000,
    "comprehensions": "x = [" + "[a for a in b]," * 5_000 + "]",
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


def branches(count: int, depth: int = 1) -> str:
    """A function with an `if` of so many branches."""
    indentation = "    " * depth
    rows = "".join(f"{indentation}elif a:  # one\n{indentation}    b = 1\n\n" for _ in range(count))
    start = "def f():\n" + "    if a:\n" * (depth - 1)
    return f"{start}{indentation}if a:\n{indentation}    pass\n{rows}"


@pytest.mark.parametrize("depth", [1, 2])
def test_an_if_of_too_many_branches_is_refused(depth: int) -> None:
    excess = excess_of("x = 1\n" + branches(MOST_BRANCHES + 1, depth))
    assert excess is not None
    assert str(MOST_BRANCHES) in excess.reason
    assert excess.line == 3 * MOST_BRANCHES + 4 + depth


@pytest.mark.parametrize(
    "source",
    [
        branches(MOST_BRANCHES),
        branches(MOST_BRANCHES) + branches(MOST_BRANCHES, 2),
        f"x = '''{branches(MOST_BRANCHES + 1)}'''",
        "if a: pass\nelif a: pass\n" * (MOST_BRANCHES + 1),
        "".join(
            f"if a:\n    if a: pass\n    elif b: pass\nelif c{number}: pass\n" for number in range(2_000)
        ),
    ],
    ids=["most", "in rows", "in a string", "many", "nested"],
)
def test_other_branches_are_allowed(source: str) -> None:
    assert excess_of(source) is None


def test_the_most_branches_can_be_read() -> None:
    facts = facts_of(branches(MOST_BRANCHES).encode())
    assert not isinstance(facts, Unreadable)
    assert [function.name for function in facts.functions] == ["f"]


@pytest.mark.parametrize("source", ["(a): int = 1\n", "def f():\n    return(lambda: a)\n"])
def test_what_the_parser_cannot_read_is_not_called_invalid(source: str) -> None:
    """Python accepts it."""
    compile(source, "source.py", "exec")
    found = facts_of(source.encode())
    assert isinstance(found, Unreadable)
    assert "is Python that the parser cannot read" in found.reason


@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""'])
def test_what_follows_an_unclosed_string_is_looked_at_once(quote: str) -> None:
    """The tokens that are found in it are counted: none of them is a string within the string."""
    for count in (10, 1_000):
        content = f"x = {quote}{chr(92) + quote[0]}".encode() + b"\\\"\\'" * count
        noises = [match for match in limits._TOKENS.finditer(content) if match.lastgroup == "noise"]
        assert [match.end() for match in noises] == [len(content)]
