"""The source archives that are measured: downloaded by pip from the configured index, and never committed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path


class ArchiveError(Exception):
    """An archive could not be had; the message says what to do instead."""


def unpacked(requirement: str, folder: Path) -> Path:
    """The unpacked source archive of a release as `khoj==1.42.10`, below the folder.

    Raises:
        ArchiveError: if pip cannot download it.
    """
    target = folder / requirement.replace("==", "-")
    if not target.is_dir():
        archive = _download(requirement, folder / "archives")
        partial = folder / f"{target.name}.partial"
        with tarfile.open(archive) as opened:
            opened.extractall(partial, filter="data")
        next(partial.iterdir()).rename(target)
        partial.rmdir()
    return target


def _download(requirement: str, folder: Path) -> Path:
    name = requirement.partition("==")[0]
    options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, requirement],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    found = [path for path in folder.glob("*.tar.gz") if path.name.lower().startswith(name.lower())]
    if done.returncode or not found:
        raise ArchiveError(
            f"pip cannot download the source archive of {requirement}; unpack it and name the folder "
            f"with --archive {name}=FOLDER. pip says: {done.stderr.strip()[-500:]}"
        )
    return found[0]


def python_files(folder: Path) -> list[Path]:
    """The Python files below the folder, in order."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def lines(files: list[Path]) -> int:
    """How many lines the files have."""
    return sum(path.read_bytes().count(b"\n") for path in files)
