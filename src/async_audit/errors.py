"""What goes wrong on the user's side, so that a command ends with one line about it."""

from __future__ import annotations


class InputError(Exception):
    """Something given cannot be used: the message names it and says what to do."""
