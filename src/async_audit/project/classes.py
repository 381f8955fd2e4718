"""The project's classes: their bases, resolved across modules and libraries, and their members by MRO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from async_audit.catalogue.load import Catalogue
from async_audit.project.modules import Modules
from async_audit.project.names import Binding, Definition, LibraryName, Meaning, Names, ProjectModule
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Call,
    ClassFacts,
    Declare,
    Define,
    DefineClass,
    Expr,
    FunctionFacts,
    Literal,
    Name,
    Statement,
    Subscript,
    bound_names,
)

_DEEPEST_CHAIN = 60
"""Attribute and alias chains longer than this are generated code; their end is not looked for."""


@dataclass(frozen=True, eq=False)
class ProjectClass:
    """A class of the project. `bases` are qualified names; `querysets` lend their methods to a manager."""

    name: str
    path: str
    facts: ClassFacts
    bases: tuple[str, ...]
    querysets: tuple[str, ...] = ()

    @cached_property
    def members(self) -> dict[str, Statement]:
        """The statement that binds each name in the class body, the last one where several do."""
        return {
            name: statement for name, statement in bound_names(self.facts.body) if not _is_accessor(statement)
        }

    @cached_property
    def setters(self) -> dict[str, FunctionFacts]:
        """The setter of each property that has one in the class body."""
        return {
            name: statement.function
            for name, statement in bound_names(self.facts.body)
            if isinstance(statement, Define) and _accessor(statement) == "setter"
        }

    def function(self, name: str) -> FunctionFacts | None:
        """The method that the body defines under `name`."""
        statement = self.members.get(name)
        return statement.function if isinstance(statement, Define) else None


def _is_accessor(statement: Statement) -> bool:
    """Whether a `def` is `@name.setter` or `@name.deleter`: the property under the name stays."""
    return isinstance(statement, Define) and _accessor(statement) in {"setter", "deleter"}


def _accessor(statement: Define) -> str:
    """The last name of the decorator that makes a `def` an accessor of a property; empty for other ones."""
    decorators = statement.function.decorators
    return next((decorator.name for decorator in decorators if isinstance(decorator, Attribute)), "")


@dataclass(frozen=True, slots=True)
class Member:
    """A class member: in which class it was found, and the statement that binds it."""

    cls: ProjectClass
    statement: Statement


class Classes:
    """Classes of the project by qualified name, made when first asked for."""

    def __init__(self, modules: Modules, names: Names, catalogue: Catalogue) -> None:
        self.modules = modules
        self.names = names
        self.catalogue = catalogue
        self._classes: dict[str, ProjectClass] = {}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._making: set[str] = set()
        self._wanted: list[tuple[str, ClassFacts]] = []

    def of(self, path: str, facts: ClassFacts) -> ProjectClass:
        """The class of a definition in the module at `path`."""
        name = self.qualified(path, facts.qualname)
        if name not in self._classes:
            self._wanted.append((path, facts))
            self._make_wanted()
        # While a base of the class is looked for in the class itself, it has none.
        return self._classes.get(name) or ProjectClass(name, path, facts, ())

    def _make_wanted(self) -> None:
        """Make the classes that are wanted, and all that they inherit from, however long the chain is."""
        while self._wanted:
            path, facts = self._wanted.pop()
            name = self.qualified(path, facts.qualname)
            if name in self._classes or name in self._making:
                continue
            self._making.add(name)
            bases: list[str] = []
            querysets: list[str] = []
            for base in facts.bases:
                found, lent = self._base(path, base)
                bases.extend(other for other in found if other != name)
                querysets.extend(lent)
            self._making.discard(name)
            self.add(ProjectClass(name, path, facts, tuple(bases), tuple(querysets)))

    def add(self, cls: ProjectClass) -> ProjectClass:
        """Make a class known under its name; the first one under a name stays."""
        if cls.name not in self._classes:
            # Who asked for its bases before it was known was told of none.
            self._orders.pop(cls.name, None)
        return self._classes.setdefault(cls.name, cls)

    def named(self, path: str, qualname: str) -> str:
        """The name of a class in the module at `path`, which is known with its bases from now on."""
        name = self.qualified(path, qualname)
        facts = self.modules.readable(path) if name not in self._classes else None
        for definition in facts.classes_by_name.get(qualname, ()) if facts is not None else ():
            self.of(path, definition)
        return name

    def qualified(self, path: str, qualname: str) -> str:
        """The name of a definition in a module: dotted, unique in the project."""
        module = self.modules.file(path).name
        return f"{module}.{qualname}" if module else qualname

    def get(self, name: str) -> ProjectClass | None:
        """The project class of that name, if one was found so far."""
        return self._classes.get(name)

    def _base(self, path: str, expr: Expr) -> tuple[list[str], list[str]]:
        match expr:
            case Call(function=Attribute(value=manager, name="from_queryset"), arguments=arguments):
                querysets = [
                    name for argument in arguments for name in self._wanted_names(path, argument.value)
                ]
                return list(self._wanted_names(path, manager)) or ["django.db.models.Manager"], querysets
            case Subscript(value=value):
                return self._base(path, value)
            case Call(function=function, arguments=arguments) if self._names_six(function):
                return [
                    name for argument in arguments for name in self._wanted_names(path, argument.value)
                ], []
            case _:
                return list(self._wanted_names(path, expr)), []

    @staticmethod
    def _names_six(function: Expr) -> bool:
        return getattr(function, "name", getattr(function, "id", "")) == "with_metaclass"

    def class_names(self, path: str, expr: Expr) -> tuple[str, ...]:
        """The qualified names of the classes that an expression may mean at the top level of a module."""
        names = self._wanted_names(path, expr)
        self._make_wanted()
        return names

    def _wanted_names(self, path: str, expr: Expr) -> tuple[str, ...]:
        """The names of these classes, of which those of the project are made later."""
        names: list[str] = []
        for meaning in self.resolve(path, expr):
            match meaning:
                case Definition(path=where, facts=ClassFacts() as facts):
                    self._wanted.append((where, facts))
                    names.append(self.qualified(where, facts.qualname))
                case LibraryName(name=name):
                    names.append(self.catalogue.canonical(name))
                case _:
                    pass
        return tuple(names)

    def resolve(self, path: str, expr: Expr, depth: int = 0) -> tuple[Meaning, ...]:
        """What a dotted name means at the top level of the module at `path`, aliases followed."""
        if depth > _DEEPEST_CHAIN:
            return ()
        match expr:
            case Name(id=name):
                found = self.names.lookup(path, name)
                if not found:
                    libraries = self.names.star_libraries(path)
                    return tuple(LibraryName(f"{library}.{name}") for library in libraries)
                return tuple(final for meaning in found for final in self._follow_alias(meaning, depth + 1))
            case Attribute(value=value, name=name):
                return tuple(
                    final
                    for owner in self.resolve(path, value, depth + 1)
                    for member in self.member_of(owner, name)
                    for final in self._follow_alias(member, depth + 1)
                )
            case Subscript(value=value):
                return self.resolve(path, value, depth + 1)
            case _:
                return ()

    def _follow_alias(self, meaning: Meaning, depth: int) -> tuple[Meaning, ...]:
        match meaning:
            case Binding(path=where, statement=Assign(value=Name() | Attribute() as value)):
                return self.resolve(where, value, depth) or (meaning,)
            case Binding(path=where, statement=Assign(value=Call() as call)) if self._is_user_model(
                where, call
            ):
                return (LibraryName("django.contrib.auth.get_user_model()"),)
            case _:
                return (meaning,)

    def _is_user_model(self, path: str, call: Call) -> bool:
        found = self.resolve(path, call.function, 1)
        return LibraryName("django.contrib.auth.get_user_model") in found

    def member_of(self, owner: Meaning, name: str) -> tuple[Meaning, ...]:
        """What `owner.name` means for a module, class or library name."""
        match owner:
            case ProjectModule(path=path):
                found = self.names.lookup(path, name)
                if found:
                    return found
                module = self.modules.file(path).name
                file = self.modules.find(f"{module}.{name}" if module else name, path)
                return (ProjectModule(file.relative),) if file is not None else ()
            case LibraryName(name=library):
                file = self.modules.find(f"{library}.{name}", "")
                if file is not None and self.modules.is_package_prefix(library):
                    return (ProjectModule(file.relative),)
                return (LibraryName(f"{library}.{name}"),)
            case Definition(path=path, facts=ClassFacts() as facts):
                member = self.member(self.of(path, facts).name, name)
                if member is None:
                    return ()
                match member.statement:
                    case DefineClass(definition=definition):
                        return (Definition(member.cls.path, definition),)
                    case Define(function=function):
                        return (Definition(member.cls.path, function),)
                    case statement:
                        return (Binding(member.cls.path, statement, name),)
            case _:
                return ()

    def order(self, name: str) -> tuple[str, ...]:
        """The method resolution order of a class as far as it is known, the class itself first."""
        known = self._orders.get(name)
        if known is None:
            bases = self._bases(name)
            above = self._orders.get(bases[0]) if len(bases) == 1 else None
            in_line = above is not None and name not in above
            known = self._orders[name] = (name, *above) if above and in_line else self._linearise(name)
        return known

    def _linearise(self, name: str) -> tuple[str, ...]:
        """A depth-first order in which the last occurrence of a shared base counts, as C3 has it.

        That is the reverse of the order in which a walk from the last base to the first leaves the classes.
        """
        left: list[str] = []
        entered = {name}
        path = [(name, reversed(self._bases(name)))]
        while path:
            current, bases = path[-1]
            base = next(bases, None)
            if base is None:
                left.append(current)
                path.pop()
            elif base not in entered:
                entered.add(base)
                path.append((base, reversed(self._bases(base))))
        return tuple(reversed(left))

    def _bases(self, name: str) -> tuple[str, ...]:
        cls = self.get(name)
        return cls.bases if cls is not None else self._library_bases(name)

    def _library_bases(self, name: str) -> tuple[str, ...]:
        model = self.catalogue.models.get(name)
        if model is not None:
            return model.bases
        row = self.catalogue.types.get(name)
        return tuple(self.catalogue.canonical(base) for base in row.bases) if row is not None else ()

    def derives(self, name: str, base: str) -> bool:
        """Whether the class is `base` or inherits from it."""
        return base in self.order(name)

    def member(self, name: str, attribute: str, after: str = "") -> Member | None:
        """The first binding of `attribute` along the MRO of a class, behind the class `after` if given."""
        order = self.order(name)
        if after in order:
            order = order[order.index(after) + 1 :]
        return self._member(order, attribute, set())

    def _member(self, order: tuple[str, ...], attribute: str, asked: set[str]) -> Member | None:
        """The first binding along an order; `asked` are the querysets that were."""
        for current in order:
            cls = self.get(current)
            if cls is None:
                continue
            statement = cls.members.get(attribute)
            if statement is not None:
                return Member(cls, statement)
            for queryset in cls.querysets:
                if queryset in asked:
                    continue
                asked.add(queryset)
                lent = self._member(self.order(queryset), attribute, asked)
                if lent is not None:
                    return lent
        return None

    def setter(self, name: str, attribute: str) -> tuple[ProjectClass, FunctionFacts] | None:
        """The setter of a property, and the class along the MRO that has it."""
        for current in self.order(name):
            cls = self.get(current)
            if cls is not None and attribute in cls.setters:
                return cls, cls.setters[attribute]
            if cls is not None and attribute in cls.members:
                return None
        return None

    def library_bases(self, name: str) -> tuple[str, ...]:
        """What a class inherits from outside the project, `object` left out."""
        return tuple(base for base in self.order(name) if self.get(base) is None and "." in base)

    def is_open(self, name: str) -> bool:
        """Whether a base of the class is a library's of which no table knows the members."""
        return any(
            self.get(current) is None
            and current not in self.catalogue.types
            and current not in self.catalogue.models
            and current not in ("builtins.object", "object", "typing.Generic", "abc.ABC", "typing.Protocol")
            for current in self.order(name)
        )

    def writers(self, name: str, attribute: str) -> Iterator[tuple[ProjectClass, FunctionFacts]]:
        """The methods along the MRO that set `attribute` on `self`."""
        for current in self.order(name):
            cls = self.get(current)
            if cls is None:
                continue
            for method in cls.facts.writes.get(attribute, ()):
                function = cls.function(method)
                if function is not None:
                    yield cls, function

    def declared(self, name: str, attribute: str) -> tuple[ProjectClass, Expr] | None:
        """The annotation that a class body gives an attribute, along the MRO."""
        for current in self.order(name):
            cls = self.get(current)
            if cls is not None:
                statement = cls.members.get(attribute)
                if isinstance(statement, Declare):
                    return cls, statement.annotation
        return None


def literal_strings(expr: Expr | None) -> tuple[str, ...]:
    """The strings of a literal list, tuple or set of strings; of a single string, that one."""
    if isinstance(expr, Literal):
        return (expr.value,) if isinstance(expr.value, str) else ()
    items = getattr(expr, "items", ())
    values = (item.value for item in items if isinstance(item, Literal))
    return tuple(value for value in values if isinstance(value, str))
