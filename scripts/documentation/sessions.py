"""The folder in which the blocks of a page are written and run, in order, as a reader would."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts.documentation.snippets import ROOT, Snippet, shown_anew, snippets_of, starting_folders, trimmed

# Some programs colour whatever a terminal says of itself.
_STYLES = re.compile(r"\x1b\[[0-9;]*[mK]")

Answer = tuple[Snippet, list[tuple[int, list[str]]]]
"""A console block, with the status and the lines of output of each of its commands."""


def answers_of(page: str, folder: Path) -> list[Answer]:
    """What the console blocks of a page print, when all its blocks run in `folder` in their order."""
    session = Session(page, folder)
    answers: list[Answer] = []
    for snippet in snippets_of(page):
        if not snippet.runs:
            continue
        if snippet.title:
            session.write(snippet)
        elif snippet.language == "console":
            answers.append((snippet, session.run(snippet)))
    return answers


def shown_page(page: str, answers: Sequence[Answer]) -> str:
    """The text of a page with what its commands print."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    for snippet, results in reversed(answers):
        fresh: list[str] = []
        for command, shown, (_, actual) in zip(snippet.commands, snippet.outputs, results, strict=True):
            first, *more = command.split("\n")
            fresh += [f"$ {first}", *(f"> {line}" for line in more)]
            fresh += shown_anew(trimmed(shown), actual)
        start = snippet.line - 1
        end = start + len(snippet.code.splitlines())
        lines[start:end] = [f"{' ' * snippet.indent}{line}".rstrip() for line in fresh]
    return "\n".join(lines) + "\n"


class Session:
    """The folder of one page, where its files are written and its commands run, one after another."""

    def __init__(self, page: str, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.folder = folder / "work"
        self.folder.mkdir()
        for source in starting_folders(page):
            shutil.copytree(ROOT / source, self.folder / Path(source).name)

    def write(self, snippet: Snippet) -> None:
        """Write a block with a title to that path."""
        path = self.folder / snippet.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(snippet.code, encoding="utf-8")

    def run(self, snippet: Snippet) -> list[tuple[int, list[str]]]:
        """The status and the lines of output of each command of a block."""
        state = self.home / "folder"
        script = [f"cd '{state.read_text().strip()}'"] if state.exists() else []
        script.append("status=0")
        # Braces, and not a subshell: `cd` and `$?` reach the next command, as in a reader's shell.
        script += [
            f"(exit $status); {{ {command}\n}} 2>&1; status=$?; printf '\\n%s\\0' $status"
            for command in snippet.commands
        ]
        script.append(f"pwd > '{state}'")
        output = on_a_terminal(["bash", "-c", "\n".join(script)], self.folder, self.environment())
        output = _STYLES.sub("", output)
        found: list[tuple[int, list[str]]] = []
        for part in output.split("\0")[:-1]:
            text, _, status = part.rpartition("\n")
            found.append((int(status), trimmed([line.rstrip() for line in text.splitlines()])))
        return found

    def environment(self) -> dict[str, str]:
        """A plain terminal, this environment's commands, and a home that holds nothing."""
        binaries = Path(sys.executable).parent
        return {
            "PATH": os.pathsep.join((str(binaries), os.environ.get("PATH", os.defpath))),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLUMNS": str(_COLUMNS),
            "LINES": str(_ROWS),
            "TERM": "dumb",  # no colours, and no progress bar
            "NO_COLOR": "1",
            "GIT_PAGER": "cat",
            "PYTHONWARNINGS": "ignore",
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
            **{f"GIT_{who}_{what}": "reader@example.com" for who in _WHO for what in ("NAME", "EMAIL")},
        }


_WHO = ("AUTHOR", "COMMITTER")
_ROWS, _COLUMNS = 50, 100


def on_a_terminal(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """What a command writes to a terminal, where programs wrap their text as they do for a reader."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", _ROWS, _COLUMNS, 0, 0))
    with subprocess.Popen(  # noqa: S603  (the documentation's own commands)
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    ):
        os.close(slave)
        output = b"".join(_read(master))
    os.close(master)
    return output.decode("utf-8").replace("\r\n", "\n")


def _read(master: int) -> Iterator[bytes]:
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError:  # how Linux says that the last writer has closed its end
            return
        if not part:
            return
        yield part
