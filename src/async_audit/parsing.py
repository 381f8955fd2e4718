"""From the bytes of a file to its facts, or to the reason why there are none."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from async_audit.discovery import LARGEST, SourceFile
from async_audit.syntax.facts import ModuleFacts
from async_audit.syntax.faults import Valid, fault_of

_NEWLINE = re.compile(rb"\r\n?|\n")
_STACK_FRAMES = 4000
"""Three for each term of the longest expression that `limits` lets pass."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that gave no facts: why, and on which line (1 where no line is to blame)."""

    reason: str
    line: int = 1


Parse: TypeAlias = Callable[[SourceFile], "ModuleFacts | Unreadable"]
"""What gives the facts of a file, whether by parsing it or in a quicker way."""


def parse_file(file: SourceFile) -> ModuleFacts | Unreadable:
    """The facts of a file, or why there are none."""
    content = content_of(file)
    return content if isinstance(content, Unreadable) else placed(facts_of(content), file)


def content_of(file: SourceFile) -> bytes | Unreadable:
    """The bytes of a file that is to be parsed, or why it is not."""
    try:
        if len(file.content) > LARGEST:
            size = file.path.stat().st_size
            return Unreadable(f"is {size} bytes long, more than the {LARGEST} that are read")
    except OSError as error:
        return Unreadable(f"cannot be read: {error.strerror}")
    return file.content


def facts_of(content: bytes) -> ModuleFacts | Unreadable:
    """The facts of source that stands nowhere yet, or why there are none."""
    # LibCST takes a tenth of a second to import, which a scan without coroutines should not pay.
    from async_audit.syntax.extract import UnreadableSource, extract  # noqa: PLC0415

    try:
        with _room_on_the_stack():
            return extract(decode(content), path="", name="", is_package=False)
    except UnreadableSource as error:
        return Unreadable(error.reason, max(error.line, 1))
    except SyntaxError as error:
        return Unreadable(f"cannot be decoded: {error.msg}", error.lineno or 1)
    except RecursionError:
        return Unreadable("is nested too deeply to be read")


def is_python(content: bytes) -> bool:
    """Whether Python reads a source that is not suspicious, which takes a tenth of the time of parsing it."""
    try:
        return fault_of(decode(content)) is Valid.YES
    except SyntaxError:
        return False


def placed(facts: ModuleFacts | Unreadable, file: SourceFile) -> ModuleFacts | Unreadable:
    """The facts of a file's content as those of the file."""
    if isinstance(facts, Unreadable):
        return facts
    return msgspec.structs.replace(facts, path=file.relative, name=file.name, is_package=file.is_package)


@contextmanager
def _room_on_the_stack() -> Iterator[None]:
    """As many frames as ever, so that no answer depends on how deep in an evaluation it is asked for."""
    limit, depth = sys.getrecursionlimit(), 0
    frame = sys._getframe()  # noqa: SLF001  (the way the standard library has for it)
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + _STACK_FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def decode(content: bytes) -> str:
    """The text of Python source as Python itself would decode it. Raises `SyntaxError` with the line."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(str(error), _line_of(content, error.start)) from error
    except (LookupError, UnicodeError) as error:
        # Codecs such as `undefined` and `idna` say no more than that.
        raise _undecodable(str(error), 1) from error
    except SyntaxError as error:
        raise _undecodable(error.msg, _first_undecodable(content)) from error
    if "\0" in text:
        raise _undecodable("source code contains a NUL byte", _line_of(content, content.find(b"\0")))
    return text.removeprefix("\ufeff")


def _undecodable(message: str, line: int) -> SyntaxError:
    return SyntaxError(message, (None, line, None, None))


def _first_undecodable(content: bytes) -> int:
    """The line where a file without a declared encoding is not UTF-8; 1 where it is."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return _line_of(content, error.start)
    return 1


def _line_of(content: bytes, offset: int) -> int:
    return len(_NEWLINE.findall(content, 0, max(offset, 0))) + 1
