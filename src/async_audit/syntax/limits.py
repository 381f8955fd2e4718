"""What LibCST must not be given: it ends the process on deep nesting and takes minutes over long chains.

An `elif` is nested in the `if` before it, for LibCST as for Python.

A filter at the speed of C looks at every source text. What it cannot clear is scanned token by token, and
only that decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

DEEPEST = 150
"""Brackets within brackets, where CPython itself refuses 200, and lambdas within parameters of lambdas."""
LONGEST = 1_000
"""Operators, attributes, calls, subscripts, strings and `for` clauses in a row.

The time that LibCST takes grows with their square, or it says that they are no Python.
"""
MOST_BRANCHES = 1_500
"""Of one `if` with its `elif`; LibCST ends the process at some 8,000, and CPython compiles some 2,500."""
LARGEST_TRUSTED = 1_000_000
"""Bytes; larger files take the parser seconds and are hardly ever written by hand."""

_NOISE = rb"""
    "{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* (?: "{3} | \\? \Z )
  | '{3} [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* (?: '{3} | \\? \Z )
  | " [^"\\\r\n]* (?: \\(?:\r\n|.) [^"\\\r\n]* )* (?: " | (?=[\r\n]) | \\? \Z )
  | ' [^'\\\r\n]* (?: \\(?:\r\n|.) [^'\\\r\n]* )* (?: ' | (?=[\r\n]) | \\? \Z )
  | \# [^\r\n]*
  | \\ (?:\r\n|\r|\n)
"""
"""An unclosed string ends where Python gives it up: to look for others in it takes the square of it."""
_NOISES = re.compile(_NOISE, re.VERBOSE | re.DOTALL)
_TOKENS = re.compile(
    rb"(?P<noise>"
    + _NOISE
    + rb""")
  | (?P<opens> [(\[{] )
  | (?P<closes> [)\]}] )
  | (?P<ends> [,;\r\n] | (?<![=!<>:]) = (?!=) )
  | (?P<lambda> \b lambda \b )
  | (?P<colon> : )
  | (?P<links> \*\* | // | << | >> | [-+*/%@&|^~.] | \b (?:and|or|not|else|for|await) \b )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = (b"and", b"or ", b"not", b"else", b"await", b"for")
_KEPT = b"()[]{},;=\r\n.+-*/%@&|^~'\""
_DROPPED = bytes(byte for byte in range(256) if byte not in _KEPT)
_AS_ONE = bytes.maketrans(b'[]{}\r;=+-*/%@&|^~"', b"()()\n,,..........'")
_INNERMOST = re.compile(rb"\([^()]*\)")
_ROW = re.compile(rb"[.'\n]{%d}" % LONGEST)
_NEWLINES = re.compile(rb"\r\n?|\n")
_FIRST_WORDS = re.compile(rb"^(?P<indentation>[ \t\f]*)(?P<word>elif\b|[^\s\"])", re.MULTILINE)
_FORMATTED = frozenset(b"fFtT")
_QUOTES = frozenset(b"\"'")
_CALLED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_)]}\"'")


@dataclass(frozen=True, slots=True)
class Excess:
    """What of a source text is too much, as a predicate of the file, and on which line."""

    reason: str
    line: int


def is_suspicious(content: bytes) -> bool:
    """Whether parsing the content of a file may end badly, and had better happen in a process apart."""
    return len(content) > LARGEST_TRUSTED or not _is_plain(content)


def excess_of(source: str) -> Excess | None:
    """Why LibCST must not parse `source`; nothing where it may."""
    content = source.encode(errors="replace")
    if _is_plain(content):
        return None
    for position, reason in chain(_excesses(content, 0, len(content), 0), _branches(content)):
        return Excess(reason, len(_NEWLINES.findall(content, 0, position)) + 1)
    return None


def _is_plain(content: bytes) -> bool:
    """Whether nothing in the source can exceed the limits; false says nothing."""

    def blank(match: re.Match[bytes]) -> bytes:
        if _is_formatted(content, match.start()):
            return match[0]
        return b"'" if match[0][0] in _QUOTES else b""

    if any(content.count(word) > LONGEST for word in _WORDS) or content.count(b"elif") > MOST_BRANCHES:
        return False
    if content.count(b"lambda") > DEEPEST:
        return False
    skeleton = content.translate(_AS_ONE, _DROPPED)
    has_few_strings = skeleton.count(b"'") <= 2 * LONGEST
    if skeleton.count(b"(") <= DEEPEST and skeleton.count(b".") <= LONGEST - DEEPEST and has_few_strings:
        return True
    skeleton = _NOISES.sub(blank, content).translate(_AS_ONE, _DROPPED)
    for _ in range(DEEPEST):
        if _ROW.search(skeleton):
            return False
        # A pair of brackets is a call or a subscript, and so one more link of a chain.
        skeleton, count = _INNERMOST.subn(b".", skeleton)
        if not count:
            return skeleton.count(b"(") <= DEEPEST
    return False


def _is_formatted(content: bytes, quote: int) -> bool:
    """Whether the string whose quote stands at an offset has code in it."""
    if content[quote] not in _QUOTES:
        return False
    prefix = content[max(quote - 2, 0) : quote]
    return not _FORMATTED.isdisjoint(prefix)


@dataclass(slots=True)
class _Row:
    """The expression within one pair of brackets so far; `lambdas` are those whose body has not begun."""

    terms: int = 0
    lambdas: int = 0
    strings: int = 0

    def take(self, kind: str | None) -> None:
        """Go on to a token that is no bracket."""
        match kind:
            case "string":
                self.strings += 1
                return
            case "links":
                self.terms += 1
            case "lambda":
                self.terms += 1
                self.lambdas += 1
            case "colon":
                self.lambdas -= self.lambdas > 0
            case _ if not self.lambdas:
                # A comma between the parameters of a lambda does not end those around it.
                self.terms = 0
        self.strings = 0

    def excess(self) -> str:
        """What is too much by now; empty where nothing is."""
        if self.terms > LONGEST:
            return f"has an expression of more than {LONGEST} terms"
        if self.strings > LONGEST:
            return f"has more than {LONGEST} strings in a row"
        if self.lambdas > DEEPEST:
            return f"has more than {DEEPEST} lambdas in each other's parameters"
        return ""


def _excesses(content: bytes, start: int, end: int, outside: int) -> Iterator[tuple[int, str]]:
    """Offset and reason of each excess in a stretch of code; `outside` counts the brackets around it."""
    rows = [_Row()]
    for match in _TOKENS.finditer(content, start, end):
        position = match.start()
        match match.lastgroup:
            case "noise":
                if content[position] not in _QUOTES:
                    continue
                rows[-1].take("string")
                if _is_formatted(content, position):
                    yield from _in_formatted(content, position, match.end(), outside + len(rows) - 1)
            case "opens":
                rows[-1].terms += position > start and content[position - 1] in _CALLED
                rows[-1].strings = 0
                rows.append(_Row())
                if outside + len(rows) - 1 > DEEPEST:
                    yield position, f"has more than {DEEPEST} brackets within brackets"
            case "closes":
                if len(rows) > 1:
                    rows.pop()
            case kind:
                # Within brackets a new line ends nothing.
                if len(rows) == 1 or content[position] not in b"\r\n":
                    rows[-1].take(kind)
        reason = rows[-1].excess()
        if reason:
            rows[-1] = _Row()
            yield position, reason


def _branches(content: bytes) -> Iterator[tuple[int, str]]:
    """Offset and reason of each `elif` that is one too many of its `if`."""
    counts: dict[int, int] = {}
    for match in _FIRST_WORDS.finditer(_NOISES.sub(_as_blank, content)):
        depth = len(match["indentation"])
        counts = {other: count for other, count in counts.items() if other <= depth}
        if match["word"] != b"elif":
            counts.pop(depth, None)
            continue
        counts[depth] = counts.get(depth, 0) + 1
        if counts[depth] > MOST_BRANCHES:
            yield match.start("word"), f"has an `if` of more than {MOST_BRANCHES} branches"
            return


def _as_blank(match: re.Match[bytes]) -> bytes:
    """What stands for a string or comment where only the places of words count."""
    return re.sub(rb"[^\r\n]", b'"', match[0])


def _in_formatted(content: bytes, start: int, end: int, outside: int) -> Iterator[tuple[int, str]]:
    """The excesses in the replacement fields of an f-string."""
    position = content.find(b"{", start, end)
    while position >= 0:
        if content[position + 1 : position + 2] == b"{":
            position = content.find(b"{", position + 2, end)
            continue
        depth, field = 0, position
        for match in _BRACES.finditer(content, position, end):
            depth += 1 if match[0] == b"{" else -1
            field = match.end()
            if depth == 0:
                break
        yield from _excesses(content, position, field, outside)
        position = content.find(b"{", max(field, position + 1), end)


_BRACES = re.compile(rb"[{}]")
