"""The command line: write the generated rows, or compare the data with the releases."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from async_audit.config import SUPPORTED
from scripts.django_releases import checking, generate, tables, wheels
from scripts.django_releases.source import Release


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 in agreement or written, 1 for disagreements, 2 where a release cannot be had."""
    options = _parser().parse_args(arguments)
    try:
        releases = _releases(options)
    except wheels.Unavailable as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    if not options.check:
        tables.GENERATED.write_text(generate.render(tables.read(), releases), encoding="utf-8")
        sys.stdout.write(f"{tables.GENERATED.name} written from {len(releases)} releases\n")
        return 0
    found = checking.complaints(tables.read(), releases)
    sys.stdout.writelines(f"{complaint}\n" for complaint in found)
    labels = ", ".join(release.label for release in releases)
    sys.stdout.write(f"{len(found) or 'no'} disagreements with {labels}\n")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.django_releases", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and exit with 1 on a disagreement")
    parser.add_argument(
        "--installed", action="store_true", help="with --check: compare with the Django that is installed"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path(".cache/django"), help="where wheels are kept [.cache/django]"
    )
    return parser


def _releases(options: argparse.Namespace) -> list[Release]:
    if options.installed:
        if not options.check:
            raise wheels.Unavailable("--installed is one release: the rows are written from all; add --check")
        return [wheels.installed()]
    return [wheels.fetch(version, options.cache) for version in SUPPORTED]


if __name__ == "__main__":
    sys.exit(main())
