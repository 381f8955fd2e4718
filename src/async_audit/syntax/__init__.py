"""Source to facts: the only layer that knows LibCST."""
