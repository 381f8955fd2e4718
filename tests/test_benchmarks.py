"""The parts of the benchmarks that decide and write; what they measure is not measured here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.sections import SectionError, table, with_section
from benchmarks.verdicts.agreement import Claim, Ratios, disagreements, ratios
from benchmarks.verdicts.claims import claims
from benchmarks.verdicts.legs import Leg
from benchmarks.verdicts.pages import Result, section
from benchmarks.verdicts.pairs import PAIRS, SATURATED, Stack
from benchmarks.verdicts.servers import lay_out

EQUAL = {
    "throughput": 1.0,
    "p50": 1.0,
    "p95": 1.0,
    "first_byte": 1.0,
    "cpu": 1.0,
    "threads": 1.0,
    "failed": 0.0,
}


def test_a_section_is_replaced_and_the_rest_of_the_page_kept() -> None:
    page = "# Page\n\n<!-- begin: numbers -->\nold\n<!-- end: numbers -->\n\nAfter.\n"
    once = with_section(page, "numbers", "new\n")
    assert once == "# Page\n\n<!-- begin: numbers -->\n\nnew\n\n<!-- end: numbers -->\n\nAfter.\n"
    assert with_section(once, "numbers", "new") == once


@pytest.mark.parametrize(
    "page",
    [
        "no markers",
        "<!-- begin: numbers -->",
        "<!-- end: numbers -->\n<!-- begin: numbers -->",
        "<!-- begin: numbers --><!-- begin: numbers --><!-- end: numbers -->",
    ],
)
def test_a_page_without_its_section_is_an_error(page: str) -> None:
    with pytest.raises(SectionError, match="once each"):
        with_section(page, "numbers", "new")


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    assert table(("name", "ratio"), [("a", "0.5"), ("b", "-")]).splitlines() == [
        "| name | ratio |",
        "| --- | ---: |",
        "| a | 0.5 |",
        "| b | - |",
    ]


@pytest.mark.parametrize(
    ("verdict", "gains", "measured", "agrees"),
    [
        ("blocks", "", {"throughput": 0.2}, True),
        ("blocks", "", {"throughput": 0.0, "failed": 1.0}, True),
        ("blocks", "", {}, False),
        ("gains", "latency", {"p50": 0.3, "throughput": 3.0}, True),
        ("gains", "latency", {"p50": 0.9}, False),
        ("gains", "streaming", {"first_byte": 0.2}, True),
        ("gains", "streaming", {"first_byte": 0.9}, False),
        ("gains", "capacity", {"throughput": 0.5}, False),
        ("gains", "", {}, False),
        ("gains", "latency", {"p50": 0.3, "failed": 0.5}, False),
        ("cancelled", "", {}, True),
        ("cancelled", "", {"throughput": 2.0}, False),
        ("costs", "", {"cpu": 1.2}, True),
        ("costs", "", {}, False),
        ("neutral", "", {"cpu": 0.8}, True),
        ("neutral", "", {"cpu": 1.4}, False),
        ("unknown", "", {}, False),
    ],
)
def test_a_verdict_agrees_with_what_it_claims_only(
    verdict: str, gains: str, measured: dict[str, float], *, agrees: bool
) -> None:
    claim = Claim(verdict, **({gains: True} if gains else {}))
    found = disagreements(claim, Ratios(**{**EQUAL, **measured}), against_pool=False)
    assert (not found) is agrees


def test_capacity_is_measured_against_a_pool_of_threads() -> None:
    claim, same = Claim("gains", capacity=True), Ratios(**EQUAL)
    assert disagreements(claim, same, against_pool=False) == ()
    assert disagreements(claim, same, against_pool=True) != ()
    assert disagreements(claim, replace(same, throughput=2.5), against_pool=True) == ()


def test_ratios_are_medians_of_paired_rounds() -> None:
    plain = Leg(throughput=100, p50=0.1, p95=0.2, first_byte=0.1, cpu=0.002, threads=7, failed=0)
    slow = replace(plain, throughput=50, cpu=0.004, threads=0)
    found = ratios([(slow, plain), (slow, plain), (replace(slow, throughput=900), plain)])
    assert (found.throughput, found.cpu, found.threads) == (0.5, 2.0, 0.125)


def test_every_measured_view_has_a_verdict_on_its_stack(tmp_path: Path) -> None:
    for stack in Stack:
        found = claims(lay_out(stack, tmp_path))
        measured = {pair.function for pair in (*PAIRS, *SATURATED) if pair.stack is stack}
        assert measured <= set(found)
        assert "unknown" not in {found[name].verdict for name in measured}


def test_the_measured_section_says_what_disagrees() -> None:
    good = Result(PAIRS[0], Claim("gains", capacity=True), Ratios(**EQUAL), ())
    bad = replace(good, claim=Claim("costs"), against=("an answer is no dearer",))
    written = section([good, bad], [good], "2 cores.")
    assert "gains: capacity" in written
    assert "no: an answer is no dearer" in written
    assert "1 of 2 verdicts agree" in written
