"""The codes of the rules, for whoever asks about codes alone.

Importing the rules takes longer than showing a report that was made before.
"""

from __future__ import annotations

USUAL = (
    "DJA101",
    "DJA102",
    "DJA103",
    "DJA104",
    "DJA105",
    "DJA106",
    "DJA107",
    "DJA110",
    "DJA201",
    "DJA202",
    "DJA203",
    "DJA204",
    "DJA205",
    "DJA206",
    "DJA207",
    "DJA210",
    "DJA301",
    "DJA302",
    "DJA303",
    "DJA304",
    "DJA401",
    "DJA402",
    "DJA403",
    "DJA404",
    "DJA405",
    "DJA406",
    "DJA407",
    "DJA408",
    "DJA409",
    "DJA410",
    "DJA411",
    "DJA501",
    "DJA502",
    "DJA503",
    "DJA504",
    "DJA505",
    "DJA506",
    "DJA901",
)
"""Those that are on unless they are ignored."""

OPTIONAL = ("DJA208", "DJA305", "DJA306", "DJA601", "DJA902")
"""Those that are off unless they are selected."""


def begins_none(prefix: str) -> bool:
    """Whether no rule has a code with that beginning, so that it cannot mean any."""
    return not any(code.startswith(prefix) for code in (*USUAL, *OPTIONAL))
