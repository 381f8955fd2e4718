"""The models: their fields, relations in both directions, and managers."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec

from async_audit.catalogue.load import Catalogue
from async_audit.discovery import SourceFile
from async_audit.mentions import mention
from async_audit.project.classes import Classes, ProjectClass, literal_strings
from async_audit.project.model_files import ModelFiles, named_after
from async_audit.project.modules import Modules
from async_audit.project.settings import Settings
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Call,
    ClassFacts,
    Declare,
    DefineClass,
    Expr,
    Literal,
    Name,
    Statement,
)

MODEL = "django.db.models.Model"
MANAGER = "django.db.models.Manager"
QUERYSET = "django.db.models.QuerySet"

_LABEL = mention(rb"""(?m)^\s+label\s*=\s*["'](\w+)["']""", b"label")


class Relation(enum.Enum):
    """What a model's attribute is."""

    PLAIN = "plain"
    FILE = "file"
    FOREIGN_KEY = "foreign-key"
    ONE_TO_ONE = "one-to-one"
    MANY_TO_MANY = "many-to-many"
    GENERIC_FOREIGN_KEY = "generic-foreign-key"
    GENERIC_RELATION = "generic-relation"
    REVERSE_MANY = "reverse-many"
    REVERSE_ONE = "reverse-one"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model or the attribute that another model's field gives it.

    `target` is the related model, empty where it is not known. `back` is the field on the other side that
    points here (for a reverse relation), `column` the attribute that holds the raw key.
    """

    name: str
    relation: Relation
    target: str = ""
    back: str = ""
    column: str = ""
    null: bool = False
    unique: bool = False
    primary_key: bool = False
    related_name: str = ""


@dataclass(frozen=True, slots=True)
class ManagerFacts:
    """A manager of a model by its classes; `opaque`: a library's, of which the methods are not known."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model with everything it inherits, without the relations that point to it."""

    name: str
    fields: dict[str, Field] = field(default_factory=dict)
    managers: dict[str, ManagerFacts] = field(default_factory=dict)
    ordered: bool = False
    abstract: bool = False
    parents: tuple[str, ...] = ()


class Models:
    """Models of the project and of the libraries in the catalogue, by qualified name."""

    def __init__(self, modules: Modules, classes: Classes, settings: Settings, catalogue: Catalogue) -> None:
        self._modules = modules
        self._classes = classes
        self._settings = settings
        self._catalogue = catalogue
        self._models: dict[str, Model] = {}
        self._files = ModelFiles(modules)
        self._reverse: dict[str, dict[str, Field]] = {}
        self._user_model = ""
        self._by_fields: dict[str, bool] = {}
        self._app_labels: dict[str, str] | None = None

    def is_model(self, name: str) -> bool:
        """Whether the class is a model."""
        order = self._classes.order(name)
        if any(current == MODEL or current in self._catalogue.models for current in order):
            return True
        return self._classes.is_open(name) and self._has_model_fields(name, order)

    def _has_model_fields(self, name: str, order: tuple[str, ...]) -> bool:
        """Whether a class with bases that nobody knows declares fields as only models do."""
        known = self._by_fields.get(name)
        if known is None:
            known = self._by_fields[name] = any(
                self._declares_field(cls)
                for current in order
                if (cls := self._classes.get(current)) is not None
            )
        return known

    def _declares_field(self, cls: ProjectClass) -> bool:
        for statement in cls.members.values():
            if isinstance(statement, Assign) and isinstance(statement.value, Call):
                function = statement.value.function
                if not _looks_like_field(function):
                    continue
                names = self._classes.class_names(cls.path, function)
                if any(found.startswith("django.db.models.") for found in names):
                    return True
        return False

    def get(self, name: str) -> Model:
        """The model of that name."""
        known = self._models.get(name)
        if known is None:
            self._models[name] = Model(name)
            known = self._models[name] = self._build(name)
        return known

    def attribute(self, name: str, attribute: str) -> Field | None:
        """The field or relation that instances of the model have under `attribute`, either direction."""
        model = self.get(name)
        found = model.fields.get(attribute)
        if found is not None:
            return found
        for ancestor in (name, *self._classes.order(name)):
            found = self._leading_by(attribute).get(ancestor)
            if found is not None:
                return found
        return None

    def field_by_column(self, name: str, column: str) -> Field | None:
        """The relation whose raw key is stored under `column` (`author` for `author_id`)."""
        if not column.endswith("_id"):
            return None
        found = self.get(name).fields.get(column[:-3])
        return found if found is not None and found.target else None

    @property
    def user_model(self) -> str:
        """The model that `AUTH_USER_MODEL` names, Django's own where the setting is not found."""
        if not self._user_model:
            label = self._settings.text("AUTH_USER_MODEL")
            found = self.by_label(label, "") if label else ""
            self._user_model = found or "django.contrib.auth.models.User"
        return self._user_model

    def by_label(self, label: str, path: str) -> str:
        """The model that `"app.Model"` or `"Model"` means in the module at `path`; empty: not found."""
        app, _, short = label.rpartition(".")
        candidates = list(self._definitions(self._files.declaring(short), short))
        if app:
            in_app = [(where, facts) for where, facts in candidates if self._app_label(where, app) == app]
            candidates = in_app or (candidates if len(candidates) == 1 else [])
        elif path:
            folder = path.rpartition("/")[0]
            nearby = [(where, facts) for where, facts in candidates if where.startswith(folder)]
            candidates = nearby or candidates
        for where, facts in sorted(candidates, key=lambda item: (len(item[0]), item[0])):
            name = self._classes.of(where, facts).name
            if self.is_model(name):
                return name
        library = f"django.contrib.{app}.models.{short}"
        return library if library in self._catalogue.models else ""

    def _app_label(self, path: str, wanted: str) -> str:
        """The label of the app that a module belongs to: what its `apps.py` says, else a folder's name."""
        folders = path.split("/")[:-1]
        while folders:
            label = self._labels().get("/".join(folders))
            if label is not None:
                return label
            if folders[-1] == wanted:
                return wanted
            folders.pop()
        return ""

    def _labels(self) -> dict[str, str]:
        if self._app_labels is None:
            self._app_labels = {}
            for file in self._modules:
                if file.relative.endswith("/apps.py") and file.mentions(_LABEL):
                    found = _LABEL.search(file.content)
                    if found is not None:
                        self._app_labels[file.relative.removesuffix("/apps.py")] = found[1].decode()
        return self._app_labels

    def _definitions(self, files: list[SourceFile], name: str = "") -> Iterator[tuple[str, ClassFacts]]:
        """The classes in some files, with their paths; only those of a name, if it is given."""
        for file in files:
            facts = self._modules.readable(file.relative)
            for definition in facts.classes if facts is not None else ():
                if name in ("", definition.name):
                    yield file.relative, definition

    def _leading_by(self, accessor: str) -> dict[str, Field]:
        """The relations that lead back from a model to another by that name, by the model they lead from."""
        known = self._reverse.get(accessor)
        if known is None:
            known = self._reverse[accessor] = {}
            for path, facts in list(self._definitions(self._files.leading_by(accessor))):
                name = self._classes.of(path, facts).name
                if self.is_model(name) and not self.get(name).abstract:
                    known.update(self._leading_to(name, accessor))
            for row in self._catalogue.models.values():
                for field_name, kind, target in row.fields:
                    if kind == Relation.REVERSE_MANY.value and field_name == accessor:
                        known.setdefault(row.name, Field(field_name, Relation.REVERSE_MANY, target))
        return known

    def _leading_to(self, name: str, wanted: str) -> Iterator[tuple[str, Field]]:
        """The relations that lead back to a model by the wanted name, with the model they lead from."""
        short = name.rpartition(".")[2].lower()
        parent = self._parent_row(name)
        if parent and short == wanted:
            yield parent, Field(short, Relation.REVERSE_ONE, name, f"{parent.rpartition('.')[2].lower()}_ptr")
        for item in self.get(name).fields.values():
            if not item.target or item.relation in {Relation.GENERIC_RELATION, Relation.PLAIN}:
                continue
            one = item.relation is Relation.ONE_TO_ONE
            accessor = named_after(short, item.related_name) or (short if one else f"{short}_set")
            if accessor != wanted:
                continue
            relation = Relation.REVERSE_ONE if one else Relation.REVERSE_MANY
            back = "" if item.relation is Relation.MANY_TO_MANY else item.name
            yield item.target, Field(accessor, relation, name, back)

    def _parent_row(self, name: str) -> str:
        """The project's model of which each row of this one has a row too; empty where there is none.

        A proxy has no rows of its own, and a link that is written out leads back by its own name.
        """
        cls = self._classes.get(name)
        parents = [parent for parent in self.get(name).parents if self._classes.get(parent) is not None]
        if cls is None or not parents or "proxy" in _meta(cls):
            return ""
        links = self.get(name).fields.values()
        is_written = any(i.relation is Relation.ONE_TO_ONE and i.target == parents[-1] for i in links)
        return "" if is_written else parents[-1]

    def _build(self, name: str) -> Model:
        fields: dict[str, Field] = {}
        managers: dict[str, ManagerFacts] = {}
        ordered = abstract = False
        parents: list[str] = []
        order = self._classes.order(name)
        for current in reversed(order):
            cls = self._classes.get(current)
            row = self._catalogue.models.get(current)
            if row is not None:
                for field_name, kind, target in row.fields:
                    unique = field_name in row.unique
                    fields[field_name] = Field(field_name, Relation(kind), target, unique=unique)
            if cls is None:
                continue
            if current != name and self.is_model(current) and not self.get(current).abstract:
                parents.append(current)
            for member, statement in cls.members.items():
                self._add_member(cls, member, statement, fields, managers)
            options = _meta(cls)
            ordered = ordered or "ordering" in options
            if current == name:
                abstract = "abstract" in options
        resolved = {key: self._resolve_self(value, name) for key, value in fields.items()}
        return Model(name, resolved, managers, ordered, abstract, tuple(parents))

    @staticmethod
    def _resolve_self(item: Field, name: str) -> Field:
        return replace(item, target=name) if item.target == "self" else item

    def _add_member(
        self,
        cls: ProjectClass,
        member: str,
        statement: Statement,
        fields: dict[str, Field],
        managers: dict[str, ManagerFacts],
    ) -> None:
        match statement:
            case Assign(value=Call() as call) | Declare(value=Call() as call):
                pass
            case _:
                fields.pop(member, None)
                return
        manager = self.manager_classes(cls.path, call)
        if manager is not None:
            managers[member] = ManagerFacts(member, manager)
            return
        found = self._field(cls.path, member, call)
        if found is not None:
            fields[member] = found

    def _field(self, path: str, member: str, call: Call) -> Field | None:
        relation = Relation.PLAIN
        for current in self._classes.class_names(path, call.function):
            for ancestor in self._classes.order(current):
                row = self._catalogue.fields.get(ancestor)
                if row is not None:
                    relation = Relation(row.relation)
                    break
        options = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
        if relation is Relation.PLAIN and not _looks_like_field(call.function):
            return None
        target = ""
        if relation not in {Relation.PLAIN, Relation.FILE, Relation.GENERIC_FOREIGN_KEY}:
            reference = options.get("to") or _first_positional(call)
            target = self._target(path, reference) if reference is not None else ""
        column = f"{member}_id" if relation in {Relation.FOREIGN_KEY, Relation.ONE_TO_ONE} else ""
        related = literal_strings(options.get("related_name"))
        return Field(
            name=member,
            relation=relation,
            target=target,
            column=column,
            null=_is_true(options.get("null")),
            unique=_is_true(options.get("unique")),
            primary_key=_is_true(options.get("primary_key")),
            related_name=related[0] if related else "",
        )

    def _target(self, path: str, reference: Expr) -> str:
        match reference:
            case Literal(value="self"):
                return "self"
            case Literal(value=str(label)):
                return self.by_label(label, path)
            case Attribute(name="AUTH_USER_MODEL"):
                return self.user_model
            case Call(function=Name(id="get_user_model") | Attribute(name="get_user_model")):
                return self.user_model
            case _:
                names = self._classes.class_names(path, reference)
                if "django.contrib.auth.get_user_model()" in names:
                    return self.user_model
                return names[0] if names else ""

    def manager_classes(self, path: str, call: Call) -> tuple[str, ...] | None:
        """The classes whose methods a manager made by `call` has; nothing where it makes no manager."""
        match call.function:
            case Attribute(value=queryset, name="as_manager"):
                found = self._classes.class_names(path, queryset)
                return found if any(self._classes.derives(name, QUERYSET) for name in found) else None
            case Call(function=Attribute(value=manager, name="from_queryset"), arguments=arguments):
                querysets = [
                    name for item in arguments for name in self._classes.class_names(path, item.value)
                ]
                return (*self._classes.class_names(path, manager), *querysets)
            case Name() | Attribute() | _:
                pass
        for meaning in self._classes.resolve(path, call.function):
            statement = getattr(meaning, "statement", None)
            if isinstance(statement, Assign) and isinstance(statement.value, Call):
                inner = msgspec.structs.replace(call, function=statement.value)
                found_in = self.manager_classes(getattr(meaning, "path", path), inner)
                if found_in is not None:
                    return found_in
        found = self._classes.class_names(path, call.function)
        return found if any(self._is_manager(name) for name in found) else None

    def _is_manager(self, name: str) -> bool:
        return self._classes.derives(name, MANAGER) or (
            self._classes.get(name) is None and name.rpartition(".")[2].endswith("Manager")
        )


def _first_positional(call: Call) -> Expr | None:
    for argument in call.arguments:
        if not argument.keyword:
            return argument.value
    return None


def _is_true(expr: Expr | None) -> bool:
    return isinstance(expr, Literal) and expr.value is True


def _looks_like_field(function: Expr) -> bool:
    name = getattr(function, "name", getattr(function, "id", ""))
    return str(name).endswith(("Field", "Key"))


def _meta(cls: ProjectClass) -> set[str]:
    """The names that `class Meta` sets; `abstract` and `proxy` only where they are set to true."""
    statement = cls.members.get("Meta")
    if not isinstance(statement, DefineClass):
        return set()
    options: set[str] = set()
    for item in statement.definition.body:
        match item:
            case Assign(targets=(Name(id="abstract" | "proxy" as option),), value=value):
                if _is_true(value):
                    options.add(option)
            case Assign(targets=(Name(id=option),)):
                options.add(option)
            case _:
                pass
    return options
