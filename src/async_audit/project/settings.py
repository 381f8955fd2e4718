"""The project's settings, read from their modules without running them."""

from __future__ import annotations

from functools import cached_property

from async_audit.mentions import mention
from async_audit.project.classes import Classes
from async_audit.project.modules import Modules
from async_audit.project.names import Binding, Names
from async_audit.syntax.facts import Assign, Call, Declare, DictDisplay, Expr, Literal, Subscript

_SETTINGS_MODULE = mention(
    rb"""DJANGO_SETTINGS_MODULE["']?\s*[,=)\]]+\s*(?:=\s*)?["']([\w.]+)["']""", b"DJANGO_SETTINGS_MODULE"
)
_ENTRY_FILES = ("manage.py", "wsgi.py", "asgi.py", "celery.py")


class Settings:
    """Values of settings as written. A name that is not set, or is computed, has no value."""

    def __init__(self, modules: Modules, names: Names, classes: Classes) -> None:
        self._modules = modules
        self._names = names
        self._classes = classes

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The settings modules, those that `manage.py` and its like name first, by path."""
        found: dict[str, None] = {}
        for file in self._modules:
            if file.relative.rpartition("/")[2] in _ENTRY_FILES and file.mentions(_SETTINGS_MODULE):
                for name in _SETTINGS_MODULE.pattern.findall(file.content):
                    module = self._modules.find(name.decode(), file.relative)
                    if module is not None:
                        found[module.relative] = None
        if not found:
            for file in self._modules:
                last = file.relative.rpartition("/")[2]
                in_folder = "/settings/" in f"/{file.relative}" and last in {
                    "base.py",
                    "common.py",
                    "__init__.py",
                }
                if (last.startswith("settings") and "test" not in last) or in_folder:
                    found[file.relative] = None
        return tuple(found)

    def expression(self, name: str) -> tuple[str, Expr] | None:
        """The expression that a setting is assigned, with the path of the module."""
        for path in self.paths:
            for meaning in self._names.lookup(path, name):
                if isinstance(meaning, Binding):
                    match meaning.statement:
                        case Assign(value=value, operator=""):
                            return meaning.path, value
                        case Declare(value=value) if value is not None:
                            return meaning.path, value
                        case _:
                            pass
        return None

    def text(self, name: str) -> str:
        """A string setting; of `os.environ.get("X", "default")` the default. Empty: not known."""
        found = self.expression(name)
        return constant_text(found[1]) if found is not None else ""

    def backend(self, name: str, alias: str, key: str = "BACKEND") -> str:
        """`NAME[alias][key]` of a setting such as `CACHES`. Empty: not known."""
        found = self.expression(name)
        if found is None or not isinstance(found[1], DictDisplay):
            return ""
        entry = _entry(found[1], alias)
        return constant_text(_entry(entry, key)) if isinstance(entry, DictDisplay) else ""


def _entry(table: DictDisplay, key: str) -> Expr | None:
    for name, value in table.items:
        if isinstance(name, Literal) and name.value == key:
            return value
    return None


def constant_text(expr: Expr | None) -> str:
    """The string that an expression is, or falls back to where it reads the environment."""
    match expr:
        case Literal(value=str(text)):
            return text
        case Call(arguments=arguments):
            defaults = [argument.value for argument in arguments if argument.keyword == "default"]
            if not defaults and len(arguments) == 2:
                defaults = [arguments[1].value]
            return constant_text(defaults[0]) if defaults else ""
        case Subscript():
            return ""
        case _:
            return ""
