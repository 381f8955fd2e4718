"""What earlier runs found out, as files in the user's cache folder.

An entry is a checksum and a JSON value, or bytes that their owner reads with a schema. It is written to a
file of its own that then takes its name, so that a reader sees all of an entry or none, whoever else writes.
Whatever is not as we wrote it, or is not ours, is as good as absent; what cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from async_audit.atomic_files import swap
from async_audit.regular_files import listed

FOLDER_VARIABLE = "ASYNC_AUDIT_CACHE_DIR"
"""The environment variable that says where the cache is."""
LARGEST_ENTRY = 64 << 20
"""Bytes; a larger entry is not kept."""
LARGEST_CACHE = 256 << 20
"""Bytes; beyond them the entries that were not used for longest are removed."""
_DIGEST = 16
_PRIVATE = 0o600
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder holds what async-audit can find out again. See https://bford.info/cachedir/\n"
)


def default_folder() -> Path:
    """Where the cache is: what the environment says, else in the user's folder for caches.

    Source: the XDG base directory specification, and what macOS and Windows have in its place.
    """
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "async-audit"


def digest(*parts: bytes | str) -> str:
    """A name for some content: equal parts have equal names, others do not."""
    state = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        content = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        state.update(len(content).to_bytes(8, "little"))
        state.update(content)
    return state.hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries by kind and key; `folder` is absent where nothing is to be kept."""

    folder: Path | None

    @classmethod
    def open(cls) -> Cache:
        """The user's cache; one that keeps nothing where its folder cannot be made or is not the user's."""
        try:
            folder = default_folder()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_own(folder.stat()):
                return NO_CACHE
        except (OSError, RuntimeError):  # the latter where there is no home
            return NO_CACHE
        # It is for tools that make backups: what stands in its place is no reason to keep nothing.
        with suppress(OSError), (folder / _TAG).open("x", encoding="utf-8") as tag:
            tag.write(_TAG_TEXT)
        return cls(folder)

    def read(self, kind: str, key: str) -> Any:
        """The JSON value of an entry; `None` where there is none that can be used."""
        text = self.read_bytes(kind, f"{key}.json")
        try:
            return None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            return None

    def write(self, kind: str, key: str, value: Any) -> None:
        """Keep the JSON value of an entry, if that can be done."""
        if self.folder is not None:
            self.write_bytes(kind, f"{key}.json", json.dumps(value, separators=(",", ":")).encode())

    def read_bytes(self, kind: str, name: str) -> bytes | None:
        """What is in the entry of that file name; `None` where there is none that can be used."""
        if self.folder is None:
            return None
        path = self.folder / kind / name
        try:
            content = _own_content(path)
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)
        checksum, kept = content[: 2 * _DIGEST], content[2 * _DIGEST + 1 :]
        return kept if checksum == digest(kind, name, kept).encode() else None

    def names(self, kind: str) -> frozenset[str]:
        """The file names of all entries of a kind, usable or not."""
        if self.folder is None:
            return frozenset()
        return frozenset(entry.name for entry in listed(self.folder / kind))

    def write_bytes(self, kind: str, name: str, content: bytes) -> None:
        """Keep an entry under that file name, if that can be done."""
        if self.folder is None or len(content) > LARGEST_ENTRY:
            return
        path = self.folder / kind / name
        with suppress(OSError):
            _make_folder(path.parent)
            _replace(path, digest(kind, name, content).encode() + b"\n" + content)

    def trim(self, limit: int = LARGEST_CACHE) -> None:
        """Make the cache no larger than `limit` bytes, what was not used for longest removed first."""
        entries = sorted((found.st_mtime_ns, found.st_size, path) for path, found in self._entries())
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= limit:
                return
            with suppress(OSError):
                path.unlink()
            total -= size

    def clean(self) -> int:
        """Remove all entries; returns how many they were."""
        count = 0
        for path, _ in list(self._entries()):
            with suppress(OSError):
                path.unlink()
                count += 1
        return count

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The files of the cache, abandoned temporary ones included."""
        if self.folder is None:
            return
        for kind in listed(self.folder):
            for entry in listed(Path(kind.path)):
                with suppress(OSError):
                    if entry.is_file(follow_symlinks=False):
                        yield Path(entry.path), entry.stat(follow_symlinks=False)


NO_CACHE = Cache(None)
"""A cache that keeps nothing."""


def _is_own(found: os.stat_result) -> bool:
    """Whether nobody but the user can write there; on Windows the folder's access list sees to that."""
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _own_content(path: Path) -> bytes:
    """The bytes of a regular file that only the user can write. Raises `OSError` for any other."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    number = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as stream:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode) or not _is_own(found):
            raise PermissionError(path)
        return stream.read(LARGEST_ENTRY + 1024)


def _make_folder(path: Path) -> None:
    """Have a folder there, in place of whatever is none. Raises `OSError`."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        path.unlink()
        path.mkdir(mode=0o700)


def _replace(path: Path, content: bytes) -> None:
    """Give the file its content, at once or not at all; an empty folder gives way. Raises `OSError`."""
    try:
        swap(path, content, _PRIVATE)
    except IsADirectoryError:
        path.rmdir()
        swap(path, content, _PRIVATE)
