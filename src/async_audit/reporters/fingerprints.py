"""What names a finding from one run to the next, although lines above it come and go."""

from __future__ import annotations

import hashlib
from collections import Counter

from async_audit.findings import Finding, Report


def fingerprints(report: Report) -> tuple[str, ...]:
    """A fingerprint for each finding of the report, in its order: 32 hexadecimal digits, no two alike.

    It is made of the code, the path, the function, the message and the functions of the chain, none of which
    a moved line changes. Findings that agree in all of them are told apart by their order.
    """
    seen: Counter[str] = Counter()
    found: list[str] = []
    for finding in report.findings:
        text = "\0".join(_parts(finding))
        digest = hashlib.sha256(f"{text}\0{seen[text]}".encode(errors="surrogateescape")).hexdigest()
        seen[text] += 1
        found.append(digest[:32])
    return tuple(found)


def _parts(finding: Finding) -> tuple[str, ...]:
    steps = (part for step in finding.chain for part in (step.location.path, step.function, step.note))
    return (finding.code, finding.location.path, finding.function, finding.message, *steps)
