"""Which Django a project says it uses: lock files first, then what its requirements allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from async_audit.requirements.files import Folder, Stated, readers
from async_audit.requirements.specifiers import allowed_versions, is_nearest

_ABOVE = 3
"""How many folders above the root are looked at: a project's `backend/` may be the root of a scan."""


@dataclass(frozen=True)
class DjangoVersion:
    """The version that advice is given for, and the place that says so; lines count from 1."""

    version: tuple[int, int]
    spec: str
    path: str
    line: int
    is_range: bool

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}"
        if is_nearest(self.spec):
            return f"the nearest known to `{self.spec}`, {place}"
        return f"the lowest of `{self.spec}`, {place}" if self.is_range else place


def django_version(
    root: Path, looked_at: list[Path] | None = None, unread: list[str] | None = None
) -> DjangoVersion | None:
    """The lowest known Django version that the project allows, and where it says so; None if nowhere.

    If the root does not say it, the folders below do, then those above, up to the repository's. All files
    that the answer depends on, there or not, are added to `looked_at`, and why some say nothing to `unread`.
    """
    looked: list[Path] = [] if looked_at is None else looked_at
    mute: list[str] = [] if unread is None else unread
    for folder in _folders(root):
        for name, read in readers(folder):
            found = _lowest(list(read(Folder(folder, looked, mute), name)), _relative(folder, root))
            if found is not None:
                return found
    return None


def _lowest(stated: list[Stated], prefix: str) -> DjangoVersion | None:
    """The lowest version that one file's requirements allow together with its constraints."""
    constraints = [one for one in stated if one.is_constraint and one.spec]
    candidates = []
    for one in stated:
        if one.is_constraint and len(constraints) < len(stated):
            continue
        for other in constraints or [one]:
            spec = ",".join(dict.fromkeys(part for part in (one.spec, other.spec) if part))
            versions = allowed_versions(spec)
            if versions:
                place = other if other.spec else one
                path = f"{prefix}{place.path}"
                candidates.append(DjangoVersion(versions[0], spec, path, place.line, len(versions) > 1))
    return min(candidates, key=lambda found: found.version, default=None)


def _folders(root: Path) -> Iterator[Path]:
    """The root, then its folders, then those above it up to the repository's."""
    yield root
    try:
        below = sorted(
            path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
        )
    except OSError:
        below = []
    yield from (path for path in below if path.name not in {"node_modules", "venv"})
    above = root
    for _ in range(_ABOVE):
        if (above / ".git").exists():
            return
        above = above.parent
        if (above / ".git").exists():
            yield above


def _relative(folder: Path, root: Path) -> str:
    """What to put before a path of the folder to have one from the root."""
    if folder == root:
        return ""
    if folder.is_relative_to(root):
        return f"{folder.relative_to(root).as_posix()}/"
    return "../" * len(root.relative_to(folder).parts)
