"""Hold the markers of a fixture project against what its coroutines did under real Django.

    python compare.py bookshop [--only PATTERN]
"""

from __future__ import annotations

import collections
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from drive import FIXTURES  # noqa: E402
from markers import Markers, read_markers  # noqa: E402

KINDS = ("queries", "blocks", "unawaited", "errors")
QUERIES = {"DJA101", "DJA102", "DJA103", "DJA104", "DJA105", "DJA106", "DJA107", "DJA110", "DJA403"}
BLOCKS = {"DJA201", "DJA202", "DJA203", "DJA204", "DJA205", "DJA206", "DJA207", "DJA210"}
# What has to be seen at the line itself: one of these.
AT_LINE = {
    **dict.fromkeys(QUERIES, {"queries"}),
    **dict.fromkeys(BLOCKS, {"blocks"}),
    "DJA401": {"unawaited"},
    "DJA402": {"queries", "blocks"},
    "DJA404": {"errors"},
    "DJA406": {"errors"},
    "DJA407": {"errors", "queries"},
}
# What has to be seen somewhere in the function.
IN_FUNCTION = {"DJA405": "foreign", "DJA408": "fails", "DJA409": "fails", "DJA410": "fails", "DJA411": "fails"}
# Which markers explain what was seen at a line.
EXPLAINS = {
    "queries": QUERIES | {"DJA402", "DJA404", "DJA407", "DJA409", "DJA410"},
    "blocks": BLOCKS | {"DJA208", "DJA402", "DJA404"},
    "unawaited": {f"DJA4{number:02}" for number in range(1, 12)},
    "errors": QUERIES | BLOCKS | {f"DJA4{number:02}" for number in range(1, 12)},
}


def drive(project: str, *arguments: str) -> dict:
    """Return what drive.py says about the project."""
    command = [sys.executable, str(HERE / "drive.py"), project, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout)


def disagreements(result: dict, markers: Markers, permitted: set[str]) -> list[str]:
    """Return a line for each marker that reality does not bear out, and for each unmarked line that fails."""
    found = []
    seen = {kind: collections.defaultdict(list) for kind in KINDS}
    for kind, places in seen.items():
        for path, line, what in result[kind]:
            places[path, line].append(what)
    functions = list(result["functions"].values())
    for kind, places in seen.items():
        for (path, line), what in sorted(places.items()):
            owner = next((f for f in functions if f["path"] == path and f["first"] <= line <= f["last"]), None)
            if not path or (owner and f"{module(owner)}:{owner['qualname']}" in permitted):
                continue
            codes = markers.codes(path, line)
            if kind in ("unawaited", "errors"):
                if owner is None:
                    continue
                codes = codes | codes_in(markers, owner)
            if not codes & EXPLAINS[kind]:
                found.append(f"unmarked {path}:{line} {kind}: {', '.join(sorted(set(what)))[:160]}")
    executed = {tuple(place) for place in result["lines"]}
    for place, marked in sorted(markers.expect.items()):
        for code in sorted(marked & set(AT_LINE)):
            if any(place in seen[kind] for kind in AT_LINE[code]) or any(owner_is(f, place, permitted) for f in functions):
                continue
            decorated = next((f for f in functions if f["path"] == place[0] and f["first"] <= place[1] < f["line"]), None)
            if decorated and failed(decorated):
                continue
            ran = "ran" if place in executed else "never ran"
            found.append(f"not borne out {place[0]}:{place[1]} {code}: none of {', '.join(AT_LINE[code])} there, {ran}")
    for function in functions:
        key = f"{module(function)}:{function['qualname']}"
        if key in permitted:
            continue
        outcome = function["outcome"]["real"]
        marked = codes_in(markers, function)
        if outcome["status"] in ("not driven", "died"):
            found.append(f"{outcome['status']} {function['path']}:{function['first']} {key}: {outcome.get('message', '')[-300:]}")
        elif not any((function["path"], line) in executed for line in range(function["first"] + 1, function["last"] + 1)) and not (
            marked & {*IN_FUNCTION, "DJA105"}
        ):
            found.append(f"never ran {function['path']}:{function['first']} {key} ({function['way']}: {outcome})")
        fails = failed(function)
        place = outcome.get("place") or ("", 0)
        if outcome["status"] in ("error", "raises") and not (marked or markers.codes(place[0], place[1])):
            found.append(f"unmarked {function['path']}:{function['first']} {key} fails: {outcome.get('message', outcome['status'])}")
        for code in sorted(marked & set(IN_FUNCTION)):
            if not (fails if IN_FUNCTION[code] == "fails" else outcome.get("foreign")):
                found.append(f"not borne out {function['path']}:{function['first']} {key} {code}: {outcome['status']}")
        if outcome.get("foreign") and "DJA405" not in marked:
            found.append(f"unmarked {function['path']}:{function['first']} {key}: queries in a foreign thread")
    return found


def failed(function: dict) -> bool:
    outcome = function["outcome"]["real"]
    return bool(outcome["status"] != "clean" or outcome["unawaited"])


def module(function: dict) -> str:
    return function["path"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def owner_is(function: dict, place: tuple[str, int], permitted: set[str]) -> bool:
    inside = function["path"] == place[0] and function["first"] <= place[1] <= function["last"]
    return inside and f"{module(function)}:{function['qualname']}" in permitted


def codes_in(markers: Markers, function: dict) -> set[str]:
    lines = [*function["heads"], *range(function["first"], function["last"] + 1)]
    return set().union(*(markers.codes(function["path"], line) for line in lines))


def main() -> None:
    import ways

    result = drive(*sys.argv[1:])
    project = sys.argv[1]
    Path(f"/tmp/oracle-{project}.json").write_text(json.dumps(result))
    markers = read_markers(FIXTURES / project)
    if "--only" in sys.argv:
        driven = {function["path"] for function in result["functions"].values()}
        markers.expect = {place: codes for place, codes in markers.expect.items() if place[0] in driven}
    problems = disagreements(result, markers, set(ways.PERMITTED.get(project, ())))
    print(*problems, sep="\n")
    print(f"{len(result['functions'])} functions, {len(problems)} disagreements")


if __name__ == "__main__":
    main()
