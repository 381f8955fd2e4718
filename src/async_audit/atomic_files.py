"""Files that are replaced as a whole: whoever reads one sees the old content or the new, never a part."""

from __future__ import annotations

import os
import stat
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
        target = path.resolve()
        swap(target, content, _mode(target))
    except OSError as error:
        raise NotWrittenError(f"{path}: cannot be written: {error.strerror or error}") from error


def swap(path: Path, content: bytes, mode: int) -> None:
    """Have a file of this content and these permissions there, at once or not at all. Raises `OSError`."""
    # Its name is known before it is there, so that an interrupt at any moment leaves nothing.
    temporary = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with open(temporary, "xb", opener=_private) as stream:
            stream.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _mode(target: Path) -> int:
    """The permissions of the file, or those that a new one gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return _NEW_FILE & ~mask
