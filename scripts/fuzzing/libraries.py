"""Code that exists: the standard library and the largest packages of an environment, each scanned twice."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

MOST = 20
_SECONDS = 1_800
_TESTS_OF_THE_LIBRARY = ("test", "idlelib", "lib2to3", "site-packages")


@dataclass(frozen=True)
class Scan:
    """What two scans of a package found; `fault`: what must not be, empty where nothing.

    `seconds` are the processor's, `megabytes` what the process held at its most, both of the worse scan.
    """

    package: str
    lines: int
    files: int
    coroutines: int
    skipped: int
    findings: int
    seconds: float
    megabytes: int
    fault: str


@dataclass(frozen=True)
class _Run:
    """A scan that ended: its JSON, and what it took."""

    output: bytes
    seconds: float
    megabytes: int


def environment() -> Path:
    """The folder of the packages that are installed beside this program."""
    return Path(sysconfig.get_paths()["purelib"])


def scan_libraries(packages: Path, most: int) -> list[Scan]:
    """The scans of the standard library and of the largest packages in the folder `packages`."""
    library = Path(sysconfig.get_paths()["stdlib"])
    scans = [_scan("standard library", library, _TESTS_OF_THE_LIBRARY)]
    return [*scans, *(_scan(package.name, package) for package in largest(packages, most))]


def largest(folder: Path, most: int) -> list[Path]:
    """The packages of a folder with the most Python source, by name."""
    packages = [path for path in folder.iterdir() if (path / "__init__.py").is_file()]
    packages.sort(key=lambda path: -sum(file.stat().st_size for file in path.rglob("*.py")))
    return sorted(packages[:most])


def _scan(name: str, source: Path, excluded: tuple[str, ...] = ()) -> Scan:
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # A link, below a root of its own: an environment is left out of a scan that finds it by itself.
        root = Path(folder)
        (root / "pyproject.toml").write_text("", encoding="utf-8")
        (root / source.name).symlink_to(source, target_is_directory=True)
        first, second = (_run(root, excluded, seed) for seed in ("1", "2"))
    if first is None or second is None:
        return Scan(name, 0, 0, 0, 0, 0, 0, 0, "did not end as it should")
    report = json.loads(first.output)
    counts = report["project"]["counts"]
    return Scan(
        name,
        _lines(source, excluded),
        counts["files"],
        counts["coroutines"],
        len(report["skipped"]),
        len(report["findings"]),
        max(first.seconds, second.seconds),
        max(first.megabytes, second.megabytes),
        "" if first.output == second.output else "differ",
    )


def _lines(source: Path, excluded: tuple[str, ...]) -> int:
    files = (file for file in source.rglob("*.py") if file.is_file())
    kept = (file for file in files if not set(excluded).intersection(file.relative_to(source).parts))
    return sum(file.read_bytes().count(b"\n") for file in kept)


def _run(root: Path, excluded: tuple[str, ...], seed: str) -> _Run | None:
    """A scan; nothing where it ended by a signal, an error or not at all."""
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
        *(option for name in excluded for option in ("--exclude", name)),
        str(root),
    ]
    variables = {**os.environ, "PYTHONHASHSEED": seed}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        running = subprocess.Popen(  # noqa: S603  (our own command)
            command, env=variables, stdout=output, stderr=complaints
        )
        # `wait4` tells what this process took, and takes no time limit.
        limit = threading.Timer(_SECONDS, running.kill)
        limit.start()
        _, status, usage = os.wait4(running.pid, 0)
        limit.cancel()
        running.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        complaints.seek(0)
        if running.returncode not in {0, 1}:
            print(complaints.read().decode(errors="replace"), file=sys.stderr)
            return None
        return _Run(output.read(), usage.ru_utime + usage.ru_stime, _megabytes(usage))


def _megabytes(usage: resource.struct_rusage) -> int:
    # macOS counts bytes where Linux counts units of 1,024.
    return usage.ru_maxrss >> (20 if sys.platform == "darwin" else 10)
