"""Every name in the catalogue's tables exists in the library that it names.

Rows of the standard library are always checked; rows of a distribution are checked where it is installed. What a row
may say beyond a plain name:

- ``names`` of a method row may hold a path of attributes, ``chat.completions.create``, and end in ``*``, which stands
  for every method that no other row names;
- operators are written as the methods they call: ``__iter__``, ``__aiter__``, ``__getitem__``, ``__call__``;
- ``runtime = true`` marks methods that only instances have; they are looked up on an instance if `OFFLINE_ARGUMENTS`
  can make one, and taken on trust if not;
- a name below ``async_audit.`` stands for objects whose class has no importable name, such as generators.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import inspect
import itertools
import sys
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parents[2] / "src" / "async_audit" / "catalogue" / "data"
PSEUDO_PACKAGE = "async_audit."
STANDARD_LIBRARY = "stdlib"

# A distribution that provides the same modules under another name.
OTHER_DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "psycopg2": ("psycopg2-binary",),
    "psycopg": ("psycopg-binary",),
    "opencv-python": ("opencv-python-headless", "opencv-contrib-python"),
}

# Names of the standard library that some platforms (as in `sys.platform`) do not have.
ABSENT_ON: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "fcntl.flock", "fcntl.lockf", "os.chown", "os.fwalk", "os.getppid", "os.mkfifo", "os.pread", "os.pwrite",
            "os.readv", "os.sendfile", "os.statvfs", "os.sync", "os.wait", "os.wait3", "os.wait4", "os.writev",
            "pty.spawn", "signal.pause", "signal.sigwait", "shutil.chown",
        ),
        frozenset({"win32"}),
    ),
    **dict.fromkeys(
        (
            "os.copy_file_range", "os.fdatasync", "os.posix_fallocate", "os.waitid", "signal.sigtimedwait",
            "signal.sigwaitinfo",
        ),
        frozenset({"win32", "darwin"}),
    ),
    "os.startfile": frozenset({"linux", "darwin"}),
}  # fmt: skip

# Names of the standard library that came with a version of Python, or went with one.
ADDED_IN: Mapping[str, tuple[int, int]] = {
    "asyncio.Barrier.wait": (3, 11),
    "asyncio.TaskGroup": (3, 11),
    "asyncio.timeout": (3, 11),
    "hashlib.file_digest": (3, 11),
    "pathlib.Path.walk": (3, 12),
}
REMOVED_IN: Mapping[str, tuple[int, int]] = {
    "nntplib": (3, 13),
    "telnetlib": (3, 13),
}

# Names that came with a version of a distribution, or went with one.
SINCE: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "mistralai.client": ("mistralai", (2,)),
}
UNTIL: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "mistralai.Mistral": ("mistralai", (2,)),
}

# Names that a distribution only has if another one is installed too.
NEEDS: Mapping[str, str] = {"transformers.AutoModel": "torch"}

# Arguments with which a type can be constructed without a connection, to look at what only its instances have.
OFFLINE_ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "Adyen.Adyen": {},
    "anthropic.Anthropic": {"api_key": "key"},
    "anthropic.AnthropicBedrock": {"aws_region": "eu-west-1"},
    "anthropic.AnthropicVertex": {"region": "europe-west1", "project_id": "project"},
    "anthropic.AsyncAnthropic": {"api_key": "key"},
    "anthropic.AsyncAnthropicBedrock": {"aws_region": "eu-west-1"},
    "anthropic.AsyncAnthropicVertex": {"region": "europe-west1", "project_id": "project"},
    "braintree.BraintreeGateway": {
        "environment": "sandbox", "merchant_id": "m", "public_key": "k", "private_key": "k",
    },
    "celery.Celery": {},
    "consul.Consul": {},
    "docker.DockerClient": {"base_url": "tcp://localhost:2375", "version": "1.41"},
    "elasticsearch.AsyncElasticsearch": {"hosts": "http://localhost:9200"},
    "elasticsearch.Elasticsearch": {"hosts": "http://localhost:9200"},
    "elevenlabs.client.AsyncElevenLabs": {"api_key": "key"},
    "elevenlabs.client.ElevenLabs": {"api_key": "key"},
    "multiprocessing.synchronize.SemLock": {"kind": 1, "value": 1, "maxvalue": 1, "ctx": None},
    "gitlab.Gitlab": {"url": "http://localhost"},
    "google.genai.Client": {"api_key": "key"},
    "groq.AsyncGroq": {"api_key": "key"},
    "groq.Groq": {"api_key": "key"},
    "hubspot.HubSpot": {"access_token": "token"},
    "hvac.Client": {"url": "http://localhost"},
    "huggingface_hub.AsyncInferenceClient": {},
    "huggingface_hub.InferenceClient": {},
    "mailchimp_marketing.Client": {},
    "mailjet_rest.Client": {"auth": ("key", "secret")},
    "mistralai.Mistral": {"api_key": "key"},
    "mistralai.client.Mistral": {"api_key": "key"},
    "mollie.api.client.Client": {},
    "openai.AsyncOpenAI": {"api_key": "key"},
    "openai.OpenAI": {"api_key": "key"},
    "opensearchpy.AsyncOpenSearch": {"hosts": "http://localhost:9200"},
    "opensearchpy.OpenSearch": {"hosts": "http://localhost:9200"},
    "postmarker.core.PostmarkClient": {"server_token": "token"},
    "razorpay.Client": {"auth": ("key", "secret")},
    "replicate.Client": {"api_token": "token"},
    "sendgrid.SendGridAPIClient": {"api_key": "key"},
    "square.AsyncSquare": {"token": "token"},
    "square.Square": {"token": "token"},
    "stripe.StripeClient": {"api_key": "sk_test_key"},
    "threading.Condition": {},
    "threading.Lock": {},
    "threading.RLock": {},
    "together.AsyncTogether": {"api_key": "key"},
    "together.Together": {"api_key": "key"},
    "twilio.rest.Client": {"username": f"AC{0:032}", "password": "token"},
}


# What some libraries want to find while they are imported, or at the first look at a module-level client.
ENVIRONMENT: Mapping[str, str] = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else importing litellm makes a request
    "OPENAI_API_KEY": "unused",
}


@dataclass(frozen=True)
class Row:
    """One row of a table, with the names it makes a statement about."""

    table: str
    kind: str
    fields: Mapping[str, Any]
    distribution: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.fields["names"])

    def __str__(self) -> str:
        owner = f"{self.fields['of']}." if self.kind == "method" else ""
        return f"{self.table}.toml [[{self.kind}]] {owner}{self.names[0]}"


@functools.cache
def read_rows() -> tuple[Row, ...]:
    """Return the rows of every table but Django's own, which has a check of its own."""
    rows = []
    for path in sorted(DATA.glob("*.toml")):
        if path.stem == "django":
            continue
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        owners = {name: entry["distribution"] for entry in table.get("type", ()) for name in entry["names"]}
        for kind in ("call", "type", "method"):
            for fields in table.get(kind, ()):
                distribution = owners.get(fields["of"], "") if kind == "method" else fields["distribution"]
                rows.append(Row(path.stem, kind, fields, distribution))
    return tuple(rows)


def rows_by_file_and_distribution() -> list[Any]:
    """Return one parameter per table and distribution, so that a missing distribution skips nothing else."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_rows():
        groups[row.table, row.distribution].append(row)
    return [
        pytest.param(distribution, rows, id=f"{table}-{distribution}")
        for (table, distribution), rows in sorted(groups.items())
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("distribution", "rows"), rows_by_file_and_distribution())
def test_names_exist(distribution: str, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    skip_unless_installed(distribution)
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problems = [f"{row}: {problem}" for row in rows for problem in problems_of(row)]
    assert not problems, "\n".join(problems)


def test_standard_library_is_never_skipped() -> None:
    tables = {row.table for row in read_rows() if row.distribution == STANDARD_LIBRARY}
    assert {"stdlib", "databases", "mail", "remote"} <= tables


def test_twins_are_catalogued_and_do_not_block() -> None:
    harmless = {name for row in read_rows() if row.fields.get("effect") != "blocks" for name in names_of(row)}
    types = {name for row in read_rows() if row.kind == "type" for name in row.names}
    twins = {row.fields["twin"]: row for row in read_rows() if "twin" in row.fields}
    strange = [
        f"{row}: {twin}"
        for twin, row in twins.items()
        if twin not in harmless | types and f"{twin.rpartition('.')[0]}.*" not in harmless
    ]
    assert not strange, "\n".join(strange)


def names_of(row: Row) -> tuple[str, ...]:
    """Return the qualified names that the row is about."""
    return tuple(f"{row.fields['of']}.{name}" for name in row.names) if row.kind == "method" else row.names


def skip_unless_installed(distribution: str) -> None:
    """Skip the running test if nothing installed provides the distribution."""
    if distribution == STANDARD_LIBRARY:
        return
    for candidate in (distribution, *OTHER_DISTRIBUTIONS.get(distribution, ())):
        try:
            importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
        return
    pytest.skip(f"the distribution {distribution!r} is not installed")


def problems_of(row: Row) -> list[str]:
    """Return what the row claims and the library does not have."""
    check = {"call": problems_of_call, "type": problems_of_type, "method": problems_of_method}[row.kind]
    problems = check(row)
    returned = row.fields.get("returns")
    if returned and not lacks(returned) and not can_be_found(returned):
        problems.append(f"returns {returned}, which does not exist")
    return problems


def problems_of_call(row: Row) -> list[str]:
    problems = []
    for name in row.names:
        if lacks(name):
            continue
        if not can_be_found(name):
            problems.append(f"{name} does not exist")
        elif not callable(find(name)):
            problems.append(f"{name} is not callable")
        else:
            problems.extend(awaiting_problems(name, find(name), row))
    return problems


def problems_of_type(row: Row) -> list[str]:
    problems = []
    found: set[int] = set()
    for name in row.names:
        if lacks(name):
            continue
        if not can_be_found(name):
            problems.append(f"{name} does not exist")
            continue
        found.add(id(find(name)))
        for base in row.fields["bases"]:
            if not is_subclass(name, base):
                problems.append(f"{name} is not a subclass of {base}")
    if len(found) > 1:
        problems.append(f"{', '.join(row.names)} are different objects")
    return problems


def problems_of_method(row: Row) -> list[str]:
    owner = row.fields["of"]
    if lacks(owner) or owner.startswith(PSEUDO_PACKAGE):
        return []
    if not can_be_found(owner):
        return [f"{owner} does not exist"]
    problems = []
    for name in row.names:
        if lacks(f"{owner}.{name}"):
            continue
        path = [part for part in name.split(".") if part != "*"]
        start = instance_of(owner) if (len(path) > 1 or "runtime" in row.fields or "*" in name) else None
        if start is None:
            if row.fields.get("runtime"):
                continue
            start = class_of(owner)
        try:
            member = follow(start, path)
        except AttributeError:
            problems.append(f"{owner} has no {name}")
            continue
        if not name.endswith("*"):
            problems.extend(awaiting_problems(f"{owner}.{name}", member, row))
    return problems


def awaiting_problems(name: str, member: object, row: Row) -> list[str]:
    """Return where `awaitable` contradicts the way the function is defined.

    What an operator calls, such as `__aenter__`, is awaited by the operator itself.
    """
    function = getattr(inspect.unwrap(cast("Any", member)) if callable(member) else member, "__func__", member)
    awaitable = row.fields.get("awaitable", False)
    if inspect.iscoroutinefunction(function) and not awaitable and not name.endswith("__"):
        return [f"{name} is a coroutine function, but the row is not awaitable"]
    if awaitable and (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
        return [f"{name} is a generator function, but the row is awaitable"]
    return []


def lacks(name: str) -> bool:
    """Return whether this Python, on this platform, is known not to have the name."""
    if name.startswith(PSEUDO_PACKAGE):
        return True
    for prefix, (distribution, version) in (*SINCE.items(), *UNTIL.items()):
        if f"{name}.".startswith(f"{prefix}.") and (installed_version(distribution) < version) == (prefix in SINCE):
            return True
    if any(name.startswith(prefix) and not installed_version(needed) for prefix, needed in NEEDS.items()):
        return True
    absent = sys.platform in ABSENT_ON.get(name, frozenset())
    too_new = sys.version_info < ADDED_IN.get(name, (0, 0))
    gone = any(
        sys.version_info >= version for gone, version in REMOVED_IN.items() if f"{name}.".startswith(f"{gone}.")
    )
    return absent or too_new or gone


@functools.cache
def installed_version(distribution: str) -> tuple[int, ...]:
    """Return the numbers that the version starts with; nothing if the distribution is not installed."""
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ()
    return tuple(int(number) for number in itertools.takewhile(str.isdigit, version.split(".")))


@functools.cache
def find(name: str) -> object:
    """Return the object that the name means in an expression or, failing that, in an import.

    The two differ where a package has a function of the name of one of its modules: `dramatiq.actor` is the function,
    `from dramatiq.actor import Actor` asks the module.
    """
    try:
        return find_in_expression(name)
    except (ImportError, AttributeError):
        module, _, attribute = name.rpartition(".")
        return follow(importlib.import_module(module), [attribute])


def find_in_expression(name: str) -> object:
    root, *path = name.split(".")
    found: object = importlib.import_module(root)
    for length, part in enumerate(path, start=1):
        try:
            found = follow(found, [part])
        except AttributeError:
            if not inspect.ismodule(found):
                raise
            found = importlib.import_module(".".join([root, *path[:length]]))
    return found


def can_be_found(name: str) -> bool:
    try:
        find(name)
    except (ImportError, AttributeError):
        return False
    return True


def follow(start: object, path: list[str]) -> object:
    for part in path:
        try:
            start = getattr(start, part)
        except AttributeError:
            # A descriptor may refuse to be looked up on the class.
            start = inspect.getattr_static(start, part)
    return start


def is_subclass(name: str, base: str) -> bool:
    return base.startswith(PSEUDO_PACKAGE) or issubclass(class_of(name), class_of(base))


def class_of(name: str) -> type:
    """Return the class that a type row means: some, such as `threading.Lock`, are factory functions."""
    found = find(name)
    return found if inspect.isclass(found) else type(instance_of(name))


@functools.cache
def instance_of(name: str) -> object | None:
    """Return an instance that has connected to nothing, or None if there is no known way to make one."""
    arguments = OFFLINE_ARGUMENTS.get(name)
    return None if arguments is None else cast("Any", find(name))(**arguments)
