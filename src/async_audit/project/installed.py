"""Packages that are installed beside a project, in the virtual environment that its folder holds.

They are no part of the project: nothing in them is audited. A package is read when something in the project's
settings names it, as middleware does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from async_audit.discovery import SourceFile

if TYPE_CHECKING:
    from async_audit.project.program import Program

_ENVIRONMENTS = (".venv", "venv", "env", ".env", "virtualenv")
_MOST_FILES = 2000
"""Files of one package that are listed at most."""


def site_packages(root: Path) -> Path | None:
    """The folder with the packages of the project's virtual environment; none where it has none.

    A virtual environment is known by its `pyvenv.cfg` (PEP 405).
    """
    for name in _ENVIRONMENTS:
        home = root / name
        if not (home / "pyvenv.cfg").is_file():
            continue
        folders = [*sorted(home.glob("lib/python3*/site-packages")), home / "Lib" / "site-packages"]
        found = next((folder for folder in folders if folder.is_dir()), None)
        if found is not None:
            return found
    return None


@dataclass
class Installed:
    """The packages below a `site-packages` folder, each read as a program of its own when it is asked for."""

    folder: Path | None = None
    _programs: dict[str, Program | None] = field(default_factory=dict, init=False)

    def program(self, module: str, beside: Program) -> Program | None:
        """The package that a module belongs to, for the catalogue and Django version of `beside`."""
        top = module.partition(".")[0]
        if self.folder is None or not top.isidentifier():
            return None
        if top not in self._programs:
            files = _files(self.folder, top)
            self._programs[top] = (
                type(beside)(files, beside.catalogue, beside.django, parse=beside.parse) if files else None
            )
        return self._programs[top]

    @property
    def files(self) -> Iterator[SourceFile]:
        """The files of the packages that were asked for so far."""
        for program in self._programs.values():
            if program is not None:
                yield from program.files


def _files(folder: Path, top: str) -> list[SourceFile]:
    single = folder / f"{top}.py"
    if single.is_file():
        return [SourceFile(single, f"{top}.py", top, is_package=False)]
    paths = sorted((folder / top).rglob("*.py"))[:_MOST_FILES]
    return [_file(folder, path) for path in paths]


def _file(folder: Path, path: Path) -> SourceFile:
    relative = path.relative_to(folder)
    is_package = relative.name == "__init__.py"
    parts = relative.parent.parts if is_package else relative.with_suffix("").parts
    return SourceFile(path, relative.as_posix(), ".".join(parts), is_package=is_package)
