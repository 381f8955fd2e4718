"""The machine that a measurement was made on, as far as it matters to a reader of the numbers."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def machine(*packages: str) -> str:
    """One line: cores, system, Python, and the versions of the packages that were measured."""
    system = f"{platform.system()} on {platform.machine()}"
    measured = ", ".join(f"{package} {version(package)}" for package in packages)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}, {python}" + (f", {measured}" if measured else "")


def other_load() -> str:
    """How many processes ran or waited for a core in the minute before; to be asked before measuring."""
    return f"Load average before: {os.getloadavg()[0]:.1f}."
