"""Run the command line as `python -m async_audit`."""

from async_audit.cli import main

if __name__ == "__main__":
    main()
