"""A report as text: pure functions, one format a module."""
