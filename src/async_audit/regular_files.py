"""Reading what is on disk and may be anything: a pipe, a device, or a file that never ends."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def read_regular(path: Path, most: int) -> bytes:
    """The first bytes of a regular file, `most` at most. Raises `OSError`, for a pipe or a device too."""
    with _opened(path) as (number, size):
        # A file may grow while it is read, and then the rest is not wanted.
        return _read(number, min(most, size + 1))


def parts_of_regular(path: Path, part: int, most: int) -> Iterator[bytes]:
    """The first bytes of a regular file, `most` at most, in parts. Raises `OSError` as well."""
    with _opened(path) as (number, _):
        while most and (content := os.read(number, min(part, most))):
            most -= len(content)
            yield content


def listed(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


@contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        yield number, found.st_size
    finally:
        os.close(number)


def _read(number: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most and (content := os.read(number, most)):
        parts.append(content)
        most -= len(content)
    return b"".join(parts)
