"""Code that exists: the standard library and the largest packages installed here, each scanned twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

_MOST = 20
_SECONDS = 1_800
_TESTS_OF_THE_LIBRARY = ("test", "idlelib", "lib2to3", "site-packages")


@dataclass(frozen=True)
class Scan:
    """What two scans of a package found; `fault`: what must not be, empty where nothing."""

    package: str
    files: int
    coroutines: int
    skipped: int
    findings: int
    fault: str


def scan_libraries(most: int = _MOST) -> list[Scan]:
    """The scans of the standard library and of the largest packages."""
    paths = sysconfig.get_paths()
    library = Path(paths["stdlib"])
    excluded = [option for name in _TESTS_OF_THE_LIBRARY for option in ("--exclude", name)]
    scans = [_scan("standard library", library, excluded)]
    return [*scans, *(_scan(package.name, package, []) for package in largest(Path(paths["purelib"]), most))]


def largest(folder: Path, most: int) -> list[Path]:
    """The packages of a folder with the most Python source, by name."""
    packages = [path for path in folder.iterdir() if (path / "__init__.py").is_file()]
    packages.sort(key=lambda path: -sum(file.stat().st_size for file in path.rglob("*.py")))
    return sorted(packages[:most])


def _scan(name: str, source: Path, options: list[str]) -> Scan:
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # A link, below a root of its own: an environment is left out of a scan that finds it by itself.
        root = Path(folder)
        (root / "pyproject.toml").write_text("", encoding="utf-8")
        (root / source.name).symlink_to(source, target_is_directory=True)
        first, second = (_run(root, options, seed) for seed in ("1", "2"))
    if first is None or second is None:
        return Scan(name, 0, 0, 0, 0, "did not end as it should")
    fault = "" if first == second else "differ"
    report = json.loads(first)
    counts = report["project"]["counts"]
    return Scan(
        name, counts["files"], counts["coroutines"], len(report["skipped"]), len(report["findings"]), fault
    )


def _run(root: Path, options: list[str], seed: str) -> bytes | None:
    """The JSON of a scan; nothing where it ended by a signal, an error or not at all."""
    command = [
        sys.executable,
        "-m",
        "async_audit",
        "scan",
        "--format",
        "json",
        "--no-cache",
        "--select",
        "DJA",
        *options,
        str(root),
    ]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    try:
        done = subprocess.run(  # noqa: S603  (our own command)
            command, env=environment, capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in {0, 1}:
        print(done.stderr.decode(errors="replace"), file=sys.stderr)
        return None
    return done.stdout
