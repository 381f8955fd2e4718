"""The flake8 adapter: the findings of the file that flake8 is at, with whole-project knowledge; no analysis.

flake8 checks files in several processes. Each of them looks once whether the project is as it was the last
time; the findings of a file that one process has kept are there for the others, and for the next run. Where
none are kept the project is read, once in a process. A file that holds neither coroutines nor settings costs
a byte search.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError

from async_audit._version import __version__
from async_audit.config import Config, everything, parse_version, read_config
from async_audit.discovery import may_hold_coroutines, may_hold_stack, project_root
from async_audit.errors import InputError
from async_audit.rule_codes import OPTIONAL

if TYPE_CHECKING:
    from async_audit.audit import Audit
    from async_audit.findings import Finding


class Plugin:
    """What flake8 makes of us: one object a file."""

    name: ClassVar[str] = "async-audit"
    version: ClassVar[str] = __version__
    django_version: ClassVar[str] = ""
    # flake8 leaves out a plugin that has a true attribute `off_by_default`.
    optional_codes: ClassVar[tuple[str, ...]] = OPTIONAL
    selection: ClassVar[Config] = Config()
    _projects: ClassVar[dict[Path, _Project]] = {}
    _roots: ClassVar[dict[Path, Path]] = {}

    def __init__(self, tree: ast.AST, filename: str) -> None:
        del tree
        self.filename = filename

    @classmethod
    def add_options(cls, manager: Any) -> None:
        """Register our option and the rules that are off unless they are selected."""
        manager.add_option(
            "--django-version",
            default="",
            parse_from_config=True,
            metavar="X.Y",
            help="Django's version for the DJA rules, else found from the project.",
        )
        manager.extend_default_ignore(list(cls.optional_codes))

    @classmethod
    def parse_options(cls, options: Any) -> None:
        """Remember the Django version that was given, and which codes were selected."""
        cls.django_version = options.django_version
        select, extend_select = getattr(options, "select", None), getattr(options, "extend_select", None)
        cls.selection = Config(select=tuple(select or ()), extend_select=tuple(extend_select or ()))
        # What is wrong is told before flake8 starts its processes: one that fails may keep others waiting.
        with suppress(FileNotFoundError), _told():  # where the current folder is gone
            read_config(project_root(Path.cwd()))

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings of the file as flake8 wants them: line, column from 0, text."""
        path = Path(self.filename)
        if self.filename in {"stdin", "-"}:
            return
        if not (may_hold_coroutines(path) or may_hold_stack(path) or self._asks_about_synchronous_code()):
            return
        for finding in self._findings(path):
            # To flake8 `--select=DJA` means every rule; those that are optional need more of their code.
            if finding.code in self.optional_codes and not self.selection.wants(finding.code, default=False):
                continue
            column = finding.location.column - 1
            yield finding.location.line, column, f"{finding.code} {finding.message}", type(self)

    def _findings(self, path: Path) -> tuple[Finding, ...]:
        with _told():
            return self._project_of(path).findings(path.resolve())

    @classmethod
    def _asks_about_synchronous_code(cls) -> bool:
        """Whether a rule is selected for which files without coroutines have to be parsed too."""
        return cls.selection.wants("DJA601", default=False)

    @classmethod
    def _project_of(cls, path: Path) -> _Project:
        # A root is found by reading configurations, which files of one folder share.
        folder = path.resolve().parent
        root = cls._roots.get(folder)
        if root is None:
            root = cls._roots[folder] = project_root(folder)
        project = cls._projects.get(root)
        if project is None:
            given = cls.django_version
            version = parse_version(given, "--django-version") if given else None
            config = everything(read_config(root), version)
            if not cls._asks_about_synchronous_code():
                config = replace(config, ignore=("DJA601",))
            project = cls._projects[root] = _Project(root, config)
        return project


@contextmanager
def _told() -> Iterator[None]:
    """Have flake8 show what is wrong with the input as a message, which it does of this error alone."""
    try:
        yield
    except InputError as error:
        raise ExecutionError(f"async-audit: {error}") from error


class _Project:
    """A project that is read when the findings of a file are not in the cache."""

    def __init__(self, root: Path, config: Config) -> None:
        from async_audit.cache import Cache  # noqa: PLC0415
        from async_audit.results import Results  # noqa: PLC0415

        self._root = root
        self._config = config
        self._cache = Cache.open()
        self._results = Results(self._cache, root, config)
        self._state = self._results.current_state

    def findings(self, path: Path) -> tuple[Finding, ...]:
        """The findings of the file at an absolute path; none where it is not of the project."""
        question = f"flake8\0{path}"
        known = None if self._state is None else self._results.recall_at(self._state, question)
        if known is not None:
            return known.findings
        from async_audit.audit import audit_runtime  # noqa: PLC0415
        from async_audit.findings import Report  # noqa: PLC0415
        from async_audit.frames import with_room  # noqa: PLC0415

        with audit_runtime():
            found = with_room(lambda: self._found(path))
        if self._state is not None:
            self._results.keep_at(self._state, question, Report(self._root.as_posix(), "", found))
        return found

    def _found(self, path: Path) -> tuple[Finding, ...]:
        file = self._audit.file(path)
        return tuple(self._audit.findings(file, suppress=False)[0]) if file is not None else ()

    @cached_property
    def _audit(self) -> Audit:
        from async_audit.audit import Audit  # noqa: PLC0415
        from async_audit.facts_cache import FactsCache  # noqa: PLC0415
        from async_audit.snapshot import Snapshot  # noqa: PLC0415
        from async_audit.workers import Workers  # noqa: PLC0415

        snapshot = Snapshot() if self._results.are_kept else None
        # flake8 keeps the cores busy itself: a process of ours is for files that may end the parser.
        facts = FactsCache(self._cache, Workers())
        audit = Audit(self._root, self._config, snapshot=snapshot, parse=facts.parse)
        if snapshot is not None:
            self._state = snapshot.state
            self._results.keep_snapshot(snapshot)
        return audit
