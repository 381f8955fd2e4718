"""Files that are replaced as a whole: whoever reads one sees the old content or the new, never a part."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from async_audit.errors import InputError

_NEW_FILE = 0o666


class NotWrittenError(InputError):
    """A file that could not be written: the message names it and says why."""


def replace_file(path: Path, content: bytes) -> None:
    """Give `path` this content; a file that was there keeps its permissions, a link stays a link.

    Raises `NotWrittenError`, and leaves what was there, where the folder or the disk does not take it.
    """
    try:
        if path.exists() and not path.is_file():
            # A terminal, a pipe or /dev/stdout has no content to replace.
            with path.open("wb") as stream:
                stream.write(content)
            return
        _replace(path.resolve(), content)
    except OSError as error:
        raise NotWrittenError(f"{path}: cannot be written: {error.strerror or error}") from error


def _replace(target: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _mode(target: Path) -> int:
    """The permissions of the file, or those that a new one gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return _NEW_FILE & ~mask
