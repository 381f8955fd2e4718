"""The commands, one a module: its name is the command's, its `command` is what click runs; no analysis.

A command imports what it alone needs inside its function, so that `--help` and completion stay quick. What a
user can get wrong ends it by an error of its domain, which `cli` says on standard error with exit status 2.
"""
