"""The visitor: source text to `ModuleFacts`, in one walk over the LibCST tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import libcst as cst
import msgspec

from async_audit.syntax.expressions import ExpressionReader, operator_text
from async_audit.syntax.facts import (
    Assert,
    Assign,
    Attribute,
    Case,
    ClassFacts,
    Declare,
    Define,
    DefineClass,
    Delete,
    Evaluate,
    Expr,
    For,
    FunctionFacts,
    Handler,
    If,
    Import,
    Jump,
    JumpKind,
    Literal,
    Match,
    ModuleFacts,
    Name,
    Outer,
    Raise,
    Return,
    Starred,
    Statement,
    Try,
    While,
    With,
)
from async_audit.syntax.faults import Valid, fault_of
from async_audit.syntax.joined_lines import first_lines
from async_audit.syntax.limits import excess_of
from async_audit.syntax.patterns import read_pattern
from async_audit.syntax.positions import line_starts, measure
from async_audit.syntax.scopes import ScopeStack, names_bound_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UNREADABLE_FORM = "is Python that the parser cannot read, for its length or its form"
_SUPPRESSION = re.compile(r"#\s*(?:noqa|async-audit\s*:)", re.IGNORECASE)


class UnreadableSource(Exception):
    """Source that gives no facts; `reason` is a predicate of the file, `line` is where, counted from 1."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def extract(source: str, *, path: str, name: str, is_package: bool) -> ModuleFacts:
    """The facts of a module's decoded source. Raises `UnreadableSource` where it does not parse."""
    excess = excess_of(source)
    if excess is not None:
        raise UnreadableSource(excess.reason, excess.line)
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise _refused(source, error) from error
    except (TypeError, cst.CSTValidationError) as error:
        # LibCST 1.9 fails in itself on `return(lambda: a)`, which is Python.
        raise UnreadableSource(f"{_UNREADABLE_FORM} ({error})") from error
    measured = measure(module, source, comments=_SUPPRESSION.search(source) is not None)
    facts = ModuleFacts(
        path=path,
        name=name,
        is_package=is_package,
        body=_StatementReader(measured.spans).block(module.body),
        line_starts=line_starts(source),
    )
    found = [(offset, text) for offset, text in measured.comments if _SUPPRESSION.search(text)]
    if not found:
        return facts
    joined = first_lines(source)
    lines = [facts.line_and_column(offset)[0] for offset, _ in found]
    suppressions = tuple(
        (joined.get(line, line), line, text) for line, (_, text) in zip(lines, found, strict=True)
    )
    return msgspec.structs.replace(facts, suppressions=suppressions)


def _refused(source: str, error: cst.ParserSyntaxError) -> UnreadableSource:
    """Why LibCST does not read `source`: Python tells whether the source is at fault."""
    fault = fault_of(source)
    match fault:
        case Valid.YES:
            reason = _UNREADABLE_FORM
        case Valid.UNKNOWN:
            reason = f"cannot be read by the parser: {error.message}"
        case line, message:
            return UnreadableSource(f"is not valid Python 3: {message}", line)
    return UnreadableSource(reason, max(error.raw_line, 1))


class _StatementReader:
    """Reads statements; the expressions in them through an `ExpressionReader`."""

    def __init__(self, spans: dict[int, tuple[int, int]]) -> None:
        self.spans = spans
        self.scopes = ScopeStack()
        self.expressions = ExpressionReader(spans, self.scopes)
        self._outer: list[set[str]] = []
        self._type_checking = 0

    def block(self, nodes: Any) -> tuple[Statement, ...]:
        """The statements of a body in order; `pass` and docstrings are no facts."""
        statements: list[Statement] = []
        for node in nodes:
            small = node.body if isinstance(node, cst.SimpleStatementLine) else (node,)
            for part in small:
                reader = self._READERS.get(type(part))
                if reader is not None:
                    statements.extend(reader(self, part))
        return tuple(statements)

    def _suite(self, suite: cst.BaseSuite) -> tuple[Statement, ...]:
        return self.block(suite.body)

    def _span(self, node: cst.CSTNode) -> tuple[int, int]:
        return self.spans[id(node)]

    def _evaluate(self, node: cst.Expr) -> Iterator[Statement]:
        value = self.expressions.read(node.value)
        if not isinstance(value, Literal):
            yield Evaluate(*self._span(node), value)

    def _assign(self, node: cst.Assign) -> Iterator[Statement]:
        targets = tuple(self.expressions.read(target.target) for target in node.targets)
        for target in targets:
            self._note_writes(target)
        yield Assign(*self._span(node), targets, self.expressions.read(node.value))

    def _augmented(self, node: cst.AugAssign) -> Iterator[Statement]:
        target = self.expressions.read(node.target)
        self._note_writes(target)
        operator = operator_text(node.operator)
        yield Assign(*self._span(node), (target,), self.expressions.read(node.value), operator)

    def _declare(self, node: cst.AnnAssign) -> Iterator[Statement]:
        target = self.expressions.read(node.target)
        self._note_writes(target)
        annotation = self.expressions.read(node.annotation.annotation)
        value = self.expressions.read_optional(node.value)
        yield Declare(*self._span(node), target, annotation, value)

    def _note_writes(self, target: Expr) -> None:
        match target:
            case Attribute(value=Name(id=receiver), name=attribute):
                self.scopes.note_self_write(receiver, attribute)
            case Starred():
                self._note_writes(target.value)
            case _:
                for item in getattr(target, "items", ()):
                    if not isinstance(item, tuple):
                        self._note_writes(item)

    def _return(self, node: cst.Return) -> Iterator[Statement]:
        yield Return(*self._span(node), self.expressions.read_optional(node.value))

    def _raise(self, node: cst.Raise) -> Iterator[Statement]:
        cause = node.cause.item if node.cause is not None else None
        read = self.expressions.read_optional
        yield Raise(*self._span(node), read(node.exc), read(cause))

    def _assert(self, node: cst.Assert) -> Iterator[Statement]:
        read = self.expressions.read
        yield Assert(*self._span(node), read(node.test), self.expressions.read_optional(node.msg))

    def _delete(self, node: cst.Del) -> Iterator[Statement]:
        target = self.expressions.read(node.target)
        items = getattr(target, "items", None)
        yield Delete(*self._span(node), items if isinstance(items, tuple) else (target,))

    def _jump(self, node: cst.Break | cst.Continue) -> Iterator[Statement]:
        kind = JumpKind.BREAK if isinstance(node, cst.Break) else JumpKind.CONTINUE
        yield Jump(*self._span(node), kind)

    def _global(self, node: cst.Global | cst.Nonlocal) -> Iterator[Statement]:
        names = tuple(item.name.value for item in node.names)
        if self._outer:
            self._outer[-1].update(names)
        yield Outer(*self._span(node), names, isinstance(node, cst.Global))

    def _import(self, node: cst.Import) -> Iterator[Statement]:
        span, checking = self._span(node), self._type_checking > 0
        for alias in node.names:
            module = _dotted(alias.name)
            if alias.asname is not None:
                binds: str = alias.asname.name.value  # type: ignore[union-attr]
                yield Import(*span, module, 0, "", binds, checking, renamed=True)
            else:
                yield Import(*span, module, 0, "", module.partition(".")[0], checking)

    def _import_from(self, node: cst.ImportFrom) -> Iterator[Statement]:
        span, checking = self._span(node), self._type_checking > 0
        module = _dotted(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            yield Import(*span, module, level, "*", "*", checking)
            return
        for alias in node.names:
            member = alias.name.value
            binds = alias.asname.name.value if alias.asname is not None else member  # type: ignore[union-attr]
            yield Import(*span, module, level, member, binds, checking)  # type: ignore[arg-type]

    def _if(self, node: cst.If) -> Iterator[Statement]:
        test = self.expressions.read(node.test)
        checking = _is_type_checking(test)
        self._type_checking += checking
        body = self._suite(node.body)
        self._type_checking -= checking
        orelse: tuple[Statement, ...] = ()
        if isinstance(node.orelse, cst.If):
            orelse = tuple(self._if(node.orelse))
        elif node.orelse is not None:
            orelse = self._suite(node.orelse.body)
        yield If(*self._span(node), test, body, orelse)

    def _for(self, node: cst.For) -> Iterator[Statement]:
        is_async = node.asynchronous is not None
        if is_async:
            self.scopes.note_await()
        read = self.expressions.read
        orelse = self._suite(node.orelse.body) if node.orelse is not None else ()
        target, iterable = read(node.target), read(node.iter)
        self._note_writes(target)
        yield For(*self._span(node), target, iterable, self._suite(node.body), orelse, is_async)

    def _while(self, node: cst.While) -> Iterator[Statement]:
        test = self.expressions.read(node.test)
        orelse = self._suite(node.orelse.body) if node.orelse is not None else ()
        yield While(*self._span(node), test, self._suite(node.body), orelse)

    def _with(self, node: cst.With) -> Iterator[Statement]:
        is_async = node.asynchronous is not None
        if is_async:
            self.scopes.note_await()
        items = tuple(
            (
                self.expressions.read(item.item),
                self.expressions.read(item.asname.name) if item.asname is not None else None,
            )
            for item in node.items
        )
        for _, target in items:
            if target is not None:
                self._note_writes(target)
        yield With(*self._span(node), items, self._suite(node.body), is_async)

    def _try(self, node: cst.Try | cst.TryStar) -> Iterator[Statement]:
        body = self._suite(node.body)
        handlers = tuple(
            Handler(
                self.expressions.read_optional(handler.type),
                handler.name.name.value if handler.name is not None else "",  # type: ignore[union-attr]
                self._suite(handler.body),
            )
            for handler in node.handlers
        )
        orelse = self._suite(node.orelse.body) if node.orelse is not None else ()
        final = self._suite(node.finalbody.body) if node.finalbody is not None else ()
        yield Try(*self._span(node), body, handlers, orelse, final)

    def _match(self, node: cst.Match) -> Iterator[Statement]:
        subject = self.expressions.read(node.subject)
        cases: list[Case] = []
        for case in node.cases:
            pattern = read_pattern(case.pattern)
            guard = self.expressions.read_optional(case.guard)
            irrefutable = pattern.irrefutable and guard is None
            is_whole = pattern.irrefutable and bool(pattern.binds)
            cases.append(Case(pattern.binds, guard, self._suite(case.body), irrefutable, is_whole))
        yield Match(*self._span(node), subject, tuple(cases))

    def _function(self, node: cst.FunctionDef) -> Iterator[Statement]:
        decorators = tuple(self.expressions.read(decorator.decorator) for decorator in node.decorators)
        parameters = self.scopes.read_parameters(node.params, self.expressions)
        returns = self.expressions.read(node.returns.annotation) if node.returns is not None else None
        owner = self.scopes.owner
        self._outer.append(set())
        with self.scopes.function(node.name.value) as scope:
            body = self._suite(node.body)
        outer = frozenset(self._outer.pop())
        bound = names_bound_by(body) | scope.bound | {parameter.name for parameter in parameters}
        function = FunctionFacts(
            *self._span(node.name),
            name=node.name.value,
            qualname=scope.qualname,
            is_async=node.asynchronous is not None,
            is_generator=scope.yields,
            awaits=scope.awaits,
            parameters=parameters,
            returns=returns,
            decorators=decorators,
            body=body,
            bound=frozenset(bound - outer),
            outer=outer,
            reads=frozenset(scope.reads),
            calls=frozenset(scope.calls),
            owner=owner,
        )
        yield Define(*self._span(node), function)

    def _class(self, node: cst.ClassDef) -> Iterator[Statement]:
        decorators = tuple(self.expressions.read(decorator.decorator) for decorator in node.decorators)
        bases = tuple(self.expressions.read(argument.value) for argument in node.bases)
        keywords = tuple(
            (argument.keyword.value, self.expressions.read(argument.value))
            for argument in node.keywords
            if argument.keyword is not None
        )
        with self.scopes.class_(node.name.value) as scope:
            body = self._suite(node.body)
        definition = ClassFacts(
            *self._span(node.name),
            name=node.name.value,
            qualname=scope.qualname,
            bases=bases,
            keywords=keywords,
            decorators=decorators,
            body=body,
            writes={name: tuple(methods) for name, methods in scope.writes.items()},
        )
        yield DefineClass(*self._span(node), definition)

    _READERS: ClassVar[dict[type[cst.CSTNode], Callable[[Any, Any], Iterator[Statement]]]] = {
        cst.Expr: _evaluate,
        cst.Assign: _assign,
        cst.AugAssign: _augmented,
        cst.AnnAssign: _declare,
        cst.Return: _return,
        cst.Raise: _raise,
        cst.Assert: _assert,
        cst.Del: _delete,
        cst.Break: _jump,
        cst.Continue: _jump,
        cst.Global: _global,
        cst.Nonlocal: _global,
        cst.Import: _import,
        cst.ImportFrom: _import_from,
        cst.If: _if,
        cst.For: _for,
        cst.While: _while,
        cst.With: _with,
        cst.Try: _try,
        cst.TryStar: _try,
        cst.Match: _match,
        cst.FunctionDef: _function,
        cst.ClassDef: _class,
    }


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def _is_type_checking(test: Expr) -> bool:
    match test:
        case Name(id="TYPE_CHECKING") | Attribute(name="TYPE_CHECKING"):
            return True
        case _:
            return False
