"""Write the generated pages of `docs/` and show anew what the commands of all pages print.

With `--check`, tell which generated pages are out of date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.documentation.pages import generated_pages, outdated, show_outputs_anew, write

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def main() -> int:
    """Exit status 0 where every page is current or was written, 1 where `--check` found one that is not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.documentation", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    pages = generated_pages()
    if parser.parse_args().check:
        stale = outdated(DOCS, pages)
        for path in stale:
            print(f"{path}: not current; run `make pages`", file=sys.stderr)
        return 1 if stale else 0
    write(DOCS, pages)
    show_outputs_anew()
    return 0


if __name__ == "__main__":
    sys.exit(main())
