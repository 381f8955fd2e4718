"""A report whose every text is hostile, and what a browser would make of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from async_audit.findings import (
    Confidence,
    EntryPoint,
    Finding,
    Ledger,
    Location,
    MiddlewareHops,
    Outcome,
    Report,
    Severity,
    Skipped,
    Stack,
    StackFact,
    Step,
    Verdict,
    Wait,
)

HOSTILE = (
    "</script></style></title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> ' onfocus=alert(1) autofocus='",
    "`<b>` <!-- --> ]]> &lt;i&gt; {{7*7}}",
    "\u202etxt.exe\u2066\x1b[31m\x00\n\r\u2028",
    "| a \\| b \\\\| c [x](javascript:alert(1)) @octocat #12 https://example.org www.example.org",
    "surrogate \udc80",
)
"""Texts that leave a page's or a table's quoting wherever one is forgotten."""


def hostile_report(root: Path) -> Report:
    """A report on a project at `root` in which every name, path and text is hostile."""
    entries = tuple(_entry(text, verdict) for text, verdict in zip(_cycle(), Verdict, strict=False))
    place = Location(HOSTILE[0], 1, 1, 1, 2)
    text = " ".join(HOSTILE)
    findings = tuple(
        Finding(code, text, Severity.ERROR, Confidence.CERTAIN, entry.location, entry.name, text,
                (Step(place, text, text),))
        for entry in entries
        for code in ("DJA110", "DJA502")
    )  # fmt: skip
    return Report(
        root=str(root / "<script>alert(1)</script>"),
        django=text,
        findings=findings,
        skipped=tuple(Skipped(hostile, hostile) for hostile in HOSTILE),
        files=1,
        unresolved=tuple((hostile, 1) for hostile in HOSTILE),
        entry_points=entries,
        serves=text,
        answer=text,
        advice=HOSTILE,
        stack=Stack(
            text,
            text,
            place,
            tuple(MiddlewareHops(hostile, hostile, 1) for hostile in HOSTILE),
            6,
            facts=(StackFact(text, text, place),),
        ),
    )


def _cycle() -> tuple[str, ...]:
    return HOSTILE * (len(Verdict) // len(HOSTILE) + 1)


def _entry(text: str, verdict: Verdict) -> EntryPoint:
    place = Location(text, 2, 1, 2, 9)
    return EntryPoint(
        name=text,
        kind=text,
        location=place,
        routes=(text, text),
        verdict=verdict,
        reasons=(text, text),
        ledger=Ledger(2, 1, 1, ((text, 2),), 2, streams=True, blocks=1, unknown=(text,)),
        is_async=verdict is not Verdict.WOULD_GAIN,
        waits=(Wait(text, text, place, looped=True, chain=(Step(place, text, text),)),),
        outcomes=(Outcome(text, text, 1, (text,)),),
    )


class Page(HTMLParser):
    """The elements of a page in order, their attributes, and what their tags leave open."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.misnested: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]
