"""Programs that nobody would write, audited without end: what a scan must survive, and what it must find."""
