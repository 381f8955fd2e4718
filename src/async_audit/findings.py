"""What an audit says: locations, steps of a chain, findings and the report.

A leaf of the package: it imports nothing of ours, so that every other layer can speak in its terms.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How much a finding matters: an `INFO` never fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(enum.Enum):
    """How sure a finding is: `LIKELY` where a documented convention filled a gap."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span of source. Lines and columns count from 1; the end column is one past the last character."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: where it is, in which function, and what happens there."""

    location: Location
    function: str
    note: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule, with the chain of calls that is its evidence."""

    code: str
    slug: str
    severity: Severity
    confidence: Confidence
    location: Location
    function: str
    message: str
    chain: tuple[Step, ...] = ()

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        """The order in which findings are shown: by place, then code, then text."""
        return (self.location, self.code, self.message)


class Verdict(enum.Enum):
    """Whether async adds anything to an entry point; the order is that of what to look at first.

    `BACKGROUND`, `WOULD_GAIN` and `WOULD_NOT_GAIN` answer the opposite question of a synchronous view: would
    async add anything?
    """

    BLOCKS = "blocks"
    COSTS = "costs"
    CANCELLED = "cancelled"
    BACKGROUND = "background"
    WOULD_GAIN = "would-gain"
    UNKNOWN = "unknown"
    NEUTRAL = "neutral"
    WOULD_NOT_GAIN = "would-not-gain"
    GAINS = "gains"


def as_written(once: int, looped: int) -> str:
    """How people write a number of times, `looped` of them once for each turn of a loop: `3`, `2+n`, `n`."""
    if not looped:
        return str(once)
    loops = "n" if looped == 1 else f"{looped}n"
    return f"{once}+{loops}" if once else loops


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a verdict is computed from.

    `hops`: awaits that go to a worker thread as written, `looped` of them in a loop (each stands for *n*) and
    `shared` of them to the pool that all requests share, the others to the request's own. `hops_if_sync`:
    those of the same work as a plain `def`. `suspends`: awaits on real asynchronous I/O by kind. `overlap`:
    the widest group that truly runs at the same time, 1 where nothing does. `blocks`: the lines that query
    or block on the event loop. `unknown`: what could not be resolved.
    """

    hops: int
    looped: int
    hops_if_sync: int
    suspends: tuple[tuple[str, int], ...]
    overlap: int
    streams: bool
    blocks: int
    unknown: tuple[str, ...]
    shared: int = 0

    @property
    def hops_written(self) -> str:
        """The hops as people write them: `3`, `2+1×n`, `n`."""
        return as_written(self.hops - self.looped, self.looped)


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that an entry point waits for or stalls on: a row of evidence behind its ledger.

    `kind` is the word for it: `query`, `hop`, `blocks`, `network`, `timer`, `slow work`, `unknown` ….
    `looped` where it stands in a loop, `chain` are the steps into the called functions.
    """

    kind: str
    subject: str
    location: Location
    looped: bool = False
    chain: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an entry point on one stack.

    `stack` names it in words, `hops` are the thread hops of one request, `holds` the waits during which
    a worker or thread is held, `first` what would have to change before.
    """

    stack: str
    hops: str
    holds: int
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A function that a framework runs, and whether async adds anything there, or would.

    `methods` are the HTTP methods at which it answers; empty for every one, or where it is not known.
    """

    name: str
    kind: str
    location: Location
    routes: tuple[str, ...]
    verdict: Verdict
    reasons: tuple[str, ...]
    ledger: Ledger
    is_async: bool = True
    waits: tuple[Wait, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    methods: tuple[str, ...] = ()

    @property
    def sort_key(self) -> tuple[int, int, Location, str]:
        """The order in which entry points are shown: what to do first, then where most is to be gained."""
        order = list(Verdict)
        return (order.index(self.verdict), -self.ledger.hops, self.location, self.name)


@dataclass(frozen=True, slots=True)
class MiddlewareHops:
    """One entry of the middleware chain: what it can do (`sync`, `async`, `both`, `unknown`) and its hops."""

    name: str
    capability: str
    hops: int


@dataclass(frozen=True, slots=True)
class StackFact:
    """Something that was read about the stack: what it is about, in words what it says, and where."""

    about: str
    note: str
    location: Location


@dataclass(frozen=True, slots=True)
class Stack:
    """What stands around the views: who serves them, where that was read, and the chain in its order.

    `hops` are those of one request through the chain under ASGI, the handler's own included; `is_exact` says
    whether every entry is known, else it is a lower bound. `websockets` is who serves those, as `serves` says
    it of web requests. `facts` are what was read, the strongest signs of each protocol first.
    """

    serves: str
    server: str = ""
    source: Location | None = None
    middleware: tuple[MiddlewareHops, ...] = ()
    hops: int = 0
    is_exact: bool = True
    websockets: str = "unknown"
    facts: tuple[StackFact, ...] = ()

    @property
    def hops_of_middleware(self) -> int:
        """Those of its hops that are in the middleware chain."""
        return sum(entry.hops for entry in self.middleware)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not audited, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer of one audit.

    `suppressed` counts findings that comments or per-file ignores silenced, `advice` is what to do in this
    order, `django_source` says where the version of Django was found. `left_out` counts findings that were
    there before, as a baseline or the lines that changed tell.
    """

    root: str
    django: str
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    suppressed: int = 0
    files: int = 0
    coroutines: int = 0
    unresolved: tuple[tuple[str, int], ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    serves: str = "unknown"
    answer: str = ""
    advice: tuple[str, ...] = ()
    stack: Stack | None = None
    django_source: str = ""
    left_out: int = 0

    @property
    def failed(self) -> bool:
        """Whether a finding is more than advice."""
        return any(finding.severity is not Severity.INFO for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is believed of one function, in words, a row each."""

    function: str
    location: Location
    on_loop: bool
    effects: tuple[str, ...]
    awaits: tuple[str, ...]
    values: tuple[str, ...]
    unknown: tuple[str, ...]
    verdict: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
