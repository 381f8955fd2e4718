"""The facts of a module: its statements and expressions without white space, parentheses or trivia.

Everything here is frozen and holds plain data. A position is an offset in characters into the decoded
source; `ModuleFacts.line_and_column` makes a line and a column of one. The classes are those of msgspec,
which makes their objects in a fraction of the time that dataclasses take, and writes and reads them as bytes.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    Constant: TypeAlias = "str | int | float | complex | bytes | bool | None"
else:
    # msgspec can tell text from bytes where it reads, and has no way to be told that both may stand there.
    Constant = Any


class Fact(msgspec.Struct, frozen=True, eq=False, gc=False, array_like=True):
    """What is known of a piece of source. It is equal to itself alone, and never part of a cycle."""


class Node(Fact, frozen=True, tag=True):
    """A fact that may stand where others may stand as well, and so is written with the name of its class."""


class Name(Node, frozen=True):
    """A name that is read, or bound where it is a target."""

    start: int
    end: int
    id: str


class Attribute(Node, frozen=True):
    """`value.name`."""

    start: int
    end: int
    value: Expr
    name: str


class Literal(Node, frozen=True):
    """A constant; `...` has the value `Ellipsis` written as the string kind."""

    start: int
    end: int
    value: Constant


class Unpacking(enum.Enum):
    """How an argument or an element is spread."""

    NONE = ""
    ITERABLE = "*"
    MAPPING = "**"


class Argument(Fact, frozen=True):
    """One argument of a call; `keyword` is empty for a positional one."""

    value: Expr
    keyword: str = ""
    unpacking: Unpacking = Unpacking.NONE


class Call(Node, frozen=True):
    """`function(arguments)`."""

    start: int
    end: int
    function: Expr
    arguments: tuple[Argument, ...]


class Await(Node, frozen=True):
    """`await value`."""

    start: int
    end: int
    value: Expr


class Slice(Node, frozen=True):
    """`lower:upper:step`; a part that is not written is absent."""

    start: int
    end: int
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class Subscript(Node, frozen=True):
    """`value[index]`; several indexes are one `Display` of kind tuple."""

    start: int
    end: int
    value: Expr
    index: Expr


class Starred(Node, frozen=True):
    """`*value` or, in a dictionary, `**value`."""

    start: int
    end: int
    value: Expr


class Display(Node, frozen=True):
    """A list, tuple or set written out; `kind` is the built-in type's name."""

    start: int
    end: int
    kind: str
    items: tuple[Expr, ...]


class DictDisplay(Node, frozen=True):
    """A dictionary written out; a `**spread` has a `Starred` as its key and value."""

    start: int
    end: int
    items: tuple[tuple[Expr, Expr], ...]


class Clause(Fact, frozen=True):
    """`for target in iterable if conditions` of a comprehension."""

    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...]
    is_async: bool


class Comprehension(Node, frozen=True):
    """A comprehension; `kind` is list, set, dict or generator. Only a dict has a `key`."""

    start: int
    end: int
    kind: str
    element: Expr
    key: Expr | None
    clauses: tuple[Clause, ...]


class Lambda(Node, frozen=True):
    """`lambda parameters: body`; `function` holds both."""

    start: int
    end: int
    function: FunctionFacts


class Operation(Node, frozen=True):
    """An operator on its operands: unary, binary, boolean or a comparison chain.

    `operators` has one entry for unary, binary and boolean operations, one a step for comparisons.
    """

    start: int
    end: int
    operators: tuple[str, ...]
    operands: tuple[Expr, ...]


class Conditional(Node, frozen=True):
    """`body if test else orelse`."""

    start: int
    end: int
    test: Expr
    body: Expr
    orelse: Expr


class Walrus(Node, frozen=True):
    """`target := value`."""

    start: int
    end: int
    target: Expr
    value: Expr


class Yield(Node, frozen=True):
    """`yield value` or `yield from value`."""

    start: int
    end: int
    value: Expr | None
    delegates: bool


REPRESENTATION = "!r"
"""The operator of a value that an f-string shows by its `repr`."""


class Formatted(Node, frozen=True):
    """An f-string, by the expressions it formats."""

    start: int
    end: int
    values: tuple[Expr, ...]


Expr: TypeAlias = (
    Name
    | Attribute
    | Literal
    | Call
    | Await
    | Slice
    | Subscript
    | Starred
    | Display
    | DictDisplay
    | Comprehension
    | Lambda
    | Operation
    | Conditional
    | Walrus
    | Yield
    | Formatted
)


class Evaluate(Node, frozen=True):
    """An expression on a line of its own."""

    start: int
    end: int
    value: Expr


class Assign(Node, frozen=True):
    """`targets = value`; `operator` is that of an augmented assignment, else empty."""

    start: int
    end: int
    targets: tuple[Expr, ...]
    value: Expr
    operator: str = ""


class Declare(Node, frozen=True):
    """`target: annotation = value`; the value may be absent."""

    start: int
    end: int
    target: Expr
    annotation: Expr
    value: Expr | None


class Return(Node, frozen=True):
    """`return value`."""

    start: int
    end: int
    value: Expr | None


class Raise(Node, frozen=True):
    """`raise value from cause`."""

    start: int
    end: int
    value: Expr | None
    cause: Expr | None


class Assert(Node, frozen=True):
    """`assert test, message`."""

    start: int
    end: int
    test: Expr
    message: Expr | None


class Delete(Node, frozen=True):
    """`del targets`."""

    start: int
    end: int
    targets: tuple[Expr, ...]


class If(Node, frozen=True):
    """`if test: body else: orelse`; an `elif` is an `If` alone in `orelse`."""

    start: int
    end: int
    test: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class For(Node, frozen=True):
    """`for target in iterable`."""

    start: int
    end: int
    target: Expr
    iterable: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    is_async: bool


class While(Node, frozen=True):
    """`while test`."""

    start: int
    end: int
    test: Expr
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class With(Node, frozen=True):
    """`with item as target, …`."""

    start: int
    end: int
    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Statement, ...]
    is_async: bool


class Handler(Fact, frozen=True):
    """`except exception as name`."""

    exception: Expr | None
    name: str
    body: tuple[Statement, ...]


class Try(Node, frozen=True):
    """`try … except … else … finally`."""

    start: int
    end: int
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


class Case(Fact, frozen=True):
    """One `case`: the names its pattern binds, and its guard. `is_whole`: its one name is the subject."""

    binds: tuple[str, ...]
    guard: Expr | None
    body: tuple[Statement, ...]
    irrefutable: bool
    is_whole: bool = False


class Match(Node, frozen=True):
    """`match subject`."""

    start: int
    end: int
    subject: Expr
    cases: tuple[Case, ...]


class JumpKind(enum.Enum):
    """Which statement leaves a loop's body."""

    BREAK = "break"
    CONTINUE = "continue"


class Jump(Node, frozen=True):
    """`break` or `continue`."""

    start: int
    end: int
    kind: JumpKind


class Outer(Node, frozen=True):
    """`global names` or `nonlocal names`."""

    start: int
    end: int
    names: tuple[str, ...]
    is_global: bool


class Import(Node, frozen=True):
    """One imported name. `member` is empty for `import module`, `*` for a star import.

    `renamed`: the module of `import module` is bound to a name of its own.
    """

    start: int
    end: int
    module: str
    level: int
    member: str
    binds: str
    type_checking: bool = False
    renamed: bool = False


class Define(Node, frozen=True):
    """A `def` statement."""

    start: int
    end: int
    function: FunctionFacts


class DefineClass(Node, frozen=True):
    """A `class` statement."""

    start: int
    end: int
    definition: ClassFacts


Statement: TypeAlias = (
    Evaluate
    | Assign
    | Declare
    | Return
    | Raise
    | Assert
    | Delete
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Jump
    | Outer
    | Import
    | Define
    | DefineClass
)


class ParameterKind(enum.Enum):
    """How an argument reaches a parameter."""

    POSITIONAL = "positional"
    VAR_POSITIONAL = "*"
    KEYWORD = "keyword"
    VAR_KEYWORD = "**"


class Parameter(Fact, frozen=True):
    """One parameter; annotation and default may be absent."""

    name: str
    kind: ParameterKind
    annotation: Expr | None
    default: Expr | None


class FunctionFacts(Fact, frozen=True, dict=True, gc=True):
    """A `def`, `async def` or lambda.

    `start` and `end` span the name (the whole of a lambda). `is_generator`: it yields. `awaits`: its own
    body has an await, `async for`, `async with` or asynchronous comprehension. `bound`: the names its body
    binds. `reads`: the names that it and the functions inside it read, `calls` the last names of what they
    call. `body` of a lambda is one `Return`.
    """

    start: int
    end: int
    name: str
    qualname: str
    is_async: bool
    is_generator: bool
    awaits: bool
    parameters: tuple[Parameter, ...]
    returns: Expr | None
    decorators: tuple[Expr, ...]
    body: tuple[Statement, ...]
    bound: frozenset[str]
    outer: frozenset[str]
    reads: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    owner: str = ""

    @property
    def is_static(self) -> bool:
        """Whether it is a method that is not given the object."""
        return any(isinstance(each, Name) and each.id == "staticmethod" for each in self.decorators)

    @cached_property
    def nested(self) -> tuple[FunctionFacts, ...]:
        """The functions that are defined directly in it, or in a class in it."""
        return tuple(found for found in definitions(self.body) if isinstance(found, FunctionFacts))


class ClassFacts(Fact, frozen=True):
    """A `class` statement. `writes` maps an attribute that methods set on `self` to those methods' names."""

    start: int
    end: int
    name: str
    qualname: str
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    decorators: tuple[Expr, ...]
    body: tuple[Statement, ...]
    writes: dict[str, tuple[str, ...]] = {}


class ModuleFacts(Fact, frozen=True, dict=True, gc=True):
    """A whole module. `line_starts` holds the offset at which each line begins.

    `suppressions` are comments with the line on which each stands, after the first line that is joined to it.
    """

    path: str
    name: str
    is_package: bool
    body: tuple[Statement, ...]
    line_starts: tuple[int, ...]
    suppressions: tuple[tuple[int, int, str], ...] = ()

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    @cached_property
    def functions(self) -> tuple[FunctionFacts, ...]:
        """The functions that stand directly in the module or in a class; others are `nested` in these."""
        return tuple(found for found in definitions(self.body) if isinstance(found, FunctionFacts))

    @cached_property
    def classes(self) -> tuple[ClassFacts, ...]:
        """All classes, those inside functions and classes too, in source order."""
        return tuple(_classes(self.body))

    @cached_property
    def classes_by_name(self) -> dict[str, tuple[ClassFacts, ...]]:
        """The classes under each qualified name, in source order."""
        table: dict[str, list[ClassFacts]] = {}
        for definition in self.classes:
            table.setdefault(definition.qualname, []).append(definition)
        return {name: tuple(definitions) for name, definitions in table.items()}

    @cached_property
    def bindings(self) -> dict[str, tuple[Statement, ...]]:
        """The statements that bind each name at module level, in any branch, in source order."""
        table: dict[str, list[Statement]] = {}
        for name, statement in bound_names(self.body):
            table.setdefault(name, []).append(statement)
        return {name: tuple(statements) for name, statements in table.items()}


def definitions(body: tuple[Statement, ...]) -> Iterator[FunctionFacts | ClassFacts]:
    """What the statements of one scope define, and the classes among that, in source order."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        inside: tuple[tuple[Statement, ...], ...] = ()
        match statement:
            case Define():
                yield statement.function
            case DefineClass():
                yield statement.definition
                inside = (statement.definition.body,)
            case _:
                inside = blocks(statement)
        for block in reversed(inside):
            pending.extend(reversed(block))


def _classes(body: tuple[Statement, ...]) -> Iterator[ClassFacts]:
    for definition in definitions(body):
        if isinstance(definition, ClassFacts):
            yield definition
        else:
            yield from _classes(definition.body)


def bound_names(body: tuple[Statement, ...]) -> Iterator[tuple[str, Statement]]:
    """Each name that the statements of one scope bind, with the statement that does."""
    for statement in body:
        yield from ((name, statement) for name in names_of(statement))
        for block in blocks(statement):
            yield from bound_names(block)


def names_of(statement: Statement) -> tuple[str, ...]:
    """The names that a statement binds itself, the blocks in it left out."""
    match statement:
        case Assign():
            return tuple(name for target in statement.targets for name in target_names(target))
        case Declare() | For():
            return tuple(target_names(statement.target))
        case Import():
            return (statement.binds,)
        case Define():
            return (statement.function.name,)
        case DefineClass():
            return (statement.definition.name,)
        case With():
            targets = (target for _, target in statement.items if target is not None)
            return tuple(name for target in targets for name in target_names(target))
        case Try():
            return tuple(handler.name for handler in statement.handlers if handler.name)
        case Match():
            return tuple(name for case in statement.cases for name in case.binds)
        case _:
            return ()


def blocks(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """The statement lists nested in a compound statement, those of functions and classes excepted."""
    match statement:
        case If() | For() | While():
            return (statement.body, statement.orelse)
        case With():
            return (statement.body,)
        case Try():
            return (
                statement.body,
                *(handler.body for handler in statement.handlers),
                statement.orelse,
                statement.final,
            )
        case Match():
            return tuple(case.body for case in statement.cases)
        case _:
            return ()


def target_names(target: Expr) -> Iterator[str]:
    """The names that an assignment target binds."""
    match target:
        case Name():
            yield target.id
        case Display():
            for item in target.items:
                yield from target_names(item)
        case Starred():
            yield from target_names(target.value)
        case _:
            return
