"""The flake8 adapter: the findings of the file that flake8 is at, with whole-project knowledge; no analysis.

flake8 checks files in several processes. Each of them reads the project once, for the first file that may
hold a coroutine or settings; any other file costs a byte search.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from async_audit._version import __version__
from async_audit.config import Config

if TYPE_CHECKING:
    from async_audit.audit import Audit


class Plugin:
    """What flake8 makes of us: one object a file."""

    name: ClassVar[str] = "async-audit"
    version: ClassVar[str] = __version__
    django_version: ClassVar[str] = ""
    # flake8 leaves out a plugin that has a true attribute `off_by_default`.
    optional_codes: ClassVar[tuple[str, ...]] = ("DJA208", "DJA305", "DJA306", "DJA601", "DJA902")
    selection: ClassVar[Config] = Config()
    _audits: ClassVar[dict[Path, Audit]] = {}

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

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings of the file as flake8 wants them: line, column from 0, text."""
        from async_audit.discovery import may_hold_coroutines, may_hold_stack  # noqa: PLC0415  (cheap)

        path = Path(self.filename)
        if self.filename in {"stdin", "-"}:
            return
        if not (may_hold_coroutines(path) or may_hold_stack(path) or self._asks_about_synchronous_code()):
            return
        audit, file = self._audit_of(path)
        if file is None:
            return
        for finding in audit.findings(file, suppress=False)[0]:
            # To flake8 `--select=DJA` means every rule; those that are optional need more of their code.
            if finding.code in self.optional_codes and not self.selection.wants(finding.code, default=False):
                continue
            column = finding.location.column - 1
            yield finding.location.line, column, f"{finding.code} {finding.message}", type(self)

    @classmethod
    def _asks_about_synchronous_code(cls) -> bool:
        """Whether a rule is selected for which files without coroutines have to be parsed too."""
        return cls.selection.wants("DJA601", default=False)

    @classmethod
    def _audit_of(cls, path: Path) -> tuple[Audit, Any]:
        from async_audit.audit import Audit  # noqa: PLC0415
        from async_audit.config import everything, parse_version, read_config  # noqa: PLC0415
        from async_audit.discovery import project_root  # noqa: PLC0415

        resolved = path.resolve()
        root = project_root(resolved)
        audit = cls._audits.get(root)
        if audit is None:
            given = cls.django_version
            version = parse_version(given, "--django-version") if given else None
            config = everything(read_config(root), version)
            if not cls._asks_about_synchronous_code():
                config = replace(config, ignore=("DJA601",))
            audit = cls._audits[root] = Audit(root, config)
        return audit, audit.file(resolved)
