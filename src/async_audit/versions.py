"""Which versions of what matters are at work: Python, the parser, the linters beside, Django's tables."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from async_audit._version import __version__
from async_audit.config import SUPPORTED

_PACKAGES = ("libcst", "flake8", "click", "rich")


def versions() -> str:
    """A line for the tool, one for Python and its packages, one for the Django versions that are known."""
    packages = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    django = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    return (
        f"async-audit {__version__}\n"
        f"{platform.python_implementation()} {platform.python_version()}, {packages}\n"
        f"knows Django {django}"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
