"""Sources that are no longer, or never were, what somebody wrote: noise, and the fixtures after accidents."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from random import Random

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"

_PIECES = (
    *(
        b"async def f(request):\n",
        b"    await ",
        b"class A(models.Model):\n",
        b"    return ",
        b"lambda x: ",
        b"if ",
        b"else:\n",
    ),
    *(
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b",",
        b"=",
        b":=",
        b"*",
        b"**",
        b"@",
        b"->",
        b"...",
        b"\\\n",
        b";",
    ),
    *(b"'", b'"', b"'''", b'f"{', b"#", b"# noqa", b"# async-audit: ignore[", b"# -*- coding: ", b"# type: "),
    *(
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"    ",
        b"\x0c",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xae",
        b"\x1b[31m",
    ),
    *(
        b"import ",
        b"from . import *\n",
        b"objects",
        b".get(",
        b".filter(",
        b"self",
        b"request.user",
        b"1",
        b"1e9",
        b"0x",
    ),
    *(
        "naïve".encode(),
        "变量".encode(),
        "🦄".encode(),
        b"match x:\n",
        b"    case ",
        b"try:\n",
        b"except* E:\n",
        b"yield ",
    ),
)


def noise(seed: int) -> bytes:
    """Bytes without sense, from pieces that stand in Python files and from none."""
    random = Random(seed)  # noqa: S311  (a seed is what makes it the same)
    if random.random() < 0.2:
        return random.randbytes(random.randint(0, 2_000))
    return b"".join(random.choice(_PIECES) for _ in range(random.randint(0, 300)))


def mutated(seed: int) -> bytes:
    """A file of a fixture project after a few accidents, readable or not."""
    random = Random(seed)  # noqa: S311  (as above)
    content = random.choice(_fixtures())
    for _ in range(random.randint(1, 4)):
        content = random.choice((_lines, _lines, _words, _bytes, _brackets))(random, content)
    return content


@lru_cache(maxsize=1)
def _fixtures() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(FIXTURES.rglob("*.py")) if path.stat().st_size > 200)


def _lines(random: Random, content: bytes) -> bytes:
    """Lines lost, doubled, swapped or moved to another depth."""
    lines = content.splitlines(keepends=True) or [b""]
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    accident = random.choice(("lost", "doubled", "swapped", "deeper", "flatter", "cut"))
    if accident == "lost":
        del lines[at]
    elif accident == "doubled":
        lines.insert(other, lines[at])
    elif accident == "swapped":
        lines[at], lines[other] = lines[other], lines[at]
    elif accident == "deeper":
        lines[at] = b"    " + lines[at]
    elif accident == "flatter":
        lines[at] = lines[at].removeprefix(b"    ")
    else:
        lines = lines[:at]
    return b"".join(lines)


def _words(random: Random, content: bytes) -> bytes:
    """A word of the file in the place of others."""
    words = content.split()
    if not words:
        return content
    return content.replace(random.choice(words), random.choice(words), random.randint(1, 3))


def _bytes(random: Random, content: bytes) -> bytes:
    """A byte that was something else."""
    if not content:
        return content
    at = random.randrange(len(content))
    return content[:at] + random.randbytes(1) + content[at + 1 :]


def _brackets(random: Random, content: bytes) -> bytes:
    """A piece of Python in the middle of something."""
    at = random.randint(0, len(content))
    return content[:at] + random.choice(_PIECES) + content[at:]
