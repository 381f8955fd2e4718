"""Run the command line: as `python -m async_audit`, and as the script `async-audit`."""

import sys

try:
    from async_audit.cli import main
except KeyboardInterrupt:
    # Loading takes a part of a second, in which `cli` cannot catch anything yet; 130 is what it ends with.
    sys.exit(130)

if __name__ == "__main__":
    main()
