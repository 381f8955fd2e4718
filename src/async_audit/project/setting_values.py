"""What a setting may be once its modules have run: texts such as the dotted name of a backend.

Read are assignments in the order in which modules run, both branches of a condition, split settings that
import each other, defaults of environment variables as django-environ, decouple, `os.environ` and
django-configurations write them, addresses such as `redis://` that stand for a backend, and classes of
django-configurations. What the environment says is looked for in the project's own files; it may be something
else where the project runs, so that such a value is never the only possible one.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.environment import variables
from async_audit.project.setting_changes import Change, changes
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Conditional,
    Declare,
    DictDisplay,
    Display,
    Expr,
    Literal,
    Name,
    Operation,
    Starred,
    Subscript,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_DEEPEST = 12
_IMPORTS_SETTINGS = mention(rb"(?m)^\s*from\s+(\.+\w*|[\w.]*settings[\w.]*)\s+import\s+\*", b"import")
_FOR_TESTS = re.compile(r"(^|[_/])(test|tests|testing|ci)([_.]|$)")
_CONFIGURATIONS = ("configurations.Configuration", "configurations.base.Configuration")
_DECIDING = (
    ("CACHES", "default", "BACKEND"),
    ("EMAIL_BACKEND",),
    ("SESSION_ENGINE",),
)


class Reading(enum.Enum):
    """How far a setting could be read.

    `WRITTEN`: its texts are all it may be. `FALLBACK`: it may be another one as well. `UNSET`: nothing sets
    it, so that Django's default holds. `UNREADABLE`: it is set to something that cannot be read.
    """

    WRITTEN = "written"
    FALLBACK = "fallback"
    UNSET = "unset"
    UNREADABLE = "unreadable"


class Answer(enum.Enum):
    """Whether something holds of a setting."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True, slots=True)
class SettingValue:
    """The texts that a setting may be."""

    texts: tuple[str, ...]
    reading: Reading

    def satisfies(self, holds: Callable[[str], bool], default: str) -> Answer:
        """Whether `holds` is true of the setting, which is `default` where nothing sets it.

        A fallback that does not satisfy is taken at its word: that the environment says otherwise is a guess.
        """
        if self.reading is Reading.UNREADABLE:
            return Answer.PERHAPS
        texts = (default,) if self.reading is Reading.UNSET else self.texts
        satisfying = [text for text in texts if holds(text)]
        if not satisfying:
            return Answer.NO
        whole = len(satisfying) == len(texts) and self.reading is not Reading.FALLBACK
        return Answer.YES if whole else Answer.PERHAPS


@dataclass(frozen=True, slots=True)
class _Possible:
    """Texts that an expression may give; not `whole` where it may give others."""

    texts: tuple[str, ...] = ()
    whole: bool = True

    def __add__(self, other: _Possible) -> _Possible:
        return _Possible(tuple(dict.fromkeys(self.texts + other.texts)), self.whole and other.whole)


_UNREADABLE = _Possible(whole=False)


def setting_value(program: Program, setting: str, *keys: str) -> SettingValue:
    """What `SETTING[key][key]` may be in the settings modules of the project."""
    found = [
        possible
        for path in settings_modules(program)
        for possible in (_in_module(program, path, setting, keys), *_in_classes(program, path, setting, keys))
        if possible is not None
    ]
    if not found:
        return SettingValue((), Reading.UNSET)
    total = found[0]
    for possible in found[1:]:
        total += possible
    if not total.texts:
        return SettingValue((), Reading.WRITTEN if total.whole else Reading.UNREADABLE)
    return SettingValue(total.texts, Reading.WRITTEN if total.whole else Reading.FALLBACK)


def unreadable_settings(program: Program) -> tuple[str, ...]:
    """The settings that decide what blocks or raises and are set to something that cannot be read."""
    return tuple(".".join(keys) for keys in _DECIDING if program.setting(*keys).reading is Reading.UNREADABLE)


def settings_modules(program: Program) -> tuple[str, ...]:
    """The settings modules that a server may run with: those named, and those beside that build on one."""
    named = program.settings.paths
    folders = {path.rpartition("/")[0] for path in named}
    beside = (
        file.relative
        for file in program.files
        if file.relative.rpartition("/")[0] in folders
        and file.relative not in named
        and not _FOR_TESTS.search(file.relative)
        and file.mentions(_IMPORTS_SETTINGS)
        and "setting" in file.relative
    )
    return (*named, *beside)


def _in_module(program: Program, path: str, setting: str, keys: tuple[str, ...]) -> _Possible | None:
    """What the module-level name may be; nothing where it is not set."""
    current: _Possible | None = None
    for change in changes(program.modules, program.names, path, setting):
        current = _after(program, change, keys, current)
    return current


def _after(
    program: Program, change: Change, keys: tuple[str, ...], current: _Possible | None
) -> _Possible | None:
    match change.statement:
        case Assign(targets=(target,), value=value, operator="") | Declare(target=target, value=value):
            pass
        case _:
            return (current or _Possible()) + _UNREADABLE
    written = _keys_of(target)
    if value is None or written is None:
        return (current or _Possible()) + _UNREADABLE
    if written != keys[: len(written)]:
        return current
    made = _possible(program, change.path, value, keys[len(written) :], 0)
    if made is None:
        return None if not written else current
    return made if current is None or not change.is_conditional else current + made


def _keys_of(target: Expr) -> tuple[str, ...] | None:
    """The constant keys of `NAME[key][key]`."""
    keys: list[str] = []
    while isinstance(target, Subscript):
        if not (isinstance(target.index, Literal) and isinstance(target.index.value, str)):
            return None
        keys.insert(0, target.index.value)
        target = target.value
    return tuple(keys) if isinstance(target, Name) else None


def _possible(program: Program, path: str, expr: Expr, keys: tuple[str, ...], depth: int) -> _Possible | None:
    """What an expression, or what stands in it under the keys, may be; nothing where it has no such key."""
    if depth > _DEEPEST:
        return _UNREADABLE

    def inner(part: Expr) -> _Possible:
        return _possible(program, path, part, keys, depth + 1) or _Possible()

    match expr:
        case Literal(value=str(text)):
            return _of_text(program, text, keys)
        case Literal():
            return _Possible()
        case DictDisplay() if keys:
            return _entry(program, path, expr, keys, depth)
        case Conditional(body=body, orelse=orelse):
            return inner(body) + inner(orelse)
        case Operation(operators=("or",), operands=operands):
            total = _Possible()
            for operand in operands:
                total += inner(operand)
            return total
        case Name(id=name):
            return _in_module(program, path, name, keys) or _UNREADABLE
        case Subscript(index=Literal(value=str(variable))):
            return _of_environment(program, variable, keys)
        case Call(function=function, arguments=arguments):
            return _of_call(program, path, function, arguments, keys, depth)
        case _:
            return _UNREADABLE


def _entry(
    program: Program, path: str, table: DictDisplay, keys: tuple[str, ...], depth: int
) -> _Possible | None:
    found: _Possible | None = None
    for name, value in table.items:
        if isinstance(name, Starred):
            found = _possible(program, path, name.value, keys, depth + 1) or found
        elif isinstance(name, Literal) and name.value == keys[0]:
            found = _possible(program, path, value, keys[1:], depth + 1)
    return found


def _of_text(program: Program, text: str, keys: tuple[str, ...]) -> _Possible:
    """A text, or the backend that its address stands for where a dictionary is made of it."""
    if not keys:
        return _Possible((text,))
    scheme = text.partition("://")[0]
    backend = program.catalogue.backends.get(scheme, "")
    return _Possible((backend,)) if backend else _UNREADABLE


def _of_environment(program: Program, variable: str, keys: tuple[str, ...]) -> _Possible:
    """What the project's own files say of a variable, which may be another one where it runs."""
    total = _UNREADABLE
    for found in variables(program, variable):
        total += _of_text(program, found.value, keys)
    return total


def _of_call(
    program: Program,
    path: str,
    function: Expr,
    arguments: tuple[Argument, ...],
    keys: tuple[str, ...],
    depth: int,
) -> _Possible:
    """A variable of the environment, or a value of django-configurations: its default, and perhaps others."""
    positional = [argument.value for argument in arguments if not argument.keyword]
    defaults = [argument.value for argument in arguments if argument.keyword == "default"]
    variable = positional[0].value if positional and isinstance(positional[0], Literal) else ""
    if isinstance(function, Attribute | Name) and _last(function).endswith("Value"):
        defaults, variable = defaults or positional[:1], ""
    elif not defaults and len(positional) == 2:
        defaults = positional[1:]
    elif not defaults:
        defaults = _declared_default(program, path, function, str(variable))
    total = (
        _of_environment(program, variable, keys) if isinstance(variable, str) and variable else _UNREADABLE
    )
    for default in defaults:
        total += _possible(program, path, default, keys, depth + 1) or _Possible()
    return total


def _declared_default(program: Program, path: str, function: Expr, variable: str) -> list[Expr]:
    """The default that `env = Env(VARIABLE=(str, "default"))` gives a variable."""
    while isinstance(function, Attribute):
        function = function.value
    if not isinstance(function, Name):
        return []
    for change in changes(program.modules, program.names, path, function.id):
        match change.statement:
            case Assign(value=Call(arguments=arguments)):
                for argument in arguments:
                    if argument.keyword == variable and isinstance(argument.value, Display):
                        return list(argument.value.items[1:2])
            case _:
                pass
    return []


def _last(expr: Attribute | Name) -> str:
    return expr.id if isinstance(expr, Name) else expr.name


def _in_classes(program: Program, path: str, setting: str, keys: tuple[str, ...]) -> Iterator[_Possible]:
    """What the classes of django-configurations in a module say: those that are named, else the last ones."""
    facts = program.modules.readable(path)
    names = [program.classes.of(path, definition).name for definition in (facts.classes if facts else ())]
    configurations = [
        name for name in names if any(base in _CONFIGURATIONS for base in program.classes.order(name))
    ]
    if not configurations:
        return
    chosen = {found.value for found in variables(program, "DJANGO_CONFIGURATION")}
    named = [name for name in configurations if name.rpartition(".")[2] in chosen]
    above = {base for name in configurations for base in program.classes.order(name)[1:]}
    for name in named or [name for name in configurations if name not in above]:
        member = program.classes.member(name, setting)
        match member.statement if member is not None else None:
            case Assign(value=value) | Declare(value=value) if value is not None and member is not None:
                made = _possible(program, member.cls.path, value, keys, 0)
                if made is not None:
                    yield made
            case None:
                pass
            case _:
                yield _UNREADABLE
