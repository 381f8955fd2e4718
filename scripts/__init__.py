"""Commands for those who work on async-audit."""
