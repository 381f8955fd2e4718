"""The rules, one module each, named by their slugs."""
