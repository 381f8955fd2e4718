"""A fixed number of examples of each fuzzer; `make fuzz` runs them for as long as one likes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.fuzzing.fuzzers import fuzzers
from scripts.fuzzing.programs import MOST_HELPERS, program
from scripts.fuzzing.survival import Fault, check_anything, check_program

SEEDS = {"programs": range(40), "mutated": range(60), "noise": range(60)}


@pytest.mark.parametrize("seed", SEEDS["programs"])
def test_programs_are_judged_as_they_were_built(seed: int) -> None:
    fuzzers()["programs"](seed)


@pytest.mark.parametrize("fuzzer", ["mutated", "noise"])
def test_accidents_and_noise_end_an_audit_in_order(fuzzer: str) -> None:
    for seed in SEEDS[fuzzer]:
        fuzzers()[fuzzer](seed)


def test_programs_of_the_whole_grammar_end_an_audit_in_order() -> None:
    found = fuzzers().get("hypothesmith")
    if found is None:
        pytest.skip("hypothesmith is not installed: `make fuzz` installs the extra `fuzz`")
    found(0)


def test_a_seed_makes_the_same_program_each_time() -> None:
    assert program(7) == program(7) != program(8)


def test_programs_are_python_and_reach_all_they_are_made_of() -> None:
    programs = [program(seed) for seed in range(100)]
    for made in programs:
        for path, text in made.files.items():
            if path.endswith(".py"):
                ast.parse(text)
    views = [view for made in programs for view in made.views]
    assert {view.verdict.value for view in views} == {"blocks", "costs", "gains", "neutral"}
    assert {view.on_loop for view in views} == {True, False}
    deepest = max(text.count("helper_") for made in programs for text in made.files.values())
    assert deepest > MOST_HELPERS


def test_a_missed_query_is_a_fault() -> None:
    made = next(made for made in map(program, range(100)) if any(view.on_loop for view in made.views))
    emptied = {path: text for path, text in made.files.items() if path != "shop/models.py"}
    with pytest.raises(Fault):
        check_program(type(made)({**emptied, "shop/models.py": "", "shop/views.py": ""}, made.views))


# What fuzzers found, as small as it could be made.
REGRESSIONS: dict[str, bytes] = {
    "nothing": b"",
    "a lone carriage return": b"async def f():\r    pass\r",
}


@pytest.mark.parametrize("case", REGRESSIONS)
def test_what_was_found_stays_repaired(case: str) -> None:
    check_anything(REGRESSIONS[case])


def test_what_is_installed_is_scanned_the_same_twice(tmp_path: Path) -> None:
    from scripts.fuzzing.libraries import largest  # noqa: PLC0415

    packages = tmp_path / "packages"
    for name, size in (("small", 1), ("large", 50), ("larger", 100)):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text("x = 1\n" * size, encoding="utf-8")
    assert [path.name for path in largest(packages, 2)] == ["large", "larger"]
