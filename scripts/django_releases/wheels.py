"""The released wheels, fetched with pip from the configured package index and unpacked into a cache."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from async_audit.config import SUPPORTED
from scripts.django_releases.source import Release

_WHEEL = re.compile(r"django-(\d+)\.(\d+)(\.\d+)?-py3-none-any\.whl", re.IGNORECASE)


class Unavailable(Exception):
    """A release that could not be had: says which and why."""


def fetch(version: tuple[int, int], cache: Path) -> Release:
    """The newest release of a version, from the cache or else from the package index.

    Raises `Unavailable` where pip finds no such wheel or the cache cannot be written.
    """
    wheel = _cached(version, cache) or _download(version, cache)
    folder = cache / wheel.name.removesuffix("-py3-none-any.whl").lower()
    if not folder.is_dir():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unfinished, [name for name in archive.namelist() if name.endswith(".py")])
        unfinished.rename(folder)
    return Release(version, folder.name.replace("django-", "Django "), folder)


def installed() -> Release:
    """The Django of this environment. Raises `Unavailable` where there is none, or one not supported."""
    try:
        distribution = metadata.distribution("django")
    except metadata.PackageNotFoundError:
        raise Unavailable("Django is not installed here") from None
    major, minor = (int(part) for part in distribution.version.split(".")[:2])
    if (major, minor) not in SUPPORTED:
        raise Unavailable(
            f"Django {distribution.version} is installed here, which the catalogue does not cover"
        )
    return Release((major, minor), f"Django {distribution.version}", Path(str(distribution.locate_file(""))))


def _cached(version: tuple[int, int], cache: Path) -> Path | None:
    found = [
        (int((match[3] or ".0")[1:]), path)
        for path in cache.glob("*.whl")
        if (match := _WHEEL.fullmatch(path.name)) and (int(match[1]), int(match[2])) == version
    ]
    return max(found)[1] if found else None


def _download(version: tuple[int, int], cache: Path) -> Path:
    wanted = "django=={}.{}.*".format(*version)
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{cache}: cannot be written ({error.strerror}); name another folder") from error
    # Django asks for a newer Python than this one may be: its source is only read.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--ignore-requires-python", "--dest", str(cache), wanted]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    wheel = _cached(version, cache)
    if run.returncode or wheel is None:
        reason = run.stderr.strip().splitlines() or ["pip said nothing"]
        raise Unavailable(f"{wanted}: pip could not download it: {reason[-1]}")
    return wheel
