"""Run the fuzzers for hours, or scan what is installed, and count both in `docs/reliability.md`.

`python -m scripts.fuzzing --minutes 60` runs each fuzzer so long; `--libraries` scans the standard library
and the largest packages of an environment twice, in other orders of hashing, and compares the reports.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.fuzzing.counts import count_fuzzing, count_libraries
from scripts.fuzzing.fuzzers import EXAMPLES, fuzzers
from scripts.fuzzing.libraries import MOST, environment, scan_libraries
from scripts.fuzzing.processes import fuzz


def main() -> int:
    """Exit status 0 where nothing was found that must not be, else 1."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzzing", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="for each fuzzer")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--only", choices=sorted(fuzzers()), help="this fuzzer alone")
    parser.add_argument("--libraries", action="store_true", help="scan installed packages, and do not fuzz")
    parser.add_argument(
        "--packages", type=Path, default=environment(), help="the site-packages of another environment"
    )
    parser.add_argument("--most", type=int, default=MOST, help="so many of the largest packages")
    arguments = parser.parse_args()
    if arguments.libraries:
        scans = scan_libraries(arguments.packages, arguments.most)
        count_libraries(scans)
        return 1 if any(scan.fault for scan in scans) else 0
    failed = False
    for name in [arguments.only] if arguments.only else list(fuzzers()):
        done, faults = fuzz(name, arguments.seed, arguments.minutes * 60)
        examples = done * EXAMPLES.get(name, 1)
        print(f"{name}: {examples} examples, {len(faults)} faults")
        count_fuzzing(name, examples, arguments.minutes, len(faults))
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
