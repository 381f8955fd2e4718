"""Which files async-audit parses in a scan; it reads all, and parses those that coroutines reach."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.performance.tools import has_cache

_RECORDER = Path(__file__).resolve().parent / "record_parses.py"


def parsed_files(target: Path, files: list[Path], record: Path) -> list[Path]:
    """Those of the files that a scan of the folder without a cache parses."""
    record.unlink(missing_ok=True)
    # What other processes parse is not recorded.
    options = ["--jobs", "1", *(["--no-cache"] if has_cache() else [])]
    subprocess.run(
        [sys.executable, str(_RECORDER), str(record), "scan", "--format", "json", *options, str(target)],
        check=False,
        stdout=subprocess.DEVNULL,
    )
    seen = set(record.read_text(encoding="utf-8").split()) if record.is_file() else set()
    # Files with the same content, most of them empty, are parsed once.
    contents = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in reversed(files)}
    parsed = {file for digest, file in contents.items() if digest in seen}
    return [file for file in files if file in parsed]
