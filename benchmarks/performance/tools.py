"""The linters that are compared, each in an environment of its own: no plugin runs in another's flake8."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.performance.measuring import Command

_HERE = Path(__file__).resolve().parent
REPOSITORY = _HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the environments are, and where lists and caches may be written."""

    folder: Path

    def __post_init__(self) -> None:
        # As pip does for what it installs, whether Python may do it later or not.
        compileall.compile_dir(REPOSITORY / "src", quiet=2)

    def executable(self, environment: str, program: str) -> str:
        """The program of an environment, which is made where it is absent."""
        place = self.folder / "environments" / environment
        ready = place / ".ready"
        requirements = _HERE / "environments" / f"{environment.partition('+')[0]}.txt"
        wanted = requirements.read_text(encoding="utf-8")
        if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted:
            venv.create(place, clear=True, with_pip=True)
            # What comes after the plus is this checkout as one plugin more, whatever changes in it later.
            more = ["--editable", str(REPOSITORY)] if "+" in environment else []
            pip = [str(place / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", "-r", str(requirements), *more], check=True)
            ready.write_text(wanted, encoding="utf-8")
        return str(place / "bin" / program)

    def list_of(self, name: str, files: list[Path]) -> Path:
        """A file that names the files, one a line."""
        path = self.folder / f"{name}.list"
        path.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        return path

    # --- async-audit ---------------------------------------------------------------------------------

    def ours(self, target: Path, *, cache: Path | None = None, cold: bool = True) -> Command:
        """A scan without a cache, or with a cache that is removed before it where it is to be cold."""
        options = ["--no-cache"] if cache is None and has_cache() else []
        command = (sys.executable, "-m", "async_audit", "scan", "--format", "json", *options, str(target))
        before: Callable[[], None] = _nothing
        environment: tuple[tuple[str, str], ...] = ()
        if cache is not None:
            environment = (("XDG_CACHE_HOME", str(cache)), ("ASYNC_AUDIT_CACHE_DIR", str(cache)))
            if cold:
                before = _remover(cache)
        return Command(command, target, before=before, environment=environment)

    # --- the others ----------------------------------------------------------------------------------

    def bare_parse(self, name: str, files: list[Path]) -> Command:
        """LibCST's parser alone over the files."""
        listed = self.list_of(name, files)
        return Command((sys.executable, str(_HERE / "bare_parse.py"), str(listed)), self.folder)

    def bare_read(self, name: str, files: list[Path]) -> Command:
        """Python, and reading the files."""
        listed = self.list_of(name, files)
        return Command((sys.executable, str(_HERE / "bare_read.py"), str(listed)), self.folder)

    def flake8_async(self, target: Path) -> Command:
        """flake8 with flake8-async, in as many processes as flake8 takes."""
        program = self.executable("flake8-async", "flake8")
        return Command((program, "--isolated", "--select=ASYNC", str(target)), target)

    def flake8(self, target: Path, *, with_ours: bool) -> Command:
        """flake8 that selects our rules, in an environment with our plugin or without any."""
        program = self.executable("flake8+ours" if with_ours else "flake8", "flake8")
        return Command((program, "--isolated", "--select=DJA", str(target)), target)

    def ruff(self, target: Path, *, cache: Path | None = None) -> Command:
        """The ASYNC rules of ruff; its cache is filled by the first run."""
        caching = ("--no-cache",) if cache is None else ("--cache-dir", str(cache))
        options = ("check", "--isolated", "--select=ASYNC", "--no-respect-gitignore", "--quiet", *caching)
        return Command((self.executable("ruff", "ruff"), *options, str(target)), target)

    def pylint_django(self, files: list[Path], folder: Path) -> Command:
        """The errors of pylint with its Django plugin."""
        program = self.executable("pylint-django", "pylint")
        options = ("--rcfile=/dev/null", "--load-plugins=pylint_django", "--errors-only", "--persistent=no")
        named = [str(file) for file in files]
        # pylint's exit status is a sum of bits; 32 is its own failure.
        return Command((program, *options, *named), folder, accepted=tuple(range(32)))


def has_cache() -> bool:
    """Whether this version of async-audit has a cache that can be left out."""
    command = [sys.executable, "-m", "async_audit", "scan", "--help"]
    return "--no-cache" in subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def _nothing() -> None:
    """Nothing is to be done before the run."""


def _remover(folder: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(folder, ignore_errors=True)
