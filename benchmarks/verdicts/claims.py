"""What async-audit says of the measured views, read from its command line as anyone would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.verdicts.agreement import Claim


def claims(project: Path) -> dict[str, Claim]:
    """The verdict on each coroutine that serves requests, by qualified name."""
    command = [sys.executable, "-m", "async_audit", "verdicts", "--format", "json", str(project)]
    printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    report = json.loads(printed)
    serves = report["project"]["serves"]
    return {entry["name"]: claim(entry, serves) for entry in report["entry_points"] if entry["is_async"]}


def claim(entry: dict[str, Any], serves: str) -> Claim:
    """The verdict of an entry point of the report, with what its ledger says would be gained."""
    book = entry["ledger"]
    return Claim(
        verdict=entry["verdict"],
        latency=book["overlap"] > 1,
        capacity=bool(book["suspends"]) and serves == "asgi",
        streaming=book["streams"] and serves == "asgi",
    )
