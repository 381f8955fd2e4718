"""Reading what is on disk and may be anything: a pipe, a device, or a file that never ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, most: int) -> bytes:
    """The first bytes of a regular file, `most` at most. Raises `OSError`, for a pipe or a device too."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        # A file may grow while it is read, and then the rest is not wanted.
        return _read(number, min(most, found.st_size + 1))
    finally:
        os.close(number)


def _read(number: int, most: int) -> bytes:
    content = os.read(number, most)
    if len(content) in (0, most - 1):
        return content
    parts = [content]
    while content and (most := most - len(content)):
        content = os.read(number, most)
        parts.append(content)
    return b"".join(parts)
