"""The report with its paths written from another folder: the terminal's, or the repository's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from async_audit.findings import Finding, Location, Report, Skipped


def seen_from(report: Report, folder: str) -> Report:
    """The report with the paths of its findings relative to `folder`, whole where they are not below it.

    The root of the result is `folder` itself; entry points keep their paths below the project's root.
    """
    if PurePosixPath(report.root) == PurePosixPath(folder):
        return report

    def path(below_root: str) -> str:
        return seen_path(report.root, below_root, folder)

    def place(location: Location) -> Location:
        return replace(location, path=path(location.path))

    def moved(finding: Finding) -> Finding:
        steps = tuple(replace(step, location=place(step.location)) for step in finding.chain)
        return replace(finding, location=place(finding.location), chain=steps)

    return replace(
        report,
        root=folder,
        findings=tuple(moved(finding) for finding in report.findings),
        skipped=tuple(Skipped(path(file.path), file.reason) for file in report.skipped),
    )


def seen_path(root: str, path: str, here: str | None) -> str:
    """A path below `root` as the folder `here` has it: relative where it is below that, else whole.

    Without `here` it stays as it is.
    """
    if here is None:
        return path
    whole = PurePosixPath(root, path)
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def current_folder() -> str | None:
    """The folder that commands are run in; nothing where it was removed."""
    try:
        return Path.cwd().as_posix()
    except OSError:
        return None


def repository_of(root: Path) -> Path:
    """The folder of the git repository that holds `root`; `root` itself where there is none.

    Services that show findings beside code count paths from there, wherever the Django project is.
    """
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
